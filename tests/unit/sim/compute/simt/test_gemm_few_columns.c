/* Products of few columns on Pascal. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *load(const char *name, const char *key, const char *value)
{
    return gemm_machine(name, key, value, &arena);
}

/* DeepBench, P100: 16 columns take 2.8 times the 187 us of 32. */
static void sixteen_columns_on_pascal_are_four_passes_over_the_matrix(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    for (int columns = 13; columns <= 17; columns++) {
        struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, 7681, columns, 2560);
        struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
        bool few = strcmp(plan.algorithm, "gemm_few_columns") == 0;
        CU_ASSERT_EQUAL(few, columns <= 16);
        if (few) {
            CU_ASSERT_EQUAL(plan.phase_count, 1);
            struct gemm_traffic traffic = gemm_walk(&plan.phases[0]);
            CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[0], 4.0 * 4.0 * 7681 * 2560, 64);
            CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[1], 4.0 * columns * 2560, 64);
            CU_ASSERT_DOUBLE_EQUAL(traffic.stored[2], 4.0 * columns * 7681, 64);
            CU_ASSERT_EQUAL(plan.phases[0].counters.macs, columns * 7681.0 * 2560);
        }
    }
    struct ts_kernel rows = gemm_kernel(TS_FP32, 1, 16, 7681, 2560);
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(arch, &rows, &arena).algorithm, "gemm_few_columns");
    struct ts_kernel columns = gemm_kernel(TS_FP32, 1, 7681, 16, 2560);
    const struct ts_arch *volta = load("gpu-v100-pcie", NULL, NULL);
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(volta, &columns, &arena).algorithm, "gemm_few_columns");
}

/* The library stores by columns: C[m][n] by rows has m of them. */
static void sixteen_rows_of_a_stated_layout_are_the_librarys_columns(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    struct ts_kernel rows = gemm_kernel(TS_FP32, 1, 16, 7681, 2560);
    struct ts_kernel columns = gemm_kernel(TS_FP32, 1, 7681, 16, 2560);
    rows.layout_is_open = columns.layout_is_open = false;
    struct ts_plan plan = gemm_plan_of(arch, &rows, &arena);
    CU_ASSERT_STRING_EQUAL(plan.algorithm, "gemm_few_columns");
    struct gemm_traffic traffic = gemm_walk(&plan.phases[0]);
    CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[1], 4.0 * 4.0 * 7681 * 2560, 64);
    CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[0], 4.0 * 16 * 2560, 64);
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(arch, &columns, &arena).algorithm, "gemm_few_columns");
    rows.a_is_transposed = true; /* its B, of 16 columns */
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(arch, &rows, &arena).algorithm, "gemm_few_columns");
    rows.a_is_transposed = false;
    arch = load("gpu-titan-x-pascal", NULL, NULL);
    CU_ASSERT_STRING_EQUAL(gemm_plan_of(arch, &rows, &arena).algorithm, "gemm_few_columns");
    rows.b_is_transposed = true; /* DeepBench: a third faster than with k not contiguous */
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(arch, &rows, &arena).algorithm, "gemm_few_columns");
    rows.layout_is_open = true;
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(arch, &rows, &arena).algorithm, "gemm_few_columns");
}

/* Only what the L2 keeps is asked of it again: the passes' remaining pieces go past it. */
static void passes_over_a_matrix_meet_a_part_of_it_in_the_cache(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, 3072, 16, 1024);
    struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
    const struct ts_phase *phase = &plan.phases[0];
    double cached = 0, past = 0;
    for (int64_t i = 0; i < phase->tiles; i++) {
        struct ts_tile_step step = {0}, first = {0};
        phase->step(phase->context, i, 0, &step);
        phase->step(phase->context, i % (phase->tiles / 4), 0, &first);
        for (int l = 0; l < step.load_count; l++) {
            CU_ASSERT_EQUAL(step.load[l].block, first.load[l].block);
            double bytes = step.load[l].rows * step.load[l].row_bytes;
            if (step.load[l].tensor == 0) {
                *(step.load[l].path == TS_PATH_BYPASS ? &past : &cached) += bytes;
            }
        }
    }
    double l2 = arch->memory.cache[ts_arch_shared_level(arch)].capacity_bytes;
    CU_ASSERT_TRUE(cached > 0 && cached < 4 * l2);
    CU_ASSERT_DOUBLE_EQUAL(cached + past, 4.0 * 4.0 * 3072 * 1024, 64);
}

static const struct test_case cases[] = {
    {"sixteen columns on Pascal are four passes over the matrix",
     sixteen_columns_on_pascal_are_four_passes_over_the_matrix},
    {"sixteen rows of a stated layout are the library's columns",
     sixteen_rows_of_a_stated_layout_are_the_librarys_columns},
    {"passes over a matrix meet a part of it in the cache",
     passes_over_a_matrix_meet_a_part_of_it_in_the_cache},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm_few_columns", cases);
    ts_arena_release(&arena);
    return status;
}
