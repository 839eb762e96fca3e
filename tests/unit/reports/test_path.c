#include "result_support.h"
#include "suite.h"

#include <string.h>

static struct ts_diagnostics diagnostics;

static double metric(const char *path)
{
    struct ts_result result = sample_result();
    double value = -12345;
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_TRUE(ts_result_metric(&result, path, &diagnostics, &value));
    return value;
}

static enum ts_error refusal(const char *path)
{
    struct ts_result result = sample_result();
    double value = 0;
    ts_diagnostics_release(&diagnostics);
    bool found = ts_result_metric(&result, path, &diagnostics, &value);
    return !found && diagnostics.errors == 1 ? diagnostics.entries[0].code : TS_ERROR_COUNT;
}

static void finds_plain_and_nested_numbers(void)
{
    CU_ASSERT_DOUBLE_EQUAL(metric("latency_s"), 1.2e-3, 0);
    CU_ASSERT_DOUBLE_EQUAL(metric("cycles"), 2400, 0);
    CU_ASSERT_DOUBLE_EQUAL(metric("energy_j.total"), 28e-3, 0);
    CU_ASSERT_DOUBLE_EQUAL(metric("time_breakdown.dram"), 0.4, 0);
    CU_ASSERT_DOUBLE_EQUAL(metric("arch.peak_tflops"), 14.5, 0);
}

static void names_list_elements_by_level_name_or_index(void)
{
    CU_ASSERT_DOUBLE_EQUAL(metric("memory.dram.achieved_gbps"), 450.5, 0);
    CU_ASSERT_DOUBLE_EQUAL(metric("memory.0.achieved_gbps"), 900.25, 0);
    CU_ASSERT_DOUBLE_EQUAL(metric("layers.1.energy_j.dram"), 5e-3, 0);
}

static void layer_names_may_hold_dots(void)
{
    CU_ASSERT_DOUBLE_EQUAL(metric("layers.layer1.0.conv1.latency_s"), 0.5e-3, 0);
}

static void refuses_what_is_not_there(void)
{
    CU_ASSERT_EQUAL(refusal("latncy_s"), TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics.entries[0].help);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "latency_s"));
    CU_ASSERT_EQUAL(refusal("memory.drma.reads"), TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics.entries[0].help);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "dram"));
    CU_ASSERT_EQUAL(refusal("memory.2.reads"), TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_EQUAL(refusal("latency_s.more"), TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_EQUAL(refusal(""), TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_EQUAL(refusal("energy_j."), TS_ERROR_UNKNOWN_NAME);
}

static void refuses_what_is_no_number(void)
{
    CU_ASSERT_EQUAL(refusal("bound"), TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(refusal("energy_j"), TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(refusal("memory"), TS_ERROR_TYPE);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"finds plain and nested numbers", finds_plain_and_nested_numbers},
        {"names list elements by level, name or index", names_list_elements_by_level_name_or_index},
        {"layer names may hold dots", layer_names_may_hold_dots},
        {"refuses what is not there, with a suggestion", refuses_what_is_not_there},
        {"refuses what is no number", refuses_what_is_no_number},
    };
    int status = RUN_SUITE("path", cases);
    ts_diagnostics_release(&diagnostics);
    return status;
}
