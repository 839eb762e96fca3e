/* Closed forms of the array: folds, cycles per fold, rate by operand formats. */
#include "sim/compute/systolic/systolic.h"

#include <math.h>

static double ceil_div(int64_t a, int64_t b)
{
    return (double)((a + b - 1) / b);
}

struct ts_systolic_cost ts_systolic_cost(enum ts_systolic_dataflow dataflow, int64_t m, int64_t n,
                                         int64_t k, int64_t rows, int64_t columns)
{
    const double skew = (double)(rows + columns - 2);
    struct ts_systolic_cost cost = {0};
    switch (dataflow) {
    case TS_SYSTOLIC_OS:
        cost.folds = ceil_div(m, rows) * ceil_div(n, columns);
        cost.stream_cycles = (double)k;
        cost.cycles_per_fold = (double)k + skew;
        break;
    case TS_SYSTOLIC_WS:
        cost.folds = ceil_div(k, rows) * ceil_div(n, columns);
        cost.stream_cycles = (double)m;
        cost.cycles_per_fold = (double)m + (double)rows + skew;
        break;
    case TS_SYSTOLIC_IS:
        cost.folds = ceil_div(k, rows) * ceil_div(m, columns);
        cost.stream_cycles = (double)n;
        cost.cycles_per_fold = (double)n + (double)rows + skew;
        break;
    }
    return cost;
}

static bool states_no_rate(const struct ts_arch *arch)
{
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        if (params->relative_rate[i] > 0 || arch->matrix_macs_per_cycle[i] > 0) {
            return false;
        }
    }
    return true;
}

double ts_systolic_precision_rate(const struct ts_arch *arch, enum ts_precision precision)
{
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    if (params->relative_rate[precision] > 0) {
        return params->relative_rate[precision];
    }
    if (arch->matrix_macs_per_cycle[precision] > 0) {
        return arch->matrix_macs_per_cycle[precision] / (double)(params->rows * params->columns);
    }
    return precision == arch->default_precision && states_no_rate(arch) ? 1 : 0;
}

double ts_systolic_rate(const struct ts_arch *arch, enum ts_precision a, enum ts_precision b,
                        enum ts_precision fallback)
{
    const double own = ts_systolic_precision_rate(arch, fallback);
    double rate_a = a == TS_PRECISION_NONE ? 0 : ts_systolic_precision_rate(arch, a);
    double rate_b = b == TS_PRECISION_NONE ? 0 : ts_systolic_precision_rate(arch, b);
    /* A format the array does not have is widened to the kernel's own. */
    rate_a = rate_a > 0 ? rate_a : own;
    rate_b = rate_b > 0 ? rate_b : own;
    return sqrt(rate_a * rate_b);
}

double ts_systolic_vector_lanes(const struct ts_arch *arch, enum ts_precision precision)
{
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    if (params->vector_lanes > 0) {
        return params->vector_lanes;
    }
    const double stated = arch->vector_macs_per_cycle[precision];
    return stated > 0 ? stated : (double)params->columns;
}
