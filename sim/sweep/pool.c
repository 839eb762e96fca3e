#include "sim/sweep/crew.h"

#include <errno.h>
#include <string.h>

enum { TICK_MS = 200 };

struct run {
    const struct ts_pool *pool;
    int64_t done;
};

int64_t ts_pool_index(const struct ts_pool *pool, int64_t number)
{
    return pool->order ? pool->order[number] : number;
}

static void answered(void *owner, const struct ts_pool_answer *answer)
{
    struct run *run = owner;
    run->done++;
    run->pool->done(run->pool->context, answer);
}

/* Hands points out until all are done, or those in hand when it is to stop. */
static bool run_all(struct run *run, struct crew *crew)
{
    const struct ts_pool *pool = run->pool;
    int64_t next = 0;
    while (run->done < pool->count) {
        bool stopped = pool->stop && *pool->stop;
        while (!stopped && next < pool->count && crew->busy < crew->count &&
               crew_give(crew, ts_pool_index(pool, next))) {
            next++;
        }
        if (crew->busy == 0) {
            return stopped; /* or nobody works, and nobody could be started */
        }
        crew_wait(crew, -1, TICK_MS);
        if (pool->tick) {
            pool->tick(pool->context);
        }
    }
    return true;
}

bool ts_pool_run(const struct ts_pool *pool, struct ts_diagnostics *diagnostics)
{
    struct crew crew;
    struct run run = {.pool = pool};
    int count = pool->workers;
    if (count > pool->count) {
        count = pool->count > 0 ? (int)pool->count : 1;
    }
    bool ok = crew_init(&crew, pool, count);
    if (ok) {
        crew.answered = answered;
        crew.owner = &run;
        ok = run_all(&run, &crew);
        int error = errno;
        crew_release(&crew);
        errno = error;
    }
    if (!ok) {
        struct ts_place nowhere = {.file = NULL};
        ts_diag_error(diagnostics, TS_ERROR_SIMULATION, nowhere,
                      "no worker process could be started: %s", strerror(errno));
    }
    return ok;
}
