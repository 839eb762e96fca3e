/* Random tensors and their formats. */
#include "sim/numerics/numerics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weights of least magnitude become zero until `density` of them is left: of normal ones those
 * within a quantile. */
static double pruning_threshold(const struct numerics_tensor *tensor, double deviation)
{
    bool prunes = tensor->is_weight && tensor->density < 1 && !tensor->structured_2_4 &&
                  tensor->precision != TS_TERNARY;
    return prunes ? deviation * gsl_cdf_ugaussian_Qinv(tensor->density / 2) : 0;
}

/* Of each four along k the two of least magnitude. */
static void prune_2_4(double *row, int64_t k)
{
    for (int64_t i = 0; i + 4 <= k; i += 4) {
        for (int j = 0; j < 2; j++) {
            int least = -1;
            for (int n = 0; n < 4; n++) {
                if (row[i + n] != 0 && (least < 0 || fabs(row[i + n]) < fabs(row[i + least]))) {
                    least = n;
                }
            }
            if (least >= 0) {
                row[i + least] = 0;
            }
        }
    }
}

static void soften(double *row, int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k; i++) {
        sum += row[i] = exp(row[i]);
    }
    for (int64_t i = 0; i < k; i++) {
        row[i] /= sum;
    }
}

void numerics_draw(struct numerics_tensor *tensor, uint64_t seed, struct ts_arena *arena)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    double deviation = tensor->is_weight ? sqrt(2.0 / (double)tensor->k) : 1;
    double threshold = pruning_threshold(tensor, deviation);
    bool drops = !tensor->is_weight && tensor->density < 1;
    tensor->exact = TS_NEW_ARRAY(arena, tensor->rows * tensor->k, double);
    gsl_rng_set(random, (unsigned long)seed);
    for (int64_t r = 0; r < tensor->rows; r++) {
        double *row = &tensor->exact[r * tensor->k];
        for (int64_t i = 0; i < tensor->k; i++) {
            double value = gsl_ran_gaussian_ziggurat(random, deviation);
            if (tensor->values == TS_VALUES_RECTIFIED && value < 0) {
                value = 0;
            }
            if (fabs(value) < threshold || (drops && gsl_rng_uniform(random) >= tensor->density)) {
                value = 0;
            }
            row[i] = value;
        }
        if (tensor->values == TS_VALUES_PROBABILITIES) {
            soften(row, tensor->k);
        }
        if (tensor->structured_2_4) {
            prune_2_4(row, tensor->k);
        }
    }
    gsl_rng_free(random);
}

/* ---- formats ---- */

static double sample_maximum(const struct numerics_tensor *tensor)
{
    double largest = 0;
    for (int64_t i = 0; i < tensor->rows * tensor->k; i++) {
        largest = fmax(largest, fabs(tensor->exact[i]));
    }
    return largest;
}

/* The largest magnitude of the whole tensor, whose quantile one in `elements` values passes; a
 * sample's is smaller. */
static double largest_value(const struct numerics_tensor *tensor)
{
    double sampled = sample_maximum(tensor);
    double count = fmax(tensor->elements, (double)(tensor->rows * tensor->k));
    if (tensor->values == TS_VALUES_PROBABILITIES) {
        return sampled;
    }
    double tail = 1 / (tensor->values == TS_VALUES_RECTIFIED ? count : 2 * count);
    double deviation = tensor->is_weight ? sqrt(2.0 / (double)tensor->k) : 1;
    return fmax(sampled, deviation * gsl_cdf_ugaussian_Qinv(fmin(tail, 0.5)));
}

/* -1, 0, 1 or ±1 with one scale: magnitudes below 0.7 times their mean are zero (Li et al., Ternary
 * Weight Networks, 2016); the scale is the mean of the others (for ±1 Rastegari et al., XNOR-Net,
 * ECCV 2016). */
static void round_to_signs(struct numerics_tensor *tensor)
{
    int64_t count = tensor->rows * tensor->k, kept = 0;
    double mean = 0, sum = 0;
    for (int64_t i = 0; i < count; i++) {
        mean += fabs(tensor->exact[i]) / (double)count;
    }
    double threshold = tensor->precision == TS_TERNARY ? 0.7 * mean : 0;
    for (int64_t i = 0; i < count; i++) {
        double value = tensor->exact[i];
        bool is_zero = tensor->precision == TS_TERNARY && fabs(value) <= threshold;
        tensor->rounded[i] = is_zero ? 0 : copysign(1, value);
        sum += is_zero ? 0 : fabs(value);
        kept += !is_zero;
    }
    tensor->scale = kept ? sum / (double)kept : 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One step of Lloyd's algorithm on sorted values: each centre becomes the mean of what is nearest
 * to it. False when none moves. */
static bool move_centres(const double *sorted, int64_t count, double *centres, int centre_count)
{
    int64_t at = 0;
    bool moved = false;
    for (int c = 0; c < centre_count; c++) {
        double end = c + 1 < centre_count ? (centres[c] + centres[c + 1]) / 2 : INFINITY, sum = 0;
        int64_t first = at;
        for (; at < count && sorted[at] <= end; at++) {
            sum += sorted[at];
        }
        double mean = at > first ? sum / (double)(at - first) : centres[c];
        moved |= mean != centres[c];
        centres[c] = mean;
    }
    return moved;
}

static double nearest(const double *centres, int count, double value)
{
    int low = 0, high = count - 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(centres[middle] <= value ? &low : &high) = middle;
    }
    return value - centres[low] <= centres[high] - value ? centres[low] : centres[high];
}

/* Shared weights: k-means from centres spaced evenly (Han et al., Deep Compression, ICLR 2016,
 * section 3.2). Zeros stay zeros: only what pruning leaves is in the table. */
static void round_to_table(struct numerics_tensor *tensor, struct ts_arena *arena)
{
    enum { ROUNDS = 200 };
    int64_t count = 0, all = tensor->rows * tensor->k;
    int centre_count = 1 << tensor->table_bits;
    double *sorted = TS_NEW_ARRAY(arena, all, double);
    double *centres = TS_NEW_ARRAY(arena, centre_count, double);
    for (int64_t i = 0; i < all; i++) {
        if (tensor->exact[i] != 0) {
            sorted[count++] = tensor->exact[i];
        }
    }
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    double least = count ? sorted[0] : 0, most = count ? sorted[count - 1] : 0;
    for (int c = 0; c < centre_count; c++) {
        centres[c] = least + (most - least) * c / (centre_count - 1);
    }
    for (int i = 0; i < ROUNDS && move_centres(sorted, count, centres, centre_count); i++) {
    }
    for (int64_t i = 0; i < all; i++) {
        double value = tensor->exact[i];
        tensor->rounded[i] = value == 0 ? 0 : nearest(centres, centre_count, value);
    }
}

/* Gradients of fp8 have a bit less of fraction and one more of exponent (Micikevicius et al., FP8
 * formats for deep learning, arXiv 2209.05433). */
static struct ts_float_format format_of(const struct numerics_tensor *tensor)
{
    bool is_wide = tensor->precision == TS_FP8 && tensor->is_gradient;
    return is_wide ? ts_float_e5m2 : ts_float_format_of(tensor->precision);
}

/* `values` to the format, in units of the scale that lets `largest` fit. */
static void round_values(struct numerics_tensor *tensor, const double *values, double largest)
{
    const struct ts_precision_info *info = ts_precision_info(tensor->precision);
    int64_t count = tensor->rows * tensor->k;
    if (!info->is_float) {
        tensor->scale = largest > 0 ? largest / info->max_value : 1;
        for (int64_t i = 0; i < count; i++) {
            tensor->rounded[i] = ts_integer_round(tensor->precision, values[i] / tensor->scale);
        }
        return;
    }
    struct ts_float_format format = format_of(tensor);
    tensor->scale = tensor->precision == TS_FP8 && largest > 0 ? largest / format.max_value : 1;
    for (int64_t i = 0; i < count; i++) {
        tensor->rounded[i] = ts_float_round(&format, values[i] / tensor->scale);
    }
}

void numerics_round(struct numerics_tensor *tensor, struct ts_arena *arena)
{
    tensor->rounded = TS_NEW_ARRAY(arena, tensor->rows * tensor->k, double);
    tensor->scale = 1;
    if (tensor->precision == TS_TERNARY || tensor->precision == TS_BINARY) {
        round_to_signs(tensor);
        return;
    }
    const double *values = tensor->exact;
    if (tensor->table_bits > 0) {
        round_to_table(tensor, arena);
        values = tensor->rounded;
    }
    round_values(tensor, values, largest_value(tensor));
}
