/* Cache hits of one wave of tiles, in program order: step by step, tile by tile, as the units would
 * ask if they ran in lock step. Then the stores. */
#include "sim/engine/engine.h"

#include <stdlib.h>
#include <string.h>

void outcomes_reserve(struct outcome **array, int64_t *capacity, int64_t count)
{
    if (count <= *capacity) {
        return;
    }
    struct outcome *grown = realloc(*array, (size_t)count * sizeof **array);
    if (!grown) {
        ts_bug("out of memory for %lld outcomes", (long long)count);
    }
    *array = grown;
    *capacity = count;
}

static int most_steps(const struct ts_phase *phase, int64_t first_tile, int64_t tiles)
{
    int most = 0;
    for (int64_t i = 0; i < tiles; i++) {
        struct ts_tile tile = {0};
        phase->tile(phase->context, first_tile + i, &tile);
        most = tile.steps > most ? tile.steps : most;
    }
    return most;
}

static struct outcome *step_outcomes(const struct lookahead *wave, int64_t tile_in_wave, int step)
{
    return &wave->loads[(tile_in_wave * wave->max_steps + step) * TS_MAX_LOADS];
}

static void look_up_step(struct engine *engine, int64_t tile, int step, struct outcome *outcomes)
{
    const struct ts_phase *phase = engine->phase;
    struct ts_tile_step description = {0};
    phase->step(phase->context, tile, step, &description);
    for (int i = 0; i < description.load_count; i++) {
        outcomes[i] = machine_lookup(&engine->machine, &description.load[i]);
    }
}

static void look_up_loads(struct engine *engine, int64_t first_tile, int64_t tiles)
{
    const struct ts_phase *phase = engine->phase;
    struct lookahead *wave = &engine->wave;
    for (int step = 0; step < wave->max_steps; step++) {
        for (int64_t i = 0; i < tiles; i++) {
            struct ts_tile tile = {0};
            phase->tile(phase->context, first_tile + i, &tile);
            if (step < tile.steps) {
                look_up_step(engine, first_tile + i, step, step_outcomes(wave, i, step));
            }
        }
    }
}

static void fill_stores(struct engine *engine, int64_t first_tile, int64_t tiles)
{
    const struct ts_phase *phase = engine->phase;
    for (int64_t i = 0; i < tiles; i++) {
        struct ts_tile tile = {0};
        phase->tile(phase->context, first_tile + i, &tile);
        for (int s = 0; s < tile.store_count; s++) {
            engine->wave.stores[i * 2 + s] = machine_fill(&engine->machine, &tile.store[s]);
        }
    }
}

void lookahead_wave(struct engine *engine, int64_t first_tile, int64_t tiles)
{
    struct lookahead *wave = &engine->wave;
    wave->first_sequence = engine->dispatcher.sequence;
    wave->max_steps = most_steps(engine->phase, first_tile, tiles);
    outcomes_reserve(&wave->loads, &wave->load_capacity, tiles * wave->max_steps * TS_MAX_LOADS);
    outcomes_reserve(&wave->stores, &wave->store_capacity, tiles * 2);
    look_up_loads(engine, first_tile, tiles);
    fill_stores(engine, first_tile, tiles);
}

void lookahead_copy(struct engine *engine, struct slot *slot)
{
    const struct lookahead *wave = &engine->wave;
    int64_t tile_in_wave = slot->sequence - wave->first_sequence;
    int64_t count = (int64_t)slot->description.steps * TS_MAX_LOADS;
    outcomes_reserve(&slot->loads, &slot->load_capacity, count);
    if (count > 0) {
        memcpy(slot->loads, step_outcomes(wave, tile_in_wave, 0),
               (size_t)count * sizeof *slot->loads);
    }
    memcpy(slot->stores, &wave->stores[tile_in_wave * 2], sizeof slot->stores);
}
