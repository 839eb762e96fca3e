/* Making nodes of the graph out of what the operators of the model ask for. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

int onnx_graph_dims(const struct onnx_value *value, int64_t dims[TS_MAX_RANK])
{
    if (value->rank <= 0) {
        dims[0] = 1;
        return 1;
    }
    int skipped = value->rank > TS_MAX_RANK ? value->rank - TS_MAX_RANK : 0;
    double first = 1;
    for (int i = 0; i <= skipped; i++) {
        first *= (double)value->dims[i];
    }
    dims[0] = onnx_whole(first);
    for (int i = skipped + 1; i < value->rank; i++) {
        dims[i - skipped] = value->dims[i];
    }
    return value->rank - skipped;
}

/* Names in the graph: the node's own, numbered where it makes several. A colon means an output's
 * number there. */
static const char *unique_name(struct onnx_import *m, const char *name)
{
    char *clean = ts_arena_strdup(m->arena, name);
    for (char *c = clean; *c; c++) {
        if (*c == ':') {
            *c = '_';
        }
    }
    int used = ts_names_find(m->used_names, clean);
    if (used < 0) {
        ts_names_put(m->used_names, clean, 1);
        return clean;
    }
    const char *numbered;
    do {
        numbered = ts_arena_printf(m->arena, "%s.%d", clean, ++used);
    } while (ts_names_find(m->used_names, numbered) >= 0);
    ts_names_put(m->used_names, clean, used);
    ts_names_put(m->used_names, numbered, 1);
    return numbered;
}

static struct ts_node *add_named(struct onnx_import *m, const struct onnx_node *node,
                                 const char *name, const char *op, const char *const *inputs,
                                 int input_count)
{
    const struct ts_operator *found = ts_operator_find(op);
    if (!found) {
        ts_bug("there is no operator %s", op);
    }
    struct ts_node *added = ts_graph_add_node(m->graph, found, unique_name(m, name),
                                              (struct ts_place){m->path, 0, 0}, m->diagnostics);
    if (added) {
        ts_node_set_inputs(m->graph, added, inputs, input_count);
        if (strcmp(found->name, "estimate") == 0 || strcmp(found->name, "map") == 0 ||
            strcmp(found->name, "reduce") == 0 || strcmp(found->name, "move") == 0) {
            added->label = node->op;
        }
    }
    return added;
}

struct ts_node *onnx_add(struct onnx_import *m, const struct onnx_node *node, const char *op,
                         const char *const *inputs, int input_count)
{
    return add_named(m, node, node->name, op, inputs, input_count);
}

bool onnx_set(struct onnx_import *m, struct ts_node *node, const char *attribute,
              const int64_t *values, int count)
{
    double numbers[TS_MAX_RANK];
    int row = ts_operator_attribute(node->op, attribute);
    if (row < 0 || count > TS_MAX_RANK) {
        ts_bug("operator %s takes no %d values of %s", node->op->name, count, attribute);
    }
    for (int i = 0; i < count; i++) {
        numbers[i] = (double)values[i];
    }
    return ts_node_set_attribute(node, row, numbers, count, node->place, m->diagnostics);
}

bool onnx_set_one(struct onnx_import *m, struct ts_node *node, const char *attribute, double value)
{
    int row = ts_operator_attribute(node->op, attribute);
    if (row < 0) {
        ts_bug("operator %s has no %s", node->op->name, attribute);
    }
    return ts_node_set_attribute(node, row, &value, 1, node->place, m->diagnostics);
}

const char *onnx_tensor(struct onnx_import *m, const struct onnx_node *node,
                        struct onnx_value *value)
{
    int64_t dims[TS_MAX_RANK];
    if (value->tensor) {
        return value->tensor;
    }
    if (onnx_elements(value) < 1) {
        onnx_error(m, node, TS_ERROR_SHAPE, "its input '%s' is empty", value->name);
        return NULL;
    }
    struct ts_node *weight = add_named(m, node, value->name, "weight", NULL, 0);
    if (!weight || !onnx_set(m, weight, "dims", dims, onnx_graph_dims(value, dims)) ||
        !onnx_set_one(m, weight, "trained", onnx_is_float(value->type) && value->is_weight)) {
        return NULL;
    }
    if (onnx_is_float(value->type)) {
        onnx_share(value, weight);
    }
    return value->tensor = weight->name;
}

const char *onnx_reshape(struct onnx_import *m, const struct onnx_node *node, const char *tensor,
                         int from_rank, const int64_t *from, int rank, const int64_t *dims)
{
    if (rank == from_rank && memcmp(from, dims, (size_t)rank * sizeof *dims) == 0) {
        return tensor;
    }
    const char *name = ts_arena_printf(m->arena, "%s.view", node->name);
    struct ts_node *view = add_named(m, node, name, "reshape", &tensor, 1);
    return view && onnx_set(m, view, "dims", dims, rank) ? view->name : NULL;
}

void onnx_define(struct onnx_import *m, const struct onnx_node *node, int i, const char *tensor)
{
    struct onnx_value *value = onnx_out(m, node, i);
    if (value) {
        value->tensor = tensor;
    }
}

/* Numbers that parametrise the operator are no operand. */
static bool is_setting(const struct onnx_node *node, int i, const struct onnx_value *from)
{
    bool resizes = strcmp(node->op, "Resize") == 0 || strcmp(node->op, "Upsample") == 0;
    return onnx_is_constant(from) &&
           (onnx_elements(from) <= 1 || from->type == TS_ONNX_INT64 || (resizes && i > 0));
}

bool onnx_general(struct onnx_import *m, const struct onnx_node *node, const char *op, double ops,
                  int output)
{
    struct onnx_value *to = onnx_out(m, node, output);
    bool estimate = strcmp(op, "estimate") == 0;
    const char **inputs = TS_NEW_ARRAY(m->arena, node->input_count + 1, const char *);
    int count = 0, most = estimate ? 4096 : 64;
    int64_t dims[TS_MAX_RANK];
    if (!to) {
        return true;
    }
    if (onnx_elements(to) < 1) {
        to->numbers = TS_NEW(m->arena, double);
        return true;
    }
    for (int i = 0; i < node->input_count && (!estimate || output == 0); i++) {
        struct onnx_value *from = onnx_in(m, node, i);
        if (!from || onnx_elements(from) < 1 || is_setting(node, i, from)) {
            continue;
        }
        if (count == most) {
            return onnx_error(m, node, TS_ERROR_LIMIT, "it has more than %d inputs", most);
        }
        if (!(inputs[count++] = onnx_tensor(m, node, from))) {
            return false;
        }
    }
    if (!count && !estimate) { /* made from nothing that is read: written only */
        op = "estimate";
    }
    struct ts_node *added = onnx_add(m, node, op, inputs, count);
    if (!added || !onnx_set(m, added, "dims", dims, onnx_graph_dims(to, dims)) ||
        !onnx_set_one(m, added, "ops", ops)) {
        return false;
    }
    onnx_define(m, node, output, added->name);
    return true;
}

bool onnx_view(struct onnx_import *m, const struct onnx_node *node)
{
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t old_dims[TS_MAX_RANK], dims[TS_MAX_RANK];
    if (!to) {
        return true;
    }
    int old_rank = onnx_graph_dims(from, old_dims), rank = onnx_graph_dims(to, dims);
    if (onnx_elements(from) != onnx_elements(to)) {
        return onnx_error(
            m, node, TS_ERROR_SHAPE,
            "%.0f elements do not fit a shape of %.0f; a model exported for one batch "
            "or length runs at no other",
            onnx_elements(from), onnx_elements(to));
    }
    const char *tensor = onnx_tensor(m, node, from);
    return tensor &&
           (to->tensor = onnx_reshape(m, node, tensor, old_rank, old_dims, rank, dims)) != NULL;
}

void onnx_share(struct onnx_value *weight, struct ts_node *node)
{
    struct onnx_value *origin = weight->origin ? weight->origin : weight;
    if (!origin->is_weight) {
        return;
    }
    if (origin->owner) {
        node->weights_of = origin->owner;
    } else {
        origin->owner = node->name;
    }
}
