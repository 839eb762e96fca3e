/* What a block of a GEMM kernel costs. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *load(const char *name, const char *key, const char *value)
{
    return gemm_machine(name, key, value, &arena);
}

static void far_rows_cost_tlb_misses_where_the_reach_is_short(void)
{
    const struct ts_arch *p100 = load("gpu-p100-pcie", NULL, NULL);
    const struct ts_arch *v100 = load("gpu-v100-pcie", NULL, NULL);
    struct ts_simt_gemm near = gemm_of(p100, TS_FP32, 1, 4096, 4096, 1024);
    struct ts_simt_gemm far = gemm_of(p100, TS_FP32, 1, 4096, 4096, 50272);
    int count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(p100, &near, &count);
    CU_ASSERT_TRUE_FATAL(count > 0);
    double near_cycles = ts_simt_gemm_cost(p100, &kernels[0], &near).step_pipe_cycles;
    double far_cycles = ts_simt_gemm_cost(p100, &kernels[0], &far).step_pipe_cycles;
    CU_ASSERT_TRUE(far_cycles > 2.0 * near_cycles);
    near_cycles = ts_simt_gemm_cost(v100, &kernels[0], &near).step_pipe_cycles;
    far_cycles = ts_simt_gemm_cost(v100, &kernels[0], &far).step_pipe_cycles;
    CU_ASSERT_DOUBLE_EQUAL(far_cycles, near_cycles, 0.0);
}

static void occupancy_is_what_registers_shared_memory_and_threads_allow(void)
{
    const struct ts_arch *arch = load("gpu-v100-pcie", NULL, NULL);
    struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, 1024, 1024, 1024);
    struct ts_simt_kernel kernel = {.path = TS_SIMT_CORES,
                                    .tile_m = 128,
                                    .tile_n = 128,
                                    .tile_k = 8,
                                    .warps = 8,
                                    .slices = 1,
                                    .thread_m = 8,
                                    .thread_n = 8,
                                    .registers = 128,
                                    .stages = 2};
    CU_ASSERT_EQUAL(ts_simt_gemm_cost(arch, &kernel, &gemm).blocks_per_unit, 2); /* registers */
    kernel.registers = 16;
    CU_ASSERT_EQUAL(ts_simt_gemm_cost(arch, &kernel, &gemm).blocks_per_unit, 6); /* shared memory */
    kernel.tile_k = 1;
    CU_ASSERT_EQUAL(ts_simt_gemm_cost(arch, &kernel, &gemm).blocks_per_unit, 8); /* threads */
    kernel.registers = 512;
    CU_ASSERT_FALSE(ts_simt_gemm_cost(arch, &kernel, &gemm).fits);
}

static const struct test_case cases[] = {
    {"far rows cost TLB misses where the reach is short",
     far_rows_cost_tlb_misses_where_the_reach_is_short},
    {"occupancy is what registers, shared memory and threads allow",
     occupancy_is_what_registers_shared_memory_and_threads_allow},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm_cost", cases);
    ts_arena_release(&arena);
    return status;
}
