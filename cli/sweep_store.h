/* A sweep's points in a store: which are there, and how new ones get in. */
#ifndef CLI_SWEEP_STORE_H
#define CLI_SWEEP_STORE_H

#include "cli/stored.h"

struct sweep_store {
    struct ts_store *store;
    const struct ts_sweep *sweep;
    const struct ts_store_subject *subjects; /* arch × workload */
    struct ts_diagnostics *diagnostics;
    int64_t first_id; /* of the sweep's first point */
    int64_t *todo;    /* indices of points that are not there; malloc'd */
    int64_t todo_count;
    bool broken; /* the store could not be written: the sweep ends */
};

/* Opens the store and lists what is to be done; failed points once more when `retry`. */
bool sweep_store_begin(struct sweep_store *points, const char *path, bool retry,
                       struct ts_arena *arena);
/* The same list without a trace: the store is read, and all is to be done when it is not there. */
bool sweep_store_survey(struct sweep_store *points, const char *path, bool retry,
                        struct ts_arena *arena);
void sweep_store_end(struct sweep_store *points);

/* Behind a worker's table row: what of the result goes into the store. */
void sweep_store_write_answer(const struct ts_result *result, double run_s, FILE *answer);

/* Takes the answer on point `index`; `error` where it failed. */
void sweep_store_take(struct sweep_store *points, int64_t index,
                      const struct ts_pool_answer *answer, const char *error);

/* The CSV fields of a stored point from `precision` on. */
bool sweep_store_write_row(struct sweep_store *points, int64_t index, FILE *stream, bool *failed);

#endif
