#include "dram_support.h"

#include <stdlib.h>

struct ts_dram_spec hbm2_stack(void)
{
    struct ts_dram_spec spec = {
        .name = "hbm2",
        .standard = "HBM2",
        .tck_ns = 1.0,
        .burst_length = 4,
        .burst_cycles = 2,
        .bus_width_bits = 128,
        .channels = 8,
        .ranks = 1,
        .bank_groups = 4,
        .banks_per_group = 4,
        .rows = 32768,
        .page_bytes = 2048,
        .dual_command = true,
        .address_mapping = "rorabacobgch",
        .tCL = 14,
        .tCWL = 4,
        .tRCD = 14,
        .tRP = 14,
        .tRAS = 34,
        .tRFC = 260,
        .tRFC_PB = 160,
        .tREFI = 3900,
        .tCCD_S = 1,
        .tCCD_L = 2,
        .tRRD_S = 4,
        .tRRD_L = 6,
        .tFAW = 30,
        .tWTR_S = 6,
        .tWTR_L = 8,
        .tWR = 16,
        .tRTP = 5,
        .tRTRS = 1,
        .device_pj_per_bit = 3.0,
        .activation_pj = 1800.0,
        .system_pj_per_bit = 7.0,
        .refresh_pj = 60000.0,
        .background_w = 0.07,
        .capacity_gib = 8.0,
    };

    ts_dram_spec_defaults(&spec);
    return spec;
}

struct ts_dram_spec ddr4_module(void)
{
    struct ts_dram_spec spec = {
        .name = "ddr4-2400",
        .standard = "DDR4",
        .tck_ns = 0.83,
        .burst_length = 8,
        .burst_cycles = 4,
        .bus_width_bits = 64,
        .channels = 1,
        .ranks = 2,
        .bank_groups = 4,
        .banks_per_group = 4,
        .rows = 65536,
        .page_bytes = 8192,
        .address_mapping = "rorabacobgch",
        .tCL = 17,
        .tCWL = 12,
        .tRCD = 17,
        .tRP = 17,
        .tRAS = 39,
        .tRFC = 420,
        .tREFI = 9360,
        .tCCD_S = 4,
        .tCCD_L = 6,
        .tRRD_S = 4,
        .tRRD_L = 6,
        .tFAW = 26,
        .tWTR_S = 3,
        .tWTR_L = 9,
        .tWR = 18,
        .tRTP = 9,
        .tRTRS = 1,
        .device_pj_per_bit = 5.7,
        .activation_pj = 3450.0,
        .capacity_gib = 16.0,
    };

    ts_dram_spec_defaults(&spec);
    return spec;
}

static struct ts_dram_probe_result run(const struct ts_dram_spec *spec, const char *pattern)
{
    struct ts_dram_probe_result result = {0};
    struct ts_dram_probe probe;

    if (ts_dram_probe_parse(pattern, &probe) || ts_dram_probe_run(spec, &probe, &result) != 0) {
        abort();
    }
    return result;
}

double probe_gbps(const struct ts_dram_spec *spec, const char *pattern)
{
    return run(spec, pattern).achieved_gbps;
}

double probe_latency_ns(const struct ts_dram_spec *spec, const char *pattern)
{
    return run(spec, pattern).average_latency_ns;
}

double served_gbps(const struct ts_dram_spec *spec, const struct ts_dram_config *config,
                   int64_t bytes, int write_every)
{
    double in_flight[16] = {0}, end = 0.0;
    struct ts_dram dram;
    int tiles = 4096;

    if (ts_dram_init(&dram, spec, config) != 0) {
        abort();
    }
    for (int i = 0; i < tiles; i++) {
        struct ts_dram_request request = {
            .base = (uint64_t)i * (uint64_t)bytes,
            .rows = 1,
            .row_bytes = bytes,
            .pitch_bytes = bytes,
            .is_write = write_every > 0 && i % write_every == write_every - 1,
        };
        struct ts_dram_reply reply = ts_dram_serve(&dram, in_flight[i % 16], &request);

        in_flight[i % 16] = reply.done_cycles;
        end = reply.done_cycles > end ? reply.done_cycles : end;
    }
    ts_dram_release(&dram);
    return (double)tiles * (double)bytes / (end / config->core_hz) * 1e-9;
}
