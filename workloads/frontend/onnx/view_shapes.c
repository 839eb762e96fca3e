/* Output shapes of operators that rename or choose data, from numbers known before the run. */
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
        if (dims[i] == 0 && !zero_is_zero && i < from->rank) {
            dims[i] = from->dims[i];
        }
        if (dims[i] == -1 && open < 0) {
            open = i;
        } else {
            known *= (double)dims[i];
        }
    }
    if (open >= 0) {
        dims[open] = known > 0 ? onnx_whole(onnx_elements(from) / known) : 0;
    }
    return rank;
}

static int squeeze_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int axes[TS_ONNX_MAX_RANK], rank = 0;
    int count = onnx_axes(m, node, 1, "axes", from->rank, axes);
    for (int i = 0; i < from->rank && count >= 0; i++) {
        bool dropped = count == 0 && from->dims[i] == 1;
        for (int j = 0; j < count; j++) {
            dropped |= axes[j] == i && from->dims[i] == 1;
        }
        if (!dropped) {
            dims[rank++] = from->dims[i];
        }
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
        onnx_error(m, node, TS_ERROR_SHAPE,
                   added < 0 ? "its axes are not known before the run" : "too many dimensions");
        return -1;
    }
    unsigned new_axes = 0;
    for (int i = 0; i < added; i++) {
        if (!onnx_axis(m, node, given[i], rank, &axes[i])) {
            return -1;
        }
        new_axes |= 1u << axes[i];
    }
    for (int i = 0; i < rank; i++) {
        dims[i] = new_axes >> i & 1 || taken >= from->rank ? 1 : from->dims[taken++];
    }
    return rank;
}

static int flatten_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t axis = onnx_int(node, "axis", 1);
    double sides[2] = {1, 1};
    axis = axis < 0 ? axis + from->rank : axis;
    for (int i = 0; i < from->rank; i++) {
        sides[i >= axis] *= (double)from->dims[i];
    }
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
    if (strcmp(node->op, "Reshape") == 0) {
        return reshape_shape(m, node, dims);
    }
    if (strcmp(node->op, "Squeeze") == 0) {
        return squeeze_shape(m, node, dims);
    }
    if (strcmp(node->op, "Unsqueeze") == 0) {
        return unsqueeze_shape(m, node, dims);
    }
    if (strcmp(node->op, "Flatten") == 0) {
        return flatten_shape(m, node, dims);
    }
    memcpy(dims, from->dims, sizeof from->dims);
    return from->rank;
}

/* Starts, ends, axes and steps: inputs since opset 10, attributes before. */
static int slice_numbers(struct onnx_import *m, const struct onnx_node *node, int input,
                         const char *name, int64_t *to)
{
    if (node->input_count > 1) {
        return onnx_in(m, node, input) ? onnx_numbers(onnx_in(m, node, input), to, TS_ONNX_MAX_RANK)
                                       : 0;
    }
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
    if (!from) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input");
    }
    int count = slice_numbers(m, node, 1, "starts", starts);
    int axis_count = slice_numbers(m, node, 3, "axes", axes);
    int step_count = slice_numbers(m, node, 4, "steps", steps);
    if (count < 0 || slice_numbers(m, node, 2, "ends", ends) != count || axis_count < 0 ||
        step_count < 0 || (axis_count && axis_count != count) ||
        (step_count && step_count != count)) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "where it cuts depends on the data of the run");
    }
    for (int i = 0; i < from->rank; i++) {
        slices->start[i] = 0;
        slices->step[i] = 1;
        slices->dims[i] = from->dims[i];
    }
    for (int i = 0; i < count; i++) {
        int axis;
        if (!onnx_axis(m, node, axis_count ? axes[i] : i, from->rank, &axis)) {
            return false;
        }
        int64_t length = from->dims[axis], step = step_count ? steps[i] : 1;
        if (step == 0 || step < -TS_MAX_DIM || step > INT64_MAX / 4) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "a step of %lld", (long long)step);
        }
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
    int found =
        given ? onnx_numbers(given, lengths, count) : onnx_ints(node, "split", lengths, count);
    int64_t length = from->dims[axis], total = 0;
    if (found < 0 || (found && found != count) || count < 1) {
        onnx_error(m, node, TS_ERROR_SHAPE, "the lengths of its parts do not fit its outputs");
        return -1;
    }
    int64_t part = (length + count - 1) / count;
    for (int i = 0; i < count && !found; i++) {
        lengths[i] = clamp(length - i * part, 0, part);
    }
    for (int i = 0; i < count; i++) {
        if (lengths[i] < 0 || lengths[i] > TS_MAX_DIM) {
            total = -(INT64_C(1) << 60);
        }
        total += lengths[i];
    }
    if (total == length) {
        return count;
    }
    onnx_error(m, node, TS_ERROR_SHAPE, "its parts do not add up to %lld", (long long)length);
    return -1;
}
