/* Cache hits of one wave of tiles, in program order: step by step, tile by tile, as the units would
 * ask if they ran in lock step. Then the stores, or between two steps where the phase says so. */
#include "sim/engine/engine.h"
#include "tessera/minmax.h"

#include <stdlib.h>
#include <string.h>

enum { STORES = 2 }; /* of a tile, at most */

static void *reserve(void *array, int64_t *capacity, int64_t count, size_t element_bytes)
{
    if (count <= *capacity) {
        return array;
    }
    void *grown = realloc(array, (size_t)count * element_bytes);
    if (!grown) {
        ts_bug("out of memory for the outcomes of %lld accesses", (long long)count);
    }
    *capacity = count;
    return grown;
}

/* Sums of one wave: what it asks of each resource. */
struct tally {
    struct demand demand;
    double cache_bytes;
};

static void count_access(struct tally *tally, const struct ts_tile_load *load,
                         const struct outcome *outcome)
{
    double bytes = load_bytes(load);
    tally->demand.noc_bytes += bytes;
    tally->demand.host_bytes += load->path == TS_PATH_HOST ? bytes : 0;
    tally->demand.dram_read_bytes += outcome->miss_bytes;
    tally->demand.dram_write_bytes += outcome->writeback_bytes;
    tally->cache_bytes += load->path == TS_PATH_CACHED ? bytes : 0;
}

static double server_cycles(const struct ts_bandwidth_server *server, double bytes)
{
    return server->bytes_per_cycle > 0 ? bytes / server->bytes_per_cycle : 0;
}

static double roof_cycles(const struct engine *engine, const struct tally *tally)
{
    const struct machine *machine = &engine->machine;
    const struct demand *demand = &tally->demand;
    double cycles = ts_max(demand->pipe_cycles, server_cycles(&machine->noc, demand->noc_bytes));
    cycles = ts_max(cycles, server_cycles(&machine->host, demand->host_bytes));
    if (machine->has_cache) {
        cycles = ts_max(cycles, server_cycles(&machine->cache_port, tally->cache_bytes));
    }
    if (machine->has_dram) {
        double bytes = demand->dram_read_bytes + demand->dram_write_bytes;
        cycles = ts_max(cycles, bytes / machine->dram.peak_bytes_per_cycle);
    }
    return cycles;
}

static void describe_tiles(struct engine *engine, int64_t first_tile, int64_t tiles)
{
    const struct ts_phase *phase = engine->phase;
    struct lookahead *wave = &engine->wave;
    wave->tiles = reserve(wave->tiles, &wave->tile_capacity, tiles, sizeof *wave->tiles);
    wave->max_steps = 0;
    for (int64_t i = 0; i < tiles; i++) {
        wave->tiles[i] = (struct ts_tile){0};
        phase->tile(phase->context, first_tile + i, &wave->tiles[i]);
        wave->max_steps =
            wave->tiles[i].steps > wave->max_steps ? wave->tiles[i].steps : wave->max_steps;
    }
}

static struct outcome *step_outcomes(const struct lookahead *wave, int64_t tile_in_wave, int step)
{
    return &wave->loads[(tile_in_wave * wave->max_steps + step) * TS_MAX_LOADS];
}

static void look_up_step(struct engine *engine, int64_t tile, int step, struct outcome *outcomes,
                         struct tally *tally)
{
    const struct ts_phase *phase = engine->phase;
    struct ts_tile_step description = {0};
    phase->step(phase->context, tile, step, &description);
    tally->demand.pipe_cycles += description.pipe_cycles / (double)engine->units_used;
    for (int i = 0; i < description.load_count; i++) {
        outcomes[i] = machine_lookup(&engine->machine, &description.load[i]);
        count_access(tally, &description.load[i], &outcomes[i]);
    }
}

static void fill_stores(struct engine *engine, int64_t tiles, struct tally *tally)
{
    struct lookahead *wave = &engine->wave;
    for (int64_t i = 0; i < tiles; i++) {
        const struct ts_tile *tile = &wave->tiles[i];
        tally->demand.pipe_cycles += tile->epilogue_cycles / (double)engine->units_used;
        for (int s = 0; s < tile->store_count; s++) {
            struct outcome *outcome = &wave->stores[i * STORES + s];
            *outcome = machine_fill(&engine->machine, &tile->store[s]);
            count_access(tally, &tile->store[s], outcome);
        }
    }
}

static void look_up_accesses(struct engine *engine, int64_t first_tile, int64_t tiles,
                             struct tally *tally)
{
    const struct lookahead *wave = &engine->wave;
    int before_stores = engine->phase->steps_before_stores;
    if (before_stores <= 0 || before_stores > wave->max_steps) {
        before_stores = wave->max_steps;
    }
    for (int step = 0; step < wave->max_steps; step++) {
        if (step == before_stores) {
            fill_stores(engine, tiles, tally);
        }
        for (int64_t i = 0; i < tiles; i++) {
            if (step < wave->tiles[i].steps) {
                look_up_step(engine, first_tile + i, step, step_outcomes(wave, i, step), tally);
            }
        }
    }
    if (before_stores == wave->max_steps) {
        fill_stores(engine, tiles, tally);
    }
}

void lookahead_wave(struct engine *engine, int64_t first_tile, int64_t tiles)
{
    struct lookahead *wave = &engine->wave;
    struct tally tally = {0};
    wave->first_sequence = engine->dispatcher.sequence;
    describe_tiles(engine, first_tile, tiles);
    wave->loads = reserve(wave->loads, &wave->load_capacity, tiles * wave->max_steps * TS_MAX_LOADS,
                          sizeof *wave->loads);
    wave->stores =
        reserve(wave->stores, &wave->store_capacity, tiles * STORES, sizeof *wave->stores);
    look_up_accesses(engine, first_tile, tiles, &tally);
    wave->demand = tally.demand;
    wave->demand.roof_cycles = roof_cycles(engine, &tally);
}

void lookahead_copy(struct engine *engine, struct slot *slot)
{
    const struct lookahead *wave = &engine->wave;
    int64_t tile_in_wave = slot->sequence - wave->first_sequence;
    slot->description = wave->tiles[tile_in_wave];
    int64_t count = (int64_t)slot->description.steps * TS_MAX_LOADS;
    slot->loads = reserve(slot->loads, &slot->load_capacity, count, sizeof *slot->loads);
    if (count > 0) {
        memcpy(slot->loads, step_outcomes(wave, tile_in_wave, 0),
               (size_t)count * sizeof *slot->loads);
    }
    memcpy(slot->stores, &wave->stores[tile_in_wave * STORES], sizeof slot->stores);
}
