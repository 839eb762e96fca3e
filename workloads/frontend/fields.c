#include "workloads/frontend/fields.h"

#include "tessera/graph.h"

#include <stdlib.h>
#include <string.h>

static const struct ts_place nowhere;

enum { MAX_FIELDS = 32, MAX_WORD = 64 };

/* Whole decimal number in [minimum, TS_MAX_DIM]. */
static bool parse_value(const char *workload, const char *word, struct ts_field *field,
                        struct ts_diagnostics *diagnostics)
{
    char *end;
    long long value = strtoll(word, &end, 10);
    if (end == word || *end || *word == ' ' || *word == '+') {
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere,
                             "%s in '%s' is '%s', must be a whole number", field->name, workload,
                             word);
    }
    if (value < field->minimum || value > TS_MAX_DIM) {
        return ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                             "%s in '%s' is %s, must be between %lld and %lld", field->name,
                             workload, word, (long long)field->minimum, (long long)TS_MAX_DIM);
    }
    field->value = value;
    field->given = true;
    return true;
}

/* Copies text up to the next comma into word; returns what follows, NULL after the last. */
static const char *next_word(const char *text, char word[MAX_WORD])
{
    size_t length = strcspn(text, ",");
    size_t copied = length < MAX_WORD - 1 ? length : MAX_WORD - 1;
    memcpy(word, text, copied);
    word[copied] = '\0';
    return text[length] ? text + length + 1 : NULL;
}

bool ts_fields_by_place(const char *workload, const char *text, const char *form,
                        struct ts_field *fields, int count, struct ts_diagnostics *diagnostics)
{
    char word[MAX_WORD];
    int found = 1;
    for (const char *c = text; *c; c++) {
        found += *c == ',';
    }
    if (found != count || !*text) {
        ts_diag_error(diagnostics, TS_ERROR_SYNTAX, nowhere, "'%s' has %d number%s, needs %d",
                      workload, *text ? found : 0, *text && found == 1 ? "" : "s", count);
        ts_diag_help(diagnostics, "the form is %s", form);
        return false;
    }
    bool ok = true;
    for (int i = 0; i < count; i++) {
        text = next_word(text, word);
        ok &= parse_value(workload, word, &fields[i], diagnostics);
    }
    return ok;
}

static bool unknown_key(const char *workload, const char *key, const struct ts_field *fields,
                        int count, const char *form, struct ts_diagnostics *diagnostics)
{
    const char *names[MAX_FIELDS];
    for (int i = 0; i < count; i++) {
        names[i] = fields[i].name;
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_KEY, nowhere, "unknown key '%s' in '%s'", key,
                  workload);
    const char *near = ts_suggest(key, names, (size_t)count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    } else {
        ts_diag_help(diagnostics, "the form is %s", form);
    }
    return false;
}

static bool set_field(const char *workload, char *word, const char *form, struct ts_field *fields,
                      int count, struct ts_diagnostics *diagnostics)
{
    char *equals = strchr(word, '=');
    if (!equals) {
        ts_diag_error(diagnostics, TS_ERROR_SYNTAX, nowhere, "'%s' in '%s' is not KEY=VALUE", word,
                      workload);
        ts_diag_help(diagnostics, "the form is %s", form);
        return false;
    }
    *equals = '\0';
    for (int i = 0; i < count; i++) {
        if (strcmp(fields[i].name, word) != 0) {
            continue;
        }
        if (fields[i].given) {
            return ts_diag_error(diagnostics, TS_ERROR_DUPLICATE_KEY, nowhere,
                                 "%s stands twice in '%s'", word, workload);
        }
        return parse_value(workload, equals + 1, &fields[i], diagnostics);
    }
    return unknown_key(workload, word, fields, count, form, diagnostics);
}

/* Fills defaults in; one error names all that must be given and are not. */
static bool report_missing(const char *workload, const char *form, struct ts_field *fields,
                           int count, struct ts_diagnostics *diagnostics)
{
    const char *missing = NULL;
    for (int i = 0; i < count; i++) {
        if (fields[i].given) {
            continue;
        }
        fields[i].value = fields[i].fallback;
        if (fields[i].fallback < fields[i].minimum) {
            missing = missing
                          ? ts_arena_printf(&diagnostics->arena, "%s, %s", missing, fields[i].name)
                          : fields[i].name;
        }
    }
    if (!missing) {
        return true;
    }
    ts_diag_error(diagnostics, TS_ERROR_MISSING_KEY, nowhere, "'%s' lacks %s", workload, missing);
    ts_diag_help(diagnostics, "the form is %s", form);
    return false;
}

bool ts_fields_by_name(const char *workload, const char *text, const char *form,
                       struct ts_field *fields, int count, struct ts_diagnostics *diagnostics)
{
    char word[MAX_WORD];
    bool ok = true;
    for (const char *rest = *text ? text : NULL; rest;) {
        rest = next_word(rest, word);
        ok &= set_field(workload, word, form, fields, count, diagnostics);
    }
    return report_missing(workload, form, fields, count, diagnostics) && ok;
}

static bool unknown_choice(const char *workload, const char *word, const char *key,
                           const char *const *choices, struct ts_diagnostics *diagnostics)
{
    const char *all = choices[0];
    size_t count = 1;
    for (; choices[count]; count++) {
        all = ts_arena_printf(&diagnostics->arena, "%s%s%s", all,
                              choices[count + 1] ? ", " : " or ", choices[count]);
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere, "%s in '%s' is '%s', must be %s",
                  key, workload, word, all);
    const char *near = ts_suggest(word, choices, count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

bool ts_fields_choice(const char *workload, const char *text, const char *form, const char *key,
                      const char *const *choices, struct ts_diagnostics *diagnostics, int *index)
{
    char word[MAX_WORD];
    const char *rest = next_word(text, word);
    struct ts_field field = {key, 0, 0, 0, false};
    char *equals = strchr(word, '=');
    if (equals) {
        *equals = '\0';
    }
    if (!equals || strcmp(word, key) != 0) {
        return unknown_key(workload, word, &field, 1, form, diagnostics);
    }
    if (rest) {
        ts_diag_error(diagnostics, TS_ERROR_SYNTAX, nowhere, "'%s' stands behind %s in '%s'", rest,
                      key, workload);
        ts_diag_help(diagnostics, "the form is %s", form);
        return false;
    }
    for (*index = 0; choices[*index]; ++*index) {
        if (strcmp(choices[*index], equals + 1) == 0) {
            return true;
        }
    }
    return unknown_choice(workload, equals + 1, key, choices, diagnostics);
}
