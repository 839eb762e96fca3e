/* What the parts of the sensitivity analysis share. Internal. */
#ifndef SIM_SWEEP_STUDY_STUDY_INTERNAL_H
#define SIM_SWEEP_STUDY_STUDY_INTERNAL_H

#include "tessera/study.h"

/* The points of one machine and network, and the axes in which they differ: of several that change
 * only together the first one. */
struct study_group {
    const struct ts_study *study;
    int arch, workload;
    int64_t *points;
    int64_t count;
    int axes[TS_STUDY_MAX_AXES];
    bool is_number[TS_STUDY_MAX_AXES];   /* of axes[i]: every value is a number above zero */
    int first[TS_STUDY_MAX_AXES];        /* of axes[i]: the value number that comes first */
    const char *with[TS_STUDY_MAX_AXES]; /* of axes[i]: axes that change only with it, or NULL */
    int axis_count;
    const int *keys; /* [count][axis_count] value numbers, -1 where a point has none */
};

/* A list that grows. */
struct study_rows {
    struct ts_sensitivity *items;
    int64_t count, capacity;
    struct ts_arena *arena;
};

void study_add_row(struct study_rows *rows, const struct ts_sensitivity *row);

/* Rows of one column and axis (by its place in group->axes) from points that are equal in all other
 * axes. False, and no row, when fewer than half of the points have such a neighbour. */
bool study_differences(const struct study_group *group, int column, int place,
                       struct study_rows *rows);

/* Least squares of ln figure = c + sum of elasticity × ln axis + a term for each other value. */
struct study_fit {
    const char *why;  /* NULL: it could be made */
    int *term;        /* of group->axes[i]: its first coefficient */
    const bool *used; /* which coefficients there are: not those of first values */
    double *value;    /* coefficients */
    double *error;    /* their standard errors */
    double explained; /* R squared */
    int64_t samples;
};

struct study_fit study_regression(const struct study_group *group, int column,
                                  struct ts_arena *arena);

/* Rows of one column and axis from a fit. */
void study_fitted(const struct study_group *group, int column, int place,
                  const struct study_fit *fit, struct study_rows *rows);

#endif
