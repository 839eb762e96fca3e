/* Explicit im2col: windows are copied out to a matrix of columns, and a compiled GEMM kernel
 * (cuDNN's explicit_convolve_sgemm, a forward algorithm) multiplies it.
 *
 *   Y[n·p·q, k] = columns[n·p·q, c·r·s] · W[c·r·s, k]
 */
#include "conv.h"

#include <math.h>
#include <stddef.h>

enum { SCRATCH_COLUMNS = -10 };

static struct ts_simt_conv_kernels column_kernels(const struct ts_simt_conv *conv)
{
    return (struct ts_simt_conv_kernels){
        .sets = TS_CONV_SET_COLUMNS, .issue = ts_simt_conv_compiled_issue(conv), .most_splits = 1};
}

static bool column_tile(const struct ts_simt_conv *conv, const struct ts_simt_gemm *gemm,
                        struct ts_simt_gemm_choice *choice)
{
    struct ts_simt_conv_kernels kernels = column_kernels(conv);
    return ts_simt_conv_tile(conv->arch, gemm, &kernels, choice);
}

static struct ts_simt_gemm column_gemm(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    int64_t pixels = s->n * s->p * s->q, taps = s->c * s->r * s->s;
    struct ts_simt_gemm gemm = ts_simt_conv_common_gemm(conv);
    gemm.step_overhead_cycles = 0.0;
    gemm.m = pixels, gemm.n = s->k, gemm.k = taps;
    gemm.a_tensor = SCRATCH_COLUMNS;
    gemm.b_tensor = conv->w_tensor;
    gemm.c_tensor = conv->y_tensor;
    gemm.b_is_weight = true;
    return gemm;
}

static struct ts_simt_stream column_stream(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    double columns = (double)(s->n * s->p * s->q) * (double)(s->c * s->r * s->s);
    struct ts_simt_stream stream = {
        .name = "im2col", .elements = columns, .load_count = 1, .store_count = 1};
    stream.load[0] =
        (struct ts_simt_stream_operand){.tensor = conv->x_tensor, .bytes = conv->x_bytes};
    stream.store[0] = (struct ts_simt_stream_operand){.tensor = SCRATCH_COLUMNS,
                                                      .bytes = columns * conv->element_bytes};
    stream.private_bytes = fmax(0.0, stream.store[0].bytes - conv->x_bytes);
    return stream;
}

static bool im2col_applies(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    bool pointwise = s->r == 1 && s->s == 1 && s->stride_h == 1 && s->stride_w == 1;
    return s->groups == 1 && !pointwise && !conv->matrix && conv->direction == TS_CONV_FORWARD;
}

static double im2col_estimate(const struct ts_simt_conv *conv)
{
    struct ts_simt_gemm gemm = column_gemm(conv);
    struct ts_simt_stream stream = column_stream(conv);
    struct ts_simt_gemm_choice choice;
    if (!column_tile(conv, &gemm, &choice)) {
        return INFINITY;
    }
    return ts_simt_stream_estimate(conv->arch, &stream) + choice.estimated_cycles +
           conv->arch->launch_s * conv->arch->clock_hz;
}

static bool im2col_plan(const struct ts_simt_conv *conv, struct ts_arena *arena,
                        struct ts_plan *plan)
{
    struct ts_simt_gemm gemm = column_gemm(conv);
    struct ts_simt_stream stream = column_stream(conv);
    struct ts_simt_gemm_choice choice;
    return column_tile(conv, &gemm, &choice) &&
           ts_simt_stream_phase(conv->arch, &stream, arena, plan) &&
           ts_simt_conv_gemm_phases(conv, &gemm, &choice, arena, plan);
}

const struct ts_simt_conv_algorithm ts_simt_conv_im2col = {
    .name = "im2col",
    .reluctance = 1.0,
    .applies = im2col_applies,
    .estimate = im2col_estimate,
    .plan = im2col_plan,
};
