/* Graph: building and editing. Ordering and inference are in finish.c. */
#include "tessera/graph.h"

#include "workloads/graph/graph_internal.h"
#include "workloads/graph/names.h"
#include "workloads/operators/operator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void ts_graph_init(struct ts_graph *graph, struct ts_arena *arena, const char *name)
{
    *graph = (struct ts_graph){.arena = arena, .name = name, .names = ts_names_new(arena)};
    graph->activation_precision = TS_PRECISION_NONE;
}

/* Room for one more element of an arena array. */
static void *grown(struct ts_arena *arena, void *old, int count, int *capacity, size_t size)
{
    if (count < *capacity) {
        return old;
    }
    *capacity = *capacity ? *capacity * 2 : 64;
    void *larger = ts_arena_array(arena, (size_t)*capacity, size);
    if (count) {
        memcpy(larger, old, (size_t)count * size);
    }
    return larger;
}

int ts_graph_new_tensor(struct ts_graph *graph, const char *name, int rank, const int64_t *dims)
{
    graph->tensors = grown(graph->arena, graph->tensors, graph->tensor_count,
                           &graph->tensor_capacity, sizeof *graph->tensors);
    struct ts_tensor *tensor = &graph->tensors[graph->tensor_count];
    *tensor = (struct ts_tensor){.name = name,
                                 .rank = rank,
                                 .density = 1,
                                 .precision = TS_PRECISION_NONE,
                                 .least_precision = TS_PRECISION_NONE,
                                 .producer = -1};
    memcpy(tensor->dims, dims, (size_t)rank * sizeof *dims);
    return graph->tensor_count++;
}

bool ts_shape_is_sound(int rank, const int64_t *dims, const char **why)
{
    double elements = 1;
    *why = NULL;
    if (rank < 1 || rank > TS_MAX_RANK) {
        *why = "a tensor has 1 to 6 dimensions";
    }
    for (int i = 0; i < rank && !*why; i++) {
        if (dims[i] < 1) {
            *why = "a dimension is below 1";
        } else if (dims[i] > TS_MAX_DIM) {
            *why = "a dimension is above 2147483647";
        }
        elements *= (double)dims[i];
    }
    if (!*why && elements > TS_MAX_ELEMENTS) {
        *why = "a tensor has more than 2^53 elements";
    }
    return !*why;
}

static bool duplicate(struct ts_diagnostics *diagnostics, struct ts_place place, const char *name)
{
    return ts_diag_error(diagnostics, TS_ERROR_DUPLICATE_KEY, place,
                         "the name '%s' is used twice in the network", name);
}

int ts_graph_add_input(struct ts_graph *graph, const char *name, int rank, const int64_t *dims,
                       struct ts_place place, struct ts_diagnostics *diagnostics)
{
    const char *why;
    if (!ts_shape_is_sound(rank, dims, &why)) {
        ts_diag_error(diagnostics, TS_ERROR_RANGE, place, "input '%s': %s", name, why);
        return -1;
    }
    int index = ts_graph_new_tensor(graph, name, rank, dims);
    if (!ts_names_add(graph->names, name, index)) {
        duplicate(diagnostics, place, name);
        return -1;
    }
    return index;
}

/* Until ts_graph_finish() a node's name stands for -2 - its index. */
struct ts_node *ts_graph_add_node(struct ts_graph *graph, const struct ts_operator *op,
                                  const char *name, struct ts_place place,
                                  struct ts_diagnostics *diagnostics)
{
    if (graph->node_count >= TS_MAX_NODES) {
        ts_diag_error(diagnostics, TS_ERROR_LIMIT, place, "a network has at most %d nodes",
                      TS_MAX_NODES);
        return NULL;
    }
    if (!ts_names_add(graph->names, name, -2 - graph->node_count)) {
        duplicate(diagnostics, place, name);
        return NULL;
    }
    graph->nodes = grown(graph->arena, graph->nodes, graph->node_count, &graph->node_capacity,
                         sizeof *graph->nodes);
    struct ts_node *node = &graph->nodes[graph->node_count++];
    *node = (struct ts_node){
        .name = name, .op = op, .place = place, .weight_precision = TS_PRECISION_NONE};
    node->attributes = TS_NEW_ARRAY(graph->arena, op->attribute_count + 1, struct ts_attribute);
    for (int i = 0; i < op->attribute_count; i++) {
        const struct ts_attribute_row *row = &op->attributes[i];
        for (int j = 0; j < row->max_count; j++) {
            node->attributes[i].values[j] = row->fallback;
        }
    }
    return node;
}

void ts_node_set_inputs(struct ts_graph *graph, struct ts_node *node, const char *const *names,
                        int count)
{
    node->input_names = TS_NEW_ARRAY(graph->arena, count + 1, const char *);
    for (int i = 0; i < count; i++) {
        node->input_names[i] = names[i];
    }
    node->input_count = count;
}

int ts_graph_find_tensor(const struct ts_graph *graph, const char *name)
{
    int index = ts_names_find(graph->names, name);
    return index >= 0 ? index : -1;
}

void ts_graph_bypass(struct ts_graph *graph, int index)
{
    int from = graph->nodes[index].outputs[0], to = graph->nodes[index].inputs[0];
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            if (graph->nodes[i].inputs[j] == from) {
                graph->nodes[i].inputs[j] = to;
            }
        }
    }
    graph->tensors[to].density = graph->tensors[from].density;
    graph->tensors[to].bits = graph->tensors[from].bits;
    graph->tensors[to].precision = graph->tensors[from].precision;
    graph->tensors[to].values = graph->tensors[from].values;
    struct ts_node *node = &graph->nodes[index];
    memmove(node, node + 1, (size_t)(graph->node_count - index - 1) * sizeof *node);
    graph->node_count--;
    for (int i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].producer > index) {
            graph->tensors[i].producer--;
        }
    }
}

int ts_graph_insert(struct ts_graph *graph, int index, const struct ts_operator *op,
                    const char *name, const struct ts_attribute *values, int input,
                    struct ts_diagnostics *diagnostics)
{
    const char *input_name = graph->tensors[input].name;
    struct ts_node *node =
        ts_graph_add_node(graph, op, name, graph->nodes[index].place, diagnostics);
    if (!node) {
        return -1;
    }
    memcpy(node->attributes, values, (size_t)op->attribute_count * sizeof *values);
    ts_node_set_inputs(graph, node, &input_name, 1);
    node->inputs = TS_NEW(graph->arena, int);
    node->inputs[0] = input;
    node->source = graph->nodes[index].source;
    struct ts_node added = *node;
    node = &graph->nodes[index];
    memmove(node + 1, node, (size_t)(graph->node_count - 1 - index) * sizeof *node);
    *node = added;
    for (int i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].producer >= index) {
            graph->tensors[i].producer++;
        }
    }
    if (!op->infer(graph, node, diagnostics)) {
        return -1;
    }
    for (int i = 0; i < node->output_count; i++) {
        graph->tensors[node->outputs[i]].producer = index;
    }
    return node->outputs[0];
}

double ts_tensor_elements(const struct ts_tensor *tensor)
{
    double elements = 1;
    for (int i = 0; i < tensor->rank; i++) {
        elements *= (double)tensor->dims[i];
    }
    return elements;
}

/* Whether a node multiplies or adds each tensor as a parameter. */
static bool *used_parameters(const struct ts_graph *graph)
{
    bool *used = TS_NEW_ARRAY(graph->arena, graph->tensor_count + 1, bool);
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].parameter_count; j++) {
            used[graph->nodes[i].parameters[j]] = true;
        }
    }
    return used;
}

double ts_graph_parameters(const struct ts_graph *graph)
{
    bool *used = used_parameters(graph);
    double total = 0;
    for (int i = 0; i < graph->tensor_count; i++) {
        if (used[i]) {
            total += ts_tensor_elements(&graph->tensors[i]);
        }
    }
    return total;
}

/* elements × density × (1 + padding) × (value + index), unless storing all of them takes less. */
static double stored_bits(const struct ts_tensor *tensor, enum ts_precision format)
{
    double plain = ts_precision_info(format)->storage_bits;
    double value = tensor->bits > 0 ? tensor->bits : plain;
    if (tensor->coded_bits > 0) {
        value = tensor->coded_bits;
    }
    double each = value;
    if (tensor->index_bits > 0) {
        each = tensor->density * (1 + tensor->padding) * (value + tensor->index_bits);
    }
    return ts_tensor_elements(tensor) * fmin(each, value) + tensor->table_values * plain;
}

double ts_graph_parameter_bytes(const struct ts_graph *graph, enum ts_precision precision)
{
    bool *used = used_parameters(graph);
    double bits = 0;
    for (int i = 0; i < graph->tensor_count; i++) {
        const struct ts_tensor *tensor = &graph->tensors[i];
        if (!used[i]) {
            continue;
        }
        enum ts_precision format =
            tensor->precision == TS_PRECISION_NONE ? precision : tensor->precision;
        bits += stored_bits(tensor, format);
    }
    return ceil(bits / 8);
}

const char *ts_tensor_shape(struct ts_arena *arena, const struct ts_tensor *tensor)
{
    char text[TS_MAX_RANK * 24 + 4] = "[";
    size_t length = 1;
    for (int i = 0; i < tensor->rank; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%lld", i ? ", " : "",
                                   (long long)tensor->dims[i]);
    }
    snprintf(text + length, sizeof text - length, "]");
    return ts_arena_strdup(arena, text);
}
