#ifndef TESSERA_FOOTPRINT_H
#define TESSERA_FOOTPRINT_H

#include "workloads/lower/lower.h"

struct ts_training_step;

/* Asked once all kernels before the update are lowered. The workspace is the machine's affair: 0.
 */
struct ts_footprint ts_training_footprint(const struct ts_lowering *lowering,
                                          const struct ts_training_step *step);

#endif
