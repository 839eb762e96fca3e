/* Activations: one input, one pass. A row each; operations as their formulas count them. */
#include "workloads/lower/lower.h"

/* Eager frameworks run 0.5·x·(1 + tanh(c·(x + 0.044715·x³))) as eight kernels (power, scale, add x,
 * scale, tanh, add 1, 0.5·x, product), two of them of two tensors; fusion makes it one. */
static void lower_unary(struct ts_lowering *lowering, const struct ts_node *node)
{
    int kernels = lowering->fuse || !node->op->eager_kernels ? 1 : node->op->eager_kernels;
    struct ts_operand from = ts_lower_operand(lowering, node->inputs[0]);
    for (int i = 0; i < kernels; i++) {
        const char *suffix =
            i + 1 < kernels ? ts_arena_printf(lowering->arena, "step%d", i + 1) : NULL;
        struct ts_kernel *kernel =
            ts_emit_vector(lowering, node, suffix, TS_PASS_FORWARD, TS_VECTOR_ELEMENTWISE,
                           from.elements, node->op->ops_per_element / kernels + node->epilogue_ops);
        ts_kernel_read(kernel, from);
        if (kernels > 1 && node->op->eager_rereads & 1u << i) {
            ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
        }
        kernel->output = i + 1 < kernels ? ts_lower_scratch(lowering, from.elements)
                                         : ts_lower_operand(lowering, node->outputs[0]);
        from = kernel->output;
    }
}

/* dx = dy·f'(x), from the output where the derivative can be had from it, else from the input:
 * either way one saved tensor and the gradient are read. */
static void backward_unary(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA, TS_VECTOR_ELEMENTWISE,
                       dx.elements, node->op->ops_per_element + 1);
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->outputs[0]));
    ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

/* Scaling and masking have a constant derivative: only the gradient is read. */
static void backward_linear(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_ELEMENTWISE, dx.elements, 1);
    ts_kernel_read(kernel, ts_lower_gradient(lowering, node->outputs[0]));
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

/* Dropout draws a mask in training and is nothing in inference. */
static void lower_dropout(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (lowering->training_mode) {
        lower_unary(lowering, node);
    } else {
        ts_lower_alias(lowering, node);
    }
}

enum { RATE };
static const struct ts_attribute_row dropout_attributes[] = {
    {"rate", TS_ATTR_REAL, 1, false, 0.5, 0, 1, NULL, "fraction dropped"}};

#define UNARY(NAME, OPS, DOC)                                                                      \
    {                                                                                              \
        .name = NAME, .doc = DOC, .min_inputs = 1, .max_inputs = 1, .role = TS_ROLE_UNARY,         \
        .ops_per_element = OPS, .infer = ts_infer_same, .lower = lower_unary,                      \
        .backward = backward_unary                                                                 \
    }

const struct ts_operator ts_operators_activation[] = {
    UNARY("relu", 1, "max(x, 0)"),
    UNARY("relu6", 2, "min(max(x, 0), 6)"),
    UNARY("leaky_relu", 2, "x, or a fraction of it below 0"),
    UNARY("sigmoid", 3, "1 / (1 + exp(-x))"),
    UNARY("tanh", 4, "hyperbolic tangent"),
    UNARY("silu", 4, "x · sigmoid(x)"),
    UNARY("hardswish", 4, "x · min(max(x + 3, 0), 6) / 6"),
    UNARY("elu", 3, "x, or exp(x) - 1 below 0"),
    UNARY("exp", 1, "exponential"),
    UNARY("gelu", 5, "x · Φ(x) by the error function"),
    {.name = "gelu_tanh",
     .doc = "gelu by its tanh approximation; eight kernels unless fused",
     .min_inputs = 1,
     .max_inputs = 1,
     .role = TS_ROLE_UNARY,
     .ops_per_element = 11,
     .eager_kernels = 8,
     .eager_rereads = 1u << 2 | 1u << 7,
     .infer = ts_infer_same,
     .lower = lower_unary,
     .backward = backward_unary},
    /* Halves swapped, times sine, input times cosine, sum: four kernels in eager frameworks. */
    {.name = "rotary",
     .doc = "rotates pairs of features by their position",
     .min_inputs = 1,
     .max_inputs = 1,
     .role = TS_ROLE_UNARY,
     .ops_per_element = 4,
     .eager_kernels = 4,
     .eager_rereads = 1u << 3,
     .infer = ts_infer_same,
     .lower = lower_unary,
     .backward = backward_linear},
    {.name = "scale",
     .doc = "times a constant",
     .min_inputs = 1,
     .max_inputs = 1,
     .role = TS_ROLE_UNARY,
     .ops_per_element = 1,
     .infer = ts_infer_same,
     .lower = lower_unary,
     .backward = backward_linear},
    {.name = "mask",
     .doc = "adds a broadcast mask (causal attention, padding)",
     .min_inputs = 1,
     .max_inputs = 1,
     .role = TS_ROLE_UNARY,
     .ops_per_element = 1,
     .infer = ts_infer_same,
     .lower = lower_unary,
     .backward = backward_linear},
    {.name = "dropout",
     .doc = "drops a fraction in training, nothing in inference",
     .attributes = dropout_attributes,
     .attribute_count = RATE + 1,
     .min_inputs = 1,
     .max_inputs = 1,
     .ops_per_element = 3,
     .infer = ts_infer_same,
     .lower = lower_dropout,
     .backward = backward_linear}};

const int ts_operators_activation_count =
    sizeof ts_operators_activation / sizeof *ts_operators_activation;
