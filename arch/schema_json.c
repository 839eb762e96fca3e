/* JSON Schema (draft 7) of files that schema rows describe. */
#include "schema_json.h"
#include "schema_internal.h"
#include "tessera/precision.h"

#include <string.h>

static void write_string(const char *text, FILE *stream)
{
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', stream);
        }
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void write_number_type(const struct ts_schema_row *row, FILE *stream)
{
    bool bounded = row->minimum != 0 || row->maximum != 0;
    const char *type = row->type == TS_SCHEMA_INTEGER ? "integer" : "number";
    fprintf(stream, "\"anyOf\": [{\"type\": \"%s\"", type);
    if (bounded) {
        fprintf(stream, ", \"minimum\": %.17g, \"maximum\": %.17g", row->minimum, row->maximum);
    }
    /* With its unit it is text to YAML. */
    fputs("}, {\"type\": \"string\", \"pattern\": \"^[-+]?[0-9.]\"}]", stream);
}

static void write_choices(const char *choices, FILE *stream)
{
    fputs("\"enum\": [", stream);
    for (const char *rest = choices;;) {
        size_t length = strcspn(rest, "|");
        fprintf(stream, "%s\"%.*s\"", rest == choices ? "" : ", ", (int)length, rest);
        if (rest[length] == '\0') {
            break;
        }
        rest += length + 1;
    }
    fputs("]", stream);
}

static void write_precisions(FILE *stream)
{
    fputs("\"enum\": [", stream);
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        fprintf(stream, "%s\"%s\"", i ? ", " : "", ts_precision_names()[i]);
    }
    fputs("]", stream);
}

static void write_by_precision(const struct ts_schema_row *row, FILE *stream)
{
    fputs("\"type\": \"object\", \"propertyNames\": {", stream);
    write_precisions(stream);
    fputs("}, \"additionalProperties\": {", stream);
    write_number_type(row, stream);
    fputs("}", stream);
}

static void write_leaf(const struct ts_schema_row *row, FILE *stream)
{
    fputs("{", stream);
    switch (row->type) {
    case TS_SCHEMA_REAL:
    case TS_SCHEMA_INTEGER:
        write_number_type(row, stream);
        break;
    case TS_SCHEMA_BOOL:
        fputs("\"enum\": [true, false, \"on\", \"off\", \"yes\", \"no\"]", stream);
        break;
    case TS_SCHEMA_CHOICE:
        write_choices(row->choices, stream);
        break;
    case TS_SCHEMA_PRECISION:
        write_precisions(stream);
        break;
    case TS_SCHEMA_REAL_BY_PRECISION:
        write_by_precision(row, stream);
        break;
    default:
        fputs("\"type\": \"string\"", stream);
    }
    fputs(", \"description\": ", stream);
    write_string(row->doc, stream);
    fputs("}", stream);
}

/* What stands behind `prefix` ("compute.") in the row's path, NULL when the row is elsewhere. */
static const char *below(const struct ts_schema_row *row, const char *prefix, size_t length)
{
    return strncmp(row->path, prefix, length) == 0 ? row->path + length : NULL;
}

/* An earlier row of `rows` has put the same name here. */
static bool seen_before(const struct ts_schema_row *const *rows, size_t index, const char *prefix,
                        size_t length, const char *name, size_t name_length)
{
    for (size_t i = 0; i < index; i++) {
        const char *rest = below(rows[i], prefix, length);
        if (rest && strncmp(rest, name, name_length) == 0 &&
            (rest[name_length] == '.' || rest[name_length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* The object that holds every row whose path starts with the first `length` bytes of `prefix`. */
static void write_object(const struct ts_schema_row *const *rows, size_t count, const char *prefix,
                         size_t length, FILE *stream)
{
    bool first = true;
    const struct ts_schema_row *any = NULL; /* a row under '*' */
    size_t any_length = 0;
    fputs("{\"type\": [\"object\", \"null\"], \"properties\": {", stream);
    for (size_t i = 0; i < count; i++) {
        const char *name = below(rows[i], prefix, length);
        size_t name_length = name ? strcspn(name, ".") : 0;
        if (!name || seen_before(rows, i, prefix, length, name, name_length)) {
            continue;
        }
        if (*name == '*') {
            any = rows[i];
            any_length = length + 2;
            continue;
        }
        fprintf(stream, "%s\n\"%.*s\": ", first ? "" : ",", (int)name_length, name);
        first = false;
        if (name[name_length] == '\0') {
            write_leaf(rows[i], stream);
        } else {
            write_object(rows, count, rows[i]->path, length + name_length + 1, stream);
        }
    }
    fputs("}, \"additionalProperties\": ", stream);
    if (any) {
        write_object(rows, count, any->path, any_length, stream);
    } else {
        fputs("false", stream);
    }
    fputs("}", stream);
}

void ts_schema_write_json(const struct ts_schema *const *schemas, size_t schema_count,
                          struct ts_arena *arena, FILE *stream)
{
    size_t count = 0;
    for (size_t s = 0; s < schema_count; s++) {
        count += schemas[s]->count;
    }
    const struct ts_schema_row **rows = TS_NEW_ARRAY(arena, count, const struct ts_schema_row *);
    count = 0;
    for (size_t s = 0; s < schema_count; s++) {
        for (size_t i = 0; i < schemas[s]->count; i++) {
            rows[count++] = &schemas[s]->rows[i];
        }
    }
    write_object(rows, count, "", 0, stream);
}
