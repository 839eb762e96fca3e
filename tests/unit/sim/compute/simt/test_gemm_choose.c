/* Which tile and split of k a library launches. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *load(const char *name, const char *key, const char *value)
{
    return gemm_machine(name, key, value, &arena);
}

static void libraries_pick_the_kernels_that_traces_recorded(void)
{
    const struct ts_arch *v100 = load("gpu-v100-pcie", NULL, NULL);
    const struct ts_arch *a100 = load("gpu-a100-pcie-80gb", NULL, NULL);
    struct ts_simt_gemm batched = gemm_of(v100, TS_FP32, 699, 656, 548, 432);
    struct ts_simt_gemm_choice choice = gemm_choice_of(v100, &batched);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n <= 64 * 64);
    choice = gemm_choice_of(a100, &batched);
    CU_ASSERT_EQUAL(choice.kernel.tile_m, 128);
    CU_ASSERT_EQUAL(choice.kernel.tile_n, 128);
    struct ts_simt_gemm deep = gemm_of(a100, TS_FP32, 1, 8192, 2048, 65536);
    CU_ASSERT_EQUAL(gemm_choice_of(a100, &deep).kernel.slices, 4);
    struct ts_simt_gemm few = gemm_of(v100, TS_FP32, 1, 429, 483, 5392);
    CU_ASSERT_TRUE(gemm_choice_of(v100, &few).split_k > 1);
    struct ts_simt_gemm skinny = gemm_of(v100, TS_FP32, 1, 907, 17, 853);
    CU_ASSERT_EQUAL(gemm_choice_of(v100, &skinny).kernel.slices, 4);
}

static bool same_kernel(const struct ts_simt_gemm_choice *a, const struct ts_simt_gemm_choice *b)
{
    return a->kernel.tile_m == b->kernel.tile_m && a->kernel.tile_n == b->kernel.tile_n &&
           a->split_k == b->split_k;
}

/* At 300 MHz of 1590 memory is five times as fast, seen from the cores. */
static void a_library_knows_no_power_limit(void)
{
    const int64_t shapes[][4] = {{384, 512, 512, 64}, {1, 4096, 64, 4096}, {1, 1000, 1760, 32}};
    for (int i = 0; i < GEMM_GPUS; i++) {
        const struct ts_arch *rated = load(gemm_gpus[i], NULL, NULL);
        const struct ts_arch held = ts_arch_at_clock(rated, rated->clock_hz * 0.2);
        const struct ts_arch again = ts_arch_at_clock(&held, rated->clock_hz * 0.5);
        CU_ASSERT_EQUAL(ts_arch_rated_clock_hz(&again), rated->clock_hz);
        for (int s = 0; s < 3; s++) {
            struct ts_simt_gemm gemm =
                gemm_of(rated, TS_FP16, shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3]);
            struct ts_simt_gemm_choice free = gemm_choice_of(rated, &gemm);
            struct ts_simt_gemm_choice limited = gemm_choice_of(&held, &gemm);
            CU_ASSERT_TRUE(same_kernel(&free, &limited));
            CU_ASSERT_TRUE(limited.estimated_cycles < free.estimated_cycles * 1.001);
        }
    }
}

/* 230 MB of C bound it whatever the tile. */
static void large_tiles_run_what_the_memory_bounds(void)
{
    const struct ts_arch *l4 = load("gpu-l4", NULL, NULL);
    struct ts_simt_gemm gemm = gemm_of(l4, TS_FP16, 1, 16384, 7168, 256);
    struct ts_simt_gemm_choice choice = gemm_choice_of(l4, &gemm);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n >= 128 * 128);
}

static void early_libraries_have_no_small_tiles_for_few_columns(void)
{
    const struct ts_arch *maxwell = load("gpu-titan-x-maxwell", NULL, NULL);
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    const struct ts_arch *a100 = load("gpu-a100-sxm-80gb", NULL, NULL);
    struct ts_simt_gemm single = gemm_of(maxwell, TS_FP32, 1, 512, 16, 512);
    struct ts_simt_gemm_choice choice = gemm_choice_of(maxwell, &single);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n >= 128 * 64);
    single = gemm_of(maxwell, TS_FP32, 1, 1760, 64, 1760);
    choice = gemm_choice_of(maxwell, &single);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n >= 128 * 64);
    struct ts_simt_gemm half = gemm_of(v100, TS_FP16, 1, 4096, 16, 4096);
    choice = gemm_choice_of(v100, &half);
    CU_ASSERT_TRUE(choice.kernel.tile_n >= 64);
    CU_ASSERT_EQUAL(choice.kernel.tile_k, 32);
    CU_ASSERT_TRUE(gemm_choice_of(a100, &half).kernel.tile_n < 64);
}

/* NeuSight's traces: sgemm_nn in 64x64, 128x32 and 32x128 alone; DeepBench ran cuBLAS 10. */
static void volta_reads_b_by_rows_in_small_tiles(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    const struct ts_arch *later = load("gpu-v100-sxm2", "compute.library", "cublas11");
    struct ts_simt_gemm rows = gemm_product(TS_FP32, 1, 7000, 2560, 2560);
    CU_ASSERT_FALSE(rows.layout_is_open || rows.b_is_transposed);
    struct ts_simt_gemm_choice choice = gemm_choice_of(later, &rows);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n <= 64 * 64);
    rows.b_is_transposed = true;
    choice = gemm_choice_of(later, &rows);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n > 64 * 64);
    rows.layout_is_open = true;
    choice = gemm_choice_of(later, &rows);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n > 64 * 64);
    choice = gemm_choice_of(v100, &rows);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n <= 64 * 64);
}

/* Whichever side is the long one. */
static void few_tiles_take_sliced_kernels_on_volta(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    const int64_t sides[][2] = {{2048, 16}, {16, 2048}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct ts_simt_gemm few = gemm_of(v100, TS_FP32, 1, sides[i][0], sides[i][1], 2048);
        struct ts_simt_kernel kernel = gemm_choice_of(v100, &few).kernel;
        CU_ASSERT_EQUAL(kernel.slices, 4);
        CU_ASSERT_EQUAL(kernel.tile_m * kernel.tile_n, 32 * 32);
    }
    struct ts_simt_gemm more = gemm_of(v100, TS_FP32, 1, 4096, 16, 4096);
    struct ts_simt_kernel kernel = gemm_choice_of(v100, &more).kernel;
    CU_ASSERT_EQUAL(kernel.slices, 4);
    CU_ASSERT_EQUAL(kernel.tile_m * kernel.tile_n, 128 * 32);
}

/* DeepBench, V100: 128 columns take what one 128x64 block takes, 64 what 64x64 does. */
static void early_matrix_kernels_are_square_for_few_columns_alone(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    struct ts_simt_gemm gemm = gemm_of(v100, TS_FP16, 1, 2048, 64, 2048);
    struct ts_simt_gemm_choice choice = gemm_choice_of(v100, &gemm);
    CU_ASSERT_EQUAL(choice.kernel.tile_m * choice.kernel.tile_n, 64 * 64);
    gemm = gemm_of(v100, TS_FP16, 1, 2048, 128, 2048);
    choice = gemm_choice_of(v100, &gemm);
    CU_ASSERT_EQUAL(choice.kernel.tile_m * choice.kernel.tile_n, 128 * 64);
}

/* DeepBench, V100: from 512 to 4096 of k the time grows with it, whatever there is to gain. */
static void early_matrix_kernels_split_only_a_long_k(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    const struct ts_arch *a100 = load("gpu-a100-sxm-80gb", NULL, NULL);
    struct ts_simt_gemm half = gemm_of(v100, TS_FP16, 1, 512, 64, 4096);
    struct ts_simt_gemm_choice choice = gemm_choice_of(v100, &half);
    CU_ASSERT_EQUAL(choice.split_k, 1);
    CU_ASSERT_EQUAL(choice.kernel.tile_m, 64);
    CU_ASSERT_EQUAL(choice.kernel.tile_n, 64);
    CU_ASSERT_TRUE(gemm_choice_of(a100, &half).split_k > 1);
    half.k = 500000;
    CU_ASSERT_TRUE(gemm_choice_of(v100, &half).split_k > 1);
}

static bool takes_one_round_of_small_blocks(const struct ts_arch *arch,
                                            const struct ts_simt_gemm *gemm)
{
    struct ts_simt_gemm_choice choice = gemm_choice_of(arch, gemm);
    return choice.kernel.tile_m == 32 && choice.kernel.tile_n == 32 && choice.split_k == 1;
}

/* DeepBench: both Titan X from k = 1536 on, P100 whatever k. What is stated lies by rows. */
static void few_columns_run_in_small_blocks_up_to_pascal(void)
{
    static const char *const boards[] = {"gpu-titan-x-maxwell", "gpu-titan-x-pascal",
                                         "gpu-p100-pcie"};
    for (size_t i = 0; i < sizeof boards / sizeof *boards; i++) {
        const struct ts_arch *arch = load(boards[i], NULL, NULL);
        struct ts_simt_gemm columns = gemm_of(arch, TS_FP32, 1, 8448, 32, 2816);
        struct ts_simt_gemm rows = gemm_product(TS_FP32, 1, 32, 1760, 1760);
        struct ts_simt_gemm more = gemm_of(arch, TS_FP32, 1, 8448, 33, 2816);
        struct ts_simt_gemm brief = gemm_of(arch, TS_FP32, 1, 3072, 32, 1024);
        CU_ASSERT_TRUE(takes_one_round_of_small_blocks(arch, &columns));
        CU_ASSERT_TRUE(takes_one_round_of_small_blocks(arch, &rows));
        CU_ASSERT_FALSE(takes_one_round_of_small_blocks(arch, &more));
        CU_ASSERT_EQUAL(takes_one_round_of_small_blocks(arch, &brief), i == 2);
    }
}

/* XLA, H100: 8 and 16 tiles of bf16 take 1.5 ns a k up to 4096, lone and batched. */
static void hopper_splits_no_moderate_k(void)
{
    const struct ts_arch *h100 = load("gpu-h100-sxm", NULL, NULL);
    struct ts_simt_gemm few = gemm_of(h100, TS_BF16, 1, 256, 512, 4096);
    CU_ASSERT_EQUAL(gemm_choice_of(h100, &few).split_k, 1);
    few.k = 65536;
    CU_ASSERT_TRUE(gemm_choice_of(h100, &few).split_k > 1);
}

/* DeepBench: both Titan X; later libraries fill the machine with parts. */
static void early_libraries_cut_a_long_k_in_eight_at_most(void)
{
    const char *const early[] = {"gpu-titan-x-maxwell", "gpu-titan-x-pascal"};
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        const struct ts_arch *arch = load(early[i], NULL, NULL);
        struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, 512, 16, 500000);
        CU_ASSERT_EQUAL(gemm_choice_of(arch, &gemm).split_k, 8);
        gemm = gemm_of(arch, TS_FP32, 1, 512, 16, 4096);
        CU_ASSERT_EQUAL(gemm_choice_of(arch, &gemm).split_k, 1);
        arch = load(early[i], "compute.library", "cublas11");
        gemm = gemm_of(arch, TS_FP32, 1, 128, 32, 500000);
        CU_ASSERT_TRUE(gemm_choice_of(arch, &gemm).split_k > 8);
    }
}

static void hopper_keeps_narrow_tiles_for_narrow_products(void)
{
    const struct ts_arch *arch = load("gpu-h100-sxm", NULL, NULL);
    struct ts_simt_gemm wide = gemm_of(arch, TS_BF16, 1, 256, 256, 2048);
    struct ts_simt_gemm_choice choice = gemm_choice_of(arch, &wide);
    CU_ASSERT_TRUE(choice.kernel.tile_m >= 64 && choice.kernel.tile_n >= 64);
    struct ts_simt_gemm rows = gemm_of(arch, TS_BF16, 1, 8, 4096, 4096);
    choice = gemm_choice_of(arch, &rows);
    CU_ASSERT_TRUE(choice.kernel.tile_m < 64 || choice.kernel.tile_n < 64);
}

static const int64_t shapes[][4] = {
    {1, 1, 4096, 4096},   {1, 17, 23, 31},     {1, 128, 50272, 768}, {1, 4096, 4096, 4096},
    {64, 128, 64, 1000},  {1, 35, 8457, 2048}, {1, 512, 8, 500000},  {700, 47, 410, 77},
    {1, 65536, 768, 768}, {1, 255, 257, 1023},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static double best_cycles(const struct ts_arch *arch, enum ts_precision precision, const int64_t *s)
{
    struct ts_simt_gemm gemm = gemm_of(arch, precision, s[0], s[1], s[2], s[3]);
    return gemm_choice_of(arch, &gemm).estimated_cycles;
}

static void half_precision_is_never_slower_than_single(void)
{
    for (int g = 0; g < GEMM_GPUS; g++) {
        const struct ts_arch *arch = load(gemm_gpus[g], NULL, NULL);
        for (int i = 0; i < SHAPES; i++) {
            double single = best_cycles(arch, TS_FP32, shapes[i]);
            double half = best_cycles(arch, TS_FP16, shapes[i]);
            CU_ASSERT_TRUE(half <= single * (1.0 + 1e-9));
        }
    }
}

static void more_memory_bandwidth_is_never_slower(void)
{
    for (int g = 0; g < GEMM_GPUS; g++) {
        const struct ts_arch *slow = load(gemm_gpus[g], "memory.dram.bandwidth_gbps", "100");
        const struct ts_arch *fast = load(gemm_gpus[g], "memory.dram.bandwidth_gbps", "200");
        for (int i = 0; i < SHAPES; i++) {
            CU_ASSERT_TRUE(best_cycles(fast, TS_FP32, shapes[i]) <=
                           best_cycles(slow, TS_FP32, shapes[i]));
        }
    }
}

static void structured_sparsity_speeds_a_large_product_up_where_the_machine_has_it(void)
{
    const struct ts_arch *a100 = load("gpu-a100-sxm-80gb", NULL, NULL);
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    struct ts_kernel kernel = gemm_kernel(TS_FP16, 1, 8192, 8192, 8192);
    struct ts_simt_gemm dense, sparse;
    ts_simt_gemm_from_kernel(a100, &kernel, &dense);
    kernel.structured_2_4 = true;
    ts_simt_gemm_from_kernel(a100, &kernel, &sparse);
    double gain = gemm_choice_of(a100, &dense).estimated_cycles /
                  gemm_choice_of(a100, &sparse).estimated_cycles;
    CU_ASSERT_TRUE(gain > 1.5 && gain <= 2.0);
    CU_ASSERT_DOUBLE_EQUAL(sparse.b_bytes, 2.0 * 0.5 + 0.125, 1e-12);
    ts_simt_gemm_from_kernel(v100, &kernel, &sparse);
    CU_ASSERT_FALSE(sparse.structured_2_4);
}

static const struct test_case cases[] = {
    {"libraries pick the kernels that traces recorded",
     libraries_pick_the_kernels_that_traces_recorded},
    {"a library knows no power limit", a_library_knows_no_power_limit},
    {"large tiles run what the memory bounds", large_tiles_run_what_the_memory_bounds},
    {"early libraries have no small tiles for few columns",
     early_libraries_have_no_small_tiles_for_few_columns},
    {"Volta reads B by rows in small tiles", volta_reads_b_by_rows_in_small_tiles},
    {"few tiles take sliced kernels on Volta", few_tiles_take_sliced_kernels_on_volta},
    {"early matrix kernels are square for few columns alone",
     early_matrix_kernels_are_square_for_few_columns_alone},
    {"early matrix kernels split only a long k", early_matrix_kernels_split_only_a_long_k},
    {"few columns run in small blocks up to Pascal", few_columns_run_in_small_blocks_up_to_pascal},
    {"early libraries cut a long k in eight at most",
     early_libraries_cut_a_long_k_in_eight_at_most},
    {"Hopper splits no moderate k", hopper_splits_no_moderate_k},
    {"Hopper keeps narrow tiles for narrow products",
     hopper_keeps_narrow_tiles_for_narrow_products},
    {"half precision is never slower than single", half_precision_is_never_slower_than_single},
    {"more memory bandwidth is never slower", more_memory_bandwidth_is_never_slower},
    {"structured sparsity speeds a large product up where the machine has it",
     structured_sparsity_speeds_a_large_product_up_where_the_machine_has_it},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm_choose", cases);
    ts_arena_release(&arena);
    return status;
}
