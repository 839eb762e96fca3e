/* Trace: what every part of a machine did, and when.
 *
 * The engine reports slices in core cycles since the start of the run; a sink writes them. Tracing
 * changes no result, and is free when there is no sink.
 *
 * What repeats is shown as what it is: wherever the dispatcher skips ahead, each track has a slice
 * "extrapolated" that says for how many tiles it stands, and a layer that was not simulated since
 * an equal one had been has slices "repeated" that name it. Where the machine has a power limit,
 * a run at the clock it settles at is traced, that of several kernels at their mean clock.
 */
#ifndef TESSERA_TRACE_H
#define TESSERA_TRACE_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tracks. The slices of one never overlap, except those of loads and stores: several are under way
 * at once. */
enum ts_trace_group {
    TS_TRACE_LAYERS, /* one slice a layer, back to back; its arguments say what it was */
    TS_TRACE_PHASES, /* of its plan (im2col, then gemm), and how many tiles were extrapolated */
    TS_TRACE_PIPE,   /* by unit: how each cycle of its pipe was spent, back to back */
    TS_TRACE_LOADS,  /* by unit: loads of one step, from request to arrival of the last */
    TS_TRACE_STORES, /* by unit: from the end of the tile until the write is taken */
    TS_TRACE_NOC,    /* requests as the network on chip serves them */
    TS_TRACE_CACHE,  /* as the port of the shared cache does */
    TS_TRACE_DRAM,   /* by channel: as its data bus does */
    TS_TRACE_HOST,   /* as the link to the host does */
    TS_TRACE_GROUPS
};

struct ts_trace_argument {
    const char *key;
    const char *text; /* NULL: `number` */
    double number;
};

/* Lives for the call alone, texts included. */
struct ts_trace_slice {
    enum ts_trace_group group;
    int64_t index; /* unit or channel */
    const char *name;
    /* One word: a part of the time breakdown, load, store, read, write, extrapolated, ... */
    const char *category;
    double asked_cycles; /* when it was asked for; start less what it waited in a queue */
    double start_cycles, end_cycles;
    const struct ts_trace_argument *arguments;
    int argument_count;
};

/* What a sink knows before the first slice. */
struct ts_trace_machine {
    const char *arch, *workload;
    double clock_hz; /* of this run */
    int64_t units, channels;
    const char *cache;   /* name of the shared level; NULL when there is none */
    const char *version; /* of the simulator */
};

struct ts_trace_sink {
    void (*begin)(struct ts_trace_sink *sink, const struct ts_trace_machine *machine);
    void (*slice)(struct ts_trace_sink *sink, const struct ts_trace_slice *slice);
    /* The run took so long. False with a diagnostic when what was written did not arrive. */
    bool (*end)(struct ts_trace_sink *sink, double cycles, struct ts_diagnostics *diagnostics);
};

/* Trace-event JSON, as Perfetto and chrome://tracing read it (object format: traceEvents,
 * displayTimeUnit, otherData). Times are simulated microseconds to the picosecond. After `limit`
 * slices of units and memories only layers and phases follow, a mark says from where on, and a note
 * how much is covered. Events go to `stream` as they come; whoever opened it closes it. */
struct ts_trace_sink *ts_trace_event_sink(FILE *stream, int64_t limit, struct ts_arena *arena);

/* The events alone of machine 0, 1, ... of several, whose processes stand beside one another. */
struct ts_trace_sink *ts_trace_event_part(FILE *stream, int machine, int64_t limit,
                                          struct ts_arena *arena);

/* One trace of what such sinks wrote, in the order of machines; `parts` are read from their start.
 * otherData.machines says of each what a trace of one machine says of it. Whether all was read and
 * written is for the caller's fclose and ferror. */
struct ts_result;
void ts_trace_event_join(FILE *stream, FILE *const *parts, const struct ts_result *const *results,
                         int count);

enum { TS_TRACE_DEFAULT_LIMIT = 1000000 };

#ifdef __cplusplus
}
#endif
#endif
