#include "scratch.h"
#include "suite.h"

#include "tessera/sweep.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_sweep *load(const char *text)
{
    const struct ts_sweep *sweep = NULL;
    ts_diagnostics_release(&diagnostics);
    bool ok = ts_sweep_load(scratch_write("sweep.yaml", text), &arena, &diagnostics, &sweep);
    CU_ASSERT_EQUAL(ok, diagnostics.errors == 0);
    return ok ? sweep : NULL;
}

static bool refused(const char *text, enum ts_error code)
{
    return !load(text) && diagnostics.entries[0].code == code;
}

#define HEAD "archs: [tpu, gpu]\nworkloads: [\"gemm:17,23,31\"]\n"

static void a_grid_has_every_combination_in_order(void)
{
    const struct ts_sweep *sweep =
        load("name: s\n" HEAD "axes:\n  batch: [1, 8, 64]\n  precision: [fp32, fp16]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->point_count, 12);
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    ts_sweep_position(sweep, 0, &arch, &workload, indices);
    CU_ASSERT_TRUE(arch == 0 && indices[0] == 0 && indices[1] == 0);
    ts_sweep_position(sweep, 1, &arch, &workload, indices);
    CU_ASSERT_TRUE(arch == 0 && indices[0] == 0 && indices[1] == 1);
    ts_sweep_position(sweep, 11, &arch, &workload, indices);
    CU_ASSERT_TRUE(arch == 1 && indices[0] == 2 && indices[1] == 1);
}

static void conditions_leave_points_out(void)
{
    const struct ts_sweep *sweep =
        load(HEAD "axes:\n  batch: [1, 8, 64]\n  precision: [fp32, fp16]\n"
                  "where: [\"batch < 64 or precision == fp16\", arch == tpu]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->grid_count, 12);
    CU_ASSERT_EQUAL(sweep->point_count, 5);
}

static void ranges_step_linearly_or_by_a_factor(void)
{
    const struct ts_sweep *sweep = load(
        HEAD "axes:\n  memory.dram.bandwidth_gbps: {from: 50, to: 3200, steps: 7, scale: log}\n"
             "  batch: {from: 1, to: 9, steps: 3}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    static const double expected[] = {50, 100, 200, 400, 800, 1600, 3200};
    CU_ASSERT_EQUAL_FATAL(sweep->axes[0].count, 7);
    for (int i = 0; i < 7; i++) {
        CU_ASSERT_DOUBLE_EQUAL(sweep->axes[0].values[i].number, expected[i], 1e-3 * expected[i]);
    }
    CU_ASSERT_STRING_EQUAL(sweep->axes[0].values[6].text, "3200");
    CU_ASSERT_STRING_EQUAL(sweep->axes[1].values[1].text, "5");
}

static void a_job_has_the_settings_of_its_point(void)
{
    const struct ts_sweep *sweep =
        load("archs: [eie]\nworkloads: [\"fc:17,23\"]\naxes:\n  compute.fifo_depth: [1, 8]\n"
             "  batch: [3]\n  mode: training\n  seq: [7]\n"
             "  transforms: [[\"prune:0.1\", \"activations:0.3\"], \"prune:0.5\"]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->point_count, 4);
    struct ts_job job;
    CU_ASSERT_TRUE(ts_sweep_job(sweep, 2, &arena, &diagnostics, &job));
    CU_ASSERT_STRING_EQUAL(job.arch, "eie");
    CU_ASSERT_EQUAL(job.batch, 3);
    CU_ASSERT_TRUE(job.training);
    CU_ASSERT_EQUAL(job.sequence, 7);
    CU_ASSERT_EQUAL(job.override_count, 1);
    CU_ASSERT_STRING_EQUAL(job.overrides[0].key, "compute.fifo_depth");
    CU_ASSERT_STRING_EQUAL(job.overrides[0].value, "8");
    CU_ASSERT_EQUAL(job.transform_count, 2);
    CU_ASSERT_STRING_EQUAL(job.transforms[1], "activations:0.3");
}

static void options_of_networks_are_axes_too(void)
{
    const struct ts_sweep *sweep =
        load(HEAD "axes:\n  phase: [prefill, decode]\n  context: [17, 23]\n  numerics: [on, off]\n"
                  "  transforms: [[\"lowrank:64\", \"prune:0.5\"], \"winograd:2\", []]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->point_count, 2 * 2 * 2 * 2 * 3);
    struct ts_job job;
    CU_ASSERT_TRUE_FATAL(ts_sweep_job(sweep, 0, &arena, &diagnostics, &job));
    CU_ASSERT_EQUAL(job.phase, TS_PHASE_PREFILL);
    CU_ASSERT_EQUAL(job.context, 17);
    CU_ASSERT_TRUE(job.numerics);
    CU_ASSERT_EQUAL_FATAL(job.transform_count, 2);
    CU_ASSERT_STRING_EQUAL(job.transforms[0], "lowrank:64");
    CU_ASSERT_STRING_EQUAL(job.transforms[1], "prune:0.5");
    CU_ASSERT_TRUE_FATAL(ts_sweep_job(sweep, 23, &arena, &diagnostics, &job));
    CU_ASSERT_EQUAL(job.phase, TS_PHASE_DECODE);
    CU_ASSERT_EQUAL(job.context, 23);
    CU_ASSERT_FALSE(job.numerics);
    CU_ASSERT_EQUAL(job.transform_count, 0);
    sweep = load(HEAD "axes:\n  numerics: loud\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_job(sweep, 0, &arena, &diagnostics, &job));
}

static void ranges_of_whole_numbers_step_over_each_once(void)
{
    const struct ts_sweep *sweep =
        load(HEAD "axes:\n  batch: {from: 1, to: 8, steps: 6, scale: log}\n"
                  "  compute.rows: {from: 1, to: 3, steps: 9, integer: yes}\n");
    static const char *const batches[] = {"1", "2", "3", "5", "8"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL_FATAL(sweep->axes[0].count, 5); /* 1 1.5 2.3 3.5 5.3 8, and 1.5 is 2 */
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_STRING_EQUAL(sweep->axes[0].values[i].text, batches[i]);
    }
    CU_ASSERT_EQUAL(sweep->axes[1].count, 3);
}

static void wrong_files_are_refused(void)
{
    CU_ASSERT_TRUE(refused("- a\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused("workloads: [a]\n", TS_ERROR_MISSING_KEY));
    CU_ASSERT_TRUE(refused("archs: []\nworkloads: [a]\n", TS_ERROR_RANGE));
    CU_ASSERT_TRUE(refused(HEAD "axis:\n  batch: [1]\n", TS_ERROR_UNKNOWN_KEY));
    CU_ASSERT_TRUE(refused(HEAD "axes: [batch]\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  batch: []\n", TS_ERROR_RANGE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  batch: [[1]]\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  batch: {from: 1, to: 2}\n", TS_ERROR_MISSING_KEY));
    CU_ASSERT_TRUE(
        refused(HEAD "axes:\n  b: {from: 0, to: 2, steps: 3, scale: log}\n", TS_ERROR_RANGE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  b: {from: 1, to: 2, steps: 3, scale: cubic}\n",
                           TS_ERROR_UNKNOWN_NAME));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  mode: {from: 1, to: 2, steps: 3}\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  batch: {from: 1.5, to: 2, steps: 3}\n", TS_ERROR_RANGE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  batch: {from: 1, to: 2, steps: 1}\n", TS_ERROR_RANGE));
    CU_ASSERT_TRUE(
        refused(HEAD "axes:\n  b: {from: 1, to: 2, steps: 3, integer: perhaps}\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "where: batch\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "where: [\"batch <\"]\n", TS_ERROR_SYNTAX));
    CU_ASSERT_TRUE(refused(HEAD "where: [arch == cpu]\n", TS_ERROR_CONFLICT));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n"
                                "  a: {from: 1, to: 2, steps: 9999}\n"
                                "  b: {from: 1, to: 2, steps: 9999}\n",
                           TS_ERROR_LIMIT));
}

static void misspelt_machines_networks_and_values_are_found_before_anything_runs(void)
{
    const struct ts_sweep *sweep =
        load("archs: [tpuu]\nworkloads: [resnet5000]\naxes:\n  precision: [fp33]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_TRUE(diagnostics.errors >= 3);
    sweep = load("archs: [tpu]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n  compute.rowz: [1]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_UNKNOWN_KEY);
}

/* The place of the first error, when there is one. */
static bool found_at(int line, int column)
{
    const struct ts_place *place = &diagnostics.entries[0].place;
    return diagnostics.errors > 0 && place->line == line && place->column == column;
}

static void a_wrong_value_is_named_at_its_place_in_the_file(void)
{
    const struct ts_sweep *sweep = load("archs: [tpu]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n"
                                        "  compute.dataflow: [ws, oss]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_TRUE(found_at(4, 26));
    sweep = load("archs: [tpu]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n"
                 "  transforms: [\"prune:0.5\", \"prunee:0.5\"]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_TRUE(found_at(4, 29));
    sweep = load("archs: [tpu]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n"
                 "  batch: [1,\n    -8]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_TRUE(found_at(5, 5));
    sweep = load("archs: [tpu]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n"
                 "  memory.dram.bandwidth_gbps: {from: -5, to: 9, steps: 3}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_TRUE(found_at(4, 31));
}

/* systolic-array has no DRAM: a bandwidth means something beside a device alone. */
static void a_key_that_needs_another_one_is_checked_beside_it(void)
{
    const struct ts_sweep *sweep =
        load("archs: [systolic-array]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n"
             "  memory.dram.bandwidth_gbps: [9, 17]\n  memory.dram.device: [hbm2]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_TRUE(ts_sweep_check(sweep, &diagnostics));
}

static void a_null_leaves_the_machine_as_it_is(void)
{
    const struct ts_sweep *sweep =
        load("archs: [tpu]\nworkloads: [\"gemm:1,2,3\"]\naxes:\n"
             "  compute.clock_mhz: [~, 500]\n  precision: [null, int8]\n  seq: [~]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_TRUE(ts_sweep_check(sweep, &diagnostics));
    struct ts_job job;
    CU_ASSERT_TRUE(ts_sweep_job(sweep, 0, &arena, &diagnostics, &job));
    CU_ASSERT_TRUE(job.override_count == 0 && job.precision == TS_PRECISION_NONE);
    CU_ASSERT_TRUE(ts_sweep_job(sweep, 3, &arena, &diagnostics, &job));
    CU_ASSERT_TRUE(job.override_count == 1 && job.precision == TS_INT8 && job.sequence == 0);
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  batch: [~]\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  mode: [~]\n", TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused(HEAD "axes:\n  compute.rows: [\"\"]\n", TS_ERROR_TYPE));
}

/* A key of one machine alone, given to it alone. */
static void what_no_point_has_need_not_exist(void)
{
    const struct ts_sweep *sweep = load("archs: [tpu, eie]\nworkloads: [\"fc:5,7\"]\naxes:\n"
                                        "  compute.fifo_depth: [~, 2, 8]\n"
                                        "where: [\"arch == eie or compute.fifo_depth == ''\"]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->point_count, 4);
    CU_ASSERT_TRUE(ts_sweep_check(sweep, &diagnostics));
    sweep = load("archs: [tpu, eie]\nworkloads: [\"fc:5,7\"]\naxes:\n"
                 "  compute.fifo_depth: [~, 2, 8]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_FALSE(ts_sweep_check(sweep, &diagnostics));
    CU_ASSERT_TRUE(found_at(4, 27));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"options of networks are axes too", options_of_networks_are_axes_too},
        {"a grid has every combination, in order", a_grid_has_every_combination_in_order},
        {"conditions leave points out", conditions_leave_points_out},
        {"ranges step linearly or by a factor", ranges_step_linearly_or_by_a_factor},
        {"ranges of whole numbers step over each once",
         ranges_of_whole_numbers_step_over_each_once},
        {"a wrong value is named at its place in the file",
         a_wrong_value_is_named_at_its_place_in_the_file},
        {"a null leaves the machine as it is", a_null_leaves_the_machine_as_it_is},
        {"what no point has need not exist", what_no_point_has_need_not_exist},
        {"a key that needs another one is checked beside it",
         a_key_that_needs_another_one_is_checked_beside_it},
        {"a job has the settings of its point", a_job_has_the_settings_of_its_point},
        {"wrong files are refused", wrong_files_are_refused},
        {"misspelt machines, networks and values are found before anything runs",
         misspelt_machines_networks_and_values_are_found_before_anything_runs},
    };
    int status = RUN_SUITE("sweep_file", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
