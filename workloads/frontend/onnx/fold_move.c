/* Folding of operators that only choose and order numbers. */
#include "workloads/frontend/onnx/fold.h"

#include <string.h>

static void strides_of(int rank, const int64_t *dims, int64_t *strides)
{
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
}

/* to[i...] = from[offset + Σ i·stride] over all indices of `dims`. */
static void copy_strided(const double *from, int64_t offset, const int64_t *strides, int rank,
                         const int64_t *dims, double *to)
{
    int64_t index[TS_ONNX_MAX_RANK] = {0}, count = 1;
    for (int i = 0; i < rank; i++) {
        count *= dims[i];
    }
    for (int64_t n = 0; n < count; n++) {
        int64_t at = offset;
        for (int i = 0; i < rank; i++) {
            at += index[i] * strides[i];
        }
        to[n] = from[at];
        for (int i = rank - 1; i >= 0 && ++index[i] == dims[i]; i--) {
            index[i] = 0;
        }
    }
}

bool onnx_fold_transpose(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t perm[TS_ONNX_MAX_RANK], old[TS_ONNX_MAX_RANK], strides[TS_ONNX_MAX_RANK],
        dims[TS_ONNX_MAX_RANK];
    int count = onnx_ints(node, "perm", perm, TS_ONNX_MAX_RANK);
    if (count && count != from->rank) {
        return false;
    }
    strides_of(from->rank, from->dims, old);
    for (int i = 0; i < from->rank; i++) {
        int64_t axis = count ? perm[i] : from->rank - 1 - i;
        if (axis < 0 || axis >= from->rank) {
            return false;
        }
        dims[i] = from->dims[axis];
        strides[i] = old[axis];
    }
    double elements = 1; /* an axis named twice would make another number of them */
    for (int i = 0; i < from->rank; i++) {
        elements *= (double)dims[i];
    }
    if (elements != onnx_elements(from)) {
        return false;
    }
    double *to = onnx_constant(m, node, 0, from->type, from->rank, dims);
    if (to) {
        copy_strided(from->numbers, 0, strides, from->rank, dims, to);
    }
    return to != NULL;
}

bool onnx_fold_slice(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    struct onnx_slices slices;
    int64_t strides[TS_ONNX_MAX_RANK], offset = 0;
    if (!onnx_slices(m, node, &slices)) {
        return false;
    }
    strides_of(from->rank, from->dims, strides);
    for (int i = 0; i < from->rank; i++) {
        offset += slices.start[i] * strides[i];
        strides[i] *= slices.step[i];
    }
    double *to = onnx_constant(m, node, 0, from->type, from->rank, slices.dims);
    if (to) {
        copy_strided(from->numbers, offset, strides, from->rank, slices.dims, to);
    }
    return to != NULL;
}

bool onnx_fold_expand(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK], old[TS_ONNX_MAX_RANK], strides[TS_ONNX_MAX_RANK] = {0};
    int rank = onnx_numbers(onnx_in(m, node, 1), dims, TS_ONNX_MAX_RANK);
    if (rank < from->rank) {
        return false;
    }
    strides_of(from->rank, from->dims, old);
    for (int i = 0; i < from->rank; i++) {
        int64_t *dim = &dims[rank - from->rank + i];
        if (*dim != from->dims[i] && *dim != 1 && from->dims[i] != 1) {
            return false;
        }
        *dim = *dim == 1 ? from->dims[i] : *dim;
        strides[rank - from->rank + i] = from->dims[i] == 1 ? 0 : old[i];
    }
    double *to = onnx_constant(m, node, 0, from->type, rank, dims);
    if (to) {
        copy_strided(from->numbers, 0, strides, rank, dims, to);
    }
    return to != NULL;
}

bool onnx_fold_gather(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0), *indices = onnx_in(m, node, 1);
    int64_t dims[TS_ONNX_MAX_RANK], outer = 1, inner = 1;
    int axis, rank = 0;
    if (!indices || !onnx_axis(m, node, onnx_int(node, "axis", 0), from->rank, &axis) ||
        from->rank - 1 + indices->rank > TS_ONNX_MAX_RANK) {
        return false;
    }
    for (int i = 0; i < axis; i++) {
        outer *= dims[rank++] = from->dims[i];
    }
    for (int i = 0; i < indices->rank; i++) {
        dims[rank++] = indices->dims[i];
    }
    for (int i = axis + 1; i < from->rank; i++) {
        inner *= dims[rank++] = from->dims[i];
    }
    double *to = onnx_constant(m, node, 0, from->type, rank, dims);
    int64_t count = (int64_t)onnx_elements(indices), length = from->dims[axis];
    for (int64_t o = 0; to && o < outer; o++) {
        for (int64_t i = 0; i < count; i++) {
            int64_t at = onnx_whole(indices->numbers[i]);
            at = at < 0 ? at + length : at;
            if (at < 0 || at >= length) {
                return onnx_error(m, node, TS_ERROR_SHAPE, "index %lld of %lld", (long long)at,
                                  (long long)length);
            }
            memcpy(to + (o * count + i) * inner, from->numbers + (o * length + at) * inner,
                   (size_t)inner * sizeof *to);
        }
    }
    return to != NULL;
}

bool onnx_fold_concat(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *first = onnx_in(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK], outer = 1, inner = 1, at = 0;
    int axis;
    if (!first || first->rank < 1 ||
        !onnx_axis(m, node, onnx_int(node, "axis", 1), first->rank, &axis)) {
        return false;
    }
    memcpy(dims, first->dims, sizeof dims);
    dims[axis] = 0;
    for (int i = 0; i < node->input_count; i++) {
        const struct onnx_value *from = onnx_in(m, node, i);
        if (!from || from->rank != first->rank) {
            return false;
        }
        for (int j = 0; j < from->rank; j++) {
            if (j != axis && from->dims[j] != dims[j]) {
                return false;
            }
        }
        dims[axis] += from->dims[axis];
    }
    for (int i = 0; i < first->rank; i++) {
        *(i < axis ? &outer : &inner) *= i == axis ? 1 : dims[i];
    }
    double *to = onnx_constant(m, node, 0, first->type, first->rank, dims);
    for (int64_t o = 0; to && o < outer; o++) {
        for (int i = 0; i < node->input_count; i++) {
            const struct onnx_value *from = onnx_in(m, node, i);
            int64_t run = from->dims[axis] * inner;
            memcpy(to + at, from->numbers + o * run, (size_t)run * sizeof *to);
            at += run;
        }
    }
    return to != NULL;
}

bool onnx_fold_view(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK];
    int rank = onnx_view_shape(m, node, dims);
    double *to = rank < 0 ? NULL : onnx_constant(m, node, 0, from->type, rank, dims);
    if (!to || onnx_elements(onnx_out(m, node, 0)) != onnx_elements(from)) {
        return false;
    }
    memcpy(to, from->numbers, (size_t)onnx_elements(from) * sizeof *to);
    return true;
}

bool onnx_fold_split(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK], strides[TS_ONNX_MAX_RANK], *lengths, at = 0;
    int axis;
    if (!onnx_axis(m, node, onnx_int(node, "axis", 0), from->rank, &axis)) {
        return false;
    }
    lengths = TS_NEW_ARRAY(m->arena, node->output_count + 1, int64_t);
    if (onnx_parts(m, node, axis, lengths) < 0) {
        return false;
    }
    strides_of(from->rank, from->dims, strides);
    memcpy(dims, from->dims, sizeof dims);
    for (int i = 0; i < node->output_count; i++) {
        dims[axis] = lengths[i];
        double *to = onnx_constant(m, node, i, from->type, from->rank, dims);
        if (to) {
            copy_strided(from->numbers, at * strides[axis], strides, from->rank, dims, to);
        }
        at += lengths[i];
    }
    return true;
}

/* Indices of the non-zero elements, [rank, count]. */
bool onnx_fold_nonzero(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int64_t dims[2] = {from->rank, 0}, strides[TS_ONNX_MAX_RANK], at = 0;
    int64_t count = (int64_t)onnx_elements(from);
    for (int64_t i = 0; i < count; i++) {
        dims[1] += from->numbers[i] != 0;
    }
    double *to = onnx_constant(m, node, 0, TS_ONNX_INT64, 2, dims);
    strides_of(from->rank, from->dims, strides);
    for (int64_t i = 0; to && i < count; i++) {
        if (from->numbers[i] == 0) {
            continue;
        }
        for (int j = 0; j < from->rank; j++) {
            to[j * dims[1] + at] = (double)(i / strides[j] % from->dims[j]);
        }
        at++;
    }
    return to != NULL;
}
