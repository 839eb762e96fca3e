/* Matrix products: by weights (fully connected) or of two activations. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

/* A matrix of the model with its dimensions in the graph's order. */
struct side {
    struct onnx_value *value;
    double batch; /* product of the leading dimensions */
    int64_t rows, columns;
};

static struct side side_of(struct onnx_value *value, bool is_left)
{
    struct side side = {value, 1, 1, 1};
    int rank = value->rank;
    if (rank == 1) {
        *(is_left ? &side.columns : &side.rows) = value->dims[0];
        return side;
    }
    for (int i = 0; i < rank - 2; i++) {
        side.batch *= (double)value->dims[i];
    }
    side.rows = value->dims[rank - 2];
    side.columns = value->dims[rank - 1];
    return side;
}

/* The bias that the next node alone adds to this product: both become one layer. */
static bool takes_bias(struct onnx_import *m, const struct onnx_node *node, int64_t out)
{
    struct onnx_value *to = onnx_out(m, node, 0);
    if (!to || to->readers != 1 || !to->reader || strcmp(to->reader->op, "Add") != 0 ||
        to->reader->input_count != 2 || to->reader->is_absorbed) {
        return false;
    }
    struct onnx_node *add = to->reader;
    int other = onnx_in(m, add, 0) == to ? 1 : 0;
    struct onnx_value *bias = onnx_in(m, add, other);
    if (!bias || bias == to || !bias->is_weight || bias->rank < 1 ||
        onnx_elements(bias) != (double)out || bias->dims[bias->rank - 1] != out ||
        bias->rank > to->rank || !onnx_out(m, add, 0)) {
        return false;
    }
    add->is_absorbed = true;
    return true;
}

/* X[..., k] by weights of k × n elements, as "fc" or, without a bias, "gemm". */
static bool fully_connected(struct onnx_import *m, const struct onnx_node *node,
                            struct onnx_value *x, struct onnx_value *weight, int64_t k, int64_t n,
                            bool has_bias, bool is_transposed)
{
    struct onnx_value *to = onnx_out(m, node, 0);
    int64_t dims[TS_MAX_RANK], flat[2], made[2], shape[TS_MAX_RANK];
    const char *tensor = onnx_tensor(m, node, x);
    double rows = onnx_elements(x) / (double)k;
    if (!tensor || rows < 1 || rows > (double)TS_MAX_DIM) {
        return tensor ? onnx_error(m, node, TS_ERROR_SHAPE, "its input is empty or too large")
                      : false;
    }
    int rank = onnx_graph_dims(x, dims);
    bool keeps = (rank == 2 || rank == 3) && dims[rank - 1] == k;
    flat[0] = made[0] = (int64_t)rows;
    flat[1] = k;
    made[1] = n;
    if (!keeps && !(tensor = onnx_reshape(m, node, tensor, rank, dims, 2, flat))) {
        return false;
    }
    bool absorbs = !has_bias && takes_bias(m, node, n);
    bool plain = !has_bias && !absorbs && !is_transposed;
    struct ts_node *added = onnx_add(m, node, plain ? "gemm" : "fc", &tensor, 1);
    if (!added || !onnx_set_one(m, added, "out", (double)n) ||
        !onnx_set_one(m, added, "layout", is_transposed ? TS_LAYOUT_NT : TS_LAYOUT_NN) ||
        (!plain && !onnx_set_one(m, added, "bias", has_bias || absorbs))) {
        return false;
    }
    onnx_share(weight, added);
    dims[rank - 1] = n;
    int made_rank = keeps ? rank : 2;
    to->tensor = onnx_reshape(m, node, added->name, made_rank, keeps ? dims : made,
                              onnx_graph_dims(to, shape), shape);
    if (to->tensor && absorbs) {
        struct onnx_value *sum = onnx_out(m, to->reader, 0);
        onnx_set_shape(sum, to->type, to->rank, to->dims);
        sum->tensor = to->tensor;
        m->operations++;
    }
    return to->tensor != NULL;
}

/* A tensor as [batch, rows, columns]; repeated along the batch when the other side has more. */
static const char *as_matrices(struct onnx_import *m, const struct onnx_node *node,
                               struct side side, double batch)
{
    int64_t dims[TS_MAX_RANK], flat[3] = {onnx_whole(side.batch), side.rows, side.columns};
    const char *tensor = onnx_tensor(m, node, side.value);
    int rank = onnx_graph_dims(side.value, dims);
    if (tensor) {
        tensor = onnx_reshape(m, node, tensor, rank, dims, 3, flat);
    }
    if (!tensor || side.batch == batch) {
        return tensor;
    }
    struct ts_node *added = onnx_add(m, node, "move", &tensor, 1);
    flat[0] = onnx_whole(batch);
    return added && onnx_set(m, added, "dims", flat, 3) ? added->name : NULL;
}

/* A[b, m, k] · B[b, k, n]; a B that all share takes the rows of all A as one matrix. */
static bool multiply(struct onnx_import *m, const struct onnx_node *node, struct side a,
                     struct side b, double batch, bool transposed_b)
{
    struct onnx_value *to = onnx_out(m, node, 0);
    int64_t n = transposed_b ? b.rows : b.columns, shape[TS_MAX_RANK];
    if (b.batch == 1 && a.batch == batch && a.batch * (double)a.rows <= (double)TS_MAX_DIM) {
        a.rows = onnx_whole(a.batch * (double)a.rows);
        a.batch = batch = 1;
    }
    const char *inputs[2] = {as_matrices(m, node, a, batch), NULL};
    inputs[1] = inputs[0] ? as_matrices(m, node, b, batch) : NULL;
    struct ts_node *added = inputs[1] ? onnx_add(m, node, "matmul", inputs, 2) : NULL;
    if (!added || !onnx_set_one(m, added, "transpose_b", transposed_b)) {
        return false;
    }
    int64_t made[3] = {onnx_whole(batch), a.rows, n};
    to->tensor = onnx_reshape(m, node, added->name, 3, made, onnx_graph_dims(to, shape), shape);
    return to->tensor != NULL;
}

/* Shape of the product; leading dimensions broadcast. */
static bool product_shape(struct onnx_import *m, const struct onnx_node *node,
                          const struct onnx_value *a, const struct onnx_value *b,
                          struct onnx_value *to, double *batch)
{
    int64_t dims[TS_ONNX_MAX_RANK];
    int a_lead = a->rank > 2 ? a->rank - 2 : 0, b_lead = b->rank > 2 ? b->rank - 2 : 0;
    int lead = a_lead > b_lead ? a_lead : b_lead, rank = lead;
    *batch = 1;
    for (int i = 0; i < lead; i++) {
        int64_t left = i < lead - a_lead ? 1 : a->dims[i - (lead - a_lead)];
        int64_t right = i < lead - b_lead ? 1 : b->dims[i - (lead - b_lead)];
        if (left != right && left != 1 && right != 1) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "%lld and %lld matrices do not broadcast",
                              (long long)left, (long long)right);
        }
        dims[i] = left == 1 ? right : left;
        *batch *= (double)dims[i];
    }
    if (a->rank > 1) {
        dims[rank++] = a->dims[a->rank - 2];
    }
    if (b->rank > 1) {
        dims[rank++] = b->dims[b->rank - 1];
    }
    onnx_set_shape(to, a->type, rank, dims);
    return true;
}

static bool map_matmul(struct onnx_import *m, const struct onnx_node *node,
                       const struct onnx_operator *row)
{
    struct onnx_value *a = onnx_in(m, node, 0), *b = onnx_in(m, node, (int)row->ops);
    struct onnx_value *to = onnx_out(m, node, 0);
    double batch;
    if (!a || !b || !to || a->rank < 1 || b->rank < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs two matrices");
    }
    struct side left = side_of(a, true), right = side_of(b, false);
    if (left.columns != right.rows) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "[%lld, %lld] x [%lld, %lld] do not multiply",
                          (long long)left.rows, (long long)left.columns, (long long)right.rows,
                          (long long)right.columns);
    }
    if (!product_shape(m, node, a, b, to, &batch)) {
        return false;
    }
    if (onnx_elements(to) < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "its result is empty");
    }
    if (b->is_weight && right.batch == 1) {
        return fully_connected(m, node, a, b, right.rows, right.columns, false, false);
    }
    if (b->is_turned) { /* its tensor is [..., n, k] */
        struct onnx_value *turned = TS_NEW(m->arena, struct onnx_value);
        *turned = *b;
        turned->dims[b->rank - 1] = right.rows;
        turned->dims[b->rank - 2] = right.columns;
        right = side_of(turned, false);
    }
    return multiply(m, node, left, right, batch, b->is_turned);
}

/* Y = alpha·op(A)·op(B) + beta·C. */
static bool map_gemm(struct onnx_import *m, const struct onnx_node *node,
                     const struct onnx_operator *row)
{
    (void)row;
    struct onnx_value *a = onnx_in(m, node, 0), *b = onnx_in(m, node, 1), *c = onnx_in(m, node, 2);
    struct onnx_value *to = onnx_out(m, node, 0);
    if (!a || !b || !to || a->rank != 2 || b->rank != 2) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "it needs two matrices");
    }
    bool flip_a = onnx_int(node, "transA", 0), flip_b = onnx_int(node, "transB", 0);
    struct side left = {a, 1, a->dims[flip_a], a->dims[!flip_a]};
    struct side right = {b, 1, b->dims[0], b->dims[1]};
    int64_t k = b->dims[flip_b], n = b->dims[!flip_b], dims[2] = {left.rows, n};
    if (left.columns != k || left.rows < 1 || n < 1) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "[%lld, %lld] x [%lld, %lld] do not multiply",
                          (long long)left.rows, (long long)left.columns, (long long)k,
                          (long long)n);
    }
    onnx_set_shape(to, a->type, 2, dims);
    if (b->is_weight && !flip_a) {
        return fully_connected(m, node, a, b, k, n, c != NULL, flip_b);
    }
    if (flip_a) {
        const char *tensor = onnx_tensor(m, node, a);
        const int64_t axes[2] = {1, 0};
        struct ts_node *turned = tensor ? onnx_add(m, node, "transpose", &tensor, 1) : NULL;
        struct onnx_value *copy = TS_NEW(m->arena, struct onnx_value);
        const int64_t shape[2] = {left.rows, left.columns};
        if (!turned || !onnx_set(m, turned, "axes", axes, 2)) {
            return false;
        }
        onnx_set_shape(copy, a->type, 2, shape);
        copy->tensor = turned->name;
        left.value = copy;
    }
    if (!multiply(m, node, left, right, 1, flip_b) || !c || onnx_elements(c) <= 1) {
        return to->tensor != NULL;
    }
    const char *sum[2] = {to->tensor, onnx_tensor(m, node, c)};
    struct ts_node *added = sum[1] ? onnx_add(m, node, "map", sum, 2) : NULL;
    if (!added || !onnx_set(m, added, "dims", dims, 2)) {
        return false;
    }
    to->tensor = added->name;
    return true;
}

/* ------------------------------------------------------------------ einsum of two tensors */

/* Dimension of each letter; the letters of one operand. */
struct einsum {
    int64_t sizes[128];
    const char *terms[3]; /* left, right, result */
    int lengths[3];
};

static bool in_term(const struct einsum *e, int term, char letter)
{
    return memchr(e->terms[term], letter, (size_t)e->lengths[term]) != NULL;
}

/* "bhid,bhjd->bhij"; blanks are allowed, "..." is not read. */
static bool read_equation(struct onnx_import *m, const struct onnx_node *node, struct einsum *e)
{
    const char *text = onnx_text(node, "equation", "");
    char *terms[3];
    int term = 0;
    for (int i = 0; i < 3; i++) {
        e->terms[i] = terms[i] = ts_arena_alloc(m->arena, strlen(text) + 1);
    }
    for (const char *c = text; *c; c++) {
        if (*c == ',' && term == 0) {
            term = 1;
        } else if (c[0] == '-' && c[1] == '>' && term == 1) {
            term = 2, c++;
        } else if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')) {
            terms[term][e->lengths[term]++] = *c;
        } else if (*c != ' ') {
            return false;
        }
    }
    for (int i = 0; i < 2; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        if (term != 2 || !value || value->rank != e->lengths[i] || node->input_count != 2) {
            return false;
        }
        for (int j = 0; j < value->rank; j++) {
            if (e->sizes[(int)e->terms[i][j]] < value->dims[j]) {
                e->sizes[(int)e->terms[i][j]] = value->dims[j];
            }
        }
    }
    return true;
}

/* Letters of both and the result are the batch, of both alone the sum, of one its rows. */
static bool map_einsum(struct onnx_import *m, const struct onnx_node *node,
                       const struct onnx_operator *row)
{
    (void)row;
    struct einsum e = {{0}, {0}, {0}};
    struct onnx_value *to = onnx_out(m, node, 0);
    double batch = 1, rows = 1, columns = 1, k = 1;
    int64_t dims[TS_ONNX_MAX_RANK];
    if (!to) {
        return true;
    }
    if (!read_equation(m, node, &e) || e.lengths[2] > TS_ONNX_MAX_RANK) {
        return onnx_estimate(m, node);
    }
    for (int i = 0; i < 128; i++) {
        double size = (double)e.sizes[i];
        bool left = in_term(&e, 0, (char)i), right = in_term(&e, 1, (char)i);
        bool result = in_term(&e, 2, (char)i);
        if (left && right) {
            *(result ? &batch : &k) *= size;
        } else if (left || right) {
            *(left ? &rows : &columns) *= size;
        }
    }
    for (int i = 0; i < e.lengths[2]; i++) {
        dims[i] = e.sizes[(int)e.terms[2][i]];
    }
    onnx_set_shape(to, onnx_in(m, node, 0)->type, e.lengths[2], dims);
    bool whole = batch * rows * k == onnx_elements(onnx_in(m, node, 0)) &&
                 batch * columns * k == onnx_elements(onnx_in(m, node, 1)) &&
                 batch * rows * columns == onnx_elements(to) && onnx_elements(to) >= 1 &&
                 rows <= (double)TS_MAX_DIM && columns <= (double)TS_MAX_DIM &&
                 k <= (double)TS_MAX_DIM;
    if (!whole) {
        return onnx_estimate(m, node);
    }
    struct side a = {onnx_in(m, node, 0), batch, (int64_t)rows, (int64_t)k};
    struct side b = {onnx_in(m, node, 1), batch, (int64_t)k, (int64_t)columns};
    if (b.value->is_weight && batch == 1) {
        return fully_connected(m, node, a.value, b.value, b.rows, b.columns, false, false);
    }
    return multiply(m, node, a, b, batch, false);
}

/* ops: which input is the second matrix. */
const struct onnx_operator onnx_products[] = {
    {"MatMul", map_matmul, NULL, 1},        {"MatMulInteger", map_matmul, NULL, 1},
    {"QLinearMatMul", map_matmul, NULL, 3}, {"Gemm", map_gemm, NULL, 0},
    {"Einsum", map_einsum, NULL, 0},        {NULL, NULL, NULL, 0}};
