/* Transforms: rewrite a graph, asked for by -t NAME[:ARGUMENT]. One row each in transforms.c. */
#ifndef TESSERA_TRANSFORM_H
#define TESSERA_TRANSFORM_H

#include "tessera/graph.h"
#include "tessera/workload.h"

struct ts_transform {
    struct ts_transform_entry entry;
    bool for_training; /* makes sense in a training step */
    /* `argument` is NULL when the row has none, else what stands behind the colon. */
    bool (*apply)(struct ts_graph *graph, const char *argument, struct ts_diagnostics *diagnostics);
};

extern const struct ts_transform ts_transform_prune, ts_transform_activations;
extern const struct ts_transform ts_transform_quantize, ts_transform_share;
extern const struct ts_transform ts_transform_ternary, ts_transform_binary;
extern const struct ts_transform ts_transform_prune_2_4, ts_transform_batchnorm_fold;
extern const struct ts_transform ts_transform_fusion;

/* Applies options->transforms in order. graph is NULL for a memory probe, which takes none. */
bool ts_transforms_apply(struct ts_graph *graph, const char *workload,
                         const struct ts_workload_options *options,
                         struct ts_diagnostics *diagnostics);

/* Batch normalisation into the layer before it, element-wise work into epilogues. */
void ts_transform_fuse(struct ts_graph *graph);
void ts_fold_batchnorm(struct ts_graph *graph);

/* Real number in (0, 1]. */
bool ts_transform_density(const char *transform, const char *argument,
                          struct ts_diagnostics *diagnostics, double *density);

#endif
