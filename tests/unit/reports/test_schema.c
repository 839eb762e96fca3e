/* docs/result.schema.json against what reports write, by a checker of the schema's words that the
 * file uses. A key that the file does not describe is a failure too. */
#include "result_support.h"
#include "suite.h"
#include "tessera/job.h"

#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static json_t *load_schema(void)
{
    json_error_t error;
    json_t *schema = json_load_file(TESSERA_TEST_DATA "/../../docs/result.schema.json", 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(schema);
    return schema;
}

static bool has_type(const json_t *value, const char *type)
{
    static const struct {
        const char *name;
        json_type first, second;
    } types[] = {{"object", JSON_OBJECT, JSON_OBJECT},
                 {"array", JSON_ARRAY, JSON_ARRAY},
                 {"string", JSON_STRING, JSON_STRING},
                 {"integer", JSON_INTEGER, JSON_INTEGER},
                 {"number", JSON_INTEGER, JSON_REAL}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i].name) == 0) {
            return json_typeof(value) == types[i].first || json_typeof(value) == types[i].second;
        }
    }
    return false;
}

static bool matches(const char *text, const char *pattern)
{
    regex_t regex;
    bool found = text && regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0;
    if (found) {
        found = regexec(&regex, text, 0, NULL, 0) == 0;
        regfree(&regex);
    }
    return found;
}

static bool one_of(const json_t *value, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(value, json_array_get(list, i))) {
            return true;
        }
    }
    return false;
}

static bool scalar_fits(const json_t *value, const json_t *rule)
{
    const json_t *type = json_object_get(rule, "type"), *constant = json_object_get(rule, "const");
    const json_t *list = json_object_get(rule, "enum"), *least = json_object_get(rule, "minimum");
    const json_t *most = json_object_get(rule, "maximum");
    const json_t *pattern = json_object_get(rule, "pattern");
    return (!type || has_type(value, json_string_value(type))) &&
           (!constant || json_equal(value, constant)) && (!list || one_of(value, list)) &&
           (!least || json_number_value(value) >= json_number_value(least)) &&
           (!most || json_number_value(value) <= json_number_value(most)) &&
           (!pattern || matches(json_string_value(value), json_string_value(pattern)));
}

static bool fits(const json_t *schema, const json_t *value, const json_t *rule);

static bool members_fit(const json_t *schema, const json_t *value, const json_t *rule)
{
    const json_t *properties = json_object_get(rule, "properties");
    const json_t *required = json_object_get(rule, "required");
    for (size_t i = 0; i < json_array_size(required); i++) {
        if (!json_object_get(value, json_string_value(json_array_get(required, i)))) {
            return false;
        }
    }
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        const json_t *known = json_object_get(properties, key);
        if (properties && (!known || !fits(schema, member, known))) {
            return false;
        }
    }
    return true;
}

static bool fits(const json_t *schema, const json_t *value, const json_t *rule)
{
    const char *reference = json_string_value(json_object_get(rule, "$ref"));
    if (reference) {
        const json_t *definition =
            json_object_get(json_object_get(schema, "$defs"), reference + strlen("#/$defs/"));
        return definition && fits(schema, value, definition);
    }
    const json_t *any = json_object_get(rule, "anyOf"), *items = json_object_get(rule, "items");
    bool ok = !any;
    for (size_t i = 0; i < json_array_size(any) && !ok; i++) {
        ok = fits(schema, value, json_array_get(any, i));
    }
    for (size_t i = 0; items && i < json_array_size(value); i++) {
        ok &= fits(schema, json_array_get(value, i), items);
    }
    return ok && scalar_fits(value, rule) && members_fit(schema, value, rule);
}

static bool text_fits(const char *text)
{
    json_error_t error;
    json_t *schema = load_schema(), *value = json_loads(text, 0, &error);
    bool ok = value && fits(schema, value, schema);
    json_decref(value);
    json_decref(schema);
    return ok;
}

static void results_and_comparisons_fit(void)
{
    struct ts_result a = sample_result(), probe = sample_result();
    const struct ts_result *results[] = {&a, &probe};
    probe.average_latency_ns = 47.93;
    char *one = written(ts_report_json, &a), *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_json(results, 2, stream);
    fclose(stream);
    CU_ASSERT_TRUE(text_fits(one));
    CU_ASSERT_TRUE(text_fits(text));
    free(one);
    free(text);
}

/* Reading takes all that writing writes. */
static void comes_back_the_same(const char *text, struct ts_arena *arena,
                                struct ts_diagnostics *diagnostics)
{
    struct ts_result_list list = {.count = 0};
    CU_ASSERT_TRUE_FATAL(ts_results_read(text, strlen(text), "a run", arena, diagnostics, &list));
    char *again = written(ts_report_json, list.items[0]);
    CU_ASSERT_STRING_EQUAL(again, text);
    free(again);
}

static void simulate(const char *arch, const char *workload, const char *phase)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    ts_diagnostics_init(&diagnostics);
    struct ts_job job = ts_job_default(&arena);
    job.arch = arch;
    job.workload = workload;
    bool ok = (!phase || ts_job_phase(&job, phase, &diagnostics)) &&
              ts_job_load(&job, &arena, &diagnostics, &loaded) &&
              ts_job_simulate(&loaded, &arena, &diagnostics, &result);
    CU_ASSERT_TRUE_FATAL(ok);
    char *text = written(ts_report_json, result);
    CU_ASSERT_TRUE(text_fits(text));
    comes_back_the_same(text, &arena, &diagnostics);
    free(text);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

/* With everything that only some results have. */
static void simulate_studied(const char *transform, bool training)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    ts_diagnostics_init(&diagnostics);
    struct ts_job job = ts_job_default(&arena);
    job.arch = "gpu";
    job.workload = "resnet18";
    job.numerics = true;
    job.training = training;
    CU_ASSERT_TRUE_FATAL(ts_job_transform(&job, transform, &diagnostics) &&
                         ts_job_load(&job, &arena, &diagnostics, &loaded) &&
                         ts_job_simulate(&loaded, &arena, &diagnostics, &result));
    char *text = written(ts_report_json, result);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"numerics\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"notes\""));
    CU_ASSERT_TRUE(text_fits(text));
    comes_back_the_same(text, &arena, &diagnostics);
    free(text);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

static void what_simulations_write_fits(void)
{
    simulate_studied("distill:alexnet", true);
    simulate_studied("lowrank:0.25", false);
    simulate_studied("winograd:4", false);
    simulate("cpu", "gemm:17,23,31", NULL);
    simulate("gpu", "alexnet", NULL);
    simulate("tpu-v1", "tpu-mlp0", NULL);
    simulate("eie", "fc:170,230", NULL);
    simulate("gpu", "gpt2", "prefill");
    simulate("tpu", "gpt2", "decode");
    simulate("ddr4-2400", "memory:random", NULL);
}

/* The sample's JSON with `old` replaced by `new`. */
static bool changed_fits(const char *old, const char *new)
{
    struct ts_result result = sample_result();
    char *text = written(ts_report_json, &result);
    const char *at = strstr(text, old);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    size_t length = strlen(text) + strlen(new) + 1;
    char *changed = malloc(length);
    snprintf(changed, length, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    bool ok = text_fits(changed);
    free(changed);
    free(text);
    return ok;
}

static void what_is_wrong_does_not_fit(void)
{
    CU_ASSERT_TRUE(changed_fits("\"m\": 17", "\"m\": 18"));
    CU_ASSERT_FALSE(changed_fits("\"m\": 17", "\"m\": \"17\""));
    CU_ASSERT_FALSE(changed_fits("\"m\": 17", "\"m\": -17"));
    CU_ASSERT_FALSE(changed_fits("\"m\": 17", "\"m\": 17, \"extra\": 1"));
    CU_ASSERT_FALSE(changed_fits("\"m\": 17,", ""));
    CU_ASSERT_FALSE(changed_fits("tessera.result/1", "tessera.result/2"));
    CU_ASSERT_FALSE(changed_fits("\"bound\": \"dram\"", "\"bound\": \"luck\""));
    CU_ASSERT_FALSE(changed_fits("\"hit_rate\": 0.75", "\"hit_rate\": 1.75"));
    CU_ASSERT_FALSE(changed_fits("abcdef0123456789", "abc"));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"results and comparisons fit the schema", results_and_comparisons_fit},
        {"what simulations write fits the schema", what_simulations_write_fits},
        {"what is wrong does not fit", what_is_wrong_does_not_fit},
    };
    return RUN_SUITE("schema", cases);
}
