#include "queue_golden_support.h"

#include <stdbool.h>
#include <string.h>

enum { MOST_PES = 64, MOST_DEPTH = 64 };

struct pe {
    int fifo[MOST_DEPTH]; /* columns, oldest first */
    int waiting;
    int left; /* clocks of work left on the head; 0 = not begun */
};

static bool can_broadcast(const struct pe *pes, int count, int depth)
{
    for (int p = 0; p < count; p++) {
        if (pes[p].waiting == depth) {
            return false;
        }
    }
    return true;
}

/* One clock of one PE on what stood in its FIFO when the clock began. */
static void clock_pe(struct pe *pe, const uint16_t *entries, int pes, int index)
{
    if (pe->waiting == 0) {
        return;
    }
    if (pe->left == 0) {
        const int work = entries[pe->fifo[0] * pes + index];
        pe->left = work > 1 ? work : 1;
    }
    pe->left--;
    if (pe->left == 0) {
        pe->waiting--;
        memmove(pe->fifo, pe->fifo + 1, (size_t)pe->waiting * sizeof(pe->fifo[0]));
    }
}

long queue_golden_run(const uint16_t *entries, int columns, int pes, int depth)
{
    struct pe state[MOST_PES];
    memset(state, 0, sizeof(state));
    int next = 0;
    long clock = 0, done = 0;
    for (bool busy = true; busy; clock++) {
        const bool sent = next < columns && can_broadcast(state, pes, depth);
        busy = next < columns;
        for (int p = 0; p < pes; p++) {
            clock_pe(&state[p], entries, pes, p);
            if (sent) {
                state[p].fifo[state[p].waiting++] = next;
            }
            busy = busy || state[p].waiting > 0;
        }
        next += sent;
        if (busy) {
            done = clock + 2; /* work is left: the earliest end is after the next clock */
        }
    }
    return done;
}
