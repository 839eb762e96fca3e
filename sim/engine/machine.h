/* Machine: what all units share — network on chip, last-level cache, DRAM, host link — bound to one
 * architecture at one clock. Two passes use it:
 *
 *   lookahead   decides in program order what hits (machine_lookup, machine_fill): a smaller cache
 *               never has fewer misses, whatever the timing does;
 *   timing      serves what was decided, in event order (machine_noc, machine_cache, machine_dram).
 *
 * Between phases the cache is summarised per tensor (struct residency), since tile shapes differ
 * from one kernel to the next.
 */
#ifndef TESSERA_SIM_ENGINE_MACHINE_H
#define TESSERA_SIM_ENGINE_MACHINE_H

#include "sim/engine/residency.h"
#include "sim/engine/tracer.h"
#include "tessera/cache.h"
#include "tessera/dram.h"
#include "tessera/energy.h"
#include "tessera/plan.h"
#include "tessera/result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_FLIGHT_ENTRIES = 1 << 12 };

/* A block on its way from DRAM: later readers of it wait for it too. */
struct flight {
    uint64_t block_id;
    double ready_cycles;
};

struct machine {
    const struct ts_arch *arch;
    bool has_dram, has_cache;
    int shared_level; /* in arch->memory.cache, -1 = none */
    struct ts_dram dram;
    struct ts_cache cache;
    struct ts_bandwidth_server cache_port, noc, host;
    struct residency residency;
    struct flight flights[TS_FLIGHT_ENTRIES];
    double last_load_done_cycles;   /* when the load path fell idle */
    double pending_writeback_bytes; /* dirty data of earlier kernels being displaced */
    struct ts_counters counters;    /* shared levels only; DRAM's own counters are in dram */
    struct tracer tracer;
};

/* How long the shared servers still need for what they were given. */
struct backlog {
    double noc_cycles, cache_cycles, host_cycles, dram_cycles;
};

/* What the lookahead found for one load or store. */
struct outcome {
    double miss_bytes;
    double writeback_bytes;
};

/* One access on its way through the machine; modules fill it in from unit to DRAM and back. */
struct access {
    const struct ts_tile_load *load;
    struct outcome outcome;
    double bytes;
    bool write;
    double issue_cycles;
    double done_cycles;             /* when the unit has the data, or the write is taken */
    enum ts_time_part late_because; /* what finished last */
};

/* False when memory runs out. */
bool machine_init(struct machine *machine, const struct ts_arch *arch);
void machine_release(struct machine *machine);

double load_bytes(const struct ts_tile_load *load);

/* Lookahead: reads or writes a block in the shared cache, in program order. */
struct outcome machine_lookup(struct machine *machine, const struct ts_tile_load *load);
struct outcome machine_fill(struct machine *machine, const struct ts_tile_load *store);

/* Bytes of a tensor's blocks in the shared cache. */
double machine_resident_bytes(const struct machine *machine, int32_t tensor);

/* Timing: each raises access->done_cycles to when its resource is through. */
void machine_noc(struct machine *machine, struct access *access);
void machine_cache(struct machine *machine, struct access *access);
void machine_dram(struct machine *machine, struct access *access);
void machine_host(struct machine *machine, struct access *access);

/* What the servers have to do at now_cycles; and `times` as much more of it as it grew from
 * `before` to `after`, for traffic that is known but not served. */
struct backlog machine_backlog(const struct machine *machine, double now_cycles);
void machine_pile_up(struct machine *machine, double now_cycles, const struct backlog *before,
                     const struct backlog *after, double times);

/* All counters so far: shared levels plus DRAM. */
void machine_counters(const struct machine *machine, struct ts_counters *counters);

#ifdef __cplusplus
}
#endif
#endif
