/* Element-wise operators of two or more inputs. An input may be broadcast from [batch, channels, 1,
 * 1] (squeeze and excitation) or any shape whose dimensions are equal or 1.
 */
#include "workloads/lower/lower.h"

static bool infer(struct ts_graph *graph, struct ts_node *node, struct ts_diagnostics *diagnostics)
{
    struct ts_tensor y = *ts_node_input(graph, node, 0);
    for (int i = 1; i < node->input_count; i++) {
        const struct ts_tensor *x = ts_node_input(graph, node, i);
        bool fits = x->rank == y.rank;
        for (int j = 0; fits && j < y.rank; j++) {
            fits = x->dims[j] == y.dims[j] || x->dims[j] == 1 || y.dims[j] == 1;
            if (y.dims[j] < x->dims[j]) {
                y.dims[j] = x->dims[j];
            }
        }
        if (!fits) {
            return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                                 "shapes do not match: %s and %s",
                                 ts_tensor_shape(graph->arena, ts_node_input(graph, node, 0)),
                                 ts_tensor_shape(graph->arena, ts_node_input(graph, node, i)));
        }
    }
    return ts_node_add_output(graph, node, y.rank, y.dims, diagnostics);
}

/* More than two inputs are taken in a chain of kernels, two at a time. */
static void lower(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_operand left = ts_lower_operand(lowering, node->inputs[0]);
    for (int i = 1; i < node->input_count; i++) {
        bool last = i + 1 == node->input_count;
        const char *suffix = last ? NULL : ts_arena_printf(lowering->arena, "part%d", i);
        double ops = node->op->ops_per_element + (last ? node->epilogue_ops : 0);
        struct ts_kernel *kernel = ts_emit_vector(lowering, node, suffix, TS_PASS_FORWARD,
                                                  TS_VECTOR_ELEMENTWISE, y.elements, ops);
        ts_kernel_read(kernel, left);
        ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[i]));
        kernel->output = last ? y : ts_lower_scratch(lowering, y.elements);
        left = kernel->output;
    }
}

/* A broadcast input's gradient is a reduction of the output's. */
static bool reduce_broadcast(struct ts_lowering *lowering, const struct ts_node *node, int input)
{
    double from = ts_tensor_elements(ts_node_output(lowering->graph, node, 0));
    double to = ts_tensor_elements(ts_node_input(lowering->graph, node, input));
    if (from == to) {
        return false;
    }
    const char *suffix = ts_arena_printf(lowering->arena, "backward_%d", input);
    struct ts_operand dx = ts_gradient_target(lowering, node, input);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, suffix, TS_PASS_BACKWARD_DATA, TS_VECTOR_REDUCE, from,
                       node->op->ops_per_element + 1);
    kernel->row_elements = from / to;
    ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
    kernel->output = dx;
    ts_gradient_done(lowering, node, input, dx);
    return true;
}

/* The gradient passes unchanged. */
static void backward_sum(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        if (ts_wants_gradient(lowering, node, i) && !reduce_broadcast(lowering, node, i)) {
            ts_gradient_pass(lowering, node, i);
        }
    }
}

/* Each input's gradient is dY times (or compared with) the others. */
static void backward_product(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        if (!ts_wants_gradient(lowering, node, i) || reduce_broadcast(lowering, node, i)) {
            continue;
        }
        const char *suffix = ts_arena_printf(lowering->arena, "backward_%d", i);
        struct ts_operand dx = ts_gradient_target(lowering, node, i);
        struct ts_kernel *kernel =
            ts_emit_vector(lowering, node, suffix, TS_PASS_BACKWARD_DATA, TS_VECTOR_ELEMENTWISE,
                           dx.elements, node->input_count - 1);
        ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
        ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[i ? 0 : 1]));
        kernel->output = dx;
        ts_gradient_done(lowering, node, i, dx);
    }
}

enum { MOST_INPUTS = 64 };

#define ELEMENTWISE(NAME, OPS, DOC, BACKWARD)                                                      \
    {                                                                                              \
        .name = NAME, .doc = DOC, .min_inputs = 2, .max_inputs = MOST_INPUTS,                      \
        .role = TS_ROLE_ELEMENTWISE, .ops_per_element = OPS, .infer = infer, .lower = lower,       \
        .backward = BACKWARD                                                                       \
    }

const struct ts_operator ts_operators_elementwise[] = {
    ELEMENTWISE("add", 1, "sum (residual connections)", backward_sum),
    ELEMENTWISE("sub", 1, "difference", backward_sum),
    ELEMENTWISE("mul", 1, "product (gates)", backward_product),
    ELEMENTWISE("div", 1, "quotient", backward_product),
    ELEMENTWISE("max", 1, "larger of both", backward_product)};

const int ts_operators_elementwise_count =
    sizeof ts_operators_elementwise / sizeof *ts_operators_elementwise;
