#define _GNU_SOURCE /* ppoll */
/* A rank other than 0: a helper process that forks for each point and knows no MPI, and the rank
 * itself, which passes messages between the two. */
#include "sim/sweep/crew.h"
#include "sim/sweep/mpi/mpi_module.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes ahead of an answer's text from the helper. */
struct relayed {
    struct mpi_answer answer;
    uint64_t length;
};

/* ------------------------------------------------------------------ the helper */

static void pass_on(void *owner, const struct ts_pool_answer *answer)
{
    int socket = *(const int *)owner;
    struct relayed head = {{answer->index, answer->died}, answer->length};
    if (!crew_send(socket, &head, sizeof head) ||
        !crew_send(socket, answer->text, answer->length)) {
        _exit(0); /* the rank is gone */
    }
}

/* Points from the socket, answers to it, until it closes. */
static void help(const struct ts_pool *pool, int socket)
{
    struct crew crew;
    if (!crew_init(&crew, pool, pool->workers)) {
        return;
    }
    crew.answered = pass_on;
    crew.owner = &socket;
    crew.private_socket = socket;
    int64_t index;
    for (;;) {
        if (!crew_wait(&crew, socket, -1)) {
            continue;
        }
        if (!crew_receive(socket, &index, sizeof index)) {
            break;
        }
        if (!crew_give(&crew, index)) {
            const char *why = "no worker process could be started";
            pass_on(&socket, &(struct ts_pool_answer){index, true, why, strlen(why)});
        }
    }
    crew_release(&crew);
}

struct helper {
    pid_t process;
    int socket;
};

static bool start_helper(const struct ts_pool *pool, struct helper *helper)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return false;
    }
    fflush(NULL);
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(sockets[0]);
        if (getppid() == parent) {
            help(pool, sockets[1]);
        }
        _exit(0);
    }
    close(sockets[1]);
    if (process < 0) {
        close(sockets[0]);
        return false;
    }
    *helper = (struct helper){process, sockets[0]};
    return true;
}

static void dismiss(const struct helper *helper)
{
    close(helper->socket);
    while (waitpid(helper->process, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* ------------------------------------------------------------------ the rank */

struct relay {
    const struct mpi_module *mpi;
    struct helper helper;
    int64_t slots, busy;
    struct mpi_nap nap;
};

static void say_hello(const struct mpi_module *mpi, int64_t slots, uint64_t digest,
                      const char *trouble)
{
    struct mpi_hello hello = {.slots = slots, .digest = digest};
    char host[128] = "";
    gethostname(host, sizeof host - 1);
    snprintf(hello.text, sizeof hello.text, "%s%s%s", host, trouble ? ": " : "",
             trouble ? trouble : "");
    mpi->send(0, MPI_TAG_HELLO, &hello, sizeof hello);
}

/* Passes the points on that are there. False when there will be no more. */
static bool take_points(struct relay *relay)
{
    int from, tag;
    size_t length;
    while (relay->busy < relay->slots && relay->mpi->probe(&from, &tag, &length)) {
        int64_t index;
        if (tag != MPI_TAG_POINT || length != sizeof index) {
            ts_bug("a message of %zu bytes with tag %d from rank %d", length, tag, from);
        }
        relay->mpi->receive(from, tag, &index, sizeof index);
        if (index < 0) {
            return false;
        }
        crew_send(relay->helper.socket, &index, sizeof index); /* or it is found gone below */
        relay->busy++;
        relay->nap.ns = 0;
    }
    return true;
}

/* One answer from the helper to rank 0. False when the helper is gone. */
static bool return_answer(struct relay *relay)
{
    struct relayed head;
    if (!crew_receive(relay->helper.socket, &head, sizeof head)) {
        return false;
    }
    size_t length = sizeof head.answer + head.length;
    char *message = malloc(length);
    bool ok = message &&
              crew_receive(relay->helper.socket, message + sizeof head.answer, (size_t)head.length);
    if (ok) {
        memcpy(message, &head.answer, sizeof head.answer);
        relay->mpi->send(0, MPI_TAG_ANSWER, message, length);
        relay->busy--;
        relay->nap.ns = 0;
    }
    free(message);
    return ok;
}

static void pass_messages(struct relay *relay)
{
    while (take_points(relay)) {
        struct pollfd answers = {.fd = relay->helper.socket, .events = POLLIN};
        struct timespec pause = mpi_nap_next(&relay->nap);
        /* While all hands are full no point can come, and the socket alone matters. */
        int ready = ppoll(&answers, 1, relay->busy < relay->slots ? &pause : NULL, NULL);
        if (ready > 0 && !return_answer(relay)) {
            fprintf(stderr, "tessera: the process that runs this rank's points has died\n");
            relay->mpi->abort(1);
        }
    }
}

bool ts_cluster_serve(const struct ts_launch *launch, const struct ts_pool *pool, uint64_t digest,
                      const char *trouble, struct ts_diagnostics *diagnostics)
{
    struct relay relay = {.slots = trouble ? 0 : pool->workers, .helper = {0, -1}};
    if (!trouble && !start_helper(pool, &relay.helper)) {
        trouble = "no worker process could be started";
        relay.slots = 0;
    }
    relay.mpi = mpi_start(launch, diagnostics);
    if (relay.mpi) {
        say_hello(relay.mpi, relay.slots, digest, trouble);
        relay.slots += relay.slots == 0; /* room for the message that ends it */
        pass_messages(&relay);
    }
    if (relay.helper.process > 0) {
        dismiss(&relay.helper);
    }
    if (relay.mpi) {
        relay.mpi->end();
    }
    return relay.mpi != NULL;
}
