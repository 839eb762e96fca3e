/* Fields: JSON objects into structs by a table, one row a key. Every value that is missing, of
 * another type or out of range is an error that names its place, and all of them are found. */
#ifndef TESSERA_REPORTS_FIELDS_H
#define TESSERA_REPORTS_FIELDS_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <jansson.h>
#include <stddef.h>

enum { PATH_BYTES = 160 };

enum kind { TEXT, REAL, SIGNED, INTEGER, SEED, HASH };

struct field {
    const char *key;
    enum kind kind;
    size_t offset;
    bool optional; /* keeps what the struct holds */
};

struct reader {
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    struct ts_place place; /* the file */
};

/* "WHERE is not EXPECTED"; returns false. */
bool wrong_type(const struct reader *reader, const char *where, const char *expected);

/* NULL with a diagnostic when there is none; `where` is "" for the document itself. */
const json_t *member(const struct reader *reader, const json_t *object, const char *key,
                     const char *where);

/* One number that is not negative. */
bool read_real(const struct reader *reader, const json_t *value, const char *where, double *real);

/* An object into the struct at `base`. */
bool read_fields(const struct reader *reader, const json_t *object, const char *where,
                 const struct field *fields, size_t count, void *base);

/* A list of objects into the structs from `base` on; `key` names the list. */
bool read_rows(const struct reader *reader, const json_t *rows, const char *key,
               const struct field *fields, size_t count, void *base, size_t row_bytes);

#endif
