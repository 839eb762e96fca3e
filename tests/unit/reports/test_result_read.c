#include "result_support.h"
#include "suite.h"
#include "tessera/arena.h"

#include <stdlib.h>
#include <string.h>

/* Reads text in which `old` is replaced by `new`; expects one error with words in it. */
static void expect_error(const char *old, const char *new, enum ts_error code, const char *words)
{
    struct ts_result result = sample_result();
    char *text = written(ts_report_json, &result);
    char *at = strstr(text, old);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    size_t length = strlen(text) + strlen(new) + 1;
    char *changed = malloc(length);
    snprintf(changed, length, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    struct reading reading = reading_of(changed);
    CU_ASSERT_FALSE(reading.ok);
    CU_ASSERT_EQUAL(reading.results.count, 0);
    CU_ASSERT_EQUAL_FATAL(reading.diagnostics.errors, 1);
    CU_ASSERT_EQUAL(reading.diagnostics.entries[0].code, code);
    CU_ASSERT_PTR_NOT_NULL(strstr(reading.diagnostics.entries[0].message, words));
    CU_ASSERT_STRING_EQUAL(reading.diagnostics.entries[0].place.file, "some.json");
    reading_release(&reading);
    free(changed);
    free(text);
}

static void what_was_written_is_read(void)
{
    struct ts_result result = sample_result();
    result.latency_s = 0.1 + 0.2;
    result.provenance.seed = UINT64_MAX - 16;
    char *text = written(ts_report_json, &result);
    struct reading reading = reading_of(text);
    CU_ASSERT_TRUE_FATAL(reading.ok);
    CU_ASSERT_EQUAL_FATAL(reading.results.count, 1);
    const struct ts_result *back = reading.results.items[0];
    CU_ASSERT_TRUE(back->latency_s == 0.1 + 0.2);
    CU_ASSERT_EQUAL(back->provenance.seed, UINT64_MAX - 16);
    CU_ASSERT_EQUAL(back->provenance.arch_hash, 0xabcdef0123456789);
    CU_ASSERT_TRUE(back->average_latency_ns < 0);
    CU_ASSERT_EQUAL(back->layer_count, 2);
    CU_ASSERT_EQUAL_FATAL(back->arch.ceiling_count, 4);
    CU_ASSERT_STRING_EQUAL(back->arch.ceilings[2].name, "l2");
    CU_ASSERT_EQUAL(back->arch.ceilings[2].gbps, 2100.5);
    CU_ASSERT_EQUAL(back->arch.ceilings[1].tflops, 7.25);
    CU_ASSERT_EQUAL(back->layers[0].n, 23);
    char *again = written(ts_report_json, back);
    CU_ASSERT_STRING_EQUAL(again, text);
    free(again);
    free(text);
    reading_release(&reading);
}

static void a_comparison_gives_its_results_in_order(void)
{
    struct ts_result a = sample_result(), b = scaled_result("other", 2, 3);
    const struct ts_result *results[] = {&a, &b};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_json(results, 2, stream);
    fclose(stream);
    struct reading reading = reading_of(text);
    CU_ASSERT_TRUE(reading.ok);
    CU_ASSERT_EQUAL_FATAL(reading.results.count, 2);
    CU_ASSERT_STRING_EQUAL(reading.results.items[0]->arch.name, "gpu-sample");
    CU_ASSERT_STRING_EQUAL(reading.results.items[1]->arch.name, "other");
    free(text);
    reading_release(&reading);
}

static void many_results_are_kept(void)
{
    struct ts_result result = sample_result();
    char *text = written(ts_report_json, &result);
    struct reading reading = {.arena = TS_ARENA_INIT};
    ts_diagnostics_init(&reading.diagnostics);
    for (int i = 0; i < 37; i++) {
        CU_ASSERT_TRUE(ts_results_read(text, strlen(text), "some.json", &reading.arena,
                                       &reading.diagnostics, &reading.results));
    }
    CU_ASSERT_EQUAL(reading.results.count, 37);
    CU_ASSERT_STRING_EQUAL(reading.results.items[0]->arch.name, "gpu-sample");
    CU_ASSERT_STRING_EQUAL(reading.results.items[36]->arch.name, "gpu-sample");
    free(text);
    reading_release(&reading);
}

static void a_slip_of_syntax_has_line_and_column(void)
{
    struct reading reading = reading_of("{\n  \"schema\": tessera\n}\n");
    CU_ASSERT_FALSE(reading.ok);
    CU_ASSERT_EQUAL_FATAL(reading.diagnostics.kept, 1);
    const struct ts_diagnostic *entry = &reading.diagnostics.entries[0];
    CU_ASSERT_EQUAL(entry->code, TS_ERROR_SYNTAX);
    CU_ASSERT_EQUAL(entry->place.line, 2);
    CU_ASSERT_TRUE(entry->place.column > 0);
    CU_ASSERT_STRING_EQUAL(entry->source, "  \"schema\": tessera");
    reading_release(&reading);
}

static void what_is_no_json_is_refused(void)
{
    static const char *const texts[] = {"",
                                        "id,arch\n1,tpu\n",
                                        "{\"schema\": \"tessera.result/1\"",
                                        "{\"a\": 1, \"a\": 2}",
                                        "{\"a\": 1e999}",
                                        "{\"a\": \"\xff\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct reading reading = reading_of(texts[i]);
        CU_ASSERT_FALSE(reading.ok);
        CU_ASSERT_EQUAL(reading.diagnostics.entries[0].code, TS_ERROR_SYNTAX);
        reading_release(&reading);
    }
}

static void foreign_json_is_refused(void)
{
    static const char *const texts[] = {"{}", "[1, 2]", "{\"schema\": 3}",
                                        "{\"schema\": \"tessera.result/99\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct reading reading = reading_of(texts[i]);
        CU_ASSERT_FALSE(reading.ok);
        CU_ASSERT_EQUAL(reading.diagnostics.entries[0].code, TS_ERROR_UNSUPPORTED);
        CU_ASSERT_PTR_NOT_NULL(reading.diagnostics.entries[0].help);
        reading_release(&reading);
    }
}

static void a_comparison_of_nothing_is_refused(void)
{
    struct reading empty = reading_of("{\"schema\": \"tessera.comparison/1\", \"results\": []}");
    CU_ASSERT_EQUAL(empty.diagnostics.entries[0].code, TS_ERROR_RANGE);
    reading_release(&empty);
    struct reading foreign =
        reading_of("{\"schema\": \"tessera.comparison/1\", \"results\": [{}]}");
    CU_ASSERT_EQUAL(foreign.diagnostics.entries[0].code, TS_ERROR_TYPE);
    CU_ASSERT_PTR_NOT_NULL(strstr(foreign.diagnostics.entries[0].message, "results[0]"));
    reading_release(&foreign);
    struct reading no_list = reading_of("{\"schema\": \"tessera.comparison/1\", \"results\": 1}");
    CU_ASSERT_EQUAL(no_list.diagnostics.entries[0].code, TS_ERROR_TYPE);
    reading_release(&no_list);
}

static void errors_say_where_in_the_document(void)
{
    expect_error("\"latency_s\"", "\"latency\"", TS_ERROR_MISSING_KEY, "lacks 'latency_s'");
    expect_error("\"cycles\": 1400", "\"cycles\": \"many\"", TS_ERROR_TYPE, "layers[1].cycles");
    expect_error("\"m\": 17", "\"m\": 17.5", TS_ERROR_TYPE, "layers[0].m");
    expect_error("\"m\": 17", "\"m\": -17", TS_ERROR_RANGE, "layers[0].m");
    expect_error("\"hit_rate\": 0.75", "\"hit_rate\": -0.75", TS_ERROR_RANGE, "memory[0].hit_rate");
    expect_error("\"bound\": \"dram\"", "\"bound\": null", TS_ERROR_TYPE, "bound");
    expect_error("\"static\"", "\"leakage\"", TS_ERROR_MISSING_KEY, "energy_j lacks 'static'");
    expect_error("\"gbps\": 2100.5", "\"gbps\": \"fast\"", TS_ERROR_TYPE, "arch.ceilings[2].gbps");
    expect_error("abcdef0123456789", "xyz", TS_ERROR_TYPE, "provenance.arch_hash");
    expect_error("\"family\"", "\"kin\"", TS_ERROR_MISSING_KEY, "arch lacks 'family'");
}

static void a_missing_file_is_an_error(void)
{
    struct reading reading = {.arena = TS_ARENA_INIT};
    ts_diagnostics_init(&reading.diagnostics);
    CU_ASSERT_FALSE(ts_results_read_file("/nowhere/at/all.json", &reading.arena,
                                         &reading.diagnostics, &reading.results));
    CU_ASSERT_EQUAL(reading.diagnostics.entries[0].code, TS_ERROR_FILE);
    CU_ASSERT_FALSE(
        ts_results_read_file("/", &reading.arena, &reading.diagnostics, &reading.results));
    CU_ASSERT_EQUAL(reading.diagnostics.entries[1].code, TS_ERROR_FILE);
    reading_release(&reading);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"what was written is read", what_was_written_is_read},
        {"a comparison gives its results in order", a_comparison_gives_its_results_in_order},
        {"many results are kept", many_results_are_kept},
        {"a slip of syntax has line and column", a_slip_of_syntax_has_line_and_column},
        {"what is no JSON is refused", what_is_no_json_is_refused},
        {"foreign JSON is refused", foreign_json_is_refused},
        {"a comparison of nothing is refused", a_comparison_of_nothing_is_refused},
        {"errors say where in the document", errors_say_where_in_the_document},
        {"a missing file is an error", a_missing_file_is_an_error},
    };
    return RUN_SUITE("result_read", cases);
}
