#include "base/json_path.h"
#include "reports/tree.h"

#include <string.h>

enum { MAX_CANDIDATES = 256 };

static bool not_found(const struct json_path_end *end, const char *path,
                      struct ts_diagnostics *diagnostics)
{
    const char *names[MAX_CANDIDATES];
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)end->node, key, value)
    {
        if (count < MAX_CANDIDATES) {
            names[count++] = key;
        }
    }
    for (size_t i = 0; i < json_array_size(end->node) && count < MAX_CANDIDATES; i++) {
        const char *name = json_path_element_name(json_array_get(end->node, i));
        if (name) {
            names[count++] = name;
        }
    }
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(end->rest, "."), end->rest);
    struct ts_place nowhere = {.file = NULL};
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere,
                  "the result has no '%s' (looking for '%s')", path, word);
    const char *suggestion = ts_suggest(word, names, count);
    if (suggestion) {
        ts_diag_help(diagnostics, "did you mean '%s'?", suggestion);
    }
    return false;
}

bool ts_result_metric(const struct ts_result *result, const char *path,
                      struct ts_diagnostics *diagnostics, double *value)
{
    struct json_path_end end;
    json_t *tree = result_tree(result);
    const json_t *node = json_path_find(tree, path, &end);
    bool found = node || not_found(&end, path, diagnostics);
    if (found && !json_is_number(node)) {
        struct ts_place nowhere = {.file = NULL};
        found = ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere, "'%s' is not a number", path);
    } else if (found) {
        *value = json_number_value(node);
    }
    json_decref(tree);
    return found;
}
