/* Banks with queues of their own, asked in turn; reads and writes that they took stand side by
 * side. */
#include "dram_commands.h"

enum { ROW_BUS = 1, COLUMN_BUS = 2 };

/* Writes above which a run begins while no bank has anything to do (DRAMsim3's default controller).
 */
enum { SOME_WRITES = 8 };

/* The oldest request whose bank's queue has a place goes there; false when there is none. */
static bool take(struct ts_dram_scheduler *s, struct ts_dram_queue *queue)
{
    if (queue->taken == queue->count) {
        return false;
    }
    for (int i = 0; i < queue->count; i++) {
        struct ts_dram_entry *entry = &queue->entry[i];
        struct ts_dram_command_bank *bank = &s->bank[entry->bank];

        if (entry->taken || bank->taken >= s->spec->bank_queue) {
            continue;
        }
        entry->taken = true;
        bank->taken++;
        queue->taken++;
        return true;
    }
    return false;
}

/* Enough writes have gathered, or some while banks have nothing to do, or nothing else is there. */
static bool run_begins(const struct ts_dram_scheduler *s)
{
    int gathered = s->writes.count - s->writes.taken;
    bool idle = s->reads.taken + s->writes.taken == 0;

    return gathered >= s->spec->write_high ||
           (idle && (gathered > SOME_WRITES || s->reads.count == 0));
}

/* One request a clock: of a run of writes, else a read. */
static void take_one(struct ts_dram_scheduler *s, int64_t now)
{
    bool took;

    if (s->run == 0 && run_begins(s)) {
        s->run = s->writes.count - s->writes.taken;
    }
    took = take(s, s->run > 0 ? &s->writes : &s->reads);
    if (took && s->run > 0) {
        s->run--;
    }
    if (took) {
        s->wake = now + 1 < s->wake ? now + 1 : s->wake;
    }
}

static bool hits(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry)
{
    return s->bank[entry->bank].row == entry->row;
}

/* Marks banks that have a request for their open row. */
static void mark_hits(struct ts_dram_scheduler *s, const struct ts_dram_queue *queue, int64_t now)
{
    for (int i = 0; i < queue->count; i++) {
        const struct ts_dram_entry *entry = &queue->entry[i];

        if (entry->taken && hits(s, entry) && !ts_dram_refresh_blocks(s, entry, now)) {
            s->bank[entry->bank].seen = s->pass;
        }
    }
}

/*
 * The head of a bank's queue opens its row; one that finds another row open waits for requests
 * behind it that hit that row, up to the cap.
 */
static int64_t row_ready(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry)
{
    const struct ts_dram_command_bank *bank = &s->bank[entry->bank];

    if (bank->asked == s->pass) {
        return TS_DRAM_NEVER;
    }
    if (bank->row < 0) {
        return ts_dram_activate_ready(s, entry);
    }
    if (bank->seen == s->pass && bank->hits < TS_DRAM_ROW_HIT_CAP) {
        return TS_DRAM_NEVER;
    }
    return ts_dram_precharge_ready(s, entry->rank, entry->bank);
}

/* Of a queue, the request whose bank is next in turn, nearer than `*nearest`, and has a command
 * ready for one of `buses`; -1 when there is none. */
static int find(struct ts_dram_scheduler *s, const struct ts_dram_queue *queue, bool is_write,
                unsigned buses, int64_t now, int *nearest)
{
    int banks = s->banks_per_rank * s->ranks, found = -1;

    for (int i = 0; i < queue->count; i++) {
        const struct ts_dram_entry *entry = &queue->entry[i];
        int away = entry->bank - s->turn - 1;
        bool column = hits(s, entry);
        int64_t ready;

        away += away < 0 ? banks : 0;
        if (!entry->taken || away >= *nearest || ts_dram_refresh_blocks(s, entry, now)) {
            continue;
        }
        ready = column ? ts_dram_column_ready(s, entry, is_write) : row_ready(s, entry);
        ready = ts_dram_not_before(entry, ready);
        s->bank[entry->bank].asked = s->pass;
        if (!(buses & (column ? COLUMN_BUS : ROW_BUS))) {
            continue;
        }
        if (ready > now) {
            s->wake = ready < s->wake ? ready : s->wake;
        } else if (away < *nearest) {
            *nearest = away;
            found = i;
        }
    }
    return found;
}

/* Issues one command for one of `buses`; returns the bus it took, 0 when none could go. */
static unsigned issue_one(struct ts_dram_scheduler *s, unsigned buses, int64_t now)
{
    int nearest = s->banks_per_rank * s->ranks, index, read;
    struct ts_dram_queue *queue;
    bool is_write;

    s->pass++;
    mark_hits(s, &s->writes, now);
    mark_hits(s, &s->reads, now);
    index = find(s, &s->writes, true, buses, now, &nearest);
    read = find(s, &s->reads, false, buses, now, &nearest);
    is_write = read < 0;
    queue = is_write ? &s->writes : &s->reads;
    index = is_write ? index : read;
    if (index < 0) {
        return 0;
    }
    s->turn = queue->entry[index].bank;
    if (!hits(s, &queue->entry[index])) {
        (void)ts_dram_do_row(s, &queue->entry[index], now);
        return ROW_BUS;
    }
    ts_dram_do_column(s, queue, index, is_write, now);
    return COLUMN_BUS;
}

bool ts_dram_issue_in_turn(struct ts_dram_scheduler *s, bool row_bus_used, int64_t now)
{
    unsigned buses = ROW_BUS | COLUMN_BUS, used = row_bus_used ? ROW_BUS : 0;
    unsigned before = used;

    take_one(s, now);
    while (used != buses && !(used && !s->spec->dual_command)) {
        unsigned bus = issue_one(s, buses & ~used, now);

        if (!bus) {
            break;
        }
        used |= bus;
    }
    return used != before;
}
