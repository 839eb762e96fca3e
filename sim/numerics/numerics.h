/* Parts of the measurement: random tensors, their formats, sums of products. */
#ifndef TESSERA_SIM_NUMERICS_H
#define TESSERA_SIM_NUMERICS_H

#include "tessera/numerics.h"
#include "tessera/plan.h"

/* Rows of length k of one operand, and what the whole tensor is like. */
struct numerics_tensor {
    enum ts_precision precision;
    int table_bits; /* shared weights: indices of that many bits; 0 = none */
    bool is_weight, structured_2_4, is_gradient;
    enum ts_values values;
    double density, elements;
    int64_t rows, k;
    double *exact;   /* [rows][k] */
    double *rounded; /* [rows][k] in units of `scale` */
    double scale;
};

/* Draws `exact`. */
void numerics_draw(struct numerics_tensor *tensor, uint64_t seed, struct ts_arena *arena);

/* Makes `rounded` and `scale` of `exact`. */
void numerics_round(struct numerics_tensor *tensor, struct ts_arena *arena);

/* Sum of a[i]·b[i], as if in twice the digits of a double where `twice` is set (Ogita, Rump and
 * Oishi, SIAM J. Sci. Comput. 26(6), 2005), else in double. */
double numerics_exact_dot(const double *a, const double *b, int64_t k, bool twice);

/* The same as the machine sums. `step`: of a fixed-point sum. */
double numerics_machine_dot(const struct ts_arithmetic *arithmetic, const double *a,
                            const double *b, int64_t k, double step);

/* The power of two that lets `largest` fit a fixed-point sum of `bits`. */
double numerics_fixed_step(double largest, int bits);

/* Signal and noise of a sample. */
struct numerics_power {
    double signal, noise, operand_noise;
    int64_t outputs, k;
};

/* C = A·B of `kernel`; by Winograd's algorithm where kernel->winograd says so. */
struct numerics_power numerics_product(const struct ts_kernel *kernel,
                                       const struct ts_arithmetic *arithmetic, uint64_t seed,
                                       struct ts_arena *scratch);
struct numerics_power numerics_winograd(const struct ts_kernel *kernel,
                                        const struct ts_arithmetic *arithmetic, uint64_t seed,
                                        struct ts_arena *scratch);

/* What an operand of the kernel is like, for `rows` rows of length k. */
struct numerics_tensor numerics_tensor_of(const struct ts_kernel *kernel,
                                          const struct ts_operand *operand,
                                          const struct ts_arithmetic *arithmetic, int64_t rows,
                                          int64_t k);

#endif
