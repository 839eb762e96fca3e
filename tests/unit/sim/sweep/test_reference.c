#include "scratch.h"
#include "suite.h"

#include "tessera/validate.h"

#include <stdio.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static const char *file_of(const char *text)
{
    ts_diagnostics_release(&diagnostics);
    return scratch_write("references.csv", text);
}

static int load(const char *text, struct ts_reference **references)
{
    int count = 0;
    *references = NULL;
    bool ok = ts_references_load(file_of(text), &arena, &diagnostics, references, &count);
    return ok ? count : -1;
}

#define HEADING "id,arch,workload,batch,precision,mode,options,metric,expected,source\n"

static void rows_become_jobs(void)
{
    struct ts_reference *rows;
    CU_ASSERT_EQUAL_FATAL(
        load(HEADING "a,eie,\"fc:17,23\",4,int16,training,-t prune:0.1 --seed 7,latency_s,3e-5,x\n"
                     "b,tpu,resnet50,,,,,cycles,17,y\n",
             &rows),
        2);
    CU_ASSERT_PTR_NULL(rows[0].unreadable);
    CU_ASSERT_STRING_EQUAL(rows[0].workload, "fc:17,23");
    CU_ASSERT_EQUAL(rows[0].job.batch, 4);
    CU_ASSERT_TRUE(rows[0].job.training);
    CU_ASSERT_EQUAL(rows[0].job.seed, 7);
    CU_ASSERT_STRING_EQUAL(rows[0].job.transforms[0], "prune:0.1");
    CU_ASSERT_DOUBLE_EQUAL(rows[0].expected, 3e-5, 0);
    CU_ASSERT_PTR_NULL(rows[1].unreadable);
    CU_ASSERT_EQUAL(rows[1].job.batch, 1);
    CU_ASSERT_EQUAL(rows[1].job.precision, TS_PRECISION_NONE);
    CU_ASSERT_EQUAL(rows[1].line, 3);
}

static void a_network_beside_the_table_goes_by_its_path_from_there(void)
{
    struct ts_reference *rows;
    const char *network = ts_arena_strdup(&arena, scratch_write("beside.yaml", ""));
    static const char table[] =
        HEADING "a,tpu,beside.yaml,,,,,cycles,1,\nb,tpu,nowhere.yaml,,,,,cycles,1,\n";
    CU_ASSERT_EQUAL_FATAL(load(table, &rows), 2);
    CU_ASSERT_STRING_EQUAL(rows[0].job.workload, network);
    CU_ASSERT_STRING_EQUAL(rows[0].workload, "beside.yaml");
    CU_ASSERT_STRING_EQUAL(rows[1].job.workload, "nowhere.yaml");
}

static void rows_of_one_simulation_have_one_key(void)
{
    struct ts_reference *rows;
    CU_ASSERT_EQUAL_FATAL(load(HEADING "a,tpu,w,1,,inference,-s k=1,latency_s,1,\n"
                                       "b,tpu,w,1,,inference,-s k=1,cycles,2,\n"
                                       "c,tpu,w,1,,inference,-s k=2,cycles,2,\n",
                               &rows),
                          3);
    CU_ASSERT_STRING_EQUAL(ts_reference_key(&rows[0], &arena), ts_reference_key(&rows[1], &arena));
    CU_ASSERT_STRING_NOT_EQUAL(ts_reference_key(&rows[0], &arena),
                               ts_reference_key(&rows[2], &arena));
}

static void a_row_that_makes_no_job_is_kept_with_the_reason(void)
{
    struct ts_reference *rows;
    CU_ASSERT_EQUAL_FATAL(load(HEADING "a,tpu,w,0,,inference,,cycles,2,\n"
                                       "b,tpu,w,1,fp17,inference,,cycles,2,\n"
                                       "c,tpu,w,1,,sleeping,,cycles,2,\n"
                                       "d,tpu,w,1,,inference,--nothing,cycles,2,\n"
                                       "e,tpu,w,1,,inference,stray,cycles,2,\n"
                                       "f,tpu,w,1,,inference,,cycles,many,\n"
                                       "g,tpu,w,1,,inference,,cycles,0,\n"
                                       "h,tpu,w,1,,inference,-s 'a=1,cycles,1,\n",
                               &rows),
                          8);
    for (int i = 0; i < 8; i++) {
        CU_ASSERT_PTR_NOT_NULL(rows[i].unreadable);
    }
    CU_ASSERT_EQUAL(diagnostics.errors, 0);
}

static void tables_without_their_columns_are_refused(void)
{
    struct ts_reference *rows;
    CU_ASSERT_EQUAL(load("id,arch\n1,2\n", &rows), -1);
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_MISSING_KEY);
    CU_ASSERT_EQUAL(load("", &rows), -1);
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_SYNTAX);
}

static void bounds_are_read_or_refused(void)
{
    struct ts_error_bound *bounds = NULL;
    int count = 0;
    CU_ASSERT_TRUE(ts_bounds_load(file_of("file,failed,mape,p90_ape\na.csv,0,8,20\nb.csv,,9.5,\n"),
                                  &arena, &diagnostics, &bounds, &count));
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_DOUBLE_EQUAL(bounds[0].p90_ape, 20, 0);
    CU_ASSERT_DOUBLE_EQUAL(bounds[1].mape, 9.5, 0);
    CU_ASSERT_TRUE(bounds[1].failed < 0);
    CU_ASSERT_FALSE(ts_bounds_load(file_of("file,failed,mape,p90_ape\na.csv,0,much,20\n"), &arena,
                                   &diagnostics, &bounds, &count));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_TYPE);
    CU_ASSERT_FALSE(
        ts_bounds_load(file_of("file,mape\na.csv,0\n"), &arena, &diagnostics, &bounds, &count));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_MISSING_KEY);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"rows become jobs", rows_become_jobs},
        {"a network beside the table goes by its path from there",
         a_network_beside_the_table_goes_by_its_path_from_there},
        {"rows of one simulation have one key", rows_of_one_simulation_have_one_key},
        {"a row that makes no job is kept with the reason",
         a_row_that_makes_no_job_is_kept_with_the_reason},
        {"tables without their columns are refused", tables_without_their_columns_are_refused},
        {"bounds are read or refused", bounds_are_read_or_refused},
    };
    int status = RUN_SUITE("reference", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
