#include "base/json_path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Length of `name` when the rest begins with it as a whole, 0 otherwise. Layer names hold dots. */
static size_t match(const char *rest, const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || strncmp(rest, name, length) != 0) {
        return 0;
    }
    return rest[length] == '\0' || rest[length] == '.' ? length : 0;
}

const char *json_path_element_name(const json_t *element)
{
    const char *level = json_string_value(json_object_get(element, "level"));
    return level ? level : json_string_value(json_object_get(element, "name"));
}

static const json_t *step_object(const json_t *object, const char *rest, size_t *length)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        *length = match(rest, key);
        if (*length > 0) {
            return value;
        }
    }
    return NULL;
}

static const json_t *step_array(const json_t *array, const char *rest, size_t *length)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *element = json_array_get(array, i);
        *length = match(rest, json_path_element_name(element));
        if (*length > 0) {
            return element;
        }
    }
    char *end = NULL;
    unsigned long index = strtoul(rest, &end, 10);
    *length = (size_t)(end - rest);
    bool is_index =
        *length > 0 && rest[0] >= '0' && rest[0] <= '9' && (*end == '.' || *end == '\0');
    return is_index ? json_array_get(array, index) : NULL;
}

const json_t *json_path_find(const json_t *root, const char *path, struct json_path_end *end)
{
    const json_t *node = root;
    for (;;) {
        size_t length = 0;
        const json_t *child = json_is_array(node) ? step_array(node, path, &length)
                                                  : step_object(node, path, &length);
        if (!child) {
            if (end) {
                *end = (struct json_path_end){node, path};
            }
            return NULL;
        }
        node = child;
        path += length;
        if (*path == '\0') {
            return node;
        }
        path++;
    }
}
