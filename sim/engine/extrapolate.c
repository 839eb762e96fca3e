/* Extrapolation: waves whose time the waves before them tell are not simulated.
 *
 * What a wave asks of the machine is known before it runs: its pipe time, and through the lookahead
 * its hits, misses and write-backs. The least time of its busiest resource is the wave's roof. Once
 * two stretches of measured windows take equally long beyond their roofs, the waves that follow
 * pass the shared cache alone (functional warming: Wunderlich et al., SMARTS, ISCA 2003) and are
 * booked as the mean of the two stretches, moved by the difference of the roofs. A change of the
 * roof (a full cache begins to write back, dirty data of earlier kernels is gone) ends the skip,
 * and measuring starts anew. The last whole waves and what is left over are always simulated.
 *
 * In long phases whose cache has settled the waves between are not even looked up.
 */
#include "sim/engine/extrapolate.h"
#include "tessera/minmax.h"

#include <math.h>

/* Windows measured before a skip: units that start in step take some waves to fall out of it, and
 * contend otherwise then. Long phases can afford longer samples, of less scatter. */
enum { LEAST_WINDOWS = 6, MOST_WINDOWS = 32, WINDOWS_SKIPPED_EACH = 8 };
enum { LEAST_SCATTERED = 4 }; /* windows that scatter is taken from */
/* Error allowed in the phase's time. */
static const double allowed_error = 0.0025, allowed_scatter = 0.005;
enum { TAIL_WAVES = 2 };

/* The clock is how far the units' pipes have got on average: what is queued before them counts as
 * done. */
static void take_snapshot(const struct engine *engine, double now_cycles, struct snapshot *snapshot)
{
    const struct machine *machine = &engine->machine;
    *snapshot = (struct snapshot){
        .demand = engine->dispatcher.demand,
        .backlog = machine_backlog(machine, now_cycles),
    };
    for (int64_t u = 0; u < engine->units_used; u++) {
        for (int part = 0; part < TS_TIME_PARTS; part++) {
            snapshot->part_cycles[part] += engine->units[u].part_cycles[part];
            snapshot->cycles += engine->units[u].part_cycles[part] / (double)engine->units_used;
        }
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
    dispatcher->window_tiles *= 2;
}

/* Time beyond the roofs from `from` to `to`. */
static double beyond_roof(const struct snapshot *from, const struct snapshot *to)
{
    return to->cycles - from->cycles - (to->demand.roof_cycles - from->demand.roof_cycles);
}

/* Root mean square by which the last `count` windows differ from their mean. */
static double scatter_cycles(const struct snapshot *end, int count)
{
    double mean = beyond_roof(end - count, end) / count, squares = 0;
    for (int i = 0; i < count; i++) {
        double off = beyond_roof(end - i - 1, end - i) - mean;
        squares += off * off;
    }
    return sqrt(squares / count);
}

/* A skip shorter than that saves little and leaves the tail in another state of disarray than it
 * would have come to. */
static const double least_gain = 1.5;

static int windows_needed(double left_windows)
{
    double needed = left_windows / WINDOWS_SKIPPED_EACH;
    return (int)ts_min(ts_max(needed, LEAST_WINDOWS), MOST_WINDOWS);
}

/* The last two stretches of a quarter of the windows each, when they agree so well that the phase's
 * time is safe with `left` waves skipped. What one window takes too long the next one mostly makes
 * up for, so that scatter goes with their number, not its root. */
static bool find_sample(const struct dispatcher *dispatcher, double left, struct sample *sample)
{
    int whole = dispatcher->window_count - 1, half = whole / 4;
    double left_windows = left / waves_a_window(dispatcher);
    if (whole < windows_needed(left_windows) || left_windows < least_gain * whole) {
        return false;
    }
    const struct snapshot *end = &dispatcher->windows[dispatcher->window_count - 1];
    const struct snapshot *middle = end - half, *start = middle - half;
    double cycles = end->cycles - start->cycles;
    double waves = 2 * half * waves_a_window(dispatcher);
    *sample = (struct sample){
        .before = start,
        .after = end,
        .waves = waves,
        .cycles = cycles / waves,
        .roof_cycles = (end->demand.roof_cycles - start->demand.roof_cycles) / waves,
    };
    double done = (double)dispatcher->next_tile / (double)dispatcher->wave_tiles;
    double share = left / (done + left);
    double trend = fabs(beyond_roof(start, middle) - beyond_roof(middle, end));
    double scatter = scatter_cycles(end, half > 1 ? 2 * half : LEAST_SCATTERED);
    return trend * share <= allowed_error * cycles && scatter * share <= allowed_scatter * cycles;
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
    if (find_sample(dispatcher, (double)left, &sample)) {
        skip_ahead(engine, now_cycles, &sample, left);
    }
}
