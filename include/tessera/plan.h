/* Plan: the tile schedule a family makes of one kernel. The engine runs it; families never see
 * time.
 *
 * A plan has phases that run one after the other (explicit im2col, then the GEMM; Winograd
 * transforms around it; a split-K reduction). A phase is a number of independent tiles. Units pull
 * tiles in index order; a unit holds up to `slots_per_unit` tiles at once, which share its pipe
 * first come, first served. A tile is: prologue → steps → epilogue + store. Loads of step s+1 …
 * s+buffers−1 run while step s computes. A step starts when its loads are there and the tile's
 * previous step is done, then takes the pipe for pipe_cycles; it ends no sooner than latency_cycles
 * after it started.
 *
 * Loads and stores go to the shared cache (if the machine has one), and what misses to DRAM,
 * through contended servers: the family states them and does not time them. What is private to a
 * unit (registers, L1, shared memory, array fill) the family turns into pipe_cycles and
 * latency_cycles, and into `counters`.
 *
 * All cycles are core clock cycles, double: exact for integers up to 2^53.
 */
#ifndef TESSERA_PLAN_H
#define TESSERA_PLAN_H

#include "tessera/arch.h"
#include "tessera/arena.h"
#include "tessera/kernel.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_MAX_LOADS = 4, TS_MAX_PHASES = 6 };

enum ts_load_path {
    TS_PATH_CACHED, /* shared cache, misses to DRAM */
    TS_PATH_BYPASS, /* straight to DRAM (weights of TPU v1, non-temporal stores) */
    TS_PATH_HOST    /* host link */
};

/* A 2-D piece of one operand. `block` identifies the piece: equal pieces of the same operand in one
 * phase must have equal numbers, different ones different numbers; any numbering will do. */
struct ts_tile_load {
    int32_t tensor; /* program tensor id; -1, -2, ... scratch that later phases of the plan read */
    uint32_t block;
    enum ts_load_path path;
    bool is_weight; /* known before the run: see prefetch_weights */
    double rows;
    double row_bytes;
    double pitch_bytes; /* distance of rows in memory; = row_bytes when contiguous */
    uint64_t address;   /* offset within the tensor of the piece's start, for the DRAM mapping */
};

/* How the pipe cycles of a step are spent; parts sum to pipe_cycles, the rest is useful compute. */
struct ts_tile_step {
    int load_count;
    struct ts_tile_load load[TS_MAX_LOADS];
    double pipe_cycles;
    double latency_cycles; /* 0 = same as pipe_cycles */
    /* From the arrival of the last load, and from the start of the unit's step before, to the
     * moment the step may take the pipe; off the pipe (weights shifted into an array behind the
     * compute of the step before): hidden when loads are early and steps long; waiting for it alone
     * is fill/drain. 0 = none. */
    double ready_cycles;
    double fill_drain_cycles; /* part of pipe_cycles */
    double imbalance_cycles;  /* part of pipe_cycles: lanes or PEs waiting for the slowest */
    double cache_cycles;      /* part of pipe_cycles: waiting for a private memory's bandwidth */
    double overhead_cycles;   /* part of pipe_cycles: instruction or control overhead */
};

struct ts_tile {
    int steps;
    double prologue_cycles; /* latency before the first step may start: not on the pipe */
    double epilogue_cycles; /* on the pipe after the last step (accumulators out): fill/drain */
    int store_count;
    struct ts_tile_load store[2]; /* written when the epilogue is done */
};

/* Private work of a whole phase, for energy; the engine adds shared cache, NoC, DRAM and host. */
struct ts_phase_counters {
    double macs;         /* executed (zero-skipped ones not counted, padded ones counted) */
    double vector_ops;   /* element-wise arithmetic */
    double instructions; /* issued instructions with their own overhead (CPU, GPU warp) */
    double register_read_bytes;
    double register_write_bytes;
    /* traffic at each private level, index as in arch->memory.cache */
    double level_read_bytes[TS_MAX_CACHE_LEVELS];
    double level_write_bytes[TS_MAX_CACHE_LEVELS];
    double level_misses_bytes[TS_MAX_CACHE_LEVELS]; /* what it passed on to the next level */
};

struct ts_phase {
    const char *name; /* "gemm", "im2col", "winograd_input", "reduce", ... */
    int64_t tiles;
    int slots_per_unit; /* resident tiles a unit, ≥ 1 */
    int buffers; /* step loads in flight per tile incl. the one computing, ≥ 1; 2 = double */
    int64_t units_used;    /* ≤ arch->units; 0 = all */
    bool on_matrix_path;   /* energy and peak: matrix or vector path */
    double launch_cycles;  /* start of the phase before any tile (kernel launch, fork) : overhead */
    double finish_cycles;  /* end of the phase after the last tile (barrier, join) : overhead */
    bool prefetch_weights; /* the hardware fetches weights of the next kernel while this one ends
                              (a weight FIFO): first loads with is_weight start early */
    /* No unit takes more tiles than its share, ceil(tiles/units): resident blocks of a GPU finish
     * oldest first, so that the last, partial wave spreads evenly. Off: a unit that is free takes
     * what is left. */
    bool even_shares;
    /* Steps after which the cache sees the stores of a wave of tiles; 0 = after all of them. Blocks
     * that read their rows again do so at their own pace, while others store theirs. */
    int steps_before_stores;
    double tiles_per_period; /* tiles after which the schedule repeats (one raster row of tiles); 0
                                = unknown, INFINITY = never: every tile is simulated */
    struct ts_phase_counters counters;
    /* Describes tile `index`, and step `step` of it. Pure: same arguments, same answer. */
    void (*tile)(const void *context, int64_t index, struct ts_tile *tile);
    void (*step)(const void *context, int64_t index, int step, struct ts_tile_step *out);
    const void *context;
};

struct ts_plan {
    const char
        *algorithm; /* "implicit_gemm", "im2col", "winograd", "direct", "ws", "gemm_128x128", ... */
    const char *ran_on; /* "matrix", "vector", "host", ...: what ran where */
    struct ts_phase phases[TS_MAX_PHASES];
    int phase_count;
    double executed_macs; /* arithmetic really done (Winograd fewer, padding more) */
};

/* How a family adds up the products of one output. A product is exact; `depth` of them and the
 * running sum make one rounding. After `chunk` products the sum is added to the output's, which
 * starts at zero, in the same format. */
enum ts_sum {
    TS_SUM_FLOAT,   /* in `format` */
    TS_SUM_INTEGER, /* of whole products, `bits` wide, saturating */
    TS_SUM_FIXED    /* fixed point of `bits`, saturating: each product is rounded to its step */
};

struct ts_arithmetic {
    enum ts_sum sum;
    struct ts_float_format format;
    int bits;
    int64_t depth;  /* ≥ 1 */
    int64_t chunk;  /* ≥ 1 */
    bool truncates; /* floats: toward zero, not to the nearest */
    /* Products and sum are first cut off so many bits below the largest exponent among them; 0 =
     * they are added as they are. */
    int aligned_bits;
    int weight_table_bits; /* weights are stored as indices of that many bits; 0 = as they are */
    const char *name;      /* "fp32", "int32", ...: for the report */
};

/* A family: one row in sim/compute/families.c. */
struct ts_family {
    const char *name;
    const char *summary;
    struct ts_schema schema; /* offsets into the family's params */
    size_t params_bytes;
    /* Checks between keys, after the schema; NULL when there are none. */
    bool (*check)(const struct ts_arch *arch, const void *params,
                  struct ts_diagnostics *diagnostics);
    /* Multiply-accumulates per cycle per unit beyond the rate tables (rows × columns of an array);
     * NULL: the larger of arch's two rate tables. */
    double (*peak_macs_per_cycle)(const struct ts_arch *arch, enum ts_precision precision);
    /* Element operations per cycle of a unit's vector path; NULL: two for each of arch's
     * vector_macs_per_cycle. */
    double (*vector_ops_per_cycle)(const struct ts_arch *arch, enum ts_precision precision);
    /* Plans one kernel at arch's clock. Memory from `arena`. Returns false with a diagnostic only
     * for what the family truly can't run. `seed` drives sparsity patterns. */
    bool (*plan)(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics, struct ts_plan *plan);
    /* How a GEMM's products are added up; NULL: in fp32 or int32, one after the other. */
    void (*arithmetic)(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arithmetic *arithmetic);
    enum ts_winograd_use winograd;
    /* How many times faster two zeros in every four weights make it; NULL: they are computed. */
    double (*structured_speedup)(const struct ts_arch *arch);
    bool skips_zeros; /* anywhere in weights and activations */
};

/* NULL-terminated registry, and look-up by name (NULL when unknown). */
extern const struct ts_family *const ts_families[];
const struct ts_family *ts_family_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
