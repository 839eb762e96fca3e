/* Operators: what a node can be. One row each in registry.c; adding an operator is a row in its
 * group's file and a line in the registry.
 */
#ifndef TESSERA_OPERATOR_H
#define TESSERA_OPERATOR_H

#include "tessera/graph.h"

struct ts_lowering;

enum ts_attribute_type { TS_ATTR_INTEGER, TS_ATTR_REAL, TS_ATTR_BOOL, TS_ATTR_CHOICE };

/* One attribute. max_count 1: a number; 2: height and width, one number means both; 4: top, left,
 * bottom, right, one or two numbers repeat; TS_MAX_RANK: a list. */
struct ts_attribute_row {
    const char *name;
    enum ts_attribute_type type;
    int max_count;
    bool required;
    double fallback; /* value when absent and not required */
    double minimum, maximum;
    const char *const *choices; /* NULL-terminated, TS_ATTR_CHOICE */
    const char *doc;
};

/* How the two matrices of a product lie in memory, row by row: A[m][k] and B[k][n] as written (n),
 * or A[k][m] and B[n][k], transposed (t); A's letter first. `any`: not stated. */
enum ts_layout { TS_LAYOUT_ANY, TS_LAYOUT_NN, TS_LAYOUT_TN, TS_LAYOUT_NT, TS_LAYOUT_TT };
extern const char *const ts_layout_names[]; /* "any", "nn", "tn", ...; NULL-terminated */

static inline bool ts_layout_flips_first(int layout)
{
    return layout == TS_LAYOUT_TN || layout == TS_LAYOUT_TT;
}

static inline bool ts_layout_flips_second(int layout)
{
    return layout == TS_LAYOUT_NT || layout == TS_LAYOUT_TT;
}

/* What fusion may do with an operator. */
enum ts_fusion_role {
    TS_ROLE_OTHER,
    TS_ROLE_GEMM,        /* its epilogue can take element-wise work */
    TS_ROLE_ELEMENTWISE, /* several inputs of one shape */
    TS_ROLE_UNARY        /* one input, same shape out: can ride in an epilogue */
};

struct ts_operator {
    const char *name;
    const char *doc;
    const struct ts_attribute_row *attributes;
    int attribute_count;
    int min_inputs, max_inputs;
    enum ts_fusion_role role;
    double ops_per_element; /* arithmetic of an element-wise operator on one element */
    int eager_kernels;      /* element-wise kernels an eager framework launches for it; 0 = 1 */
    unsigned eager_rereads; /* bit i: kernel i reads the operator's input beside what came before */
    /* Checks inputs and attributes, adds parameters and outputs. */
    bool (*infer)(struct ts_graph *graph, struct ts_node *node, struct ts_diagnostics *diagnostics);
    /* Emits the forward kernels. */
    void (*lower)(struct ts_lowering *lowering, const struct ts_node *node);
    /* Emits the backward kernels; NULL: no gradient passes. */
    void (*backward)(struct ts_lowering *lowering, const struct ts_node *node);
};

/* All operators, by group. */
extern const struct ts_operator ts_operator_conv, ts_operator_conv_transpose;
extern const struct ts_operator ts_operator_fc, ts_operator_gemm, ts_operator_matmul;
extern const struct ts_operator ts_operator_lstm, ts_operator_gru, ts_operator_rnn;
extern const struct ts_operator ts_operator_maxpool, ts_operator_avgpool, ts_operator_globalpool;
extern const struct ts_operator ts_operator_batchnorm, ts_operator_layernorm, ts_operator_rmsnorm;
extern const struct ts_operator ts_operator_lrn, ts_operator_softmax, ts_operator_loss;
extern const struct ts_operator ts_operators_activation[];
extern const int ts_operators_activation_count;
extern const struct ts_operator ts_operators_elementwise[];
extern const int ts_operators_elementwise_count;
extern const struct ts_operator ts_operators_shape[];
extern const int ts_operators_shape_count;
extern const struct ts_operator ts_operators_general[];
extern const int ts_operators_general_count;
extern const struct ts_operator ts_operator_kv_cache;
extern const struct ts_operator ts_operator_route, ts_operator_experts, ts_operator_unroute;
extern const struct ts_operator ts_operator_embedding, ts_operator_position, ts_operator_token;

/* NULL when unknown. */
const struct ts_operator *ts_operator_find(const char *name);

/* All names, NULL-terminated, in registry order; for suggestions and documentation. */
const char *const *ts_operator_names(int *count);

/* Row index of an attribute, -1 when the operator has none of that name. */
int ts_operator_attribute(const struct ts_operator *op, const char *name);

/* Stores values (repeated up to max_count where the row says so), checked against the row. */
bool ts_node_set_attribute(struct ts_node *node, int row, const double *values, int count,
                           struct ts_place place, struct ts_diagnostics *diagnostics);

/* Errors for a required attribute that is absent. */
bool ts_node_check_attributes(const struct ts_node *node, struct ts_diagnostics *diagnostics);

static inline int64_t ts_attribute_at(const struct ts_node *node, int row, int index)
{
    return (int64_t)node->attributes[row].values[index];
}

static inline int64_t ts_attribute_integer(const struct ts_node *node, int row)
{
    return ts_attribute_at(node, row, 0);
}

static inline double ts_attribute_real(const struct ts_node *node, int row)
{
    return node->attributes[row].values[0];
}

/* ---- for shape inference ---- */

/* The tensor of input i; valid until a tensor is added. */
static inline const struct ts_tensor *ts_node_input(const struct ts_graph *graph,
                                                    const struct ts_node *node, int i)
{
    return &graph->tensors[node->inputs[i]];
}

static inline const struct ts_tensor *ts_node_output(const struct ts_graph *graph,
                                                     const struct ts_node *node, int i)
{
    return &graph->tensors[node->outputs[i]];
}

/* Appends an output of this shape; fails when a dimension is not in [1, TS_MAX_DIM] or the tensor
 * is too large. */
bool ts_node_add_output(struct ts_graph *graph, struct ts_node *node, int rank, const int64_t *dims,
                        struct ts_diagnostics *diagnostics);

/* Appends a parameter. The first one of a node with weights_of is the other node's. */
bool ts_node_add_parameter(struct ts_graph *graph, struct ts_node *node, const char *suffix,
                           bool is_matrix, int rank, const int64_t *dims,
                           struct ts_diagnostics *diagnostics);

/* Error at the node: "node 'conv3' (conv): ..." */
bool ts_node_error(const struct ts_node *node, struct ts_diagnostics *diagnostics,
                   enum ts_error code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Output of input 0's shape. */
bool ts_infer_same(struct ts_graph *graph, struct ts_node *node,
                   struct ts_diagnostics *diagnostics);

#endif
