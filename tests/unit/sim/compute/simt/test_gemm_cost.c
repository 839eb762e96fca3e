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

/* Cycles for each k of the block that a library multiplies m x n x k with: alone on its SM, or not.
 */
static double cycles_a_k(const struct ts_arch *arch, int64_t m, int64_t n, int64_t k, bool alone)
{
    struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, m, n, k);
    struct ts_simt_gemm_choice choice = gemm_choice_of(arch, &gemm);
    double step = alone ? choice.cost.step_latency_cycles : choice.cost.step_pipe_cycles;
    return step / choice.kernel.tile_k;
}

/* DeepBench: 140 to 180 ns a k on Titan X (Maxwell), 80 to 90 on the one of Pascal. */
static void a_lone_block_of_an_early_library_waits_for_itself(void)
{
    const struct ts_arch *maxwell = load("gpu-titan-x-maxwell", NULL, NULL);
    const struct ts_arch *pascal = load("gpu-titan-x-pascal", NULL, NULL);
    double ns = cycles_a_k(maxwell, 512, 16, 512, true) / maxwell->clock_hz * 1e9;
    CU_ASSERT_TRUE(ns > 140.0 && ns < 180.0);
    ns = cycles_a_k(pascal, 512, 16, 512, true) / pascal->clock_hz * 1e9;
    CU_ASSERT_TRUE(ns > 80.0 && ns < 90.0);
    pascal = load("gpu-titan-x-pascal", "compute.library", "cublas11");
    struct ts_simt_gemm large = gemm_of(pascal, TS_FP32, 1, 4096, 4096, 4096);
    struct ts_simt_gemm_cost cost = gemm_choice_of(pascal, &large).cost;
    CU_ASSERT_TRUE(cost.step_latency_cycles < 1.2 * cost.step_pipe_cycles);
}

/* DeepBench: a round of 32 rows takes Titan X (Maxwell) 30 to 34 ns a k at 1 GHz, P100 19 cycles.
 */
static void small_blocks_of_an_early_library_read_element_by_element(void)
{
    const struct ts_arch *maxwell = load("gpu-titan-x-maxwell", NULL, NULL);
    const struct ts_arch *p100 = load("gpu-p100-pcie", NULL, NULL);
    double cycles = cycles_a_k(maxwell, 2048, 32, 2048, false);
    CU_ASSERT_TRUE(cycles > 30.0 && cycles < 34.0);
    cycles = cycles_a_k(p100, 2048, 32, 2048, false);
    CU_ASSERT_TRUE(cycles > 17.0 && cycles < 20.0);
}

/* XLA, H100: 195 cycles a step of 64x64x64, of which 148 are arithmetic and barrier. */
static void a_lone_warp_group_waits_for_its_wgmma(void)
{
    const struct ts_arch *h100 = gemm_machine("gpu-h100-sxm", NULL, NULL, &arena);
    struct ts_simt_gemm gemm = gemm_of(h100, TS_BF16, 1, 512, 512, 2048);
    int count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(h100, &gemm, &count);
    int waiting = 0;
    for (int i = 0; i < count; i++) {
        struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(h100, &kernels[i], &gemm);
        double wait = cost.step_latency_cycles - cost.step_pipe_cycles;
        bool lone = kernels[i].warps == 8 && kernels[i].tile_m >= 64 && kernels[i].tile_n >= 64;
        CU_ASSERT_DOUBLE_EQUAL(wait, lone ? 47.0 : 0.0, 1e-9);
        waiting += lone;
        if (kernels[i].tile_m == 64 && kernels[i].tile_n == 64) {
            CU_ASSERT_DOUBLE_EQUAL(cost.step_latency_cycles, 195.0, 1.0);
        }
    }
    CU_ASSERT_TRUE(waiting > 0 && waiting < count);
}

static const struct test_case cases[] = {
    {"far rows cost TLB misses where the reach is short",
     far_rows_cost_tlb_misses_where_the_reach_is_short},
    {"occupancy is what registers, shared memory and threads allow",
     occupancy_is_what_registers_shared_memory_and_threads_allow},
    {"copies through registers wait for what the cache lost",
     copies_through_registers_wait_for_what_the_cache_lost},
    {"a lone block of an early library waits for itself",
     a_lone_block_of_an_early_library_waits_for_itself},
    {"small blocks of an early library read element by element",
     small_blocks_of_an_early_library_read_element_by_element},
    {"a lone warp group waits for its wgmma", a_lone_warp_group_waits_for_its_wgmma},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm_cost", cases);
    ts_arena_release(&arena);
    return status;
}
