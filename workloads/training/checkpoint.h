/* Activation checkpointing (T. Chen et al., arXiv:1604.06174): the forward pass keeps only what
 * crosses from one segment of the network to a later one; the backward pass computes the rest
 * again, segment by segment. The last segment's activations are still there.
 */
#ifndef TESSERA_CHECKPOINT_H
#define TESSERA_CHECKPOINT_H

#include "workloads/lower/lower.h"

struct ts_checkpoint {
    int segments;
    int *first_node; /* of each segment, in node order; [segments] = node count */
    int *segment_of; /* of each node */
    bool *kept;      /* graph tensors that later segments or the loss read */
};

/* Cuts the network where little crosses, into segments that write about equally many bytes. */
struct ts_checkpoint ts_checkpoint_plan(const struct ts_lowering *lowering, int segments);

/* Square root of the number of nodes with parameters: Chen's choice, memory O(sqrt(n)). */
int ts_checkpoint_default(const struct ts_graph *graph);

/* Emits the forward kernels of a segment once more, into fresh tensors; backward kernels emitted
 * from now on read those. */
void ts_checkpoint_recompute(struct ts_lowering *lowering, const struct ts_checkpoint *checkpoint,
                             int segment);

#endif
