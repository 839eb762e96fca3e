#ifndef TESSERA_FOOTPRINT_H
#define TESSERA_FOOTPRINT_H

#include "workloads/lower/lower.h"

struct ts_optimizer;

/* Asked once the forward pass is lowered. */
struct ts_footprint ts_training_footprint(const struct ts_lowering *lowering,
                                          const struct ts_optimizer *optimizer);

#endif
