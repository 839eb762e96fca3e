/* Rank 0: points out, answers in. */
#include "sim/sweep/mpi/mpi_module.h"

#include <stdlib.h>
#include <string.h>

enum { TICK_NS = 200000000 };

struct rank {
    struct mpi_hello hello;
    int64_t busy; /* points in hand */
};

struct ts_cluster {
    const struct mpi_module *mpi;
    int size;
    int met; /* ranks that have said hello */
    struct rank *ranks;
};

struct hosting {
    struct ts_cluster *cluster;
    const struct ts_pool *pool;
    int64_t next, busy, done;
    int turn; /* the rank that is looked at first */
    struct mpi_nap nap;
    long since_tick_ns;
};

struct ts_cluster *ts_cluster_join(const struct ts_launch *launch,
                                   struct ts_diagnostics *diagnostics)
{
    const struct mpi_module *mpi = mpi_start(launch, diagnostics);
    struct ts_cluster *cluster = mpi ? calloc(1, sizeof *cluster) : NULL;
    struct rank *ranks = cluster ? calloc((size_t)launch->size, sizeof *ranks) : NULL;
    if (mpi && !ranks) {
        ts_bug("out of memory");
    }
    if (cluster) {
        *cluster = (struct ts_cluster){.mpi = mpi, .size = launch->size, .met = 1, .ranks = ranks};
    }
    return cluster;
}

/* Waits for every rank's hello. */
static void meet(struct ts_cluster *cluster)
{
    struct mpi_nap nap = {0};
    while (cluster->met < cluster->size) {
        int from, tag;
        size_t length;
        if (!cluster->mpi->probe(&from, &tag, &length)) {
            struct timespec pause = mpi_nap_next(&nap);
            nanosleep(&pause, NULL);
            continue;
        }
        if (tag != MPI_TAG_HELLO || length != sizeof cluster->ranks[from].hello) {
            ts_bug("rank %d does not say hello", from);
        }
        cluster->mpi->receive(from, tag, &cluster->ranks[from].hello, length);
        cluster->met++;
    }
}

/* Every rank must be able to work, and on the same sweep. */
static bool check_hellos(const struct ts_cluster *cluster, uint64_t digest,
                         struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int i = 1; i < cluster->size; i++) {
        const struct mpi_hello *hello = &cluster->ranks[i].hello;
        if (hello->slots < 1) {
            ok = ts_diag_error(diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                               "rank %d cannot take part: %s", i, hello->text);
        } else if (hello->digest != digest) {
            ok = ts_diag_error(diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                               "rank %d on %s has another sweep than rank 0", i, hello->text);
            ts_diag_help(diagnostics, "the sweep file, the machines, the networks and the program "
                                      "have to be the same on every host");
        }
    }
    return ok;
}

/* A point to each rank in turn that has room. */
static void hand_out(struct hosting *run)
{
    const struct ts_pool *pool = run->pool;
    struct ts_cluster *cluster = run->cluster;
    int full = 0;
    while (full < cluster->size && run->next < pool->count) {
        run->turn = run->turn + 1 < cluster->size ? run->turn + 1 : 1;
        struct rank *rank = &cluster->ranks[run->turn];
        if (rank->busy >= rank->hello.slots) {
            full++;
            continue;
        }
        int64_t index = ts_pool_index(pool, run->next++);
        cluster->mpi->send(run->turn, MPI_TAG_POINT, &index, sizeof index);
        rank->busy++;
        run->busy++;
        full = 0;
    }
}

static void take_answer(struct hosting *run, int from, int tag, size_t length)
{
    struct mpi_answer head;
    char *message = malloc(length + 1);
    if (!message || tag != MPI_TAG_ANSWER || length < sizeof head) {
        ts_bug("a message of %zu bytes with tag %d from rank %d", length, tag, from);
    }
    run->cluster->mpi->receive(from, tag, message, length);
    message[length] = '\0';
    memcpy(&head, message, sizeof head);
    struct ts_pool_answer answer = {.index = head.index,
                                    .died = head.died != 0,
                                    .text = message + sizeof head,
                                    .length = length - sizeof head};
    run->cluster->ranks[from].busy--;
    run->busy--;
    run->done++;
    run->pool->done(run->pool->context, &answer);
    free(message);
}

static void rest(struct hosting *run)
{
    struct timespec pause = mpi_nap_next(&run->nap);
    nanosleep(&pause, NULL);
    run->since_tick_ns += pause.tv_nsec;
    if (run->since_tick_ns >= TICK_NS && run->pool->tick) {
        run->since_tick_ns = 0;
        run->pool->tick(run->pool->context);
    }
}

bool ts_cluster_run(struct ts_cluster *cluster, const struct ts_pool *pool, uint64_t digest,
                    struct ts_diagnostics *diagnostics)
{
    struct hosting run = {.cluster = cluster, .pool = pool};
    meet(cluster);
    if (!check_hellos(cluster, digest, diagnostics)) {
        return false;
    }
    while (run.done < pool->count) {
        int from, tag;
        size_t length;
        bool stopped = pool->stop && *pool->stop;
        if (!stopped) {
            hand_out(&run);
        } else if (run.busy == 0) {
            break;
        }
        if (cluster->mpi->probe(&from, &tag, &length)) {
            take_answer(&run, from, tag, length);
            run.nap.ns = 0;
        } else {
            rest(&run);
        }
    }
    return true;
}

void ts_cluster_leave(struct ts_cluster *cluster)
{
    if (!cluster) {
        return;
    }
    meet(cluster);
    int64_t end = -1;
    for (int i = 1; i < cluster->size; i++) {
        cluster->mpi->send(i, MPI_TAG_POINT, &end, sizeof end);
    }
    cluster->mpi->end();
    free(cluster->ranks);
    free(cluster);
}
