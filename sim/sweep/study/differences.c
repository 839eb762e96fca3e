/* Sensitivity from neighbours: points that are equal in all axes but one. */
#include "sim/sweep/study/study_internal.h"

#include <math.h>
#include <stdlib.h>

struct sample {
    const int *key; /* value numbers of all axes */
    int width, skip;
    double axis;       /* ln of the value; of texts the value's number */
    double log_figure; /* ln */
    int value;
};

static int by_others(const struct sample *x, const struct sample *y)
{
    for (int i = 0; i < x->width; i++) {
        if (i != x->skip && x->key[i] != y->key[i]) {
            return x->key[i] < y->key[i] ? -1 : 1;
        }
    }
    return 0;
}

static int by_others_then_axis(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    int others = by_others(x, y);
    return others ? others : (x->axis > y->axis) - (x->axis < y->axis);
}

struct tally {
    double sum, lowest, highest;
    int64_t count;
};

static void count_in(struct tally *tally, double value)
{
    tally->lowest = tally->count == 0 ? value : fmin(tally->lowest, value);
    tally->highest = tally->count == 0 ? value : fmax(tally->highest, value);
    tally->sum += value;
    tally->count++;
}

/* The group's points that have a value of the axis and a figure above zero, sorted. */
static int64_t collect(const struct study_group *group, int column, int place,
                       struct sample *samples)
{
    const struct ts_study_axis *axis = &group->study->axes[group->axes[place]];
    int64_t count = 0;
    for (int64_t i = 0; i < group->count; i++) {
        const int *key = &group->keys[i * group->axis_count];
        const struct ts_study_point *point = &group->study->points[group->points[i]];
        struct ts_axis_value figure = ts_study_value(group->study, point, column);
        int value = key[place];
        if (value >= 0 && figure.is_number && figure.number > 0) {
            double at = group->is_number[place] ? log(axis->values[value].number) : value;
            samples[count++] = (struct sample){.key = key,
                                               .width = group->axis_count,
                                               .skip = place,
                                               .axis = at,
                                               .log_figure = log(figure.number),
                                               .value = value};
        }
    }
    qsort(samples, (size_t)count, sizeof *samples, by_others_then_axis);
    return count;
}

/* The same simulation from two files counts once. */
static int64_t drop_repeated(struct sample *run, int64_t count)
{
    int64_t kept = count > 0;
    for (int64_t i = 1; i < count; i++) {
        if (run[i].axis != run[kept - 1].axis) {
            run[kept++] = run[i];
        }
    }
    return kept;
}

/* Central differences, at the ends one-sided; two points are one difference. */
static void add_slopes(const struct sample *run, int64_t count, struct tally *tally)
{
    for (int64_t i = 0; i < (count == 2 ? 1 : count); i++) {
        const struct sample *low = &run[i > 0 ? i - 1 : 0];
        const struct sample *high = &run[i + 1 < count ? i + 1 : i];
        count_in(tally, (high->log_figure - low->log_figure) / (high->axis - low->axis));
    }
}

/* A run is in the order of values: its first one is the axis' first, or it has none. */
static void add_ratios(const struct sample *run, int64_t count, int first, struct tally *tallies)
{
    for (int64_t i = 1; i < count && run[0].value == first; i++) {
        count_in(&tallies[run[i].value], run[i].log_figure - run[0].log_figure);
    }
}

static void write_rows(const struct study_group *group, int column, int place,
                       const struct tally *tallies, struct study_rows *rows)
{
    bool is_ratio = !group->is_number[place];
    int axis = group->axes[place], first = group->first[place];
    int count = is_ratio ? group->study->axes[axis].count : 1;
    for (int v = 0; v < count; v++) {
        const struct tally *tally = &tallies[v];
        if (tally->count == 0) {
            continue;
        }
        double mean = tally->sum / (double)tally->count;
        struct ts_sensitivity row = {.column = column,
                                     .axis = axis,
                                     .with = group->with[place],
                                     .arch = group->arch,
                                     .workload = group->workload,
                                     .method = TS_SENSITIVITY_DIFFERENCES,
                                     .is_ratio = is_ratio,
                                     .value = v,
                                     .first = first,
                                     .mean = is_ratio ? exp(mean) : mean,
                                     .lowest = is_ratio ? exp(tally->lowest) : tally->lowest,
                                     .highest = is_ratio ? exp(tally->highest) : tally->highest,
                                     .samples = tally->count};
        study_add_row(rows, &row);
    }
}

bool study_differences(const struct study_group *group, int column, int place,
                       struct study_rows *rows)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct sample *samples = TS_NEW_ARRAY(&arena, group->count, struct sample);
    struct tally *tallies =
        TS_NEW_ARRAY(&arena, group->study->axes[group->axes[place]].count, struct tally);
    int64_t count = collect(group, column, place, samples);
    int64_t paired = 0, counted = 0, before = rows->count;
    for (int64_t begin = 0, end; begin < count; begin = end) {
        end = begin + 1;
        while (end < count && by_others(&samples[begin], &samples[end]) == 0) {
            end++;
        }
        int64_t distinct = drop_repeated(&samples[begin], end - begin);
        paired += distinct > 1 ? distinct : 0;
        counted += distinct;
        if (distinct > 1 && group->is_number[place]) {
            add_slopes(&samples[begin], distinct, tallies);
        } else {
            add_ratios(&samples[begin], distinct, group->first[place], tallies);
        }
    }
    if (2 * paired >= counted) {
        write_rows(group, column, place, tallies, rows);
    }
    ts_arena_release(&arena);
    return rows->count > before;
}
