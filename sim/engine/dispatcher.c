/* Dispatcher: tiles in index order, and extrapolation of what repeats.
 *
 * After a warm-up stretch the time and traffic of one whole window (whole waves, covering the
 * schedule's period) are measured; as many further windows as leave a tail are then skipped, each
 * counted as the measured one. The tail is simulated, so the last, partial wave is exact.
 */
#include "sim/engine/engine.h"

#include <math.h>

static void take_snapshot(const struct engine *engine, double now_cycles, struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){.cycles = now_cycles};
    for (int64_t u = 0; u < engine->units_used; u++) {
        for (int part = 0; part < TS_TIME_PARTS; part++) {
            snapshot->part_cycles[part] += engine->units[u].part_cycles[part];
        }
    }
    machine_counters(&engine->machine, &snapshot->counters);
}

/* Skips `windows` stretches like the one between the two snapshots. */
static void skip(struct engine *engine, const struct snapshot *after, double windows)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    const struct snapshot *before = &dispatcher->before;
    double cycles = after->cycles - before->cycles;
    double sum = 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        sum += after->part_cycles[part] - before->part_cycles[part];
    }
    dispatcher->skipped_cycles = windows * cycles;
    /* The units' books run a little ahead of now: scale so that parts still sum to the time. */
    double scale = sum > 0 ? windows * cycles * (double)engine->units_used / sum : 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        dispatcher->skipped_part_cycles[part] =
            (after->part_cycles[part] - before->part_cycles[part]) * scale;
    }
    struct ts_counters window;
    counters_difference(&after->counters, &before->counters, &window);
    ts_counters_add(&dispatcher->skipped_counters, &window, windows);
    dispatcher->next_tile += (int64_t)windows * dispatcher->window_tiles;
}

static void extrapolate(struct engine *engine, double now_cycles)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    int64_t window = dispatcher->window_tiles;
    if (engine->exact || window == 0) {
        return;
    }
    if (dispatcher->sequence == window) {
        take_snapshot(engine, now_cycles, &dispatcher->before);
        return;
    }
    if (dispatcher->sequence != 2 * window) {
        return;
    }
    int64_t tail = engine->phase->tiles % dispatcher->wave_tiles + 2 * dispatcher->wave_tiles;
    int64_t windows = (engine->phase->tiles - dispatcher->next_tile - tail) / window;
    if (windows > 0) {
        struct snapshot after;
        take_snapshot(engine, now_cycles, &after);
        skip(engine, &after, (double)windows);
    }
}

bool dispatcher_pull(struct engine *engine, double now_cycles, struct slot *slot)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    const struct ts_phase *phase = engine->phase;
    if (dispatcher->next_tile >= phase->tiles) {
        return false;
    }
    if (dispatcher->sequence % dispatcher->wave_tiles == 0) {
        extrapolate(engine, now_cycles);
        int64_t left = phase->tiles - dispatcher->next_tile;
        int64_t tiles = left < dispatcher->wave_tiles ? left : dispatcher->wave_tiles;
        lookahead_wave(engine, dispatcher->next_tile, tiles);
    }
    slot->tile = dispatcher->next_tile++;
    slot->sequence = dispatcher->sequence++;
    slot->description = (struct ts_tile){0};
    phase->tile(phase->context, slot->tile, &slot->description);
    lookahead_copy(engine, slot);
    return true;
}
