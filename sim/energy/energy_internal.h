/* Energies of single events, shared by the accounts. All at the nominal voltage. */
#ifndef TESSERA_SIM_ENERGY_INTERNAL_H
#define TESSERA_SIM_ENERGY_INTERNAL_H

#include "tessera/energy.h"
#include "tessera/technology.h"

/* From a unit to the shared level or DRAM: one router or crossbar and noc.distance_mm of wire. */
double ts_energy_network_pj_per_byte(const struct ts_arch *arch);

/* Board-level figure of the family with its issue and registers; 0 when there is none. */
double ts_energy_measured_mac_pj(const struct ts_arch *arch, enum ts_precision precision,
                                 bool matrix_path);

double ts_energy_instruction_pj(const struct ts_arch *arch);

/* DRAM controller and PHY on the core's supply, where they were measured with the family; else 0.
 */
double ts_energy_dram_interface_pj_per_bit(const struct ts_arch *arch);

/* All on-chip memories. */
double ts_energy_leakage_w(const struct ts_arch *arch);

/* DRAM of the counters, J: devices, and interface at (V/V_nominal)² = dynamic. */
double ts_energy_dram_j(const struct ts_arch *arch, const struct ts_counters *counters,
                        double latency_s, double dynamic);

/* Energy of one access of `bits` to a memory of `capacity_bytes`, pJ. */
double ts_sram_read_pj(const struct ts_sram_fit *fit, double capacity_bytes, double bits);
double ts_sram_write_pj(const struct ts_sram_fit *fit, double capacity_bytes, double bits);
double ts_sram_leakage_w(const struct ts_sram_fit *fit, double capacity_bytes);

#endif
