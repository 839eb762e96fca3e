/* A channel and its queues: what enters, and what a command that was picked does to them. */
#include "dram_scheduler.h"

#include "dram_commands.h"

#include <stdlib.h>
#include <string.h>

/* When each rank's first refresh is due: those of a pseudo-channel in turn, or all together. */
static void spread_refreshes(struct ts_dram_scheduler *s)
{
    int64_t ranks = s->spec->ranks;

    for (int64_t r = 0; r < s->ranks; r++) {
        int64_t due = ts_dram_one_queue(s) ? ranks : r % ranks + 1;

        s->rank[r].refresh_due = due * s->clocks.refi / ranks;
        if (s->spec->refresh == TS_DRAM_REFRESH_PER_BANK) {
            s->rank[r].refresh_due /= s->banks_per_rank;
        }
    }
}

int ts_dram_scheduler_init(struct ts_dram_scheduler *s, const struct ts_dram_spec *spec)
{
    int64_t ranks = spec->ranks * spec->pseudo_channels, groups = ranks * spec->bank_groups;
    int64_t banks = groups * spec->banks_per_group;
    int64_t taken = banks * (spec->bank_queue > 0 ? spec->bank_queue : 1);

    memset(s, 0, sizeof(*s));
    s->spec = spec;
    ts_dram_clocks_init(&s->clocks, spec);
    s->ranks = (int)ranks;
    s->banks_per_group = (int)spec->banks_per_group;
    s->groups_per_rank = (int)spec->bank_groups;
    s->banks_per_rank = s->banks_per_group * s->groups_per_rank;
    s->reads.capacity = (int)spec->read_queue;
    s->writes.capacity = (int)spec->write_queue;
    s->bank = calloc((size_t)banks, sizeof(*s->bank));
    s->group = calloc((size_t)groups, sizeof(*s->group));
    s->rank = calloc((size_t)ranks, sizeof(*s->rank));
    s->reads.entry = calloc((size_t)(s->reads.capacity + taken), sizeof(*s->reads.entry));
    s->writes.entry = calloc((size_t)(s->writes.capacity + taken), sizeof(*s->writes.entry));
    if (!s->bank || !s->group || !s->rank || !s->reads.entry || !s->writes.entry) {
        ts_dram_scheduler_release(s);
        return -1;
    }
    for (int64_t b = 0; b < banks; b++) {
        s->bank[b].row = -1;
    }
    spread_refreshes(s);
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

    return queue->count - queue->taken < queue->capacity;
}

void ts_dram_scheduler_enter(struct ts_dram_scheduler *s, const struct ts_dram_address *at,
                             bool is_write, int64_t now)
{
    struct ts_dram_queue *queue = is_write ? &s->writes : &s->reads;
    int64_t controllers = s->spec->channels / s->spec->pseudo_channels;
    int rank = (int)(at->channel / controllers * s->spec->ranks + at->rank);
    int group = rank * s->groups_per_rank + (int)at->bank_group;

    queue->entry[queue->count++] = (struct ts_dram_entry){
        .rank = rank,
        .group = group,
        .bank = group * s->banks_per_group + (int)at->bank,
        .row = at->row,
        .entered = now,
        .visible = now + 1 + s->clocks.latency,
    };
    if (s->wake > now + 1 + s->clocks.latency) {
        s->wake = now + 1 + s->clocks.latency;
    }
}

static void remove_entry(struct ts_dram_queue *queue, int index)
{
    queue->count--;
    memmove(&queue->entry[index], &queue->entry[index + 1],
            (size_t)(queue->count - index) * sizeof(*queue->entry));
}

void ts_dram_do_column(struct ts_dram_scheduler *s, struct ts_dram_queue *queue, int index,
                       bool is_write, int64_t now)
{
    struct ts_dram_entry entry = queue->entry[index];

    remove_entry(queue, index);
    queue->taken -= entry.taken;
    s->bank[entry.bank].taken -= entry.taken;
    ts_dram_issue_column(s, &entry, is_write, now);
    if (is_write) {
        s->writes_done++;
        return;
    }
    s->reads_done++;
    s->last_data = now + s->clocks.cl + s->clocks.burst;
    s->latency_clocks += (double)(s->last_data - entry.entered);
}

bool ts_dram_do_row(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry, int64_t now)
{
    bool activates = s->bank[entry->bank].row < 0;

    if (activates) {
        ts_dram_issue_activate(s, entry, now);
    } else {
        ts_dram_issue_precharge(s, entry->rank, entry->bank, now);
    }
    return activates;
}

void ts_dram_scheduler_step(struct ts_dram_scheduler *s, int64_t now)
{
    bool row_bus_used, issued;

    s->wake = TS_DRAM_NEVER;
    row_bus_used = ts_dram_refresh_step(s, now, &s->wake);
    if (s->spec->bank_queue > 0) {
        issued = ts_dram_issue_in_turn(s, row_bus_used, now);
    } else {
        issued = ts_dram_issue_oldest(s, row_bus_used, now);
    }
    if (issued && s->wake > now + 1) {
        s->wake = now + 1;
    }
}
