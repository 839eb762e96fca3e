/* What sim/compute offers to the registry: one declaration a family. */
#ifndef TESSERA_SIM_COMPUTE_FAMILIES_H
#define TESSERA_SIM_COMPUTE_FAMILIES_H

#include "tessera/plan.h"

extern const struct ts_family ts_cpu_family;
extern const struct ts_family ts_simt_family;
extern const struct ts_family ts_systolic_family;
extern const struct ts_family ts_sparse_family;
extern const struct ts_family ts_memory_family;

#endif
