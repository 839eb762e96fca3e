#include "result_support.h"
#include "suite.h"

#include "tessera/recorded.h"

#include <stdio.h>
#include <string.h>

#define RECORD TESSERA_TEST_DATA "/report/errors.csv"

static struct ts_arena arena = TS_ARENA_INIT;

static struct ts_recorded_errors record(void)
{
    struct ts_diagnostics diagnostics;
    struct ts_recorded_errors recorded;
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_recorded_load(RECORD, &arena, &diagnostics, &recorded));
    ts_diagnostics_release(&diagnostics);
    return recorded;
}

static const char *sentence(const struct ts_result *result)
{
    struct ts_recorded_errors recorded = record();
    return ts_recorded_sentence(&recorded, result, &arena);
}

static void rows_are_read_with_their_hash(void)
{
    struct ts_recorded_errors recorded = record();
    CU_ASSERT_EQUAL_FATAL(recorded.count, 7);
    const struct ts_recorded_error *sample = &recorded.items[1];
    CU_ASSERT_STRING_EQUAL(sample->table, "conv.csv");
    CU_ASSERT_STRING_EQUAL(sample->arch, "gpu-sample");
    CU_ASSERT_EQUAL(sample->arch_hash, 0xabcdef0123456789);
    CU_ASSERT_EQUAL(sample->rows, 30);
    CU_ASSERT_EQUAL(sample->failed, 2);
    CU_ASSERT_EQUAL(sample->mape, 15.25);
    CU_ASSERT_EQUAL(sample->bias, -4);
}

static void a_machine_is_told_with_each_of_its_tables(void)
{
    struct ts_result result = sample_result();
    CU_ASSERT_STRING_EQUAL(sentence(&result),
                           "checked against 35 reference figures of this machine: mean error "
                           "15.2 % in conv, 8.0 % in gemm");
}

static void a_machine_of_no_table_is_told_with_its_family(void)
{
    struct ts_result result = sample_result();
    result.arch.name = "gpu-new";
    CU_ASSERT_STRING_EQUAL(sentence(&result),
                           "no reference figure is of this machine; 45 are of 2 others of its "
                           "family: mean error 17.3 % in conv, 8.0 % in gemm");
    result.arch.family = "abacus";
    CU_ASSERT_STRING_EQUAL(sentence(&result),
                           "no reference figure is of this machine or of another of its family");
}

static void a_changed_machine_is_said_to_be_one(void)
{
    struct ts_result result = sample_result();
    result.provenance.arch_hash++;
    CU_ASSERT_PTR_NOT_NULL(strstr(sentence(&result), "; recorded before the machine's file"));
    result.provenance.options = "-b 8 -s power.limit_w=150";
    CU_ASSERT_PTR_NOT_NULL(strstr(sentence(&result), "; this run changed the machine"));
    result = sample_result();
    result.provenance.version = "0.2.0";
    CU_ASSERT_PTR_NOT_NULL(strstr(sentence(&result), "or the program changed"));
}

static enum ts_error load_text(const char *text)
{
    char path[] = P_tmpdir "/tessera-record-XXXXXX";
    int file = mkstemp(path);
    FILE *stream = fdopen(file, "w");
    fputs(text, stream);
    fclose(stream);
    struct ts_diagnostics diagnostics;
    struct ts_recorded_errors recorded;
    ts_diagnostics_init(&diagnostics);
    bool ok = ts_recorded_load(path, &arena, &diagnostics, &recorded);
    enum ts_error error = ok ? TS_ERROR_COUNT : diagnostics.entries[0].code;
    CU_ASSERT_EQUAL(recorded.count, 0);
    ts_diagnostics_release(&diagnostics);
    remove(path);
    return error;
}

static void what_is_no_record_is_an_error(void)
{
#define HEADING "table,family,arch,arch_hash,version,rows,failed,mape,median_ape,p90_ape,bias\n"
    CU_ASSERT_EQUAL(load_text("table,family\na,b\n"), TS_ERROR_MISSING_KEY);
    CU_ASSERT_EQUAL(load_text(HEADING "a,b,c,0,v,3,0,much,1,1,1\n"), TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(load_text(HEADING "a,b,c,0,v,3.5,0,1,1,1,1\n"), TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(load_text(HEADING "a,b,c,0,v,3,-1,1,1,1,1\n"), TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(load_text(HEADING "a,b,c,0,v,3,0,inf,1,1,1\n"), TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(load_text(HEADING "a,b,c,0,v,3,0,1\n"), TS_ERROR_SYNTAX);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"rows are read with their hash", rows_are_read_with_their_hash},
        {"a machine is told with each of its tables", a_machine_is_told_with_each_of_its_tables},
        {"a machine of no table is told with its family",
         a_machine_of_no_table_is_told_with_its_family},
        {"a changed machine is said to be one", a_changed_machine_is_said_to_be_one},
        {"what is no record is an error", what_is_no_record_is_an_error},
    };
    int status = RUN_SUITE("recorded errors", cases);
    ts_arena_release(&arena);
    return status;
}
