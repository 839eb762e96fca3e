/* One row's value: from YAML text into the struct, and back. */
#include "schema_internal.h"
#include "tessera/precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ts_schema_choice(const char *choices, int index, struct ts_arena *arena)
{
    for (;;) {
        size_t length = strcspn(choices, "|");
        if (index-- == 0) {
            return ts_arena_strndup(arena, choices, length);
        }
        if (choices[length] == '\0') {
            return NULL;
        }
        choices += length + 1;
    }
}

int ts_schema_choice_index(const char *choices, const char *name)
{
    for (int index = 0;; index++) {
        size_t length = strcspn(choices, "|");
        if (strlen(name) == length && strncmp(choices, name, length) == 0) {
            return index;
        }
        if (choices[length] == '\0') {
            return -1;
        }
        choices += length + 1;
    }
}

const char *ts_schema_type_name(const struct ts_schema_row *row)
{
    static const char *const names[] = {
        [TS_SCHEMA_REAL] = "number",
        [TS_SCHEMA_INTEGER] = "whole number",
        [TS_SCHEMA_BOOL] = "on|off",
        [TS_SCHEMA_STRING] = "text",
        [TS_SCHEMA_CHOICE] = "choice",
        [TS_SCHEMA_PRECISION] = "precision",
        [TS_SCHEMA_REAL_BY_PRECISION] = "map of precisions to numbers",
    };
    return row->type == TS_SCHEMA_CHOICE ? row->choices : names[row->type];
}

static const char *name_of(const struct ts_yaml *node, struct ts_diagnostics *diagnostics)
{
    return ts_yaml_path(node, &diagnostics->arena);
}

/* Wrong kind of node for a row that takes one value. */
static bool expect_scalar(const struct ts_schema_row *row, const struct ts_yaml *node,
                          struct ts_diagnostics *diagnostics)
{
    if (node->kind == TS_YAML_SCALAR) {
        return true;
    }
    ts_yaml_error(diagnostics, node, TS_ERROR_TYPE, "'%s' must be one value (%s), not a %s",
                  name_of(node, diagnostics), ts_schema_type_name(row),
                  ts_yaml_kind_name(node->kind));
    return false;
}

static bool check_range(const struct ts_schema_row *row, const struct ts_yaml *node, double value,
                        struct ts_diagnostics *diagnostics)
{
    bool unbounded = row->minimum == 0 && row->maximum == 0;
    if (unbounded || (value >= row->minimum && value <= row->maximum)) {
        return true;
    }
    const char *space = *row->unit ? " " : "";
    return ts_yaml_error(diagnostics, node, TS_ERROR_RANGE,
                         "'%s' is %.12g%s%s; legal is %.12g to %.12g%s%s",
                         name_of(node, diagnostics), value, space, row->unit, row->minimum,
                         row->maximum, space, row->unit);
}

static double scale_of(const struct ts_schema_row *row)
{
    return row->scale == 0 ? 1 : row->scale;
}

/* The written value, in the row's unit. */
static bool read_number(const struct ts_schema_row *row, const struct ts_yaml *node,
                        struct ts_diagnostics *diagnostics, double *value)
{
    const char *why = NULL;
    struct ts_arena *arena = &diagnostics->arena;
    enum ts_quantity_status status =
        ts_schema_read_quantity(node->text, row->unit, arena, value, &why);
    if (status == TS_QUANTITY_OK) {
        return check_range(row, node, *value, diagnostics);
    }
    enum ts_error code = status == TS_QUANTITY_WRONG_UNIT ? TS_ERROR_UNIT : TS_ERROR_TYPE;
    ts_yaml_error(diagnostics, node, code, "'%s' %s", name_of(node, diagnostics), why);
    if (*row->unit) {
        ts_diag_help(diagnostics, "accepted units: %s", ts_schema_accepted_units(row->unit, arena));
    }
    return false;
}

static bool store_real(const struct ts_schema_row *row, const struct ts_yaml *node, void *field,
                       struct ts_diagnostics *diagnostics)
{
    double value;
    if (!read_number(row, node, diagnostics, &value)) {
        return false;
    }
    *(double *)field = value * scale_of(row);
    return true;
}

static bool store_integer(const struct ts_schema_row *row, const struct ts_yaml *node, void *field,
                          struct ts_diagnostics *diagnostics)
{
    double value;
    if (!read_number(row, node, diagnostics, &value)) {
        return false;
    }
    if (value != floor(value) || fabs(value) > 0x1p53) {
        return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE,
                             "'%s' must be a whole number, not '%s'", name_of(node, diagnostics),
                             node->text);
    }
    *(int64_t *)field = (int64_t)(value * scale_of(row));
    return true;
}

static bool store_choice(const struct ts_schema_row *row, const struct ts_yaml *node, void *field,
                         struct ts_diagnostics *diagnostics)
{
    int index = ts_schema_choice_index(row->choices, node->text);
    if (index >= 0) {
        *(int *)field = index;
        return true;
    }
    ts_yaml_error(diagnostics, node, TS_ERROR_UNKNOWN_NAME, "'%s' is '%s'; legal is one of %s",
                  name_of(node, diagnostics), node->text, row->choices);
    const char *names[32];
    size_t count = 0;
    for (const char *name;
         count < 32 && (name = ts_schema_choice(row->choices, (int)count, &diagnostics->arena));) {
        names[count++] = name;
    }
    const char *near = ts_suggest(node->text, names, count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static bool unknown_precision(const struct ts_yaml *node, const char *name, bool is_key,
                              struct ts_diagnostics *diagnostics)
{
    enum ts_error code = is_key ? TS_ERROR_UNKNOWN_KEY : TS_ERROR_UNKNOWN_NAME;
    (is_key ? ts_yaml_key_error : ts_yaml_error)(diagnostics, node, code, "unknown precision '%s'",
                                                 name);
    const char *near = ts_suggest(name, ts_precision_names(), TS_PRECISION_COUNT);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static bool store_precision(const struct ts_yaml *node, void *field,
                            struct ts_diagnostics *diagnostics)
{
    enum ts_precision precision = ts_precision_parse(node->text);
    if (precision == TS_PRECISION_NONE) {
        return unknown_precision(node, node->text, false, diagnostics);
    }
    *(enum ts_precision *)field = precision;
    return true;
}

static bool store_by_precision(const struct ts_schema_row *row, const struct ts_yaml *node,
                               double *field, struct ts_diagnostics *diagnostics)
{
    if (node->kind != TS_YAML_MAPPING) {
        ts_yaml_error(diagnostics, node, TS_ERROR_TYPE, "'%s' must be a map, not a %s",
                      name_of(node, diagnostics), ts_yaml_kind_name(node->kind));
        ts_diag_help(diagnostics, "write it as {fp32: 64, fp16: 128}");
        return false;
    }
    bool sound = true;
    for (const struct ts_yaml *child = node->first; child; child = child->next) {
        enum ts_precision precision = ts_precision_parse(child->key);
        double value;
        if (precision == TS_PRECISION_NONE) {
            sound = unknown_precision(child, child->key, true, diagnostics);
        } else if (ts_yaml_is_null(child)) {
            field[precision] = 0; /* takes back what the extended file gave */
        } else if (!expect_scalar(row, child, diagnostics) ||
                   !read_number(row, child, diagnostics, &value)) {
            sound = false;
        } else {
            field[precision] = value * scale_of(row);
        }
    }
    return sound;
}

bool ts_schema_store(const struct ts_schema_row *row, const struct ts_yaml *node, void *base,
                     struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    void *field = (char *)base + row->offset;
    struct ts_schema_row unchecked = *row;
    struct ts_yaml fallback = {.kind = TS_YAML_SCALAR, .text = row->fallback};
    if (!node) {
        /* A default may stand outside the legal range: "0 = from elsewhere". */
        unchecked.minimum = unchecked.maximum = 0;
        row = &unchecked;
        node = &fallback;
        if (!row->fallback || *row->fallback == '\0') {
            return true;
        }
    }
    if (row->type == TS_SCHEMA_REAL_BY_PRECISION) {
        return store_by_precision(row, node, field, diagnostics);
    }
    if (!expect_scalar(row, node, diagnostics)) {
        return false;
    }
    switch (row->type) {
    case TS_SCHEMA_REAL:
        return store_real(row, node, field, diagnostics);
    case TS_SCHEMA_INTEGER:
        return store_integer(row, node, field, diagnostics);
    case TS_SCHEMA_BOOL:
        return ts_yaml_bool(node, diagnostics, field);
    case TS_SCHEMA_CHOICE:
        return store_choice(row, node, field, diagnostics);
    case TS_SCHEMA_PRECISION:
        return store_precision(node, field, diagnostics);
    default:
        *(const char **)field = ts_arena_strdup(arena, node->text);
        return true;
    }
}

/* ------------------------------------------------------------------ back to text */

/* Shortest text that is read back as the same stored value. */
static const char *number_text(double stored, double scale, struct ts_arena *arena)
{
    double written = stored / scale;
    for (int digits = 6; digits <= 17; digits++) {
        const char *text = ts_arena_printf(arena, "%.*g", digits, written);
        if (strtod(text, NULL) * scale == stored) {
            return text;
        }
    }
    /* The division rounded: one of its neighbours is it. */
    double below = nextafter(written, -INFINITY);
    double above = nextafter(written, INFINITY);
    double exact = below * scale == stored ? below : above * scale == stored ? above : written;
    return ts_arena_printf(arena, "%.17g", exact);
}

static const char *real_text(const struct ts_schema_row *row, double stored, struct ts_arena *arena)
{
    bool absent = stored == 0 && row->fallback && *row->fallback == '\0';
    return absent ? NULL : number_text(stored, scale_of(row), arena);
}

const char *ts_schema_value_text(const struct ts_schema_row *row, const void *base,
                                 struct ts_arena *arena)
{
    const void *field = (const char *)base + row->offset;
    switch (row->type) {
    case TS_SCHEMA_REAL:
        return real_text(row, *(const double *)field, arena);
    case TS_SCHEMA_INTEGER: {
        int64_t stored = *(const int64_t *)field;
        bool absent = stored == 0 && row->fallback && *row->fallback == '\0';
        return absent ? NULL : ts_arena_printf(arena, "%.0f", (double)stored / scale_of(row));
    }
    case TS_SCHEMA_BOOL:
        return *(const bool *)field ? "on" : "off";
    case TS_SCHEMA_CHOICE:
        return ts_schema_choice(row->choices, *(const int *)field, arena);
    case TS_SCHEMA_PRECISION: {
        enum ts_precision precision = *(const enum ts_precision *)field;
        return precision == TS_PRECISION_NONE ? NULL : ts_precision_info(precision)->name;
    }
    case TS_SCHEMA_STRING:
        return *(const char *const *)field;
    default:
        return NULL; /* maps have no single text */
    }
}
