/* What the columns of a sweep's table hold, and which decide which. Internal to reports/. */
#ifndef REPORTS_SWEEP_COLUMNS_H
#define REPORTS_SWEEP_COLUMNS_H

#include "reports/sweep_lines.h"

struct finder {
    const struct ts_csv *table;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    const int *rows; /* those that succeeded */
    int row_count;
    int inputs;         /* columns before `status` */
    bool own_precision; /* each machine has one, and they differ */
    int x, panel;
    int line[8]; /* columns that tell lines apart */
    int line_columns;
};

/* What the texts of a column have around their numbers: "prune:" and " activations:0.35". */
struct affix {
    size_t prefix;
    const char *suffix;
};

/* A field of the i-th row that succeeded. */
const char *column_text(const struct finder *find, int i, int column);

bool column_varies(const struct finder *find, int column);

/* Does `column` follow from x, the panel and the lines so far, as a machine's own precision does?
 */
bool column_follows(const struct finder *find, int column);
bool column_follows_from(const struct finder *find, int column, int from);

/* A number, with what stands around it where `affix` is not NULL; "" is all of it then: 1. */
bool column_number(const char *text, const struct affix *affix, double *value);
struct affix column_affix(const struct finder *find, int column);
/* Nothing among numbers: a machine at its own value (`~` in a sweep file). */
bool column_is_own(const char *text, const struct affix *affix);
/* All that are there; at least one. */
bool column_all_numbers(const struct finder *find, int column);

/* The different texts of a column, in the order of the table; their number. */
int column_texts(const struct finder *find, int column, const char **texts);
/* The place of a text among them, `count` when it is none. */
int column_index(const char *const *texts, int count, const char *text);

#endif
