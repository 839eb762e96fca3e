#include "cli/traced.h"
#include "cli/temporary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STREAM_BYTES = 1 << 20 };

static bool apply_trace(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return cli_file_option("trace", value, diagnostics, &((struct cli_trace *)target)->events.path);
}

static bool apply_vcd(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return cli_file_option("vcd", value, diagnostics, &((struct cli_trace *)target)->vcd.path);
}

static bool apply_limit(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return ts_option_integer("--trace-limit", value, 1, INT64_C(1) << 40, diagnostics,
                             &((struct cli_trace *)target)->limit);
}

#define TRACE_ROW                                                                                  \
    {                                                                                              \
        0, "trace", "FILE", "what each unit and memory did when, for Perfetto (trace-event JSON)", \
            apply_trace                                                                            \
    }
#define LIMIT_ROW(what)                                                                            \
    {                                                                                              \
        0, "trace-limit", "N", what " at most (1000000)", apply_limit                              \
    }

const struct ts_option_row cli_trace_options[CLI_TRACE_OPTIONS] = {
    TRACE_ROW,
    {0, "vcd", "FILE", "who was busy when as signals, for GTKWave", apply_vcd},
    LIMIT_ROW("slices of a trace, changes of a VCD"),
};

const struct ts_option_row cli_trace_shared_options[CLI_TRACE_SHARED_OPTIONS] = {
    TRACE_ROW,
    LIMIT_ROW("slices of each machine"),
};

static bool fail(struct ts_diagnostics *diagnostics, const char *path)
{
    struct ts_place place = {.file = path};
    return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot write: %s", strerror(errno));
}

/* A temporary file beside the one that is meant, whose name ends in `ending`; -1 with errno. */
static int open_beside(struct cli_traced_file *file, const char *ending)
{
    static const char unique[] = ".XXXXXX";
    size_t length = strlen(file->path), end = length + sizeof unique - 1;
    char *temporary = malloc(end + strlen(ending) + 1);
    if (!temporary) {
        return -1;
    }
    memcpy(temporary, file->path, length);
    memcpy(temporary + length, unique, sizeof unique - 1);
    strcpy(temporary + end, ending);
    int descriptor = mkstemps(temporary, (int)strlen(ending));
    if (descriptor < 0) {
        free(temporary);
        return -1;
    }
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(descriptor, 0666 & ~mask);
    file->temporary = temporary;
    cli_temporary_note(temporary);
    return descriptor;
}

static bool is_device(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool begin_events(struct cli_trace *trace, struct cli_session *session,
                         struct ts_sim_options *options, int64_t limit)
{
    const char *path = trace->events.path;
    int descriptor = -1;
    if (is_device(path)) {
        trace->stream = fopen(path, "w");
    } else {
        descriptor = open_beside(&trace->events, "");
        trace->stream = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    }
    if (!trace->stream) {
        return fail(&session->diagnostics, path);
    }
    setvbuf(trace->stream, NULL, _IOFBF, STREAM_BYTES);
    options->trace = ts_trace_event_sink(trace->stream, limit, &session->arena);
    return true;
}

/* SystemC opens the file itself, by a name that ends in .vcd. */
static bool begin_vcd(struct cli_trace *trace, struct cli_session *session,
                      struct ts_sim_options *options, int64_t limit)
{
    if (is_device(trace->vcd.path)) {
        struct ts_place place = {.file = trace->vcd.path};
        return ts_diag_error(&session->diagnostics, TS_ERROR_FILE, place,
                             "a VCD goes to a regular file");
    }
    int descriptor = open_beside(&trace->vcd, ".vcd");
    if (descriptor < 0) {
        return fail(&session->diagnostics, trace->vcd.path);
    }
    close(descriptor);
    options->vcd_path = trace->vcd.temporary;
    options->vcd_limit = limit;
    return true;
}

static int64_t limit_of(const struct cli_trace *trace)
{
    return trace->limit > 0 ? trace->limit : TS_TRACE_DEFAULT_LIMIT;
}

bool cli_trace_begin(struct cli_trace *trace, struct cli_session *session,
                     struct ts_sim_options *options)
{
    if (trace->limit > 0 && !trace->events.path && !trace->vcd.path) {
        return cli_usage_error(session, "--trace-limit without --trace or --vcd limits nothing");
    }
    int64_t limit = limit_of(trace);
    return (!trace->events.path || begin_events(trace, session, options, limit)) &&
           (!trace->vcd.path || begin_vcd(trace, session, options, limit));
}

static bool end_file(struct cli_traced_file *file, bool ok, struct ts_diagnostics *diagnostics)
{
    if (file->temporary && ok && rename(file->temporary, file->path) != 0) {
        ok = fail(diagnostics, file->path);
    }
    if (file->temporary && !ok) {
        unlink(file->temporary);
    }
    cli_temporary_forget(file->temporary);
    free(file->temporary);
    *file = (struct cli_traced_file){.path = NULL};
    return ok;
}

/* SystemC does not say when it could not write; a full disk says so once more when the file is told
 * to be whole. */
static bool seal_vcd(const struct cli_traced_file *file, struct ts_diagnostics *diagnostics)
{
    FILE *stream = fopen(file->temporary, "a");
    bool ok = stream && fputs("$comment whole $end\n", stream) >= 0;
    if (stream) {
        ok = fclose(stream) == 0 && ok;
    }
    return ok || fail(diagnostics, file->path);
}

bool cli_trace_end(struct cli_trace *trace, bool succeeded, struct ts_diagnostics *diagnostics)
{
    bool ok = succeeded;
    if (trace->stream && fclose(trace->stream) != 0 && ok) {
        ok = fail(diagnostics, trace->events.path);
    }
    trace->stream = NULL;
    ok = ok && (!trace->vcd.temporary || seal_vcd(&trace->vcd, diagnostics));
    ok = end_file(&trace->events, ok, diagnostics);
    return end_file(&trace->vcd, ok, diagnostics);
}

bool cli_trace_begin_each(struct cli_trace *trace, struct cli_session *session,
                          struct ts_loaded_job *jobs, int count)
{
    if (!trace->events.path) {
        return trace->limit == 0 ||
               cli_usage_error(session, "--trace-limit without --trace limits nothing");
    }
    struct ts_sim_options whole = {.trace = NULL}; /* the file alone: no simulation writes to it */
    if (!begin_events(trace, session, &whole, limit_of(trace))) {
        return false;
    }
    trace->parts = TS_NEW_ARRAY(&session->arena, count, FILE *);
    for (int i = 0; i < count; i++) {
        trace->parts[i] = tmpfile();
        if (!trace->parts[i]) {
            return fail(&session->diagnostics, "a temporary file");
        }
        jobs[i].options.trace =
            ts_trace_event_part(trace->parts[i], i, limit_of(trace), &session->arena);
    }
    return true;
}

bool cli_trace_end_each(struct cli_trace *trace, bool succeeded,
                        const struct ts_result *const *results, int count,
                        struct ts_diagnostics *diagnostics)
{
    if (trace->stream && succeeded) {
        ts_trace_event_join(trace->stream, trace->parts, results, count);
        if (fflush(trace->stream) != 0 || ferror(trace->stream)) {
            succeeded = fail(diagnostics, trace->events.path);
        }
    }
    for (int i = 0; trace->parts && i < count; i++) {
        if (trace->parts[i]) {
            fclose(trace->parts[i]);
        }
    }
    return cli_trace_end(trace, succeeded, diagnostics);
}
