/* SCALE-Sim configurations as architectures. */
#include "scratch.h"
#include "sim/compute/systolic/systolic.h"
#include "suite.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_arch *load(const char *text)
{
    const struct ts_arch *arch = NULL;
    const char *path = scratch_write("machine.cfg", text);
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    return ts_arch_load(path, NULL, 0, &arena, &diagnostics, &arch) ? arch : NULL;
}

static void unload(void)
{
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

static void a_configuration_is_a_systolic_array(void)
{
    const struct ts_arch *arch = load("[general]\nrun_name = \"example\"\n\n"
                                      "[architecture_presets]\n"
                                      "ArrayHeight:    32\nARRAYWIDTH: 16\n"
                                      "IfmapSramSzkB: 64\nFilterSramSzkB: 128\nOfmapSramSzkB: 32\n"
                                      "IfmapOffset: 0\nDataflow : IS\nBandwidth : 10\n"
                                      "# a comment\n[run_presets]\nInterfaceBandwidth: CALC\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(arch);
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    CU_ASSERT_STRING_EQUAL(arch->name, "example");
    CU_ASSERT_STRING_EQUAL(arch->family->name, "systolic");
    CU_ASSERT_EQUAL(params->rows, 32);
    CU_ASSERT_EQUAL(params->columns, 16);
    CU_ASSERT_EQUAL(params->dataflow, TS_SYSTOLIC_IS);
    CU_ASSERT_FALSE(params->overlap);
    CU_ASSERT_EQUAL(arch->memory.cache_count, 0);
    CU_ASSERT_PTR_NULL(arch->memory.dram);
    unload();
}

static void a_bandwidth_asked_for_is_a_memory(void)
{
    const struct ts_arch *arch = load("[architecture_presets]\nArrayHeight=8\nArrayWidth=8\n"
                                      "IfmapSramSzkB=64\nFilterSramSzkB=128\nOfmapSramSzkB=32\n"
                                      "Bandwidth = 10,10,10\nDataflow=ws\n"
                                      "[run_presets]\nInterfaceBandwidth = USER\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(arch);
    /* 10 bytes a cycle at 1 GHz. */
    CU_ASSERT_DOUBLE_EQUAL(arch->memory.dram_bandwidth_bytes_per_s, 10e9, 1);
    CU_ASSERT_EQUAL(arch->memory.cache_count, 1);
    CU_ASSERT_EQUAL(arch->memory.cache[0].capacity_bytes, 224 * 1024);
    unload();
}

static void expect_error(const char *text, enum ts_error code, int line, int column,
                         const char *message)
{
    CU_ASSERT_PTR_NULL(load(text));
    CU_ASSERT_NOT_EQUAL_FATAL(diagnostics.kept, 0);
    const struct ts_diagnostic *error = &diagnostics.entries[0];
    CU_ASSERT_EQUAL(error->code, code);
    CU_ASSERT_EQUAL(error->place.line, line);
    CU_ASSERT_EQUAL(error->place.column, column);
    if (!strstr(error->message, message)) {
        ts_diagnostics_print(&diagnostics, stderr);
        CU_FAIL("message");
    }
    unload();
}

#define SIZES "[architecture_presets]\nArrayHeight: 8\nArrayWidth: 8\n"

static void errors_have_their_place(void)
{
    expect_error(SIZES "ArrayHieght: 3\n", TS_ERROR_UNKNOWN_KEY, 4, 1, "ArrayHieght");
    expect_error(SIZES "Dataflow: xs\n", TS_ERROR_UNKNOWN_NAME, 4, 11, "xs");
    expect_error("[architecture_presets]\nArrayHeight: 0\nArrayWidth: 8\n", TS_ERROR_RANGE, 2, 14,
                 "compute.rows");
    expect_error(SIZES "IfmapSramSzkB: big\n", TS_ERROR_RANGE, 4, 16, "big");
    expect_error(SIZES "InterfaceBandwidth: MANY\n", TS_ERROR_UNKNOWN_NAME, 4, 21, "MANY");
    expect_error(SIZES "Bandwidth: -1\nInterfaceBandwidth: USER\n", TS_ERROR_RANGE, 4, 12, "-1");
    expect_error(SIZES "Bandwidth:\n", TS_ERROR_MISSING_KEY, 4, 11, "Bandwidth");
    expect_error(SIZES "nonsense\n", TS_ERROR_SYNTAX, 4, 1, "nonsense");
    expect_error("ArrayHeight: 8\n", TS_ERROR_SYNTAX, 1, 1, "no [SECTION]");
    expect_error("[general\n", TS_ERROR_SYNTAX, 1, 1, "[general");
    expect_error("[architecture_presets]\nArrayHeight: 8\n", TS_ERROR_MISSING_KEY, 0, 0,
                 "ArrayWidth");
}

static void a_missing_file_is_an_error(void)
{
    const struct ts_arch *arch = NULL;
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_FALSE(ts_arch_load("/nowhere/a.cfg", NULL, 0, &arena, &diagnostics, &arch));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
    unload();
}

static const struct test_case cases[] = {
    {"a configuration is a systolic array", a_configuration_is_a_systolic_array},
    {"a bandwidth that is asked for is a memory", a_bandwidth_asked_for_is_a_memory},
    {"errors have their line and column", errors_have_their_place},
    {"a missing file is an error", a_missing_file_is_an_error},
};

int main(void)
{
    return RUN_SUITE("scalesim_cfg", cases);
}
