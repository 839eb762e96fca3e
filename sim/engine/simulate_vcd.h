/* What ts_simulate does for a VCD, around the child that simulates. */
#ifndef TESSERA_SIM_ENGINE_SIMULATE_VCD_H
#define TESSERA_SIM_ENGINE_SIMULATE_VCD_H

#include "sim/engine/waves.h"
#include "tessera/sim.h"

/* Where the child notes changes, in *waves; NULL when none are asked for. False with a diagnostic.
 */
bool vcd_begin(const struct ts_sim_options *options, struct ts_diagnostics *diagnostics,
               struct waves **waves);

/* After a simulation that `succeeded` writes the file. Releases waves, which may be NULL. False
 * when the simulation failed, or with a diagnostic. */
bool vcd_end(struct waves *waves, bool succeeded, const char *path,
             struct ts_diagnostics *diagnostics);

#endif
