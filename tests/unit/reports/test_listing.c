#include "suite.h"

#include "tessera/listing.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_listing listing;

static void fill(void)
{
    ts_arena_release(&arena);
    ts_listing_init(&listing, &arena, "tessera.sample/1", "points");
    ts_listing_fact(&listing, "results", 2);
    ts_listing_fact_text(&listing, "minimize", "latency_s");
    ts_listing_column(&listing, "workload", NULL);
    ts_listing_column(&listing, "latency_s", "s");
    ts_listing_column(&listing, "batch", "");
    ts_listing_text(&listing, "gemm:1,2,3");
    ts_listing_number(&listing, 1.0 / 3);
    ts_listing_cell(&listing, (struct ts_listing_cell){"8.0", true, 8});
    ts_listing_text(&listing, "alexnet");
    ts_listing_number(&listing, INFINITY);
    ts_listing_empty(&listing);
    ts_listing_say(&listing, "that is %d", 17);
}

static char *written(void (*write)(const struct ts_listing *, FILE *))
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    write(&listing, stream);
    fclose(stream);
    return text;
}

static void write_plain(const struct ts_listing *each, FILE *stream)
{
    struct ts_report_style plain = {.color = false};
    ts_listing_write_text(each, &plain, stream);
}

static void text_has_units_and_sentences(void)
{
    fill();
    char *text = written(write_plain);
    CU_ASSERT_STRING_EQUAL(text, "workload    latency_s  batch\n"
                                 "gemm:1,2,3   333.3 ms    8.0\n"
                                 "alexnet             -      -\n"
                                 "\nthat is 17\n");
    free(text);
}

static void csv_has_rows_alone_and_exact_numbers(void)
{
    fill();
    char *text = written(ts_listing_write_csv);
    CU_ASSERT_STRING_EQUAL(text, "workload,latency_s,batch\n"
                                 "\"gemm:1,2,3\",0.3333333333333333,8.0\n"
                                 "alexnet,,\n");
    free(text);
}

static void json_has_facts_rows_and_reading(void)
{
    fill();
    char *text = written(ts_listing_write_json);
    json_t *root = json_loads(text, 0, NULL);
    json_t *first = json_array_get(json_object_get(root, "points"), 0);
    json_t *second = json_array_get(json_object_get(root, "points"), 1);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(root, "schema")), "tessera.sample/1");
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(root, "results")), 2);
    CU_ASSERT_EQUAL(json_number_value(json_object_get(first, "latency_s")), 1.0 / 3);
    CU_ASSERT_EQUAL(json_number_value(json_object_get(first, "batch")), 8);
    CU_ASSERT_TRUE(json_is_null(json_object_get(second, "latency_s")));
    CU_ASSERT_TRUE(json_is_null(json_object_get(second, "batch")));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "reading")), 1);
    json_decref(root);
    free(text);
}

static void a_list_without_rows_is_well_formed(void)
{
    ts_listing_init(&listing, &arena, "tessera.sample/1", "points");
    ts_listing_column(&listing, "arch", NULL);
    char *text = written(ts_listing_write_csv);
    CU_ASSERT_STRING_EQUAL(text, "arch\n");
    free(text);
    text = written(ts_listing_write_json);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"points\": []"));
    free(text);
}

static void markdown_has_one_table_and_the_sentences(void)
{
    fill();
    char *text = written(ts_listing_write_markdown);
    CU_ASSERT_STRING_EQUAL(text, "\n| workload | latency_s | batch |\n"
                                 "| --- | ---: | --- |\n"
                                 "| gemm:1,2,3 | 0.3333 | 8.0 |\n"
                                 "| alexnet |  |  |\n\nthat is 17\n");
    free(text);
}

static void names_say_their_units(void)
{
    CU_ASSERT_STRING_EQUAL(ts_unit_of("latency_s"), "s");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("throughput_per_s"), "/s");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("energy_j.total"), "J");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("layers.conv1.energy_j.dram"), "J");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("memory.dram.achieved_gbps"), "GB/s");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("average_power_w"), "W");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("tops_per_w"), "/W");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("arch.peak_tflops"), "TFLOPS");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("tflops"), "TFLOPS");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("utilization"), "");
    CU_ASSERT_STRING_EQUAL(ts_unit_of("cycles"), "");
}

static void quantities_have_prefixes_where_those_are_used(void)
{
    char buffer[TS_SI_BYTES];
    CU_ASSERT_STRING_EQUAL(ts_format_quantity(buffer, 0.00123456, "s"), "1.235 ms");
    CU_ASSERT_STRING_EQUAL(ts_format_quantity(buffer, 900.5, "GB/s"), "900.5 GB/s");
    CU_ASSERT_STRING_EQUAL(ts_format_quantity(buffer, 0.53125, ""), "0.5312");
    CU_ASSERT_STRING_EQUAL(ts_format_quantity(buffer, 1234567, ""), "1.235 M");
    CU_ASSERT_STRING_EQUAL(ts_format_quantity(buffer, 50000, ""), "50000");
    CU_ASSERT_STRING_EQUAL(ts_format_quantity(buffer, 12345.6, "MHz"), "12346 MHz");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"text has units and sentences", text_has_units_and_sentences},
        {"CSV has rows alone, and exact numbers", csv_has_rows_alone_and_exact_numbers},
        {"JSON has facts, rows and reading", json_has_facts_rows_and_reading},
        {"Markdown has one table and the sentences", markdown_has_one_table_and_the_sentences},
        {"a list without rows is well-formed", a_list_without_rows_is_well_formed},
        {"names say their units", names_say_their_units},
        {"quantities have prefixes where those are used",
         quantities_have_prefixes_where_those_are_used},
    };
    int status = RUN_SUITE("listing", cases);
    ts_arena_release(&arena);
    return status;
}
