/* A sweep's table as lines of a chart. Internal to reports/. */
#ifndef REPORTS_SWEEP_LINES_H
#define REPORTS_SWEEP_LINES_H

#include "tessera/arena.h"
#include "tessera/report.h"

enum { LINES_MAX = 12, LINES_PANELS = 12, LINES_METRICS = 4, LINES_ROWS = 4000 };

struct sweep_dot {
    double x; /* a place 0, 1, ... where the values of x are texts */
    double y[LINES_METRICS];
    int panel, line;
    bool is_own; /* a machine at its own value among numbers: x says nothing */
};

struct sweep_lines {
    const char *fixed;          /* what all points have in common */
    const char *x_title;        /* with its unit */
    const char *const *x_texts; /* of x = 0, 1, ...; NULL: x is a number */
    int x_count;                /* different values of x */
    const double *x_values;     /* ascending, where numbers */
    int metric_count;
    const char *metrics[LINES_METRICS]; /* columns */
    const char *const *panels;          /* titles */
    int panel_count;
    const char *const *lines; /* texts of the key */
    int line_count;
    const int *colors, *dashes; /* of a line: which value its first column has, and its others */
    bool joined;                /* false: a cloud, dots without lines */
    struct sweep_dot *dots;
    int dot_count;
};

/* Errors: UNKNOWN_NAME (no such column), TYPE (a metric that is no number), LIMIT (too much for one
 * picture), SIMULATION (no row that succeeded). */
bool sweep_lines_find(const struct ts_csv *table, const struct ts_sweep_chart *chart,
                      struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct sweep_lines *lines);

/* "memory.dram.bandwidth_gbps" as people say it, "dram bandwidth", and its unit; "" for none. */
const char *sweep_axis_name(struct ts_arena *arena, const char *column);
const char *sweep_axis_unit(const char *column);

#endif
