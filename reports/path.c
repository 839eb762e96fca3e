#include "reports/tree.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CANDIDATES = 256 };

struct search {
    const char *path; /* all of it, for messages */
    const char *rest; /* what is still to be found */
    struct ts_diagnostics *diagnostics;
};

/* Length of `name` when the rest begins with it as a whole, 0 otherwise. Layer names hold dots. */
static size_t match(const char *rest, const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || strncmp(rest, name, length) != 0) {
        return 0;
    }
    return rest[length] == '\0' || rest[length] == '.' ? length : 0;
}

static const char *element_name(const json_t *element)
{
    const char *level = json_string_value(json_object_get(element, "level"));
    return level ? level : json_string_value(json_object_get(element, "name"));
}

static const json_t *step_object(const struct search *search, const json_t *object, size_t *length)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        *length = match(search->rest, key);
        if (*length > 0) {
            return value;
        }
    }
    return NULL;
}

static const json_t *step_array(const struct search *search, const json_t *array, size_t *length)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *element = json_array_get(array, i);
        *length = match(search->rest, element_name(element));
        if (*length > 0) {
            return element;
        }
    }
    char *end = NULL;
    unsigned long index = strtoul(search->rest, &end, 10);
    *length = (size_t)(end - search->rest);
    bool is_index = *length > 0 && search->rest[0] >= '0' && search->rest[0] <= '9' &&
                    (*end == '.' || *end == '\0');
    return is_index ? json_array_get(array, index) : NULL;
}

static bool not_found(const struct search *search, const json_t *node)
{
    const char *names[MAX_CANDIDATES];
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)node, key, value)
    {
        if (count < MAX_CANDIDATES) {
            names[count++] = key;
        }
    }
    for (size_t i = 0; i < json_array_size(node) && count < MAX_CANDIDATES; i++) {
        const char *name = element_name(json_array_get(node, i));
        if (name) {
            names[count++] = name;
        }
    }
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(search->rest, "."), search->rest);
    struct ts_place nowhere = {.file = NULL};
    ts_diag_error(search->diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere,
                  "the result has no '%s' (looking for '%s')", search->path, word);
    const char *suggestion = ts_suggest(word, names, count);
    if (suggestion) {
        ts_diag_help(search->diagnostics, "did you mean '%s'?", suggestion);
    }
    return false;
}

bool ts_result_metric(const struct ts_result *result, const char *path,
                      struct ts_diagnostics *diagnostics, double *value)
{
    struct search search = {.path = path, .rest = path, .diagnostics = diagnostics};
    json_t *tree = result_tree(result);
    const json_t *node = tree;
    bool found = true;
    for (;;) {
        size_t length = 0;
        const json_t *child = json_is_array(node) ? step_array(&search, node, &length)
                                                  : step_object(&search, node, &length);
        if (!child) {
            found = not_found(&search, node);
            break;
        }
        node = child;
        search.rest += length;
        if (*search.rest == '\0') {
            break;
        }
        search.rest++;
    }
    if (found && !json_is_number(node)) {
        struct ts_place nowhere = {.file = NULL};
        found = ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere, "'%s' is not a number", path);
    } else if (found) {
        *value = json_number_value(node);
    }
    json_decref(tree);
    return found;
}
