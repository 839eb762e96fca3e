/* Winograd convolution of 3×3 windows (Lavin and Gray, "Fast algorithms for convolutional neural
 * networks", CVPR 2016): F(m×m,3×3) turns the 9m² multiplications of an m×m output tile and channel
 * into (m+2)². What its two forms, fused F(2×2) and non-fused F(4×4), have in common.
 */
#ifndef TESSERA_SIM_COMPUTE_SIMT_CONV_WINOGRAD_H
#define TESSERA_SIM_COMPUTE_SIMT_CONV_WINOGRAD_H

#include "conv.h"

/* Below the ids the GEMM planner uses for its own scratch. */
enum { SCRATCH_INPUT = -12, SCRATCH_FILTER = -13, SCRATCH_PRODUCT = -14 };

/* The pass seen as a convolution from `in` to `out` channels and out_h × out_w pixels. */
struct ts_simt_window_pass {
    int64_t n, in, out, h, w;
    double in_bytes, out_bytes;
    int32_t in_tensor, out_tensor;
};

struct ts_simt_window_pass ts_simt_window_pass_of(const struct ts_simt_conv *conv);

/* 3×3 at stride one, in floats on the CUDA cores. */
bool ts_simt_square_windows(const struct ts_simt_conv *conv);

/* Filters to `points` values each of nine, or back for the weight gradient. */
struct ts_simt_stream ts_simt_winograd_filters(const struct ts_simt_conv *conv, double points,
                                               double adds);

#endif
