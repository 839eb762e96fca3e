/* A trace that has been written, as JSON, and its slices in order of track and time. */
#ifndef TESSERA_TESTS_TRACE_SUPPORT_H
#define TESSERA_TESTS_TRACE_SUPPORT_H

#include "tessera/job.h"
#include "tessera/trace.h"

#include <jansson.h>

struct shown {
    int64_t process, thread;
    double start_us, end_us;
    const char *name, *category;
    const json_t *arguments;
};

struct shown_trace {
    json_t *document;
    struct shown *slices;
    size_t count;
};

/* Parses the file from its start; a file that is no trace fails the test. */
struct shown_trace shown_trace_read(FILE *file);
void shown_trace_release(struct shown_trace *trace);

/* The name of a track, NULL when it has none. */
const char *shown_track_name(const struct shown_trace *trace, int64_t process, int64_t thread);

/* otherData's number. */
double shown_figure(const struct shown_trace *trace, const char *key);

/* A run and its trace. `options` as behind `tessera run`, with one word an entry, NULL at the end.
 */
struct traced_run {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_result *result;
    FILE *file;
};
struct traced_run traced_run(const char *arch, const char *workload, const char *const *options,
                             int64_t limit);
void traced_run_release(struct traced_run *run);

#endif
