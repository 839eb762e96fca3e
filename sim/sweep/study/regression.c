/* Sensitivity from a sample: a plane through the logarithms of all axes at once. */
#include "sim/sweep/study/study_internal.h"

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Beyond this a fit says little and costs much. */
enum { MAX_TERMS = 400 };

/* Singular values below this share of the largest are axes that cannot be told apart. */
#define RANK_TOLERANCE 1e-9

struct design {
    const struct study_group *group;
    int *term; /* first coefficient of each axis */
    int terms;
    gsl_matrix *x;
    gsl_vector *y;
    int64_t rows;
};

/* One coefficient for a number, one for each further value of another axis; coefficient 0 is the
 * constant. A value's coefficient is term + value number, with the first one's left out. */
static void number_terms(struct design *design)
{
    const struct study_group *group = design->group;
    design->terms = 1;
    for (int i = 0; i < group->axis_count; i++) {
        design->term[i] = design->terms;
        int values = group->study->axes[group->axes[i]].count;
        design->terms += group->is_number[i] ? 1 : values;
    }
}

/* Which coefficients the points of the group use. */
static int64_t mark_used(const struct design *design, int column, bool *used)
{
    const struct study_group *group = design->group;
    int64_t points = 0;
    used[0] = true;
    for (int64_t p = 0; p < group->count; p++) {
        const struct ts_study_point *point = &group->study->points[group->points[p]];
        struct ts_axis_value figure = ts_study_value(group->study, point, column);
        bool whole = figure.is_number && figure.number > 0;
        for (int i = 0; i < group->axis_count; i++) {
            whole &= group->keys[p * group->axis_count + i] >= 0;
        }
        for (int i = 0; whole && i < group->axis_count; i++) {
            int value = group->keys[p * group->axis_count + i];
            int at = design->term[i] + (group->is_number[i] ? 0 : value);
            used[at] |= group->is_number[i] || value != group->first[i];
        }
        points += whole;
    }
    return points;
}

/* Fills row after row; `place` is the column of the matrix that a coefficient has. */
static void fill(struct design *design, int column, const int *place)
{
    const struct study_group *group = design->group;
    for (int64_t p = 0; p < group->count; p++) {
        const int *key = &group->keys[p * group->axis_count];
        const struct ts_study_point *point = &group->study->points[group->points[p]];
        struct ts_axis_value figure = ts_study_value(group->study, point, column);
        bool whole = figure.is_number && figure.number > 0;
        for (int i = 0; i < group->axis_count; i++) {
            whole &= key[i] >= 0;
        }
        if (!whole) {
            continue;
        }
        size_t row = (size_t)design->rows++;
        gsl_vector_set(design->y, row, log(figure.number));
        gsl_matrix_set(design->x, row, 0, 1);
        for (int i = 0; i < group->axis_count; i++) {
            const struct ts_study_axis *axis = &group->study->axes[group->axes[i]];
            int at = design->term[i] + (group->is_number[i] ? 0 : key[i]);
            double value = group->is_number[i] ? log(axis->values[key[i]].number) : 1;
            if (place[at] >= 0) {
                gsl_matrix_set(design->x, row, (size_t)place[at], value);
            }
        }
    }
}

/* Solves, and puts coefficients and their errors where the terms are. */
static void solve(struct design *design, const int *place, size_t used, struct study_fit *fit)
{
    size_t rows = (size_t)design->rows, rank = 0;
    gsl_vector *c = gsl_vector_alloc(used);
    gsl_matrix *covariance = gsl_matrix_alloc(used, used);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(rows, used);
    double residual = 0;
    if (!c || !covariance || !work) {
        ts_bug("out of memory");
    }
    int status = gsl_multifit_linear_tsvd(design->x, design->y, RANK_TOLERANCE, c, covariance,
                                          &residual, &rank, work);
    if (status != 0 || rank < used) {
        fit->why = "axes that change together cannot be told apart";
    } else {
        double total = gsl_stats_tss(design->y->data, design->y->stride, rows);
        fit->explained = total > 0 ? fmax(0, 1 - residual / total) : 1;
        for (int t = 0; t < design->terms; t++) {
            size_t at = (size_t)place[t];
            fit->value[t] = place[t] >= 0 ? gsl_vector_get(c, at) : 0;
            fit->error[t] = place[t] >= 0 ? sqrt(fmax(0, gsl_matrix_get(covariance, at, at))) : 0;
        }
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(covariance);
    gsl_vector_free(c);
}

struct study_fit study_regression(const struct study_group *group, int column,
                                  struct ts_arena *arena)
{
    struct design design = {.group = group};
    struct study_fit fit = {.why = NULL};
    design.term = TS_NEW_ARRAY(arena, group->axis_count, int);
    fit.term = design.term;
    number_terms(&design);
    if (design.terms > MAX_TERMS) {
        fit.why = "too many values that are no numbers";
        return fit;
    }
    bool *used = TS_NEW_ARRAY(arena, design.terms, bool);
    fit.used = used;
    int *place = TS_NEW_ARRAY(arena, design.terms, int);
    int width = 0;
    fit.samples = mark_used(&design, column, used);
    for (int t = 0; t < design.terms; t++) {
        place[t] = used[t] ? width++ : -1;
    }
    fit.value = TS_NEW_ARRAY(arena, design.terms, double);
    fit.error = TS_NEW_ARRAY(arena, design.terms, double);
    if (fit.samples <= width) {
        fit.why = fit.samples > 0 ? "too few points for so many axes" : "never above zero";
        return fit;
    }
    design.x = gsl_matrix_calloc((size_t)fit.samples, (size_t)width);
    design.y = gsl_vector_calloc((size_t)fit.samples);
    if (!design.x || !design.y) {
        ts_bug("out of memory");
    }
    fill(&design, column, place);
    solve(&design, place, (size_t)width, &fit);
    gsl_matrix_free(design.x);
    gsl_vector_free(design.y);
    return fit;
}

void study_fitted(const struct study_group *group, int column, int place,
                  const struct study_fit *fit, struct study_rows *rows)
{
    bool is_ratio = !group->is_number[place];
    int axis = group->axes[place], first = group->first[place];
    struct ts_sensitivity row = {.column = column,
                                 .axis = axis,
                                 .with = group->with[place],
                                 .arch = group->arch,
                                 .workload = group->workload,
                                 .is_ratio = is_ratio,
                                 .first = first,
                                 .value = first,
                                 .method = TS_SENSITIVITY_REGRESSION,
                                 .samples = fit->samples,
                                 .explained = fit->explained,
                                 .why = fit->why};
    if (fit->why) {
        row.method = TS_SENSITIVITY_NONE;
        study_add_row(rows, &row);
        return;
    }
    int term = fit->term[place];
    for (int v = 0; v < (is_ratio ? group->study->axes[axis].count : 1); v++) {
        row.value = v;
        row.mean = is_ratio ? exp(fit->value[term + v]) : fit->value[term];
        row.error = fit->error[term + v];
        if (fit->used[term + v]) {
            study_add_row(rows, &row);
        }
    }
}
