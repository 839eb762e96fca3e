/* A sweep that is interrupted says how far it came and how it goes on. */
#include "cli/sweep.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof signals / sizeof *signals };

static const struct sweep_run *watched;
static pid_t watcher;
static struct sigaction before[SIGNALS];

/* What a handler may call ends here: no printf(). */
struct line {
    char text[512];
    size_t length;
};

static void add_text(struct line *line, const char *text)
{
    size_t length = strlen(text), room = sizeof line->text - line->length;
    length = length < room ? length : room;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void add_number(struct line *line, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    add_text(line, digits + at);
}

static void say(const struct sweep_run *run)
{
    struct line line = {.length = 0};
    add_text(&line, run->progress.terminal ? "\r\033[Kinterrupted: " : "interrupted: ");
    add_number(&line, run->done);
    add_text(&line, " of ");
    add_number(&line, run->progress.total);
    add_text(&line, run->store ? " points are done and in the store: the same command goes on\n"
                               : " points were done, and are lost: with --store FILE.db the same "
                                 "command would go on\n");
    ssize_t written = write(STDERR_FILENO, line.text, line.length);
    (void)written; /* there is nobody left to tell */
}

/* Points are run by children, which only end. */
static void interrupted(int signal_number)
{
    if (watched && getpid() == watcher) {
        say(watched);
    }
    raise(signal_number); /* once more, now as if there were no handler */
}

void sweep_watch(const struct sweep_run *run)
{
    struct sigaction action = {.sa_handler = interrupted, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    watched = run;
    watcher = getpid();
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) { /* as under nohup */
            sigaction(signals[i], &action, NULL);
        }
    }
}

void sweep_unwatch(void)
{
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], &before[i], NULL);
    }
    watched = NULL;
}
