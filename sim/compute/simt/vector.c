/* Element-wise, pooling, normalisation, softmax, reduction, gather and move kernels, and the stream
 * phases they are made of.
 *
 * A block of 256 threads takes a contiguous share of each operand, 16 bytes a thread and access as
 * vectorised kernels do, so the SM issues, for an element, (loads + stores) / (elements per 16
 * bytes) + ops_per_element instructions a lane, and its L1 passes 64 bytes a cycle (Jia et al.,
 * "Dissecting the NVIDIA Volta GPU architecture via microbenchmarking", 2018, table 3.1: 64 B/clk a
 * SM measured on V100 and P100). The larger of the two is the block's pipe time; cache and DRAM
 * time are the engine's.
 *
 * Libraries of cuDNN 5's time give each thread one element of 4 bytes: see ts_simt_round_cycles().
 *
 * Rows of a normalisation or softmax that fit in a block's registers and shared memory are read
 * once. Longer rows, and rows that many blocks share (batch normalisation), take a statistics
 * kernel first.
 */
#include "vector.h"

#include "simt_internal.h"

#include <math.h>
#include <string.h>

/* Threads of one simulated tile: four blocks of 256, which run side by side on neighbouring data.
 */
#define STREAM_THREADS 1024.0
/* One 16-byte access a thread. */
#define STREAM_ACCESS_BYTES 16.0
/* Blocks a unit beyond which a block takes more than one access a thread (grid-stride loop). */
#define STREAM_WAVES 32.0
/* Index arithmetic and bounds check before the first load. */
#define STREAM_PROLOGUE_CYCLES 60.0

/* Accesses a thread of a kernel with several passes: its threads walk along k. */
#define ACCESSES_OF_PASSES 4.0

/* Engine steps a tile of a scalar kernel is cut into: later ones load while earlier ones wait. */
#define SCALAR_STEPS 4

struct stream_context {
    struct ts_simt_stream stream;
    double tiles;
    int steps;
    double pipe_cycles, cache_cycles, overhead_cycles;
    double latency_cycles; /* of a tile */
    double loaded_cycles;  /* part of it: what the first load takes, which the engine adds */
};

static double operand_bytes(const struct ts_simt_stream_operand *operands, int count)
{
    double bytes = 0.0;
    for (int i = 0; i < count; i++) {
        bytes += operands[i].bytes;
    }
    return bytes;
}

static double stream_bytes(const struct ts_simt_stream *stream)
{
    return operand_bytes(stream->load, stream->load_count) +
           operand_bytes(stream->store, stream->store_count);
}

/* Warp instructions of the whole kernel. */
static double stream_instructions(const struct ts_simt_stream *stream)
{
    double accesses = stream_bytes(stream) / STREAM_ACCESS_BYTES;
    return (accesses + stream->elements * stream->ops_per_element) / 32.0;
}

static double stream_slots(const struct ts_arch *arch)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double slots = fmin((double)params->max_threads / STREAM_THREADS, (double)params->max_blocks);
    return fmax(1.0, floor(slots));
}

static double stream_tiles(const struct ts_arch *arch, const struct ts_simt_stream *stream)
{
    double largest = 1.0;
    for (int i = 0; i < stream->load_count; i++) {
        largest = fmax(largest, stream->load[i].bytes);
    }
    for (int i = 0; i < stream->store_count; i++) {
        largest = fmax(largest, stream->store[i].bytes);
    }
    double tiles = ts_simt_ceil_div(largest, STREAM_THREADS * STREAM_ACCESS_BYTES);
    double most = (double)arch->units * stream_slots(arch) * STREAM_WAVES;
    if (tiles > most) {
        tiles = most;
    }
    return fmax(1.0, tiles);
}

/* Pipe cycles of all blocks together, and how they are spent. */
static void stream_cycles(const struct ts_arch *arch, const struct ts_simt_stream *stream,
                          struct stream_context *context)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double lanes = fmax(arch->vector_macs_per_cycle[TS_FP32], 1.0);
    double arithmetic = stream->elements * stream->ops_per_element / lanes;
    double issue = stream_instructions(stream) / fmax((double)params->schedulers, 1.0);
    double l1 = (stream_bytes(stream) + stream->private_bytes) / TS_SIMT_L1_BYTES_PER_CYCLE;
    double pipe = fmax(fmax(arithmetic, issue), l1);
    context->pipe_cycles = pipe;
    context->cache_cycles = l1 > fmax(arithmetic, issue) ? l1 - fmax(arithmetic, issue) : 0.0;
    context->overhead_cycles = issue > arithmetic ? issue - arithmetic : 0.0;
}

/*
 * A block of 512 threads that each load 4 bytes, compute and store 4 bytes lives 1.75 us, and a
 * unit holds four: Caffe's ReLU on Titan X (24 units) moves 225 GB/s in each of the six layers
 * above 0.6 ms of soumith/convnet-benchmarks (caffe/output_googlenet.log, output_alexnet.log),
 * 0.84 of what STREAM reaches on that board.
 */
#define SCALAR_ROUND_S 1.75e-6

double ts_simt_round_cycles(const struct ts_arch *arch)
{
    return SCALAR_ROUND_S * arch->clock_hz;
}

double ts_simt_load_latency_cycles(const struct ts_arch *arch)
{
    int level = ts_arch_shared_level(arch);
    return arch->memory.dram_latency_s * arch->clock_hz +
           (level >= 0 ? arch->memory.cache[level].latency_cycles : 0.0);
}

bool ts_simt_scalar_library(const struct ts_arch *arch)
{
    return ts_simt_params_of(arch)->library == TS_SIMT_CUBLAS_8;
}

static void place_operand(const struct ts_simt_stream_operand *operand, double tiles, int64_t index,
                          struct ts_tile_load *load)
{
    double bytes = operand->bytes / tiles;
    double row = operand->row_bytes > 0.0 ? fmin(operand->row_bytes, bytes) : bytes;
    double pitch = fmax(operand->pitch_bytes, row);
    load->tensor = operand->tensor;
    load->block = (uint32_t)index;
    load->path = operand->bypass ? TS_PATH_BYPASS : TS_PATH_CACHED;
    load->is_weight = operand->is_weight;
    load->rows = row > 0.0 ? bytes / row : 0.0;
    load->row_bytes = row;
    load->pitch_bytes = pitch;
    load->address = (uint64_t)((double)index * load->rows * pitch);
}

static void stream_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct stream_context *context = opaque;
    index %= (int64_t)context->tiles;
    *tile = (struct ts_tile){.steps = context->steps, .prologue_cycles = STREAM_PROLOGUE_CYCLES};
    tile->store_count = context->stream.store_count;
    for (int i = 0; i < tile->store_count; i++) {
        place_operand(&context->stream.store[i], context->tiles, index, &tile->store[i]);
    }
}

static void stream_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct stream_context *context = opaque;
    index %= (int64_t)context->tiles;
    double pieces = context->tiles * context->steps;
    *out = (struct ts_tile_step){.load_count = context->stream.load_count};
    for (int i = 0; i < out->load_count; i++) {
        place_operand(&context->stream.load[i], pieces, index * context->steps + step,
                      &out->load[i]);
    }
    out->pipe_cycles = context->pipe_cycles / context->steps;
    out->cache_cycles = context->cache_cycles / context->steps;
    out->overhead_cycles = context->overhead_cycles / context->steps;
    double latency = context->latency_cycles / context->steps;
    out->latency_cycles =
        fmax(out->pipe_cycles, step == 0 ? latency - context->loaded_cycles : latency);
}

static void stream_counters(const struct ts_arch *arch, const struct ts_simt_stream *stream,
                            int passes, struct ts_phase_counters *counters)
{
    double reads = passes * operand_bytes(stream->load, stream->load_count);
    double writes = passes * operand_bytes(stream->store, stream->store_count);
    double operations = passes * stream->elements * stream->ops_per_element;
    counters->vector_ops = operations;
    counters->instructions = passes * stream_instructions(stream);
    /* Two 4-byte sources and one result an operation, and what loads and stores pass. */
    counters->register_read_bytes = operations * 8.0 + writes;
    counters->register_write_bytes = operations * 4.0 + reads;
    int level = ts_simt_scratchpad_level(arch);
    if (level >= 0) {
        double inside = passes * 0.5 * stream->private_bytes;
        counters->level_read_bytes[level] = reads + inside;
        counters->level_write_bytes[level] = writes + inside;
        counters->level_misses_bytes[level] = reads + writes;
    }
}

bool ts_simt_stream_phase(const struct ts_arch *arch, const struct ts_simt_stream *stream,
                          struct ts_arena *arena, struct ts_plan *plan)
{
    if (plan->phase_count >= TS_MAX_PHASES) {
        return false;
    }
    struct stream_context *context = TS_NEW(arena, struct stream_context);
    context->stream = *stream;
    int passes = stream->passes > 1 ? stream->passes : 1;
    context->tiles = stream_tiles(arch, stream);
    if (passes > 1) {
        context->tiles = ts_simt_ceil_div(context->tiles, ACCESSES_OF_PASSES);
    }
    stream_cycles(arch, stream, context);
    context->pipe_cycles /= context->tiles;
    context->cache_cycles /= context->tiles;
    context->overhead_cycles /= context->tiles;
    context->steps = 1;
    if (stream->scalar) {
        double rounds = stream->elements / context->tiles / STREAM_THREADS;
        context->latency_cycles = rounds * ts_simt_round_cycles(arch);
        context->loaded_cycles = ts_simt_load_latency_cycles(arch) + STREAM_PROLOGUE_CYCLES;
        context->steps = (int)fmin(SCALAR_STEPS, fmax(1.0, floor(rounds)));
    }
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    *phase = (struct ts_phase){
        .name = stream->name,
        .tiles = (int64_t)context->tiles * passes,
        .slots_per_unit = (int)stream_slots(arch),
        .buffers = context->steps > 1 ? 2 : 1,
        .launch_cycles = arch->launch_s * arch->clock_hz,
        .even_shares = true,
        .tiles_per_period = 1.0,
        .tile = stream_tile,
        .step = stream_step,
        .context = context,
    };
    stream_counters(arch, stream, passes, &phase->counters);
    return true;
}

double ts_simt_stream_estimate(const struct ts_arch *arch, const struct ts_simt_stream *stream)
{
    struct stream_context context = {0};
    stream_cycles(arch, stream, &context);
    double units = fmin((double)arch->units, stream_tiles(arch, stream));
    double bytes = stream_bytes(stream);
    double traffic = 0.0;
    int level = ts_arch_shared_level(arch);
    double resident = 0.0;
    if (level >= 0) {
        const struct ts_cache_spec *cache = &arch->memory.cache[level];
        resident = bytes <= cache->capacity_bytes ? bytes : 0.0;
        if (cache->bandwidth_bytes_per_cycle > 0.0) {
            traffic = bytes / cache->bandwidth_bytes_per_cycle;
        }
    }
    if (arch->memory.dram_bandwidth_bytes_per_s > 0.0) {
        double dram = (bytes - resident) / arch->memory.dram_bandwidth_bytes_per_s;
        traffic = fmax(traffic, dram * arch->clock_hz);
    }
    return arch->launch_s * arch->clock_hz + fmax(context.pipe_cycles / units, traffic);
}

/* ---- vector kernels of a network ---- */

static struct ts_simt_stream_operand whole(const struct ts_operand *operand)
{
    return (struct ts_simt_stream_operand){
        .tensor = operand->tensor,
        .is_weight = operand->is_weight,
        .bytes = ts_operand_dense_bytes(operand),
    };
}

static struct ts_simt_stream of_kernel(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    struct ts_simt_stream stream = {
        .name = kernel->op,
        .scalar = ts_simt_scalar_library(arch),
        .elements = kernel->elements,
        .ops_per_element = kernel->ops_per_element,
        .load_count = kernel->input_count,
        .store_count = kernel->output.elements > 0.0 ? 1 : 0,
    };
    if (stream.load_count > TS_SIMT_STREAM_LOADS) {
        stream.load_count = TS_SIMT_STREAM_LOADS;
    }
    for (int i = 0; i < stream.load_count; i++) {
        stream.load[i] = whole(&kernel->inputs[i]);
    }
    stream.store[0] = whole(&kernel->output);
    return stream;
}

/* Bytes of a row that the threads of one block keep between its passes. */
static double row_on_chip_bytes(const struct ts_arch *arch)
{
    int level = ts_simt_scratchpad_level(arch);
    return level >= 0 ? arch->memory.cache[level].capacity_bytes : 0.0;
}

/* Up to cuDNN 5 batch normalisation gives every channel one block (bn_fw_tr_1C11, bn_bw_1C11). */
static bool rows_have_a_block_each(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    return ts_simt_scalar_library(arch) && kernel->vector_class == TS_VECTOR_NORMALIZE &&
           strcmp(kernel->op, "batchnorm") == 0;
}

/* Rows that do not stay on chip between passes: a kernel that only reads, before the one that
 * writes. */
static bool plan_rows(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_simt_stream stream = of_kernel(arch, kernel);
    double element = ts_precision_info(kernel->precision)->storage_bits / 8.0;
    double rows = kernel->elements / fmax(kernel->row_elements, 1.0);
    /* Few long rows can't occupy the machine with a block each either. */
    if (rows_have_a_block_each(arch, kernel)) {
        return ts_simt_row_phase(arch, kernel, arena, plan);
    }
    if (ts_simt_is_layernorm(arch, kernel)) {
        return ts_simt_layernorm_phase(arch, kernel, arena, plan);
    }
    if (ts_simt_is_block_softmax(arch, kernel)) {
        return ts_simt_softmax_phase(arch, kernel, arena, plan);
    }
    bool split = kernel->row_elements * element > row_on_chip_bytes(arch) ||
                 (rows < (double)arch->units && kernel->row_elements > STREAM_THREADS * 4.0);
    if (split) {
        struct ts_simt_stream statistics = stream;
        statistics.name = "statistics";
        statistics.store_count = 0;
        statistics.ops_per_element = 0.5 * kernel->ops_per_element;
        stream.ops_per_element = 0.5 * kernel->ops_per_element;
        if (!ts_simt_stream_phase(arch, &statistics, arena, plan)) {
            return false;
        }
    } else {
        /* Reductions across the block's threads go through shared memory. */
        stream.private_bytes = kernel->elements * element;
    }
    return ts_simt_stream_phase(arch, &stream, arena, plan);
}

static bool plan_window(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_simt_stream stream = of_kernel(arch, kernel);
    double element = ts_precision_info(kernel->precision)->storage_bits / 8.0;
    /* Windows overlap: the L1 serves each of their elements, the level below only new ones. */
    double window = kernel->elements * kernel->row_elements * element;
    double distinct = operand_bytes(stream.load, stream.load_count);
    stream.private_bytes = fmax(0.0, window - distinct);
    stream.ops_per_element = fmax(stream.ops_per_element, kernel->row_elements);
    return ts_simt_stream_phase(arch, &stream, arena, plan);
}

static bool plan_gather(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_simt_stream stream = of_kernel(arch, kernel);
    double element = ts_precision_info(kernel->precision)->storage_bits / 8.0;
    double row = fmax(kernel->row_elements, 1.0) * element;
    double moved = kernel->elements * element;
    for (int i = 0; i < stream.load_count; i++) {
        struct ts_simt_stream_operand *load = &stream.load[i];
        /* A table larger than what is gathered: only the chosen rows are read, far apart. */
        if (load->bytes > moved) {
            load->pitch_bytes = row * floor(load->bytes / moved);
            load->row_bytes = row;
            load->bytes = moved;
        }
    }
    return ts_simt_stream_phase(arch, &stream, arena, plan);
}

static bool plan_elementwise(const struct ts_arch *arch, const struct ts_kernel *kernel,
                             struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_simt_stream stream = of_kernel(arch, kernel);
    return ts_simt_stream_phase(arch, &stream, arena, plan);
}

/* How each class runs, in the order of enum ts_vector_class. */
static bool (*const planners[])(const struct ts_arch *, const struct ts_kernel *, struct ts_arena *,
                                struct ts_plan *) = {
    [TS_VECTOR_ELEMENTWISE] = plan_elementwise, [TS_VECTOR_POOL] = plan_window,
    [TS_VECTOR_NORMALIZE] = plan_rows,          [TS_VECTOR_SOFTMAX] = plan_rows,
    [TS_VECTOR_REDUCE] = plan_elementwise,      [TS_VECTOR_GATHER] = plan_gather,
    [TS_VECTOR_MOVE] = plan_elementwise,        [TS_VECTOR_UPDATE] = plan_elementwise,
};

bool ts_simt_plan_vector(const struct ts_arch *arch, const struct ts_kernel *kernel,
                         struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                         struct ts_plan *plan)
{
    (void)diagnostics;
    plan->algorithm = "stream";
    plan->ran_on = "vector";
    return planners[kernel->vector_class](arch, kernel, arena, plan);
}
