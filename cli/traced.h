/* --trace, --vcd and --trace-limit of `run`, and the trace of `compare`. */
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
    FILE **parts;  /* of a comparison, by machine; NULL: none */
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

/* A comparison: one trace with the processes of each machine, of which each simulation writes its
 * part. Rows for --trace and --trace-limit, into struct cli_trace. */
enum { CLI_TRACE_SHARED_OPTIONS = 2 };
extern const struct ts_option_row cli_trace_shared_options[CLI_TRACE_SHARED_OPTIONS];

/* Opens the file and has each job trace to a part of its own; nothing when none was asked for. */
bool cli_trace_begin_each(struct cli_trace *trace, struct cli_session *session,
                          struct ts_loaded_job *jobs, int count);
/* Joins the parts when the simulations `succeeded`; `results` are theirs. */
bool cli_trace_end_each(struct cli_trace *trace, bool succeeded,
                        const struct ts_result *const *results, int count,
                        struct ts_diagnostics *diagnostics);

#endif
