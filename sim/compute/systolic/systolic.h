/* Systolic family: arrays of multiply-accumulate cells (SCALE-Sim's array alone, Google's TPUs).
 *
 * A unit is one array of `rows` × `columns` cells. One operand stands in it or the outputs do:
 *
 *   ws  weights   B[k,n] stands, k over the rows, n over the columns; the m rows of A stream
 * through is  inputs    A[m,k] stands, k over the rows, m over the columns; the n columns of B
 * stream through os  outputs   C[m,n] stands, m over the rows, n over the columns; k steps of A and
 * B stream through
 *
 * A matrix larger than the array is cut into folds. Without overlap a fold takes
 *   os: k + R + C − 2     ws: m + 2R + C − 2     is: n + 2R + C − 2   cycles
 * (SCALE-Sim, Samajdar et al., ISPASS 2020, equations 1 to 4; its reports are one cycle shorter).
 * With overlap the next stationary tile is shifted in behind the running one and the skew of one
 * fold hides behind the next: a fold takes max(streamed rows, R) cycles, and the array drains once.
 */
#ifndef TESSERA_SIM_COMPUTE_SYSTOLIC_H
#define TESSERA_SIM_COMPUTE_SYSTOLIC_H

#include "tessera/arch.h"
#include "tessera/plan.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* compute.dataflow, in the order of the schema's choices. */
enum ts_systolic_dataflow { TS_SYSTOLIC_WS, TS_SYSTOLIC_OS, TS_SYSTOLIC_IS };

/* compute.weight_path: through the shared level, or from DRAM straight into the weight FIFO. */
enum ts_systolic_weight_path { TS_SYSTOLIC_WEIGHTS_CACHED, TS_SYSTOLIC_WEIGHTS_BYPASS };

/* compute.vector_unit: any vector class; what TPU v1's activation pipeline does (element-wise
 * functions and pooling); nothing. What is left over runs on the host. */
enum ts_systolic_vector_unit {
    TS_SYSTOLIC_VECTOR_FULL,
    TS_SYSTOLIC_VECTOR_ACTIVATION,
    TS_SYSTOLIC_VECTOR_NONE
};

/* Family keys (schema in systolic.c). */
struct ts_systolic_params {
    int64_t rows, columns;
    int dataflow; /* enum ts_systolic_dataflow */
    bool overlap;
    double relative_rate[TS_PRECISION_COUNT]; /* of rows × columns per cycle; 0 = can't */
    int64_t accumulator_rows;  /* partial-sum rows of `columns` words, 0 = unlimited */
    int64_t weight_fifo_tiles; /* stationary tiles waiting outside the array */
    bool padded_tiles;         /* weights lie in memory as whole rows × columns tiles */
    bool prefetch_across_layers;
    int weight_path;     /* enum ts_systolic_weight_path */
    int vector_unit;     /* enum ts_systolic_vector_unit */
    double vector_lanes; /* element operations per cycle and unit */
};

static inline const struct ts_systolic_params *ts_systolic_params_of(const struct ts_arch *arch)
{
    return (const struct ts_systolic_params *)arch->params;
}

/* Closed form of C[m,n] = A[m,k]·B[k,n] on one rows × columns array, nothing overlapped. */
struct ts_systolic_cost {
    double folds;
    double cycles_per_fold;
    double stream_cycles; /* of cycles_per_fold: operands enter at the edge */
};
struct ts_systolic_cost ts_systolic_cost(enum ts_systolic_dataflow dataflow, int64_t m, int64_t n,
                                         int64_t k, int64_t rows, int64_t columns);

/* Multiply-accumulates of the array per cycle at a precision, relative to rows × columns:
 * relative_rate, or matrix_macs_per_cycle where that is given instead; 0 = can't. A machine that
 * states neither does its default precision at 1. */
double ts_systolic_precision_rate(const struct ts_arch *arch, enum ts_precision precision);

/* The same for operands of two formats: the geometric mean of both (TPU v1: 8×8 bits 1, 8×16 a
 * half, 16×16 a quarter). Formats that the array lacks run as `fallback`. */
double ts_systolic_rate(const struct ts_arch *arch, enum ts_precision a, enum ts_precision b,
                        enum ts_precision fallback);

/* Element operations of one unit per cycle: vector_lanes, or vector_macs_per_cycle, or one a
 * column. */
double ts_systolic_vector_lanes(const struct ts_arch *arch, enum ts_precision precision);

/* Plans of the two kinds of kernel; memory from `arena`. */
bool ts_systolic_plan_gemm(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           struct ts_arena *arena, struct ts_plan *plan);
bool ts_systolic_plan_vector(const struct ts_arch *arch, const struct ts_kernel *kernel,
                             struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                             struct ts_plan *plan);

/* Adds the phase that brings a network's input over the host link into the shared level. */
void ts_systolic_add_host_input(const struct ts_operand *input, struct ts_arena *arena,
                                struct ts_plan *plan);

/* struct ts_family's: how products are added up. */
void ts_systolic_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            struct ts_arithmetic *arithmetic);

extern const struct ts_family ts_systolic_family;

#ifdef __cplusplus
}
#endif
#endif
