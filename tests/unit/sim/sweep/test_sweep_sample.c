#include "scratch.h"
#include "suite.h"

#include "tessera/sweep.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_sweep *load(const char *text)
{
    const struct ts_sweep *sweep = NULL;
    ts_diagnostics_release(&diagnostics);
    bool ok = ts_sweep_load(scratch_write("sample.yaml", text), &arena, &diagnostics, &sweep);
    CU_ASSERT_EQUAL(ok, diagnostics.errors == 0);
    return ok ? sweep : NULL;
}

static bool refused(const char *text, enum ts_error code, int line)
{
    return !load(text) && diagnostics.entries[0].code == code &&
           diagnostics.entries[0].place.line == line;
}

#define HEAD "archs: [tpu, gpu]\nworkloads: [\"gemm:17,23,31\", \"gemm:5,7,9\"]\n"
#define AXES                                                                                       \
    "axes:\n  memory.dram.bandwidth_gbps: {from: 10, to: 1000, scale: log}\n"                      \
    "  precision: [fp32, fp16, bf16]\n  batch: {from: 1, to: 4}\n"                                 \
    "  compute.clock_mhz: {from: 500, to: 900}\n"

static const struct ts_axis_value *value(const struct ts_sweep *sweep, int64_t position, int axis)
{
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    ts_sweep_position(sweep, position, &arch, &workload, indices);
    return &sweep->axes[axis].values[indices[axis]];
}

static void every_machine_and_network_gets_the_same_draws(void)
{
    const struct ts_sweep *sweep = load(HEAD AXES "sample: {points: 11, seed: 7}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->point_count, 44);
    CU_ASSERT_STRING_EQUAL(ts_sweep_kind(sweep), "sample");
    for (int64_t i = 0; i < 44; i++) {
        int arch, workload, indices[TS_SWEEP_MAX_AXES];
        ts_sweep_position(sweep, i, &arch, &workload, indices);
        CU_ASSERT_EQUAL(arch, i / 22);
        CU_ASSERT_EQUAL(workload, i / 11 % 2);
        for (int axis = 0; axis < 4; axis++) {
            CU_ASSERT_PTR_EQUAL(value(sweep, i, axis), value(sweep, i % 11, axis));
        }
    }
}

static bool same(const struct ts_sweep *a, const struct ts_sweep *b)
{
    bool equal = true;
    for (int64_t i = 0; i < a->sample_count; i++) {
        for (int axis = 0; axis < a->axis_count; axis++) {
            equal &= strcmp(value(a, i, axis)->text, value(b, i, axis)->text) == 0;
        }
    }
    return equal;
}

static void a_seed_is_a_set_of_points(void)
{
    static const char *const methods[] = {"random", "latin-hypercube", "sobol"};
    for (int i = 0; i < 3; i++) {
        char one[512], other[512];
        snprintf(one, sizeof one, "%s%ssample: {points: 23, method: %s, seed: 7}\n", HEAD, AXES,
                 methods[i]);
        snprintf(other, sizeof other, "%s%ssample: {points: 23, method: %s, seed: 8}\n", HEAD, AXES,
                 methods[i]);
        const struct ts_sweep *first = load(one), *again = load(one), *second = load(other);
        CU_ASSERT_TRUE_FATAL(first && again && second);
        CU_ASSERT_TRUE(same(first, again));
        CU_ASSERT_FALSE(same(first, second));
    }
}

/* Counts draws in `slices` equal parts of an axis, in the logarithm where `is_log`. */
static void count_slices(const struct ts_sweep *sweep, int axis, double from, double to,
                         bool is_log, int slices, int *counts)
{
    memset(counts, 0, (size_t)slices * sizeof *counts);
    for (int64_t i = 0; i < sweep->sample_count; i++) {
        double at = value(sweep, i, axis)->number;
        double part = is_log ? log(at / from) / log(to / from) : (at - from) / (to - from);
        CU_ASSERT_TRUE_FATAL(part >= 0 && part <= 1);
        counts[part < 1 ? (int)(part * slices) : slices - 1]++;
    }
}

static void a_latin_hypercube_has_one_draw_in_each_slice(void)
{
    enum { DRAWS = 48 };
    const struct ts_sweep *sweep =
        load(HEAD AXES "sample: {points: 48, method: latin-hypercube, seed: 3}\n");
    int counts[DRAWS];
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    count_slices(sweep, 3, 500, 900, false, DRAWS, counts);
    for (int i = 0; i < DRAWS; i++) {
        CU_ASSERT_EQUAL(counts[i], 1);
    }
    /* 24 slices of the logarithm hold two each; six digits may move one over an edge. */
    count_slices(sweep, 0, 10, 1000, true, DRAWS / 2, counts);
    for (int i = 0; i < DRAWS / 2; i++) {
        CU_ASSERT_TRUE(counts[i] >= 1 && counts[i] <= 3);
    }
}

static void lists_and_whole_numbers_are_drawn_evenly(void)
{
    const struct ts_sweep *sweep = load(HEAD AXES "sample: {points: 48}\n");
    int precisions[3] = {0}, batches[5] = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    for (int64_t i = 0; i < 48; i++) {
        int arch, workload, indices[TS_SWEEP_MAX_AXES];
        ts_sweep_position(sweep, i, &arch, &workload, indices);
        double batch = value(sweep, i, 2)->number;
        CU_ASSERT_TRUE_FATAL(batch >= 1 && batch <= 4 && batch == floor(batch));
        precisions[indices[1]]++;
        batches[(int)batch]++;
    }
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(precisions[i], 16);
    }
    for (int i = 1; i <= 4; i++) {
        CU_ASSERT_EQUAL(batches[i], 12);
    }
}

/* Any 2^k draws of Sobol's sequence fill 2^k slices; the seeded step turns them round the edge. */
static void sobol_fills_the_space_evenly(void)
{
    const struct ts_sweep *sweep =
        load(HEAD AXES "sample: {points: 256, method: sobol, seed: 5}\n");
    int counts[16];
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    count_slices(sweep, 3, 500, 900, false, 16, counts);
    for (int i = 0; i < 16; i++) {
        CU_ASSERT_TRUE(counts[i] >= 14 && counts[i] <= 18);
    }
}

static void random_draws_cover_the_range(void)
{
    const struct ts_sweep *sweep =
        load(HEAD AXES "sample: {points: 1000, method: random, seed: 5}\n");
    int counts[4];
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    count_slices(sweep, 0, 10, 1000, true, 4, counts);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_TRUE(counts[i] > 190 && counts[i] < 310); /* 250, four deviations */
    }
}

static void conditions_drop_draws_and_leave_the_others(void)
{
    const struct ts_sweep *all = load(HEAD AXES "sample: {points: 48, seed: 9}\n");
    const struct ts_sweep *some =
        load(HEAD AXES "sample: {points: 48, seed: 9}\nwhere: [batch < 3]\n");
    CU_ASSERT_TRUE_FATAL(all && some);
    CU_ASSERT_EQUAL(some->grid_count, 192);
    CU_ASSERT_EQUAL(some->point_count, 96);
    CU_ASSERT_TRUE(same(all, some));
    for (int64_t i = 0; i < some->point_count; i++) {
        CU_ASSERT_TRUE(value(some, some->points[i], 2)->number < 3);
    }
}

static void a_range_with_steps_has_those_values_alone(void)
{
    const struct ts_sweep *sweep =
        load(HEAD "axes:\n  compute.clock_mhz: {from: 500, to: 900, steps: 3}\n"
                  "sample: {points: 30}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(sweep->axes[0].count, 3);
    for (int64_t i = 0; i < 30; i++) {
        CU_ASSERT_EQUAL(fmod(value(sweep, i, 0)->number, 200), 100);
    }
}

static void wrong_samples_are_refused_where_they_stand(void)
{
    CU_ASSERT_TRUE(refused(HEAD AXES, TS_ERROR_MISSING_KEY, 4)); /* ranges without steps */
    CU_ASSERT_TRUE(refused(HEAD AXES "sample: 7\n", TS_ERROR_TYPE, 8));
    CU_ASSERT_TRUE(refused(HEAD AXES "sample:\n  seed: 7\n", TS_ERROR_MISSING_KEY, 8));
    CU_ASSERT_TRUE(refused(HEAD AXES "sample:\n  points: 0\n", TS_ERROR_RANGE, 9));
    CU_ASSERT_TRUE(refused(HEAD AXES "sample:\n  points: many\n", TS_ERROR_TYPE, 9));
    CU_ASSERT_TRUE(
        refused(HEAD AXES "sample:\n  points: 5\n  method: latin\n", TS_ERROR_UNKNOWN_NAME, 10));
    CU_ASSERT_TRUE(refused(HEAD AXES "sample:\n  points: 5\n  seed: 0\n", TS_ERROR_RANGE, 10));
    CU_ASSERT_TRUE(
        refused(HEAD AXES "sample:\n  points: 5\n  metod: random\n", TS_ERROR_UNKNOWN_KEY, 10));
    CU_ASSERT_TRUE(refused(HEAD "sample:\n  points: 5\n", TS_ERROR_CONFLICT, 3));
    CU_ASSERT_TRUE(
        refused(HEAD AXES "sample: {points: 5}\nwhere: [batch > 4]\n", TS_ERROR_CONFLICT, 9));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"every machine and network gets the same draws",
         every_machine_and_network_gets_the_same_draws},
        {"a seed is a set of points", a_seed_is_a_set_of_points},
        {"a latin hypercube has one draw in each slice",
         a_latin_hypercube_has_one_draw_in_each_slice},
        {"lists and whole numbers are drawn evenly", lists_and_whole_numbers_are_drawn_evenly},
        {"sobol fills the space evenly", sobol_fills_the_space_evenly},
        {"random draws cover the range", random_draws_cover_the_range},
        {"conditions drop draws and leave the others", conditions_drop_draws_and_leave_the_others},
        {"a range with steps has those values alone", a_range_with_steps_has_those_values_alone},
        {"wrong samples are refused where they stand", wrong_samples_are_refused_where_they_stand},
    };
    int status = RUN_SUITE("sweep_sample", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
