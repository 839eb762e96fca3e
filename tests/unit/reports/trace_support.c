#include "trace_support.h"

#include "tessera/options.h"

#include <string.h>

static struct shown shown_of(const json_t *event)
{
    double start_us = json_number_value(json_object_get(event, "ts"));
    return (struct shown){
        .process = json_integer_value(json_object_get(event, "pid")),
        .thread = json_integer_value(json_object_get(event, "tid")),
        .start_us = start_us,
        .end_us = start_us + json_number_value(json_object_get(event, "dur")),
        .name = json_string_value(json_object_get(event, "name")),
        .category = json_string_value(json_object_get(event, "cat")),
        .arguments = json_object_get(event, "args"),
    };
}

static int compare(const void *a, const void *b)
{
    const struct shown *left = a, *right = b;
    if (left->process != right->process) {
        return left->process < right->process ? -1 : 1;
    }
    if (left->thread != right->thread) {
        return left->thread < right->thread ? -1 : 1;
    }
    return left->start_us < right->start_us ? -1 : left->start_us > right->start_us;
}

struct shown_trace shown_trace_read(FILE *file)
{
    json_error_t error;
    rewind(file);
    json_t *document = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (!document) {
        ts_bug("no JSON: line %d: %s", error.line, error.text);
    }
    const json_t *events = json_object_get(document, "traceEvents");
    struct shown_trace trace = {.document = document};
    trace.slices = calloc(json_array_size(events) + 1, sizeof *trace.slices);
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        if (strcmp(json_string_value(json_object_get(event, "ph")), "X") == 0) {
            trace.slices[trace.count++] = shown_of(event);
        }
    }
    qsort(trace.slices, trace.count, sizeof *trace.slices, compare);
    return trace;
}

void shown_trace_release(struct shown_trace *trace)
{
    json_decref(trace->document);
    free(trace->slices);
}

const char *shown_track_name(const struct shown_trace *trace, int64_t process, int64_t thread)
{
    const json_t *events = json_object_get(trace->document, "traceEvents");
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        if (strcmp(json_string_value(json_object_get(event, "name")), "thread_name") == 0 &&
            json_integer_value(json_object_get(event, "pid")) == process &&
            json_integer_value(json_object_get(event, "tid")) == thread) {
            return json_string_value(json_object_get(json_object_get(event, "args"), "name"));
        }
    }
    return NULL;
}

double shown_figure(const struct shown_trace *trace, const char *key)
{
    return json_number_value(json_object_get(json_object_get(trace->document, "otherData"), key));
}

struct traced_run traced_run(const char *arch, const char *workload, const char *const *options,
                             int64_t limit)
{
    struct traced_run run = {.arena = TS_ARENA_INIT, .file = limit > 0 ? tmpfile() : NULL};
    ts_diagnostics_init(&run.diagnostics);
    struct ts_job job = ts_job_default(&run.arena);
    struct ts_option_table table = {ts_job_options, ts_job_option_count, &job};
    struct ts_loaded_job loaded;
    struct ts_arguments words;
    int count = 0;
    while (options && options[count]) {
        count++;
    }
    bool ok = ts_options_parse(&table, 1, options, count, &run.arena, &run.diagnostics, &words);
    job.arch = arch;
    job.workload = workload;
    ok = ok && ts_job_load(&job, &run.arena, &run.diagnostics, &loaded);
    if (ok && run.file) {
        loaded.options.trace = ts_trace_event_sink(run.file, limit, &run.arena);
    }
    if (!ok || !ts_job_simulate(&loaded, &run.arena, &run.diagnostics, &run.result)) {
        ts_diagnostics_print(&run.diagnostics, stderr);
        ts_bug("%s on %s does not run", workload, arch);
    }
    return run;
}

void traced_run_release(struct traced_run *run)
{
    if (run->file) {
        fclose(run->file);
    }
    ts_diagnostics_release(&run->diagnostics);
    ts_arena_release(&run->arena);
}
