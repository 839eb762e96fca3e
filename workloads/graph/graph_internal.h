/* What the files of graph/ and operators/ share beyond the public header. */
#ifndef TESSERA_GRAPH_INTERNAL_H
#define TESSERA_GRAPH_INTERNAL_H

#include "tessera/graph.h"

/* Appends a tensor without entering its name; pointers into graph->tensors become stale. */
int ts_graph_new_tensor(struct ts_graph *graph, const char *name, int rank, const int64_t *dims);

/* Every dimension and the product within the limits; `why` says what is not. */
bool ts_shape_is_sound(int rank, const int64_t *dims, const char **why);

#endif
