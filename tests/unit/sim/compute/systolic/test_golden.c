/* The tile model against the golden model: every cell, every clock. */
#include "golden_support.h"

#include <CUnit/Basic.h>
#include <string.h>

static const enum ts_systolic_dataflow dataflows[] = {TS_SYSTOLIC_WS, TS_SYSTOLIC_OS,
                                                      TS_SYSTOLIC_IS};

/* Cycles of all folds as the family's plan states them, without memory. */
static double planned_cycles(struct ts_arch *arch, struct ts_systolic_params *params, int m, int n,
                             int k)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_kernel kernel = {.name = "gemm",
                               .op = "gemm",
                               .kind = TS_KERNEL_GEMM,
                               .precision = TS_INT8,
                               .batch = 1,
                               .m = m,
                               .n = n,
                               .k = k};
    kernel.a = kernel.b = kernel.c = (struct ts_operand){
        .tensor = -1, .precision = TS_INT8, .density = 1, .bits_per_element = 8};
    kernel.a.elements = (double)m * k;
    kernel.b.elements = (double)k * n;
    kernel.c.elements = (double)m * n;
    arch->params = params;
    struct ts_plan plan;
    double cycles = -1;
    if (ts_systolic_family.plan(arch, &kernel, 1, &arena, NULL, &plan)) {
        cycles = 0;
        const struct ts_phase *phase = &plan.phases[0];
        for (int64_t i = 0; i < phase->tiles; i++) {
            struct ts_tile tile;
            phase->tile(phase->context, i, &tile);
            for (int s = 0; s < tile.steps; s++) {
                struct ts_tile_step step;
                phase->step(phase->context, i, s, &step);
                cycles += step.pipe_cycles;
            }
        }
    }
    ts_arena_release(&arena);
    return cycles;
}

static void compare_shape(int m, int n, int k, int rows, int columns)
{
    struct golden_problem problem;
    struct ts_arch arch = {.name = "array", .units = 1, .clock_hz = 1e9};
    struct ts_systolic_params params = {.rows = rows, .columns = columns, .relative_rate = {0}};
    params.relative_rate[TS_INT8] = 1;
    golden_fill(&problem, m, n, k);
    for (int d = 0; d < 3; d++) {
        const double golden = (double)golden_run(&problem, dataflows[d], rows, columns);
        const struct ts_systolic_cost cost = ts_systolic_cost(dataflows[d], m, n, k, rows, columns);
        params.dataflow = (int)dataflows[d];
        const bool equal = golden == cost.folds * cost.cycles_per_fold &&
                           golden == planned_cycles(&arch, &params, m, n, k) &&
                           golden_is_right(&problem);
        if (!equal) {
            printf("m %d n %d k %d on %d x %d dataflow %d: golden %.0f, closed form %.0f\n", m, n,
                   k, rows, columns, d, golden, cost.folds * cost.cycles_per_fold);
            CU_FAIL("the models differ");
        }
    }
}

static void all_small_shapes_on_all_small_arrays(void)
{
    for (int rows = 1; rows <= 5; rows++) {
        for (int columns = 1; columns <= 4; columns++) {
            for (int m = 1; m <= 12; m++) {
                for (int n = 1; n <= 12; n++) {
                    for (int k = 1; k <= 12; k++) {
                        compare_shape(m, n, k, rows, columns);
                    }
                }
            }
        }
    }
    CU_PASS("equal");
}

static void an_awkward_shape_on_an_awkward_array(void)
{
    compare_shape(17, 23, 31, 7, 5);
    compare_shape(31, 1, 17, 3, 8);
    CU_PASS("equal");
}

static void a_wrong_product_is_noticed(void)
{
    struct golden_problem problem;
    golden_fill(&problem, 5, 4, 3);
    golden_run(&problem, TS_SYSTOLIC_WS, 2, 2);
    CU_ASSERT_TRUE(golden_is_right(&problem));
    problem.c[2][1] += 1;
    CU_ASSERT_FALSE(golden_is_right(&problem));
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("systolic golden model", NULL, NULL);
    CU_add_test(suite, "all shapes up to 12x12x12 take the tile model's cycles and multiply right",
                all_small_shapes_on_all_small_arrays);
    CU_add_test(suite, "awkward shapes on awkward arrays agree too",
                an_awkward_shape_on_an_awkward_array);
    CU_add_test(suite, "a wrong product is noticed", a_wrong_product_is_noticed);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
