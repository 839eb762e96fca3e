/* Convolutions, pools and recurrent layers. */
#include "workloads/frontend/onnx/attention.h"
#include "workloads/frontend/onnx/norms.h"
#include "workloads/frontend/onnx/windows.h"

#include <string.h>

/* Inputs of the four forms of a convolution: data, weights, bias. */
struct conv_inputs {
    int x, weight, bias;
};

static struct conv_inputs inputs_of(const struct onnx_node *node)
{
    if (strcmp(node->op, "QLinearConv") == 0) {
        return (struct conv_inputs){0, 3, 8};
    }
    if (strcmp(node->op, "ConvInteger") == 0) {
        return (struct conv_inputs){0, 1, -1};
    }
    return (struct conv_inputs){0, 1, 2};
}

/* One dimension as an image of height 1; three with the depth of the window as channels, gathered
 * before (the im2col of that dimension): multiply-accumulates and weights stay what they are. */
static const char *as_image(struct onnx_import *m, const struct onnx_node *node,
                            const struct onnx_value *x, const char *tensor,
                            const struct onnx_window *w, int64_t image[4])
{
    int64_t dims[TS_MAX_RANK];
    int rank = onnx_graph_dims(x, dims), last = w->spatial - 1;
    image[0] = x->dims[0];
    image[1] = x->dims[1];
    image[2] = w->spatial > 1 ? w->in[last - 1] : 1;
    image[3] = w->in[last];
    if (w->spatial < 3) {
        return onnx_reshape(m, node, tensor, rank, dims, 4, image);
    }
    image[0] *= w->out[0];
    image[1] *= w->kernel[0];
    struct ts_node *added = onnx_add(m, node, "move", &tensor, 1);
    return added && onnx_set(m, added, "dims", image, 4) ? added->name : NULL;
}

/* Height and width of a list of one to three; `one` stands for what is not there. */
static void last_two(const int64_t *from, int spatial, int64_t one, int64_t to[2])
{
    to[0] = spatial > 1 ? from[spatial - 2] : one;
    to[1] = from[spatial - 1];
}

static bool set_window(struct onnx_import *m, struct ts_node *added, const struct onnx_window *w)
{
    int64_t kernel[2], stride[2], before[2], after[2];
    last_two(w->kernel, w->spatial, 1, kernel);
    last_two(w->stride, w->spatial, 1, stride);
    last_two(w->before, w->spatial, 0, before);
    last_two(w->after, w->spatial, 0, after);
    const int64_t pad[4] = {before[0], before[1], after[0], after[1]};
    return onnx_set(m, added, "kernel", kernel, 2) && onnx_set(m, added, "stride", stride, 2) &&
           onnx_set(m, added, "pad", pad, 4);
}

/* The convolution itself; `out` channels, `output_pad` for the transposed one. */
static bool add_conv(struct onnx_import *m, const struct onnx_node *node, const char *op,
                     const struct onnx_window *w, int64_t out, const int64_t *output_pad)
{
    struct conv_inputs at = inputs_of(node);
    struct onnx_value *x = onnx_in(m, node, at.x), *to = onnx_out(m, node, 0);
    int64_t image[4], dilation[2], shape[TS_MAX_RANK];
    const char *tensor = onnx_tensor(m, node, x);
    if (!tensor || !(tensor = as_image(m, node, x, tensor, w, image))) {
        return false;
    }
    struct ts_node *added = onnx_add(m, node, op, &tensor, 1);
    last_two(w->dilation, w->spatial, 1, dilation);
    if (!added || !set_window(m, added, w) || !onnx_set(m, added, "dilation", dilation, 2) ||
        !onnx_set_one(m, added, "out", (double)out) ||
        !onnx_set_one(m, added, "groups", (double)onnx_int(node, "group", 1)) ||
        !onnx_set_one(m, added, "bias", onnx_in(m, node, at.bias < 0 ? 99 : at.bias) != NULL) ||
        (output_pad && !onnx_set(m, added, "output_pad", output_pad, 2))) {
        return false;
    }
    onnx_share(onnx_in(m, node, at.weight), added);
    int64_t made[4] = {image[0], out, w->spatial > 1 ? w->out[w->spatial - 2] : 1,
                       w->out[w->spatial - 1]};
    to->tensor = onnx_reshape(m, node, added->name, 4, made, onnx_graph_dims(to, shape), shape);
    return to->tensor != NULL;
}

static void set_output(struct onnx_value *to, const struct onnx_value *x,
                       const struct onnx_window *w, int64_t channels)
{
    int64_t dims[TS_ONNX_MAX_RANK] = {x->dims[0], channels};
    for (int i = 0; i < w->spatial; i++) {
        dims[2 + i] = w->out[i];
    }
    onnx_set_shape(to, x->type, x->rank, dims);
}

static bool map_conv(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    struct conv_inputs at = inputs_of(node);
    struct onnx_value *x = onnx_in(m, node, at.x), *weight = onnx_in(m, node, at.weight);
    struct onnx_window w;
    int64_t groups = onnx_int(node, "group", 1);
    if (!x || !weight || !onnx_out(m, node, 0)) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs data and weights");
    }
    if (!onnx_window(m, node, x, weight, &w) || !onnx_window_outputs(m, node, &w, false)) {
        return false;
    }
    if (groups < 1 || weight->dims[1] > TS_MAX_DIM / groups ||
        weight->dims[1] * groups != x->dims[1]) {
        return onnx_error(m, node, TS_ERROR_SHAPE,
                          "its weights take %lld channels in %lld groups, its input has %lld",
                          (long long)weight->dims[1], (long long)groups, (long long)x->dims[1]);
    }
    set_output(onnx_out(m, node, 0), x, &w, weight->dims[0]);
    return add_conv(m, node, row->graph_op, &w, weight->dims[0], NULL);
}

/* out = (in − 1)·stride + output_pad + reach − pads; output_shape, where given, decides the pads.
 */
static bool map_conv_transpose(struct onnx_import *m, const struct onnx_node *node,
                               const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *weight = onnx_in(m, node, 1);
    struct onnx_window w;
    int64_t extra[ONNX_MAX_SPATIAL] = {0}, wanted[ONNX_MAX_SPATIAL], pad[2];
    int64_t groups = onnx_int(node, "group", 1);
    if (!x || !weight || !onnx_out(m, node, 0)) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs data and weights");
    }
    if (!onnx_window(m, node, x, weight, &w)) {
        return false;
    }
    if (groups < 1 || groups > TS_MAX_DIM || weight->dims[0] != x->dims[1]) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its weights do not fit its input");
    }
    bool sized = onnx_ints(node, "output_shape", wanted, ONNX_MAX_SPATIAL) == w.spatial;
    bool same = strncmp(onnx_text(node, "auto_pad", ""), "SAME", 4) == 0;
    onnx_ints(node, "output_padding", extra, ONNX_MAX_SPATIAL);
    for (int i = 0; i < w.spatial; i++) {
        int64_t full =
            (w.in[i] - 1) * w.stride[i] + (w.kernel[i] - 1) * w.dilation[i] + 1 + extra[i];
        int64_t out = sized  ? wanted[i]
                      : same ? w.in[i] * w.stride[i]
                             : full - w.before[i] - w.after[i];
        if (out < 1 || out > 1 << 24 || extra[i] < 0 || extra[i] > 65536) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "an output of %lld", (long long)out);
        }
        if (sized || same) {
            w.before[i] = full > out ? (full - out) / 2 : 0;
            w.after[i] = full > out ? full - out - w.before[i] : 0;
            extra[i] = full < out ? extra[i] + out - full : extra[i];
        }
        w.out[i] = out;
    }
    if (w.spatial > 2) {
        return onnx_estimate(m, node);
    }
    last_two(extra, w.spatial, 0, pad);
    set_output(onnx_out(m, node, 0), x, &w, weight->dims[1] * groups);
    return add_conv(m, node, row->graph_op, &w, weight->dims[1] * groups, pad);
}

static bool map_pool(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    struct onnx_window w;
    int64_t image[4], shape[TS_MAX_RANK];
    bool dilated = false;
    if (!x || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    if (!onnx_window(m, node, x, NULL, &w) ||
        !onnx_window_outputs(m, node, &w, onnx_int(node, "ceil_mode", 0))) {
        return false;
    }
    set_output(to, x, &w, x->dims[1]);
    for (int i = 1; i < node->output_count; i++) {
        if (onnx_out(m, node, i)) { /* indices of the maxima */
            onnx_set_shape(onnx_out(m, node, i), TS_ONNX_INT64, to->rank, to->dims);
        }
    }
    for (int i = 0; i < w.spatial; i++) {
        dilated |= w.dilation[i] > 1;
    }
    if (w.spatial > 2 || dilated || node->output_count > 1) {
        for (int i = 0; i < node->output_count; i++) {
            if (!onnx_general(m, node, "reduce", 1, i)) {
                return false;
            }
        }
        return true;
    }
    const char *tensor = onnx_tensor(m, node, x);
    if (!tensor || !(tensor = as_image(m, node, x, tensor, &w, image))) {
        return false;
    }
    struct ts_node *added = onnx_add(m, node, row->graph_op, &tensor, 1);
    if (!added || !set_window(m, added, &w)) {
        return false;
    }
    int64_t made[4] = {image[0], image[1], w.spatial > 1 ? w.out[0] : 1, w.out[w.spatial - 1]};
    to->tensor = onnx_reshape(m, node, added->name, 4, made, onnx_graph_dims(to, shape), shape);
    return to->tensor != NULL;
}

static bool map_global_pool(struct onnx_import *m, const struct onnx_node *node,
                            const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK];
    if (!x || !to || x->rank < 3) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its input must have channels and pixels");
    }
    for (int i = 0; i < x->rank; i++) {
        dims[i] = i < 2 ? x->dims[i] : 1;
    }
    onnx_set_shape(to, x->type, x->rank, dims);
    if (x->rank != 4) {
        return onnx_general(m, node, "reduce", 1, 0);
    }
    const char *tensor = onnx_tensor(m, node, x);
    struct ts_node *added = tensor ? onnx_add(m, node, row->graph_op, &tensor, 1) : NULL;
    to->tensor = added ? added->name : NULL;
    return added != NULL;
}

/* ------------------------------------------------------------------ recurrent layers */

/* Y[steps, directions, batch, hidden], Y_h[directions, batch, hidden], Y_c the same (layout 0). */
static void set_recurrent_shapes(struct onnx_import *m, const struct onnx_node *node,
                                 const int64_t dims[4], int type)
{
    bool batch_first = onnx_int(node, "layout", 0);
    int64_t all[4] = {dims[0], dims[1], dims[2], dims[3]}, last[3] = {dims[1], dims[2], dims[3]};
    if (batch_first) { /* Y[batch, steps, directions, hidden] */
        all[0] = dims[2], all[1] = dims[0], all[2] = dims[1];
        last[0] = dims[2], last[1] = dims[1];
    }
    for (int i = 0; i < 3; i++) {
        if (onnx_out(m, node, i)) {
            onnx_set_shape(onnx_out(m, node, i), type, i ? 3 : 4, i ? last : all);
        }
    }
}

static bool map_recurrent(struct onnx_import *m, const struct onnx_node *node,
                          const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *state = onnx_in(m, node, 2);
    bool batch_first = onnx_int(node, "layout", 0);
    int64_t dims[TS_MAX_RANK], shape[TS_MAX_RANK];
    if (!x || !state || x->rank != 3 || state->rank != 3 || onnx_elements(x) < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE,
                          "it needs an input of steps, batch and features, and weights");
    }
    int64_t directions = state->dims[0], hidden = state->dims[2];
    int64_t steps = x->dims[batch_first], batch = x->dims[!batch_first];
    if (directions < 1 || directions > 2 || hidden < 1 || hidden > 1 << 24) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "%lld directions of %lld values",
                          (long long)directions, (long long)hidden);
    }
    int64_t input[3] = {batch, steps, x->dims[2]}, made[4] = {steps, directions, batch, hidden};
    const char *tensor = onnx_tensor(m, node, x);
    int rank = onnx_graph_dims(x, dims);
    if (!tensor || !(tensor = onnx_reshape(m, node, tensor, rank, dims, 3, input))) {
        return false;
    }
    struct ts_node *added = onnx_add(m, node, row->graph_op, &tensor, 1);
    if (!added || !onnx_set_one(m, added, "hidden", (double)hidden) ||
        !onnx_set_one(m, added, "bidirectional", directions == 2) ||
        !onnx_set_one(m, added, "bias", onnx_in(m, node, 3) != NULL)) {
        return false;
    }
    const char *all = added->name;
    int64_t output[3] = {batch, steps, directions * hidden};
    set_recurrent_shapes(m, node, made, x->type);
    for (int i = 0; i < 3; i++) {
        struct onnx_value *to = onnx_out(m, node, i);
        const char *part = all;
        int64_t part_dims[3] = {batch, i ? 1 : steps, directions * hidden};
        if (!to) {
            continue;
        }
        if (i) { /* the state after the last step */
            struct ts_node *last = onnx_add(m, node, "slice", &all, 1);
            if (!last || !onnx_set_one(m, last, "axis", 1) ||
                !onnx_set_one(m, last, "start", (double)(steps - 1)) ||
                !onnx_set_one(m, last, "length", 1)) {
                return false;
            }
            part = last->name;
        }
        to->tensor = onnx_reshape(m, node, part, 3, i ? part_dims : output,
                                  onnx_graph_dims(to, shape), shape);
        if (!to->tensor) {
            return false;
        }
    }
    return true;
}

const struct onnx_operator onnx_layers[] = {
    {"Conv", map_conv, "conv", 0},
    {"ConvInteger", map_conv, "conv", 0},
    {"QLinearConv", map_conv, "conv", 0},
    {"ConvTranspose", map_conv_transpose, "conv_transpose", 0},
    {"MaxPool", map_pool, "maxpool", 0},
    {"AveragePool", map_pool, "avgpool", 0},
    {"LpPool", map_pool, "avgpool", 0},
    {"GlobalAveragePool", map_global_pool, "globalpool", 0},
    {"GlobalMaxPool", map_global_pool, "globalpool", 0},
    {"GlobalLpPool", map_global_pool, "globalpool", 0},
    {"LSTM", map_recurrent, "lstm", 0},
    {"GRU", map_recurrent, "gru", 0},
    {"RNN", map_recurrent, "rnn", 0},
    {"BatchNormalization", onnx_map_batchnorm, "batchnorm", 0},
    {"LayerNormalization", onnx_map_rownorm, "layernorm", 0},
    {"RMSNormalization", onnx_map_rownorm, "rmsnorm", 0},
    {"SimplifiedLayerNormalization", onnx_map_rownorm, "rmsnorm", 0},
    {"Attention", onnx_map_attention, NULL, 0},
    {"InstanceNormalization", onnx_map_groupnorm, NULL, 0},
    {"GroupNormalization", onnx_map_groupnorm, NULL, 0},
    {"LRN", onnx_map_lrn, "lrn", 0},
    {NULL, NULL, NULL, 0}};
