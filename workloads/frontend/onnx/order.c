/* Topological order of the nodes; exporters write it, others may not. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

static bool cycle_error(struct onnx_import *m, const int *stack, int top, int repeated)
{
    int first = top - 1;
    while (first > 0 && stack[first] != repeated) {
        first--;
    }
    const char *text = m->nodes[repeated].name;
    int shown = 0;
    for (int i = top - 1; i >= first && shown < 8; i--, shown++) {
        text = ts_arena_printf(m->arena, "%s <- %s", m->nodes[stack[i]].name, text);
    }
    return ts_diag_error(m->diagnostics, TS_ERROR_CYCLE, (struct ts_place){m->path, 0, 0},
                         "the graph has a cycle: %s%s", text, top - first > shown ? " <- ..." : "");
}

/* Each value is made once; the table says by whom. */
static bool find_producers(struct onnx_import *m, struct ts_name_table *producers)
{
    for (int i = 0; i < m->node_count; i++) {
        for (int j = 0; j < m->nodes[i].output_count; j++) {
            const char *name = m->nodes[i].outputs[j];
            if (*name && !ts_names_add(producers, name, i)) {
                return ts_diag_error(
                    m->diagnostics, TS_ERROR_DUPLICATE_KEY, (struct ts_place){m->path, 0, 0},
                    "node '%s': the value '%s' is made twice", m->nodes[i].name, name);
            }
        }
    }
    return true;
}

bool onnx_sort(struct onnx_import *m)
{
    enum { NEW, OPEN, DONE };
    int count = m->node_count, sorted = 0, top = 0;
    struct ts_name_table *producers = ts_names_new(m->arena);
    if (!find_producers(m, producers)) {
        return false;
    }
    char *state = TS_NEW_ARRAY(m->arena, count + 1, char);
    int *stack = TS_NEW_ARRAY(m->arena, count + 1, int);
    int *next = TS_NEW_ARRAY(m->arena, count + 1, int); /* input looked at next */
    struct onnx_node *result = TS_NEW_ARRAY(m->arena, count + 1, struct onnx_node);
    for (int i = 0; i < count; i++) {
        if (state[i] == NEW) {
            stack[top++] = i;
            state[i] = OPEN;
        }
        while (top) {
            int node = stack[top - 1];
            if (next[node] == m->nodes[node].input_count) {
                result[sorted++] = m->nodes[node];
                state[node] = DONE;
                top--;
                continue;
            }
            const char *input = m->nodes[node].inputs[next[node]++];
            int producer = *input ? ts_names_find(producers, input) : -1;
            if (producer < 0 || state[producer] == DONE) {
                continue;
            }
            if (state[producer] == OPEN) {
                return cycle_error(m, stack, top, producer);
            }
            state[producer] = OPEN;
            stack[top++] = producer;
        }
    }
    m->nodes = result;
    return true;
}
