/* Functions of the model are expanded where they are called: nodes in one flat list. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

/* What names of a function's body stand for. */
struct scope {
    const struct ts_onnx_function *function; /* NULL for the graph */
    const struct onnx_node *caller;
    const char *prefix;
    int depth;
};

static const char *outer_name(struct onnx_import *m, const struct scope *scope, const char *name)
{
    if (!scope->function || !*name)
        return name;
    for (int i = 0; i < scope->function->input_count; i++)
        if (strcmp(scope->function->inputs[i], name) == 0)
            return i < scope->caller->input_count ? scope->caller->inputs[i] : "";
    for (int i = 0; i < scope->function->output_count; i++)
        if (strcmp(scope->function->outputs[i], name) == 0 && i < scope->caller->output_count &&
            *scope->caller->outputs[i])
            return scope->caller->outputs[i];
    return ts_arena_printf(m->arena, "%s%s", scope->prefix, name);
}

static const char **outer_names(struct onnx_import *m, const struct scope *scope,
                                const char *const *names, int count)
{
    const char **copy = TS_NEW_ARRAY(m->arena, count + 1, const char *);
    for (int i = 0; i < count; i++)
        copy[i] = outer_name(m, scope, names[i]);
    return copy;
}

static const struct ts_onnx_function *find_function(const struct onnx_import *m,
                                                    const struct ts_onnx_node *node)
{
    if (!m->model->function_count)
        return NULL;
    int i = ts_names_find(m->function_names,
                          ts_arena_printf(m->arena, "%s.%s", node->domain, node->op));
    return i < 0 ? NULL : &m->model->functions[i];
}

static struct onnx_node make(struct onnx_import *m, const struct scope *scope,
                             const struct ts_onnx_node *from)
{
    const char *name = *from->name ? from->name : NULL;
    if (!name)
        name = from->output_count && *from->outputs[0] ? from->outputs[0] : from->op;
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
    if (m->node_count >= TS_MAX_NODES)
        return ts_diag_error(m->diagnostics, TS_ERROR_LIMIT, (struct ts_place){m->path, 0, 0},
                             "a network has at most %d nodes", TS_MAX_NODES);
    if (m->node_count == m->node_capacity) {
        int capacity = m->node_capacity ? 2 * m->node_capacity : 256;
        struct onnx_node *larger = TS_NEW_ARRAY(m->arena, capacity, struct onnx_node);
        if (m->node_count)
            memcpy(larger, m->nodes, (size_t)m->node_count * sizeof *larger);
        m->nodes = larger;
        m->node_capacity = capacity;
    }
    m->nodes[m->node_count++] = node;
    return true;
}

static bool add_all(struct onnx_import *m, const struct scope *scope,
                    const struct ts_onnx_node *nodes, int count)
{
    if (scope->depth > TS_ONNX_MAX_DEPTH)
        return ts_diag_error(m->diagnostics, TS_ERROR_CYCLE, (struct ts_place){m->path, 0, 0},
                             "functions call each other more than %d deep", TS_ONNX_MAX_DEPTH);
    for (int i = 0; i < count; i++) {
        const struct ts_onnx_function *function = find_function(m, &nodes[i]);
        if (!function) {
            if (!add_node(m, make(m, scope, &nodes[i])))
                return false;
            continue;
        }
        struct onnx_node *caller = TS_NEW(m->arena, struct onnx_node);
        *caller = make(m, scope, &nodes[i]);
        struct scope inner = {function, caller, ts_arena_printf(m->arena, "%s/", caller->name),
                              scope->depth + 1};
        if (strlen(inner.prefix) > 4096)
            return ts_diag_error(m->diagnostics, TS_ERROR_LIMIT, (struct ts_place){m->path, 0, 0},
                                 "the name of node %d is too long", i);
        if (!add_all(m, &inner, function->nodes, function->node_count))
            return false;
    }
    return true;
}

bool onnx_flatten(struct onnx_import *m, const struct ts_onnx_graph *graph)
{
    struct scope scope = {NULL, NULL, "", 0};
    m->function_names = ts_names_new(m->arena);
    for (int i = 0; i < m->model->function_count; i++)
        ts_names_put(m->function_names,
                     ts_arena_printf(m->arena, "%s.%s", m->model->functions[i].domain,
                                     m->model->functions[i].name),
                     i);
    return add_all(m, &scope, graph->nodes, graph->node_count);
}
