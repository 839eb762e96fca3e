/* First-ready, first-come scheduling of one channel. */
#include "dram_scheduler.h"

#include "dram_commands.h"

#include <stdlib.h>
#include <string.h>

/* Column commands to an open row before an older request for another row of the bank gets its
 * turn: the cap that keeps a stream from starving others. DRAMsim3's default controller has 4. */
enum { ROW_HIT_CAP = 4 };

int ts_dram_scheduler_init(struct ts_dram_scheduler *s, const struct ts_dram_spec *spec)
{
    int64_t ranks = spec->ranks, groups = ranks * spec->bank_groups;
    int64_t banks = groups * spec->banks_per_group;

    memset(s, 0, sizeof(*s));
    s->spec = spec;
    ts_dram_clocks_init(&s->clocks, spec);
    s->banks_per_group = (int)spec->banks_per_group;
    s->groups_per_rank = (int)spec->bank_groups;
    s->banks_per_rank = s->banks_per_group * s->groups_per_rank;
    s->reads.capacity = (int)spec->read_queue;
    s->writes.capacity = (int)spec->write_queue;
    s->bank = calloc((size_t)banks, sizeof(*s->bank));
    s->group = calloc((size_t)groups, sizeof(*s->group));
    s->rank = calloc((size_t)ranks, sizeof(*s->rank));
    s->reads.entry = calloc((size_t)s->reads.capacity, sizeof(*s->reads.entry));
    s->writes.entry = calloc((size_t)s->writes.capacity, sizeof(*s->writes.entry));
    if (!s->bank || !s->group || !s->rank || !s->reads.entry || !s->writes.entry) {
        ts_dram_scheduler_release(s);
        return -1;
    }
    for (int64_t b = 0; b < banks; b++)
        s->bank[b].row = -1;
    for (int64_t r = 0; r < ranks; r++) { /* ranks refresh in turn */
        s->rank[r].refresh_due = (r + 1) * s->clocks.refi / ranks;
        if (spec->refresh == TS_DRAM_REFRESH_PER_BANK)
            s->rank[r].refresh_due /= s->banks_per_rank;
    }
    return 0;
}

void ts_dram_scheduler_release(struct ts_dram_scheduler *s)
{
    free(s->bank);
    free(s->group);
    free(s->rank);
    free(s->reads.entry);
    free(s->writes.entry);
    memset(s, 0, sizeof(*s));
}

bool ts_dram_scheduler_accepts(const struct ts_dram_scheduler *s, bool is_write)
{
    const struct ts_dram_queue *queue = is_write ? &s->writes : &s->reads;

    return queue->count < queue->capacity;
}

void ts_dram_scheduler_enter(struct ts_dram_scheduler *s, const struct ts_dram_address *at,
                             bool is_write, int64_t now)
{
    struct ts_dram_queue *queue = is_write ? &s->writes : &s->reads;
    int group = (int)at->rank * s->groups_per_rank + (int)at->bank_group;

    queue->entry[queue->count++] = (struct ts_dram_entry){
        .rank = (int)at->rank,
        .group = group,
        .bank = group * s->banks_per_group + (int)at->bank,
        .row = at->row,
        .entered = now,
        .visible = now + 1 + s->clocks.latency,
    };
    if (s->wake > now + 1 + s->clocks.latency)
        s->wake = now + 1 + s->clocks.latency;
}

static void remove_entry(struct ts_dram_queue *queue, int index)
{
    queue->count--;
    memmove(&queue->entry[index], &queue->entry[index + 1],
            (size_t)(queue->count - index) * sizeof(*queue->entry));
}

static void lower_to(int64_t *next, int64_t time)
{
    if (*next > time)
        *next = time;
}

static int64_t not_before_entry(const struct ts_dram_entry *entry, int64_t ready)
{
    return ready > entry->visible ? ready : entry->visible;
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
        ready = not_before_entry(entry, ts_dram_column_ready(s, entry, is_write));
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
        if (bank->row >= 0 && bank->seen == s->pass && bank->hits < ROW_HIT_CAP)
            continue;
        bank->seen = idle ? bank->seen : s->pass;
        if (bank->row < 0)
            ready = ts_dram_activate_ready(s, entry);
        else
            ready = ts_dram_precharge_ready(s, entry->rank, entry->bank);
        ready = not_before_entry(entry, ready);
        if (ready <= now)
            return i;
        lower_to(next, ready);
    }
    return -1;
}

static void do_column(struct ts_dram_scheduler *s, struct ts_dram_queue *queue, int index,
                      bool is_write, int64_t now)
{
    struct ts_dram_entry entry = queue->entry[index];

    remove_entry(queue, index);
    ts_dram_issue_column(s, &entry, is_write, now);
    if (is_write) {
        s->writes_done++;
        return;
    }
    s->reads_done++;
    s->last_data = now + s->clocks.cl + s->clocks.burst;
    s->latency_clocks += (double)(s->last_data - entry.entered);
}

static void do_row(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry, int64_t now)
{
    if (s->bank[entry->bank].row < 0)
        ts_dram_issue_activate(s, entry, now);
    else
        ts_dram_issue_precharge(s, entry->rank, entry->bank, now);
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

void ts_dram_scheduler_step(struct ts_dram_scheduler *s, int64_t now)
{
    struct ts_dram_queue *queue, *idle;
    int column, row = -1;
    bool row_bus_used;

    s->wake = TS_DRAM_NEVER;
    choose_direction(s);
    row_bus_used = ts_dram_refresh_step(s, now, &s->wake);
    queue = s->draining ? &s->writes : &s->reads;
    idle = s->draining ? &s->reads : &s->writes;
    if (row_bus_used && !s->spec->dual_command)
        return;
    column = find_column(s, queue, s->draining, now, &s->wake);
    if (!row_bus_used) {
        bool both = column < 0 || s->spec->dual_command;

        row = find_row(s, queue, both ? queue->count : column, false, now, &s->wake);
        if (row >= 0 && !both)
            column = -1;
        if (row < 0 && both) {
            row = find_row(s, idle, idle->count, true, now, &s->wake);
            if (row >= 0)
                do_row(s, &idle->entry[row], now);
        } else if (row >= 0) {
            do_row(s, &queue->entry[row], now);
        }
    }
    if (column >= 0)
        do_column(s, queue, column, s->draining, now);
    if (row >= 0 || column >= 0)
        lower_to(&s->wake, now + 1);
}
