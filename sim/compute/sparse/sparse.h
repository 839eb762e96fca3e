/* Sparse family: EIE (Han et al., "EIE: Efficient Inference Engine on Compressed Deep Neural
 * Network", ISCA 2016).
 *
 * Processing elements hold a pruned weight matrix W[n,k] by compressed columns, row i in PE i mod
 * P: for each non-zero a 4-bit weight index and a 4-bit count of zeros before it; more zeros in a
 * row than the count can say are bridged by entries that hold a padding zero. Non-zero activations,
 * one a cycle at most, are broadcast to a FIFO in front of each PE, as long as none is full. A PE
 * works on the head of its FIFO, one entry of its share of that column a cycle; a column without
 * entries there costs the cycle that reads its pointers. The time of a layer is what these queues
 * make of the pattern:
 *
 *   broadcast(j) = max(broadcast(j−1) + 1, max over PEs of finish(j−D))       D: FIFO depth
 *   finish(p, j) = max(finish(p, j−1), broadcast(j) + 1) + max(1, entries(p, j))
 *
 * exact for a given pattern (tests hold it against a clock-by-clock model). Patterns are random
 * with the densities given, seeded. A PE has registers for R inputs and R outputs: matrices beyond
 * P·R either way run as several passes.
 */
#ifndef TESSERA_SIM_COMPUTE_SPARSE_H
#define TESSERA_SIM_COMPUTE_SPARSE_H

#include "tessera/arch.h"
#include "tessera/plan.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_SPARSE_MAX_ROWS = 256 }; /* rows of one PE in one pass */

/* Family keys (schema in sparse.c). */
struct ts_sparse_params {
    int64_t fifo_depth;
    int64_t index_bits;       /* of the relative row index */
    int64_t weight_bits;      /* of the codebook index */
    int64_t registers;        /* input and output activations of a PE, each */
    double row_density_cv;    /* spread of the rows' densities: standard deviation over mean */
    double pipeline_cycles;   /* stages of one update */
    double sram_word_bytes;   /* width of the weight and activation memories */
    double vector_ops_per_pe; /* element-wise operations per cycle */
};

static inline const struct ts_sparse_params *ts_sparse_params_of(const struct ts_arch *arch)
{
    return (const struct ts_sparse_params *)arch->params;
}

/* ------------------------------------------------------------------ random numbers */

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the same sequence everywhere. */
struct ts_sparse_random {
    uint64_t state;
};
uint64_t ts_sparse_random_next(struct ts_sparse_random *random);
double ts_sparse_random_uniform(struct ts_sparse_random *random); /* in [0, 1) */

/* ------------------------------------------------------------------ entries of a column */

/* Distribution of the entries, padding included, of one PE's share of one column. Built exactly
 * from the densities of its rows by dynamic programming; drawn from by Walker's alias method. */
struct ts_sparse_entries {
    int values; /* entries 0 .. values − 1 */
    double probability[TS_SPARSE_MAX_ROWS + 1];
    double threshold[TS_SPARSE_MAX_ROWS + 1];
    uint16_t alias[TS_SPARSE_MAX_ROWS + 1];
    double mean;          /* entries */
    double mean_nonzeros; /* of these, weights that are not padding */
};

/* `densities` of `rows` rows (0 .. TS_SPARSE_MAX_ROWS), each in [0, 1]; `scratch` has `rows` rows.
 */
void ts_sparse_entries_build(struct ts_sparse_entries *entries, const double *densities, int rows,
                             int64_t index_bits, double (*scratch)[TS_SPARSE_MAX_ROWS + 1]);
int ts_sparse_entries_draw(const struct ts_sparse_entries *entries,
                           struct ts_sparse_random *random);

/* ------------------------------------------------------------------ queues */

struct ts_sparse_queues {
    int64_t pes, depth;
    int64_t columns;      /* broadcast so far */
    int64_t broadcast;    /* cycle of the last broadcast */
    int64_t *last_finish; /* [pes] */
    int64_t *slot_free;   /* [depth]: when all PEs are done with the column in that slot */
};

/* Memory from `arena`; the first broadcast is in cycle start. */
void ts_sparse_queues_init(struct ts_sparse_queues *queues, int64_t pes, int64_t depth,
                           int64_t start, struct ts_arena *arena);
/* Empty queues, broadcasts from cycle start on. */
void ts_sparse_queues_restart(struct ts_sparse_queues *queues, int64_t start);
/* Broadcasts one column with entries[p] for PE p. */
void ts_sparse_queues_push(struct ts_sparse_queues *queues, const uint16_t *entries);
/* First cycle in which every PE is done. */
int64_t ts_sparse_queues_finish(const struct ts_sparse_queues *queues);

/* ------------------------------------------------------------------ a layer */

/* One vector of k activations times W[n,k]. */
struct ts_sparse_layer {
    int64_t k, n;
    double weight_density, activation_density;
    int64_t pes;
    const struct ts_sparse_params *params;
};

/* What one vector takes. Per-PE arrays in the arena. */
struct ts_sparse_cost {
    double cycles;
    double passes;
    double columns;     /* broadcasts, over all passes */
    double entries;     /* over all PEs, padding included */
    double nonzeros;    /* of these, real weights (expected) */
    double nonempty;    /* (column, PE) pairs with entries */
    double pass_cycles; /* registers in and out, pipeline, of all passes: part of cycles */
    double *pe_entries; /* [pes] cycles each PE spends on entries */
};
struct ts_sparse_cost ts_sparse_layer_cost(const struct ts_sparse_layer *layer, uint64_t seed,
                                           struct ts_arena *arena);

bool ts_sparse_plan_gemm(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                         struct ts_arena *arena, struct ts_plan *plan);
bool ts_sparse_plan_vector(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                           struct ts_plan *plan);

/* struct ts_family's: how products are added up. */
void ts_sparse_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                          struct ts_arithmetic *arithmetic);

extern const struct ts_family ts_sparse_family;

#ifdef __cplusplus
}
#endif
#endif
