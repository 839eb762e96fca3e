/* Hopper's products of 4-byte elements (tf32) with an operand whose k is not contiguous.
 *
 * wgmma reads 4-byte operands with k contiguous only (PTX ISA, wgmma matrix descriptors). Two
 * families of kernels are left (names in cuBLAS profiles):
 *   mma.sync:      sm80_xmma_gemm_f32f32_tf32f32_f32_nn, any tile, at a part of wgmma's rate;
 *   turned wgmma:  sm90_xmma_gemm_f32f32_tf32f32_f32, 128x128x32 and 128x256x32: the math warps
 *                  read B into registers, where its place does not matter.
 * XLA's H100 table (OpenXLA, the 172 rows of tf32) tells them apart by the time a k takes beyond
 * the first thousand: 25 cycles for each 128x128 tile of a full SM is mma.sync, 20 is wgmma.
 *
 * Turned kernels have two schedules, as CUTLASS has for this mainloop (sm90 "cooperative" and
 * "pingpong", collective mainloops with one operand from registers):
 *   cooperative: two warp groups work on one tile, and what one reads into registers the other's
 *                arithmetic hides in part;
 *   ping-pong:   a persistent block gives each warp group a tile of its own. One group multiplies
 *                while the other stores: of the storing only the last tile's shows, but a group
 *                waits for its own reads of B from shared memory before each wgmma.
 * XLA's lone products take 7.5 us + 3.9 us a round of tiles + 10.2 ns a k and round, its batches of
 * 512 tiles and more 11.8 us + 0.4 us a round + 12.3 ns a k and round (22 and 29 rows, within 6 and
 * 4 %). Of these the ping-pong schedule explains all three without a constant of its own: 24.2
 * cycles a k, nothing a round, and at the end 5.5 us in which four warps store 128x128 sums. The
 * same kernel with one tile an SM, its second group idle, is what lone products of 128 tiles run:
 * 11.3 us + 10.2 ns a k (8 of 11 rows within 3 %), 4 of them the launch and 5.5 storing.
 */
#include "simt_internal.h"

#include <math.h>

/* Tiles of 128x128 for each SM from which turned kernels run: lone products from 128 tiles on 132
 * SMs (52 us at k = 4096, where a batch of the same work takes 90 to 98), batches from 512. */
#define LONE_TILES_PER_UNIT 0.9
#define BATCH_TILES_PER_UNIT 3.0
/* ... and with k split, up to 16 tiles from this k on: these take 5.9 us and 1.9 us more for each
 * 8 tiles times 2048 of k, whatever the shape (7 rows; the eighth, 512x512x2048, is not split). */
#define SPLIT_TILES_PER_UNIT 0.125
#define SPLIT_MIN_K 2048

/* Warp groups that multiply. */
#define WARP_GROUPS 2
/* One group holds the sums of 128x128 in 128 registers a thread; twice as wide does not fit. */
#define PINGPONG_MOST_COLUMNS 128

#define SYNC(m, n, k, warps, wm, wn, registers, stages)                                            \
    {                                                                                              \
        TS_SIMT_MMA, m, n, k, warps, 1, wm, wn, registers, stages                                  \
    }
#define TURNED(m, n, warps, registers, stages)                                                     \
    {                                                                                              \
        TS_SIMT_WGMMA, m, n, 32, warps, 1, 64, n, registers, stages                                \
    }
static const struct ts_simt_kernel kernels[] = {
    SYNC(256, 128, 16, 8, 64, 64, 232, 3), SYNC(128, 256, 16, 8, 64, 64, 232, 3),
    SYNC(128, 128, 16, 4, 64, 64, 232, 3), SYNC(128, 64, 32, 4, 64, 32, 160, 3),
    SYNC(64, 128, 32, 4, 32, 64, 160, 3),  SYNC(64, 64, 32, 4, 32, 32, 128, 4),
    SYNC(64, 32, 32, 4, 32, 16, 96, 5),    SYNC(32, 64, 32, 4, 16, 32, 96, 5),
    SYNC(16, 64, 64, 4, 16, 16, 96, 4),    SYNC(64, 16, 64, 4, 16, 16, 96, 4),
    TURNED(128, 256, 12, 168, 4),          TURNED(128, 128, 12, 168, 5),
};

const struct ts_simt_kernel *ts_simt_turned_kernels(int *count)
{
    *count = (int)(sizeof kernels / sizeof kernels[0]);
    return kernels;
}

bool ts_simt_needs_turning(const struct ts_simt_gemm *gemm)
{
    bool k_contiguous = !gemm->a_is_transposed && gemm->b_is_transposed;
    return ts_precision_info(gemm->precision)->storage_bits == 32 && !k_contiguous;
}

bool ts_simt_turns_b(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm)
{
    return kernel->path == TS_SIMT_WGMMA && ts_simt_needs_turning(gemm);
}

static double tiles_per_unit(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    return ts_simt_ceil_div((double)gemm->m, 128.0) * ts_simt_ceil_div((double)gemm->n, 128.0) *
           (double)gemm->batch / (double)arch->units;
}

bool ts_simt_has_group_a_tile(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm)
{
    return ts_simt_turns_b(kernel, gemm) && kernel->tile_n <= PINGPONG_MOST_COLUMNS;
}

bool ts_simt_is_pingpong(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm)
{
    return ts_simt_turns_b(kernel, gemm) && gemm->batch > 1 &&
           tiles_per_unit(arch, gemm) >= BATCH_TILES_PER_UNIT;
}

/* While one group multiplies the other stores; where storing takes longer than that, the pipe waits
 * half of the rest a tile. Half a loop apart they never begin together: one's first copies come
 * while the other multiplies. */
void ts_simt_overlap_epilogue(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                              struct ts_simt_gemm_cost *cost)
{
    double storing = cost->epilogue_cycles;
    double loop = ts_simt_ceil_div((double)gemm->k, kernel->tile_k) * cost->step_pipe_cycles;
    cost->blocks_per_unit = WARP_GROUPS;
    cost->turn_cycles = loop / WARP_GROUPS;
    cost->epilogue_cycles = fmax(0.0, (storing - loop) / WARP_GROUPS);
    cost->drain_cycles = storing - cost->epilogue_cycles;
}

/* Sums go straight from registers to C. */
double ts_simt_adding_cycles(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm)
{
    return kernel->tile_m * (double)kernel->tile_n * gemm->c_bytes / TS_SIMT_L1_BYTES_PER_CYCLE;
}

bool ts_simt_turned_splits(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    return gemm->k >= SPLIT_MIN_K && tiles_per_unit(arch, gemm) <= SPLIT_TILES_PER_UNIT;
}

bool ts_simt_turned_ships(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                          const struct ts_simt_gemm *gemm)
{
    if (ts_simt_is_pingpong(arch, kernel, gemm) && kernel->tile_n > PINGPONG_MOST_COLUMNS) {
        return false;
    }
    double least = gemm->batch > 1 ? BATCH_TILES_PER_UNIT : LONE_TILES_PER_UNIT;
    return tiles_per_unit(arch, gemm) >= least || ts_simt_turned_splits(arch, gemm);
}
