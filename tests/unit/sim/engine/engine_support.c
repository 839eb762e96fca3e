#include "unit/sim/engine/engine_support.h"

#include <math.h>

static void uniform_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct uniform *uniform = context;
    tile->steps = uniform->steps;
    tile->prologue_cycles = uniform->prologue_cycles;
    tile->epilogue_cycles = uniform->epilogue_cycles;
    if (uniform->store_bytes > 0) {
        tile->store_count = 1;
        tile->store[0] = (struct ts_tile_load){
            .tensor = 2,
            .block = (uint32_t)index,
            .rows = 1,
            .row_bytes = uniform->store_bytes,
        };
    }
}

static void uniform_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    const struct uniform *uniform = context;
    out->pipe_cycles = uniform->pipe_cycles;
    out->latency_cycles = uniform->latency_cycles;
    out->ready_cycles = uniform->ready_cycles;
    if (uniform->load_bytes > 0) {
        out->load[out->load_count++] = (struct ts_tile_load){
            .tensor = 0,
            .block = (uint32_t)(index * uniform->steps + step),
            .is_weight = uniform->is_weight,
            .rows = 1,
            .row_bytes = uniform->load_bytes,
        };
    }
    if (uniform->shared_blocks > 0) {
        out->load[out->load_count++] = (struct ts_tile_load){
            .tensor = 1,
            .block = (uint32_t)(index % uniform->shared_blocks * uniform->steps + step),
            .rows = 1,
            .row_bytes = uniform->load_bytes,
        };
    }
}

struct ts_phase uniform_phase(const struct uniform *uniform, int64_t tiles)
{
    return (struct ts_phase){
        .name = "uniform",
        .tiles = tiles,
        .slots_per_unit = 1,
        .buffers = 2,
        .tile = uniform_tile,
        .step = uniform_step,
        .context = uniform,
    };
}

struct ts_arch bare_arch(int64_t units, double cache_bytes, double noc_bytes_per_cycle)
{
    struct ts_arch arch = {
        .name = "bare",
        .clock_hz = 1e9,
        .units = units,
        .noc = {.bandwidth_bytes_per_cycle = noc_bytes_per_cycle},
    };
    if (cache_bytes > 0) {
        arch.memory.cache_count = 1;
        arch.memory.cache[0] = (struct ts_cache_spec){
            .name = "l2",
            .capacity_bytes = cache_bytes,
            .line_bytes = 64,
            .shared = true,
        };
    }
    return arch;
}

static void transport(void *module, struct access *access)
{
    struct machine *machine = module;
    machine_noc(machine, access);
    if (access->load->path == TS_PATH_HOST) {
        machine_host(machine, access);
        return;
    }
    machine_cache(machine, access);
    machine_dram(machine, access);
}

static int64_t next_unit(const struct engine *engine, double *event_cycles)
{
    int64_t next = 0;
    *event_cycles = INFINITY;
    for (int64_t u = 0; u < engine->units_used; u++) {
        double event = unit_next_event(engine, u);
        if (event < *event_cycles) {
            *event_cycles = event;
            next = u;
        }
    }
    return next;
}

struct phase_outcome run_phase(struct engine *engine, const struct ts_phase *phase,
                               double start_cycles)
{
    const struct memory_port port = {&engine->machine, transport};
    engine_begin_phase(engine, phase, start_cycles);
    engine_deal(engine, engine->start_cycles);
    double event_cycles;
    int64_t unit = next_unit(engine, &event_cycles);
    while (event_cycles < INFINITY) {
        unit_advance(engine, unit, event_cycles, &port);
        unit = next_unit(engine, &event_cycles);
    }
    struct phase_outcome outcome;
    engine_end_phase(engine, &outcome);
    return outcome;
}

struct phase_outcome run_once(const struct ts_arch *arch, const struct ts_phase *phase, bool exact)
{
    struct engine engine;
    if (!engine_init(&engine, arch, exact)) {
        ts_bug("no memory for the engine");
    }
    struct phase_outcome outcome = run_phase(&engine, phase, 0);
    engine_release(&engine);
    return outcome;
}

double sum_of_parts(const struct phase_outcome *outcome)
{
    double sum = 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        sum += outcome->part_cycles[part];
    }
    return sum;
}
