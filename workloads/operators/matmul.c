/* Fully connected layers, the bare GEMM with weights, and products of two activations. */
#include "workloads/lower/lower.h"

enum { FC_OUT, FC_BIAS };

static const struct ts_attribute_row fc_attributes[] = {
    {"out", TS_ATTR_INTEGER, 1, true, 0, 1, 2147483647, NULL, "outputs"},
    {"bias", TS_ATTR_BOOL, 1, false, 1, 0, 1, NULL, "adds a value per output"}};

static bool infer_fc(struct ts_graph *graph, struct ts_node *node,
                     struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    bool is_gemm = node->op == &ts_operator_gemm;
    int64_t out = ts_attribute_integer(node, FC_OUT), in = x.dims[x.rank - 1];
    if (x.rank != 2 && x.rank != 3)
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, features] or [batch, steps, features], is "
                             "%s; put a 'flatten' before it",
                             ts_tensor_shape(graph->arena, &x));
    int64_t dims[2] = {is_gemm ? in : out, is_gemm ? out : in};
    if (!ts_node_add_parameter(graph, node, "weight", true, 2, dims, diagnostics))
        return false;
    if (!is_gemm && ts_attribute_integer(node, FC_BIAS) &&
        !ts_node_add_parameter(graph, node, "bias", false, 1, &out, diagnostics))
        return false;
    x.dims[x.rank - 1] = out;
    return ts_node_add_output(graph, node, x.rank, x.dims, diagnostics);
}

static struct ts_gemm_dims fc_dims(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    int64_t in = x->dims[x->rank - 1];
    return (struct ts_gemm_dims){1, (int64_t)(ts_tensor_elements(x) / (double)in),
                                 ts_attribute_integer(node, FC_OUT), in};
}

static void lower_fc(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_kernel *kernel =
        ts_emit_gemm(lowering, node, NULL, TS_PASS_FORWARD, fc_dims(lowering->graph, node),
                     ts_lower_operand(lowering, node->inputs[0]),
                     ts_lower_operand(lowering, node->parameters[0]),
                     ts_lower_operand(lowering, node->outputs[0]));
    kernel->b_is_transposed = node->op != &ts_operator_gemm;
    kernel->structured_2_4 = lowering->graph->tensors[node->parameters[0]].structured_2_4;
    kernel->epilogue_ops_per_output = node->epilogue_ops + (node->parameter_count > 1);
}

/* dW[n,k] = dYᵀ[n,m]·X[m,k]; dX[m,k] = dY[m,n]·W[n,k]. */
static void backward_fc(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_gemm_dims d = fc_dims(lowering->graph, node);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    if (node->parameter_count > 1)
        ts_emit_bias_gradient(lowering, node, 1, dy);
    if (lowering->passes & TS_PASSES_WEIGHT)
        ts_emit_gemm(lowering, node, "backward_weight", TS_PASS_BACKWARD_WEIGHT,
                     (struct ts_gemm_dims){1, d.n, d.k, d.m}, dy,
                     ts_lower_operand(lowering, node->inputs[0]),
                     ts_parameter_gradient(lowering, node, 0));
    if (!(lowering->passes & TS_PASSES_DATA) || !ts_wants_gradient(lowering, node, 0))
        return;
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel = ts_emit_gemm(lowering, node, "backward_data", TS_PASS_BACKWARD_DATA,
                                            (struct ts_gemm_dims){1, d.m, d.k, d.n}, dy,
                                            ts_lower_operand(lowering, node->parameters[0]), dx);
    kernel->b_is_transposed = node->op == &ts_operator_gemm;
    ts_gradient_done(lowering, node, 0, dx);
}

/* ---- product of two activations ---- */

enum { MM_TRANSPOSE_B };

static const struct ts_attribute_row matmul_attributes[] = {
    {"transpose_b", TS_ATTR_BOOL, 1, false, 0, 0, 1, NULL, "the second input is [..., n, k]"}};

/* A[..., m, k] · B[..., k, n]. With rank 4, B may have fewer heads than A (grouped-query
 * attention): the heads of A that share one of B are stacked in m. */
static bool infer_matmul(struct ts_graph *graph, struct ts_node *node,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_tensor a = *ts_node_input(graph, node, 0), b = *ts_node_input(graph, node, 1);
    bool fits = a.rank >= 2 && a.rank == b.rank;
    for (int i = 0; fits && i < a.rank - 2; i++)
        fits = i == a.rank - 3 && i > 0 ? a.dims[i] % b.dims[i] == 0 : a.dims[i] == b.dims[i];
    int last = a.rank - 1;
    if (fits) {
        int64_t k = ts_attribute_integer(node, MM_TRANSPOSE_B) ? b.dims[last] : b.dims[last - 1];
        fits = k == a.dims[last];
    }
    if (!fits)
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "%s x %s%s do not multiply",
                             ts_tensor_shape(graph->arena, &a), ts_tensor_shape(graph->arena, &b),
                             ts_attribute_integer(node, MM_TRANSPOSE_B) ? " transposed" : "");
    a.dims[last] = ts_attribute_integer(node, MM_TRANSPOSE_B) ? b.dims[last - 1] : b.dims[last];
    return ts_node_add_output(graph, node, a.rank, a.dims, diagnostics);
}

static struct ts_gemm_dims matmul_dims(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *a = ts_node_input(graph, node, 0), *b = ts_node_input(graph, node, 1);
    struct ts_gemm_dims dims = {1, a->dims[a->rank - 2], 0, a->dims[a->rank - 1]};
    for (int i = 0; i < b->rank - 2; i++) {
        dims.batch *= b->dims[i];
        dims.m *= a->dims[i] / b->dims[i];
    }
    const struct ts_tensor *c = ts_node_output(graph, node, 0);
    dims.n = c->dims[c->rank - 1];
    return dims;
}

static void lower_matmul(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_kernel *kernel = ts_emit_gemm(
        lowering, node, NULL, TS_PASS_FORWARD, matmul_dims(lowering->graph, node),
        ts_lower_operand(lowering, node->inputs[0]), ts_lower_operand(lowering, node->inputs[1]),
        ts_lower_operand(lowering, node->outputs[0]));
    kernel->op = "bmm";
    kernel->b_is_transposed = ts_attribute_integer(node, MM_TRANSPOSE_B);
    kernel->epilogue_ops_per_output = node->epilogue_ops;
}

/* dA[m,k] = dC[m,n]·Bᵀ[n,k]; dB[k,n] = Aᵀ[k,m]·dC[m,n], or its transpose as B is stored. */
static void backward_matmul(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_gemm_dims d = matmul_dims(lowering->graph, node);
    bool transposed = ts_attribute_integer(node, MM_TRANSPOSE_B);
    struct ts_operand dc = ts_lower_gradient(lowering, node->outputs[0]);
    struct ts_operand a = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand b = ts_lower_operand(lowering, node->inputs[1]);
    if (ts_wants_gradient(lowering, node, 0)) {
        struct ts_operand da = ts_gradient_target(lowering, node, 0);
        struct ts_kernel *kernel =
            ts_emit_gemm(lowering, node, "backward_a", TS_PASS_BACKWARD_DATA,
                         (struct ts_gemm_dims){d.batch, d.m, d.k, d.n}, dc, b, da);
        kernel->op = "bmm";
        kernel->b_is_transposed = !transposed;
        ts_gradient_done(lowering, node, 0, da);
    }
    if (ts_wants_gradient(lowering, node, 1)) {
        struct ts_operand db = ts_gradient_target(lowering, node, 1);
        struct ts_gemm_dims dims = {d.batch, transposed ? d.n : d.k, transposed ? d.k : d.n, d.m};
        struct ts_kernel *kernel = ts_emit_gemm(lowering, node, "backward_b", TS_PASS_BACKWARD_DATA,
                                                dims, transposed ? dc : a, transposed ? a : dc, db);
        kernel->op = "bmm";
        ts_gradient_done(lowering, node, 1, db);
    }
}

const struct ts_operator ts_operator_fc = {.name = "fc",
                                           .doc = "fully connected layer over the last dimension",
                                           .attributes = fc_attributes,
                                           .attribute_count = FC_BIAS + 1,
                                           .min_inputs = 1,
                                           .max_inputs = 1,
                                           .role = TS_ROLE_GEMM,
                                           .infer = infer_fc,
                                           .lower = lower_fc,
                                           .backward = backward_fc};

const struct ts_operator ts_operator_gemm = {
    .name = "gemm",
    .doc = "multiplies by a weight matrix stored [in, out], no bias",
    .attributes = fc_attributes,
    .attribute_count = FC_OUT + 1,
    .min_inputs = 1,
    .max_inputs = 1,
    .role = TS_ROLE_GEMM,
    .infer = infer_fc,
    .lower = lower_fc,
    .backward = backward_fc};

const struct ts_operator ts_operator_matmul = {.name = "matmul",
                                               .doc =
                                                   "batched product of two activations (attention)",
                                               .attributes = matmul_attributes,
                                               .attribute_count = MM_TRANSPOSE_B + 1,
                                               .min_inputs = 2,
                                               .max_inputs = 2,
                                               .role = TS_ROLE_GEMM,
                                               .infer = infer_matmul,
                                               .lower = lower_matmul,
                                               .backward = backward_matmul};
