/* Kernels and programs: what the workload compiler hands to the simulator.
 *
 * A program is a list of kernels in execution order, each depending on those before it. A kernel
 * is a (batched) GEMM, possibly the im2col form of a convolution, or a vector operation, or a probe
 * of the DRAM alone. workloads/ makes them and knows no architecture; families plan them.
 */
#ifndef TESSERA_KERNEL_H
#define TESSERA_KERNEL_H

#include "tessera/precision.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ts_kernel_kind { TS_KERNEL_GEMM, TS_KERNEL_VECTOR, TS_KERNEL_PROBE };

enum ts_pass { TS_PASS_FORWARD, TS_PASS_BACKWARD_DATA, TS_PASS_BACKWARD_WEIGHT, TS_PASS_UPDATE };

/* Of text generation: the prompt at once, or one token a sequence against the KV cache. */
enum ts_token_phase { TS_PHASE_NONE, TS_PHASE_PREFILL, TS_PHASE_DECODE };

enum ts_vector_class {
    TS_VECTOR_ELEMENTWISE, /* activation, add, scale: one pass over operands */
    TS_VECTOR_POOL,        /* window reduction */
    TS_VECTOR_NORMALIZE,   /* statistics, then scale: two passes when rows don't fit on chip */
    TS_VECTOR_SOFTMAX,     /* max, exp-sum, scale along rows */
    TS_VECTOR_REDUCE,
    TS_VECTOR_GATHER, /* embedding rows: row_bytes-sized random reads */
    TS_VECTOR_MOVE,   /* transpose, concat, im2col: bytes only */
    TS_VECTOR_UPDATE  /* optimiser */
};

/* One operand as it lies in memory. */
struct ts_operand {
    int32_t tensor;     /* id within the program, for reuse between kernels; -1 = none */
    bool is_weight;     /* a parameter: known before the run, may be prefetched */
    bool is_network_io; /* the network's own input (when read) or result (when written): crosses the
                         * host link on machines that keep it there; false in one-liners */
    enum ts_precision precision;
    double elements;         /* dense count over the whole operand */
    double density;          /* fraction of non-zeros, 1 = dense */
    enum ts_values values;   /* of activations, where formats are measured */
    double bits_per_element; /* stored, dense part (16 for fp16, 4 for a 4-bit codebook index) */
};

/* What a family makes of layers that are asked to run by Winograd's algorithm. */
enum ts_winograd_use {
    TS_WINOGRAD_BATCHED, /* a transform of the input, a batched GEMM, a transform of the output */
    TS_WINOGRAD_WHOLE,   /* one kernel with `winograd` set, for which it has its own algorithm */
    TS_WINOGRAD_NONE     /* it has no use for it: direct */
};

/* The convolution a GEMM came from. Forward: m = n_batch·p·q, n = k/groups, k = c/groups·r·s.
 * Backward passes keep the forward geometry; the GEMM's m, n, k are those of the pass, all with the
 * same product: backward data m = n_batch·p·q, n = c/groups·r·s, k = k/groups (col2im adds the
 * columns up; a = dY, b = weights, c = dX), backward weight m = k/groups, n = c/groups·r·s, k =
 * n_batch·p·q (a = dY, b = X, c = dW). A transposed convolution has the geometry of its adjoint. */
struct ts_conv_shape {
    int64_t n, c, h, w; /* input, NCHW */
    int64_t k, r, s;    /* filters */
    int64_t p, q;       /* output height and width */
    int64_t stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups;
};

struct ts_kernel {
    const char *name; /* "layer2.0.conv1", unique in the program */
    const char *op;   /* operator as users know it: conv, fc, bmm, pool, batchnorm, softmax, ... */
    enum ts_kernel_kind kind;
    enum ts_pass pass;
    enum ts_precision precision; /* of the arithmetic */

    /* GEMM: C[i][m,n] = A[i][m,k] · B[i][k,n] for i < batch. For a layer with weights B holds
     * them (batch > 1 with weights: groups, each its own B). Row-major as the framework stores: A
     * [m][k], or [k][m] where it is transposed (the activations of a weight gradient); B [n][k]
     * (weights of fc, conv) or [k][n] (gemm one-liner, bmm); C [m][n]. Where the last of the two
     * is k, a step of k reads a short piece of every row. */
    int64_t batch, m, n, k;
    bool a_is_transposed; /* A stored [k][m] */
    bool b_is_transposed; /* B stored [n][k] */
    bool layout_is_open;  /* nobody said how A and B lie: no machine charges them for it */
    bool has_conv;
    struct ts_conv_shape conv; /* valid when has_conv */
    int winograd;              /* F(t×t, 3×3) is asked for, or its batched GEMM: t; 0 = none */
    bool structured_2_4;       /* weights pruned two of four along k */
    struct ts_operand a, b, c;
    double epilogue_ops_per_output; /* fused bias, activation, residual add */

    /* VECTOR */
    enum ts_vector_class vector_class;
    double elements;        /* outputs (or inputs of a reduction) */
    double ops_per_element; /* arithmetic operations each */
    double row_elements;    /* length of the normalised or gathered row, pool window; 1 otherwise */
    struct ts_operand inputs[3]; /* read; a, b, c unused */
    struct ts_operand output;
    int input_count;

    /* PROBE */
    const char *probe_pattern; /* text behind memory: */

    /* Weights of the whole program, counted once: whether they all fit on chip. 0 = unknown. */
    double network_parameters;

    /* MACs of the dense, direct algorithm, and what zeros leave of them. 0 for VECTOR. */
    double macs;
    double effective_macs;
};

/* What a training step keeps in memory, in bytes: parameters (and their fp32 master copy in mixed
 * precision), their gradients, the optimiser's state, the most activations and gradients of
 * activations that are alive at once, and the largest workspace a kernel's algorithm asks for. What
 * a framework keeps beyond that (fragmentation, its own context) is left out: a lower bound.
 */
struct ts_footprint {
    double weights, master_weights, gradients, optimizer, activations, workspace;
};

/* A network by its size, forward, at the run's batch. */
struct ts_network_size {
    const char *name; /* NULL: there is none */
    double macs, parameters, parameter_bytes;
};

enum { TS_MAX_PROGRAM_NOTES = 32 };

/* A whole workload, lowered. */
struct ts_program {
    const char *name;
    const char *description; /* one line, "" when there is none */
    int64_t batch;
    enum ts_precision precision;
    bool training;
    bool one_liner;  /* repeated kernel: starts with warm caches unless --cold */
    int64_t samples; /* items one execution finishes (images, sequences), for throughput */
    double coverage; /* fraction of the network's operations that have a model; the rest is
                      * estimated by its bytes */
    enum ts_token_phase phase;
    int64_t context;        /* decode: tokens in the KV cache; 0 otherwise */
    double kv_cache_bytes;  /* keys and values of all layers and sequences when the phase ends */
    double parameters;      /* weights, counted once */
    double parameter_bytes; /* as stored */
    struct ts_footprint footprint; /* zeros in inference */
    double macs;
    double effective_macs;
    uint64_t hash;
    struct ts_network_size teacher, student; /* of a distillation */
    const char *notes[TS_MAX_PROGRAM_NOTES]; /* what a reader of the result should know */
    int note_count;
    struct ts_kernel *kernels;
    int kernel_count;
    int tensor_count;
};

/* Keeps a text (in the program's arena) once; beyond TS_MAX_PROGRAM_NOTES the last one is dropped.
 */
void ts_program_note(struct ts_program *program, const char *text);

double ts_footprint_bytes(const struct ts_footprint *footprint);

/* Bytes of an operand as stored: elements × density × bits / 8, plus index bits when sparse is left
 * to the family. density 1 → dense. */
double ts_operand_dense_bytes(const struct ts_operand *operand);

#ifdef __cplusplus
}
#endif
#endif
