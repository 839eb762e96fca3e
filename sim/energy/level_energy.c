/* Energy of single events: a byte at a level, a multiply-accumulate, a byte on the way between. */
#include "energy_internal.h"

#include <math.h>
#include <string.h>

static const struct ts_overhead *overhead_of(const struct ts_arch *arch)
{
    return ts_technology_overhead(arch->technology, arch->family->name);
}

double ts_energy_network_pj_per_byte(const struct ts_arch *arch)
{
    const struct ts_technology *technology = arch->technology;
    if (!technology) {
        return 0;
    }
    double wire_pj_per_bit = technology->wire_fj_per_bit_mm * arch->noc.distance_mm * 1e-3;
    return 8 * (technology->router_pj_per_bit + wire_pj_per_bit);
}

/* A shared cache is cut into a slice a unit; an access wakes one. */
static double slice_bytes(const struct ts_arch *arch, const struct ts_cache_spec *level)
{
    double slices = level->shared && !level->software_managed ? fmax(1, (double)arch->units) : 1;
    return level->capacity_bytes / slices;
}

/* What was measured for the family holds the network's share, which is accounted apart. */
static double measured_pj_per_byte(const struct ts_arch *arch, const struct ts_cache_spec *level)
{
    const struct ts_overhead *overhead = overhead_of(arch);
    if (!overhead) {
        return 0;
    }
    if (!level->shared) {
        return overhead->private_pj_per_byte;
    }
    double with_network = overhead->cache_pj_per_byte;
    return with_network > 0 ? fmax(0, with_network - ts_energy_network_pj_per_byte(arch)) : 0;
}

typedef double sram_energy(const struct ts_sram_fit *fit, double capacity_bytes, double bits);

static double level_pj_per_byte(const struct ts_arch *arch, int index, double written,
                                sram_energy *energy)
{
    const struct ts_cache_spec *level = &arch->memory.cache[index];
    const struct ts_sram_fit *fit = ts_technology_sram(arch->technology, arch->power.transistors);
    double measured = measured_pj_per_byte(arch, level);
    if (written > 0) {
        return written;
    }
    if (!fit || level->line_bytes <= 0 || (measured > 0 && !level->shared)) {
        return measured;
    }
    /* Long wires can be all that was measured: the memory itself still takes its part. */
    double fitted = energy(fit, slice_bytes(arch, level), 8 * level->line_bytes);
    return fmax(measured, fitted / level->line_bytes);
}

double ts_energy_level_read_pj_per_byte(const struct ts_arch *arch, int level)
{
    return level_pj_per_byte(arch, level, arch->memory.cache[level].energy_read_pj_per_byte,
                             ts_sram_read_pj);
}

double ts_energy_level_write_pj_per_byte(const struct ts_arch *arch, int level)
{
    return level_pj_per_byte(arch, level, arch->memory.cache[level].energy_write_pj_per_byte,
                             ts_sram_write_pj);
}

double ts_energy_measured_mac_pj(const struct ts_arch *arch, enum ts_precision precision,
                                 bool matrix_path)
{
    const struct ts_overhead *overhead = overhead_of(arch);
    if (!overhead) {
        return 0;
    }
    return matrix_path ? overhead->matrix_mac_pj[precision] : overhead->vector_mac_pj[precision];
}

double ts_energy_mac_pj(const struct ts_arch *arch, enum ts_precision precision, bool matrix_path)
{
    const struct ts_technology *technology = arch->technology;
    double measured = ts_energy_measured_mac_pj(arch, precision, matrix_path);
    if (measured > 0) {
        return measured * arch->power.toggle_rate;
    }
    if (!technology) {
        return 0;
    }
    return (technology->multiply_pj[precision] + technology->accumulate_pj[precision]) *
           arch->power.toggle_rate;
}

double ts_energy_instruction_pj(const struct ts_arch *arch)
{
    const struct ts_overhead *overhead = overhead_of(arch);
    return overhead ? overhead->instruction_pj : 0;
}

double ts_energy_dram_interface_pj_per_bit(const struct ts_arch *arch)
{
    const struct ts_overhead *overhead = overhead_of(arch);
    return overhead ? overhead->dram_interface_pj_per_bit : 0;
}

double ts_energy_leakage_w(const struct ts_arch *arch)
{
    const struct ts_sram_fit *fit = ts_technology_sram(arch->technology, arch->power.transistors);
    double watts = 0;
    for (int i = 0; fit && i < arch->memory.cache_count; i++) {
        const struct ts_cache_spec *level = &arch->memory.cache[i];
        double copies = level->shared ? 1 : (double)arch->units;
        watts += copies * ts_sram_leakage_w(fit, level->capacity_bytes);
    }
    return watts;
}
