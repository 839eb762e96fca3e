/* Products of tf32 on Hopper whose B lies [k][n]: wgmma can't read it there. */
#include "gemm_support.h"
#include "sim/compute/simt/simt_internal.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *hopper(void)
{
    return gemm_machine("gpu-h100-sxm", NULL, NULL, &arena);
}

static struct ts_simt_gemm product(int64_t batch, int64_t m, int64_t n, int64_t k)
{
    return gemm_product(TS_TF32, batch, m, n, k);
}

static struct ts_simt_gemm_choice choose(const struct ts_simt_gemm *gemm)
{
    return gemm_choice_of(hopper(), gemm);
}

static void k_contiguous_in_both_operands_needs_no_turning(void)
{
    struct ts_simt_gemm gemm = product(1, 4099, 4096, 4096);
    struct ts_simt_gemm_choice turned = choose(&gemm);
    CU_ASSERT_TRUE(ts_simt_turns_b(&turned.kernel, &gemm));
    gemm.b_is_transposed = true;
    struct ts_simt_gemm_choice plain = choose(&gemm);
    CU_ASSERT_EQUAL(plain.kernel.path, TS_SIMT_WGMMA);
    CU_ASSERT_FALSE(ts_simt_turns_b(&plain.kernel, &gemm));
    CU_ASSERT_TRUE(plain.estimated_cycles < turned.estimated_cycles);
}

/* XLA, H100: 2048x1024x4096 takes 53 us alone, two of half its size 95. */
static void small_batches_run_on_mma_sync_where_one_product_runs_on_wgmma(void)
{
    struct ts_simt_gemm lone = product(1, 2048, 1024, 4096), pair = product(2, 1024, 1024, 4096);
    struct ts_simt_gemm_choice one = choose(&lone), two = choose(&pair);
    CU_ASSERT_EQUAL(one.kernel.path, TS_SIMT_WGMMA);
    CU_ASSERT_EQUAL(two.kernel.path, TS_SIMT_MMA);
    double ratio = two.estimated_cycles / one.estimated_cycles;
    CU_ASSERT_TRUE(ratio > 1.4 && ratio < 2.0);
    struct ts_simt_gemm many = product(8, 1024, 1024, 4096);
    CU_ASSERT_EQUAL(choose(&many).kernel.path, TS_SIMT_WGMMA);
}

/* Slopes over k of the same table: 20 cycles for 128x128 of wgmma, 25 at least of mma.sync. */
static void a_turned_step_waits_for_b_to_come_to_registers(void)
{
    struct ts_simt_gemm gemm = product(1, 2048, 2048, 2048);
    int count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(hopper(), &gemm, &count);
    for (int i = 0; i < count; i++) {
        struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(hopper(), &kernels[i], &gemm);
        double tiles = kernels[i].tile_m * (double)kernels[i].tile_n / (128.0 * 128.0);
        double cycles_a_k = cost.step_pipe_cycles / kernels[i].tile_k / tiles;
        CU_ASSERT_TRUE(cost.fits);
        if (kernels[i].path == TS_SIMT_WGMMA) {
            CU_ASSERT_DOUBLE_EQUAL(cycles_a_k, 20.5, 0.5);
        } else {
            CU_ASSERT_TRUE(cycles_a_k > 25.0);
        }
    }
}

/* A large batch: one warp group multiplies while the other stores. */
static void of_storing_in_turns_only_what_outlasts_a_loop_shows(void)
{
    static const int64_t depths[] = {96, 256, 1024, 4099};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        struct ts_simt_gemm gemm = product(4, 2048, 2048, depths[i]);
        struct ts_simt_gemm_choice choice = choose(&gemm);
        const struct ts_simt_gemm_cost *cost = &choice.cost;
        if (!ts_simt_is_pingpong(hopper(), &choice.kernel, &gemm)) {
            CU_ASSERT_EQUAL(depths[i], 96); /* mma.sync stores sooner */
            CU_ASSERT_EQUAL(cost->drain_cycles, 0);
            continue;
        }
        double loop = ceil((double)depths[i] / choice.kernel.tile_k) * cost->step_pipe_cycles;
        double storing = cost->epilogue_cycles + cost->drain_cycles;
        CU_ASSERT_EQUAL(choice.kernel.tile_n, 128);
        CU_ASSERT_EQUAL(cost->blocks_per_unit, 2);
        CU_ASSERT_EQUAL(cost->epilogue_cycles > 0, loop < storing);
        /* Two tiles a group's loop and storing, or their two loops. */
        CU_ASSERT_DOUBLE_EQUAL(2 * (loop + cost->epilogue_cycles), fmax(2 * loop, loop + storing),
                               1e-6);
    }
}

/* Slopes over k of 1024 tiles and more: 24 cycles, where two groups on one tile take 20. */
static void a_warp_group_alone_with_its_tile_waits_for_shared_memory(void)
{
    struct ts_simt_gemm lone = product(1, 4096, 4096, 2048), batch = product(4, 2048, 2048, 2048);
    struct ts_simt_gemm_choice choice = choose(&batch);
    struct ts_simt_gemm_cost alone = ts_simt_gemm_cost(hopper(), &choice.kernel, &lone);
    double cycles_a_k = choice.cost.step_pipe_cycles / choice.kernel.tile_k;
    CU_ASSERT_DOUBLE_EQUAL(cycles_a_k, 24.2, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(alone.step_pipe_cycles / choice.kernel.tile_k, 20.6, 0.1);
    CU_ASSERT_EQUAL(alone.drain_cycles, 0);
}

/* XLA, H100: 128 tiles take 5.5 us of storing whether one group has nothing to do or a turn less.
 */
static void a_tile_of_one_group_is_stored_by_its_four_warps(void)
{
    struct ts_simt_gemm lone = product(1, 2048, 1024, 1024), batch = product(4, 2048, 2048, 1024);
    struct ts_simt_gemm_choice one = choose(&lone), many = choose(&batch);
    CU_ASSERT_TRUE(ts_simt_has_group_a_tile(&one.kernel, &lone));
    CU_ASSERT_FALSE(ts_simt_is_pingpong(hopper(), &one.kernel, &lone));
    CU_ASSERT_EQUAL(one.cost.epilogue_cycles, many.cost.epilogue_cycles + many.cost.drain_cycles);
    /* Two groups store a tile twice as wide in the same time. */
    struct ts_simt_gemm wide = product(1, 2048, 2048, 1024);
    struct ts_simt_gemm_choice shared = choose(&wide);
    CU_ASSERT_FALSE(ts_simt_has_group_a_tile(&shared.kernel, &wide));
    CU_ASSERT_EQUAL(shared.cost.epilogue_cycles, one.cost.epilogue_cycles);
}

/* The phase ends when the last tile is stored. */
static void the_last_tile_of_a_batch_is_stored_in_view(void)
{
    struct ts_simt_gemm gemm = product(4, 2050, 2044, 1024);
    struct ts_simt_gemm_choice choice = choose(&gemm);
    struct ts_plan plan = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_gemm_phases(hopper(), &gemm, &choice, &arena, &plan));
    CU_ASSERT_TRUE(choice.cost.drain_cycles > 0);
    CU_ASSERT_EQUAL(plan.phases[0].finish_cycles, choice.cost.drain_cycles);
    CU_ASSERT_EQUAL(plan.phases[0].slots_per_unit, 2);
}

static void the_second_of_two_groups_begins_half_a_loop_after_the_first(void)
{
    struct ts_simt_gemm gemm = product(4, 2050, 2044, 1024);
    struct ts_simt_gemm_choice choice = choose(&gemm);
    struct ts_plan plan = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_gemm_phases(hopper(), &gemm, &choice, &arena, &plan));
    const struct ts_phase *phase = &plan.phases[0];
    int64_t units = hopper()->units;
    struct ts_tile first = {0}, second = {0}, later = {0};
    phase->tile(phase->context, units - 1, &first);
    phase->tile(phase->context, units, &second);
    phase->tile(phase->context, 2 * units, &later);
    double loop = 1024.0 / choice.kernel.tile_k * choice.cost.step_pipe_cycles;
    CU_ASSERT_DOUBLE_EQUAL(second.prologue_cycles - first.prologue_cycles, loop / 2, 1e-6);
    CU_ASSERT_TRUE(later.prologue_cycles < first.prologue_cycles);
}

static void only_few_tiles_of_a_long_k_are_split(void)
{
    static const struct {
        int64_t batch, m, n, k;
        bool split;
    } cases[] = {
        {1, 512, 256, 2048, true},   {1, 512, 512, 4096, true},    {2, 256, 256, 2048, true},
        {1, 512, 512, 2047, false},  {1, 1024, 512, 4096, false},  {2, 512, 512, 4096, false},
        {4, 256, 1024, 4096, false}, {1, 2048, 1024, 4096, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_simt_gemm gemm = product(cases[i].batch, cases[i].m, cases[i].n, cases[i].k);
        CU_ASSERT_EQUAL(choose(&gemm).split_k > 1, cases[i].split);
    }
}

/* The parts add into C: one kernel, and no sums beside it. */
static void the_parts_of_a_split_add_into_c(void)
{
    struct ts_simt_gemm gemm = product(1, 250, 508, 4096);
    struct ts_simt_gemm_choice choice = choose(&gemm);
    struct ts_plan plan = {0};
    CU_ASSERT_TRUE_FATAL(choice.split_k > 1);
    CU_ASSERT_TRUE_FATAL(ts_simt_gemm_phases(hopper(), &gemm, &choice, &arena, &plan));
    CU_ASSERT_EQUAL(plan.phase_count, 1);
    CU_ASSERT_EQUAL(choice.cost.epilogue_cycles, ts_simt_adding_cycles(&choice.kernel, &gemm));
    const struct ts_phase *phase = &plan.phases[0];
    int64_t tiles = phase->tiles / choice.split_k;
    double stored = 0;
    for (int64_t i = 0; i < phase->tiles; i++) {
        struct ts_tile tile = {0}, first = {0};
        phase->tile(phase->context, i, &tile);
        phase->tile(phase->context, i % tiles, &first);
        CU_ASSERT_EQUAL(tile.store[0].tensor, 2);
        CU_ASSERT_EQUAL(tile.store[0].block, first.store[0].block);
        stored += tile.store[0].rows * tile.store[0].row_bytes;
    }
    CU_ASSERT_DOUBLE_EQUAL(stored, 4.0 * 250 * 508 * choice.split_k, 1.0);
}

static const struct test_case cases[] = {
    {"k contiguous in both operands needs no turning",
     k_contiguous_in_both_operands_needs_no_turning},
    {"small batches run on mma.sync where one product runs on wgmma",
     small_batches_run_on_mma_sync_where_one_product_runs_on_wgmma},
    {"a turned step waits for B to come to registers",
     a_turned_step_waits_for_b_to_come_to_registers},
    {"of storing in turns only what outlasts a loop shows",
     of_storing_in_turns_only_what_outlasts_a_loop_shows},
    {"a warp group alone with its tile waits for shared memory",
     a_warp_group_alone_with_its_tile_waits_for_shared_memory},
    {"a tile of one group is stored by its four warps",
     a_tile_of_one_group_is_stored_by_its_four_warps},
    {"the second of two groups begins half a loop after the first",
     the_second_of_two_groups_begins_half_a_loop_after_the_first},
    {"the last tile of a batch is stored in view", the_last_tile_of_a_batch_is_stored_in_view},
    {"only few tiles of a long k are split", only_few_tiles_of_a_long_k_are_split},
    {"the parts of a split add into C", the_parts_of_a_split_add_into_c},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm turned", cases);
    ts_arena_release(&arena);
    return status;
}
