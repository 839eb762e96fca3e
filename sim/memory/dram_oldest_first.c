/* One pool of requests: the oldest that may go, reads and writes in runs of one direction. */
#include "dram_commands.h"

static void lower_to(int64_t *next, int64_t time)
{
    if (*next > time)
        *next = time;
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

        if (bank->row != entry->row || ts_dram_refresh_blocks(s, entry, now))
            continue;
        bank->seen = s->pass;
        if (found >= 0)
            continue;
        ready = ts_dram_not_before(entry, ts_dram_column_ready(s, entry, is_write));
        if (ready > now)
            lower_to(next, ready);
        else if (!s->spec->dual_command)
            return i; /* the command bus is taken: no row command to look for */
        else
            found = i;
    }
    return found;
}

/*
 * Oldest ready row command. A bank is closed only when no request of the queue hits its open row,
 * or when that row has had its cap of hits. The queue that waits for its direction (`idle`) opens
 * rows too, where no request of the other one needs the bank.
 */
static int find_row(struct ts_dram_scheduler *s, const struct ts_dram_queue *queue, int count,
                    bool idle, int64_t now, int64_t *next)
{
    for (int i = 0; i < count; i++) {
        const struct ts_dram_entry *entry = &queue->entry[i];
        struct ts_dram_command_bank *bank = &s->bank[entry->bank];
        int64_t ready;

        if (bank->row == entry->row || ts_dram_refresh_blocks(s, entry, now))
            continue;
        if (idle && bank->seen == s->pass)
            continue;
        if (bank->row >= 0 && bank->seen == s->pass && bank->hits < TS_DRAM_ROW_HIT_CAP)
            continue;
        bank->seen = idle ? bank->seen : s->pass;
        if (bank->row < 0)
            ready = ts_dram_activate_ready(s, entry);
        else
            ready = ts_dram_precharge_ready(s, entry->rank, entry->bank);
        ready = ts_dram_not_before(entry, ready);
        if (ready <= now)
            return i;
        lower_to(next, ready);
    }
    return -1;
}

/* Writes wait until enough have gathered, or nothing else is to do; then they go in one run. */
static void choose_direction(struct ts_dram_scheduler *s)
{
    if (s->draining) {
        s->draining = s->writes.count > (s->reads.count > 0 ? s->spec->write_low : 0);
        return;
    }
    s->draining = s->writes.count >= s->spec->write_high ||
                  (s->reads.count == 0 && s->writes.count > s->spec->write_low);
}

/* Opens rows for the queue that waits for its direction; true when it issued a command. */
static bool open_idle_rows(struct ts_dram_scheduler *s, const struct ts_dram_queue *idle,
                           int64_t now)
{
    int row = find_row(s, idle, idle->count, true, now, &s->wake);

    if (row >= 0)
        ts_dram_do_row(s, &idle->entry[row], now);
    return row >= 0;
}

bool ts_dram_issue_oldest(struct ts_dram_scheduler *s, bool row_bus_used, int64_t now)
{
    struct ts_dram_queue *queue, *idle;
    int column, row = -1;
    bool issued = false;

    choose_direction(s);
    queue = s->draining ? &s->writes : &s->reads;
    idle = s->draining ? &s->reads : &s->writes;
    if (row_bus_used && !s->spec->dual_command)
        return false;
    column = find_column(s, queue, s->draining, now, &s->wake);
    if (!row_bus_used) {
        bool both = column < 0 || s->spec->dual_command;

        row = find_row(s, queue, both ? queue->count : column, false, now, &s->wake);
        if (row >= 0 && !both)
            column = -1;
        if (row >= 0)
            ts_dram_do_row(s, &queue->entry[row], now);
        else if (both)
            issued = open_idle_rows(s, idle, now);
    }
    if (column >= 0)
        ts_dram_do_column(s, queue, column, s->draining, now);
    return issued || row >= 0 || column >= 0;
}
