/* Operators that rename, choose or move data. */
#include "workloads/frontend/onnx/fold.h"

#include <string.h>

/* Copies whose output shape the library or the file tells. */
static bool map_move(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    if (!onnx_infer_by_library(m, node)) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its output shape is not known before the run");
    }
    for (int i = 0; i < node->output_count; i++) {
        if (!onnx_general(m, node, row->graph_op ? row->graph_op : "move", row->ops, i)) {
            return false;
        }
    }
    return true;
}

/* What parametrises the operator is computed in the run; its file may still state the shape. */
static bool is_data_dependent(struct onnx_import *m, const struct onnx_node *node)
{
    for (int i = 1; i < node->input_count; i++) {
        if (onnx_in(m, node, i) && !onnx_is_constant(onnx_in(m, node, i))) {
            return true;
        }
    }
    return false;
}

static bool map_view(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    int64_t dims[TS_ONNX_MAX_RANK];
    if (strcmp(node->op, "CastLike") != 0 && strcmp(node->op, "Dropout") != 0 &&
        is_data_dependent(m, node)) {
        return map_move(m, node, row);
    }
    int rank = onnx_view_shape(m, node, dims);
    if (rank < 0) {
        return false;
    }
    if (!onnx_out(m, node, 0)) {
        return true;
    }
    onnx_set_shape(onnx_out(m, node, 0), onnx_in(m, node, 0)->type, rank, dims);
    if (strcmp(node->op, "Cast") == 0) {
        onnx_out(m, node, 0)->type = (int)onnx_int(node, "to", TS_ONNX_FLOAT);
    }
    return onnx_view(m, node);
}

/* Of the dimensions longer than 1: nothing moves. */
static bool is_in_order(int rank, const int64_t *perm, const int64_t *dims)
{
    int64_t last = -1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] > 1 && perm[i] < last) {
            return false;
        }
        last = dims[i] > 1 ? perm[i] : last;
    }
    return true;
}

/* A product reads its second matrix either way round: what only swaps for it moves nothing. */
static bool feeds_product(struct onnx_import *m, const struct onnx_value *to)
{
    const struct onnx_node *reader = to->readers == 1 ? to->reader : NULL;
    return reader && to->rank >= 2 && to->rank <= TS_MAX_RANK &&
           strcmp(reader->op, "MatMul") == 0 && onnx_in(m, reader, 1) == to &&
           onnx_in(m, reader, 0) != to;
}

static bool map_transpose(struct onnx_import *m, const struct onnx_node *node,
                          const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t perm[TS_ONNX_MAX_RANK], dims[TS_ONNX_MAX_RANK];
    if (!from || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    int count = onnx_ints(node, "perm", perm, TS_ONNX_MAX_RANK);
    unsigned seen = 0;
    for (int i = 0; i < from->rank; i++) {
        if (!count) {
            perm[i] = from->rank - 1 - i;
        }
        if ((count && count != from->rank) || perm[i] < 0 || perm[i] >= from->rank ||
            seen >> perm[i] & 1) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "'perm' does not name each dimension once");
        }
        seen |= 1u << perm[i];
        dims[i] = from->dims[perm[i]];
    }
    onnx_set_shape(to, from->type, from->rank, dims);
    if (is_in_order(from->rank, perm, dims)) {
        return onnx_view(m, node);
    }
    if (feeds_product(m, to) && perm[from->rank - 1] < perm[from->rank - 2]) {
        int64_t swapped = perm[from->rank - 1];
        perm[from->rank - 1] = perm[from->rank - 2];
        perm[from->rank - 2] = swapped;
        to->is_turned = true;
    }
    bool still = true;
    for (int i = 0; i < from->rank; i++) {
        still &= perm[i] == i;
    }
    if (still) {
        return (to->tensor = onnx_tensor(m, node, from)) != NULL;
    }
    if (from->rank > TS_MAX_RANK) {
        return onnx_general(m, node, "move", 0, 0);
    }
    const char *tensor = onnx_tensor(m, node, from);
    struct ts_node *added = tensor ? onnx_add(m, node, "transpose", &tensor, 1) : NULL;
    if (!added || !onnx_set(m, added, "axes", perm, from->rank)) {
        return false;
    }
    to->tensor = added->name;
    return true;
}

/* Parts of a tensor in order are read in place; a part along several dimensions is a chain. */
static const char *cut(struct onnx_import *m, const struct onnx_node *node, const char *tensor,
                       int axis, int64_t start, int64_t length)
{
    struct ts_node *added = tensor ? onnx_add(m, node, "slice", &tensor, 1) : NULL;
    return added && onnx_set_one(m, added, "axis", axis) &&
                   onnx_set_one(m, added, "start", (double)start) &&
                   onnx_set_one(m, added, "length", (double)length)
               ? added->name
               : NULL;
}

static bool empty_output(struct onnx_import *m, struct onnx_value *to)
{
    if (onnx_elements(to) >= 1) {
        return false;
    }
    to->numbers = TS_NEW(m->arena, double);
    return to->is_weight = true;
}

static bool map_slice(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    struct onnx_slices slices;
    bool plain = true;
    if (is_data_dependent(m, node)) {
        return map_move(m, node, row);
    }
    if (!onnx_slices(m, node, &slices)) {
        return false;
    }
    if (!to) {
        return true;
    }
    onnx_set_shape(to, from->type, from->rank, slices.dims);
    for (int i = 0; i < from->rank; i++) {
        plain &= slices.step[i] == 1;
    }
    if (empty_output(m, to)) {
        return true;
    }
    if (!plain || from->rank > TS_MAX_RANK) {
        return onnx_general(m, node, "move", 0, 0);
    }
    const char *tensor = onnx_tensor(m, node, from);
    for (int i = 0; tensor && i < from->rank; i++) {
        if (slices.dims[i] != from->dims[i]) {
            tensor = cut(m, node, tensor, i, slices.start[i], slices.dims[i]);
        }
    }
    return (to->tensor = tensor) != NULL;
}

static bool map_split(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    struct onnx_value *from = onnx_in(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK], start = 0;
    int axis;
    if (is_data_dependent(m, node)) {
        return map_move(m, node, row);
    }
    if (!from || !onnx_axis(m, node, onnx_int(node, "axis", 0), from->rank, &axis)) {
        return from ? false : onnx_error(m, node, TS_ERROR_SHAPE, "it has no input");
    }
    int64_t *lengths = TS_NEW_ARRAY(m->arena, node->output_count + 1, int64_t);
    if (onnx_parts(m, node, axis, lengths) < 0) {
        return false;
    }
    memcpy(dims, from->dims, sizeof dims);
    for (int i = 0; i < node->output_count; i++) {
        struct onnx_value *to = onnx_out(m, node, i);
        dims[axis] = lengths[i];
        if (to) {
            onnx_set_shape(to, from->type, from->rank, dims);
        }
        if (to && !empty_output(m, to)) {
            if (from->rank > TS_MAX_RANK) {
                if (!onnx_general(m, node, "move", 0, i)) {
                    return false;
                }
            } else {
                to->tensor = cut(m, node, onnx_tensor(m, node, from), axis, start, lengths[i]);
                if (!to->tensor) {
                    return false;
                }
            }
        }
        start += lengths[i];
    }
    return true;
}

static bool map_concat(struct onnx_import *m, const struct onnx_node *node,
                       const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *first = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    const char **inputs = TS_NEW_ARRAY(m->arena, node->input_count + 1, const char *);
    int64_t dims[TS_ONNX_MAX_RANK];
    int axis, count = 0;
    if (!first || !to || first->rank < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has nothing to join");
    }
    if (!onnx_axis(m, node, onnx_int(node, "axis", 1), first->rank, &axis)) {
        return false;
    }
    memcpy(dims, first->dims, sizeof dims);
    dims[axis] = 0;
    for (int i = 0; i < node->input_count; i++) {
        struct onnx_value *from = onnx_in(m, node, i);
        if (!from || from->rank != first->rank || dims[axis] > TS_MAX_DIM) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "its inputs do not line up");
        }
        dims[axis] += from->dims[axis];
        if (onnx_elements(from) >= 1 && !(inputs[count++] = onnx_tensor(m, node, from))) {
            return false;
        }
    }
    onnx_set_shape(to, first->type, first->rank, dims);
    if (count < 2 || first->rank > TS_MAX_RANK || count > 4096) {
        return onnx_general(m, node, "move", 0, 0);
    }
    struct ts_node *added = onnx_add(m, node, "concat", inputs, count);
    if (!added || !onnx_set_one(m, added, "axis", axis)) {
        return false;
    }
    to->tensor = added->name;
    return true;
}

/* Rows of a table by index: an embedding when the table is a weight; else the rows are copied. */
static bool map_gather(struct onnx_import *m, const struct onnx_node *node,
                       const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *table = onnx_in(m, node, 0), *index = onnx_in(m, node, 1),
                      *to = onnx_out(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK];
    int axis, rank = 0;
    if (!table || !index || !to || table->rank + index->rank > TS_ONNX_MAX_RANK) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs a table and indices");
    }
    if (!onnx_axis(m, node, onnx_int(node, "axis", 0), table->rank, &axis)) {
        return false;
    }
    for (int i = 0; i < axis; i++) {
        dims[rank++] = table->dims[i];
    }
    for (int i = 0; i < index->rank; i++) {
        dims[rank++] = index->dims[i];
    }
    for (int i = axis + 1; i < table->rank; i++) {
        dims[rank++] = table->dims[i];
    }
    onnx_set_shape(to, table->type, rank, dims);
    if (!table->is_weight && onnx_is_constant(index) && onnx_elements(index) == 1 &&
        table->rank <=
            TS_MAX_RANK) { /* one of several: read in place, as after a stack of q, k, v */
        int64_t at = onnx_whole(index->numbers[0]);
        at = at < 0 ? at + table->dims[axis] : at;
        const char *part = cut(m, node, onnx_tensor(m, node, table), axis, at, 1);
        int64_t from[TS_ONNX_MAX_RANK], shape[TS_MAX_RANK];
        memcpy(from, table->dims, sizeof from);
        from[axis] = 1;
        to->tensor =
            part ? onnx_reshape(m, node, part, table->rank, from, onnx_graph_dims(to, shape), shape)
                 : NULL;
        return to->tensor != NULL;
    }
    if (!table->is_weight || axis != 0 || table->rank != 2 || index->rank >= TS_MAX_RANK ||
        !onnx_is_float(table->type)) {
        return onnx_general(m, node, "move", 0, 0);
    }
    const char *tensor = onnx_tensor(m, node, index);
    struct ts_node *added = tensor ? onnx_add(m, node, "embedding", &tensor, 1) : NULL;
    if (!added || !onnx_set_one(m, added, "rows", (double)table->dims[0]) ||
        !onnx_set_one(m, added, "width", (double)table->dims[1])) {
        return false;
    }
    onnx_share(table, added);
    to->tensor = added->name;
    int64_t made[2] = {1, table->dims[1]}, shape[TS_MAX_RANK];
    if (index->rank == 0) {
        to->tensor = onnx_reshape(m, node, added->name, 2, made, onnx_graph_dims(to, shape), shape);
    }
    return to->tensor != NULL;
}

const struct onnx_operator onnx_shapes[] = {
    {"Reshape", map_view, NULL, 0},
    {"Squeeze", map_view, NULL, 0},
    {"Unsqueeze", map_view, NULL, 0},
    {"Flatten", map_view, NULL, 0},
    {"Identity", map_view, NULL, 0},
    {"Dropout", map_view, NULL, 0},
    {"Cast", map_view, NULL, 0},
    {"CastLike", map_view, NULL, 0},
    {"Transpose", map_transpose, NULL, 0},
    {"Slice", map_slice, NULL, 0},
    {"Split", map_split, NULL, 0},
    {"Concat", map_concat, NULL, 0},
    {"Gather", map_gather, NULL, 0},
    {"Expand", map_move, "move", 0},
    {"Tile", map_move, "move", 0},
    {"Pad", map_move, "move", 0},
    {"DepthToSpace", map_move, "move", 0},
    {"SpaceToDepth", map_move, "move", 0},
    {"GatherElements", map_move, "move", 0},
    {"GatherND", map_move, "move", 0},
    {"ScatterElements", map_move, "move", 0},
    {"ScatterND", map_move, "move", 0},
    {"Scatter", map_move, "move", 0},
    {"ReverseSequence", map_move, "move", 0},
    {"Trilu", map_move, "move", 0},
    {"EyeLike", map_move, "move", 0},
    {"OneHot", map_move, "move", 0},
    {"Resize", map_move, "map", 4}, /* up to four neighbours weighted */
    {"Upsample", map_move, "map", 4},
    {"GridSample", map_move, "map", 12},
    {"ArgMax", map_move, "reduce", 1},
    {"ArgMin", map_move, "reduce", 1},
    {NULL, NULL, NULL, 0}};
