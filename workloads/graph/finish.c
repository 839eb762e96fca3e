/* Finishing a graph: names → producers, topological order, shapes. */
#include "workloads/graph/graph_internal.h"
#include "workloads/graph/names.h"
#include "workloads/operators/operator.h"

#include <stdlib.h>
#include <string.h>

/* What a node waits for. */
struct order {
    int *producer;   /* [edge] node index, -1 for a graph input */
    int *first_edge; /* [node + 1] */
    int *shares;     /* [node] whose weight it shares, -1 = none */
};

/* The node that makes "name" or "name:1"; -1 for a graph input, -3 when unknown. */
static int find_producer(const struct ts_graph *graph, const char *name)
{
    enum { UNKNOWN = -3 };
    int value = ts_names_find(graph->names, name);
    if (value >= 0) {
        return -1;
    }
    if (value <= -2) {
        return -2 - value;
    }
    const char *colon = strrchr(name, ':');
    if (!colon || colon == name || strlen(colon) > 4) {
        return UNKNOWN;
    }
    const char *base = ts_arena_strndup(graph->arena, name, (size_t)(colon - name));
    value = ts_names_find(graph->names, base);
    return value <= -2 ? -2 - value : UNKNOWN;
}

static bool unknown_input(const struct ts_graph *graph, const struct ts_node *node,
                          const char *name, struct ts_diagnostics *diagnostics)
{
    ts_node_error(node, diagnostics, TS_ERROR_UNKNOWN_NAME, "no node or input is named '%s'", name);
    const char *near = ts_names_suggest(graph->names, name);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static bool resolve(struct ts_graph *graph, struct order *order, struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    int edges = 0;
    for (int i = 0; i < graph->node_count; i++) {
        edges += graph->nodes[i].input_count;
    }
    order->producer = TS_NEW_ARRAY(graph->arena, edges + 1, int);
    order->first_edge = TS_NEW_ARRAY(graph->arena, graph->node_count + 1, int);
    order->shares = TS_NEW_ARRAY(graph->arena, graph->node_count + 1, int);
    int edge = 0;
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        order->first_edge[i] = edge;
        for (int j = 0; j < node->input_count; j++) {
            int producer = find_producer(graph, node->input_names[j]);
            if (producer < -1) {
                ok = unknown_input(graph, node, node->input_names[j], diagnostics);
            }
            order->producer[edge++] = producer;
        }
        order->shares[i] = node->weights_of ? find_producer(graph, node->weights_of) : -1;
        if (node->weights_of && order->shares[i] < 0) {
            ok = unknown_input(graph, node, node->weights_of, diagnostics);
        }
    }
    order->first_edge[graph->node_count] = edge;
    return ok;
}

/* Names the nodes of one cycle: every node left waits for another that is left. */
static bool report_cycle(const struct ts_graph *graph, const struct order *order, const bool *done,
                         struct ts_diagnostics *diagnostics)
{
    int at = 0, count = 0;
    int *seen = TS_NEW_ARRAY(graph->arena, graph->node_count, int);
    while (done[at]) {
        at++;
    }
    while (!seen[at]) {
        seen[at] = ++count;
        int next = order->shares[at] >= 0 && !done[order->shares[at]] ? order->shares[at] : -1;
        for (int e = order->first_edge[at]; e < order->first_edge[at + 1]; e++) {
            if (order->producer[e] >= 0 && !done[order->producer[e]]) {
                next = order->producer[e];
            }
        }
        at = next;
    }
    const char *text = graph->nodes[at].name;
    int node = at, shown = 0;
    do {
        int next =
            order->shares[node] >= 0 && !done[order->shares[node]] ? order->shares[node] : -1;
        for (int e = order->first_edge[node]; e < order->first_edge[node + 1]; e++) {
            if (order->producer[e] >= 0 && !done[order->producer[e]]) {
                next = order->producer[e];
            }
        }
        node = next;
        if (++shown <= 8) {
            text = ts_arena_printf(graph->arena, "%s <- %s", text, graph->nodes[node].name);
        }
    } while (node != at);
    ts_diag_error(diagnostics, TS_ERROR_CYCLE, graph->nodes[at].place,
                  "the network has a cycle: %s%s", text, shown > 8 ? " ..." : "");
    ts_diag_source(diagnostics, graph->nodes[at].source);
    ts_diag_help(diagnostics, "a recurrent layer is one 'lstm' or 'gru' node over its time steps");
    return false;
}

/* Orders nodes so that each follows what it reads, in file order where there is a choice. Visiting
 * from each node in file order, depth first on an explicit stack, keeps that order. */
static bool sort(struct ts_graph *graph, const struct order *order,
                 struct ts_diagnostics *diagnostics)
{
    int count = graph->node_count, sorted = 0, top = 0;
    bool *done = TS_NEW_ARRAY(graph->arena, count + 1, bool);
    bool *open = TS_NEW_ARRAY(graph->arena, count + 1, bool);
    int *stack = TS_NEW_ARRAY(graph->arena, count + 1, int);
    struct ts_node *result = TS_NEW_ARRAY(graph->arena, count + 1, struct ts_node);
    for (int i = 0; i < count; i++) {
        if (!done[i]) {
            stack[top++] = i, open[i] = true;
        }
        while (top) {
            int node = stack[top - 1], wait = -1;
            for (int e = order->first_edge[node]; e < order->first_edge[node + 1] && wait < 0;
                 e++) {
                if (order->producer[e] >= 0 && !done[order->producer[e]]) {
                    wait = order->producer[e];
                }
            }
            if (wait < 0 && order->shares[node] >= 0 && !done[order->shares[node]]) {
                wait = order->shares[node];
            }
            if (wait >= 0 && open[wait]) {
                return report_cycle(graph, order, done, diagnostics);
            }
            if (wait >= 0) {
                stack[top++] = wait;
                open[wait] = true;
            } else {
                result[sorted++] = graph->nodes[node];
                done[node] = true;
                top--;
            }
        }
    }
    graph->nodes = result;
    graph->node_capacity = count + 1;
    return true;
}

static bool infer_node(struct ts_graph *graph, int index, struct ts_diagnostics *diagnostics)
{
    struct ts_node *node = &graph->nodes[index];
    node->inputs = TS_NEW_ARRAY(graph->arena, node->input_count + 1, int);
    for (int i = 0; i < node->input_count; i++) {
        node->inputs[i] = ts_graph_find_tensor(graph, node->input_names[i]);
        if (node->inputs[i] < 0) { /* the node is there, that output is not */
            return unknown_input(graph, node, node->input_names[i], diagnostics);
        }
    }
    if (node->input_count < node->op->min_inputs || node->input_count > node->op->max_inputs) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE, "takes %d%s input%s, has %d",
                             node->op->min_inputs,
                             node->op->max_inputs > node->op->min_inputs ? " or more" : "",
                             node->op->max_inputs > 1 ? "s" : "", node->input_count);
    }
    if (!ts_node_check_attributes(node, diagnostics) ||
        !node->op->infer(graph, node, diagnostics)) {
        return false;
    }
    for (int i = 0; i < node->output_count; i++) {
        graph->tensors[node->outputs[i]].producer = index;
    }
    return true;
}

bool ts_graph_finish(struct ts_graph *graph, struct ts_diagnostics *diagnostics)
{
    struct order order;
    if (!resolve(graph, &order, diagnostics) || !sort(graph, &order, diagnostics)) {
        return false;
    }
    for (int i = 0; i < graph->node_count; i++) {
        if (!infer_node(graph, i, diagnostics)) {
            return false;
        }
    }
    return true;
}
