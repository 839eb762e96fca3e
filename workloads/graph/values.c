/* How the values of activations are spread, from the operators that made them. */
#include "workloads/operators/operator.h"

#include <string.h>

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static enum ts_values values_of(const struct ts_graph *graph, const struct ts_node *node)
{
    static const char *const rectifiers[] = {"relu", "relu6", NULL};
    static const char *const carriers[] = {
        "maxpool", "avgpool", "globalpool", "dropout",  "flatten",  "reshape", "transpose",
        "concat",  "split",   "slice",      "upsample", "identity", NULL};
    if (is_one_of(node->op->name, rectifiers)) {
        return TS_VALUES_RECTIFIED;
    }
    if (strcmp(node->op->name, "softmax") == 0) {
        return TS_VALUES_PROBABILITIES;
    }
    if (!is_one_of(node->op->name, carriers) || !node->input_count) {
        return TS_VALUES_NORMAL;
    }
    enum ts_values values = graph->tensors[node->inputs[0]].values;
    for (int i = 1; i < node->input_count; i++) {
        if (graph->tensors[node->inputs[i]].values != values) {
            return TS_VALUES_NORMAL;
        }
    }
    return values;
}

void ts_graph_mark_values(struct ts_graph *graph)
{
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        enum ts_values values = values_of(graph, node);
        for (int j = 0; j < node->output_count; j++) {
            graph->tensors[node->outputs[j]].values = values;
        }
    }
}
