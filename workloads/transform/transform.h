/* Transforms: rewrite a graph, asked for by -t NAME[:ARGUMENT]. One row each in transforms.c. */
#ifndef TESSERA_TRANSFORM_H
#define TESSERA_TRANSFORM_H

#include "tessera/graph.h"
#include "tessera/workload.h"
#include "workloads/frontend/frontend.h"

/* What a transform works on. It may replace *graph as a whole. */
struct ts_transform_run {
    struct ts_graph *graph;
    struct ts_source_network *network; /* that the graph belongs to */
    struct ts_program *program;        /* takes notes for the reader of the result */
    const struct ts_workload_options *options;
    struct ts_diagnostics *diagnostics;
};

struct ts_transform {
    struct ts_transform_entry entry;
    bool for_training; /* makes sense in a training step */
    /* `argument` is NULL when the row has none, else what stands behind the colon. */
    bool (*apply)(const struct ts_transform_run *run, const char *argument);
};

extern const struct ts_transform ts_transform_prune, ts_transform_activations;
extern const struct ts_transform ts_transform_quantize, ts_transform_share;
extern const struct ts_transform ts_transform_ternary, ts_transform_binary;
extern const struct ts_transform ts_transform_prune_2_4, ts_transform_batchnorm_fold;
extern const struct ts_transform ts_transform_fusion, ts_transform_lowrank;
extern const struct ts_transform ts_transform_winograd, ts_transform_distill;

/* Applies options->transforms in order. A memory probe, which has no graph, takes none. */
bool ts_transforms_apply(struct ts_source_network *network, struct ts_program *program,
                         const struct ts_workload_options *options,
                         struct ts_diagnostics *diagnostics);

/* Batch normalisation into the layer before it, element-wise work into epilogues. */
void ts_transform_fuse(struct ts_graph *graph);
void ts_fold_batchnorm(struct ts_graph *graph);

/* "a, b, c and 5 more": at most eight of `names`. */
const char *ts_transform_names(struct ts_arena *arena, const char *const *names, int count);

/* Real number in (0, 1]. */
bool ts_transform_density(const char *transform, const char *argument,
                          struct ts_diagnostics *diagnostics, double *density);

#endif
