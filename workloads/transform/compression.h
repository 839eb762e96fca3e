/* Compression files: density and bits of each layer of a network. docs/transforms.md has the
 * format. */
#ifndef TESSERA_COMPRESSION_H
#define TESSERA_COMPRESSION_H

#include "tessera/graph.h"

enum ts_compression_part { TS_COMPRESSION_PRUNE, TS_COMPRESSION_SHARE };

/* Whether a transform's argument names a file: it is no number. */
bool ts_compression_is_file(const char *argument);

/* Gives the weights of the layers that the file names their densities or their bits. `argument` is
 * a path or a name under configs/compression. Errors: what the file lacks, a layer the network has
 * not, values out of range; the graph is then in between. */
bool ts_compression_apply(struct ts_graph *graph, const char *transform, const char *argument,
                          enum ts_compression_part part, struct ts_diagnostics *diagnostics);

/* The rank that the file gives each node, by index; 0 where it gives none. Errors as above. */
bool ts_compression_ranks(struct ts_graph *graph, const char *argument, int64_t *ranks,
                          struct ts_diagnostics *diagnostics);

#endif
