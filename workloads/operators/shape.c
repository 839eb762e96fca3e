/* Operators that only move or rename data. Reshapes are free, and so are parts of a tensor: whoever
 * reads them does so at a stride, as frameworks' views do. The others copy bytes. */
#include "workloads/lower/lower.h"

#include <string.h>

/* ---- reshape, flatten ---- */

enum { DIMS };

static const struct ts_attribute_row reshape_attributes[] = {
    {"dims", TS_ATTR_INTEGER, TS_MAX_RANK, true, 0, -1, 2147483647.0, NULL,
     "new shape with the batch; 0 keeps a dimension, one -1 takes what is left"}};

static bool infer_reshape(struct ts_graph *graph, struct ts_node *node,
                          struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int rank = node->attributes[DIMS].count, open = -1;
    int64_t dims[TS_MAX_RANK];
    double known = 1, elements = ts_tensor_elements(&x);
    for (int i = 0; i < rank; i++) {
        dims[i] = ts_attribute_at(node, DIMS, i);
        if (dims[i] == 0 && i < x.rank) {
            dims[i] = x.dims[i];
        }
        if (dims[i] < 0 && open < 0) {
            open = i;
        } else {
            known *= (double)dims[i];
        }
    }
    if (open >= 0 && known > 0) {
        dims[open] = (int64_t)(elements / known);
    }
    if (open >= 0) {
        known *= (double)dims[open];
    }
    if (known != elements) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "%s has %.0f elements, which do not fit the new shape",
                             ts_tensor_shape(graph->arena, &x), elements);
    }
    return ts_node_add_output(graph, node, rank, dims, diagnostics);
}

static bool infer_flatten(struct ts_graph *graph, struct ts_node *node,
                          struct ts_diagnostics *diagnostics)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    double features = ts_tensor_elements(x) / (double)x->dims[0];
    if (features > (double)TS_MAX_DIM) {
        return ts_node_error(node, diagnostics, TS_ERROR_LIMIT, "%.0f features are too many",
                             features);
    }
    int64_t dims[2] = {x->dims[0], (int64_t)features};
    return ts_node_add_output(graph, node, 2, dims, diagnostics);
}

static void pass_gradient(struct ts_lowering *lowering, const struct ts_node *node)
{
    ts_gradient_pass(lowering, node, 0);
}

/* ---- copies ---- */

static void copy(struct ts_lowering *lowering, const struct ts_node *node, const char *suffix,
                 enum ts_pass pass, struct ts_operand from, struct ts_operand to)
{
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, suffix, pass, TS_VECTOR_MOVE, to.elements,
                       pass == TS_PASS_FORWARD ? node->epilogue_ops : 0);
    ts_kernel_read(kernel, from);
    kernel->output = to;
}

/* Dimensions of one element may go anywhere: the bytes stay where they are. */
static bool keeps_order(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *x = ts_node_input(graph, node, 0);
    int64_t last = -1;
    if (strcmp(node->op->name, "transpose") != 0) {
        return false;
    }
    for (int i = 0; i < x->rank; i++) {
        int64_t axis = ts_attribute_at(node, 0, i);
        if (x->dims[axis] == 1) {
            continue;
        }
        if (axis < last) {
            return false;
        }
        last = axis;
    }
    return true;
}

static void lower_copy(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (node->is_free || (keeps_order(lowering->graph, node) && !(node->epilogue_ops > 0))) {
        ts_lower_alias(lowering, node);
        return;
    }
    copy(lowering, node, NULL, TS_PASS_FORWARD, ts_lower_operand(lowering, node->inputs[0]),
         ts_lower_operand(lowering, node->outputs[0]));
}

/* Gradients of all outputs are copied back into one. */
static void backward_copy(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (!ts_wants_gradient(lowering, node, 0)) {
        return;
    }
    struct ts_operand dx = ts_gradient_target(lowering, node, 0);
    for (int i = 0; i < node->output_count; i++) {
        if (lowering->gradient_ids[node->outputs[i]] < 0) {
            continue;
        }
        struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[i]);
        struct ts_operand to = dx;
        if (to.elements > dy.elements) {
            to.elements = dy.elements;
        }
        const char *suffix = i ? ts_arena_printf(lowering->arena, "backward%d", i) : "backward";
        copy(lowering, node, suffix, TS_PASS_BACKWARD_DATA, dy, to);
    }
    ts_gradient_done(lowering, node, 0, dx);
}

/* ---- transpose ---- */

enum { AXES };

static const struct ts_attribute_row transpose_attributes[] = {
    {"axes", TS_ATTR_INTEGER, TS_MAX_RANK, true, 0, 0, TS_MAX_RANK - 1, NULL,
     "order of the input's dimensions in the output, batch = 0"}};

static bool infer_transpose(struct ts_graph *graph, struct ts_node *node,
                            struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t dims[TS_MAX_RANK];
    unsigned seen = 0;
    bool fits = node->attributes[AXES].count == x.rank;
    for (int i = 0; fits && i < x.rank; i++) {
        int64_t axis = ts_attribute_at(node, AXES, i);
        fits = axis < x.rank && !(seen & 1u << axis);
        if (fits) {
            seen |= 1u << axis;
            dims[i] = x.dims[axis];
        }
    }
    if (!fits) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "'axes' must name each of the %d dimensions of %s once", x.rank,
                             ts_tensor_shape(graph->arena, &x));
    }
    return ts_node_add_output(graph, node, x.rank, dims, diagnostics);
}

/* ---- concat, split, slice ---- */

enum { AXIS, COUNT, START = 1, LENGTH };

static const struct ts_attribute_row axis_attributes[] = {
    {"axis", TS_ATTR_INTEGER, 1, false, 1, 0, TS_MAX_RANK - 1, NULL, "dimension, batch = 0"},
    {"count", TS_ATTR_INTEGER, 1, true, 0, 1, 4096, NULL, "equal parts"}};

static const struct ts_attribute_row slice_attributes[] = {
    {"axis", TS_ATTR_INTEGER, 1, false, 1, 0, TS_MAX_RANK - 1, NULL, "dimension, batch = 0"},
    {"start", TS_ATTR_INTEGER, 1, false, 0, 0, 2147483647.0, NULL, "first index taken"},
    {"length", TS_ATTR_INTEGER, 1, true, 0, 1, 2147483647.0, NULL, "how many are taken"}};

static bool check_axis(struct ts_graph *graph, struct ts_node *node, const struct ts_tensor *x,
                       struct ts_diagnostics *diagnostics)
{
    if (ts_attribute_integer(node, AXIS) < x->rank) {
        return true;
    }
    return ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "%s has no dimension %lld",
                         ts_tensor_shape(graph->arena, x),
                         (long long)ts_attribute_integer(node, AXIS));
}

static bool infer_concat(struct ts_graph *graph, struct ts_node *node,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_tensor y = *ts_node_input(graph, node, 0);
    if (!check_axis(graph, node, &y, diagnostics)) {
        return false;
    }
    int axis = (int)ts_attribute_integer(node, AXIS);
    for (int i = 1; i < node->input_count; i++) {
        const struct ts_tensor *x = ts_node_input(graph, node, i);
        bool fits = x->rank == y.rank;
        for (int j = 0; fits && j < y.rank; j++) {
            fits = j == axis || x->dims[j] == y.dims[j];
        }
        if (!fits) {
            return ts_node_error(
                node, diagnostics, TS_ERROR_SHAPE, "%s and %s do not line up along dimension %d",
                ts_tensor_shape(graph->arena, &y), ts_tensor_shape(graph->arena, x), axis);
        }
        y.dims[axis] += x->dims[axis];
    }
    return ts_node_add_output(graph, node, y.rank, y.dims, diagnostics);
}

/* One kernel an input: each is copied to its place. */
static void lower_concat(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        struct ts_operand from = ts_lower_operand(lowering, node->inputs[i]);
        struct ts_operand to = ts_lower_operand(lowering, node->outputs[0]);
        to.elements = from.elements;
        const char *suffix = i ? ts_arena_printf(lowering->arena, "%d", i) : NULL;
        copy(lowering, node, suffix, TS_PASS_FORWARD, from, to);
    }
}

static void backward_concat(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        if (!ts_wants_gradient(lowering, node, i)) {
            continue;
        }
        struct ts_operand dx = ts_gradient_target(lowering, node, i);
        struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
        dy.elements = dx.elements;
        copy(lowering, node, ts_arena_printf(lowering->arena, "backward_%d", i),
             TS_PASS_BACKWARD_DATA, dy, dx);
        ts_gradient_done(lowering, node, i, dx);
    }
}

static bool infer_split(struct ts_graph *graph, struct ts_node *node,
                        struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t axis = ts_attribute_integer(node, AXIS), count = ts_attribute_integer(node, COUNT);
    if (!check_axis(graph, node, &x, diagnostics)) {
        return false;
    }
    if (x.dims[axis] % count) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "%lld of dimension %lld do not divide into %lld parts",
                             (long long)x.dims[axis], (long long)axis, (long long)count);
    }
    x.dims[axis] /= count;
    for (int64_t i = 0; i < count; i++) {
        if (!ts_node_add_output(graph, node, x.rank, x.dims, diagnostics)) {
            return false;
        }
    }
    return true;
}

static bool infer_slice(struct ts_graph *graph, struct ts_node *node,
                        struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    int64_t axis = ts_attribute_integer(node, AXIS), length = ts_attribute_integer(node, LENGTH);
    if (!check_axis(graph, node, &x, diagnostics)) {
        return false;
    }
    if (ts_attribute_integer(node, START) + length > x.dims[axis]) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "start + length is past the %lld of dimension %lld",
                             (long long)x.dims[axis], (long long)axis);
    }
    x.dims[axis] = length;
    return ts_node_add_output(graph, node, x.rank, x.dims, diagnostics);
}

/* ---- upsample ---- */

enum { FACTOR };
static const struct ts_attribute_row upsample_attributes[] = {
    {"factor", TS_ATTR_INTEGER, 2, true, 0, 1, 1024, NULL, "times height and width"}};

static bool infer_upsample(struct ts_graph *graph, struct ts_node *node,
                           struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    if (x.rank != 4) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, channels, height, width], is %s",
                             ts_tensor_shape(graph->arena, &x));
    }
    x.dims[2] *= ts_attribute_at(node, FACTOR, 0);
    x.dims[3] *= ts_attribute_at(node, FACTOR, 1);
    return ts_node_add_output(graph, node, 4, x.dims, diagnostics);
}

#define ONE_INPUT .min_inputs = 1, .max_inputs = 1
#define ROWS(TABLE) .attributes = TABLE, .attribute_count = sizeof TABLE / sizeof *TABLE
#define FREE .lower = ts_lower_alias, .backward = pass_gradient
#define VIEW .lower = ts_lower_alias, .backward = backward_copy
#define COPIES .lower = lower_copy, .backward = backward_copy

const struct ts_operator ts_operators_shape[] = {
    {.name = "reshape",
     .doc = "another shape of the same bytes",
     ROWS(reshape_attributes),
     ONE_INPUT,
     .infer = infer_reshape,
     FREE},
    {.name = "flatten", .doc = "[batch, everything else]", ONE_INPUT, .infer = infer_flatten, FREE},
    {.name = "identity",
     .doc = "nothing; a name for a tensor",
     ONE_INPUT,
     .infer = ts_infer_same,
     FREE},
    {.name = "transpose",
     .doc = "permutes dimensions; moves bytes",
     .role = TS_ROLE_ELEMENTWISE,
     ROWS(transpose_attributes),
     ONE_INPUT,
     .infer = infer_transpose,
     COPIES},
    {.name = "concat",
     .doc = "joins inputs along a dimension",
     .attributes = axis_attributes,
     .attribute_count = AXIS + 1,
     .min_inputs = 1,
     .max_inputs = 4096,
     .infer = infer_concat,
     .lower = lower_concat,
     .backward = backward_concat},
    {.name = "split",
     .doc = "equal parts along a dimension: NAME, NAME:1, ...",
     ROWS(axis_attributes),
     ONE_INPUT,
     .infer = infer_split,
     VIEW},
    {.name = "slice",
     .doc = "part of one dimension",
     ROWS(slice_attributes),
     ONE_INPUT,
     .infer = infer_slice,
     VIEW},
    {.name = "upsample",
     .doc = "repeats pixels",
     ROWS(upsample_attributes),
     ONE_INPUT,
     .infer = infer_upsample,
     COPIES}};

const int ts_operators_shape_count = sizeof ts_operators_shape / sizeof *ts_operators_shape;
