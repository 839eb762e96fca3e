/* Registry of operators, and what is the same for all of them. */
#include "workloads/graph/graph_internal.h"
#include "workloads/graph/names.h"
#include "workloads/operators/operator.h"

#include <math.h>
#include <string.h>

static const struct ts_operator *const singles[] = {
    &ts_operator_conv,       &ts_operator_conv_transpose,
    &ts_operator_fc,         &ts_operator_gemm,
    &ts_operator_matmul,     &ts_operator_lstm,
    &ts_operator_gru,        &ts_operator_rnn,
    &ts_operator_maxpool,    &ts_operator_avgpool,
    &ts_operator_globalpool, &ts_operator_batchnorm,
    &ts_operator_layernorm,  &ts_operator_rmsnorm,
    &ts_operator_lrn,        &ts_operator_softmax,
    &ts_operator_loss,       &ts_operator_embedding,
    &ts_operator_position,   &ts_operator_token,
    &ts_operator_kv_cache,   &ts_operator_route,
    &ts_operator_experts,    &ts_operator_unroute};

enum { SINGLES = sizeof singles / sizeof *singles, MAX_OPERATORS = 96 };

/* Operator number i in registry order, NULL past the last. */
static const struct ts_operator *operator_at(int i)
{
    if (i < SINGLES) {
        return singles[i];
    }
    i -= SINGLES;
    if (i < ts_operators_activation_count) {
        return &ts_operators_activation[i];
    }
    i -= ts_operators_activation_count;
    if (i < ts_operators_elementwise_count) {
        return &ts_operators_elementwise[i];
    }
    i -= ts_operators_elementwise_count;
    if (i < ts_operators_shape_count) {
        return &ts_operators_shape[i];
    }
    i -= ts_operators_shape_count;
    return i < ts_operators_general_count ? &ts_operators_general[i] : NULL;
}

const struct ts_operator *ts_operator_find(const char *name)
{
    const struct ts_operator *op;
    for (int i = 0; (op = operator_at(i)); i++) {
        if (strcmp(op->name, name) == 0) {
            return op;
        }
    }
    return NULL;
}

const char *const *ts_operator_names(int *count)
{
    static const char *names[MAX_OPERATORS + 1];
    int found = 0;
    const struct ts_operator *op;
    for (; found < MAX_OPERATORS && (op = operator_at(found)); found++) {
        names[found] = op->name;
    }
    names[found] = NULL;
    *count = found;
    return names;
}

int ts_operator_attribute(const struct ts_operator *op, const char *name)
{
    for (int i = 0; i < op->attribute_count; i++) {
        if (strcmp(op->attributes[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

bool ts_node_error(const struct ts_node *node, struct ts_diagnostics *diagnostics,
                   enum ts_error code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = ts_arena_vprintf(&diagnostics->arena, format, arguments);
    va_end(arguments);
    ts_diag_error(diagnostics, code, node->place, "node '%s' (%s): %s", node->name, node->op->name,
                  text);
    if (node->source) {
        ts_diag_source(diagnostics, node->source);
    }
    return false;
}

bool ts_node_set_attribute(struct ts_node *node, int index, const double *values, int count,
                           struct ts_place place, struct ts_diagnostics *diagnostics)
{
    const struct ts_attribute_row *row = &node->op->attributes[index];
    struct ts_attribute *attribute = &node->attributes[index];
    bool repeats = row->max_count == 2 || row->max_count == 4;
    bool fits = count == row->max_count || (repeats && (count == 1 || count == 2)) ||
                (row->max_count == TS_MAX_RANK && count >= 1 && count < TS_MAX_RANK);
    if (!fits) {
        return ts_diag_error(diagnostics, TS_ERROR_SHAPE, place,
                             "'%s' of '%s' takes %s%d number%s, has %d", row->name, node->name,
                             row->max_count > 1 ? "up to " : "", row->max_count,
                             row->max_count > 1 ? "s" : "", count);
    }
    for (int i = 0; i < count; i++) {
        if (!(values[i] >= row->minimum && values[i] <= row->maximum)) {
            return ts_diag_error(diagnostics, TS_ERROR_RANGE, place,
                                 "'%s' of '%s' is %.17g, must be between %.17g and %.17g",
                                 row->name, node->name, values[i], row->minimum, row->maximum);
        }
        if (row->type != TS_ATTR_REAL && values[i] != floor(values[i])) {
            return ts_diag_error(diagnostics, TS_ERROR_TYPE, place,
                                 "'%s' of '%s' is %.17g, must be a whole number", row->name,
                                 node->name, values[i]);
        }
    }
    int stored = repeats ? row->max_count : count;
    for (int i = 0; i < stored; i++) {
        attribute->values[i] = values[i % count];
    }
    attribute->count = stored;
    return true;
}

bool ts_node_check_attributes(const struct ts_node *node, struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int i = 0; i < node->op->attribute_count; i++) {
        if (node->op->attributes[i].required && node->attributes[i].count == 0) {
            ok = ts_node_error(node, diagnostics, TS_ERROR_MISSING_KEY, "needs '%s' (%s)",
                               node->op->attributes[i].name, node->op->attributes[i].doc);
        }
    }
    return ok;
}

bool ts_node_add_output(struct ts_graph *graph, struct ts_node *node, int rank, const int64_t *dims,
                        struct ts_diagnostics *diagnostics)
{
    const char *why;
    if (!ts_shape_is_sound(rank, dims, &why)) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "its output does not work: %s",
                             why);
    }
    const char *name = node->name;
    if (node->output_count) {
        name = ts_arena_printf(graph->arena, "%s:%d", node->name, node->output_count);
    }
    int *outputs = TS_NEW_ARRAY(graph->arena, node->output_count + 1, int);
    if (node->output_count) {
        memcpy(outputs, node->outputs, (size_t)node->output_count * sizeof *outputs);
    }
    outputs[node->output_count++] = ts_graph_new_tensor(graph, name, rank, dims);
    node->outputs = outputs;
    ts_names_put(graph->names, name, outputs[node->output_count - 1]);
    return true;
}

/* The matrix of the node whose weight this one shares. */
static int shared_weight(const struct ts_graph *graph, const struct ts_node *node, double elements,
                         struct ts_diagnostics *diagnostics)
{
    int tensor = ts_graph_find_tensor(graph, node->weights_of);
    const struct ts_node *owner = tensor >= 0 && graph->tensors[tensor].producer >= 0
                                      ? &graph->nodes[graph->tensors[tensor].producer]
                                      : NULL;
    if (!owner || !owner->parameter_count) {
        ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "'%s' has no weight to share",
                      node->weights_of);
        return -1;
    }
    const struct ts_tensor *weight = &graph->tensors[owner->parameters[0]];
    if (ts_tensor_elements(weight) != elements) {
        ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                      "the weight of '%s' has %.0f elements, this node needs %.0f",
                      node->weights_of, ts_tensor_elements(weight), elements);
        return -1;
    }
    return owner->parameters[0];
}

bool ts_node_add_parameter(struct ts_graph *graph, struct ts_node *node, const char *suffix,
                           bool is_matrix, int rank, const int64_t *dims,
                           struct ts_diagnostics *diagnostics)
{
    const char *why;
    if (!ts_shape_is_sound(rank, dims, &why)) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "its %s does not work: %s", suffix,
                             why);
    }
    if (node->parameter_count >= TS_MAX_NODE_PARAMETERS) {
        ts_bug("operator %s has too many parameters", node->op->name);
    }
    int index;
    if (node->weights_of && !node->parameter_count) {
        double elements = 1;
        for (int i = 0; i < rank; i++) {
            elements *= (double)dims[i];
        }
        index = shared_weight(graph, node, elements, diagnostics);
        if (index < 0) {
            return false;
        }
    } else {
        const char *name = ts_arena_printf(graph->arena, "%s.%s", node->name, suffix);
        index = ts_graph_new_tensor(graph, name, rank, dims);
        graph->tensors[index].is_parameter = true;
        graph->tensors[index].is_matrix = is_matrix;
        if (is_matrix) {
            graph->tensors[index].least_precision = node->weight_precision;
        }
    }
    node->parameters[node->parameter_count++] = index;
    return true;
}

bool ts_infer_same(struct ts_graph *graph, struct ts_node *node, struct ts_diagnostics *diagnostics)
{
    struct ts_tensor input = *ts_node_input(graph, node, 0);
    return ts_node_add_output(graph, node, input.rank, input.dims, diagnostics);
}
