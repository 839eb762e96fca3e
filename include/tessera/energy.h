/* Energy: counters × technology table. Every figure in the table carries its source and node.
 *
 * Dynamic energy scales with (V/V_nominal)²; static power with V and time.
 */
#ifndef TESSERA_ENERGY_H
#define TESSERA_ENERGY_H

#include "tessera/arch.h"
#include "tessera/plan.h"
#include "tessera/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What one kernel (or run) did, everywhere. Bytes and counts, no time. */
struct ts_counters {
    struct ts_phase_counters matrix;              /* of phases on the matrix path */
    struct ts_phase_counters vector;              /* of phases on the vector path */
    double shared_read_bytes, shared_write_bytes; /* at the shared cache */
    double shared_hit_bytes;                      /* of shared reads */
    double noc_bytes;
    double host_bytes;
    double host_ops; /* done by the host model */
    struct ts_dram_counters dram;
};

/* Energy of a byte at a level, pJ, at the nominal voltage; level = index in memory.cache. The
 * file's own figure, a figure measured for the family, or the technology's SRAM fit for the level's
 * capacity (of one slice a unit when shared) and line_bytes. 0 without a technology. */
double ts_energy_level_read_pj_per_byte(const struct ts_arch *arch, int level);
double ts_energy_level_write_pj_per_byte(const struct ts_arch *arch, int level);

/* Energy of one multiply-accumulate, pJ, on the matrix or the vector path, toggle rate included. */
double ts_energy_mac_pj(const struct ts_arch *arch, enum ts_precision precision, bool matrix_path);

/* Fills `energy` for `counters` spent in `latency_s` at `clock_hz` and `voltage_v`; `arch` is the
 * nominal machine. With v = voltage_v / arch->power.voltage_v dynamic energy of the chip scales
 * with v², of DRAM devices and links not at all; static = (idle_w + static_w·v² +
 * clock_w·clock_hz/power.clock_reference_hz·v²)·latency_s, or the leakage of the memories
 * ·v·latency_s when the file gives none of these. */
void ts_energy_account(const struct ts_arch *arch, enum ts_precision precision,
                       const struct ts_counters *counters, double latency_s, double clock_hz,
                       double voltage_v, struct ts_energy *energy);

/* Memory rows (register, each level, dram) of a result, from the same counters. Arrays in arena. */
int ts_energy_memory_rows(const struct ts_arch *arch, const struct ts_counters *counters,
                          double latency_s, double voltage_v, struct ts_arena *arena,
                          struct ts_memory_result **rows);

/* Sums counters: total += part × times. */
void ts_counters_add(struct ts_counters *total, const struct ts_counters *part, double times);

#ifdef __cplusplus
}
#endif
#endif
