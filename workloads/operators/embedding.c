/* Tables: rows looked up by index, and learned positions added to a sequence. */
#include "workloads/lower/lower.h"

enum { ROWS, WIDTH };

static const struct ts_attribute_row attributes[] = {
    {"rows", TS_ATTR_INTEGER, 1, true, 0, 1, 2147483647.0, NULL, "entries of the table"},
    {"width", TS_ATTR_INTEGER, 1, true, 0, 1, 1 << 24, NULL, "values of one entry"}};

static bool infer_embedding(struct ts_graph *graph, struct ts_node *node,
                            struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t table[2] = {ts_attribute_integer(node, ROWS), ts_attribute_integer(node, WIDTH)};
    if (x.rank >= TS_MAX_RANK) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input has too many dimensions");
    }
    x.dims[x.rank] = table[1];
    return ts_node_add_parameter(graph, node, "table", false, 2, table, diagnostics) &&
           ts_node_add_output(graph, node, x.rank + 1, x.dims, diagnostics);
}

/* One entry is read for each index; the table is not. */
static struct ts_operand rows_read(const struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand rows = ts_lower_operand(lowering, node->parameters[0]);
    rows.elements = ts_tensor_elements(ts_node_output(lowering->graph, node, 0));
    return rows;
}

static void lower_embedding(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD,
                                              TS_VECTOR_GATHER, y.elements, node->epilogue_ops);
    kernel->row_elements = (double)ts_attribute_integer(node, WIDTH);
    ts_kernel_read(kernel, rows_read(lowering, node));
    kernel->output = y;
}

/* Adds each gradient row to its entry. */
static void backward_embedding(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand table = ts_parameter_gradient(lowering, node, 0);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    table.elements = dy.elements;
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_WEIGHT,
                                              TS_VECTOR_GATHER, dy.elements, 1);
    kernel->row_elements = (double)ts_attribute_integer(node, WIDTH);
    ts_kernel_read(kernel, dy);
    ts_kernel_read(kernel, table);
    kernel->output = table;
}

/* ---- learned positions ---- */

static const struct ts_attribute_row position_attributes[] = {
    {"rows", TS_ATTR_INTEGER, 1, true, 0, 1, 2147483647.0, NULL, "longest sequence"}};

static bool infer_position(struct ts_graph *graph, struct ts_node *node,
                           struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    if (x.rank != 3) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, steps, features], is %s",
                             ts_tensor_shape(graph->arena, &x));
    }
    int64_t table[2] = {ts_attribute_integer(node, ROWS), x.dims[2]};
    int64_t tokens = graph->context > x.dims[1] ? graph->context : x.dims[1];
    if (tokens > table[0]) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "a sequence of %lld is longer than its %lld positions",
                             (long long)tokens, (long long)table[0]);
    }
    return ts_node_add_parameter(graph, node, "table", false, 2, table, diagnostics) &&
           ts_infer_same(graph, node, diagnostics);
}

static void lower_position(struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(lowering->graph, node, 0);
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_operand table = ts_lower_operand(lowering, node->parameters[0]);
    table.elements = (double)x->dims[1] * (double)x->dims[2];
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, TS_VECTOR_ELEMENTWISE, y.elements,
                       1 + node->epilogue_ops);
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
    ts_kernel_read(kernel, table);
    kernel->output = y;
}

/* The table's gradient sums over the batch; the input's passes. */
static void backward_position(struct ts_lowering *lowering, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(lowering->graph, node, 0);
    struct ts_operand gradient = ts_parameter_gradient(lowering, node, 0);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_WEIGHT,
                                              TS_VECTOR_REDUCE, dy.elements, 1);
    gradient.elements = dy.elements / (double)x->dims[0];
    kernel->row_elements = (double)x->dims[0];
    ts_kernel_read(kernel, dy);
    kernel->output = gradient;
    ts_gradient_pass(lowering, node, 0);
}

/* ---- learned token ---- */

static bool infer_token(struct ts_graph *graph, struct ts_node *node,
                        struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    if (x.rank != 3) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, steps, features], is %s",
                             ts_tensor_shape(graph->arena, &x));
    }
    x.dims[1]++;
    return ts_node_add_parameter(graph, node, "token", false, 1, &x.dims[2], diagnostics) &&
           ts_node_add_output(graph, node, 3, x.dims, diagnostics);
}

/* The sequence is copied behind the token. */
static void lower_token(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, TS_VECTOR_MOVE, y.elements, 0);
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[0]));
    ts_kernel_read(kernel, ts_lower_operand(lowering, node->parameters[0]));
    kernel->output = y;
}

static void backward_token(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand token = ts_parameter_gradient(lowering, node, 0);
    struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
    double batch = (double)ts_node_input(lowering->graph, node, 0)->dims[0];
    struct ts_operand first = dy;
    first.elements = batch * token.elements;
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, "backward", TS_PASS_BACKWARD_WEIGHT,
                                              TS_VECTOR_REDUCE, first.elements, 1);
    kernel->row_elements = batch;
    ts_kernel_read(kernel, first);
    kernel->output = token;
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    kernel = ts_emit_vector(lowering, node, "backward_data", TS_PASS_BACKWARD_DATA, TS_VECTOR_MOVE,
                            dx.elements, 0);
    dy.elements = dx.elements;
    ts_kernel_read(kernel, dy);
    kernel->output = dx;
    ts_gradient_done(lowering, node, 0, dx);
}

const struct ts_operator ts_operator_token = {.name = "token",
                                              .doc = "puts a learned vector before a sequence",
                                              .min_inputs = 1,
                                              .max_inputs = 1,
                                              .infer = infer_token,
                                              .lower = lower_token,
                                              .backward = backward_token};

const struct ts_operator ts_operator_embedding = {.name = "embedding",
                                                  .doc = "rows of a table, by index",
                                                  .attributes = attributes,
                                                  .attribute_count = WIDTH + 1,
                                                  .min_inputs = 1,
                                                  .max_inputs = 1,
                                                  .infer = infer_embedding,
                                                  .lower = lower_embedding,
                                                  .backward = backward_embedding};

const struct ts_operator ts_operator_position = {.name = "position",
                                                 .doc = "adds a learned vector per position",
                                                 .attributes = position_attributes,
                                                 .attribute_count = ROWS + 1,
                                                 .min_inputs = 1,
                                                 .max_inputs = 1,
                                                 .infer = infer_position,
                                                 .lower = lower_position,
                                                 .backward = backward_position};
