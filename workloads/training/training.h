/* Training: a forward program becomes a step.
 *
 *   backward (with recomputation of what was not kept) → micro-batches → loss scaling → update
 *
 * Mixed precision is that of Micikevicius et al. (ICLR 2018): weights, activations and gradients in
 * the run's 16 or 8 bits, products summed in fp32 by the machine, a master copy of the weights and
 * the optimiser's state in fp32; fp16 and fp8 losses are scaled, so that a pass over the gradients
 * scales them back and looks for overflow. bf16 has fp32's range and needs none.
 */
#ifndef TESSERA_TRAINING_H
#define TESSERA_TRAINING_H

#include "workloads/lower/lower.h"
#include "workloads/training/optimizer.h"

/* The parameters of one node that are updated together. */
struct ts_parameter_group {
    const struct ts_node *node;
    int first; /* graph tensor whose ids stand for the group */
    double elements;
    struct ts_operand gradient; /* what the update reads */
};

struct ts_training_step {
    const struct ts_optimizer *optimizer;
    bool mixed;
    bool scales_loss;
    int64_t micro_batches;
    struct ts_parameter_group *groups;
    int group_count;
};

/* The groups that have a gradient, each shared parameter once, in node order. */
void ts_training_groups(struct ts_lowering *lowering, struct ts_training_step *step);

/* Repeats forward and backward for every micro-batch after the first and sums the gradients as they
 * come: in fp32 under mixed precision, else into those of the first. */
bool ts_training_accumulate(struct ts_lowering *lowering, struct ts_training_step *step,
                            struct ts_diagnostics *diagnostics);

/* Backward kernels of the graph that was lowered; `segments` > 1 recomputes all but the last of as
 * many segments. */
bool ts_lower_backward(struct ts_lowering *lowering, int segments,
                       struct ts_diagnostics *diagnostics);

/* The whole step after the forward pass, and what it keeps in memory. */
bool ts_lower_step(struct ts_lowering *lowering, const struct ts_workload_options *options,
                   struct ts_diagnostics *diagnostics, struct ts_footprint *footprint);

#endif
