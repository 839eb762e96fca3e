/* CSV as RFC 4180 has it: reading whole files with line numbers, and writing fields.
 *
 * Read: comma-separated, fields may be quoted, a quoted field may hold commas, line breaks and
 * doubled quotes; LF or CRLF ends a record; a UTF-8 byte order mark is skipped; lines without any
 * text are skipped. The first record names the columns, and every record must have as many fields.
 */
#ifndef TESSERA_CSV_H
#define TESSERA_CSV_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_CSV_MAX_BYTES = 256 << 20, TS_CSV_MAX_FIELDS = 1024 };

struct ts_csv_row {
    const char *const *fields; /* [columns of the table] */
    int line;                  /* where the record begins, from 1 */
};

struct ts_csv {
    const char *path;
    const char *const *columns; /* names, [column_count] */
    int column_count;
    const struct ts_csv_row *rows; /* without the heading */
    int row_count;
};

/* Errors: FILE (cannot be read, holds a NUL byte), LIMIT (size, fields), SYNTAX (no heading, open
 * quote, text behind a closing quote, another number of fields than columns). NULL with a
 * diagnostic. */
const struct ts_csv *ts_csv_load(const char *path, struct ts_arena *arena,
                                 struct ts_diagnostics *diagnostics);

/* The same from memory; `name` stands for the file in diagnostics. */
const struct ts_csv *ts_csv_parse(const char *name, const char *text, size_t length,
                                  struct ts_arena *arena, struct ts_diagnostics *diagnostics);

/* Index of a column, -1 when the table has none of that name. */
int ts_csv_column(const struct ts_csv *table, const char *name);

/* Writes one field, in quotes when it holds a comma, a quote or a line break. */
void ts_csv_write_field(FILE *stream, const char *text);

#ifdef __cplusplus
}
#endif
#endif
