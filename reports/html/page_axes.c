/* Axes of the points of a page: what their options say, each distinct text once. */
#include "reports/html/page_axes.h"

#include <string.h>

enum { MAX_WORD = 1024 };

/* One axis while it grows. Points that say nothing of it have index 0, which stands for null. */
struct axis {
    const char *key;
    json_t *values, *indices; /* indices: text -> index, so that thousands of values stay quick */
    int *at;
};

struct page_axes {
    struct axis axes[PAGE_MAX_AXES];
    int count;
    int points;
    struct ts_arena *arena;
};

struct page_axes *page_axes_new(int points, struct ts_arena *arena)
{
    struct page_axes *axes = TS_NEW(arena, struct page_axes);
    axes->points = points;
    axes->arena = arena;
    return axes;
}

static struct axis *axis_of(struct page_axes *axes, const char *key)
{
    for (int i = 0; i < axes->count; i++) {
        if (strcmp(axes->axes[i].key, key) == 0) {
            return &axes->axes[i];
        }
    }
    if (axes->count == PAGE_MAX_AXES) {
        return NULL;
    }
    struct axis *axis = &axes->axes[axes->count++];
    axis->key = ts_arena_strdup(axes->arena, key);
    axis->values = json_array();
    axis->indices = json_object();
    axis->at = TS_NEW_ARRAY(axes->arena, axes->points + 1, int);
    json_array_append_new(axis->values, json_null());
    return axis;
}

static int index_of(struct axis *axis, const char *text)
{
    const json_t *known = json_object_get(axis->indices, text);
    if (known) {
        return (int)json_integer_value(known);
    }
    json_t *value = json_string(text);
    int index = (int)json_array_size(axis->values);
    json_array_append_new(axis->values, value ? value : json_string("(not UTF-8)"));
    json_object_set_new_nocheck(axis->indices, text, json_integer(index));
    return index;
}

void page_axes_set(struct page_axes *axes, int point, const char *key, const char *text)
{
    struct axis *axis = axis_of(axes, key);
    if (!axis) {
        return;
    }
    /* What is said twice (transforms) is said in order. */
    if (axis->at[point] > 0) {
        const char *before = json_string_value(json_array_get(axis->values, axis->at[point]));
        text = ts_arena_printf(axes->arena, "%s, %s", before, text);
    }
    axis->at[point] = index_of(axis, text);
}

/* ------------------------------------------------------------------ options */

/* The next word of a line as ts_job_options_text() writes it: in single quotes where it has to be.
 */
static const char *next_word(const char *text, char *word)
{
    size_t length = 0;
    bool quoted = false;
    text += strspn(text, " ");
    for (; *text && (quoted || *text != ' '); text++) {
        if (*text == '\'') {
            quoted = !quoted;
        } else if (length < MAX_WORD - 1) {
            word[length++] = *text;
        }
    }
    word[length] = '\0';
    return text;
}

/* KEY=VALUE of -s and --dim. */
static void set_pair(struct page_axes *axes, int point, char *pair)
{
    char *equals = strchr(pair, '=');
    if (equals) {
        *equals = '\0';
        page_axes_set(axes, point, pair, equals + 1);
    }
}

void page_axes_options(struct page_axes *axes, int point, const char *options)
{
    /* Points say these themselves. */
    static const char *const said[] = {"-b", "-p", "-m"};
    char option[MAX_WORD], value[MAX_WORD];
    for (const char *rest = next_word(options, option); *option; rest = next_word(rest, option)) {
        bool known = false;
        const char *behind = next_word(rest, value);
        bool has_value = *value && *value != '-';
        for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
            known |= strcmp(option, said[i]) == 0;
        }
        if (has_value) {
            rest = behind;
        }
        if (known) {
            continue;
        }
        if (strcmp(option, "-s") == 0 || strcmp(option, "--dim") == 0) {
            set_pair(axes, point, value);
        } else {
            const char *key = strcmp(option, "-t") == 0 ? "transforms" : option;
            page_axes_set(axes, point, key + strspn(key, "-"), has_value ? value : "on");
        }
    }
}

/* ------------------------------------------------------------------ as JSON */

json_t *page_axes_tree(struct page_axes *axes)
{
    json_t *list = json_array();
    for (int i = 0; i < axes->count; i++) {
        struct axis *axis = &axes->axes[i];
        json_t *at = json_array();
        for (int p = 0; p < axes->points; p++) {
            json_array_append_new(at, json_integer(axis->at[p]));
        }
        json_t *key = json_string(axis->key), *tree = json_object();
        json_object_set_new(tree, "key", key ? key : json_string("(not UTF-8)"));
        json_object_set_new(tree, "values", axis->values);
        json_object_set_new(tree, "at", at);
        json_array_append_new(list, tree);
        json_decref(axis->indices);
    }
    return list;
}
