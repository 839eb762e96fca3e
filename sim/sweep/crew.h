/* Worker processes that take points one at a time: what the pool and the ranks of a cluster share.
 *
 * A place of the crew is a process or none; one that died is replaced when its place gets the next
 * point. Internal to sim/sweep.
 */
#ifndef SIM_SWEEP_CREW_H
#define SIM_SWEEP_CREW_H

#include "tessera/sweep.h"

#include <poll.h>
#include <sys/types.h>

/* What goes ahead of an answer. */
struct crew_header {
    int64_t index;
    uint64_t length;
};

struct crew_place {
    pid_t process; /* 0: none */
    int socket;
    int64_t index; /* point in hand, -1 when idle */
};

struct crew {
    const struct ts_pool *pool; /* its work(), context */
    struct crew_place *places;
    struct pollfd *polled; /* one more than places: the last is the owner's */
    int count;
    int busy;
    /* Once a point that was given. */
    void (*answered)(void *owner, const struct ts_pool_answer *answer);
    void *owner;
    int private_socket; /* of the owner, closed in workers; -1: none */
};

/* False when there is no memory. */
bool crew_init(struct crew *crew, const struct ts_pool *pool, int count);

/* Gives point `index` to an idle place. False when all are busy, or when the idle ones have no
 * process and none can be started. */
bool crew_give(struct crew *crew, int64_t index);

/* Waits until an answer is there, or `also` (-1: nothing) can be read, or the time is over
 * (milliseconds, -1: never), and passes answers on. True when `also` can be read. */
bool crew_wait(struct crew *crew, int also, int timeout_ms);

/* Ends the processes when they are done. */
void crew_release(struct crew *crew);

/* Whole messages over a socket; false when the other side is gone. */
bool crew_send(int socket, const void *data, size_t length);
bool crew_receive(int socket, void *data, size_t length);

#endif
