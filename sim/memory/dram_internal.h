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
    double burst;           /* one burst, bank groups alternating, refresh included */
    double burst_scattered; /* one burst of many from all ranks in any order, refresh included */
    double burst_plain;     /* the same without refresh */
    double burst_group;     /* one burst, all in one bank group, refresh included */
    double burst_least;     /* one burst at the controllers' best: the bus held for it at least */
    double check_share;     /* bursts of check bits for one of data */
    double activate;        /* one activation, all ranks taking turns */
    double row_cycle;       /* tRC */
    double row_change;      /* last read of a row to first read of the next one in that bank */
    double hit;             /* read command to end of the burst's data */
    double activate_read;   /* tRCD */
    double precharge;       /* tRP */
    double turnaround;      /* read to write and back again, beyond the bursts themselves */
    double drain_bursts;    /* writes of one drain */
    double latency;         /* controller and path */
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
    double reads_since_drain;  /* bursts */
    double bursts;             /* of the request being served, when it is spread by channel */
    struct ts_dram_bank *bank; /* [sets * groups] */
};

/* Bursts of a tile over channels: runs of neighbours with equally many, up to `end`. */
struct ts_dram_spread {
    bool by_channel; /* each channel's own `bursts` instead */
    struct {
        int end;
        double bursts;
    } run[4];
};

/* What one channel does for a tile. */
struct ts_dram_share {
    double bursts;
    double activate_cycles;
    double conflict_cycles; /* rows of one bank, one after the other */
    double exposed_cycles;  /* the bus waits for the next row of the only bank set */
};

/* A tile made regular: `rows` runs of `row_bytes`, `pitch` apart, none touching the next. */
struct ts_dram_tile {
    uint64_t base;
    int64_t rows, row_bytes, pitch;
    int64_t row_bursts;
    int64_t bursts;
    bool is_write;
};

/* Stripes that a tile touches: `count`, in `row_stripes` each row when rows lie in stripes apart.
 */
struct ts_dram_stripes {
    int64_t bytes; /* of a stripe over all channels */
    int64_t count, row_stripes;
    bool apart;
    int64_t sets_used;
};

/* The tile of a request, rows that touch merged. */
struct ts_dram_tile ts_dram_make_tile(const struct ts_dram_request *request, int64_t burst_bytes);
/* Channel of a granule, and bank set of a stripe, hashed when the system is. */
int ts_dram_channel_of(const struct ts_dram *dram, uint64_t granule);
int64_t ts_dram_set_of(const struct ts_dram *dram, int64_t stripe);
struct ts_dram_spread ts_dram_spread_bursts(struct ts_dram *dram, const struct ts_dram_tile *tile);
/* Bursts of each of the channels from `first` up to *end. */
double ts_dram_next_run(const struct ts_dram *dram, const struct ts_dram_spread *spread, int first,
                        int *end);
struct ts_dram_stripes ts_dram_find_stripes(const struct ts_dram *dram,
                                            const struct ts_dram_tile *tile);
/* Opens the tile's pages; returns how many were not open, over all channels. */
double ts_dram_open_pages(struct ts_dram *dram, const struct ts_dram_tile *tile,
                          const struct ts_dram_stripes *stripes);
/* What a channel with `bursts` of the tile does: activations go by load, and rows of one bank wait
 * for each other. */
struct ts_dram_share ts_dram_share_of(const struct ts_dram *dram, const struct ts_dram_tile *tile,
                                      const struct ts_dram_stripes *stripes, double opened,
                                      double bursts);

#endif
