/* Functions of the model are expanded where they are called, and of an If the branch with more
 * nodes takes its place: nodes in one flat list. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

/* What names of a function's body or of a branch stand for. */
struct scope {
    const struct ts_onnx_function *function; /* NULL for the graph and for branches */
    const struct ts_onnx_graph *branch;      /* of an If; NULL otherwise */
    const struct scope *outside;             /* of a branch: what it sees besides its own values */
    struct ts_name_table *own;               /* of a branch: values made in it */
    const struct onnx_node *caller;
    const char *prefix;
    int depth;
};

static const char *outer_name(struct onnx_import *m, const struct scope *scope, const char *name)
{
    if (scope->branch && *name) {
        return ts_names_find(scope->own, name) >= 0
                   ? ts_arena_printf(m->arena, "%s%s", scope->prefix, name)
                   : outer_name(m, scope->outside, name);
    }
    if (!scope->function || !*name) {
        return name;
    }
    for (int i = 0; i < scope->function->input_count; i++) {
        if (strcmp(scope->function->inputs[i], name) == 0) {
            return i < scope->caller->input_count ? scope->caller->inputs[i] : "";
        }
    }
    for (int i = 0; i < scope->function->output_count; i++) {
        if (strcmp(scope->function->outputs[i], name) == 0 && i < scope->caller->output_count &&
            *scope->caller->outputs[i]) {
            return scope->caller->outputs[i];
        }
    }
    return ts_arena_printf(m->arena, "%s%s", scope->prefix, name);
}

static const char **outer_names(struct onnx_import *m, const struct scope *scope,
                                const char *const *names, int count)
{
    const char **copy = TS_NEW_ARRAY(m->arena, count + 1, const char *);
    for (int i = 0; i < count; i++) {
        copy[i] = outer_name(m, scope, names[i]);
    }
    return copy;
}

static const struct ts_onnx_function *find_function(const struct onnx_import *m,
                                                    const struct ts_onnx_node *node)
{
    if (!m->model->function_count) {
        return NULL;
    }
    int i = ts_names_find(m->function_names,
                          ts_arena_printf(m->arena, "%s.%s", node->domain, node->op));
    return i < 0 ? NULL : &m->model->functions[i];
}

static struct onnx_node make(struct onnx_import *m, const struct scope *scope,
                             const struct ts_onnx_node *from)
{
    const char *name = *from->name ? from->name : NULL;
    if (!name) {
        name = from->output_count && *from->outputs[0] ? from->outputs[0] : from->op;
    }
    return (struct onnx_node){.name = ts_arena_printf(m->arena, "%s%s", scope->prefix, name),
                              .op = from->op,
                              .domain = from->domain,
                              .inputs = outer_names(m, scope, from->inputs, from->input_count),
                              .outputs = outer_names(m, scope, from->outputs, from->output_count),
                              .input_count = from->input_count,
                              .output_count = from->output_count,
                              .proto = from,
                              .caller = scope->caller};
}

static bool add_node(struct onnx_import *m, struct onnx_node node)
{
    if (m->node_count >= TS_MAX_NODES) {
        return ts_diag_error(m->diagnostics, TS_ERROR_LIMIT, (struct ts_place){m->path, 0, 0},
                             "a network has at most %d nodes", TS_MAX_NODES);
    }
    if (m->node_count == m->node_capacity) {
        int capacity = m->node_capacity ? 2 * m->node_capacity : 256;
        struct onnx_node *larger = TS_NEW_ARRAY(m->arena, capacity, struct onnx_node);
        if (m->node_count) {
            memcpy(larger, m->nodes, (size_t)m->node_count * sizeof *larger);
        }
        m->nodes = larger;
        m->node_capacity = capacity;
    }
    m->nodes[m->node_count++] = node;
    return true;
}

static bool add_all(struct onnx_import *m, const struct scope *scope,
                    const struct ts_onnx_node *nodes, int count);

/* The branch that does more; NULL when the node has none. */
static const struct ts_onnx_graph *larger_branch(const struct ts_onnx_node *node)
{
    const struct ts_onnx_graph *largest = NULL;
    for (int i = 0; i < node->attribute_count; i++) {
        const struct ts_onnx_graph *graph = node->attributes[i].graph;
        if (graph && (!largest || graph->node_count > largest->node_count)) {
            largest = graph;
        }
    }
    return largest;
}

static bool has_branch(const struct ts_onnx_node *node)
{
    bool is_standard = !*node->domain || strcmp(node->domain, "ai.onnx") == 0;
    return is_standard && strcmp(node->op, "If") == 0 && larger_branch(node);
}

static bool add_branch_weights(struct onnx_import *m, const struct scope *scope)
{
    const struct ts_onnx_graph *branch = scope->branch;
    for (int i = 0; i < branch->initializer_count; i++) {
        if (!onnx_add_weight(m, outer_name(m, scope, branch->initializers[i].name),
                             &branch->initializers[i])) {
            return false;
        }
    }
    return true;
}

static void name_own_values(struct onnx_import *m, struct scope *scope)
{
    const struct ts_onnx_graph *branch = scope->branch;
    scope->own = ts_names_new(m->arena);
    for (int i = 0; i < branch->initializer_count; i++) {
        ts_names_put(scope->own, branch->initializers[i].name, i);
    }
    for (int i = 0; i < branch->node_count; i++) {
        for (int j = 0; j < branch->nodes[i].output_count; j++) {
            ts_names_put(scope->own, branch->nodes[i].outputs[j], i);
        }
    }
}

/* The If's outputs are those of the branch, under the If's names. */
static bool add_branch_outputs(struct onnx_import *m, const struct scope *scope,
                               const struct onnx_node *node)
{
    static const struct ts_onnx_node identity = {.op = "Identity", .domain = "", .name = ""};
    for (int i = 0; i < node->output_count && i < scope->branch->output_count; i++) {
        const char **ends = TS_NEW_ARRAY(m->arena, 2, const char *);
        ends[0] = outer_name(m, scope, scope->branch->outputs[i].name);
        ends[1] = node->outputs[i];
        if (*ends[1] && !add_node(m, (struct onnx_node){.name = node->name,
                                                        .op = identity.op,
                                                        .domain = identity.domain,
                                                        .inputs = &ends[0],
                                                        .outputs = &ends[1],
                                                        .input_count = 1,
                                                        .output_count = 1,
                                                        .proto = &identity,
                                                        .caller = scope->caller})) {
            return false;
        }
    }
    return true;
}

static bool add_branch(struct onnx_import *m, const struct scope *scope,
                       const struct ts_onnx_node *from)
{
    struct onnx_node node = make(m, scope, from);
    struct scope inner = {.branch = larger_branch(from),
                          .outside = scope,
                          .caller = scope->caller,
                          .prefix = ts_arena_printf(m->arena, "%s/", node.name),
                          .depth = scope->depth + 1};
    name_own_values(m, &inner);
    return add_branch_weights(m, &inner) &&
           add_all(m, &inner, inner.branch->nodes, inner.branch->node_count) &&
           add_branch_outputs(m, &inner, &node);
}

static bool add_all(struct onnx_import *m, const struct scope *scope,
                    const struct ts_onnx_node *nodes, int count)
{
    if (scope->depth > TS_ONNX_MAX_DEPTH) {
        return ts_diag_error(m->diagnostics, TS_ERROR_CYCLE, (struct ts_place){m->path, 0, 0},
                             "functions or branches are nested more than %d deep",
                             TS_ONNX_MAX_DEPTH);
    }
    for (int i = 0; i < count; i++) {
        const struct ts_onnx_function *function = find_function(m, &nodes[i]);
        if (has_branch(&nodes[i])) {
            if (!add_branch(m, scope, &nodes[i])) {
                return false;
            }
            continue;
        }
        if (!function) {
            if (!add_node(m, make(m, scope, &nodes[i]))) {
                return false;
            }
            continue;
        }
        struct onnx_node *caller = TS_NEW(m->arena, struct onnx_node);
        *caller = make(m, scope, &nodes[i]);
        struct scope inner = {.function = function,
                              .caller = caller,
                              .prefix = ts_arena_printf(m->arena, "%s/", caller->name),
                              .depth = scope->depth + 1};
        if (strlen(inner.prefix) > 4096) {
            return ts_diag_error(m->diagnostics, TS_ERROR_LIMIT, (struct ts_place){m->path, 0, 0},
                                 "the name of node %d is too long", i);
        }
        if (!add_all(m, &inner, function->nodes, function->node_count)) {
            return false;
        }
    }
    return true;
}

bool onnx_flatten(struct onnx_import *m, const struct ts_onnx_graph *graph)
{
    struct scope scope = {.prefix = ""};
    m->function_names = ts_names_new(m->arena);
    for (int i = 0; i < m->model->function_count; i++) {
        ts_names_put(m->function_names,
                     ts_arena_printf(m->arena, "%s.%s", m->model->functions[i].domain,
                                     m->model->functions[i].name),
                     i);
    }
    return add_all(m, &scope, graph->nodes, graph->node_count);
}
