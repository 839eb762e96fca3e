#include "sim/engine/engine.h"
#include "tessera/minmax.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_WINDOW_TILES = 64 };

bool engine_init(struct engine *engine, const struct ts_arch *arch, bool exact)
{
    memset(engine, 0, sizeof *engine);
    engine->arch = arch;
    engine->exact = exact;
    return machine_init(&engine->machine, arch);
}

void engine_release(struct engine *engine)
{
    for (int64_t i = 0; i < engine->slot_capacity; i++) {
        free(engine->slots[i].loads);
    }
    free(engine->slots);
    free(engine->units);
    free(engine->wave.tiles);
    free(engine->wave.loads);
    free(engine->wave.stores);
    machine_release(&engine->machine);
    memset(engine, 0, sizeof *engine);
}

static void *grow(void *array, int64_t *capacity, int64_t count, size_t element_bytes)
{
    if (count <= *capacity) {
        return array;
    }
    char *grown = realloc(array, (size_t)count * element_bytes);
    if (!grown) {
        ts_bug("out of memory for %lld units", (long long)count);
    }
    memset(grown + (size_t)*capacity * element_bytes, 0,
           (size_t)(count - *capacity) * element_bytes);
    *capacity = count;
    return grown;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* What extrapolation measures: whole waves. None where a schedule never repeats. */
static int64_t window_tiles(const struct ts_phase *phase, int64_t wave_tiles)
{
    if (isinf(phase->tiles_per_period)) {
        return 0;
    }
    return (LEAST_WINDOW_TILES + wave_tiles - 1) / wave_tiles * wave_tiles;
}

static void reset_units(struct engine *engine, double start_cycles, double launch_cycles)
{
    for (int64_t u = 0; u < engine->units_used; u++) {
        struct unit *unit = &engine->units[u];
        *unit = (struct unit){
            .slots = &engine->slots[u * engine->slots_per_unit],
            .pipe_free_cycles = start_cycles,
            .drained_cycles = start_cycles,
            .last_start_cycles = -INFINITY,
        };
        unit->part_cycles[TS_TIME_OVERHEAD] = launch_cycles;
        for (int s = 0; s < engine->slots_per_unit; s++) {
            unit->slots[s].state = SLOT_IDLE;
            unit->slots[s].event_cycles = &unit->event_cycles[s];
            unit->event_cycles[s] = INFINITY;
        }
    }
}

void engine_begin_phase(struct engine *engine, const struct ts_phase *phase, double start_cycles)
{
    engine->phase = phase;
    engine->units_used = phase->units_used > 0 ? phase->units_used : engine->arch->units;
    engine->slots_per_unit = clamp(phase->slots_per_unit, 1, TS_MAX_SLOTS);
    engine->buffers = clamp(phase->buffers, 1, TS_MAX_BUFFERS);
    engine->start_cycles = start_cycles + phase->launch_cycles;
    engine->units =
        grow(engine->units, &engine->unit_capacity, engine->units_used, sizeof *engine->units);
    engine->slots = grow(engine->slots, &engine->slot_capacity,
                         engine->units_used * engine->slots_per_unit, sizeof *engine->slots);
    reset_units(engine, engine->start_cycles, phase->launch_cycles);
    int64_t wave_tiles = engine->units_used * engine->slots_per_unit;
    memset(&engine->dispatcher, 0, offsetof(struct dispatcher, windows));
    engine->dispatcher.wave_tiles = wave_tiles;
    engine->dispatcher.window_tiles = window_tiles(phase, wave_tiles);
}

static void warm_from(struct engine *engine, int64_t first_tile)
{
    int64_t wave_tiles = engine->dispatcher.wave_tiles;
    int64_t tiles = engine->phase->tiles;
    if (engine->machine.has_cache) {
        ts_cache_reset(&engine->machine.cache);
    }
    residency_restart(&engine->machine.residency);
    for (int64_t tile = first_tile; tile < tiles; tile += wave_tiles) {
        int64_t left = tiles - tile;
        lookahead_wave(engine, tile, left < wave_tiles ? left : wave_tiles);
    }
}

void engine_warm_phase(struct engine *engine, const struct ts_phase *phase)
{
    engine_begin_phase(engine, phase, 0);
    const struct ts_cache *cache = &engine->machine.cache;
    int64_t window_tiles = engine->dispatcher.window_tiles;
    int64_t windows = 4;
    int64_t first_tile;
    /* What the last tiles touch is what stays: go back until they fill the cache, in the waves that
     * the phase is cut into from its start. */
    do {
        bool whole = engine->exact || window_tiles == 0 || windows > phase->tiles / window_tiles;
        first_tile = whole ? 0 : phase->tiles - windows * window_tiles;
        first_tile -= first_tile % engine->dispatcher.wave_tiles;
        warm_from(engine, first_tile);
        windows *= 4;
    } while (first_tile > 0 && engine->machine.has_cache &&
             cache->used_bytes < cache->capacity_bytes);
}

void engine_deal(struct engine *engine, double now_cycles)
{
    if (tracer_is_on(&engine->machine.tracer)) {
        trace_phase_begin(engine);
    }
    for (int s = 0; s < engine->slots_per_unit; s++) {
        for (int64_t u = 0; u < engine->units_used; u++) {
            struct unit *unit = &engine->units[u];
            struct slot *slot = &unit->slots[s];
            if (!dispatcher_pull(engine, now_cycles, unit, slot)) {
                return;
            }
            *slot->event_cycles = now_cycles;
        }
    }
}

static double phase_end(const struct engine *engine)
{
    double end = engine->start_cycles;
    for (int64_t u = 0; u < engine->units_used; u++) {
        end = ts_max(end, engine->units[u].pipe_free_cycles);
        end = ts_max(end, engine->units[u].drained_cycles);
    }
    return end;
}

/* After its last tile a unit drains its own stores, then waits for the slowest unit. */
static void close_books(struct engine *engine, double end_cycles)
{
    for (int64_t u = 0; u < engine->units_used; u++) {
        struct unit *unit = &engine->units[u];
        double drained = ts_max(unit->pipe_free_cycles, unit->drained_cycles);
        if (tracer_is_on(&engine->machine.tracer)) {
            trace_pipe(engine, unit, NULL, TS_TIME_FILL_DRAIN, false, unit->pipe_free_cycles,
                       drained);
            trace_pipe(engine, unit, NULL, TS_TIME_IMBALANCE, false, drained, end_cycles);
            trace_pipe(engine, unit, NULL, TS_TIME_OVERHEAD, false, end_cycles,
                       end_cycles + engine->phase->finish_cycles);
        }
        unit->part_cycles[TS_TIME_FILL_DRAIN] += drained - unit->pipe_free_cycles;
        unit->part_cycles[TS_TIME_IMBALANCE] += end_cycles - drained;
        unit->part_cycles[TS_TIME_OVERHEAD] += engine->phase->finish_cycles;
    }
}

void engine_end_phase(struct engine *engine, struct phase_outcome *outcome)
{
    const struct dispatcher *dispatcher = &engine->dispatcher;
    const struct ts_phase *phase = engine->phase;
    double end = phase_end(engine);
    close_books(engine, end);
    *outcome = (struct phase_outcome){
        .cycles = end - engine->start_cycles + phase->launch_cycles + phase->finish_cycles +
                  dispatcher->skipped_cycles,
    };
    double units = (double)engine->arch->units;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        double sum = dispatcher->skipped_part_cycles[part];
        for (int64_t u = 0; u < engine->units_used; u++) {
            sum += engine->units[u].part_cycles[part];
        }
        outcome->part_cycles[part] = sum / units;
    }
    engine->machine.last_load_done_cycles += dispatcher->skipped_cycles;
    machine_counters(&engine->machine, &outcome->counters);
    ts_counters_add(&outcome->counters, &dispatcher->skipped_counters, 1);
    /* Units that got no work at all. */
    double idle_units = (units - (double)engine->units_used) / units;
    outcome->part_cycles[TS_TIME_IMBALANCE] += outcome->cycles * idle_units;
    if (tracer_is_on(&engine->machine.tracer)) {
        trace_phase_end(engine, outcome->cycles);
    }
}
