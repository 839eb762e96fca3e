/* Errors as they were recorded, and what they say of a result's machine. */
#include "tessera/recorded.h"

#include "tessera/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column { TABLE, FAMILY, ARCH, HASH, VERSION, ROWS, FAILED, MAPE, MEDIAN, P90, BIAS, COLUMNS };

static const char *const column_names[COLUMNS] = {"table",      "family",  "arch",   "arch_hash",
                                                  "version",    "rows",    "failed", "mape",
                                                  "median_ape", "p90_ape", "bias"};

/* ------------------------------------------------------------------ reading */

struct record_reader {
    const struct ts_csv *table;
    const struct ts_csv_row *row;
    int columns[COLUMNS];
    struct ts_diagnostics *diagnostics;
};

static const char *field(const struct record_reader *reader, enum column column)
{
    return reader->row->fields[reader->columns[column]];
}

/* An empty field is 0: no row could be run. */
static bool read_number(const struct record_reader *reader, enum column column, double *value)
{
    const char *text = field(reader, column);
    char *end = NULL;
    *value = *text ? strtod(text, &end) : 0;
    if (!*text || (end != text && *end == '\0' && isfinite(*value))) {
        return true;
    }
    struct ts_place place = {.file = reader->table->path, .line = reader->row->line, .column = 1};
    return ts_diag_error(reader->diagnostics, TS_ERROR_TYPE, place, "'%s' is no number for '%s'",
                         text, column_names[column]);
}

static bool read_count(const struct record_reader *reader, enum column column, int *count)
{
    double value = 0;
    if (!read_number(reader, column, &value)) {
        return false;
    }
    if (value < 0 || value > 1e9 || value != floor(value)) {
        struct ts_place place = {
            .file = reader->table->path, .line = reader->row->line, .column = 1};
        return ts_diag_error(reader->diagnostics, TS_ERROR_TYPE, place, "'%s' is no count for '%s'",
                             field(reader, column), column_names[column]);
    }
    *count = (int)value;
    return true;
}

static bool read_record(const struct record_reader *reader, struct ts_recorded_error *record)
{
    *record = (struct ts_recorded_error){
        .table = field(reader, TABLE),
        .family = field(reader, FAMILY),
        .arch = field(reader, ARCH),
        .version = field(reader, VERSION),
        .arch_hash = strtoull(field(reader, HASH), NULL, 16),
    };
    return read_count(reader, ROWS, &record->rows) && read_count(reader, FAILED, &record->failed) &&
           read_number(reader, MAPE, &record->mape) &&
           read_number(reader, MEDIAN, &record->median_ape) &&
           read_number(reader, P90, &record->p90_ape) && read_number(reader, BIAS, &record->bias);
}

bool ts_recorded_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct ts_recorded_errors *recorded)
{
    struct record_reader reader = {.table = ts_csv_load(path, arena, diagnostics),
                                   .diagnostics = diagnostics};
    *recorded = (struct ts_recorded_errors){.count = 0};
    if (!reader.table) {
        return false;
    }
    for (int c = 0; c < COLUMNS; c++) {
        reader.columns[c] = ts_csv_column(reader.table, column_names[c]);
        if (reader.columns[c] < 0) {
            struct ts_place place = {.file = path, .line = 1, .column = 1};
            return ts_diag_error(diagnostics, TS_ERROR_MISSING_KEY, place,
                                 "the table of recorded errors has no column '%s'",
                                 column_names[c]);
        }
    }
    struct ts_recorded_error *items =
        TS_NEW_ARRAY(arena, reader.table->row_count + 1, struct ts_recorded_error);
    bool ok = true;
    for (int i = 0; i < reader.table->row_count; i++) {
        reader.row = &reader.table->rows[i];
        ok &= read_record(&reader, &items[i]);
    }
    if (ok) {
        *recorded = (struct ts_recorded_errors){items, reader.table->row_count};
    }
    return ok;
}

/* ------------------------------------------------------------------ what they say */

static bool is_family(const struct ts_recorded_error *record)
{
    return *record->arch == '\0';
}

static bool is_of_machine(const struct ts_recorded_error *record, const struct ts_result *result)
{
    return strcmp(record->arch, result->arch.name) == 0;
}

bool ts_recorded_concerns(const struct ts_recorded_error *record,
                          const struct ts_recorded_view *view, const struct ts_result *result)
{
    return view->of_family ? is_family(record) && strcmp(record->family, result->arch.family) == 0
                           : is_of_machine(record, result);
}

/* Other machines of the family, each counted once however many tables it is in. */
static int machines_of(const struct ts_recorded_errors *recorded, const char *family)
{
    int count = 0;
    for (int i = 0; i < recorded->count; i++) {
        const struct ts_recorded_error *record = &recorded->items[i];
        bool counts = !is_family(record) && strcmp(record->family, family) == 0;
        for (int j = 0; counts && j < i; j++) {
            counts = strcmp(recorded->items[j].arch, record->arch) != 0;
        }
        count += counts;
    }
    return count;
}

/* Whether the run changed a key of the machine (-s). */
static bool sets_keys(const char *options)
{
    return strncmp(options, "-s ", 3) == 0 || strstr(options, " -s ") != NULL;
}

struct ts_recorded_view ts_recorded_view(const struct ts_recorded_errors *recorded,
                                         const struct ts_result *result)
{
    struct ts_recorded_view view = {.of_family = true};
    for (int i = 0; i < recorded->count; i++) {
        view.of_family &= !is_of_machine(&recorded->items[i], result);
    }
    for (int i = 0; i < recorded->count; i++) {
        const struct ts_recorded_error *record = &recorded->items[i];
        if (!ts_recorded_concerns(record, &view, result)) {
            continue;
        }
        int good = record->rows - record->failed;
        view.tables++;
        view.rows += good;
        bool another = strcmp(record->version, result->provenance.version) != 0;
        bool changed = !is_family(record) && record->arch_hash != result->provenance.arch_hash;
        view.settings_changed |= changed && sets_keys(result->provenance.options);
        view.file_changed |= another || (changed && !sets_keys(result->provenance.options));
    }
    view.machines = view.of_family ? machines_of(recorded, result->arch.family) : 1;
    return view;
}

/* "mean error 7.6 % in eie, 12 % in energy": tables are of unlike things, so each is told. */
static const char *errors_by_table(const struct ts_recorded_errors *recorded,
                                   const struct ts_recorded_view *view,
                                   const struct ts_result *result, struct ts_arena *arena)
{
    const char *text = "mean error";
    int told = 0;
    for (int i = 0; i < recorded->count; i++) {
        const struct ts_recorded_error *record = &recorded->items[i];
        if (!ts_recorded_concerns(record, view, result) || record->rows == record->failed) {
            continue;
        }
        size_t length = strlen(record->table);
        bool csv = length > 4 && strcmp(record->table + length - 4, ".csv") == 0;
        text = ts_arena_printf(arena, "%s%s %.1f %% in %.*s", text, told++ ? "," : "", record->mape,
                               (int)(csv ? length - 4 : length), record->table);
    }
    return text;
}

const char *ts_recorded_sentence(const struct ts_recorded_errors *recorded,
                                 const struct ts_result *result, struct ts_arena *arena)
{
    struct ts_recorded_view view = ts_recorded_view(recorded, result);
    if (view.rows == 0) {
        return "no reference figure is of this machine or of another of its family";
    }
    const char *errors = errors_by_table(recorded, &view, result, arena);
    const char *main =
        view.of_family
            ? ts_arena_printf(arena,
                              "no reference figure is of this machine; %d %s of %d other%s of its "
                              "family: %s",
                              view.rows, view.rows == 1 ? "is" : "are", view.machines,
                              view.machines == 1 ? "" : "s", errors)
            : ts_arena_printf(arena, "checked against %d reference figures of this machine: %s",
                              view.rows, errors);
    const char *changed = view.settings_changed ? "; this run changed the machine, the error is of "
                                                  "the unchanged one"
                          : view.file_changed
                              ? "; recorded before the machine's file or the program "
                                "changed"
                              : "";
    return ts_arena_printf(arena, "%s%s", main, changed);
}
