/* Attention as one operator: the standard's (opset 23) and those of ONNX Runtime (com.microsoft).
 *
 * Each becomes products, a mask and a softmax; heads are reordered by how a fused kernel addresses
 * them, so that no copy is made of queries, keys and values. A cache of earlier tokens is copied
 * into the one that is handed on.
 */
#include "workloads/frontend/onnx/attention.h"

#include <string.h>

/* Queries [batch, heads, queries, width], keys [batch, kv_heads, keys, width], values [batch,
 * kv_heads, keys, value_width]. */
struct attention {
    int64_t batch, heads, kv_heads, queries, keys, width, value_width;
    const char *q, *k, *v;
    bool is_masked;
    const char *scores;
};

static const char *view(struct onnx_import *m, const struct onnx_node *node,
                        struct onnx_value *value, int64_t batch, int64_t heads, int64_t length,
                        int64_t width)
{
    const int64_t to[4] = {batch, heads, length, width};
    int64_t from[TS_MAX_RANK];
    const char *tensor = onnx_tensor(m, node, value);
    int rank = onnx_graph_dims(value, from);
    if ((double)batch * (double)heads * (double)length * (double)width != onnx_elements(value)) {
        onnx_error(m, node, TS_ERROR_SHAPE, "'%s' does not have %lld heads of %lld values",
                   value->name, (long long)heads, (long long)width);
        return NULL;
    }
    return tensor ? onnx_reshape(m, node, tensor, rank, from, 4, to) : NULL;
}

/* Part `index` of `parts` along an axis, under another shape; free. */
static const char *part(struct onnx_import *m, const struct onnx_node *node, const char *tensor,
                        int rank, const int64_t *dims, int axis, int64_t start, int64_t length,
                        const int64_t to[4])
{
    int64_t cut[TS_MAX_RANK];
    memcpy(cut, dims, (size_t)rank * sizeof *dims);
    cut[axis] = length;
    struct ts_node *added = onnx_add(m, node, "slice", &tensor, 1);
    if (!added || !onnx_set_one(m, added, "axis", axis) ||
        !onnx_set_one(m, added, "start", (double)start) ||
        !onnx_set_one(m, added, "length", (double)length)) {
        return NULL;
    }
    return onnx_reshape(m, node, added->name, rank, cut, 4, to);
}

static bool attend(struct onnx_import *m, const struct onnx_node *node, struct attention *a,
                   const char **context)
{
    const char *inputs[2] = {a->q, a->k};
    struct ts_node *added = onnx_add(m, node, "matmul", inputs, 2);
    if (!added || !onnx_set_one(m, added, "transpose_b", 1)) {
        return false;
    }
    a->scores = added->name;
    inputs[0] = added->name;
    if (a->is_masked && !(added = onnx_add(m, node, "mask", inputs, 1))) {
        return false;
    }
    inputs[0] = added->name;
    if (!(added = onnx_add(m, node, "softmax", inputs, 1))) {
        return false;
    }
    inputs[0] = added->name;
    inputs[1] = a->v;
    added = onnx_add(m, node, "matmul", inputs, 2);
    *context = added ? added->name : NULL;
    return added != NULL;
}

/* Output 0 has the rank of the queries' input: [batch, queries, heads · width] or by heads. */
static bool finish(struct onnx_import *m, const struct onnx_node *node, struct attention *a,
                   int type, int rank)
{
    struct onnx_value *to = onnx_out(m, node, 0);
    const int64_t made[4] = {a->batch, a->heads, a->queries, a->value_width};
    const int64_t rows[3] = {a->batch, a->queries, a->heads * a->value_width};
    const char *context;
    if (!to || !attend(m, node, a, &context)) {
        return to ? false : onnx_error(m, node, TS_ERROR_SHAPE, "it has no output");
    }
    onnx_set_shape(to, type, rank, rank == 4 ? made : rows);
    to->tensor = onnx_reshape(m, node, context, 4, made, rank, rank == 4 ? made : rows);
    return to->tensor != NULL;
}

/* Keys or values behind those of the cache `past` (may be NULL), as output `output`. */
static const char *join(struct onnx_import *m, const struct onnx_node *node,
                        struct onnx_value *past, const char *tensor, const int64_t dims[4],
                        int output, int type)
{
    struct onnx_value *present = onnx_out(m, node, output);
    if (past && onnx_elements(past) >= 1) {
        const char *inputs[2] = {onnx_tensor(m, node, past), tensor};
        struct ts_node *added = inputs[0] ? onnx_add(m, node, "move", inputs, 2) : NULL;
        if (!added || !onnx_set(m, added, "dims", dims, 4)) {
            return NULL;
        }
        tensor = added->name;
    }
    if (present) {
        onnx_set_shape(present, type, 4, dims);
        present->tensor = tensor;
    }
    return tensor;
}

static int64_t past_length(const struct onnx_value *past)
{
    return past && past->rank == 4 ? past->dims[2] : 0;
}

static bool join_caches(struct onnx_import *m, const struct onnx_node *node, struct attention *a,
                        int past_key, int first_output, int type)
{
    struct onnx_value *keys = onnx_in(m, node, past_key), *values = onnx_in(m, node, past_key + 1);
    a->keys += past_length(keys);
    const int64_t key_dims[4] = {a->batch, a->kv_heads, a->keys, a->width};
    const int64_t value_dims[4] = {a->batch, a->kv_heads, a->keys, a->value_width};
    a->k = a->k ? join(m, node, keys, a->k, key_dims, first_output, type) : NULL;
    a->v = a->k && a->v ? join(m, node, values, a->v, value_dims, first_output + 1, type) : NULL;
    return a->q && a->k && a->v;
}

static bool is_sound(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_value *q, int64_t heads, int64_t kv_heads)
{
    if (!q || (q->rank != 3 && q->rank != 4)) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its queries must have 3 or 4 dimensions");
    }
    if (heads < 1 || kv_heads < 1 || heads % kv_heads) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "%lld heads of queries, %lld of keys",
                          (long long)heads, (long long)kv_heads);
    }
    return true;
}

/* Reads q, k and v as they come: by heads, or with the heads side by side. */
static bool read_three(struct onnx_import *m, const struct onnx_node *node, struct onnx_value *q,
                       struct onnx_value *k, struct onnx_value *v, struct attention *a)
{
    if (!k || !v || k->rank < 3 || v->rank < 3 || k->rank > 4 || v->rank > 4) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs keys and values");
    }
    a->batch = q->dims[0];
    a->queries = q->dims[q->rank - 2];
    a->keys = k->dims[k->rank - 2];
    a->width = q->rank == 4 ? q->dims[3] : q->dims[2] / a->heads;
    a->value_width = v->rank == 4 ? v->dims[3] : v->dims[2] / a->kv_heads;
    a->q = view(m, node, q, a->batch, a->heads, a->queries, a->width);
    a->k = a->q ? view(m, node, k, a->batch, a->kv_heads, a->keys, a->width) : NULL;
    a->v = a->k ? view(m, node, v, a->batch, a->kv_heads, a->keys, a->value_width) : NULL;
    return a->v != NULL;
}

bool onnx_map_attention(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *q = onnx_in(m, node, 0), *k = onnx_in(m, node, 1), *v = onnx_in(m, node, 2);
    struct attention a = {.is_masked = onnx_in(m, node, 3) || onnx_int(node, "is_causal", 0)};
    a.heads = onnx_int(node, "q_num_heads", q && q->rank == 4 ? q->dims[1] : 0);
    a.kv_heads = onnx_int(node, "kv_num_heads", k && k->rank == 4 ? k->dims[1] : a.heads);
    if (!is_sound(m, node, q, a.heads, a.kv_heads) || !read_three(m, node, q, k, v, &a) ||
        !join_caches(m, node, &a, 4, 1, q->type) || !finish(m, node, &a, q->type, q->rank)) {
        return false;
    }
    struct onnx_value *scores = onnx_out(m, node, 3);
    if (scores) {
        const int64_t dims[4] = {a.batch, a.heads, a.queries, a.keys};
        onnx_set_shape(scores, q->type, 4, dims);
        scores->tensor = a.scores;
    }
    return true;
}

/* Queries, keys and values side by side in one tensor [batch, length, heads, 3, width]. */
static bool read_packed(struct onnx_import *m, const struct onnx_node *node, struct onnx_value *x,
                        struct attention *a)
{
    const char *tensor = onnx_tensor(m, node, x), **to[3] = {&a->q, &a->k, &a->v};
    if (!tensor) {
        return false;
    }
    a->batch = x->dims[0];
    a->queries = a->keys = x->dims[1];
    a->width = a->value_width = x->dims[4];
    const int64_t dims[4] = {a->batch, a->heads, a->keys, a->width};
    for (int i = 0; i < 3; i++) {
        if (!(*to[i] = part(m, node, tensor, 5, x->dims, 3, i, 1, dims))) {
            return false;
        }
    }
    return true;
}

bool onnx_map_multi_head(struct onnx_import *m, const struct onnx_node *node,
                         const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *q = onnx_in(m, node, 0), *k = onnx_in(m, node, 1), *v = onnx_in(m, node, 2);
    struct attention a = {.heads = onnx_int(node, "num_heads", 0)};
    a.kv_heads = a.heads;
    a.is_masked = onnx_in(m, node, 4) || onnx_in(m, node, 5) || onnx_int(node, "unidirectional", 0);
    bool packed = q && q->rank == 5 && q->dims[2] == a.heads && q->dims[3] == 3;
    if (a.heads < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "num_heads is %lld", (long long)a.heads);
    }
    if (packed ? !read_packed(m, node, q, &a)
               : !is_sound(m, node, q, a.heads, a.kv_heads) || !read_three(m, node, q, k, v, &a)) {
        return false;
    }
    return join_caches(m, node, &a, 6, 1, q->type) && finish(m, node, &a, q->type, 3);
}

/* One kernel: halves swapped, times sine, beside times cosine. */
static const char *rotate(struct onnx_import *m, const struct onnx_node *node, const char *tensor,
                          const int64_t dims[4])
{
    struct ts_node *added = tensor ? onnx_add(m, node, "map", &tensor, 1) : NULL;
    return added && onnx_set(m, added, "dims", dims, 4) && onnx_set_one(m, added, "ops", 4)
               ? added->name
               : NULL;
}

/* [batch, length, (heads + 2 · kv_heads) · width] */
static bool read_grouped(struct onnx_import *m, const struct onnx_node *node, struct onnx_value *x,
                         struct attention *a)
{
    int64_t all = a->heads + 2 * a->kv_heads;
    const char *tensor = onnx_tensor(m, node, x);
    if (!tensor || x->rank != 3 || x->dims[2] % all) {
        return tensor
                   ? onnx_error(m, node, TS_ERROR_SHAPE, "%lld values are not those of %lld heads",
                                (long long)x->dims[x->rank - 1], (long long)all)
                   : false;
    }
    a->batch = x->dims[0];
    a->queries = a->keys = x->dims[1];
    a->width = a->value_width = x->dims[2] / all;
    const int64_t q[4] = {a->batch, a->heads, a->queries, a->width};
    const int64_t kv[4] = {a->batch, a->kv_heads, a->keys, a->width};
    int64_t key = a->heads * a->width, each = a->kv_heads * a->width;
    return (a->q = part(m, node, tensor, 3, x->dims, 2, 0, key, q)) &&
           (a->k = part(m, node, tensor, 3, x->dims, 2, key, each, kv)) &&
           (a->v = part(m, node, tensor, 3, x->dims, 2, key + each, each, kv));
}

bool onnx_map_grouped_query(struct onnx_import *m, const struct onnx_node *node,
                            const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *q = onnx_in(m, node, 0), *k = onnx_in(m, node, 1), *v = onnx_in(m, node, 2);
    struct attention a = {.heads = onnx_int(node, "num_heads", 0),
                          .kv_heads = onnx_int(node, "kv_num_heads", 0),
                          .is_masked = true};
    if (!is_sound(m, node, q, a.heads, a.kv_heads) ||
        (k ? !read_three(m, node, q, k, v, &a) : !read_grouped(m, node, q, &a))) {
        return false;
    }
    if (onnx_int(node, "do_rotary", 0)) {
        const int64_t queries[4] = {a.batch, a.heads, a.queries, a.width};
        const int64_t keys[4] = {a.batch, a.kv_heads, a.keys, a.width};
        a.q = rotate(m, node, a.q, queries);
        a.k = rotate(m, node, a.k, keys);
    }
    return join_caches(m, node, &a, 3, 1, q->type) && finish(m, node, &a, q->type, 3);
}

/* X[batch, length, in] by weights [in, 3 · hidden] first, then attention. */
bool onnx_map_packed_attention(struct onnx_import *m, const struct onnx_node *node,
                               const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *x = onnx_in(m, node, 0), *weights = onnx_in(m, node, 1);
    struct attention a = {.heads = onnx_int(node, "num_heads", 0)};
    a.kv_heads = a.heads;
    a.is_masked = onnx_in(m, node, 3) || onnx_in(m, node, 5) || onnx_int(node, "unidirectional", 0);
    if (onnx_in(m, node, 4) || onnx_out(m, node, 1) || onnx_attribute(node, "qkv_hidden_sizes")) {
        return onnx_estimate(m, node);
    }
    if (!weights || weights->rank != 2 || !is_sound(m, node, x, a.heads, a.kv_heads)) {
        return weights ? false : onnx_error(m, node, TS_ERROR_SHAPE, "it has no weights");
    }
    const char *tensor = onnx_tensor(m, node, x);
    struct ts_node *added = tensor ? onnx_add(m, node, "fc", &tensor, 1) : NULL;
    if (!added || !onnx_set_one(m, added, "out", (double)weights->dims[1]) ||
        !onnx_set_one(m, added, "bias", onnx_in(m, node, 2) != NULL)) {
        return false;
    }
    onnx_share(weights, added);
    struct onnx_value *made = TS_NEW(m->arena, struct onnx_value);
    const int64_t dims[3] = {x->dims[0], x->dims[1], weights->dims[1]};
    onnx_set_shape(made, x->type, 3, dims);
    made->tensor = added->name;
    return read_grouped(m, node, made, &a) && finish(m, node, &a, x->type, 3);
}
