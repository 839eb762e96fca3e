/* A sample of a convolution by Winograd's algorithm: some tiles and filters over all channels, with
 * the transforms of Lavin and Gray (CVPR 2016, equations 9 and 10, and section 4.3). */
#include "sim/numerics/numerics.h"

#include "tessera/hash.h"

#include <math.h>

enum { WINDOW = 3, MOST_POINTS = 6, TILES = 4, FILTERS = 8 };

struct transforms {
    int points; /* along one axis: outputs + 2 */
    double input[MOST_POINTS][MOST_POINTS], filter[MOST_POINTS][WINDOW],
        output[MOST_POINTS - 2][MOST_POINTS];
};

static const struct transforms of_2 = {4,
                                       {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                                       {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
                                       {{1, 1, 1, 0}, {0, 1, -1, -1}}};

static const struct transforms of_4 = {
    6,
    {{4, 0, -5, 0, 1, 0},
     {0, -4, -4, 1, 1, 0},
     {0, 4, -4, -1, 1, 0},
     {0, -2, -1, 2, 1, 0},
     {0, 2, -1, -2, 1, 0},
     {0, 4, 0, -5, 0, 1}},
    {{1.0 / 4, 0, 0},
     {-1.0 / 6, -1.0 / 6, -1.0 / 6},
     {-1.0 / 6, 1.0 / 6, -1.0 / 6},
     {1.0 / 24, 1.0 / 12, 1.0 / 6},
     {1.0 / 24, -1.0 / 12, 1.0 / 6},
     {0, 0, 1}},
    {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};

/* to[rows][rows] = left[rows][columns] · from[columns][columns] · leftᵀ; rows of `left` are `pitch`
 * long. */
static void both_sides(const double *left, int pitch, int rows, int columns, const double *from,
                       double *to)
{
    double half[MOST_POINTS * MOST_POINTS];
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
            half[i * columns + j] = 0;
            for (int c = 0; c < columns; c++) {
                half[i * columns + j] += left[i * pitch + c] * from[c * columns + j];
            }
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < rows; j++) {
            to[i * rows + j] = 0;
            for (int c = 0; c < columns; c++) {
                to[i * rows + j] += half[i * columns + c] * left[j * pitch + c];
            }
        }
    }
}

struct sample {
    const struct transforms *transforms;
    const struct ts_arithmetic *arithmetic;
    struct ts_float_format format; /* of transformed values, as stored */
    int64_t channels;
    struct numerics_tensor x, w;
    double *input, *filter; /* [row][point][channel], transformed */
};

/* Every channel of every row transformed, rounded, and laid out for sums over channels. */
static double *transformed(const struct sample *sample, const struct numerics_tensor *tensor,
                           bool is_input, struct ts_arena *scratch)
{
    const struct transforms *t = sample->transforms;
    int points = t->points, edge = is_input ? points : WINDOW;
    double *out = TS_NEW_ARRAY(scratch, tensor->rows * points * points * sample->channels, double);
    for (int64_t r = 0; r < tensor->rows; r++) {
        for (int64_t c = 0; c < sample->channels; c++) {
            double tile[MOST_POINTS * MOST_POINTS];
            const double *from = &tensor->rounded[r * tensor->k + c * edge * edge];
            both_sides(is_input ? t->input[0] : t->filter[0], is_input ? MOST_POINTS : WINDOW,
                       points, edge, from, tile);
            for (int p = 0; p < points * points; p++) {
                out[(r * points * points + p) * sample->channels + c] =
                    ts_float_round(&sample->format, tile[p]);
            }
        }
    }
    return out;
}

static double direct(const struct sample *sample, const double *x, const double *w, int row,
                     int column)
{
    int edge = sample->transforms->points;
    double sum = 0;
    for (int64_t c = 0; c < sample->channels; c++) {
        for (int u = 0; u < WINDOW; u++) {
            for (int v = 0; v < WINDOW; v++) {
                sum +=
                    x[(c * edge + row + u) * edge + column + v] * w[(c * WINDOW + u) * WINDOW + v];
            }
        }
    }
    return sum;
}

static void add_tile(const struct sample *sample, int64_t tile, int64_t filter,
                     struct numerics_power *power)
{
    const struct transforms *t = sample->transforms;
    int points = t->points * t->points, edge = t->points - 2;
    double products[MOST_POINTS * MOST_POINTS], outputs[MOST_POINTS * MOST_POINTS];
    int64_t k = sample->channels;
    for (int p = 0; p < points; p++) {
        double sum =
            numerics_machine_dot(sample->arithmetic, &sample->input[(tile * points + p) * k],
                                 &sample->filter[(filter * points + p) * k], k, 1);
        products[p] = ts_float_round(&sample->format, sum);
    }
    both_sides(t->output[0], MOST_POINTS, edge, t->points, products, outputs);
    const double *x = &sample->x.exact[tile * sample->x.k];
    const double *w = &sample->w.exact[filter * sample->w.k];
    const double *rounded_x = &sample->x.rounded[tile * sample->x.k];
    const double *rounded_w = &sample->w.rounded[filter * sample->w.k];
    for (int i = 0; i < edge; i++) {
        for (int j = 0; j < edge; j++) {
            double exact = direct(sample, x, w, i, j);
            double rounded = direct(sample, rounded_x, rounded_w, i, j);
            double machine = outputs[i * edge + j];
            power->signal += exact * exact;
            power->operand_noise += (rounded - exact) * (rounded - exact);
            power->noise += (machine - exact) * (machine - exact);
        }
    }
}

struct numerics_power numerics_winograd(const struct ts_kernel *kernel,
                                        const struct ts_arithmetic *arithmetic, uint64_t seed,
                                        struct ts_arena *scratch)
{
    bool is_forward_conv = kernel->has_conv && kernel->pass == TS_PASS_FORWARD;
    int64_t channels = is_forward_conv ? kernel->conv.c : kernel->k;
    struct sample sample = {.transforms = kernel->winograd == 2 ? &of_2 : &of_4,
                            .arithmetic = arithmetic,
                            .format = ts_float_format_of(kernel->a.precision),
                            .channels = channels};
    int64_t points = (int64_t)sample.transforms->points * sample.transforms->points;
    sample.x = numerics_tensor_of(kernel, &kernel->a, arithmetic, TILES, channels * points);
    sample.w =
        numerics_tensor_of(kernel, &kernel->b, arithmetic, FILTERS, channels * WINDOW * WINDOW);
    numerics_draw(&sample.x, ts_hash_integer(ts_hash_integer(seed, 1), channels), scratch);
    numerics_draw(&sample.w, ts_hash_integer(ts_hash_integer(seed, 2), channels), scratch);
    numerics_round(&sample.x, scratch);
    numerics_round(&sample.w, scratch);
    sample.input = transformed(&sample, &sample.x, true, scratch);
    sample.filter = transformed(&sample, &sample.w, false, scratch);
    struct numerics_power power = {.k = channels * WINDOW * WINDOW};
    int64_t edge = sample.transforms->points - 2;
    power.outputs = TILES * FILTERS * edge * edge;
    for (int64_t tile = 0; tile < TILES; tile++) {
        for (int64_t filter = 0; filter < FILTERS; filter++) {
            add_tile(&sample, tile, filter, &power);
        }
    }
    return power;
}
