/*
 * One DRAM channel, command by command: banks, timing constraints, refresh, and a first-ready
 * scheduler with separate read and write queues (Rixner et al., ISCA 2000). It picks the oldest
 * request that may go or, where banks have queues of their own, asks bank after bank. Pseudo-
 * channels that share a controller are its ranks too, with a data bus for each of them. Serves the
 * probe, which feeds it and reads its counters. Times are clocks of the device.
 */
#ifndef TESSERA_SIM_MEMORY_DRAM_SCHEDULER_H
#define TESSERA_SIM_MEMORY_DRAM_SCHEDULER_H

#include "tessera/dram.h"

#define TS_DRAM_NEVER INT64_MAX

/* Whole clocks, rounded up as a controller must. */
struct ts_dram_clocks {
    int64_t burst, ccd_s, ccd_l, ccd_l_wr, ccd_r, cl, cwl, rcd, rcd_wr, rp, ras, rc, rfc, rfc_pb,
        refi;
    int64_t rrd_s, rrd_l, faw, aw32, wtr_s, wtr_l, wr, rtp, rtrs, ppd, latency;
    int64_t activate_bus, precharge_bus; /* activate to the next of either on one command bus */
};

struct ts_dram_command_bank {
    int64_t row;                              /* -1: closed */
    int64_t activate, precharge, read, write; /* earliest */
    int64_t seen;   /* pass number of the scheduler that met a request for its open row */
    int64_t asked;  /* likewise: any request for it */
    int oldest_hit; /* entry of the queue that this was first seen with */
    int hits;       /* column commands since the row was opened */
    int taken;      /* requests in its own queue */
};

struct ts_dram_command_group {
    int64_t activate, read, write;
};

struct ts_dram_command_rank {
    int64_t activate, precharge, read, write;
    int64_t activates[32]; /* ring of the last ones' times */
    int64_t activate_count;
    int64_t refresh_due;
    int refresh_bank; /* next one, per-bank refresh */
};

struct ts_dram_entry {
    int rank, group, bank; /* group and bank count through the channel */
    int64_t row;
    int64_t entered;
    int64_t visible; /* to the scheduler */
    bool taken;      /* from the queue: by its bank's own, or served next there */
};

struct ts_dram_queue {
    struct ts_dram_entry *entry; /* oldest first */
    int count;
    int taken; /* of them out of the queue */
    int capacity;
};

struct ts_dram_scheduler {
    const struct ts_dram_spec *spec;
    struct ts_dram_clocks clocks;
    struct ts_dram_command_bank *bank;
    struct ts_dram_command_group *group;
    struct ts_dram_command_rank *rank;
    int ranks; /* of all pseudo-channels */
    int banks_per_rank, groups_per_rank, banks_per_group;
    struct ts_dram_queue reads, writes;
    bool draining;
    bool last_was_write;
    int64_t pass;
    int turn; /* bank that had a command last */
    int run;  /* gathered writes that banks have still to take */
    /* Command buses beyond the clock of a command: what an activate of several clocks holds. */
    int64_t activate_free, precharge_free, column_free;
    int64_t wake;      /* when ts_dram_scheduler_step has something to do */
    int64_t last_data; /* end of the newest read's data */
    uint64_t reads_done, writes_done, activations, refreshes, turnarounds;
    double latency_clocks; /* sum over reads done */
};

/* Column commands to an open row before an older request for another row of the bank gets its
 * turn: the cap that keeps a stream from starving others. DRAMsim3's default controller has 4. */
enum { TS_DRAM_ROW_HIT_CAP = 4 };

/* 0, or -1 when memory runs out. `spec` must outlive it. */
int ts_dram_scheduler_init(struct ts_dram_scheduler *scheduler, const struct ts_dram_spec *spec);
void ts_dram_scheduler_release(struct ts_dram_scheduler *scheduler);

bool ts_dram_scheduler_accepts(const struct ts_dram_scheduler *scheduler, bool is_write);
void ts_dram_scheduler_enter(struct ts_dram_scheduler *scheduler, const struct ts_dram_address *at,
                             bool is_write, int64_t now);

/* Where commands go next: what may be issued at `now` is, and `wake` is lowered to the next time
 * worth asking. True when a command went. Without and with queues of the banks' own. */
bool ts_dram_issue_oldest(struct ts_dram_scheduler *scheduler, bool row_bus_used, int64_t now);
bool ts_dram_issue_in_turn(struct ts_dram_scheduler *scheduler, bool row_bus_used, int64_t now);

/* The command that queue->entry[index] waits for, once it was picked; a column command ends it. */
void ts_dram_do_column(struct ts_dram_scheduler *scheduler, struct ts_dram_queue *queue, int index,
                       bool is_write, int64_t now);
/* True when it was an activate. */
bool ts_dram_do_row(struct ts_dram_scheduler *scheduler, const struct ts_dram_entry *entry,
                    int64_t now);

/* One queue for all banks: the oldest request goes first, and ranks refresh together. */
static inline bool ts_dram_one_queue(const struct ts_dram_scheduler *scheduler)
{
    return scheduler->spec->bank_queue == 0;
}

/* A request is not seen before it has come to the controller. */
static inline int64_t ts_dram_not_before(const struct ts_dram_entry *entry, int64_t ready)
{
    return ready > entry->visible ? ready : entry->visible;
}

/* Issues what can be issued at `now` and sets `wake` to the next time worth asking. */
void ts_dram_scheduler_step(struct ts_dram_scheduler *scheduler, int64_t now);

#endif
