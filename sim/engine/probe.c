/* memory:PATTERN: the DRAM alone, burst by burst. */
#include "sim/engine/run.h"

#include <math.h>

static struct ts_memory_result dram_row(const struct ts_dram_spec *spec,
                                        const struct ts_dram_probe_result *found, double devices)
{
    double bytes = (double)(found->read_bytes + found->write_bytes);
    double burst_bytes = (double)ts_dram_burst_bytes(spec);
    double energy_pj =
        bytes * 8 *
        (spec->system_pj_per_bit > 0 ? spec->system_pj_per_bit : spec->device_pj_per_bit);
    if (spec->system_pj_per_bit <= 0) {
        energy_pj += found->activations * spec->activation_pj;
    }
    return (struct ts_memory_result){
        .level = "dram",
        .reads = (double)found->read_bytes / burst_bytes * devices,
        .writes = (double)found->write_bytes / burst_bytes * devices,
        .read_bytes = (double)found->read_bytes * devices,
        .write_bytes = (double)found->write_bytes * devices,
        .hit_rate = bytes > 0 ? fmin(found->row_hits / (bytes / burst_bytes), 1) : 0,
        .energy_per_access_pj = bytes > 0 ? energy_pj / (bytes / burst_bytes) : 0,
        .energy_j = energy_pj * devices * 1e-12,
        .achieved_gbps = found->achieved_gbps * devices,
    };
}

static void fill(struct ts_result *result, const struct ts_arch *arch,
                 const struct ts_dram_probe_result *found, struct ts_memory_result *row)
{
    double static_j = arch->power.idle_w * found->seconds;
    result->memory = row;
    result->memory_count = 1;
    result->latency_s = found->seconds;
    result->clock_mhz = result->arch.clock_mhz;
    result->cycles = found->seconds * arch->clock_hz;
    result->average_latency_ns = found->average_latency_ns;
    result->bound = ts_time_part_names[TS_TIME_DRAM];
    result->time_breakdown[TS_TIME_DRAM] = 1;
    result->energy.part_j[TS_ENERGY_DRAM] = row->energy_j;
    result->energy.part_j[TS_ENERGY_STATIC] = static_j;
    result->energy.total_j = row->energy_j + static_j;
    result->average_power_w = found->seconds > 0 ? result->energy.total_j / found->seconds : 0;
}

bool run_probe(const struct ts_arch *arch, const struct ts_program *program,
               const struct ts_sim_options *options, struct ts_arena *arena,
               struct ts_diagnostics *diagnostics, struct ts_result *result)
{
    struct ts_place place = {0};
    const struct ts_dram_spec *spec = arch->memory.dram;
    if (!spec) {
        return ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, place,
                             "architecture '%s' has no DRAM to probe", arch->name);
    }
    struct ts_dram_probe probe = {0};
    const char *pattern = program->kernels[0].probe_pattern;
    const char *wrong = ts_dram_probe_parse(pattern, &probe);
    if (wrong) {
        return ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, place, "memory:%s: %s", pattern,
                             wrong);
    }
    double peak_gbps = arch->memory.dram_bandwidth_bytes_per_s / 1e9;
    double devices = fmax(1, round(peak_gbps / ts_dram_device_peak_gbps(spec)));
    probe.seed = options->seed;
    probe.bandwidth_gbps = peak_gbps / devices;
    struct ts_dram_probe_result found;
    if (ts_dram_probe_run(spec, &probe, &found) != 0) {
        return ts_diag_error(diagnostics, TS_ERROR_SIMULATION, place,
                             "out of memory for the DRAM's queues");
    }
    struct ts_memory_result *row = TS_NEW(arena, struct ts_memory_result);
    *row = dram_row(spec, &found, devices);
    *result = (struct ts_result){0};
    result_identify(result, arch, program, options);
    fill(result, arch, &found, row);
    return true;
}
