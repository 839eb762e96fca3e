/* What the names of a study's columns stand for, and what was meant when they stand for nothing. */
#include "base/json_path.h"
#include "tessera/study.h"

#include <string.h>

enum { MAX_NAMES = 4096, MAX_WORDS = 64, MAX_DEPTH = 8 };

struct names {
    const char **names;
    int count;
    struct ts_arena *arena;
};

/* Every path to a number or text. */
static void list_paths(struct names *names, const json_t *node, const char *path, int depth)
{
    const char *key;
    json_t *value;
    if ((json_is_number(node) || json_is_string(node)) && names->count < MAX_NAMES) {
        names->names[names->count++] = path;
    }
    if (depth == MAX_DEPTH) {
        return;
    }
    const char *dot = *path ? "." : "";
    json_object_foreach((json_t *)node, key, value)
    {
        list_paths(names, value, ts_arena_printf(names->arena, "%s%s%s", path, dot, key),
                   depth + 1);
    }
    for (size_t i = 0; i < json_array_size(node); i++) {
        const json_t *element = json_array_get(node, i);
        const char *name = json_path_element_name(element);
        if (name) {
            list_paths(names, element, ts_arena_printf(names->arena, "%s%s%s", path, dot, name),
                       depth + 1);
        }
    }
}

/* All that could be asked for: axes, then the paths of the first result. */
static struct names all_names(const struct ts_study *study)
{
    struct names names = {.arena = study->arena};
    names.names = TS_NEW_ARRAY(study->arena, MAX_NAMES, const char *);
    for (int i = 0; i < study->axis_count; i++) {
        names.names[names.count++] = study->axes[i].name;
    }
    json_t *example = study->example ? json_loads(study->example, 0, NULL) : NULL;
    list_paths(&names, example, "", 0);
    json_decref(example);
    return names;
}

static bool is_object(const struct ts_study *study, const char *path)
{
    json_t *example = study->example ? json_loads(study->example, 0, NULL) : NULL;
    const json_t *node = json_path_find(example, path, NULL);
    bool object = json_is_object(node) || json_is_array(node);
    json_decref(example);
    return object;
}

static bool unknown(const struct ts_study *study, const struct ts_study_column *column,
                    struct ts_diagnostics *diagnostics)
{
    struct ts_place nowhere = {.file = NULL};
    if (column->any) {
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere, "'%s' is a text, not a number",
                             column->name);
    }
    if (is_object(study, column->name)) {
        ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere,
                      "'%s' is several figures: name one of them", column->name);
    } else {
        ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere,
                      "'%s' is neither a figure of the results nor an axis", column->name);
    }
    struct names names = all_names(study);
    size_t length = strlen(column->name);
    const char *near = ts_suggest(column->name, names.names, (size_t)names.count);
    for (int i = 0; i < names.count && !near; i++) { /* memory: memory.dram.reads */
        bool begins = strncmp(names.names[i], column->name, length) == 0;
        near = begins && names.names[i][length] == '.' ? names.names[i] : NULL;
    }
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static void find_axis(const struct ts_study *study, struct ts_study_column *column)
{
    for (int axis = 0; axis < study->axis_count; axis++) {
        const struct ts_study_axis *each = &study->axes[axis];
        if (strcmp(each->name, column->name) == 0) {
            column->axis = axis;
            column->any = true;
            column->any_number = false;
            for (int v = 0; v < each->count; v++) {
                column->any_number |= each->values[v].is_number;
            }
        }
    }
}

/* Factors are axes or figures, no products themselves. */
static void find_product(struct ts_study *study, struct ts_study_column *column)
{
    bool all = column->factor_count > 0 && !column->any;
    for (int i = 0; i < column->factor_count; i++) {
        all &= study->columns[column->factors[i]].any_number;
    }
    column->any |= all;
    column->any_number |= all;
}

/* A product is as good as the first of its factors that is wrong. */
static bool check(const struct ts_study *study, int number, struct ts_diagnostics *diagnostics)
{
    const struct ts_study_column *column = &study->columns[number];
    if (column->any_number) {
        return true;
    }
    for (int i = 0; i < column->factor_count; i++) {
        if (!study->columns[column->factors[i]].any_number) {
            return check(study, column->factors[i], diagnostics);
        }
    }
    return unknown(study, column, diagnostics);
}

bool ts_study_resolve(struct ts_study *study, const int *columns, int count,
                      struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int i = 0; i < study->column_count; i++) {
        find_axis(study, &study->columns[i]);
    }
    for (int i = 0; i < study->column_count; i++) {
        find_product(study, &study->columns[i]);
    }
    for (int i = 0; i < count; i++) {
        ok &= check(study, columns[i], diagnostics);
    }
    return ok;
}

/* ------------------------------------------------------------------ constraints */

bool ts_study_expect(struct ts_study *study, const char *text, struct ts_diagnostics *diagnostics)
{
    const char *words[MAX_WORDS];
    int count = ts_expression_words(text, study->arena, words, MAX_WORDS);
    for (int i = 0; i < count; i++) {
        if (ts_study_column(study, words[i]) < 0) {
            struct ts_place nowhere = {.file = NULL};
            return ts_diag_error(diagnostics, TS_ERROR_LIMIT, nowhere,
                                 "more than %d names in goals and constraints",
                                 TS_STUDY_MAX_COLUMNS);
        }
    }
    return true;
}

bool ts_study_constrain(struct ts_study *study, const char *option,
                        struct ts_study_constraint *constraint, struct ts_diagnostics *diagnostics)
{
    /* Columns that no result has are texts; they are named all the same, to keep the numbering. */
    struct names all = all_names(study);
    const char **names = TS_NEW_ARRAY(study->arena, study->column_count + all.count, const char *);
    for (int i = 0; i < study->column_count; i++) {
        names[i] = study->columns[i].any ? study->columns[i].name : "";
    }
    memcpy(names + study->column_count, all.names, (size_t)all.count * sizeof *names);
    struct ts_yaml_source source = {option, constraint->text, strlen(constraint->text)};
    struct ts_yaml node = {.source = &source, .place = {option, 1, 1}};
    constraint->expression = ts_expression_parse(
        constraint->text, names, study->column_count + all.count, &node, study->arena, diagnostics);
    return constraint->expression != NULL;
}
