/* Which tile and split of k a library launches.
 *
 * A vendor library keeps a table of kernels and a heuristic that estimates each one's time; so does
 * this file: waves of blocks over the units, against DRAM and L2 bandwidth, plus the second kernel
 * that sums a split k. What the library's table leaves out (recorded in NeuSight's traces) is left
 * out here too.
 */
#include "simt_internal.h"

#include <math.h>
#include <stddef.h>

/* Part of DRAM's peak that streams reach: 0.88 to 0.93 on P100 to H100 (BabelStream; the engine's
 * DRAM model decides in the end). */
#define STREAM_FRACTION 0.9
#define CACHE_LINE_BYTES 128.0
/* Lines in use over the L2's capacity from which they begin to be lost; twice that and all are
 * (V100 batches). */
#define CROWDED 0.4

/* From this k on H100's library splits k for the want of tiles (recorded from 30522 up). */
#define FEW_TILES_MIN_K 16384
/* From this k on the library takes sliced-k kernels on A100, whatever the tiles. */
#define SLICED_MIN_K 32768

/* Tiles of 128x32 for each SM below which cuBLAS takes sliced-k kernels on Volta: 14 of 15 lone
 * products below this in NeuSight's traces, 1 of 8 from here to 1. */
#define FEW_TILES_PER_UNIT 0.5
/* ... and below which products of fewer than 64 columns run sgemm_32x32_sliced1x4, the only kernel
 * of the six such products in NeuSight's traces: on V100 SXM2 up to 3072 rows, not from 4096 up
 * (DeepBench: 16 and 32 columns of 1760 to 3072 rows take what it takes, within 12 %). */
#define NARROW_TILES_PER_UNIT 0.35

/* Hopper's library splits no k up to this: 8 and 16 tiles of 128x128 take XLA's bf16 products 1.5
 * to 1.6 ns a k up to 4096, lone or batched, the time of one block's steps. */
#define WGMMA_UNSPLIT_K 4096

static const int split_choices[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64};

/* Matrix kernels of the cuBLAS that came with Volta and Turing (h884gemm, h1688gemm): blocks of 64
 * or more a side and steps of 64 bytes of k, so that a product of few columns waits for one load
 * every 32 k, and k is not split (DeepBench: 512 to 4096 squared times 16). Their 64x64 tile serves
 * up to 64 columns: 128 take 590 to 790 cycles a step from 1760 to 4096 squared, 128x64's 640,
 * where 64 take 330 to 550 (DeepBench, seven of seven). A product that does not reach over one such
 * block either way may have any. */
static bool is_early_matrix_kernel(const struct ts_simt_kernel *kernel,
                                   const struct ts_simt_gemm *gemm)
{
    int side = kernel->tile_m < kernel->tile_n ? kernel->tile_m : kernel->tile_n;
    bool tiny = gemm->m < 64 && gemm->n < 64;
    bool wide = gemm->m > 64 && gemm->n > 64;
    bool fits = side >= 64 && kernel->tile_k * gemm->a_bytes <= 64.0;
    return tiny || (fits && (!wide || kernel->tile_m * kernel->tile_n >= 128 * 64));
}

/* sm90 kernels' names begin at 64x64; what is narrower serves products narrower than that (256x256
 * of bf16 takes 8.4 us at k = 2048 and 256x512 the same, XLA: 64x64 tiles, a step each 190 cycles).
 */
static bool wgmma_tile_ships(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm)
{
    bool narrow = kernel->tile_m < 64 || kernel->tile_n < 64;
    return !narrow || gemm->m < 64 || gemm->n < 64;
}

/* Tiles of 128x32, the long way along the longer side, for each SM. */
static double long_tiles_per_unit(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    double longer = (double)(gemm->m > gemm->n ? gemm->m : gemm->n);
    double shorter = (double)(gemm->m > gemm->n ? gemm->n : gemm->m);
    return ts_simt_ceil_div(longer, 128.0) * ts_simt_ceil_div(shorter, 32.0) / (double)arch->units;
}

/* sgemm_nn on Volta comes in 64x64 and 128x32: all 244 products of NeuSight's traces on V100 that
 * read B by rows, batches but for one, and nothing else gives DeepBench's lone ones on V100 SXM2,
 * 17 of 18 large ones within 5 %. With k contiguous in B the wide tiles join. DeepBench's of those
 * take 0.96 of the small tiles' time and 1.05 of the wide ones': of a product whose layout nobody
 * states, the small ones miss less under its library (cuBLAS 10); what cuBLAS 11 was recorded on
 * are linear layers. */
static bool takes_small_tiles(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    if (gemm->layout_is_open) {
        return ts_simt_params_of(arch)->library == TS_SIMT_CUBLAS_10;
    }
    return !gemm->a_is_transposed && !gemm->b_is_transposed;
}

static bool volta_single_ships(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                               const struct ts_simt_gemm *gemm)
{
    double tiles = long_tiles_per_unit(arch, gemm);
    if (takes_small_tiles(arch, gemm) && kernel->tile_m * kernel->tile_n > 64 * 64) {
        return false;
    }
    bool narrow = (gemm->m < 64 || gemm->n < 64) && gemm->k < TS_SIMT_SPLIT_FROM_K;
    if (narrow && tiles < NARROW_TILES_PER_UNIT) {
        return kernel->slices > 1 && kernel->tile_m * kernel->tile_n <= 32 * 32;
    }
    return kernel->slices > 1 || tiles >= FEW_TILES_PER_UNIT;
}

/* cuBLAS 11 as NeuSight recorded it: on Volta the small tiles for batches and sliced ones for few
 * tiles; on A100 one kernel for batches. Libraries on machines with other cores choose freely. */
static bool shipped(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                    const struct ts_simt_gemm *gemm)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    bool batched = gemm->batch > 1;
    int m = kernel->tile_m, n = kernel->tile_n;
    if (params->generation == TS_SIMT_CDNA) {
        return ts_simt_tensile_ships(kernel, gemm);
    }
    if (ts_simt_turns_b(kernel, gemm)) {
        return ts_simt_turned_ships(arch, kernel, gemm);
    }
    if (kernel->path == TS_SIMT_WGMMA && !wgmma_tile_ships(kernel, gemm)) {
        return false;
    }
    if (kernel->path != TS_SIMT_CORES) {
        return !ts_simt_copies_through_registers(arch) || is_early_matrix_kernel(kernel, gemm);
    }
    if (params->library == TS_SIMT_CUBLAS_8 || params->generation < TS_SIMT_VOLTA) {
        return ts_simt_classic_ships(arch, kernel, gemm);
    }
    switch (params->generation) {
    case TS_SIMT_VOLTA:
    case TS_SIMT_TURING:
        return batched ? kernel->slices == 1 && m * n <= 64 * 64
                       : volta_single_ships(arch, kernel, gemm);
    case TS_SIMT_AMPERE:
        if (ts_simt_full_rate_cores(arch)) {
            return true;
        }
        return batched ? m == 128 && n == 128 : kernel->slices > 1 || gemm->k < SLICED_MIN_K;
    default:
        return true;
    }
}

/* Parts of k that may run side by side. Since Ampere the library slices k of sgemm within a block
 * instead of splitting it over blocks; only matrix kernels split batched products. */
static int most_parts(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                      const struct ts_simt_gemm *gemm)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    if (kernel->path != TS_SIMT_CORES && params->generation == TS_SIMT_HOPPER &&
        ts_simt_needs_turning(gemm)) {
        bool split = ts_simt_turns_b(kernel, gemm) && ts_simt_turned_splits(arch, gemm);
        return split ? TS_SIMT_ANY_PARTS : 1;
    }
    if (kernel->path != TS_SIMT_CORES) {
        bool unsplit = (params->generation == TS_SIMT_CDNA && gemm->batch > 1) ||
                       (ts_simt_copies_through_registers(arch) && gemm->k < TS_SIMT_SPLIT_FROM_K) ||
                       (kernel->path == TS_SIMT_WGMMA && gemm->k <= WGMMA_UNSPLIT_K);
        return unsplit ? 1 : TS_SIMT_ANY_PARTS;
    }
    if (params->library == TS_SIMT_CUBLAS_8 || params->generation < TS_SIMT_VOLTA) {
        return ts_simt_classic_parts(arch, gemm);
    }
    if (gemm->batch > 1 || params->generation < TS_SIMT_AMPERE) {
        return gemm->batch == 1 ? TS_SIMT_ANY_PARTS : 1;
    }
    /* CUTLASS kernels with a split stand in on H100 where 128x128 tiles leave most units without
     * work. */
    double tiles =
        ts_simt_ceil_div((double)gemm->m, 128.0) * ts_simt_ceil_div((double)gemm->n, 128.0);
    bool few = ts_simt_full_rate_cores(arch) && gemm->k >= FEW_TILES_MIN_K &&
               tiles * 2.0 < (double)arch->units;
    return few ? TS_SIMT_ANY_PARTS : 1;
}

/* A k step reads a short piece of every row of A. The rest of its cache lines serves the next
 * steps, if it is still there then: with more lines in use than the L2 holds, whole fetch granules
 * are read again for each piece. Returns bytes fetched over bytes used. */
double ts_simt_overfetch(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm, int blocks_per_unit)
{
    int level = ts_arch_shared_level(arch);
    if (level < 0 || arch->memory.cache[level].capacity_bytes <= 0.0 || gemm->a_is_transposed) {
        return 1.0;
    }
    double rows = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double columns = ts_simt_ceil_div((double)gemm->n, kernel->tile_n);
    double concurrent =
        fmin((double)arch->units * blocks_per_unit, rows * columns * (double)gemm->batch);
    double used = concurrent / columns * ((double)gemm->m / rows) * CACHE_LINE_BYTES;
    double crowding = used / arch->memory.cache[level].capacity_bytes;
    double thrashing = fmin(1.0, fmax(0.0, (crowding - CROWDED) / CROWDED));
    double piece = kernel->tile_k * gemm->a_bytes;
    double pitch = (double)gemm->k * gemm->a_bytes;
    double straddle = fmod(pitch, TS_SIMT_FETCH_BYTES) == 0.0 ? 0.0
                      : fmod(pitch, 32.0) == 0.0              ? TS_SIMT_FETCH_BYTES - 32.0
                                                              : TS_SIMT_FETCH_BYTES - gemm->a_bytes;
    double fetched = fmax(
        TS_SIMT_FETCH_BYTES,
        piece + (piece < TS_SIMT_FETCH_BYTES && straddle == TS_SIMT_FETCH_BYTES - 32.0 ? 0.0
                                                                                       : straddle));
    return 1.0 + (fetched / piece - 1.0) * thrashing;
}

/* Bytes DRAM moves: each wave of blocks reads its rows of A and columns of B once, unless one
 * operand stays in the L2 between waves. */
static double dram_bytes(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm, double concurrent, bool warm)
{
    int level = ts_arch_shared_level(arch);
    double kept =
        level >= 0 ? arch->memory.cache[level].capacity_bytes * TS_SIMT_L2_KEPT_FRACTION : 0.0;
    double rows = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double columns = ts_simt_ceil_div((double)gemm->n, kernel->tile_n);
    double a = (double)gemm->m * (double)gemm->k * gemm->a_bytes * gemm->a_unique;
    double b = (double)gemm->n * (double)gemm->k * gemm->b_bytes;
    double c = (double)gemm->m * (double)gemm->n * gemm->c_bytes;
    double batch = (double)gemm->batch;
    double group = fmin(rows, (double)ts_simt_raster_rows(arch, kernel, gemm));
    double width = fmin(columns, fmax(1.0, concurrent / group));
    double high = fmin(rows, fmax(group, concurrent / columns));
    a *= ts_simt_overfetch(arch, kernel, gemm, (int)(concurrent / (double)arch->units + 0.5));
    double traffic = fmax(a + b, a * columns / width + b * rows / high);
    if (a + b <= kept || fmin(a, b) <= kept * 0.5) {
        traffic = a + b;
    }
    if (warm && (a + b + c) * batch <= kept) {
        return 0.0;
    }
    return (traffic + c) * batch;
}

/* Cycles in which the units work off `blocks` blocks of `steps` k steps: full rounds, then the
 * tail. */
static double rounds_cycles(const struct ts_arch *arch, const struct ts_simt_gemm_cost *cost,
                            double blocks, double steps, double step_floor)
{
    double units = (double)arch->units;
    double slots = units * cost->blocks_per_unit;
    double full = floor(blocks / slots);
    double rest = ts_simt_ceil_div(blocks - full * slots, units);
    double latency = fmax(cost->step_latency_cycles, step_floor);
    double round = fmax(cost->blocks_per_unit * cost->step_pipe_cycles, latency) * steps +
                   cost->blocks_per_unit * cost->epilogue_cycles;
    double tail = rest > 0.0 ? fmax(rest * cost->step_pipe_cycles, latency) * steps +
                                   rest * cost->epilogue_cycles
                             : 0.0;
    double next = cost->blocks_per_unit > 1 ? 0.0 : full + (rest > 0.0 ? 0.0 : -1.0);
    return full * round + tail + cost->prologue_cycles + step_floor +
           next * (cost->next_prologue_cycles + step_floor);
}

void ts_simt_multicast(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                       double *a_share, double *b_share)
{
    *a_share = *b_share = 1.0;
    if (kernel->path != TS_SIMT_WGMMA) {
        return;
    }
    if (kernel->tile_m >= kernel->tile_n && gemm->n > kernel->tile_n) {
        *a_share = 0.5;
    } else if (gemm->m > kernel->tile_m) {
        *b_share = 0.5;
    }
}

static double reduce_cycles(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                            const struct ts_simt_gemm *gemm, int split_k)
{
    if (split_k <= 1 || ts_simt_turns_b(kernel, gemm)) {
        return 0.0;
    }
    int level = ts_arch_shared_level(arch);
    double outputs = (double)gemm->batch * (double)gemm->m * (double)gemm->n;
    double bytes = outputs * (8.0 * split_k + gemm->c_bytes);
    double per_cycle = arch->memory.dram_bandwidth_bytes_per_s / arch->clock_hz;
    if (level >= 0 && outputs * 4.0 * split_k <
                          arch->memory.cache[level].capacity_bytes * TS_SIMT_L2_KEPT_FRACTION) {
        per_cycle = fmax(per_cycle, arch->memory.cache[level].bandwidth_bytes_per_cycle * 0.5);
    }
    return bytes / fmax(per_cycle, 1.0) + TS_SIMT_NEXT_KERNEL_S * arch->clock_hz;
}

double ts_simt_gemm_estimate_with(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                                  const struct ts_simt_gemm *gemm,
                                  const struct ts_simt_gemm_cost *cost, int split_k, bool warm)
{
    int level = ts_arch_shared_level(arch);
    double steps = ts_simt_ceil_div(ts_simt_ceil_div((double)gemm->k, split_k), kernel->tile_k);
    double blocks = ts_simt_ceil_div((double)gemm->m, kernel->tile_m) *
                    ts_simt_ceil_div((double)gemm->n, kernel->tile_n) * (double)gemm->batch *
                    split_k;
    double slots = (double)arch->units * cost->blocks_per_unit;
    double dram = dram_bytes(arch, kernel, gemm, fmin(blocks, slots) / split_k, warm);
    double dram_cycles = dram * arch->clock_hz /
                         (fmax(arch->memory.dram_bandwidth_bytes_per_s, 1.0) * STREAM_FRACTION);
    double latency = arch->memory.dram_latency_s * arch->clock_hz * (dram > 0.0 ? 1.0 : 0.0);
    double l2_cycles = 0.0;
    if (level >= 0) {
        const struct ts_cache_spec *l2 = &arch->memory.cache[level];
        double a_share, b_share;
        ts_simt_multicast(kernel, gemm, &a_share, &b_share);
        double moved = blocks * steps * kernel->tile_k *
                       (kernel->tile_m * gemm->a_bytes * gemm->a_unique * a_share +
                        kernel->tile_n * gemm->b_bytes * b_share);
        latency += l2->latency_cycles;
        l2_cycles =
            l2->bandwidth_bytes_per_cycle > 0.0 ? moved / l2->bandwidth_bytes_per_cycle : 0.0;
    }
    double floor_cycles = latency / fmax(1.0, kernel->stages - 1.0);
    double compute = rounds_cycles(arch, cost, blocks, steps, floor_cycles);
    double memory =
        fmax(dram_cycles, l2_cycles) + cost->prologue_cycles + latency + cost->epilogue_cycles;
    return fmax(compute, memory) + cost->drain_cycles + reduce_cycles(arch, kernel, gemm, split_k);
}

double ts_simt_gemm_estimate(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                             const struct ts_simt_gemm *gemm, int split_k)
{
    struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(arch, kernel, gemm);
    return cost.fits ? ts_simt_gemm_estimate_with(arch, kernel, gemm, &cost, split_k, false)
                     : INFINITY;
}

/* Rows of tiles a raster group covers: CUDA-core kernels walk n first; matrix kernels swizzle so
 * that a wave of blocks is nearly square in elements. */
int ts_simt_raster_rows(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                        const struct ts_simt_gemm *gemm)
{
    if (kernel->path == TS_SIMT_CORES) {
        return 1;
    }
    double rows = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double side = sqrt((double)arch->units * kernel->tile_n / kernel->tile_m);
    return (int)fmax(1.0, fmin(rows, floor(side)));
}

/* What the library's heuristic looks at. Tensile's tables on CDNA take the tile of a strided batch
 * for one product of it: of the 84 shapes NeuSight ran in 15 to 37 batch sizes on each of two
 * boards all but one keep their tile. */
static struct ts_simt_gemm as_looked_up(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    struct ts_simt_gemm seen = *gemm;
    if (ts_simt_params_of(arch)->generation == TS_SIMT_CDNA) {
        seen.batch = 1;
    }
    return seen;
}

bool ts_simt_gemm_choose(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                         struct ts_simt_gemm_choice *choice)
{
    int count = 0;
    struct ts_simt_gemm seen = as_looked_up(arch, gemm);
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(arch, gemm, &count);
    choice->estimated_cycles = INFINITY;
    for (int i = 0; i < count; i++) {
        if (!shipped(arch, &kernels[i], gemm)) {
            continue;
        }
        struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(arch, &kernels[i], gemm);
        if (!cost.fits) {
            continue;
        }
        int parts = most_parts(arch, &kernels[i], gemm);
        for (size_t s = 0; s < sizeof split_choices / sizeof *split_choices; s++) {
            int split = split_choices[s];
            if (split > 1 && (split > parts || gemm->k < (int64_t)split * TS_SIMT_PART_LEAST_K)) {
                break;
            }
            if (split > 1 && ts_simt_turns_b(&kernels[i], gemm)) {
                cost.epilogue_cycles = ts_simt_adding_cycles(&kernels[i], gemm);
            }
            double cycles =
                ts_simt_gemm_estimate_with(arch, &kernels[i], &seen, &cost, split, false);
            if (cycles < choice->estimated_cycles) {
                choice->kernel = kernels[i];
                choice->split_k = split;
                choice->cost = cost;
                choice->estimated_cycles = cycles;
            }
        }
    }
    return choice->estimated_cycles < INFINITY;
}
