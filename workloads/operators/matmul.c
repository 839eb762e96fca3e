/* Fully connected layers, the bare GEMM with weights, and products of two activations. */
#include "workloads/lower/lower.h"

enum { FC_OUT, FC_LAYOUT, FC_BIAS };

const char *const ts_layout_names[] = {"any", "nn", "tn", "nt", "tt", NULL};

#define OUT_ROW                                                                                    \
    {                                                                                              \
        "out", TS_ATTR_INTEGER, 1, true, 0, 1, 2147483647, NULL, "outputs"                         \
    }
#define LAYOUT_ROW(FALLBACK)                                                                       \
    {                                                                                              \
        "layout", TS_ATTR_CHOICE, 1, false, FALLBACK, 0, TS_LAYOUT_TT, ts_layout_names,            \
            "how input and weights lie in memory: n as written, t transposed; any: not stated"     \
    }

/* X[m,k]·W[k,n]. */
static const struct ts_attribute_row fc_attributes[] = {
    OUT_ROW,
    LAYOUT_ROW(TS_LAYOUT_NT),
    {"bias", TS_ATTR_BOOL, 1, false, 1, 0, 1, NULL, "adds a value per output"}};

static const struct ts_attribute_row gemm_attributes[] = {OUT_ROW, LAYOUT_ROW(TS_LAYOUT_ANY)};

static int layout_of(const struct ts_node *node)
{
    return (int)ts_attribute_integer(node, FC_LAYOUT);
}

static bool infer_fc(struct ts_graph *graph, struct ts_node *node,
                     struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    bool is_gemm = node->op == &ts_operator_gemm;
    int64_t out = ts_attribute_integer(node, FC_OUT), in = x.dims[x.rank - 1];
    if (x.rank != 2 && x.rank != 3) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, features] or [batch, steps, features], is "
                             "%s; put a 'flatten' before it",
                             ts_tensor_shape(graph->arena, &x));
    }
    bool flipped = ts_layout_flips_second(layout_of(node));
    int64_t dims[2] = {flipped ? out : in, flipped ? in : out};
    if (!ts_node_add_parameter(graph, node, "weight", true, 2, dims, diagnostics)) {
        return false;
    }
    if (!is_gemm && ts_attribute_integer(node, FC_BIAS) &&
        !ts_node_add_parameter(graph, node, "bias", false, 1, &out, diagnostics)) {
        return false;
    }
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
    kernel->a_is_transposed = ts_layout_flips_first(layout_of(node));
    kernel->b_is_transposed = ts_layout_flips_second(layout_of(node));
    kernel->layout_is_open = layout_of(node) == TS_LAYOUT_ANY;
    kernel->structured_2_4 = lowering->graph->tensors[node->parameters[0]].structured_2_4;
    kernel->epilogue_ops_per_output = node->epilogue_ops + (node->parameter_count > 1);
}

/* dW[n,k] = dYᵀ[n,m]·X[m,k]; dX[m,k] = dY[m,n]·W[n,k], written as X is stored. */
static void backward_fc(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_gemm_dims d = fc_dims(lowering->graph, node);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    if (node->parameter_count > 1) {
        ts_emit_bias_gradient(lowering, node, 1, dy);
    }
    if (lowering->passes & TS_PASSES_WEIGHT) {
        struct ts_kernel *kernel = ts_emit_gemm(
            lowering, node, "backward_weight", TS_PASS_BACKWARD_WEIGHT,
            (struct ts_gemm_dims){1, d.n, d.k, d.m}, dy,
            ts_lower_operand(lowering, node->inputs[0]), ts_parameter_gradient(lowering, node, 0));
        kernel->a_is_transposed = true;
        kernel->b_is_transposed = ts_layout_flips_first(layout_of(node));
        kernel->layout_is_open = layout_of(node) == TS_LAYOUT_ANY;
    }
    if (!(lowering->passes & TS_PASSES_DATA) || !ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    struct ts_kernel *kernel = ts_emit_gemm(lowering, node, "backward_data", TS_PASS_BACKWARD_DATA,
                                            (struct ts_gemm_dims){1, d.m, d.k, d.n}, dy,
                                            ts_lower_operand(lowering, node->parameters[0]), dx);
    kernel->b_is_transposed = !ts_layout_flips_second(layout_of(node));
    kernel->layout_is_open = layout_of(node) == TS_LAYOUT_ANY;
    ts_gradient_done(lowering, node, 0, dx);
}

/* ---- product of two activations ---- */

enum { MM_TRANSPOSE_B, MM_TRANSPOSE_A, MM_ANY_LAYOUT };

static const struct ts_attribute_row matmul_attributes[] = {
    {"transpose_b", TS_ATTR_BOOL, 1, false, 0, 0, 1, NULL, "the second input is [..., n, k]"},
    {"transpose_a", TS_ATTR_BOOL, 1, false, 0, 0, 1, NULL, "the first input is [..., k, m]"},
    {"any_layout", TS_ATTR_BOOL, 1, false, 0, 0, 1, NULL,
     "how the inputs lie in memory is not stated: neither is charged for it"}};

/* Rows and columns of A[..., m, k] and B[..., k, n] as they are multiplied: the last two
 * dimensions, which a transposed input has the other way round. */
static int64_t rows_of(const struct ts_node *node, const struct ts_tensor *x, int transpose)
{
    return x->dims[x->rank - (ts_attribute_integer(node, transpose) ? 1 : 2)];
}

static int64_t columns_of(const struct ts_node *node, const struct ts_tensor *x, int transpose)
{
    return x->dims[x->rank - (ts_attribute_integer(node, transpose) ? 2 : 1)];
}

/* A[..., m, k] · B[..., k, n]. With rank 4, B may have fewer heads than A (grouped-query
 * attention): the heads of A that share one of B are stacked in m. */
static bool infer_matmul(struct ts_graph *graph, struct ts_node *node,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_tensor a = *ts_node_input(graph, node, 0), b = *ts_node_input(graph, node, 1);
    bool fits = a.rank >= 2 && a.rank == b.rank;
    for (int i = 0; fits && i < a.rank - 2; i++) {
        fits = i == a.rank - 3 && i > 0 ? a.dims[i] % b.dims[i] == 0 : a.dims[i] == b.dims[i];
    }
    if (!fits || columns_of(node, &a, MM_TRANSPOSE_A) != rows_of(node, &b, MM_TRANSPOSE_B)) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "%s%s x %s%s do not multiply",
                             ts_tensor_shape(graph->arena, &a),
                             ts_attribute_integer(node, MM_TRANSPOSE_A) ? " transposed" : "",
                             ts_tensor_shape(graph->arena, &b),
                             ts_attribute_integer(node, MM_TRANSPOSE_B) ? " transposed" : "");
    }
    a.dims[a.rank - 2] = rows_of(node, ts_node_input(graph, node, 0), MM_TRANSPOSE_A);
    a.dims[a.rank - 1] = columns_of(node, &b, MM_TRANSPOSE_B);
    return ts_node_add_output(graph, node, a.rank, a.dims, diagnostics);
}

static struct ts_gemm_dims matmul_dims(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *a = ts_node_input(graph, node, 0), *b = ts_node_input(graph, node, 1);
    struct ts_gemm_dims dims = {1, rows_of(node, a, MM_TRANSPOSE_A), 0,
                                columns_of(node, a, MM_TRANSPOSE_A)};
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
    kernel->a_is_transposed = ts_attribute_integer(node, MM_TRANSPOSE_A);
    kernel->b_is_transposed = ts_attribute_integer(node, MM_TRANSPOSE_B);
    kernel->layout_is_open = ts_attribute_integer(node, MM_ANY_LAYOUT);
    kernel->epilogue_ops_per_output = node->epilogue_ops;
}

/* A product of the backward pass: `a` and `b`, of which `a_flipped` and `b_flipped` are read the
 * other way round. */
static void emit_gradient(struct ts_lowering *lowering, const struct ts_node *node, int input,
                          struct ts_gemm_dims dims, struct ts_operand a, bool a_flipped,
                          struct ts_operand b, bool b_flipped)
{
    struct ts_operand target = ts_gradient_target(lowering, node, input);
    struct ts_kernel *kernel = ts_emit_gemm(lowering, node, input ? "backward_b" : "backward_a",
                                            TS_PASS_BACKWARD_DATA, dims, a, b, target);
    kernel->op = "bmm";
    kernel->a_is_transposed = a_flipped;
    kernel->b_is_transposed = b_flipped;
    kernel->layout_is_open = ts_attribute_integer(node, MM_ANY_LAYOUT);
    ts_gradient_done(lowering, node, input, target);
}

/* dA[m,k] = dC[m,n]·Bᵀ[n,k]; dB[k,n] = Aᵀ[k,m]·dC[m,n]; or their transposes as A and B are stored.
 */
static void backward_matmul(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_gemm_dims d = matmul_dims(lowering->graph, node);
    bool flip_a = ts_attribute_integer(node, MM_TRANSPOSE_A);
    bool flip_b = ts_attribute_integer(node, MM_TRANSPOSE_B);
    struct ts_operand dc = ts_lower_gradient(lowering, node->outputs[0]);
    struct ts_operand a = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand b = ts_lower_operand(lowering, node->inputs[1]);
    struct ts_gemm_dims mk = {d.batch, d.m, d.k, d.n}, km = {d.batch, d.k, d.m, d.n};
    struct ts_gemm_dims kn = {d.batch, d.k, d.n, d.m}, nk = {d.batch, d.n, d.k, d.m};
    if (ts_wants_gradient(lowering, node, 0)) {
        if (flip_a) {
            emit_gradient(lowering, node, 0, km, b, flip_b, dc, true);
        } else {
            emit_gradient(lowering, node, 0, mk, dc, false, b, !flip_b);
        }
    }
    if (ts_wants_gradient(lowering, node, 1)) {
        if (flip_b) {
            emit_gradient(lowering, node, 1, nk, dc, true, a, flip_a);
        } else {
            emit_gradient(lowering, node, 1, kn, a, !flip_a, dc, false);
        }
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
    .doc =
        "multiplies by a weight matrix stored [in, out] unless its layout says otherwise, no bias",
    .attributes = gemm_attributes,
    .attribute_count = FC_LAYOUT + 1,
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
                                               .attribute_count = MM_ANY_LAYOUT + 1,
                                               .min_inputs = 2,
                                               .max_inputs = 2,
                                               .role = TS_ROLE_GEMM,
                                               .infer = infer_matmul,
                                               .lower = lower_matmul,
                                               .backward = backward_matmul};
