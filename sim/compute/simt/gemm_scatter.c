/* Operands that meet DRAM in pieces of a page each.
 *
 * All blocks of a wave walk along k together. Of an operand whose rows have k contiguous a step
 * reads a short piece of each row in the wave, and the page that holds it stays open until the next
 * step only if no other row opens one in that bank: most pieces cost an activation of their own
 * (DeepBench: with k contiguous in both operands large products are up to 2.9 times slower on Titan
 * X, those of few columns 1.9 times on V100).
 */
#include "simt_internal.h"

#include <math.h>

/* cuBLAS 8 has sgemm_32x32x32 for fewer columns than this: 32 of k a step (DeepBench, both Titan X:
 * 16 to 35 columns read 0.75 to 0.95e9 pieces of 128 bytes a second, 64 columns as many of 64). */
#define WIDE_OUTPUTS 64
#define NARROW_DEPTH 32.0

/* Pages that DRAM can hold open. */
static double open_pages(const struct ts_arch *arch)
{
    const struct ts_dram_spec *dram = arch->memory.dram;
    const struct ts_dram_config config = {
        .devices = arch->memory.dram_devices,
        .bandwidth_gbps = arch->memory.dram_bandwidth_bytes_per_s * 1e-9,
    };
    return (double)ts_dram_channel_count(dram, &config) *
           (double)(dram->ranks * dram->bank_groups * dram->banks_per_group);
}

/* Rows with k contiguous that one wave of blocks walks along. */
static double rows_of_wave(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                           const struct ts_simt_gemm_choice *choice)
{
    const struct ts_simt_kernel *kernel = &choice->kernel;
    double blocks = (double)arch->units * choice->cost.blocks_per_unit;
    double raster_rows = (double)ts_simt_raster_rows(arch, kernel, gemm);
    double columns = fmin(ts_simt_ceil_div((double)gemm->n, kernel->tile_n), blocks / raster_rows);
    double rows = ceil(blocks / columns);
    double walked = 0.0;
    if (!gemm->a_is_transposed) {
        walked += fmin((double)gemm->m, rows * kernel->tile_m);
    }
    if (gemm->b_is_transposed) {
        walked += fmin((double)gemm->n, columns * kernel->tile_n);
    }
    return walked;
}

/* Where nobody said how operands lie, what rows measured without a layout agree on: B has k
 * contiguous where there are few rows (a linear layer's weights, and both layouts that DeepBench
 * has most of), and cuBLAS 8's kernels for few columns read A in short pieces either way (both
 * Titan X: 16 and 32 columns take the same time in both); not where k is split (240 to 305 GB/s,
 * Pascal). */
static void assume_layout(const struct ts_arch *arch, const struct ts_simt_gemm_choice *choice,
                          struct ts_simt_gemm *gemm)
{
    bool cublas_8 = ts_simt_params_of(arch)->library == TS_SIMT_CUBLAS_8;
    gemm->a_is_transposed = !cublas_8 || choice->split_k > 1;
    gemm->b_is_transposed = gemm->batch == 1 && gemm->m <= choice->kernel.tile_m;
}

static struct ts_simt_scatter scatter_walked(const struct ts_arch *arch,
                                             const struct ts_simt_gemm *gemm,
                                             const struct ts_simt_gemm_choice *choice)
{
    bool narrow = ts_simt_params_of(arch)->library == TS_SIMT_CUBLAS_8 &&
                  (gemm->m < WIDE_OUTPUTS || gemm->n < WIDE_OUTPUTS);
    double depth = fmax(choice->kernel.tile_k, narrow ? NARROW_DEPTH : 0.0);
    double walked = rows_of_wave(arch, gemm, choice);
    double closed = 1.0 - pow(1.0 - 1.0 / open_pages(arch), walked);
    double a = fmax(TS_SIMT_FETCH_BYTES, depth * gemm->a_bytes);
    double b = fmax(TS_SIMT_FETCH_BYTES, depth * gemm->b_bytes);
    return (struct ts_simt_scatter){
        .a_piece_bytes = gemm->a_is_transposed ? INFINITY : a / closed,
        .b_piece_bytes = gemm->b_is_transposed ? b / closed : INFINITY,
        .a_pitch_bytes = (double)gemm->k * gemm->a_bytes,
        .b_pitch_bytes = (double)gemm->k * gemm->b_bytes,
    };
}

/* From Ampere on products stream at the same rate whatever k is (Vidur, few rows: 0.77 of A100's
 * peak and 0.82 of H100's at k of 5120 and 13824 as at 8192): copies to shared memory run several
 * steps ahead and can ask the L2 for the 128 bytes around them (PTX ISA, cp.async with .L2::128B).
 */
struct ts_simt_scatter ts_simt_gemm_scatter(const struct ts_arch *arch,
                                            const struct ts_simt_gemm *gemm,
                                            const struct ts_simt_gemm_choice *choice)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    if (!arch->memory.dram || params->generation >= TS_SIMT_AMPERE) {
        return (struct ts_simt_scatter){INFINITY, INFINITY, 0.0, 0.0};
    }
    struct ts_simt_gemm walked = *gemm;
    if (gemm->layout_is_open) {
        assume_layout(arch, choice, &walked);
    }
    return scatter_walked(arch, &walked, choice);
}

void ts_simt_scatter_rows(struct ts_tile_load *load, double piece_bytes, double pitch_bytes)
{
    double bytes = load->rows * load->row_bytes;
    double pieces = floor(bytes / piece_bytes);
    if (pieces > load->rows) {
        load->rows = pieces;
        load->row_bytes = bytes / pieces;
        load->pitch_bytes = fmax(load->row_bytes, pitch_bytes);
    }
}
