#include "suite.h"

#include "tessera/listing.h"

#include <string.h>

static struct ts_arena arena;

static const char heading[] = "arch,workload,batch,mode,transforms,memory.dram.device,precision,"
                              "status,error,latency_s,throughput_per_s,tflops,utilization,bound,"
                              "energy_j_total,average_power_w\n";

static const struct ts_csv *table_of(const char *rows)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    const char *text = ts_arena_printf(&arena, "%s%s", heading, rows);
    const struct ts_csv *table = ts_csv_parse("sweep", text, strlen(text), &arena, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    ts_diagnostics_release(&diagnostics);
    return table;
}

static struct ts_listing *listing_of(const char *rows,
                                     void (*fill)(const struct ts_csv *, struct ts_listing *))
{
    struct ts_listing *listing = TS_NEW(&arena, struct ts_listing);
    ts_listing_init(listing, &arena, "tessera.sweep/1", "points");
    fill(table_of(rows), listing);
    return listing;
}

static const char both[] =
    "17,net,1,inference,prune:0.3,~,fp32,ok,,0.001,1000,2,0.5,dram,0.01,10\n"
    "17,net,3,inference,prune:0.3,~,fp32,ok,,0.002,1500,3,0.7,dram,0.02,10\n";

static int column_named(const struct ts_listing *listing, const char *name)
{
    for (int c = 0; c < listing->column_count; c++) {
        if (strcmp(listing->columns[c].name, name) == 0) {
            return c;
        }
    }
    return -1;
}

static void rows_have_every_column_with_numbers_as_numbers(void)
{
    const struct ts_listing *listing = listing_of(both, ts_sweep_rows);
    CU_ASSERT_EQUAL_FATAL(listing->column_count, 16);
    CU_ASSERT_EQUAL_FATAL(listing->cell_count, 32);
    const struct ts_listing_cell *second = &listing->cells[16];
    CU_ASSERT_STRING_EQUAL(second[0].text, "17"); /* a name, though of digits */
    CU_ASSERT_TRUE(second[2].is_number);
    CU_ASSERT_EQUAL(second[2].number, 3);
    CU_ASSERT_STRING_EQUAL(second[4].text, "prune:0.3");
    CU_ASSERT_STRING_EQUAL(second[5].text, "~");
    CU_ASSERT_TRUE(!second[8].is_number && !second[8].text);
    CU_ASSERT_EQUAL(second[9].number, 0.002);
}

static void a_summary_has_the_inputs_that_vary(void)
{
    const struct ts_listing *listing = listing_of(both, ts_sweep_summary);
    CU_ASSERT_TRUE(column_named(listing, "arch") >= 0);
    CU_ASSERT_TRUE(column_named(listing, "batch") >= 0);
    CU_ASSERT_TRUE(column_named(listing, "transforms") < 0);
    CU_ASSERT_TRUE(column_named(listing, "mode") < 0);
    CU_ASSERT_TRUE(column_named(listing, "error") < 0);
    CU_ASSERT_STRING_EQUAL(listing->columns[column_named(listing, "energy_j_total")].unit, "J");
    CU_ASSERT_STRING_EQUAL(listing->columns[column_named(listing, "latency_s")].unit, "s");
}

static void a_summary_tells_of_failures(void)
{
    const struct ts_listing *listing =
        listing_of("a,net,1,inference,,~,fp32,ok,,0.001,1000,2,0.5,dram,0.01,10\n"
                   "a,net,1,inference,,~,fp64,failed,cannot,,,,,,,\n",
                   ts_sweep_summary);
    int column = column_named(listing, "error");
    CU_ASSERT_TRUE_FATAL(column >= 0);
    CU_ASSERT_STRING_EQUAL(listing->cells[listing->column_count + column].text, "cannot");
    int latency = column_named(listing, "latency_s");
    CU_ASSERT_FALSE(listing->cells[listing->column_count + latency].is_number);
}

static void a_sweep_without_points_has_columns_alone(void)
{
    CU_ASSERT_EQUAL(listing_of("", ts_sweep_rows)->cell_count, 0);
    CU_ASSERT_EQUAL(listing_of("", ts_sweep_summary)->cell_count, 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"rows have every column, with numbers as numbers",
         rows_have_every_column_with_numbers_as_numbers},
        {"a summary has the inputs that vary", a_summary_has_the_inputs_that_vary},
        {"a summary tells of failures", a_summary_tells_of_failures},
        {"a sweep without points has columns alone", a_sweep_without_points_has_columns_alone},
    };
    int status = RUN_SUITE("sweep listing", cases);
    ts_arena_release(&arena);
    return status;
}
