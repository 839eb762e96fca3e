/* Power limit: the clock, and the voltage with it, falls until average power meets power.limit_w.
 *
 * Power falls with the clock (fewer operations a second, each at V² less), so the highest clock
 * that meets the limit is found by interpolation within a bracket. Each trial is a whole simulation
 * at that clock: what DRAM bounds does not slow down, what the pipes bound does. */
#include "sim/engine/run.h"

#include "sim/kernel/kernel.h"

#include <math.h>

enum { MOST_TRIALS = 8 };
/* Boards step down to about a tenth of their boost clock: V100 135 of 1380 MHz (nvidia-smi -q -d
 * CLOCK). */
static const double lowest_clock_share = 0.1;
static const double power_tolerance = 0.004;
static const double clock_tolerance = 0.004; /* regulators step by 15 MHz or so */

struct trial {
    double clock_hz;
    double power_w;
};

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
    if (run->traced) {
        begin_trace(run);
    }
    if (!run_program(run)) {
        return false;
    }
    run_report(run, nominal, result);
    return true;
}

/* Power at another clock, estimated from a run: what the pipes bound takes longer in proportion,
 * and dynamic energy goes with the voltage squared. Only a first guess: every trial is simulated.
 */
static double estimated_power_w(const struct ts_result *result, const struct ts_arch *nominal,
                                double clock_hz)
{
    double slower = nominal->clock_hz / clock_hz;
    double volts = ts_arch_voltage_v(nominal, clock_hz) / nominal->power.voltage_v;
    double memory_share = result->time_breakdown[TS_TIME_DRAM];
    double latency_s = result->latency_s * (memory_share + (1 - memory_share) * slower);
    double static_w = result->energy.part_j[TS_ENERGY_STATIC] / result->latency_s;
    double dynamic_j = result->energy.total_j - result->energy.part_j[TS_ENERGY_STATIC];
    return dynamic_j * volts * volts / latency_s + static_w * volts;
}

static double first_guess_hz(const struct ts_result *result, const struct ts_arch *nominal,
                             double floor_hz)
{
    double low_hz = floor_hz, high_hz = nominal->clock_hz;
    for (int i = 0; i < 20; i++) {
        double middle_hz = (low_hz + high_hz) / 2;
        bool too_much = estimated_power_w(result, nominal, middle_hz) > nominal->power.limit_w;
        *(too_much ? &high_hz : &low_hz) = middle_hz;
    }
    return low_hz;
}

/* Where the limit would be met if power went with a power of the clock between two trials. */
static double next_clock_hz(const struct trial *a, const struct trial *b, double limit_w)
{
    double exponent = log(b->power_w / a->power_w) / log(b->clock_hz / a->clock_hz);
    exponent = fmin(fmax(exponent, 0.2), 4); /* from mostly static power to above f·V² ~ f³ */
    return a->clock_hz * pow(limit_w * (1 - power_tolerance / 2) / a->power_w, 1 / exponent);
}

static bool meets(const struct trial *trial, double limit_w)
{
    return trial->power_w <= limit_w && trial->power_w >= limit_w * (1 - power_tolerance);
}

static bool settle(struct run *run, const struct ts_arch *nominal, struct ts_result *result)
{
    double limit_w = nominal->power.limit_w;
    double floor_hz = nominal->clock_hz * lowest_clock_share;
    struct trial low = {0, 0}; /* the highest clock known to meet the limit */
    struct trial trial = {nominal->clock_hz, 0}, high = trial;
    struct trial last = {0, 0};
    for (int i = 0; i < MOST_TRIALS; i++) {
        if (!run_at(run, nominal, trial.clock_hz, result)) {
            return false;
        }
        trial.power_w = result->average_power_w;
        bool at_nominal = i == 0 && (limit_w <= 0 || trial.power_w <= limit_w);
        bool at_floor = trial.clock_hz <= floor_hz && trial.power_w > limit_w;
        if (at_nominal || at_floor || meets(&trial, limit_w)) {
            return true; /* at the regulator's floor the power shows that the limit can't be met */
        }
        *(trial.power_w > limit_w ? &high : &low) = trial;
        double next_hz = i == 0 ? first_guess_hz(result, nominal, floor_hz)
                                : next_clock_hz(&trial, &last, limit_w);
        double least_hz = fmax(floor_hz, low.clock_hz);
        if (next_hz <= least_hz || next_hz >= high.clock_hz) {
            next_hz = low.clock_hz > 0 ? (low.clock_hz + high.clock_hz) / 2 : floor_hz;
        }
        if (high.clock_hz - low.clock_hz <= clock_tolerance * high.clock_hz) {
            break;
        }
        last = trial;
        trial = (struct trial){next_hz, 0};
    }
    /* A step in power (another mapping) at the limit: stay below it. */
    return low.clock_hz <= 0 || run_at(run, nominal, low.clock_hz, result);
}

bool run_within_power_limit(struct run *run, const struct ts_arch *nominal,
                            struct ts_result *result)
{
    bool has_sink = run->options->trace || run->waves;
    run->traced = has_sink && nominal->power.limit_w <= 0;
    if (!settle(run, nominal, result)) {
        return false;
    }
    if (!has_sink || run->traced) {
        return true;
    }
    run->traced = true;
    return run_at(run, nominal, run->arch->clock_hz, result);
}
