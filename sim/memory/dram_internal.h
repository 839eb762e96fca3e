/* Private parts of the tile-level DRAM server, shared by dram_init.c and dram_serve.c. */
#ifndef TESSERA_SIM_MEMORY_DRAM_INTERNAL_H
#define TESSERA_SIM_MEMORY_DRAM_INTERNAL_H

#include "tessera/dram.h"

/* Row that no access has: bank closed. */
#define TS_DRAM_NO_ROW INT64_MIN

/*
 * Layout of a channel's own address space, as the mapping makes it. A stripe is the longest stretch
 * that keeps one row open in each bank it touches: one page of `groups` banks, of different bank
 * groups when those bits lie below the column's. Stripe s lies in bank set s mod sets, row s /
 * sets.
 */
struct ts_dram_layout {
    int64_t burst_bytes;
    int64_t granule_bytes; /* in one channel before the next */
    int64_t stripe_bytes;  /* of one channel */
    int64_t groups;        /* pages of a stripe */
    int64_t sets;          /* bank sets of a channel: banks / groups */
    int64_t run_bursts;    /* consecutive bursts of a channel in one bank group */
};

struct ts_dram_set {
    int64_t row;
    double pages; /* opened of that row's stripe, over all channels */
    uint32_t stamp;
};

/* Core cycles. */
struct ts_dram_times {
    double burst;         /* one burst, bank groups alternating, refresh included */
    double burst_plain;   /* the same without refresh */
    double burst_group;   /* one burst, all in one bank group, refresh included */
    double activate;      /* one activation, all ranks taking turns */
    double row_cycle;     /* tRC */
    double row_change;    /* last read of a row to first read of the next one in that bank */
    double hit;           /* read command to end of the burst's data */
    double activate_read; /* tRCD */
    double precharge;     /* tRP */
    double turnaround;    /* read to write and back again, beyond the bursts themselves */
    double drain_bursts;  /* writes of one drain */
    double latency;       /* controller and path */
    struct ts_dram_layout layout;
    struct ts_dram_set *set; /* [sets]: what large tiles left open in all channels */
    uint32_t stamp;          /* counts requests, to tell which of two open rows is newer */
};

struct ts_dram_bank {
    int64_t row;
    double ready_cycles; /* next activation */
    uint32_t stamp;
};

struct ts_dram_channel {
    double bus_free, activate_free, conflict_free;
    double reads_since_drain;   /* bursts */
    struct ts_dram_bank *bank;  /* [sets * groups] */
    double bursts, activations; /* of the request being served */
    double conflict_cycles;     /* likewise: rows of one bank, one after the other */
    double exposed_cycles;      /* likewise: the bus waits for the next row of the only bank set */
};

#endif
