/* CUDA-core kernels of a convolution library, and which of them a pass runs.
 *
 * Names and launches are those profilers show for cuDNN 5 to 8: assembled
 * maxwell_scudnn_128x{32,64,128}_{relu,stridedB,stridedB_splitK}_* (volta_ and later alike), and
 * compiled templates whose arguments are logarithms: dgrad_engine<float, 512, 6, 5, 3, 3, 3> is a
 * tile of 64×32 in blocks of 8×8 threads with 96 registers, dgrad_engine and wgrad_alg0_engine
 * <float, 128, 6, 7, 3, 3, 5> one of 64×128. explicit_convolve_sgemm is compiled too.
 */
#include "conv.h"

#include <math.h>
#include <stddef.h>

/* Gathering costs, for each element of A, a load with its offset from a table, an address and a
 * bounds check. */
#define GATHER_INSTRUCTIONS 4.0
/* Of the four, all but the load, where integers issue beside the multiply-adds. */
#define GATHER_HIDDEN 0.75
/* Of the units, that the blocks of the widest tile keep busy at least: DeepBench's P100 rows with
 * 26 to 28 of them on 56 units run at one unit's rate, those with 16 do not. */
#define WIDE_FILL 0.4
/* What a slice of the L2 moves a cycle; an atomic addition takes as long, however few bytes. */
#define SECTOR_BYTES 32.0

/* {path, m, n, k step, warps, slices, thread_m, thread_n, registers, stages} */
#define TILE(m, n, warps, tm, tn, registers)                                                       \
    {                                                                                              \
        TS_SIMT_CORES, m, n, 8, warps, 1, tm, tn, registers, 2                                     \
    }

struct conv_kernel {
    struct ts_simt_kernel tile;
    bool compiled;
    int sets; /* of enum ts_simt_conv_set */
};

static const struct conv_kernel conv_kernels[] = {
    {TILE(128, 128, 8, 8, 8, 128), false,
     TS_CONV_SET_FORWARD | TS_CONV_SET_DATA | TS_CONV_SET_WEIGHT},
    {TILE(128, 64, 4, 8, 8, 128), false,
     TS_CONV_SET_FORWARD | TS_CONV_SET_DATA | TS_CONV_SET_WEIGHT},
    {TILE(128, 32, 4, 8, 4, 128), false, TS_CONV_SET_FORWARD | TS_CONV_SET_WEIGHT},
    {TILE(128, 128, 8, 8, 8, 128), true,
     TS_CONV_SET_STRIDED | TS_CONV_SET_POINTWISE | TS_CONV_SET_WIDE | TS_CONV_SET_COLUMNS},
    {TILE(128, 64, 4, 8, 8, 128), true,
     TS_CONV_SET_STRIDED | TS_CONV_SET_POINTWISE | TS_CONV_SET_COLUMNS},
    {TILE(128, 32, 4, 8, 4, 128), true, TS_CONV_SET_STRIDED | TS_CONV_SET_POINTWISE},
    {TILE(64, 128, 4, 8, 8, 128), true,
     TS_CONV_SET_STRIDED | TS_CONV_SET_SCATTER | TS_CONV_SET_WEIGHT | TS_CONV_SET_POINTWISE},
    {TILE(64, 64, 2, 8, 8, 128), true,
     TS_CONV_SET_STRIDED | TS_CONV_SET_WEIGHT | TS_CONV_SET_POINTWISE},
    {TILE(64, 32, 2, 8, 4, 96), true, TS_CONV_SET_SCATTER | TS_CONV_SET_SMALL},
    {TILE(32, 64, 2, 4, 8, 96), true, TS_CONV_SET_SMALL},
    {TILE(32, 128, 8, 4, 4, 64), true, TS_CONV_SET_WEIGHT | TS_CONV_SET_POINTWISE},
};
enum { CONV_KERNELS = sizeof conv_kernels / sizeof *conv_kernels };

/* cuDNN up to 6 takes the widest tile that filters fill, as long as its grid keeps WIDE_FILL of the
 * units busy: DeepBench's P100 rows with 26 to 28 such blocks for 56 units run at one unit's rate,
 * those with 16 don't. */
static int widest_that_fills(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    for (int width = 128; width > 0; width /= 2) {
        double blocks = ts_simt_ceil_div((double)gemm->m, 128.0) *
                        ts_simt_ceil_div((double)gemm->n, width) * (double)gemm->batch;
        if (gemm->n >= width && blocks >= WIDE_FILL * (double)arch->units) {
            return width;
        }
    }
    return 0;
}

static double gather_cycles(const struct ts_arch *arch, const struct ts_simt_kernel *kernel)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double hidden = ts_simt_hides_integers(arch) ? GATHER_HIDDEN : 0.0;
    double loads = kernel->tile_m * 8.0 / 32.0;
    return GATHER_INSTRUCTIONS * loads * (1.0 - hidden) / (double)params->schedulers;
}

/* Operations on all lanes that take as long as the atomic addition of one output of `kernel`: each
 * keeps a slice of the L2 for a cycle, and the units share the slices. Rows beyond the edge are not
 * added. */
static double scatter_ops(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                          const struct ts_simt_gemm *gemm)
{
    int level = ts_arch_shared_level(arch);
    double bytes = level >= 0 ? arch->memory.cache[level].bandwidth_bytes_per_cycle : 0.0;
    if (bytes <= 0.0) {
        return 0.0;
    }
    double tiles = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double used = (double)gemm->m / (tiles * kernel->tile_m);
    double cycles = SECTOR_BYTES * (double)arch->units / bytes;
    return used * cycles * arch->vector_macs_per_cycle[TS_FP32];
}

/* Operations on all lanes that take as long as an output's detour through shared memory, on top of
 * its store, in the assembled kernels before Volta, so that rows of pixels are whole: DeepBench's
 * 1×1 layers of 64 channels take 0.2 cycles an output longer than the products' own on P100 and
 * both Titan X. */
static double staged_ops(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    if (ts_simt_params_of(arch)->generation >= TS_SIMT_VOLTA) {
        return 0.0;
    }
    double cycles =
        gemm->c_bytes * (1.0 / TS_SIMT_STAGED_STORE_BYTES - 1.0 / TS_SIMT_L1_BYTES_PER_CYCLE);
    return cycles * arch->vector_macs_per_cycle[TS_FP32];
}

static struct ts_simt_gemm_cost core_cost(const struct ts_arch *arch, const struct conv_kernel *row,
                                          const struct ts_simt_gemm *gemm,
                                          const struct ts_simt_conv_kernels *which)
{
    struct ts_simt_gemm own = *gemm;
    const struct ts_simt_kernel *tile = &row->tile;
    own.step_overhead_cycles += gather_cycles(arch, tile);
    if (row->compiled) {
        own.step_overhead_cycles += which->issue * tile->tile_m * tile->tile_n * 8.0 /
                                    arch->vector_macs_per_cycle[gemm->precision];
    }
    if (which->sets & TS_CONV_SET_SCATTER) {
        own.c_bytes = gemm->a_bytes;
        own.epilogue_ops_per_output += scatter_ops(arch, tile, gemm);
    } else if (which->sets & (TS_CONV_SET_FORWARD | TS_CONV_SET_DATA)) {
        own.epilogue_ops_per_output += staged_ops(arch, gemm);
    }
    return ts_simt_gemm_cost(arch, tile, &own);
}

/* Tries `kernel` with all its splits. */
static void try_kernel(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                       const struct ts_simt_gemm *gemm, const struct ts_simt_gemm_cost *cost,
                       int most_splits, struct ts_simt_gemm_choice *choice)
{
    for (int split = 1; cost->fits && split <= most_splits; split *= 2) {
        if (split > 1 && gemm->k < (int64_t)split * TS_SIMT_PART_LEAST_K) {
            break;
        }
        double cycles = ts_simt_gemm_estimate(arch, kernel, gemm, cost, split);
        if (cycles < choice->estimated_cycles) {
            *choice = (struct ts_simt_gemm_choice){*kernel, split, *cost, cycles};
        }
    }
}

bool ts_simt_conv_tile(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                       const struct ts_simt_conv_kernels *which, struct ts_simt_gemm_choice *choice)
{
    int count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(arch, gemm, &count);
    choice->estimated_cycles = INFINITY;
    if (count > 0 && kernels->path != TS_SIMT_CORES) {
        for (int i = 0; i < count; i++) {
            struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(arch, &kernels[i], gemm);
            try_kernel(arch, &kernels[i], gemm, &cost, which->most_splits, choice);
        }
    } else if (count > 0) {
        int narrowest = which->widest_first ? widest_that_fills(arch, gemm) : 0;
        for (int i = 0; i < CONV_KERNELS; i++) {
            const struct conv_kernel *row = &conv_kernels[i];
            if ((row->sets & which->sets) && row->tile.tile_n >= narrowest) {
                struct ts_simt_gemm_cost cost = core_cost(arch, row, gemm, which);
                try_kernel(arch, &row->tile, gemm, &cost, which->most_splits, choice);
            }
        }
    }
    return choice->estimated_cycles < INFINITY;
}
