/* Pooling: maximum or mean over windows, or over the whole image. */
#include "workloads/lower/lower.h"

enum { KERNEL, STRIDE, PAD, CEIL };

static const struct ts_attribute_row attributes[] = {
    {"kernel", TS_ATTR_INTEGER, 2, true, 0, 1, 65536, NULL, "window height and width"},
    {"stride", TS_ATTR_INTEGER, 2, false, 1, 1, 65536, NULL, "step between windows"},
    {"pad", TS_ATTR_INTEGER, 4, false, 0, 0, 65536, NULL, "border around the input"},
    {"ceil", TS_ATTR_BOOL, 1, false, 0, 0, 1, NULL, "a last partial window counts"}};

static bool check_image(struct ts_graph *graph, struct ts_node *node,
                        struct ts_diagnostics *diagnostics)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    if (x->rank == 4) {
        return true;
    }
    return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                         "its input must be [batch, channels, height, width], is %s",
                         ts_tensor_shape(graph->arena, x));
}

static bool infer_window(struct ts_graph *graph, struct ts_node *node,
                         struct ts_diagnostics *diagnostics)
{
    if (!check_image(graph, node, diagnostics)) {
        return false;
    }
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t dims[4] = {x.dims[0], x.dims[1], 0, 0};
    for (int axis = 0; axis < 2; axis++) {
        int64_t kernel = ts_attribute_at(node, KERNEL, axis);
        int64_t stride = ts_attribute_at(node, STRIDE, axis);
        int64_t padded = x.dims[2 + axis] + ts_attribute_at(node, PAD, axis) +
                         ts_attribute_at(node, PAD, axis + 2);
        int64_t rest = padded - kernel;
        if (rest < 0) {
            return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                                 "its window is larger than the padded input %s",
                                 ts_tensor_shape(graph->arena, &x));
        }
        if (ts_attribute_integer(node, CEIL)) {
            rest += stride - 1;
        }
        dims[2 + axis] = rest / stride + 1;
    }
    return ts_node_add_output(graph, node, 4, dims, diagnostics);
}

static bool infer_global(struct ts_graph *graph, struct ts_node *node,
                         struct ts_diagnostics *diagnostics)
{
    if (!check_image(graph, node, diagnostics)) {
        return false;
    }
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t dims[4] = {x.dims[0], x.dims[1], 1, 1};
    return ts_node_add_output(graph, node, 4, dims, diagnostics);
}

static double window(const struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(lowering->graph, node, 0);
    if (node->op == &ts_operator_globalpool) {
        return (double)(x->dims[2] * x->dims[3]);
    }
    return (double)(ts_attribute_at(node, KERNEL, 0) * ts_attribute_at(node, KERNEL, 1));
}

static void lower_pool(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, TS_VECTOR_POOL, y.elements,
                       window(lowering, node) + node->epilogue_ops);
    kernel->row_elements = window(lowering, node);
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
    kernel->output = y;
}

/* The maximum's gradient goes to where it came from: input and output are compared again, as
 * library kernels do; the mean's needs the gradient only. */
static void backward_pool(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand x = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    double work = window(lowering, node) * dy.elements / x.elements;
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_POOL, x.elements, work > 1 ? work : 1);
    kernel->row_elements = window(lowering, node);
    ts_kernel_read(kernel, dy);
    if (node->op == &ts_operator_maxpool) {
        ts_kernel_read(kernel, x);
        ts_kernel_read(kernel, ts_lower_operand(lowering, node->outputs[0]));
    }
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

const struct ts_operator ts_operator_maxpool = {.name = "maxpool",
                                                .doc = "maximum over windows",
                                                .attributes = attributes,
                                                .attribute_count = CEIL + 1,
                                                .min_inputs = 1,
                                                .max_inputs = 1,
                                                .infer = infer_window,
                                                .lower = lower_pool,
                                                .backward = backward_pool};

const struct ts_operator ts_operator_avgpool = {.name = "avgpool",
                                                .doc = "mean over windows",
                                                .attributes = attributes,
                                                .attribute_count = CEIL + 1,
                                                .min_inputs = 1,
                                                .max_inputs = 1,
                                                .infer = infer_window,
                                                .lower = lower_pool,
                                                .backward = backward_pool};

const struct ts_operator ts_operator_globalpool = {.name = "globalpool",
                                                   .doc = "mean over height and width",
                                                   .min_inputs = 1,
                                                   .max_inputs = 1,
                                                   .infer = infer_global,
                                                   .lower = lower_pool,
                                                   .backward = backward_pool};
