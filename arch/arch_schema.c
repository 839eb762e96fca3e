/* Keys of an architecture file that all families share. */
#include "arch_internal.h"

#include <stddef.h>

#define FIELD(member) offsetof(struct ts_arch, member)
#define CACHE(member) offsetof(struct ts_cache_spec, member)
#define HEAD(member) offsetof(struct ts_arch_head, member)

static const struct ts_schema_row head_rows[] = {
    {"name", TS_SCHEMA_STRING, HEAD(name), 1, 0, 0, "", NULL, "",
     "Name that reports print; the file's own name when absent."},
    {"description", TS_SCHEMA_STRING, HEAD(description), 1, 0, 0, "", NULL, "",
     "One line on what the machine is."},
    {"family", TS_SCHEMA_STRING, HEAD(family), 1, 0, 0, "", NULL, NULL,
     "Model that maps kernels to the machine; `tessera list archs` names the families."},
    {"extends", TS_SCHEMA_STRING, HEAD(extends), 1, 0, 0, "", NULL, "",
     "Architecture whose keys hold where this file gives none."},
};
const struct ts_schema ts_arch_head_schema = {head_rows, sizeof head_rows / sizeof head_rows[0]};

#define REAL(path, member, scale, least, most, unit, fallback, doc)                                \
    {                                                                                              \
        path, TS_SCHEMA_REAL, FIELD(member), scale, least, most, unit, NULL, fallback, doc         \
    }
#define LEVEL(key, member, scale, least, most, unit, fallback, doc)                                \
    {                                                                                              \
        "memory.cache.*." key, TS_SCHEMA_REAL, CACHE(member), scale, least, most, unit, NULL,      \
            fallback, doc                                                                          \
    }

static const struct ts_schema_row rows[] = {
    {"default_precision", TS_SCHEMA_PRECISION, FIELD(default_precision), 1, 0, 0, "", NULL, "fp32",
     "Precision of a run without -p."},
    {"technology", TS_SCHEMA_STRING, FIELD(technology_name), 1, 0, 0, "", NULL, "",
     "Energy table in configs/technology; the one nearest to process_nm when absent."},
    REAL("process_nm", process_nm, 1, 1, 250, "nm", "", "Process node as its maker names it."),

    REAL("compute.clock_mhz", clock_hz, 1e6, 1, 20000, "MHz", NULL,
         "Clock of the units under sustained load."),
    {"compute.units", TS_SCHEMA_INTEGER, FIELD(units), 1, 1, 1048576, "", NULL, NULL,
     "Cores, multiprocessors, arrays or processing elements."},
    {"compute.vector_macs_per_cycle", TS_SCHEMA_REAL_BY_PRECISION, FIELD(vector_macs_per_cycle), 1,
     0, 1e6, "MAC/cycle", NULL, "",
     "Multiply-accumulates of one unit's vector or scalar lanes, by precision."},
    {"compute.matrix_macs_per_cycle", TS_SCHEMA_REAL_BY_PRECISION, FIELD(matrix_macs_per_cycle), 1,
     0, 1e8, "MAC/cycle", NULL, "",
     "Multiply-accumulates of one unit's matrix engines, by precision."},
    REAL("compute.launch_us", launch_s, 1e-6, 0, 1e6, "us", "0",
         "Time from the host's call to the start of one kernel."),

    {"compute.fuse", TS_SCHEMA_BOOL, FIELD(fuse), 1, 0, 0, "", NULL, "off",
     "Inference runs from a compiler that folds batch normalisation and element-wise work into "
     "what "
     "makes its input; off: one kernel an operator, as in eager frameworks."},

    {"compute.training_mode", TS_SCHEMA_BOOL, FIELD(training_mode), 1, 0, 0, "", NULL, "off",
     "Networks stay in training mode, as published timings of Torch 7 ran: forward runs take batch "
     "statistics and draw dropout's mask, backward ones go on to the network's input."},

    {"memory.dram.device", TS_SCHEMA_STRING, FIELD(memory.dram_device), 1, 0, 0, "", NULL, "",
     "DRAM device in configs/devices; none when everything stays on the chip."},
    REAL("memory.dram.devices", memory.dram_devices, 1, 0.001, 4096, "", "",
         "Devices, stacks or modules; as many as the bandwidth asks for when absent."),
    REAL("memory.dram.bandwidth_gbps", memory.dram_bandwidth_bytes_per_s, 1e9, 0.001, 1e6, "GB/s",
         "", "Peak bandwidth of all devices; the device is scaled to it."),
    REAL("memory.dram.capacity_gib", memory.dram_capacity_bytes, 1073741824.0, 0.0001, 1e6, "GiB",
         "", "Capacity of all devices."),
    REAL("memory.dram.latency_ns", memory.dram_latency_s, 1e-9, 0, 1e5, "ns", "0",
         "Path from the last cache to the DRAM controller and back, beside the device's own."),
    {"memory.dram.address_hash", TS_SCHEMA_BOOL, FIELD(memory.dram_address_hash), 1, 0, 0, "", NULL,
     "off", "Channel and bank bits are hashed with row bits."},
    {"memory.dram.per_bank_refresh", TS_SCHEMA_BOOL, FIELD(memory.dram_per_bank_refresh), 1, 0, 0,
     "", NULL, "off", "The controller refreshes one bank at a time where the device can."},
    {"memory.dram.inline_ecc", TS_SCHEMA_BOOL, FIELD(memory.dram_inline_ecc), 1, 0, 0, "", NULL,
     "off", "Check bits lie in the data's own chips and travel over the same bus (GDDR boards)."},
    REAL("memory.dram.controller_fill", memory.dram_fill, 1, 0.1, 1, "", "1",
         "Most of the bus's time that the machine's controllers fill with data, reads or writes."),
    REAL("memory.dram.interleave_bytes", memory.dram_interleave_bytes, 1, 16, 1048576, "B", "",
         "Bytes in one channel before the next; as the device maps when absent."),

    LEVEL("capacity_kib", capacity_bytes, 1024, 0.001, 1e8, "KiB", NULL,
          "Capacity, of one unit's share when private, of all when shared."),
    LEVEL("bandwidth_bytes_per_cycle", bandwidth_bytes_per_cycle, 1, 0.001, 1e7, "B/cycle", "",
          "Bytes a cycle, for one unit when private, for all when shared; no limit when absent."),
    LEVEL("latency_cycles", latency_cycles, 1, 0, 1e5, "cycles", "0", "Load-to-use latency."),
    LEVEL("line_bytes", line_bytes, 1, 0.125, 1048576, "B", "64",
          "Bytes of one access: counts accesses and sets their energy."),
    {"memory.cache.*.shared", TS_SCHEMA_BOOL, CACHE(shared), 1, 0, 0, "", NULL, "off",
     "All units share it: the last level before DRAM, simulated with contention."},
    {"memory.cache.*.software_managed", TS_SCHEMA_BOOL, CACHE(software_managed), 1, 0, 0, "", NULL,
     "off", "A scratchpad: the program places the data, there are no tags."},
    LEVEL("energy_read_pj_per_byte", energy_read_pj_per_byte, 1, 0.0001, 1e5, "pJ/B", "",
          "Energy of a read; from the technology's SRAM figures when absent."),
    LEVEL("energy_write_pj_per_byte", energy_write_pj_per_byte, 1, 0.0001, 1e5, "pJ/B", "",
          "Energy of a write; from the technology's SRAM figures when absent."),

    {"noc.topology", TS_SCHEMA_CHOICE, FIELD(noc.topology), 1, 0, 0, "",
     "crossbar|mesh|ring|bus|none", "crossbar", "Network between the units and the shared level."},
    REAL("noc.bandwidth_bytes_per_cycle", noc.bandwidth_bytes_per_cycle, 1, 0.001, 1e7, "B/cycle",
         "", "Bytes a cycle between all units and the shared level; no limit when absent."),
    REAL("noc.latency_cycles", noc.latency_cycles, 1, 0, 1e5, "cycles", "0",
         "Latency between a unit and the shared level."),
    REAL("noc.distance_mm", noc.distance_mm, 1, 0, 1000, "mm", "0",
         "Mean wire length that a byte travels between a unit and the shared level."),

    REAL("host.bandwidth_gbps", host.bandwidth_bytes_per_s, 1e9, 0.001, 1e5, "GB/s", "",
         "Link to the host, one direction."),
    REAL("host.latency_us", host.latency_s, 1e-6, 0, 1e6, "us", "0", "Latency of that link."),
    REAL("host.energy_pj_per_bit", host.energy_pj_per_bit, 1, 0, 1e5, "pJ/bit", "0",
         "Energy of a bit over that link."),
    REAL("host.vector_gops", host.vector_gops, 1, 0, 1e7, "Gop/s", "0",
         "Rate of the host on operators that the machine lacks."),
    REAL("host.power_w", host.power_w, 1, 0, 1e5, "W", "0", "Power of the host while it does."),

    REAL("power.limit_w", power.limit_w, 1, 0.001, 1e6, "W", "",
         "Board or package limit; clock and voltage fall until the average power meets it."),
    REAL("power.idle_w", power.idle_w, 1, 0, 1e6, "W", "",
         "Drawn whenever the board is on, whatever its clock."),
    REAL("power.static_w", power.static_w, 1, 0, 1e6, "W", "",
         "Leakage of the working chip beyond idle_w, at the nominal voltage."),
    REAL("power.clock_w", power.clock_w, 1, 0, 1e6, "W", "",
         "Clock tree and idling pipelines beyond idle_w, at the nominal clock and voltage."),
    REAL("power.tdp_w", power.tdp_w, 1, 0.001, 1e6, "W", "", "Design power on the datasheet."),
    REAL("power.reference_clock_mhz", power.clock_reference_hz, 1e6, 1, 20000, "MHz", "",
         "Clock that voltage_v and clock_w hold at; the file's compute.clock_mhz when absent."),
    REAL("power.voltage_v", power.voltage_v, 1, 0.1, 5, "V", "",
         "Core voltage at that clock; the technology's nominal one when absent."),
    REAL("power.voltage_min_v", power.voltage_min_v, 1, 0.1, 5, "V", "",
         "Lowest core voltage; the technology's share of the nominal one when absent."),
    REAL("power.clock_min_mhz", power.clock_min_hz, 1e6, 1, 20000, "MHz", "",
         "Highest clock that the lowest voltage sustains; the technology's share when absent."),
    REAL("power.voltage_exponent", power.voltage_exponent, 1, 0.25, 4, "", "",
         "Power of the clock that the voltage rises with above it; the technology's when absent."),
    REAL("power.toggle_rate", power.toggle_rate, 1, 0, 2, "", "1",
         "Switching of the operands' bits: 1 random data, lower for data with many zeros."),
    {"power.transistors", TS_SCHEMA_CHOICE, FIELD(power.transistors), 1, 0, 0, "",
     "hp|lop|lstp|mix", "hp",
     "Transistors of the on-chip memories: high performance, low operating power, low standby "
     "power, "
     "or fast periphery around low-standby cells."},
};

const struct ts_schema ts_arch_schema = {rows, sizeof rows / sizeof rows[0]};

struct ts_schema_array ts_arch_cache_array(struct ts_arch *arch)
{
    return (struct ts_schema_array){
        .prefix = "memory.cache",
        .elements = arch->memory.cache,
        .element_bytes = sizeof arch->memory.cache[0],
        .name_offset = offsetof(struct ts_cache_spec, name),
        .capacity = TS_MAX_CACHE_LEVELS,
        .count = &arch->memory.cache_count,
    };
}
