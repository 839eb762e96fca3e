/* Explicit im2col: windows are copied out to a matrix of columns (or, for the data gradient, added
 * back from it), and a compiled GEMM kernel (cudnn's explicit_convolve_sgemm) multiplies it.
 *
 *   forward          Y[n·p·q, k]           = columns[n·p·q, c·r·s] · W[c·r·s, k]
 *   backward data    columns[n·p·q, c·r·s] = dY[n·p·q, k] · W[k, c·r·s]
 *   backward weight  dW[c·r·s, k]          = columnsᵀ[c·r·s, n·p·q] · dY[n·p·q, k]
 */
#include "conv.h"

#include <math.h>
#include <stddef.h>

enum { SCRATCH_COLUMNS = -10 };

#define SCATTER_CHANNELS 16

static struct ts_simt_conv_kernels column_kernels(const struct ts_simt_conv *conv)
{
    struct ts_simt_conv_kernels kernels = {.lowest = 128, .narrowest = 64};
    kernels.issue = ts_simt_conv_compiled_issue(conv);
    kernels.most_splits = conv->direction == TS_CONV_WEIGHT ? TS_SIMT_WEIGHT_SPLITS : 1;
    return kernels;
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
    if (conv->direction == TS_CONV_FORWARD) {
        gemm.m = pixels, gemm.n = s->k, gemm.k = taps;
        gemm.a_tensor = SCRATCH_COLUMNS, gemm.b_tensor = conv->w_tensor,
        gemm.c_tensor = conv->y_tensor;
    } else if (conv->direction == TS_CONV_DATA) {
        gemm.m = pixels, gemm.n = taps, gemm.k = s->k;
        gemm.a_tensor = conv->y_tensor, gemm.b_tensor = conv->w_tensor,
        gemm.c_tensor = SCRATCH_COLUMNS;
        gemm.epilogue_ops_per_output = 0.0;
    } else {
        gemm.m = taps, gemm.n = s->k, gemm.k = pixels;
        gemm.a_tensor = SCRATCH_COLUMNS, gemm.b_tensor = conv->y_tensor,
        gemm.c_tensor = conv->w_tensor;
        gemm.epilogue_ops_per_output = 0.0;
    }
    gemm.b_is_weight = conv->direction != TS_CONV_WEIGHT;
    return gemm;
}

/* X to columns, or columns back to dX. */
static struct ts_simt_stream column_stream(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    double columns = (double)(s->n * s->p * s->q) * (double)(s->c * s->r * s->s);
    bool back = conv->direction == TS_CONV_DATA;
    struct ts_simt_stream_operand image = {.tensor = conv->x_tensor, .bytes = conv->x_bytes};
    struct ts_simt_stream_operand column = {.tensor = SCRATCH_COLUMNS,
                                            .bytes = columns * conv->element_bytes};
    struct ts_simt_stream stream = {.name = back ? "col2im" : "im2col", .elements = columns};
    stream.ops_per_element = back ? 1.0 : 0.0;
    stream.private_bytes = fmax(0.0, column.bytes - image.bytes);
    stream.load_count = stream.store_count = 1;
    stream.load[0] = back ? column : image;
    stream.store[0] = back ? image : column;
    return stream;
}

static bool im2col_applies(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    bool pointwise = s->r == 1 && s->s == 1 && s->stride_h == 1 && s->stride_w == 1;
    /* cuDNN's explicit GEMM is a forward algorithm; for data gradients it stands for the scattering
     * kernel, which is there for images of few channels that a tile of the gathering kernel would
     * not fill. */
    bool wanted = conv->direction == TS_CONV_FORWARD ||
                  (conv->direction == TS_CONV_DATA && s->c < SCATTER_CHANNELS);
    return s->groups == 1 && !pointwise && !conv->matrix && wanted;
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
    bool back = conv->direction == TS_CONV_DATA;
    return column_tile(conv, &gemm, &choice) &&
           (back || ts_simt_stream_phase(conv->arch, &stream, arena, plan)) &&
           ts_simt_conv_gemm_phases(conv, &gemm, &choice, arena, plan) &&
           (!back || ts_simt_stream_phase(conv->arch, &stream, arena, plan));
}

const struct ts_simt_conv_algorithm ts_simt_conv_im2col = {
    .name = "im2col",
    .reluctance = 1.0,
    .applies = im2col_applies,
    .estimate = im2col_estimate,
    .plan = im2col_plan,
};
