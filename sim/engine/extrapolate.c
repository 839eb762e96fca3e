/* Extrapolation: waves whose time the waves before them tell are not simulated.
 *
 * What a wave asks of the machine is known before it runs: its pipe time, and through the lookahead
 * its hits, misses and write-backs. The least time of its busiest resource is the wave's roof. Once
 * the measured windows tell the time beyond the roofs well enough, the waves that follow pass the
 * shared cache alone and are booked as the mean of those measured, moved by the difference of the
 * roofs (functional warming, and samples as long as their scatter asks for: Wunderlich et al.,
 * SMARTS, ISCA 2003). A change of the roof (a full cache begins to write back, dirty data of
 * earlier kernels is gone) ends the skip, and measuring starts anew. The last whole waves and what
 * is left over are always simulated.
 *
 * In long phases whose cache has settled the waves between are not even looked up.
 */
#include "sim/engine/extrapolate.h"
#include "tessera/minmax.h"

#include <math.h>

/* Windows measured before a skip: units that start in step take some waves to fall out of it, and
 * contend otherwise then. Windows that do not tell are judged again once an eighth more are there:
 * who looks at chance often enough sees what he waits for. */
enum { LEAST_WINDOWS = 10, JUDGED_AGAIN = 8 };
/* Stretches that the sample's scatter is taken from: of two windows at least in the longer case. */
enum { FEW_STRETCHES = 4, MANY_STRETCHES = 8 };
/* Error allowed in the phase's time: standard error of the sample, and what is left of a trend. */
static const double allowed_error = 0.002, allowed_trend = 0.003;
enum { TAIL_WAVES = 2 };

static void take_snapshot(const struct engine *engine, double now_cycles, struct snapshot *snapshot)
{
    const struct machine *machine = &engine->machine;
    *snapshot = (struct snapshot){
        .now_cycles = now_cycles,
        .demand = engine->dispatcher.demand,
        .backlog = machine_backlog(machine, now_cycles),
    };
    for (int64_t u = 0; u < engine->units_used; u++) {
        for (int part = 0; part < TS_TIME_PARTS; part++) {
            snapshot->part_cycles[part] += engine->units[u].part_cycles[part];
            snapshot->cycles += engine->units[u].part_cycles[part] / (double)engine->units_used;
        }
        snapshot->worked_cycles += engine->units[u].worked_cycles / (double)engine->units_used;
    }
    machine_counters(machine, &snapshot->counters);
}

/* ------------------------------------------------------------------ measuring */

static double waves_a_window(const struct dispatcher *dispatcher)
{
    return (double)(dispatcher->window_tiles / dispatcher->wave_tiles);
}

/* Every second snapshot, windows twice as long. */
static void coarsen(struct dispatcher *dispatcher)
{
    for (int i = 0; 2 * i < dispatcher->window_count; i++) {
        dispatcher->windows[i] = dispatcher->windows[2 * i];
    }
    dispatcher->window_count = (dispatcher->window_count + 1) / 2;
    dispatcher->windows_awaited /= 2;
    dispatcher->window_tiles *= 2;
}

/* What the tiles dealt from `from` to `to` take: the clock counts what pipes did of them and of
 * those before, and goes with the pipes' work, of which more or less may be under way. */
static double elapsed_cycles(const struct snapshot *from, const struct snapshot *to)
{
    double dealt = to->demand.pipe_cycles - from->demand.pipe_cycles;
    double worked = to->worked_cycles - from->worked_cycles;
    double cycles = to->cycles - from->cycles;
    return dealt > 0 && worked > 0 ? cycles * dealt / worked : cycles;
}

/* Time beyond the roofs from `from` to `to`. */
static double beyond_roof(const struct snapshot *from, const struct snapshot *to)
{
    return elapsed_cycles(from, to) - (to->demand.roof_cycles - from->demand.roof_cycles);
}

/* Standard error of the mean time beyond the roof of the `count` windows before `end`, from the
 * scatter of stretches of them. */
static double standard_error_cycles(const struct snapshot *end, int count)
{
    int stretches = count >= 2 * MANY_STRETCHES ? MANY_STRETCHES : FEW_STRETCHES;
    const struct snapshot *start = end - count, *from = start;
    double mean = beyond_roof(start, end) / count, squares = 0;
    for (int i = 1; i <= stretches; i++) {
        const struct snapshot *to = start + count * i / stretches;
        double off = beyond_roof(from, to) / (double)(to - from) - mean;
        squares += off * off;
        from = to;
    }
    return sqrt(squares / (stretches * (stretches - 1)));
}

/* A skip shorter than that saves little and leaves the tail in another state of disarray than it
 * would have come to. */
static const double least_gain = 1.5;

/* The later half of the windows, when it tells the phase's time well enough with `left` waves
 * skipped: its windows agree, and the unit that is ahead goes at the pace of all. As long as it
 * does not, units are falling out of step, and go faster from wave to wave. */
static bool find_sample(const struct dispatcher *dispatcher, double left, struct sample *sample)
{
    int count = (dispatcher->window_count - 1) / 2;
    const struct snapshot *end = &dispatcher->windows[dispatcher->window_count - 1];
    const struct snapshot *start = end - count;
    double cycles = elapsed_cycles(start, end);
    double waves = count * waves_a_window(dispatcher);
    *sample = (struct sample){
        .before = start,
        .after = end,
        .waves = waves,
        .clock_cycles = end->cycles - start->cycles,
        .cycles = cycles / waves,
        .roof_cycles = (end->demand.roof_cycles - start->demand.roof_cycles) / waves,
    };
    double done = (double)dispatcher->next_tile / (double)dispatcher->wave_tiles;
    double share = left / (done + left);
    double trend = fabs(end->now_cycles - start->now_cycles - cycles);
    return standard_error_cycles(end, count) * count * share <= allowed_error * cycles &&
           trend * share <= allowed_trend * cycles;
}

/* There are windows enough to judge by, and waves enough to skip. */
static bool is_worth_judging(const struct dispatcher *dispatcher, double left)
{
    int whole = dispatcher->window_count - 1;
    return whole >= LEAST_WINDOWS && whole >= dispatcher->windows_awaited &&
           left >= least_gain * whole * waves_a_window(dispatcher);
}

void extrapolate(struct engine *engine, double now_cycles)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    int64_t measured = dispatcher->sequence - dispatcher->first_sequence;
    if (engine->exact || dispatcher->window_tiles == 0 || measured % dispatcher->window_tiles) {
        return;
    }
    int64_t left =
        (engine->phase->tiles - dispatcher->next_tile) / dispatcher->wave_tiles - TAIL_WAVES;
    if (left < 1) {
        return;
    }
    if (dispatcher->window_count > TS_MAX_WINDOWS) {
        coarsen(dispatcher);
        return;
    }
    take_snapshot(engine, now_cycles, &dispatcher->windows[dispatcher->window_count++]);
    struct sample sample;
    if (!is_worth_judging(dispatcher, (double)left)) {
        return;
    }
    if (find_sample(dispatcher, (double)left, &sample)) {
        skip_ahead(engine, now_cycles, &sample, left);
    } else {
        int whole = dispatcher->window_count - 1;
        dispatcher->windows_awaited = whole + (whole + JUDGED_AGAIN - 1) / JUDGED_AGAIN;
    }
}
