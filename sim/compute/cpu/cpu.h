/* CPU family: cores with SIMD (and matrix) units behind private caches, a shared L3 and DDR
 * channels.
 *
 * A unit is a core. The private rows of memory.cache are its L1 and L2, the shared row the L3. What
 * a BLAS or deep-learning library does is planned in the way of Goto and van de Geijn (ACM TOMS
 * 34(3), 2008): a register tile of mr × nr accumulators, panels of kc that stay in L1, blocks that
 * stay in L2, operands packed into them by all threads.
 *
 *   ts_cpu_core_init    what one core does at a precision: register tile, kc, cycles, fill
 * bandwidth ts_cpu_gemm_plan    a matrix product over all cores (packed, barrier after each block
 * of k) ts_cpu_blocks_*     independent blocks of C: batched and skinny products, direct
 * convolution ts_cpu_conv_plan    convolution by the library in use ts_cpu_vector_plan element-wise
 * and reducing operators: streams
 *
 * Pure functions, no hidden state. All cycles are cycles of compute.clock_mhz: where dense vector
 * code runs at a lower clock, its cycles are stretched.
 */
#ifndef TESSERA_SIM_COMPUTE_CPU_H
#define TESSERA_SIM_COMPUTE_CPU_H

#include "tessera/arch.h"
#include "tessera/plan.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mispredicted branch costs 15 to 20 cycles from Haswell to Zen (Agner Fog, "The
 * microarchitecture of Intel, AMD and VIA CPUs"). */
#define TS_CPU_MISPREDICTION_CYCLES 18.0

/* software.library, in the order of the schema's choices. */
enum ts_cpu_library {
    TS_CPU_DIRECT, /* oneDNN's way: convolution without a column matrix, SIMD element-wise code */
    TS_CPU_IM2COL, /* column matrix for the whole batch, then one GEMM (Caffe with a BLAS) */
    TS_CPU_TORCH7  /* Torch nn: a column matrix and a GEMM an image, scalar element-wise code */
};

/* Family keys (schema in cpu.c). */
struct ts_cpu_params {
    int64_t vector_bits;
    int64_t vector_registers;
    double fma_latency_cycles;
    double fma_per_cycle;       /* vector FMA instructions issued a cycle */
    double vector_clock_ratio;  /* clock under dense vector code / compute.clock_mhz */
    int64_t outstanding_lines;  /* cache lines a core has in flight towards L3 and DRAM */
    int64_t cores_per_l3;       /* cores that share one slice of L3; 0 = all of a socket */
    double l3_link_bytes_per_s; /* out of one slice of L3 into others; 0 = no limit */
    int64_t sockets;
    double remote_latency_s;     /* added by the link to another socket's memory */
    int library;                 /* enum ts_cpu_library */
    double call_s;               /* entry of a library call: argument checks, dispatch */
    double fork_s;               /* parallel region start and end, per thread */
    double barrier_s;            /* barrier with its skew, per doubling of threads */
    double wake_s;               /* added when threads sleep between parallel regions */
    double scalar_ops_per_cycle; /* element-wise code of a library that is not vectorised */
};

static inline const struct ts_cpu_params *ts_cpu_params_of(const struct ts_arch *arch)
{
    return (const struct ts_cpu_params *)arch->params;
}

/* One core at one precision. Bandwidths in bytes per nominal cycle. */
struct ts_cpu_core {
    bool matrix;           /* tile unit (AMX) rather than SIMD */
    double clock_ratio;    /* of this code */
    double macs_per_cycle; /* at this code's clock */
    double lanes;          /* accumulators of a register */
    double depth;          /* multiply-accumulates of one instruction into one accumulator */
    double flight;         /* accumulator registers needed to hide the FMA latency */
    int64_t mr, nr;        /* register tile: mr along the vector, nr broadcast */
    int64_t kc;            /* largest block of k */
    double
        update_cycles; /* add a register tile into C and go to the next: per tile and block of k */
    double a_bytes, b_bytes, c_bytes; /* of an element as stored */
    double l1_bytes, l2_bytes;
    double
        l3_bytes; /* of the one slice where L3 is split: a process's data lie where it made them */
    double cores_per_l3;
    double l2_bandwidth;         /* L2 → L1 */
    double fill_l3, fill_dram;   /* what outstanding lines let one core draw */
    double share_l3, share_dram; /* all cores together */
    double near_fill_l3;         /* the same from the core's own slice of L3 */
    double near_share_l3;
    double far_share_l3; /* all slices give one another */
};

/* Errors: none; the caller has checked that the machine supports the precision. */
void ts_cpu_core_init(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_cpu_core *core);

/* Cycles of mb × nb outputs over kb of k, operands packed and in L2, C at hand. */
double ts_cpu_macro_cycles(const struct ts_cpu_core *core, double mb, double nb, double kb);

/* The same for operands that are not packed: no copies, `stream_bytes` from the level that the
 * working set lies in pass by while they are used. */
double ts_cpu_skinny_cycles(const struct ts_cpu_core *core, double mb, double nb, double kb,
                            double stream_bytes, double footprint_bytes);

/* Bytes a cycle that a core's own misses in flight let it draw from a working set of that size.
 * Sharing is the engine's to find. */
double ts_cpu_own_bandwidth(const struct ts_cpu_core *core, double footprint_bytes);
/* What the shared level or DRAM gives each of `threads` that draw at once. */
double ts_cpu_shared_bandwidth(const struct ts_cpu_core *core, double footprint_bytes,
                               double threads);
/* The smaller of both, for what is not a load of the plan, and for estimates. */
double ts_cpu_fill_bandwidth(const struct ts_cpu_core *core, double footprint_bytes,
                             double threads);
/* L3 alone: the smaller of both. */
double ts_cpu_l3_bandwidth(const struct ts_cpu_core *core, double threads);
/* Cycles of a core to read `bytes` that `threads` cores wrote in equal parts, `passes` times: from
 * its own L3, or first over the way to another one, which is as long as that to DRAM. */
double ts_cpu_foreign_cycles(const struct ts_cpu_core *core, double bytes, double passes,
                             double threads);
/* Instructions of packing `elements` of `bytes` each. */
double ts_cpu_pack_cycles(const struct ts_arch *arch, const struct ts_cpu_core *core,
                          double elements, double bytes);

/* Cycles of starting and ending a parallel region, and of one barrier. */
double ts_cpu_fork_cycles(const struct ts_arch *arch, double threads);
double ts_cpu_barrier_cycles(const struct ts_arch *arch, double threads);
double ts_cpu_call_cycles(const struct ts_arch *arch);

/* What a GEMM multiplies: logical sizes, and what of the operands is really stored (an implicit
 * convolution reads each input once though its column matrix repeats it). */
struct ts_cpu_gemm {
    int64_t batch, m, n, k;
    int32_t a_tensor, b_tensor, c_tensor;
    bool b_is_weight;
    double epilogue_ops;              /* fused bias, activation, residual: for each output */
    double a_ratio, b_ratio, c_ratio; /* stored elements / elements of the matrix, ≤ 1 */
};
void ts_cpu_gemm_of_kernel(const struct ts_kernel *kernel, struct ts_cpu_gemm *gemm);

/* Cycles of the fused operations on so many outputs. */
double ts_cpu_epilogue_cycles(const struct ts_arch *arch, const struct ts_cpu_gemm *gemm,
                              double outputs);

/* Adds the phases of one product to `plan`. `serial` products follow one another, each over all
 * threads (images of a batch). */
void ts_cpu_gemm_phases(const struct ts_arch *arch, const struct ts_cpu_core *core,
                        const struct ts_cpu_gemm *gemm, int64_t serial, struct ts_arena *arena,
                        struct ts_plan *plan);

/* The packed product: threads in a grid over C. Estimated cycles, for the choice of schedule. */
struct ts_cpu_grid {
    int64_t threads_m, threads_n;
    int64_t k_blocks;
    double block_m, block_n, block_k; /* largest of a thread */
    double estimate_cycles;
};
void ts_cpu_grid_choose(const struct ts_arch *arch, const struct ts_cpu_core *core,
                        const struct ts_cpu_gemm *gemm, struct ts_cpu_grid *grid);
void ts_cpu_grid_phase(const struct ts_arch *arch, const struct ts_cpu_core *core,
                       const struct ts_cpu_gemm *gemm, const struct ts_cpu_grid *grid,
                       int64_t serial, struct ts_arena *arena, struct ts_phase *phase);

/* What is done with operands before they are multiplied. */
enum ts_cpu_copy {
    TS_CPU_PACKED,   /* copied into panels first */
    TS_CPU_IN_PLACE, /* laid out in blocks by the library once and for all (oneDNN's formats) */
    TS_CPU_STREAMED  /* read as they lie, once: skinny and small products */
};

/* Independent blocks of C, whole k each, pulled by the cores. */
struct ts_cpu_blocks {
    double block_m, block_n;
    int64_t blocks_m, blocks_n;
    int64_t k_steps;
    enum ts_cpu_copy copy;
    int64_t threads;
    double estimate_cycles;
};
/* False when nothing is small or skinny enough to go without packing. */
bool ts_cpu_blocks_streamed(const struct ts_arch *arch, const struct ts_cpu_core *core,
                            const struct ts_cpu_gemm *gemm, struct ts_cpu_blocks *blocks);
/* `copy` is TS_CPU_PACKED or TS_CPU_IN_PLACE. Items of a batch are divided further when they are
 * fewer than the cores or larger than L2. */
void ts_cpu_blocks_of_l2(const struct ts_arch *arch, const struct ts_cpu_core *core,
                         const struct ts_cpu_gemm *gemm, enum ts_cpu_copy copy,
                         struct ts_cpu_blocks *blocks);
void ts_cpu_blocks_phase(const struct ts_arch *arch, const struct ts_cpu_core *core,
                         const struct ts_cpu_gemm *gemm, const struct ts_cpu_blocks *blocks,
                         struct ts_arena *arena, struct ts_phase *phase);

/* A phase that streams: every thread reads and writes its part of the operands. */
struct ts_cpu_stream {
    const char *name;
    double elements; /* work items, spread over the threads */
    double cycles_per_element;
    double instructions_per_element;
    double ops_per_element;
    int input_count;
    int32_t input[3];
    double input_bytes[3];
    bool input_is_weight[3];
    int32_t output;
    double output_bytes;
    double row_bytes; /* contiguous run, 0 = all of it */
    int64_t threads;
    int64_t repeats; /* parallel regions one after the other */
    double passes;   /* times the inputs are walked through */
};
void ts_cpu_stream_phase(const struct ts_arch *arch, const struct ts_cpu_stream *stream,
                         struct ts_arena *arena, struct ts_phase *phase);

/* Planners by kind of kernel. */
void ts_cpu_gemm_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_arena *arena, struct ts_plan *plan);
void ts_cpu_conv_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_arena *arena, struct ts_plan *plan);
void ts_cpu_vector_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arena *arena, struct ts_plan *plan);

/* Counters of a product for energy: instructions, registers and private levels. */
void ts_cpu_gemm_counters(const struct ts_arch *arch, const struct ts_cpu_core *core,
                          const struct ts_cpu_gemm *gemm, double block_m, double block_n,
                          bool packed, struct ts_phase_counters *counters);

/* Index of the n-th private level counted from the core, -1 when there are fewer. */
int ts_cpu_private_level(const struct ts_arch *arch, int nth);

/* struct ts_family's: how products are added up. */
void ts_cpu_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arithmetic *arithmetic);

extern const struct ts_family ts_cpu_family;

#ifdef __cplusplus
}
#endif
#endif
