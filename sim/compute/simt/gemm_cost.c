/* Cycles of one thread block of a GEMM kernel.
 *
 * A k step of a block takes the SM
 *   CUDA cores:   F = tile_m·tile_n·tile_k / (multiply-adds per cycle), plus
 *                 60 cycles an 8-deep step of load issue, address arithmetic and barrier, plus
 *                 the part of its shared-memory reads that arithmetic does not hide;
 *   matrix cores: max(F, shared-memory reads) plus the issue of copies and barriers.
 * The constants are measured on kernels whose names are known (NeuSight's traces: SASS sgemm on
 * V100 and A100, XMMA on H100, maxwell_sgemm on P100); docs/models/gpu-gemm.md has the comparison
 * kernel by kernel.
 */
#include "simt_internal.h"

#include <math.h>

#define WARP_GROUP 4 /* warps that share a wgmma */

/* Barrier and load issue of an 8-deep k step: volta_sgemm and ampere_sgemm lose 56 to 78 cycles a
 * step from 128x128 to 64x64, whatever the tile. */
#define STEP_ISSUE_CYCLES 60.0
/* The same for a matrix-core k step: issue of asynchronous copies, wait and barrier. */
#define MATRIX_STEP_CYCLES 40.0
/* On Hopper a warp of its own issues them, what is left is the barrier between warp groups. */
#define WGMMA_STEP_CYCLES 20.0
/* Index arithmetic, descriptors and the first barrier of a block. */
#define PROLOGUE_CYCLES 300.0
/* A block with one warp group that multiplies waits each step for its wgmma to end before it frees
 * the stage: XLA's bf16 products of 4 to 16 tiles of 128x128 take 163 to 229 cycles, on average
 * 195, for a step of 64x64x64, which is 148 of arithmetic and barrier. Products of few tokens, in
 * narrower tiles, show nothing of it: DRAM is what they wait for (Vidur, 34 rows of 1 to 16). */
#define WGMMA_SOLO_CYCLES 47.0
/* On Hopper copy descriptors, barriers in memory and the meeting of a cluster come first (XLA's
 * bf16 products of one tile a unit and a k of 512 to 2048). A block that goes on to another tile
 * has them behind it, and its copies under way: rounds of 512 to 4096 tiles of 128x128 cost 1600
 * cycles beside their main loops, 1365 of them storing (the same table, k = 256). Lone turned
 * products start every tile anew: 3.9 us a round. */
#define WGMMA_PROLOGUE_CYCLES 1500.0
/* Volta, Turing and CDNA copy through registers: h884gemm_128x128 reaches 0.86 to 0.89 of peak on
 * V100 (DeepBench). */
#define MATRIX_STEP_REGISTERS_CYCLES 130.0
/* sliced1x4 kernels reach 0.80 (128x32), 0.76 (64x32) and 0.65 (32x32) of peak on V100 and A100
 * where the plain ones of that size reach 0.84: the slices stage four times the operands an output
 * needs. */
#define SLICED_FACTOR 1.7
/* Stores of unaligned rows of C: 8 times the accesses (sgemm with a k of 9 to 20 on V100 and P100).
 */
#define SCALAR_STORE_FACTOR 8.0
/* The detour of accumulators through shared memory in matrix kernels on Hopper goes with the warps
 * that hold accumulators (XLA's products with a k of 256 and 512, 4 and 8 warps). */
#define HOPPER_STORE_BYTES_PER_WARP 3.0
/* One warp alone on a scheduler cannot cover its own latencies. */
#define SOLO_FACTOR 1.15
/* cuBLAS up to 8 covers less of them in blocks of a warp a scheduler. Where each SM of the two
 * Titan X has one block of 128x64 (64 columns, fewer where k is short) a step of 8 takes 1090 to
 * 1440 cycles (DeepBench, 13 rows), of which arithmetic, issue and reads are 650. */
#define CUBLAS_8_SOLO_FACTOR 2.0
/* Its sgemm_32x32x32 reads shared memory element by element, half as fast: 24 reads of a warp for
 * each k, 32 cycles in all; Titan X (Maxwell) takes 30 to 34 whatever the layout (DeepBench, 20
 * rows). The later one waits for the longer of arithmetic and reads and for one barrier in 32 of k:
 * 18 cycles on P100 (DeepBench 19 under CUDA 8.0.88, NeuSight's products 16 to 18), 14 on P4
 * (NeuSight 15 to 17). */
#define ELEMENT_READ_FACTOR 2.0
#define LEAST_WIDE_READ 4
/* ... nor those of reading fragments before mma.sync; wgmma reads its operands itself. */
#define MMA_SOLO_CYCLES 100.0
/* On Hopper, where wgmma set the pace, more: one block an SM takes 13 cycles a k at 64x64, 18 at
 * 128x64, 40 at 128x128 and 62 at 256x128 (XLA's tf32 products of 32 to 256 such tiles). */
#define HOPPER_MMA_SOLO_CYCLES 175.0
/* ... and mma.sync reaches 63 % of wgmma's rate (Luo et al., "Benchmarking and dissecting the
 * Nvidia Hopper GPU architecture via microbenchmarking", IPDPS 2024). */
#define HOPPER_MMA_RATE 0.63
/* Kernels that turn B store more slowly, half of the above a warp (XLA's tf32 products of one and
 * two rounds with a k of 256 to 1024). */
#define TURNED_STORE_BYTES_PER_WARP 1.5

/* k of one wgmma of 4-byte operands (PTX ISA: m64nNk8). */
#define WGMMA_DEPTH_4_BYTES 8.0

static double operand_bytes(const struct ts_simt_gemm *gemm)
{
    double a = (double)gemm->m * gemm->a_bytes * gemm->a_unique;
    double b = (double)gemm->n * gemm->b_bytes;
    return (a + b) * (double)gemm->k * (double)gemm->batch;
}

static double shared_bytes_per_cycle(const struct ts_arch *arch)
{
    int level = ts_simt_scratchpad_level(arch);
    if (level >= 0 && arch->memory.cache[level].bandwidth_bytes_per_cycle > 0.0) {
        return arch->memory.cache[level].bandwidth_bytes_per_cycle;
    }
    return TS_SIMT_SHARED_BYTES_PER_CYCLE;
}

static double scratchpad_latency_cycles(const struct ts_arch *arch)
{
    int level = ts_simt_scratchpad_level(arch);
    return level >= 0 ? arch->memory.cache[level].latency_cycles : 0.0;
}

/* Part of shared-memory read time that the arithmetic of CUDA cores can't hide. Where one
 * instruction a scheduler fills the cores for two cycles (Volta, Turing, A100) loads issue in
 * between; where it fills them for one (Hopper, Ada) every other instruction costs a slot. Kepler
 * to Pascal issue two at a time, and reads wait for each other: the more, the busier the banks are,
 * up to half the time (8x8 outputs a thread on GM200 and GP102; a quarter on GP100, whose SM has
 * half the cores before the same banks: 0.95 of peak against 0.84 to 0.9, DeepBench). */
double ts_simt_exposed_shared_fraction(const struct ts_arch *arch, double load)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    if (params->generation < TS_SIMT_VOLTA) {
        return 0.3 * fmin(1.0, 2.0 * load);
    }
    return ts_simt_full_rate_cores(arch) ? 0.6 : 0.12;
}

static int occupancy(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                     double element)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    int level = ts_simt_scratchpad_level(arch);
    double lanes = params->generation == TS_SIMT_CDNA ? 64.0 : 32.0;
    double threads = lanes * kernel->warps;
    double blocks = (double)params->registers / (threads * kernel->registers);
    double stage = (kernel->tile_m + kernel->tile_n) * (double)kernel->tile_k * element;
    blocks = fmin(blocks, (double)params->max_threads / threads);
    blocks = fmin(blocks, (double)params->max_blocks);
    if (level >= 0) {
        blocks = fmin(blocks, arch->memory.cache[level].capacity_bytes / (stage * kernel->stages));
    }
    return (int)floor(blocks);
}

double ts_simt_shared_read_bytes(const struct ts_simt_kernel *kernel, double element)
{
    double depth = kernel->tile_k;
    switch (kernel->path) {
    case TS_SIMT_CORES:
        /* Each thread reads its row and column of fragments; a quarter warp's 16-byte reads fall
         * together in pairs, so half the bytes cross the banks. */
        return 32.0 * kernel->warps * (kernel->thread_m + kernel->thread_n) * element * depth /
               kernel->slices * 0.5;
    case TS_SIMT_WGMMA:
        /* Warp groups read their 64 rows of A and share the read of B. */
        return (64.0 * ts_simt_ceil_div(kernel->tile_m, 64.0) + kernel->tile_n) * element * depth;
    case TS_SIMT_MMA:
        break;
    }
    return kernel->warps * (double)(kernel->thread_m + kernel->thread_n) * element * depth;
}

static void core_step(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                      const struct ts_simt_gemm *gemm, double element,
                      struct ts_simt_gemm_cost *cost)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double depth = kernel->tile_k;
    double useful = kernel->tile_m * (double)kernel->tile_n * depth /
                    arch->vector_macs_per_cycle[gemm->precision];
    double shared = ts_simt_shared_read_bytes(kernel, element) / shared_bytes_per_cycle(arch);
    bool early = params->library == TS_SIMT_CUBLAS_8;
    if (early && kernel->thread_n < LEAST_WIDE_READ) {
        shared *= ELEMENT_READ_FACTOR;
    }
    double fraction = ts_simt_exposed_shared_fraction(arch, shared / useful);
    double exposed = fmax(fraction * shared, shared - useful);
    double issue = (STEP_ISSUE_CYCLES + gemm->step_overhead_cycles) * depth / 8.0;
    if (!early && kernel->thread_n < LEAST_WIDE_READ) {
        exposed = fmax(0.0, shared - useful);
        issue = STEP_ISSUE_CYCLES;
    }
    if (kernel->slices > 1) {
        issue *= SLICED_FACTOR;
    }
    cost->step_overhead_cycles = issue;
    cost->step_cache_cycles = exposed;
    cost->step_pipe_cycles = useful + issue + exposed;
    double busy = fmin(1.0, kernel->warps / (double)params->schedulers);
    bool lone = early && kernel->warps <= params->schedulers;
    double solo = lone ? CUBLAS_8_SOLO_FACTOR : SOLO_FACTOR;
    cost->step_latency_cycles = cost->step_pipe_cycles / busy * solo;
}

/* A step whose copies pass through registers: the loads of the next step, then their way into
 * shared memory and the barrier. Repeated products find in the L2 what it keeps of their operands
 * (DeepBench on V100, 16 to 64 columns: 325 cycles a step for operands of half a megabyte, 410 to
 * 470 for 6 to 8, 510 for 13, 550 for 33). */
static double copy_cycles(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    int level = ts_arch_shared_level(arch);
    const struct ts_dram_spec *dram = arch->memory.dram;
    double kept = 0.0, latency = 0.0, missed_s = arch->memory.dram_latency_s;
    if (level >= 0) {
        kept = arch->memory.cache[level].capacity_bytes * TS_SIMT_L2_KEPT_FRACTION;
        latency = arch->memory.cache[level].latency_cycles;
    }
    if (dram) {
        missed_s += (dram->tRCD + dram->tCL + dram->burst_cycles) * dram->tck_ns * 1e-9 +
                    dram->controller_latency_ns * 1e-9;
    }
    double missing = fmax(0.0, 1.0 - kept / operand_bytes(gemm));
    return latency + missing * missed_s * arch->clock_hz + MATRIX_STEP_REGISTERS_CYCLES;
}

/* A step of a block that has its SM alone. */
static double matrix_step_latency(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                                  const struct ts_simt_gemm *gemm, double pipe_cycles)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    bool gathers = gemm->step_overhead_cycles > 0.0; /* addresses come first */
    if (ts_simt_copies_through_registers(arch) && !gathers) {
        return fmax(pipe_cycles, copy_cycles(arch, gemm));
    }
    double solo = 0.0;
    if (kernel->path == TS_SIMT_MMA) {
        solo = params->generation == TS_SIMT_HOPPER ? HOPPER_MMA_SOLO_CYCLES : MMA_SOLO_CYCLES;
        solo *= (double)params->schedulers / kernel->warps;
    }
    bool narrow = kernel->tile_m < 64 || kernel->tile_n < 64;
    if (kernel->path == TS_SIMT_WGMMA && kernel->warps == 2 * WARP_GROUP && !narrow) {
        solo = WGMMA_SOLO_CYCLES;
    }
    return pipe_cycles + solo;
}

static void matrix_step(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                        const struct ts_simt_gemm *gemm, double element,
                        struct ts_simt_gemm_cost *cost)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double depth = kernel->tile_k;
    double rate = arch->matrix_macs_per_cycle[gemm->precision];
    if (gemm->structured_2_4) {
        rate *= params->sparse_speedup;
    }
    bool has_wgmma = params->generation == TS_SIMT_HOPPER && element <= 4.0;
    if (has_wgmma && kernel->path == TS_SIMT_MMA) {
        rate *= HOPPER_MMA_RATE;
    }
    double useful = kernel->tile_m * (double)kernel->tile_n * depth / rate;
    double shared = ts_simt_shared_read_bytes(kernel, element) / shared_bytes_per_cycle(arch);
    double waiting = fmax(0.0, shared - useful);
    if (ts_simt_turns_b(kernel, gemm)) {
        /* The wgmma that takes B from registers waits for it to come there. */
        waiting = kernel->tile_n * element * depth / shared_bytes_per_cycle(arch);
        if (ts_simt_is_pingpong(arch, kernel, gemm)) {
            /* ... alone with the tensor cores each time for as long as shared memory takes. */
            waiting += depth / WGMMA_DEPTH_4_BYTES * scratchpad_latency_cycles(arch);
        }
    }
    if (params->generation == TS_SIMT_CDNA) {
        double camping = ts_simt_tensile_camping_cycles(arch, kernel, gemm);
        waiting = ts_simt_tensile_moving_cycles(kernel, element, shared_bytes_per_cycle(arch));
        waiting = fmax(waiting, camping - useful);
    }
    bool async = params->generation >= TS_SIMT_AMPERE && params->generation != TS_SIMT_CDNA;
    double issue = kernel->path == TS_SIMT_WGMMA ? WGMMA_STEP_CYCLES
                   : async                       ? MATRIX_STEP_CYCLES
                                                 : MATRIX_STEP_REGISTERS_CYCLES;
    issue += gemm->step_overhead_cycles;
    cost->step_cache_cycles = waiting;
    cost->step_overhead_cycles = issue;
    cost->step_pipe_cycles = useful + waiting + issue;
    cost->step_latency_cycles = matrix_step_latency(arch, kernel, gemm, cost->step_pipe_cycles);
}

/* Rows of A that lie a pitch apart cross pages, and rows of B too in the kernels libraries run for
 * lone products (the linear layer's, k contiguous in both); beyond the reach of the SM's
 * first-level TLB every new page of a step is a miss. */
static double tlb_cycles(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm, int blocks)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    if (params->tlb_reach_bytes <= 0.0 || gemm->a_is_transposed) {
        return 0.0;
    }
    double pitch = (double)gemm->k * gemm->a_bytes * gemm->a_unique;
    double rows = fmin(kernel->tile_m, (double)gemm->m);
    if (gemm->batch == 1) {
        rows += fmin(kernel->tile_n, (double)gemm->n);
    }
    double footprint = rows * pitch;
    double pages = fmin(rows, footprint / params->tlb_page_bytes);
    double excess = 1.0 - params->tlb_reach_bytes / fmax(footprint * blocks, 1.0);
    double missing = fmin(1.0, fmax(0.0, 2.0 * excess));
    return pages * missing * params->tlb_miss_cycles * kernel->tile_k / 8.0;
}

/* From asking for a piece to having it: the L2's latency, and DRAM's behind it when the operands
 * don't fit. */
static double load_latency_cycles(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    double dram = arch->memory.dram_latency_s * arch->clock_hz;
    int level = ts_arch_shared_level(arch);
    if (level < 0) {
        return dram;
    }
    const struct ts_cache_spec *l2 = &arch->memory.cache[level];
    bool fits = operand_bytes(gemm) <= l2->capacity_bytes;
    return l2->latency_cycles + (fits ? 0.0 : dram);
}

/* Bytes a cycle at which accumulators leave: through the L1, unless they
 * detour through shared memory. */
static double store_bytes_per_cycle(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                                    const struct ts_simt_gemm *gemm)
{
    int generation = ts_simt_params_of(arch)->generation;
    if (kernel->path == TS_SIMT_CORES) {
        bool staged = ts_simt_full_rate_cores(arch) && generation >= TS_SIMT_AMPERE;
        return staged ? TS_SIMT_STAGED_STORE_BYTES : TS_SIMT_L1_BYTES_PER_CYCLE;
    }
    if (generation != TS_SIMT_HOPPER) {
        return TS_SIMT_L1_BYTES_PER_CYCLE;
    }
    int loaders = kernel->path == TS_SIMT_WGMMA ? WARP_GROUP : 0; /* one group only loads */
    double per_warp =
        ts_simt_turns_b(kernel, gemm) ? TURNED_STORE_BYTES_PER_WARP : HOPPER_STORE_BYTES_PER_WARP;
    bool one_group = ts_simt_has_group_a_tile(kernel, gemm);
    return per_warp * (kernel->warps - loaders) / (one_group ? 2.0 : 1.0);
}

struct ts_simt_gemm_cost ts_simt_gemm_cost(const struct ts_arch *arch,
                                           const struct ts_simt_kernel *kernel,
                                           const struct ts_simt_gemm *gemm)
{
    struct ts_simt_gemm_cost cost = {0};
    double element = fmax(gemm->a_bytes, gemm->b_bytes);
    cost.blocks_per_unit = occupancy(arch, kernel, element);
    cost.fits = cost.blocks_per_unit >= 1;
    if (!cost.fits) {
        return cost;
    }
    if (kernel->path == TS_SIMT_CORES) {
        core_step(arch, kernel, gemm, element, &cost);
    } else {
        matrix_step(arch, kernel, gemm, element, &cost);
    }
    /* Loads run stages - 1 k steps ahead of their use. */
    double floor_cycles = load_latency_cycles(arch, gemm) / fmax(1.0, kernel->stages - 1.0);
    cost.step_latency_cycles = fmax(cost.step_latency_cycles, floor_cycles);
    double walk = tlb_cycles(arch, kernel, gemm, cost.blocks_per_unit);
    cost.step_cache_cycles += walk;
    cost.step_pipe_cycles += walk;
    cost.step_latency_cycles += walk;
    /* The first loads' own latency is the engine's. */
    cost.prologue_cycles = cost.next_prologue_cycles = PROLOGUE_CYCLES;
    if (kernel->path == TS_SIMT_WGMMA) {
        cost.prologue_cycles = WGMMA_PROLOGUE_CYCLES;
        bool starts_anew = ts_simt_turns_b(kernel, gemm) && gemm->batch == 1;
        cost.next_prologue_cycles = starts_anew ? WGMMA_PROLOGUE_CYCLES : PROLOGUE_CYCLES;
    }
    /* Accumulators leave after the fused element-wise work. Rows that don't start on 16 bytes are
     * stored element by element. */
    double store_rate = store_bytes_per_cycle(arch, kernel, gemm);
    bool aligned = fmod((double)gemm->n * gemm->c_bytes, 16.0) == 0.0;
    double pieces = aligned ? 1.0 : SCALAR_STORE_FACTOR;
    double outputs = kernel->tile_m * (double)kernel->tile_n;
    double lanes = fmax(arch->vector_macs_per_cycle[TS_FP32], 1.0);
    cost.epilogue_cycles =
        outputs * (pieces * gemm->c_bytes / store_rate + gemm->epilogue_ops_per_output / lanes);
    if (ts_simt_is_pingpong(arch, kernel, gemm)) {
        ts_simt_overlap_epilogue(kernel, gemm, &cost);
    }
    return cost;
}
