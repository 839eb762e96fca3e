/* --trace, --vcd and --trace-limit of `run`. */
#ifndef CLI_TRACED_H
#define CLI_TRACED_H

#include "cli/cli.h"

#include "tessera/trace.h"

/* A file that takes its name when all has gone well. */
struct cli_traced_file {
    const char *path; /* NULL: not asked for */
    char *temporary;  /* beside it; NULL: nothing written, or a device that is written to */
};

struct cli_trace {
    struct cli_traced_file events, vcd;
    FILE *stream;  /* of the events */
    int64_t limit; /* 0: not given */
};

enum { CLI_TRACE_OPTIONS = 3 };
extern const struct ts_option_row cli_trace_options[CLI_TRACE_OPTIONS]; /* into struct cli_trace */

/* Opens what was asked for, before anything is simulated, and has `options` trace to it. Errors:
 * USAGE (a limit of nothing), FILE. */
bool cli_trace_begin(struct cli_trace *trace, struct cli_session *session,
                     struct ts_sim_options *options);

/* The simulation `succeeded`: the files take their names. Otherwise they go. */
bool cli_trace_end(struct cli_trace *trace, bool succeeded, struct ts_diagnostics *diagnostics);

#endif
