/* The walker: a tree against the rows of one or more schemas. */
#include "schema_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct walk {
    const struct ts_schema_target *targets;
    int target_count;
    const char *subject;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
};

/* Does `path` (of `length`) match the row path up to its own end? '*' stands for one name. Returns
 * what is left of the row path: "" when it is the row, ".more" when it leads there, NULL when not.
 */
static const char *match(const char *row_path, const char *path)
{
    while (*path) {
        size_t length = strcspn(path, ".");
        size_t row_length = strcspn(row_path, ".");
        bool any = row_length == 1 && *row_path == '*';
        if (!any && (length != row_length || strncmp(path, row_path, length) != 0)) {
            return NULL;
        }
        path += length;
        row_path += row_length;
        if (*path == '.') {
            if (*row_path != '.') {
                return NULL;
            }
            path++;
            row_path++;
        }
    }
    return row_path;
}

static const struct ts_schema_row *find_row(const struct walk *walk, const char *path,
                                            bool *leads_there)
{
    *leads_there = false;
    for (int t = 0; t < walk->target_count; t++) {
        const struct ts_schema *schema = walk->targets[t].schema;
        for (size_t i = 0; i < schema->count; i++) {
            const char *rest = match(schema->rows[i].path, path);
            if (rest && *rest == '\0') {
                return &schema->rows[i];
            }
            *leads_there |= rest != NULL;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ unknown keys */

enum { MAX_CANDIDATES = 512 };

/* Names that may stand where `parent_path` is; all full paths when whole_paths. */
static size_t candidates(const struct walk *walk, const char *parent_path, bool whole_paths,
                         const char **names)
{
    size_t count = 0;
    for (int t = 0; t < walk->target_count; t++) {
        const struct ts_schema *schema = walk->targets[t].schema;
        for (size_t i = 0; i < schema->count && count < MAX_CANDIDATES; i++) {
            const char *path = schema->rows[i].path;
            if (whole_paths) {
                names[count++] = path;
                continue;
            }
            const char *rest = *parent_path ? match(path, parent_path) : path;
            if (rest && *rest && (*parent_path == '\0' || *rest == '.')) {
                rest += *rest == '.';
                names[count++] = ts_arena_strndup(walk->arena, rest, strcspn(rest, "."));
            }
        }
    }
    return count;
}

/* "clok" for "clock_mhz": what is in front of the unit is near. */
static const char *suggest_without_unit(const struct walk *walk, const char *key,
                                        const char *const *names, size_t count)
{
    const char *stems[MAX_CANDIDATES];
    for (size_t i = 0; i < count; i++) {
        const char *unit = strrchr(names[i], '_');
        size_t length = unit ? (size_t)(unit - names[i]) : strlen(names[i]);
        stems[i] = ts_arena_strndup(walk->arena, names[i], length);
    }
    const char *near = ts_suggest(key, stems, count);
    for (size_t i = 0; near && i < count; i++) {
        if (stems[i] == near) {
            return names[i];
        }
    }
    return NULL;
}

/* A key that is known at another place: "rows" at the top for "compute.rows". */
static const char *same_name_elsewhere(const char *key, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *dot = strrchr(paths[i], '.');
        if (dot && strcmp(dot + 1, key) == 0) {
            return paths[i];
        }
    }
    return NULL;
}

/* A key of this place whose description begins with the word: "cores" for "units". */
static const char *described_as(const struct walk *walk, const char *parent_path, const char *key)
{
    const size_t length = strlen(key);
    for (int t = 0; t < walk->target_count; t++) {
        const struct ts_schema *schema = walk->targets[t].schema;
        for (size_t i = 0; i < schema->count; i++) {
            const struct ts_schema_row *row = &schema->rows[i];
            const char *rest = *parent_path ? match(row->path, parent_path) : NULL;
            const bool here = rest && *rest == '.' && !strchr(rest + 1, '.');
            if (here && strncasecmp(row->doc, key, length) == 0 &&
                !isalnum((unsigned char)row->doc[length])) {
                return rest + 1;
            }
        }
    }
    return NULL;
}

/* Some of the names, where none is near. */
static const char *some_of(const struct walk *walk, const char *const *names, size_t count)
{
    enum { ENOUGH = 12 };
    const char *list = "";
    int said = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = false;
        for (size_t j = 0; j < i; j++) {
            again |= strcmp(names[j], names[i]) == 0;
        }
        if (!again && said++ < ENOUGH) {
            list = ts_arena_printf(walk->arena, "%s%s%s", list, *list ? ", " : "", names[i]);
        }
    }
    return said > ENOUGH ? ts_arena_printf(walk->arena, "%s, ...", list) : list;
}

static void unknown_key(const struct walk *walk, const struct ts_yaml *node)
{
    const char *names[MAX_CANDIDATES];
    const char *parent = ts_yaml_path(node->parent, walk->arena);
    if (*parent) {
        ts_yaml_key_error(walk->diagnostics, node, TS_ERROR_UNKNOWN_KEY, "unknown key '%s' in '%s'",
                          node->key, parent);
    } else {
        ts_yaml_key_error(walk->diagnostics, node, TS_ERROR_UNKNOWN_KEY, "unknown key '%s'",
                          node->key);
    }
    size_t count = candidates(walk, parent, false, names);
    const char *near = described_as(walk, parent, node->key);
    if (!near) {
        near = ts_suggest(node->key, names, count);
    }
    if (!near) {
        near = suggest_without_unit(walk, node->key, names, count);
    }
    if (!near) {
        near = same_name_elsewhere(node->key, names, candidates(walk, parent, true, names));
    }
    if (near) {
        ts_diag_help(walk->diagnostics, "did you mean '%s'?", near);
        return;
    }
    count = candidates(walk, parent, false, names);
    if (count > 0) {
        ts_diag_help(walk->diagnostics, "there are %s", some_of(walk, names, count));
    }
}

static bool check_keys(const struct walk *walk, const struct ts_yaml *node)
{
    bool sound = true;
    for (const struct ts_yaml *child = node->first; child; child = child->next) {
        bool leads_there;
        const struct ts_schema_row *row =
            find_row(walk, ts_yaml_path(child, walk->arena), &leads_there);
        if (row) {
            continue;
        }
        if (!leads_there || *child->key == '\0' || strchr(child->key, '.')) {
            unknown_key(walk, child);
            sound = false;
        } else if (ts_yaml_is_null(child)) {
            continue; /* an empty section */
        } else if (child->kind != TS_YAML_MAPPING) {
            sound = ts_yaml_error(walk->diagnostics, child, TS_ERROR_TYPE,
                                  "'%s' must be a mapping, not a %s",
                                  ts_yaml_path(child, walk->arena), ts_yaml_kind_name(child->kind));
        } else {
            sound &= check_keys(walk, child);
        }
    }
    return sound;
}

/* ------------------------------------------------------------------ values */

/* Deepest mapping on the row's path that is there: missing keys are reported at it. */
static const struct ts_yaml *nearest(const struct ts_yaml *root, const char *path)
{
    const struct ts_yaml *node = root;
    while (*path) {
        size_t length = strcspn(path, ".");
        const struct ts_yaml *child = NULL;
        for (child = node->first; child; child = child->next) {
            if (child->key && strncmp(child->key, path, length) == 0 &&
                child->key[length] == '\0') {
                break;
            }
        }
        if (!child || path[length] == '\0') {
            break;
        }
        node = child;
        path += length + 1;
    }
    return node;
}

static bool apply_row(const struct walk *walk, const struct ts_yaml *root,
                      const struct ts_schema_row *row, const char *path, const char *full_path,
                      void *base)
{
    const struct ts_yaml *node = ts_yaml_find(root, path);
    if (node && ts_yaml_is_null(node)) {
        node = NULL; /* "key: ~" takes back what the extended file gave */
    }
    if (!node && !row->fallback) {
        const char *space = *row->unit ? " in " : "";
        ts_yaml_key_error(walk->diagnostics, nearest(root, path), TS_ERROR_MISSING_KEY,
                          "%s needs '%s'", walk->subject, full_path);
        ts_diag_help(walk->diagnostics, "%s (%s%s%s)", row->doc, ts_schema_type_name(row), space,
                     row->unit);
        return false;
    }
    return ts_schema_store(row, node, base, walk->arena, walk->diagnostics);
}

static bool apply_plain(const struct walk *walk, const struct ts_yaml *root,
                        const struct ts_schema_target *target)
{
    bool sound = true;
    for (size_t i = 0; i < target->schema->count; i++) {
        const struct ts_schema_row *row = &target->schema->rows[i];
        if (!strchr(row->path, '*')) {
            sound &= apply_row(walk, root, row, row->path, row->path, target->base);
        }
    }
    return sound;
}

/* Rows of one '*', for one element found. */
static bool apply_element(const struct walk *walk, const struct ts_schema_target *target,
                          const struct ts_schema_array *array, const struct ts_yaml *element,
                          void *base)
{
    bool sound = true;
    size_t prefix = strlen(array->prefix);
    *(const char **)((char *)base + array->name_offset) =
        ts_arena_strdup(walk->arena, element->key);
    for (size_t i = 0; i < target->schema->count; i++) {
        const struct ts_schema_row *row = &target->schema->rows[i];
        if (strncmp(row->path, array->prefix, prefix) != 0 ||
            strncmp(row->path + prefix, ".*.", 3) != 0) {
            continue;
        }
        const char *rest = row->path + prefix + 3;
        sound &= apply_row(
            walk, element, row, rest,
            ts_arena_printf(walk->arena, "%s.%s.%s", array->prefix, element->key, rest), base);
    }
    return sound;
}

static bool apply_array(const struct walk *walk, const struct ts_yaml *root,
                        const struct ts_schema_target *target, const struct ts_schema_array *array)
{
    bool sound = true;
    const struct ts_yaml *mapping = ts_yaml_find(root, array->prefix);
    *array->count = 0;
    if (!mapping || mapping->kind != TS_YAML_MAPPING) {
        return true; /* none, or reported by check_keys */
    }
    for (const struct ts_yaml *child = mapping->first; child; child = child->next) {
        if (ts_yaml_is_null(child)) {
            continue; /* takes back what the extended file gave */
        }
        if (child->kind != TS_YAML_MAPPING) {
            sound = false; /* reported by check_keys */
            continue;
        }
        if (*array->count == array->capacity) {
            return ts_yaml_key_error(walk->diagnostics, child, TS_ERROR_LIMIT,
                                     "'%s' holds at most %d entries", array->prefix,
                                     array->capacity);
        }
        char *base = (char *)array->elements + array->element_bytes * (size_t)(*array->count)++;
        sound &= apply_element(walk, target, array, child, base);
    }
    return sound;
}

bool ts_schema_apply(const struct ts_yaml *root, const struct ts_schema_target *targets,
                     int target_count, const char *subject, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics)
{
    struct walk walk = {targets, target_count, subject, arena, diagnostics};
    if (root->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(diagnostics, root, TS_ERROR_TYPE,
                             "%s must be a mapping of keys to values, not a %s", subject,
                             ts_yaml_kind_name(root->kind));
    }
    bool sound = check_keys(&walk, root);
    for (int t = 0; t < target_count; t++) {
        sound &= apply_plain(&walk, root, &targets[t]);
        for (int a = 0; a < targets[t].array_count; a++) {
            sound &= apply_array(&walk, root, &targets[t], &targets[t].arrays[a]);
        }
    }
    return sound;
}
