/* A product with a vector. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *load(const char *name, const char *key, const char *value)
{
    return gemm_machine(name, key, value, &arena);
}

/* Han et al., ISCA 2016, table IV: 4096 x 4096 and 9216 x 4096 of fp32 take 243.0 and 541.5 us on
 * this board; a tile of a product would be empty but for one row. */
static void a_vector_times_a_matrix_is_one_pass_over_the_matrix(void)
{
    const struct ts_arch *arch = load("gpu-titan-x-maxwell", NULL, NULL);
    for (int side = 0; side < 2; side++) {
        struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, side ? 4099 : 1, side ? 1 : 4099, 4096);
        struct ts_plan plan = gemm_plan_of(arch, &kernel, &arena);
        CU_ASSERT_STRING_EQUAL(plan.algorithm, "gemv");
        CU_ASSERT_EQUAL(plan.phase_count, 1);
        struct gemm_traffic traffic = gemm_walk(&plan.phases[0]);
        CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[side ? 0 : 1], 4.0 * 4099 * 4096, 1);
        CU_ASSERT_DOUBLE_EQUAL(traffic.stored[2], 4.0 * 4099, 1);
        CU_ASSERT_EQUAL(plan.phases[0].counters.macs, 4099.0 * 4096);
    }
    struct ts_kernel row = gemm_kernel(TS_FP32, 1, 2, 4099, 4096);
    CU_ASSERT_STRING_NOT_EQUAL(gemm_plan_of(arch, &row, &arena).algorithm, "gemv");
}

static const struct test_case cases[] = {
    {"a vector times a matrix is one pass over the matrix",
     a_vector_times_a_matrix_is_one_pass_over_the_matrix},
};

int main(void)
{
    int status = RUN_SUITE("simt gemv", cases);
    ts_arena_release(&arena);
    return status;
}
