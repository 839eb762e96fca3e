/* Streams: each thread walks through its part of the operands. Caches and DRAM are the engine's; a
 * core's own misses in flight bound what it draws. */
#include "sim/compute/cpu/cpu.h"

#include <math.h>
#include <string.h>

enum { TILES_PER_THREAD = 4 };
static const double SMALLEST_TILE_BYTES = 16384.0; /* half an L1: less is not worth a piece */

struct stream_context {
    struct ts_cpu_stream stream;
    int64_t tiles;
    double pipe_cycles;
    double draw_cycles;
};

static struct ts_tile_load output_piece(const struct stream_context *context, int64_t index)
{
    double bytes = context->stream.output_bytes / (double)context->tiles;

    return (struct ts_tile_load){
        .tensor = context->stream.output,
        .block = (uint32_t)index,
        .rows = 1,
        .row_bytes = bytes,
        .pitch_bytes = bytes,
        .address = (uint64_t)(bytes * (double)index),
    };
}

static void stream_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct stream_context *context = opaque;
    const struct ts_cpu_stream *stream = &context->stream;

    memset(tile, 0, sizeof *tile);
    tile->steps = 1;
    if (stream->output_bytes <= 0) {
        return;
    }
    tile->store_count = 1;
    tile->store[0] = output_piece(context, index);
}

static void stream_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct stream_context *context = opaque;
    const struct ts_cpu_stream *stream = &context->stream;

    (void)step;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < stream->input_count; i++) {
        double bytes = stream->input_bytes[i] / (double)context->tiles;
        double rows = stream->row_bytes > 0 ? fmax(1.0, bytes / stream->row_bytes) : 1.0;
        if (bytes <= 0) {
            continue;
        }
        out->load[out->load_count++] = (struct ts_tile_load){
            .tensor = stream->input[i],
            .block = (uint32_t)index,
            .rows = rows,
            .row_bytes = bytes / rows,
            .pitch_bytes = bytes / rows,
            .address = (uint64_t)(bytes * (double)index),
        };
    }
    if (stream->output_bytes > 0) {
        /* A store that misses reads its line first (write-allocate). */
        out->load[out->load_count++] = output_piece(context, index);
    }
    out->pipe_cycles = fmax(context->pipe_cycles, context->draw_cycles);
    out->cache_cycles = fmax(0.0, context->draw_cycles - context->pipe_cycles);
}

static void count(const struct ts_arch *arch, const struct ts_cpu_stream *stream,
                  double input_bytes, struct ts_phase_counters *counters)
{
    double moved = input_bytes * stream->passes + stream->output_bytes;
    int level;

    counters->vector_ops = stream->elements * stream->ops_per_element;
    counters->instructions = stream->elements * stream->instructions_per_element;
    counters->register_read_bytes = moved;
    counters->register_write_bytes = moved;
    for (int nth = 0; (level = ts_cpu_private_level(arch, nth)) >= 0; nth++) {
        counters->level_read_bytes[level] = input_bytes * (nth == 0 ? stream->passes : 1.0);
        counters->level_write_bytes[level] = stream->output_bytes;
        counters->level_misses_bytes[level] = input_bytes + stream->output_bytes;
    }
}

/* Bytes a cycle that one thread draws. */
static double draw_bandwidth(const struct ts_arch *arch, double footprint)
{
    struct ts_kernel none = {.precision = arch->default_precision};
    struct ts_cpu_core core;

    ts_cpu_core_init(arch, &none, &core);
    return ts_cpu_own_bandwidth(&core, footprint);
}

void ts_cpu_stream_phase(const struct ts_arch *arch, const struct ts_cpu_stream *stream,
                         struct ts_arena *arena, struct ts_phase *phase)
{
    struct stream_context *context = TS_NEW(arena, struct stream_context);
    double input_bytes = 0;
    for (int i = 0; i < stream->input_count; i++) {
        input_bytes += stream->input_bytes[i];
    }
    double bytes = input_bytes + stream->output_bytes;
    double threads = stream->threads > 0 ? (double)stream->threads : (double)arch->units;
    double most = fmax(1.0, floor(bytes / SMALLEST_TILE_BYTES));
    double used = fmin(threads, most);
    int64_t repeats = stream->repeats > 1 ? stream->repeats : 1;

    context->stream = *stream;
    context->tiles = (int64_t)fmin(used * TILES_PER_THREAD, fmax(used, most));
    double part = (double)context->tiles;
    context->pipe_cycles = stream->elements / part * stream->cycles_per_element;
    context->draw_cycles = bytes / part / draw_bandwidth(arch, bytes);
    *phase = (struct ts_phase){0};
    phase->name = stream->name;
    phase->tiles = context->tiles;
    phase->slots_per_unit = 1;
    phase->buffers = 2;
    phase->units_used = (int64_t)used;
    phase->launch_cycles =
        (double)repeats * (ts_cpu_call_cycles(arch) + ts_cpu_fork_cycles(arch, used));
    phase->tiles_per_period = used;
    count(arch, stream, input_bytes, &phase->counters);
    phase->context = context;
    phase->tile = stream_tile;
    phase->step = stream_step;
}
