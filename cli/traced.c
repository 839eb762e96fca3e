#include "cli/traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STREAM_BYTES = 1 << 20 };

static bool apply_trace(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct cli_trace *)target)->path = value;
    return true;
}

static bool apply_limit(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct cli_trace *trace = target;
    return ts_option_integer("--trace-limit", value, 1, INT64_C(1) << 40, diagnostics,
                             &trace->limit);
}

const struct ts_option_row cli_trace_options[CLI_TRACE_OPTIONS] = {
    {0, "trace", "FILE", "what each unit and memory did when, for Perfetto (trace-event JSON)",
     apply_trace},
    {0, "trace-limit", "N", "slices of units and memories at most (1000000)", apply_limit},
};

static bool fail(struct ts_diagnostics *diagnostics, const char *path)
{
    struct ts_place place = {.file = path};
    return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot write: %s", strerror(errno));
}

/* A reader sees the old file or the whole new one; devices and pipes are written to. */
static FILE *open_beside(struct cli_trace *trace)
{
    struct stat status;
    if (stat(trace->path, &status) == 0 && !S_ISREG(status.st_mode)) {
        return fopen(trace->path, "w");
    }
    size_t size = strlen(trace->path) + sizeof ".XXXXXX";
    trace->temporary = malloc(size);
    if (!trace->temporary) {
        return NULL;
    }
    snprintf(trace->temporary, size, "%s.XXXXXX", trace->path);
    int file = mkstemp(trace->temporary);
    if (file < 0) {
        free(trace->temporary);
        trace->temporary = NULL;
        return NULL;
    }
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(file, 0666 & ~mask);
    return fdopen(file, "w");
}

bool cli_trace_begin(struct cli_trace *trace, struct cli_session *session,
                     struct ts_sim_options *options)
{
    if (trace->limit > 0 && !trace->path) {
        return cli_usage_error(session, "--trace-limit without --trace limits nothing");
    }
    int64_t limit = trace->limit > 0 ? trace->limit : TS_TRACE_DEFAULT_LIMIT;
    if (trace->path) {
        trace->stream = open_beside(trace);
        if (!trace->stream) {
            return fail(&session->diagnostics, trace->path);
        }
        setvbuf(trace->stream, NULL, _IOFBF, STREAM_BYTES);
        options->trace = ts_trace_event_sink(trace->stream, limit, &session->arena);
    }
    return true;
}

bool cli_trace_end(struct cli_trace *trace, bool succeeded, struct ts_diagnostics *diagnostics)
{
    bool ok = succeeded;
    if (trace->stream && fclose(trace->stream) != 0 && ok) {
        ok = fail(diagnostics, trace->path);
    }
    if (trace->temporary && ok && rename(trace->temporary, trace->path) != 0) {
        ok = fail(diagnostics, trace->path);
    }
    if (trace->temporary && !ok) {
        unlink(trace->temporary);
    }
    free(trace->temporary);
    *trace = (struct cli_trace){.path = NULL};
    return ok;
}
