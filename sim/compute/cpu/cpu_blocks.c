/* Independent blocks of C with all of k each: batched products, skinny ones that stream their large
 * operand, and direct convolution. Cores pull blocks; there is no barrier but the join. */
#include "sim/compute/cpu/cpu.h"

#include <math.h>
#include <string.h>

enum { MAX_K_STEPS = 8 };

struct blocks_context {
    const struct ts_arch *arch;
    struct ts_cpu_core core;
    struct ts_cpu_gemm gemm;
    struct ts_cpu_blocks blocks;
    double footprint_bytes;
    bool b_stays; /* all of B stays in each core's L2 */
    double k_blocks;
};

static double footprint_of(const struct ts_cpu_core *core, const struct ts_cpu_gemm *gemm)
{
    double m = (double)gemm->m, n = (double)gemm->n, k = (double)gemm->k;
    double items = (double)gemm->batch;

    return items * (m * k * core->a_bytes * gemm->a_ratio + k * n * core->b_bytes * gemm->b_ratio +
                    m * n * core->c_bytes * gemm->c_ratio);
}

static double min_threads(const struct ts_arch *arch, double blocks)
{
    return fmin((double)arch->units, fmax(1.0, blocks));
}

/* Cycles of kb of k of one block. */
static double block_cycles(const struct ts_arch *arch, const struct ts_cpu_core *core,
                           const struct ts_cpu_gemm *gemm, const struct ts_cpu_blocks *blocks,
                           double mb, double nb, double kb, double footprint)
{
    double a_bytes = mb * kb * core->a_bytes * gemm->a_ratio;
    double b_bytes = nb * kb * core->b_bytes * gemm->b_ratio;

    if (blocks->copy != TS_CPU_STREAMED) {
        double draw = (a_bytes + b_bytes) / ts_cpu_own_bandwidth(core, footprint);
        double macro = ts_cpu_macro_cycles(core, mb, nb, kb);
        if (blocks->copy == TS_CPU_IN_PLACE) {
            return fmax(macro, draw);
        }
        return macro + draw +
               ts_cpu_pack_cycles(arch, core, (mb + nb) * kb, fmax(core->a_bytes, core->b_bytes));
    }
    /* The operand along the vector passes once for each group of rows of the other. */
    double across = fmin(mb, nb);
    double passes = fmax(1.0, ceil(across / (double)core->nr));
    double streamed = mb <= nb ? passes * b_bytes + a_bytes : passes * a_bytes + b_bytes;

    return ts_cpu_skinny_cycles(core, mb, nb, kb, streamed, footprint);
}

/* What comes from DRAM: A and C once; B once if it stays in L3 beside them, else once for each
 * round of rows that the cores work on together. */
static double dram_bytes(const struct ts_cpu_core *core, const struct ts_cpu_gemm *gemm,
                         const struct ts_cpu_blocks *blocks)
{
    double b = (double)gemm->k * (double)gemm->n * core->b_bytes * gemm->b_ratio;
    double rows = fmax(1.0, floor((double)blocks->threads / (double)blocks->blocks_n));
    double rounds = b <= core->l3_bytes / 2.0 ? 1.0 : ceil((double)blocks->blocks_m / rows);

    return footprint_of(core, gemm) + (double)gemm->batch * (rounds - 1.0) * b;
}

static double estimate(const struct ts_arch *arch, const struct ts_cpu_core *core,
                       const struct ts_cpu_gemm *gemm, const struct ts_cpu_blocks *blocks)
{
    double footprint = footprint_of(core, gemm);
    double count = (double)(gemm->batch * blocks->blocks_m * blocks->blocks_n);
    double threads = (double)blocks->threads;
    double rounds = ceil(count / threads);
    double one = block_cycles(arch, core, gemm, blocks, blocks->block_m, blocks->block_n,
                              (double)gemm->k, footprint);

    double drawn = blocks->block_m * (double)gemm->k * core->a_bytes * gemm->a_ratio +
                   blocks->block_n * (double)gemm->k * core->b_bytes * gemm->b_ratio;
    /* Blocks of a row share A, blocks of a column share B: all pass L3. */
    double passing = count * drawn / ts_cpu_l3_bandwidth(core, threads) / threads;
    double coming = dram_bytes(core, gemm, blocks) / ts_cpu_shared_bandwidth(core, footprint, 1.0);
    /* Nothing runs yet that could hide the first step's loads. */
    double first =
        drawn / (double)blocks->k_steps / ts_cpu_fill_bandwidth(core, footprint, threads);

    return ts_cpu_call_cycles(arch) + ts_cpu_fork_cycles(arch, threads) + first +
           fmax(rounds * one, fmax(passing, coming));
}

static void split(const struct ts_cpu_core *core, const struct ts_cpu_gemm *gemm, int64_t parts_m,
                  int64_t parts_n, struct ts_cpu_blocks *blocks)
{
    double granule_n = core->lanes;
    double nb = ceil((double)gemm->n / (double)parts_n / granule_n) * granule_n;
    double mb = ceil((double)gemm->m / (double)parts_m);

    blocks->block_m = fmin(mb, (double)gemm->m);
    blocks->block_n = fmin(nb, (double)gemm->n);
    blocks->blocks_m = (int64_t)ceil((double)gemm->m / blocks->block_m);
    blocks->blocks_n = (int64_t)ceil((double)gemm->n / blocks->block_n);
}

static void finish(const struct ts_arch *arch, const struct ts_cpu_core *core,
                   const struct ts_cpu_gemm *gemm, struct ts_cpu_blocks *blocks)
{
    double count = (double)(gemm->batch * blocks->blocks_m * blocks->blocks_n);
    double k_blocks = ceil((double)gemm->k / (double)core->kc);

    blocks->threads = (int64_t)min_threads(arch, count);
    /* What is streamed is used as it comes. */
    double pieces = blocks->copy == TS_CPU_STREAMED ? ceil((double)gemm->k / 8.0) : k_blocks;
    blocks->k_steps = (int64_t)fmin(pieces, MAX_K_STEPS);
    blocks->estimate_cycles = estimate(arch, core, gemm, blocks);
}

bool ts_cpu_blocks_streamed(const struct ts_arch *arch, const struct ts_cpu_core *core,
                            const struct ts_cpu_gemm *gemm, struct ts_cpu_blocks *blocks)
{
    /* Matrix-vector products and a few rows more than a register tile holds, or operands that a
     * third of L2 takes together: the sizes where BLAS libraries leave out packing. */
    bool skinny = gemm->m <= core->nr || gemm->n <= core->nr;
    bool small = footprint_of(core, gemm) / (double)gemm->batch <= core->l2_bytes / 3.0;

    *blocks = (struct ts_cpu_blocks){0};
    if (core->matrix || (!skinny && !small)) {
        return false;
    }
    for (int everyone = 0; everyone < 2; everyone++) {
        struct ts_cpu_blocks candidate = {.copy = TS_CPU_STREAMED};
        int64_t use = everyone ? arch->units : 1;
        bool rows = gemm->m > gemm->n;
        split(core, gemm, rows ? use : 1, rows ? 1 : use, &candidate);
        finish(arch, core, gemm, &candidate);
        if (blocks->threads == 0 || candidate.estimate_cycles < blocks->estimate_cycles) {
            *blocks = candidate;
        }
    }
    return true;
}

static void keep_better(const struct ts_arch *arch, const struct ts_cpu_core *core,
                        const struct ts_cpu_gemm *gemm, enum ts_cpu_copy copy, int64_t parts_m,
                        int64_t parts_n, struct ts_cpu_blocks *best)
{
    struct ts_cpu_blocks candidate = {.copy = copy};

    split(core, gemm, parts_m, parts_n, &candidate);
    finish(arch, core, gemm, &candidate);
    if (best->threads == 0 || candidate.estimate_cycles < best->estimate_cycles) {
        *best = candidate;
    }
}

void ts_cpu_blocks_of_l2(const struct ts_arch *arch, const struct ts_cpu_core *core,
                         const struct ts_cpu_gemm *gemm, enum ts_cpu_copy copy,
                         struct ts_cpu_blocks *blocks)
{
    /* Rows whose inputs and outputs stay in half of L2. */
    double row_bytes = (double)gemm->n * core->c_bytes +
                       fmin((double)core->kc, (double)gemm->k) * core->a_bytes * gemm->a_ratio;
    double rows = fmax((double)core->nr, floor(core->l2_bytes / 2.0 / row_bytes));
    double share = ceil((double)gemm->m * (double)gemm->batch / (double)arch->units);
    double m_each = fmin(rows, fmax(1.0, share));
    int64_t parts_m = (int64_t)fmax(1.0, ceil((double)gemm->m / m_each));
    int64_t most_n = (int64_t)ceil((double)gemm->n / core->lanes);

    *blocks = (struct ts_cpu_blocks){0};
    for (int64_t parts_n = 1; parts_n <= arch->units && parts_n <= most_n; parts_n++) {
        for (int64_t divide = 1; divide <= parts_m; divide *= 2) {
            keep_better(arch, core, gemm, copy, (parts_m + divide - 1) / divide, parts_n, blocks);
        }
        /* One block a core. */
        int64_t each = (arch->units + parts_n * gemm->batch - 1) / (parts_n * gemm->batch);
        keep_better(arch, core, gemm, copy, each < gemm->m ? each : gemm->m, parts_n, blocks);
    }
}

struct place {
    int64_t item, row, column;
    double mb, nb;
};

static struct place place_of(const struct blocks_context *context, int64_t index)
{
    const struct ts_cpu_blocks *blocks = &context->blocks;
    int64_t each = blocks->blocks_m * blocks->blocks_n;
    struct place place = {
        .item = index / each,
        .row = index % each / blocks->blocks_n,
        .column = index % blocks->blocks_n,
    };
    double m_left = (double)context->gemm.m - blocks->block_m * (double)place.row;
    double n_left = (double)context->gemm.n - blocks->block_n * (double)place.column;
    place.mb = fmin(blocks->block_m, m_left);
    place.nb = fmin(blocks->block_n, n_left);
    return place;
}

static struct ts_tile_load c_block(const struct blocks_context *context, int64_t index,
                                   const struct place *place)
{
    const struct ts_cpu_gemm *gemm = &context->gemm;
    double bytes = context->core.c_bytes * gemm->c_ratio;
    double row = (double)(place->item * gemm->m) + context->blocks.block_m * (double)place->row;

    return (struct ts_tile_load){
        .tensor = gemm->c_tensor,
        .block = (uint32_t)index,
        .rows = place->mb,
        .row_bytes = place->nb * bytes,
        .pitch_bytes = (double)gemm->n * bytes,
        .address =
            (uint64_t)((row * (double)gemm->n + context->blocks.block_n * (double)place->column) *
                       bytes),
    };
}

static void blocks_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct blocks_context *context = opaque;
    struct place place = place_of(context, index);

    memset(tile, 0, sizeof *tile);
    tile->steps = (int)context->blocks.k_steps;
    tile->epilogue_cycles =
        ts_cpu_epilogue_cycles(context->arch, &context->gemm, place.mb * place.nb);
    tile->store_count = 1;
    tile->store[0] = c_block(context, index, &place);
}

static struct ts_tile_load operand(int32_t tensor, int64_t block, double rows, double row_bytes,
                                   double pitch_bytes, double first_row, int step)
{
    return (struct ts_tile_load){
        .tensor = tensor,
        .block = (uint32_t)block,
        .rows = rows,
        .row_bytes = row_bytes,
        .pitch_bytes = pitch_bytes,
        .address = (uint64_t)(first_row * pitch_bytes + row_bytes * step),
    };
}

static void blocks_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct blocks_context *context = opaque;
    const struct ts_cpu_gemm *gemm = &context->gemm;
    const struct ts_cpu_blocks *blocks = &context->blocks;
    struct place place = place_of(context, index);
    int64_t steps = blocks->k_steps;
    double kb = (double)gemm->k / (double)steps;
    double a_row = kb * context->core.a_bytes * gemm->a_ratio;
    double b_row = kb * context->core.b_bytes * gemm->b_ratio;
    int64_t b_item = gemm->b_is_weight && gemm->batch == 1 ? 0 : place.item;

    memset(out, 0, sizeof *out);
    out->load[out->load_count++] =
        operand(gemm->a_tensor, (place.item * blocks->blocks_m + place.row) * steps + step,
                place.mb, a_row, a_row * (double)steps,
                (double)(place.item * gemm->m) + blocks->block_m * (double)place.row, step);
    if (!context->b_stays || index < blocks->threads) {
        out->load[out->load_count++] =
            operand(gemm->b_tensor, (b_item * blocks->blocks_n + place.column) * steps + step,
                    place.nb, b_row, b_row * (double)steps,
                    (double)(b_item * gemm->n) + blocks->block_n * (double)place.column, step);
    }
    if (step == steps - 1) {
        /* A store that misses reads its line first (write-allocate). */
        out->load[out->load_count++] = c_block(context, index, &place);
    }
    double inner = context->k_blocks / (double)steps;
    out->pipe_cycles = inner * block_cycles(context->arch, &context->core, gemm, blocks, place.mb,
                                            place.nb, kb / inner, context->footprint_bytes);
    double ideal =
        place.mb * place.nb * kb / context->core.macs_per_cycle / context->core.clock_ratio;
    out->cache_cycles =
        fmax(0.0, out->pipe_cycles -
                      inner * ts_cpu_macro_cycles(&context->core, place.mb, place.nb, kb / inner));
    out->overhead_cycles = fmax(0.0, out->pipe_cycles - out->cache_cycles - ideal);
}

void ts_cpu_blocks_phase(const struct ts_arch *arch, const struct ts_cpu_core *core,
                         const struct ts_cpu_gemm *gemm, const struct ts_cpu_blocks *blocks,
                         struct ts_arena *arena, struct ts_phase *phase)
{
    struct blocks_context *context = TS_NEW(arena, struct blocks_context);

    context->arch = arch;
    context->core = *core;
    context->gemm = *gemm;
    context->blocks = *blocks;
    context->footprint_bytes = footprint_of(core, gemm);
    context->b_stays = gemm->batch == 1 && blocks->blocks_n == 1 &&
                       (double)gemm->k * (double)gemm->n * core->b_bytes <= core->l2_bytes / 2.0;
    context->k_blocks = ceil((double)gemm->k / (double)core->kc);
    *phase = (struct ts_phase){0};
    phase->name = blocks->copy == TS_CPU_STREAMED ? "stream" : "gemm";
    phase->tiles = gemm->batch * blocks->blocks_m * blocks->blocks_n;
    phase->slots_per_unit = 1;
    phase->buffers = 2;
    phase->units_used = blocks->threads;
    phase->on_matrix_path = core->matrix;
    phase->launch_cycles =
        ts_cpu_call_cycles(arch) + ts_cpu_fork_cycles(arch, (double)blocks->threads);
    phase->tiles_per_period = (double)(blocks->blocks_n * blocks->threads);
    ts_cpu_gemm_counters(arch, core, gemm, blocks->block_m, blocks->block_n,
                         blocks->copy == TS_CPU_PACKED, &phase->counters);
    phase->context = context;
    phase->tile = blocks_tile;
    phase->step = blocks_step;
}
