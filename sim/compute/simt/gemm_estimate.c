/* How long a product takes on a kernel, in closed form: waves of blocks over the units, against
 * DRAM and L2 bandwidth, plus the second kernel that sums a split k. What choices are made on; the
 * engine finds the time.
 */
#include "simt_internal.h"

#include <math.h>

/* Part of DRAM's peak that streams reach: 0.88 to 0.93 on P100 to H100 (BabelStream; the engine's
 * DRAM model decides in the end). */
#define STREAM_FRACTION 0.9
#define CACHE_LINE_BYTES 128.0
/* Lines in use over the L2's capacity from which they begin to be lost; twice that and all are
 * (V100 batches). */
#define CROWDED 0.4

/* A k step reads a short piece of every row of A. The rest of its cache lines serves the next
 * steps, if it is still there then: with more lines in use than the L2 holds, whole fetch granules
 * are read again for each piece. Returns bytes fetched over bytes used. */
double ts_simt_overfetch(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm, int blocks_per_unit)
{
    int level = ts_arch_shared_level(arch);
    if (level < 0 || arch->memory.cache[level].capacity_bytes <= 0.0 || gemm->a_is_transposed) {
        return 1.0;
    }
    double rows = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double columns = ts_simt_ceil_div((double)gemm->n, kernel->tile_n);
    double concurrent =
        fmin((double)arch->units * blocks_per_unit, rows * columns * (double)gemm->batch);
    double used = concurrent / columns * ((double)gemm->m / rows) * CACHE_LINE_BYTES;
    double crowding = used / arch->memory.cache[level].capacity_bytes;
    double thrashing = fmin(1.0, fmax(0.0, (crowding - CROWDED) / CROWDED));
    double piece = kernel->tile_k * gemm->a_bytes;
    double pitch = (double)gemm->k * gemm->a_bytes;
    double straddle = fmod(pitch, TS_SIMT_FETCH_BYTES) == 0.0 ? 0.0
                      : fmod(pitch, 32.0) == 0.0              ? TS_SIMT_FETCH_BYTES - 32.0
                                                              : TS_SIMT_FETCH_BYTES - gemm->a_bytes;
    double fetched = fmax(
        TS_SIMT_FETCH_BYTES,
        piece + (piece < TS_SIMT_FETCH_BYTES && straddle == TS_SIMT_FETCH_BYTES - 32.0 ? 0.0
                                                                                       : straddle));
    return 1.0 + (fetched / piece - 1.0) * thrashing;
}

/* Bytes DRAM moves: each wave of blocks reads its rows of A and columns of B once, unless one
 * operand stays in the L2 between waves. */
static double dram_bytes(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                         const struct ts_simt_gemm *gemm, double concurrent)
{
    int level = ts_arch_shared_level(arch);
    double kept =
        level >= 0 ? arch->memory.cache[level].capacity_bytes * TS_SIMT_L2_KEPT_FRACTION : 0.0;
    double rows = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double columns = ts_simt_ceil_div((double)gemm->n, kernel->tile_n);
    double a = (double)gemm->m * (double)gemm->k * gemm->a_bytes * gemm->a_unique;
    double b = (double)gemm->n * (double)gemm->k * gemm->b_bytes;
    double c = (double)gemm->m * (double)gemm->n * gemm->c_bytes;
    double batch = (double)gemm->batch;
    double group = fmin(rows, (double)ts_simt_raster_rows(arch, kernel, gemm));
    double width = fmin(columns, fmax(1.0, concurrent / group));
    double high = fmin(rows, fmax(group, concurrent / columns));
    a *= ts_simt_overfetch(arch, kernel, gemm, (int)(concurrent / (double)arch->units + 0.5));
    double traffic = fmax(a + b, a * columns / width + b * rows / high);
    if (a + b <= kept || fmin(a, b) <= kept * 0.5) {
        traffic = a + b;
    }
    return (traffic + c) * batch;
}

/* Cycles in which the units work off `blocks` blocks of `steps` k steps: full rounds, then the
 * tail. */
static double rounds_cycles(const struct ts_arch *arch, const struct ts_simt_gemm_cost *cost,
                            double blocks, double steps, double step_floor)
{
    double units = (double)arch->units;
    double slots = units * cost->blocks_per_unit;
    double full = floor(blocks / slots);
    double rest = ts_simt_ceil_div(blocks - full * slots, units);
    double latency = fmax(cost->step_latency_cycles, step_floor);
    double round = fmax(cost->blocks_per_unit * cost->step_pipe_cycles, latency) * steps +
                   cost->blocks_per_unit * cost->epilogue_cycles;
    double tail = rest > 0.0 ? fmax(rest * cost->step_pipe_cycles, latency) * steps +
                                   rest * cost->epilogue_cycles
                             : 0.0;
    double next = cost->blocks_per_unit > 1 ? 0.0 : full + (rest > 0.0 ? 0.0 : -1.0);
    return full * round + tail + cost->prologue_cycles + step_floor +
           next * (cost->next_prologue_cycles + step_floor);
}

void ts_simt_multicast(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                       double *a_share, double *b_share)
{
    *a_share = *b_share = 1.0;
    if (kernel->path != TS_SIMT_WGMMA) {
        return;
    }
    if (kernel->tile_m >= kernel->tile_n && gemm->n > kernel->tile_n) {
        *a_share = 0.5;
    } else if (gemm->m > kernel->tile_m) {
        *b_share = 0.5;
    }
}

/* The kernel that sums the parts of a split k reads and writes at half of what the L2 moves, and no
 * faster than DRAM where the L2 does not hold the parts. */
static double reduce_cycles(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                            const struct ts_simt_gemm *gemm, int split_k,
                            double dram_bytes_per_cycle)
{
    if (split_k <= 1 || ts_simt_turns_b(kernel, gemm)) {
        return 0.0;
    }
    int level = ts_arch_shared_level(arch);
    double outputs = (double)gemm->batch * (double)gemm->m * (double)gemm->n;
    double bytes = outputs * (8.0 * split_k + gemm->c_bytes);
    double per_cycle = dram_bytes_per_cycle;
    if (level >= 0) {
        const struct ts_cache_spec *l2 = &arch->memory.cache[level];
        bool holds = outputs * 4.0 * split_k < l2->capacity_bytes * TS_SIMT_L2_KEPT_FRACTION;
        double passing = l2->bandwidth_bytes_per_cycle * 0.5;
        per_cycle = holds ? passing : fmin(per_cycle, passing);
    }
    return bytes / fmax(per_cycle, 1.0) + TS_SIMT_NEXT_KERNEL_S * arch->clock_hz;
}

static double l2_bytes(const struct ts_simt_kernel *kernel, const struct ts_simt_gemm *gemm,
                       double blocks, double steps)
{
    double a_share, b_share;
    ts_simt_multicast(kernel, gemm, &a_share, &b_share);
    return blocks * steps * kernel->tile_k *
           (kernel->tile_m * gemm->a_bytes * gemm->a_unique * a_share +
            kernel->tile_n * gemm->b_bytes * b_share);
}

double ts_simt_gemm_estimate_at(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                                const struct ts_simt_gemm *gemm,
                                const struct ts_simt_gemm_cost *cost, int split_k,
                                double dram_bytes_per_cycle)
{
    int level = ts_arch_shared_level(arch);
    double steps = ts_simt_ceil_div(ts_simt_ceil_div((double)gemm->k, split_k), kernel->tile_k);
    double blocks = ts_simt_ceil_div((double)gemm->m, kernel->tile_m) *
                    ts_simt_ceil_div((double)gemm->n, kernel->tile_n) * (double)gemm->batch *
                    split_k;
    double slots = (double)arch->units * cost->blocks_per_unit;
    double dram_cycles = dram_bytes(arch, kernel, gemm, fmin(blocks, slots) / split_k) /
                         (dram_bytes_per_cycle * STREAM_FRACTION);
    double latency = arch->memory.dram_latency_s * arch->clock_hz;
    double l2_cycles = 0.0;
    if (level >= 0) {
        const struct ts_cache_spec *l2 = &arch->memory.cache[level];
        latency += l2->latency_cycles;
        l2_cycles = l2->bandwidth_bytes_per_cycle > 0.0
                        ? l2_bytes(kernel, gemm, blocks, steps) / l2->bandwidth_bytes_per_cycle
                        : 0.0;
    }
    double floor_cycles = latency / fmax(1.0, kernel->stages - 1.0);
    double compute = rounds_cycles(arch, cost, blocks, steps, floor_cycles);
    double memory =
        fmax(dram_cycles, l2_cycles) + cost->prologue_cycles + latency + cost->epilogue_cycles;
    return fmax(compute, memory) + cost->drain_cycles +
           reduce_cycles(arch, kernel, gemm, split_k, dram_bytes_per_cycle);
}

double ts_simt_gemm_estimate(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                             const struct ts_simt_gemm *gemm, const struct ts_simt_gemm_cost *cost,
                             int split_k)
{
    double per_cycle = arch->memory.dram_bandwidth_bytes_per_s / arch->clock_hz;
    return ts_simt_gemm_estimate_at(arch, kernel, gemm, cost, split_k, fmax(per_cycle, 1e-9));
}

/* Rows of tiles a raster group covers: CUDA-core kernels walk n first; matrix kernels swizzle so
 * that a wave of blocks is nearly square in elements. */
int ts_simt_raster_rows(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                        const struct ts_simt_gemm *gemm)
{
    if (kernel->path == TS_SIMT_CORES) {
        return 1;
    }
    double rows = ts_simt_ceil_div((double)gemm->m, kernel->tile_m);
    double side = sqrt((double)arch->units * kernel->tile_n / kernel->tile_m);
    return (int)fmax(1.0, fmin(rows, floor(side)));
}
