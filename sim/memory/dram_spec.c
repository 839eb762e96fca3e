/* The device description: schema rows, defaults, checks and figures that follow from it. */
#include "tessera/dram.h"

#include <stddef.h>

#define FIELD(member) offsetof(struct ts_dram_spec, member)
#define CYCLES(key, member, most, text)                                                            \
    {                                                                                              \
        "timing." key, TS_SCHEMA_REAL, FIELD(member), 1, 0.1, most, "cycles", NULL, NULL, text     \
    }
#define CYCLES_OR_ZERO(key, member, most, text)                                                    \
    {                                                                                              \
        "timing." key, TS_SCHEMA_REAL, FIELD(member), 1, 0, most, "cycles", NULL, "0", text        \
    }
#define COUNT(key, member, most, fallback, text)                                                   \
    {                                                                                              \
        key, TS_SCHEMA_INTEGER, FIELD(member), 1, 1, most, "", NULL, fallback, text                \
    }
#define REAL(key, member, least, most, unit, fallback, text)                                       \
    {                                                                                              \
        key, TS_SCHEMA_REAL, FIELD(member), 1, least, most, unit, NULL, fallback, text             \
    }

/* DRAMsim3, cmd_queue_size of its configurations. Ramulator 2.1 has one queue and drains writes
 * down to a low watermark. */
enum { BANK_QUEUE = 8 };

static const struct ts_schema_row rows[] = {
    {"standard", TS_SCHEMA_STRING, FIELD(standard), 1, 0, 0, "", NULL, NULL,
     "DRAM standard, as reports print it."},
    REAL("geometry.tck_ns", tck_ns, 0.05, 20, "ns", NULL, "Clock that the timings are counted in."),
    COUNT("geometry.burst_length", burst_length, 256, NULL, "Transfers on each pin in one burst."),
    REAL("geometry.burst_cycles", burst_cycles, 0.125, 64, "cycles", NULL,
         "Clocks that one burst holds the data bus."),
    COUNT("geometry.bus_width_bits", bus_width_bits, 4096, NULL, "Data pins of one channel."),
    COUNT("geometry.channels", channels, 256, "1",
          "Channels of one device, stack or module; each pseudo-channel is one."),
    COUNT("geometry.pseudo_channels", pseudo_channels, 16, "1",
          "Channels that share a controller's queues and command buses."),
    COUNT("geometry.ranks", ranks, 64, "1", "Ranks of one channel."),
    COUNT("geometry.bank_groups", bank_groups, 16, "1", "Bank groups of one rank."),
    COUNT("geometry.banks_per_group", banks_per_group, 64, NULL, "Banks of one bank group."),
    COUNT("geometry.rows", rows, 1 << 24, NULL, "Rows of one bank."),
    COUNT("geometry.page_bytes", page_bytes, 1 << 20, NULL,
          "One row of one bank over the channel's whole bus."),
    REAL("geometry.capacity_gib", capacity_gib, 0.001, 4096, "GiB", NULL,
         "Capacity of one device, stack or module."),
    {"geometry.dual_command", TS_SCHEMA_BOOL, FIELD(dual_command), 1, 0, 0, "", NULL, "off",
     "Row and column commands have buses of their own (HBM)."},
    REAL("geometry.activate_cycles", activate_cycles, 0.5, 8, "cycles", "1",
         "Clocks that an activate holds the command bus; its timings count from the last one."),
    {"geometry.address_mapping", TS_SCHEMA_STRING, FIELD(address_mapping), 1, 0, 0, "", NULL,
     "rorabacobgch", "Fields of an address, most significant first: ro ra ba bg co ch."},
    COUNT("geometry.interleave_bursts", interleave_bursts, 4096, "1",
          "Bursts kept together below all other address fields."),
    CYCLES("tCL", tCL, 500, "Read command to first data."),
    CYCLES("tCWL", tCWL, 500, "Write command to first data."),
    CYCLES("tRCD", tRCD, 500, "Activate to read."),
    CYCLES_OR_ZERO("tRCD_WR", tRCD_WR, 500, "Activate to write; 0 = tRCD."),
    CYCLES("tRP", tRP, 500, "Precharge to activate."),
    CYCLES("tRAS", tRAS, 1000, "Activate to precharge."),
    CYCLES("tRFC", tRFC, 10000, "Refresh of a whole rank."),
    CYCLES_OR_ZERO("tRFC_PB", tRFC_PB, 10000, "Refresh of one bank; 0 = the device cannot."),
    CYCLES("tREFI", tREFI, 200000, "Mean interval between refreshes of a rank."),
    CYCLES("tCCD_S", tCCD_S, 100, "Column to column, another bank group."),
    CYCLES("tCCD_L", tCCD_L, 100, "Column to column, the same bank group."),
    CYCLES_OR_ZERO("tCCD_L_WR", tCCD_L_WR, 200, "Write to write, the same bank group; 0 = tCCD_L."),
    CYCLES_OR_ZERO("tCCD_R", tCCD_R, 100,
                   "Read to read, another stack identifier (HBM3): ranks then share one channel's "
                   "activation windows; 0 = they are ranks of a module."),
    CYCLES("tRRD_S", tRRD_S, 200, "Activate to activate, another bank group."),
    CYCLES("tRRD_L", tRRD_L, 200, "Activate to activate, the same bank group."),
    CYCLES("tFAW", tFAW, 1000, "Window that holds at most four activates of a rank."),
    CYCLES("tWTR_S", tWTR_S, 200, "End of write data to read, another bank group."),
    CYCLES("tWTR_L", tWTR_L, 200, "End of write data to read, the same bank group."),
    CYCLES("tWR", tWR, 500, "End of write data to precharge."),
    CYCLES("tRTP", tRTP, 200, "Read to precharge."),
    CYCLES_OR_ZERO("tRTRS", tRTRS, 50, "Idle clocks when the data bus changes rank or direction."),
    CYCLES_OR_ZERO("tPPD", tPPD, 50, "Precharge to precharge."),
    CYCLES_OR_ZERO("t32AW", t32AW, 5000,
                   "Window that holds at most 32 activates of a rank; 0 = none."),
    COUNT("controller.read_queue", read_queue, 256, "32", "Reads a channel's scheduler sees."),
    COUNT("controller.write_queue", write_queue, 256, "32",
          "Writes a channel gathers before it drains them."),
    {"controller.bank_queue", TS_SCHEMA_INTEGER, FIELD(bank_queue), 1, 0, 64, "", NULL, "-1",
     "Requests that each bank's own queue takes from the channel's, banks served in turn; 0 = one "
     "queue, the oldest first. Without the key: 8, or 0 where write_low is set."},
    {"controller.write_high", TS_SCHEMA_INTEGER, FIELD(write_high), 1, 0, 256, "", NULL, "0",
     "Writes that begin a drain; 0 = a full queue."},
    {"controller.write_low", TS_SCHEMA_INTEGER, FIELD(write_low), 1, 0, 255, "", NULL, "0",
     "Writes left when a drain ends."},
    {"controller.machine_queue", TS_SCHEMA_INTEGER, FIELD(machine_queue), 1, 0, 256, "", NULL, "0",
     "Reads, and writes, that a channel's scheduler sees in a machine with this device, where its "
     "controllers have queues for each bank and are larger than those above; 0 = as above."},
    REAL("controller.latency_ns", controller_latency_ns, 0, 1000, "ns", "0",
         "Request to first command, on an idle channel."),
    {"controller.refresh", TS_SCHEMA_CHOICE, FIELD(refresh), 1, 0, 0, "", "all_bank|per_bank",
     "all_bank", "Refresh of a whole rank at once, or of one bank at a time."},
    REAL("energy.device_pj_per_bit", device_pj_per_bit, 0, 1000, "pJ/bit", NULL,
         "Column access, on-die movement and I/O; activation apart."),
    REAL("energy.activation_pj", activation_pj, 0, 1e6, "pJ", NULL,
         "Activate and precharge of one page of the channel."),
    REAL("energy.system_pj_per_bit", system_pj_per_bit, 0, 1000, "pJ/bit", "0",
         "Everything, controller and PHY included; 0 = the device figures."),
    REAL("energy.refresh_pj", refresh_pj, 0, 1e9, "pJ", "0",
         "One all-bank refresh of one rank of one channel."),
    REAL("energy.background_w", background_w, 0, 100, "W", "0", "Standby power of one channel."),
};

const struct ts_schema ts_dram_schema = {rows, sizeof(rows) / sizeof(rows[0])};

void ts_dram_spec_defaults(struct ts_dram_spec *spec)
{
    if (spec->tRCD_WR <= 0.0) {
        spec->tRCD_WR = spec->tRCD;
    }
    if (spec->pseudo_channels <= 0) {
        spec->pseudo_channels = 1;
    }
    if (spec->activate_cycles <= 0.0) {
        spec->activate_cycles = 1.0;
    }
    if (spec->interleave_bursts <= 0) {
        spec->interleave_bursts = 1;
    }
    if (!spec->address_mapping) {
        spec->address_mapping = "rorabacobgch";
    }
    if (spec->read_queue <= 0) {
        spec->read_queue = 32;
    }
    if (spec->write_queue <= 0) {
        spec->write_queue = 32;
    }
    if (spec->write_high <= 0 || spec->write_high > spec->write_queue) {
        spec->write_high = spec->write_queue;
    }
    if (spec->bank_queue < 0) {
        spec->bank_queue = spec->write_low > 0 ? 0 : BANK_QUEUE;
    }
    if (spec->tCCD_L_WR <= 0.0) {
        spec->tCCD_L_WR = spec->tCCD_L;
    }
}

void ts_dram_spec_in_machine(struct ts_dram_spec *spec)
{
    if (spec->machine_queue > 0) {
        spec->read_queue = spec->write_queue = spec->write_high = spec->machine_queue;
        spec->write_low = 0;
        spec->bank_queue = BANK_QUEUE;
        spec->pseudo_channels = 1; /* each has a controller, as its own memory partition */
    }
}

struct ts_dram_spec ts_dram_spec_scaled(const struct ts_dram_spec *spec, double speedup)
{
    struct ts_dram_spec scaled = *spec;
    double *array_timing[] = {
        &scaled.tCL,    &scaled.tCWL,  &scaled.tRCD,    &scaled.tRCD_WR, &scaled.tRP,
        &scaled.tRAS,   &scaled.tRFC,  &scaled.tRFC_PB, &scaled.tREFI,   &scaled.tRRD_S,
        &scaled.tRRD_L, &scaled.tFAW,  &scaled.tWTR_S,  &scaled.tWTR_L,  &scaled.tWR,
        &scaled.tRTP,   &scaled.t32AW,
    };

    scaled.tck_ns /= speedup;
    for (size_t i = 0; i < sizeof(array_timing) / sizeof(array_timing[0]); i++) {
        *array_timing[i] *= speedup;
    }
    return scaled;
}

const char *ts_dram_spec_check(const struct ts_dram_spec *spec)
{
    struct ts_dram_mapping mapping;

    if (spec->tck_ns <= 0.0 || spec->burst_cycles <= 0.0) {
        return "geometry.tck_ns and geometry.burst_cycles must be positive";
    }
    if (spec->bus_width_bits % 8 != 0) {
        return "geometry.bus_width_bits must be a multiple of 8";
    }
    if (spec->page_bytes < ts_dram_burst_bytes(spec)) {
        return "geometry.page_bytes must hold at least one burst";
    }
    if (spec->tREFI <= spec->tRFC) {
        return "timing.tREFI must be longer than timing.tRFC";
    }
    if (spec->tCCD_L < spec->tCCD_S) {
        return "timing.tCCD_L must be at least timing.tCCD_S";
    }
    if (spec->tRRD_L < spec->tRRD_S) {
        return "timing.tRRD_L must be at least timing.tRRD_S";
    }
    if (spec->pseudo_channels < 1 || spec->channels % spec->pseudo_channels != 0) {
        return "geometry.pseudo_channels must divide geometry.channels, which counts them";
    }
    if (spec->tRAS + spec->tRP <= 2.0 * spec->activate_cycles) {
        return "geometry.activate_cycles must be below half of timing.tRAS + timing.tRP";
    }
    if (spec->write_low >= spec->write_high) {
        return "controller.write_low must be below controller.write_high";
    }
    if (spec->bank_queue > 0 && spec->write_low > 0) {
        return "controller.write_low needs one queue for all banks: controller.bank_queue 0";
    }
    if (spec->refresh == TS_DRAM_REFRESH_PER_BANK && spec->tRFC_PB <= 0.0) {
        return "controller.refresh per_bank needs timing.tRFC_PB";
    }
    return ts_dram_mapping_init(&mapping, spec);
}

int64_t ts_dram_burst_bytes(const struct ts_dram_spec *spec)
{
    return spec->bus_width_bits * spec->burst_length / 8;
}

double ts_dram_channel_peak_gbps(const struct ts_dram_spec *spec)
{
    return (double)ts_dram_burst_bytes(spec) / (spec->burst_cycles * spec->tck_ns);
}

double ts_dram_device_peak_gbps(const struct ts_dram_spec *spec)
{
    return ts_dram_channel_peak_gbps(spec) * (double)spec->channels;
}

double ts_dram_refresh_loss(const struct ts_dram_spec *spec, bool per_bank)
{
    double reopen = spec->tRP + spec->tRCD;
    double banks = (double)(spec->bank_groups * spec->banks_per_group);
    double precharge = spec->tPPD > 1.0 ? spec->tPPD : 1.0;

    if (per_bank && spec->tRFC_PB > 0.0) {
        return (spec->tRFC_PB + reopen) / spec->tREFI;
    }
    return (banks * precharge + reopen + spec->tRFC) / spec->tREFI;
}

double ts_dram_stream_efficiency(const struct ts_dram_spec *spec)
{
    struct ts_dram_mapping mapping;
    double burst = spec->burst_cycles > spec->tCCD_S ? spec->burst_cycles : spec->tCCD_S;
    bool one_group = false;

    if (!ts_dram_mapping_init(&mapping, spec)) {
        one_group = spec->bank_groups > 1 && mapping.bank_group.low > mapping.column.low;
    }
    if (one_group && spec->tCCD_L > burst) {
        burst = spec->tCCD_L;
    }
    return (1.0 - ts_dram_refresh_loss(spec, spec->refresh == TS_DRAM_REFRESH_PER_BANK)) *
           spec->burst_cycles / burst;
}
