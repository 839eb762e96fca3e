/* GEMM on a systolic array: which matrix stands, how the rest is cut, and what each fold loads. */
#include "sim/compute/systolic/gemm_internal.h"

#include <math.h>
#include <string.h>

int64_t systolic_ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

double systolic_period(int64_t tiles, int64_t steps_per_tile, int64_t raster_row)
{
    const double whole_steps = 65536;
    const double steps = (double)tiles * (double)steps_per_tile;
    return steps <= whole_steps ? INFINITY : (double)raster_row;
}

double systolic_operand_bytes(const struct ts_operand *operand)
{
    return operand->bits_per_element / 8;
}

/* Grouped and depthwise convolution: several groups share one array as diagonal blocks, each with
 * its own rows (inputs) and columns (outputs); the blocks off the diagonal hold zeros. */
static int64_t groups_per_fold(const struct ts_kernel *kernel,
                               const struct ts_systolic_params *params)
{
    if (kernel->batch == 1 || !kernel->b.is_weight || params->dataflow != TS_SYSTOLIC_WS) {
        return 1;
    }
    int64_t groups = min64(params->rows / kernel->k, params->columns / kernel->n);
    groups = groups < 1 ? 1 : groups;
    return min64(groups, kernel->batch);
}

static void set_operands(struct systolic_gemm *gemm, const struct ts_arch *arch,
                         const struct ts_kernel *kernel)
{
    const int64_t packed = groups_per_fold(kernel, gemm->params);
    const bool inputs_stand = gemm->params->dataflow == TS_SYSTOLIC_IS;
    gemm->batches = systolic_ceil_div(kernel->batch, packed);
    gemm->k = kernel->k * packed;
    gemm->stream = inputs_stand ? kernel->n : kernel->m;
    gemm->standing_columns = inputs_stand ? kernel->m : kernel->n * packed;
    gemm->standing = inputs_stand ? kernel->a : kernel->b;
    gemm->streamed = inputs_stand ? kernel->b : kernel->a;
    gemm->output = kernel->c;
    gemm->rate =
        ts_systolic_rate(arch, kernel->a.precision, kernel->b.precision, kernel->precision);
    const double standing_rate = ts_systolic_rate(arch, gemm->standing.precision,
                                                  gemm->standing.precision, kernel->precision);
    gemm->shift_cycles = (double)gemm->params->rows / sqrt(standing_rate);
}

/* Rows of one chunk, so that the accumulators hold two chunks (one is filled while the activation
 * pipeline empties the other), and every unit gets work where the matrix allows it. */
static void choose_chunks(struct systolic_gemm *gemm, int64_t units)
{
    const struct ts_systolic_params *params = gemm->params;
    int64_t limit = gemm->stream;
    if (params->accumulator_rows > 0) {
        const int64_t resident = params->overlap ? 2 : 1;
        limit = params->accumulator_rows / resident;
        limit = limit < 1 ? 1 : limit;
    }
    const int64_t fewest = systolic_ceil_div(gemm->stream, limit);
    const double columns = (double)(gemm->column_tiles * gemm->batches);
    double best = INFINITY;
    for (int64_t chunks = fewest; chunks <= fewest + 2 * (units - 1); chunks++) {
        const int64_t rows = systolic_ceil_div(gemm->stream, chunks);
        const double rounds =
            ceil((double)systolic_ceil_div(gemm->stream, rows) * columns / (double)units);
        const double cycles = rounds * fmax((double)rows / gemm->rate, gemm->shift_cycles);
        if (cycles < best) {
            best = cycles;
            gemm->chunk_rows = rows;
        }
    }
    gemm->chunks = systolic_ceil_div(gemm->stream, gemm->chunk_rows);
}

/* Which loop is outer decides what is fetched again: what the shared level can't hold passes
 * through once per turn of the outer loop. */
static void choose_order(struct systolic_gemm *gemm, const struct ts_arch *arch)
{
    const int level = ts_arch_shared_level(arch);
    const double capacity = level < 0 ? INFINITY : arch->memory.cache[level].capacity_bytes / 2;
    const double streamed = gemm->streamed.elements * systolic_operand_bytes(&gemm->streamed);
    const double standing = gemm->standing.elements * systolic_operand_bytes(&gemm->standing);
    const double chunk_outer =
        streamed + standing * (standing <= capacity ? 1 : (double)gemm->chunks);
    const double column_outer =
        standing + streamed * (streamed <= capacity ? 1 : (double)gemm->column_tiles);
    gemm->chunk_is_outer = chunk_outer < column_outer;
}

void systolic_gemm_locate(const struct systolic_gemm *gemm, int64_t index,
                          struct systolic_position *at)
{
    const int64_t per_batch = gemm->chunks * gemm->column_tiles;
    const int64_t rest = index % per_batch;
    at->batch = index / per_batch;
    at->chunk = gemm->chunk_is_outer ? rest / gemm->column_tiles : rest % gemm->chunks;
    at->column = gemm->chunk_is_outer ? rest % gemm->column_tiles : rest / gemm->chunks;
    at->rows = min64(gemm->chunk_rows, gemm->stream - at->chunk * gemm->chunk_rows);
    at->columns = min64(gemm->columns, gemm->standing_columns - at->column * gemm->columns);
}

static struct ts_tile_load standing_load(const struct systolic_gemm *gemm,
                                         const struct systolic_position *at, int64_t k_tile)
{
    const struct ts_systolic_params *params = gemm->params;
    const double bytes = systolic_operand_bytes(&gemm->standing);
    const int64_t k_rows = min64(gemm->rows, gemm->k - k_tile * gemm->rows);
    const int64_t block = (at->batch * gemm->column_tiles + at->column) * gemm->k_tiles + k_tile;
    struct ts_tile_load load = {.tensor = gemm->standing.tensor, .block = (uint32_t)block};
    const double tile_bytes = (double)(gemm->rows * gemm->columns) * bytes;
    if (gemm->standing.is_weight) {
        /* The compiler stores weights in the order the array takes them: one run a tile. */
        load.is_weight = true;
        load.path =
            params->weight_path == TS_SYSTOLIC_WEIGHTS_BYPASS ? TS_PATH_BYPASS : TS_PATH_CACHED;
        load.rows = 1;
        load.row_bytes = params->padded_tiles ? tile_bytes : (double)(k_rows * at->columns) * bytes;
        load.pitch_bytes = load.row_bytes;
        load.address = (uint64_t)((double)block * tile_bytes);
        return load;
    }
    load.path = TS_PATH_CACHED;
    load.rows = (double)at->columns;
    load.row_bytes = (double)k_rows * bytes;
    load.pitch_bytes = (double)gemm->k * bytes;
    load.address =
        (uint64_t)(((double)(at->batch * gemm->standing_columns + at->column * gemm->columns) *
                        (double)gemm->k +
                    (double)(k_tile * gemm->rows)) *
                   bytes);
    return load;
}

/* A convolution's matrix is made on the way into the array (TPU v1's systolic data setup): a filter
 * tap is another walk over the same pixels, so taps share the blocks of the channels they read. */
static struct ts_tile_load streamed_load(const struct systolic_gemm *gemm,
                                         const struct systolic_position *at, int64_t k_tile)
{
    const double bytes = systolic_operand_bytes(&gemm->streamed);
    const int64_t k_rows = min64(gemm->rows, gemm->k - k_tile * gemm->rows);
    const double matrix_bytes = (double)at->rows * (double)gemm->k * bytes;
    const double unique_bytes = gemm->streamed.elements * bytes / (double)gemm->batches *
                                ((double)at->rows / (double)gemm->stream);
    const double share = fmin(1, unique_bytes / matrix_bytes);
    int64_t slices = (int64_t)ceil(share * (double)gemm->k_tiles - 1e-9);
    slices = slices < 1 ? 1 : slices;
    const int64_t slice = k_tile % slices;
    const double asked = (double)at->rows * (double)k_rows * bytes;
    const double slice_bytes = share < 1 ? unique_bytes / (double)slices : asked;
    const bool first = k_tile < slices;
    struct ts_tile_load load = {
        .tensor = gemm->streamed.tensor,
        .block = (uint32_t)((at->batch * gemm->chunks + at->chunk) * slices + slice),
        .path = TS_PATH_CACHED,
        .rows = (double)at->rows,
    };
    load.row_bytes = (first ? slice_bytes : fmin(asked, slice_bytes)) / load.rows;
    load.pitch_bytes = fmax(load.row_bytes, share * (double)gemm->k * bytes);
    load.address = (uint64_t)((double)(at->batch * gemm->chunks + at->chunk) *
                                  (double)gemm->chunk_rows * load.pitch_bytes +
                              (double)slice * load.row_bytes);
    return load;
}

static void gemm_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    const struct systolic_gemm *gemm = context;
    const double array_rows = (double)gemm->rows;
    const double skew = (double)(gemm->rows + gemm->columns - 2);
    struct systolic_position at;
    systolic_gemm_locate(gemm, index, &at);
    memset(out, 0, sizeof(*out));
    if (gemm->has_memory) {
        out->load[out->load_count++] = standing_load(gemm, &at, step);
        out->load[out->load_count++] = streamed_load(gemm, &at, step);
    }
    const double stream = (double)at.rows / gemm->rate;
    if (!gemm->params->overlap) {
        const double folds = (double)gemm->folds_per_step;
        out->pipe_cycles = folds * (stream + array_rows + skew);
        out->fill_drain_cycles = folds * (array_rows + skew);
        if (step + 1 == gemm->k_tiles / gemm->folds_per_step) {
            out->latency_cycles = out->pipe_cycles + systolic_activation_cycles(gemm, at.rows);
        }
        return;
    }
    out->pipe_cycles = stream;
    out->ready_cycles = gemm->shift_cycles;
    if (step + 1 == gemm->k_tiles) {
        out->latency_cycles = out->pipe_cycles + skew + systolic_activation_cycles(gemm, at.rows);
    }
}

/* TPU v1's activation pipeline empties an accumulator row a cycle, once the last fold is in. */
double systolic_activation_cycles(const struct systolic_gemm *gemm, int64_t rows)
{
    return gemm->params->vector_unit == TS_SYSTOLIC_VECTOR_ACTIVATION ? (double)rows : 0;
}

static void gemm_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct systolic_gemm *gemm = context;
    struct systolic_position at;
    systolic_gemm_locate(gemm, index, &at);
    memset(tile, 0, sizeof(*tile));
    tile->steps = (int)(gemm->k_tiles / gemm->folds_per_step);
    if (!gemm->has_memory) {
        return;
    }
    const bool inputs_stand = gemm->params->dataflow == TS_SYSTOLIC_IS;
    tile->store_count = 1;
    tile->store[0] = systolic_output_store(
        gemm, index, inputs_stand ? at.columns : at.rows, inputs_stand ? at.rows : at.columns,
        (double)(inputs_stand ? gemm->stream : gemm->standing_columns));
}

struct ts_tile_load systolic_output_store(const struct systolic_gemm *gemm, int64_t index,
                                          int64_t rows, int64_t columns, double row_elements)
{
    const double bytes = systolic_operand_bytes(&gemm->output);
    struct ts_tile_load store = {.tensor = gemm->output.tensor, .block = (uint32_t)index};
    store.path = gemm->output.is_network_io && gemm->has_host ? TS_PATH_HOST : TS_PATH_CACHED;
    store.rows = (double)rows;
    store.row_bytes = (double)columns * bytes;
    store.pitch_bytes = fmax(store.row_bytes, row_elements * bytes);
    store.address = (uint64_t)((double)index * (double)rows * (double)columns * bytes);
    return store;
}

/* Bytes at the private levels an architecture may list: partial sums of 32 bits and the FIFO.
 * Latches inside the cells belong to the energy of a multiply-accumulate. */
static void count_private(const struct systolic_gemm *gemm, const struct ts_arch *arch,
                          struct ts_phase_counters *counters)
{
    const double outputs =
        (double)gemm->stream * (double)gemm->standing_columns * (double)gemm->batches;
    const double sums = outputs * (double)gemm->k_tiles * 4;
    const double tiles =
        (double)(gemm->chunks * gemm->column_tiles * gemm->k_tiles * gemm->batches);
    const double standing =
        tiles * (double)(gemm->rows * gemm->columns) * systolic_operand_bytes(&gemm->standing);
    for (int i = 0; i < arch->memory.cache_count; i++) {
        if (strcmp(arch->memory.cache[i].name, "accumulators") == 0) {
            counters->level_write_bytes[i] = sums;
            counters->level_read_bytes[i] = sums; /* k_tiles − 1 to add to, one to drain */
        } else if (strcmp(arch->memory.cache[i].name, "weight_fifo") == 0) {
            counters->level_write_bytes[i] = standing;
            counters->level_read_bytes[i] = standing;
        }
    }
}

static void fill_phase(struct systolic_gemm *gemm, const struct ts_arch *arch,
                       struct ts_phase *phase)
{
    const struct ts_systolic_params *params = gemm->params;
    phase->name = "gemm";
    phase->tiles = gemm->chunks * gemm->column_tiles * gemm->batches;
    /* One tile computes, one drains, one has its first loads under way: the weight FIFO runs ahead
     * of the accumulators. Together one fold in the array, one shifting in, the FIFO full. */
    phase->slots_per_unit = params->overlap ? 3 : 1;
    phase->buffers = params->overlap ? (int)systolic_ceil_div(params->weight_fifo_tiles + 2, 3) : 1;
    phase->on_matrix_path = true;
    phase->launch_cycles = arch->launch_s * arch->clock_hz;
    phase->prefetch_weights = params->prefetch_across_layers;
    phase->tiles_per_period = systolic_period(
        phase->tiles, gemm->k_tiles, gemm->chunk_is_outer ? gemm->column_tiles : gemm->chunks);
    phase->tile = gemm_tile;
    phase->step = gemm_step;
    phase->context = gemm;
}

static struct systolic_gemm *gemm_context(const struct ts_arch *arch,
                                          const struct ts_kernel *kernel, struct ts_arena *arena)
{
    struct systolic_gemm *gemm = TS_NEW(arena, struct systolic_gemm);
    gemm->params = ts_systolic_params_of(arch);
    gemm->rows = gemm->params->rows;
    gemm->columns = gemm->params->columns;
    gemm->units = arch->units;
    gemm->has_memory = arch->memory.dram != NULL || ts_arch_shared_level(arch) >= 0;
    gemm->has_host = arch->host.bandwidth_bytes_per_s > 0;
    set_operands(gemm, arch, kernel);
    return gemm;
}

bool ts_systolic_plan_gemm(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           struct ts_arena *arena, struct ts_plan *plan)
{
    static const char *const names[] = {"ws", "os", "is"};
    struct systolic_gemm *gemm = gemm_context(arch, kernel, arena);
    if (gemm->has_host && gemm->has_memory && kernel->a.is_network_io) {
        ts_systolic_add_host_input(&kernel->a, arena, plan);
    }
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    if (gemm->params->dataflow == TS_SYSTOLIC_OS) {
        systolic_fill_output_stationary(gemm, kernel, arch, phase);
    } else {
        gemm->column_tiles = systolic_ceil_div(gemm->standing_columns, gemm->columns);
        gemm->k_tiles = systolic_ceil_div(gemm->k, gemm->rows);
        const bool closed_form = !gemm->params->overlap && !gemm->has_memory;
        gemm->folds_per_step = closed_form ? gemm->k_tiles : 1;
        choose_chunks(gemm, arch->units);
        choose_order(gemm, arch);
        fill_phase(gemm, arch, phase);
    }
    count_private(gemm, arch, &phase->counters);
    plan->executed_macs =
        (double)kernel->batch * (double)kernel->m * (double)kernel->n * (double)kernel->k;
    phase->counters.macs = plan->executed_macs;
    plan->algorithm = names[gemm->params->dataflow];
    plan->ran_on = "matrix";
    return true;
}
