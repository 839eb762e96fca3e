/* The result as a JSON tree: what the JSON writer prints and paths are resolved in. Internal. */
#ifndef REPORTS_TREE_H
#define REPORTS_TREE_H

#include "tessera/report.h"

#include <jansson.h>

/* A new reference, never NULL. */
json_t *result_tree(const struct ts_result *result);

#endif
