/* Reports: results as text, JSON and CSV, comparisons with a reading in words, metrics by path.
 *
 * Writers only walk results; they compute ratios of what is there and nothing else. All write to a
 * stream and leave checking it for errors to the caller. A number that is not finite is a
 * programmer's error (ts_bug).
 *
 * Results also come back from their JSON, and any number of them make one HTML page.
 */
#ifndef TESSERA_REPORT_H
#define TESSERA_REPORT_H

#include "tessera/csv.h"
#include "tessera/diag.h"
#include "tessera/result.h"

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ts_recorded_errors; /* tessera/recorded.h */

/* How text is dressed. Zeroed: plain ASCII, the ten slowest layers. */
struct ts_report_style {
    bool color;      /* ANSI colours */
    bool unicode;    /* block characters in bars, UTF-8 */
    bool all_layers; /* every layer, not the slowest ones */
    const struct ts_recorded_errors
        *errors; /* how far the machine was from measured; NULL: unsaid */
};

/* One result. JSON has schema tessera.result/1; CSV is a row a layer, or of a probe, a memory. */
void ts_report_text(const struct ts_result *result, const struct ts_report_style *style,
                    FILE *stream);
void ts_report_json(const struct ts_result *result, FILE *stream);
void ts_report_csv(const struct ts_result *result, FILE *stream);

/* Markdown as GitHub shows it: tables with units in their headings. */
void ts_report_markdown(const struct ts_result *result, const struct ts_report_style *style,
                        FILE *stream);
void ts_comparison_markdown(const struct ts_result *const *results, int count, FILE *stream);

/* Several results of one workload. JSON has schema tessera.comparison/1; CSV is a row a result. */
void ts_comparison_text(const struct ts_result *const *results, int count,
                        const struct ts_report_style *style, FILE *stream);
void ts_comparison_json(const struct ts_result *const *results, int count, FILE *stream);
void ts_comparison_csv(const struct ts_result *const *results, int count, FILE *stream);

/* A picture of the comparison: latency, energy, and where cycles and joules went. */
void ts_comparison_svg(const struct ts_result *const *results, int count, FILE *stream);

/* ------------------------------------------------------------------ a sweep's table */

/* What a picture of a sweep shows. Zeroed: the input with most values against latency_s, a panel a
 * machine, a line for each combination of the other inputs. Names are the table's columns. */
struct ts_sweep_chart {
    const char *x;
    const char *const *y; /* metrics, a row of panels each */
    int y_count;
    const char *panel; /* "none": one panel */
    bool sampled;      /* points at random places: dots, not lines */
};

/* The table of `tessera sweep` (ts_csv, as it writes it) as a picture. Rows that failed are left
 * out. Errors: UNKNOWN_NAME, TYPE (a metric without numbers), LIMIT (too many lines or panels),
 * SIMULATION (nothing to draw). */
bool ts_sweep_svg(const struct ts_csv *table, const char *title, const struct ts_sweep_chart *chart,
                  struct ts_diagnostics *diagnostics, FILE *stream);

/* The same table as Markdown, with the inputs that vary and the figures that matter most. */
void ts_sweep_markdown(const struct ts_csv *table, FILE *stream);

/* ------------------------------------------------------------------ results from JSON */

/* Grows in the arena of whoever fills it. Zeroed: empty. */
struct ts_result_list {
    const struct ts_result **items;
    int count, capacity;
};

/* Appends what a document of schema tessera.result/1 or tessera.comparison/1 holds. `name` is what
 * messages call it. Errors, with a path into the document: SYNTAX (line and column), UNSUPPORTED
 * (another schema, or none), MISSING_KEY, TYPE, RANGE. Keys it does not know are passed over. */
bool ts_results_read(const char *text, size_t length, const char *name, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics, struct ts_result_list *results);

/* The same from a file; "-" is standard input. Error: FILE. */
bool ts_results_read_file(const char *path, struct ts_arena *arena,
                          struct ts_diagnostics *diagnostics, struct ts_result_list *results);

/* ------------------------------------------------------------------ timelines from traces */

/* A stretch of a track: what it mostly did. */
struct ts_timeline_slice {
    double start_us, end_us; /* since the start of the layer */
    const char *kind;        /* the trace's category: compute, dram, ..., load, read, write */
    int64_t tile;            /* -1: of several, or none */
    double share;            /* of the stretch that it did so; 1 unless the row is coarse */
};

struct ts_timeline_row {
    const char *name;
    enum ts_timeline_place { TS_TIMELINE_PIPE, TS_TIMELINE_LOADS, TS_TIMELINE_MEMORY } place;
    struct ts_timeline_slice *slices; /* in order, apart from one another */
    int count;
    bool is_coarse; /* slices were too many: each is what took most of an equal share of the time */
};

/* What the units and memories did during one layer, of some of them when they are many. */
struct ts_timeline {
    const char *arch, *workload;
    double latency_s;             /* of the whole run: tells results of other runs apart */
    const char *layer, *original; /* `original` was simulated in its place; NULL: itself */
    const char *algorithm, *bound;
    double start_us, duration_us; /* of the simulated one */
    double covered_us;            /* of it, before --trace-limit ended the trace */
    struct ts_timeline_row *rows; /* pipe and loads of a unit, of the next, ..., then memories */
    int row_count;
    int64_t units, units_shown, channels, channels_shown;
};

/* Reads what `tessera run --trace` wrote; `layer` NULL: the longest. Errors: FILE, SYNTAX (not such
 * a trace, or one cut short), UNKNOWN_NAME, RANGE (the trace ends before the layer). */
bool ts_timeline_read(const char *path, const char *layer, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics, struct ts_timeline *timeline);

/* ------------------------------------------------------------------ one HTML page */

/* One point of a sweep, or one result: what decides it and its top figures. */
struct ts_point {
    const char *arch, *workload, *precision, *mode;
    int64_t batch;
    const char *options;            /* as in provenance.options */
    const struct ts_result *result; /* its layers may be left out; NULL: the point failed */
    const char *error;              /* why it failed */
    int detail;                     /* which of the page's results it is in full; -1: none */
};

struct ts_html_options {
    const char *title; /* NULL: what the results are of */
    const char *page;  /* path of the page's frame; NULL: the one built with the program */
    /* All points of which `results` are those that are shown in full; NULL: the results. */
    const struct ts_point *points;
    int point_count;
    const struct ts_recorded_errors *errors; /* NULL: unknown */
    const struct ts_timeline *timelines;     /* each of one of the results */
    int timeline_count;
};

/* One file that needs no other: the frame (style, charts, code; made when the program is built)
 * with the results in it as JSON, whose numbers are those of ts_report_json. count >= 1. Errors:
 * FILE when the frame is missing, SYNTAX when it has no places for title and data, CONFLICT when a
 * timeline is of none of the results. The points'
 * charts and table hold every point; what is inside a design is told of `results` alone. */
bool ts_report_html(const struct ts_result *const *results, int count,
                    const struct ts_html_options *options, struct ts_diagnostics *diagnostics,
                    FILE *stream);

/* ------------------------------------------------------------------ pieces */

/* The part of a comparison that is in words; count >= 1. */
void ts_comparison_reading(const struct ts_result *const *results, int count, FILE *stream);

/* The figures of one result as CSV fields, each with a comma before it and no line end, for tables
 * that put columns of their own in front; `empty` writes as many fields without text. */
void ts_figures_csv_heading(FILE *stream);
void ts_figures_csv_row(const struct ts_result *result, FILE *stream);
void ts_figures_csv_empty(FILE *stream);

/* A number of the result's JSON by its dotted path. An element of a list is named by its `level` or
 * `name`, or by its index: memory.dram.achieved_gbps, layers.conv1.latency_s, energy_j.total.
 * Errors: UNKNOWN_NAME with a suggestion, TYPE when it is no number. */
bool ts_result_metric(const struct ts_result *result, const char *path,
                      struct ts_diagnostics *diagnostics, double *value);

/* `value` with an SI prefix and four digits: "1.234 ms". `buffer` has at least 32 bytes; returned.
 */
enum { TS_SI_BYTES = 32 };
const char *ts_format_si(char *buffer, double value, const char *unit);

/* The shortest decimal that reads back as the same double; `buffer` has at least 32 bytes. */
const char *ts_format_number(char *buffer, double value);

#ifdef __cplusplus
}
#endif
#endif
