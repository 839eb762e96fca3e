/* How an array adds up products: down its rows, then in the accumulators. */
#include "sim/compute/systolic/systolic.h"

void ts_systolic_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            struct ts_arithmetic *arithmetic)
{
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    if (params->dataflow != TS_SYSTOLIC_OS && params->rows < kernel->k) {
        arithmetic->chunk = params->rows; /* outputs that stand are summed in place */
    }
}
