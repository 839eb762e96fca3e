#include "suite.h"

#include "tessera/sweep.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static bool parse(struct ts_job *job, const char *text)
{
    struct ts_arguments words, rest;
    struct ts_option_table table = {ts_job_options, ts_job_option_count, job};
    ts_diagnostics_release(&diagnostics);
    *job = ts_job_default(&arena);
    return ts_options_split(text, &arena, &diagnostics, &words) &&
           ts_options_parse(&table, 1, words.words, words.count, &arena, &diagnostics, &rest);
}

static void options_say_the_job_and_the_job_says_the_options(void)
{
    static const char text[] = "-b 8 -p fp16 -m training --optimizer adam --mixed-precision on "
                               "--accumulate 4 --checkpoint sqrt --seq 77 -t prune:0.5 "
                               "-s memory.dram.bandwidth_gbps=900 --cold --exact --seed 3";
    struct ts_job job;
    CU_ASSERT_TRUE(parse(&job, text));
    CU_ASSERT_EQUAL(job.batch, 8);
    CU_ASSERT_EQUAL(job.precision, TS_FP16);
    CU_ASSERT_STRING_EQUAL(job.overrides[0].key, "memory.dram.bandwidth_gbps");
    CU_ASSERT_STRING_EQUAL(job.overrides[0].value, "900");
    CU_ASSERT_STRING_EQUAL(ts_job_options_text(&job, &arena), text);
    CU_ASSERT_TRUE(parse(&job, ""));
    CU_ASSERT_STRING_EQUAL(ts_job_options_text(&job, &arena), "");
}

static void settings_of_any_length_and_quotes_come_back(void)
{
    struct ts_job job, again;
    char value[700];
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = '\0';
    const char *text =
        ts_arena_printf(&arena, "-s description=%s -s \"name=it's a \"'\"name\"'", value);
    CU_ASSERT_TRUE(parse(&job, text));
    CU_ASSERT_STRING_EQUAL(job.overrides[1].value, "it's a \"name\"");
    CU_ASSERT_TRUE(parse(&again, ts_job_options_text(&job, &arena)));
    CU_ASSERT_EQUAL_FATAL(again.override_count, 2);
    CU_ASSERT_STRING_EQUAL(again.overrides[0].value, value);
    CU_ASSERT_STRING_EQUAL(again.overrides[1].value, job.overrides[1].value);
}

static void wrong_values_are_refused(void)
{
    static const struct {
        const char *text;
        enum ts_error code;
    } wrong[] = {
        {"-b 0", TS_ERROR_RANGE},
        {"-b -3", TS_ERROR_RANGE},
        {"-b x", TS_ERROR_TYPE},
        {"-p fp17", TS_ERROR_UNKNOWN_NAME},
        {"-m trainig", TS_ERROR_UNKNOWN_NAME},
        {"--seq 0", TS_ERROR_RANGE},
        {"--accumulate 0", TS_ERROR_RANGE},
        {"--checkpoint half", TS_ERROR_TYPE},
        {"--mixed-precision yes", TS_ERROR_UNKNOWN_NAME},
        {"-s novalue", TS_ERROR_USAGE},
        {"-s =3", TS_ERROR_USAGE},
        {"-s key=", TS_ERROR_USAGE},
        {"--optimizer lamb", TS_ERROR_UNKNOWN_NAME},
        {"--seed -1", TS_ERROR_RANGE},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ts_job job;
        CU_ASSERT_FALSE(parse(&job, wrong[i].text));
        CU_ASSERT_EQUAL(diagnostics.entries[0].code, wrong[i].code);
    }
}

static void too_many_transforms_and_settings_are_refused(void)
{
    struct ts_job job = ts_job_default(&arena);
    ts_diagnostics_release(&diagnostics);
    for (int i = 0; i < TS_MAX_TRANSFORMS; i++) {
        CU_ASSERT_TRUE(ts_job_transform(&job, "prune:0.5", &diagnostics));
    }
    CU_ASSERT_FALSE(ts_job_transform(&job, "prune:0.5", &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_LIMIT);
    for (int i = 0; i < TS_MAX_OVERRIDES; i++) {
        CU_ASSERT_TRUE(ts_job_override(&job, "a", "b", &diagnostics));
    }
    CU_ASSERT_FALSE(ts_job_override(&job, "a", "b", &diagnostics));
}

static void a_precision_the_machine_lacks_is_refused_with_those_it_has(void)
{
    struct ts_loaded_job loaded;
    struct ts_job job;
    CU_ASSERT_TRUE(parse(&job, "-p fp64"));
    job.arch = "tpu-v1";
    job.workload = "gemm:17,23,31";
    CU_ASSERT_FALSE(ts_job_load(&job, &arena, &diagnostics, &loaded));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_PRECISION);
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics.entries[0].help);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "int8"));
}

static void a_layer_in_a_format_the_machine_lacks_is_refused(void)
{
    struct ts_loaded_job loaded;
    struct ts_job job;
    CU_ASSERT_TRUE(parse(&job, "-t quantize:fp8"));
    job.arch = "cpu-epyc-7742";
    job.workload = "alexnet";
    CU_ASSERT_FALSE(ts_job_load(&job, &arena, &diagnostics, &loaded));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_PRECISION);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].message, "'conv1' of 'alexnet' in fp8"));
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "int8"));
    CU_ASSERT_TRUE(parse(&job, "-t quantize:weights=fp8")); /* widened on the way in */
    job.arch = "cpu-epyc-7742";
    job.workload = "alexnet";
    CU_ASSERT_TRUE(ts_job_load(&job, &arena, &diagnostics, &loaded));
}

static void without_a_precision_the_machine_takes_its_own(void)
{
    struct ts_loaded_job loaded;
    struct ts_job job;
    CU_ASSERT_TRUE(parse(&job, ""));
    job.arch = "tpu-v1";
    job.workload = "gemm:17,23,31";
    CU_ASSERT_TRUE(ts_job_load(&job, &arena, &diagnostics, &loaded));
    CU_ASSERT_EQUAL(loaded.precision, TS_INT8);
    CU_ASSERT_EQUAL(loaded.program->precision, TS_INT8);
}

static void jobs_side_by_side_give_what_they_give_alone(void)
{
    static const char *const archs[] = {"tpu-v1", "eie", "systolic-array"};
    struct ts_loaded_job loaded[3];
    struct ts_result *together[3], *alone = NULL;
    for (int i = 0; i < 3; i++) {
        struct ts_job job = ts_job_default(&arena);
        job.arch = archs[i];
        job.workload = "gemm:17,23,31";
        CU_ASSERT_TRUE_FATAL(ts_job_load(&job, &arena, &diagnostics, &loaded[i]));
    }
    CU_ASSERT_TRUE_FATAL(ts_simulate_all(loaded, 3, 2, &arena, &diagnostics, together));
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(ts_job_simulate(&loaded[i], &arena, &diagnostics, &alone));
        CU_ASSERT_EQUAL(together[i]->cycles, alone->cycles);
        CU_ASSERT_EQUAL(together[i]->energy.total_j, alone->energy.total_j);
        CU_ASSERT_STRING_EQUAL(together[i]->layers[0].name, alone->layers[0].name);
        CU_ASSERT_STRING_EQUAL(together[i]->arch.name, alone->arch.name);
        CU_ASSERT_EQUAL_FATAL(together[i]->arch.ceiling_count, alone->arch.ceiling_count);
        CU_ASSERT_STRING_EQUAL(together[i]->arch.ceilings[0].name, alone->arch.ceilings[0].name);
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a layer in a format the machine lacks is refused",
         a_layer_in_a_format_the_machine_lacks_is_refused},
        {"options say the job and the job says the options",
         options_say_the_job_and_the_job_says_the_options},
        {"settings of any length, and quotes, come back",
         settings_of_any_length_and_quotes_come_back},
        {"wrong values are refused", wrong_values_are_refused},
        {"too many transforms and settings are refused",
         too_many_transforms_and_settings_are_refused},
        {"a precision the machine lacks is refused with those it has",
         a_precision_the_machine_lacks_is_refused_with_those_it_has},
        {"without a precision the machine takes its own",
         without_a_precision_the_machine_takes_its_own},
        {"jobs side by side give what they give alone",
         jobs_side_by_side_give_what_they_give_alone},
    };
    int status = RUN_SUITE("job", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
