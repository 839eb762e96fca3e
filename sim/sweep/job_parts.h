/* A batch in parts: what the compiler of a machine with a scratchpad does when the activations of
 * the whole batch don't fit in it.
 *
 * TPU v1 has no other place for them at all (Jouppi et al., ISCA 2017, section 2: its DRAM holds
 * weights and is only read), so that its applications run at batches that fit. Parts need the
 * weights once each, larger ones spill instead: which is quicker is found by simulating both.
 */
#ifndef TESSERA_SIM_SWEEP_JOB_PARTS_H
#define TESSERA_SIM_SWEEP_JOB_PARTS_H

#include "tessera/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of activations that are alive at once when each tensor goes after its last reader. */
double ts_job_live_bytes(const struct ts_program *program, struct ts_arena *arena);

/* The ways to cut the batch of `loaded`, whose machine and program are there: parts that fit, then
 * parts twice as large each. For inference of networks on machines whose shared memory is
 * software_managed; decoding, which reads all weights for a token each, gains nothing. Errors:
 * those of loading the workload. */
bool ts_job_parts_load(const struct ts_job *job, const struct ts_workload_options *options,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_loaded_job *loaded);

/* Runs the job at once and in parts, larger ones as long as they are quicker, and gives the
 * quickest; that one alone is traced. */
bool ts_job_parts_simulate(const struct ts_loaded_job *loaded, struct ts_arena *arena,
                           struct ts_diagnostics *diagnostics, struct ts_result **result);

#ifdef __cplusplus
}
#endif
#endif
