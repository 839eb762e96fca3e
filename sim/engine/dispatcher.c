/* Dispatcher: tiles in index order, wave by wave. */
#include "sim/engine/engine.h"

/* Tiles of the phase, less what extrapolation skipped, shared out evenly. */
static bool has_had_its_share(const struct engine *engine, const struct unit *unit)
{
    const struct dispatcher *dispatcher = &engine->dispatcher;
    int64_t skipped = dispatcher->next_tile - dispatcher->sequence;
    int64_t simulated = engine->phase->tiles - skipped;
    int64_t share = (simulated + engine->units_used - 1) / engine->units_used;
    return engine->phase->even_shares && unit->taken >= share;
}

static void begin_wave(struct engine *engine, double now_cycles)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    extrapolate(engine, now_cycles);
    int64_t left = engine->phase->tiles - dispatcher->next_tile;
    int64_t tiles = left < dispatcher->wave_tiles ? left : dispatcher->wave_tiles;
    lookahead_wave(engine, dispatcher->next_tile, tiles);
    demand_add(&dispatcher->demand, &engine->wave.demand, 1);
}

bool dispatcher_pull(struct engine *engine, double now_cycles, struct unit *unit, struct slot *slot)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    if (dispatcher->next_tile >= engine->phase->tiles || has_had_its_share(engine, unit)) {
        return false;
    }
    if (dispatcher->sequence % dispatcher->wave_tiles == 0) {
        begin_wave(engine, now_cycles);
    }
    unit->taken++;
    slot->tile = dispatcher->next_tile++;
    slot->sequence = dispatcher->sequence++;
    lookahead_copy(engine, slot);
    return true;
}
