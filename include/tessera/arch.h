/* Architecture: one machine, immutable once loaded.
 *
 * Life cycle: ts_arch_load() parses the YAML (with `extends`, then the -s overrides), checks it
 * against the schema rows of this header's fields plus those of its family, and fills one struct
 * ts_arch in the caller's arena. Nothing writes to it afterwards; variants (another clock, say) are
 * shallow copies.
 *
 * Units: SI in the struct (hz, bytes, s, w, v); the YAML writes mhz, kib, gbps (1e9 bytes/s), ns,
 * us.
 */
#ifndef TESSERA_ARCH_H
#define TESSERA_ARCH_H

#include "tessera/arena.h"
#include "tessera/diag.h"
#include "tessera/dram.h"
#include "tessera/precision.h"
#include "tessera/schema.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ts_family;
struct ts_technology;

enum { TS_MAX_CACHE_LEVELS = 8 };

/* One on-chip memory between the arithmetic and DRAM, nearest first in the file. Registers too may
 * be listed. `shared` levels are simulated with contention and replacement by the engine (at most
 * one, the last); private ones are part of the unit and costed by the family. */
struct ts_cache_spec {
    const char *name;      /* "l1", "l2", "unified_buffer", ... : the * of memory.cache.* */
    double capacity_bytes; /* per unit when private, total when shared */
    double
        bandwidth_bytes_per_cycle; /* per unit when private, total when shared; 0 = not a limit */
    double latency_cycles;
    double line_bytes; /* granule of one access, for counting accesses */
    bool shared;
    bool software_managed;          /* a scratchpad: no tags, the compiler places data */
    double energy_read_pj_per_byte; /* 0 = from the technology's SRAM fit */
    double energy_write_pj_per_byte;
};

struct ts_noc_spec {
    int topology;                     /* index in crossbar|mesh|ring|bus|none */
    double bandwidth_bytes_per_cycle; /* total between units and the shared level; 0 = no limit */
    double latency_cycles;
    double distance_mm; /* mean wire length a byte travels */
};

struct ts_host_spec {
    double bandwidth_bytes_per_s; /* link to the host, one direction; 0 = none */
    double latency_s;
    double energy_pj_per_bit;
    double vector_gops; /* host model for operators the machine lacks: 1e9 operations/s */
    double power_w;     /* active power of that host share */
};

struct ts_memory_spec {
    struct ts_dram_spec *dram;         /* NULL: no DRAM (everything on chip) */
    const char *dram_device;           /* name as written */
    double dram_bandwidth_bytes_per_s; /* peak; scales the device */
    double dram_capacity_bytes;
    double dram_devices;    /* devices, stacks or modules; 0 = as many as the bandwidth asks for */
    bool dram_address_hash; /* memory.dram.address_hash: channel and bank bits hashed (GPUs) */
    bool dram_per_bank_refresh;   /* memory.dram.per_bank_refresh (GPU HBM controllers) */
    bool dram_inline_ecc;         /* memory.dram.inline_ecc: check bits in the same chips */
    double dram_fill;             /* memory.dram.controller_fill: most of the bus kept busy */
    double dram_interleave_bytes; /* memory.dram.interleave_bytes: 0 = as the device maps */
    double dram_latency_s; /* path from unit to DRAM controller and back, on top of the device's */
    struct ts_cache_spec cache[TS_MAX_CACHE_LEVELS];
    int cache_count;
};

/* Power of the whole board or package beside the dynamic energy of its work:
 *   P = idle_w + static_w·v² + clock_w·(f/clock_reference)·v² + dynamic,   v = V/voltage_v
 * A file's voltage_v and clock_w hold at its own compute.clock_mhz; `-s compute.clock_mhz` moves
 * the clock and the voltage with it, not the reference.
 */
struct ts_power_spec {
    double limit_w;  /* board/package limit; 0 = none */
    double idle_w;   /* drawn whenever it is on, at any clock: fans, regulators, standby */
    double static_w; /* leakage of a working chip beyond idle_w, at voltage_v */
    double clock_w;  /* clock tree and idling pipelines beyond idle_w, at the reference */
    double tdp_w;    /* as on the datasheet */
    double clock_reference_hz; /* clock that voltage_v and clock_w hold at */
    double voltage_v;          /* at clock_reference_hz */
    double voltage_min_v;      /* lowest the regulator goes */
    double clock_min_hz;       /* highest clock that voltage_min_v sustains */
    double voltage_exponent;   /* of the rise between both */
    double toggle_rate;        /* switching of operands, 1 = random data */
    int transistors;           /* enum ts_transistors: which SRAM figures */
};

/* Device class of memories (ITRS): high performance, low operating power, low standby power, and HP
 * periphery around LSTP cells. Dynamic energy differs by two, leakage by four orders. */
enum ts_transistors {
    TS_TRANSISTORS_HP,
    TS_TRANSISTORS_LOP,
    TS_TRANSISTORS_LSTP,
    TS_TRANSISTORS_MIX
};

struct ts_arch {
    const char *name;
    const char *description;
    const char *path; /* file it came from */
    uint64_t hash;    /* of the resolved configuration */
    const struct ts_family *family;
    const void *params; /* the family's own struct, filled by its schema rows */

    double clock_hz;       /* compute.clock_mhz, or lower under a power limit */
    double rated_clock_hz; /* of a copy at another clock: what it was; else 0 */
    int64_t units;         /* compute.units: cores, SMs, arrays, PEs */
    enum ts_precision default_precision;
    /* Multiply-accumulates per cycle per unit; 0 = the path can't do it. A precision neither path
     * has is refused unless `emulated_by` names one that stands in (int8 data on an fp32 unit). */
    double vector_macs_per_cycle[TS_PRECISION_COUNT];
    double matrix_macs_per_cycle[TS_PRECISION_COUNT];

    bool fuse;          /* networks run from a compiler that fuses element-wise work */
    bool training_mode; /* compute.training_mode: see ts_workload_options */
    double launch_s;    /* host → device start of one kernel, not hidden */
    struct ts_memory_spec memory;
    struct ts_noc_spec noc;
    struct ts_host_spec host;
    struct ts_power_spec power;
    const char *technology_name;
    const struct ts_technology *technology;
    double process_nm;
};

/* -s KEY=VALUE, applied in order. */
struct ts_override {
    const char *key;
    const char *value;
};

/* Loads by name (searched in TESSERA_PATH, then the installed or source configs), alias (cpu, gpu,
 * tpu, eie) or path. A DRAM device's name gives a machine of that memory alone (family "memory"),
 * for memory:PATTERN. Errors: every TS_ERROR_* of loaders. Returns false with diagnostics. */
bool ts_arch_load(const char *name_or_path, const struct ts_override *overrides, int override_count,
                  struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                  const struct ts_arch **arch);

/* NULL when there is no such level. */
const struct ts_cache_spec *ts_arch_cache(const struct ts_arch *arch, const char *name);

/* Index of the shared last level in memory.cache, -1 when none is shared. */
int ts_arch_shared_level(const struct ts_arch *arch);

/* Multiply-accumulates per second at `precision`, the faster of both paths over all units. */
double ts_arch_peak_macs_per_s(const struct ts_arch *arch, enum ts_precision precision);

/* The machine can run `precision`: either path has a rate. */
bool ts_arch_supports(const struct ts_arch *arch, enum ts_precision precision);

/* Bound copies: the same machine at another core clock and voltage (power.limit_w). */
struct ts_arch ts_arch_at_clock(const struct ts_arch *arch, double clock_hz);

/* The clock that software knows of: without any power limit. */
double ts_arch_rated_clock_hz(const struct ts_arch *arch);

/* Voltage at a clock: voltage_min up to clock_min, then rising with a power e of the clock above
 * it, V = V_min + (V - V_min)·((f - f_min)/(f_reference - f_min))^e, clamped at both ends. A file
 * that gives none of these has its technology's (docs/models/energy.md).
 */
double ts_arch_voltage_v(const struct ts_arch *nominal, double clock_hz);

/* Names (not aliases) of architectures found, sorted. For `list archs` and suggestions. */
struct ts_config_entry {
    const char *name;
    const char *path;
    const char *description;
    const char *family;
};
int ts_arch_list(struct ts_arena *arena, struct ts_config_entry **entries);
int ts_device_list(struct ts_arena *arena, struct ts_config_entry **entries);

/* Writes the resolved configuration back as YAML, so that a run can be repeated. */
void ts_arch_write(const struct ts_arch *arch, FILE *stream);

/* `tessera list keys`: every row of the common schema and of each family's. */
void ts_arch_write_keys(FILE *stream);

/* JSON Schema of the architecture file, for editors. */
void ts_arch_write_json_schema(FILE *stream);

/* The common rows (offsets into struct ts_arch), shared by loader, lists and docs. */
extern const struct ts_schema ts_arch_schema;

#ifdef __cplusplus
}
#endif
#endif
