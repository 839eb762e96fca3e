/* Graph: a network as nodes (operators) and tensors, before it is lowered to kernels.
 *
 * Life cycle: a frontend makes an empty graph, adds inputs and nodes that name what they read, then
 * calls ts_graph_finish(), which resolves the names, orders the nodes topologically (a cycle is an
 * error that names its nodes) and infers every shape, creating parameters and outputs on the way.
 * Transforms then rewrite the graph; lowering only reads it. All memory is in the graph's arena.
 *
 * A node's first output carries the node's name; further outputs are "name:1", "name:2", ...
 * Dimension 0 of an activation is the batch.
 */
#ifndef TESSERA_GRAPH_H
#define TESSERA_GRAPH_H

#include "tessera/arena.h"
#include "tessera/diag.h"
#include "tessera/precision.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_MAX_RANK = 6, TS_MAX_NODE_PARAMETERS = 8 };

/* Limits on user input. Elements stay exact in a double. */
#define TS_MAX_DIM INT64_C(2147483647)
#define TS_MAX_ELEMENTS 9007199254740992.0 /* 2^53 */
#define TS_MAX_NODES 100000

struct ts_operator;

struct ts_tensor {
    const char *name;
    int rank;
    int64_t dims[TS_MAX_RANK];
    bool is_parameter;
    bool is_matrix;      /* a weight that is multiplied: pruning and quantisation apply to it */
    bool structured_2_4; /* two of every four weights along the reduction are zero */
    bool needs_gradient; /* a graph input whose gradient is asked for (one-liners) */
    double density;      /* fraction of non-zeros in (0, 1] */
    double bits;         /* stored bits an element; 0 = those of its precision */
    double coded_bits;   /* of an element after entropy coding, for the model's size; 0 = bits */
    double index_bits;   /* beside each non-zero: its place; 0 = all elements are stored */
    double padding;      /* zeros stored for each non-zero, where an index reaches no further */
    double table_values; /* shared values that stored bits are indices of; 0 = none */
    enum ts_precision precision; /* TS_PRECISION_NONE = the run's */
    enum ts_precision
        least_precision;   /* integer format it needs at least; TS_PRECISION_NONE = any */
    enum ts_values values; /* of an activation */
    int producer;          /* node index, -1 for inputs and parameters */
};

/* One attribute as given or by default. Integers are exact; a choice holds its index, a bool 0
 * or 1. */
struct ts_attribute {
    int count; /* 0 = absent */
    double values[TS_MAX_RANK];
};

struct ts_node {
    const char *name;
    const struct ts_operator *op;
    struct ts_attribute *attributes; /* one for each row of the operator's schema */
    const char **input_names;
    int *inputs; /* tensor indices, valid after ts_graph_finish() */
    int input_count;
    int *outputs; /* tensor indices, set by shape inference */
    int output_count;
    int parameters[TS_MAX_NODE_PARAMETERS]; /* tensor indices; the multiplied weight first */
    int parameter_count;
    const char *label;      /* what the network calls the operator, NULL = the operator's name */
    const char *weights_of; /* node whose weight this one shares (tied embeddings); NULL = own */
    enum ts_precision weight_precision; /* least format of its weight; TS_PRECISION_NONE = any */
    double epilogue_ops;                /* operations per output of what was fused into this node */
    int winograd;                       /* edge of the output tiles, 2 or 4; 0 = none */
    bool is_free;                       /* absorbed by a neighbour's addressing: moves no bytes */
    struct ts_place place;
    const char *source; /* the line of the file it stands in, NULL when unknown */
};

struct ts_graph {
    struct ts_arena *arena;
    const char *name;
    const char *description;
    struct ts_tensor *tensors;
    int tensor_count, tensor_capacity;
    struct ts_node *nodes;
    int node_count, node_capacity;
    /* Integer format of activations where the run's precision is a narrower integer (16-bit
     * activations beside 8-bit weights); TS_PRECISION_NONE = the run's. */
    enum ts_precision activation_precision;
    bool is_fused;               /* element-wise work rides in epilogues */
    bool has_cache;              /* a decoder network: keys and values of past tokens are kept */
    int64_t context;             /* decode: tokens in the KV cache; 0 = all tokens at once */
    struct ts_graph *teacher;    /* that this network learns from; NULL = none */
    struct ts_name_table *names; /* tensor and node names, for resolving */
};

void ts_graph_init(struct ts_graph *graph, struct ts_arena *arena, const char *name);

/* dims[0] is the batch. Returns the tensor's index, -1 with a diagnostic (duplicate, limits). */
int ts_graph_add_input(struct ts_graph *graph, const char *name, int rank, const int64_t *dims,
                       struct ts_place place, struct ts_diagnostics *diagnostics);

/* Adds a node whose attributes are at their defaults. The pointer is valid until the next call.
 * NULL with a diagnostic for a name already taken or too many nodes. */
struct ts_node *ts_graph_add_node(struct ts_graph *graph, const struct ts_operator *op,
                                  const char *name, struct ts_place place,
                                  struct ts_diagnostics *diagnostics);

/* Copies the names. */
void ts_node_set_inputs(struct ts_graph *graph, struct ts_node *node, const char *const *names,
                        int count);

/* Resolves, orders and infers. Errors: TS_ERROR_UNKNOWN_NAME, TS_ERROR_CYCLE, TS_ERROR_SHAPE,
 * TS_ERROR_MISSING_KEY, TS_ERROR_LIMIT. */
bool ts_graph_finish(struct ts_graph *graph, struct ts_diagnostics *diagnostics);

/* Tensor index of an input or a node's output by name, -1 when there is none. */
int ts_graph_find_tensor(const struct ts_graph *graph, const char *name);

/* Inserts a node of one input before node `index`; its shape is inferred, its parameters are made.
 * `index` moves up by one. Attributes follow `values`, one for each row of the operator's schema.
 * The node's input is a tensor. Returns the output's tensor, -1 with a diagnostic. */
int ts_graph_insert(struct ts_graph *graph, int index, const struct ts_operator *op,
                    const char *name, const struct ts_attribute *values, int input,
                    struct ts_diagnostics *diagnostics);

/* Deletes a one-input node: its readers read its input instead, which takes over the density and
 * format of the node's output. */
void ts_graph_bypass(struct ts_graph *graph, int node);

/* Says of each activation how its values are spread: what follows a ReLU, a softmax, or neither. */
void ts_graph_mark_values(struct ts_graph *graph);

double ts_tensor_elements(const struct ts_tensor *tensor);

/* Sum of the elements of all parameters; a shared one counts once. */
double ts_graph_parameters(const struct ts_graph *graph);

/* Bytes of all parameters as stored, each once, in formats of their own or the run's (`precision`):
 * non-zeros with their indices where that is less, tables of shared values beside them. */
double ts_graph_parameter_bytes(const struct ts_graph *graph, enum ts_precision precision);

/* "[1, 64, 56, 56]" for messages. */
const char *ts_tensor_shape(struct ts_arena *arena, const struct ts_tensor *tensor);

#ifdef __cplusplus
}
#endif
#endif
