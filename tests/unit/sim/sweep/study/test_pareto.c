#include "suite.h"

#include "tessera/study.h"

#include <gsl/gsl_rng.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static struct ts_study study;

enum { GOALS = 3 };

static struct ts_study_goal goals[GOALS] = {
    {"latency_s", false, -1}, {"throughput_per_s", true, -1}, {"average_power_w", false, -1}};

static void begin(void)
{
    ts_arena_release(&arena);
    ts_study_init(&study, &arena);
    for (int g = 0; g < GOALS; g++) {
        goals[g].column = ts_study_column(&study, goals[g].name);
    }
}

static void add(double latency_s, double throughput_per_s, double average_power_w)
{
    char result[256];
    snprintf(result, sizeof result,
             "{\"latency_s\": %.17g, \"throughput_per_s\": %.17g, \"average_power_w\": %.17g}",
             latency_s, throughput_per_s, average_power_w);
    struct ts_study_row row = {.source = "x",
                               .arch = "a",
                               .workload = "w",
                               .precision = "p",
                               .mode = "m",
                               .settings = "{}",
                               .result = result};
    CU_ASSERT_TRUE(ts_study_add(&study, &row, &diagnostics));
}

static struct ts_study_front front_of(int goal_count)
{
    int columns[GOALS] = {goals[0].column, goals[1].column, goals[2].column};
    struct ts_study_selection selection;
    struct ts_study_front front;
    CU_ASSERT_TRUE(ts_study_resolve(&study, columns, goal_count, &diagnostics));
    ts_study_select(&study, goals, goal_count, NULL, 0, &selection);
    ts_study_pareto(&study, goals, goal_count, &selection, &front);
    return front;
}

static bool beats(int64_t a, int64_t b, int goal_count)
{
    bool better = false;
    for (int g = 0; g < goal_count; g++) {
        double x = ts_study_cost(&study, &goals[g], a), y = ts_study_cost(&study, &goals[g], b);
        if (x > y) {
            return false;
        }
        better |= x < y;
    }
    return better;
}

static void two_goals_pull_apart(void)
{
    begin();
    add(1, 10, 0);
    add(2, 30, 0);
    add(3, 20, 0); /* slower and less than the one before */
    add(4, 40, 0);
    add(4, 35, 0);
    struct ts_study_front front = front_of(2);
    CU_ASSERT_EQUAL_FATAL(front.count, 3);
    CU_ASSERT_TRUE(front.points[0] == 0 && front.points[1] == 1 && front.points[2] == 3);
    CU_ASSERT_TRUE(front.dominates[0] == 0 && front.dominates[1] == 1 && front.dominates[2] == 1);
}

static void equals_stand_together(void)
{
    begin();
    add(1, 10, 0);
    add(1, 10, 0);
    add(1, 9, 0);
    struct ts_study_front front = front_of(2);
    CU_ASSERT_EQUAL_FATAL(front.count, 2);
    CU_ASSERT_TRUE(front.dominates[0] == 1 && front.dominates[1] == 1);
}

/* Against all pairs; small whole numbers make many equals. */
static void fronts_are_those_of_comparing_all_pairs(void)
{
    enum { POINTS = 200, ROUNDS = 30 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    for (int round = 0; round < ROUNDS; round++) {
        int goal_count = 1 + round % GOALS;
        unsigned long values = round % 2 ? 12 : 100000;
        begin();
        for (int i = 0; i < POINTS; i++) {
            add((double)gsl_rng_uniform_int(random, values),
                (double)gsl_rng_uniform_int(random, values),
                (double)gsl_rng_uniform_int(random, values));
        }
        struct ts_study_front front = front_of(goal_count);
        int64_t expected = 0;
        for (int64_t i = 0; i < POINTS; i++) {
            bool dominated = false;
            for (int64_t k = 0; k < POINTS; k++) {
                dominated |= beats(k, i, goal_count);
            }
            expected += !dominated;
        }
        CU_ASSERT_EQUAL(front.count, expected);
        for (int64_t k = 0; k < front.count; k++) {
            int64_t below = 0;
            for (int64_t i = 0; i < POINTS; i++) {
                CU_ASSERT_FALSE(beats(i, front.points[k], goal_count));
                below += beats(front.points[k], i, goal_count);
            }
            CU_ASSERT_EQUAL(front.dominates[k], below);
        }
    }
    gsl_rng_free(random);
}

static void one_point_is_a_front(void)
{
    begin();
    add(1, 1, 1);
    CU_ASSERT_EQUAL(front_of(3).count, 1);
    CU_ASSERT_EQUAL(front_of(2).count, 1);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"two goals pull apart", two_goals_pull_apart},
        {"equals stand together", equals_stand_together},
        {"fronts are those of comparing all pairs", fronts_are_those_of_comparing_all_pairs},
        {"one point is a front", one_point_is_a_front},
    };
    ts_diagnostics_init(&diagnostics);
    int status = RUN_SUITE("pareto", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
