/* Which points of a study count, and their order. */
#include "tessera/study.h"

#include <math.h>
#include <stdlib.h>

static bool has_goals(const struct ts_study *study, const struct ts_study_point *point,
                      const struct ts_study_goal *goals, int count)
{
    bool all = true;
    for (int i = 0; i < count; i++) {
        all &= ts_study_value(study, point, goals[i].column).is_number;
    }
    return all;
}

/* How far the point is from meeting all constraints; counts those that exclude it. */
static double check(const struct ts_study *study, const struct ts_study_point *point,
                    struct ts_study_constraint *constraints, int count)
{
    struct ts_axis_value values[TS_STUDY_MAX_COLUMNS];
    double distance = 0;
    for (int i = 0; i < study->column_count; i++) {
        values[i] = ts_study_value(study, point, i);
    }
    for (int i = 0; i < count; i++) {
        double away = ts_expression_distance(constraints[i].expression, values);
        constraints[i].excluded += away > 0;
        distance += away;
    }
    return distance;
}

void ts_study_select(const struct ts_study *study, const struct ts_study_goal *goals,
                     int goal_count, struct ts_study_constraint *constraints, int constraint_count,
                     struct ts_study_selection *selection)
{
    double nearest = INFINITY;
    *selection = (struct ts_study_selection){.nearest = -1};
    selection->points = TS_NEW_ARRAY(study->arena, study->count, int64_t);
    for (int i = 0; i < constraint_count; i++) {
        constraints[i].excluded = 0;
    }
    for (int64_t i = 0; i < study->count; i++) {
        const struct ts_study_point *point = &study->points[i];
        if (!has_goals(study, point, goals, goal_count)) {
            selection->lacking++;
            continue;
        }
        double away = check(study, point, constraints, constraint_count);
        if (away < nearest) {
            nearest = away;
            selection->nearest = i;
        }
        if (away == 0) {
            selection->points[selection->count++] = i;
        }
    }
    if (selection->count > 0) {
        selection->nearest = -1;
    }
}

/* ------------------------------------------------------------------ order */

/* Goals turned so that less is better. */
struct ranked {
    int64_t point;
    int goal_count;
    const double *cost;
};

static int by_cost(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    for (int i = 0; i < x->goal_count; i++) {
        if (x->cost[i] != y->cost[i]) {
            return x->cost[i] < y->cost[i] ? -1 : 1;
        }
    }
    return x->point < y->point ? -1 : x->point > y->point;
}

double ts_study_cost(const struct ts_study *study, const struct ts_study_goal *goal, int64_t point)
{
    double value = ts_study_value(study, &study->points[point], goal->column).number;
    return goal->maximize ? 0 - value : value;
}

void ts_study_rank(const struct ts_study *study, const struct ts_study_goal *goals, int goal_count,
                   struct ts_study_selection *selection)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ranked *ranked = TS_NEW_ARRAY(&arena, selection->count, struct ranked);
    for (int64_t i = 0; i < selection->count; i++) {
        double *cost = TS_NEW_ARRAY(&arena, goal_count, double);
        for (int g = 0; g < goal_count; g++) {
            cost[g] = ts_study_cost(study, &goals[g], selection->points[i]);
        }
        ranked[i] = (struct ranked){selection->points[i], goal_count, cost};
    }
    qsort(ranked, (size_t)selection->count, sizeof *ranked, by_cost);
    for (int64_t i = 0; i < selection->count; i++) {
        selection->points[i] = ranked[i].point;
    }
    ts_arena_release(&arena);
}
