#include "result_support.h"
#include "suite.h"

#include "reports/sheet.h"

#include <string.h>

static char *markdown_of(const struct ts_result *result, bool all_layers)
{
    struct ts_report_style style = {.all_layers = all_layers};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_report_markdown(result, &style, stream);
    fclose(stream);
    return text;
}

static char *comparison_of(const struct ts_result *const *results, int count)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_markdown(results, count, stream);
    fclose(stream);
    return text;
}

/* Cell borders of a line: pipes that no backslash hides. */
static int borders(const char *line)
{
    int count = 0;
    for (const char *c = line; *c && *c != '\n'; c++) {
        count += *c == '|' && (c == line || c[-1] != '\\');
    }
    return count;
}

/* Every table's rows have as many cells as its heading. */
static bool tables_are_straight(const char *text)
{
    int heading = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        int cells = line[0] == '|' ? borders(line) : 0;
        if (heading && cells && cells != heading) {
            return false;
        }
        heading = cells;
    }
    return true;
}

static void a_run_says_its_figures_with_units_beside_their_names(void)
{
    struct ts_result result = sample_result();
    char *text = markdown_of(&result, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "## tiny on gpu-sample\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "batch 8, fp16, inference, 1380 MHz; bound by dram."));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n| latency (ms) | 1.200 |\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n| energy each (mJ) | 3.500 |\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n| dram | 480.0 | 40.0 |\n"));
    CU_ASSERT_TRUE(tables_are_straight(text));
    free(text);
}

static void a_column_has_one_unit_for_all_rows(void)
{
    struct ts_result result = sample_result();
    char *text = markdown_of(&result, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " time (µs) "));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "| layer1.0.conv1 | conv | implicit_gemm | compute | 500.0 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "| fc,last | fc | gemm | dram | 700.0 "));
    free(text);
}

static void what_markdown_would_take_for_its_own_is_escaped(void)
{
    struct ts_result result = sample_result();
    struct ts_layer_result layers[2] = {result.layers[0], result.layers[1]};
    result.layers = layers;
    layers[0].name = "a|b*c_d_<e>\n_f";
    char *text = markdown_of(&result, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "| a\\|b\\*c_d\\_&lt;e&gt; \\_f | conv |"));
    CU_ASSERT_TRUE(tables_are_straight(text));
    free(text);
}

static void a_comparison_is_three_tables_and_a_reading(void)
{
    struct ts_result first = sample_result(), second = sample_result();
    second.arch.name = "other";
    second.latency_s = 2.4e-3;
    second.throughput_per_s = first.throughput_per_s / 2;
    second.time_breakdown[TS_TIME_DRAM] = 0;
    const struct ts_result *results[] = {&first, &second};
    char *text = comparison_of(results, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "## tiny, batch 8, inference\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "| machine | precision | latency (ms) |"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "| other | fp16 | 2.400 |"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "| other | 20.0 |  |"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n- Latency and throughput: gpu-sample is first"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  - other (fp16): bound by"));
    CU_ASSERT_TRUE(tables_are_straight(text));
    free(text);
}

static void numbers_have_four_digits_and_no_exponent(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct sheet sheet;
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    sheet_init(&sheet, &arena, 4);
    double *time = sheet_numbers(&sheet, "time", "s");
    time[0] = 1.5e-7, time[1] = 3e-3, time[2] = 4e-3, time[3] = 250;
    sheet_write(&sheet, stream);
    fclose(stream);
    CU_ASSERT_STRING_EQUAL(text, "\n| time (ms) |\n| ---: |\n| 0.0001500 |\n| 3.000 |\n| 4.000 |\n"
                                 "| 250000 |\n");
    free(text);
    ts_arena_release(&arena);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a run says its figures with units beside their names",
         a_run_says_its_figures_with_units_beside_their_names},
        {"a column has one unit for all rows", a_column_has_one_unit_for_all_rows},
        {"what Markdown would take for its own is escaped",
         what_markdown_would_take_for_its_own_is_escaped},
        {"a comparison is three tables and a reading", a_comparison_is_three_tables_and_a_reading},
        {"numbers have four digits and no exponent", numbers_have_four_digits_and_no_exponent},
    };
    return RUN_SUITE("markdown", cases);
}
