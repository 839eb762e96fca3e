/* Study: many results as one table, and what stands out in it: the best points, the Pareto front,
 * the sensitivity of figures to settings.
 *
 *     ts_study_init(&study, &arena);
 *     int latency = ts_study_column(&study, "latency_s");       columns before results
 *     for each result: ts_study_add(&study, &row, &diagnostics);
 *     ts_study_resolve(&study, &latency, 1, &diagnostics);
 *
 * An axis is arch, workload, batch, precision, mode, or a setting that any result has. A column is
 * an axis or, where no axis has that name, a figure of the results by its dotted path
 * (energy_j.total, memory.dram.achieved_gbps) or, where none has that either, a product or quotient
 * of these and of numbers (energy_j.total*latency_s). Of a result the columns are kept and nothing
 * else, so that a store of any size can be studied. All memory is in the arena.
 */
#ifndef TESSERA_STUDY_H
#define TESSERA_STUDY_H

#include "tessera/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_STUDY_MAX_AXES = 96, TS_STUDY_MAX_COLUMNS = 96, TS_STUDY_FIRST_SETTING = 5 };

/* A result as it comes from a store or a file. Texts are borrowed during the call. */
struct ts_study_row {
    const char *source; /* the file; kept, not copied */
    int64_t id;         /* its row in a store; 0: none */
    const char *arch, *workload, *precision, *mode;
    int64_t batch;
    const char *settings; /* JSON object, the value of each axis */
    const char *result;   /* JSON, schema tessera.result/1 */
};

/* Distinct values, numbered as they come. */
struct ts_study_axis {
    const char *name;
    struct ts_axis_value *values;
    int count, capacity;
    int *slots; /* hash table of value numbers + 1 */
    int slot_count;
};

struct ts_study_point {
    const char *source;
    int64_t id;
    const int *axis; /* value numbers of the first axis_count axes */
    int axis_count;
    const struct ts_axis_value *figures; /* [columns]; text NULL where the result has none */
};

/* energy_j.total*latency_s: the product of `scale` and other columns to the power 1 or -1. */
enum { TS_STUDY_MAX_FACTORS = 8 };

struct ts_study_column {
    const char *name;
    int axis; /* -1: a figure */
    int factors[TS_STUDY_MAX_FACTORS];
    int powers[TS_STUDY_MAX_FACTORS];
    int factor_count; /* 0: no product */
    double scale;
    bool any_number; /* some result has a number there */
    bool any;        /* some result has it at all */
};

struct ts_study {
    struct ts_arena *arena;
    struct ts_study_axis axes[TS_STUDY_MAX_AXES];
    int axis_count;
    struct ts_study_column columns[TS_STUDY_MAX_COLUMNS];
    int column_count;
    struct ts_study_point *points;
    int64_t count, capacity;
    int64_t failed;      /* rows without a result, counted by whoever reads */
    const char *example; /* the first result: what suggestions are made from */
};

void ts_study_init(struct ts_study *study, struct ts_arena *arena);

/* The column of that name, added when it is new; before the first point. -1: there is no room. */
int ts_study_column(struct ts_study *study, const char *name);

/* Errors: SYNTAX when a result or its settings are no JSON, LIMIT for too many axes. */
bool ts_study_add(struct ts_study *study, const struct ts_study_row *row,
                  struct ts_diagnostics *diagnostics);

/* After the last point: finds out which columns are axes, and checks that these ones, wanted as
 * numbers, are axes or figures with some number. Error: UNKNOWN_NAME with a suggestion, TYPE. */
bool ts_study_resolve(struct ts_study *study, const int *columns, int count,
                      struct ts_diagnostics *diagnostics);

/* The number of a point's value of an axis, -1 when it has none. */
int ts_study_axis_index(const struct ts_study_point *point, int axis);

/* A point's value in a column; text "" where it has none. */
struct ts_axis_value ts_study_value(const struct ts_study *study,
                                    const struct ts_study_point *point, int column);

/* True when the points differ in it. */
bool ts_study_varies(const struct ts_study *study, int axis);

/* ------------------------------------------------------------------ constraints */

struct ts_study_constraint {
    const char *text;
    const struct ts_expression *expression;
    int64_t excluded; /* points that this one alone excludes */
};

/* Makes a column of each name in the text; before the first point. */
bool ts_study_expect(struct ts_study *study, const char *text, struct ts_diagnostics *diagnostics);

/* After resolving. Errors: those of ts_expression_parse, at a column of `option`. */
bool ts_study_constrain(struct ts_study *study, const char *option,
                        struct ts_study_constraint *constraint, struct ts_diagnostics *diagnostics);

/* ------------------------------------------------------------------ goals */

struct ts_study_goal {
    const char *name;
    bool maximize;
    int column;
};

/* Which points count: they have a number for every goal, and meet every constraint. */
struct ts_study_selection {
    int64_t *points; /* indices, ascending */
    int64_t count;
    int64_t lacking; /* points without a number for some goal */
    int64_t nearest; /* where none counts: the one nearest to meeting all constraints, or -1 */
};

/* Also fills in constraints[i].excluded. */
void ts_study_select(const struct ts_study *study, const struct ts_study_goal *goals,
                     int goal_count, struct ts_study_constraint *constraints, int constraint_count,
                     struct ts_study_selection *selection);

/* A point's number for a goal, turned so that less is better. */
double ts_study_cost(const struct ts_study *study, const struct ts_study_goal *goal, int64_t point);

/* Orders the selected points by the goals, best first; equal ones as they came. */
void ts_study_rank(const struct ts_study *study, const struct ts_study_goal *goals, int goal_count,
                   struct ts_study_selection *selection);

/* ------------------------------------------------------------------ Pareto front */

struct ts_study_front {
    int64_t *points;    /* indices, best in the first goal first */
    int64_t *dominates; /* [count] selected points that are no better in any goal, worse in one */
    int64_t count;
};

/* The selected points that none dominates: no point is as good in all goals and better in one.
 * N log N for two goals, N × front for more. Reorders the selection. */
void ts_study_pareto(const struct ts_study *study, const struct ts_study_goal *goals,
                     int goal_count, struct ts_study_selection *selection,
                     struct ts_study_front *front);

/* ------------------------------------------------------------------ sensitivity */

enum ts_sensitivity_method {
    TS_SENSITIVITY_NONE,        /* cannot be told: `why` */
    TS_SENSITIVITY_DIFFERENCES, /* between points that are equal in all other axes */
    TS_SENSITIVITY_REGRESSION   /* least squares in the logarithms of all axes at once */
};

/* How a figure follows an axis on one machine and network. A number's axis: the elasticity
 * d ln figure / d ln axis, per cent by per cent. Another axis, and one with values at or below
 * zero: the figure at `value` over that at the axis' first value, a row each. */
struct ts_sensitivity {
    int column, axis;
    const char *with;   /* axes that change only together with it, "a, b"; NULL: none */
    int arch, workload; /* value numbers of those axes */
    enum ts_sensitivity_method method;
    bool is_ratio;
    int value, first;       /* of ratios: value numbers */
    double mean;            /* of elasticities; of ratios the geometric mean */
    double lowest, highest; /* differences: of the single ones */
    double error;           /* regression: standard error of an elasticity, or of a ratio's log */
    double explained;       /* regression: R squared in the logarithm */
    int64_t samples;        /* differences: how many; regression: points */
    const char *why;
};

/* A row for each column, machine, network and axis that varies there, in that order; in the arena.
 * Central differences inside an axis, one-sided at its ends; see docs/sweeps.md. */
const struct ts_sensitivity *ts_study_sensitivity(const struct ts_study *study, const int *columns,
                                                  int column_count, int64_t *count);

#ifdef __cplusplus
}
#endif
#endif
