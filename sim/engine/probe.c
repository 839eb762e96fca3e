/* memory:PATTERN: the DRAM alone, burst by burst. */
#include "sim/engine/run.h"
#include "tessera/energy.h"

#include <math.h>
#include <string.h>

/* What the machine did: whoever asks for the data is behind its shared level. */
static struct ts_counters counters_of(const struct ts_arch *arch,
                                      const struct ts_dram_probe_result *found, double devices)
{
    double burst_bytes = (double)ts_dram_burst_bytes(arch->memory.dram);
    double read_bytes = (double)found->read_bytes * devices;
    double write_bytes = (double)found->write_bytes * devices;
    return (struct ts_counters){
        .shared_read_bytes = read_bytes,
        .shared_write_bytes = write_bytes,
        .noc_bytes = read_bytes + write_bytes,
        .dram =
            {
                .read_bytes = (uint64_t)read_bytes,
                .write_bytes = (uint64_t)write_bytes,
                .read_bursts = (uint64_t)llround(read_bytes / burst_bytes),
                .write_bursts = (uint64_t)llround(write_bytes / burst_bytes),
                .activations = found->activations * devices,
                .row_hits = found->row_hits * devices,
            },
    };
}

static void fill(struct ts_result *result, const struct ts_arch *arch,
                 const struct ts_dram_probe_result *found, double devices, struct ts_arena *arena)
{
    struct ts_counters counters = counters_of(arch, found, devices);
    double voltage_v = ts_arch_voltage_v(arch, arch->clock_hz);
    result->memory_count =
        ts_energy_memory_rows(arch, &counters, found->seconds, voltage_v, arena, &result->memory);
    for (int i = 0; i < result->memory_count; i++) {
        if (strcmp(result->memory[i].level, "dram") == 0) {
            result->memory[i].achieved_gbps = found->achieved_gbps * devices;
        }
    }
    result->latency_s = found->seconds;
    result->clock_mhz = result->arch.clock_mhz;
    result->cycles = found->seconds * arch->clock_hz;
    result->average_latency_ns = found->average_latency_ns;
    result->bound = ts_time_part_names[TS_TIME_DRAM];
    result->time_breakdown[TS_TIME_DRAM] = 1;
    ts_energy_account(arch, arch->default_precision, &counters, found->seconds, arch->clock_hz,
                      voltage_v, &result->energy);
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
    *result = (struct ts_result){0};
    result_identify(result, arch, program, options, arena);
    fill(result, arch, &found, devices, arena);
    return true;
}
