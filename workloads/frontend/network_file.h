/* Network files: what the files of the YAML frontend share. docs/networks.md describes the format.
 */
#ifndef TESSERA_NETWORK_FILE_H
#define TESSERA_NETWORK_FILE_H

#include "tessera/yaml_tree.h"
#include "workloads/graph/names.h"
#include "workloads/operators/operator.h"

enum { TS_MAX_BLOCK_DEPTH = 16, TS_MAX_SCOPE_VALUES = 64, TS_MAX_REPEAT = 10000 };

/* Where a list of layers is expanded: the network, or one instance of a block. */
struct ts_layer_scope {
    const struct ts_layer_scope *parent; /* NULL for the network */
    const char *prefix;                  /* "stage1.0." , "" for the network */
    const char *input;                   /* what `input` stands for; the first entry's default */
    struct ts_name_table *names;         /* of the list's entries */
    const char *value_names[TS_MAX_SCOPE_VALUES];
    double values[TS_MAX_SCOPE_VALUES];
    int value_count;
    int depth;
};

struct ts_network_loader {
    struct ts_graph *graph;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    const struct ts_yaml *blocks; /* mapping or NULL */
    const struct ts_yaml_source *source;
    const char **lines; /* of source, for messages */
    int line_count;
};

/* A scalar as number, with $names of the scope. */
bool ts_layer_number(const struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                     const struct ts_yaml *node, double *value);

/* Adds name → value for each entry of a `parameters` mapping. */
bool ts_scope_add_parameters(const struct ts_network_loader *loader,
                             const struct ts_layer_scope *outer, struct ts_layer_scope *scope,
                             const struct ts_yaml *parameters, const struct ts_yaml *given);

/* Expands a list of layers into the graph. Returns the name of the last entry's output, NULL with
 * diagnostics. */
const char *ts_layers_expand(struct ts_network_loader *loader, struct ts_layer_scope *scope,
                             const struct ts_yaml *list);

/* Sets a node's attributes from the keys of its entry. */
bool ts_layer_attributes(const struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                         const struct ts_yaml *entry, struct ts_node *node);

/* The precision a key names; none given leaves *precision as it is. */
bool ts_layer_precision(const struct ts_network_loader *loader, const struct ts_yaml *node,
                        enum ts_precision *precision);

#endif
