/* Pieces of trace-event JSON: texts, times, one slice, one name. */
#ifndef TESSERA_REPORTS_TRACE_JSON_H
#define TESSERA_REPORTS_TRACE_JSON_H

#include "tessera/trace.h"

/* What is written of a slice; times in picoseconds. */
struct record {
    enum ts_trace_group group;
    int64_t index, asked_ps, start_ps, end_ps;
    const char *name, *category;
    const struct ts_trace_argument *arguments;
    int argument_count;
};

void trace_put_text(FILE *stream, const char *text);

/* Microseconds, exact: 1234567 ps is 1.234567. */
void trace_put_us(FILE *stream, int64_t ps);

/* A complete event on a thread; start_ps may be a rounding later than the record's. */
void trace_put_slice(FILE *stream, int process, int64_t thread, const struct record *record,
                     int64_t start_ps);

/* Metadata: the name of a process or thread ("process", "thread") and its place among others. */
void trace_put_name(FILE *stream, const char *kind, int process, int64_t thread, const char *name,
                    int64_t sort_index);

#endif
