/* Power limit: of one kernel, power.c; of a program of several, power_intervals.c. */
#ifndef TESSERA_SIM_ENGINE_POWER_H
#define TESSERA_SIM_ENGINE_POWER_H

#include "sim/engine/run.h"

/* Runs and reports the program at a fixed clock. False with a diagnostic. */
bool power_run_at(struct run *run, const struct ts_arch *nominal, double clock_hz,
                  struct ts_result *result);

/* Runs the program, reports it with every interval of a millisecond or one kernel at the highest
 * clock whose power meets power.limit_w, or at floor_hz. False with a diagnostic. */
bool power_hold_intervals(struct run *run, const struct ts_arch *nominal, double floor_hz,
                          struct ts_result *result);

#endif
