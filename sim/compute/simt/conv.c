/* Convolution: which algorithm, and the plan of the chosen one.
 *
 * cuDNN keeps several algorithms and picks the one its heuristic or a trial run finds fastest; so
 * does this file: the least estimate wins. Names of the kernels it stands for (recorded by
 * NeuSight, sitar-lab/NeuSight@6945927, on P4 to A100): scudnn_128x{32,64,128} (implicit GEMM with
 * precomputed offsets), scudnn_winograd_128x128_tile{148,228, 244,418,442} (fused F(2x2,3x3)),
 * batched sgemm between transforms (non-fused F(4x4,3x3)), explicit_convolve_sgemm (im2col).
 * docs/models/gpu-conv.md has equations and errors.
 */
#include "conv.h"

#include <math.h>
#include <stddef.h>

/* Matrix cores read 16 bytes of channels at once: channels come in multiples of that (cuDNN
 * developer guide, "Tensor Core Operations"). */
#define MATRIX_CHANNEL_BYTES 16.0

static int64_t round_up(int64_t value, int64_t granule)
{
    return (value + granule - 1) / granule * granule;
}

static enum ts_simt_conv_direction direction_of(const struct ts_kernel *kernel)
{
    const struct ts_conv_shape *s = &kernel->conv;
    int64_t out = s->k / s->groups, taps = s->c / s->groups * s->r * s->s;
    if (kernel->m == out && kernel->n == taps && kernel->pass == TS_PASS_BACKWARD_WEIGHT) {
        return TS_CONV_WEIGHT;
    }
    bool forward_fits = kernel->n == out && kernel->k == taps;
    bool data_fits = kernel->n == taps && kernel->k == out;
    /* A transposed convolution runs forward as its adjoint's backward-data pass, and back. */
    if (forward_fits && !(data_fits && kernel->pass == TS_PASS_BACKWARD_DATA)) {
        return TS_CONV_FORWARD;
    }
    return TS_CONV_DATA;
}

struct ts_simt_conv ts_simt_conv_of(const struct ts_arch *arch, const struct ts_kernel *kernel,
                                    bool matrix)
{
    struct ts_simt_conv conv = {.arch = arch, .kernel = kernel, .shape = kernel->conv};
    struct ts_conv_shape *s = &conv.shape;
    conv.direction = direction_of(kernel);
    conv.precision = kernel->precision;
    conv.matrix = matrix;
    conv.cold = true;
    conv.element_bytes = ts_precision_info(kernel->precision)->storage_bits / 8.0;
    conv.x_bytes = (double)s->n * (double)s->c * (double)s->h * (double)s->w * conv.element_bytes;
    conv.y_bytes = (double)s->n * (double)s->k * (double)s->p * (double)s->q * conv.element_bytes;
    conv.w_bytes = (double)s->k * (double)(s->c / s->groups) * (double)s->r * (double)s->s *
                   conv.element_bytes;
    const struct ts_operand *x = &kernel->a, *w = &kernel->b, *y = &kernel->c;
    if (conv.direction == TS_CONV_DATA) {
        x = &kernel->c;
        y = &kernel->a;
    } else if (conv.direction == TS_CONV_WEIGHT) {
        y = &kernel->a;
        x = &kernel->b;
        w = &kernel->c;
    }
    conv.x_tensor = x->tensor;
    conv.w_tensor = w->tensor;
    conv.y_tensor = y->tensor;
    if (matrix && s->groups == 1) {
        int64_t granule = (int64_t)fmax(1.0, MATRIX_CHANNEL_BYTES / conv.element_bytes);
        s->c = round_up(s->c, granule);
        s->k = round_up(s->k, granule);
    }
    return conv;
}

const struct ts_simt_conv_algorithm *const ts_simt_conv_algorithms[] = {
    &ts_simt_conv_implicit,          &ts_simt_conv_im2col, &ts_simt_conv_winograd_fused,
    &ts_simt_conv_winograd_nonfused, &ts_simt_conv_direct, NULL};

/* Winograd with the tile that the network asks for; without one, what the library prefers. */
static const struct ts_simt_conv_algorithm *given(const struct ts_simt_conv *conv)
{
    for (int i = 0; ts_simt_conv_algorithms[i]; i++) {
        const struct ts_simt_conv_algorithm *algorithm = ts_simt_conv_algorithms[i];
        bool asked_for = conv->kernel->winograd
                             ? algorithm->winograd == conv->kernel->winograd
                             : algorithm->preferred && algorithm->preferred(conv);
        if (asked_for && algorithm->applies(conv)) {
            return algorithm;
        }
    }
    return NULL;
}

const struct ts_simt_conv_algorithm *ts_simt_conv_choose(const struct ts_simt_conv *conv,
                                                         double *cycles)
{
    const struct ts_simt_conv_algorithm *best = given(conv);
    *cycles = best ? best->estimate(conv) : INFINITY;
    if (best) {
        return best;
    }
    bool old = ts_simt_params_of(conv->arch)->generation < TS_SIMT_VOLTA;
    for (int i = 0; ts_simt_conv_algorithms[i]; i++) {
        const struct ts_simt_conv_algorithm *algorithm = ts_simt_conv_algorithms[i];
        double estimate = algorithm->applies(conv) ? algorithm->estimate(conv) : INFINITY;
        estimate *= old ? algorithm->reluctance : 1.0;
        if (estimate < *cycles) {
            *cycles = estimate;
            best = algorithm;
        }
    }
    return best;
}

bool ts_simt_conv_gemm_phases(const struct ts_simt_conv *conv, const struct ts_simt_gemm *gemm,
                              const struct ts_simt_gemm_choice *choice, struct ts_arena *arena,
                              struct ts_plan *plan)
{
    int first = plan->phase_count;
    if (!ts_simt_gemm_phases(conv->arch, gemm, choice, arena, plan)) {
        return false;
    }
    plan->phases[first].launch_cycles = conv->arch->launch_s * conv->arch->clock_hz;
    return true;
}

bool ts_simt_plan_conv(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_plan *plan)
{
    bool matrix = ts_simt_uses_matrix(arch, kernel->precision);
    struct ts_simt_conv conv = ts_simt_conv_of(arch, kernel, matrix);
    double cycles = INFINITY;
    const struct ts_simt_conv_algorithm *algorithm = ts_simt_conv_choose(&conv, &cycles);
    /* Channels too few for the matrix path may be better off on the CUDA cores, in fp32. */
    if (matrix && arch->vector_macs_per_cycle[TS_FP32] > 0.0 &&
        !ts_simt_uses_matrix(arch, TS_FP32) &&
        ts_precision_info(kernel->precision)->storage_bits <= 32) {
        struct ts_simt_conv cores = ts_simt_conv_of(arch, kernel, false);
        cores.precision = TS_FP32;
        double core_cycles = INFINITY;
        const struct ts_simt_conv_algorithm *other = ts_simt_conv_choose(&cores, &core_cycles);
        bool is_asked_for = other && kernel->winograd && other->winograd == kernel->winograd;
        if (core_cycles < cycles || is_asked_for) {
            algorithm = other;
            conv = cores;
        }
    }
    if (!algorithm) {
        return ts_diag_error(diagnostics, TS_ERROR_PRECISION, (struct ts_place){0},
                             "no convolution kernel of '%s' computes in %s", arch->name,
                             ts_precision_info(kernel->precision)->name);
    }
    plan->algorithm = algorithm->name;
    plan->ran_on = conv.matrix ? "matrix" : "vector";
    return algorithm->plan(&conv, arena, plan);
}
