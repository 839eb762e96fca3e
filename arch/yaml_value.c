/* Scalars to values, and errors that show the line they are about. */
#include "tessera/yaml_tree.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void ts_yaml_show_line(struct ts_diagnostics *diagnostics, const struct ts_yaml_source *source,
                       struct ts_place place)
{
    if (!source || !source->text || place.line < 1) {
        return;
    }
    const char *line = source->text;
    for (int i = 1; i < place.line; i++) {
        line = strchr(line, '\n');
        if (!line) {
            return;
        }
        line++;
    }
    ts_diag_source(diagnostics, line);
}

static bool report(struct ts_diagnostics *diagnostics, const struct ts_yaml *node,
                   struct ts_place place, enum ts_error code, const char *format, va_list arguments)
{
    char *message = ts_arena_vprintf(&diagnostics->arena, format, arguments);
    ts_diag_error(diagnostics, code, place, "%s", message);
    ts_yaml_show_line(diagnostics, node->source, place);
    return false;
}

bool ts_yaml_error(struct ts_diagnostics *diagnostics, const struct ts_yaml *node,
                   enum ts_error code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, node, node->place, code, format, arguments);
    va_end(arguments);
    return false;
}

bool ts_yaml_key_error(struct ts_diagnostics *diagnostics, const struct ts_yaml *node,
                       enum ts_error code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(diagnostics, node, node->key_place, code, format, arguments);
    va_end(arguments);
    return false;
}

/* How messages name a node: its dotted path. */
static const char *name_of(const struct ts_yaml *node, struct ts_diagnostics *diagnostics)
{
    const char *path = ts_yaml_path(node, &diagnostics->arena);
    return *path ? path : "the file";
}

static bool expect_scalar(const struct ts_yaml *node, const char *expected,
                          struct ts_diagnostics *diagnostics)
{
    if (node->kind != TS_YAML_SCALAR) {
        return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE, "'%s' must be %s, not a %s",
                             name_of(node, diagnostics), expected, ts_yaml_kind_name(node->kind));
    }
    if (ts_yaml_is_null(node)) {
        return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE, "'%s' must be %s, it has no value",
                             name_of(node, diagnostics), expected);
    }
    return true;
}

const struct ts_yaml *ts_yaml_require(const struct ts_yaml *mapping, const char *key,
                                      enum ts_yaml_kind kind, struct ts_diagnostics *diagnostics)
{
    const struct ts_yaml *child = ts_yaml_get(mapping, key);
    if (!child) {
        ts_yaml_key_error(diagnostics, mapping, TS_ERROR_MISSING_KEY, "'%s' needs a key '%s'",
                          name_of(mapping, diagnostics), key);
        return NULL;
    }
    if (child->kind != kind) {
        ts_yaml_error(diagnostics, child, TS_ERROR_TYPE, "'%s' must be a %s, not a %s",
                      name_of(child, diagnostics), ts_yaml_kind_name(kind),
                      ts_yaml_kind_name(child->kind));
        return NULL;
    }
    return child;
}

bool ts_yaml_known_keys(const struct ts_yaml *mapping, const char *const *names, size_t count,
                        struct ts_diagnostics *diagnostics)
{
    bool sound = true;
    for (const struct ts_yaml *child = mapping->first; child; child = child->next) {
        size_t i = 0;
        while (child->key && i < count && strcmp(child->key, names[i]) != 0) {
            i++;
        }
        if (!child->key || i < count) {
            continue;
        }
        sound = false;
        ts_yaml_key_error(diagnostics, child, TS_ERROR_UNKNOWN_KEY, "unknown key '%s' in '%s'",
                          child->key, name_of(mapping, diagnostics));
        const char *near = ts_suggest(child->key, names, count);
        if (near) {
            ts_diag_help(diagnostics, "did you mean '%s'?", near);
        }
    }
    return sound;
}

/* A finite decimal number that is the whole of `text`. */
static bool parse_number(const char *text, double *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (!isdigit((unsigned char)digits[*digits == '.']) || strpbrk(text, "xXpP")) {
        return false;
    }
    char *end;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

static bool check_range(const struct ts_yaml *node, double value, double minimum, double maximum,
                        struct ts_diagnostics *diagnostics)
{
    if (value >= minimum && value <= maximum) {
        return true;
    }
    return ts_yaml_error(diagnostics, node, TS_ERROR_RANGE,
                         "'%s' is %.12g; legal is %.12g to %.12g", name_of(node, diagnostics),
                         value, minimum, maximum);
}

bool ts_yaml_real(const struct ts_yaml *node, double minimum, double maximum,
                  struct ts_diagnostics *diagnostics, double *value)
{
    double read;
    if (!expect_scalar(node, "a number", diagnostics)) {
        return false;
    }
    if (node->quoted || !parse_number(node->text, &read)) {
        return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE, "'%s' must be a number, not '%s'",
                             name_of(node, diagnostics), node->text);
    }
    if (!check_range(node, read, minimum, maximum, diagnostics)) {
        return false;
    }
    *value = read;
    return true;
}

bool ts_yaml_integer(const struct ts_yaml *node, int64_t minimum, int64_t maximum,
                     struct ts_diagnostics *diagnostics, int64_t *value)
{
    double read;
    if (!expect_scalar(node, "a whole number", diagnostics)) {
        return false;
    }
    /* Above 2^53 a double no longer holds every integer. */
    if (node->quoted || !parse_number(node->text, &read) || read != floor(read) ||
        fabs(read) > 0x1p53) {
        return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE,
                             "'%s' must be a whole number, not '%s'", name_of(node, diagnostics),
                             node->text);
    }
    if (!check_range(node, read, (double)minimum, (double)maximum, diagnostics)) {
        return false;
    }
    *value = (int64_t)read;
    return true;
}

bool ts_yaml_bool(const struct ts_yaml *node, struct ts_diagnostics *diagnostics, bool *value)
{
    static const char *const words[] = {"off", "on", "false", "true", "no", "yes"};
    if (!expect_scalar(node, "on or off", diagnostics)) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(node->text, words[i]) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    }
    return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE, "'%s' must be on or off, not '%s'",
                         name_of(node, diagnostics), node->text);
}

bool ts_yaml_string(const struct ts_yaml *node, struct ts_diagnostics *diagnostics,
                    const char **value)
{
    if (!expect_scalar(node, "text", diagnostics)) {
        return false;
    }
    *value = node->text;
    return true;
}
