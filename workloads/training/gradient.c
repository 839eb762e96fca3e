/* Gradients of tensors: who asks for one, where it lies, how contributions add up. */
#include "workloads/lower/lower.h"

bool ts_wants_gradient(const struct ts_lowering *lowering, const struct ts_node *node, int input)
{
    return lowering->requires_gradient[node->inputs[input]];
}

struct ts_operand ts_gradient_target(struct ts_lowering *lowering, const struct ts_node *node,
                                     int input)
{
    const struct ts_tensor *tensor = ts_node_input(lowering->graph, node, input);
    return ts_lower_scratch(lowering, ts_tensor_elements(tensor));
}

/* A tensor read by several nodes gets the sum of their gradients: one element-wise kernel for each
 * contribution after the first. */
void ts_gradient_done(struct ts_lowering *lowering, const struct ts_node *node, int input,
                      struct ts_operand contribution)
{
    int tensor = node->inputs[input];
    if (lowering->gradient_ids[tensor] < 0) {
        lowering->gradient_ids[tensor] = contribution.tensor;
        return;
    }
    const char *suffix = ts_arena_printf(lowering->arena, "accumulate_gradient_%d", input);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, suffix, TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_ELEMENTWISE, contribution.elements, 1);
    kernel->op = "add";
    ts_kernel_read(kernel, ts_lower_gradient(lowering, tensor));
    ts_kernel_read(kernel, contribution);
    kernel->output = ts_lower_scratch(lowering, contribution.elements);
    lowering->gradient_ids[tensor] = kernel->output.tensor;
}

void ts_gradient_pass(struct ts_lowering *lowering, const struct ts_node *node, int input)
{
    if (ts_wants_gradient(lowering, node, input)) {
        ts_gradient_done(lowering, node, input, ts_lower_gradient(lowering, node->outputs[0]));
    }
}

/* A shared weight's gradients add up in one buffer, by GEMMs that accumulate into it. */
struct ts_operand ts_parameter_gradient(struct ts_lowering *lowering, const struct ts_node *node,
                                        int parameter)
{
    int tensor = node->parameters[parameter];
    struct ts_operand operand =
        ts_lower_scratch(lowering, ts_tensor_elements(&lowering->graph->tensors[tensor]));
    if (lowering->gradient_ids[tensor] < 0) {
        lowering->gradient_ids[tensor] = operand.tensor;
    }
    operand.tensor = lowering->gradient_ids[tensor];
    return operand;
}

void ts_emit_bias_gradient(struct ts_lowering *lowering, const struct ts_node *node, int parameter,
                           struct ts_operand dy)
{
    if (!(lowering->passes & TS_PASSES_WEIGHT)) {
        return;
    }
    struct ts_operand gradient = ts_parameter_gradient(lowering, node, parameter);
    struct ts_kernel *kernel = ts_emit_vector(
        lowering, node, "backward_bias", TS_PASS_BACKWARD_WEIGHT, TS_VECTOR_REDUCE, dy.elements, 1);
    kernel->row_elements = dy.elements / gradient.elements;
    ts_kernel_read(kernel, dy);
    kernel->output = gradient;
}
