/* Operators of ONNX Runtime (domain com.microsoft), as its optimiser and its LLM exporters write
 * them. */
#include "workloads/frontend/onnx/attention.h"
#include "workloads/frontend/onnx/norms.h"

#include <string.h>

/* Input and skip connection summed, then normalised; the sum may be handed on as output 3. */
static bool map_skip_norm(struct onnx_import *m, const struct onnx_node *node,
                          const struct onnx_operator *row)
{
    struct onnx_value *x = onnx_in(m, node, 0), *skip = onnx_in(m, node, 1);
    struct onnx_value *to = onnx_out(m, node, 0), *sum = onnx_out(m, node, 3);
    if (!x || !skip || !to || onnx_elements(x) != onnx_elements(skip) || x->rank != skip->rank) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs two inputs of one shape");
    }
    const char *inputs[2] = {onnx_tensor(m, node, x), onnx_tensor(m, node, skip)};
    struct ts_node *added = inputs[0] && inputs[1] ? onnx_add(m, node, "add", inputs, 2) : NULL;
    if (!added) {
        return false;
    }
    const char *name = added->name;
    struct ts_node *norm = onnx_add(m, node, row->graph_op, &name, 1);
    if (!norm) {
        return false;
    }
    onnx_set_shape(to, x->type, x->rank, x->dims);
    to->tensor = norm->name;
    if (sum) {
        onnx_set_shape(sum, x->type, x->rank, x->dims);
        sum->tensor = name;
    }
    return true;
}

static void remember_narrow(struct onnx_import *m, const char *node, double bits)
{
    struct onnx_narrow *narrow = TS_NEW(m->arena, struct onnx_narrow);
    *narrow = (struct onnx_narrow){node, bits, m->narrow};
    m->narrow = narrow;
}

/* Y[.., N] = A[.., K] · B, B in blocks of `block_size` weights of `bits` bits and an fp16 scale
 * each, with a zero point of as many bits where input 3 is there. */
static bool map_narrow_matmul(struct onnx_import *m, const struct onnx_node *node,
                              const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *x = onnx_in(m, node, 0), *to = onnx_out(m, node, 0);
    int64_t k = onnx_int(node, "K", 0), n = onnx_int(node, "N", 0);
    int64_t bits = onnx_int(node, "bits", 4), block = onnx_int(node, "block_size", 0);
    int64_t dims[TS_MAX_RANK], flat[2], made[2], shape[TS_MAX_RANK];
    if (!x || !to || x->rank < 2 || x->dims[x->rank - 1] != k || k < 1 || n < 1 || bits < 1 ||
        bits > 8 || block < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE,
                          "K, N, bits and block_size do not fit its input");
    }
    const char *tensor = onnx_tensor(m, node, x);
    int rank = onnx_graph_dims(x, dims);
    flat[0] = made[0] = onnx_whole(onnx_elements(x) / (double)k);
    flat[1] = k;
    made[1] = n;
    if (tensor) {
        tensor = onnx_reshape(m, node, tensor, rank, dims, 2, flat);
    }
    struct ts_node *added = tensor ? onnx_add(m, node, "fc", &tensor, 1) : NULL;
    if (!added || !onnx_set_one(m, added, "out", (double)n) ||
        !onnx_set_one(m, added, "bias", onnx_in(m, node, 5) != NULL)) {
        return false;
    }
    double extra = 16 + (onnx_in(m, node, 3) ? (double)bits : 0);
    remember_narrow(m, added->name, (double)bits + extra / (double)block);
    onnx_set_shape(to, x->type, x->rank, x->dims);
    to->dims[x->rank - 1] = n;
    to->tensor = onnx_reshape(m, node, added->name, 2, made, onnx_graph_dims(to, shape), shape);
    return to->tensor != NULL;
}

const struct onnx_operator onnx_runtime[] = {
    {"Attention", onnx_map_packed_attention, NULL, 0},
    {"MultiHeadAttention", onnx_map_multi_head, NULL, 0},
    {"GroupQueryAttention", onnx_map_grouped_query, NULL, 0},
    {"SkipLayerNormalization", map_skip_norm, "layernorm", 0},
    {"SkipSimplifiedLayerNormalization", map_skip_norm, "rmsnorm", 0},
    {"SimplifiedLayerNormalization", onnx_map_rownorm, "rmsnorm", 0},
    {"RotaryEmbedding", onnx_map_activation, "rotary", 0},
    {"BiasGelu", onnx_map_activation, "gelu", 0},
    {"FastGelu", onnx_map_activation, "gelu", 0},
    {"Gelu", onnx_map_activation, "gelu", 0},
    {"QuickGelu", onnx_map_activation, "silu", 0},
    {"MatMulNBits", map_narrow_matmul, NULL, 0},
    {NULL, NULL, NULL, 0}};
