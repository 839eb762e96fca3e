/* Memory that a training step keeps. */
#include "workloads/training/footprint.h"

#include "workloads/training/optimizer.h"

double ts_footprint_bytes(const struct ts_footprint *footprint)
{
    return footprint->weights + footprint->gradients + footprint->optimizer +
           footprint->activations;
}

/* The backward kernels of these read their inputs again. */
static bool keeps_inputs(const struct ts_node *node)
{
    return node->op->backward && (node->parameter_count > 0 || node->op == &ts_operator_matmul);
}

/* Each tensor once, under whatever names views give it; parameters and the network's own inputs are
 * there anyway. */
static double kept_activations(const struct ts_lowering *lowering)
{
    const struct ts_graph *graph = lowering->graph;
    bool *kept = TS_NEW_ARRAY(lowering->arena, lowering->next_tensor + 1, bool);
    double bytes = 0;
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        for (int j = 0; keeps_inputs(node) && j < node->input_count; j++) {
            const struct ts_tensor *tensor = &graph->tensors[node->inputs[j]];
            int32_t id = lowering->tensor_ids[node->inputs[j]];
            if (kept[id] || tensor->is_parameter || tensor->producer < 0)
                continue;
            struct ts_operand operand = ts_lower_operand(lowering, node->inputs[j]);
            kept[id] = true;
            bytes += ts_operand_dense_bytes(&operand);
        }
    }
    return bytes;
}

struct ts_footprint ts_training_footprint(const struct ts_lowering *lowering,
                                          const struct ts_optimizer *optimizer)
{
    double each = ts_precision_info(lowering->precision)->storage_bits / 8.0;
    double weights = ts_graph_parameters(lowering->graph) * each;
    return (struct ts_footprint){.weights = weights,
                                 .gradients = weights,
                                 .optimizer = weights * optimizer->states,
                                 .activations = kept_activations(lowering)};
}
