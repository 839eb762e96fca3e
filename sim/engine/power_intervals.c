/* Power limit of a program of several kernels: the clock follows the load.
 *
 * Boards hold every interval under the limit, not the average of a step: V100, A40 and RTX 6000
 * draw 6 to 10 % less than a limit that binds when they train ResNet-50 (Zeus, NSDI 2023), since
 * what the memory bounds draws less and what multiplies is held down, and V100 loses 4 % to a limit
 * above its average power. They do so at a batch of 32 too, whose kernels take about a millisecond;
 * how much faster the regulator follows is not known, so that shorter kernels share an interval.
 *
 * The whole program is simulated at a ladder of clocks, less what met the limit further up; what it
 * does between two of them between.c tells. Each interval then takes the highest clock whose power
 * meets the limit. */
#include "sim/engine/power.h"

#include <math.h>

#define INTERVAL_S 1e-3

/* Ratio of two clocks of the ladder; 0.8 gives the same latencies within 0.07 %. */
#define RUNG 0.7

enum { MOST_RUNGS = 12, MOST_GUESSES = 12 };
static const double power_tolerance = 0.001;

struct rung {
    double clock_hz;
    const struct kernel_outcome *kernels;
};

struct ladder {
    const struct run *run;
    const struct ts_arch *nominal;
    struct rung rungs[MOST_RUNGS]; /* falling clocks */
    int count;
};

/* Kernels [first, end). */
struct interval {
    int first, end;
};

static struct interval interval_from(const struct ladder *ladder, int first)
{
    const struct rung *top = &ladder->rungs[0];
    const int count = ladder->run->program->kernel_count;
    struct interval interval = {first, first};
    for (double s = 0; interval.end < count && s < INTERVAL_S; interval.end++) {
        s += top->kernels[interval.end].cycles / top->clock_hz;
    }
    return interval;
}

/* Between rungs `rung` and the one below it; at the lowest one as it is. */
static struct kernel_outcome outcome_at(const struct ladder *ladder, int rung, double clock_hz,
                                        int kernel)
{
    const struct rung *high = &ladder->rungs[rung];
    if (rung + 1 >= ladder->count) {
        return high->kernels[kernel];
    }
    const struct rung *low = &ladder->rungs[rung + 1];
    bool is_nearer_low = clock_hz - low->clock_hz < high->clock_hz - clock_hz;
    const struct rung *near = is_nearer_low ? low : high, *far = is_nearer_low ? high : low;
    return kernel_at_clock(&near->kernels[kernel], &far->kernels[kernel], clock_hz);
}

static double power_at(const struct ladder *ladder, struct interval interval, int rung,
                       double clock_hz)
{
    double joules = 0, seconds = 0;
    for (int i = interval.first; i < interval.end; i++) {
        const struct kernel_outcome outcome = outcome_at(ladder, rung, clock_hz, i);
        struct ts_energy energy;
        kernel_energy(ladder->nominal, &ladder->run->whole->kernels[i], &outcome, &energy);
        joules += energy.total_j;
        seconds += outcome.cycles / outcome.clock_hz;
    }
    return seconds > 0 ? joules / seconds : 0;
}

/* The highest rung that meets the limit; count if none does. */
static int rung_within(const struct ladder *ladder, struct interval interval)
{
    int rung = 0;
    while (rung < ladder->count && power_at(ladder, interval, rung, ladder->rungs[rung].clock_hz) >
                                       ladder->nominal->power.limit_w) {
        rung++;
    }
    return rung;
}

/* Between a rung that is over the limit and the next one, which is not. */
static double clock_between(const struct ladder *ladder, struct interval interval, int over)
{
    const double limit_w = ladder->nominal->power.limit_w;
    double high_hz = ladder->rungs[over].clock_hz, low_hz = ladder->rungs[over + 1].clock_hz;
    for (int i = 0; i < MOST_GUESSES; i++) {
        double middle_hz = (low_hz + high_hz) / 2;
        double power_w = power_at(ladder, interval, over, middle_hz);
        if (power_w <= limit_w && power_w >= (1 - power_tolerance) * limit_w) {
            return middle_hz;
        }
        *(power_w > limit_w ? &high_hz : &low_hz) = middle_hz;
    }
    return low_hz;
}

static void hold_down(const struct ladder *ladder, struct interval interval,
                      struct kernel_outcome *kernels)
{
    int within = rung_within(ladder, interval);
    int rung = within > 0 ? within - 1 : 0;
    double clock_hz = ladder->rungs[rung].clock_hz;
    if (within > 0 && within < ladder->count) {
        clock_hz = clock_between(ladder, interval, rung);
    }
    for (int i = interval.first; i < interval.end; i++) {
        kernels[i] = outcome_at(ladder, rung, clock_hz, i);
    }
}

/* Marks the kernels whose intervals meet the limit at a rung. True if all do. */
static bool settle_intervals(const struct ladder *ladder, bool *is_settled)
{
    const int count = ladder->run->program->kernel_count;
    bool all = true;
    struct interval interval;
    for (int first = 0; first < count; first = interval.end) {
        interval = interval_from(ladder, first);
        bool within = rung_within(ladder, interval) < ladder->count;
        for (int i = interval.first; i < interval.end; i++) {
            is_settled[i] = within;
        }
        all = all && within;
    }
    return all;
}

/* The program at falling clocks until every interval meets the limit; what does is not simulated
 * again. */
static bool climb_down(struct ladder *ladder, struct run *run, double floor_hz,
                       struct ts_result *result)
{
    const struct ts_arch *nominal = ladder->nominal;
    bool *is_settled = TS_NEW_ARRAY(run->arena, run->program->kernel_count, bool);
    double clock_hz = nominal->clock_hz;
    for (bool limited = true; limited && ladder->count < MOST_RUNGS;) {
        if (!power_run_at(run, nominal, clock_hz, result)) {
            return false;
        }
        ladder->rungs[ladder->count++] = (struct rung){clock_hz, run->kernels};
        bool all_settled = nominal->power.limit_w <= 0 || settle_intervals(ladder, is_settled);
        limited = !all_settled && clock_hz > floor_hz;
        clock_hz = fmax(floor_hz, RUNG * clock_hz);
        if (!run->options->part) { /* of a batch in parts only the sum is kept */
            run->earlier = run->kernels;
            run->is_settled = is_settled;
        }
    }
    run->is_settled = NULL;
    return true;
}

bool power_hold_intervals(struct run *run, const struct ts_arch *nominal, double floor_hz,
                          struct ts_result *result)
{
    struct ladder ladder = {.run = run, .nominal = nominal};
    if (!climb_down(&ladder, run, floor_hz, result)) {
        return false;
    }
    if (ladder.count == 1) {
        return true;
    }
    const int count = run->program->kernel_count;
    struct kernel_outcome *kernels = TS_NEW_ARRAY(run->arena, count, struct kernel_outcome);
    struct interval interval;
    for (int first = 0; first < count; first = interval.end) {
        interval = interval_from(&ladder, first);
        hold_down(&ladder, interval, kernels);
    }
    run->kernels = kernels;
    run_report(run, nominal, result);
    return true;
}
