/* Convolution, by the library in use.
 *
 *   direct   blocks of output pixels × output channels from inputs as they lie (Georganas et al.,
 * SC'18); the weight gradient is split over pixels, its parts added up afterwards im2col   the
 * column matrix of the whole batch through memory, then the product torch7   SpatialConvolutionMM
 * of Torch nn: image after image, a column matrix and a threaded GEMM Depthwise: every library
 * vectorises over pixels or channels and streams.
 */
#include "sim/compute/cpu/cpu.h"

#include <math.h>
#include <string.h>

/* The column matrix is written (or added up) block by block, in the blocks that the product reads.
 */
struct column_context {
    struct ts_cpu_gemm gemm;
    struct ts_cpu_blocks blocks;
    int32_t image_tensor;
    double image_bytes, column_bytes; /* of one tile */
    bool scatter;                     /* col2im: column in, image out */
    double pipe_cycles, cache_cycles;
};

static struct ts_tile_load piece(int32_t tensor, int64_t index, double bytes)
{
    return (struct ts_tile_load){
        .tensor = tensor,
        .block = (uint32_t)index,
        .rows = 1,
        .row_bytes = bytes,
        .pitch_bytes = bytes,
        .address = (uint64_t)(bytes * (double)index),
    };
}

static void column_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct column_context *context = opaque;

    memset(tile, 0, sizeof *tile);
    tile->steps = 1;
    tile->store_count = 1;
    tile->store[0] = context->scatter ? piece(context->image_tensor, index, context->image_bytes)
                                      : piece(-1, index, context->column_bytes);
}

static void column_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct column_context *context = opaque;

    (void)step;
    memset(out, 0, sizeof *out);
    /* What is written is read first: added to, or allocated in the cache. */
    out->load_count = 2;
    out->load[0] = piece(-1, index, context->column_bytes);
    out->load[1] = piece(context->image_tensor, index, context->image_bytes);
    out->pipe_cycles = context->pipe_cycles;
    out->cache_cycles = context->cache_cycles;
}

/* `tiles` pieces of a column matrix of `elements` in all, from or to an image of `image_bytes`, in
 * so many parallel regions one after the other. */
static void column_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                         const struct ts_cpu_core *core, double elements, double image_bytes,
                         int32_t image_tensor, bool scatter, int64_t tiles, int64_t regions,
                         struct ts_arena *arena, struct ts_phase *phase)
{
    struct column_context *context = TS_NEW(arena, struct column_context);
    const struct ts_conv_shape *conv = &kernel->conv;
    double column_bytes = elements * core->a_bytes;
    double threads = fmin((double)arch->units, (double)tiles);
    double footprint = column_bytes + image_bytes;
    double vector = (double)ts_cpu_params_of(arch)->vector_bits / 8.0;
    /* Runs of q outputs: one memcpy each (call and its tail about 20 cycles), strided ones go
     * element by element. */
    double runs = elements / (double)(conv->q > 0 ? conv->q : 1);
    double moves = conv->stride_w == 1 ? column_bytes / vector + runs * 20.0 : elements;
    double draw = footprint / ts_cpu_own_bandwidth(core, footprint);

    context->image_tensor = image_tensor;
    context->scatter = scatter;
    context->image_bytes = image_bytes / (double)tiles;
    context->column_bytes = column_bytes / (double)tiles;
    double work = moves * (scatter ? 2.0 : 1.0) / (double)tiles;
    draw /= (double)tiles;
    context->pipe_cycles = fmax(work, draw);
    context->cache_cycles = fmax(0.0, draw - work);
    *phase = (struct ts_phase){0};
    phase->name = scatter ? "col2im" : "im2col";
    phase->tiles = tiles;
    phase->slots_per_unit = 1;
    phase->buffers = 2;
    phase->units_used = (int64_t)threads;
    phase->launch_cycles =
        (double)regions * (ts_cpu_call_cycles(arch) + ts_cpu_fork_cycles(arch, threads));
    phase->tiles_per_period = threads;
    phase->counters.instructions = moves * 3.0;
    phase->counters.vector_ops = scatter ? elements : 0.0;
    phase->counters.register_read_bytes = column_bytes;
    phase->counters.register_write_bytes = column_bytes;
    phase->context = context;
    phase->tile = column_tile;
    phase->step = column_step;
}

/* Depthwise: each output is r·s multiply-adds whose inputs are loaded from L1. */
static void depthwise_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           const struct ts_cpu_core *core, struct ts_arena *arena,
                           struct ts_plan *plan)
{
    double taps = (double)(kernel->conv.r * kernel->conv.s);
    double macs = (double)kernel->batch * (double)kernel->m * (double)kernel->n * (double)kernel->k;
    double loads_per_cycle = 2.0;
    double issue = fmax(1.0 / core->macs_per_cycle, 1.0 / (loads_per_cycle * core->lanes));
    struct ts_cpu_stream stream = {
        .name = "depthwise",
        .elements = macs / taps,
        .cycles_per_element = (taps * issue + 1.0 / core->lanes) / core->clock_ratio,
        .instructions_per_element = (taps + 2.0) / core->lanes,
        .input_count = 2,
        .input = {kernel->a.tensor, kernel->b.tensor},
        .input_bytes = {kernel->a.elements * core->a_bytes, kernel->b.elements * core->b_bytes},
        .output = kernel->c.tensor,
        .output_bytes = kernel->c.elements * core->c_bytes,
        .passes = 1,
    };
    plan->algorithm = "depthwise_direct";
    plan->phase_count = 1;
    ts_cpu_stream_phase(arch, &stream, arena, &plan->phases[0]);
    plan->phases[0].counters.macs = macs;
}

/* dW: pixels shared out in so many parts, one partial sum of the filters each. */
static double weight_gradient_blocks(const struct ts_arch *arch, const struct ts_cpu_core *core,
                                     const struct ts_cpu_gemm *gemm, int64_t parts,
                                     struct ts_cpu_gemm *part, struct ts_cpu_blocks *blocks)
{
    double filters = (double)gemm->batch * (double)gemm->m * (double)gemm->n * core->c_bytes;
    double partial = parts > 1 ? filters * (double)parts : 0.0;
    double threads = (double)arch->units;

    *part = *gemm;
    part->batch *= parts;
    part->k = (part->k + parts - 1) / parts;
    part->c_tensor = parts > 1 ? -1 : gemm->c_tensor;
    ts_cpu_blocks_of_l2(arch, core, part, TS_CPU_IN_PLACE, blocks);
    /* Partial sums are written, allocated and read again. */
    return blocks->estimate_cycles +
           3.0 * partial / threads / ts_cpu_fill_bandwidth(core, partial, threads);
}

/* As many parts as pay: none for wide layers of few pixels, one a core for narrow ones. */
static void split_weight_gradient(const struct ts_arch *arch, const struct ts_cpu_core *core,
                                  const struct ts_cpu_gemm *gemm, struct ts_arena *arena,
                                  struct ts_plan *plan)
{
    double filters = (double)gemm->batch * (double)gemm->m * (double)gemm->n;
    struct ts_cpu_gemm part;
    struct ts_cpu_blocks blocks;
    int64_t best = 1;
    double least = weight_gradient_blocks(arch, core, gemm, 1, &part, &blocks);

    for (int64_t halves = arch->units; halves > 1; halves /= 2) {
        double now = weight_gradient_blocks(arch, core, gemm, halves, &part, &blocks);
        if (halves <= gemm->k && now < least) {
            least = now;
            best = halves;
        }
    }
    weight_gradient_blocks(arch, core, gemm, best, &part, &blocks);
    ts_cpu_blocks_phase(arch, core, &part, &blocks, arena, &plan->phases[plan->phase_count++]);
    if (best == 1) {
        return;
    }
    struct ts_cpu_stream stream = {
        .name = "reduce",
        .elements = filters * (double)best,
        .cycles_per_element = 0.5 / core->lanes,
        .instructions_per_element = 2.0 / core->lanes,
        .ops_per_element = 1,
        .input_count = 1,
        .input = {-1},
        .input_bytes = {filters * (double)best * core->c_bytes},
        .output = gemm->c_tensor,
        .output_bytes = filters * core->c_bytes,
        .passes = 1,
    };
    ts_cpu_stream_phase(arch, &stream, arena, &plan->phases[plan->phase_count++]);
}

static void direct_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        const struct ts_cpu_core *core, struct ts_arena *arena,
                        struct ts_plan *plan)
{
    struct ts_cpu_gemm gemm;
    struct ts_cpu_blocks blocks;

    plan->algorithm = "direct";
    ts_cpu_gemm_of_kernel(kernel, &gemm);
    if (kernel->pass == TS_PASS_BACKWARD_WEIGHT) {
        split_weight_gradient(arch, core, &gemm, arena, plan);
        return;
    }
    ts_cpu_blocks_of_l2(arch, core, &gemm, TS_CPU_IN_PLACE, &blocks);
    ts_cpu_blocks_phase(arch, core, &gemm, &blocks, arena, &plan->phases[plan->phase_count++]);
}

/* The product behind or before the column matrix: blocks over the whole batch, or image after
 * image. */
static int64_t column_product(const struct ts_arch *arch, const struct ts_cpu_core *core,
                              struct ts_cpu_gemm gemm, int64_t images, bool gradient,
                              struct ts_arena *arena, struct ts_phase *phase)
{
    struct ts_cpu_blocks blocks;
    struct ts_cpu_grid grid;

    if (images > 1) {
        gemm.m = (gemm.m + images - 1) / images;
        ts_cpu_grid_choose(arch, core, &gemm, &grid);
        ts_cpu_grid_phase(arch, core, &gemm, &grid, images, arena, phase);
        return images * arch->units;
    }
    ts_cpu_blocks_of_l2(arch, core, &gemm, TS_CPU_PACKED, &blocks);
    ts_cpu_blocks_phase(arch, core, &gemm, &blocks, arena, phase);
    return gemm.batch * blocks.blocks_m * (gradient ? blocks.blocks_n : blocks.k_steps);
}

/* im2col → product, or product → col2im. */
static void column_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        const struct ts_cpu_core *core, int64_t images, struct ts_arena *arena,
                        struct ts_plan *plan)
{
    bool gradient = kernel->pass == TS_PASS_BACKWARD_DATA;
    const struct ts_operand *image = gradient ? &kernel->c : &kernel->a;
    double width = (double)(gradient ? kernel->n : kernel->k);
    double elements = (double)kernel->batch * (double)kernel->m * width;
    double image_bytes = image->elements * (gradient ? core->c_bytes : core->a_bytes);
    struct ts_phase *product = &plan->phases[gradient ? 0 : 1];
    struct ts_phase *column = &plan->phases[gradient ? 1 : 0];
    struct ts_cpu_gemm gemm;

    ts_cpu_gemm_of_kernel(kernel, &gemm);
    gemm.a_ratio = gemm.b_ratio = gemm.c_ratio = 1.0;
    *(gradient ? &gemm.c_tensor : &gemm.a_tensor) = -1;
    int64_t tiles = column_product(arch, core, gemm, images, gradient, arena, product);
    column_phase(arch, kernel, core, elements, image_bytes, image->tensor, gradient, tiles, images,
                 arena, column);
    plan->phase_count = 2;
}

/* The column matrix is kept from the forward pass; one product an image adds to the filters. */
static void serial_weight_gradient(const struct ts_arch *arch, const struct ts_kernel *kernel,
                                   const struct ts_cpu_core *core, int64_t images,
                                   struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_cpu_gemm gemm;

    ts_cpu_gemm_of_kernel(kernel, &gemm);
    gemm.k = (gemm.k + images - 1) / images;
    gemm.a_ratio = gemm.b_ratio = gemm.c_ratio = 1.0;
    gemm.b_tensor = -1;
    ts_cpu_gemm_phases(arch, core, &gemm, images, arena, plan);
}

void ts_cpu_conv_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_arena *arena, struct ts_plan *plan)
{
    const struct ts_conv_shape *conv = &kernel->conv;
    int library = ts_cpu_params_of(arch)->library;
    int64_t images = library == TS_CPU_TORCH7 ? conv->n : 1;
    struct ts_cpu_core core;

    ts_cpu_core_init(arch, kernel, &core);
    plan->ran_on = core.matrix ? "matrix" : "vector";
    if (conv->groups > 1 && conv->c == conv->groups) {
        plan->ran_on = "vector";
        depthwise_plan(arch, kernel, &core, arena, plan);
    } else if (library == TS_CPU_DIRECT) {
        direct_plan(arch, kernel, &core, arena, plan);
    } else if (kernel->pass == TS_PASS_BACKWARD_WEIGHT) {
        plan->algorithm = "im2col";
        serial_weight_gradient(arch, kernel, &core, images, arena, plan);
    } else {
        plan->algorithm = "im2col";
        column_plan(arch, kernel, &core, images, arena, plan);
    }
    for (int i = 0; i < plan->phase_count; i++) {
        plan->executed_macs += plan->phases[i].counters.macs;
    }
}
