/* Job: everything that defines one simulation, as users write it, and running it.
 *
 * run, compare, validate and sweep all make jobs; the same options mean the same everywhere.
 * Strings are borrowed: they live as long as whoever filled the job keeps them.
 */
#ifndef TESSERA_JOB_H
#define TESSERA_JOB_H

#include "tessera/arch.h"
#include "tessera/options.h"
#include "tessera/sim.h"
#include "tessera/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_MAX_TRANSFORMS = 32, TS_MAX_OVERRIDES = 64, TS_MAX_DIMS = 32 };

struct ts_job {
    const char *arch;     /* name, alias or path */
    const char *workload; /* name, path or one-liner */
    int64_t batch;
    enum ts_precision precision; /* TS_PRECISION_NONE: the machine's own */
    bool training;
    const char *optimizer; /* NULL: sgd */
    enum ts_mixed_precision mixed;
    int64_t micro_batches;         /* 0: one */
    int checkpoint;                /* segments; 0: none, TS_CHECKPOINT_SQRT */
    int64_t sequence;              /* 0: the network's own */
    enum ts_token_phase phase;     /* of generation; none: the network as it is */
    int64_t context;               /* decode: tokens in the KV cache; 0: sequence */
    const char *dims[TS_MAX_DIMS]; /* NAME=VALUE */
    int dim_count;
    bool strict;
    const char *transforms[TS_MAX_TRANSFORMS];
    int transform_count;
    struct ts_override overrides[TS_MAX_OVERRIDES];
    int override_count;
    bool exact, cold, numerics;
    bool ignore_capacity; /* train what does not fit in memory all the same */
    uint64_t seed;
    struct ts_arena *arena; /* where option values that need a copy go */
};

/* A job with every option at its default. */
struct ts_job ts_job_default(struct ts_arena *arena);

/* -b -p -m --seq --phase --context --dim --strict -t -s --seed --exact --cold --numerics
 * --optimizer
 * --mixed-precision --accumulate --checkpoint, into a struct ts_job. */
extern const struct ts_option_row ts_job_options[];
extern const size_t ts_job_option_count;

/* One of them by its long name, for commands that take some of them. */
const struct ts_option_row *ts_job_option(const char *long_name);

/* One setting each, as from the command line. Errors: UNKNOWN_NAME, LIMIT when the job has no room.
 */
bool ts_job_override(struct ts_job *job, const char *key, const char *value,
                     struct ts_diagnostics *diagnostics);
bool ts_job_transform(struct ts_job *job, const char *transform,
                      struct ts_diagnostics *diagnostics);
bool ts_job_precision(struct ts_job *job, const char *name, struct ts_diagnostics *diagnostics);
bool ts_job_mode(struct ts_job *job, const char *name, struct ts_diagnostics *diagnostics);
bool ts_job_phase(struct ts_job *job, const char *name, struct ts_diagnostics *diagnostics);

/* The settings that differ from the defaults, as options: what provenance.options says. */
const char *ts_job_options_text(const struct ts_job *job, struct ts_arena *arena);

/* A way to cut a batch: `count` parts (≥ 2), each of which is this program. */
struct ts_job_parts {
    const struct ts_program *program;
    double count;
};

enum { TS_JOB_MAX_CUTS = 5 };

/* A job with its machine and program loaded. */
struct ts_loaded_job {
    const struct ts_arch *arch;
    const struct ts_program *program;
    enum ts_precision precision; /* resolved */
    bool ignore_capacity;
    struct ts_job_parts cuts[TS_JOB_MAX_CUTS]; /* the smallest part first */
    int cut_count;                             /* 0: there is no need */
    struct ts_sim_options options;
};

/* Checks that the machine has the precision; a memory probe has none. */
bool ts_job_resolve_precision(const struct ts_job *job, const struct ts_arch *arch,
                              struct ts_diagnostics *diagnostics, enum ts_precision *precision);

/* Loads the machine, then the workload for it. */
bool ts_job_load(const struct ts_job *job, struct ts_arena *arena,
                 struct ts_diagnostics *diagnostics, struct ts_loaded_job *loaded);

/* The same with the machine at hand (loaded with the job's overrides). */
bool ts_job_load_on(const struct ts_job *job, const struct ts_arch *arch, struct ts_arena *arena,
                    struct ts_diagnostics *diagnostics, struct ts_loaded_job *loaded);

/* Runs a loaded job; the result lives in the arena. A batch whose activations a scratchpad can't
 * hold runs at once or in parts, whichever is quicker (job_parts.c). Fails with LIMIT when a
 * training step needs more memory than the machine has once the workspaces of its kernels are
 * known. */
bool ts_job_simulate(const struct ts_loaded_job *loaded, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics, struct ts_result **result);

#ifdef __cplusplus
}
#endif
#endif
