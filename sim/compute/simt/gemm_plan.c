/* A chosen GEMM kernel as phases of a plan: the grid of blocks, and the reduction behind a split k.
 */
#include "simt_internal.h"

#include <math.h>
#include <stddef.h>

/* Blocks that run side by side move neighbouring pieces of the same rows of B and C at the same
 * time. Where these make a piece this long the memory controller's queues join them: the blocks are
 * charged slices of whole rows. */
#define JOINED_ROW_BYTES 2048.0
/* Reduction blocks a unit holds: 4 of 512 threads fill its 2048. */
#define REDUCE_BLOCKS 4

struct gemm_phase {
    struct ts_simt_gemm gemm;
    struct ts_simt_gemm_choice choice;
    int64_t rows, columns; /* of tiles, in one product */
    int64_t raster_rows;
    int64_t part_k; /* k of one part of a split, a multiple of tile_k but for the last */
    double a_fetch; /* bytes of A fetched over bytes used */
    struct ts_simt_k_steps steps;
    struct ts_simt_scatter scatter;
    double a_share, b_share; /* of a piece, read by the block itself */
    bool joined;             /* blocks side by side move whole rows of B and C together */
    double lanes;            /* element-wise operations a cycle */
    int64_t blocks;          /* that the machine holds at once */
    int64_t reduce_pieces;   /* blocks of the reduction per tile */
};

/* Where block `index` works. */
struct place {
    int64_t batch, part, row, column;
};

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct place place_of(const struct gemm_phase *phase, int64_t index)
{
    int64_t tiles = phase->rows * phase->columns;
    int64_t parts = phase->choice.split_k;
    struct place place = {.batch = index / (tiles * parts), .part = index / tiles % parts};
    int64_t tile = index % tiles;
    int64_t group = tile / (phase->raster_rows * phase->columns);
    int64_t first_row = group * phase->raster_rows;
    int64_t rows = min64(phase->raster_rows, phase->rows - first_row);
    int64_t within = tile - first_row * phase->columns;
    place.row = first_row + within % rows;
    place.column = within / rows;
    return place;
}

static int64_t height(const struct gemm_phase *phase, int64_t row)
{
    int64_t tile = phase->choice.kernel.tile_m;
    return min64(tile, phase->gemm.m - row * tile);
}

static int64_t width(const struct gemm_phase *phase, int64_t column)
{
    int64_t tile = phase->choice.kernel.tile_n;
    return min64(tile, phase->gemm.n - column * tile);
}

/* k that part `part` of a split covers: [start, end). The last may be empty. */
static void part_range(const struct gemm_phase *phase, int64_t part, int64_t *start, int64_t *end)
{
    *start = min64(part * phase->part_k, phase->gemm.k);
    *end = min64(*start + phase->part_k, phase->gemm.k);
}

static uint32_t output_block(const struct gemm_phase *phase, const struct place *place)
{
    int parts = ts_simt_leaves_sums(&phase->gemm, &phase->choice) ? phase->choice.split_k : 1;
    int64_t index = place->batch * parts + (parts > 1 ? place->part : 0);
    return (uint32_t)((index * phase->rows + place->row) * phase->columns + place->column);
}

static struct ts_tile_load output_store(const struct gemm_phase *phase, const struct place *place)
{
    const struct ts_simt_gemm *gemm = &phase->gemm;
    const struct ts_simt_kernel *kernel = &phase->choice.kernel;
    bool partial = ts_simt_leaves_sums(gemm, &phase->choice);
    double element = partial ? 4.0 : gemm->c_bytes;
    double row = (double)(place->batch * gemm->m + place->row * kernel->tile_m);
    double offset = row * (double)gemm->n + (double)(place->column * kernel->tile_n);
    struct ts_tile_load store = {
        .tensor = partial ? -1 : gemm->c_tensor,
        .block = output_block(phase, place),
        .path = TS_PATH_CACHED,
        .rows = (double)height(phase, place->row),
        .row_bytes = (double)width(phase, place->column) * element,
        .pitch_bytes = (double)gemm->n * element,
    };
    if (phase->joined) {
        /* Slice number `column` of the tile row's whole rows. */
        offset += (double)(place->column * kernel->tile_n) * (store.rows - 1.0);
        store.row_bytes *= store.rows;
        store.rows = 1.0;
        store.pitch_bytes = store.row_bytes;
    }
    store.address = (uint64_t)(offset * element);
    return store;
}

static void gemm_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct gemm_phase *phase = context;
    const struct ts_simt_kernel *kernel = &phase->choice.kernel;
    struct place place = place_of(phase, index);
    int64_t start, end;
    part_range(phase, place.part, &start, &end);
    int64_t k_steps = (end - start + kernel->tile_k - 1) / kernel->tile_k;
    tile->steps = 0;
    while (tile->steps < phase->steps.count && phase->steps.first[tile->steps] < k_steps) {
        tile->steps++;
    }
    const struct ts_simt_gemm_cost *cost = &phase->choice.cost;
    tile->prologue_cycles =
        index < phase->blocks ? cost->prologue_cycles : cost->next_prologue_cycles;
    if (index >= phase->blocks / 2 && index < phase->blocks) {
        tile->prologue_cycles += cost->turn_cycles;
    }
    tile->epilogue_cycles = cost->epilogue_cycles;
    tile->store_count = 1;
    tile->store[0] = output_store(phase, &place);
}

/* A panel of A, tile_m whole rows, is contiguous, and every byte of it is read within the block's k
 * loop: each step is charged a slice of it. Stored [k][m], the panel is its blocks' share of whole
 * rows, as for B. */
static struct ts_tile_load a_load(const struct gemm_phase *phase, const struct place *place,
                                  int64_t k, int64_t depth, int64_t step)
{
    const struct ts_simt_gemm *gemm = &phase->gemm;
    double element = gemm->a_bytes * gemm->a_unique;
    double rows = (double)height(phase, place->row);
    double row = (double)(place->batch * gemm->m + place->row * phase->choice.kernel.tile_m);
    int64_t piece = (place->batch * phase->rows + place->row) * phase->choice.split_k + place->part;
    double bytes = rows * (double)depth * element * phase->a_fetch * phase->a_share;
    struct ts_tile_load load = {
        .tensor = gemm->a_tensor,
        .block = (uint32_t)(piece * phase->steps.count + step),
        .path = TS_PATH_CACHED,
        .rows = 1.0,
        .row_bytes = bytes,
        .pitch_bytes = bytes,
        .address = (uint64_t)((row * (double)gemm->k + rows * (double)k) * element),
    };
    ts_simt_scatter_rows(&load, phase->scatter.a_piece_bytes, phase->scatter.a_pitch_bytes);
    return load;
}

static struct ts_tile_load b_load(const struct gemm_phase *phase, const struct place *place,
                                  int64_t k, int64_t depth, int64_t step)
{
    const struct ts_simt_gemm *gemm = &phase->gemm;
    int64_t batch = gemm->b_is_shared ? 0 : place->batch;
    int64_t piece = (batch * phase->columns + place->column) * phase->choice.split_k + place->part;
    double columns = (double)width(phase, place->column);
    double column = (double)(place->column * phase->choice.kernel.tile_n);
    double base = (double)batch * (double)gemm->n * (double)gemm->k;
    struct ts_tile_load load = {
        .tensor = gemm->b_tensor,
        .block = (uint32_t)(piece * phase->steps.count + step),
        .path = TS_PATH_CACHED,
        .is_weight = gemm->b_is_weight,
    };
    if (gemm->b_is_transposed) {
        load.rows = columns;
        load.row_bytes = (double)depth * gemm->b_bytes;
        load.pitch_bytes = (double)gemm->k * gemm->b_bytes;
        base += column * (double)gemm->k + (double)k;
    } else {
        load.rows = (double)depth;
        load.row_bytes = columns * gemm->b_bytes;
        load.pitch_bytes = (double)gemm->n * gemm->b_bytes;
        base += (double)k * (double)gemm->n + column;
        if (phase->joined) {
            /* Slice number `column` of depth whole rows. */
            base += column * (double)(depth - 1);
            load.row_bytes *= load.rows;
            load.rows = 1.0;
            load.pitch_bytes = load.row_bytes;
        }
    }
    load.row_bytes *= phase->b_share;
    ts_simt_scatter_rows(&load, phase->scatter.b_piece_bytes, phase->scatter.b_pitch_bytes);
    load.address = (uint64_t)(base * gemm->b_bytes);
    return load;
}

static void gemm_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    const struct gemm_phase *phase = context;
    const struct ts_simt_kernel *kernel = &phase->choice.kernel;
    const struct ts_simt_gemm_cost *cost = &phase->choice.cost;
    struct place place = place_of(phase, index);
    int64_t start, end;
    part_range(phase, place.part, &start, &end);
    int64_t k = start + phase->steps.first[step] * kernel->tile_k;
    int64_t next = min64(start + phase->steps.first[step + 1] * kernel->tile_k, end);
    double k_steps = (double)((next - k + kernel->tile_k - 1) / kernel->tile_k);
    int64_t from, to;
    ts_simt_loaded_k(&phase->steps, step, (end - start + kernel->tile_k - 1) / kernel->tile_k,
                     &from, &to);
    from = start + from * kernel->tile_k;
    to = min64(start + to * kernel->tile_k, end);
    if (to > from) {
        out->load_count = 2;
        out->load[0] = a_load(phase, &place, from, to - from, step);
        out->load[1] = b_load(phase, &place, from, to - from, step);
    }
    out->pipe_cycles = k_steps * cost->step_pipe_cycles;
    out->latency_cycles = k_steps * cost->step_latency_cycles;
    out->overhead_cycles = k_steps * cost->step_overhead_cycles;
    out->cache_cycles = k_steps * cost->step_cache_cycles;
    /* Rows and columns beyond the edge of C are computed and thrown away. */
    double used = (double)height(phase, place.row) * (double)width(phase, place.column) /
                  ((double)kernel->tile_m * kernel->tile_n);
    double busy = cost->step_pipe_cycles - cost->step_overhead_cycles - cost->step_cache_cycles;
    out->imbalance_cycles = k_steps * busy * (1.0 - used);
}

static void count_gemm(const struct ts_arch *arch, const struct gemm_phase *phase,
                       struct ts_phase_counters *counters)
{
    const struct ts_simt_gemm *gemm = &phase->gemm;
    const struct ts_simt_kernel *kernel = &phase->choice.kernel;
    double blocks = (double)(gemm->batch * phase->rows * phase->columns);
    double k_steps = ts_simt_ceil_div((double)gemm->k, kernel->tile_k);
    double element = fmax(gemm->a_bytes, gemm->b_bytes);
    double speedup = gemm->structured_2_4 ? ts_simt_params_of(arch)->sparse_speedup : 1.0;
    counters->macs =
        blocks * k_steps * kernel->tile_m * (double)kernel->tile_n * kernel->tile_k / speedup;
    bool adds = phase->choice.split_k > 1 && !ts_simt_leaves_sums(gemm, &phase->choice);
    counters->vector_ops = (double)gemm->batch * (double)gemm->m * (double)gemm->n *
                           (gemm->epilogue_ops_per_output + (adds ? phase->choice.split_k : 0));
    int level = ts_simt_scratchpad_level(arch);
    if (level >= 0) {
        counters->level_read_bytes[level] =
            blocks * k_steps * ts_simt_shared_read_bytes(kernel, element);
        counters->level_write_bytes[level] =
            blocks * k_steps * kernel->tile_k *
            (kernel->tile_m * gemm->a_bytes + kernel->tile_n * gemm->b_bytes);
        counters->level_misses_bytes[level] = counters->level_write_bytes[level];
    }
}

static void reduce_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct gemm_phase *phase = context;
    int64_t pieces = phase->reduce_pieces;
    int64_t tiles = phase->rows * phase->columns;
    int64_t at = index / pieces;
    struct place place = {
        .batch = at / tiles, .row = at % tiles / phase->columns, .column = at % phase->columns};
    double rows = (double)height(phase, place.row) / (double)pieces;
    double columns = (double)width(phase, place.column);
    tile->steps = (phase->choice.split_k + TS_MAX_LOADS - 1) / TS_MAX_LOADS;
    tile->prologue_cycles = phase->choice.cost.prologue_cycles;
    tile->epilogue_cycles = rows * columns * phase->gemm.c_bytes / 64.0;
    tile->store_count = 1;
    tile->store[0] = (struct ts_tile_load){
        .tensor = phase->gemm.c_tensor,
        .block = (uint32_t)index,
        .path = TS_PATH_CACHED,
        .rows = rows,
        .row_bytes = columns * phase->gemm.c_bytes,
        .pitch_bytes = (double)phase->gemm.n * phase->gemm.c_bytes,
    };
}

static void reduce_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    const struct gemm_phase *phase = context;
    int64_t tiles = phase->rows * phase->columns;
    int64_t at = index / phase->reduce_pieces;
    int parts = phase->choice.split_k;
    struct place place = {
        .batch = at / tiles, .row = at % tiles / phase->columns, .column = at % phase->columns};
    double outputs = 0.0;
    for (int part = step * TS_MAX_LOADS; part < parts && out->load_count < TS_MAX_LOADS; part++) {
        place.part = part;
        struct ts_tile_load load = output_store(phase, &place);
        load.rows /= (double)phase->reduce_pieces;
        outputs += load.rows * load.row_bytes / 4.0;
        out->load[out->load_count++] = load;
    }
    out->pipe_cycles = outputs / phase->lanes;
}

static struct gemm_phase *new_phase(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                                    const struct ts_simt_gemm_choice *choice,
                                    struct ts_arena *arena)
{
    struct gemm_phase *phase = TS_NEW(arena, struct gemm_phase);
    const struct ts_simt_kernel *kernel = &choice->kernel;
    phase->gemm = *gemm;
    phase->choice = *choice;
    phase->rows = (gemm->m + kernel->tile_m - 1) / kernel->tile_m;
    phase->columns = (gemm->n + kernel->tile_n - 1) / kernel->tile_n;
    phase->raster_rows = ts_simt_raster_rows(arch, kernel, gemm);
    int64_t part = (gemm->k + choice->split_k - 1) / choice->split_k;
    phase->part_k = (part + kernel->tile_k - 1) / kernel->tile_k * kernel->tile_k;
    phase->a_fetch = ts_simt_overfetch(arch, kernel, gemm, choice->cost.blocks_per_unit);
    double side_by_side =
        fmin((double)phase->columns, fmax(1.0, (double)arch->units / (double)phase->raster_rows));
    phase->joined = side_by_side * kernel->tile_n * gemm->b_bytes >= JOINED_ROW_BYTES;
    phase->scatter = ts_simt_gemm_scatter(arch, gemm, choice);
    ts_simt_multicast(kernel, gemm, &phase->a_share, &phase->b_share);
    phase->blocks = arch->units * choice->cost.blocks_per_unit;
    phase->lanes = fmax(arch->vector_macs_per_cycle[TS_FP32], 1.0);
    ts_simt_cut_k_loop((phase->part_k + kernel->tile_k - 1) / kernel->tile_k, kernel->stages,
                       ts_simt_keeps_lead(arch, kernel, gemm), &phase->steps);
    return phase;
}

static void add_reduction(const struct ts_arch *arch, struct gemm_phase *phase,
                          struct ts_plan *plan)
{
    double tiles = (double)(phase->gemm.batch * phase->rows * phase->columns);
    double wanted = ts_simt_ceil_div((double)arch->units * REDUCE_BLOCKS, tiles);
    double outputs = (double)phase->gemm.batch * (double)phase->gemm.m * (double)phase->gemm.n;
    phase->reduce_pieces = (int64_t)fmax(1.0, fmin(wanted, phase->choice.kernel.tile_m));
    struct ts_phase *reduce = &plan->phases[plan->phase_count++];
    *reduce = (struct ts_phase){
        .name = "reduce",
        .tiles = (int64_t)tiles * phase->reduce_pieces,
        .slots_per_unit = REDUCE_BLOCKS,
        .buffers = 2,
        .launch_cycles = TS_SIMT_NEXT_KERNEL_S * arch->clock_hz,
        .even_shares = true,
        .tiles_per_period = (double)(phase->columns * phase->reduce_pieces),
        .tile = reduce_tile,
        .step = reduce_step,
        .context = phase,
    };
    reduce->counters.vector_ops = outputs * phase->choice.split_k;
}

bool ts_simt_gemm_phases(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                         const struct ts_simt_gemm_choice *choice, struct ts_arena *arena,
                         struct ts_plan *plan)
{
    int needed = ts_simt_leaves_sums(gemm, choice) ? 2 : 1;
    if (plan->phase_count + needed > TS_MAX_PHASES) {
        return false;
    }
    struct gemm_phase *phase = new_phase(arch, gemm, choice, arena);
    struct ts_phase *main = &plan->phases[plan->phase_count];
    *main = (struct ts_phase){
        .name = "gemm",
        .tiles = gemm->batch * choice->split_k * phase->rows * phase->columns,
        .slots_per_unit = choice->cost.blocks_per_unit,
        .buffers = 2,
        .on_matrix_path = choice->kernel.path != TS_SIMT_CORES,
        .launch_cycles =
            (plan->phase_count == 0 ? arch->launch_s : TS_SIMT_NEXT_KERNEL_S) * arch->clock_hz,
        .finish_cycles = choice->cost.drain_cycles,
        .even_shares = true,
        .tiles_per_period = (double)(phase->raster_rows * phase->columns),
        .tile = gemm_tile,
        .step = gemm_step,
        .context = phase,
    };
    count_gemm(arch, phase, &main->counters);
    plan->executed_macs += main->counters.macs;
    plan->phase_count++;
    if (ts_simt_leaves_sums(gemm, choice)) {
        add_reduction(arch, phase, plan);
    }
    return true;
}
