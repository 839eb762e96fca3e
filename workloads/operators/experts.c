/* Mixture of experts, one expert a token (Fedus et al., Switch Transformers, JMLR 2022).
 *
 *   route    X[b, t, w], P[b, t, experts] → [active, capacity, w]   tokens sorted by expert
 *   experts  [active, capacity, in] → [active, capacity, out]       a weight matrix for each expert
 *   unroute  [active, capacity, w], X[b, t, w] → [b, t, w]          back in place, scaled
 *
 * Tokens spread evenly: active = min(experts, b·t), capacity = ⌈factor·b·t / experts⌉ places each,
 * computed whether filled or not. Weights of experts that no token reaches are not read.
 */
#include "workloads/lower/lower.h"

#include <math.h>

enum { EXPERTS, FACTOR, OUT = 1 };

static const struct ts_attribute_row route_attributes[] = {
    {"experts", TS_ATTR_INTEGER, 1, true, 0, 1, 1 << 20, NULL, "how many there are"},
    {"factor", TS_ATTR_REAL, 1, false, 1, 1, 64, NULL, "places for each token (capacity factor)"}};

static const struct ts_attribute_row expert_attributes[] = {
    {"experts", TS_ATTR_INTEGER, 1, true, 0, 1, 1 << 20, NULL, "how many there are"},
    {"out", TS_ATTR_INTEGER, 1, true, 0, 1, 2147483647.0, NULL, "outputs of each"}};

static bool infer_route(struct ts_graph *graph, struct ts_node *node,
                        struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0), p = *ts_node_input(graph, node, 1);
    int64_t experts = ts_attribute_integer(node, EXPERTS);
    bool fits = x.rank == 3 && p.rank == 3 && p.dims[0] == x.dims[0] && p.dims[1] == x.dims[1] &&
                p.dims[2] == experts;
    if (!fits) {
        return ts_node_error(
            node, diagnostics, TS_ERROR_SHAPE,
            "its inputs must be [batch, steps, features] and [batch, steps, %lld], "
            "are %s and %s",
            (long long)experts, ts_tensor_shape(graph->arena, &x),
            ts_tensor_shape(graph->arena, &p));
    }
    double tokens = (double)x.dims[0] * (double)x.dims[1];
    double places = ceil(ts_attribute_real(node, FACTOR) * tokens / (double)experts);
    int64_t dims[3] = {tokens < (double)experts ? (int64_t)tokens : experts,
                       places < (double)TS_MAX_DIM ? (int64_t)places : TS_MAX_DIM, x.dims[2]};
    return ts_node_add_output(graph, node, 3, dims, diagnostics);
}

/* Each token is copied to its expert's rows. */
static void lower_route(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, TS_VECTOR_GATHER, y.elements, 0);
    kernel->row_elements = (double)ts_node_output(lowering->graph, node, 0)->dims[2];
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[1]));
    kernel->output = y;
}

static bool infer_unroute(struct ts_graph *graph, struct ts_node *node,
                          struct ts_diagnostics *diagnostics)
{
    struct ts_tensor y = *ts_node_input(graph, node, 0), x = *ts_node_input(graph, node, 1);
    if (y.rank != 3 || x.rank != 3) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its inputs must be [experts, places, features] and [batch, steps, "
                             "features], are %s and %s",
                             ts_tensor_shape(graph->arena, &y), ts_tensor_shape(graph->arena, &x));
    }
    int64_t dims[3] = {x.dims[0], x.dims[1], y.dims[2]};
    return ts_node_add_output(graph, node, 3, dims, diagnostics);
}

/* Reads a row a token and multiplies it by the router's probability. */
static void lower_unroute(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_operand rows = ts_lower_operand(lowering, node->inputs[0]);
    rows.elements = y.elements < rows.elements ? y.elements : rows.elements;
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD,
                                              TS_VECTOR_GATHER, y.elements, 1 + node->epilogue_ops);
    kernel->row_elements = (double)ts_node_output(lowering->graph, node, 0)->dims[2];
    ts_kernel_read(kernel, rows);
    kernel->output = y;
}

/* The gradient goes the way back; places that held no token get none. */
static void backward_rows(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_DATA,
                                              TS_VECTOR_GATHER, dx.elements, 1);
    kernel->row_elements = (double)ts_node_output(lowering->graph, node, 0)->dims[2];
    ts_kernel_read(kernel, dy);
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

/* ---- the experts' layers ---- */

static bool infer_experts(struct ts_graph *graph, struct ts_node *node,
                          struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t experts = ts_attribute_integer(node, EXPERTS), out = ts_attribute_integer(node, OUT);
    if (x.rank != 3 || x.dims[0] > experts) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [up to %lld experts, places, features], is %s",
                             (long long)experts, ts_tensor_shape(graph->arena, &x));
    }
    int64_t dims[3] = {experts, out, x.dims[2]};
    if (!ts_node_add_parameter(graph, node, "weight", true, 3, dims, diagnostics)) {
        return false;
    }
    x.dims[2] = out;
    return ts_node_add_output(graph, node, 3, x.dims, diagnostics);
}

static struct ts_gemm_dims expert_dims(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    return (struct ts_gemm_dims){x->dims[0], x->dims[1], ts_attribute_integer(node, OUT),
                                 x->dims[2]};
}

/* Weights of the experts that have tokens. */
static struct ts_operand active(struct ts_gemm_dims d, struct ts_operand weights)
{
    weights.elements = (double)d.batch * (double)d.n * (double)d.k;
    return weights;
}

static void lower_experts(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_gemm_dims d = expert_dims(lowering->graph, node);
    struct ts_kernel *kernel = ts_emit_gemm(
        lowering, node, NULL, TS_PASS_FORWARD, d, ts_lower_operand(lowering, node->inputs[0]),
        active(d, ts_lower_operand(lowering, node->parameters[0])),
        ts_lower_operand(lowering, node->outputs[0]));
    kernel->b_is_transposed = true;
    kernel->structured_2_4 = lowering->graph->tensors[node->parameters[0]].structured_2_4;
    kernel->epilogue_ops_per_output = node->epilogue_ops;
}

/* For each expert dW[n,k] = dYᵀ[n,m]·X[m,k] and dX[m,k] = dY[m,n]·W[n,k]. */
static void backward_experts(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_gemm_dims d = expert_dims(lowering->graph, node);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    ts_emit_gemm(lowering, node, "backward_weight", TS_PASS_BACKWARD_WEIGHT,
                 (struct ts_gemm_dims){d.batch, d.n, d.k, d.m}, dy,
                 ts_lower_operand(lowering, node->inputs[0]),
                 active(d, ts_parameter_gradient(lowering, node, 0)))
        ->a_is_transposed = true;
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    ts_emit_gemm(lowering, node, "backward_data", TS_PASS_BACKWARD_DATA,
                 (struct ts_gemm_dims){d.batch, d.m, d.k, d.n}, dy,
                 active(d, ts_lower_operand(lowering, node->parameters[0])), dx);
    ts_gradient_done(lowering, node, 0, dx);
}

#define ROWS(TABLE) .attributes = TABLE, .attribute_count = sizeof TABLE / sizeof *TABLE

const struct ts_operator ts_operator_route = {.name = "route",
                                              .doc = "sorts tokens by the expert they go to",
                                              ROWS(route_attributes),
                                              .min_inputs = 2,
                                              .max_inputs = 2,
                                              .infer = infer_route,
                                              .lower = lower_route,
                                              .backward = backward_rows};

const struct ts_operator ts_operator_experts = {.name = "experts",
                                                .doc = "a fully connected layer for each expert",
                                                ROWS(expert_attributes),
                                                .min_inputs = 1,
                                                .max_inputs = 1,
                                                .role = TS_ROLE_GEMM,
                                                .infer = infer_experts,
                                                .lower = lower_experts,
                                                .backward = backward_experts};

const struct ts_operator ts_operator_unroute = {.name = "unroute",
                                                .doc = "puts the experts' results back in place",
                                                .min_inputs = 2,
                                                .max_inputs = 2,
                                                .infer = infer_unroute,
                                                .lower = lower_unroute,
                                                .backward = backward_rows};
