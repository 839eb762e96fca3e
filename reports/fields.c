#include "reports/fields.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool wrong_type(const struct reader *reader, const char *where, const char *expected)
{
    return ts_diag_error(reader->diagnostics, TS_ERROR_TYPE, reader->place, "%s is not %s", where,
                         expected);
}

const json_t *member(const struct reader *reader, const json_t *object, const char *key,
                     const char *where)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        ts_diag_error(reader->diagnostics, TS_ERROR_MISSING_KEY, reader->place, "%s lacks '%s'",
                      *where ? where : "the result", key);
    }
    return value;
}

bool read_real(const struct reader *reader, const json_t *value, const char *where, double *real)
{
    if (!json_is_number(value)) {
        return wrong_type(reader, where, "a number");
    }
    *real = json_number_value(value);
    if (*real < 0) {
        return ts_diag_error(reader->diagnostics, TS_ERROR_RANGE, reader->place, "%s is negative",
                             where);
    }
    return true;
}

static bool read_hash(const struct reader *reader, const json_t *value, const char *where,
                      uint64_t *hash)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16) {
        return wrong_type(reader, where, "a hash of 16 hexadecimal digits");
    }
    *hash = strtoull(text, NULL, 16);
    return true;
}

static bool read_value(const struct reader *reader, const json_t *value, enum kind kind,
                       const char *where, void *target)
{
    switch (kind) {
    case TEXT:
        if (!json_is_string(value)) {
            return wrong_type(reader, where, "a text");
        }
        *(const char **)target = ts_arena_strdup(reader->arena, json_string_value(value));
        return true;
    case REAL:
        return read_real(reader, value, where, target);
    case SIGNED:
        *(double *)target = json_number_value(value);
        return json_is_number(value) || wrong_type(reader, where, "a number");
    case HASH:
        return read_hash(reader, value, where, target);
    default: /* seeds above 2^63 are written as negative numbers */
        if (!json_is_integer(value)) {
            return wrong_type(reader, where, "a whole number");
        }
        if (kind == INTEGER && json_integer_value(value) < 0) {
            return ts_diag_error(reader->diagnostics, TS_ERROR_RANGE, reader->place,
                                 "%s is negative", where);
        }
        *(int64_t *)target = json_integer_value(value);
        return true;
    }
}

bool read_fields(const struct reader *reader, const json_t *object, const char *where,
                 const struct field *fields, size_t count, void *base)
{
    if (!json_is_object(object)) {
        return wrong_type(reader, where, "an object");
    }
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        char path[PATH_BYTES];
        const json_t *value = fields[i].optional ? json_object_get(object, fields[i].key)
                                                 : member(reader, object, fields[i].key, where);
        snprintf(path, sizeof path, "%.64s%s%.64s", where, *where ? "." : "", fields[i].key);
        if (value) {
            ok &= read_value(reader, value, fields[i].kind, path, (char *)base + fields[i].offset);
        } else {
            ok &= fields[i].optional;
        }
    }
    return ok;
}

bool read_rows(const struct reader *reader, const json_t *rows, const char *key,
               const struct field *fields, size_t count, void *base, size_t row_bytes)
{
    bool ok = true;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        char where[PATH_BYTES];
        snprintf(where, sizeof where, "%s[%zu]", key, i);
        ok &= read_fields(reader, json_array_get(rows, i), where, fields, count,
                          (char *)base + i * row_bytes);
    }
    return ok;
}
