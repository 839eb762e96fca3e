#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

double cli_seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

void cli_progress_begin(struct cli_progress *progress, const char *what, int64_t total, bool log)
{
    *progress = (struct cli_progress){
        .what = what, .total = total, .terminal = isatty(STDERR_FILENO), .log = log};
    clock_gettime(CLOCK_MONOTONIC, &progress->start);
    progress->shown = progress->start;
}

static void print(const struct cli_progress *progress, int64_t done, const struct timespec *now)
{
    double passed_s = cli_seconds_between(&progress->start, now);
    double rate = passed_s > 0 ? (double)done / passed_s : 0;
    double left_s = rate > 0 ? (double)(progress->total - done) / rate : 0;
    fprintf(stderr, "%s%" PRId64 " of %" PRId64 " %s, %.1f/s, %.0f s left%s",
            progress->terminal ? "\r\033[K" : "", done, progress->total, progress->what, rate,
            left_s, progress->terminal ? "" : "\n");
    fflush(stderr);
}

void cli_progress_show(struct cli_progress *progress, int64_t done)
{
    const double pause_s = progress->terminal ? 0.2 : 20;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((progress->terminal || progress->log) &&
        cli_seconds_between(&progress->shown, &now) >= pause_s) {
        print(progress, done, &now);
        progress->shown = now;
    }
}

void cli_progress_end(struct cli_progress *progress, int64_t done, bool keep)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (progress->terminal && keep) {
        print(progress, done, &now);
        fputc('\n', stderr);
    } else if (progress->terminal) {
        fputs("\r\033[K", stderr);
    }
}
