/* Non-fused Winograd convolution F(4×4,3×3): input and filters are transformed to memory, 36 GEMMs
 * run as one batch, the result is transformed back: 4 times fewer multiplications, 2.25 times the
 * input and output written and read once more.
 */
#include "conv_winograd.h"

#include <math.h>
#include <stddef.h>

#define NONFUSED_TILE 4
#define NONFUSED_POINTS 36
/* Fewer tiles stay with the fused kernel before Volta: DeepBench's P100 and Titan X run it almost
 * always. */
#define NONFUSED_LEAST_TILES 512.0
/* Additions and shifts a tile of F(4×4,3×3): 144, 100 and 72 (Lavin and Gray, table 1: β, δ, γ
 * times outputs). */
#define NONFUSED_INPUT_ADDS 144.0
#define NONFUSED_OUTPUT_ADDS 100.0
#define NONFUSED_FILTER_ADDS 72.0
/* Writes of a sector of transformed filters that the cache can't hold: DeepBench's layers of 512
 * channels and filters take 100 µs longer on V100 than one pass over them, those of 256 not. */
#define PLANE_WRITES 3.0
#define SECTOR_WORDS 8
#define PREFERRED_CHANNELS 64

static double nonfused_tiles(const struct ts_simt_window_pass *pass)
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

/* How often a sector of transformed filters is written to memory: its words belong to different
 * blocks, and come together only as long as the shared cache holds all of them. Rows of channels
 * that start within a sector leave parts of it, which is read before it is written. */
static double plane_writes(const struct ts_arch *arch, double bytes, int64_t channels)
{
    int level = ts_arch_shared_level(arch);
    double held = level >= 0 ? arch->memory.cache[level].capacity_bytes : 0.0;
    double writes = channels % SECTOR_WORDS == 0 ? PLANE_WRITES : 2.0 * PLANE_WRITES;
    return 1.0 + (writes - 1.0) * fmax(0.0, 1.0 - held / bytes);
}

/* The kernels in order: two transforms, the batched GEMM, one transform. */
struct nonfused {
    struct ts_simt_stream first, second, last;
    struct ts_simt_gemm gemm;
};

static struct nonfused nonfused_of(const struct ts_simt_conv *conv)
{
    struct ts_simt_window_pass pass = ts_simt_window_pass_of(conv);
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
        n.last = ts_simt_winograd_filters(conv, NONFUSED_POINTS, NONFUSED_FILTER_ADDS);
        return n;
    }
    n.gemm.m = (int64_t)tiles, n.gemm.n = pass.out, n.gemm.k = pass.in;
    n.second = ts_simt_winograd_filters(conv, NONFUSED_POINTS, NONFUSED_FILTER_ADDS);
    n.second.store[0].bytes *= plane_writes(conv->arch, n.second.store[0].bytes, pass.in);
    double adds = NONFUSED_OUTPUT_ADDS +
                  conv->kernel->epilogue_ops_per_output * NONFUSED_TILE * NONFUSED_TILE;
    n.last = transform("winograd_output", scratch(SCRATCH_PRODUCT, tiles, pass.out), out,
                       tiles * (double)pass.out, adds);
    return n;
}

static bool since_volta(const struct ts_simt_conv *conv)
{
    return ts_simt_params_of(conv->arch)->generation >= TS_SIMT_VOLTA;
}

/* For the weight gradient the kernel came with cuDNN 6. Elsewhere, up to cuDNN 6, the tiles are the
 * rows of the GEMMs and have to fill its blocks: DeepBench's 7x7 layers stay with the fused kernel
 * on P100 and both Titan X, not on V100. */
static bool nonfused_applies(const struct ts_simt_conv *conv)
{
    if (!ts_simt_square_windows(conv)) {
        return false;
    }
    if (conv->direction == TS_CONV_WEIGHT) {
        return ts_simt_params_of(conv->arch)->library != TS_SIMT_CUBLAS_8;
    }
    struct ts_simt_window_pass pass = ts_simt_window_pass_of(conv);
    bool is_asked_for = conv->kernel->winograd == NONFUSED_TILE;
    return is_asked_for || since_volta(conv) || nonfused_tiles(&pass) >= NONFUSED_LEAST_TILES;
}

/* Tiles (pixels' tiles × filters) that the products run on, by generation: the names in NeuSight's
 * traces of 3x3 layers (maxwell_sgemm_32x128_nn, volta_sgemm_64x64_nn, ampere_sgemm_128x128_nn
 * ...), cuBLAS's others never appear among 217 of them. */
struct product_tile {
    int m, n, first_generation, last_generation;
};
static const struct product_tile product_tiles[] = {
    {64, 64, TS_SIMT_KEPLER, TS_SIMT_TURING},   {32, 128, TS_SIMT_KEPLER, TS_SIMT_VOLTA},
    {128, 32, TS_SIMT_VOLTA, TS_SIMT_TURING},   {128, 64, TS_SIMT_TURING, TS_SIMT_TURING},
    {128, 128, TS_SIMT_AMPERE, TS_SIMT_HOPPER},
};

/* Weight gradients run on one kernel, sgemmBatched_64x64_raggedMn_nt (profiles of cuDNN 5 to 7),
 * and with cuDNN 5 all products do. */
static bool ships(const struct ts_simt_conv *conv, const struct ts_simt_kernel *kernel)
{
    const struct ts_simt_params *params = ts_simt_params_of(conv->arch);
    if (conv->direction == TS_CONV_WEIGHT || params->library == TS_SIMT_CUBLAS_8 ||
        kernel->path != TS_SIMT_CORES) {
        return kernel->tile_m == 64 && kernel->tile_n == 64;
    }
    for (size_t i = 0; i < sizeof product_tiles / sizeof *product_tiles; i++) {
        const struct product_tile *tile = &product_tiles[i];
        if (kernel->slices == 1 && kernel->tile_m == tile->m && kernel->tile_n == tile->n &&
            params->generation >= tile->first_generation &&
            params->generation <= tile->last_generation) {
            return true;
        }
    }
    return false;
}

static bool nonfused_choose(const struct ts_simt_conv *conv, const struct ts_simt_gemm *gemm,
                            struct ts_simt_gemm_choice *choice)
{
    int count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(conv->arch, gemm, &count);
    choice->estimated_cycles = INFINITY;
    for (int i = 0; i < count; i++) {
        if (!ships(conv, &kernels[i])) {
            continue;
        }
        struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(conv->arch, &kernels[i], gemm);
        double cycles = ts_simt_gemm_estimate(conv->arch, &kernels[i], gemm, &cost, 1);
        if (cost.fits && cycles < choice->estimated_cycles) {
            *choice = (struct ts_simt_gemm_choice){kernels[i], 1, cost, cycles};
        }
    }
    return choice->estimated_cycles < INFINITY;
}

/* cuDNN 7.6's choice for all of DeepBench's weight gradients on V100 with so many channels on both
 * sides, those of 64 among them, where a grid of 36 blocks takes 1.3 times as long as implicit GEMM
 * should. */
static bool nonfused_preferred(const struct ts_simt_conv *conv)
{
    return conv->direction == TS_CONV_WEIGHT && since_volta(conv) &&
           conv->shape.c >= PREFERRED_CHANNELS && conv->shape.k >= PREFERRED_CHANNELS;
}

static double nonfused_estimate(const struct ts_simt_conv *conv)
{
    const struct ts_arch *arch = conv->arch;
    struct nonfused n = nonfused_of(conv);
    struct ts_simt_gemm_choice choice;
    if (!nonfused_choose(conv, &n.gemm, &choice)) {
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
    return nonfused_choose(conv, &n.gemm, &choice) &&
           ts_simt_stream_phase(conv->arch, &n.first, arena, plan) &&
           ts_simt_stream_phase(conv->arch, &n.second, arena, plan) &&
           ts_simt_conv_gemm_phases(conv, &n.gemm, &choice, arena, plan) &&
           ts_simt_stream_phase(conv->arch, &n.last, arena, plan);
}

const struct ts_simt_conv_algorithm ts_simt_conv_winograd_nonfused = {
    .name = "winograd",
    .winograd = NONFUSED_TILE,
    /* It needs a workspace several times the layer: cuDNN 5 and 6 keep to the fused kernel until
     * the other takes about two thirds of its time (DeepBench, P100 and both Titan X). */
    .reluctance = 1.5,
    .applies = nonfused_applies,
    .preferred = nonfused_preferred,
    .estimate = nonfused_estimate,
    .plan = nonfused_plan,
};
