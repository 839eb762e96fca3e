/* Paths into JSON: memory.dram.achieved_gbps, layers.conv1.latency_s, layers.3.latency_s.
 *
 * An element of a list is named by its `level` or `name`, or by its index. Names may hold dots.
 * Internal: whoever includes it links jansson.
 */
#ifndef BASE_JSON_PATH_H
#define BASE_JSON_PATH_H

#include <jansson.h>

/* Where a search stopped short. */
struct json_path_end {
    const json_t *node; /* the last one that was found */
    const char *rest;   /* what it does not have */
};

/* The node at `path`, borrowed; NULL when there is none, with `end` (may be NULL) filled. */
const json_t *json_path_find(const json_t *root, const char *path, struct json_path_end *end);

/* How paths call an element of a list; NULL when it has no name. */
const char *json_path_element_name(const json_t *element);

#endif
