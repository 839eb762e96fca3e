/* --trace and --trace-limit of `run`. */
#ifndef CLI_TRACED_H
#define CLI_TRACED_H

#include "cli/cli.h"

#include "tessera/trace.h"

struct cli_trace {
    const char *path; /* NULL: none */
    int64_t limit;    /* 0: not given */
    char *temporary;  /* what the trace is written to; `path` itself for a device */
    FILE *stream;
};

enum { CLI_TRACE_OPTIONS = 2 };
extern const struct ts_option_row cli_trace_options[CLI_TRACE_OPTIONS]; /* into struct cli_trace */

/* Opens what was asked for, before anything is simulated, and has `options` trace to it. Errors:
 * USAGE (a limit of nothing), FILE. */
bool cli_trace_begin(struct cli_trace *trace, struct cli_session *session,
                     struct ts_sim_options *options);

/* The simulation `succeeded`: the trace takes its name. Otherwise it goes. */
bool cli_trace_end(struct cli_trace *trace, bool succeeded, struct ts_diagnostics *diagnostics);

#endif
