#include "suite.h"

#include "tessera/study.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static struct ts_study study;
static int latency;

static void begin(void)
{
    ts_arena_release(&arena);
    ts_study_init(&study, &arena);
    latency = ts_study_column(&study, "latency_s");
}

static void add(const char *arch, const char *settings, double latency_s)
{
    char result[64];
    snprintf(result, sizeof result, "{\"latency_s\": %.17g}", latency_s);
    struct ts_study_row row = {.source = "x",
                               .arch = arch,
                               .workload = "w",
                               .precision = "p",
                               .mode = "m",
                               .batch = 1,
                               .settings = settings,
                               .result = result};
    CU_ASSERT_TRUE(ts_study_add(&study, &row, &diagnostics));
}

static const char *settings(double rows, double clock, const char *flow)
{
    return ts_arena_printf(&arena,
                           "{\"compute.rows\": %.17g, \"compute.clock_mhz\": %.17g, "
                           "\"compute.dataflow\": \"%s\"}",
                           rows, clock, flow);
}

static const struct ts_sensitivity *analyse(int64_t *count)
{
    CU_ASSERT_TRUE(ts_study_resolve(&study, &latency, 1, &diagnostics));
    return ts_study_sensitivity(&study, &latency, 1, count);
}

/* The row of an axis, and of one of its values where that is given. */
static struct ts_sensitivity row_of(const char *axis, const char *value)
{
    int64_t count = 0;
    const struct ts_sensitivity *rows = analyse(&count);
    for (int64_t i = 0; i < count; i++) {
        const struct ts_study_axis *each = &study.axes[rows[i].axis];
        if (strcmp(each->name, axis) == 0 &&
            (!value || strcmp(each->values[rows[i].value].text, value) == 0)) {
            return rows[i];
        }
    }
    CU_FAIL_FATAL("no such row");
    return (struct ts_sensitivity){.column = -1};
}

/* latency = 3 rows^-0.75 clock^-1, half of it for "os". */
static double law(double rows, double clock, const char *flow)
{
    return 3 * pow(rows, -0.75) / clock * (strcmp(flow, "os") == 0 ? 0.5 : 1);
}

static void fill_grid(void)
{
    static const char *const flows[] = {"ws", "os"};
    begin();
    for (int r = 0; r < 5; r++) {
        for (int c = 0; c < 3; c++) {
            for (int f = 0; f < 2; f++) {
                double rows = 16 << r, clock = 500 + 300 * c;
                add("tpu", settings(rows, clock, flows[f]), law(rows, clock, flows[f]));
            }
        }
    }
}

static void a_grid_of_a_power_law_gives_its_exponents(void)
{
    fill_grid();
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_EQUAL(rows.method, TS_SENSITIVITY_DIFFERENCES);
    CU_ASSERT_EQUAL(rows.samples, 30);
    CU_ASSERT_DOUBLE_EQUAL(rows.mean, -0.75, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rows.lowest, -0.75, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rows.highest, -0.75, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(row_of("compute.clock_mhz", NULL).mean, -1, 1e-12);
}

static void texts_are_compared_with_their_first_value(void)
{
    fill_grid();
    struct ts_sensitivity flow = row_of("compute.dataflow", "os");
    CU_ASSERT_TRUE(flow.is_ratio);
    CU_ASSERT_STRING_EQUAL(study.axes[flow.axis].values[flow.first].text, "ws");
    CU_ASSERT_EQUAL(flow.samples, 15);
    CU_ASSERT_DOUBLE_EQUAL(flow.mean, 0.5, 1e-12);
    int64_t count = 0;
    analyse(&count);
    CU_ASSERT_EQUAL(count, 3); /* and no row for what does not vary */
}

/* A roofline: 1/x up to the ridge, flat beyond. Ends are one-sided, the inside is central. */
static void differences_are_central_inside_and_one_sided_at_the_ends(void)
{
    begin();
    for (int i = 0; i < 5; i++) {
        double rows = 1 << i;
        add("tpu", settings(rows, 1, "ws"), rows < 4 ? 1 / rows : 0.25);
    }
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_EQUAL(rows.samples, 5); /* -1, -1, -0.5, 0, 0 */
    CU_ASSERT_DOUBLE_EQUAL(rows.mean, -0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rows.lowest, -1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rows.highest, 0, 1e-12);
}

static void machines_are_looked_at_apart(void)
{
    begin();
    for (int i = 1; i <= 3; i++) {
        add("tpu", settings(i, 1, "ws"), i);
        add("gpu", settings(i, 1, "ws"), 1.0 / i);
    }
    int64_t count = 0;
    const struct ts_sensitivity *rows = analyse(&count);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_DOUBLE_EQUAL(rows[0].mean, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rows[1].mean, -1, 1e-12);
}

static void the_same_simulation_twice_counts_once(void)
{
    begin();
    for (int i = 0; i < 4; i++) {
        add("tpu", settings(1 + i / 2, 1, "ws"), 1 + i / 2);
    }
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_EQUAL(rows.samples, 1);
    CU_ASSERT_DOUBLE_EQUAL(rows.mean, 1, 1e-12);
}

static void fill_sample(int points, double noise)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    begin();
    for (int i = 0; i < points; i++) {
        double rows = exp(3 + 2 * gsl_rng_uniform(random));
        double clock = 500 + 1000 * gsl_rng_uniform(random);
        const char *flow = gsl_rng_uniform(random) < 0.5 ? "os" : "ws";
        double error = exp(noise * (gsl_rng_uniform(random) - 0.5));
        add("tpu", settings(rows, clock, flow), law(rows, clock, flow) * error);
    }
    gsl_rng_free(random);
}

static void a_sample_of_a_power_law_gives_its_exponents(void)
{
    fill_sample(40, 0);
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_EQUAL(rows.method, TS_SENSITIVITY_REGRESSION);
    CU_ASSERT_EQUAL(rows.samples, 40);
    CU_ASSERT_DOUBLE_EQUAL(rows.mean, -0.75, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(rows.explained, 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(row_of("compute.clock_mhz", NULL).mean, -1, 1e-9);
    struct ts_sensitivity flow = row_of("compute.dataflow", NULL);
    const char *first = study.axes[flow.axis].values[flow.first].text;
    CU_ASSERT_DOUBLE_EQUAL(flow.mean, strcmp(first, "ws") == 0 ? 0.5 : 2, 1e-9);
}

static void noise_widens_the_standard_error(void)
{
    fill_sample(400, 0.2);
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_TRUE(rows.error > 1e-3 && rows.error < 0.02);
    CU_ASSERT_TRUE(fabs(rows.mean + 0.75) < 4 * rows.error);
    CU_ASSERT_TRUE(rows.explained > 0.9 && rows.explained < 1);
}

static void axes_that_change_together_are_one(void)
{
    static const char *const flows[] = {"ws", "os", "is"};
    begin();
    for (int i = 0; i < 3; i++) {
        for (int rows = 1; rows <= 4; rows *= 2) {
            add("tpu", settings(rows, 100 * (i + 1), flows[i]), rows * (i + 1));
        }
    }
    int64_t count = 0;
    analyse(&count);
    CU_ASSERT_EQUAL(count, 2);
    struct ts_sensitivity clock = row_of("compute.clock_mhz", NULL);
    CU_ASSERT_DOUBLE_EQUAL(clock.mean, 1, 1e-12);
    CU_ASSERT_STRING_EQUAL(clock.with, "compute.dataflow");
    CU_ASSERT_PTR_NULL(row_of("compute.rows", NULL).with);
}

/* One axis is a power of the other where both vary, but for a value that stands twice. */
static void axes_in_a_line_are_not_told_apart(void)
{
    begin();
    for (int i = 1; i <= 9; i++) {
        add("tpu", settings(i, 100 * i, i % 2 ? "ws" : "os"), i);
        add("tpu", settings(i, 100 * i, "os"), i);
    }
    add("tpu", settings(10, 1000.0000001, "ws"), 10);
    add("tpu", settings(10, 1000, "ws"), 10);
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_EQUAL(rows.method, TS_SENSITIVITY_NONE);
    CU_ASSERT_PTR_NOT_NULL(rows.why);
}

static void too_few_points_say_so(void)
{
    fill_sample(3, 0);
    CU_ASSERT_EQUAL(row_of("compute.rows", NULL).method, TS_SENSITIVITY_NONE);
}

/* What is zero somewhere has no logarithm there; the rest counts. */
static void zeros_are_left_out(void)
{
    begin();
    for (int i = 0; i < 4; i++) {
        add("tpu", settings(1 << i, 1, "ws"), i < 3 ? 1 << i : 0);
    }
    struct ts_sensitivity rows = row_of("compute.rows", NULL);
    CU_ASSERT_EQUAL(rows.samples, 3);
    CU_ASSERT_DOUBLE_EQUAL(rows.mean, 1, 1e-12);
    begin();
    add("tpu", settings(0, 1, "ws"), 1); /* an axis at zero is compared by ratios */
    add("tpu", settings(8, 1, "ws"), 3);
    struct ts_sensitivity ratio = row_of("compute.rows", "8");
    CU_ASSERT_TRUE(ratio.is_ratio);
    CU_ASSERT_DOUBLE_EQUAL(ratio.mean, 3, 1e-12);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a grid of a power law gives its exponents", a_grid_of_a_power_law_gives_its_exponents},
        {"texts are compared with their first value", texts_are_compared_with_their_first_value},
        {"differences are central inside and one-sided at the ends",
         differences_are_central_inside_and_one_sided_at_the_ends},
        {"machines are looked at apart", machines_are_looked_at_apart},
        {"the same simulation twice counts once", the_same_simulation_twice_counts_once},
        {"a sample of a power law gives its exponents",
         a_sample_of_a_power_law_gives_its_exponents},
        {"noise widens the standard error", noise_widens_the_standard_error},
        {"axes that change together are one", axes_that_change_together_are_one},
        {"axes in a line are not told apart", axes_in_a_line_are_not_told_apart},
        {"too few points say so", too_few_points_say_so},
        {"zeros are left out", zeros_are_left_out},
    };
    ts_diagnostics_init(&diagnostics);
    int status = RUN_SUITE("sensitivity", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
