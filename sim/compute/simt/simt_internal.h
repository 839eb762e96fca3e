/* Shared by the files of the SIMT family; nothing here is for others. */
#ifndef TESSERA_SIM_COMPUTE_SIMT_INTERNAL_H
#define TESSERA_SIM_COMPUTE_SIMT_INTERNAL_H

#include "simt.h"

/* Bytes an SM moves between its shared memory and registers a cycle when the file doesn't say: 32
 * banks of 4 bytes (CUDA C programming guide, compute capability 5.0 to 9.0). */
#define TS_SIMT_SHARED_BYTES_PER_CYCLE 128.0

/* One fused multiply-add a scheduler and cycle fills all lanes of the cores (Kepler to GP102, Ada,
 * Hopper), where Volta, Turing and A100 need two cycles. */
static inline bool ts_simt_full_rate_cores(const struct ts_arch *arch)
{
    return arch->vector_macs_per_cycle[TS_FP32] >=
           32.0 * (double)ts_simt_params_of(arch)->schedulers;
}

/* Integer instructions issue beside multiply-adds, on lanes of their own, where these leave every
 * other slot of the schedulers free (Volta, Turing, GA100). GA10x, Ada and Hopper need every slot;
 * on GA10x and Ada half the cores are the integer lanes too (GA102 whitepaper). */
static inline bool ts_simt_hides_integers(const struct ts_arch *arch)
{
    return ts_simt_params_of(arch)->generation >= TS_SIMT_VOLTA && !ts_simt_full_rate_cores(arch);
}

/* Matrix kernels of Volta and Turing copy to shared memory through registers, one step ahead. */
static inline bool ts_simt_copies_through_registers(const struct ts_arch *arch)
{
    int generation = ts_simt_params_of(arch)->generation;
    return generation == TS_SIMT_VOLTA || generation == TS_SIMT_TURING;
}

/* Part of the L2 that keeps operands between waves: the rest turns over with the stream. */
#define TS_SIMT_L2_KEPT_FRACTION 0.7

/* Start of a kernel that depends on the one before it on the same stream. */
#define TS_SIMT_NEXT_KERNEL_S 1.0e-6

/* What one L2 miss fetches of a cache line: two 32-byte sectors (CUDA's default fetch granularity).
 */
#define TS_SIMT_FETCH_BYTES 64.0

/* The load/store path between an SM's registers and its L1. */
#define TS_SIMT_L1_BYTES_PER_CYCLE 64.0

/* Accumulators that detour through shared memory leave more slowly: XMMA kernels on H100 store
 * 64 KiB of them in 3700 cycles, ampere_sgemm on A100, which does not, in 1400 (batched products
 * with a k of 64 to 128). */
#define TS_SIMT_STAGED_STORE_BYTES 17.0

/* Least k one part of a split works on. */
#define TS_SIMT_PART_LEAST_K 128

/* cuBLAS 8 and the first tensor-core kernels split only a long k (DeepBench: 500000, not 4096). */
#define TS_SIMT_SPLIT_FROM_K 16384

/* Part of the CUDA cores' shared-memory read time that their arithmetic, of which it is `load`,
 * can't hide. */
double ts_simt_exposed_shared_fraction(const struct ts_arch *arch, double load);

/* Bytes one block reads from shared memory in a k step. */
double ts_simt_shared_read_bytes(const struct ts_simt_kernel *kernel, double element);

/* gemm_tensile.c, CDNA: matrix kernels for operands of `bits`; whether the library's table holds
 * one for `gemm`; the time a compute unit moves the operands of one k step; and the least time of
 * such a step when all units' rows meet in few channels of the L2. */
const struct ts_simt_kernel *ts_simt_tensile_kernels(int bits, int *count);
double ts_simt_tensile_moving_cycles(const struct ts_simt_kernel *kernel, double element,
                                     double lds_bytes_per_cycle);
double ts_simt_tensile_camping_cycles(const struct ts_arch *arch,
                                      const struct ts_simt_kernel *kernel,
                                      const struct ts_simt_gemm *gemm);
bool ts_simt_tensile_ships(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm);

/* Parts of a k, at most. */
#define TS_SIMT_ANY_PARTS 64

/* gemm_classic.c, CUDA cores up to Pascal: whether the library has `kernel` for `gemm`, and into
 * how many parts it cuts its k at most. */
bool ts_simt_classic_ships(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                           const struct ts_simt_gemm *gemm);
int ts_simt_classic_parts(const struct ts_arch *arch, const struct ts_simt_gemm *gemm);

/* gemm_turned.c, 4-byte products on Hopper with an operand whose k is not contiguous: whether
 * `gemm` is one; their kernels; whether `kernel` is one of wgmma that turns B on its way; whether
 * the library runs these for `gemm`, and whether it splits k then. The parts of such a split add
 * into C, which takes a block so many cycles: no second kernel sums them. */
bool ts_simt_needs_turning(const struct ts_simt_gemm *gemm);
const struct ts_simt_kernel *ts_simt_turned_kernels(int *count);
bool ts_simt_turns_b(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm);
bool ts_simt_turned_ships(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                          const struct ts_simt_gemm *gemm);
bool ts_simt_turned_splits(const struct ts_arch *arch, const struct ts_simt_gemm *gemm);
double ts_simt_adding_cycles(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm);

/* Whether each warp group of `kernel` would have a tile of its own, which it stores alone; and
 * whether two would work ping-pong, one multiplying while the other stores. Then its epilogue,
 * given as of a tile alone, becomes what of it shows. */
bool ts_simt_has_group_a_tile(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm);
bool ts_simt_is_pingpong(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm);
void ts_simt_overlap_epilogue(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                              struct ts_simt_gemm_cost *cost);

/* True when the parts of a split leave sums for a second kernel. */
static inline bool ts_simt_leaves_sums(const struct ts_simt_gemm *gemm,
                                       const struct ts_simt_gemm_choice *choice)
{
    return choice->split_k > 1 && !ts_simt_turns_b(&choice->kernel, gemm);
}

static inline double ts_simt_ceil_div(double a, double b)
{
    double q = a / b;
    double whole = (double)(int64_t)q;
    return whole < q ? whole + 1.0 : whole;
}

/* Columns and rows of C as libraries have them, which store by columns. A product whose layout is
 * stated lies by rows: its columns are the rows. */
static inline int64_t ts_simt_library_columns(const struct ts_simt_gemm *gemm)
{
    return gemm->layout_is_open ? gemm->n : gemm->m;
}

static inline int64_t ts_simt_library_rows(const struct ts_simt_gemm *gemm)
{
    return gemm->layout_is_open ? gemm->m : gemm->n;
}

/* Estimated cycles from start to end of `gemm` on `kernel`, of that cost, with k in `split_k`
 * parts: waves of blocks against L2 and DRAM bandwidth. Cold caches. */
double ts_simt_gemm_estimate(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                             const struct ts_simt_gemm *gemm, const struct ts_simt_gemm_cost *cost,
                             int split_k);

/* The same on a machine whose DRAM moves so many bytes a cycle. */
double ts_simt_gemm_estimate_at(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                                const struct ts_simt_gemm *gemm,
                                const struct ts_simt_gemm_cost *cost, int split_k,
                                double dram_bytes_per_cycle);

/* Rows of tiles that are walked together before the next column (raster order of blocks). */
int ts_simt_raster_rows(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                        const struct ts_simt_gemm *gemm);

/* Bytes of A fetched over bytes used, >= 1. */
double ts_simt_overfetch(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm, int blocks_per_unit);

/* Bytes of each operand that DRAM serves from one opened page (INFINITY: all of them), and how far
 * apart such pieces lie. */
struct ts_simt_scatter {
    double a_piece_bytes, b_piece_bytes;
    double a_pitch_bytes, b_pitch_bytes;
};
struct ts_simt_scatter ts_simt_gemm_scatter(const struct ts_arch *arch,
                                            const struct ts_simt_gemm *gemm,
                                            const struct ts_simt_gemm_choice *choice);
/* Cuts a load whose rows are longer than a piece into as many short rows, a pitch apart. */
void ts_simt_scatter_rows(struct ts_tile_load *load, double piece_bytes, double pitch_bytes);

/* gemm_steps.c: a block's k loop as the engine meets it. With a lead, loads run so many k steps
 * ahead of the arithmetic. */
enum { TS_SIMT_MAX_STEPS = 40 };
struct ts_simt_k_steps {
    int count;
    int64_t lead;                         /* 0: each step's loads are its own */
    int64_t first[TS_SIMT_MAX_STEPS + 1]; /* k step (tile_k) that each begins with; their end */
};
bool ts_simt_keeps_lead(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                        const struct ts_simt_gemm *gemm);
void ts_simt_cut_k_loop(int64_t total, int stages, bool keeps_lead, struct ts_simt_k_steps *steps);
/* k steps [from, to) that `step` loads of a loop `total` long, which may end before the cut does.
 */
void ts_simt_loaded_k(const struct ts_simt_k_steps *steps, int step, int64_t total, int64_t *from,
                      int64_t *to);

/* Hopper's blocks run in clusters of two that share the larger operand's piece: one read of the L2
 * serves both (TMA multicast). The part of its piece of A and of B that one block reads itself. */
void ts_simt_multicast(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                       double *a_share, double *b_share);

#endif
