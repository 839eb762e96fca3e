/* What the tests of GEMM on GPUs share. */
#ifndef TESTS_GEMM_SUPPORT_H
#define TESTS_GEMM_SUPPORT_H

#include "sim/compute/simt/simt.h"

/* Shipped boards of every generation. */
enum { GEMM_GPUS = 12 };
extern const char *const gemm_gpus[GEMM_GPUS];

/* A shipped machine, with one key set unless `key` is NULL. In `arena`. */
const struct ts_arch *gemm_machine(const char *name, const char *key, const char *value,
                                   struct ts_arena *arena);

/* A[m,k]·B[k,n] of 4-byte operands, layout stated: rows. */
struct ts_simt_gemm gemm_product(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                                 int64_t k);

/* C[m,n] = A[m,k]·B[k,n] as a kernel of a network; its layout is open. */
struct ts_kernel gemm_kernel(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                             int64_t k);
/* The same as the planner sees it. */
struct ts_simt_gemm gemm_of(const struct ts_arch *arch, enum ts_precision precision, int64_t batch,
                            int64_t m, int64_t n, int64_t k);

/* The whole plan of a kernel, in `arena`. */
struct ts_plan gemm_plan_of(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            struct ts_arena *arena);

struct ts_simt_gemm_choice gemm_choice_of(const struct ts_arch *arch,
                                          const struct ts_simt_gemm *gemm);

/* What all tiles of a phase move. */
struct gemm_traffic {
    double loaded[3], stored[3]; /* by tensor */
    double scratch_loaded, scratch_stored;
    bool parts_fit; /* parts of pipe_cycles never exceed it, latency never falls below it */
};
struct gemm_traffic gemm_walk(const struct ts_phase *phase);

#endif
