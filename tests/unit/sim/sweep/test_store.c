#include "suite.h"

#include "tessera/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct ts_diagnostics diagnostics;
static char path[] = P_tmpdir "/tessera-store-XXXXXX";

static struct ts_store_row sample(const char *key)
{
    return (struct ts_store_row){.key = key,
                                 .arch = "tpu",
                                 .workload = "gemm:17,23,31",
                                 .batch = 3,
                                 .precision = "int8",
                                 .mode = "inference",
                                 .settings = "{}",
                                 .options = "",
                                 .seed = 5,
                                 .latency_s = 1.0 / 3,
                                 .result = "{}",
                                 .run_s = -1};
}

static void a_row_reads_back_as_it_was_put(void)
{
    struct ts_store *store = ts_store_open(path, TS_STORE_WRITE, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    struct ts_store_row row = sample("one"), got;
    int64_t id = 0;
    bool failed = true;
    CU_ASSERT_TRUE(ts_store_put(store, &row, &diagnostics));
    CU_ASSERT_TRUE(ts_store_find(store, "one", &diagnostics, &id, &failed));
    CU_ASSERT_TRUE(id == 1 && !failed);
    CU_ASSERT_TRUE(ts_store_read(store, id, &diagnostics, &got));
    CU_ASSERT_STRING_EQUAL(got.workload, "gemm:17,23,31");
    CU_ASSERT_TRUE(got.latency_s == 1.0 / 3 && got.batch == 3 && got.seed == 5 && got.run_s < 0);
    CU_ASSERT_TRUE(ts_store_find(store, "two", &diagnostics, &id, &failed));
    CU_ASSERT_EQUAL(id, 0);
    CU_ASSERT_FALSE(ts_store_read(store, 77, &diagnostics, &got));
    ts_store_close(store);
    ts_diagnostics_release(&diagnostics);
}

static void a_sweep_gets_the_same_ids_again_and_others_do_not(void)
{
    struct ts_store *store = ts_store_open(path, TS_STORE_WRITE, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    int64_t first = 0, again = 0, other = 0;
    CU_ASSERT_TRUE(ts_store_reserve(store, "a", 17, 100, &diagnostics, &first));
    CU_ASSERT_TRUE(ts_store_reserve(store, "b", 23, 10, &diagnostics, &other));
    CU_ASSERT_TRUE(ts_store_reserve(store, "a", 17, 100, &diagnostics, &again));
    CU_ASSERT_TRUE(first == 2 && again == first && other == 102);
    ts_store_close(store);
}

static void a_failed_row_is_replaced_and_keeps_its_id(void)
{
    struct ts_store *store = ts_store_open(path, TS_STORE_WRITE, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    struct ts_store_row row = sample("three");
    int64_t id = 0, later = 0;
    bool failed = false;
    row.failed = true;
    row.error = "it died";
    CU_ASSERT_TRUE(ts_store_put(store, &row, &diagnostics));
    CU_ASSERT_TRUE(ts_store_find(store, "three", &diagnostics, &id, &failed) && failed);
    row.failed = false;
    CU_ASSERT_TRUE(ts_store_put(store, &row, &diagnostics));
    CU_ASSERT_TRUE(ts_store_find(store, "three", &diagnostics, &later, &failed) && !failed);
    CU_ASSERT_EQUAL(id, later);
    ts_store_close(store);
}

static void a_store_that_is_not_there_cannot_be_read(void)
{
    CU_ASSERT_PTR_NULL(ts_store_open(P_tmpdir "/no-such-folder/x.db", TS_STORE_READ, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
    ts_diagnostics_release(&diagnostics);
}

static const char *settings_of(const char *options, struct ts_arena *arena)
{
    struct ts_arguments words, rest;
    struct ts_job job = ts_job_default(arena);
    struct ts_option_table table = {ts_job_options, ts_job_option_count, &job};
    CU_ASSERT_TRUE(
        ts_options_split(options, arena, &diagnostics, &words) &&
        ts_options_parse(&table, 1, words.words, words.count, arena, &diagnostics, &rest));
    return ts_store_job_settings(&job, arena);
}

static void settings_of_a_run_are_what_differs_from_the_defaults(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    CU_ASSERT_STRING_EQUAL(settings_of("-b 8 -p fp16", &arena), "{}"); /* columns of their own */
    CU_ASSERT_STRING_EQUAL(
        settings_of("-s compute.rows=64 -s compute.dataflow=os --seq 77 --phase decode "
                    "--context 99 -t prune:0.5 -t ternary",
                    &arena),
        "{\"compute.rows\":64,\"compute.dataflow\":\"os\",\"seq\":77,\"phase\":\"decode\","
        "\"context\":99,\"transforms\":[\"prune:0.5\",\"ternary\"]}");
    CU_ASSERT_STRING_EQUAL(
        settings_of("--optimizer adam --mixed-precision off --accumulate 4 --checkpoint sqrt",
                    &arena),
        "{\"optimizer\":\"adam\",\"mixed-precision\":\"off\",\"accumulate\":4,"
        "\"checkpoint\":\"sqrt\"}");
    CU_ASSERT_STRING_EQUAL(settings_of("--checkpoint 6", &arena), "{\"checkpoint\":6}");
    ts_arena_release(&arena);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a row reads back as it was put", a_row_reads_back_as_it_was_put},
        {"a sweep gets the same ids again, and others do not",
         a_sweep_gets_the_same_ids_again_and_others_do_not},
        {"a failed row is replaced and keeps its id", a_failed_row_is_replaced_and_keeps_its_id},
        {"settings of a run are what differs from the defaults",
         settings_of_a_run_are_what_differs_from_the_defaults},
        {"a store that is not there cannot be read", a_store_that_is_not_there_cannot_be_read},
    };
    ts_diagnostics_init(&diagnostics);
    int file = mkstemp(path);
    int status = file >= 0 ? RUN_SUITE("store", cases) : EXIT_FAILURE;
    close(file);
    unlink(path);
    return status;
}
