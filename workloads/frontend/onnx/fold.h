/* Folding rules for numbers: each computes the outputs of a node, false when it cannot. */
#ifndef TESSERA_ONNX_FOLD_H
#define TESSERA_ONNX_FOLD_H

#include "workloads/frontend/onnx/import.h"

/* Makes output i a constant of this shape; NULL when it is too large. */
double *onnx_constant(struct onnx_import *m, const struct onnx_node *node, int i, int type,
                      int rank, const int64_t *dims);

/* fold_move.c */
bool onnx_fold_gather(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_concat(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_slice(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_transpose(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_expand(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_view(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_split(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_nonzero(struct onnx_import *m, const struct onnx_node *node);

/* fold_math.c */
bool onnx_fold_where(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_reduce(struct onnx_import *m, const struct onnx_node *node);
bool onnx_fold_math(struct onnx_import *m, const struct onnx_node *node);

/* ---- shapes that folding and mapping share (view_shapes.c) ---- */

/* Output shape of Reshape, Squeeze, Unsqueeze, Flatten, Identity; -1 with an error. */
int onnx_view_shape(struct onnx_import *m, const struct onnx_node *node, int64_t *dims);

/* Slice: start, step and output length for every axis. */
struct onnx_slices {
    int64_t start[TS_ONNX_MAX_RANK], step[TS_ONNX_MAX_RANK], dims[TS_ONNX_MAX_RANK];
};
bool onnx_slices(struct onnx_import *m, const struct onnx_node *node, struct onnx_slices *slices);

/* Split: the parts' lengths; their number, -1 with an error. */
int onnx_parts(struct onnx_import *m, const struct onnx_node *node, int axis, int64_t *lengths);

#endif
