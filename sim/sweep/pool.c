#include "tessera/sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 200 };

struct worker {
    pid_t process; /* 0: none */
    int socket;
    int64_t index; /* point in hand, -1 when idle */
};

struct run {
    const struct ts_pool *pool;
    struct worker *workers;
    int worker_count;
    int64_t next; /* first point nobody has */
    int64_t done;
};

/* What goes ahead of an answer. */
struct header {
    int64_t index;
    uint64_t length;
};

static bool send_all(int socket, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t sent = send(socket, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int socket, void *data, size_t length)
{
    char *at = data;
    while (length > 0) {
        ssize_t got = recv(socket, at, length, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        at += got;
        length -= (size_t)got;
    }
    return true;
}

/* The life of a worker process: points in, answers out, until the socket closes. */
static void serve(const struct ts_pool *pool, int socket)
{
    int64_t index;
    while (receive_all(socket, &index, sizeof index)) {
        char *text = NULL;
        size_t length = 0;
        FILE *answer = open_memstream(&text, &length);
        if (!answer) {
            break;
        }
        pool->work(pool->context, index, answer);
        fclose(answer);
        struct header header = {index, length};
        bool sent = send_all(socket, &header, sizeof header) && send_all(socket, text, length);
        free(text);
        if (!sent) {
            break;
        }
    }
}

static bool start_worker(struct run *run, struct worker *worker)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return false;
    }
    fflush(NULL); /* or the child would write what is buffered once more */
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(sockets[0]);
        for (int i = 0; i < run->worker_count; i++) {
            if (run->workers[i].process > 0) {
                close(run->workers[i].socket);
            }
        }
        if (getppid() == parent) {
            serve(run->pool, sockets[1]);
        }
        _exit(0);
    }
    close(sockets[1]);
    if (process < 0) {
        close(sockets[0]);
        return false;
    }
    *worker = (struct worker){.process = process, .socket = sockets[0], .index = -1};
    return true;
}

static void answer(struct run *run, int64_t index, bool died, const char *text, size_t length)
{
    struct ts_pool_answer reply = {.index = index, .died = died, .text = text, .length = length};
    run->done++;
    run->pool->done(run->pool->context, &reply);
}

/* Collects a worker that is gone, and tells why its point failed. */
static void bury(struct run *run, struct worker *worker)
{
    char why[96];
    int status = 0;
    kill(worker->process, SIGKILL); /* it closed its socket, whatever else it does */
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR) {
    }
    close(worker->socket);
    if (WIFSIGNALED(status)) {
        snprintf(why, sizeof why, "the process died: %s", strsignal(WTERMSIG(status)));
    } else {
        snprintf(why, sizeof why, "the process ended with status %d", WEXITSTATUS(status));
    }
    int64_t index = worker->index;
    *worker = (struct worker){.process = 0, .socket = -1, .index = -1};
    if (index >= 0) {
        answer(run, index, true, why, strlen(why));
    }
}

static void read_answer(struct run *run, struct worker *worker)
{
    struct header header;
    if (!receive_all(worker->socket, &header, sizeof header)) {
        bury(run, worker);
        return;
    }
    char *text = malloc(header.length + 1);
    if (!text || !receive_all(worker->socket, text, header.length)) {
        free(text);
        bury(run, worker);
        return;
    }
    text[header.length] = '\0';
    worker->index = -1;
    answer(run, header.index, false, text, header.length);
    free(text);
}

/* Gives every idle place a point, starting its process when there is none. True when any has work.
 */
static bool hand_out(struct run *run)
{
    bool busy = false;
    bool stopped = run->pool->stop && *run->pool->stop;
    for (int i = 0; i < run->worker_count; i++) {
        struct worker *worker = &run->workers[i];
        if (!stopped && worker->index < 0 && run->next < run->pool->count &&
            (worker->process > 0 || start_worker(run, worker))) {
            worker->index = run->next++;
            /* When it cannot be sent the worker is gone, and its socket says so to poll(). */
            send_all(worker->socket, &worker->index, sizeof worker->index);
        }
        busy |= worker->index >= 0;
    }
    return busy;
}

static void wait_for_answers(struct run *run, struct pollfd *polled)
{
    for (int i = 0; i < run->worker_count; i++) {
        bool busy = run->workers[i].index >= 0;
        polled[i] = (struct pollfd){.fd = busy ? run->workers[i].socket : -1, .events = POLLIN};
    }
    int ready = poll(polled, (nfds_t)run->worker_count, TICK_MS);
    for (int i = 0; i < run->worker_count && ready > 0; i++) {
        if (polled[i].fd >= 0 && polled[i].revents) {
            read_answer(run, &run->workers[i]);
        }
    }
    if (run->pool->tick) {
        run->pool->tick(run->pool->context);
    }
}

static void dismiss(struct run *run)
{
    for (int i = 0; i < run->worker_count; i++) {
        if (run->workers[i].process > 0) {
            close(run->workers[i].socket);
            while (waitpid(run->workers[i].process, NULL, 0) < 0 && errno == EINTR) {
            }
        }
    }
}

bool ts_pool_run(const struct ts_pool *pool, struct ts_diagnostics *diagnostics)
{
    int count = pool->workers;
    if (count > pool->count) {
        count = pool->count > 0 ? (int)pool->count : 1;
    }
    struct run run = {.pool = pool, .worker_count = count};
    run.workers = calloc((size_t)count, sizeof *run.workers);
    struct pollfd *polled = calloc((size_t)count, sizeof *polled);
    bool ok = run.workers && polled;
    for (int i = 0; ok && i < count; i++) {
        run.workers[i] = (struct worker){.process = 0, .socket = -1, .index = -1};
    }
    while (ok && run.done < pool->count) {
        if (hand_out(&run)) {
            wait_for_answers(&run, polled);
        } else if (pool->stop && *pool->stop) {
            break;
        } else {
            ok = false; /* nobody works, and nobody could be started */
        }
    }
    if (run.workers) {
        dismiss(&run);
    }
    free(run.workers);
    free(polled);
    if (!ok) {
        struct ts_place nowhere = {.file = NULL};
        ts_diag_error(diagnostics, TS_ERROR_SIMULATION, nowhere,
                      "no worker process could be started: %s", strerror(errno));
    }
    return ok;
}
