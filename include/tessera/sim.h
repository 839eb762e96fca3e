/* Simulation: a program on an architecture → a result.
 *
 * Each call runs in a forked child (SystemC elaborates once per process); the result comes back
 * through a shared mapping. A child that dies costs an error, not the caller.
 */
#ifndef TESSERA_SIM_H
#define TESSERA_SIM_H

#include "tessera/arch.h"
#include "tessera/kernel.h"
#include "tessera/result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ts_trace_sink;

struct ts_sim_options {
    bool exact;    /* every tile, no extrapolation */
    bool cold;     /* one-liners start with empty caches */
    bool numerics; /* measure the noise of the formats on seeded random tensors */
    uint64_t seed;
    const char *options;         /* command-line options as text, for provenance */
    double timeout_s;            /* of the child; 0 = none */
    struct ts_trace_sink *trace; /* told what happened, in the child; NULL = none (trace.h) */
    const char *vcd_path;        /* NAME.vcd: signals, by SystemC's own tracing; NULL = none */
    int64_t vcd_limit;           /* changes of value */
    /* The batch comes in `parts` parts (≥ 2, the last one in proportion), each of which is this
     * program; NULL: all of it at once. It has the kernels of the whole, in the same order. */
    const struct ts_program *part;
    double parts;
};

/* The result's memory is in `arena`. Errors: TS_ERROR_PRECISION (machine can't),
 * TS_ERROR_UNSUPPORTED, TS_ERROR_SIMULATION (child died, timed out). */
bool ts_simulate(const struct ts_arch *arch, const struct ts_program *program,
                 const struct ts_sim_options *options, struct ts_arena *arena,
                 struct ts_diagnostics *diagnostics, struct ts_result **result);

/* A copy that needs nothing outside `arena`. */
struct ts_result *ts_result_copy(const struct ts_result *result, struct ts_arena *arena);

const char *ts_version(void);

#ifdef __cplusplus
}
#endif
#endif
