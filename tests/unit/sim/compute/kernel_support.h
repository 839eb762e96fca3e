/* Kernels for the tests of all families. */
#ifndef TESTS_KERNEL_SUPPORT_H
#define TESTS_KERNEL_SUPPORT_H

#include "tessera/kernel.h"

struct ts_operand dense_operand(int32_t tensor, enum ts_precision precision, double elements);

/* C[m,n] = A[m,k]·B[k,n], `batch` times; A, B and C are tensors 0, 1 and 2. */
struct ts_kernel product_kernel(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                                int64_t k);

#endif
