/* What the files of `tessera sweep` share. */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "cli/progress.h"
#include "cli/sweep_store.h"

#include "tessera/cluster.h"

struct sweep_arguments {
    bool dry_run, retry;
    const char *store;
    int64_t time_limit_s;
    int64_t memory_limit_mib; /* 0: none */
    struct ts_sweep_chart chart;
    const char *metrics[4]; /* of the chart */
};

/* One point's row, as far as its worker tells it. */
struct sweep_point {
    char *answer; /* NULL until it is there */
    bool failed;
};

struct sweep_run {
    const struct ts_sweep *sweep;
    const struct sweep_arguments *arguments;
    const struct cli_output_options *options;
    int workers;                /* processes, here or on every rank */
    struct ts_cluster *cluster; /* NULL: the points are run here */
    struct sweep_store *store;  /* NULL: rows are kept in `points` */
    struct sweep_point *points;
    int64_t done, failed; /* of the points to be run */
    struct cli_progress progress;
    char *example; /* why one of those that were run now failed; NULL: none did */
};

/* In a worker: runs a point of the sweep (context: struct sweep_run) and writes its answer. */
void sweep_work(void *context, int64_t index, FILE *answer);

/* Runs what is to be run and writes the table of all; returns the exit status. */
int sweep_run(struct cli_session *session, struct sweep_run *run);

/* Takes a worker's answer (context: struct sweep_run). */
void sweep_done(void *context, const struct ts_pool_answer *answer);

/* Says how many points there are, how many a store leaves to be run, and how long they would take
 * with `workers` processes, from some of them. */
int sweep_estimate(struct cli_session *session, struct sweep_run *run, int workers);

/* Between both, a signal that ends the process is told on standard error. */
void sweep_watch(const struct sweep_run *run);
void sweep_unwatch(void);

/* The table of all points. False with a diagnostic. */
bool sweep_write_table(struct sweep_run *run, struct ts_diagnostics *diagnostics);

#endif
