/* GEMM on GPUs: what a plan asks of units and memory. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *load(const char *name, const char *key, const char *value)
{
    return gemm_machine(name, key, value, &arena);
}

static void every_gpu_plans_awkward_shapes_in_every_precision(void)
{
    for (int g = 0; g < GEMM_GPUS; g++) {
        const struct ts_arch *arch = load(gemm_gpus[g], NULL, NULL);
        for (int p = 0; p < TS_PRECISION_COUNT; p++) {
            if (!ts_arch_supports(arch, (enum ts_precision)p)) {
                continue;
            }
            struct ts_kernel kernel = gemm_kernel((enum ts_precision)p, 3, 17, 23, 31);
            struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
            struct gemm_traffic traffic = gemm_walk(&plan.phases[0]);
            CU_ASSERT_TRUE(plan.executed_macs >= kernel.macs);
            CU_ASSERT_TRUE(traffic.parts_fit);
        }
    }
}

static void blocks_read_their_operands_once_a_tile_and_store_the_product_once(void)
{
    const struct ts_arch *arch = load("gpu-v100-pcie", NULL, NULL);
    int64_t m = 1700, n = 2300, k = 311;
    struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, m, n, k);
    struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, m, n, k);
    struct ts_simt_gemm_choice choice = gemm_choice_of(arch, &gemm);
    CU_ASSERT_EQUAL_FATAL(choice.split_k, 1);
    struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
    struct gemm_traffic traffic = gemm_walk(&plan.phases[0]);
    double columns = ceil((double)n / choice.kernel.tile_n);
    double rows = ceil((double)m / choice.kernel.tile_m);
    CU_ASSERT_EQUAL(plan.phases[0].tiles, (int64_t)(rows * columns));
    CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[0], columns * (double)(m * k) * 4.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[1], rows * (double)(k * n) * 4.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(traffic.stored[2], (double)(m * n) * 4.0, 1.0);
}

static void a_split_k_writes_partial_sums_and_a_second_phase_adds_them(void)
{
    const struct ts_arch *arch = load("gpu-v100-pcie", NULL, NULL);
    int64_t m = 170, n = 230, k = 31000;
    struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, m, n, k);
    struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, m, n, k);
    struct ts_simt_gemm_choice choice = gemm_choice_of(arch, &gemm);
    CU_ASSERT_TRUE_FATAL(choice.split_k > 1);
    struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
    CU_ASSERT_EQUAL_FATAL(plan.phase_count, 2);
    struct gemm_traffic first = gemm_walk(&plan.phases[0]);
    struct gemm_traffic second = gemm_walk(&plan.phases[1]);
    double partial = (double)(m * n) * 4.0 * choice.split_k;
    CU_ASSERT_DOUBLE_EQUAL(first.stored[2], 0.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(first.scratch_stored, partial, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(second.scratch_loaded, partial, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(second.stored[2], (double)(m * n) * 4.0, 1.0);
}

/* Blocks of one row of tiles name the same pieces of A, blocks of another row others. */
static void pieces_are_shared_along_rows_and_columns_of_tiles(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, 700, 900, 310);
    struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
    const struct ts_phase *phase = &plan.phases[0];
    struct ts_tile_step first = {0}, right = {0}, last = {0};
    phase->step(phase->context, 0, 1, &first);
    phase->step(phase->context, 1, 1, &right);
    phase->step(phase->context, phase->tiles - 1, 1, &last);
    CU_ASSERT_EQUAL(first.load[0].block, right.load[0].block);
    CU_ASSERT_NOT_EQUAL(first.load[1].block, right.load[1].block);
    CU_ASSERT_NOT_EQUAL(first.load[0].block, last.load[0].block);
    CU_ASSERT_NOT_EQUAL(first.load[1].block, last.load[1].block);
}

/* Of 128 rows of an operand, by layout, in the last step of a block. */
static struct ts_tile_load last_load(const char *gpu, int64_t k, bool open, int operand_of,
                                     bool transposed)
{
    const struct ts_arch *arch = load(gpu, NULL, NULL);
    struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, 7680, 24000, k);
    kernel.layout_is_open = open;
    kernel.a_is_transposed = operand_of == 0 && transposed;
    kernel.b_is_transposed = operand_of == 1 && transposed;
    struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
    struct ts_tile tile = {0};
    struct ts_tile_step step = {0};
    plan.phases[0].tile(plan.phases[0].context, 0, &tile);
    plan.phases[0].step(plan.phases[0].context, 0, tile.steps - 1, &step);
    return step.load[operand_of];
}

/* B's columns fill the wave: each 64-byte piece of a row finds its page closed. A's one tile of
 * rows finds about half of the 192 pages of 12 channels still open. */
static void operands_with_k_contiguous_come_in_short_rows_a_pitch_apart(void)
{
    struct ts_tile_load b = last_load("gpu-titan-x-pascal", 2560, false, 1, true);
    CU_ASSERT_DOUBLE_EQUAL(b.row_bytes, 64.0, 0.5);
    CU_ASSERT_EQUAL(b.pitch_bytes, 2560 * 4);
    CU_ASSERT_DOUBLE_EQUAL(b.rows * b.row_bytes, 128 * 512 * 4, 1.0);
    struct ts_tile_load a = last_load("gpu-titan-x-pascal", 2560, false, 0, false);
    CU_ASSERT_TRUE(a.row_bytes > 96.0 && a.row_bytes < 192.0);
    CU_ASSERT_EQUAL(a.pitch_bytes, 2560 * 4);
}

static void other_operands_come_whole(void)
{
    CU_ASSERT_EQUAL(last_load("gpu-titan-x-pascal", 2560, false, 0, true).rows, 1);
    CU_ASSERT_TRUE(last_load("gpu-titan-x-pascal", 2560, false, 1, false).row_bytes >= 512.0);
    CU_ASSERT_EQUAL(last_load("gpu-v100-sxm2", 2560, true, 0, false).rows, 1);
    CU_ASSERT_EQUAL(last_load("gpu-a100-sxm-80gb", 2560, false, 0, false).rows, 1);
}

static double longest_row_bytes(const struct ts_plan *plan, int operand)
{
    struct ts_tile_step step = {0};
    plan->phases[0].step(plan->phases[0].context, 0, 0, &step);
    return step.load[operand].row_bytes;
}

/* DeepBench, two Titan X: 8448x16x2816 and 35x8457x1760 read at a third of what STREAM does, in the
 * pieces of sgemm_32x32x32. */
static void early_libraries_scatter_the_long_operand_of_skinny_products(void)
{
    static const char *const boards[] = {"gpu-titan-x-maxwell", "gpu-titan-x-pascal"};
    struct ts_kernel columns = gemm_kernel(TS_FP32, 1, 8448, 16, 2816);
    struct ts_kernel rows = gemm_kernel(TS_FP32, 1, 35, 8457, 1760);
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        const struct ts_arch *arch = load(boards[i], NULL, NULL);
        struct ts_plan plan = gemm_plan_of(arch, &columns, &arena);
        CU_ASSERT_DOUBLE_EQUAL(longest_row_bytes(&plan, 0), 128, 8);
        plan = gemm_plan_of(arch, &rows, &arena);
        CU_ASSERT_DOUBLE_EQUAL(longest_row_bytes(&plan, 1), 128, 8);
    }
}

/* Later libraries read B of few rows a step of k at a time, A whole. */
static void few_rows_walk_along_b_unless_its_layout_is_stated(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    struct ts_kernel rows = gemm_kernel(TS_FP16, 1, 35, 8457, 2560);
    struct ts_plan plan = gemm_plan_of(v100, &rows, &arena);
    CU_ASSERT_DOUBLE_EQUAL(longest_row_bytes(&plan, 1), 64, 4);
    CU_ASSERT_TRUE(longest_row_bytes(&plan, 0) > 200);
    rows.layout_is_open = false;
    plan = gemm_plan_of(v100, &rows, &arena);
    CU_ASSERT_TRUE(longest_row_bytes(&plan, 1) > 200);
    rows.layout_is_open = true;
    plan = gemm_plan_of(load("gpu-a100-sxm-80gb", NULL, NULL), &rows, &arena);
    CU_ASSERT_TRUE(longest_row_bytes(&plan, 1) > 200);
}

static void a_precision_without_a_path_is_refused(void)
{
    const struct ts_arch *arch = load("gpu-v100-pcie", NULL, NULL);
    struct ts_kernel kernel = gemm_kernel(TS_INT4, 1, 17, 23, 31);
    struct ts_diagnostics diagnostics;
    struct ts_plan plan = {0};
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_FALSE(ts_simt_plan_gemm(arch, &kernel, &arena, &diagnostics, &plan));
    CU_ASSERT_EQUAL_FATAL(diagnostics.kept, 1);
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_PRECISION);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].message, "int4"));
    ts_diagnostics_release(&diagnostics);
}

static void a_machine_without_shared_memory_is_refused(void)
{
    struct ts_arch arch = *load("gpu-v100-pcie", NULL, NULL);
    struct ts_diagnostics diagnostics;
    arch.memory.cache[0].shared = true;
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_FALSE(ts_simt_family.check(&arch, arch.params, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.kept, 1);
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_MISSING_KEY);
    ts_diagnostics_release(&diagnostics);
}

static void a_full_plan_takes_no_more_phases(void)
{
    const struct ts_arch *arch = load("gpu-v100-pcie", NULL, NULL);
    struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, 170, 230, 310);
    struct ts_simt_gemm_choice choice = gemm_choice_of(arch, &gemm);
    struct ts_plan plan = {.phase_count = TS_MAX_PHASES};
    CU_ASSERT_FALSE(ts_simt_gemm_phases(arch, &gemm, &choice, &arena, &plan));
    CU_ASSERT_EQUAL(plan.phase_count, TS_MAX_PHASES);
}

/* Hopper's blocks stay; before it, and for lone turned products, every tile is a block. */
static void a_block_that_stays_starts_its_next_tile_sooner(void)
{
    static const struct {
        const char *gpu;
        enum ts_precision precision;
        bool stays;
    } rows[] = {{"gpu-h100-sxm", TS_BF16, true},
                {"gpu-h100-sxm", TS_TF32, false},
                {"gpu-a100-sxm-80gb", TS_BF16, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct ts_arch *arch = load(rows[i].gpu, NULL, NULL);
        struct ts_simt_gemm gemm = gemm_product(rows[i].precision, 1, 4096, 4096, 1024);
        gemm.a_bytes = gemm.b_bytes = gemm.c_bytes = rows[i].precision == TS_TF32 ? 4.0 : 2.0;
        struct ts_simt_gemm_choice choice = gemm_choice_of(arch, &gemm);
        struct ts_plan plan = {0};
        CU_ASSERT_TRUE_FATAL(ts_simt_gemm_phases(arch, &gemm, &choice, &arena, &plan));
        const struct ts_phase *phase = &plan.phases[0];
        int64_t resident = arch->units * phase->slots_per_unit;
        CU_ASSERT_TRUE_FATAL(phase->tiles > resident);
        struct ts_tile first = {0}, next = {0};
        phase->tile(phase->context, resident - 1, &first);
        phase->tile(phase->context, resident, &next);
        CU_ASSERT_EQUAL(next.prologue_cycles < first.prologue_cycles, rows[i].stays);
    }
}

static const struct test_case cases[] = {
    {"every GPU plans awkward shapes in every precision",
     every_gpu_plans_awkward_shapes_in_every_precision},
    {"blocks read their operands once a tile and store the product once",
     blocks_read_their_operands_once_a_tile_and_store_the_product_once},
    {"a split k writes partial sums and a second phase adds them",
     a_split_k_writes_partial_sums_and_a_second_phase_adds_them},
    {"pieces are shared along rows and columns of tiles",
     pieces_are_shared_along_rows_and_columns_of_tiles},
    {"operands with k contiguous come in short rows a pitch apart",
     operands_with_k_contiguous_come_in_short_rows_a_pitch_apart},
    {"other operands come whole", other_operands_come_whole},
    {"early libraries scatter the long operand of skinny products",
     early_libraries_scatter_the_long_operand_of_skinny_products},
    {"few rows walk along B unless its layout is stated",
     few_rows_walk_along_b_unless_its_layout_is_stated},
    {"a precision without a path is refused", a_precision_without_a_path_is_refused},
    {"a machine without shared memory is refused", a_machine_without_shared_memory_is_refused},
    {"a full plan takes no more phases", a_full_plan_takes_no_more_phases},
    {"a block that stays starts its next tile sooner",
     a_block_that_stays_starts_its_next_tile_sooner},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm", cases);
    ts_arena_release(&arena);
    return status;
}
