/* What `tessera report` gathers: every point of its files, and which of them are shown in full. */
#ifndef CLI_REPORT_POINTS_H
#define CLI_REPORT_POINTS_H

#include "cli/cli.h"

/* Where a point's whole result is. */
struct report_source {
    const struct ts_result *whole; /* from a JSON file; NULL: in a store */
    const char *store;
    int64_t id;
    const char *arch, *workload; /* as they were asked for */
};

struct report_points {
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    struct ts_point *points;
    struct report_source *sources;
    int count, capacity;
};

/* Adds the points of a store (failed ones too), or the results of a JSON file. */
bool report_points_read(struct report_points *gathered, const char *path);

/* Reads the points that are shown in full into `results` and sets their `detail`: all of JSON
 * files, and at most `limit` of stores: of each machine and network the fastest, the most frugal
 * and the one with the highest throughput, then evenly from the rest. */
bool report_points_detail(struct report_points *gathered, int limit,
                          struct ts_result_list *results);

#endif
