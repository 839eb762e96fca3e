/*
 * DRAM: device description, tile-level timing server and burst-level probe.
 *
 * Three things live here:
 *   ts_dram_spec   what a device is, straight from configs/devices/NAME.yaml; immutable.
 *   ts_dram        a memory system of one or more devices under a core clock. ts_dram_serve()
 *                  answers when a two-dimensional tile of data arrives, in closed form per
 *                  channel. It is what the engine calls: O(channels) a call, no allocation.
 *   ts_dram_probe  the device alone under an access pattern, burst by burst, with a scheduler
 *                  window, write drains, refresh and every timing parameter. It is what
 *                  `memory:PATTERN` workloads run and what the closed forms are checked against.
 *
 * Life cycle: fill a ts_dram_spec (loader), ts_dram_spec_check(), ts_dram_init(), any number of
 * ts_dram_serve() with non-decreasing or slightly reordered `now`, ts_dram_release().
 */
#ifndef TESSERA_DRAM_H
#define TESSERA_DRAM_H

#include "tessera/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ts_dram_refresh {
    TS_DRAM_REFRESH_ALL_BANK, /* a rank at a time, every tREFI, for tRFC */
    TS_DRAM_REFRESH_PER_BANK, /* a bank at a time, every tREFI / banks, for tRFC_PB */
};

/*
 * A DRAM device. Timings are in clock cycles of `tck_ns`, the clock that commands and the
 * table figures are counted in, unless the name says otherwise.
 *
 * One channel has `bus_width_bits` data pins, `ranks` ranks, each `bank_groups` groups of
 * `banks_per_group` banks of `rows` rows of `page_bytes` (over the whole channel).
 * A burst moves bus_width_bits/8 * burst_length bytes in `burst_cycles` clocks.
 *   peak bandwidth of a channel = burst bytes / (burst_cycles * tck_ns)
 */
struct ts_dram_spec {
    const char *name;     /* file name without .yaml */
    const char *standard; /* "DDR4", "HBM2", ...; for reports */

    /* Organisation. */
    double tck_ns;
    int64_t burst_length;    /* transfers in a burst */
    double burst_cycles;     /* clocks the data bus is busy with one burst */
    int64_t bus_width_bits;  /* of one channel */
    int64_t channels;        /* channels of one device, stack or module; pseudo-channels count */
    int64_t pseudo_channels; /* of them that share queues and command buses (HBM2, HBM3: 2) */
    int64_t ranks;           /* of one channel */
    int64_t bank_groups;     /* of one rank */
    int64_t banks_per_group; /* of one bank group */
    int64_t rows;            /* of one bank */
    int64_t page_bytes;      /* one row of one bank over the channel's whole bus */
    bool dual_command;       /* a row and a column command in the same clock (HBM) */
    double activate_cycles;  /* clocks an activate holds its command bus; timings from its last */

    /*
     * Address mapping, most significant field first, two letters each: ro row, ra rank, ba bank in
     * group, bg bank group, co column (bursts), ch channel. "rorabacobgch" puts consecutive bursts
     * in consecutive channels, then bank groups.
     */
    const char *address_mapping;
    /* Bursts of the column field kept below all other fields (0 = none): the interleave granule. */
    int64_t interleave_bursts;

    /* Timing, in clocks of tck_ns. */
    double tCL;
    double tCWL;
    double tRCD;    /* activate to read */
    double tRCD_WR; /* activate to write; 0 = tRCD */
    double tRP;
    double tRAS;
    double tRFC;    /* refresh of a whole rank */
    double tRFC_PB; /* refresh of one bank, per-bank refresh only */
    double tREFI;
    double tCCD_S;    /* column to column, other bank group */
    double tCCD_L;    /* column to column, same bank group */
    double tCCD_L_WR; /* write to write, same bank group; 0 = tCCD_L */
    double tCCD_R;    /* read to read, another stack identifier; 0 = ranks are a module's */
    double tRRD_S;
    double tRRD_L;
    double tFAW;
    double tWTR_S;
    double tWTR_L;
    double tWR;
    double tRTP;
    double tRTRS; /* rank switch and bus turnaround bubble */
    double tPPD;  /* precharge to precharge; 0 = not limited */
    double t32AW; /* window that holds at most 32 activates of a rank (GDDR); 0 = not limited */

    /* Controller. */
    int64_t read_queue;    /* requests the scheduler sees, per channel */
    int64_t bank_queue;    /* of them in each bank's own queue; 0 = one queue for all banks */
    int64_t write_queue;   /* writes gathered before a drain, per channel */
    int64_t write_high;    /* writes that begin a drain; 0 = a full queue */
    int64_t write_low;     /* writes left when it ends */
    int64_t machine_queue; /* reads, and writes, that controllers of machines see; 0 = as above */
    double controller_latency_ns; /* request to command and data to requester, on an idle channel */
    int refresh;                  /* enum ts_dram_refresh */

    /* Energy. Device: the memory chips. System: with PHY and controller. Both pJ per bit moved. */
    double device_pj_per_bit; /* column access, on-die data movement and I/O, no activation */
    double activation_pj;     /* activate and precharge of one page of the channel */
    double system_pj_per_bit; /* all of it, controller and PHY included; 0 = device figures */
    double refresh_pj;        /* one all-bank refresh of one rank of one channel */
    double background_w;      /* standby power of one channel */
    double capacity_gib;      /* of one device, stack or module */
};

/* Rows that the loader reads configs/devices/NAME.yaml with, into a ts_dram_spec. */
extern const struct ts_schema ts_dram_schema;

/* Fills the optional fields that are still zero (tRCD_WR, queues, ...). Call after loading. */
void ts_dram_spec_defaults(struct ts_dram_spec *spec);

/* The device behind a machine's controllers, where controller.machine_queue is set: queues of that
 * length, of each bank besides, and a controller for each pseudo-channel. */
void ts_dram_spec_in_machine(struct ts_dram_spec *spec);

/* The same device with a `speedup` times faster interface: clock and bursts shrink, timings that
 * the array sets keep their nanoseconds (so they take more clocks). */
struct ts_dram_spec ts_dram_spec_scaled(const struct ts_dram_spec *spec, double speedup);

/*
 * Checks what single ranges cannot: burst against page, powers of two, mapping fields, tREFI >
 * tRFC. Returns NULL when sound, otherwise a static sentence that names the field and the rule.
 */
const char *ts_dram_spec_check(const struct ts_dram_spec *spec);

/* Bytes of one burst of one channel. */
int64_t ts_dram_burst_bytes(const struct ts_dram_spec *spec);
/* Peak of one channel and of one device (all its channels), GB/s (1e9 bytes). */
double ts_dram_channel_peak_gbps(const struct ts_dram_spec *spec);
double ts_dram_device_peak_gbps(const struct ts_dram_spec *spec);

/* ------------------------------------------------------------------ tile-level server */

/* How a memory system is built from a device. Zero in an optional field means what is stated. */
struct ts_dram_config {
    double core_hz;        /* clock that all times below are counted in */
    double devices;        /* devices, stacks or modules; 0 = as many as bandwidth_gbps asks for */
    double bandwidth_gbps; /* peak to scale to by the interface clock, ns timings kept; 0 = as is */
    bool address_hash;     /* channel and bank bits are hashed with row bits, as GPUs do */
    bool per_bank_refresh; /* refresh one bank at a time where the device can (tRFC_PB > 0) */
    bool inline_ecc;       /* check bits in the data's own chips: more bursts, see dram_init.c */
    double controller_fill;  /* most of the bus's time filled with data; 0 = as the timings allow */
    double interleave_bytes; /* bytes of a page in one channel before the next; 0 = 256 where
                              * addresses are hashed, otherwise as the device maps */
    double latency_ns;       /* added to each request: on-chip path from requester to controller */
};

/* One tile: `rows` runs of `row_bytes` bytes, the first at `base`, `pitch_bytes` apart. */
struct ts_dram_request {
    uint64_t base;
    int64_t rows;
    int64_t row_bytes;
    int64_t pitch_bytes; /* >= row_bytes; ignored for one row */
    bool is_write;
};

/* Core-clock cycles. first_data <= done. */
struct ts_dram_reply {
    double start_cycles;      /* the first channel begins with it */
    double first_data_cycles; /* the first burst is there (reads) or taken (writes) */
    double done_cycles;       /* the last burst is there or taken */
};

struct ts_dram_counters {
    uint64_t read_bytes, write_bytes;   /* as asked for */
    uint64_t read_bursts, write_bursts; /* moved, whole bursts */
    double check_bursts;                /* moved beside these: inline ECC */
    double activations;                 /* pages opened */
    double row_hits;                    /* bursts that found their page open */
    double turnarounds;                 /* write drains: read to write and back */
    double busy_cycles;                 /* data bus, summed over channels */
    double stall_cycles;                /* turnarounds and refresh, summed likewise */
    uint64_t requests;
};

/* Energy of what the counters hold, in pJ. */
struct ts_dram_energy {
    double activation_pj;
    double access_pj; /* columns, on-die movement, I/O */
    double refresh_pj;
    double background_pj;
    double device_pj; /* sum of the above */
    double system_pj; /* with PHY and controller */
};

struct ts_dram_times;   /* private: timing parameters in core cycles */
struct ts_dram_channel; /* private: servers and open pages of one channel */

struct ts_dram {
    const struct ts_dram_spec *spec;
    struct ts_dram_config config;
    int channels;
    double peak_bytes_per_cycle; /* all channels */
    double peak_gbps;
    struct ts_dram_counters counters;
    struct ts_dram_times *times;     /* one allocation holds all private state */
    struct ts_dram_channel *channel; /* [channels] */
};

/* Channels of a memory system: devices * spec->channels, at least one. */
int ts_dram_channel_count(const struct ts_dram_spec *spec, const struct ts_dram_config *config);

/*
 * Builds the memory system. `spec` must outlive it. Returns 0, or -1 when memory runs out, the
 * configuration makes no sense (core_hz <= 0) or it has more than four million banks; nothing to
 * release then.
 */
int ts_dram_init(struct ts_dram *dram, const struct ts_dram_spec *spec,
                 const struct ts_dram_config *config);
void ts_dram_release(struct ts_dram *dram);
/* When the data bus of a channel is through with what it was given. */
double ts_dram_channel_free_cycles(const struct ts_dram *dram, int channel);

/* Idle channels, closed pages, zero counters. */
void ts_dram_reset(struct ts_dram *dram);

/*
 * Serves one tile that reaches the controller at `now_cycles`.
 *
 * Each channel has three servers, for its data bus, its activations and its bank conflicts:
 *   bus        bursts * burst time (tCCD_L when runs stay in one bank group), plus the share of
 *              write drains, over 1 - refresh loss; never less than bursts / controller_fill
 *   activation pages opened * max(tRRD_S, tFAW/4) / ranks
 *   conflicts  rows of the tile that share a bank, beyond the first * tRC
 * With address_hash, rows no longer than a granule whose pitch is no power of two meet at random
 * and take all three 1 / (2 - sqrt(2)) as long (Karol et al., 1987).
 * The tile is done when the last channel's slowest server is, plus tCL (and tRP + tRCD where the
 * page was not open). Tiles of up to 16 bursts are mapped burst by burst, larger ones in closed
 * form: runs of granules over channels, pages over the stretch of addresses that one row of pages
 * holds. Writes are posted: they are done when the channel has taken them. Empty tiles (rows or
 * row_bytes <= 0) return now and change nothing.
 */
struct ts_dram_reply ts_dram_serve(struct ts_dram *dram, double now_cycles,
                                   const struct ts_dram_request *request);

/* Latency of an idle access in core cycles: open page, and closed page of a busy bank. */
double ts_dram_hit_latency_cycles(const struct ts_dram *dram);
double ts_dram_miss_latency_cycles(const struct ts_dram *dram);

/* When the last channel is free again; drains nothing. */
double ts_dram_idle_at_cycles(const struct ts_dram *dram);

/* How long the data buses still need for what they were given, mean over channels; and so much more
 * (less: down to nothing) of it, for traffic that is known but not served. */
double ts_dram_backlog_cycles(const struct ts_dram *dram, double now_cycles);
void ts_dram_delay(struct ts_dram *dram, double now_cycles, double cycles);

/* Energy of `counters` gathered on `channels` channels (dram->channels) in `seconds`. */
void ts_dram_energy(const struct ts_dram_spec *spec, int channels,
                    const struct ts_dram_counters *counters, double seconds,
                    struct ts_dram_energy *energy);

/* Bandwidth that a long read stream sustains, fraction of peak, in closed form:
 * 1 - (banks * max(1, tPPD) + tRP + tRFC + tRCD) / tREFI, times burst/tCCD_L in one bank group. */
double ts_dram_stream_efficiency(const struct ts_dram_spec *spec);
/* Fraction of time that refresh keeps a stream waiting. */
double ts_dram_refresh_loss(const struct ts_dram_spec *spec, bool per_bank);

/* ------------------------------------------------------------------ probe */

enum ts_dram_pattern {
    TS_DRAM_READ,        /* sequential reads */
    TS_DRAM_WRITE,       /* sequential writes */
    TS_DRAM_MIX,         /* sequential, every third a write */
    TS_DRAM_RANDOM,      /* reads of one burst at random addresses */
    TS_DRAM_SAME_BANK,   /* every access another row of one bank */
    TS_DRAM_TILE,        /* 64 rows of row_bytes, pitch_bytes apart, then the tile beside it */
    TS_DRAM_IDLE_HIT,    /* one access outstanding, sequential */
    TS_DRAM_IDLE_RANDOM, /* one access outstanding, random */
};

struct ts_dram_probe {
    enum ts_dram_pattern pattern;
    int64_t row_bytes, pitch_bytes; /* TS_DRAM_TILE */
    uint64_t seed;                  /* TS_DRAM_RANDOM, TS_DRAM_IDLE_RANDOM */
    double bandwidth_gbps;          /* peak of one device to scale to; 0 = as is */
};

struct ts_dram_probe_result {
    double achieved_gbps; /* of one device, 1e9 bytes a second */
    double peak_gbps;
    double average_latency_ns; /* of reads, from entering the queue to the last data */
    uint64_t read_bytes, write_bytes;
    double activations, row_hits, refreshes, turnarounds;
    double seconds;
};

/*
 * Reads `PATTERN` of a memory:PATTERN workload ("tile,row_bytes=256,pitch=4096", "mix", ...).
 * Returns NULL, or a static sentence that says what was wrong and what is accepted.
 */
const char *ts_dram_probe_parse(const char *text, struct ts_dram_probe *probe);

/* Runs the pattern on one device. Returns 0, or -1 when memory runs out. Deterministic. */
int ts_dram_probe_run(const struct ts_dram_spec *spec, const struct ts_dram_probe *probe,
                      struct ts_dram_probe_result *result);

/* ------------------------------------------------------------------ address mapping */

struct ts_dram_address {
    int64_t channel, rank, bank_group, bank, row, column; /* column in bursts */
};

/* Positions and widths of the fields, in bits above the burst offset; columns may be split. */
struct ts_dram_mapping {
    int burst_shift;
    struct {
        int low, bits;
    } channel, rank, bank_group, bank, row, column, column_low;
};

/* Parses spec->address_mapping for `spec`. NULL when sound, otherwise a static sentence. */
const char *ts_dram_mapping_init(struct ts_dram_mapping *mapping, const struct ts_dram_spec *spec);
struct ts_dram_address ts_dram_map(const struct ts_dram_mapping *mapping, uint64_t address);

#ifdef __cplusplus
}
#endif

#endif
