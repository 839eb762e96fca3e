#include "tessera/csv.h"
#include "tessera/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum column {
    ID,
    ARCH,
    WORKLOAD,
    BATCH,
    PRECISION,
    MODE,
    OPTIONS,
    METRIC,
    EXPECTED,
    SOURCE,
    COLUMNS
};

static const char *const column_names[COLUMNS] = {
    [ID] = "id",           [ARCH] = "arch",           [WORKLOAD] = "workload",
    [BATCH] = "batch",     [PRECISION] = "precision", [MODE] = "mode",
    [OPTIONS] = "options", [METRIC] = "metric",       [EXPECTED] = "expected",
    [SOURCE] = "source",
};

static bool find_columns(const struct ts_csv *table, int *columns,
                         struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int c = 0; c < COLUMNS; c++) {
        columns[c] = ts_csv_column(table, column_names[c]);
        if (columns[c] < 0 && c != SOURCE) {
            struct ts_place place = {.file = table->path, .line = 1, .column = 1};
            ok = ts_diag_error(diagnostics, TS_ERROR_MISSING_KEY, place,
                               "the table has no column '%s'", column_names[c]);
        }
    }
    return ok;
}

/* The options of a row are those of the command line, all that make a job. */
static bool read_options(struct ts_reference *reference, const char *text, struct ts_arena *arena,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_arguments words, rest;
    struct ts_option_table table = {ts_job_options, ts_job_option_count, &reference->job};
    struct ts_place nowhere = {.file = NULL};
    if (!ts_options_split(text, arena, diagnostics, &words) ||
        !ts_options_parse(&table, 1, words.words, words.count, arena, diagnostics, &rest)) {
        return false;
    }
    return rest.count == 0 || ts_diag_error(diagnostics, TS_ERROR_USAGE, nowhere,
                                            "unexpected word '%s' in options", rest.words[0]);
}

static bool read_expected(struct ts_reference *reference, const char *text,
                          struct ts_diagnostics *diagnostics)
{
    char *end = NULL;
    struct ts_place nowhere = {.file = NULL};
    reference->expected = strtod(text, &end);
    if (end == text || *end || !isfinite(reference->expected) || reference->expected == 0) {
        reference->expected = 0;
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere,
                             "'%s' is no expected value: a number other than 0 is needed", text);
    }
    return true;
}

/* A network file beside the table goes by its path from there, wherever the table is read. */
static const char *beside(const char *table, const char *workload, struct ts_arena *arena)
{
    const char *slash = strrchr(table, '/'), *dot = strrchr(workload, '.');
    if (!slash || !dot || strcmp(dot, ".yaml") != 0 || *workload == '/') {
        return workload;
    }
    const char *path = ts_arena_printf(arena, "%.*s/%s", (int)(slash - table), table, workload);
    return access(path, R_OK) == 0 ? path : workload;
}

static bool read_job(struct ts_reference *reference, const char *table, const char *const *fields,
                     const int *columns, struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = &reference->job;
    const char *batch = fields[columns[BATCH]], *mode = fields[columns[MODE]];
    const char *precision = fields[columns[PRECISION]];
    *job = ts_job_default(arena);
    job->arch = reference->arch;
    job->workload = beside(table, reference->workload, arena);
    return (!*batch || ts_option_integer("batch", batch, 1, 1 << 30, diagnostics, &job->batch)) &&
           (!*precision || ts_job_precision(job, precision, diagnostics)) &&
           (!*mode || ts_job_mode(job, mode, diagnostics)) &&
           read_options(reference, fields[columns[OPTIONS]], arena, diagnostics) &&
           read_expected(reference, fields[columns[EXPECTED]], diagnostics);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void read_row(struct ts_reference *reference, const struct ts_csv *table,
                     const struct ts_csv_row *row, const int *columns, struct ts_arena *arena)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    *reference = (struct ts_reference){
        .file = base_name(table->path),
        .line = row->line,
        .id = row->fields[columns[ID]],
        .arch = row->fields[columns[ARCH]],
        .workload = row->fields[columns[WORKLOAD]],
        .metric = row->fields[columns[METRIC]],
        .source = columns[SOURCE] >= 0 ? row->fields[columns[SOURCE]] : "",
    };
    if (!read_job(reference, table->path, row->fields, columns, arena, &diagnostics)) {
        reference->unreadable = ts_arena_strdup(arena, diagnostics.entries[0].message);
    }
    ts_diagnostics_release(&diagnostics);
}

bool ts_references_load(const char *path, struct ts_arena *arena,
                        struct ts_diagnostics *diagnostics, struct ts_reference **references,
                        int *count)
{
    int columns[COLUMNS];
    const struct ts_csv *table = ts_csv_load(path, arena, diagnostics);
    if (!table || !find_columns(table, columns, diagnostics)) {
        return false;
    }
    struct ts_reference *all =
        TS_NEW_ARRAY(arena, *count + table->row_count + 1, struct ts_reference);
    if (*count > 0) {
        memcpy(all, *references, (size_t)*count * sizeof *all);
    }
    for (int i = 0; i < table->row_count; i++) {
        read_row(&all[*count + i], table, &table->rows[i], columns, arena);
    }
    *references = all;
    *count += table->row_count;
    return true;
}

const char *ts_reference_key(const struct ts_reference *reference, struct ts_arena *arena)
{
    const struct ts_job *job = &reference->job;
    return ts_arena_printf(arena, "%s\n%s\n%s", job->arch, ts_job_options_text(job, arena),
                           job->workload);
}

/* ------------------------------------------------------------------ bounds */

static bool read_bound(const char *text, struct ts_place place, struct ts_diagnostics *diagnostics,
                       double *bound)
{
    char *end = NULL;
    *bound = -1;
    if (*text == '\0') {
        return true;
    }
    *bound = strtod(text, &end);
    return (end != text && *end == '\0' && *bound >= 0 && isfinite(*bound)) ||
           ts_diag_error(diagnostics, TS_ERROR_TYPE, place, "'%s' is no bound", text);
}

bool ts_bounds_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                    struct ts_error_bound **bounds, int *count)
{
    static const char *const names[] = {"file", "failed", "mape", "p90_ape"};
    const struct ts_csv *table = ts_csv_load(path, arena, diagnostics);
    int columns[4];
    if (!table) {
        return false;
    }
    bool ok = true;
    for (int c = 0; c < 4; c++) {
        columns[c] = ts_csv_column(table, names[c]);
        if (columns[c] < 0) {
            struct ts_place place = {.file = table->path, .line = 1, .column = 1};
            return ts_diag_error(diagnostics, TS_ERROR_MISSING_KEY, place,
                                 "the table of bounds has no column '%s'", names[c]);
        }
    }
    *bounds = TS_NEW_ARRAY(arena, table->row_count + 1, struct ts_error_bound);
    *count = table->row_count;
    for (int i = 0; i < table->row_count; i++) {
        const char *const *fields = table->rows[i].fields;
        struct ts_place place = {.file = table->path, .line = table->rows[i].line, .column = 1};
        struct ts_error_bound *bound = &(*bounds)[i];
        bound->file = fields[columns[0]];
        ok &= read_bound(fields[columns[1]], place, diagnostics, &bound->failed);
        ok &= read_bound(fields[columns[2]], place, diagnostics, &bound->mape);
        ok &= read_bound(fields[columns[3]], place, diagnostics, &bound->p90_ape);
    }
    return ok;
}
