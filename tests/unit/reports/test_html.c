#include "result_support.h"
#include "suite.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FRAME TESSERA_TEST_DATA "/report/frame.html"

static char *page_of(const struct ts_result *const *results, int count, const char *title,
                     const char *frame, enum ts_error *error)
{
    struct ts_diagnostics diagnostics;
    struct ts_html_options options = {.title = title, .page = frame};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_diagnostics_init(&diagnostics);
    bool ok = ts_report_html(results, count, &options, &diagnostics, stream);
    fclose(stream);
    *error = ok ? TS_ERROR_COUNT : diagnostics.entries[0].code;
    ts_diagnostics_release(&diagnostics);
    return text;
}

static char *page(const struct ts_result *const *results, int count, const char *title)
{
    enum ts_error error;
    char *text = page_of(results, count, title, FRAME, &error);
    CU_ASSERT_EQUAL(error, TS_ERROR_COUNT);
    return text;
}

/* The JSON in a page, as a browser would find it: up to the script's end. */
static json_t *data_of(const char *text)
{
    const char *start = strstr(text, "id=\"data\">");
    CU_ASSERT_PTR_NOT_NULL_FATAL(start);
    start += strlen("id=\"data\">");
    const char *stop = strstr(start, "</script>");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stop);
    json_error_t error;
    json_t *data = json_loadb(start, (size_t)(stop - start), 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    return data;
}

static void the_page_holds_the_figures_of_the_json(void)
{
    struct ts_result a = sample_result(), b = scaled_result("other", 1.0 / 3, 3);
    const struct ts_result *results[] = {&a, &b};
    char *text = page(results, 2, NULL);
    json_t *data = data_of(text);
    const json_t *list = json_object_get(data, "results");
    CU_ASSERT_EQUAL(json_array_size(list), 2);
    for (size_t i = 0; i < 2; i++) {
        json_error_t error;
        char *alone = written(ts_report_json, results[i]);
        json_t *expected = json_loads(alone, 0, &error);
        CU_ASSERT_TRUE(json_equal(expected, json_array_get(list, i)));
        json_decref(expected);
        free(alone);
    }
    json_decref(data);
    free(text);
}

static void texts_cannot_leave_their_element(void)
{
    struct ts_result result = sample_result();
    result.workload.name = "</script><script>alert(1)</script><!--";
    const struct ts_result *results[] = {&result};
    char *text = page(results, 1, "<b>\"1\" & 2</b>");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "<title>&#60;b&#62;&#34;1&#34; &#38; 2&#60;/b&#62;</title>"));
    CU_ASSERT_PTR_NULL(strstr(text, "alert(1)</script>"));
    json_t *data = data_of(text);
    const json_t *one = json_array_get(json_object_get(data, "results"), 0);
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(json_object_get(one, "workload"), "name")),
        result.workload.name);
    json_decref(data);
    free(text);
}

static void every_place_of_the_title_is_filled(void)
{
    struct ts_result result = sample_result();
    const struct ts_result *results[] = {&result};
    char *text = page(results, 1, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<title>tiny on gpu-sample</title>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<h1>tiny on gpu-sample</h1>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "</script>\n<p>tiny on gpu-sample</p>\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "<!--tessera"));
    free(text);
}

static void paragraphs_are_whole_sentences(void)
{
    struct ts_result a = sample_result(), b = scaled_result("a-machine-of-a-long-name", 2, 3);
    const struct ts_result *results[] = {&a, &b};
    char *text = page(results, 2, NULL);
    json_t *data = data_of(text);
    const json_t *readings = json_object_get(data, "readings");
    CU_ASSERT_EQUAL_FATAL(json_array_size(readings), 1);
    const json_t *said = json_object_get(json_array_get(readings, 0), "paragraphs");
    /* Latency, energy, distance from peak, and one for each machine. */
    CU_ASSERT_EQUAL(json_array_size(said), 5);
    for (size_t i = 0; i < json_array_size(said); i++) {
        const char *paragraph = json_string_value(json_array_get(said, i));
        CU_ASSERT_EQUAL(paragraph[strlen(paragraph) - 1], '.');
        CU_ASSERT_PTR_NULL(strstr(paragraph, "  "));
        CU_ASSERT_PTR_NULL(strchr(paragraph, '\n'));
    }
    json_decref(data);
    free(text);
}

static void other_work_is_read_apart_and_probes_not_at_all(void)
{
    struct ts_result a = sample_result(), b = sample_result(), probe = sample_result();
    b.workload.batch = 16;
    probe.average_latency_ns = 47.9;
    const struct ts_result *results[] = {&a, &b, &probe, &a};
    char *text = page(results, 4, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<title>tiny on gpu-sample, 4 points</title>"));
    json_t *data = data_of(text);
    const json_t *readings = json_object_get(data, "readings");
    CU_ASSERT_EQUAL_FATAL(json_array_size(readings), 2);
    const json_t *first = json_object_get(json_array_get(readings, 0), "results");
    CU_ASSERT_EQUAL(json_array_size(first), 2);
    CU_ASSERT_EQUAL(json_integer_value(json_array_get(first, 1)), 3);
    json_decref(data);
    free(text);
}

static void a_frame_that_is_none_is_an_error(void)
{
    struct ts_result result = sample_result();
    const struct ts_result *results[] = {&result};
    enum ts_error error;
    free(page_of(results, 1, NULL, "/nowhere/page.html", &error));
    CU_ASSERT_EQUAL(error, TS_ERROR_FILE);
    free(page_of(results, 1, NULL, TESSERA_TEST_DATA "/arch/sample.yaml", &error));
    CU_ASSERT_EQUAL(error, TS_ERROR_SYNTAX);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"the page holds the figures of the JSON", the_page_holds_the_figures_of_the_json},
        {"texts cannot leave their element", texts_cannot_leave_their_element},
        {"every place of the title is filled", every_place_of_the_title_is_filled},
        {"paragraphs are whole sentences", paragraphs_are_whole_sentences},
        {"other work is read apart, and probes not at all",
         other_work_is_read_apart_and_probes_not_at_all},
        {"a frame that is none is an error", a_frame_that_is_none_is_an_error},
    };
    return RUN_SUITE("html", cases);
}
