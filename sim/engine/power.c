/* Power limit: the clock, and the voltage with it, falls until average power meets power.limit_w.
 *
 * Power falls with the clock (fewer operations a second, each at V² less), so the highest clock
 * that meets the limit is found by interpolation within a bracket. Each trial is a whole simulation
 * at that clock: what DRAM bounds does not slow down, what the pipes bound does. */
#include "sim/engine/run.h"

#include "sim/kernel/kernel.h"

#include <math.h>

enum { MOST_TRIALS = 12 };
static const double power_tolerance = 0.002;
static const double clock_tolerance = 0.001;

struct trial {
    double clock_hz;
    double power_w;
};

static bool run_at(struct run *run, const struct ts_arch *nominal, double clock_hz,
                   struct ts_result *result)
{
    struct ts_arch *arch = TS_NEW(run->arena, struct ts_arch);
    *arch = ts_arch_at_clock(nominal, clock_hz);
    bool exact = run->options->exact;
    engine_release(run->engine);
    if (!engine_init(run->engine, arch, exact)) {
        ts_bug("out of memory for the machine's state");
    }
    kernel_rebase();
    run->arch = arch;
    if (!run_program(run)) {
        return false;
    }
    run_report(run, nominal, result);
    return true;
}

static double interpolate(const struct trial *low, const struct trial *high, double limit_w)
{
    double share = (limit_w - low->power_w) / (high->power_w - low->power_w);
    share = fmin(fmax(share, 0.05), 0.95); /* keep shrinking the bracket from both ends */
    return low->clock_hz + share * (high->clock_hz - low->clock_hz);
}

static bool settled(const struct trial *low, const struct trial *high, double limit_w)
{
    return limit_w - low->power_w <= power_tolerance * limit_w ||
           high->clock_hz - low->clock_hz <= clock_tolerance * high->clock_hz;
}

bool run_within_power_limit(struct run *run, const struct ts_arch *nominal,
                            struct ts_result *result)
{
    if (!run_at(run, nominal, nominal->clock_hz, result)) {
        return false;
    }
    double limit_w = nominal->power.limit_w;
    struct trial high = {nominal->clock_hz, result->average_power_w};
    if (limit_w <= 0 || high.power_w <= limit_w) {
        return true;
    }
    struct trial low = {fmax(nominal->power.clock_min_hz, nominal->clock_hz * 0.02), 0};
    if (!run_at(run, nominal, low.clock_hz, result)) {
        return false;
    }
    low.power_w = result->average_power_w;
    if (low.power_w >= limit_w) {
        return true; /* the regulator's floor: the limit can't be met, the power shows it */
    }
    for (int i = 0; i < MOST_TRIALS && !settled(&low, &high, limit_w); i++) {
        struct trial trial = {interpolate(&low, &high, limit_w), 0};
        if (!run_at(run, nominal, trial.clock_hz, result)) {
            return false;
        }
        trial.power_w = result->average_power_w;
        *(trial.power_w <= limit_w ? &low : &high) = trial;
    }
    /* Report the best clock that meets the limit, not the last one tried. */
    return result->clock_mhz == low.clock_hz / 1e6 || run_at(run, nominal, low.clock_hz, result);
}
