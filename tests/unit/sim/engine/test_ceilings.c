#include "sim/engine/run.h"
#include "suite.h"

#include <string.h>

static const struct ts_ceiling *found(const char *arch_name, enum ts_precision precision,
                                      const char *name, struct ts_arena *arena)
{
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;
    struct ts_ceiling *ceilings = NULL;
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_arch_load(arch_name, NULL, 0, arena, &diagnostics, &arch));
    int count = machine_ceilings(arch, precision, arena, &ceilings);
    ts_diagnostics_release(&diagnostics);
    for (int i = 0; i < count; i++) {
        /* One figure each, so that a roof is either flat or slanted. */
        CU_ASSERT_TRUE((ceilings[i].tflops > 0) != (ceilings[i].gbps > 0));
        if (strcmp(ceilings[i].name, name) == 0) {
            return &ceilings[i];
        }
    }
    return NULL;
}

static void expect(const char *arch, enum ts_precision precision, const char *name, double tflops,
                   double gbps)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_ceiling *ceiling = found(arch, precision, name, &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ceiling);
    CU_ASSERT_DOUBLE_EQUAL(ceiling->tflops, tflops, 1e-9 * (1 + tflops));
    CU_ASSERT_DOUBLE_EQUAL(ceiling->gbps, gbps, 1e-9 * (1 + gbps));
    ts_arena_release(&arena);
}

static bool lacks(const char *arch, enum ts_precision precision, const char *name)
{
    struct ts_arena arena = TS_ARENA_INIT;
    bool absent = found(arch, precision, name, &arena) == NULL;
    ts_arena_release(&arena);
    return absent;
}

static void a_gpu_has_both_paths_at_their_datasheet_rates(void)
{
    /* A100: 108 SMs, 1410 MHz, 1024 fp16 MACs a cycle on tensor cores, 64 fp32 lanes. */
    expect("gpu-a100-sxm-80gb", TS_FP16, "matrix", 2 * 1024 * 108 * 1410e6 / 1e12, 0);
    expect("gpu-a100-sxm-80gb", TS_FP32, "vector", 2 * 64 * 108 * 1410e6 / 1e12, 0);
    expect("gpu-a100-sxm-80gb", TS_FP32, "dram", 0, 2039);
    CU_ASSERT_TRUE(lacks("gpu-a100-sxm-80gb", TS_FP32, "matrix"));
}

static void private_memories_count_once_a_unit(void)
{
    expect("gpu-a100-sxm-80gb", TS_FP16, "shared", 0, 128 * 108 * 1410e6 / 1e9);
}

static void the_lanes_of_a_vector_unit_are_a_roof_of_their_own(void)
{
    /* TPU v1: 256x256 cells and 256 lanes at 700 MHz. */
    expect("tpu-v1", TS_INT8, "matrix", 2 * 65536 * 700e6 / 1e12, 0);
    expect("tpu-v1", TS_INT8, "vector", 256 * 700e6 / 1e12, 0);
}

static void what_does_not_limit_is_no_roof(void)
{
    CU_ASSERT_TRUE(lacks("tpu-v1", TS_INT8, "noc"));
    CU_ASSERT_TRUE(lacks("tpu-v1", TS_INT8, "unified_buffer"));
    CU_ASSERT_TRUE(lacks("eie", TS_INT16, "dram"));
}

int main(void)
{
    const struct test_case cases[] = {
        {"a GPU has both paths at their datasheet rates",
         a_gpu_has_both_paths_at_their_datasheet_rates},
        {"private memories count once a unit", private_memories_count_once_a_unit},
        {"the lanes of a vector unit are a roof of their own",
         the_lanes_of_a_vector_unit_are_a_roof_of_their_own},
        {"what does not limit is no roof", what_does_not_limit_is_no_roof},
    };
    return RUN_SUITE("ceilings", cases);
}
