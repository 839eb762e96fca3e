/* Points of a page: axes from options, metrics by columns. */
#include "result_support.h"
#include "suite.h"

#include "reports/html/page_data.h"

#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

static struct ts_point point_of(const struct ts_result *result, const char *options)
{
    return (struct ts_point){.arch = result->arch.name,
                             .workload = result->workload.name,
                             .precision = result->workload.precision,
                             .mode = result->workload.mode,
                             .batch = result->workload.batch,
                             .options = options,
                             .result = result,
                             .detail = -1};
}

static const json_t *axis_of(const json_t *tree, const char *key)
{
    size_t index;
    const json_t *axis;
    json_array_foreach(json_object_get(tree, "axes"), index, axis)
    {
        if (strcmp(json_string_value(json_object_get(axis, "key")), key) == 0) {
            return axis;
        }
    }
    return NULL;
}

/* The text of a point on an axis; NULL: it says nothing, or there is no such axis. */
static const char *value_of(const json_t *tree, const char *key, int point)
{
    const json_t *axis = axis_of(tree, key);
    json_int_t at = json_integer_value(json_array_get(json_object_get(axis, "at"), (size_t)point));
    return json_string_value(json_array_get(json_object_get(axis, "values"), (size_t)at));
}

static void axes_are_what_options_say(void)
{
    struct ts_result result = sample_result();
    struct ts_point points[] = {
        point_of(&result, "-b 8 -p fp16 -s memory.dram.bandwidth_gbps=50 -t prune:0.5 --cold"),
        point_of(&result, "-s 'a.b=c d' -t prune:0.1 -t activations:0.35 --seq 128 --dim N=3"),
        point_of(&result, ""),
    };
    json_t *tree = page_points(points, 3, &arena);
    CU_ASSERT_STRING_EQUAL(value_of(tree, "machine", 0), "gpu-sample");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "batch", 2), "8");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "memory.dram.bandwidth_gbps", 0), "50");
    CU_ASSERT_PTR_NULL(value_of(tree, "memory.dram.bandwidth_gbps", 1));
    CU_ASSERT_STRING_EQUAL(value_of(tree, "a.b", 1), "c d");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "transforms", 0), "prune:0.5");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "transforms", 1), "prune:0.1, activations:0.35");
    CU_ASSERT_PTR_NULL(value_of(tree, "transforms", 2));
    CU_ASSERT_STRING_EQUAL(value_of(tree, "cold", 0), "on");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "seq", 1), "128");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "N", 1), "3");
    CU_ASSERT_PTR_NULL(axis_of(tree, "b"));
    CU_ASSERT_PTR_NULL(axis_of(tree, "p"));
    json_decref(tree);
}

static void texts_that_are_no_utf8_are_said_to_be_none(void)
{
    struct ts_result result = sample_result();
    struct ts_point points[] = {point_of(&result, "-s a.\xff=1 -t \xfe")};
    json_t *tree = page_points(points, 1, &arena);
    CU_ASSERT_STRING_EQUAL(value_of(tree, "(not UTF-8)", 0), "1");
    CU_ASSERT_STRING_EQUAL(value_of(tree, "transforms", 0), "(not UTF-8)");
    json_decref(tree);
}

static void words_of_options_may_be_long_and_many(void)
{
    enum { LONG = 5000, MANY = 100 };
    struct ts_result result = sample_result();
    char options[LONG + 40 * MANY] = "-t '";
    memset(options + 4, 'x', LONG);
    options[LONG + 4] = '\'';
    for (int i = 0; i < MANY; i++) {
        sprintf(options + strlen(options), " -s key%d=%d", i, i);
    }
    struct ts_point points[] = {point_of(&result, options)};
    json_t *tree = page_points(points, 1, &arena);
    CU_ASSERT_PTR_NOT_NULL(value_of(tree, "transforms", 0));
    CU_ASSERT_STRING_EQUAL(value_of(tree, "key7", 0), "7");
    json_decref(tree);
}

static const json_t *metric_of(const json_t *tree, const char *key)
{
    size_t index;
    const json_t *metric;
    json_array_foreach(json_object_get(tree, "metrics"), index, metric)
    {
        if (strcmp(json_string_value(json_object_get(metric, "key")), key) == 0) {
            return json_object_get(metric, "values");
        }
    }
    return NULL;
}

static void metrics_are_the_results_figures(void)
{
    struct ts_result a = sample_result(), b = scaled_result("other", 3, 1.0 / 7);
    struct ts_point points[] = {point_of(&a, ""), point_of(&b, "")};
    json_t *tree = page_points(points, 2, &arena);
    const struct ts_result *results[] = {&a, &b};
    for (size_t i = 0; i < 2; i++) {
        const struct ts_result *r = results[i];
        CU_ASSERT_EQUAL(json_number_value(json_array_get(metric_of(tree, "latency_s"), i)),
                        r->latency_s);
        CU_ASSERT_EQUAL(json_number_value(json_array_get(metric_of(tree, "energy_j.total"), i)),
                        r->energy.total_j);
        CU_ASSERT_DOUBLE_EQUAL(
            json_number_value(json_array_get(metric_of(tree, "energy_each_j"), i)),
            r->energy.total_j / 8, 1e-15);
        CU_ASSERT_EQUAL(json_number_value(json_array_get(metric_of(tree, "dram_bytes"), i)), 3e6);
    }
    /* Nothing generates tokens here. */
    CU_ASSERT_PTR_NULL(metric_of(tree, "time_per_token_s"));
    json_decref(tree);
}

static void points_that_failed_say_why(void)
{
    struct ts_result result = sample_result();
    struct ts_point points[] = {point_of(&result, ""), point_of(&result, "-b 9")};
    points[1].result = NULL;
    points[1].error = "out of luck";
    points[0].detail = 0;
    json_t *tree = page_points(points, 2, &arena);
    CU_ASSERT_TRUE(json_is_null(json_array_get(metric_of(tree, "latency_s"), 1)));
    const json_t *error = json_array_get(json_object_get(tree, "errors"), 0);
    CU_ASSERT_EQUAL(json_integer_value(json_array_get(error, 0)), 1);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(error, 1)), "out of luck");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(tree, "details")), 1);
    json_decref(tree);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"axes are what options say", axes_are_what_options_say},
        {"texts that are no UTF-8 are said to be none", texts_that_are_no_utf8_are_said_to_be_none},
        {"words of options may be long and many", words_of_options_may_be_long_and_many},
        {"metrics are the results' figures", metrics_are_the_results_figures},
        {"points that failed say why", points_that_failed_say_why},
    };
    int status = RUN_SUITE("points of a page", cases);
    ts_arena_release(&arena);
    return status;
}
