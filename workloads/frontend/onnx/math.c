/* Element-wise operators, reductions and softmax. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

/* One input, same shape out: an activation that the graph knows. */
bool onnx_map_activation(struct onnx_import *m, const struct onnx_node *node,
                         const struct onnx_operator *row)
{
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    if (!from || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    onnx_set_shape(to, from->type, from->rank, from->dims);
    const char *tensor = onnx_tensor(m, node, from);
    struct ts_node *added = tensor ? onnx_add(m, node, row->graph_op, &tensor, 1) : NULL;
    if (added) {
        added->label = node->op;
    }
    to->tensor = added ? added->name : NULL;
    return added != NULL;
}

/* Any function of one element; further inputs (a slope for each channel) are read. */
static bool map_unary(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    if (!from || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    onnx_set_shape(to, from->type, from->rank, from->dims);
    return onnx_general(m, node, "map", row->ops, 0);
}

/* The input as a tensor of the output's rank; NULL with *ok for one number, which is no operand. */
static const char *operand(struct onnx_import *m, const struct onnx_node *node,
                           struct onnx_value *from, const struct onnx_value *to, bool *ok)
{
    int64_t dims[TS_MAX_RANK], wide[TS_MAX_RANK];
    *ok = true;
    if (from->is_weight && onnx_elements(from) <= 1 && to->rank > 0 && onnx_elements(to) > 1) {
        return NULL;
    }
    const char *tensor = onnx_tensor(m, node, from);
    int rank = onnx_graph_dims(from, dims), pad = (to->rank ? to->rank : 1) - rank;
    for (int i = 0; i < pad; i++) {
        wide[i] = 1;
    }
    for (int i = 0; i < rank; i++) {
        wide[pad + i] = dims[i];
    }
    if (tensor && pad > 0) {
        tensor = onnx_reshape(m, node, tensor, rank, dims, rank + pad, wide);
    }
    *ok = tensor != NULL;
    return tensor;
}

/* Two inputs or more, broadcast. One number beside a tensor is a scale. */
static bool map_elementwise(struct onnx_import *m, const struct onnx_node *node,
                            const struct onnx_operator *row)
{
    struct onnx_value *to = onnx_out(m, node, 0);
    const char *inputs[64];
    int count = 0;
    if (!to || node->input_count < 1 || node->input_count > 64) {
        return onnx_error(m, node, TS_ERROR_LIMIT, "it needs 1 to 64 inputs and an output");
    }
    if (!onnx_broadcast(m, node, 0, node->input_count, to)) {
        return false;
    }
    if (to->rank > TS_MAX_RANK || onnx_elements(to) < 1) {
        return onnx_general(m, node, "map", row->ops, 0);
    }
    for (int i = 0; i < node->input_count; i++) {
        bool ok;
        struct onnx_value *from = onnx_in(m, node, i);
        if (!from) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "an input is left out");
        }
        const char *tensor = operand(m, node, from, to, &ok);
        if (!ok) {
            return false;
        }
        if (tensor) {
            inputs[count++] = tensor;
        }
    }
    const char *op = count > 1 ? row->graph_op : "scale";
    if (count == 0) {
        return onnx_general(m, node, "map", row->ops, 0);
    }
    struct ts_node *added = onnx_add(m, node, op, inputs, count);
    if (!added) {
        return false;
    }
    if (strcmp(op, "map") == 0) {
        int64_t dims[TS_MAX_RANK];
        if (!onnx_set(m, added, "dims", dims, onnx_graph_dims(to, dims)) ||
            !onnx_set_one(m, added, "ops", row->ops)) {
            return false;
        }
    }
    added->label = node->op;
    to->tensor = added->name;
    return true;
}

/* Comparisons and choices: the first operand's type is not the result's. */
static bool map_where(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row)
{
    struct onnx_value *to = onnx_out(m, node, 0);
    if (!to) {
        return true;
    }
    if (!onnx_broadcast(m, node, 0, node->input_count, to)) {
        return false;
    }
    if (row->graph_op) {
        to->type = TS_ONNX_BOOL;
    }
    return onnx_general(m, node, "map", row->ops, 0);
}

static bool map_reduce(struct onnx_import *m, const struct onnx_node *node,
                       const struct onnx_operator *row)
{
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t dims[TS_ONNX_MAX_RANK], kept[TS_ONNX_MAX_RANK];
    int axes[TS_ONNX_MAX_RANK], rank = 0;
    unsigned reduced = 0;
    if (!from || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    if (onnx_in(m, node, 1) && !onnx_is_constant(onnx_in(m, node, 1))) {
        return onnx_infer_by_library(m, node)
                   ? onnx_general(m, node, "reduce", row->ops, 0)
                   : onnx_error(m, node, TS_ERROR_SHAPE, "its axes are not known before the run");
    }
    int count = onnx_axes(m, node, 1, "axes", from->rank, axes);
    if (count < 0) {
        return false;
    }
    if (!count && onnx_int(node, "noop_with_empty_axes", 0)) {
        reduced = 0;
    } else if (!count) {
        reduced = (1u << from->rank) - 1;
    }
    for (int i = 0; i < count; i++) {
        reduced |= 1u << axes[i];
    }
    for (int i = 0; i < from->rank; i++) {
        kept[i] = reduced >> i & 1 ? 1 : from->dims[i];
        if (onnx_int(node, "keepdims", 1) || !(reduced >> i & 1)) {
            dims[rank++] = kept[i];
        }
    }
    onnx_set_shape(to, from->type, rank, dims);
    bool pools = from->rank == 4 && reduced == 0xc && strcmp(node->op, "ReduceMean") == 0;
    if (!pools) {
        return onnx_general(m, node, "reduce", row->ops, 0);
    }
    const char *tensor = onnx_tensor(m, node, from);
    int64_t shape[TS_MAX_RANK];
    struct ts_node *added = tensor ? onnx_add(m, node, "globalpool", &tensor, 1) : NULL;
    to->tensor =
        added ? onnx_reshape(m, node, added->name, 4, kept, onnx_graph_dims(to, shape), shape)
              : NULL;
    return to->tensor != NULL;
}

/* Along one axis (the last two or more before opset 13, if so exported). */
static bool map_softmax(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row)
{
    struct onnx_value *from = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t old[TS_MAX_RANK], flat[2];
    int axis = 0;
    bool joins = m->model->opset > 0 && m->model->opset < 13;
    if (!from || !to) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it has no input or output");
    }
    if (from->rank &&
        !onnx_axis(m, node, onnx_int(node, "axis", joins ? 1 : -1), from->rank, &axis)) {
        return false;
    }
    onnx_set_shape(to, from->type, from->rank, from->dims);
    const char *tensor = onnx_tensor(m, node, from);
    double length = 1;
    for (int i = axis; i < from->rank; i++) {
        length *= i == axis || joins ? (double)from->dims[i] : 1;
    }
    double rows = onnx_elements(from) / length;
    if (!tensor || length > (double)TS_MAX_DIM || rows > (double)TS_MAX_DIM) {
        return tensor ? onnx_error(m, node, TS_ERROR_LIMIT, "it is too large") : false;
    }
    int rank = onnx_graph_dims(from, old);
    bool direct = old[rank - 1] == (int64_t)length && axis == from->rank - 1;
    flat[0] = (int64_t)rows;
    flat[1] = (int64_t)length;
    if (!direct && !(tensor = onnx_reshape(m, node, tensor, rank, old, 2, flat))) {
        return false;
    }
    struct ts_node *added = onnx_add(m, node, row->graph_op, &tensor, 1);
    if (!added) {
        return false;
    }
    to->tensor = direct ? added->name : onnx_reshape(m, node, added->name, 2, flat, rank, old);
    return to->tensor != NULL;
}

const struct onnx_operator onnx_math[] = {{"Relu", onnx_map_activation, "relu", 0},
                                          {"LeakyRelu", onnx_map_activation, "leaky_relu", 0},
                                          {"Sigmoid", onnx_map_activation, "sigmoid", 0},
                                          {"Tanh", onnx_map_activation, "tanh", 0},
                                          {"Elu", onnx_map_activation, "elu", 0},
                                          {"Exp", onnx_map_activation, "exp", 0},
                                          {"HardSwish", onnx_map_activation, "hardswish", 0},
                                          {"Gelu", onnx_map_activation, "gelu", 0},
                                          {"GeluTanh", onnx_map_activation, "gelu_tanh", 0},
                                          {"Silu", onnx_map_activation, "silu", 0},
                                          {"Swish", onnx_map_activation, "silu", 0},
                                          {"Clip", onnx_map_activation, "relu6", 0},
                                          {"QuantizeLinear", onnx_map_activation, "scale", 0},
                                          {"DequantizeLinear", onnx_map_activation, "scale", 0},
                                          {"RotaryEmbedding", onnx_map_activation, "rotary", 0},
                                          {"Add", map_elementwise, "add", 1},
                                          {"Sub", map_elementwise, "sub", 1},
                                          {"Mul", map_elementwise, "mul", 1},
                                          {"Div", map_elementwise, "div", 1},
                                          {"Max", map_elementwise, "max", 1},
                                          {"Min", map_elementwise, "map", 1},
                                          {"Sum", map_elementwise, "add", 1},
                                          {"Mean", map_elementwise, "map", 2},
                                          {"Pow", map_elementwise, "map", 4},
                                          {"PRelu", map_unary, NULL, 2},
                                          {"Mod", map_elementwise, "map", 3},
                                          {"BitShift", map_elementwise, "map", 1},
                                          {"And", map_where, "bool", 1},
                                          {"Or", map_where, "bool", 1},
                                          {"Xor", map_where, "bool", 1},
                                          {"Equal", map_where, "bool", 1},
                                          {"Less", map_where, "bool", 1},
                                          {"LessOrEqual", map_where, "bool", 1},
                                          {"Greater", map_where, "bool", 1},
                                          {"GreaterOrEqual", map_where, "bool", 1},
                                          {"Where", map_where, NULL, 1},
                                          {"Neg", map_unary, NULL, 1},
                                          {"Abs", map_unary, NULL, 1},
                                          {"Sqrt", map_unary, NULL, 1},
                                          {"Reciprocal", map_unary, NULL, 1},
                                          {"Log", map_unary, NULL, 1},
                                          {"Erf", map_unary, NULL, 3},
                                          {"Floor", map_unary, NULL, 1},
                                          {"Ceil", map_unary, NULL, 1},
                                          {"Round", map_unary, NULL, 1},
                                          {"Sign", map_unary, NULL, 1},
                                          {"Not", map_unary, NULL, 1},
                                          {"IsNaN", map_unary, NULL, 1},
                                          {"IsInf", map_unary, NULL, 1},
                                          {"Sin", map_unary, NULL, 2},
                                          {"Cos", map_unary, NULL, 2},
                                          {"Tan", map_unary, NULL, 3},
                                          {"Asin", map_unary, NULL, 3},
                                          {"Acos", map_unary, NULL, 3},
                                          {"Atan", map_unary, NULL, 3},
                                          {"Sinh", map_unary, NULL, 4},
                                          {"Cosh", map_unary, NULL, 4},
                                          {"Asinh", map_unary, NULL, 4},
                                          {"Acosh", map_unary, NULL, 4},
                                          {"Atanh", map_unary, NULL, 4},
                                          {"HardSigmoid", map_unary, NULL, 3},
                                          {"Softplus", map_unary, NULL, 3},
                                          {"Softsign", map_unary, NULL, 3},
                                          {"Selu", map_unary, NULL, 4},
                                          {"Celu", map_unary, NULL, 4},
                                          {"Mish", map_unary, NULL, 7},
                                          {"ThresholdedRelu", map_unary, NULL, 1},
                                          {"Shrink", map_unary, NULL, 3},
                                          {"CumSum", map_unary, NULL, 1},
                                          {"Softmax", map_softmax, "softmax", 0},
                                          {"LogSoftmax", map_softmax, "softmax", 0},
                                          {"Hardmax", map_softmax, "softmax", 0},
                                          {"ReduceMean", map_reduce, NULL, 1},
                                          {"ReduceSum", map_reduce, NULL, 1},
                                          {"ReduceMax", map_reduce, NULL, 1},
                                          {"ReduceMin", map_reduce, NULL, 1},
                                          {"ReduceProd", map_reduce, NULL, 1},
                                          {"ReduceL1", map_reduce, NULL, 2},
                                          {"ReduceL2", map_reduce, NULL, 2},
                                          {"ReduceSumSquare", map_reduce, NULL, 2},
                                          {"ReduceLogSum", map_reduce, NULL, 1},
                                          {"ReduceLogSumExp", map_reduce, NULL, 2},
                                          {NULL, NULL, NULL, 0}};
