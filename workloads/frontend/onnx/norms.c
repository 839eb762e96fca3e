/* Normalisations. */
#include "workloads/frontend/onnx/norms.h"

/* Statistics that training mode puts out beside the result: one number a channel or row. */
static void set_rest(struct onnx_import *m, const struct onnx_node *node, int type, int rank,
                     const int64_t *dims)
{
    for (int i = 1; i < node->output_count; i++) {
        struct onnx_value *to = onnx_out(m, node, i);
        if (!to) {
            continue;
        }
        onnx_set_shape(to, type, rank, dims);
        to->is_weight = true;
    }
}

bool onnx_map_batchnorm(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    if (!x || !to || x->rank < 2 || x->rank > TS_MAX_RANK) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its input must have channels");
    }
    onnx_set_shape(to, x->type, x->rank, x->dims);
    set_rest(m, node, x->type, 1, &x->dims[1]);
    const char *tensor = onnx_tensor(m, node, x);
    struct ts_node *added = tensor ? onnx_add(m, node, row->graph_op, &tensor, 1) : NULL;
    to->tensor = added ? added->name : NULL;
    return added != NULL;
}

/* Over the dimensions from `axis` on, as rows. */
bool onnx_map_rownorm(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t dims[TS_MAX_RANK], flat[2], rest[TS_ONNX_MAX_RANK];
    double length = 1;
    int axis;
    if (!x || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    if (!onnx_axis(m, node, onnx_int(node, "axis", -1), x->rank, &axis)) {
        return false;
    }
    onnx_set_shape(to, x->type, x->rank, x->dims);
    for (int i = 0; i < x->rank; i++) {
        length *= i >= axis ? (double)x->dims[i] : 1;
        rest[i] = i >= axis ? 1 : x->dims[i];
    }
    set_rest(m, node, x->type, x->rank, rest);
    const char *tensor = onnx_tensor(m, node, x);
    double rows = onnx_elements(x) / length;
    if (!tensor || length > (double)TS_MAX_DIM || rows > (double)TS_MAX_DIM) {
        return tensor ? onnx_error(m, node, TS_ERROR_LIMIT, "it is too large") : false;
    }
    int rank = onnx_graph_dims(x, dims);
    bool direct = axis == x->rank - 1;
    flat[0] = (int64_t)rows;
    flat[1] = (int64_t)length;
    if (!direct && !(tensor = onnx_reshape(m, node, tensor, rank, dims, 2, flat))) {
        return false;
    }
    struct ts_node *added = onnx_add(m, node, row->graph_op, &tensor, 1);
    if (!added) {
        return false;
    }
    to->tensor = direct ? added->name : onnx_reshape(m, node, added->name, 2, flat, rank, dims);
    return to->tensor != NULL;
}

/* Two kernels: statistics over each group of a sample's channels, then scale and shift. */
bool onnx_map_groupnorm(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t dims[TS_MAX_RANK];
    if (!x || !to || x->rank < 3) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its input must have channels and pixels");
    }
    onnx_set_shape(to, x->type, x->rank, x->dims);
    int64_t groups = onnx_int(node, "num_groups", x->dims[1]);
    if (groups < 1 || groups > x->dims[1]) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "%lld groups of %lld channels",
                          (long long)groups, (long long)x->dims[1]);
    }
    const char *inputs[4] = {onnx_tensor(m, node, x)};
    const int64_t statistics[2] = {x->dims[0], groups};
    struct ts_node *sums = inputs[0] ? onnx_add(m, node, "reduce", inputs, 1) : NULL;
    if (!sums || !onnx_set(m, sums, "dims", statistics, 2) || !onnx_set_one(m, sums, "ops", 3)) {
        return false;
    }
    int count = 2;
    inputs[1] = sums->name;
    for (int i = 1; i < 3; i++) {
        if (onnx_in(m, node, i) && !(inputs[count++] = onnx_tensor(m, node, onnx_in(m, node, i)))) {
            return false;
        }
    }
    struct ts_node *added = onnx_add(m, node, "map", inputs, count);
    if (!added || !onnx_set(m, added, "dims", dims, onnx_graph_dims(to, dims)) ||
        !onnx_set_one(m, added, "ops", 4)) {
        return false;
    }
    to->tensor = added->name;
    return true;
}

bool onnx_map_lrn(struct onnx_import *m, const struct onnx_node *node,
                  const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    if (!x || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    onnx_set_shape(to, x->type, x->rank, x->dims);
    const char *tensor = onnx_tensor(m, node, x);
    struct ts_node *added = tensor ? onnx_add(m, node, row->graph_op, &tensor, 1) : NULL;
    if (!added || !onnx_set_one(m, added, "size", (double)onnx_int(node, "size", 5))) {
        return false;
    }
    to->tensor = added->name;
    return true;
}
