#include "result_support.h"
#include "suite.h"

#include "tessera/csv.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_csv *parse(const char *text)
{
    return ts_csv_parse("written", text, strlen(text), &arena, &diagnostics);
}

static const char *cell(const struct ts_csv *table, int row, const char *column)
{
    return table->rows[row].fields[ts_csv_column(table, column)];
}

static void a_run_is_a_row_a_layer(void)
{
    struct ts_result result = sample_result();
    char *text = written(ts_report_csv, &result);
    const struct ts_csv *table = parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(table->row_count, 2);
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "layer"), "fc,last");
    CU_ASSERT_STRING_EQUAL(cell(table, 0, "precision"), "fp16");
    CU_ASSERT_STRING_EQUAL(cell(table, 0, "m"), "17");
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "time_dram"), "0.9");
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "energy_j_static"), "0.007");
    free(text);
}

static void a_probe_is_a_row_a_memory(void)
{
    struct ts_result result = sample_result();
    result.average_latency_ns = 51.5;
    result.layer_count = 0;
    char *text = written(ts_report_csv, &result);
    const struct ts_csv *table = parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL_FATAL(table->row_count, 2);
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "level"), "dram");
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "writes"), "31");
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "achieved_gbps"), "450.5");
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "average_latency_ns"), "51.5");
    free(text);
}

static void a_comparison_is_a_row_a_result(void)
{
    struct ts_result a = sample_result(), b = scaled_result("other", 2, 3);
    const struct ts_result *results[] = {&a, &b};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_csv(results, 2, stream);
    fclose(stream);
    const struct ts_csv *table = parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(table->row_count, 2);
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "arch"), "other");
    CU_ASSERT_STRING_EQUAL(cell(table, 1, "latency_s"), "0.0024");
    free(text);
}

static void empty_figures_have_as_many_fields(void)
{
    char *text = NULL;
    size_t length = 0;
    struct ts_result result = sample_result();
    FILE *stream = open_memstream(&text, &length);
    fputs("a", stream);
    ts_figures_csv_heading(stream);
    fputs("\nb", stream);
    ts_figures_csv_empty(stream);
    fputs("\nc", stream);
    ts_figures_csv_row(&result, stream);
    fputs("\n", stream);
    fclose(stream);
    const struct ts_csv *table = parse(text); /* refuses records of unequal length */
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(table->row_count, 2);
    CU_ASSERT_STRING_EQUAL(cell(table, 0, "tflops"), "");
    free(text);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a run is a row a layer", a_run_is_a_row_a_layer},
        {"a probe is a row a memory", a_probe_is_a_row_a_memory},
        {"a comparison is a row a result", a_comparison_is_a_row_a_result},
        {"empty figures have as many fields", empty_figures_have_as_many_fields},
    };
    int status = RUN_SUITE("csv_table", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
