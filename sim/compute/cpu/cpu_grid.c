/* The packed product: all threads work on one block of k at a time.
 *
 * Threads stand in a grid of threads_m × threads_n over C. For each block of k a thread packs its
 * rows of A, all threads of a column share the packing of B, they meet at a barrier, multiply, and
 * meet again. So a block of k takes as long as its slowest thread; the others' wait is imbalance.
 * Packing waits for memory (step 0, nothing runs that could hide it); C is prefetched under the
 * multiplication.
 */
#include "sim/compute/cpu/cpu.h"

#include <math.h>
#include <string.h>

/* Packing walks A and B across their rows: every run of a panel is short and the hardware
 * prefetchers stop at each 4-KiB page (Intel optimisation manual 248966, data prefetching). 1 is a
 * perfect stream, 2 a walk that never gets ahead; the mean of the two operands. */
static const double PACK_WALK = 1.5;
enum { MAX_C_STEPS = 2 }; /* as many as a tile has stores */

struct grid_context {
    const struct ts_arch *arch;
    struct ts_cpu_core core;
    struct ts_cpu_gemm gemm;
    struct ts_cpu_grid grid;
    double footprint_bytes;
    int c_steps;
    bool c_stays; /* the thread's part of C stays in its L2 between blocks of k */
    double worst_cycles;
    double panel_cycles; /* reading the packed panel that others wrote */
    double fill_cycles;  /* drawing the operands of one block of k with the thread's own misses */
};

static double gemm_footprint(const struct ts_cpu_core *core, const struct ts_cpu_gemm *gemm)
{
    double m = (double)gemm->m, n = (double)gemm->n, k = (double)gemm->k;

    return m * k * core->a_bytes * gemm->a_ratio + k * n * core->b_bytes * gemm->b_ratio +
           m * n * core->c_bytes * gemm->c_ratio;
}

static double pack_bytes(const struct ts_cpu_core *core, const struct ts_cpu_gemm *gemm, double mb,
                         double nb, double kb, double threads_m)
{
    return mb * kb * core->a_bytes * gemm->a_ratio +
           nb * kb / threads_m * core->b_bytes * gemm->b_ratio;
}

/* A thread reads the packed panel of B once for each block of rows that half of its L2 holds. What
 * other threads packed lies dirty in their caches, and no prefetcher runs ahead of such transfers.
 */
static double panel_cycles(const struct ts_cpu_core *core, const struct ts_cpu_grid *grid)
{
    double threads = (double)(grid->threads_m * grid->threads_n);
    double rows = fmax((double)core->nr, core->l2_bytes / 2.0 / (grid->block_k * core->a_bytes));
    double bytes = grid->block_n * grid->block_k * core->b_bytes;
    double foreign = 1.0 - 1.0 / (double)grid->threads_m;

    return ts_cpu_foreign_cycles(core, foreign * bytes, ceil(grid->block_m / rows), threads);
}

static double estimate(const struct ts_arch *arch, const struct ts_cpu_core *core,
                       const struct ts_cpu_gemm *gemm, const struct ts_cpu_grid *grid)
{
    double threads = (double)(grid->threads_m * grid->threads_n);
    double footprint = gemm_footprint(core, gemm);
    double mb = grid->block_m, nb = grid->block_n, kb = grid->block_k;
    double bytes = pack_bytes(core, gemm, mb, nb, kb, (double)grid->threads_m);
    double draw = ts_cpu_fill_bandwidth(core, footprint, threads);
    double elements = mb * kb + nb * kb / (double)grid->threads_m;
    double pack = PACK_WALK * bytes / draw +
                  ts_cpu_pack_cycles(arch, core, elements, fmax(core->a_bytes, core->b_bytes));
    double block = pack + ts_cpu_macro_cycles(core, mb, nb, kb) + panel_cycles(core, grid) +
                   2.0 * ts_cpu_barrier_cycles(arch, threads);

    return ts_cpu_call_cycles(arch) + ts_cpu_fork_cycles(arch, threads) +
           (double)grid->k_blocks * block + mb * nb * core->c_bytes / draw;
}

/* Largest part of `extent` when `parts` threads share it in multiples of `granule`. */
static double largest_part(int64_t extent, int64_t parts, int64_t granule)
{
    int64_t granules = (extent + granule - 1) / granule;
    int64_t part = (granules + parts - 1) / parts * granule;

    return (double)(part < extent ? part : extent);
}

static void try_grid(const struct ts_arch *arch, const struct ts_cpu_core *core,
                     const struct ts_cpu_gemm *gemm, int64_t threads_m, int64_t threads_n,
                     struct ts_cpu_grid *best)
{
    for (int swap = 0; swap < 2; swap++) {
        struct ts_cpu_grid grid = *best;
        grid.threads_m = threads_m;
        grid.threads_n = threads_n;
        grid.block_m = largest_part(gemm->m, threads_m, swap ? core->mr : core->nr);
        grid.block_n = largest_part(gemm->n, threads_n, swap ? core->nr : core->mr);
        grid.estimate_cycles = estimate(arch, core, gemm, &grid);
        if (best->threads_m == 0 || grid.estimate_cycles < best->estimate_cycles) {
            *best = grid;
        }
    }
}

void ts_cpu_grid_choose(const struct ts_arch *arch, const struct ts_cpu_core *core,
                        const struct ts_cpu_gemm *gemm, struct ts_cpu_grid *grid)
{
    *grid = (struct ts_cpu_grid){0};
    grid->k_blocks = (gemm->k + core->kc - 1) / core->kc;
    grid->block_k = (double)gemm->k / (double)grid->k_blocks;
    /* All cores or one: BLAS libraries leave very small products to the calling thread. */
    const int64_t choices[] = {arch->units, 1};
    for (int i = 0; i < (arch->units > 1 ? 2 : 1); i++) {
        int64_t threads = choices[i];
        for (int64_t rows = 1; rows <= threads; rows++) {
            if (threads % rows == 0) {
                try_grid(arch, core, gemm, rows, threads / rows, grid);
            }
        }
    }
}

struct place {
    int64_t item, k_block, row, column;
    double m_from, m_extent, n_from, n_extent;
};

static double part_extent(double block, int64_t index, int64_t extent)
{
    double left = (double)extent - block * (double)index;

    return fmin(block, fmax(left, 0.0));
}

static struct place place_of(const struct grid_context *context, int64_t index)
{
    const struct ts_cpu_grid *grid = &context->grid;
    int64_t threads = grid->threads_m * grid->threads_n;
    int64_t thread = index % threads;
    struct place place = {
        .item = index / (threads * grid->k_blocks),
        .k_block = index / threads % grid->k_blocks,
        .row = thread / grid->threads_n,
        .column = thread % grid->threads_n,
    };
    place.m_from = grid->block_m * (double)place.row;
    place.n_from = grid->block_n * (double)place.column;
    place.m_extent = part_extent(grid->block_m, place.row, context->gemm.m);
    place.n_extent = part_extent(grid->block_n, place.column, context->gemm.n);
    return place;
}

/* Rows [first, first + rows) of the thread's part of C. */
static struct ts_tile_load c_piece(const struct grid_context *context, const struct place *place,
                                   int piece, int pieces)
{
    const struct ts_cpu_gemm *gemm = &context->gemm;
    const struct ts_cpu_grid *grid = &context->grid;
    double bytes = context->core.c_bytes;
    double rows = place->m_extent / pieces;
    double first = place->m_from + rows * piece;
    int64_t thread = place->row * grid->threads_n + place->column;
    int64_t threads = grid->threads_m * grid->threads_n;

    return (struct ts_tile_load){
        .tensor = gemm->c_tensor,
        .block = (uint32_t)((place->item * threads + thread) * MAX_C_STEPS + piece),
        .rows = rows,
        .row_bytes = place->n_extent * bytes,
        .pitch_bytes = fmax((double)gemm->n, place->n_extent) * bytes,
        .address = (uint64_t)(((double)(place->item * gemm->m) + first) * (double)gemm->n * bytes +
                              place->n_from * bytes),
    };
}

static void grid_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct grid_context *context = opaque;
    struct place place = place_of(context, index);

    memset(tile, 0, sizeof *tile);
    tile->steps = 1 + context->c_steps;
    if (place.m_extent <= 0 || place.n_extent <= 0) {
        return;
    }
    /* The first step waits for its loads, and for the thread's own misses where these are slower.
     */
    tile->prologue_cycles = context->fill_cycles;
    bool last = place.k_block == context->grid.k_blocks - 1;
    if (last) {
        tile->epilogue_cycles = ts_cpu_epilogue_cycles(
            context->arch, &context->gemm, context->grid.block_m * context->grid.block_n);
    }
    if (!context->c_stays || last) {
        tile->store_count = context->c_steps;
        for (int i = 0; i < context->c_steps; i++) {
            tile->store[i] = c_piece(context, &place, i, context->c_steps);
        }
    }
}

static void load_operands(const struct grid_context *context, const struct place *place,
                          struct ts_tile_step *step)
{
    const struct ts_cpu_gemm *gemm = &context->gemm;
    const struct ts_cpu_grid *grid = &context->grid;
    double kb = grid->block_k;
    double a_row = kb * context->core.a_bytes * gemm->a_ratio;
    double b_row = kb * context->core.b_bytes * gemm->b_ratio;
    int64_t block = place->item * grid->k_blocks + place->k_block;
    /* Weights are the same for all images of a batch. */
    int64_t b_block = gemm->batch > 1 || !gemm->b_is_weight ? block : place->k_block;
    double share = place->n_extent / (double)grid->threads_m;

    step->load_count = 2;
    step->load[0] = (struct ts_tile_load){
        .tensor = gemm->a_tensor,
        .block = (uint32_t)(block * grid->threads_m + place->row),
        .rows = place->m_extent,
        .row_bytes = a_row,
        .pitch_bytes = a_row * (double)grid->k_blocks,
        .address = (uint64_t)(((double)(place->item * gemm->m) + place->m_from) * a_row *
                                  (double)grid->k_blocks +
                              (double)place->k_block * a_row),
    };
    step->load[1] = (struct ts_tile_load){
        .tensor = gemm->b_tensor,
        .block =
            (uint32_t)((b_block * grid->threads_n + place->column) * grid->threads_m + place->row),
        .rows = share,
        .row_bytes = b_row,
        .pitch_bytes = b_row * (double)grid->k_blocks,
        .address = (uint64_t)((place->n_from + share * (double)place->row) * b_row *
                                  (double)grid->k_blocks +
                              (double)place->k_block * b_row),
    };
}

/* Step 0: pack. All threads wait for the one with the most to pack. */
static void pack_step(const struct grid_context *context, const struct place *place,
                      struct ts_tile_step *step)
{
    const struct ts_cpu_core *core = &context->core;
    const struct ts_cpu_grid *grid = &context->grid;
    double threads = (double)(grid->threads_m * grid->threads_n);
    double bytes = pack_bytes(core, &context->gemm, grid->block_m, grid->block_n, grid->block_k,
                              (double)grid->threads_m);
    double elements = grid->block_k * (grid->block_m + grid->block_n / (double)grid->threads_m);
    double copy =
        ts_cpu_pack_cycles(context->arch, core, elements, fmax(core->a_bytes, core->b_bytes));

    double draw = ts_cpu_fill_bandwidth(core, context->footprint_bytes, threads);
    step->cache_cycles = (PACK_WALK - 1.0) * bytes / draw;
    if (place->k_block == 0) {
        /* The first write of C reads its lines for ownership. */
        step->cache_cycles += grid->block_m * grid->block_n * core->c_bytes / draw;
        if (place->item > 0) {
            step->overhead_cycles +=
                ts_cpu_call_cycles(context->arch) + ts_cpu_fork_cycles(context->arch, threads);
        }
    }
    step->overhead_cycles += 2.0 * ts_cpu_barrier_cycles(context->arch, threads) + copy;
    step->pipe_cycles = step->cache_cycles + step->overhead_cycles;
    if (place->m_extent > 0 && place->n_extent > 0) {
        load_operands(context, place, step);
    }
}

static void grid_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct grid_context *context = opaque;
    struct place place = place_of(context, index);

    memset(out, 0, sizeof *out);
    if (step == 0) {
        pack_step(context, &place, out);
        return;
    }
    double own = 0;
    if (place.m_extent > 0 && place.n_extent > 0) {
        own = ts_cpu_macro_cycles(&context->core, place.m_extent, place.n_extent,
                                  context->grid.block_k);
        /* Read to be added to; the first time, because a store that misses reads its line. */
        if (!context->c_stays || place.k_block == 0) {
            out->load_count = 1;
            out->load[0] = c_piece(context, &place, step - 1, context->c_steps);
        }
    }
    out->cache_cycles = context->panel_cycles / context->c_steps;
    out->pipe_cycles = context->worst_cycles / context->c_steps + out->cache_cycles;
    out->imbalance_cycles = fmax(0.0, context->worst_cycles - own) / context->c_steps;
}

static struct grid_context *make_context(const struct ts_arch *arch, const struct ts_cpu_core *core,
                                         const struct ts_cpu_gemm *gemm,
                                         const struct ts_cpu_grid *grid, struct ts_arena *arena)
{
    struct grid_context *context = TS_NEW(arena, struct grid_context);
    double c_part = grid->block_m * grid->block_n * core->c_bytes;

    context->arch = arch;
    context->core = *core;
    context->gemm = *gemm;
    context->grid = *grid;
    context->footprint_bytes = gemm_footprint(core, gemm);
    context->c_stays = grid->k_blocks == 1 || c_part <= core->l2_bytes / 2.0;
    context->c_steps = 1;
    if (!context->c_stays) {
        context->c_steps = MAX_C_STEPS;
    }
    context->fill_cycles = pack_bytes(core, gemm, grid->block_m, grid->block_n, grid->block_k,
                                      (double)grid->threads_m) /
                           ts_cpu_fill_bandwidth(core, context->footprint_bytes,
                                                 (double)(grid->threads_m * grid->threads_n));
    context->panel_cycles = panel_cycles(core, grid);
    context->worst_cycles = ts_cpu_macro_cycles(core, grid->block_m, grid->block_n, grid->block_k);
    return context;
}

void ts_cpu_grid_phase(const struct ts_arch *arch, const struct ts_cpu_core *core,
                       const struct ts_cpu_gemm *gemm, const struct ts_cpu_grid *grid,
                       int64_t serial, struct ts_arena *arena, struct ts_phase *phase)
{
    int64_t threads = grid->threads_m * grid->threads_n;
    struct ts_cpu_gemm all = *gemm;

    *phase = (struct ts_phase){0};
    phase->name = "gemm";
    phase->tiles = serial * gemm->batch * grid->k_blocks * threads;
    phase->slots_per_unit = 1;
    phase->buffers = 2;
    phase->units_used = threads;
    phase->on_matrix_path = core->matrix;
    phase->launch_cycles = ts_cpu_call_cycles(arch) + ts_cpu_fork_cycles(arch, (double)threads);
    phase->tiles_per_period = (double)(threads * grid->k_blocks);
    all.batch *= serial;
    ts_cpu_gemm_counters(arch, core, &all, grid->block_m, grid->block_n, true, &phase->counters);
    phase->context = make_context(arch, core, gemm, grid, arena);
    phase->tile = grid_tile;
    phase->step = grid_step;
}
