/* Network files and the zoo: YAML → graph. The format is described in docs/networks.md. */
#include "tessera/suggest.h"
#include "workloads/frontend/frontend.h"
#include "workloads/frontend/network_file.h"

#include <string.h>

enum { MAX_BASES = 8 };

static const struct ts_place nowhere;

static bool is_path(const char *workload)
{
    size_t length = strlen(workload);
    return strchr(workload, '/') || (length > 5 && strcmp(workload + length - 5, ".yaml") == 0);
}

/* Files of formats that other tools write. */
static bool is_foreign(const char *workload)
{
    static const char *const endings[] = {".pb", ".tflite", ".pt", ".json"};
    size_t length = strlen(workload);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(workload + length - ending, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool unknown_workload(const char *workload, struct ts_arena *arena,
                             struct ts_diagnostics *diagnostics)
{
    const char *const *names;
    int count = ts_config_list("networks", arena, &names, NULL);
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere, "unknown workload '%s'", workload);
    const char *form = ts_one_liner_form(workload);
    const char *near = form ? NULL : ts_suggest_names(workload, names, (size_t)count, arena);
    if (ts_config_find("arch", workload, arena)) {
        ts_diag_help(diagnostics, "'%s' is a machine: -a %s", workload, workload);
    } else if (form) {
        ts_diag_help(diagnostics, "did you mean %s?", form);
    } else if (near) {
        ts_diag_help(diagnostics, "did you mean %s?", near);
    } else {
        ts_diag_help(diagnostics,
                     "a name from 'tessera list workloads', a network file (.yaml), or "
                     "a one-liner such as gemm:512,512,512");
    }
    return false;
}

/* The file's tree on top of the one it is based on. */
static struct ts_yaml *load_tree(const char *path, int bases, struct ts_arena *arena,
                                 struct ts_diagnostics *diagnostics)
{
    struct ts_yaml *root = ts_yaml_load_file(path, arena, diagnostics);
    if (!root) {
        return NULL;
    }
    if (root->kind != TS_YAML_MAPPING) {
        ts_yaml_error(diagnostics, root, TS_ERROR_TYPE, "a network file is a mapping");
        return NULL;
    }
    const struct ts_yaml *base = ts_yaml_get(root, "base");
    if (!base) {
        return root;
    }
    const char *name, *found;
    if (!ts_yaml_string(base, diagnostics, &name)) {
        return NULL;
    }
    if (bases >= MAX_BASES) {
        ts_yaml_error(diagnostics, base, TS_ERROR_CYCLE, "bases are nested more than %d deep",
                      MAX_BASES);
        return NULL;
    }
    found = ts_config_find("networks", name, arena);
    if (!found) {
        ts_yaml_error(diagnostics, base, TS_ERROR_UNKNOWN_NAME, "no network is named '%s'", name);
        return NULL;
    }
    struct ts_yaml *below = load_tree(found, bases + 1, arena, diagnostics);
    if (below) {
        ts_yaml_merge(below, root);
    }
    return below;
}

static void split_lines(struct ts_network_loader *loader, const struct ts_yaml_source *source)
{
    int count = 1;
    for (const char *c = source->text; *c; c++) {
        count += *c == '\n';
    }
    loader->source = source;
    loader->lines = TS_NEW_ARRAY(loader->arena, count, const char *);
    for (const char *at = source->text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        loader->lines[loader->line_count++] =
            ts_arena_strndup(loader->arena, at, strcspn(at, "\n"));
    }
}

static bool read_inputs(struct ts_network_loader *loader, struct ts_layer_scope *scope,
                        const struct ts_yaml *inputs, int64_t batch)
{
    for (const struct ts_yaml *input = inputs->first; input; input = input->next) {
        int64_t dims[TS_MAX_RANK] = {batch};
        int rank = 1;
        if (input->kind != TS_YAML_SEQUENCE || input->count >= TS_MAX_RANK) {
            return ts_yaml_error(loader->diagnostics, input, TS_ERROR_TYPE,
                                 "an input is a list of up to %d dimensions, without the batch",
                                 TS_MAX_RANK - 1);
        }
        for (const struct ts_yaml *item = input->first; item; item = item->next) {
            double value;
            if (!ts_layer_number(loader, scope, item, &value)) {
                return false;
            }
            if (value < 1 || value > (double)TS_MAX_DIM || value != (double)(int64_t)value) {
                return ts_yaml_error(loader->diagnostics, item, TS_ERROR_RANGE,
                                     "a dimension is %.17g, must be a whole number between 1 and "
                                     "%lld",
                                     value, (long long)TS_MAX_DIM);
            }
            dims[rank++] = (int64_t)value;
        }
        if (ts_graph_add_input(loader->graph, input->key, rank, dims, input->place,
                               loader->diagnostics) < 0) {
            return false;
        }
    }
    scope->input = inputs->first->key;
    return true;
}

/* --seq sets the parameter of that name, before others are computed from it. In decode one token a
 * sequence is new, and the sequence asked for is what stands in the cache. */
static bool set_sequence(struct ts_network_loader *loader, struct ts_yaml *root,
                         const struct ts_workload_options *options)
{
    struct ts_yaml *seq = ts_yaml_find(root, "parameters.seq");
    int64_t sequence = options->sequence;
    if (!sequence && options->phase != TS_PHASE_DECODE) {
        return true;
    }
    if (!seq) {
        return ts_diag_error(loader->diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' has no sequence for %s to set", loader->graph->name,
                             sequence ? "--seq" : "--phase decode");
    }
    if (options->phase == TS_PHASE_DECODE) {
        double own;
        struct ts_layer_scope scope = {.prefix = ""};
        if (!ts_layer_number(loader, &scope, seq, &own)) {
            return false;
        }
        int64_t context = options->context ? options->context : sequence;
        loader->graph->context = context ? context : (int64_t)own;
        sequence = 1;
    }
    ts_yaml_set(root, "parameters.seq", ts_arena_printf(loader->arena, "%lld", (long long)sequence),
                seq->source, seq->place, loader->arena);
    return true;
}

bool ts_layer_precision(const struct ts_network_loader *loader, const struct ts_yaml *node,
                        enum ts_precision *precision)
{
    const char *name;
    if (!node) {
        return true;
    }
    if (!ts_yaml_string(node, loader->diagnostics, &name)) {
        return false;
    }
    *precision = ts_precision_parse(name);
    if (*precision != TS_PRECISION_NONE) {
        return true;
    }
    ts_yaml_error(loader->diagnostics, node, TS_ERROR_UNKNOWN_NAME, "unknown precision '%s'", name);
    const char *near = ts_suggest(name, ts_precision_names(), TS_PRECISION_COUNT);
    if (near) {
        ts_diag_help(loader->diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static bool read_tree(struct ts_network_loader *loader, struct ts_yaml *root,
                      const struct ts_workload_options *options)
{
    static const char *const keys[] = {"name",       "description", "source",
                                       "parameters", "inputs",      "blocks",
                                       "layers",     "base",        "activation_precision"};
    struct ts_diagnostics *diagnostics = loader->diagnostics;
    struct ts_layer_scope scope = {.prefix = ""};
    bool ok = ts_yaml_known_keys(root, keys, sizeof keys / sizeof *keys, diagnostics);
    const struct ts_yaml *name = ts_yaml_require(root, "name", TS_YAML_SCALAR, diagnostics);
    const struct ts_yaml *inputs = ts_yaml_require(root, "inputs", TS_YAML_MAPPING, diagnostics);
    const struct ts_yaml *layers = ts_yaml_require(root, "layers", TS_YAML_SEQUENCE, diagnostics);
    const struct ts_yaml *text = ts_yaml_get(root, "description");
    if (!ok || !name || !inputs || !layers) {
        return false;
    }
    if (!inputs->count) {
        return ts_yaml_error(diagnostics, inputs, TS_ERROR_MISSING_KEY, "a network has an input");
    }
    loader->graph->name = name->text;
    loader->graph->description = text && text->kind == TS_YAML_SCALAR ? text->text : "";
    loader->blocks = ts_yaml_get(root, "blocks");
    if (loader->blocks && loader->blocks->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(diagnostics, loader->blocks, TS_ERROR_TYPE,
                             "'blocks' is a mapping of names to blocks");
    }
    if (!ts_layer_precision(loader, ts_yaml_get(root, "activation_precision"),
                            &loader->graph->activation_precision)) {
        return false;
    }
    split_lines(loader, layers->source);
    return set_sequence(loader, root, options) &&
           ts_scope_add_parameters(loader, NULL, &scope, ts_yaml_get(root, "parameters"), NULL) &&
           read_inputs(loader, &scope, inputs, options->batch) &&
           ts_layers_expand(loader, &scope, layers) && ts_graph_finish(loader->graph, diagnostics);
}

struct ts_graph *ts_yaml_network_load(const char *path, const struct ts_workload_options *options,
                                      struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_yaml *root = load_tree(path, 0, arena, diagnostics);
    if (!root) {
        return NULL;
    }
    struct ts_graph *graph = TS_NEW(arena, struct ts_graph);
    ts_graph_init(graph, arena, path);
    struct ts_network_loader loader = {.graph = graph, .arena = arena, .diagnostics = diagnostics};
    if (!read_tree(&loader, root, options)) {
        return NULL;
    }
    const struct ts_operator *identity = ts_operator_find("identity");
    for (int i = graph->node_count - 1; i >= 0; i--) {
        if (graph->nodes[i].op == identity) {
            ts_graph_bypass(graph, i);
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        graph->has_cache |= graph->nodes[i].op == &ts_operator_kv_cache;
    }
    return graph;
}

/* Names and paths: the last frontend takes everything. */
static bool matches(const char *workload)
{
    (void)workload;
    return true;
}

static bool load(const char *workload, const struct ts_workload_options *options,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                 struct ts_source_network *network)
{
    if (is_foreign(workload)) {
        return ts_diag_error(
            diagnostics, TS_ERROR_UNSUPPORTED, nowhere,
            "'%s': network files are YAML, ONNX or SCALE-Sim CSV; this format is not read",
            workload);
    }
    const char *path = is_path(workload) ? workload : ts_config_find("networks", workload, arena);
    if (!path) {
        return unknown_workload(workload, arena, diagnostics);
    }
    *network = (struct ts_source_network){
        .passes = TS_PASSES_FORWARD | TS_PASSES_DATA | TS_PASSES_WEIGHT, .samples = options->batch};
    network->graph = ts_yaml_network_load(path, options, arena, diagnostics);
    if (network->graph) {
        network->name = network->graph->name;
    }
    return network->graph != NULL;
}

const struct ts_frontend ts_frontend_yaml = {"yaml", matches, load, false};
