/* Cost of one matrix-vector product: passes over the registers, queues over a random pattern. */
#include "sim/compute/sparse/sparse.h"

#include <math.h>
#include <string.h>

/* Columns simulated per layer; what is beyond repeats the passes simulated. */
enum { COLUMN_BUDGET = 1 << 15 };

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Quantile of the standard normal distribution (Acklam's rational approximation in its central
 * part, Newton steps on erfc from there). */
static double normal_quantile(double p)
{
    double x = 0;
    for (int i = 0; i < 60; i++) {
        const double error = 0.5 * erfc(-x / sqrt(2)) - p;
        const double slope = exp(-0.5 * x * x) / sqrt(2 * acos(-1));
        const double step = error / fmax(slope, 1e-12);
        x -= fmax(-0.5, fmin(0.5, step));
        if (fabs(step) < 1e-12) {
            break;
        }
    }
    return x;
}

/* Densities of `rows` rows: log-normal around `density`, drawn by strata so that a layer always has
 * the same spread, dealt to the rows at random. */
static void draw_densities(const struct ts_sparse_layer *layer, int64_t rows,
                           struct ts_sparse_random *random, double *densities)
{
    const double cv = layer->params->row_density_cv;
    const double sigma = sqrt(log(1 + cv * cv));
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        densities[i] = exp(sigma * normal_quantile(((double)i + 0.5) / (double)rows));
        sum += densities[i];
    }
    for (int64_t i = rows - 1; i >= 0; i--) {
        const int64_t j = (int64_t)(ts_sparse_random_next(random) % (uint64_t)(i + 1));
        const double other = densities[j];
        densities[j] = densities[i];
        densities[i] = fmin(1, other * layer->weight_density * (double)rows / sum);
    }
}

/* Tables of all PEs for the rows of one pass. PEs without rows there get the empty table. */
static void build_tables(const struct ts_sparse_layer *layer, int64_t rows,
                         struct ts_sparse_random *random, struct ts_sparse_entries *tables,
                         struct ts_arena *arena)
{
    double *densities = TS_NEW_ARRAY(arena, rows, double);
    const bool uniform = layer->params->row_density_cv <= 0 || layer->weight_density >= 1;
    if (uniform) {
        for (int64_t i = 0; i < rows; i++) {
            densities[i] = layer->weight_density;
        }
    } else {
        draw_densities(layer, rows, random, densities);
    }
    double own[TS_SPARSE_MAX_ROWS];
    double(*scratch)[TS_SPARSE_MAX_ROWS + 1] =
        ts_arena_array(arena, TS_SPARSE_MAX_ROWS, sizeof(scratch[0]));
    for (int64_t p = 0; p < layer->pes; p++) {
        int count = 0;
        for (int64_t i = p; i < rows; i += layer->pes) {
            own[count++] = densities[i];
        }
        const int previous_count = p > 0 ? tables[p - 1].values - 1 : -1;
        if (uniform && count == previous_count) {
            tables[p] = tables[p - 1];
        } else {
            ts_sparse_entries_build(&tables[p], own, count, layer->params->index_bits, scratch);
        }
    }
}

/* One simulated group of passes over the same rows. */
struct pass_group {
    const struct ts_sparse_layer *layer;
    struct ts_sparse_queues queues;
    struct ts_sparse_entries *tables;
    struct ts_sparse_random random;
    uint16_t *drawn;
};

/* The tree finds the first non-zero, and the last update leaves the pipeline. */
static double start_and_end_cycles(const struct ts_sparse_layer *layer)
{
    const double tree_levels = ceil(log((double)layer->pes) / log(4) - 1e-9);
    return tree_levels + layer->params->pipeline_cycles;
}

/* One register file from or to the activation memory. */
static double register_cycles(const struct ts_sparse_params *params)
{
    return ceil((double)params->registers * 2 / params->sram_word_bytes);
}

/* Beside the queues, for each pass: inputs are loaded when they don't stay from pass to pass,
 * results stored after their last pass when others need the registers. A layer that fits finds its
 * inputs where the layer before left its results: the register files swap roles. */
static double pass_overhead(const struct ts_sparse_layer *layer)
{
    const int64_t width = layer->pes * layer->params->registers;
    const int64_t passes = (layer->k + width - 1) / width;
    const double load = passes > 1 ? register_cycles(layer->params) : 0;
    const double store = layer->n > width ? register_cycles(layer->params) : 0;
    return load + store / (double)passes + start_and_end_cycles(layer);
}

static void simulate_pass(struct pass_group *group, int64_t columns, double times,
                          struct ts_sparse_cost *cost)
{
    const int64_t pes = group->layer->pes;
    ts_sparse_queues_restart(&group->queues, 0);
    double entries = 0, nonempty = 0;
    for (int64_t column = 0; column < columns; column++) {
        for (int64_t p = 0; p < pes; p++) {
            const int drawn = ts_sparse_entries_draw(&group->tables[p], &group->random);
            group->drawn[p] = (uint16_t)drawn;
            cost->pe_entries[p] += times * drawn;
            entries += drawn;
            nonempty += drawn > 0;
        }
        ts_sparse_queues_push(&group->queues, group->drawn);
    }
    for (int64_t p = 0; p < pes; p++) {
        cost->nonzeros += times * (double)columns * group->tables[p].mean_nonzeros;
    }
    const double overhead = pass_overhead(group->layer);
    cost->cycles += times * ((double)ts_sparse_queues_finish(&group->queues) + overhead);
    cost->pass_cycles += times * overhead;
    cost->passes += times;
    cost->columns += times * (double)columns;
    cost->entries += times * entries;
    cost->nonempty += times * nonempty;
}

/* Non-zero activations among inputs [first, last): exact over the whole layer. */
static int64_t nonzero_inputs(const struct ts_sparse_layer *layer, int64_t first, int64_t last)
{
    return llround((double)last * layer->activation_density) -
           llround((double)first * layer->activation_density);
}

/* All passes over `rows` rows; `row_passes` such groups of rows exist. */
static void simulate_rows(const struct ts_sparse_layer *layer, int64_t rows, double row_passes,
                          struct pass_group *group, struct ts_arena *arena,
                          struct ts_sparse_cost *cost)
{
    const int64_t width = layer->pes * layer->params->registers;
    const int64_t passes = (layer->k + width - 1) / width;
    int64_t simulated = COLUMN_BUDGET / min64(width, layer->k);
    simulated = simulated < 1 ? 1 : simulated;
    build_tables(layer, rows, &group->random, group->tables, arena);
    const int64_t full = layer->k / width;
    const int64_t full_simulated = min64(full, simulated);
    for (int64_t i = 0; i < full_simulated; i++) {
        const double times = row_passes * (double)full / (double)full_simulated;
        simulate_pass(group, nonzero_inputs(layer, i * width, (i + 1) * width), times, cost);
    }
    if (passes > full) {
        simulate_pass(group, nonzero_inputs(layer, full * width, layer->k), row_passes, cost);
    }
}

struct ts_sparse_cost ts_sparse_layer_cost(const struct ts_sparse_layer *layer, uint64_t seed,
                                           struct ts_arena *arena)
{
    struct ts_sparse_cost cost = {.pe_entries = TS_NEW_ARRAY(arena, layer->pes, double)};
    struct pass_group group = {
        .layer = layer,
        .tables = TS_NEW_ARRAY(arena, layer->pes, struct ts_sparse_entries),
        .random = {seed},
        .drawn = TS_NEW_ARRAY(arena, layer->pes, uint16_t),
    };
    ts_sparse_queues_init(&group.queues, layer->pes, layer->params->fifo_depth, 0, arena);
    const int64_t height = layer->pes * layer->params->registers;
    const int64_t full = layer->n / height;
    if (full > 0) {
        simulate_rows(layer, height, (double)full, &group, arena, &cost);
    }
    if (layer->n % height > 0) {
        simulate_rows(layer, layer->n % height, 1, &group, arena, &cost);
    }
    return cost;
}
