/* One core: register tile, blocks of k, FMA issue, and what its outstanding misses let it draw. */
#include "sim/compute/cpu/cpu.h"

#include <math.h>

/* Call, pointer arithmetic and prefetch of C for one register tile: about 40 instructions, 4 a
 * cycle. */
static const double TILE_SETUP_CYCLES = 10.0;
/* Loads and stores of whole vectors a cycle (two load ports, one store port since Haswell and Zen
 * 2; Intel optimisation manual 248966, table 2-4). */
static const double LOADS_PER_CYCLE = 2.0;
static const double STORES_PER_CYCLE = 1.0;
/* Packing one vector: load, shuffle, shuffle, store on one shuffle port (in-register transpose). */
static const double PACK_CYCLES_PER_VECTOR = 2.0;

int ts_cpu_private_level(const struct ts_arch *arch, int nth)
{
    for (int i = 0; i < arch->memory.cache_count; i++) {
        if (arch->memory.cache[i].shared) {
            continue;
        }
        if (nth-- == 0) {
            return i;
        }
    }
    return -1;
}

static double operand_bytes(const struct ts_operand *operand, enum ts_precision precision)
{
    if (operand->bits_per_element > 0) {
        return operand->bits_per_element / 8.0;
    }
    return ts_precision_info(precision)->storage_bits / 8.0;
}

/* SIMD: as many accumulators as the register file holds beside one row of the vector operand and
 * one broadcast. 16 registers: 2 × 6 (BLIS Haswell and Zen: 6×16 floats); 32 registers: 3 × 8 (MKL
 * and OpenBLAS SkylakeX: 48×8 floats), which leaves 5 for operands. */
static void simd_tile(const struct ts_cpu_params *params, struct ts_cpu_core *core)
{
    int vectors = params->vector_registers >= 32 ? 3 : 2;
    int broadcasts = params->vector_registers >= 32 ? 8 : 6;

    core->mr = (int64_t)(vectors * core->lanes);
    core->nr = broadcasts;
    core->flight =
        fmin(params->fma_latency_cycles * params->fma_per_cycle, (double)(vectors * broadcasts));
    double registers = vectors * broadcasts;
    core->update_cycles = registers / LOADS_PER_CYCLE + registers / STORES_PER_CYCLE +
                          2.0 * params->fma_latency_cycles + TS_CPU_MISPREDICTION_CYCLES +
                          TILE_SETUP_CYCLES;
}

/* AMX: 2 × 2 tiles of 16 × 16 accumulators (Intel optimisation manual, AMX chapter); a tile
 * register is stored row by row through memory and read back: 64 stores and 64 loads of 64 bytes.
 */
static void matrix_tile(struct ts_cpu_core *core, double input_bytes)
{
    core->lanes = 16;
    core->depth = 4.0 / input_bytes;
    core->mr = 32;
    core->nr = 32;
    core->flight = 1;
    core->update_cycles = 64.0 / STORES_PER_CYCLE + 2.0 * 64.0 / LOADS_PER_CYCLE +
                          64.0 / STORES_PER_CYCLE + TS_CPU_MISPREDICTION_CYCLES + TILE_SETUP_CYCLES;
}

static void init_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            bool use_matrix, struct ts_cpu_core *core)
{
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);
    enum ts_precision precision = kernel->precision;
    double vector = arch->vector_macs_per_cycle[precision];
    double matrix = arch->matrix_macs_per_cycle[precision];
    double input_bytes = ts_precision_info(precision)->storage_bits / 8.0;

    core->clock_ratio = params->vector_clock_ratio;
    core->matrix = use_matrix;
    core->macs_per_cycle = core->matrix ? matrix : vector;
    if (core->matrix) {
        matrix_tile(core, input_bytes);
        return;
    }
    enum ts_precision sum = ts_precision_info(precision)->accumulator;
    int sum_bits = ts_precision_info(sum)->storage_bits;
    core->lanes = fmax(1.0, (double)params->vector_bits / (sum_bits > 64 ? 64 : sum_bits));
    core->depth = fmax(1.0, core->macs_per_cycle / (core->lanes * params->fma_per_cycle));
    simd_tile(params, core);
}

static double dram_latency_s(const struct ts_arch *arch)
{
    const struct ts_dram_spec *dram = arch->memory.dram;
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);
    double sockets = (double)params->sockets;
    double latency_s = arch->memory.dram_latency_s;

    if (dram) {
        latency_s += (dram->tRCD + dram->tCL + dram->burst_cycles) * dram->tck_ns * 1e-9 +
                     dram->controller_latency_ns * 1e-9;
    }
    /* First touch puts the data of one process on one node: the other sockets' threads are remote.
     */
    return latency_s + params->remote_latency_s * (sockets - 1.0) / sockets;
}

/* L3 in slices: operands that one thread made lie in its slice while that holds them, and reach the
 * other cores over its link, as far away as memory. */
static void split_l3(const struct ts_arch *arch, struct ts_cpu_core *core)
{
    double slices = fmax(1.0, ceil((double)arch->units / core->cores_per_l3));
    double link = ts_cpu_params_of(arch)->l3_link_bytes_per_s / arch->clock_hz;

    core->near_fill_l3 = core->fill_l3;
    core->near_share_l3 = core->share_l3;
    core->far_share_l3 = link > 0 ? link * slices : INFINITY;
    if (slices > 1) {
        core->l3_bytes /= slices;
        core->fill_l3 = fmin(core->fill_l3, core->fill_dram);
        core->share_l3 =
            link > 0 ? fmin(core->share_l3, link * core->cores_per_l3) : core->share_l3;
    }
}

static void init_memory(const struct ts_arch *arch, struct ts_cpu_core *core)
{
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);
    int l1 = ts_cpu_private_level(arch, 0);
    int l2 = ts_cpu_private_level(arch, 1);
    int l3 = ts_arch_shared_level(arch);
    const struct ts_cache_spec *level = arch->memory.cache;
    double line = l1 >= 0 && level[l1].line_bytes > 0 ? level[l1].line_bytes : 64.0;
    double in_flight = (double)params->outstanding_lines * line;
    double latency = dram_latency_s(arch) * arch->clock_hz;

    core->l1_bytes = l1 >= 0 ? level[l1].capacity_bytes : 16384.0;
    core->l2_bytes = l2 >= 0 ? level[l2].capacity_bytes : core->l1_bytes;
    core->l2_bandwidth = l2 >= 0 ? level[l2].bandwidth_bytes_per_cycle : 0.0;
    core->l2_bandwidth = core->l2_bandwidth > 0 ? core->l2_bandwidth : line;
    core->cores_per_l3 = params->cores_per_l3 > 0 ? (double)params->cores_per_l3 : INFINITY;
    core->l3_bytes = l3 >= 0 ? level[l3].capacity_bytes : 0.0;
    core->fill_l3 = core->share_l3 = core->fill_dram = core->share_dram = INFINITY;
    if (l3 >= 0) {
        core->fill_l3 = in_flight / fmax(1.0, level[l3].latency_cycles);
        if (level[l3].bandwidth_bytes_per_cycle > 0) {
            core->share_l3 = level[l3].bandwidth_bytes_per_cycle;
        }
    }
    if (latency > 0) {
        core->fill_dram = in_flight / latency;
    }
    split_l3(arch, core);
    if (arch->memory.dram_bandwidth_bytes_per_s > 0) {
        double sustained = arch->memory.dram ? ts_dram_stream_efficiency(arch->memory.dram) : 1.0;
        core->share_dram = arch->memory.dram_bandwidth_bytes_per_s * sustained / arch->clock_hz;
    }
}

static void init_path(const struct ts_arch *arch, const struct ts_kernel *kernel, bool use_matrix,
                      struct ts_cpu_core *core)
{
    *core = (struct ts_cpu_core){0};
    init_arithmetic(arch, kernel, use_matrix, core);
    init_memory(arch, core);
    core->a_bytes = operand_bytes(&kernel->a, kernel->precision);
    core->b_bytes = operand_bytes(&kernel->b, kernel->precision);
    core->c_bytes = operand_bytes(&kernel->c, kernel->precision);
    /* The narrower micro-panel stays in half of L1, the wider one streams from L2 (Low et al., ACM
     * TOMS 43(2), 2016: analytical block sizes). Tile registers ask for more than L1 can hold of k:
     * both stream, from a quarter of L2. */
    double narrow =
        (double)(core->mr < core->nr ? core->mr : core->nr) * fmax(core->a_bytes, core->b_bytes);
    double room = core->matrix ? core->l2_bytes / 4.0 : core->l1_bytes / 2.0;
    double kc = floor(room / narrow / 8.0) * 8.0;
    core->kc = (int64_t)fmin(fmax(kc, 32.0), 4096.0);
}

/* Register tiles along a dimension, the last one charged for the part that is used. */
static double tiles_along_vector(const struct ts_cpu_core *core, double extent)
{
    double tile = (double)core->mr;
    double full = floor(extent / tile);
    double rest = extent - full * tile;

    return full + ceil(rest / core->lanes) * core->lanes / tile;
}

static double tiles_along_broadcast(const struct ts_cpu_core *core, double extent)
{
    double tile = (double)core->nr;
    double full = floor(extent / tile);
    double rest = extent - full * tile;
    double vectors = (double)core->mr / core->lanes;

    if (rest <= 0) {
        return full;
    }
    /* Too few accumulators in flight: each step of k waits for the FMA latency. */
    return full + fmax(rest * vectors, core->flight) / (tile * vectors);
}

/* Cycles with the vector along `along` and broadcasts along `across`. */
static double oriented_cycles(const struct ts_cpu_core *core, double along, double across,
                              double kb)
{
    double step = ceil(kb / core->depth) * core->depth;
    double tile_macs = (double)(core->mr * core->nr) * step;
    double issue = tile_macs / core->macs_per_cycle;
    double wide = (double)(core->mr > core->nr ? core->mr : core->nr);
    double panel = core->matrix ? (double)(core->mr + core->nr) : wide;
    double stream = step * panel * fmax(core->a_bytes, core->b_bytes) / core->l2_bandwidth;
    double count = ceil(along / (double)core->mr) * ceil(across / (double)core->nr);
    double used = tiles_along_vector(core, along) * tiles_along_broadcast(core, across);

    return used * fmax(issue, stream) + count * core->update_cycles;
}

double ts_cpu_macro_cycles(const struct ts_cpu_core *core, double mb, double nb, double kb)
{
    double cycles = fmin(oriented_cycles(core, nb, mb, kb), oriented_cycles(core, mb, nb, kb));

    return cycles / core->clock_ratio;
}

void ts_cpu_core_init(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_cpu_core *core)
{
    double vector = arch->vector_macs_per_cycle[kernel->precision];
    double matrix = arch->matrix_macs_per_cycle[kernel->precision];
    struct ts_cpu_core tiles;

    init_path(arch, kernel, vector <= 0 && matrix > 0, core);
    if (core->matrix || matrix <= 0) {
        return;
    }
    /* Both can: the library takes the one that is quicker on a core's share of the rows. */
    init_path(arch, kernel, true, &tiles);
    double rows = ceil((double)(kernel->m * kernel->batch) / (double)arch->units);
    double n = (double)kernel->n, k = (double)kernel->k;
    if (ts_cpu_macro_cycles(&tiles, rows, n, k) < ts_cpu_macro_cycles(core, rows, n, k)) {
        *core = tiles;
    }
}

static double blend(double l3, double dram, double l3_bytes, double footprint_bytes)
{
    /* A cyclic walk under LRU keeps all of a set that fits and nothing of one that does not;
     * operand and packed copy are there at once, so half of the level is safe. */
    double hit = l3_bytes > 0 ? fmin(1.0, fmax(0.0, 2.0 - 2.0 * footprint_bytes / l3_bytes)) : 0.0;
    double per_byte = hit / l3 + (1.0 - hit) / dram;

    return per_byte > 0 ? 1.0 / per_byte : INFINITY;
}

static bool in_l2(const struct ts_cpu_core *core, double footprint_bytes)
{
    return footprint_bytes <= core->l2_bytes / 2.0;
}

double ts_cpu_shared_bandwidth(const struct ts_cpu_core *core, double footprint_bytes,
                               double threads)
{
    if (in_l2(core, footprint_bytes)) {
        return INFINITY;
    }
    return blend(core->share_l3, core->share_dram, core->l3_bytes, footprint_bytes) / threads;
}

double ts_cpu_own_bandwidth(const struct ts_cpu_core *core, double footprint_bytes)
{
    if (in_l2(core, footprint_bytes)) {
        return core->l2_bandwidth;
    }
    return blend(fmin(core->fill_l3, core->l2_bandwidth), fmin(core->fill_dram, core->l2_bandwidth),
                 core->l3_bytes, footprint_bytes);
}

double ts_cpu_fill_bandwidth(const struct ts_cpu_core *core, double footprint_bytes, double threads)
{
    return fmin(ts_cpu_own_bandwidth(core, footprint_bytes),
                ts_cpu_shared_bandwidth(core, footprint_bytes, threads));
}

double ts_cpu_skinny_cycles(const struct ts_cpu_core *core, double mb, double nb, double kb,
                            double stream_bytes, double footprint_bytes)
{
    double along = fmax(mb, nb);
    double across = fmin(mb, nb);
    double step = ceil(kb / core->depth) * core->depth;
    double vectors = ceil(along / core->lanes);
    double issue = vectors * core->lanes * across * step / core->macs_per_cycle;
    double tiles = ceil(along / (double)core->mr) * ceil(across / (double)core->nr);
    double draw = stream_bytes / ts_cpu_own_bandwidth(core, footprint_bytes);

    return fmax((issue + tiles * core->update_cycles) / core->clock_ratio, draw);
}

double ts_cpu_pack_cycles(const struct ts_arch *arch, const struct ts_cpu_core *core,
                          double elements, double bytes)
{
    double vector_bytes = (double)ts_cpu_params_of(arch)->vector_bits / 8.0;

    return elements * bytes / vector_bytes * PACK_CYCLES_PER_VECTOR / core->clock_ratio;
}

double ts_cpu_l3_bandwidth(const struct ts_cpu_core *core, double threads)
{
    return fmin(core->near_fill_l3, core->near_share_l3 / threads);
}

double ts_cpu_foreign_cycles(const struct ts_cpu_core *core, double bytes, double passes,
                             double threads)
{
    double near = fmin(1.0, core->cores_per_l3 / threads);
    double far = fmin(core->fill_dram, core->far_share_l3 / threads);
    double local = ts_cpu_l3_bandwidth(core, threads);

    /* What came over once is in the own slice then. */
    return bytes * (near * passes / local +
                    (1.0 - near) * (1.0 / fmin(far, local) + (passes - 1.0) / local));
}

double ts_cpu_fork_cycles(const struct ts_arch *arch, double threads)
{
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);

    /* A parallel region starts its whole team, whatever the number of those that find work. */
    double team_s = params->fork_s * (double)arch->units + params->wake_s;

    return threads > 1 ? team_s * arch->clock_hz : 0.0;
}

double ts_cpu_barrier_cycles(const struct ts_arch *arch, double threads)
{
    return ts_cpu_params_of(arch)->barrier_s * log2(threads) * arch->clock_hz;
}

double ts_cpu_call_cycles(const struct ts_arch *arch)
{
    return ts_cpu_params_of(arch)->call_s * arch->clock_hz;
}
