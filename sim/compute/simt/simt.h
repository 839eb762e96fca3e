/* SIMT family (GPU): streaming multiprocessors that run grids of thread blocks.
 *
 * A unit is an SM (or compute unit). Its private level is the shared memory (first private row of
 * memory.cache), its shared level the L2. GEMM planning works in three steps, each of which other
 * planners (convolution) may call alone:
 *
 *   1. ts_simt_gemm_kernels    the thread-block tiles a vendor library ships for this machine
 *   2. ts_simt_gemm_cost       cycles of one block's step, its latency, prologue, epilogue,
 * occupancy
 *   3. ts_simt_gemm_choose     the tile and split of k that the library's estimate likes best
 *
 * and ts_simt_gemm_phases turns a choice into phases of a plan. Pure functions, no hidden state.
 */
#ifndef TESSERA_SIM_COMPUTE_SIMT_H
#define TESSERA_SIM_COMPUTE_SIMT_H

#include "tessera/arch.h"
#include "tessera/plan.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* compute.generation, in the order of the schema's choices. AMD's CDNA stands apart: 64-wide waves,
 * matrix cores fed from registers like mma.sync. */
enum ts_simt_generation {
    TS_SIMT_KEPLER,
    TS_SIMT_MAXWELL,
    TS_SIMT_PASCAL,
    TS_SIMT_VOLTA,
    TS_SIMT_TURING,
    TS_SIMT_AMPERE,
    TS_SIMT_ADA,
    TS_SIMT_HOPPER,
    TS_SIMT_CDNA
};

/* compute.library: whose kernels and heuristics run. What a library ships changes with its version.
 */
enum ts_simt_library { TS_SIMT_CUBLAS_8, TS_SIMT_CUBLAS_10, TS_SIMT_CUBLAS_11 };

/* Family keys (schema in simt.c). */
struct ts_simt_params {
    int generation;         /* enum ts_simt_generation */
    int library;            /* enum ts_simt_library */
    int64_t schedulers;     /* warp schedulers per unit */
    int64_t registers;      /* 32-bit registers per unit */
    int64_t max_threads;    /* resident per unit */
    int64_t max_blocks;     /* resident per unit */
    double sparse_speedup;  /* structured 2:4 on the matrix path: 2 where supported, else 1 */
    double tlb_reach_bytes; /* memory one unit's first-level TLB covers; 0 = no limit */
    double tlb_page_bytes;  /* of one of its entries */
    double tlb_miss_cycles; /* unit's time for one miss, hits of the next level */
};

static inline const struct ts_simt_params *ts_simt_params_of(const struct ts_arch *arch)
{
    return (const struct ts_simt_params *)arch->params;
}

enum ts_simt_path {
    TS_SIMT_CORES, /* fused multiply-adds on the CUDA cores */
    TS_SIMT_MMA,   /* matrix cores fed from registers (Volta to Ada, CDNA) */
    TS_SIMT_WGMMA  /* matrix cores fed from shared memory, warp-specialised loads (Hopper) */
};

/* One library kernel: block tile tile_m × tile_n, step tile_k of k. `slices` groups of warps each
 * take a part of the block's k step (sliced-k). On the CUDA cores a thread computes thread_m ×
 * thread_n outputs, on the matrix path a warp (warp group for wgmma) computes thread_m × thread_n.
 */
struct ts_simt_kernel {
    enum ts_simt_path path;
    int tile_m, tile_n, tile_k;
    int warps, slices;
    int thread_m, thread_n;
    int registers; /* per thread */
    int stages;    /* shared-memory buffers of a k step */
};

/* What is to be multiplied. C[i][m,n] = A[i][m,k] · B[i][k,n], i < batch. */
struct ts_simt_gemm {
    int64_t batch, m, n, k;
    enum ts_precision precision;
    int32_t a_tensor, b_tensor, c_tensor; /* program tensors, -1 = scratch */
    bool b_is_weight;
    bool b_is_shared;     /* all batches multiply by one B */
    bool b_is_transposed; /* B stored [n][k] */
    bool layout_is_open;  /* neither is charged for how it lies */
    bool a_is_transposed; /* A stored [k][m] (NCHW activations): a k step reads whole rows */
    double a_bytes, b_bytes, c_bytes; /* of one element as stored */
    double a_unique; /* bytes fetched for a piece of A over its dense bytes: 1, or less when it is
                      * an im2col view whose windows overlap */
    double step_overhead_cycles; /* more on the pipe each k step of 8 (implicit-GEMM addressing) */
    bool structured_2_4;
    double epilogue_ops_per_output;
};

/* Cycles of one block of `kernel`. */
struct ts_simt_gemm_cost {
    bool fits;               /* registers, shared memory and threads allow one block */
    int blocks_per_unit;     /* occupancy */
    double step_pipe_cycles; /* share of the SM's arithmetic a k step (tile_k) of one block takes */
    double step_latency_cycles;  /* its shortest duration when the block is alone on the SM */
    double step_overhead_cycles; /* part of step_pipe_cycles: issue of loads, barriers */
    double step_cache_cycles;    /* part of step_pipe_cycles: shared-memory bandwidth */
    double prologue_cycles;      /* block start and first operands through the pipeline */
    double next_prologue_cycles; /* the same of every tile but a unit's first */
    double turn_cycles;          /* that a unit's second tile waits at the start, of two in turns */
    double epilogue_cycles;      /* accumulators to memory, on the pipe */
    double drain_cycles;         /* the last blocks' accumulators, where others' leave in passing */
};

struct ts_simt_gemm_choice {
    struct ts_simt_kernel kernel;
    int split_k; /* parts of k run as separate blocks, summed by a second kernel */
    struct ts_simt_gemm_cost cost;
    double estimated_cycles; /* what the choice was made on */
};

/* The library's kernels for gemm->precision on this machine; *count of them. The array is static.
 * Empty when the machine can't do the precision. Only precision and layout of `gemm` are looked at:
 * Hopper's wgmma takes 4-byte operands with k contiguous only, the others pass through registers.
 */
const struct ts_simt_kernel *ts_simt_gemm_kernels(const struct ts_arch *arch,
                                                  const struct ts_simt_gemm *gemm, int *count);

/* True when `precision` runs on the matrix path of `arch`. */
bool ts_simt_uses_matrix(const struct ts_arch *arch, enum ts_precision precision);

/* `kernel` must be one of ts_simt_gemm_kernels for `gemm`. */
struct ts_simt_gemm_cost ts_simt_gemm_cost(const struct ts_arch *arch,
                                           const struct ts_simt_kernel *kernel,
                                           const struct ts_simt_gemm *gemm);

/* A product with a vector that CUDA cores run: one pass over the matrix takes the tiles' place. */
bool ts_simt_is_gemv(const struct ts_simt_gemm *gemm, const struct ts_simt_gemm_choice *choice);
bool ts_simt_plan_gemv(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_plan *plan);

/* A product of so few columns that Pascal's library runs passes over A in the tiles' place. */
bool ts_simt_has_few_columns(const struct ts_arch *arch, const struct ts_simt_gemm *gemm);
bool ts_simt_plan_few_columns(const struct ts_arch *arch, const struct ts_kernel *kernel,
                              struct ts_arena *arena, struct ts_plan *plan);

/* False when no kernel runs (precision without a path). */
bool ts_simt_gemm_choose(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                         struct ts_simt_gemm_choice *choice);

/* Fills `gemm` from a lowered kernel (convolutions: as explicit im2col would see it). */
void ts_simt_gemm_from_kernel(const struct ts_arch *arch, const struct ts_kernel *kernel,
                              struct ts_simt_gemm *gemm);

/* Appends the phases of `choice` (the GEMM; the reduction when k is split) to `plan`. The first
 * phase's launch is arch->launch_s. Returns false when the plan has no room or the arena is
 * exhausted. */
bool ts_simt_gemm_phases(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                         const struct ts_simt_gemm_choice *choice, struct ts_arena *arena,
                         struct ts_plan *plan);

/* Whole plan of a GEMM kernel that is no convolution. */
bool ts_simt_plan_gemm(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_plan *plan);

/* conv.c: kernel->has_conv. vector.c: kernel->kind == TS_KERNEL_VECTOR. Same contract. */
bool ts_simt_plan_conv(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_plan *plan);
bool ts_simt_plan_vector(const struct ts_arch *arch, const struct ts_kernel *kernel,
                         struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                         struct ts_plan *plan);

/* Index in memory.cache of the first private level (shared memory), -1 when there is none. */
int ts_simt_scratchpad_level(const struct ts_arch *arch);

/* struct ts_family's: how products are added up. */
void ts_simt_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arithmetic *arithmetic);

extern const struct ts_family ts_simt_family;

#ifdef __cplusplus
}
#endif
#endif
