/* Power limit: the clock, and the voltage with it, falls until power meets power.limit_w. A kernel
 * alone is held at its average; programs of several: power_intervals.c.
 *
 * Power falls with the clock (fewer operations a second, each at V² less). Each trial is a whole
 * simulation at one clock: what DRAM bounds does not slow down, what the pipes bound does. Trials
 * tell at which clock the limit is met (between.c); once that is close to one of them, what they
 * tell of it is the result. */
#include "sim/engine/power.h"

#include "sim/kernel/kernel.h"

#include <math.h>

enum { MOST_TRIALS = 12, MOST_ESTIMATES = 8 };
/* Boards step down to about a tenth of their boost clock: V100 135 of 1380 MHz (nvidia-smi -q -d
 * CLOCK). */
static const double lowest_clock_share = 0.1;
static const double power_tolerance = 0.004;
static const double clock_tolerance = 0.004; /* regulators step by 15 MHz or so */
static const double estimate_tolerance = 0.0001;

static void begin_trace(struct run *run)
{
    const struct ts_sim_options *options = run->options;
    struct ts_trace_sink *const sinks[TS_TRACE_SINKS] = {
        options->trace,
        run->waves,
    };
    if (!tracer_begin(&run->engine->machine, sinks, run->program->name)) {
        ts_bug("out of memory for the trace");
    }
}

bool power_run_at(struct run *run, const struct ts_arch *nominal, double clock_hz,
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
    if (run->traced) {
        begin_trace(run);
    }
    if (!run_program(run)) {
        return false;
    }
    run_report(run, nominal, result);
    return true;
}

/* What trials tell of the power at a clock. */
static double estimated_power_w(const struct run *run, const struct ts_arch *nominal,
                                const struct trial *trial, const struct trial *last,
                                double clock_hz)
{
    struct ts_arena scratch = TS_ARENA_INIT;
    struct run estimate = *run;
    struct ts_result result;
    estimate.arena = &scratch;
    run_at_clock_between(&estimate, nominal, trial, last, clock_hz);
    run_report(&estimate, nominal, &result);
    ts_arena_release(&scratch);
    return result.average_power_w;
}

/* Where `target_w` would be met if power went with a power of the clock between two points. */
static double next_clock_hz(double clock_a_hz, double power_a_w, double clock_b_hz,
                            double power_b_w, double target_w)
{
    double exponent = log(power_b_w / power_a_w) / log(clock_b_hz / clock_a_hz);
    exponent = fmin(fmax(exponent, 0.2), 4); /* from mostly static power to above f·V² ~ f³ */
    return clock_b_hz * pow(target_w / power_b_w, 1 / exponent);
}

/* The clock at which trials tell that the limit is met. */
static double estimated_clock_hz(const struct run *run, const struct ts_arch *nominal,
                                 const struct trial *trial, const struct trial *last)
{
    const double floor_hz = nominal->clock_hz * lowest_clock_share;
    const double target_w = nominal->power.limit_w * (1 - power_tolerance / 2);
    double before_hz = trial->clock_hz, before_w = trial->power_w;
    double clock_hz = before_hz * sqrt(target_w / before_w);
    for (int i = 0; i < MOST_ESTIMATES; i++) {
        clock_hz = fmin(fmax(clock_hz, floor_hz), nominal->clock_hz);
        if (fabs(clock_hz / before_hz - 1) <= estimate_tolerance) {
            break;
        }
        double power_w = estimated_power_w(run, nominal, trial, last, clock_hz);
        double next_hz = next_clock_hz(before_hz, before_w, clock_hz, power_w, target_w);
        before_hz = clock_hz;
        before_w = power_w;
        clock_hz = next_hz;
    }
    return clock_hz;
}

static bool settle(struct run *run, const struct ts_arch *nominal, struct ts_result *result)
{
    const double limit_w = nominal->power.limit_w;
    const double floor_hz = nominal->clock_hz * lowest_clock_share;
    struct trial trial = {0}, last = {0};
    double low_hz = 0, high_hz = nominal->clock_hz; /* the limit is met at low, and not at high */
    double clock_hz = nominal->clock_hz, span_hz = INFINITY;
    for (int i = 0; i < MOST_TRIALS; i++) {
        if (!power_run_at(run, nominal, clock_hz, result)) {
            return false;
        }
        last = trial;
        trial = (struct trial){clock_hz, result->average_power_w, run->kernels, run->cycles};
        bool is_met = limit_w <= 0 || trial.power_w <= limit_w;
        if ((i == 0 && is_met) || (clock_hz <= floor_hz && !is_met)) {
            return true; /* at the regulator's floor the power shows that the limit can't be met */
        }
        *(is_met ? &low_hz : &high_hz) = clock_hz;
        clock_hz = estimated_clock_hz(run, nominal, &trial, i > 0 ? &last : NULL);
        if (i > 0 && fabs(clock_hz / trial.clock_hz - 1) <= clock_tolerance) {
            run_at_clock_between(run, nominal, &trial, &last, clock_hz);
            run_report(run, nominal, result);
            return true;
        }
        if (high_hz - low_hz <= clock_tolerance * high_hz) {
            break;
        }
        /* Where power bends (another resource bounds) estimates come ever closer to one end. */
        const bool halves = low_hz <= 0 || high_hz - low_hz <= span_hz / 2;
        span_hz = high_hz - low_hz;
        if (clock_hz <= fmax(floor_hz, low_hz) || clock_hz >= high_hz || !halves) {
            clock_hz = low_hz > 0 ? (low_hz + high_hz) / 2 : floor_hz;
        }
    }
    /* A step in power (another mapping) at the limit: stay below it. */
    return low_hz <= 0 || power_run_at(run, nominal, low_hz, result);
}

bool run_within_power_limit(struct run *run, const struct ts_arch *nominal,
                            struct ts_result *result)
{
    bool has_sink = run->options->trace || run->waves;
    run->traced = has_sink && nominal->power.limit_w <= 0;
    bool is_alone = run->program->kernel_count == 1;
    double floor_hz = nominal->clock_hz * lowest_clock_share;
    if (!(is_alone ? settle(run, nominal, result)
                   : power_hold_intervals(run, nominal, floor_hz, result))) {
        return false;
    }
    if (!has_sink || run->traced) {
        return true;
    }
    run->traced = true;
    struct ts_result traced; /* all of it at the mean clock */
    return power_run_at(run, nominal, result->clock_mhz * 1e6, &traced);
}
