/* Lowering: graph → kernels. Operators call these to emit their kernels. */
#ifndef TESSERA_LOWER_H
#define TESSERA_LOWER_H

#include "tessera/kernel.h"
#include "tessera/workload.h"
#include "workloads/operators/operator.h"

/* Which kernels of a one-liner are wanted; networks take all. */
enum ts_passes { TS_PASSES_FORWARD = 1, TS_PASSES_DATA = 2, TS_PASSES_WEIGHT = 4 };

struct ts_lowering {
    struct ts_arena *arena;
    const struct ts_graph *graph;
    enum ts_precision precision;
    bool training;
    bool training_mode; /* batch statistics and dropout; always when training */
    bool fuse;
    bool one_liner; /* gradients of outputs are given: no loss */
    int passes;     /* of enum ts_passes */
    enum ts_winograd_use winograd;
    struct ts_kernel *kernels;
    int kernel_count, kernel_capacity;
    int32_t *tensor_ids;     /* program tensor of each graph tensor (aliases share one) */
    int32_t *gradient_ids;   /* program tensor of its gradient, -1 = none yet; training only */
    bool *requires_gradient; /* a parameter or a marked input stands upstream */
    int32_t next_tensor;
    const char *name_suffix; /* of all kernels emitted now ("recompute"); NULL = none */
};

/* The program tensor that stands for a graph tensor, as an operand. */
struct ts_operand ts_lower_operand(const struct ts_lowering *lowering, int tensor);
/* Same shape and id space, for intermediate results of one operator. */
struct ts_operand ts_lower_scratch(struct ts_lowering *lowering, double elements);
/* The same in fp32, whatever the run's format: master weights, sums of gradients. */
struct ts_operand ts_lower_fp32(struct ts_lowering *lowering, double elements);
/* The gradient of a graph tensor; its id must exist. */
struct ts_operand ts_lower_gradient(const struct ts_lowering *lowering, int tensor);

/* The output is the input under another shape: no kernel, no bytes. */
void ts_lower_alias(struct ts_lowering *lowering, const struct ts_node *node);

/* C[i][m,n] = A[i][m,k]·B[i][k,n], i < batch. Named after the node, plus ".suffix" if not NULL.
 * MACs and what densities leave of them are filled in; the pointer is valid until the next emit. */
struct ts_gemm_dims {
    int64_t batch, m, n, k;
};
struct ts_kernel *ts_emit_gemm(struct ts_lowering *lowering, const struct ts_node *node,
                               const char *suffix, enum ts_pass pass, struct ts_gemm_dims dims,
                               struct ts_operand a, struct ts_operand b, struct ts_operand c);

/* One vector kernel: inputs read, output written. Fields may be refined by the caller. */
struct ts_kernel *ts_emit_vector(struct ts_lowering *lowering, const struct ts_node *node,
                                 const char *suffix, enum ts_pass pass, enum ts_vector_class class,
                                 double elements, double ops_per_element);
void ts_kernel_read(struct ts_kernel *kernel, struct ts_operand operand);

/* Appends a copy of a kernel. */
struct ts_kernel *ts_emit_copy(struct ts_lowering *lowering, const struct ts_kernel *kernel);

/* ---- training (training/) ---- */

/* True when the gradient of input i is wanted. */
bool ts_wants_gradient(const struct ts_lowering *lowering, const struct ts_node *node, int input);
/* A fresh operand to write one contribution to the gradient of input i into. */
struct ts_operand ts_gradient_target(struct ts_lowering *lowering, const struct ts_node *node,
                                     int input);
/* The contribution is written: first one becomes the gradient, later ones are added to it. */
void ts_gradient_done(struct ts_lowering *lowering, const struct ts_node *node, int input,
                      struct ts_operand contribution);
/* The gradient of input i is that of the output, unchanged (add, reshape). */
void ts_gradient_pass(struct ts_lowering *lowering, const struct ts_node *node, int input);
/* The operand to write a parameter's gradient into. */
struct ts_operand ts_parameter_gradient(struct ts_lowering *lowering, const struct ts_node *node,
                                        int parameter);

/* Column sum of the output's gradient: the gradient of a bias or scale. */
void ts_emit_bias_gradient(struct ts_lowering *lowering, const struct ts_node *node, int parameter,
                           struct ts_operand dy);

/* False with TS_ERROR_LIMIT when a network unrolls into more kernels than are simulated. Asked
 * after each node, which emits a bounded number. */
bool ts_lower_within_limit(const struct ts_lowering *lowering, struct ts_diagnostics *diagnostics);

#endif
