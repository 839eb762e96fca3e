/* Fused Winograd convolution F(2×2,3×3): one kernel after a small one that transforms the filters.
 * A block of 256 threads computes 32 filters × 32 output tiles × 16 points, the 32 tiles laid out
 * over images, rows and columns in one of five shapes (cuDNN's tile148, 228, 244, 418, 442). Eight
 * channels a step.
 */
#include "conv_winograd.h"

#include <math.h>
#include <stddef.h>

#define FUSED_FILTERS 32
#define FUSED_TILES 32
#define FUSED_POINTS 16
#define FUSED_CHANNELS 8
/* Additions a tile: 32 for the 4×4 input, 24 for the output, 28 for a filter (Lavin and Gray,
 * section 4.1). */
#define FUSED_INPUT_ADDS 32.0
#define FUSED_OUTPUT_ADDS 24.0
#define FUSED_FILTER_ADDS 28.0
/* A thread of an 8×8 outer product issues, for 64 multiply-adds: 4 shared loads of 16 bytes, 1
 * global load and 1 shared store of each operand's share, and pointer and loop arithmetic. */
#define FUSED_ISSUE_FRACTION (8.0 / 64.0)
/* Read from shared memory a step: 256 threads take 16 values a channel for their 64 multiply-adds,
 * half of which fall together with a neighbour's. */
#define FUSED_SHARED_BYTES (256.0 * 16.0 * 4.0 * FUSED_CHANNELS * 0.5)
/* Each thread gathers a 4×4 tile a step: 16 loads with address and bounds check beside 512
 * multiply-adds, for which Volta has integer lanes of their own. */
#define FUSED_GATHER_FRACTION (48.0 / 512.0)
/* One block a unit: 256 threads hold 64 sums each besides 16 operands, a tile's 4×4 input and
 * addresses. */
#define FUSED_SLOTS 1
/* Index arithmetic of 32 tiles' windows and their bounds. */
#define FUSED_PROLOGUE_CYCLES 300.0

/* Tiles of a block, product 32, the batch it takes, and the generations that have the kernel: five
 * up to Pascal, one on Volta and Turing, two on Ampere (the names in NeuSight's traces of 3x3
 * layers, which take the shape of fewest regions). DeepBench's 7x7 layers of 8 images run at the
 * time of one image a region. */
struct fused_shape {
    int images, rows, columns, least_batch;
    int first_generation, last_generation;
};
static const struct fused_shape fused_shapes[] = {
    {1, 4, 8, 1, TS_SIMT_MAXWELL, TS_SIMT_CDNA},    {2, 2, 8, 1, TS_SIMT_MAXWELL, TS_SIMT_PASCAL},
    {2, 4, 4, 16, TS_SIMT_MAXWELL, TS_SIMT_PASCAL}, {4, 1, 8, 1, TS_SIMT_MAXWELL, TS_SIMT_PASCAL},
    {4, 4, 2, 16, TS_SIMT_MAXWELL, TS_SIMT_PASCAL}, {4, 4, 2, 8, TS_SIMT_AMPERE, TS_SIMT_HOPPER},
};

struct ts_simt_window_pass ts_simt_window_pass_of(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    if (conv->direction == TS_CONV_DATA) {
        return (struct ts_simt_window_pass){s->n,          s->k,           s->c,
                                            s->h,          s->w,           conv->y_bytes,
                                            conv->x_bytes, conv->y_tensor, conv->x_tensor};
    }
    return (struct ts_simt_window_pass){
        s->n, s->c, s->k, s->p, s->q, conv->x_bytes, conv->y_bytes, conv->x_tensor, conv->y_tensor};
}

bool ts_simt_square_windows(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    return !conv->matrix && s->groups == 1 && s->r == 3 && s->s == 3 && s->stride_h == 1 &&
           s->stride_w == 1 && s->dilation_h == 1 && s->dilation_w == 1 &&
           ts_precision_info(conv->precision)->is_float &&
           ts_precision_info(conv->precision)->storage_bits >= 16 &&
           ts_simt_params_of(conv->arch)->generation >= TS_SIMT_MAXWELL;
}

struct fused_context {
    struct ts_simt_window_pass pass;
    double regions, filter_blocks;
    bool regions_first; /* blocks walk the regions of one block of filters before the next one's */
    int steps;
    double input_bytes, filter_bytes, output_bytes; /* of a block: a step's, a step's, all */
    double read_bytes;                              /* from memory, of all blocks */
    double pipe_cycles, overhead_cycles, epilogue_cycles;
};

static double fused_regions(const struct ts_arch *arch, const struct ts_simt_window_pass *pass)
{
    int generation = ts_simt_params_of(arch)->generation;
    double fewest = INFINITY;
    for (size_t i = 0; i < sizeof fused_shapes / sizeof *fused_shapes; i++) {
        const struct fused_shape *shape = &fused_shapes[i];
        if (pass->n < shape->least_batch || generation < shape->first_generation ||
            generation > shape->last_generation) {
            continue;
        }
        double regions = ts_simt_ceil_div((double)pass->n, shape->images) *
                         ts_simt_ceil_div((double)pass->h, 2.0 * shape->rows) *
                         ts_simt_ceil_div((double)pass->w, 2.0 * shape->columns);
        fewest = fmin(fewest, regions);
    }
    return fewest;
}

/* Bytes from memory when units side by side take one operand's blocks in a row and the other one's
 * blocks change slowly: an operand that the cache can't hold is read again each time round. */
static double walk_bytes(const struct ts_arch *arch, double fast_bytes, double fast_blocks,
                         double slow_bytes, double slow_blocks)
{
    int level = ts_arch_shared_level(arch);
    double held = level >= 0 ? arch->memory.cache[level].capacity_bytes : 0.0;
    double at_once = fmax(1.0, (double)arch->units / fast_blocks);
    double rounds = fast_bytes <= held ? 1.0 : fmax(1.0, slow_blocks / at_once);
    return fast_bytes * rounds + slow_bytes;
}

/* The order of blocks that reads less; with as much, filters first. */
static double choose_walk(const struct ts_arch *arch, struct fused_context *f)
{
    double filters = f->filter_bytes * f->filter_blocks * f->steps, input = f->pass.in_bytes;
    double by_filters = walk_bytes(arch, filters, f->filter_blocks, input, f->regions);
    double by_regions = walk_bytes(arch, input, f->regions, filters, f->filter_blocks);
    f->regions_first = by_regions < by_filters;
    return fmin(by_regions, by_filters);
}

static struct fused_context fused_context(const struct ts_simt_conv *conv)
{
    struct fused_context f = {.pass = ts_simt_window_pass_of(conv)};
    double rate = conv->arch->vector_macs_per_cycle[conv->precision];
    double lanes = fmax(conv->arch->vector_macs_per_cycle[TS_FP32], 1.0);
    f.regions = fused_regions(conv->arch, &f.pass);
    f.filter_blocks = ts_simt_ceil_div((double)f.pass.out, FUSED_FILTERS);
    f.steps = (int)ts_simt_ceil_div((double)f.pass.in, FUSED_CHANNELS);
    f.input_bytes = f.pass.in_bytes / f.regions / f.steps;
    f.filter_bytes = FUSED_POINTS * FUSED_FILTERS * FUSED_CHANNELS * conv->element_bytes;
    f.output_bytes = f.pass.out_bytes / f.regions / f.filter_blocks;
    f.read_bytes = choose_walk(conv->arch, &f);
    double useful = (double)FUSED_POINTS * FUSED_FILTERS * FUSED_TILES * FUSED_CHANNELS / rate;
    double transform = FUSED_TILES * FUSED_CHANNELS * FUSED_INPUT_ADDS / lanes;
    double issue = ts_simt_full_rate_cores(conv->arch) ? FUSED_ISSUE_FRACTION : 0.0;
    issue += ts_simt_hides_integers(conv->arch) ? 0.0 : FUSED_GATHER_FRACTION;
    double shared = FUSED_SHARED_BYTES / TS_SIMT_SHARED_BYTES_PER_CYCLE;
    shared *= ts_simt_exposed_shared_fraction(conv->arch, shared / useful);
    f.overhead_cycles = useful * issue + transform + shared;
    f.pipe_cycles = useful + f.overhead_cycles;
    /* Products cross shared memory to gather a tile's 16 points in one thread (each bank twice on
     * the way in), are summed, and leave as 2×2 tiles: pieces of two values, each a sector of its
     * own. */
    double products = (double)FUSED_POINTS * FUSED_FILTERS * FUSED_TILES * 4.0;
    double outputs = FUSED_FILTERS * FUSED_TILES * 4.0;
    f.epilogue_cycles = 3.0 * products / TS_SIMT_SHARED_BYTES_PER_CYCLE +
                        FUSED_FILTERS * FUSED_TILES * FUSED_OUTPUT_ADDS / lanes + outputs / 2.0 +
                        outputs * conv->kernel->epilogue_ops_per_output / lanes;
    return f;
}

static void fused_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct fused_context *f = opaque;
    *tile = (struct ts_tile){.steps = f->steps,
                             .prologue_cycles = FUSED_PROLOGUE_CYCLES,
                             .epilogue_cycles = f->epilogue_cycles,
                             .store_count = 1};
    double rows = 16.0;
    tile->store[0] = (struct ts_tile_load){.tensor = f->pass.out_tensor,
                                           .block = (uint32_t)index,
                                           .rows = rows,
                                           .row_bytes = f->output_bytes / rows,
                                           .pitch_bytes = f->output_bytes / rows,
                                           .address = (uint64_t)((double)index * f->output_bytes)};
}

static void fused_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct fused_context *f = opaque;
    int64_t fast = (int64_t)(f->regions_first ? f->regions : f->filter_blocks);
    int64_t region = f->regions_first ? index % fast : index / fast;
    int64_t filters = f->regions_first ? index / fast : index % fast;
    int64_t input = region * f->steps + step, filter = filters * f->steps + step;
    *out = (struct ts_tile_step){
        .load_count = 2, .pipe_cycles = f->pipe_cycles, .overhead_cycles = f->overhead_cycles};
    out->load[0] = (struct ts_tile_load){.tensor = f->pass.in_tensor,
                                         .block = (uint32_t)input,
                                         .rows = FUSED_CHANNELS,
                                         .row_bytes = f->input_bytes / FUSED_CHANNELS,
                                         .pitch_bytes = f->input_bytes / FUSED_CHANNELS,
                                         .address = (uint64_t)((double)input * f->input_bytes)};
    out->load[1] = (struct ts_tile_load){.tensor = SCRATCH_FILTER,
                                         .block = (uint32_t)filter,
                                         .rows = 1.0,
                                         .row_bytes = f->filter_bytes,
                                         .pitch_bytes = f->filter_bytes,
                                         .address = (uint64_t)((double)filter * f->filter_bytes)};
}

struct ts_simt_stream ts_simt_winograd_filters(const struct ts_simt_conv *conv, double points,
                                               double adds)
{
    struct ts_simt_stream stream = {.name = "winograd_filter", .load_count = 1, .store_count = 1};
    bool back = conv->direction == TS_CONV_WEIGHT;
    struct ts_simt_stream_operand w = {
        .tensor = conv->w_tensor, .is_weight = !back, .bytes = conv->w_bytes};
    struct ts_simt_stream_operand u = {.tensor = back ? SCRATCH_PRODUCT : SCRATCH_FILTER,
                                       .bytes = conv->w_bytes * points / 9.0};
    stream.elements = conv->w_bytes / conv->element_bytes / 9.0;
    stream.ops_per_element = adds;
    stream.load[0] = back ? u : w;
    stream.store[0] = back ? w : u;
    return stream;
}

static double fused_estimate(const struct ts_simt_conv *conv)
{
    const struct ts_arch *arch = conv->arch;
    struct fused_context f = fused_context(conv);
    struct ts_simt_stream filter = ts_simt_winograd_filters(conv, FUSED_POINTS, FUSED_FILTER_ADDS);
    double blocks = f.regions * f.filter_blocks, units = (double)arch->units;
    double block = f.pipe_cycles * f.steps + f.epilogue_cycles + FUSED_PROLOGUE_CYCLES +
                   arch->memory.dram_latency_s * arch->clock_hz;
    double full = floor(blocks / (units * FUSED_SLOTS));
    double rest = ts_simt_ceil_div(blocks - full * units * FUSED_SLOTS, units);
    double compute = (full * FUSED_SLOTS + rest) * block;
    double bytes = f.read_bytes + f.pass.out_bytes;
    double dram = bytes * arch->clock_hz / fmax(arch->memory.dram_bandwidth_bytes_per_s, 1.0);
    return ts_simt_stream_estimate(arch, &filter) + arch->launch_s * arch->clock_hz +
           fmax(compute, dram);
}

static void fused_counters(const struct ts_simt_conv *conv, const struct fused_context *f,
                           struct ts_phase_counters *counters)
{
    double blocks = f->regions * f->filter_blocks, steps = blocks * f->steps;
    double macs = steps * FUSED_POINTS * FUSED_FILTERS * FUSED_TILES * FUSED_CHANNELS;
    double adds = steps * FUSED_TILES * FUSED_CHANNELS * FUSED_INPUT_ADDS +
                  blocks * FUSED_FILTERS * FUSED_TILES * FUSED_OUTPUT_ADDS;
    double loads = steps * (f->input_bytes + f->filter_bytes);
    double stores = blocks * f->output_bytes;
    counters->macs = macs;
    counters->vector_ops = adds;
    counters->instructions = (macs * (1.0 + FUSED_ISSUE_FRACTION) + adds) / 32.0;
    counters->register_read_bytes = (macs * 3.0 + adds * 2.0) * 4.0 + stores;
    counters->register_write_bytes = (macs + adds) * 4.0 + loads;
    int level = ts_simt_scratchpad_level(conv->arch);
    if (level >= 0) {
        /* 16 values a thread feed 64 multiply-adds; half the threads of a warp read the same ones.
         */
        counters->level_read_bytes[level] = macs * 16.0 / 64.0 * 4.0 * 0.5;
        counters->level_write_bytes[level] =
            steps * FUSED_POINTS * (FUSED_TILES + FUSED_FILTERS) * FUSED_CHANNELS * 4.0;
        counters->level_misses_bytes[level] = loads;
    }
}

static bool fused_plan(const struct ts_simt_conv *conv, struct ts_arena *arena,
                       struct ts_plan *plan)
{
    struct ts_simt_stream filter = ts_simt_winograd_filters(conv, FUSED_POINTS, FUSED_FILTER_ADDS);
    if (!ts_simt_stream_phase(conv->arch, &filter, arena, plan) ||
        plan->phase_count >= TS_MAX_PHASES) {
        return false;
    }
    struct fused_context *f = TS_NEW(arena, struct fused_context);
    *f = fused_context(conv);
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    *phase = (struct ts_phase){
        .name = "winograd",
        .tiles = (int64_t)(f->regions * f->filter_blocks),
        .slots_per_unit = FUSED_SLOTS,
        .buffers = 2,
        .launch_cycles = conv->arch->launch_s * conv->arch->clock_hz,
        .even_shares = true,
        .tiles_per_period = f->regions_first ? f->regions : f->filter_blocks,
        .tile = fused_tile,
        .step = fused_step,
        .context = f,
    };
    fused_counters(conv, f, &phase->counters);
    plan->executed_macs = phase->counters.macs;
    return true;
}

static bool fused_applies(const struct ts_simt_conv *conv)
{
    return ts_simt_square_windows(conv) && conv->direction != TS_CONV_WEIGHT;
}

const struct ts_simt_conv_algorithm ts_simt_conv_winograd_fused = {
    .name = "winograd",
    .winograd = 2,
    .reluctance = 1.0,
    .applies = fused_applies,
    .estimate = fused_estimate,
    .plan = fused_plan,
};
