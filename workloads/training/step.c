/* A training step: what follows the forward pass. */
#include "workloads/training/training.h"

#include "workloads/training/checkpoint.h"
#include "workloads/training/footprint.h"

void ts_training_groups(struct ts_lowering *lowering, struct ts_training_step *step)
{
    const struct ts_graph *graph = lowering->graph;
    bool *taken = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, bool);
    step->groups = TS_NEW_ARRAY(lowering->arena, graph->node_count + 1, struct ts_parameter_group);
    step->group_count = 0;
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        struct ts_parameter_group group = {.node = node, .first = -1};
        for (int j = 0; j < node->parameter_count; j++) {
            int tensor = node->parameters[j];
            if (lowering->gradient_ids[tensor] < 0 || taken[tensor]) {
                continue;
            }
            taken[tensor] = true;
            group.elements += ts_tensor_elements(&graph->tensors[tensor]);
            if (group.first < 0) {
                group.first = tensor;
            }
        }
        if (group.first < 0) {
            continue;
        }
        group.gradient = ts_lower_gradient(lowering, group.first);
        group.gradient.elements = group.elements;
        step->groups[step->group_count++] = group;
    }
}

static bool is_mixed(const struct ts_workload_options *options)
{
    const struct ts_precision_info *info = ts_precision_info(options->precision);
    return options->mixed != TS_MIXED_OFF && info->is_float && info->storage_bits < 32;
}

static bool scales_loss(const struct ts_workload_options *options)
{
    return is_mixed(options) && options->precision != TS_BF16;
}

static bool check(const struct ts_lowering *lowering, const struct ts_workload_options *options,
                  struct ts_diagnostics *diagnostics)
{
    const struct ts_place nowhere = {0};
    if (options->mixed == TS_MIXED_ON && !is_mixed(options)) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "mixed precision keeps fp32 weights beside fp16, bf16 or fp8; the run "
                             "is in %s",
                             ts_precision_info(options->precision)->name);
    }
    if (lowering->one_liner && (options->micro_batches > 1 || options->checkpoint)) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "--accumulate and --checkpoint are for whole networks, '%s' is a list "
                             "of layers",
                             lowering->graph->name);
    }
    return true;
}

bool ts_lower_step(struct ts_lowering *lowering, const struct ts_workload_options *options,
                   struct ts_diagnostics *diagnostics, struct ts_footprint *footprint)
{
    struct ts_training_step step = {.optimizer = ts_optimizer_find(options->optimizer, diagnostics),
                                    .mixed = is_mixed(options),
                                    .scales_loss = scales_loss(options),
                                    .micro_batches = options->micro_batches};
    int segments = options->checkpoint == TS_CHECKPOINT_SQRT
                       ? ts_checkpoint_default(lowering->graph)
                       : options->checkpoint;
    if (!step.optimizer || !check(lowering, options, diagnostics) ||
        !ts_lower_backward(lowering, segments, diagnostics)) {
        return false;
    }
    ts_training_groups(lowering, &step);
    if (!ts_training_accumulate(lowering, &step, diagnostics)) {
        return false;
    }
    if (!lowering->one_liner) {
        *footprint = ts_training_footprint(lowering, &step);
    }
    ts_optimizer_emit(lowering, &step);
    return true;
}
