/* Direct convolution of depthwise layers: one input channel a filter leaves no GEMM, so each thread
 * sums its window on the CUDA cores, inputs shared through the L1.
 */
#include "conv.h"

#include <math.h>

static bool direct_applies(const struct ts_simt_conv *conv)
{
    return conv->shape.groups > 1 && conv->shape.c == conv->shape.groups;
}

static struct ts_simt_stream direct_stream(const struct ts_simt_conv *conv)
{
    const struct ts_conv_shape *s = &conv->shape;
    struct ts_simt_stream_operand x = {.tensor = conv->x_tensor, .bytes = conv->x_bytes};
    struct ts_simt_stream_operand y = {.tensor = conv->y_tensor, .bytes = conv->y_bytes};
    struct ts_simt_stream_operand w = {.tensor = conv->w_tensor, .bytes = conv->w_bytes};
    double outputs = (double)s->n * (double)s->k * (double)s->p * (double)s->q;
    double taps = (double)s->r * (double)s->s;
    struct ts_simt_stream stream = {.name = "direct", .elements = outputs};
    /* A multiply-add a tap, and for every second one the address or bounds check that was not
     * unrolled away. */
    stream.ops_per_element = 1.5 * taps;
    stream.load_count = 2;
    stream.store_count = 1;
    stream.load[0] = conv->direction == TS_CONV_DATA ? y : x;
    stream.load[1] = conv->direction == TS_CONV_WEIGHT ? y : w;
    stream.load[1].is_weight = conv->direction != TS_CONV_WEIGHT;
    stream.store[0] = conv->direction == TS_CONV_FORWARD ? y
                      : conv->direction == TS_CONV_DATA  ? x
                                                         : w;
    double windows = outputs * taps * conv->element_bytes;
    stream.private_bytes = fmax(0.0, windows - stream.load[0].bytes);
    return stream;
}

static double direct_estimate(const struct ts_simt_conv *conv)
{
    struct ts_simt_stream stream = direct_stream(conv);
    return ts_simt_stream_estimate(conv->arch, &stream);
}

static bool direct_plan(const struct ts_simt_conv *conv, struct ts_arena *arena,
                        struct ts_plan *plan)
{
    struct ts_simt_stream stream = direct_stream(conv);
    if (!ts_simt_stream_phase(conv->arch, &stream, arena, plan)) {
        return false;
    }
    struct ts_phase_counters *counters = &plan->phases[plan->phase_count - 1].counters;
    counters->macs = conv->kernel->macs;
    counters->vector_ops -= conv->kernel->macs;
    plan->executed_macs = conv->kernel->macs;
    plan->ran_on = "vector";
    return true;
}

const struct ts_simt_conv_algorithm ts_simt_conv_direct = {
    .name = "direct",
    .reluctance = 1.0,
    .applies = direct_applies,
    .estimate = direct_estimate,
    .plan = direct_plan,
};
