/* How far something long has come, on standard error: one line that is written over on a terminal;
 * where there is none nothing, or a line now and then where a job's log is all there is to see of
 * it. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct cli_progress {
    const char *what; /* "points" */
    int64_t total;
    bool terminal, log;
    struct timespec start, shown;
};

void cli_progress_begin(struct cli_progress *progress, const char *what, int64_t total, bool log);

/* Often enough is several times a second: most calls print nothing. */
void cli_progress_show(struct cli_progress *progress, int64_t done);

/* `keep`: the line stays, with its last state; otherwise it goes. */
void cli_progress_end(struct cli_progress *progress, int64_t done, bool keep);

double cli_seconds_between(const struct timespec *from, const struct timespec *to);

#endif
