/* A trace file, line by line: tracks and layers first, slices of some tracks and times after that.
 * Traces may be large: no more than a line is parsed at once. */
#ifndef TESSERA_REPORTS_TRACE_READ_H
#define TESSERA_REPORTS_TRACE_READ_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <stdint.h>
#include <stdio.h>

enum { TRACE_LAYERS = 1, TRACE_UNITS, TRACE_MEMORY };

struct trace_track {
    int64_t thread;
    int process;
    const char *name;
};

/* A layer or phase. */
struct trace_span {
    const char *name, *algorithm, *bound, *repeats; /* NULL: none */
    double start_us, end_us;
    int64_t units; /* of a phase */
    bool is_phase;
};

struct trace_file {
    const char *path;
    FILE *stream;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    struct trace_track *tracks; /* by thread */
    int track_count, track_capacity;
    struct trace_span *spans; /* as they come */
    int span_count, span_capacity;
    const char *arch, *workload;
    double latency_us, units_covered_us;
};

/* Opens and reads all but the slices of units and memories. Errors: FILE, SYNTAX. Close it either
 * way. */
bool trace_open(struct trace_file *file, const char *path, struct ts_arena *arena,
                struct ts_diagnostics *diagnostics);
void trace_close(struct trace_file *file);

struct trace_slice {
    const struct trace_track *track;
    double start_us, end_us;
    const char *category; /* valid during the call */
    int64_t tile;         /* -1: none */
};

/* Calls take(context, slice) for each slice of units and memories between two times whose track is
 * wanted: wants(context, track). */
bool trace_each_slice(struct trace_file *file, double start_us, double end_us,
                      bool (*wants)(const void *context, const struct trace_track *track),
                      void (*take)(void *context, const struct trace_slice *slice), void *context);

#endif
