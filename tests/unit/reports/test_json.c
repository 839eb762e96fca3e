#include "result_support.h"
#include "suite.h"

#include <jansson.h>
#include <string.h>

static json_t *load(const char *text)
{
    json_error_t error;
    return json_loads(text, JSON_REJECT_DUPLICATES, &error);
}

static double number(json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void has_the_contract_keys(void)
{
    static const char *const keys[] = {
        "schema", "arch",           "workload", "latency_s", "cycles",          "throughput_per_s",
        "tflops", "utilization",    "bound",    "energy_j",  "average_power_w", "tops_per_w",
        "memory", "time_breakdown", "layers",   "provenance"};
    struct ts_result result = sample_result();
    char *text = written(ts_report_json, &result);
    json_t *tree = load(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        CU_ASSERT_PTR_NOT_NULL(json_object_get(tree, keys[i]));
    }
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(tree, "schema")), "tessera.result/1");
    CU_ASSERT_PTR_NULL(json_object_get(tree, "average_latency_ns"));
    json_decref(tree);
    free(text);
}

static void numbers_round_trip(void)
{
    struct ts_result result = sample_result();
    result.latency_s = 0.1 + 0.2;
    result.tflops = 1.0 / 3;
    char *text = written(ts_report_json, &result);
    json_t *tree = load(text);
    CU_ASSERT_TRUE(number(tree, "latency_s") == 0.1 + 0.2);
    CU_ASSERT_TRUE(number(tree, "tflops") == 1.0 / 3);
    json_t *dram = json_array_get(json_object_get(tree, "memory"), 1);
    /* Above 2^53: an integer, not a rounded real. */
    CU_ASSERT_TRUE(json_is_integer(json_object_get(dram, "reads")));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(dram, "reads")), 9007199254740992);
    json_t *provenance = json_object_get(tree, "provenance");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(provenance, "arch_hash")),
                           "abcdef0123456789");
    json_decref(tree);
    free(text);
}

static void parts_carry_their_names(void)
{
    struct ts_result result = sample_result();
    char *text = written(ts_report_json, &result);
    json_t *tree = load(text);
    json_t *energy = json_object_get(tree, "energy_j");
    double sum = 0;
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        sum += number(energy, ts_energy_part_names[i]);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, number(energy, "total"), 1e-15);
    json_t *time =
        json_object_get(json_array_get(json_object_get(tree, "layers"), 1), "time_breakdown");
    CU_ASSERT_DOUBLE_EQUAL(number(time, "dram"), 0.9, 0);
    json_decref(tree);
    free(text);
}

static void a_probe_tells_its_latency(void)
{
    struct ts_result result = sample_result();
    result.average_latency_ns = 47.93;
    char *text = written(ts_report_json, &result);
    json_t *tree = load(text);
    CU_ASSERT_DOUBLE_EQUAL(number(tree, "average_latency_ns"), 47.93, 0);
    json_decref(tree);
    free(text);
}

static void a_comparison_lists_results(void)
{
    struct ts_result a = sample_result(), b = scaled_result("other", 2, 3);
    const struct ts_result *results[] = {&a, &b};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_json(results, 2, stream);
    fclose(stream);
    json_t *tree = load(text);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(tree, "schema")),
                           "tessera.comparison/1");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(tree, "results")), 2);
    json_decref(tree);
    free(text);
}

static void same_result_same_bytes(void)
{
    struct ts_result result = sample_result();
    char *first = written(ts_report_json, &result), *second = written(ts_report_json, &result);
    CU_ASSERT_STRING_EQUAL(first, second);
    free(first);
    free(second);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"has the contract's keys", has_the_contract_keys},
        {"numbers round-trip", numbers_round_trip},
        {"parts carry their names", parts_carry_their_names},
        {"a probe tells its latency", a_probe_tells_its_latency},
        {"a comparison lists results", a_comparison_lists_results},
        {"the same result gives the same bytes", same_result_same_bytes},
    };
    return RUN_SUITE("json", cases);
}
