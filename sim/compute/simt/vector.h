/* Streaming kernels of a GPU: grids of thread blocks that read operands once, compute and write.
 *
 * Element-wise layers are one such kernel; convolution planners use them for the transforms around
 * a GEMM (im2col, Winograd, zero fill). A block of 256 threads handles a contiguous share of every
 * operand.
 */
#ifndef TESSERA_SIM_COMPUTE_SIMT_VECTOR_H
#define TESSERA_SIM_COMPUTE_SIMT_VECTOR_H

#include "simt.h"

enum { TS_SIMT_STREAM_LOADS = 3, TS_SIMT_STREAM_STORES = 2 };

struct ts_simt_stream_operand {
    int32_t tensor; /* program tensor, negative = scratch of this plan */
    bool is_weight;
    bool bypass;        /* finds nothing in the shared cache and leaves nothing there */
    double bytes;       /* of the whole operand */
    double row_bytes;   /* contiguous piece; 0 = contiguous throughout */
    double pitch_bytes; /* distance of pieces; 0 = row_bytes */
};

struct ts_simt_stream {
    const char *name;       /* of the phase */
    bool scalar;            /* a thread has one element: its latency may bound the kernel */
    double elements;        /* that threads are numbered by */
    double ops_per_element; /* arithmetic instructions a lane each */
    double private_bytes;   /* through L1 or shared memory beyond the operands, both directions */
    int passes;             /* times the whole is done over the same operands; 0 = once */
    int load_count, store_count;
    struct ts_simt_stream_operand load[TS_SIMT_STREAM_LOADS];
    struct ts_simt_stream_operand store[TS_SIMT_STREAM_STORES];
};

/* Appends the kernel as one phase. False when the plan has no room. */
bool ts_simt_stream_phase(const struct ts_arch *arch, const struct ts_simt_stream *stream,
                          struct ts_arena *arena, struct ts_plan *plan);

/* A product that is one streaming kernel: the plan of all of it. `vector_ops` are counted beside
 * its multiply-adds. */
bool ts_simt_stream_product(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            const char *algorithm, const struct ts_simt_stream *stream,
                            double vector_ops, struct ts_arena *arena, struct ts_plan *plan);

/* Kernels of cuDNN 5's time, whose threads have one element of 4 bytes, and how long a block of
 * them lives: load, compute, store and the start of the next one. */
bool ts_simt_scalar_library(const struct ts_arch *arch);
double ts_simt_round_cycles(const struct ts_arch *arch);
/* From a unit's load to its data when nothing else is under way. */
double ts_simt_load_latency_cycles(const struct ts_arch *arch);

/* Appends a normalisation as one kernel with one block of 512 threads a row, which reads a row that
 * its registers can't hold twice: statistics, then scale and store. False when the plan has no
 * room. */
bool ts_simt_row_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_plan *plan);

/* What a kernel with a block a row does: bytes through the private level, warp instructions. */
void ts_simt_row_counters(const struct ts_arch *arch, const struct ts_kernel *kernel, double reads,
                          double writes, double instructions, struct ts_phase_counters *counters);

/* Forward normalisation of rows by today's libraries: a block a row, which reads it twice. False
 * when the plan has no room. */
bool ts_simt_is_layernorm(const struct ts_arch *arch, const struct ts_kernel *kernel);
bool ts_simt_layernorm_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                             struct ts_arena *arena, struct ts_plan *plan);

/* Forward softmax of rows above 1024 elements: a block a row. False when the plan has no room. */
bool ts_simt_is_block_softmax(const struct ts_arch *arch, const struct ts_kernel *kernel);
bool ts_simt_softmax_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           struct ts_arena *arena, struct ts_plan *plan);

/* Cycles from start to end, launch included: the larger of issue time and traffic, where operands
 * that fit in the shared cache with the others move at its speed. */
double ts_simt_stream_estimate(const struct ts_arch *arch, const struct ts_simt_stream *stream);

#endif
