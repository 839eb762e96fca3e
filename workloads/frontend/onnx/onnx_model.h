/* An ONNX model as plain C structs, and the interface of the module that makes it.
 *
 * The module (module/onnx_module.cpp) is a shared library loaded on demand: it alone knows the ONNX
 * project's library and protobuf. It takes the bytes of a model whose large weights were left out
 * (wire.h) and answers shape questions about operators that this program has no rule for. All
 * memory comes from the caller's allocator and lives as long as that.
 */
#ifndef TESSERA_ONNX_MODEL_H
#define TESSERA_ONNX_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* TensorProto.DataType, the ones that are told apart here. */
enum ts_onnx_type {
    TS_ONNX_UNDEFINED = 0,
    TS_ONNX_FLOAT = 1,
    TS_ONNX_INT32 = 6,
    TS_ONNX_INT64 = 7,
    TS_ONNX_STRING = 8,
    TS_ONNX_BOOL = 9,
    TS_ONNX_FLOAT16 = 10,
    TS_ONNX_DOUBLE = 11,
    TS_ONNX_BFLOAT16 = 16
};

enum { TS_ONNX_MAX_RANK = 16 };

struct ts_onnx_tensor {
    const char *name;
    int type; /* TensorProto.DataType */
    int rank; /* may be above TS_ONNX_MAX_RANK: the importer refuses that */
    const int64_t *dims;
    const double *values; /* NULL: large, outside the file, absent, or text */
    int64_t value_count;
    bool is_external;
};

enum ts_onnx_attribute_kind {
    TS_ONNX_ATTR_OTHER,
    TS_ONNX_ATTR_FLOAT,
    TS_ONNX_ATTR_INT,
    TS_ONNX_ATTR_STRING,
    TS_ONNX_ATTR_TENSOR,
    TS_ONNX_ATTR_GRAPH,
    TS_ONNX_ATTR_FLOATS,
    TS_ONNX_ATTR_INTS
};

struct ts_onnx_attribute {
    const char *name;
    const char *reference; /* in a function's body: the caller's attribute it stands for, or NULL */
    enum ts_onnx_attribute_kind kind;
    int64_t integer;
    double real;
    const char *text;
    const int64_t *integers;
    const double *reals;
    int count; /* of integers or reals */
    const struct ts_onnx_tensor *tensor;
    const struct ts_onnx_graph *graph;
};

struct ts_onnx_node {
    const char *name, *op, *domain;
    const char *const *inputs; /* "" = left out */
    const char *const *outputs;
    int input_count, output_count;
    const struct ts_onnx_attribute *attributes;
    int attribute_count;
    const void *handle; /* the library's own node */
};

struct ts_onnx_dim {
    int64_t value;    /* < 1: dynamic */
    const char *name; /* "" when it has none */
};

/* An input, output or inner value with the type that the file states. */
struct ts_onnx_value {
    const char *name;
    int type;       /* TS_ONNX_UNDEFINED for what is no tensor */
    bool has_shape; /* rank and dims are known */
    int rank;
    const struct ts_onnx_dim *dims;
};

struct ts_onnx_graph {
    const char *name;
    const struct ts_onnx_node *nodes;
    int node_count;
    const struct ts_onnx_tensor *initializers;
    int initializer_count;
    const struct ts_onnx_value *inputs, *outputs, *infos;
    int input_count, output_count, info_count;
};

struct ts_onnx_function {
    const char *name, *domain;
    const char *const *inputs;
    const char *const *outputs;
    int input_count, output_count;
    const struct ts_onnx_node *nodes;
    int node_count;
};

struct ts_onnx_model {
    int64_t ir_version, opset; /* opset of the standard operators, 0 when none is stated */
    const char *producer;
    const struct ts_onnx_graph *graph;
    const struct ts_onnx_function *functions;
    int function_count;
    void *handle;
};

struct ts_onnx_memory {
    void *(*alloc)(void *context, size_t size_bytes); /* zeroed, never NULL */
    void *context;
};

/* A shape that goes into or comes out of inference. rank < 0: unknown. */
struct ts_onnx_shape {
    int type, rank;
    int64_t dims[TS_ONNX_MAX_RANK]; /* < 0: unknown */
    const double *values;           /* of small integer constants, else NULL */
};

enum { TS_ONNX_MODULE_VERSION = 1 };

struct ts_onnx_module {
    int version; /* TS_ONNX_MODULE_VERSION of the headers it was built with */
    /* NULL with *error (in `memory`) when the bytes are no model. */
    struct ts_onnx_model *(*open)(const void *bytes, size_t length,
                                  const struct ts_onnx_memory *memory, const char **error);
    /* Releases what the library holds; the structs stay. */
    void (*close)(struct ts_onnx_model *model);
    /* The library's own shape inference for one node; false when it has none or it fails. */
    bool (*infer)(const struct ts_onnx_model *model, const struct ts_onnx_node *node,
                  const struct ts_onnx_shape *inputs, int input_count,
                  struct ts_onnx_shape *outputs, int output_count);
};

/* The module's one exported symbol. */
#define TS_ONNX_MODULE_SYMBOL "tessera_onnx_module"
typedef const struct ts_onnx_module *(*ts_onnx_module_function)(void);

#ifdef __cplusplus
}
#endif
#endif
