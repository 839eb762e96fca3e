/* Convolution as an implicit GEMM: operands are gathered while they are loaded.
 *
 *   forward          Y[n·p·q, k]     = im2col(X)[n·p·q, c·r·s] · W[c·r·s, k]
 *   backward data    dX[n·h·w, c]    = windows(dY)[n·h·w, k·r·s] · W[k·r·s, c]
 *   backward weight  dW[c·r·s, k]    = im2col(X)ᵀ[c·r·s, n·p·q] · dY[n·p·q, k]
 *
 * With a stride, a pixel of dX meets r·s/stride² taps only, and kernels from Volta on group pixels
 * so that no work is spent on the others. Those before, and all for images of few channels, work
 * the other way round (cuDNN's CUDNN_CONVOLUTION_BWD_DATA_ALGO_0): dX is zeroed, and the product
 *
 *   windows[c·r·s, n·p·q] = Wᵀ[c·r·s, k] · dY[k, n·p·q]
 *
 * is added to it atomically. Two kinds of CUDA-core kernel do the work: assembled ones
 * (scudnn_128x*) for the common cases, and compiled templates (cudnn::detail::dgrad_engine,
 * wgrad_alg0_engine, explicit_convolve_sgemm) for the rest, which reach about half the arithmetic
 * rate: Lavin, "maxDNN" (arXiv:1501.06633), measures 32 to 57 % for them on Maxwell against 93 to
 * 96 % assembled. Volta's separate integer lanes take part of their addressing off the multiply-add
 * pipe.
 */
#include "conv.h"

#include <math.h>
#include <stddef.h>

/* Half of a 32-byte sector is lost to a stride of two, and so on up to the whole. */
#define SECTOR_BYTES 32.0
/* Matrix kernels, cycles a step: for each 16-byte piece (two a thread of a 128×32 operand) an
 * address of about a dozen instructions, and as many for the tap and its bounds when there is a
 * window. */
#define MATRIX_ADDRESS_CYCLES 60.0
#define MATRIX_WINDOW_CYCLES 60.0
/* Backward weight runs along pixels, which are contiguous in both operands: both pass through
 * registers and are transposed into shared memory. */
#define TRANSPOSE_STEP_CYCLES 60.0
/* Backward weight pads the pixels of an image to two 8-deep steps (DeepBench, 7×7 against 14×14
 * pixels on P100 and both Titan X). */
#define PIXEL_STEP 16
/* Weight gradients of 1×1 windows at stride one are products of plain matrices: before Volta they
 * issue half of what compiled kernels issue (DeepBench, P100 and both Titan X). */
#define PLAIN_ISSUE 0.5
/* Images with fewer channels don't fill a tile of a gathering data gradient. */
#define SCATTER_CHANNELS 16
/* An atomic addition reads a sector and writes it. */
#define SCATTER_PASSES 2.0
/* Pixels of an image go to tiles in steps of eight. */
#define SCATTER_STEP 8

enum { SCRATCH_SUMS = -11 };

static bool strided(const struct ts_conv_shape *s)
{
    return s->stride_h > 1 || s->stride_w > 1;
}

static bool scatters(const struct ts_simt_conv *conv)
{
    bool old = ts_simt_params_of(conv->arch)->generation < TS_SIMT_VOLTA;
    return conv->direction == TS_CONV_DATA && !conv->matrix &&
           ((old && strided(&conv->shape)) || conv->shape.c < SCATTER_CHANNELS);
}

/* Elements of X a window pass touches, over those it uses: rows and columns no window meets are
 * left out, except where a sector brings them along. */
static double touched_elements(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    double rows = fmin((double)s->h, (double)(s->p * s->r));
    double columns = fmin((double)s->w, (double)(s->q * s->s));
    /* Channels are contiguous on the matrix path, pixels of a row on the other. */
    if (!conv->matrix) {
        double apart = (double)s->stride_w * conv->element_bytes;
        double waste = fmin((double)s->stride_w, SECTOR_BYTES / fmin(SECTOR_BYTES, apart));
        columns = fmin((double)s->w, columns * fmax(1.0, waste));
    }
    return (double)s->n * (double)s->c * rows * columns;
}

double ts_simt_conv_compiled_issue(const struct ts_simt_conv *conv)
{
    return ts_simt_hides_integers(conv->arch) ? 0.5 : 0.8;
}

/* Which CUDA-core kernels a pass has. */
static struct ts_simt_conv_kernels implicit_kernels(const struct ts_simt_conv *conv)
{
    const struct ts_simt_params *params = ts_simt_params_of(conv->arch);
    bool old = params->generation < TS_SIMT_VOLTA;
    struct ts_simt_conv_kernels kernels = {
        .sets = TS_CONV_SET_FORWARD, .most_splits = 1, .widest_first = old};
    kernels.issue = ts_simt_conv_compiled_issue(conv);
    if (conv->direction == TS_CONV_WEIGHT) {
        bool pointwise = conv->shape.r == 1 && conv->shape.s == 1;
        bool wide = params->library == TS_SIMT_CUBLAS_8;
        kernels.sets = !pointwise ? TS_CONV_SET_WEIGHT | (wide ? 0 : TS_CONV_SET_SMALL)
                       : wide     ? TS_CONV_SET_WIDE
                                  : TS_CONV_SET_POINTWISE;
        kernels.issue *= old && pointwise && !strided(&conv->shape) ? PLAIN_ISSUE : 1.0;
        kernels.most_splits = TS_SIMT_WEIGHT_SPLITS;
        kernels.widest_first = false;
    } else if (scatters(conv)) {
        kernels.sets = TS_CONV_SET_SCATTER;
        kernels.widest_first = false;
    } else if (conv->direction == TS_CONV_DATA) {
        kernels.sets = strided(&conv->shape) ? TS_CONV_SET_STRIDED : TS_CONV_SET_DATA;
    }
    return kernels;
}

static double matrix_gather_cycles(const struct ts_simt_conv *conv)
{
    bool window = conv->shape.r * conv->shape.s > 1 && conv->direction != TS_CONV_WEIGHT;
    return MATRIX_ADDRESS_CYCLES + (window ? MATRIX_WINDOW_CYCLES : 0.0);
}

struct ts_simt_gemm ts_simt_conv_common_gemm(const struct ts_simt_conv *conv)
{
    return (struct ts_simt_gemm){
        .batch = conv->shape.groups,
        .precision = conv->precision,
        .a_bytes = conv->element_bytes,
        .b_bytes = conv->element_bytes,
        .c_bytes = conv->element_bytes,
        .a_is_transposed = true,
        .a_unique = 1.0,
        .step_overhead_cycles = conv->matrix ? matrix_gather_cycles(conv) : 0.0,
        .structured_2_4 = conv->kernel->structured_2_4,
        .epilogue_ops_per_output = conv->kernel->epilogue_ops_per_output,
    };
}

static struct ts_simt_gemm forward_gemm(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    struct ts_simt_gemm gemm = ts_simt_conv_common_gemm(conv);
    gemm.m = s->n * s->p * s->q;
    gemm.n = s->k / s->groups;
    gemm.k = s->c / s->groups * s->r * s->s;
    gemm.a_tensor = conv->x_tensor;
    gemm.b_tensor = conv->w_tensor;
    gemm.c_tensor = conv->y_tensor;
    gemm.b_is_weight = true;
    gemm.b_is_transposed = true;
    double view = (double)s->groups * (double)gemm.m * (double)gemm.k;
    gemm.a_unique = touched_elements(conv) / view;
    return gemm;
}

/* Pixels of dX along one axis that any window covers, and taps that meet each. */
static void covered_axis(int64_t length, int64_t windows, int64_t taps, int64_t stride,
                         double *pixels, double *taps_each)
{
    bool all = taps >= stride;
    *pixels = all ? (double)length : fmin((double)length, (double)(windows * taps));
    *taps_each = all ? (double)taps / (double)stride : 1.0;
}

static bool covers_all(const struct ts_conv_shape *s)
{
    return s->r >= s->stride_h && s->s >= s->stride_w;
}

static double sectors_apart(const struct ts_simt_conv *conv)
{
    return fmin((double)conv->shape.stride_w, SECTOR_BYTES / conv->element_bytes);
}

/* Each window's outputs meet pixels that others meet too: the cache takes all of them, memory the
 * pixels. */
static struct ts_simt_gemm scatter_gemm(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    double rows, columns, taps_h, taps_w;
    covered_axis(s->h, s->p, s->r, s->stride_h, &rows, &taps_h);
    covered_axis(s->w, s->q, s->s, s->stride_w, &columns, &taps_w);
    struct ts_simt_gemm gemm = ts_simt_conv_common_gemm(conv);
    gemm.m = s->c / s->groups * s->r * s->s;
    gemm.n = s->n * ((s->p * s->q + SCATTER_STEP - 1) / SCATTER_STEP * SCATTER_STEP);
    gemm.k = s->k / s->groups;
    gemm.a_tensor = conv->w_tensor;
    gemm.b_tensor = conv->y_tensor;
    gemm.c_tensor = conv->x_tensor;
    double outputs = (double)gemm.m * (double)gemm.n * (double)s->groups;
    double pixels = (double)s->n * (double)s->c * rows * columns * sectors_apart(conv);
    gemm.c_bytes *= SCATTER_PASSES * fmin(sectors_apart(conv), pixels / outputs);
    return gemm;
}

static struct ts_simt_gemm data_gemm(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    double rows, columns, taps_h, taps_w;
    covered_axis(s->h, s->p, s->r, s->stride_h, &rows, &taps_h);
    covered_axis(s->w, s->q, s->s, s->stride_w, &columns, &taps_w);
    struct ts_simt_gemm gemm = ts_simt_conv_common_gemm(conv);
    gemm.m = (int64_t)((double)s->n * rows * columns);
    gemm.n = s->c / s->groups;
    gemm.k = (int64_t)ceil((double)(s->k / s->groups) * taps_h * taps_w);
    gemm.a_tensor = conv->y_tensor;
    gemm.b_tensor = conv->w_tensor;
    gemm.c_tensor = conv->x_tensor;
    gemm.b_is_weight = true;
    double view = (double)s->groups * (double)gemm.m * (double)gemm.k * conv->element_bytes;
    gemm.a_unique = fmin(1.0, conv->y_bytes / view);
    if (!covers_all(s) && !conv->matrix) {
        gemm.c_bytes *= sectors_apart(conv);
    }
    return gemm;
}

static struct ts_simt_gemm weight_gemm(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    struct ts_simt_gemm gemm = ts_simt_conv_common_gemm(conv);
    int64_t pixels = (s->p * s->q + PIXEL_STEP - 1) / PIXEL_STEP * PIXEL_STEP;
    gemm.m = s->c / s->groups * s->r * s->s;
    gemm.n = s->k / s->groups;
    gemm.k = s->n * pixels;
    gemm.a_tensor = conv->x_tensor;
    gemm.b_tensor = conv->y_tensor;
    gemm.c_tensor = conv->w_tensor;
    double view = (double)s->groups * (double)gemm.m * (double)gemm.k;
    gemm.a_unique = touched_elements(conv) / view;
    gemm.epilogue_ops_per_output = 0.0;
    if (!conv->matrix) {
        gemm.step_overhead_cycles = TRANSPOSE_STEP_CYCLES;
    }
    return gemm;
}

static struct ts_simt_gemm implicit_gemm(const struct ts_simt_conv *conv)
{
    return conv->direction == TS_CONV_FORWARD ? forward_gemm(conv)
           : scatters(conv)                   ? scatter_gemm(conv)
           : conv->direction == TS_CONV_DATA  ? data_gemm(conv)
                                              : weight_gemm(conv);
}

static bool implicit_tile(const struct ts_simt_conv *conv, const struct ts_simt_gemm *gemm,
                          struct ts_simt_gemm_choice *choice)
{
    struct ts_simt_conv_kernels kernels = implicit_kernels(conv);
    return ts_simt_conv_tile(conv->arch, gemm, &kernels, choice);
}

/* Matrix kernels of Volta and Turing are written for a window at stride one
 * (Volta_hmma_implicit_gemm_fprop_fp32_nhwc_128x128x64x1_1x3x3x0x1) or take the taps' offsets from
 * a table, as all on the CUDA cores do (volta_fp16_s884cudnn_fp16_*_exp_*). */
static bool needs_offsets(const struct ts_simt_conv *conv)
{
    bool volta = ts_simt_params_of(conv->arch)->generation < TS_SIMT_AMPERE;
    return !conv->matrix || (volta && conv->direction == TS_CONV_FORWARD && strided(&conv->shape));
}

/* The table is computed by a small kernel first (cudnn::gemm::computeOffsetsKernel). */
static struct ts_simt_stream offsets_stream(const struct ts_simt_gemm *gemm)
{
    struct ts_simt_stream stream = {.name = "offsets", .elements = (double)gemm->k};
    stream.ops_per_element = 10.0; /* divisions by r, s and c */
    return stream;
}

/* Pixels no window covers are zeroed first, or all that windows are added to
 * (cudnn::ops::scalePackedTensor_kernel). */
static struct ts_simt_stream zero_stream(const struct ts_simt_conv *conv)
{
    struct ts_simt_stream stream = {.name = "zero_fill", .store_count = 1};
    stream.elements = conv->x_bytes / conv->element_bytes;
    stream.store[0] =
        (struct ts_simt_stream_operand){.tensor = conv->x_tensor, .bytes = conv->x_bytes};
    return stream;
}

static bool needs_zeros(const struct ts_simt_conv *conv)
{
    return conv->direction == TS_CONV_DATA && (scatters(conv) || !covers_all(&conv->shape));
}

/* Small kernels around the matrix-core ones: a data gradient reads filters with channels and
 * filters swapped; a weight gradient adds its parts to zeroed fp32 sums, which are converted at the
 * end. */
static struct ts_simt_stream filter_pass(const struct ts_simt_conv *conv, const char *name,
                                         double read_bytes, double written_bytes)
{
    struct ts_simt_stream stream = {.name = name};
    bool sums = conv->direction == TS_CONV_WEIGHT;
    stream.elements = conv->w_bytes / conv->element_bytes;
    if (read_bytes > 0.0) {
        stream.load[stream.load_count++] =
            (struct ts_simt_stream_operand){.tensor = sums ? SCRATCH_SUMS : conv->w_tensor,
                                            .is_weight = !sums,
                                            .bytes = stream.elements * read_bytes};
    }
    stream.store[stream.store_count++] = (struct ts_simt_stream_operand){
        .tensor = sums && read_bytes > 0.0 ? conv->w_tensor : SCRATCH_SUMS,
        .bytes = stream.elements * written_bytes};
    return stream;
}

/* Streams before and after the implicit GEMM. */
struct around {
    struct ts_simt_stream before[2], after;
    int before_count, after_count;
};

static struct around around_implicit(const struct ts_simt_conv *conv,
                                     const struct ts_simt_gemm *gemm, int split_k)
{
    struct around around = {0};
    if (needs_offsets(conv)) {
        around.before[around.before_count++] = offsets_stream(gemm);
    } else if (conv->direction == TS_CONV_DATA) {
        around.before[around.before_count++] =
            filter_pass(conv, "swap_filters", conv->element_bytes, conv->element_bytes);
    } else if (conv->direction == TS_CONV_WEIGHT && split_k > 1) {
        around.before[around.before_count++] = filter_pass(conv, "zero_fill", 0.0, 4.0);
        around.after = filter_pass(conv, "convert", 4.0, conv->element_bytes);
        around.after_count = 1;
    }
    if (needs_zeros(conv)) {
        around.before[around.before_count++] = zero_stream(conv);
    }
    return around;
}

static bool implicit_applies(const struct ts_simt_conv *conv)
{
    return conv->shape.groups == 1 || conv->shape.c / conv->shape.groups > 1;
}

static double implicit_estimate(const struct ts_simt_conv *conv)
{
    struct ts_simt_gemm gemm = implicit_gemm(conv);
    struct ts_simt_gemm_choice choice;
    if (!implicit_tile(conv, &gemm, &choice)) {
        return INFINITY;
    }
    struct around around = around_implicit(conv, &gemm, choice.split_k);
    double cycles = choice.estimated_cycles + conv->arch->launch_s * conv->arch->clock_hz;
    for (int i = 0; i < around.before_count; i++) {
        cycles += ts_simt_stream_estimate(conv->arch, &around.before[i]);
    }
    if (around.after_count) {
        cycles += ts_simt_stream_estimate(conv->arch, &around.after);
    }
    return cycles;
}

static bool implicit_plan(const struct ts_simt_conv *conv, struct ts_arena *arena,
                          struct ts_plan *plan)
{
    struct ts_simt_gemm gemm = implicit_gemm(conv);
    struct ts_simt_gemm_choice choice;
    if (!implicit_tile(conv, &gemm, &choice)) {
        return false;
    }
    struct around around = around_implicit(conv, &gemm, choice.split_k);
    for (int i = 0; i < around.before_count; i++) {
        if (!ts_simt_stream_phase(conv->arch, &around.before[i], arena, plan)) {
            return false;
        }
    }
    return ts_simt_conv_gemm_phases(conv, &gemm, &choice, arena, plan) &&
           (!around.after_count || ts_simt_stream_phase(conv->arch, &around.after, arena, plan));
}

const struct ts_simt_conv_algorithm ts_simt_conv_implicit = {
    .name = "implicit_gemm",
    .reluctance = 1.0,
    .applies = implicit_applies,
    .estimate = implicit_estimate,
    .plan = implicit_plan,
};
