#include "sim/sweep/crew.h"

#include "base/out_of_memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

bool crew_send(int socket, const void *data, size_t length)
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

bool crew_receive(int socket, void *data, size_t length)
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
    while (crew_receive(socket, &index, sizeof index)) {
        char *text = NULL;
        size_t length = 0;
        FILE *answer = open_memstream(&text, &length);
        if (!answer) {
            break;
        }
        pool->work(pool->context, index, answer);
        fclose(answer);
        struct crew_header header = {index, length};
        bool sent = crew_send(socket, &header, sizeof header) && crew_send(socket, text, length);
        free(text);
        if (!sent) {
            break;
        }
    }
}

static bool start_process(struct crew *crew, struct crew_place *place)
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
        if (crew->private_socket >= 0) {
            close(crew->private_socket);
        }
        for (int i = 0; i < crew->count; i++) {
            if (crew->places[i].process > 0) {
                close(crew->places[i].socket);
            }
        }
        if (getppid() == parent) {
            serve(crew->pool, sockets[1]);
        }
        _exit(0);
    }
    close(sockets[1]);
    if (process < 0) {
        close(sockets[0]);
        return false;
    }
    *place = (struct crew_place){.process = process, .socket = sockets[0], .index = -1};
    return true;
}

static void answer(struct crew *crew, int64_t index, bool died, const char *text, size_t length)
{
    struct ts_pool_answer reply = {.index = index, .died = died, .text = text, .length = length};
    crew->busy--;
    crew->answered(crew->owner, &reply);
}

/* Collects a worker that is gone, and tells why its point failed. */
static void bury(struct crew *crew, struct crew_place *place)
{
    char why[96];
    int status = 0;
    kill(place->process, SIGKILL); /* it closed its socket, whatever else it does */
    while (waitpid(place->process, &status, 0) < 0 && errno == EINTR) {
    }
    close(place->socket);
    if (WIFSIGNALED(status)) {
        snprintf(why, sizeof why, "the process died: %s", strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == OUT_OF_MEMORY_STATUS) {
        snprintf(why, sizeof why, "the process ran out of memory");
    } else {
        snprintf(why, sizeof why, "the process ended with status %d", WEXITSTATUS(status));
    }
    int64_t index = place->index;
    *place = (struct crew_place){.process = 0, .socket = -1, .index = -1};
    if (index >= 0) {
        answer(crew, index, true, why, strlen(why));
    }
}

static void read_answer(struct crew *crew, struct crew_place *place)
{
    struct crew_header header;
    if (!crew_receive(place->socket, &header, sizeof header)) {
        bury(crew, place);
        return;
    }
    char *text = malloc(header.length + 1);
    if (!text || !crew_receive(place->socket, text, header.length)) {
        free(text);
        bury(crew, place);
        return;
    }
    text[header.length] = '\0';
    place->index = -1;
    answer(crew, header.index, false, text, header.length);
    free(text);
}

bool crew_init(struct crew *crew, const struct ts_pool *pool, int count)
{
    *crew = (struct crew){.pool = pool, .count = count, .private_socket = -1};
    crew->places = calloc((size_t)count, sizeof *crew->places);
    crew->polled = calloc((size_t)count + 1, sizeof *crew->polled);
    if (!crew->places || !crew->polled) {
        free(crew->places);
        free(crew->polled);
        return false;
    }
    for (int i = 0; i < count; i++) {
        crew->places[i] = (struct crew_place){.process = 0, .socket = -1, .index = -1};
    }
    return true;
}

bool crew_give(struct crew *crew, int64_t index)
{
    for (int i = 0; i < crew->count; i++) {
        struct crew_place *place = &crew->places[i];
        if (place->index < 0 && (place->process > 0 || start_process(crew, place))) {
            place->index = index;
            crew->busy++;
            /* When it cannot be sent the worker is gone, and its socket says so to poll(). */
            crew_send(place->socket, &index, sizeof index);
            return true;
        }
    }
    return false;
}

bool crew_wait(struct crew *crew, int also, int timeout_ms)
{
    for (int i = 0; i < crew->count; i++) {
        bool busy = crew->places[i].index >= 0;
        crew->polled[i] =
            (struct pollfd){.fd = busy ? crew->places[i].socket : -1, .events = POLLIN};
    }
    crew->polled[crew->count] = (struct pollfd){.fd = also, .events = POLLIN};
    int ready = poll(crew->polled, (nfds_t)crew->count + 1, timeout_ms);
    for (int i = 0; i < crew->count && ready > 0; i++) {
        if (crew->polled[i].fd >= 0 && crew->polled[i].revents) {
            read_answer(crew, &crew->places[i]);
        }
    }
    return ready > 0 && crew->polled[crew->count].revents;
}

void crew_release(struct crew *crew)
{
    for (int i = 0; i < crew->count; i++) {
        if (crew->places[i].process > 0) {
            close(crew->places[i].socket);
            while (waitpid(crew->places[i].process, NULL, 0) < 0 && errno == EINTR) {
            }
        }
    }
    free(crew->places);
    free(crew->polled);
}
