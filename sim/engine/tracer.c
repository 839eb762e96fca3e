#include "sim/engine/tracer.h"

#include "sim/engine/run.h"
#include "tessera/minmax.h"

#include <stdlib.h>

enum { MOST_ARGUMENTS = 12 };

static const char *const working_names[TS_TIME_PARTS] = {
    [TS_TIME_COMPUTE] = "compute",       [TS_TIME_DRAM] = "wait for DRAM",
    [TS_TIME_CACHE] = "private memory",  [TS_TIME_INTERCONNECT] = "wait for network",
    [TS_TIME_FILL_DRAIN] = "fill/drain", [TS_TIME_IMBALANCE] = "imbalance",
    [TS_TIME_OVERHEAD] = "overhead",
};
static const char *const waiting_names[TS_TIME_PARTS] = {
    [TS_TIME_COMPUTE] = "compute",       [TS_TIME_DRAM] = "wait for DRAM",
    [TS_TIME_CACHE] = "wait for cache",  [TS_TIME_INTERCONNECT] = "wait for network",
    [TS_TIME_FILL_DRAIN] = "fill/drain", [TS_TIME_IMBALANCE] = "wait for other units",
    [TS_TIME_OVERHEAD] = "overhead",
};

bool tracer_begin(struct machine *machine, struct ts_trace_sink *const sinks[TS_TRACE_SINKS],
                  const char *workload)
{
    const struct ts_arch *arch = machine->arch;
    int level = machine->shared_level, channels = machine->has_dram ? machine->dram.channels : 0;
    struct tracer *tracer = &machine->tracer;
    *tracer = (struct tracer){.sink_count = 0};
    tracer->channel_free_cycles = calloc((size_t)channels + 1, sizeof(double));
    if (!tracer->channel_free_cycles) {
        return false;
    }
    const struct ts_trace_machine description = {
        .arch = arch->name,
        .workload = workload,
        .clock_hz = arch->clock_hz,
        .units = arch->units,
        .channels = channels,
        .version = ts_version(),
        .cache = level >= 0 ? arch->memory.cache[level].name : NULL,
    };
    for (int i = 0; i < TS_TRACE_SINKS; i++) {
        if (sinks[i]) {
            tracer->sinks[tracer->sink_count++] = sinks[i];
            sinks[i]->begin(sinks[i], &description);
        }
    }
    return true;
}

bool tracer_end(struct tracer *tracer, double cycles, struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int i = 0; i < tracer->sink_count; i++) {
        ok &= tracer->sinks[i]->end(tracer->sinks[i], cycles, diagnostics);
    }
    return ok;
}

void tracer_release(struct tracer *tracer)
{
    free(tracer->channel_free_cycles);
    *tracer = (struct tracer){.sink_count = 0};
}

static void emit(const struct tracer *tracer, struct ts_trace_slice slice, double shift_cycles)
{
    slice.asked_cycles += shift_cycles;
    slice.start_cycles += shift_cycles;
    slice.end_cycles += shift_cycles;
    for (int i = 0; i < tracer->sink_count && slice.end_cycles > slice.start_cycles; i++) {
        tracer->sinks[i]->slice(tracer->sinks[i], &slice);
    }
}

static int64_t index_of(const struct engine *engine, const struct unit *unit)
{
    return unit - engine->units;
}

void trace_phase_begin(struct engine *engine)
{
    double launch_cycles = engine->phase->launch_cycles, start_cycles = engine->start_cycles;
    engine->machine.tracer.shift_cycles = 0;
    for (int64_t u = 0; u < engine->units_used; u++) {
        trace_pipe(engine, &engine->units[u], NULL, TS_TIME_OVERHEAD, false,
                   start_cycles - launch_cycles, start_cycles);
    }
}

void trace_pipe(struct engine *engine, const struct unit *unit, const struct slot *slot,
                enum ts_time_part part, bool working, double start_cycles, double end_cycles)
{
    const struct tracer *tracer = &engine->machine.tracer;
    const struct ts_trace_argument arguments[] = {
        {"tile", NULL, slot ? (double)slot->tile : 0},
        {"step", NULL, slot ? slot->step : 0},
    };
    emit(tracer,
         (struct ts_trace_slice){
             .group = TS_TRACE_PIPE,
             .index = index_of(engine, unit),
             .name = (working ? working_names : waiting_names)[part],
             .category = ts_time_part_names[part],
             .asked_cycles = start_cycles,
             .start_cycles = start_cycles,
             .end_cycles = end_cycles,
             .arguments = arguments,
             .argument_count = slot ? 2 : 0,
         },
         tracer->shift_cycles);
}

void trace_loads(struct engine *engine, const struct unit *unit, const struct slot *slot,
                 double start_cycles, double end_cycles, double bytes)
{
    const struct tracer *tracer = &engine->machine.tracer;
    const struct ts_trace_argument arguments[] = {
        {"tile", NULL, (double)slot->tile},
        {"step", NULL, slot->issued},
        {"bytes", NULL, bytes},
    };
    emit(tracer,
         (struct ts_trace_slice){
             .group = TS_TRACE_LOADS,
             .index = index_of(engine, unit),
             .name = "load",
             .category = "load",
             .asked_cycles = start_cycles,
             .start_cycles = start_cycles,
             .end_cycles = end_cycles,
             .arguments = arguments,
             .argument_count = 3,
         },
         tracer->shift_cycles);
}

void trace_store(struct engine *engine, const struct unit *unit, const struct slot *slot,
                 const struct access *access)
{
    const struct tracer *tracer = &engine->machine.tracer;
    const struct ts_trace_argument arguments[] = {
        {"tile", NULL, (double)slot->tile},
        {"bytes", NULL, access->bytes},
    };
    emit(tracer,
         (struct ts_trace_slice){
             .group = TS_TRACE_STORES,
             .index = index_of(engine, unit),
             .name = "store",
             .category = "store",
             .asked_cycles = access->issue_cycles,
             .start_cycles = access->issue_cycles,
             .end_cycles = access->done_cycles,
             .arguments = arguments,
             .argument_count = 2,
         },
         tracer->shift_cycles);
}

void trace_server(struct tracer *tracer, enum ts_trace_group group,
                  const struct ts_bandwidth_server *server, double free_cycles,
                  const struct access *access)
{
    const struct ts_trace_argument arguments[] = {
        {"bytes", NULL, access->bytes},
        {"miss_bytes", NULL, access->outcome.miss_bytes},
    };
    emit(tracer,
         (struct ts_trace_slice){
             .group = group,
             .name = access->write ? "write" : "read",
             .category = access->write ? "write" : "read",
             .asked_cycles = access->issue_cycles,
             .start_cycles = ts_max(access->issue_cycles, free_cycles),
             .end_cycles = server->free_cycles,
             .arguments = arguments,
             .argument_count = group == TS_TRACE_CACHE && !access->write ? 2 : 1,
         },
         tracer->shift_cycles);
}

void trace_dram_before(struct machine *machine)
{
    for (int c = 0; c < machine->dram.channels; c++) {
        machine->tracer.channel_free_cycles[c] = ts_dram_channel_free_cycles(&machine->dram, c);
    }
}

/* A channel that got bursts of the request serves them back to back. */
void trace_dram_after(struct machine *machine, double now_cycles, double bytes, bool write)
{
    const struct tracer *tracer = &machine->tracer;
    const struct ts_trace_argument argument = {"request_bytes", NULL, bytes};
    for (int c = 0; c < machine->dram.channels; c++) {
        double before = tracer->channel_free_cycles[c];
        double after = ts_dram_channel_free_cycles(&machine->dram, c);
        if (after > before) {
            emit(tracer,
                 (struct ts_trace_slice){
                     .group = TS_TRACE_DRAM,
                     .index = c,
                     .name = write ? "write" : "read",
                     .category = write ? "write" : "read",
                     .asked_cycles = now_cycles,
                     .start_cycles = ts_max(now_cycles, before),
                     .end_cycles = after,
                     .arguments = &argument,
                     .argument_count = 1,
                 },
                 tracer->shift_cycles);
        }
    }
}

/* ------------------------------------------------------------------ what is not simulated */

static int skip_arguments(const struct engine *engine, int64_t tiles,
                          struct ts_trace_argument arguments[MOST_ARGUMENTS])
{
    const struct dispatcher *dispatcher = &engine->dispatcher;
    double all = dispatcher->skipped_cycles * (double)engine->units_used;
    int count = 0;
    arguments[count++] = (struct ts_trace_argument){"tiles", NULL, (double)tiles};
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        double share = all > 0 ? dispatcher->skipped_part_cycles[part] / all : 0;
        if (share > 0) {
            arguments[count++] = (struct ts_trace_argument){ts_time_part_names[part], NULL, share};
        }
    }
    return count;
}

void trace_skip(struct engine *engine, double now_cycles, int64_t tiles, double cycles)
{
    struct machine *machine = &engine->machine;
    struct ts_trace_argument arguments[MOST_ARGUMENTS];
    char name[64];
    snprintf(name, sizeof name, "extrapolated: %lld tiles", (long long)tiles);
    struct ts_trace_slice slice = {
        .group = TS_TRACE_PIPE,
        .name = name,
        .category = "extrapolated",
        .arguments = arguments,
        .argument_count = skip_arguments(engine, tiles, arguments),
    };
    double shift_cycles = machine->tracer.shift_cycles;
    for (slice.index = 0; slice.index < engine->units_used; slice.index++) {
        slice.start_cycles = engine->units[slice.index].pipe_free_cycles;
        slice.asked_cycles = slice.start_cycles;
        slice.end_cycles = slice.start_cycles + cycles;
        emit(&machine->tracer, slice, shift_cycles);
    }
    slice.group = TS_TRACE_DRAM;
    slice.argument_count = 1;
    int channels = machine->has_dram ? machine->dram.channels : 0;
    for (slice.index = 0; slice.index < channels; slice.index++) {
        double free_cycles = ts_dram_channel_free_cycles(&machine->dram, (int)slice.index);
        slice.start_cycles = slice.asked_cycles = ts_max(now_cycles, free_cycles);
        slice.end_cycles = slice.start_cycles + cycles;
        emit(&machine->tracer, slice, shift_cycles);
    }
    machine->tracer.shift_cycles += cycles;
}

/* ------------------------------------------------------------------ phases and layers */

void trace_phase_end(struct engine *engine, double cycles)
{
    const struct dispatcher *dispatcher = &engine->dispatcher;
    const struct ts_phase *phase = engine->phase;
    double start_cycles = engine->start_cycles - phase->launch_cycles;
    const struct ts_trace_argument arguments[] = {
        {"tiles", NULL, (double)phase->tiles},
        {"simulated_tiles", NULL, (double)dispatcher->sequence},
        {"units", NULL, (double)engine->units_used},
        {"extrapolated_cycles", NULL, dispatcher->skipped_cycles},
    };
    emit(&engine->machine.tracer,
         (struct ts_trace_slice){
             .group = TS_TRACE_PHASES,
             .name = phase->name ? phase->name : "phase",
             .category = "phase",
             .asked_cycles = start_cycles,
             .start_cycles = start_cycles,
             .end_cycles = start_cycles + cycles,
             .arguments = arguments,
             .argument_count = dispatcher->skipped_cycles > 0 ? 4 : 3,
         },
         0);
}

static void emit_layer(const struct run *run, int index, double start_cycles, const char *original)
{
    const struct ts_kernel *kernel = &run->program->kernels[index % run->program->kernel_count];
    const struct kernel_outcome *outcome = &run->kernels[index];
    const struct ts_trace_argument arguments[] = {
        {"op", kernel->op, 0},
        {"algorithm", outcome->algorithm, 0},
        {"ran_on", outcome->ran_on, 0},
        {"bound", largest_time_part(outcome->part_cycles), 0},
        {"macs", NULL, kernel->macs},
        {"cycles", NULL, outcome->cycles},
        {"dram_read_bytes", NULL, (double)outcome->counters.dram.read_bytes},
        {"dram_write_bytes", NULL, (double)outcome->counters.dram.write_bytes},
        {"repeats", original, 0},
    };
    emit(&run->engine->machine.tracer,
         (struct ts_trace_slice){
             .group = TS_TRACE_LAYERS,
             .name = kernel->name,
             .category = "layer",
             .asked_cycles = start_cycles,
             .start_cycles = start_cycles,
             .end_cycles = run->cycles,
             .arguments = arguments,
             .argument_count = original ? 9 : 8,
         },
         0);
}

void trace_layer(const struct run *run, int index, double start_cycles)
{
    emit_layer(run, index, start_cycles, NULL);
}

void trace_repeat(const struct run *run, int index, int original, double start_cycles)
{
    const char *original_name = run->program->kernels[original % run->program->kernel_count].name;
    const struct ts_trace_argument argument = {"layer", original_name, 0};
    struct ts_trace_slice slice = {
        .group = TS_TRACE_PIPE,
        .name = "repeated",
        .category = "repeated",
        .asked_cycles = start_cycles,
        .start_cycles = start_cycles,
        .end_cycles = run->cycles,
        .arguments = &argument,
        .argument_count = 1,
    };
    for (; slice.index < run->kernels[original].units_used; slice.index++) {
        emit(&run->engine->machine.tracer, slice, 0);
    }
    emit_layer(run, index, start_cycles, original_name);
}
