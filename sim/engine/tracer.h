/* Tracer: from what the engine books to slices of a trace.
 *
 * The engine's clock stands still where the dispatcher skips ahead; the tracer shifts what comes
 * later in the phase by the skipped time. What a pipe or bus had taken on before is shown whole,
 * and the extrapolated stretch follows it.
 */
#ifndef TESSERA_SIM_ENGINE_TRACER_H
#define TESSERA_SIM_ENGINE_TRACER_H

#include "tessera/result.h"
#include "tessera/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

struct access;
struct engine;
struct machine;
struct run;
struct slot;
struct ts_bandwidth_server;
struct ts_phase;
struct unit;

enum { TS_TRACE_SINKS = 2 };

struct tracer {
    struct ts_trace_sink *sinks[TS_TRACE_SINKS];
    int sink_count;              /* 0: off */
    double shift_cycles;         /* skipped so far in this phase */
    double *channel_free_cycles; /* [DRAM channels], before the request being served */
};

static inline bool tracer_is_on(const struct tracer *tracer)
{
    return __builtin_expect(tracer->sink_count > 0, 0);
}

/* Starts the trace of a run: tells the sinks (those that are not NULL) about the machine. False
 * when memory runs out. */
bool tracer_begin(struct machine *machine, struct ts_trace_sink *const sinks[TS_TRACE_SINKS],
                  const char *workload);
/* Ends it on every sink; false with a diagnostic. */
bool tracer_end(struct tracer *tracer, double cycles, struct ts_diagnostics *diagnostics);
void tracer_release(struct tracer *tracer);

/* A phase starts on the units: nothing skipped yet, its launch behind them. */
void trace_phase_begin(struct engine *engine);

/* How a unit's pipe spent start_cycles to end_cycles: at work on a step, or waiting. */
void trace_pipe(struct engine *engine, const struct unit *unit, const struct slot *slot,
                enum ts_time_part part, bool working, double start_cycles, double end_cycles);

/* Loads of the step that `slot` has just asked for, and stores of its tile. */
void trace_loads(struct engine *engine, const struct unit *unit, const struct slot *slot,
                 double start_cycles, double end_cycles, double bytes);
void trace_store(struct engine *engine, const struct unit *unit, const struct slot *slot,
                 const struct access *access);

/* A server took a request; `free_cycles` is when it was free before. */
void trace_server(struct tracer *tracer, enum ts_trace_group group,
                  const struct ts_bandwidth_server *server, double free_cycles,
                  const struct access *access);

/* Around ts_dram_serve: which channels it kept busy. */
void trace_dram_before(struct machine *machine);
void trace_dram_after(struct machine *machine, double now_cycles, double bytes, bool write);

/* The dispatcher skips `tiles` at now_cycles, which take `cycles`. */
void trace_skip(struct engine *engine, double now_cycles, int64_t tiles, double cycles);

/* The phase took `cycles`, launch and what was skipped included. */
void trace_phase_end(struct engine *engine, double cycles);

/* A layer that started at start_cycles has been run, or booked as a repetition of layer `original`.
 */
void trace_layer(const struct run *run, int index, double start_cycles);
void trace_repeat(const struct run *run, int index, int original, double start_cycles);

#ifdef __cplusplus
}
#endif
#endif
