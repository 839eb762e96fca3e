/* One pool of requests: the oldest that may go, reads and writes in runs of one direction. */
#include "dram_commands.h"

static void lower_to(int64_t *next, int64_t time)
{
    if (*next > time) {
        *next = time;
    }
}

/* Oldest ready column command; marks banks that have a request for their open row. */
static int find_column(struct ts_dram_scheduler *s, const struct ts_dram_queue *queue,
                       bool is_write, int64_t now, int64_t *next)
{
    int found = -1;

    s->pass++;
    for (int i = 0; i < queue->count; i++) {
        const struct ts_dram_entry *entry = &queue->entry[i];
        struct ts_dram_command_bank *bank = &s->bank[entry->bank];
        int64_t ready;

        if (bank->row != entry->row || ts_dram_refresh_blocks(s, entry, now)) {
            continue;
        }
        if (bank->seen != s->pass) {
            bank->oldest_hit = i;
        }
        bank->seen = s->pass;
        if (found >= 0) {
            continue;
        }
        ready = ts_dram_not_before(entry, ts_dram_column_ready(s, entry, is_write));
        if (ready > now) {
            lower_to(next, ready);
        } else if (!s->spec->dual_command) {
            return i; /* the command bus is taken: no row command to look for */
        } else {
            found = i;
        }
    }
    return found;
}

/* Oldest ready request of a queue that has a row of its own open. */
static int find_promised(struct ts_dram_scheduler *s, const struct ts_dram_queue *queue,
                         bool is_write, int64_t now)
{
    for (int i = 0, left = queue->taken; left > 0; i++) {
        const struct ts_dram_entry *entry = &queue->entry[i];
        int64_t ready;

        if (!entry->taken) {
            continue;
        }
        left--;
        ready = ts_dram_not_before(entry, ts_dram_column_ready(s, entry, is_write));
        if (ready <= now) {
            return i;
        }
        lower_to(&s->wake, ready);
    }
    return -1;
}

/* Oldest ready row command. A bank is closed only when no older request of the queue hits its open
 * row, and none waits for a row that was opened for it. */
static int find_row(struct ts_dram_scheduler *s, const struct ts_dram_queue *queue, int count,
                    int64_t now, int64_t *next)
{
    for (int i = 0; i < count; i++) {
        const struct ts_dram_entry *entry = &queue->entry[i];
        struct ts_dram_command_bank *bank = &s->bank[entry->bank];
        int64_t ready;

        if (bank->row == entry->row || bank->taken > 0 || ts_dram_refresh_blocks(s, entry, now)) {
            continue;
        }
        if (bank->row >= 0 && bank->seen == s->pass && bank->oldest_hit < i) {
            continue;
        }
        if (bank->row < 0) {
            ready = ts_dram_activate_ready(s, entry);
        } else {
            ready = ts_dram_precharge_ready(s, entry->rank, entry->bank);
        }
        ready = ts_dram_not_before(entry, ready);
        if (ready <= now) {
            return i;
        }
        lower_to(next, ready);
    }
    return -1;
}

/* Issues the row command that queue->entry[index] waits for. One whose row is being opened leaves
 * its place in the queue and is served there before anything closes the bank. */
static void do_row(struct ts_dram_scheduler *s, struct ts_dram_queue *queue, int index, int64_t now)
{
    struct ts_dram_entry *entry = &queue->entry[index];

    if (!ts_dram_do_row(s, entry, now)) {
        return;
    }
    entry->taken = true;
    queue->taken++;
    s->bank[entry->bank].taken++;
}

/* Writes wait until enough have gathered, or no read is to do; then they go in one run. */
static void choose_direction(struct ts_dram_scheduler *s)
{
    int reads = s->reads.count - s->reads.taken, writes = s->writes.count - s->writes.taken;

    if (s->draining) {
        s->draining = reads == 0 || writes > s->spec->write_low;
    } else {
        s->draining = reads == 0 || writes >= s->spec->write_high;
    }
}

/* Serves the oldest request, of either direction, that a row was opened for; false when none can.
 */
static bool serve_promised(struct ts_dram_scheduler *s, int64_t now)
{
    int read = find_promised(s, &s->reads, false, now);
    int write = find_promised(s, &s->writes, true, now);
    bool is_write =
        write >= 0 && (read < 0 || s->writes.entry[write].entered < s->reads.entry[read].entered);

    if (read < 0 && write < 0) {
        return false;
    }
    ts_dram_do_column(s, is_write ? &s->writes : &s->reads, is_write ? write : read, is_write, now);
    return true;
}

bool ts_dram_issue_oldest(struct ts_dram_scheduler *s, bool row_bus_used, int64_t now)
{
    struct ts_dram_queue *queue;
    int column, row = -1;
    bool issued;

    choose_direction(s);
    queue = s->draining ? &s->writes : &s->reads;
    if (row_bus_used && !s->spec->dual_command) {
        return false;
    }
    issued = serve_promised(s, now);
    if (issued && !s->spec->dual_command) {
        return true;
    }
    column = find_column(s, queue, s->draining, now, &s->wake);
    if (issued) {
        column = -1; /* looked for to see which rows are wanted */
    }
    if (!row_bus_used) {
        bool both = column < 0 || s->spec->dual_command;

        row = find_row(s, queue, both ? queue->count : column, now, &s->wake);
        if (row >= 0 && !both) {
            column = -1;
        }
        if (row >= 0) {
            do_row(s, queue, row, now);
        }
    }
    if (column >= 0) {
        ts_dram_do_column(s, queue, column, s->draining, now);
    }
    return issued || row >= 0 || column >= 0;
}
