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

/* DeepBench, V100: 325 cycles a step for 512x16x512, 550 for 4096x16x4096. */
static void copies_through_registers_wait_for_what_the_cache_lost(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    struct ts_simt_gemm small = gemm_of(v100, TS_FP16, 1, 512, 16, 512);
    struct ts_simt_gemm large = gemm_of(v100, TS_FP16, 1, 4096, 16, 4096);
    struct ts_simt_kernel kernel = gemm_choice_of(v100, &large).kernel;
    double kept = ts_simt_gemm_cost(v100, &kernel, &small).step_latency_cycles;
    double lost = ts_simt_gemm_cost(v100, &kernel, &large).step_latency_cycles;
    CU_ASSERT_TRUE(kept > 300.0 && kept < 400.0);
    CU_ASSERT_TRUE(lost > 500.0 && lost < 600.0);
    /* A wide block computes longer than that. */
    kernel.tile_m = kernel.tile_n = 256;
    struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(v100, &kernel, &large);
    CU_ASSERT_DOUBLE_EQUAL(cost.step_latency_cycles, cost.step_pipe_cycles, 0.0);
}

static const struct test_case cases[] = {
    {"far rows cost TLB misses where the reach is short",
     far_rows_cost_tlb_misses_where_the_reach_is_short},
    {"occupancy is what registers, shared memory and threads allow",
     occupancy_is_what_registers_shared_memory_and_threads_allow},
    {"copies through registers wait for what the cache lost",
     copies_through_registers_wait_for_what_the_cache_lost},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm_cost", cases);
    ts_arena_release(&arena);
    return status;
}
