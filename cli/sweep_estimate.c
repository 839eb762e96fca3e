/* `tessera sweep --dry-run`: how many points there are, how many are left, and how long they take.
 */
#include "cli/sweep.h"

#include <inttypes.h>
#include <stdlib.h>

/* Runs some of the points to be run, spread over them, one after the other; how long one took goes
 * to *point_s. */
static bool probe(struct cli_session *session, struct sweep_run *run, const int64_t *todo,
                  int64_t todo_count, int64_t count, double *point_s)
{
    struct timespec start, end;
    int64_t *order = TS_NEW_ARRAY(&session->arena, count + 1, int64_t);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = todo_count * (2 * i + 1) / (2 * count);
        order[i] = todo ? todo[at] : at;
    }
    run->points = calloc((size_t)run->sweep->point_count, sizeof *run->points);
    if (!run->points) {
        ts_bug("out of memory");
    }
    struct ts_pool pool = {.count = count,
                           .order = order,
                           .workers = 1,
                           .context = run,
                           .work = sweep_work,
                           .done = sweep_done};
    clock_gettime(CLOCK_MONOTONIC, &start);
    bool ok = ts_pool_run(&pool, &session->diagnostics);
    clock_gettime(CLOCK_MONOTONIC, &end);
    for (int64_t i = 0; i < count; i++) {
        free(run->points[order[i]].answer);
    }
    free(run->points);
    free(run->example);
    run->example = NULL;
    *point_s = count > 0 ? cli_seconds_between(&start, &end) / (double)count : 0;
    return ok;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Of points as short as these a few tell more of the process's start. */
static bool time_points(struct cli_session *session, struct sweep_run *run, const int64_t *todo,
                        int64_t count, double *point_s)
{
    enum { FEW = 4, MANY = 64 };
    const double soon_s = 0.025;
    return probe(session, run, todo, count, smaller(count, FEW), point_s) &&
           (count <= MANY || *point_s >= soon_s || probe(session, run, todo, count, MANY, point_s));
}

int sweep_estimate(struct cli_session *session, struct sweep_run *run, int workers)
{
    const struct ts_sweep *sweep = run->sweep;
    struct sweep_store store = {.sweep = sweep, .diagnostics = &session->diagnostics};
    const char *path = run->arguments->store;
    int64_t left = sweep->point_count;
    double point_s = 0;
    bool ok = true;
    if (path) {
        ok = sweep_store_survey(&store, path, run->arguments->retry, &session->arena);
        left = store.todo_count;
    }
    ok = ok && time_points(session, run, store.todo, left, &point_s);
    if (ok) {
        printf("%s: %" PRId64 " points of a %s of %" PRId64, sweep->name, sweep->point_count,
               ts_sweep_kind(sweep), sweep->grid_count);
        if (path) {
            printf(", %" PRId64 " of them to be run with the store '%s'", left, path);
        }
        printf(", about %.3g s with %d workers\n", point_s * (double)left / workers, workers);
    }
    sweep_store_end(&store);
    return ok ? CLI_DONE : CLI_FAILED;
}
