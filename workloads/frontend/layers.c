/* Network files: lists of layers, blocks and repetition → nodes. */
#include "workloads/frontend/network_file.h"

#include <string.h>

static bool is_mapping_with(const struct ts_yaml *entry, const char *key)
{
    return entry->kind == TS_YAML_MAPPING && ts_yaml_get(entry, key);
}

/* What an entry is called after when it has no name of its own. */
static const char *stem_of(const struct ts_yaml *entry)
{
    static const char *const keys[] = {"name", "op", "block"};
    if (entry->kind == TS_YAML_SCALAR) {
        return entry->text;
    }
    for (int i = 0; i < 3; i++) {
        const struct ts_yaml *value = ts_yaml_get(entry, keys[i]);
        if (value && value->kind == TS_YAML_SCALAR && *value->text) {
            return value->text;
        }
    }
    return "layers";
}

/* Names of all entries: given, or the stem numbered from the second on. */
static const char **name_entries(struct ts_network_loader *loader, struct ts_layer_scope *scope,
                                 const struct ts_yaml *list)
{
    const char **names = TS_NEW_ARRAY(loader->arena, list->count + 1, const char *);
    int i = 0;
    scope->names = ts_names_new(loader->arena);
    for (const struct ts_yaml *entry = list->first; entry; entry = entry->next, i++) {
        if (!is_mapping_with(entry, "name")) {
            continue;
        }
        names[i] = stem_of(entry);
        if (!ts_names_add(scope->names, names[i], i)) {
            ts_yaml_error(loader->diagnostics, ts_yaml_get(entry, "name"), TS_ERROR_DUPLICATE_KEY,
                          "the name '%s' is used twice", names[i]);
            return NULL;
        }
    }
    i = 0;
    struct ts_name_table *counts = ts_names_new(loader->arena);
    for (const struct ts_yaml *entry = list->first; entry; entry = entry->next, i++) {
        const char *stem = stem_of(entry);
        while (!names[i]) {
            int number = ts_names_find(counts, stem);
            number = number < 0 ? 1 : number + 1;
            ts_names_put(counts, stem, number);
            const char *name =
                number == 1 ? stem : ts_arena_printf(loader->arena, "%s%d", stem, number);
            if (ts_names_add(scope->names, name, i)) {
                names[i] = name;
            }
        }
    }
    return names;
}

/* A name as written in a scope → the node's name in the graph. */
static const char *resolve(struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                           const char *name)
{
    size_t length = strcspn(name, ":");
    const char *base = ts_arena_strndup(loader->arena, name, length);
    for (; scope; scope = scope->parent) {
        if (scope->parent && strcmp(name, "input") == 0) {
            return scope->input;
        }
        if (ts_names_find(scope->names, base) >= 0) {
            return ts_arena_printf(loader->arena, "%s%s", scope->prefix, name);
        }
    }
    return name;
}

enum { MAX_INPUTS = 4096 };

/* What an entry reads; `before` is the default. Returns the count, -1 with diagnostics. */
static int read_inputs(struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                       const struct ts_yaml *entry, const char *before, const char ***names)
{
    const struct ts_yaml *one = NULL, *many = NULL;
    if (entry->kind == TS_YAML_MAPPING) {
        one = ts_yaml_get(entry, "input");
        many = ts_yaml_get(entry, "inputs");
    }
    if (one && many) {
        ts_yaml_error(loader->diagnostics, many, TS_ERROR_CONFLICT,
                      "'input' and 'inputs' exclude each other");
        return -1;
    }
    const struct ts_yaml *value = one ? one : many;
    int count = value && value->kind == TS_YAML_SEQUENCE ? value->count : 1;
    *names = TS_NEW_ARRAY(loader->arena, count + 1, const char *);
    (*names)[0] = before;
    if (!value) {
        return before ? 1 : 0;
    }
    if (value->kind == TS_YAML_MAPPING || count > MAX_INPUTS) {
        ts_yaml_error(loader->diagnostics, value, TS_ERROR_TYPE, "names of nodes are expected");
        return -1;
    }
    const struct ts_yaml *item = value->kind == TS_YAML_SEQUENCE ? value->first : value;
    for (int i = 0; i < count; i++, item = item->next) {
        const char *text;
        if (!ts_yaml_string(item, loader->diagnostics, &text)) {
            return -1;
        }
        (*names)[i] = resolve(loader, scope, text);
    }
    return count;
}

static const char *line_text(const struct ts_network_loader *loader, const struct ts_yaml *entry)
{
    int line = entry->place.line;
    return entry->source == loader->source && line >= 1 && line <= loader->line_count
               ? loader->lines[line - 1]
               : NULL;
}

static const struct ts_operator *find_operator(struct ts_network_loader *loader,
                                               const struct ts_yaml *value)
{
    const char *name;
    if (!ts_yaml_string(value, loader->diagnostics, &name)) {
        return NULL;
    }
    const struct ts_operator *op = ts_operator_find(name);
    if (op) {
        return op;
    }
    int count;
    const char *const *names = ts_operator_names(&count);
    ts_yaml_error(loader->diagnostics, value, TS_ERROR_UNKNOWN_NAME, "unknown operator '%s'", name);
    const char *near = ts_suggest(name, names, (size_t)count);
    if (near) {
        ts_diag_help(loader->diagnostics, "did you mean '%s'?", near);
    }
    return NULL;
}

static const char *expand_node(struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                               const struct ts_yaml *entry, const char *name, const char *before)
{
    bool bare = entry->kind == TS_YAML_SCALAR;
    const char **inputs;
    const struct ts_operator *op = find_operator(loader, bare ? entry : ts_yaml_get(entry, "op"));
    int count = op ? read_inputs(loader, scope, entry, before, &inputs) : -1;
    if (count < 0) {
        return NULL;
    }
    const char *full = ts_arena_printf(loader->arena, "%s%s", scope->prefix, name);
    struct ts_node *node =
        ts_graph_add_node(loader->graph, op, full, entry->place, loader->diagnostics);
    if (!node) {
        return NULL;
    }
    node->source = line_text(loader, entry);
    ts_node_set_inputs(loader->graph, node, inputs, count);
    const struct ts_yaml *shared = bare ? NULL : ts_yaml_get(entry, "weights_of");
    if (shared && !ts_yaml_string(shared, loader->diagnostics, &node->weights_of)) {
        return NULL;
    }
    if (shared) {
        node->weights_of = resolve(loader, scope, node->weights_of);
    }
    if (!bare && !ts_layer_precision(loader, ts_yaml_get(entry, "weight_precision"),
                                     &node->weight_precision)) {
        return NULL;
    }
    if (!bare && !ts_layer_attributes(loader, scope, entry, node)) {
        return NULL;
    }
    return full;
}

/* ---- blocks ---- */

struct block {
    const struct ts_yaml *layers;
    const struct ts_yaml *parameters; /* NULL when there are none */
};

static bool find_block(struct ts_network_loader *loader, const struct ts_yaml *entry,
                       struct block *block)
{
    static const char *const keys[] = {"parameters", "layers"};
    const struct ts_yaml *name = ts_yaml_get(entry, "block");
    block->parameters = NULL;
    if (!name) {
        block->layers = ts_yaml_get(entry, "layers");
        return true;
    }
    const struct ts_yaml *body = loader->blocks ? ts_yaml_get(loader->blocks, name->text) : NULL;
    if (!body) {
        ts_yaml_error(loader->diagnostics, name, TS_ERROR_UNKNOWN_NAME, "no block is named '%s'",
                      name->text);
        if (loader->blocks && loader->blocks->first) {
            ts_diag_help(loader->diagnostics, "'blocks' has '%s'", loader->blocks->first->key);
        }
        return false;
    }
    if (body->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(loader->diagnostics, body, TS_ERROR_TYPE,
                             "a block is a mapping with 'layers'");
    }
    block->layers = ts_yaml_require(body, "layers", TS_YAML_SEQUENCE, loader->diagnostics);
    block->parameters = ts_yaml_get(body, "parameters");
    return block->layers && ts_yaml_known_keys(body, keys, 2, loader->diagnostics);
}

/* Keys of the entry: common ones and the block's parameters. */
static bool check_keys(struct ts_network_loader *loader, const struct ts_yaml *entry,
                       const struct block *block)
{
    const char *keys[8 + TS_MAX_SCOPE_VALUES] = {"block",  "layers", "name", "input",
                                                 "inputs", "repeat", "first"};
    size_t count = 7;
    if (block->parameters && block->parameters->kind == TS_YAML_MAPPING) {
        for (const struct ts_yaml *row = block->parameters->first;
             row && count < sizeof keys / sizeof *keys; row = row->next) {
            keys[count++] = row->key;
        }
    }
    return ts_yaml_known_keys(entry, keys, count, loader->diagnostics);
}

static bool read_count(struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                       const struct ts_yaml *entry, const char *key, double fallback, int *value)
{
    const struct ts_yaml *node = ts_yaml_get(entry, key);
    double number = fallback;
    if (node && !ts_layer_number(loader, scope, node, &number)) {
        return false;
    }
    if (number != (int)number || number < (fallback > 0) || number > TS_MAX_REPEAT) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_RANGE,
                             "'%s' is %.17g, must be between %d and %d", key, number, fallback > 0,
                             TS_MAX_REPEAT);
    }
    *value = (int)number;
    return true;
}

static const char *expand_copies(struct ts_network_loader *loader,
                                 const struct ts_layer_scope *scope, const struct ts_yaml *entry,
                                 const struct block *block, const char *full, const char *input)
{
    int repeat = 1, first = 0;
    if (!read_count(loader, scope, entry, "repeat", 1, &repeat) ||
        !read_count(loader, scope, entry, "first", 0, &first)) {
        return NULL;
    }
    bool numbered = ts_yaml_get(entry, "repeat") || ts_yaml_get(entry, "first");
    struct ts_layer_scope *inner = TS_NEW(loader->arena, struct ts_layer_scope);
    for (int i = 0; i < repeat && input; i++) {
        *inner =
            (struct ts_layer_scope){.parent = scope, .input = input, .depth = scope->depth + 1};
        inner->prefix = numbered ? ts_arena_printf(loader->arena, "%s.%d.", full, first + i)
                                 : ts_arena_printf(loader->arena, "%s.", full);
        if (!ts_scope_add_parameters(loader, scope, inner, block->parameters, entry)) {
            return NULL;
        }
        input = ts_layers_expand(loader, inner, block->layers);
    }
    return input;
}

static const char *expand_block(struct ts_network_loader *loader,
                                const struct ts_layer_scope *scope, const struct ts_yaml *entry,
                                const char *name, const char *before)
{
    struct block block = {0};
    const char **inputs;
    if (scope->depth >= TS_MAX_BLOCK_DEPTH) {
        ts_yaml_error(loader->diagnostics, entry, TS_ERROR_LIMIT,
                      "blocks are nested more than %d deep", TS_MAX_BLOCK_DEPTH);
        return NULL;
    }
    if (!find_block(loader, entry, &block) || !check_keys(loader, entry, &block)) {
        return NULL;
    }
    int count = read_inputs(loader, scope, entry, before, &inputs);
    if (count != 1) {
        if (count >= 0) {
            ts_yaml_error(loader->diagnostics, entry, TS_ERROR_SHAPE, "a block has one input");
        }
        return NULL;
    }
    const char *full = ts_arena_printf(loader->arena, "%s%s", scope->prefix, name);
    const char *last = expand_copies(loader, scope, entry, &block, full, inputs[0]);
    if (!last) {
        return NULL;
    }
    /* The block's own name stands for its output; dropped again once names are resolved. */
    struct ts_node *alias = ts_graph_add_node(loader->graph, ts_operator_find("identity"), full,
                                              entry->place, loader->diagnostics);
    if (!alias) {
        return NULL;
    }
    ts_node_set_inputs(loader->graph, alias, &last, 1);
    return full;
}

const char *ts_layers_expand(struct ts_network_loader *loader, struct ts_layer_scope *scope,
                             const struct ts_yaml *list)
{
    const char *before = scope->input;
    if (list->kind != TS_YAML_SEQUENCE || !list->count) {
        ts_yaml_error(loader->diagnostics, list, TS_ERROR_TYPE, "a list of layers is expected");
        return NULL;
    }
    const char **names = name_entries(loader, scope, list);
    bool ok = names != NULL;
    int i = 0;
    for (const struct ts_yaml *entry = list->first; entry && names; entry = entry->next, i++) {
        const char *after = NULL;
        if (entry->kind == TS_YAML_SCALAR || is_mapping_with(entry, "op")) {
            after = expand_node(loader, scope, entry, names[i], before);
        } else if (is_mapping_with(entry, "block") || is_mapping_with(entry, "layers")) {
            after = expand_block(loader, scope, entry, names[i], before);
        } else {
            ts_yaml_error(loader->diagnostics, entry, TS_ERROR_MISSING_KEY,
                          "a layer has 'op', 'block' or 'layers'");
        }
        /* What is wrong further down is said too; the graph is left when anything is. */
        ok &= after != NULL;
        before = after ? after : ts_arena_printf(loader->arena, "%s%s", scope->prefix, names[i]);
    }
    return ok ? before : NULL;
}
