#include "workloads/transform/compression.h"

#include "tessera/yaml_tree.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What the file says of one layer. */
struct layer {
    double density, bits, index_bits, coded_bits, coded_index_bits, padding, rank;
};

static const struct {
    const char *key;
    double minimum, maximum;
    size_t offset;
} keys[] = {{"density", 1e-6, 1, offsetof(struct layer, density)},
            {"bits", 1, 16, offsetof(struct layer, bits)},
            {"index_bits", 0, 32, offsetof(struct layer, index_bits)},
            {"coded_bits", 0, 32, offsetof(struct layer, coded_bits)},
            {"coded_index_bits", 0, 32, offsetof(struct layer, coded_index_bits)},
            {"padding", 0, 1e6, offsetof(struct layer, padding)},
            {"rank", 1, 1e9, offsetof(struct layer, rank)}};

enum { KEYS = sizeof keys / sizeof *keys };

bool ts_compression_is_file(const char *argument)
{
    char *end;
    strtod(argument, &end);
    return end == argument && *argument;
}

static const char *find(const char *transform, const char *argument, struct ts_arena *arena,
                        struct ts_diagnostics *diagnostics)
{
    if (strchr(argument, '/') || strstr(argument, ".yaml")) {
        return argument;
    }
    const char *path = ts_config_find("compression", argument, arena);
    if (path) {
        return path;
    }
    const char *const *names;
    int count = ts_config_list("compression", arena, &names, NULL);
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, (struct ts_place){0},
                  "'%s:%s': neither a number nor a compression file", transform, argument);
    const char *near = ts_suggest(argument, names, (size_t)count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return NULL;
}

static bool read_layer(const struct ts_yaml *entry, struct layer *layer,
                       struct ts_diagnostics *diagnostics)
{
    const char *names[KEYS];
    bool ok = true;
    *layer = (struct layer){.density = 1};
    for (int i = 0; i < KEYS; i++) {
        names[i] = keys[i].key;
    }
    if (entry->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(diagnostics, entry, TS_ERROR_TYPE,
                             "a layer is a mapping, as {density: 0.3, bits: 8}");
    }
    if (!ts_yaml_known_keys(entry, names, KEYS, diagnostics)) {
        return false;
    }
    for (int i = 0; i < KEYS; i++) {
        const struct ts_yaml *value = ts_yaml_get(entry, keys[i].key);
        double *field = (double *)((char *)layer + keys[i].offset);
        if (value) {
            ok &= ts_yaml_real(value, keys[i].minimum, keys[i].maximum, diagnostics, field);
        }
    }
    return ok;
}

static void set(struct ts_tensor *weight, const struct layer *layer, enum ts_compression_part part)
{
    if (part == TS_COMPRESSION_PRUNE) {
        weight->density = layer->density;
        weight->padding = layer->padding;
        weight->index_bits =
            layer->coded_index_bits > 0 ? layer->coded_index_bits : layer->index_bits;
    } else if (layer->bits > 0) {
        weight->bits = layer->bits;
        weight->coded_bits = layer->coded_bits;
        weight->table_values = exp2(layer->bits);
    }
}

/* Every weight matrix of the node (a recurrent layer has several). */
static bool apply_to(struct ts_graph *graph, const struct ts_yaml *entry, const struct layer *layer,
                     enum ts_compression_part part, struct ts_diagnostics *diagnostics)
{
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        bool found = false;
        if (strcmp(node->name, entry->key) != 0) {
            continue;
        }
        for (int j = 0; j < node->parameter_count; j++) {
            struct ts_tensor *weight = &graph->tensors[node->parameters[j]];
            if (weight->is_matrix) {
                set(weight, layer, part);
            }
            found |= weight->is_matrix;
        }
        if (found) {
            return true;
        }
    }
    return ts_yaml_key_error(diagnostics, entry, TS_ERROR_UNKNOWN_NAME,
                             "'%s' has no layer '%s' with weights", graph->name, entry->key);
}

/* The file's `layers`, NULL with diagnostics. */
static const struct ts_yaml *load(struct ts_graph *graph, const char *transform,
                                  const char *argument, struct ts_diagnostics *diagnostics)
{
    static const char *const top[] = {"name", "source", "layers"};
    const char *path = find(transform, argument, graph->arena, diagnostics);
    struct ts_yaml *root = path ? ts_yaml_load_file(path, graph->arena, diagnostics) : NULL;
    if (!root) {
        return NULL;
    }
    if (root->kind != TS_YAML_MAPPING) {
        ts_yaml_error(diagnostics, root, TS_ERROR_TYPE, "a compression file is a mapping");
        return NULL;
    }
    const struct ts_yaml *layers = ts_yaml_require(root, "layers", TS_YAML_MAPPING, diagnostics);
    return layers && ts_yaml_known_keys(root, top, 3, diagnostics) ? layers : NULL;
}

bool ts_compression_apply(struct ts_graph *graph, const char *transform, const char *argument,
                          enum ts_compression_part part, struct ts_diagnostics *diagnostics)
{
    const struct ts_yaml *layers = load(graph, transform, argument, diagnostics);
    bool ok = layers != NULL;
    for (const struct ts_yaml *entry = layers ? layers->first : NULL; entry; entry = entry->next) {
        struct layer layer;
        ok &= read_layer(entry, &layer, diagnostics) &&
              apply_to(graph, entry, &layer, part, diagnostics);
    }
    return ok;
}

static int node_named(const struct ts_graph *graph, const char *name)
{
    for (int i = 0; i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

bool ts_compression_ranks(struct ts_graph *graph, const char *argument, int64_t *ranks,
                          struct ts_diagnostics *diagnostics)
{
    const struct ts_yaml *layers = load(graph, "lowrank", argument, diagnostics);
    bool ok = layers != NULL;
    for (const struct ts_yaml *entry = layers ? layers->first : NULL; entry; entry = entry->next) {
        struct layer layer;
        int node = node_named(graph, entry->key);
        if (!read_layer(entry, &layer, diagnostics)) {
            ok = false;
        } else if (node < 0) {
            ok = ts_yaml_key_error(diagnostics, entry, TS_ERROR_UNKNOWN_NAME,
                                   "'%s' has no layer '%s'", graph->name, entry->key);
        } else if (layer.rank != (double)(int64_t)layer.rank) {
            ok = ts_yaml_error(diagnostics, entry, TS_ERROR_TYPE, "a rank is a whole number");
        } else {
            ranks[node] = (int64_t)layer.rank;
        }
    }
    return ok;
}
