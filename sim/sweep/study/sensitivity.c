/* How figures follow settings: which points are looked at together, and by which method. */
#include "sim/sweep/study/study_internal.h"

#include <stdlib.h>
#include <string.h>

void study_add_row(struct study_rows *rows, const struct ts_sensitivity *row)
{
    if (rows->count == rows->capacity) {
        int64_t capacity = rows->capacity ? 2 * rows->capacity : 64;
        struct ts_sensitivity *larger = TS_NEW_ARRAY(rows->arena, capacity, struct ts_sensitivity);
        if (rows->count > 0) {
            memcpy(larger, rows->items, (size_t)rows->count * sizeof *larger);
        }
        rows->items = larger;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = *row;
}

/* An axis of the group when its points differ in it. */
static void add_axis(struct study_group *group, int axis)
{
    const struct ts_study *study = group->study;
    bool varies = false, is_number = true;
    int first = -1, seen = -2;
    for (int64_t i = 0; i < group->count; i++) {
        int number = ts_study_axis_index(&study->points[group->points[i]], axis);
        varies |= seen != -2 && number != seen;
        seen = number;
        if (number >= 0) {
            const struct ts_axis_value *value = &study->axes[axis].values[number];
            first = first < 0 || number < first ? number : first;
            is_number &= value->is_number && value->number > 0;
        }
    }
    if (varies) {
        int place = group->axis_count++;
        group->axes[place] = axis;
        group->is_number[place] = is_number;
        group->first[place] = first;
    }
}

/* Each value of one goes with one value of the other, at two points or more on average: in a sample
 * every value stands alone. */
static bool change_together(const struct study_group *group, int a, int b)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_study *study = group->study;
    int *to = TS_NEW_ARRAY(&arena, study->axes[a].count, int);
    int *back = TS_NEW_ARRAY(&arena, study->axes[b].count, int);
    bool together = true;
    int64_t pairs = 0;
    for (int64_t i = 0; i < group->count && together; i++) {
        const struct ts_study_point *point = &study->points[group->points[i]];
        int x = ts_study_axis_index(point, a), y = ts_study_axis_index(point, b);
        together = x >= 0 && y >= 0 && (to[x] == 0 || to[x] == y + 1) &&
                   (back[y] == 0 || back[y] == x + 1);
        if (together) {
            pairs += to[x] == 0;
            to[x] = y + 1;
            back[y] = x + 1;
        }
    }
    ts_arena_release(&arena);
    return together && 2 * pairs <= group->count;
}

static void join_axes(struct study_group *group)
{
    struct ts_arena *arena = group->study->arena;
    int kept = 0;
    for (int i = 0; i < group->axis_count; i++) {
        int same = 0;
        while (same < kept && !change_together(group, group->axes[same], group->axes[i])) {
            same++;
        }
        const char *name = group->study->axes[group->axes[i]].name;
        if (same < kept) {
            const char *with = group->with[same];
            group->with[same] = with ? ts_arena_printf(arena, "%s, %s", with, name) : name;
            continue;
        }
        group->axes[kept] = group->axes[i];
        group->is_number[kept] = group->is_number[i];
        group->first[kept++] = group->first[i];
    }
    group->axis_count = kept;
}

static void fill_keys(struct study_group *group, struct ts_arena *arena)
{
    int *keys = TS_NEW_ARRAY(arena, group->count * group->axis_count + 1, int);
    for (int64_t i = 0; i < group->count; i++) {
        const struct ts_study_point *point = &group->study->points[group->points[i]];
        for (int k = 0; k < group->axis_count; k++) {
            keys[i * group->axis_count + k] = ts_study_axis_index(point, group->axes[k]);
        }
    }
    group->keys = keys;
}

static void fill_group(struct study_group *group, struct ts_arena *arena)
{
    const struct ts_study *study = group->study;
    group->points = TS_NEW_ARRAY(arena, study->count, int64_t);
    for (int64_t i = 0; i < study->count; i++) {
        const int *axis = study->points[i].axis;
        if (axis[0] == group->arch && axis[1] == group->workload) {
            group->points[group->count++] = i;
        }
    }
    for (int axis = 2; axis < study->axis_count && group->count > 0; axis++) {
        add_axis(group, axis);
    }
    join_axes(group);
    fill_keys(group, arena);
}

static void study_group_column(const struct study_group *group, int column, struct study_rows *rows)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct study_fit fit = {.term = NULL};
    for (int place = 0; place < group->axis_count; place++) {
        bool itself = group->study->columns[column].axis == group->axes[place];
        if (itself || study_differences(group, column, place, rows)) {
            continue;
        }
        if (!fit.term) {
            fit = study_regression(group, column, &arena);
        }
        study_fitted(group, column, place, &fit, rows);
    }
    ts_arena_release(&arena);
}

const struct ts_sensitivity *ts_study_sensitivity(const struct ts_study *study, const int *columns,
                                                  int column_count, int64_t *count)
{
    struct study_rows rows = {.arena = study->arena};
    for (int c = 0; c < column_count; c++) {
        for (int arch = 0; arch < study->axes[0].count; arch++) {
            for (int workload = 0; workload < study->axes[1].count; workload++) {
                struct ts_arena arena = TS_ARENA_INIT;
                struct study_group group = {.study = study, .arch = arch, .workload = workload};
                fill_group(&group, &arena);
                study_group_column(&group, columns[c], &rows);
                ts_arena_release(&arena);
            }
        }
    }
    *count = rows.count;
    return rows.items;
}
