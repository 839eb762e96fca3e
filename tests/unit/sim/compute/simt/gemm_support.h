/* What the tests of GEMM on GPUs share. */
#ifndef TESTS_GEMM_SUPPORT_H
#define TESTS_GEMM_SUPPORT_H

#include "sim/compute/simt/simt.h"

/* A shipped machine, with one key set unless `key` is NULL. In `arena`. */
const struct ts_arch *gemm_machine(const char *name, const char *key, const char *value,
                                   struct ts_arena *arena);

/* A[m,k]·B[k,n] of 4-byte operands, layout stated: rows. */
struct ts_simt_gemm gemm_product(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                                 int64_t k);

struct ts_simt_gemm_choice gemm_choice_of(const struct ts_arch *arch,
                                          const struct ts_simt_gemm *gemm);

#endif
