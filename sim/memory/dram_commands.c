/* JEDEC's command-to-command timings, kept as earliest times at bank, group, rank and channel. */
#include "dram_commands.h"

#include <math.h>

static int64_t raise_to(int64_t *earliest, int64_t time)
{
    if (*earliest < time) {
        *earliest = time;
    }
    return *earliest;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A hair of slack, so that 10.0000001 clocks from a scaled interface stay 10. */
static int64_t whole(double clocks)
{
    return (int64_t)ceil(clocks - 1e-6);
}

void ts_dram_clocks_init(struct ts_dram_clocks *clocks, const struct ts_dram_spec *spec)
{
    int64_t burst = later(1, whole(spec->burst_cycles));
    double lead = spec->activate_cycles > 1.0 ? spec->activate_cycles - 1.0 : 0.0;

    *clocks = (struct ts_dram_clocks){
        .burst = burst,
        .ccd_s = later(burst, whole(spec->tCCD_S)),
        .ccd_l = later(burst, whole(spec->bank_groups > 1 ? spec->tCCD_L : spec->tCCD_S)),
        .ccd_r = later(burst, whole(spec->tCCD_R)),
        .cl = whole(spec->tCL),
        .cwl = whole(spec->tCWL),
        .rcd = whole(spec->tRCD + lead),
        .rcd_wr = whole((spec->tRCD_WR > 0.0 ? spec->tRCD_WR : spec->tRCD) + lead),
        .rp = later(1, whole(spec->tRP - lead)),
        .ras = whole(spec->tRAS + lead),
        .rc = whole(spec->tRAS + spec->tRP),
        .rfc = whole(spec->tRFC),
        .rfc_pb = whole(spec->tRFC_PB),
        .refi = whole(spec->tREFI),
        .rrd_s = whole(spec->tRRD_S),
        .rrd_l = whole(spec->bank_groups > 1 ? spec->tRRD_L : spec->tRRD_S),
        .faw = whole(spec->tFAW),
        .aw32 = whole(spec->t32AW),
        .wtr_s = whole(spec->tWTR_S),
        .wtr_l = whole(spec->bank_groups > 1 ? spec->tWTR_L : spec->tWTR_S),
        .wr = whole(spec->tWR),
        .rtp = whole(spec->tRTP),
        .rtrs = whole(spec->tRTRS),
        .ppd = later(1, whole(spec->tPPD)),
        .activate_bus = later(1, whole(spec->activate_cycles)),
        .precharge_bus = later(1, (int64_t)spec->activate_cycles),
        .latency = whole(spec->controller_latency_ns / spec->tck_ns),
    };
    clocks->ccd_l_wr = clocks->ccd_l;
    if (spec->bank_groups > 1) {
        clocks->ccd_l_wr = later(clocks->ccd_l, whole(spec->tCCD_L_WR));
    }
}

int64_t ts_dram_column_ready(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                             bool is_write)
{
    const struct ts_dram_command_bank *bank = &s->bank[entry->bank];
    const struct ts_dram_command_group *group = &s->group[entry->group];
    const struct ts_dram_command_rank *rank = &s->rank[entry->rank];

    if (is_write) {
        return later(s->column_free, later(bank->write, later(group->write, rank->write)));
    }
    return later(s->column_free, later(bank->read, later(group->read, rank->read)));
}

/* First rank of the pseudo-channel that shares its data bus with this one. */
static int first_on_bus(const struct ts_dram_scheduler *s, int rank)
{
    return rank - rank % (int)s->spec->ranks;
}

/* Stack identifiers are more banks of one channel: activations of them all count together. */
static bool stacked(const struct ts_dram_scheduler *s)
{
    return s->spec->tCCD_R > 0.0;
}

static int activation_window(const struct ts_dram_scheduler *s, int rank)
{
    return stacked(s) ? first_on_bus(s, rank) : rank;
}

int64_t ts_dram_activate_ready(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry)
{
    const struct ts_dram_command_rank *rank = &s->rank[activation_window(s, entry->rank)];
    int64_t count = rank->activate_count;
    int64_t ready = later(s->bank[entry->bank].activate,
                          later(s->group[entry->group].activate, rank->activate));

    ready = later(ready, s->activate_free);
    if (count >= 4) {
        ready = later(ready, rank->activates[(count - 4) % 32] + s->clocks.faw);
    }
    if (count >= 32) {
        ready = later(ready, rank->activates[count % 32] + s->clocks.aw32);
    }
    return ready;
}

int64_t ts_dram_precharge_ready(const struct ts_dram_scheduler *s, int rank, int bank)
{
    const struct ts_dram_command_rank *window = &s->rank[activation_window(s, rank)];

    return later(s->precharge_free, later(s->bank[bank].precharge, window->precharge));
}

static void after_read(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry, int64_t now)
{
    const struct ts_dram_clocks *t = &s->clocks;
    int64_t to_write = t->cl + t->burst - t->cwl + t->rtrs;
    int64_t to_other = stacked(s) ? t->ccd_r : t->burst + t->rtrs;
    int first = first_on_bus(s, entry->rank), end = first + (int)s->spec->ranks;

    raise_to(&s->bank[entry->bank].precharge, now + t->rtp);
    raise_to(&s->group[entry->group].read, now + t->ccd_l);
    for (int r = first; r < end; r++) {
        bool same = r == entry->rank;

        raise_to(&s->rank[r].read, now + (same ? t->ccd_s : to_other));
        raise_to(&s->rank[r].write, now + to_write);
    }
}

static void after_write(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry, int64_t now)
{
    const struct ts_dram_clocks *t = &s->clocks;
    int64_t data_end = t->cwl + t->burst;
    /* DRAMsim3 leaves no idle clock between writes of two ranks, Ramulator does. */
    int64_t to_other = t->burst + (ts_dram_one_queue(s) ? t->rtrs : 0);
    int first = first_on_bus(s, entry->rank), end = first + (int)s->spec->ranks;

    raise_to(&s->bank[entry->bank].precharge, now + data_end + t->wr);
    raise_to(&s->group[entry->group].write, now + t->ccd_l_wr);
    raise_to(&s->group[entry->group].read, now + data_end + t->wtr_l);
    for (int r = first; r < end; r++) {
        bool same = r == entry->rank || stacked(s);

        raise_to(&s->rank[r].write, now + (same ? t->ccd_s : to_other));
        raise_to(&s->rank[r].read, now + data_end + (same ? t->wtr_s : t->rtrs - t->cl));
    }
}

void ts_dram_issue_column(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                          bool is_write, int64_t now)
{
    s->bank[entry->bank].hits++;
    if (is_write) {
        after_write(s, entry, now);
    } else {
        after_read(s, entry, now);
    }
    if (is_write != s->last_was_write && is_write) {
        s->turnarounds++;
    }
    s->last_was_write = is_write;
}

void ts_dram_issue_activate(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                            int64_t now)
{
    const struct ts_dram_clocks *t = &s->clocks;
    struct ts_dram_command_bank *bank = &s->bank[entry->bank];
    struct ts_dram_command_rank *rank = &s->rank[activation_window(s, entry->rank)];

    bank->row = entry->row;
    bank->hits = 0;
    raise_to(&bank->read, now + t->rcd);
    raise_to(&bank->write, now + t->rcd_wr);
    raise_to(&bank->precharge, now + t->ras);
    raise_to(&bank->activate, now + t->rc);
    raise_to(&s->group[entry->group].activate, now + t->rrd_l);
    raise_to(&rank->activate, now + t->rrd_s);
    rank->activates[rank->activate_count++ % 32] = now;
    s->activate_free = now + t->activate_bus;
    s->precharge_free = now + t->precharge_bus;
    if (!s->spec->dual_command) {
        s->column_free = now + t->activate_bus;
    }
    s->activations++;
}

void ts_dram_issue_precharge(struct ts_dram_scheduler *s, int rank, int bank, int64_t now)
{
    s->bank[bank].row = -1;
    raise_to(&s->bank[bank].activate, now + s->clocks.rp);
    raise_to(&s->rank[activation_window(s, rank)].precharge, now + s->clocks.ppd);
}

static bool per_bank(const struct ts_dram_scheduler *s)
{
    return s->spec->refresh == TS_DRAM_REFRESH_PER_BANK;
}

bool ts_dram_refresh_blocks(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                            int64_t now)
{
    const struct ts_dram_command_rank *rank = &s->rank[entry->rank];

    if (now < rank->refresh_due || (entry->taken && ts_dram_one_queue(s))) {
        return false;
    }
    return !per_bank(s) || entry->bank == entry->rank * s->banks_per_rank + rank->refresh_bank;
}

/* A row was opened for a request that has not had it yet. */
static bool promised(const struct ts_dram_scheduler *s, int bank)
{
    return ts_dram_one_queue(s) && s->bank[bank].taken > 0;
}

/* Closes banks first .. first+count-1 one a clock; true when one was closed at `now`. */
static bool close_banks(struct ts_dram_scheduler *s, int rank, int first, int count, int64_t now,
                        int64_t *next, int64_t *all_ready)
{
    *all_ready = now;
    for (int b = first; b < first + count; b++) {
        int64_t ready;

        if (s->bank[b].row < 0) {
            *all_ready = later(*all_ready, s->bank[b].activate);
            continue;
        }
        ready = promised(s, b) ? TS_DRAM_NEVER : ts_dram_precharge_ready(s, rank, b);
        if (ready <= now) {
            ts_dram_issue_precharge(s, rank, b, now);
            *next = now + 1;
            return true;
        }
        *all_ready = TS_DRAM_NEVER;
        if (*next > ready) {
            *next = ready;
        }
    }
    return false;
}

/* Closes all banks of a rank at `now` with one command, if they may be closed; true when it did. */
static bool close_rank(struct ts_dram_scheduler *s, int rank, int64_t now, int64_t *next,
                       int64_t *all_ready)
{
    int first = rank * s->banks_per_rank, open = 0;
    int64_t ready = now;

    *all_ready = now;
    for (int b = first; b < first + s->banks_per_rank; b++) {
        *all_ready = later(*all_ready, s->bank[b].activate);
        if (s->bank[b].row < 0) {
            continue;
        }
        open++;
        ready = later(ready, promised(s, b) ? TS_DRAM_NEVER : ts_dram_precharge_ready(s, rank, b));
    }
    if (open == 0) {
        return false;
    }
    *all_ready = TS_DRAM_NEVER;
    if (ready > now) {
        *next = ready < *next ? ready : *next;
        return false;
    }
    for (int b = first; b < first + s->banks_per_rank; b++) {
        if (s->bank[b].row >= 0) {
            ts_dram_issue_precharge(s, rank, b, now);
        }
    }
    *next = now + 1;
    return true;
}

static bool refresh_rank(struct ts_dram_scheduler *s, int r, int64_t now, int64_t *next)
{
    struct ts_dram_command_rank *rank = &s->rank[r];
    int count = per_bank(s) ? 1 : s->banks_per_rank;
    int first = r * s->banks_per_rank + (per_bank(s) ? rank->refresh_bank : 0);
    int64_t ready;
    bool together = ts_dram_one_queue(s) && !per_bank(s), closed;

    if (together) {
        closed = close_rank(s, r, now, next, &ready);
    } else {
        closed = close_banks(s, r, first, count, now, next, &ready);
    }
    if (closed) {
        return true;
    }
    if (ready > now) {
        if (*next > ready) {
            *next = ready;
        }
        return false;
    }
    for (int b = first; b < first + count; b++) {
        raise_to(&s->bank[b].activate, now + (per_bank(s) ? s->clocks.rfc_pb : s->clocks.rfc));
    }
    rank->refresh_due += per_bank(s) ? s->clocks.refi / s->banks_per_rank : s->clocks.refi;
    rank->refresh_bank = (rank->refresh_bank + 1) % s->banks_per_rank;
    s->refreshes++;
    *next = now + 1;
    return true;
}

bool ts_dram_refresh_step(struct ts_dram_scheduler *s, int64_t now, int64_t *next)
{
    for (int r = 0; r < s->ranks; r++) {
        if (now < s->rank[r].refresh_due) {
            if (*next > s->rank[r].refresh_due) {
                *next = s->rank[r].refresh_due;
            }
        } else if (refresh_rank(s, r, now, next)) {
            return true;
        }
    }
    return false;
}
