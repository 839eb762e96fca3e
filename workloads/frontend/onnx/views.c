/* Operators that rename, choose or move data. */
#include "workloads/frontend/onnx/fold.h"

#include <string.h>

/* ------------------------------------------------------------------ shapes */

static int reshape_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0), *shape = onnx_in(m, node, 1);
    int rank = shape ? onnx_numbers(shape, dims, TS_ONNX_MAX_RANK)
                     : onnx_ints(node, "shape", dims, TS_ONNX_MAX_RANK);
    bool zero_is_zero = onnx_int(node, "allowzero", 0);
    double known = 1;
    int open = -1;
    if (rank < 0) {
        onnx_error(m, node, TS_ERROR_SHAPE, "its new shape depends on the data of the run");
        return -1;
    }
    for (int i = 0; i < rank; i++) {
        if (dims[i] == 0 && !zero_is_zero && i < from->rank)
            dims[i] = from->dims[i];
        if (dims[i] == -1 && open < 0)
            open = i;
        else
            known *= (double)dims[i];
    }
    if (open >= 0)
        dims[open] = known > 0 ? onnx_whole(onnx_elements(from) / known) : 0;
    return rank;
}

static int squeeze_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int axes[TS_ONNX_MAX_RANK], rank = 0;
    int count = onnx_axes(m, node, 1, "axes", from->rank, axes);
    for (int i = 0; i < from->rank && count >= 0; i++) {
        bool dropped = count == 0 && from->dims[i] == 1;
        for (int j = 0; j < count; j++)
            dropped |= axes[j] == i && from->dims[i] == 1;
        if (!dropped)
            dims[rank++] = from->dims[i];
    }
    return count < 0 ? -1 : rank;
}

static int unsqueeze_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t given[TS_ONNX_MAX_RANK];
    int axes[TS_ONNX_MAX_RANK];
    int added = onnx_in(m, node, 1) ? onnx_numbers(onnx_in(m, node, 1), given, TS_ONNX_MAX_RANK)
                                    : onnx_ints(node, "axes", given, TS_ONNX_MAX_RANK);
    int rank = from->rank + (added > 0 ? added : 0), taken = 0;
    if (added < 0 || rank > TS_ONNX_MAX_RANK) {
        onnx_error(m, node, TS_ERROR_SHAPE, added < 0 ? "its axes are not known before the run"
                                                      : "too many dimensions");
        return -1;
    }
    unsigned new_axes = 0;
    for (int i = 0; i < added; i++) {
        if (!onnx_axis(m, node, given[i], rank, &axes[i]))
            return -1;
        new_axes |= 1u << axes[i];
    }
    for (int i = 0; i < rank; i++)
        dims[i] = new_axes >> i & 1 || taken >= from->rank ? 1 : from->dims[taken++];
    return rank;
}

static int flatten_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t axis = onnx_int(node, "axis", 1);
    double sides[2] = {1, 1};
    axis = axis < 0 ? axis + from->rank : axis;
    for (int i = 0; i < from->rank; i++)
        sides[i >= axis] *= (double)from->dims[i];
    dims[0] = onnx_whole(sides[0]);
    dims[1] = onnx_whole(sides[1]);
    return 2;
}

int onnx_view_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    if (!from) {
        onnx_error(m, node, TS_ERROR_SHAPE, "it has no input");
        return -1;
    }
    if (strcmp(node->op, "Reshape") == 0)
        return reshape_shape(m, node, dims);
    if (strcmp(node->op, "Squeeze") == 0)
        return squeeze_shape(m, node, dims);
    if (strcmp(node->op, "Unsqueeze") == 0)
        return unsqueeze_shape(m, node, dims);
    if (strcmp(node->op, "Flatten") == 0)
        return flatten_shape(m, node, dims);
    memcpy(dims, from->dims, sizeof from->dims);
    return from->rank;
}

/* Starts, ends, axes and steps: inputs since opset 10, attributes before. */
static int slice_numbers(struct onnx_import *m, const struct onnx_node *node, int input,
                         const char *name, int64_t *to)
{
    if (node->input_count > 1)
        return onnx_in(m, node, input)
                   ? onnx_numbers(onnx_in(m, node, input), to, TS_ONNX_MAX_RANK)
                   : 0;
    return onnx_ints(node, name, to, TS_ONNX_MAX_RANK);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

bool onnx_slices(struct onnx_import *m, const struct onnx_node *node, struct onnx_slices *slices)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t starts[TS_ONNX_MAX_RANK], ends[TS_ONNX_MAX_RANK], axes[TS_ONNX_MAX_RANK],
        steps[TS_ONNX_MAX_RANK];
    if (!from)
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input");
    int count = slice_numbers(m, node, 1, "starts", starts);
    int axis_count = slice_numbers(m, node, 3, "axes", axes);
    int step_count = slice_numbers(m, node, 4, "steps", steps);
    if (count < 0 || slice_numbers(m, node, 2, "ends", ends) != count || axis_count < 0 ||
        step_count < 0 || (axis_count && axis_count != count) ||
        (step_count && step_count != count))
        return onnx_error(m, node, TS_ERROR_SHAPE, "where it cuts depends on the data of the run");
    for (int i = 0; i < from->rank; i++) {
        slices->start[i] = 0;
        slices->step[i] = 1;
        slices->dims[i] = from->dims[i];
    }
    for (int i = 0; i < count; i++) {
        int axis;
        if (!onnx_axis(m, node, axis_count ? axes[i] : i, from->rank, &axis))
            return false;
        int64_t length = from->dims[axis], step = step_count ? steps[i] : 1;
        if (step == 0 || step < -TS_MAX_DIM || step > INT64_MAX / 4)
            return onnx_error(m, node, TS_ERROR_SHAPE, "a step of %lld", (long long)step);
        bool back = step < 0;
        int64_t start = starts[i] < 0 && starts[i] > INT64_MIN / 2 ? starts[i] + length : starts[i];
        int64_t end = ends[i] < 0 && ends[i] > INT64_MIN / 2 ? ends[i] + length : ends[i];
        start = clamp(start, 0, back ? length - 1 : length);
        end = clamp(end, back ? -1 : 0, length);
        int64_t span = back ? start - end : end - start, stride = back ? -step : step;
        slices->start[axis] = start < 0 ? 0 : start;
        slices->step[axis] = step;
        slices->dims[axis] = span > 0 ? (span - 1) / stride + 1 : 0;
    }
    return true;
}

int onnx_parts(struct onnx_import *m, const struct onnx_node *node, int axis, int64_t *lengths)
{
    const struct onnx_value *from = onnx_in(m, node, 0), *given = onnx_in(m, node, 1);
    int count = node->output_count;
    int found = given ? onnx_numbers(given, lengths, count) : onnx_ints(node, "split", lengths, count);
    int64_t length = from->dims[axis], total = 0;
    if (found < 0 || (found && found != count) || count < 1) {
        onnx_error(m, node, TS_ERROR_SHAPE, "the lengths of its parts do not fit its outputs");
        return -1;
    }
    int64_t part = (length + count - 1) / count;
    for (int i = 0; i < count && !found; i++)
        lengths[i] = clamp(length - i * part, 0, part);
    for (int i = 0; i < count; i++) {
        if (lengths[i] < 0 || lengths[i] > TS_MAX_DIM)
            total = -(INT64_C(1) << 60);
        total += lengths[i];
    }
    if (total == length)
        return count;
    onnx_error(m, node, TS_ERROR_SHAPE, "its parts do not add up to %lld", (long long)length);
    return -1;
}

/* ------------------------------------------------------------------ into the graph */

static bool map_view(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    (void)row;
    int64_t dims[TS_ONNX_MAX_RANK];
    int rank = onnx_view_shape(m, node, dims);
    if (rank < 0)
        return false;
    if (!onnx_out(m, node, 0))
        return true;
    onnx_set_shape(onnx_out(m, node, 0), onnx_in(m, node, 0)->type, rank, dims);
    if (strcmp(node->op, "Cast") == 0)
        onnx_out(m, node, 0)->type = (int)onnx_int(node, "to", TS_ONNX_FLOAT);
    return onnx_view(m, node);
}

static bool map_transpose(struct onnx_import *m, const struct onnx_node *node,
                          const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t perm[TS_ONNX_MAX_RANK], dims[TS_ONNX_MAX_RANK];
    if (!from || !to)
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    int count = onnx_ints(node, "perm", perm, TS_ONNX_MAX_RANK);
    unsigned seen = 0;
    for (int i = 0; i < from->rank; i++) {
        if (!count)
            perm[i] = from->rank - 1 - i;
        if ((count && count != from->rank) || perm[i] < 0 || perm[i] >= from->rank ||
            seen >> perm[i] & 1)
            return onnx_error(m, node, TS_ERROR_SHAPE, "'perm' does not name each dimension once");
        seen |= 1u << perm[i];
        dims[i] = from->dims[perm[i]];
    }
    onnx_set_shape(to, from->type, from->rank, dims);
    int64_t last = -1;
    bool in_order = true; /* of the dimensions longer than 1: nothing moves */
    for (int i = 0; i < from->rank; i++) {
        in_order &= dims[i] == 1 || perm[i] > last;
        last = dims[i] == 1 ? last : perm[i];
    }
    if (in_order)
        return onnx_view(m, node);
    if (from->rank > TS_MAX_RANK)
        return onnx_general(m, node, "move", 0, 0);
    const char *tensor = onnx_tensor(m, node, from);
    struct ts_node *added = tensor ? onnx_add(m, node, "transpose", &tensor, 1) : NULL;
    if (!added || !onnx_set(m, added, "axes", perm, from->rank))
        return false;
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
    if (onnx_elements(to) >= 1)
        return false;
    to->numbers = TS_NEW(m->arena, double);
    return to->is_weight = true;
}

static bool map_slice(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    struct onnx_slices slices;
    bool plain = true;
    if (!onnx_slices(m, node, &slices))
        return false;
    if (!to)
        return true;
    onnx_set_shape(to, from->type, from->rank, slices.dims);
    for (int i = 0; i < from->rank; i++)
        plain &= slices.step[i] == 1;
    if (empty_output(m, to))
        return true;
    if (!plain || from->rank > TS_MAX_RANK)
        return onnx_general(m, node, "move", 0, 0);
    const char *tensor = onnx_tensor(m, node, from);
    for (int i = 0; tensor && i < from->rank; i++)
        if (slices.dims[i] != from->dims[i])
            tensor = cut(m, node, tensor, i, slices.start[i], slices.dims[i]);
    return (to->tensor = tensor) != NULL;
}

static bool map_split(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *from = onnx_in(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK], start = 0;
    int axis;
    if (!from || !onnx_axis(m, node, onnx_int(node, "axis", 0), from->rank, &axis))
        return from ? false : onnx_error(m, node, TS_ERROR_SHAPE, "it has no input");
    int64_t *lengths = TS_NEW_ARRAY(m->arena, node->output_count + 1, int64_t);
    if (onnx_parts(m, node, axis, lengths) < 0)
        return false;
    memcpy(dims, from->dims, sizeof dims);
    for (int i = 0; i < node->output_count; i++) {
        struct onnx_value *to = onnx_out(m, node, i);
        dims[axis] = lengths[i];
        if (to)
            onnx_set_shape(to, from->type, from->rank, dims);
        if (to && !empty_output(m, to)) {
            if (from->rank > TS_MAX_RANK) {
                if (!onnx_general(m, node, "move", 0, i))
                    return false;
            } else {
                to->tensor = cut(m, node, onnx_tensor(m, node, from), axis, start, lengths[i]);
                if (!to->tensor)
                    return false;
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
    if (!first || !to || first->rank < 1)
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has nothing to join");
    if (!onnx_axis(m, node, onnx_int(node, "axis", 1), first->rank, &axis))
        return false;
    memcpy(dims, first->dims, sizeof dims);
    dims[axis] = 0;
    for (int i = 0; i < node->input_count; i++) {
        struct onnx_value *from = onnx_in(m, node, i);
        if (!from || from->rank != first->rank || dims[axis] > TS_MAX_DIM)
            return onnx_error(m, node, TS_ERROR_SHAPE, "its inputs do not line up");
        dims[axis] += from->dims[axis];
        if (onnx_elements(from) >= 1 && !(inputs[count++] = onnx_tensor(m, node, from)))
            return false;
    }
    onnx_set_shape(to, first->type, first->rank, dims);
    if (count < 2 || first->rank > TS_MAX_RANK || count > 4096)
        return onnx_general(m, node, "move", 0, 0);
    struct ts_node *added = onnx_add(m, node, "concat", inputs, count);
    if (!added || !onnx_set_one(m, added, "axis", axis))
        return false;
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
    if (!table || !index || !to || table->rank + index->rank > TS_ONNX_MAX_RANK)
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs a table and indices");
    if (!onnx_axis(m, node, onnx_int(node, "axis", 0), table->rank, &axis))
        return false;
    for (int i = 0; i < axis; i++)
        dims[rank++] = table->dims[i];
    for (int i = 0; i < index->rank; i++)
        dims[rank++] = index->dims[i];
    for (int i = axis + 1; i < table->rank; i++)
        dims[rank++] = table->dims[i];
    onnx_set_shape(to, table->type, rank, dims);
    if (!table->is_weight && onnx_is_constant(index) && onnx_elements(index) == 1 &&
        table->rank <= TS_MAX_RANK) { /* one of several: read in place, as after a stack of q, k, v */
        int64_t at = onnx_whole(index->numbers[0]);
        at = at < 0 ? at + table->dims[axis] : at;
        const char *part = cut(m, node, onnx_tensor(m, node, table), axis, at, 1);
        int64_t from[TS_ONNX_MAX_RANK], shape[TS_MAX_RANK];
        memcpy(from, table->dims, sizeof from);
        from[axis] = 1;
        to->tensor = part ? onnx_reshape(m, node, part, table->rank, from,
                                         onnx_graph_dims(to, shape), shape)
                          : NULL;
        return to->tensor != NULL;
    }
    if (!table->is_weight || axis != 0 || table->rank != 2 || index->rank >= TS_MAX_RANK ||
        !onnx_is_float(table->type))
        return onnx_general(m, node, "move", 0, 0);
    const char *tensor = onnx_tensor(m, node, index);
    struct ts_node *added = tensor ? onnx_add(m, node, "embedding", &tensor, 1) : NULL;
    if (!added || !onnx_set_one(m, added, "rows", (double)table->dims[0]) ||
        !onnx_set_one(m, added, "width", (double)table->dims[1]))
        return false;
    onnx_share(table, added);
    to->tensor = added->name;
    int64_t made[2] = {1, table->dims[1]}, shape[TS_MAX_RANK];
    if (index->rank == 0)
        to->tensor =
            onnx_reshape(m, node, added->name, 2, made, onnx_graph_dims(to, shape), shape);
    return to->tensor != NULL;
}

/* Copies whose output shape the library or the file tells. */
static bool map_move(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    if (!onnx_infer_by_library(m, node))
        return onnx_error(m, node, TS_ERROR_SHAPE, "its output shape is not known before the run");
    for (int i = 0; i < node->output_count; i++)
        if (!onnx_general(m, node, row->graph_op, row->ops, i))
            return false;
    return true;
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
