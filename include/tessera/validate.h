/* Validation: reference tables, and how far simulated figures are from them.
 *
 * A reference table is a CSV with the columns id, arch, workload, batch, precision, mode, options,
 * metric, expected, source. A row that cannot be run is a row that failed, never one that is left
 * out. The error of a row is 100 × (simulated / expected - 1), in per cent.
 */
#ifndef TESSERA_VALIDATE_H
#define TESSERA_VALIDATE_H

#include "tessera/job.h"
#include "tessera/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One row of a table. */
struct ts_reference {
    const char *file; /* name without folders */
    int line;
    const char *id, *arch, *workload, *metric, *source;
    struct ts_job job;
    double expected;
    const char *unreadable; /* why the row makes no job; NULL when it does */
};

/* What became of it. */
struct ts_outcome {
    double simulated;
    const char *failure; /* NULL when `simulated` holds */
};

/* Appends the rows of one table to *references (grown in the arena). Errors: those of ts_csv_load,
 * MISSING_KEY for a column that is not there. */
bool ts_references_load(const char *path, struct ts_arena *arena,
                        struct ts_diagnostics *diagnostics, struct ts_reference **references,
                        int *count);

/* What a row runs, as text: rows of equal keys are one simulation. */
const char *ts_reference_key(const struct ts_reference *reference, struct ts_arena *arena);

/* ------------------------------------------------------------------ statistics */

struct ts_error_summary {
    const char *name; /* file or architecture */
    int count;        /* rows, failed ones included */
    int failed;
    /* In per cent, over the rows that did not fail; 0 when there are none. */
    double mape;       /* mean of |error| */
    double median_ape; /* median of |error| */
    double p90_ape;    /* 90th percentile of |error|, interpolated */
    double bias;       /* mean of error */
};

double ts_error_percent(const struct ts_reference *reference, const struct ts_outcome *outcome);

/* Summary of the rows of `file` (and `arch`, unless NULL). */
struct ts_error_summary ts_error_summarize(const struct ts_reference *references,
                                           const struct ts_outcome *outcomes, int count,
                                           const char *file, const char *arch);

/* The same of the rows that belong; `name` is NULL. */
struct ts_error_summary
ts_error_summarize_if(const struct ts_reference *references, const struct ts_outcome *outcomes,
                      int count, bool (*belongs)(const struct ts_reference *, const void *),
                      const void *context);

/* Files, and architectures of one file, in order of first appearance. `names` has room for `count`.
 */
int ts_validation_files(const struct ts_reference *references, int count, const char **names);
int ts_validation_archs(const struct ts_reference *references, int count, const char *file,
                        const char **names);

/* ------------------------------------------------------------------ bounds */

/* What a file may err; negative: not bounded. */
struct ts_error_bound {
    const char *file;
    double failed, mape, p90_ape;
};

/* CSV with the columns file, failed, mape, p90_ape; an empty field bounds nothing. */
bool ts_bounds_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                    struct ts_error_bound **bounds, int *count);

/* Writes a line for each bound that `summary` exceeds; true when there is none. */
bool ts_bounds_hold(const struct ts_error_bound *bounds, int bound_count,
                    const struct ts_error_summary *summary, FILE *talk);

/* ------------------------------------------------------------------ reports */

/* Text: a row each (unless rows is false), then a table of each file and architecture. */
void ts_validation_text(const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, bool rows, const struct ts_report_style *style, FILE *stream);
void ts_validation_json(const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, FILE *stream);
void ts_validation_csv(const struct ts_reference *references, const struct ts_outcome *outcomes,
                       int count, FILE *stream);
/* Markdown: the tables of errors. SVG: simulated against measured on log axes. */
void ts_validation_markdown(const struct ts_reference *references,
                            const struct ts_outcome *outcomes, int count, FILE *stream);
void ts_validation_svg(const struct ts_reference *references, const struct ts_outcome *outcomes,
                       int count, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
