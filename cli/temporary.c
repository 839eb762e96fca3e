#include "cli/temporary.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

enum { MOST = 8 };

static const char *volatile noted[MOST];
static pid_t owner; /* children inherit the handler, and leave the files alone */

static void remove_all(int signal_number)
{
    for (int i = 0; i < MOST && getpid() == owner; i++) {
        const char *path = noted[i];
        if (path) {
            unlink(path);
        }
    }
    raise(signal_number); /* once more, now as if there were no handler */
}

static void watch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = remove_all, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    owner = getpid();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction before;
        sigaction(signals[i], NULL, &before);
        if (before.sa_handler == SIG_DFL) { /* not where it is ignored, as under nohup */
            sigaction(signals[i], &action, NULL);
        }
    }
}

void cli_temporary_note(const char *path)
{
    static bool watching;
    if (!watching) {
        watching = true;
        watch_signals();
    }
    for (int i = 0; i < MOST; i++) {
        if (!noted[i]) {
            noted[i] = path;
            return;
        }
    }
}

void cli_temporary_forget(const char *path)
{
    for (int i = 0; i < MOST; i++) {
        if (noted[i] == path) {
            noted[i] = NULL;
        }
    }
}
