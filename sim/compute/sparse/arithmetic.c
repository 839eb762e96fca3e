/* How EIE adds up products: 4-bit indices stand for 16-bit weights, and 16-bit fixed-point
 * accumulators take rounded products (Han et al., ISCA 2016, section III). */
#include "sim/compute/sparse/sparse.h"

void ts_sparse_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                          struct ts_arithmetic *arithmetic)
{
    int64_t bits = ts_sparse_params_of(arch)->weight_bits;
    if (bits < ts_precision_info(kernel->b.precision)->storage_bits) {
        arithmetic->weight_table_bits = (int)bits;
    }
    if (arithmetic->sum == TS_SUM_INTEGER) {
        arithmetic->sum = TS_SUM_FIXED;
        arithmetic->bits = 16;
        arithmetic->name = "16-bit fixed point";
    }
}
