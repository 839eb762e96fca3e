/* The Pareto front of a study's points. */
#include "tessera/study.h"

#include <stdlib.h>

/* Costs: goals turned so that less is better; cost[point × goals + goal]. */
struct field {
    int64_t count;
    int goals;
    double *cost;
};

static struct field costs(const struct ts_study *study, const struct ts_study_goal *goals,
                          int goal_count, const struct ts_study_selection *selection)
{
    struct field field = {selection->count, goal_count, NULL};
    field.cost = TS_NEW_ARRAY(study->arena, field.count * goal_count, double);
    for (int64_t i = 0; i < field.count; i++) {
        for (int g = 0; g < goal_count; g++) {
            field.cost[i * goal_count + g] = ts_study_cost(study, &goals[g], selection->points[i]);
        }
    }
    return field;
}

static bool equal(const struct field *field, int64_t a, int64_t b)
{
    bool same = true;
    for (int g = 0; g < field->goals; g++) {
        same &= field->cost[a * field->goals + g] == field->cost[b * field->goals + g];
    }
    return same;
}

/* No worse in any goal, better in one. */
static bool beats(const struct field *field, int64_t a, int64_t b)
{
    const double *x = &field->cost[a * field->goals], *y = &field->cost[b * field->goals];
    bool better = false;
    for (int g = 0; g < field->goals; g++) {
        if (x[g] > y[g]) {
            return false;
        }
        better |= x[g] < y[g];
    }
    return better;
}

/* ------------------------------------------------------------------ up to two goals */

/* In order of the first cost a point is on the front when its second is below all before it; a
 * point equal to the newest of the front is as good. */
static void sweep_front(const struct field *field, struct ts_study_front *front)
{
    int64_t newest = -1;
    for (int64_t i = 0; i < field->count; i++) {
        const double *cost = &field->cost[i * field->goals];
        const double *best = newest >= 0 ? &field->cost[newest * field->goals] : cost;
        bool as_good = newest >= 0 && equal(field, i, newest);
        if (newest < 0 || as_good || (field->goals == 2 && cost[1] < best[1])) {
            front->points[front->count++] = i;
            newest = i;
        }
    }
}

/* A tree of counts over ranks (Fenwick 1994). */
static void add_rank(int64_t *tree, int64_t size, int64_t rank)
{
    for (int64_t i = rank + 1; i <= size; i += i & -i) {
        tree[i]++;
    }
}

static int64_t ranks_below(const int64_t *tree, int64_t rank)
{
    int64_t sum = 0;
    for (int64_t i = rank; i > 0; i -= i & -i) {
        sum += tree[i];
    }
    return sum;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* How many of sorted values are below `value`. */
static int64_t rank_of(const double *sorted, int64_t count, double value)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sorted[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* From the last point back: a point of the front dominates those behind it whose second cost is not
 * lower, but for its equals. */
static void count_dominated(const struct field *field, struct ts_arena *arena,
                            struct ts_study_front *front)
{
    int second = field->goals - 1;
    double *sorted = TS_NEW_ARRAY(arena, field->count, double);
    int64_t *tree = TS_NEW_ARRAY(arena, field->count + 1, int64_t);
    for (int64_t i = 0; i < field->count; i++) {
        sorted[i] = field->cost[i * field->goals + second];
    }
    qsort(sorted, (size_t)field->count, sizeof *sorted, ascending);
    int64_t next = front->count - 1, equals = 0;
    for (int64_t i = field->count - 1; i >= 0; i--) {
        const double *cost = &field->cost[i * field->goals];
        if (next >= 0 && front->points[next] == i) {
            bool same = next + 1 < front->count && equal(field, i, front->points[next + 1]);
            equals = same ? equals + 1 : 0;
            int64_t behind = field->count - 1 - i;
            int64_t lower = ranks_below(tree, rank_of(sorted, field->count, cost[second]));
            front->dominates[next--] = behind - lower - equals;
        }
        add_rank(tree, field->count, rank_of(sorted, field->count, cost[second]));
    }
}

/* ------------------------------------------------------------------ more goals */

/* Equal points stand side by side in order of the costs, and are compared as one. */
struct heap {
    int64_t first, count;
};

static int64_t pile_up(const struct field *field, struct heap *heaps)
{
    int64_t count = 0;
    for (int64_t i = 0; i < field->count; i++) {
        if (count > 0 && equal(field, heaps[count - 1].first, i)) {
            heaps[count - 1].count++;
        } else {
            heaps[count++] = (struct heap){i, 1};
        }
    }
    return count;
}

/* In order of the costs nothing is dominated by what comes later. */
static void compare_with_front(const struct field *field, struct ts_arena *arena,
                               struct ts_study_front *front)
{
    struct heap *heaps = TS_NEW_ARRAY(arena, field->count, struct heap);
    int64_t *best = TS_NEW_ARRAY(arena, field->count, int64_t);
    int64_t count = pile_up(field, heaps), best_count = 0;
    for (int64_t i = 0; i < count; i++) {
        bool dominated = false;
        for (int64_t k = 0; k < best_count && !dominated; k++) {
            dominated = beats(field, heaps[best[k]].first, heaps[i].first);
        }
        if (!dominated) {
            best[best_count++] = i;
        }
    }
    for (int64_t k = 0; k < best_count; k++) {
        const struct heap *heap = &heaps[best[k]];
        int64_t dominates = 0;
        for (int64_t i = best[k] + 1; i < count; i++) {
            dominates += beats(field, heap->first, heaps[i].first) ? heaps[i].count : 0;
        }
        for (int64_t i = 0; i < heap->count; i++) {
            front->dominates[front->count] = dominates;
            front->points[front->count++] = heap->first + i;
        }
    }
}

void ts_study_pareto(const struct ts_study *study, const struct ts_study_goal *goals,
                     int goal_count, struct ts_study_selection *selection,
                     struct ts_study_front *front)
{
    ts_study_rank(study, goals, goal_count, selection);
    struct field field = costs(study, goals, goal_count, selection);
    front->points = TS_NEW_ARRAY(study->arena, selection->count, int64_t);
    front->dominates = TS_NEW_ARRAY(study->arena, selection->count, int64_t);
    front->count = 0;
    if (goal_count <= 2) {
        sweep_front(&field, front);
        count_dominated(&field, study->arena, front);
    } else {
        compare_with_front(&field, study->arena, front);
    }
    for (int64_t k = 0; k < front->count; k++) {
        front->points[k] = selection->points[front->points[k]];
    }
}
