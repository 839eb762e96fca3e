/* Values and attributes of the model, and the walk over its nodes. */
#include "workloads/frontend/onnx/import.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ values */

struct onnx_value *onnx_value(struct onnx_import *m, const char *name)
{
    int index = ts_names_find(m->value_names, name);
    if (index >= 0) {
        return m->values[index];
    }
    if (m->value_count == m->value_capacity) {
        int capacity = m->value_capacity ? 2 * m->value_capacity : 512;
        struct onnx_value **larger = TS_NEW_ARRAY(m->arena, capacity, struct onnx_value *);
        if (m->value_count) {
            memcpy(larger, m->values, (size_t)m->value_count * sizeof *larger);
        }
        m->values = larger;
        m->value_capacity = capacity;
    }
    struct onnx_value *value = TS_NEW(m->arena, struct onnx_value);
    *value = (struct onnx_value){.name = name, .rank = -1};
    m->values[m->value_count] = value;
    ts_names_add(m->value_names, name, m->value_count++);
    return value;
}

struct onnx_value *onnx_in(struct onnx_import *m, const struct onnx_node *node, int i)
{
    return i < node->input_count && *node->inputs[i] ? onnx_value(m, node->inputs[i]) : NULL;
}

struct onnx_value *onnx_out(struct onnx_import *m, const struct onnx_node *node, int i)
{
    return i < node->output_count && *node->outputs[i] ? onnx_value(m, node->outputs[i]) : NULL;
}

double onnx_elements(const struct onnx_value *value)
{
    double elements = 1;
    for (int i = 0; i < value->rank; i++) {
        elements *= (double)value->dims[i];
    }
    return elements;
}

bool onnx_is_constant(const struct onnx_value *value)
{
    return value && value->numbers && value->rank >= 0;
}

void onnx_set_shape(struct onnx_value *value, int type, int rank, const int64_t *dims)
{
    value->type = type;
    value->rank = rank;
    if (rank > 0) {
        memcpy(value->dims, dims, (size_t)rank * sizeof *dims);
    }
}

bool onnx_is_float(int type)
{
    return type == TS_ONNX_FLOAT || type == TS_ONNX_FLOAT16 || type == TS_ONNX_DOUBLE ||
           type >= TS_ONNX_BFLOAT16; /* and the 8- and 4-bit formats after it */
}

int64_t onnx_whole(double value)
{
    if (!(value > -9.2e18)) {
        return INT64_MIN;
    }
    return value < 9.2e18 ? (int64_t)value : INT64_MAX;
}

/* ------------------------------------------------------------------ attributes */

static const struct ts_onnx_attribute *find(const struct onnx_node *node, const char *name)
{
    for (int i = 0; i < node->proto->attribute_count; i++) {
        if (strcmp(node->proto->attributes[i].name, name) == 0) {
            return &node->proto->attributes[i];
        }
    }
    return NULL;
}

const struct ts_onnx_attribute *onnx_attribute(const struct onnx_node *node, const char *name)
{
    const struct ts_onnx_attribute *found = find(node, name);
    for (int depth = 0; found && found->reference && depth < TS_ONNX_MAX_DEPTH; depth++) {
        node = node->caller;
        found = node ? find(node, found->reference) : NULL;
    }
    return found && !found->reference ? found : NULL;
}

int64_t onnx_int(const struct onnx_node *node, const char *name, int64_t fallback)
{
    const struct ts_onnx_attribute *found = onnx_attribute(node, name);
    return found && found->kind == TS_ONNX_ATTR_INT ? found->integer : fallback;
}

const char *onnx_text(const struct onnx_node *node, const char *name, const char *fallback)
{
    const struct ts_onnx_attribute *found = onnx_attribute(node, name);
    return found && found->kind == TS_ONNX_ATTR_STRING ? found->text : fallback;
}

int onnx_ints(const struct onnx_node *node, const char *name, int64_t *to, int most)
{
    const struct ts_onnx_attribute *found = onnx_attribute(node, name);
    if (!found || found->kind != TS_ONNX_ATTR_INTS) {
        return 0;
    }
    int count = found->count < most ? found->count : most;
    for (int i = 0; i < count; i++) {
        to[i] = found->integers[i];
    }
    return count;
}

int onnx_numbers(const struct onnx_value *value, int64_t *to, int most)
{
    if (!onnx_is_constant(value) || onnx_elements(value) > most) {
        return -1;
    }
    int count = (int)onnx_elements(value);
    for (int i = 0; i < count; i++) {
        to[i] = onnx_whole(value->numbers[i]);
    }
    return count;
}

bool onnx_axis(struct onnx_import *m, const struct onnx_node *node, int64_t axis, int rank, int *to)
{
    if (axis < -rank || axis >= rank) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "axis %lld of a tensor of rank %d",
                          (long long)axis, rank);
    }
    *to = (int)(axis < 0 ? axis + rank : axis);
    return true;
}

int onnx_axes(struct onnx_import *m, const struct onnx_node *node, int i, const char *name,
              int rank, int *axes)
{
    int64_t given[TS_ONNX_MAX_RANK];
    const struct onnx_value *input = onnx_in(m, node, i);
    int count = input ? onnx_numbers(input, given, TS_ONNX_MAX_RANK)
                      : onnx_ints(node, name, given, TS_ONNX_MAX_RANK);
    if (count < 0) {
        onnx_error(m, node, TS_ERROR_SHAPE, "its axes are not known before the run");
        return -1;
    }
    for (int j = 0; j < count; j++) {
        if (!onnx_axis(m, node, given[j], rank, &axes[j])) {
            return -1;
        }
    }
    return count;
}

bool onnx_error(struct onnx_import *m, const struct onnx_node *node, enum ts_error code,
                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = ts_arena_vprintf(&m->diagnostics->arena, format, arguments);
    va_end(arguments);
    return ts_diag_error(m->diagnostics, code, (struct ts_place){m->path, 0, 0},
                         "node '%s' (%s): %s", node->name, node->op, text);
}

/* ------------------------------------------------------------------ the walk */

bool onnx_add_weight(struct onnx_import *m, const char *name, const struct ts_onnx_tensor *from)
{
    struct onnx_value *value = onnx_value(m, name);
    bool sound = from->rank <= TS_ONNX_MAX_RANK;
    for (int j = 0; sound && j < from->rank; j++) {
        sound = from->dims[j] >= 0 && from->dims[j] <= TS_MAX_DIM;
    }
    if (!sound || value->rank >= 0) {
        return ts_diag_error(m->diagnostics, sound ? TS_ERROR_DUPLICATE_KEY : TS_ERROR_SHAPE,
                             (struct ts_place){m->path, 0, 0},
                             sound ? "the tensor '%s' stands twice in the file"
                                   : "the shape of tensor '%s' does not work",
                             name);
    }
    onnx_set_shape(value, from->type, from->rank, from->dims);
    value->numbers = from->values;
    value->is_weight = true;
    return true;
}

static bool add_initializers(struct onnx_import *m, const struct ts_onnx_graph *graph)
{
    for (int i = 0; i < graph->initializer_count; i++) {
        if (!onnx_add_weight(m, graph->initializers[i].name, &graph->initializers[i])) {
            return false;
        }
    }
    return true;
}

/* Who reads each value, for patterns. */
static void count_readers(struct onnx_import *m, const struct ts_onnx_graph *graph)
{
    for (int i = 0; i < m->node_count; i++) {
        struct onnx_node *node = &m->nodes[i];
        for (int j = 0; j < node->input_count; j++) {
            struct onnx_value *value = onnx_in(m, node, j);
            if (value) {
                value->readers++;
                value->reader = node;
            }
        }
        for (int j = 0; j < node->output_count; j++) {
            if (onnx_out(m, node, j)) {
                onnx_out(m, node, j)->producer = node;
            }
        }
    }
    for (int i = 0; i < graph->output_count; i++) {
        onnx_value(m, graph->outputs[i].name)->readers++;
    }
}

static bool check_inputs(struct onnx_import *m, const struct onnx_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        if (!value || value->rank >= 0) {
            continue;
        }
        if (value->producer) {
            onnx_error(m, node, TS_ERROR_SHAPE, "the shape of its input '%s' is not known",
                       value->name);
        } else {
            onnx_error(m, node, TS_ERROR_UNKNOWN_NAME, "nothing makes its input '%s'", value->name);
        }
        return false;
    }
    return true;
}

static bool import_node(struct onnx_import *m, const struct onnx_node *node)
{
    bool folded = false;
    if (node->is_absorbed) {
        return true;
    }
    if (!check_inputs(m, node) || !onnx_fold(m, node, &folded)) {
        return false;
    }
    return folded || onnx_map(m, node);
}

static void name_infos(struct onnx_import *m, const struct ts_onnx_graph *graph)
{
    m->info_names = ts_names_new(m->arena);
    for (int i = 0; i < graph->info_count; i++) {
        ts_names_put(m->info_names, graph->infos[i].name, i);
    }
    for (int i = 0; i < graph->output_count; i++) {
        ts_names_put(m->info_names, graph->outputs[i].name, graph->info_count + i);
    }
}

/* The graph has the weights once its shapes are inferred. */
static void narrow_weights(struct onnx_import *m)
{
    struct ts_name_table *bits = ts_names_new(m->arena);
    int count = 0;
    for (const struct onnx_narrow *narrow = m->narrow; narrow; narrow = narrow->next) {
        count++;
    }
    const struct onnx_narrow **rows = TS_NEW_ARRAY(m->arena, count + 1, const struct onnx_narrow *);
    count = 0;
    for (const struct onnx_narrow *narrow = m->narrow; narrow; narrow = narrow->next) {
        rows[count] = narrow;
        ts_names_put(bits, narrow->node, count++);
    }
    for (int i = 0; i < m->graph->node_count && count; i++) {
        const struct ts_node *node = &m->graph->nodes[i];
        int row = ts_names_find(bits, node->name);
        if (row >= 0) {
            m->graph->tensors[node->parameters[0]].bits = rows[row]->bits;
        }
    }
}

bool onnx_import(struct onnx_import *m)
{
    const struct ts_onnx_graph *graph = m->model->graph;
    m->value_names = ts_names_new(m->arena);
    m->used_names = ts_names_new(m->arena);
    m->estimates = "";
    name_infos(m, graph);
    if (!add_initializers(m, graph) || !onnx_bind(m, graph) || !onnx_flatten(m, graph) ||
        !onnx_sort(m)) {
        return false;
    }
    count_readers(m, graph);
    onnx_find_patterns(m);
    for (int i = 0; i < m->node_count; i++) {
        if (!import_node(m, &m->nodes[i])) {
            return false;
        }
    }
    if (!m->graph->node_count) {
        return ts_diag_error(m->diagnostics, TS_ERROR_SHAPE, (struct ts_place){m->path, 0, 0},
                             "the graph computes nothing");
    }
    if (!ts_graph_finish(m->graph, m->diagnostics)) {
        return false;
    }
    narrow_weights(m);
    return true;
}
