/* Recurrent layers, decomposed: the input's product over all steps is one GEMM, the recurrent
 * product is one GEMM a step that waits for the step before, then the gates in one element-wise
 * kernel.
 *
 *   lstm: 4 gates, gru: 3, rnn: 1; G[b·t, gates·h] = X[b·t, in]·Wx, then for each t: G[t] +=
 * H[t-1]·Wh[h, gates·h]
 */
#include "workloads/lower/lower.h"

enum { HIDDEN, BIDIRECTIONAL, BIAS };

/* Kernels grow with the steps. */
enum { MAX_STEPS = 16384 };

static const struct ts_attribute_row attributes[] = {
    {"hidden", TS_ATTR_INTEGER, 1, true, 0, 1, 1 << 24, NULL, "values of the state"},
    {"bidirectional", TS_ATTR_BOOL, 1, false, 0, 0, 1, NULL,
     "a second layer runs backwards; outputs are joined"},
    {"bias", TS_ATTR_BOOL, 1, false, 1, 0, 1, NULL, "one value for each gate and side"}};

static int gates(const struct ts_node *node)
{
    if (node->op == &ts_operator_rnn) {
        return 1;
    }
    return node->op == &ts_operator_lstm ? 4 : 3;
}

/* Sigmoid 3, tanh 4 operations: i, f, o, g, then c = f·c + i·g, h = o·tanh(c); the gru has r, z, n
 * and h = (1-z)·n + z·h. */
static double cell_ops(const struct ts_node *node)
{
    if (node->op == &ts_operator_rnn) {
        return 4; /* tanh */
    }
    return node->op == &ts_operator_lstm ? 3 * 3 + 4 + 3 + 4 + 1 : 2 * 3 + 4 + 1 + 4;
}

static bool infer(struct ts_graph *graph, struct ts_node *node, struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t hidden = ts_attribute_integer(node, HIDDEN), rows = gates(node) * hidden;
    int directions = ts_attribute_integer(node, BIDIRECTIONAL) ? 2 : 1;
    if (x.rank != 3) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, steps, features], is %s",
                             ts_tensor_shape(graph->arena, &x));
    }
    if (x.dims[1] > MAX_STEPS) {
        return ts_node_error(node, diagnostics, TS_ERROR_LIMIT, "%lld steps; at most %d",
                             (long long)x.dims[1], MAX_STEPS);
    }
    for (int i = 0; i < directions; i++) {
        int64_t from_input[2] = {rows, x.dims[2]}, from_state[2] = {rows, hidden}, bias = 2 * rows;
        const char *const names[2][3] = {{"weight_input", "weight_state", "bias"},
                                         {"reverse_input", "reverse_state", "reverse_bias"}};
        if (!ts_node_add_parameter(graph, node, names[i][0], true, 2, from_input, diagnostics) ||
            !ts_node_add_parameter(graph, node, names[i][1], true, 2, from_state, diagnostics) ||
            (ts_attribute_integer(node, BIAS) &&
             !ts_node_add_parameter(graph, node, names[i][2], false, 1, &bias, diagnostics))) {
            return false;
        }
    }
    x.dims[2] = hidden * directions;
    return ts_node_add_output(graph, node, 3, x.dims, diagnostics);
}

/* Parameter number `which` (0 input, 1 state, 2 bias) of a direction. */
static int parameter_of(const struct ts_node *node, int direction, int which)
{
    return direction * (ts_attribute_integer(node, BIAS) ? 3 : 2) + which;
}

struct recurrence {
    int64_t batch, steps, in, hidden;
    int gates;
};

static struct recurrence recurrence_of(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    return (struct recurrence){x->dims[0], x->dims[1], x->dims[2],
                               ts_attribute_integer(node, HIDDEN), gates(node)};
}

static const char *label(struct ts_lowering *lowering, int direction, const char *what,
                         int64_t step)
{
    const char *prefix = direction ? "reverse_" : "";
    if (step < 0) {
        return ts_arena_printf(lowering->arena, "%s%s", prefix, what);
    }
    return ts_arena_printf(lowering->arena, "%s%s%lld", prefix, what, (long long)step);
}

/* Time steps of one direction: state GEMM, then the cell. */
static void forward_steps(struct ts_lowering *lowering, const struct ts_node *node,
                          struct recurrence r, int direction, struct ts_operand products)
{
    double state_elements = (double)(r.batch * r.hidden);
    struct ts_operand state = ts_lower_scratch(lowering, state_elements);
    struct ts_operand cell = ts_lower_scratch(lowering, state_elements);
    state.density = ts_lower_operand(lowering, node->inputs[0]).density;
    products.elements /= (double)r.steps;
    for (int64_t t = 0; t < r.steps; t++) {
        struct ts_operand sums = ts_lower_scratch(lowering, products.elements);
        const char *name = label(lowering, direction, "state", t);
        struct ts_kernel *gemm = ts_emit_gemm(
            lowering, node, name, TS_PASS_FORWARD,
            (struct ts_gemm_dims){1, r.batch, r.gates * r.hidden, r.hidden}, state,
            ts_lower_operand(lowering, node->parameters[parameter_of(node, direction, 1)]), sums);
        gemm->b_is_transposed = true;
        name = label(lowering, direction, "cell", t);
        struct ts_kernel *gate =
            ts_emit_vector(lowering, node, name, TS_PASS_FORWARD, TS_VECTOR_ELEMENTWISE,
                           state_elements, cell_ops(node) + 2 * r.gates);
        ts_kernel_read(gate, products);
        ts_kernel_read(gate, sums);
        if (node->op == &ts_operator_lstm) {
            ts_kernel_read(gate, cell);
        }
        gate->output = ts_lower_operand(lowering, node->outputs[0]);
        gate->output.elements = state_elements;
        state.tensor = gate->output.tensor;
    }
}

static void lower(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct recurrence r = recurrence_of(lowering->graph, node);
    int directions = ts_attribute_integer(node, BIDIRECTIONAL) ? 2 : 1;
    for (int i = 0; i < directions; i++) {
        struct ts_operand products =
            ts_lower_scratch(lowering, (double)(r.batch * r.steps) * (double)(r.gates * r.hidden));
        struct ts_kernel *gemm = ts_emit_gemm(
            lowering, node, label(lowering, i, "input", -1), TS_PASS_FORWARD,
            (struct ts_gemm_dims){1, r.batch * r.steps, r.gates * r.hidden, r.in},
            ts_lower_operand(lowering, node->inputs[0]),
            ts_lower_operand(lowering, node->parameters[parameter_of(node, i, 0)]), products);
        gemm->b_is_transposed = true;
        gemm->epilogue_ops_per_output = ts_attribute_integer(node, BIAS) ? 1 : 0;
        forward_steps(lowering, node, r, i, products);
    }
}

/* Back through time: the cell's derivative, then the state's gradient, a step at a time. */
static void backward_steps(struct ts_lowering *lowering, const struct ts_node *node,
                           struct recurrence r, int direction, struct ts_operand gate_gradient)
{
    double state_elements = (double)(r.batch * r.hidden);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    struct ts_operand dh = ts_lower_scratch(lowering, state_elements);
    dy.elements = state_elements;
    gate_gradient.elements /= (double)r.steps;
    for (int64_t t = r.steps - 1; t >= 0; t--) {
        struct ts_kernel *cell = ts_emit_vector(
            lowering, node, label(lowering, direction, "backward_cell", t), TS_PASS_BACKWARD_DATA,
            TS_VECTOR_ELEMENTWISE, state_elements, 2 * cell_ops(node));
        ts_kernel_read(cell, dy);
        ts_kernel_read(cell, dh);
        struct ts_operand saved = gate_gradient; /* the gates' values, kept from the forward pass */
        saved.tensor = -1;
        ts_kernel_read(cell, saved);
        cell->output = gate_gradient;
        dh = ts_lower_scratch(lowering, state_elements);
        ts_emit_gemm(
            lowering, node, label(lowering, direction, "backward_state", t), TS_PASS_BACKWARD_DATA,
            (struct ts_gemm_dims){1, r.batch, r.hidden, r.gates * r.hidden}, gate_gradient,
            ts_lower_operand(lowering, node->parameters[parameter_of(node, direction, 1)]), dh);
    }
}

/* Weight gradients are GEMMs over all steps at once. */
static void backward_weights(struct ts_lowering *lowering, const struct ts_node *node,
                             struct recurrence r, int direction, struct ts_operand gate_gradient)
{
    int64_t rows = r.gates * r.hidden, samples = r.batch * r.steps;
    struct ts_operand sources[2] = {ts_lower_operand(lowering, node->inputs[0]),
                                    ts_lower_operand(lowering, node->outputs[0])};
    sources[1].elements = (double)samples * (double)r.hidden;
    for (int i = 0; i < 2; i++) {
        const char *name =
            label(lowering, direction, i ? "backward_weight_state" : "backward_weight_input", -1);
        ts_emit_gemm(lowering, node, name, TS_PASS_BACKWARD_WEIGHT,
                     (struct ts_gemm_dims){1, rows, i ? r.hidden : r.in, samples}, gate_gradient,
                     sources[i],
                     ts_parameter_gradient(lowering, node, parameter_of(node, direction, i)))
            ->a_is_transposed = true;
    }
    if (!ts_attribute_integer(node, BIAS)) {
        return;
    }
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, label(lowering, direction, "backward_bias", -1),
                       TS_PASS_BACKWARD_WEIGHT, TS_VECTOR_REDUCE, gate_gradient.elements, 1);
    kernel->row_elements = (double)samples;
    ts_kernel_read(kernel, gate_gradient);
    kernel->output = ts_parameter_gradient(lowering, node, parameter_of(node, direction, 2));
}

static void backward(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct recurrence r = recurrence_of(lowering->graph, node);
    int directions = ts_attribute_integer(node, BIDIRECTIONAL) ? 2 : 1;
    int64_t rows = r.gates * r.hidden;
    for (int i = 0; i < directions; i++) {
        struct ts_operand gate_gradient =
            ts_lower_scratch(lowering, (double)(r.batch * r.steps) * (double)rows);
        backward_steps(lowering, node, r, i, gate_gradient);
        backward_weights(lowering, node, r, i, gate_gradient);
        if (!ts_wants_gradient(lowering, node, 0)) {
            continue;
        }
        struct ts_operand dx = ts_gradient_target(lowering, node, 0);
        ts_emit_gemm(lowering, node, label(lowering, i, "backward_input", -1),
                     TS_PASS_BACKWARD_DATA, (struct ts_gemm_dims){1, r.batch * r.steps, r.in, rows},
                     gate_gradient,
                     ts_lower_operand(lowering, node->parameters[parameter_of(node, i, 0)]), dx);
        ts_gradient_done(lowering, node, 0, dx);
    }
}

const struct ts_operator ts_operator_lstm = {.name = "lstm",
                                             .doc = "long short-term memory over all steps",
                                             .attributes = attributes,
                                             .attribute_count = BIAS + 1,
                                             .min_inputs = 1,
                                             .max_inputs = 1,
                                             .infer = infer,
                                             .lower = lower,
                                             .backward = backward};

const struct ts_operator ts_operator_gru = {.name = "gru",
                                            .doc = "gated recurrent unit over all steps",
                                            .attributes = attributes,
                                            .attribute_count = BIAS + 1,
                                            .min_inputs = 1,
                                            .max_inputs = 1,
                                            .infer = infer,
                                            .lower = lower,
                                            .backward = backward};

const struct ts_operator ts_operator_rnn = {.name = "rnn",
                                            .doc = "plain recurrent layer (tanh) over all steps",
                                            .attributes = attributes,
                                            .attribute_count = BIAS + 1,
                                            .min_inputs = 1,
                                            .max_inputs = 1,
                                            .infer = infer,
                                            .lower = lower,
                                            .backward = backward};
