/* Normalisation: over the batch, over a row, over neighbouring channels; softmax and loss. */
#include "workloads/lower/lower.h"

/* Operations on one element: mean and variance take 3 (add, multiply-add), scaling 4 (subtract,
 * multiply by 1/sigma, scale, shift). */
enum { STATISTICS_OPS = 3, SCALE_OPS = 4 };

static bool infer_scaled(struct ts_graph *graph, struct ts_node *node, int64_t features,
                         bool with_shift, struct ts_diagnostics *diagnostics)
{
    return ts_node_add_parameter(graph, node, "scale", false, 1, &features, diagnostics) &&
           (!with_shift ||
            ts_node_add_parameter(graph, node, "shift", false, 1, &features, diagnostics)) &&
           ts_infer_same(graph, node, diagnostics);
}

static bool infer_batchnorm(struct ts_graph *graph, struct ts_node *node,
                            struct ts_diagnostics *diagnostics)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    if (x->rank < 2) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, channels, ...], is %s",
                             ts_tensor_shape(graph->arena, x));
    }
    return infer_scaled(graph, node, x->dims[1], true, diagnostics);
}

static bool infer_rownorm(struct ts_graph *graph, struct ts_node *node,
                          struct ts_diagnostics *diagnostics)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    return infer_scaled(graph, node, x->dims[x->rank - 1], node->op == &ts_operator_layernorm,
                        diagnostics);
}

/* Elements that share one mean: a channel of the whole batch, or the last dimension. */
static double row_of(const struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(lowering->graph, node, 0);
    if (node->op == &ts_operator_batchnorm) {
        return ts_tensor_elements(x) / (double)x->dims[1];
    }
    return (double)x->dims[x->rank - 1];
}

static void emit_forward(struct ts_lowering *lowering, const struct ts_node *node,
                         enum ts_vector_class class, double ops, double row)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, class,
                                              y.elements, ops + node->epilogue_ops);
    kernel->row_elements = row;
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
    kernel->output = y;
}

/* With fixed statistics batch normalisation is one multiply-add on each element. */
static void lower_batchnorm(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (lowering->training_mode) {
        emit_forward(lowering, node, TS_VECTOR_NORMALIZE, STATISTICS_OPS + SCALE_OPS,
                     row_of(lowering, node));
    } else {
        emit_forward(lowering, node, TS_VECTOR_ELEMENTWISE, 2, 1);
    }
}

static void lower_rownorm(struct ts_lowering *lowering, const struct ts_node *node)
{
    emit_forward(lowering, node, TS_VECTOR_NORMALIZE, STATISTICS_OPS + SCALE_OPS,
                 row_of(lowering, node));
}

/* One kernel reads x and dY, sums both over the row for dscale and dshift, then writes dX. */
static void backward_norm(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->parameter_count; i++) {
        ts_parameter_gradient(lowering, node, i);
    }
    struct ts_operand x = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA, TS_VECTOR_NORMALIZE,
                       x.elements, 2 * (STATISTICS_OPS + SCALE_OPS));
    kernel->row_elements = row_of(lowering, node);
    ts_kernel_read(kernel, x);
    ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
    kernel->output = dx;
    if (ts_wants_gradient(lowering, node, 0)) {
        ts_gradient_done(lowering, node, 0, dx);
    }
}

/* ---- local response normalisation ---- */

enum { LRN_SIZE };

static const struct ts_attribute_row lrn_attributes[] = {
    {"size", TS_ATTR_INTEGER, 1, false, 5, 1, 1024, NULL, "channels summed"}};

/* Square, windowed sum, power, divide. */
static void lower_lrn(struct ts_lowering *lowering, const struct ts_node *node)
{
    emit_forward(lowering, node, TS_VECTOR_POOL, (double)ts_attribute_integer(node, LRN_SIZE) + 4,
                 (double)ts_attribute_integer(node, LRN_SIZE));
}

static void backward_lrn(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand x = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    double size = (double)ts_attribute_integer(node, LRN_SIZE);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_POOL, x.elements, 2 * size + 6);
    kernel->row_elements = size;
    ts_kernel_read(kernel, x);
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->outputs[0]));
    ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

/* ---- softmax and loss ---- */

/* Compare, subtract, exponential, add, divide. */
enum { SOFTMAX_OPS = 5 };

static void lower_softmax(struct ts_lowering *lowering, const struct ts_node *node)
{
    emit_forward(lowering, node, TS_VECTOR_SOFTMAX, SOFTMAX_OPS, row_of(lowering, node));
}

/* dx = y·(dy − Σ y·dy): a row sum, then one pass. */
static void backward_softmax(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_SOFTMAX, y.elements, 4);
    kernel->row_elements = row_of(lowering, node);
    ts_kernel_read(kernel, y);
    ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

/* Cross-entropy over the last dimension: log-softmax, then the target's entry. Inference has none.
 */
static void lower_loss(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!lowering->training) {
        if (node->output_count) {
            ts_lower_alias(lowering, node);
        }
        return;
    }
    struct ts_operand x = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD,
                                              TS_VECTOR_SOFTMAX, x.elements, SOFTMAX_OPS);
    kernel->row_elements = row_of(lowering, node);
    ts_kernel_read(kernel, x);
    kernel->output = ts_lower_scratch(lowering, x.elements);
}

static void backward_loss(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_ELEMENTWISE, dx.elements, 2);
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

#define ONE_INPUT .min_inputs = 1, .max_inputs = 1

const struct ts_operator ts_operator_batchnorm = {.name = "batchnorm",
                                                  .doc = "normalises each channel over the batch",
                                                  ONE_INPUT,
                                                  .role = TS_ROLE_UNARY,
                                                  .ops_per_element = 2,
                                                  .infer = infer_batchnorm,
                                                  .lower = lower_batchnorm,
                                                  .backward = backward_norm};
const struct ts_operator ts_operator_layernorm = {.name = "layernorm",
                                                  .doc = "normalises the last dimension",
                                                  ONE_INPUT,
                                                  .infer = infer_rownorm,
                                                  .lower = lower_rownorm,
                                                  .backward = backward_norm};
const struct ts_operator ts_operator_rmsnorm = {
    .name = "rmsnorm",
    .doc = "divides the last dimension by its root mean square",
    ONE_INPUT,
    .infer = infer_rownorm,
    .lower = lower_rownorm,
    .backward = backward_norm};
const struct ts_operator ts_operator_lrn = {.name = "lrn",
                                            .doc = "local response normalisation over channels",
                                            .attributes = lrn_attributes,
                                            .attribute_count = LRN_SIZE + 1,
                                            ONE_INPUT,
                                            .infer = ts_infer_same,
                                            .lower = lower_lrn,
                                            .backward = backward_lrn};
const struct ts_operator ts_operator_softmax = {.name = "softmax",
                                                .doc = "softmax over the last dimension",
                                                ONE_INPUT,
                                                .infer = ts_infer_same,
                                                .lower = lower_softmax,
                                                .backward = backward_softmax};
const struct ts_operator ts_operator_loss = {
    .name = "loss",
    .doc = "cross-entropy over the last dimension; nothing in inference",
    ONE_INPUT,
    .infer = ts_infer_same,
    .lower = lower_loss,
    .backward = backward_loss};
