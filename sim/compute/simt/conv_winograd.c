/* Winograd convolution of 3×3 windows (Lavin and Gray, "Fast algorithms for convolutional neural
 * networks", CVPR 2016): F(m×m,3×3) turns the 9m² multiplications of an m×m output tile and channel
 * into (m+2)².
 *
 * Fused F(2×2): one kernel after a small one that transforms the filters. A block of 256 threads
 * computes 32 filters × 32 output tiles × 16 points, the 32 tiles laid out over images, rows and
 * columns in one of five shapes (cuDNN's tile148, 228, 244, 418, 442). Eight channels a step.
 *
 * Non-fused F(4×4): input and filters are transformed to memory, 36 GEMMs run as one batch, the
 * result is transformed back: 4 times fewer multiplications, 2.25 times the input and output
 * written and read once more.
 */
#include "conv.h"

#include <math.h>
#include <stddef.h>

/* Below the ids the GEMM planner uses for its own scratch. */
enum { SCRATCH_INPUT = -12, SCRATCH_FILTER = -13, SCRATCH_PRODUCT = -14 };

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
/* Each thread gathers a 4×4 tile a step: 16 loads with address and bounds check beside 512
 * multiply-adds, for which Volta has integer lanes of their own. */
#define FUSED_GATHER_FRACTION (48.0 / 512.0)
/* One block a unit: 256 threads hold 64 sums each besides 16 operands, a tile's 4×4 input and
 * addresses. */
#define FUSED_SLOTS 1
/* Index arithmetic of 32 tiles' windows and their bounds. */
#define FUSED_PROLOGUE_CYCLES 300.0

#define NONFUSED_TILE 4
#define NONFUSED_POINTS 36
#define NONFUSED_LEAST_TILES 512.0
/* Additions and shifts a tile of F(4×4,3×3): 144, 100 and 72 (Lavin and Gray, table 1: β, δ, γ
 * times outputs). */
#define NONFUSED_INPUT_ADDS 144.0
#define NONFUSED_OUTPUT_ADDS 100.0
#define NONFUSED_FILTER_ADDS 72.0

/* Blocks span images only in batches of eight times as many: DeepBench's 7×7 layers of 512 channels
 * take nearly the same time with 8 and with 16 images on P100 and V100, that of half-empty blocks.
 */
#define FUSED_BATCH 8

struct fused_shape {
    int images, rows, columns; /* of tiles, product 32 */
};
static const struct fused_shape fused_shapes[] = {
    {1, 4, 8}, {2, 2, 8}, {2, 4, 4}, {4, 1, 8}, {4, 4, 2}};

/* The pass seen as a convolution from `in` to `out` channels and out_h × out_w pixels. */
struct window_pass {
    int64_t n, in, out, h, w;
    double in_bytes, out_bytes;
    int32_t in_tensor, out_tensor;
};

static struct window_pass pass_of(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    if (conv->direction == TS_CONV_DATA) {
        return (struct window_pass){s->n,          s->k,           s->c,
                                    s->h,          s->w,           conv->y_bytes,
                                    conv->x_bytes, conv->y_tensor, conv->x_tensor};
    }
    return (struct window_pass){s->n,          s->c,          s->k,           s->p,          s->q,
                                conv->x_bytes, conv->y_bytes, conv->x_tensor, conv->y_tensor};
}

static bool square_windows(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    return !conv->matrix && s->groups == 1 && s->r == 3 && s->s == 3 && s->stride_h == 1 &&
           s->stride_w == 1 && s->dilation_h == 1 && s->dilation_w == 1 &&
           ts_precision_info(conv->precision)->is_float &&
           ts_precision_info(conv->precision)->storage_bits >= 16 &&
           ts_simt_params_of(conv->arch)->generation >= TS_SIMT_MAXWELL;
}

/* ---- fused ---- */

struct fused_context {
    struct window_pass pass;
    double regions, filter_blocks;
    int steps;
    double input_bytes, filter_bytes, output_bytes; /* of a block: a step's, a step's, all */
    double pipe_cycles, overhead_cycles, epilogue_cycles;
};

static double fused_regions(const struct window_pass *pass)
{
    double fewest = INFINITY;
    for (size_t i = 0; i < sizeof fused_shapes / sizeof *fused_shapes; i++) {
        const struct fused_shape *shape = &fused_shapes[i];
        if (pass->n < (int64_t)FUSED_BATCH * shape->images && shape->images > 1) {
            continue;
        }
        double regions = ts_simt_ceil_div((double)pass->n, shape->images) *
                         ts_simt_ceil_div((double)pass->h, 2.0 * shape->rows) *
                         ts_simt_ceil_div((double)pass->w, 2.0 * shape->columns);
        fewest = fmin(fewest, regions);
    }
    return fewest;
}

static struct fused_context fused_context(const struct ts_simt_conv *conv)
{
    struct fused_context f = {.pass = pass_of(conv)};
    double rate = conv->arch->vector_macs_per_cycle[conv->precision];
    double lanes = fmax(conv->arch->vector_macs_per_cycle[TS_FP32], 1.0);
    f.regions = fused_regions(&f.pass);
    f.filter_blocks = ts_simt_ceil_div((double)f.pass.out, FUSED_FILTERS);
    f.steps = (int)ts_simt_ceil_div((double)f.pass.in, FUSED_CHANNELS);
    f.input_bytes = f.pass.in_bytes / f.regions / f.steps;
    f.filter_bytes = FUSED_POINTS * FUSED_FILTERS * FUSED_CHANNELS * conv->element_bytes;
    f.output_bytes = f.pass.out_bytes / f.regions / f.filter_blocks;
    double useful = (double)FUSED_POINTS * FUSED_FILTERS * FUSED_TILES * FUSED_CHANNELS / rate;
    double transform = FUSED_TILES * FUSED_CHANNELS * FUSED_INPUT_ADDS / lanes;
    bool shared_lanes = ts_simt_params_of(conv->arch)->generation < TS_SIMT_VOLTA;
    double issue = FUSED_ISSUE_FRACTION + (shared_lanes ? FUSED_GATHER_FRACTION : 0.0);
    f.overhead_cycles = useful * issue + transform;
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
    int64_t filter_blocks = (int64_t)f->filter_blocks;
    int64_t region = index / filter_blocks, filters = index % filter_blocks;
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

static struct ts_simt_stream filter_stream(const struct ts_simt_conv *conv, double points,
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
    struct ts_simt_stream filter = filter_stream(conv, FUSED_POINTS, FUSED_FILTER_ADDS);
    double blocks = f.regions * f.filter_blocks, units = (double)arch->units;
    double block = f.pipe_cycles * f.steps + f.epilogue_cycles + FUSED_PROLOGUE_CYCLES +
                   arch->memory.dram_latency_s * arch->clock_hz;
    double full = floor(blocks / (units * FUSED_SLOTS));
    double rest = ts_simt_ceil_div(blocks - full * units * FUSED_SLOTS, units);
    double compute = (full * FUSED_SLOTS + rest) * block;
    double bytes = f.pass.in_bytes + f.pass.out_bytes + conv->w_bytes * FUSED_POINTS / 9.0;
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
    struct ts_simt_stream filter = filter_stream(conv, FUSED_POINTS, FUSED_FILTER_ADDS);
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
        .tiles_per_period = f->filter_blocks,
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
    return square_windows(conv) && conv->direction != TS_CONV_WEIGHT;
}

const struct ts_simt_conv_algorithm ts_simt_conv_winograd_fused = {
    .name = "winograd",
    .winograd = 2,
    .reluctance = 1.0,
    .applies = fused_applies,
    .estimate = fused_estimate,
    .plan = fused_plan,
};

/* ---- non-fused ---- */

static double nonfused_tiles(const struct window_pass *pass)
{
    return (double)pass->n * ts_simt_ceil_div((double)pass->h, NONFUSED_TILE) *
           ts_simt_ceil_div((double)pass->w, NONFUSED_TILE);
}

static struct ts_simt_stream_operand scratch(int32_t tensor, double tiles, int64_t channels)
{
    return (struct ts_simt_stream_operand){
        .tensor = tensor, .bytes = NONFUSED_POINTS * tiles * (double)channels * 4.0};
}

static struct ts_simt_stream transform(const char *name, struct ts_simt_stream_operand from,
                                       struct ts_simt_stream_operand to, double tiles, double adds)
{
    struct ts_simt_stream stream = {.name = name, .load_count = 1, .store_count = 1};
    stream.elements = tiles;
    stream.ops_per_element = adds;
    stream.load[0] = from;
    stream.store[0] = to;
    return stream;
}

/* The kernels in order: two transforms, the batched GEMM, one transform. */
struct nonfused {
    struct ts_simt_stream first, second, last;
    struct ts_simt_gemm gemm;
};

static struct nonfused nonfused_of(const struct ts_simt_conv *conv)
{
    struct window_pass pass = pass_of(conv);
    double tiles = nonfused_tiles(&pass);
    struct ts_simt_stream_operand in = {.tensor = pass.in_tensor, .bytes = pass.in_bytes};
    struct ts_simt_stream_operand out = {.tensor = pass.out_tensor, .bytes = pass.out_bytes};
    struct nonfused n = {.first =
                             transform("winograd_input", in, scratch(SCRATCH_INPUT, tiles, pass.in),
                                       tiles * (double)pass.in, NONFUSED_INPUT_ADDS),
                         .gemm = {.batch = NONFUSED_POINTS,
                                  .precision = conv->precision,
                                  .a_tensor = SCRATCH_INPUT,
                                  .b_tensor = SCRATCH_FILTER,
                                  .c_tensor = SCRATCH_PRODUCT,
                                  .a_bytes = 4.0,
                                  .b_bytes = 4.0,
                                  .c_bytes = 4.0,
                                  .a_is_transposed = true,
                                  .a_unique = 1.0}};
    if (conv->direction == TS_CONV_WEIGHT) {
        n.gemm.m = pass.in, n.gemm.n = pass.out, n.gemm.k = (int64_t)tiles;
        n.second = transform("winograd_gradient", out, scratch(SCRATCH_FILTER, tiles, pass.out),
                             tiles * (double)pass.out, NONFUSED_INPUT_ADDS);
        n.last = filter_stream(conv, NONFUSED_POINTS, NONFUSED_FILTER_ADDS);
        return n;
    }
    n.gemm.m = (int64_t)tiles, n.gemm.n = pass.out, n.gemm.k = pass.in;
    n.second = filter_stream(conv, NONFUSED_POINTS, NONFUSED_FILTER_ADDS);
    double adds = NONFUSED_OUTPUT_ADDS +
                  conv->kernel->epilogue_ops_per_output * NONFUSED_TILE * NONFUSED_TILE;
    n.last = transform("winograd_output", scratch(SCRATCH_PRODUCT, tiles, pass.out), out,
                       tiles * (double)pass.out, adds);
    return n;
}

/* For the weight gradient the kernel came with cuDNN 6. Elsewhere the tiles are the rows of the
 * GEMMs and have to fill one of its blocks: DeepBench's 7x7 layers stay with the fused kernel,
 * whatever the library's version. */
static bool nonfused_applies(const struct ts_simt_conv *conv)
{
    if (!square_windows(conv)) {
        return false;
    }
    if (conv->direction == TS_CONV_WEIGHT) {
        return ts_simt_params_of(conv->arch)->library != TS_SIMT_CUBLAS_8;
    }
    struct window_pass pass = pass_of(conv);
    bool is_asked_for = conv->kernel->winograd == NONFUSED_TILE;
    return is_asked_for || nonfused_tiles(&pass) >= NONFUSED_LEAST_TILES;
}

static double nonfused_estimate(const struct ts_simt_conv *conv)
{
    const struct ts_arch *arch = conv->arch;
    struct nonfused n = nonfused_of(conv);
    struct ts_simt_gemm_choice choice;
    if (!ts_simt_gemm_choose(arch, &n.gemm, &choice)) {
        return INFINITY;
    }
    return ts_simt_stream_estimate(arch, &n.first) + ts_simt_stream_estimate(arch, &n.second) +
           choice.estimated_cycles + arch->launch_s * arch->clock_hz +
           ts_simt_stream_estimate(arch, &n.last);
}

static bool nonfused_plan(const struct ts_simt_conv *conv, struct ts_arena *arena,
                          struct ts_plan *plan)
{
    struct nonfused n = nonfused_of(conv);
    struct ts_simt_gemm_choice choice;
    return ts_simt_gemm_choose(conv->arch, &n.gemm, &choice) &&
           ts_simt_stream_phase(conv->arch, &n.first, arena, plan) &&
           ts_simt_stream_phase(conv->arch, &n.second, arena, plan) &&
           ts_simt_conv_gemm_phases(conv, &n.gemm, &choice, arena, plan) &&
           ts_simt_stream_phase(conv->arch, &n.last, arena, plan);
}

const struct ts_simt_conv_algorithm ts_simt_conv_winograd_nonfused = {
    .name = "winograd",
    .winograd = NONFUSED_TILE,
    /* It needs a workspace several times the layer: cuDNN 5 to 7 keep to the fused kernel until the
     * other takes about two thirds of its time (DeepBench, P100 and V100). */
    .reluctance = 1.5,
    .applies = nonfused_applies,
    .estimate = nonfused_estimate,
    .plan = nonfused_plan,
};
