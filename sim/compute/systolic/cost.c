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

double ts_systolic_rate(const struct ts_systolic_params *params, enum ts_precision a,
                        enum ts_precision b, enum ts_precision fallback)
{
    const double own = params->relative_rate[fallback];
    double rate_a = a == TS_PRECISION_NONE ? 0 : params->relative_rate[a];
    double rate_b = b == TS_PRECISION_NONE ? 0 : params->relative_rate[b];
    /* A format the array does not have is widened to the kernel's own. */
    rate_a = rate_a > 0 ? rate_a : own;
    rate_b = rate_b > 0 ? rate_b : own;
    return sqrt(rate_a * rate_b);
}
