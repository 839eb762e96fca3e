/* Optimisers: what an update reads, writes and computes for each parameter. */
#ifndef TESSERA_OPTIMIZER_H
#define TESSERA_OPTIMIZER_H

#include "workloads/lower/lower.h"

struct ts_optimizer {
    const char *name;
    int states;               /* values kept for each parameter between steps */
    double ops_per_parameter; /* arithmetic operations */
};

/* NULL name = sgd. Unknown: TS_ERROR_UNKNOWN_NAME with a suggestion, returns NULL. */
const struct ts_optimizer *ts_optimizer_find(const char *name, struct ts_diagnostics *diagnostics);

/* One kernel for a layer's parameters that have gradients. */
void ts_optimizer_emit(const struct ts_optimizer *optimizer, struct ts_lowering *lowering,
                       const struct ts_node *node);

#endif
