#include "result_support.h"
#include "suite.h"
#include "tessera/arena.h"

#include <stdlib.h>
#include <string.h>

static const char *const notes[] = {"a note", "another, with a \"quote\""};

/* The sample, measured and distilled. */
static struct ts_result extended(struct ts_layer_result *layers)
{
    struct ts_result result = sample_result();
    memcpy(layers, result.layers, 2 * sizeof *layers);
    layers[0].numerics = (struct ts_layer_numerics){.measured = true,
                                                    .sqnr_db = 36.25,
                                                    .operand_sqnr_db = 37.5,
                                                    .upstream_sqnr_db = -0.5,
                                                    .accumulator = "int32",
                                                    .outputs = 17,
                                                    .k = 31};
    result.layers = layers;
    result.numerics.measured = true;
    result.numerics.sqnr_db = -0.5;
    result.numerics.worst_sqnr_db = 36.25;
    result.numerics.worst_layer = "layer1.0.conv1";
    result.workload.teacher = (struct ts_network_size){"large", 4e9, 25e6, 100e6};
    result.workload.student = (struct ts_network_size){"small", 2e9, 10e6, 40e6};
    result.notes = notes;
    result.note_count = 2;
    return result;
}

static void what_only_some_results_have_comes_back(void)
{
    struct ts_layer_result layers[2];
    struct ts_result result = extended(layers);
    char *text = written(ts_report_json, &result);
    struct reading reading = reading_of(text);
    CU_ASSERT_TRUE_FATAL(reading.ok);
    const struct ts_result *back = reading.results.items[0];
    CU_ASSERT_EQUAL(back->numerics.sqnr_db, -0.5);
    CU_ASSERT_EQUAL(back->layers[0].numerics.operand_sqnr_db, 37.5);
    CU_ASSERT_EQUAL(back->layers[0].numerics.k, 31);
    CU_ASSERT_FALSE(back->layers[1].numerics.measured);
    CU_ASSERT_STRING_EQUAL(back->workload.teacher.name, "large");
    CU_ASSERT_EQUAL(back->workload.student.macs, 2e9);
    CU_ASSERT_EQUAL_FATAL(back->note_count, 2);
    CU_ASSERT_STRING_EQUAL(back->notes[1], notes[1]);
    char *again = written(ts_report_json, back);
    CU_ASSERT_STRING_EQUAL(again, text);
    free(again);
    free(text);
    reading_release(&reading);
}

static void a_plain_result_has_none_of_it(void)
{
    struct ts_result result = sample_result();
    char *text = written(ts_report_json, &result);
    CU_ASSERT_PTR_NULL(strstr(text, "numerics"));
    CU_ASSERT_PTR_NULL(strstr(text, "teacher"));
    CU_ASSERT_PTR_NULL(strstr(text, "notes"));
    free(text);
}

static void metrics_name_the_noise(void)
{
    struct ts_layer_result layers[2];
    struct ts_result result = extended(layers);
    struct ts_diagnostics diagnostics;
    double value = 0;
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE(ts_result_metric(&result, "numerics.sqnr_db", &diagnostics, &value));
    CU_ASSERT_EQUAL(value, -0.5);
    CU_ASSERT_TRUE(
        ts_result_metric(&result, "layers.layer1.0.conv1.numerics.sqnr_db", &diagnostics, &value));
    CU_ASSERT_EQUAL(value, 36.25);
    CU_ASSERT_TRUE(ts_result_metric(&result, "workload.teacher.macs", &diagnostics, &value));
    CU_ASSERT_EQUAL(value, 4e9);
    ts_diagnostics_release(&diagnostics);
}

static void the_text_shows_noise_students_and_notes(void)
{
    struct ts_layer_result layers[2];
    struct ts_result result = extended(layers);
    struct ts_report_style style = {.all_layers = true};
    char *text = text_of(&result, &style);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "-0.5 dB"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "36.2 dB"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "large has 2.5x those and 2x the MACs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "another, with a \"quote\""));
    free(text);
}

static void tables_have_columns_for_noise_that_was_measured(void)
{
    struct ts_layer_result layers[2];
    struct ts_result result = extended(layers), plain = sample_result();
    char *text = written(ts_report_csv, &result), *without = written(ts_report_csv, &plain);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ",sqnr_db,operand_sqnr_db,upstream_sqnr_db,accumulator\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ",36.25,37.5,-0.5,int32\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ",,,,\n")); /* the other layer */
    CU_ASSERT_PTR_NULL(strstr(without, "sqnr_db"));
    free(text);
    free(without);
}

static void wrong_extras_are_refused(void)
{
    static const struct {
        const char *old, *new;
    } rows[] = {
        {"\"sqnr_db\": 36.25", "\"sqnr_db\": \"loud\""},
        {"\"accumulator\": \"int32\"", "\"accumulator\": 32"},
        {"\"outputs\": 17", "\"outputs\": -17"},
        {"\"worst_layer\": \"layer1.0.conv1\"", "\"worst\": 1"},
        {"\"a note\"", "3"},
        {"\"macs\": 4000000000", "\"macs\": -1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_layer_result layers[2];
        struct ts_result result = extended(layers);
        char *text = written(ts_report_json, &result);
        char *at = strstr(text, rows[i].old);
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        char changed[16384];
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, rows[i].new,
                 at + strlen(rows[i].old));
        struct reading reading = reading_of(changed);
        CU_ASSERT_FALSE(reading.ok);
        CU_ASSERT_TRUE(reading.diagnostics.errors > 0);
        reading_release(&reading);
        free(text);
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"what only some results have comes back", what_only_some_results_have_comes_back},
        {"a plain result has none of it", a_plain_result_has_none_of_it},
        {"metrics name the noise", metrics_name_the_noise},
        {"the text shows noise, students and notes", the_text_shows_noise_students_and_notes},
        {"tables have columns for noise that was measured",
         tables_have_columns_for_noise_that_was_measured},
        {"wrong extras are refused", wrong_extras_are_refused},
    };
    return RUN_SUITE("extras of results", cases);
}
