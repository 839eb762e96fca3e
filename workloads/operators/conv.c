/* Convolution and transposed convolution, NCHW, as the GEMM of im2col.
 *
 * Forward:         Y[n·p·q, k/g]        = im2col(X)[n·p·q, c/g·r·s] · W[c/g·r·s, k/g]   for each
 * group Backward data:   col[n·p·q, c/g·r·s]  = dY[n·p·q, k/g] · W[k/g, c/g·r·s], then col2im adds
 * up Backward weight: dW[k/g, c/g·r·s]     = dYᵀ[k/g, n·p·q] · im2col(X)[n·p·q, c/g·r·s] All three
 * have n·p·q·k·(c/g)·r·s multiply-accumulates, padding included, as is customary.
 */
#include "workloads/lower/winograd.h"

enum { OUT, KERNEL, STRIDE, PAD, DILATION, GROUPS, BIAS, PADDING, OUTPUT_PAD };

#define MAX_SPATIAL 65536

static const char *const paddings[] = {"explicit", "same", NULL};

static const struct ts_attribute_row conv_attributes[] = {
    {"out", TS_ATTR_INTEGER, 1, true, 0, 1, 1 << 24, NULL, "output channels"},
    {"kernel", TS_ATTR_INTEGER, 2, true, 0, 1, MAX_SPATIAL, NULL, "filter height and width"},
    {"stride", TS_ATTR_INTEGER, 2, false, 1, 1, MAX_SPATIAL, NULL, "step between windows"},
    {"pad", TS_ATTR_INTEGER, 4, false, 0, 0, MAX_SPATIAL, NULL, "zeros around the input"},
    {"dilation", TS_ATTR_INTEGER, 2, false, 1, 1, MAX_SPATIAL, NULL, "distance of filter taps"},
    {"groups", TS_ATTR_INTEGER, 1, false, 1, 1, 1 << 24, NULL,
     "independent channel groups; as many as channels = depthwise"},
    {"bias", TS_ATTR_BOOL, 1, false, 1, 0, 1, NULL, "adds a value per output channel"},
    {"padding", TS_ATTR_CHOICE, 1, false, 0, 0, 1, paddings,
     "same: zeros so that the output is input / stride, rounded up"},
    {"output_pad", TS_ATTR_INTEGER, 2, false, 0, 0, MAX_SPATIAL, NULL,
     "conv_transpose: extra rows and columns of the output"}};

/* Output length of one dimension; pads are set for padding: same. */
static int64_t window_count(const struct ts_node *node, int axis, int64_t length, int64_t *pad)
{
    int64_t kernel = ts_attribute_at(node, KERNEL, axis);
    int64_t stride = ts_attribute_at(node, STRIDE, axis);
    int64_t reach = (kernel - 1) * ts_attribute_at(node, DILATION, axis) + 1;
    if (ts_attribute_integer(node, PADDING) == 1) {
        int64_t count = (length + stride - 1) / stride;
        int64_t total = (count - 1) * stride + reach - length;
        *pad = total > 0 ? total / 2 : 0;
        return count;
    }
    *pad = ts_attribute_at(node, PAD, axis);
    int64_t padded = length + *pad + ts_attribute_at(node, PAD, axis + 2);
    return padded < reach ? 0 : (padded - reach) / stride + 1;
}

static bool check_input(struct ts_graph *graph, struct ts_node *node,
                        struct ts_diagnostics *diagnostics)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    int64_t groups = ts_attribute_integer(node, GROUPS), out = ts_attribute_integer(node, OUT);
    if (x->rank != 4) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, channels, height, width], is %s",
                             ts_tensor_shape(graph->arena, x));
    }
    if (x->dims[1] % groups || out % groups) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "%lld input and %lld output channels do not divide into %lld groups",
                             (long long)x->dims[1], (long long)out, (long long)groups);
    }
    return true;
}

static bool add_weights(struct ts_graph *graph, struct ts_node *node, int64_t rows, int64_t columns,
                        struct ts_diagnostics *diagnostics)
{
    int64_t out = ts_attribute_integer(node, OUT);
    int64_t dims[4] = {rows, columns, ts_attribute_at(node, KERNEL, 0),
                       ts_attribute_at(node, KERNEL, 1)};
    if (!ts_node_add_parameter(graph, node, "weight", true, 4, dims, diagnostics)) {
        return false;
    }
    return !ts_attribute_integer(node, BIAS) ||
           ts_node_add_parameter(graph, node, "bias", false, 1, &out, diagnostics);
}

static bool infer_conv(struct ts_graph *graph, struct ts_node *node,
                       struct ts_diagnostics *diagnostics)
{
    if (!check_input(graph, node, diagnostics)) {
        return false;
    }
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t pad, out = ts_attribute_integer(node, OUT);
    int64_t dims[4] = {x.dims[0], out, window_count(node, 0, x.dims[2], &pad),
                       window_count(node, 1, x.dims[3], &pad)};
    if (dims[2] < 1 || dims[3] < 1) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its %lldx%lld filter is larger than the padded input %s",
                             (long long)ts_attribute_at(node, KERNEL, 0),
                             (long long)ts_attribute_at(node, KERNEL, 1),
                             ts_tensor_shape(graph->arena, &x));
    }
    return add_weights(graph, node, out, x.dims[1] / ts_attribute_integer(node, GROUPS),
                       diagnostics) &&
           ts_node_add_output(graph, node, 4, dims, diagnostics);
}

static bool infer_transpose(struct ts_graph *graph, struct ts_node *node,
                            struct ts_diagnostics *diagnostics)
{
    if (!check_input(graph, node, diagnostics)) {
        return false;
    }
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t out = ts_attribute_integer(node, OUT), dims[4] = {x.dims[0], out, 0, 0};
    for (int axis = 0; axis < 2; axis++) {
        int64_t reach =
            (ts_attribute_at(node, KERNEL, axis) - 1) * ts_attribute_at(node, DILATION, axis) + 1;
        int64_t stride = ts_attribute_at(node, STRIDE, axis);
        dims[2 + axis] = (x.dims[2 + axis] - 1) * stride + reach -
                         ts_attribute_at(node, PAD, axis) - ts_attribute_at(node, PAD, axis + 2) +
                         ts_attribute_at(node, OUTPUT_PAD, axis);
        if (ts_attribute_integer(node, PADDING) == 1) {
            dims[2 + axis] = x.dims[2 + axis] * stride;
        }
    }
    return add_weights(graph, node, x.dims[1], out / ts_attribute_integer(node, GROUPS),
                       diagnostics) &&
           ts_node_add_output(graph, node, 4, dims, diagnostics);
}

/* Geometry of the convolution from `x` to `y`; of a transposed one, of its adjoint. */
static struct ts_conv_shape geometry(const struct ts_node *node, const struct ts_tensor *x,
                                     const struct ts_tensor *y)
{
    struct ts_conv_shape shape = {.n = x->dims[0],
                                  .c = x->dims[1],
                                  .h = x->dims[2],
                                  .w = x->dims[3],
                                  .k = y->dims[1],
                                  .r = ts_attribute_at(node, KERNEL, 0),
                                  .s = ts_attribute_at(node, KERNEL, 1),
                                  .p = y->dims[2],
                                  .q = y->dims[3],
                                  .stride_h = ts_attribute_at(node, STRIDE, 0),
                                  .stride_w = ts_attribute_at(node, STRIDE, 1),
                                  .dilation_h = ts_attribute_at(node, DILATION, 0),
                                  .dilation_w = ts_attribute_at(node, DILATION, 1),
                                  .groups = ts_attribute_integer(node, GROUPS)};
    window_count(node, 0, shape.h, &shape.pad_h);
    window_count(node, 1, shape.w, &shape.pad_w);
    return shape;
}

enum direction { FORWARD, DATA, WEIGHT };

/* GEMM of one pass of the convolution. */
static void emit_pass(struct ts_lowering *lowering, const struct ts_node *node, const char *suffix,
                      enum ts_pass pass, enum direction direction, struct ts_conv_shape s,
                      struct ts_operand a, struct ts_operand b, struct ts_operand c)
{
    int64_t pixels = s.n * s.p * s.q, out = s.k / s.groups, taps = s.c / s.groups * s.r * s.s;
    struct ts_gemm_dims dims = {s.groups, pixels, out, taps};
    if (direction == DATA) {
        dims = (struct ts_gemm_dims){s.groups, pixels, taps, out};
    }
    if (direction == WEIGHT) {
        dims = (struct ts_gemm_dims){s.groups, out, taps, pixels};
    }
    struct ts_kernel *kernel = ts_emit_gemm(lowering, node, suffix, pass, dims, a, b, c);
    kernel->has_conv = true;
    kernel->conv = s;
    kernel->b_is_transposed = direction == FORWARD;
    if (direction != WEIGHT) {
        kernel->structured_2_4 = lowering->graph->tensors[node->parameters[0]].structured_2_4;
    }
    if (pass == TS_PASS_FORWARD) {
        kernel->epilogue_ops_per_output = node->epilogue_ops;
    }
    if (direction != WEIGHT && node->winograd && !ts_winograd_refusal(lowering, node)) {
        kernel->winograd = node->winograd;
    }
}

static bool runs_batched(const struct ts_lowering *lowering, const struct ts_node *node)
{
    return node->winograd && lowering->winograd == TS_WINOGRAD_BATCHED &&
           !ts_winograd_refusal(lowering, node);
}

/* The bias rides in the epilogue of a fused convolution. Eager frameworks add it in place with a
 * kernel of its own (cudnnAddTensor in Torch, an add in PyTorch); a fully connected layer's they
 * hand to the matrix product. */
static void add_bias(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (node->parameter_count < 2) {
        return;
    }
    if (lowering->fuse || node->epilogue_ops > 0) {
        struct ts_kernel *last = &lowering->kernels[lowering->kernel_count - 1];
        *(last->kind == TS_KERNEL_GEMM ? &last->epilogue_ops_per_output : &last->ops_per_element) +=
            1;
        return;
    }
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "bias", TS_PASS_FORWARD,
                                              TS_VECTOR_ELEMENTWISE, y.elements, 1);
    kernel->op = "bias";
    ts_kernel_read(kernel, y);
    kernel->output = y;
}

static void lower_conv(struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_graph *graph = lowering->graph;
    struct ts_conv_shape s =
        geometry(node, ts_node_input(graph, node, 0), ts_node_output(graph, node, 0));
    struct ts_operand x = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand w = ts_lower_operand(lowering, node->parameters[0]);
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    if (runs_batched(lowering, node)) {
        struct ts_winograd_pass pass = {NULL, TS_PASS_FORWARD,   s, x, w, y, s.c, s.k, s.p,
                                        s.q,  node->epilogue_ops};
        ts_lower_winograd(lowering, node, &pass);
    } else {
        emit_pass(lowering, node, NULL, TS_PASS_FORWARD, FORWARD, s, x, w, y);
    }
    add_bias(lowering, node);
}

/* A transposed convolution forward is the backward-data pass of its adjoint. */
static void lower_transpose(struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_graph *graph = lowering->graph;
    emit_pass(lowering, node, NULL, TS_PASS_FORWARD, DATA,
              geometry(node, ts_node_output(graph, node, 0), ts_node_input(graph, node, 0)),
              ts_lower_operand(lowering, node->inputs[0]),
              ts_lower_operand(lowering, node->parameters[0]),
              ts_lower_operand(lowering, node->outputs[0]));
    add_bias(lowering, node);
}

static void backward(struct ts_lowering *lowering, const struct ts_node *node,
                     struct ts_conv_shape shape, bool transposed)
{
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    struct ts_operand x = ts_lower_operand(lowering, node->inputs[0]);
    if (node->parameter_count > 1) {
        ts_emit_bias_gradient(lowering, node, 1, dy);
    }
    if (lowering->passes & TS_PASSES_WEIGHT) {
        emit_pass(lowering, node, "backward_weight", TS_PASS_BACKWARD_WEIGHT, WEIGHT, shape,
                  transposed ? x : dy, transposed ? dy : x,
                  ts_parameter_gradient(lowering, node, 0));
    }
    if ((lowering->passes & TS_PASSES_DATA) && ts_wants_gradient(lowering, node, 0)) {
        struct ts_operand dx = ts_gradient_target(lowering, node, 0);
        struct ts_operand w = ts_lower_operand(lowering, node->parameters[0]);
        struct ts_winograd_pass pass = {"backward_data",
                                        TS_PASS_BACKWARD_DATA,
                                        shape,
                                        dy,
                                        w,
                                        dx,
                                        shape.k,
                                        shape.c,
                                        shape.h,
                                        shape.w,
                                        0};
        if (runs_batched(lowering, node)) {
            ts_lower_winograd(lowering, node, &pass);
        } else {
            emit_pass(lowering, node, "backward_data", TS_PASS_BACKWARD_DATA,
                      transposed ? FORWARD : DATA, shape, dy, w, dx);
        }
        ts_gradient_done(lowering, node, 0, dx);
    }
}

static void backward_conv(struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_graph *graph = lowering->graph;
    backward(lowering, node,
             geometry(node, ts_node_input(graph, node, 0), ts_node_output(graph, node, 0)), false);
}

static void backward_transpose(struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_graph *graph = lowering->graph;
    backward(lowering, node,
             geometry(node, ts_node_output(graph, node, 0), ts_node_input(graph, node, 0)), true);
}

const struct ts_operator ts_operator_conv = {.name = "conv",
                                             .doc = "2-D convolution, grouped or depthwise too",
                                             .attributes = conv_attributes,
                                             .attribute_count = OUTPUT_PAD,
                                             .min_inputs = 1,
                                             .max_inputs = 1,
                                             .role = TS_ROLE_GEMM,
                                             .infer = infer_conv,
                                             .lower = lower_conv,
                                             .backward = backward_conv};

const struct ts_operator ts_operator_conv_transpose = {
    .name = "conv_transpose",
    .doc = "transposed 2-D convolution (upsampling)",
    .attributes = conv_attributes,
    .attribute_count = OUTPUT_PAD + 1,
    .min_inputs = 1,
    .max_inputs = 1,
    .role = TS_ROLE_GEMM,
    .infer = infer_transpose,
    .lower = lower_transpose,
    .backward = backward_transpose};
