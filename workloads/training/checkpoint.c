#include "workloads/training/checkpoint.h"

#include <math.h>

int ts_checkpoint_default(const struct ts_graph *graph)
{
    int layers = 0;
    for (int i = 0; i < graph->node_count; i++) {
        layers += graph->nodes[i].parameter_count > 0;
    }
    return (int)fmax(1, round(sqrt(layers)));
}

static double output_bytes(const struct ts_lowering *lowering, const struct ts_node *node)
{
    double bytes = 0;
    for (int i = 0; i < node->output_count; i++) {
        struct ts_operand operand = ts_lower_operand(lowering, node->outputs[i]);
        bytes += ts_operand_dense_bytes(&operand);
    }
    return bytes;
}

/* crossing[i]: bytes written before node i and read by node i or later. */
static double *crossing_bytes(const struct ts_lowering *lowering)
{
    const struct ts_graph *graph = lowering->graph;
    double *crossing = TS_NEW_ARRAY(lowering->arena, graph->node_count + 1, double);
    int *last_reader = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, int);
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            last_reader[graph->nodes[i].inputs[j]] = i;
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].output_count; j++) {
            int tensor = graph->nodes[i].outputs[j];
            struct ts_operand operand = ts_lower_operand(lowering, tensor);
            for (int k = i + 1; k <= last_reader[tensor]; k++) {
                crossing[k] += ts_operand_dense_bytes(&operand);
            }
        }
    }
    return crossing;
}

/* The cut within `reach` bytes of `target` that the fewest bytes cross; 0 when there is none. */
static int best_cut(const double *written, const double *crossing, int nodes, int after,
                    double target, double reach)
{
    int best = 0;
    for (int i = after + 1; i < nodes; i++) {
        if (fabs(written[i] - target) > reach) {
            continue;
        }
        if (!best || crossing[i] < crossing[best] ||
            (crossing[i] == crossing[best] &&
             fabs(written[i] - target) < fabs(written[best] - target))) {
            best = i;
        }
    }
    return best;
}

static void find_cuts(const struct ts_lowering *lowering, int segments,
                      struct ts_checkpoint *checkpoint)
{
    const struct ts_graph *graph = lowering->graph;
    int nodes = graph->node_count;
    double *crossing = crossing_bytes(lowering);
    double *written = TS_NEW_ARRAY(lowering->arena, nodes + 1, double);
    for (int i = 0; i < nodes; i++) {
        written[i + 1] = written[i] + output_bytes(lowering, &graph->nodes[i]);
    }
    double each = written[nodes] / segments;
    for (int s = 1; s < segments; s++) {
        int cut = best_cut(written, crossing, nodes,
                           checkpoint->first_node[checkpoint->segments - 1], s * each, each / 2);
        if (cut) {
            checkpoint->first_node[checkpoint->segments++] = cut;
        }
    }
}

static void mark_kept(const struct ts_lowering *lowering, struct ts_checkpoint *checkpoint)
{
    const struct ts_graph *graph = lowering->graph;
    for (int i = 0; i < graph->tensor_count; i++) {
        checkpoint->kept[i] = graph->tensors[i].producer < 0;
    }
    bool *read = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, bool);
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            int tensor = graph->nodes[i].inputs[j], producer = graph->tensors[tensor].producer;
            read[tensor] = true;
            if (producer >= 0 && checkpoint->segment_of[producer] != checkpoint->segment_of[i]) {
                checkpoint->kept[tensor] = true;
            }
        }
    }
    for (int i = 0; i < graph->tensor_count; i++) {
        checkpoint->kept[i] |= !read[i];
    }
}

struct ts_checkpoint ts_checkpoint_plan(const struct ts_lowering *lowering, int segments)
{
    const struct ts_graph *graph = lowering->graph;
    int nodes = graph->node_count;
    struct ts_checkpoint checkpoint = {
        .segments = 1,
        .first_node = TS_NEW_ARRAY(lowering->arena, (size_t)segments + 1, int),
        .segment_of = TS_NEW_ARRAY(lowering->arena, (size_t)nodes + 1, int),
        .kept = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, bool)};
    if (segments > 1) {
        find_cuts(lowering, segments, &checkpoint);
    }
    checkpoint.first_node[checkpoint.segments] = nodes;
    for (int s = 0; s < checkpoint.segments; s++) {
        for (int i = checkpoint.first_node[s]; i < checkpoint.first_node[s + 1]; i++) {
            checkpoint.segment_of[i] = s;
        }
    }
    mark_kept(lowering, &checkpoint);
    return checkpoint;
}

static bool all_kept(const struct ts_checkpoint *checkpoint, const struct ts_node *node)
{
    for (int i = 0; i < node->output_count; i++) {
        if (!checkpoint->kept[node->outputs[i]]) {
            return false;
        }
    }
    return true;
}

void ts_checkpoint_recompute(struct ts_lowering *lowering, const struct ts_checkpoint *checkpoint,
                             int segment)
{
    const struct ts_graph *graph = lowering->graph;
    int first = checkpoint->first_node[segment], end = checkpoint->first_node[segment + 1];
    lowering->name_suffix = "recompute";
    for (int i = first; i < end; i++) {
        const struct ts_node *node = &graph->nodes[i];
        if (all_kept(checkpoint, node)) {
            continue;
        }
        for (int j = 0; j < node->output_count; j++) {
            if (!checkpoint->kept[node->outputs[j]]) {
                lowering->tensor_ids[node->outputs[j]] = lowering->next_tensor++;
            }
        }
        node->op->lower(lowering, node);
    }
    lowering->name_suffix = NULL;
}
