/* Counters × energies: the parts of a kernel's or a run's energy. */
#include "energy_internal.h"

#include <math.h>

static void add_phase(struct ts_phase_counters *total, const struct ts_phase_counters *part,
                      double times)
{
    total->macs += part->macs * times;
    total->vector_ops += part->vector_ops * times;
    total->instructions += part->instructions * times;
    total->register_read_bytes += part->register_read_bytes * times;
    total->register_write_bytes += part->register_write_bytes * times;
    for (int i = 0; i < TS_MAX_CACHE_LEVELS; i++) {
        total->level_read_bytes[i] += part->level_read_bytes[i] * times;
        total->level_write_bytes[i] += part->level_write_bytes[i] * times;
        total->level_misses_bytes[i] += part->level_misses_bytes[i] * times;
    }
}

static uint64_t scaled(uint64_t count, double times)
{
    return (uint64_t)llround((double)count * times);
}

static void add_dram(struct ts_dram_counters *total, const struct ts_dram_counters *part,
                     double times)
{
    total->read_bytes += scaled(part->read_bytes, times);
    total->write_bytes += scaled(part->write_bytes, times);
    total->read_bursts += scaled(part->read_bursts, times);
    total->write_bursts += scaled(part->write_bursts, times);
    total->requests += scaled(part->requests, times);
    total->check_bursts += part->check_bursts * times;
    total->activations += part->activations * times;
    total->row_hits += part->row_hits * times;
    total->turnarounds += part->turnarounds * times;
    total->busy_cycles += part->busy_cycles * times;
    total->stall_cycles += part->stall_cycles * times;
}

void ts_counters_add(struct ts_counters *total, const struct ts_counters *part, double times)
{
    add_phase(&total->matrix, &part->matrix, times);
    add_phase(&total->vector, &part->vector, times);
    total->shared_read_bytes += part->shared_read_bytes * times;
    total->shared_write_bytes += part->shared_write_bytes * times;
    total->shared_hit_bytes += part->shared_hit_bytes * times;
    total->noc_bytes += part->noc_bytes * times;
    total->host_bytes += part->host_bytes * times;
    total->host_ops += part->host_ops * times;
    add_dram(&total->dram, &part->dram, times);
}

/* ------------------------------------------------------------------ the parts, in pJ at nominal
 * voltage */

static double register_pj(const struct ts_arch *arch, const struct ts_phase_counters *phase)
{
    if (!arch->technology) {
        return 0;
    }
    return (phase->register_read_bytes + phase->register_write_bytes) *
           arch->technology->register_pj_per_byte;
}

/* Multiply-accumulates that one warp instruction does at least on the CUDA cores. */
static const double measured_macs_per_instruction = 32;

/* Instructions that no measured multiply-accumulate pays for. A matrix instruction feeds hundreds
 * of them and is paid for whole. */
static double unpaid_instructions(const struct ts_phase_counters *phase, bool measured,
                                  bool matrix_path)
{
    if (!measured || phase->macs == 0) {
        return phase->instructions;
    }
    return matrix_path ? 0
                       : fmax(0, phase->instructions - phase->macs / measured_macs_per_instruction);
}

/* Arithmetic and what issues it. A measured figure holds the registers' share: it is shown apart.
 */
static void add_phase_energy(const struct ts_arch *arch, enum ts_precision precision,
                             const struct ts_phase_counters *phase, bool matrix_path, double *part)
{
    bool measured = ts_energy_measured_mac_pj(arch, precision, matrix_path) > 0;
    double registers = register_pj(arch, phase);
    double macs = phase->macs * ts_energy_mac_pj(arch, precision, matrix_path);
    if (measured && phase->macs > 0) {
        registers = fmin(registers, macs);
        macs -= registers;
    }
    double adds = arch->technology ? arch->technology->add_pj[precision] : 0;
    part[TS_ENERGY_COMPUTE] +=
        macs + phase->vector_ops * adds * arch->power.toggle_rate +
        unpaid_instructions(phase, measured, matrix_path) * ts_energy_instruction_pj(arch);
    part[TS_ENERGY_REGISTER] += registers;
    for (int i = 0; i < arch->memory.cache_count; i++) {
        if (!arch->memory.cache[i].shared) {
            part[TS_ENERGY_SRAM] +=
                phase->level_read_bytes[i] * ts_energy_level_read_pj_per_byte(arch, i) +
                phase->level_write_bytes[i] * ts_energy_level_write_pj_per_byte(arch, i);
        }
    }
}

static void add_shared_energy(const struct ts_arch *arch, const struct ts_counters *counters,
                              double *part)
{
    int level = ts_arch_shared_level(arch);
    if (level >= 0) {
        bool scratchpad = arch->memory.cache[level].software_managed;
        part[scratchpad ? TS_ENERGY_SRAM : TS_ENERGY_CACHE] +=
            counters->shared_read_bytes * ts_energy_level_read_pj_per_byte(arch, level) +
            counters->shared_write_bytes * ts_energy_level_write_pj_per_byte(arch, level);
    }
    part[TS_ENERGY_INTERCONNECT] += counters->noc_bytes * ts_energy_network_pj_per_byte(arch);
}

double ts_energy_dram_j(const struct ts_arch *arch, const struct ts_counters *counters,
                        double latency_s, double dynamic)
{
    const struct ts_dram_spec *spec = arch->memory.dram;
    if (!spec) {
        return 0;
    }
    struct ts_dram_energy energy;
    int channels = (int)ceil(arch->memory.dram_devices * (double)spec->channels);
    ts_dram_energy(spec, channels, &counters->dram, latency_s, &energy);
    /* What a board draws when idle holds its memory's standby and refresh. */
    double standing = energy.background_pj + energy.refresh_pj;
    double counted = arch->power.idle_w > 0 ? 0 : standing;
    double interface_pj_per_bit = ts_energy_dram_interface_pj_per_bit(arch);
    if (interface_pj_per_bit <= 0) {
        return (energy.system_pj - standing + counted) * 1e-12;
    }
    double bits = 8.0 * (double)ts_dram_burst_bytes(spec) *
                  ((double)(counters->dram.read_bursts + counters->dram.write_bursts) +
                   counters->dram.check_bursts);
    return (energy.device_pj - standing + counted + bits * interface_pj_per_bit * dynamic) * 1e-12;
}

static double static_w(const struct ts_arch *arch, double clock_hz, double voltage_ratio)
{
    const struct ts_power_spec *power = &arch->power;
    double dynamic = voltage_ratio * voltage_ratio;
    if (power->idle_w <= 0 && power->static_w <= 0) {
        return ts_energy_leakage_w(arch) * voltage_ratio +
               power->clock_w * clock_hz / power->clock_reference_hz * dynamic;
    }
    return power->idle_w + power->static_w * dynamic +
           power->clock_w * clock_hz / power->clock_reference_hz * dynamic;
}

void ts_energy_account(const struct ts_arch *arch, enum ts_precision precision,
                       const struct ts_counters *counters, double latency_s, double clock_hz,
                       double voltage_v, struct ts_energy *energy)
{
    double voltage_ratio = voltage_v / arch->power.voltage_v;
    double dynamic = voltage_ratio * voltage_ratio;
    double part_pj[TS_ENERGY_PARTS] = {0};
    add_phase_energy(arch, precision, &counters->matrix, true, part_pj);
    add_phase_energy(arch, precision, &counters->vector, false, part_pj);
    add_shared_energy(arch, counters, part_pj);
    *energy = (struct ts_energy){0};
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        energy->part_j[i] = part_pj[i] * dynamic * 1e-12;
    }
    energy->part_j[TS_ENERGY_INTERCONNECT] +=
        counters->host_bytes * 8 * arch->host.energy_pj_per_bit * 1e-12;
    energy->part_j[TS_ENERGY_DRAM] = ts_energy_dram_j(arch, counters, latency_s, dynamic);
    energy->part_j[TS_ENERGY_STATIC] = static_w(arch, clock_hz, voltage_ratio) * latency_s;
    if (arch->host.vector_gops > 0) {
        energy->part_j[TS_ENERGY_COMPUTE] +=
            counters->host_ops / (arch->host.vector_gops * 1e9) * arch->host.power_w;
    }
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        energy->total_j += energy->part_j[i];
    }
}
