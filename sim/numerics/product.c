/* A sample of one product: what its formats and sums cost. */
#include "sim/numerics/numerics.h"

#include "tessera/hash.h"

#include <math.h>

/* Products of a sample: some milliseconds. Noise power is then known within a few per cent. */
#define SAMPLE_PRODUCTS ((int64_t)1 << 20)
enum { LEAST_OUTPUTS = 16, MOST_OUTPUTS = 1024, LONGEST_K = 1 << 17 };

static int64_t at_most(int64_t value, int64_t limit)
{
    return value < limit ? value : limit;
}

struct numerics_tensor numerics_tensor_of(const struct ts_kernel *kernel,
                                          const struct ts_operand *operand,
                                          const struct ts_arithmetic *arithmetic, int64_t rows,
                                          int64_t k)
{
    double own_bits = ts_precision_info(operand->precision)->storage_bits;
    bool shares = operand->is_weight && operand->bits_per_element < own_bits;
    bool backward =
        kernel->pass == TS_PASS_BACKWARD_DATA || kernel->pass == TS_PASS_BACKWARD_WEIGHT;
    return (struct numerics_tensor){
        .precision = operand->precision,
        .table_bits = shares ? (int)operand->bits_per_element
                             : (operand->is_weight ? arithmetic->weight_table_bits : 0),
        .is_weight = operand->is_weight,
        .is_gradient = backward && operand == &kernel->a,
        .structured_2_4 = operand->is_weight && kernel->structured_2_4,
        .values = operand->values,
        .density = operand->density,
        .elements = operand->elements,
        .rows = rows,
        .k = k,
    };
}

/* The whole tensor's shape, not its format, decides what is drawn. */
static void make(struct numerics_tensor *tensor, uint64_t seed, struct ts_arena *scratch)
{
    seed = ts_hash_integer(ts_hash_integer(seed, tensor->rows), tensor->k);
    numerics_draw(tensor, seed, scratch);
    numerics_round(tensor, scratch);
}

static double largest_output(const struct numerics_tensor *a, const struct numerics_tensor *b)
{
    double largest = 0;
    for (int64_t r = 0; r < a->rows; r++) {
        for (int64_t c = 0; c < b->rows; c++) {
            largest = fmax(largest, fabs(numerics_exact_dot(&a->exact[r * a->k],
                                                            &b->exact[c * b->k], a->k, false)));
        }
    }
    return largest;
}

static void add_output(const struct ts_arithmetic *arithmetic, const struct numerics_tensor *a,
                       const struct numerics_tensor *b, int64_t r, int64_t c, double step,
                       struct numerics_power *power)
{
    const double *x = &a->rounded[r * a->k], *w = &b->rounded[c * b->k];
    bool is_double = a->precision == TS_FP64 || b->precision == TS_FP64;
    double scale = a->scale * b->scale;
    double exact = numerics_exact_dot(&a->exact[r * a->k], &b->exact[c * b->k], a->k, is_double);
    double rounded = numerics_exact_dot(x, w, a->k, is_double) * scale;
    double machine = numerics_machine_dot(arithmetic, x, w, a->k, step) * scale;
    power->signal += exact * exact;
    power->operand_noise += (rounded - exact) * (rounded - exact);
    power->noise += (machine - exact) * (machine - exact);
}

struct numerics_power numerics_product(const struct ts_kernel *kernel,
                                       const struct ts_arithmetic *arithmetic, uint64_t seed,
                                       struct ts_arena *scratch)
{
    int64_t k = at_most(kernel->k, LONGEST_K);
    int64_t outputs = at_most(SAMPLE_PRODUCTS / k + LEAST_OUTPUTS, MOST_OUTPUTS);
    int64_t rows = at_most(kernel->m, (int64_t)sqrt((double)outputs));
    int64_t columns = at_most(kernel->n, outputs / rows);
    rows = at_most(kernel->m, outputs / columns);
    struct numerics_tensor a = numerics_tensor_of(kernel, &kernel->a, arithmetic, rows, k);
    struct numerics_tensor b = numerics_tensor_of(kernel, &kernel->b, arithmetic, columns, k);
    make(&a, ts_hash_integer(seed, 1), scratch);
    make(&b, ts_hash_integer(seed, 2), scratch);
    double step = 1;
    if (arithmetic->sum == TS_SUM_FIXED) {
        step = numerics_fixed_step(largest_output(&a, &b) / (a.scale * b.scale), arithmetic->bits);
    }
    struct numerics_power power = {.outputs = rows * columns, .k = k};
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            add_output(arithmetic, &a, &b, r, c, step, &power);
        }
    }
    return power;
}
