/* A kernel on EIE: every row of A is a vector of activations, one matrix-vector product each. */
#include "sim/compute/sparse/sparse.h"

#include "tessera/hash.h"

#include <math.h>
#include <string.h>

/* Steps of a tile whose operands come over the host link: the next one's load while one computes.
 */
enum { STREAMED_STEPS = 16 };

/* Tiles are the PEs: all work as long as the slowest, so a PE's idle share shows as imbalance. */
struct sparse_gemm {
    struct ts_sparse_cost cost;
    int64_t pes;
    int steps;
    double vectors_per_step;
    double padding_share; /* of entries: padding zeros */
    int load_count;
    struct ts_tile_load load[2]; /* share of one PE and step */
    int store_count;
    struct ts_tile_load store;
};

static void gemm_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    const struct sparse_gemm *gemm = context;
    const double vectors = gemm->vectors_per_step;
    const double entries = gemm->cost.pe_entries[index];
    memset(out, 0, sizeof(*out));
    for (int i = 0; i < gemm->load_count; i++) {
        out->load[i] = gemm->load[i];
        out->load[i].block = (uint32_t)(index * gemm->steps + step);
    }
    out->load_count = gemm->load_count;
    out->pipe_cycles = vectors * gemm->cost.cycles;
    out->fill_drain_cycles = vectors * gemm->cost.pass_cycles;
    out->overhead_cycles = vectors * entries * gemm->padding_share;
    out->imbalance_cycles = vectors * fmax(0, gemm->cost.cycles - gemm->cost.pass_cycles - entries);
}

static void gemm_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct sparse_gemm *gemm = context;
    memset(tile, 0, sizeof(*tile));
    tile->steps = gemm->steps;
    tile->store_count = gemm->store_count;
    tile->store[0] = gemm->store;
    tile->store[0].block = (uint32_t)index;
}

static double level_capacity_bytes(const struct ts_arch *arch, const char *name)
{
    const struct ts_cache_spec *level = ts_arch_cache(arch, name);
    return level ? level->capacity_bytes * (double)arch->units : 0;
}

static struct ts_tile_load host_share(const struct ts_operand *operand, double bytes, double parts)
{
    return (struct ts_tile_load){.tensor = operand->tensor,
                                 .path = TS_PATH_HOST,
                                 .is_weight = operand->is_weight,
                                 .rows = 1,
                                 .row_bytes = bytes / parts,
                                 .pitch_bytes = bytes / parts};
}

static double dense_bytes(const struct ts_operand *operand)
{
    return operand->elements * operand->bits_per_element / 8;
}

/* Weights are loaded once for all time when the network's fit, as the paper has it; otherwise, and
 * for matrices made at run time, they come over the host link. So do activations that the PEs can't
 * hold, and the network's own input and result. */
static void place_operands(struct sparse_gemm *gemm, const struct ts_arch *arch,
                           const struct ts_kernel *kernel)
{
    const struct ts_sparse_params *params = ts_sparse_params_of(arch);
    if (!(arch->host.bandwidth_bytes_per_s > 0)) {
        return;
    }
    const double parts = (double)gemm->pes * gemm->steps;
    const double entry_bytes = (double)(params->weight_bits + params->index_bits) / 8;
    const double layer_bytes = (double)kernel->batch * kernel->b.density * (double)kernel->n *
                               (double)kernel->k * entry_bytes;
    const double network_bytes =
        fmax(layer_bytes, kernel->network_parameters * kernel->b.density * entry_bytes);
    if (!kernel->b.is_weight || network_bytes > level_capacity_bytes(arch, "spmat")) {
        gemm->load[gemm->load_count++] = host_share(&kernel->b, layer_bytes, parts);
    }
    const double held = level_capacity_bytes(arch, "activation");
    if (kernel->a.is_network_io || dense_bytes(&kernel->a) > held) {
        gemm->load[gemm->load_count++] = host_share(&kernel->a, dense_bytes(&kernel->a), parts);
    }
    if (kernel->c.is_network_io || dense_bytes(&kernel->c) > held) {
        gemm->store_count = 1;
        gemm->store = host_share(&kernel->c, dense_bytes(&kernel->c), (double)gemm->pes);
    }
}

/* Share of column visits whose first word is the one that the visit before read last: the columns
 * lie behind one another, and the word stays in the read register. Of the columns between two
 * visits that hold entries only inactive ones take room; `step` is the chance that the next such
 * column is visited. */
static double kept_word_share(double step, double entries_per_column, double per_word)
{
    double share = 0;
    double chance = step;
    for (double skipped = 0; skipped < per_word - 1 && chance > 1e-12;
         skipped += entries_per_column, chance *= 1 - step) {
        share += chance * (per_word - 1 - skipped) / per_word;
    }
    return fmin(share, (per_word - 1) / per_word);
}

/* Accesses at the PEs' memories for `vectors` products. A column's entries start anywhere in a
 * word: w entries touch (w + word − 1)/word words on average. */
static void count_private(const struct sparse_gemm *gemm, const struct ts_arch *arch,
                          double activation_density, double vectors,
                          struct ts_phase_counters *counters)
{
    const struct ts_sparse_params *params = ts_sparse_params_of(arch);
    const struct ts_sparse_cost *cost = &gemm->cost;
    const double per_word =
        params->sram_word_bytes * 8 / (double)(params->weight_bits + params->index_bits);
    const double visits = fmax(1, cost->columns * (double)gemm->pes);
    const double taken = activation_density * cost->nonempty / visits;
    const double step = taken > 0 ? taken / (taken + 1 - activation_density) : 0;
    const double kept = kept_word_share(step, cost->entries / visits, per_word);
    const double words =
        (cost->entries + (per_word - 1) * cost->nonempty) / per_word - kept * cost->nonempty;
    const double columns = cost->columns * (double)gemm->pes;
    const double activations = cost->passes * (double)(params->registers * gemm->pes) * 2;
    counters->macs = vectors * cost->entries;
    /* Accumulator in and out, activation and index through the FIFO. */
    counters->register_read_bytes = vectors * (2 * cost->entries + 4 * columns);
    counters->register_write_bytes = vectors * (2 * cost->entries + 4 * columns);
    for (int i = 0; i < arch->memory.cache_count; i++) {
        const char *name = arch->memory.cache[i].name;
        if (strcmp(name, "spmat") == 0) {
            counters->level_read_bytes[i] = vectors * words * params->sram_word_bytes;
        } else if (strcmp(name, "pointer") == 0) {
            counters->level_read_bytes[i] = vectors * columns * 4; /* start and end, 16 bits */
        } else if (strcmp(name, "activation") == 0) {
            counters->level_read_bytes[i] = vectors * activations;
            counters->level_write_bytes[i] = vectors * activations;
        }
    }
}

bool ts_sparse_plan_gemm(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                         struct ts_arena *arena, struct ts_plan *plan)
{
    const struct ts_sparse_layer layer = {
        .k = kernel->k,
        .n = kernel->n,
        .weight_density = kernel->b.density,
        .activation_density = kernel->a.density,
        .pes = arch->units,
        .params = ts_sparse_params_of(arch),
    };
    struct sparse_gemm *gemm = TS_NEW(arena, struct sparse_gemm);
    const double vectors = (double)kernel->batch * (double)kernel->m;
    const uint64_t own_seed = ts_hash_integer(ts_hash_integer(seed, kernel->k), kernel->n);
    gemm->cost = ts_sparse_layer_cost(&layer, own_seed, arena);
    gemm->pes = arch->units;
    gemm->steps = STREAMED_STEPS;
    gemm->padding_share =
        gemm->cost.entries > 0 ? fmax(0, 1 - gemm->cost.nonzeros / gemm->cost.entries) : 0;
    place_operands(gemm, arch, kernel);
    if (gemm->load_count == 0) {
        gemm->steps = 1;
    }
    gemm->vectors_per_step = vectors / gemm->steps;

    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    phase->name = "spmv";
    phase->tiles = gemm->pes;
    phase->slots_per_unit = 1;
    phase->buffers = 2;
    phase->on_matrix_path = true;
    phase->launch_cycles = arch->launch_s * arch->clock_hz;
    phase->tile = gemm_tile;
    phase->step = gemm_step;
    phase->context = gemm;
    count_private(gemm, arch, kernel->a.density, vectors, &phase->counters);
    plan->executed_macs = vectors * gemm->cost.entries;
    plan->algorithm = kernel->has_conv ? "im2col_spmv" : "spmv";
    plan->ran_on = "matrix";
    return true;
}
