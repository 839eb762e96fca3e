/* Operands that meet DRAM in pieces of a page each. */
#include "simt_internal.h"

#include <math.h>

/* cuBLAS 8's kernels on GDDR5 boards stream the long operand of skinny products at a quarter of
 * DRAM's peak, whatever its pitch (DeepBench, two Titan X: 70 to 160 GB/s of A with 16 to 64
 * columns, 90 to 200 of B with 35 rows): as if so much of it, in whole bursts, opened a page of its
 * own. Not where k is split (240 to 305 GB/s, Pascal). */
#define SCATTERED_BYTES 96.0
/* No two addresses this far apart share a page: 2 KiB in each of 48 channels. */
#define PAGES_APART_BYTES 98304.0

double ts_simt_page_piece_bytes(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                                int split_k)
{
    const struct ts_dram_spec *dram = arch->memory.dram;
    bool cublas_8 = ts_simt_params_of(arch)->library == TS_SIMT_CUBLAS_8;
    if (!cublas_8 || !dram || split_k > 1 || gemm->a_is_transposed) {
        return INFINITY;
    }
    double burst = (double)ts_dram_burst_bytes(dram);
    return ts_simt_ceil_div(SCATTERED_BYTES, burst) * burst;
}

void ts_simt_scatter(double piece_bytes, struct ts_tile_load *load)
{
    double bytes = load->rows * load->row_bytes;
    double pieces = floor(bytes / piece_bytes);
    if (pieces > load->rows) {
        load->rows = pieces;
        load->row_bytes = bytes / pieces;
        load->pitch_bytes = fmax(load->row_bytes, PAGES_APART_BYTES);
    }
}
