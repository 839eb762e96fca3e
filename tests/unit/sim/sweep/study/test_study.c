#include "suite.h"

#include "tessera/study.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static struct ts_study study;

static void begin(void)
{
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    ts_study_init(&study, &arena);
}

/* A point with two axes and two figures. */
static bool add(const char *arch, int64_t batch, const char *settings, double latency_s,
                double energy_j)
{
    char result[256];
    snprintf(result, sizeof result,
             "{\"latency_s\": %.17g, \"energy_j\": {\"total\": %.17g}, \"bound\": \"dram\", "
             "\"memory\": [{\"level\": \"dram\", \"reads\": %d}]}",
             latency_s, energy_j, (int)batch);
    struct ts_study_row row = {.source = "some.db",
                               .id = study.count + 1,
                               .arch = arch,
                               .workload = "gemm:17,23,31",
                               .precision = "int8",
                               .mode = "inference",
                               .batch = batch,
                               .settings = settings,
                               .result = result};
    return ts_study_add(&study, &row, &diagnostics);
}

static void axes_are_the_settings_of_all_results(void)
{
    begin();
    CU_ASSERT_TRUE(add("tpu", 1, "{}", 1, 1));
    CU_ASSERT_TRUE(add("tpu", 2, "{\"compute.rows\": 64, \"transforms\": [\"a:1\", \"b\"]}", 1, 1));
    CU_ASSERT_TRUE(add("eie", 2, "{\"compute.rows\": 64.5}", 1, 1));
    CU_ASSERT_EQUAL(study.axis_count, TS_STUDY_FIRST_SETTING + 2);
    CU_ASSERT_STRING_EQUAL(study.axes[5].name, "compute.rows");
    CU_ASSERT_STRING_EQUAL(study.axes[5].values[1].text, "64.5");
    CU_ASSERT_STRING_EQUAL(study.axes[6].values[0].text, "a:1 b");
    CU_ASSERT_EQUAL(ts_study_axis_index(&study.points[0], 5), -1);
    CU_ASSERT_EQUAL(ts_study_axis_index(&study.points[1], 5), 0);
    CU_ASSERT_TRUE(ts_study_varies(&study, 0));
    CU_ASSERT_FALSE(ts_study_varies(&study, 1));
    CU_ASSERT_TRUE(ts_study_varies(&study, 6)); /* absent is another value */
}

static void columns_are_figures_by_path_or_axes(void)
{
    begin();
    int columns[] = {ts_study_column(&study, "memory.dram.reads"), ts_study_column(&study, "batch"),
                     ts_study_column(&study, "energy_j.total")};
    CU_ASSERT_EQUAL(ts_study_column(&study, "batch"), columns[1]);
    CU_ASSERT_TRUE(add("tpu", 7, "{}", 1, 0.125));
    CU_ASSERT_TRUE(ts_study_resolve(&study, columns, 3, &diagnostics));
    CU_ASSERT_EQUAL(ts_study_value(&study, &study.points[0], columns[0]).number, 7);
    CU_ASSERT_EQUAL(ts_study_value(&study, &study.points[0], columns[1]).number, 7);
    CU_ASSERT_EQUAL(ts_study_value(&study, &study.points[0], columns[2]).number, 0.125);
}

static void products_are_figures_too(void)
{
    begin();
    int columns[] = {ts_study_column(&study, "energy_j.total*latency_s/2"),
                     ts_study_column(&study, "latency_s/batch/batch")};
    CU_ASSERT_TRUE(add("tpu", 4, "{}", 3, 0.5));
    CU_ASSERT_TRUE(add("tpu", 4, "{}", 3, 0));
    CU_ASSERT_TRUE(ts_study_resolve(&study, columns, 2, &diagnostics));
    CU_ASSERT_EQUAL(ts_study_value(&study, &study.points[0], columns[0]).number, 0.75);
    CU_ASSERT_EQUAL(ts_study_value(&study, &study.points[0], columns[1]).number, 3.0 / 16);
    begin();
    int inverse = ts_study_column(&study, "1/energy_j.total");
    CU_ASSERT_TRUE(add("tpu", 4, "{}", 3, 0));
    CU_ASSERT_TRUE(ts_study_resolve(&study, &inverse, 1, &diagnostics));
    CU_ASSERT_FALSE(ts_study_value(&study, &study.points[0], inverse).is_number);
}

static bool refused(const char *name, enum ts_error code, const char *help)
{
    begin();
    int column = ts_study_column(&study, name);
    CU_ASSERT_TRUE(add("tpu", 7, "{\"compute.rows\": 64}", 1, 1));
    return !ts_study_resolve(&study, &column, 1, &diagnostics) &&
           diagnostics.entries[0].code == code &&
           (!help || (diagnostics.entries[0].help && strstr(diagnostics.entries[0].help, help)));
}

static void unknown_names_are_refused_with_what_was_meant(void)
{
    CU_ASSERT_TRUE(refused("latncy_s", TS_ERROR_UNKNOWN_NAME, "'latency_s'"));
    CU_ASSERT_TRUE(refused("energy_j.totl", TS_ERROR_UNKNOWN_NAME, "'energy_j.total'"));
    CU_ASSERT_TRUE(refused("compute.row", TS_ERROR_UNKNOWN_NAME, "'compute.rows'"));
    CU_ASSERT_TRUE(refused("memory.dram.raeds", TS_ERROR_UNKNOWN_NAME, "'memory.dram.reads'"));
    CU_ASSERT_TRUE(refused("energy_j", TS_ERROR_TYPE, "'energy_j.total'"));
    CU_ASSERT_TRUE(refused("bound", TS_ERROR_TYPE, NULL));
    CU_ASSERT_TRUE(refused("arch", TS_ERROR_TYPE, NULL));
    CU_ASSERT_TRUE(refused("qqqqqqqqqqqqqq", TS_ERROR_UNKNOWN_NAME, NULL));
    CU_ASSERT_TRUE(refused("batch*latncy_s", TS_ERROR_UNKNOWN_NAME, "'latency_s'"));
    CU_ASSERT_TRUE(refused("batch*bound", TS_ERROR_TYPE, NULL));
    CU_ASSERT_TRUE(refused("batch**latency_s", TS_ERROR_UNKNOWN_NAME, NULL));
    CU_ASSERT_TRUE(refused("2*3", TS_ERROR_UNKNOWN_NAME, NULL));
    CU_ASSERT_TRUE(refused("/", TS_ERROR_UNKNOWN_NAME, NULL));
}

static void broken_rows_are_refused(void)
{
    begin();
    CU_ASSERT_FALSE(add("tpu", 1, "not json", 1, 1));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_SYNTAX);
    begin();
    struct ts_study_row row = {.source = "x",
                               .arch = "a",
                               .workload = "b",
                               .precision = "",
                               .mode = "",
                               .settings = "{}",
                               .result = "{\"latency_s\": "};
    CU_ASSERT_FALSE(ts_study_add(&study, &row, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_SYNTAX);
}

/* Values keep their numbers through every growth of the tables. */
static void many_values_are_told_apart(void)
{
    enum { MANY = 5000 };
    begin();
    for (int i = 0; i < MANY; i++) {
        char settings[64];
        snprintf(settings, sizeof settings, "{\"compute.rows\": %d}", i * 7 % MANY);
        CU_ASSERT_TRUE_FATAL(add("tpu", 1, settings, 1, 1));
    }
    CU_ASSERT_EQUAL(study.axes[5].count, MANY);
    for (int i = 0; i < MANY; i += 13) {
        int number = ts_study_axis_index(&study.points[i], 5);
        CU_ASSERT_EQUAL(study.axes[5].values[number].number, i * 7 % MANY);
    }
}

/* ------------------------------------------------------------------ selection */

static struct ts_study_constraint constraint(const char *text)
{
    struct ts_study_constraint made = {.text = text};
    CU_ASSERT_TRUE(ts_study_constrain(&study, "--subject-to", &made, &diagnostics));
    return made;
}

static void fill(struct ts_study_goal *goal, const char *one, const char *two)
{
    begin();
    goal->column = ts_study_column(&study, goal->name);
    CU_ASSERT_TRUE(ts_study_expect(&study, one, &diagnostics));
    CU_ASSERT_TRUE(ts_study_expect(&study, two, &diagnostics));
    for (int i = 1; i <= 9; i++) {
        CU_ASSERT_TRUE(add(i % 2 ? "tpu" : "eie", i, "{}", 0.1 * i, 1.0 / i));
    }
    CU_ASSERT_TRUE(ts_study_resolve(&study, &goal->column, 1, &diagnostics));
}

static void constraints_keep_points_by_axes_and_figures(void)
{
    struct ts_study_goal goal = {.name = "energy_j.total"};
    const char *one = "latency_s < 0.65 and bound == dram", *two = "arch == tpu";
    struct ts_study_selection selection;
    fill(&goal, one, two);
    struct ts_study_constraint both[] = {constraint(one), constraint(two)};
    ts_study_select(&study, &goal, 1, both, 2, &selection);
    CU_ASSERT_EQUAL_FATAL(selection.count, 3); /* 1, 3, 5 */
    CU_ASSERT_EQUAL(both[0].excluded, 3);
    CU_ASSERT_EQUAL(both[1].excluded, 4);
    CU_ASSERT_EQUAL(selection.nearest, -1);
    ts_study_rank(&study, &goal, 1, &selection);
    CU_ASSERT_EQUAL(selection.points[0], 4); /* batch 5 needs least energy */
    CU_ASSERT_EQUAL(selection.points[2], 0);
}

static void without_a_point_the_nearest_is_told(void)
{
    struct ts_study_goal goal = {.name = "energy_j.total"};
    const char *one = "latency_s < 0.09", *two = "batch >= 1";
    struct ts_study_selection selection;
    fill(&goal, one, two);
    struct ts_study_constraint both[] = {constraint(one), constraint(two)};
    ts_study_select(&study, &goal, 1, both, 2, &selection);
    CU_ASSERT_EQUAL(selection.count, 0);
    CU_ASSERT_EQUAL(selection.nearest, 0);
    CU_ASSERT_EQUAL(both[0].excluded, 9);
    CU_ASSERT_EQUAL(both[1].excluded, 0);
}

static void a_name_of_neither_is_refused_at_its_place(void)
{
    struct ts_study_goal goal = {.name = "energy_j.total"};
    const char *text = "batch > 1 and latncy_s < 3";
    fill(&goal, text, text);
    struct ts_study_constraint made = {.text = text};
    CU_ASSERT_FALSE(ts_study_constrain(&study, "--subject-to", &made, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_EQUAL(diagnostics.entries[0].place.column, 15);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "latency_s"));
}

static void points_without_a_goal_are_counted_apart(void)
{
    struct ts_study_goal goal = {.name = "compute.rows"};
    struct ts_study_selection selection;
    begin();
    goal.column = ts_study_column(&study, goal.name);
    CU_ASSERT_TRUE(add("tpu", 1, "{\"compute.rows\": 64}", 1, 1));
    CU_ASSERT_TRUE(add("gpu", 1, "{}", 1, 1));
    CU_ASSERT_TRUE(ts_study_resolve(&study, &goal.column, 1, &diagnostics));
    ts_study_select(&study, &goal, 1, NULL, 0, &selection);
    CU_ASSERT_EQUAL(selection.count, 1);
    CU_ASSERT_EQUAL(selection.lacking, 1);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"axes are the settings of all results", axes_are_the_settings_of_all_results},
        {"columns are figures by path, or axes", columns_are_figures_by_path_or_axes},
        {"products are figures too", products_are_figures_too},
        {"unknown names are refused with what was meant",
         unknown_names_are_refused_with_what_was_meant},
        {"broken rows are refused", broken_rows_are_refused},
        {"many values are told apart", many_values_are_told_apart},
        {"constraints keep points by axes and figures",
         constraints_keep_points_by_axes_and_figures},
        {"without a point the nearest is told", without_a_point_the_nearest_is_told},
        {"a name of neither is refused at its place", a_name_of_neither_is_refused_at_its_place},
        {"points without a goal are counted apart", points_without_a_goal_are_counted_apart},
    };
    int status = RUN_SUITE("study", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
