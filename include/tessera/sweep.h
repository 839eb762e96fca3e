/* Many simulations: in parallel processes, and from sweep files.
 *
 * A pool forks workers that pull points one at a time, so that slow points do not hold others up. A
 * point that kills its worker costs that point alone. Answers come in any order and carry their
 * index: whoever wants an order puts them into it, and gets the same bytes whatever the number of
 * workers.
 */
#ifndef TESSERA_SWEEP_H
#define TESSERA_SWEEP_H

#include "tessera/job.h"
#include "tessera/yaml_tree.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ pool */

/* A simulation among many that takes longer than this has failed. */
enum { TS_POINT_TIMEOUT_S = 600 };

struct ts_pool_answer {
    int64_t index;
    bool died;        /* the worker died on it; `text` says how */
    const char *text; /* what work() wrote, NUL-terminated; valid during the call */
    size_t length;
};

struct ts_pool {
    int64_t count;        /* of points */
    const int64_t *order; /* their indices in the order they are handed out; NULL: 0 .. count-1 */
    int workers;          /* processes, >= 1 */
    void *context;
    /* In a worker: does point `index` and writes the answer. */
    void (*work)(void *context, int64_t index, FILE *answer);
    /* In the caller's process, once a point. */
    void (*done)(void *context, const struct ts_pool_answer *answer);
    /* In the caller's process, some five times a second; may be NULL. */
    void (*tick)(void *context);
    const bool *stop; /* may be NULL; once true, no more points are handed out */
};

/* Runs all points. SIMULATION error when no worker can be started at all; points that are left then
 * were not done. */
bool ts_pool_run(const struct ts_pool *pool, struct ts_diagnostics *diagnostics);

/* The index of the point that is handed out as number 0, 1, ... */
int64_t ts_pool_index(const struct ts_pool *pool, int64_t number);

/* Runs loaded jobs side by side. results[i] is NULL where job i failed; its errors are in
 * diagnostics. All are in `arena`. Returns false when any failed. */
bool ts_simulate_all(const struct ts_loaded_job *jobs, int count, int workers,
                     struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                     struct ts_result **results);

/* ------------------------------------------------------------------ constraints */

/* A value of an axis: always a text, and a number where the text is one. */
struct ts_axis_value {
    const char *text;
    bool is_number;
    double number;
};

struct ts_axis_value ts_axis_value(const char *text);

/* `batch < 64 or not (precision == fp16)`:
 *   or, and, not, parentheses; == != < <= > >= between names, numbers and texts ('...', "..." or a
 * bare word that is no name). Order is defined between numbers alone. */
struct ts_expression;

/* `names` are what may be looked up, numbered as given, the first where two are equal. Errors:
 * SYNTAX, UNKNOWN_NAME (a comparison in which no name occurs), LIMIT. NULL with a diagnostic at
 * `node`, where the text stands. */
const struct ts_expression *ts_expression_parse(const char *text, const char *const *names,
                                                int name_count, const struct ts_yaml *node,
                                                struct ts_arena *arena,
                                                struct ts_diagnostics *diagnostics);

/* values[i] belongs to names[i]. A comparison of order with a text is false. */
bool ts_expression_holds(const struct ts_expression *expression,
                         const struct ts_axis_value *values);

/* 0 where it holds; otherwise how far it is from holding: the gap of a comparison relative to the
 * larger side, 1 for texts; sums for `and`, the smaller for `or`. */
double ts_expression_distance(const struct ts_expression *expression,
                              const struct ts_axis_value *values);

/* The bare words of an expression that could be names, in order, at most `room`; returns how many.
 * Whoever does not know all names beforehand asks for these. */
int ts_expression_words(const char *text, struct ts_arena *arena, const char **words, int room);

/* ------------------------------------------------------------------ sweep files */

enum { TS_SWEEP_MAX_AXES = 24, TS_SWEEP_MAX_POINTS = 10000000 };

enum ts_axis_kind {
    TS_AXIS_SETTING, /* a key of the architecture */
    TS_AXIS_PRECISION,
    TS_AXIS_BATCH,
    TS_AXIS_MODE,
    TS_AXIS_SEQUENCE,
    TS_AXIS_PHASE,
    TS_AXIS_CONTEXT,
    TS_AXIS_OPTION,    /* optimizer, mixed-precision, accumulate, checkpoint, numerics */
    TS_AXIS_TRANSFORMS /* a value is one transform, or several with blanks between */
};

/* Between two ends, both of which may occur. */
struct ts_axis_range {
    double from, to;
    bool is_log;     /* equal ratios are equally far apart */
    bool is_integer; /* whole numbers only */
};

struct ts_axis {
    const char *key;
    enum ts_axis_kind kind;
    struct ts_axis_value *values;
    int count;
    const struct ts_axis_range *range; /* NULL: a list */
    const struct ts_yaml *node;
};

struct ts_sweep {
    const char *name;
    const char *path;
    const char *const *archs;
    int arch_count;
    const char *const *workloads;
    int workload_count;
    const struct ts_yaml *arch_list, *workload_list; /* where they stand */
    struct ts_axis axes[TS_SWEEP_MAX_AXES];
    int axis_count;
    const struct ts_expression *const *constraints;
    int constraint_count;
    const int *sample; /* [sample_count][axis_count]: the value each draw has; NULL: a grid */
    int64_t sample_count;
    int64_t grid_count;    /* points before the constraints */
    const int64_t *points; /* positions that fulfil them, ascending */
    int64_t point_count;
};

/* Reads and checks a sweep file: form, ranges, constraints; not whether machines and networks
 * exist. A sample is drawn here: the same file is the same points. */
bool ts_sweep_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                   const struct ts_sweep **sweep);

/* "grid" or "sample": what the points are of. */
const char *ts_sweep_kind(const struct ts_sweep *sweep);

/* Which value of each axis a position has. Archs vary slowest, then workloads, then the draws of a
 * sample, or the axes in file order, the last fastest. `indices` has room for axis_count. */
void ts_sweep_position(const struct ts_sweep *sweep, int64_t position, int *arch, int *workload,
                       int *indices);

/* The job of a position. Errors: those of the settings (unknown precision, batch out of
 * range). */
bool ts_sweep_job(const struct ts_sweep *sweep, int64_t position, struct ts_arena *arena,
                  struct ts_diagnostics *diagnostics, struct ts_job *job);

/* Loads each machine and each network once, and each value of a list and both ends of a range once
 * on every machine, so that a misspelt name is an error, at its place in the file, before anything
 * runs. */
bool ts_sweep_check(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
