/* Loss, then backward kernels in reverse order. */
#include "workloads/training/checkpoint.h"
#include "workloads/training/training.h"

/* A gradient is wanted for what stands downstream of a parameter or of a marked input. */
static void mark_required(struct ts_lowering *lowering)
{
    const struct ts_graph *graph = lowering->graph;
    for (int i = 0; i < graph->tensor_count; i++) {
        lowering->requires_gradient[i] = graph->tensors[i].needs_gradient;
    }
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        bool required = node->parameter_count > 0;
        for (int j = 0; j < node->input_count; j++) {
            required |= lowering->requires_gradient[node->inputs[j]];
        }
        for (int j = 0; j < node->output_count; j++) {
            lowering->requires_gradient[node->outputs[j]] = required;
        }
    }
}

/* Outputs nobody reads are where the gradient comes in: a one-liner's is given, a network's comes
 * from the loss (its own loss node, or one made here on each output). */
static void seed(struct ts_lowering *lowering)
{
    const struct ts_graph *graph = lowering->graph;
    bool *read = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, bool);
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            read[graph->nodes[i].inputs[j]] = true;
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        int output = node->outputs[0];
        if (read[output] || node->op == &ts_operator_loss) {
            continue;
        }
        if (lowering->one_liner) {
            lowering->gradient_ids[output] = lowering->next_tensor++;
            continue;
        }
        struct ts_node loss = {.name = ts_arena_printf(lowering->arena, "%s.loss", node->name),
                               .op = &ts_operator_loss,
                               .inputs = &output,
                               .input_count = 1};
        ts_operator_loss.lower(lowering, &loss);
        ts_operator_loss.backward(lowering, &loss);
    }
}

static bool has_gradient(const struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->output_count; i++) {
        if (lowering->gradient_ids[node->outputs[i]] >= 0) {
            return true;
        }
    }
    return node->op == &ts_operator_loss;
}

bool ts_lower_backward(struct ts_lowering *lowering, int segments,
                       struct ts_diagnostics *diagnostics)
{
    const struct ts_graph *graph = lowering->graph;
    lowering->gradient_ids = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, int32_t);
    lowering->requires_gradient = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, bool);
    for (int i = 0; i < graph->tensor_count; i++) {
        lowering->gradient_ids[i] = -1;
    }
    mark_required(lowering);
    struct ts_checkpoint checkpoint = ts_checkpoint_plan(lowering, segments > 1 ? segments : 1);
    int segment = checkpoint.segments - 1;
    seed(lowering);
    for (int i = graph->node_count - 1; i >= 0; i--) {
        const struct ts_node *node = &graph->nodes[i];
        if (checkpoint.segment_of[i] != segment) {
            ts_checkpoint_recompute(lowering, &checkpoint, segment = checkpoint.segment_of[i]);
        }
        if (node->op->backward && has_gradient(lowering, node)) {
            node->op->backward(lowering, node);
        }
        if (!ts_lower_within_limit(lowering, diagnostics)) {
            return false;
        }
    }
    return true;
}
