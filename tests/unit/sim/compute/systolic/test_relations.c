/* Relations between machines of the systolic family, simulated whole. */
#include "tessera/sim.h"
#include "tessera/workload.h"

#include <CUnit/Basic.h>
#include <stdio.h>

/* Cycles of a workload on an architecture of configs/ under `count` overrides; -1 on any error. */
static double cycles_of(const char *name, const char *workload, const struct ts_override *overrides,
                        int count, enum ts_precision precision)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    const struct ts_arch *arch = NULL;
    struct ts_program *program = NULL;
    struct ts_result *result = NULL;
    const struct ts_workload_options options = {.batch = 1, .precision = precision};
    const struct ts_sim_options sim = {.seed = 1, .options = ""};
    double cycles = -1;
    if (ts_arch_load(name, overrides, count, &arena, &diagnostics, &arch) &&
        ts_workload_load(workload, &options, &arena, &diagnostics, &program) &&
        ts_simulate(arch, program, &sim, &arena, &diagnostics, &result)) {
        cycles = result->cycles;
    }
    ts_diagnostics_print(&diagnostics, stderr);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    return cycles;
}

static const char *const dataflows[] = {"ws", "os", "is"};

static void the_bare_array_takes_its_closed_form(void)
{
    /* 17 x 23 x 31 on 5 x 4: folds times cycles of one. */
    const double expected[] = {7 * 6 * (17 + 2 * 5 + 4 - 2), 4 * 6 * (31 + 5 + 4 - 2),
                               7 * 5 * (23 + 2 * 5 + 4 - 2)};
    for (int i = 0; i < 3; i++) {
        const struct ts_override overrides[] = {{"compute.rows", "5"},
                                                {"compute.columns", "4"},
                                                {"compute.dataflow", dataflows[i]},
                                                {"compute.overlap", "off"}};
        CU_ASSERT_EQUAL(cycles_of("systolic-array", "gemm:17,23,31", overrides, 4, TS_INT8),
                        expected[i]);
    }
}

static void overlap_never_slows_down_and_never_beats_the_peak(void)
{
    static const char *const machines[] = {"systolic-array", "tpu-v1"};
    static const char *const shapes[] = {"gemm:17,1,1", "gemm:1,64,1000", "gemm:100,300,7"};
    const double macs[] = {17, 64000, 210000};
    for (int machine = 0; machine < 2; machine++) {
        for (int shape = 0; shape < 3; shape++) {
            for (int i = 0; i < 3; i++) {
                struct ts_override overrides[] = {{"compute.rows", "16"},
                                                  {"compute.columns", "8"},
                                                  {"compute.dataflow", dataflows[i]},
                                                  {"compute.overlap", "off"}};
                const double off =
                    cycles_of(machines[machine], shapes[shape], overrides, 4, TS_INT8);
                overrides[3].value = "on";
                const double on =
                    cycles_of(machines[machine], shapes[shape], overrides, 4, TS_INT8);
                CU_ASSERT_TRUE(on > 0 && on <= off);
                CU_ASSERT_TRUE(on >= macs[shape] / (16 * 8));
            }
        }
    }
}

static void wider_operands_are_never_faster(void)
{
    const double narrow = cycles_of("tpu-v1", "gemm:300,500,700", NULL, 0, TS_INT8);
    const double wide = cycles_of("tpu-v1", "gemm:300,500,700", NULL, 0, TS_INT16);
    CU_ASSERT_TRUE(narrow > 0 && narrow < wide);
}

static void a_memory_bound_layer_gains_from_bandwidth_a_compute_bound_one_does_not(void)
{
    const struct ts_override doubled[] = {{"memory.dram.bandwidth_gbps", "68.2"}};
    const double thin = cycles_of("tpu-v1", "gemm:16,4096,4096", NULL, 0, TS_INT8);
    const double thin_doubled = cycles_of("tpu-v1", "gemm:16,4096,4096", doubled, 1, TS_INT8);
    CU_ASSERT_TRUE(thin / thin_doubled > 1.7 && thin / thin_doubled <= 2.001);
    const double thick = cycles_of("tpu-v1", "gemm:2048,2048,2048", NULL, 0, TS_INT8);
    const double thick_doubled = cycles_of("tpu-v1", "gemm:2048,2048,2048", doubled, 1, TS_INT8);
    CU_ASSERT_TRUE(thick >= thick_doubled && thick / thick_doubled < 1.05);
}

static void a_full_batch_comes_near_the_peak(void)
{
    const double cycles = cycles_of("tpu-v1", "gemm:2048,2048,2048", NULL, 0, TS_INT8);
    const double ideal = 2048.0 * 2048 * 2048 / 65536;
    CU_ASSERT_TRUE(cycles >= ideal && cycles < 1.05 * ideal);
}

static void a_format_the_array_lacks_is_refused(void)
{
    CU_ASSERT_EQUAL(cycles_of("tpu-v1", "gemm:16,16,16", NULL, 0, TS_FP32), -1);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("systolic relations", NULL, NULL);
    CU_add_test(suite, "the bare array takes its closed form",
                the_bare_array_takes_its_closed_form);
    CU_add_test(suite, "overlap never slows down and never beats the peak",
                overlap_never_slows_down_and_never_beats_the_peak);
    CU_add_test(suite, "wider operands are never faster", wider_operands_are_never_faster);
    CU_add_test(suite, "a memory-bound layer gains from bandwidth, a compute-bound one does not",
                a_memory_bound_layer_gains_from_bandwidth_a_compute_bound_one_does_not);
    CU_add_test(suite, "a full batch comes near the peak", a_full_batch_comes_near_the_peak);
    CU_add_test(suite, "a format the array lacks is refused", a_format_the_array_lacks_is_refused);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
