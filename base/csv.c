#include "tessera/csv.h"
#include "tessera/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *name;
    const char *at, *end;
    int line;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    char *scratch; /* text of one field, as long as the whole input */
    const char *fields[TS_CSV_MAX_FIELDS];
    int count;
};

static bool fail(struct reader *reader, enum ts_error code, int line, const char *what)
{
    struct ts_place place = {.file = reader->name, .line = line, .column = 1};
    return ts_diag_error(reader->diagnostics, code, place, "%s", what);
}

/* Reads up to the closing quote; `at` stands behind the opening one. */
static bool read_quoted(struct reader *reader, size_t *length)
{
    int opened = reader->line;
    for (;;) {
        if (reader->at == reader->end) {
            return fail(reader, TS_ERROR_SYNTAX, opened, "a quoted field is never closed");
        }
        char c = *reader->at++;
        if (c == '"') {
            if (reader->at == reader->end || *reader->at != '"') {
                break;
            }
            reader->at++; /* a doubled quote stands for one */
        }
        reader->line += c == '\n';
        reader->scratch[(*length)++] = c;
    }
    if (reader->at < reader->end && !strchr(",\r\n", *reader->at)) {
        return fail(reader, TS_ERROR_SYNTAX, reader->line,
                    "text stands between a closing quote and the next comma");
    }
    return true;
}

static bool read_field(struct reader *reader)
{
    size_t length = 0;
    if (reader->at < reader->end && *reader->at == '"') {
        reader->at++;
        if (!read_quoted(reader, &length)) {
            return false;
        }
    } else {
        while (reader->at < reader->end && *reader->at != ',' && *reader->at != '\n') {
            reader->scratch[length++] = *reader->at++;
        }
        if (length > 0 && reader->scratch[length - 1] == '\r') {
            length--; /* CRLF */
        }
        if (memchr(reader->scratch, '"', length)) {
            return fail(reader, TS_ERROR_SYNTAX, reader->line,
                        "a quote stands inside a field that is not quoted");
        }
    }
    if (reader->count == TS_CSV_MAX_FIELDS) {
        return fail(reader, TS_ERROR_LIMIT, reader->line, "a record has more than 1024 fields");
    }
    reader->fields[reader->count++] = ts_arena_strndup(reader->arena, reader->scratch, length);
    return true;
}

/* One record into reader->fields. */
static bool read_record(struct reader *reader)
{
    reader->count = 0;
    for (;;) {
        if (!read_field(reader)) {
            return false;
        }
        if (reader->at < reader->end && *reader->at == '\r') {
            reader->at++;
        }
        if (reader->at == reader->end) {
            return true;
        }
        char c = *reader->at++;
        if (c == '\n') {
            reader->line++;
            return true;
        }
    }
}

static const char *const *keep_fields(struct reader *reader)
{
    const char **kept = TS_NEW_ARRAY(reader->arena, reader->count, const char *);
    memcpy(kept, reader->fields, (size_t)reader->count * sizeof *kept);
    return kept;
}

static void skip_empty_lines(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == '\n' || *reader->at == '\r')) {
        reader->line += *reader->at++ == '\n';
    }
}

static bool read_rows(struct reader *reader, struct ts_csv *table)
{
    int capacity = 1;
    for (const char *c = reader->at; c < reader->end; c++) {
        capacity += *c == '\n';
    }
    struct ts_csv_row *rows = TS_NEW_ARRAY(reader->arena, capacity, struct ts_csv_row);
    table->rows = rows;
    for (skip_empty_lines(reader); reader->at < reader->end; skip_empty_lines(reader)) {
        int line = reader->line;
        if (!read_record(reader)) {
            return false;
        }
        if (reader->count != table->column_count) {
            struct ts_place place = {.file = reader->name, .line = line, .column = 1};
            return ts_diag_error(reader->diagnostics, TS_ERROR_SYNTAX, place,
                                 "%d fields where the heading has %d", reader->count,
                                 table->column_count);
        }
        rows[table->row_count++] = (struct ts_csv_row){keep_fields(reader), line};
    }
    return true;
}

static bool read_table(struct reader *reader, struct ts_csv *table)
{
    if (memchr(reader->at, '\0', (size_t)(reader->end - reader->at))) {
        return fail(reader, TS_ERROR_FILE, 1, "the file holds NUL bytes: not a text file");
    }
    if (reader->end - reader->at >= 3 && memcmp(reader->at, "\xef\xbb\xbf", 3) == 0) {
        reader->at += 3;
    }
    skip_empty_lines(reader);
    if (reader->at == reader->end) {
        return fail(reader, TS_ERROR_SYNTAX, 1, "the table is empty: a heading is expected");
    }
    if (!read_record(reader)) {
        return false;
    }
    table->columns = keep_fields(reader);
    table->column_count = reader->count;
    return read_rows(reader, table);
}

const struct ts_csv *ts_csv_parse(const char *name, const char *text, size_t length,
                                  struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_csv *table = TS_NEW(arena, struct ts_csv);
    struct reader *reader = calloc(1, sizeof *reader);
    char *scratch = malloc(length + 1);
    bool ok = false;
    if (!reader || !scratch || length > TS_CSV_MAX_BYTES) {
        struct ts_place place = {.file = name};
        ts_diag_error(diagnostics, TS_ERROR_LIMIT, place, "the table is too large");
    } else {
        *reader = (struct reader){.name = name,
                                  .at = text,
                                  .end = text + length,
                                  .line = 1,
                                  .arena = arena,
                                  .diagnostics = diagnostics,
                                  .scratch = scratch};
        table->path = ts_arena_strdup(arena, name);
        ok = read_table(reader, table);
    }
    free(scratch);
    free(reader);
    return ok ? table : NULL;
}

const struct ts_csv *ts_csv_load(const char *path, struct ts_arena *arena,
                                 struct ts_diagnostics *diagnostics)
{
    size_t length = 0;
    char *text = ts_file_read(path, TS_CSV_MAX_BYTES, &length);
    if (!text) {
        struct ts_place place = {.file = path};
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read the table: %s",
                      strerror(errno));
        return NULL;
    }
    const struct ts_csv *table = ts_csv_parse(path, text, length, arena, diagnostics);
    free(text);
    return table;
}

int ts_csv_column(const struct ts_csv *table, const char *name)
{
    for (int i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

void ts_csv_write_field(FILE *stream, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"') {
            fputc('"', stream);
        }
        fputc(*text, stream);
    }
    fputc('"', stream);
}
