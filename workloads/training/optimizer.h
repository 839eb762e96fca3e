/* Optimisers: what an update reads, writes and computes for each parameter. */
#ifndef TESSERA_OPTIMIZER_H
#define TESSERA_OPTIMIZER_H

#include "workloads/lower/lower.h"

struct ts_training_step;

struct ts_optimizer {
    const char *name;
    int states;               /* values kept for each parameter between steps */
    double ops_per_parameter; /* arithmetic operations */
};

/* NULL name = sgd. Unknown: TS_ERROR_UNKNOWN_NAME with a suggestion, returns NULL. */
const struct ts_optimizer *ts_optimizer_find(const char *name, struct ts_diagnostics *diagnostics);

/* One kernel for each group of parameters; before them, one that scales its gradient back where the
 * loss was scaled. */
void ts_optimizer_emit(struct ts_lowering *lowering, const struct ts_training_step *step);

#endif
