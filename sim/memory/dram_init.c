/* Builds a memory system: channels, layout and timings in core cycles. */
#include "dram_internal.h"

#include "tessera/minmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Bytes of one page in one channel before the next channel, where the machine and not the device's
 * mapping decides: memory controllers of Intel's servers and of NVIDIA's GPUs interleave 256 bytes
 * (GPGPU-Sim, tested-cfgs/SM7_QV100: channel bits from bit 8 up).
 */
enum { SYSTEM_INTERLEAVE_BYTES = 256 };

/*
 * Inline ECC: a sixteenth of the memory holds check bits (Tesla K40: 11.25 of 12 GB are left), but
 * a stream fetches each of them about twice. BabelStream v1.0 with ECC on over off: K20c 0.889 copy
 * and 0.867 triad, K40c 0.883 and 0.867, K80 0.884 and 0.870 (UoB-HPC/BabelStream, results/v1.0).
 */
#define INLINE_ECC_BURSTS 0.125

/* Of a whole memory system: beyond any machine, and what an absurd description stops at. */
#define MOST_BANKS ((size_t)1 << 22)

int ts_dram_channel_count(const struct ts_dram_spec *spec, const struct ts_dram_config *config)
{
    double devices = config->devices;
    double channels;

    if (devices <= 0.0) {
        devices = round(config->bandwidth_gbps / ts_dram_device_peak_gbps(spec));
    }
    channels = ceil(devices * (double)spec->channels - 1e-9);
    if (channels < 1.0) {
        return devices > 0.0 || spec->channels < 1 ? 1 : (int)spec->channels;
    }
    return channels > 65536.0 ? 65536 : (int)channels;
}

/* The machine's interleave: runs of a page, in one bank, in one channel before the next. */
static void interleave_channels(struct ts_dram_layout *layout, const struct ts_dram_spec *spec,
                                const struct ts_dram_config *config)
{
    double bytes =
        config->interleave_bytes > 0.0 ? config->interleave_bytes : (double)SYSTEM_INTERLEAVE_BYTES;

    bytes = ts_min(ts_max(bytes, (double)layout->burst_bytes), (double)spec->page_bytes);
    layout->granule_bytes = (int64_t)bytes / layout->burst_bytes * layout->burst_bytes;
    if (layout->groups > 1 && (config->address_hash || config->interleave_bytes > 0.0)) {
        layout->run_bursts = layout->granule_bytes / layout->burst_bytes;
    }
}

static void make_layout(struct ts_dram_layout *layout, const struct ts_dram_spec *spec,
                        const struct ts_dram_config *config, const struct ts_dram_mapping *mapping)
{
    int column_top = mapping->column.low + mapping->column.bits;
    int channel_shift = mapping->channel.low + mapping->burst_shift;

    layout->burst_bytes = ts_dram_burst_bytes(spec);
    layout->groups = 1;
    if (mapping->bank_group.low < column_top && mapping->bank_group.bits > 0) {
        layout->groups *= spec->bank_groups;
    }
    if (mapping->bank.low < column_top && mapping->bank.bits > 0) {
        layout->groups *= spec->banks_per_group;
    }
    if (mapping->rank.low < column_top && mapping->rank.bits > 0) {
        layout->groups *= spec->ranks;
    }
    layout->stripe_bytes = spec->page_bytes * layout->groups;
    layout->sets = spec->ranks * spec->bank_groups * spec->banks_per_group / layout->groups;
    layout->run_bursts =
        layout->groups > 1 ? spec->interleave_bursts : spec->page_bytes / layout->burst_bytes;
    layout->granule_bytes = INT64_C(1) << channel_shift;
    if (config->interleave_bytes > 0.0 || config->address_hash || mapping->channel.bits == 0 ||
        layout->granule_bytes > spec->page_bytes) {
        interleave_channels(layout, spec, config);
    }
    if (spec->bank_groups == 1) {
        layout->run_bursts = 1;
    }
}

/* Idle clocks of the bus between bursts of ranks at random, a burst. */
static double rank_change(const struct ts_dram_spec *spec)
{
    double idle = spec->tRTRS, spacing = ts_max(spec->burst_cycles, spec->tCCD_S);

    if (spec->tCCD_R > 0.0) {
        idle = ts_max(0.0, spec->tCCD_R - spacing);
    }
    return idle * (1.0 - 1.0 / (double)spec->ranks);
}

static void make_times(struct ts_dram *dram, double speedup)
{
    struct ts_dram_spec spec = ts_dram_spec_scaled(dram->spec, speedup);
    struct ts_dram_times *times = dram->times;
    double cycles_per_ns = dram->config.core_hz * 1e-9;
    double clock = spec.tck_ns * cycles_per_ns;
    double spacing = ts_max(spec.burst_cycles, spec.tCCD_S);
    bool per_bank = dram->config.per_bank_refresh || spec.refresh == TS_DRAM_REFRESH_PER_BANK;
    double checks = dram->config.inline_ecc ? INLINE_ECC_BURSTS : 0.0;
    double fill = dram->config.controller_fill > 0.0 ? dram->config.controller_fill : 1.0;
    double stretch =
        (1.0 + checks) / (1.0 - ts_min(0.9, ts_dram_refresh_loss(dram->spec, per_bank)));
    double read_to_write = ts_max(0.0, spec.tCL - spec.tCWL + spec.tRTRS);
    double windows = spec.tCCD_R > 0.0 ? 1.0 : (double)spec.ranks;
    double write_to_read = spec.tCWL + (spec.bank_groups > 1 ? spec.tWTR_S : spec.tWTR_L);

    times->burst_plain = spacing * clock;
    times->burst = spacing * clock * stretch;
    times->burst_scattered = (spacing + rank_change(&spec)) * clock * stretch;
    times->burst_group = ts_max(spacing, spec.tCCD_L) * clock * stretch;
    times->burst_least = spacing * clock * (1.0 + checks) / fill;
    times->check_share = checks;
    times->activate =
        ts_max(ts_max(spec.tRRD_S, spec.tFAW / 4.0), spec.t32AW / 32.0) * clock / windows;
    times->row_cycle = (spec.tRAS + spec.tRP) * clock;
    times->row_change = (spec.tRTP + spec.tRP + spec.tRCD) * clock;
    times->hit = (spec.tCL + spec.burst_cycles) * clock;
    times->activate_read = spec.tRCD * clock;
    times->precharge = spec.tRP * clock;
    times->latency = (spec.controller_latency_ns + dram->config.latency_ns) * cycles_per_ns;
    times->turnaround = (read_to_write + write_to_read) * clock;
    times->drain_bursts = (double)(spec.write_high - spec.write_low);
}

/* Everything private in one allocation: times, channels, banks, set rows and stamps. */
static int allocate(struct ts_dram *dram, const struct ts_dram_layout *layout)
{
    size_t channels = (size_t)dram->channels, sets = (size_t)layout->sets;
    size_t banks = sets * (size_t)layout->groups;
    size_t bytes = sizeof(struct ts_dram_times) + channels * sizeof(struct ts_dram_channel) +
                   channels * banks * sizeof(struct ts_dram_bank) +
                   sets * sizeof(struct ts_dram_set);
    char *memory = channels * banks > MOST_BANKS ? NULL : calloc(1, bytes);
    struct ts_dram_bank *bank;

    if (!memory) {
        return -1;
    }
    dram->times = (struct ts_dram_times *)memory;
    dram->channel = (struct ts_dram_channel *)(dram->times + 1);
    bank = (struct ts_dram_bank *)(dram->channel + channels);
    for (size_t c = 0; c < channels; c++) {
        dram->channel[c].bank = bank + c * banks;
    }
    dram->times->set = (struct ts_dram_set *)(bank + channels * banks);
    dram->times->layout = *layout;
    return 0;
}

int ts_dram_init(struct ts_dram *dram, const struct ts_dram_spec *spec,
                 const struct ts_dram_config *config)
{
    struct ts_dram_mapping mapping;
    struct ts_dram_layout layout;
    double native_gbps, speedup = 1.0;

    memset(dram, 0, sizeof(*dram));
    if (!(config->core_hz > 0.0) || ts_dram_spec_check(spec)) {
        return -1;
    }
    (void)ts_dram_mapping_init(&mapping, spec);
    make_layout(&layout, spec, config, &mapping);
    dram->spec = spec;
    dram->config = *config;
    dram->channels = ts_dram_channel_count(spec, config);
    if (allocate(dram, &layout) != 0) {
        return -1;
    }
    native_gbps = ts_dram_channel_peak_gbps(spec) * dram->channels;
    if (config->bandwidth_gbps > 0.0) {
        speedup = config->bandwidth_gbps / native_gbps;
    }
    dram->peak_gbps = native_gbps * speedup;
    dram->peak_bytes_per_cycle = dram->peak_gbps * 1e9 / config->core_hz;
    make_times(dram, speedup);
    ts_dram_reset(dram);
    return 0;
}

void ts_dram_release(struct ts_dram *dram)
{
    free(dram->times);
    memset(dram, 0, sizeof(*dram));
}

void ts_dram_reset(struct ts_dram *dram)
{
    struct ts_dram_layout *layout = &dram->times->layout;
    int64_t banks = layout->sets * layout->groups;

    memset(&dram->counters, 0, sizeof(dram->counters));
    for (int c = 0; c < dram->channels; c++) {
        struct ts_dram_bank *bank = dram->channel[c].bank;

        dram->channel[c] = (struct ts_dram_channel){.bank = bank};
        for (int64_t b = 0; b < banks; b++) {
            bank[b] = (struct ts_dram_bank){.row = TS_DRAM_NO_ROW};
        }
    }
    for (int64_t s = 0; s < layout->sets; s++) {
        dram->times->set[s] = (struct ts_dram_set){.row = TS_DRAM_NO_ROW};
    }
    dram->times->stamp = 0;
}

double ts_dram_hit_latency_cycles(const struct ts_dram *dram)
{
    return dram->times->latency + dram->times->hit;
}

double ts_dram_miss_latency_cycles(const struct ts_dram *dram)
{
    return ts_dram_hit_latency_cycles(dram) + dram->times->precharge + dram->times->activate_read;
}

double ts_dram_idle_at_cycles(const struct ts_dram *dram)
{
    double latest = 0.0;

    for (int c = 0; c < dram->channels; c++) {
        latest = ts_max(latest, dram->channel[c].bus_free);
        latest = ts_max(latest, dram->channel[c].activate_free);
        latest = ts_max(latest, dram->channel[c].conflict_free);
    }
    return latest;
}
