/* GEMM on GPUs: which tile, what it costs, and what the plan asks of memory. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const char *const gpus[] = {
    "gpu-k80",      "gpu-titan-x-maxwell", "gpu-p100-pcie",     "gpu-titan-x-pascal",
    "gpu-gtx-1080", "gpu-gtx-1080ti",      "gpu-v100-pcie",     "gpu-v100-sxm2",
    "gpu-t4",       "gpu-a100-pcie-80gb",  "gpu-a100-sxm-80gb", "gpu-h100-sxm",
};
enum { GPUS = sizeof gpus / sizeof gpus[0] };

static const struct ts_arch *load(const char *name, const char *key, const char *value)
{
    return gemm_machine(name, key, value, &arena);
}

static struct ts_operand operand(int32_t tensor, enum ts_precision precision, double elements)
{
    return (struct ts_operand){.tensor = tensor,
                               .precision = precision,
                               .elements = elements,
                               .density = 1.0,
                               .bits_per_element = ts_precision_info(precision)->storage_bits};
}

static struct ts_kernel gemm_kernel(enum ts_precision precision, int64_t batch, int64_t m,
                                    int64_t n, int64_t k)
{
    double items = (double)batch;
    return (struct ts_kernel){
        .name = "product",
        .op = "gemm",
        .kind = TS_KERNEL_GEMM,
        .precision = precision,
        .batch = batch,
        .m = m,
        .n = n,
        .k = k,
        .a = operand(0, precision, items * (double)m * (double)k),
        .b = operand(1, precision, items * (double)k * (double)n),
        .c = operand(2, precision, items * (double)m * (double)n),
        .macs = items * (double)m * (double)n * (double)k,
        .layout_is_open = true,
    };
}

static struct ts_simt_gemm gemm_of(const struct ts_arch *arch, enum ts_precision precision,
                                   int64_t batch, int64_t m, int64_t n, int64_t k)
{
    struct ts_kernel kernel = gemm_kernel(precision, batch, m, n, k);
    struct ts_simt_gemm gemm;
    ts_simt_gemm_from_kernel(arch, &kernel, &gemm);
    return gemm;
}

static struct ts_plan plan_of(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    struct ts_diagnostics diagnostics;
    struct ts_plan plan = {0};
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_simt_plan_gemm(arch, kernel, &arena, &diagnostics, &plan));
    ts_diagnostics_release(&diagnostics);
    return plan;
}

struct traffic {
    double loaded[3], stored[3]; /* by tensor */
    double scratch_loaded, scratch_stored;
    bool parts_fit; /* parts of pipe_cycles never exceed it, latency never falls below it */
};

static void add(double *by_tensor, double *scratch, const struct ts_tile_load *load)
{
    double bytes = load->rows * load->row_bytes;
    if (load->tensor < 0) {
        *scratch += bytes;
    } else {
        by_tensor[load->tensor] += bytes;
    }
}

static void walk_tile(const struct ts_phase *phase, int64_t index, struct traffic *traffic)
{
    struct ts_tile tile = {0};
    phase->tile(phase->context, index, &tile);
    for (int s = 0; s < tile.steps; s++) {
        struct ts_tile_step step = {0};
        phase->step(phase->context, index, s, &step);
        for (int i = 0; i < step.load_count; i++) {
            add(traffic->loaded, &traffic->scratch_loaded, &step.load[i]);
        }
        double parts = step.fill_drain_cycles + step.imbalance_cycles + step.cache_cycles +
                       step.overhead_cycles;
        traffic->parts_fit =
            traffic->parts_fit && parts <= step.pipe_cycles * (1.0 + 1e-12) &&
            (step.latency_cycles == 0.0 || step.latency_cycles >= step.pipe_cycles * (1.0 - 1e-12));
    }
    for (int i = 0; i < tile.store_count; i++) {
        add(traffic->stored, &traffic->scratch_stored, &tile.store[i]);
    }
}

static struct traffic walk(const struct ts_phase *phase)
{
    struct traffic traffic = {.parts_fit = true};
    for (int64_t i = 0; i < phase->tiles; i++) {
        walk_tile(phase, i, &traffic);
    }
    return traffic;
}

static void every_gpu_plans_awkward_shapes_in_every_precision(void)
{
    for (int g = 0; g < GPUS; g++) {
        const struct ts_arch *arch = load(gpus[g], NULL, NULL);
        for (int p = 0; p < TS_PRECISION_COUNT; p++) {
            if (!ts_arch_supports(arch, (enum ts_precision)p)) {
                continue;
            }
            struct ts_kernel kernel = gemm_kernel((enum ts_precision)p, 3, 17, 23, 31);
            struct ts_plan plan = plan_of(arch, &kernel);
            struct traffic traffic = walk(&plan.phases[0]);
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
    struct ts_plan plan = plan_of(arch, &kernel);
    struct traffic traffic = walk(&plan.phases[0]);
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
    struct ts_plan plan = plan_of(arch, &kernel);
    CU_ASSERT_EQUAL_FATAL(plan.phase_count, 2);
    struct traffic first = walk(&plan.phases[0]);
    struct traffic second = walk(&plan.phases[1]);
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
    struct ts_plan plan = plan_of(arch, &kernel);
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
    struct ts_plan plan = plan_of(arch, &kernel);
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

static void early_libraries_have_no_small_tiles_for_few_columns(void)
{
    const struct ts_arch *maxwell = load("gpu-titan-x-maxwell", NULL, NULL);
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    const struct ts_arch *a100 = load("gpu-a100-sxm-80gb", NULL, NULL);
    struct ts_simt_gemm single = gemm_of(maxwell, TS_FP32, 1, 512, 16, 512);
    struct ts_simt_gemm_choice choice = gemm_choice_of(maxwell, &single);
    CU_ASSERT_TRUE(choice.kernel.tile_m * choice.kernel.tile_n >= 128 * 64);
    struct ts_simt_gemm half = gemm_of(v100, TS_FP16, 1, 4096, 16, 4096);
    choice = gemm_choice_of(v100, &half);
    CU_ASSERT_TRUE(choice.kernel.tile_n >= 64);
    CU_ASSERT_EQUAL(choice.kernel.tile_k, 32);
    CU_ASSERT_TRUE(gemm_choice_of(a100, &half).kernel.tile_n < 64);
}

/* DeepBench, V100: 0.37 us for each 32 of k from 1024 to 4096, whatever there is to gain. */
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
        struct ts_plan plan = plan_of(arch, &columns);
        CU_ASSERT_DOUBLE_EQUAL(longest_row_bytes(&plan, 0), 128, 8);
        plan = plan_of(arch, &rows);
        CU_ASSERT_DOUBLE_EQUAL(longest_row_bytes(&plan, 1), 128, 8);
    }
}

/* Later libraries read B of few rows a step of k at a time, A whole. */
static void few_rows_walk_along_b_unless_its_layout_is_stated(void)
{
    const struct ts_arch *v100 = load("gpu-v100-sxm2", NULL, NULL);
    struct ts_kernel rows = gemm_kernel(TS_FP16, 1, 35, 8457, 2560);
    struct ts_plan plan = plan_of(v100, &rows);
    CU_ASSERT_DOUBLE_EQUAL(longest_row_bytes(&plan, 1), 64, 4);
    CU_ASSERT_TRUE(longest_row_bytes(&plan, 0) > 200);
    rows.layout_is_open = false;
    plan = plan_of(v100, &rows);
    CU_ASSERT_TRUE(longest_row_bytes(&plan, 1) > 200);
    rows.layout_is_open = true;
    plan = plan_of(load("gpu-a100-sxm-80gb", NULL, NULL), &rows);
    CU_ASSERT_TRUE(longest_row_bytes(&plan, 1) > 200);
}

/* DeepBench: both Titan X; later libraries fill the machine with parts. */
static void early_libraries_cut_a_long_k_in_four_at_most(void)
{
    const char *const early[] = {"gpu-titan-x-maxwell", "gpu-titan-x-pascal"};
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        const struct ts_arch *arch = load(early[i], NULL, NULL);
        struct ts_simt_gemm gemm = gemm_of(arch, TS_FP32, 1, 512, 16, 500000);
        CU_ASSERT_EQUAL(gemm_choice_of(arch, &gemm).split_k, 4);
        gemm = gemm_of(arch, TS_FP32, 1, 512, 16, 4096);
        CU_ASSERT_EQUAL(gemm_choice_of(arch, &gemm).split_k, 1);
        arch = load(early[i], "compute.library", "cublas11");
        gemm = gemm_of(arch, TS_FP32, 1, 512, 32, 500000);
        CU_ASSERT_TRUE(gemm_choice_of(arch, &gemm).split_k > 4);
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
    for (int g = 0; g < GPUS; g++) {
        const struct ts_arch *arch = load(gpus[g], NULL, NULL);
        for (int i = 0; i < SHAPES; i++) {
            double single = best_cycles(arch, TS_FP32, shapes[i]);
            double half = best_cycles(arch, TS_FP16, shapes[i]);
            CU_ASSERT_TRUE(half <= single * (1.0 + 1e-9));
        }
    }
}

static void more_memory_bandwidth_is_never_slower(void)
{
    for (int g = 0; g < GPUS; g++) {
        const struct ts_arch *slow = load(gpus[g], "memory.dram.bandwidth_gbps", "100");
        const struct ts_arch *fast = load(gpus[g], "memory.dram.bandwidth_gbps", "200");
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

/* Han et al., ISCA 2016, table IV: 4096 x 4096 and 9216 x 4096 of fp32 take 243.0 and 541.5 us on
 * this board; a tile of a product would be empty but for one row. */
static void a_vector_times_a_matrix_is_one_pass_over_the_matrix(void)
{
    const struct ts_arch *arch = load("gpu-titan-x-maxwell", NULL, NULL);
    for (int side = 0; side < 2; side++) {
        struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, side ? 4099 : 1, side ? 1 : 4099, 4096);
        struct ts_plan plan = plan_of(arch, &kernel);
        CU_ASSERT_STRING_EQUAL(plan.algorithm, "gemv");
        CU_ASSERT_EQUAL(plan.phase_count, 1);
        struct traffic traffic = walk(&plan.phases[0]);
        CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[side ? 0 : 1], 4.0 * 4099 * 4096, 1);
        CU_ASSERT_DOUBLE_EQUAL(traffic.stored[2], 4.0 * 4099, 1);
        CU_ASSERT_EQUAL(plan.phases[0].counters.macs, 4099.0 * 4096);
    }
    struct ts_kernel row = gemm_kernel(TS_FP32, 1, 2, 4099, 4096);
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(arch, &row).algorithm, "gemv");
}

/* DeepBench, P100: 16 columns take 2.8 times the 187 us of 32. */
static void sixteen_columns_on_pascal_are_four_passes_over_the_matrix(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    for (int columns = 13; columns <= 17; columns++) {
        struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, 7681, columns, 2560);
        struct ts_plan plan = plan_of(arch, &kernel);
        bool few = strcmp(plan.algorithm, "gemm_few_columns") == 0;
        CU_ASSERT_EQUAL(few, columns <= 16);
        if (few) {
            CU_ASSERT_EQUAL(plan.phase_count, 1);
            struct traffic traffic = walk(&plan.phases[0]);
            CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[0], 4.0 * 4.0 * 7681 * 2560, 64);
            CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[1], 4.0 * columns * 2560, 64);
            CU_ASSERT_DOUBLE_EQUAL(traffic.stored[2], 4.0 * columns * 7681, 64);
            CU_ASSERT_EQUAL(plan.phases[0].counters.macs, columns * 7681.0 * 2560);
        }
    }
    struct ts_kernel rows = gemm_kernel(TS_FP32, 1, 16, 7681, 2560);
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(arch, &rows).algorithm, "gemm_few_columns");
    struct ts_kernel columns = gemm_kernel(TS_FP32, 1, 7681, 16, 2560);
    const struct ts_arch *volta = load("gpu-v100-pcie", NULL, NULL);
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(volta, &columns).algorithm, "gemm_few_columns");
}

/* The library stores by columns: C[m][n] by rows has m of them. */
static void sixteen_rows_of_a_stated_layout_are_the_librarys_columns(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    struct ts_kernel rows = gemm_kernel(TS_FP32, 1, 16, 7681, 2560);
    struct ts_kernel columns = gemm_kernel(TS_FP32, 1, 7681, 16, 2560);
    rows.layout_is_open = columns.layout_is_open = false;
    struct ts_plan plan = plan_of(arch, &rows);
    CU_ASSERT_STRING_EQUAL(plan.algorithm, "gemm_few_columns");
    struct traffic traffic = walk(&plan.phases[0]);
    CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[1], 4.0 * 4.0 * 7681 * 2560, 64);
    CU_ASSERT_DOUBLE_EQUAL(traffic.loaded[0], 4.0 * 16 * 2560, 64);
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(arch, &columns).algorithm, "gemm_few_columns");
    rows.a_is_transposed = true; /* its B, of 16 columns */
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(arch, &rows).algorithm, "gemm_few_columns");
    rows.a_is_transposed = false;
    arch = load("gpu-titan-x-pascal", NULL, NULL);
    CU_ASSERT_STRING_EQUAL(plan_of(arch, &rows).algorithm, "gemm_few_columns");
    rows.b_is_transposed = true; /* DeepBench: a third faster than with k not contiguous */
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(arch, &rows).algorithm, "gemm_few_columns");
    rows.layout_is_open = true;
    CU_ASSERT_STRING_NOT_EQUAL(plan_of(arch, &rows).algorithm, "gemm_few_columns");
}

/* Only what the L2 keeps is asked of it again: the passes' remaining pieces go past it. */
static void passes_over_a_matrix_meet_a_part_of_it_in_the_cache(void)
{
    const struct ts_arch *arch = load("gpu-p100-pcie", NULL, NULL);
    struct ts_kernel kernel = gemm_kernel(TS_FP32, 1, 3072, 16, 1024);
    struct ts_plan plan = plan_of(arch, &kernel);
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

static const struct test_case cases[] = {
    {"a vector times a matrix is one pass over the matrix",
     a_vector_times_a_matrix_is_one_pass_over_the_matrix},
    {"sixteen columns on Pascal are four passes over the matrix",
     sixteen_columns_on_pascal_are_four_passes_over_the_matrix},
    {"sixteen rows of a stated layout are the library's columns",
     sixteen_rows_of_a_stated_layout_are_the_librarys_columns},
    {"passes over a matrix meet a part of it in the cache",
     passes_over_a_matrix_meet_a_part_of_it_in_the_cache},
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
    {"libraries pick the kernels that traces recorded",
     libraries_pick_the_kernels_that_traces_recorded},
    {"early libraries have no small tiles for few columns",
     early_libraries_have_no_small_tiles_for_few_columns},
    {"early matrix kernels split only a long k", early_matrix_kernels_split_only_a_long_k},
    {"early libraries scatter the long operand of skinny products",
     early_libraries_scatter_the_long_operand_of_skinny_products},
    {"few rows walk along B unless its layout is stated",
     few_rows_walk_along_b_unless_its_layout_is_stated},
    {"early libraries cut a long k in four at most", early_libraries_cut_a_long_k_in_four_at_most},
    {"Hopper keeps narrow tiles for narrow products",
     hopper_keeps_narrow_tiles_for_narrow_products},
    {"half precision is never slower than single", half_precision_is_never_slower_than_single},
    {"more memory bandwidth is never slower", more_memory_bandwidth_is_never_slower},
    {"structured sparsity speeds a large product up where the machine has it",
     structured_sparsity_speeds_a_large_product_up_where_the_machine_has_it},
    {"far rows cost TLB misses where the reach is short",
     far_rows_cost_tlb_misses_where_the_reach_is_short},
    {"occupancy is what registers, shared memory and threads allow",
     occupancy_is_what_registers_shared_memory_and_threads_allow},
    {"a precision without a path is refused", a_precision_without_a_path_is_refused},
    {"a machine without shared memory is refused", a_machine_without_shared_memory_is_refused},
    {"a full plan takes no more phases", a_full_plan_takes_no_more_phases},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm", cases);
    ts_arena_release(&arena);
    return status;
}
