/* Workloads: a name, a file or a one-liner → a program of kernels.
 *
 *   load (zoo, YAML, one-liner, SCALE-Sim CSV, ONNX) → graph → transforms → training graph → lower
 */
#ifndef TESSERA_WORKLOAD_H
#define TESSERA_WORKLOAD_H

#include "tessera/arena.h"
#include "tessera/diag.h"
#include "tessera/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Training in 16 or 8 bits keeps fp32 weights and optimiser state beside the narrow ones. */
enum ts_mixed_precision { TS_MIXED_AUTO, TS_MIXED_ON, TS_MIXED_OFF };

enum { TS_CHECKPOINT_SQRT = -1 }; /* as many segments as the square root of the layers */

struct ts_workload_options {
    int64_t batch;               /* -b; ≥ 1 */
    enum ts_precision precision; /* TS_PRECISION_NONE is not allowed here: the caller resolves it */
    bool training;               /* -m training */
    const char *optimizer;       /* sgd | momentum | adam | none; NULL = sgd */
    enum ts_mixed_precision mixed; /* of training; AUTO: on where the precision is a narrow float */
    int64_t micro_batches;         /* the batch comes in as many equal pieces whose gradients are
                                    * summed; 0 = 1 */
    int checkpoint;                /* segments that keep only what crosses them; 0 = keep all */
    int64_t sequence;              /* --seq; 0 = the network's own */
    enum ts_token_phase phase;     /* --phase; decoder networks only */
    int64_t context;               /* --context, decode only; 0 = sequence */
    const char *const *dims;       /* --dim NAME=VALUE: dynamic dimensions of an ONNX file */
    int dim_count;
    bool strict;                   /* --strict: an operator without a model is an error */
    const char *const *transforms; /* -t NAME[:ARG], in order */
    int transform_count;
    bool fuse; /* inference: batch normalisation and element-wise work ride in the
                * epilogue of what makes their input, as inference runtimes do; without,
                * each is a kernel of its own, as in eager frameworks. Training never fuses. */
    enum ts_winograd_use winograd; /* what the machine makes of -t winograd:TILE */
    bool training_mode; /* layers behave as in training even in inference (batch statistics,
                         * dropout), and training computes the gradient of the inputs too */
};

/* One-liners. gemm:M,N,K is C[M,N] = A[M,K]·B[K,N], bmm:B,M,N,K the same B times; both take
 * ",layout=" and how A and B lie in memory, by rows, A's letter first: n as written (A [M][K], B
 * [K][N]), t transposed (A [K][M], B [N][K]); `any`, the default: not stated, nothing is charged
 * for it. A column-major library's call (transa, transb, m, n, k) has both letters, and M and N,
 * exchanged.
 *
 * True for gemm:, bmm:, fc:, conv:, conv_bwd_data:, conv_bwd_weight:, memory: */
bool ts_workload_is_one_liner(const char *workload);

/* Errors: unknown names, bad files, shapes that don't fit, cycles, unknown transforms. */
bool ts_workload_load(const char *workload, const struct ts_workload_options *options,
                      struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct ts_program **program);

struct ts_workload_entry {
    const char *name;
    const char *description;
    double macs; /* batch 1, forward */
    double parameters;
};
int ts_workload_list(struct ts_arena *arena, struct ts_workload_entry **entries);

struct ts_transform_entry {
    const char *name;     /* "prune" */
    const char *argument; /* "DENSITY" or NULL */
    const char *description;
    const char *used_by; /* which hardware can use it */
};
int ts_transform_list(const struct ts_transform_entry **entries);

#ifdef __cplusplus
}
#endif
#endif
