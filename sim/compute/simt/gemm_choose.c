/* Which tile and split of k a library launches.
 *
 * A vendor library keeps a table of kernels and a heuristic that estimates each one's time; so does
 * this file (gemm_estimate.c). What the library's table leaves out (recorded in NeuSight's traces)
 * is left out here too.
 */
#include "simt_internal.h"
#include "tessera/diag.h"

#include <math.h>
#include <stddef.h>

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

/* Estimates that differ by less are equal. Of equal ones the largest tile runs, which moves least
 * through the L2: only how soon the first block is done tells tiles apart that the L2 bounds. The
 * width is a choice: at 0 and 0.02 the tables come out alike, at 0.05 and 0.1 products leave the
 * tiles they were measured on (Vidur's mean error grows by a twentieth and a tenth of itself). */
#define EQUAL_ESTIMATES 0.02

enum { MOST_KERNELS = 64 };

struct candidate {
    const struct ts_simt_kernel *kernel;
    int split_k;
    double cycles;
};

static void store_sums(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                       int split_k, struct ts_simt_gemm_cost *cost)
{
    if (split_k > 1 && ts_simt_turns_b(kernel, gemm)) {
        cost->epilogue_cycles = ts_simt_adding_cycles(kernel, gemm);
    }
}

/* A kernel with the best split of k that the library has for it; INFINITY when it does not fit.
 * DRAM is left out: all tiles find it equally slow, and a machine with more bandwidth must not be
 * given another kernel that then takes longer (the rows of all tables are met as well either way).
 */
static struct candidate best_split(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                                   const struct ts_simt_gemm *gemm)
{
    struct ts_simt_gemm seen = as_looked_up(arch, gemm);
    struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(arch, kernel, gemm);
    struct candidate best = {kernel, 1, INFINITY};
    int parts = most_parts(arch, kernel, gemm);
    for (size_t s = 0; cost.fits && s < sizeof split_choices / sizeof *split_choices; s++) {
        int split = split_choices[s];
        if (split > 1 && (split > parts || gemm->k < (int64_t)split * TS_SIMT_PART_LEAST_K)) {
            break;
        }
        store_sums(kernel, gemm, split, &cost);
        double cycles = ts_simt_gemm_estimate_at(arch, kernel, &seen, &cost, split, INFINITY);
        if (cycles < best.cycles) {
            best = (struct candidate){kernel, split, cycles};
        }
    }
    return best;
}

static int outputs(const struct ts_simt_kernel *kernel)
{
    return kernel->tile_m * kernel->tile_n;
}

/* NULL when there is none. */
static const struct candidate *best_of(const struct candidate candidates[], int count)
{
    const struct candidate *best = NULL;
    double least = INFINITY;
    for (int i = 0; i < count; i++) {
        least = fmin(least, candidates[i].cycles);
    }
    for (int i = 0; i < count && least < INFINITY; i++) {
        const struct candidate *one = &candidates[i];
        if (one->cycles > least * (1.0 + EQUAL_ESTIMATES)) {
            continue;
        }
        int larger = best ? outputs(one->kernel) - outputs(best->kernel) : 1;
        if (larger > 0 || (larger == 0 && one->cycles < best->cycles)) {
            best = one;
        }
    }
    return best;
}

bool ts_simt_gemm_choose(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                         struct ts_simt_gemm_choice *choice)
{
    /* A library doesn't know to which clock a power limit will hold the board. */
    const struct ts_arch rated = ts_arch_at_clock(arch, ts_arch_rated_clock_hz(arch));
    const struct ts_simt_gemm seen = as_looked_up(arch, gemm);
    struct candidate candidates[MOST_KERNELS];
    int count = 0, kernel_count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(&rated, gemm, &kernel_count);
    if (kernel_count > MOST_KERNELS) {
        ts_bug("%d kernels, room for %d", kernel_count, MOST_KERNELS);
    }
    for (int i = 0; i < kernel_count; i++) {
        if (shipped(&rated, &kernels[i], gemm)) {
            candidates[count++] = best_split(&rated, &kernels[i], gemm);
        }
    }
    const struct candidate *best = best_of(candidates, count);
    if (!best) {
        return false;
    }
    choice->kernel = *best->kernel;
    choice->split_k = best->split_k;
    choice->cost = ts_simt_gemm_cost(arch, best->kernel, gemm);
    store_sums(best->kernel, gemm, best->split_k, &choice->cost);
    choice->estimated_cycles =
        ts_simt_gemm_estimate(arch, best->kernel, &seen, &choice->cost, best->split_k);
    return true;
}
