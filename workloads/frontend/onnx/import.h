/* Importing an ONNX graph: what the files of the importer share.
 *
 * Nodes are taken in topological order. A node whose inputs are known numbers is computed (fold.c:
 * shape arithmetic), one made of weights alone is a weight of another shape, everything else
 * becomes nodes of a ts_graph through the table in operators.c. Shapes are known at every step, so
 * operators that the graph has no words for can state their output shape.
 */
#ifndef TESSERA_ONNX_IMPORT_H
#define TESSERA_ONNX_IMPORT_H

#include "workloads/frontend/frontend.h"
#include "workloads/frontend/onnx/onnx_model.h"
#include "workloads/graph/names.h"
#include "workloads/operators/operator.h"

/* Numbers a folded constant may hold; larger ones are data. */
enum { TS_ONNX_MAX_CONSTANT = 65536, TS_ONNX_MAX_DEPTH = 16 };

/* A value of the model: a tensor of numbers, a weight, or what a node makes. */
struct onnx_value {
    const char *name;
    int type;
    int rank; /* -1: nothing is known yet (not computed, or no tensor) */
    int64_t dims[TS_ONNX_MAX_RANK];
    const double *numbers; /* constants of a known value; else NULL */
    bool is_weight;        /* stands in the file: an initializer or made from some */
    bool is_turned;        /* `tensor` has the last two dimensions swapped: a product reads it so */
    const char *tensor;    /* name in the graph; NULL until an operator reads it as a tensor */
    struct onnx_value *origin;           /* weight: what it is another shape of; NULL = itself */
    const char *owner;                   /* weight: node that has it as its matrix (sharing) */
    int readers;                         /* nodes and graph outputs that read it */
    struct onnx_node *producer, *reader; /* one that makes it; one that reads it */
};

/* A node in the flat list: functions are expanded, names are the model's own or prefixed. */
struct onnx_node {
    const char *name, *op, *domain;
    const char **inputs;
    const char **outputs;
    int input_count, output_count;
    const struct ts_onnx_node *proto;
    const struct onnx_node *caller; /* whose attributes a function's body refers to */
    bool is_absorbed;               /* part of a pattern or another node's epilogue */
};

/* A layer whose weights stand in the file in fewer bits than the run's format. */
struct onnx_narrow {
    const char *node;
    double bits; /* a weight, with its share of the scales */
    struct onnx_narrow *next;
};

struct onnx_import {
    const char *path;
    const struct ts_workload_options *options;
    const struct ts_onnx_module *module;
    const struct ts_onnx_model *model;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    struct ts_graph *graph;
    struct onnx_node *nodes;
    int node_count, node_capacity;
    struct onnx_value **values;
    int value_count, value_capacity;
    struct ts_name_table *value_names, *used_names;
    struct ts_name_table *info_names;          /* shapes the file states: infos, then outputs */
    struct ts_name_table *function_names;      /* "domain.name" */
    double constant_elements, folded_elements; /* numbers made and read by folding so far */
    int64_t batch;                             /* what a run of the graph finishes */
    bool batch_is_bound;                       /* an input's dimension took -b */
    int operations;                            /* nodes that do work */
    int estimated;                             /* of these, without a model */
    struct onnx_narrow *narrow;
    const char *estimates; /* their names, for the note */
};

/* ---- values (import.c) ---- */

/* The value of that name; made when it is new. */
struct onnx_value *onnx_value(struct onnx_import *m, const char *name);
/* Input or output i of a node; NULL when it is left out. */
struct onnx_value *onnx_in(struct onnx_import *m, const struct onnx_node *node, int i);
struct onnx_value *onnx_out(struct onnx_import *m, const struct onnx_node *node, int i);
double onnx_elements(const struct onnx_value *value);
/* A tensor of the file becomes the value of that name. Errors: SHAPE, DUPLICATE_KEY. */
bool onnx_add_weight(struct onnx_import *m, const char *name, const struct ts_onnx_tensor *from);
bool onnx_is_constant(const struct onnx_value *value); /* numbers, one each element */
void onnx_set_shape(struct onnx_value *value, int type, int rank, const int64_t *dims);
bool onnx_is_float(int type);

/* ---- attributes ---- */

const struct ts_onnx_attribute *onnx_attribute(const struct onnx_node *node, const char *name);
int64_t onnx_int(const struct onnx_node *node, const char *name, int64_t fallback);
const char *onnx_text(const struct onnx_node *node, const char *name, const char *fallback);
/* Integers from an attribute; the count, 0 when absent. At most `most` are taken. */
int onnx_ints(const struct onnx_node *node, const char *name, int64_t *to, int most);
/* The same from an input of known numbers; -1 when it is not known. */
int onnx_numbers(const struct onnx_value *value, int64_t *to, int most);
/* Axes from input i (newer opsets) or an attribute, made non-negative; -1 with an error. */
int onnx_axes(struct onnx_import *m, const struct onnx_node *node, int i, const char *name,
              int rank, int *axes);
int64_t onnx_whole(double value);

bool onnx_error(struct onnx_import *m, const struct onnx_node *node, enum ts_error code,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
bool onnx_axis(struct onnx_import *m, const struct onnx_node *node, int64_t axis, int rank,
               int *to);

/* ---- building the graph (build.c) ---- */

/* Rank 1 to TS_MAX_RANK for the graph: scalars are [1], leading dimensions of deep ones join. */
int onnx_graph_dims(const struct onnx_value *value, int64_t dims[TS_MAX_RANK]);
/* Name of the value as a tensor of the graph; weights become a node. NULL with an error. */
const char *onnx_tensor(struct onnx_import *m, const struct onnx_node *node,
                        struct onnx_value *value);
/* A node of the graph, named after `node`. NULL with an error. */
struct ts_node *onnx_add(struct onnx_import *m, const struct onnx_node *node, const char *op,
                         const char *const *inputs, int input_count);
bool onnx_set(struct onnx_import *m, struct ts_node *node, const char *attribute,
              const int64_t *values, int count);
bool onnx_set_one(struct onnx_import *m, struct ts_node *node, const char *attribute, double value);
/* The weight is the matrix of this node; a second node of the same shares it. */
void onnx_share(struct onnx_value *weight, struct ts_node *node);
/* The tensor under another shape (free); the same name when it has that shape. */
const char *onnx_reshape(struct onnx_import *m, const struct onnx_node *node, const char *tensor,
                         int from_rank, const int64_t *from, int rank, const int64_t *dims);
/* A "map", "reduce", "move" or "estimate" from the present inputs to output i, whose shape is set.
 */
bool onnx_general(struct onnx_import *m, const struct onnx_node *node, const char *op, double ops,
                  int output);
/* Output i is `tensor`. */
void onnx_define(struct onnx_import *m, const struct onnx_node *node, int i, const char *tensor);
/* The output is the input under its own shape (already set). */
bool onnx_view(struct onnx_import *m, const struct onnx_node *node);

/* ---- the steps ---- */

bool onnx_import(
    struct onnx_import *m); /* import.c: everything, from the model to a finished graph */
bool onnx_flatten(struct onnx_import *m, const struct ts_onnx_graph *graph); /* flatten.c */
bool onnx_sort(struct onnx_import *m);                                       /* order.c */
bool onnx_bind(struct onnx_import *m, const struct ts_onnx_graph *graph);    /* bind.c */
void onnx_find_patterns(struct onnx_import *m);                              /* pattern.c */
/* Computes the outputs when they follow from known numbers or shapes. *folded tells. (fold.c) */
bool onnx_fold(struct onnx_import *m, const struct onnx_node *node, bool *folded);
/* Output shapes of element-wise and unknown operators. (shapes.c) */
bool onnx_broadcast(struct onnx_import *m, const struct onnx_node *node, int first, int count,
                    struct onnx_value *output);
bool onnx_infer_by_library(struct onnx_import *m, const struct onnx_node *node);

/* One row an operator. */
struct onnx_operator {
    const char *op;
    bool (*map)(struct onnx_import *m, const struct onnx_node *node,
                const struct onnx_operator *row);
    const char *graph_op; /* for rows that share a function */
    double ops;
};
extern const struct onnx_operator onnx_layers[], onnx_math[], onnx_shapes[], onnx_products[];
extern const struct onnx_operator onnx_runtime[]; /* domain com.microsoft */
/* The graph's operator of the row on input 0, whose shape it keeps. (math.c) */
bool onnx_map_activation(struct onnx_import *m, const struct onnx_node *node,
                         const struct onnx_operator *row);
bool onnx_map(struct onnx_import *m, const struct onnx_node *node); /* operators.c */
/* What has no model: its bytes; an error with --strict. */
bool onnx_estimate(struct onnx_import *m, const struct onnx_node *node);

#endif
