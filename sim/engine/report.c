/* From a finished run to the result tree. */
#include "sim/engine/run.h"

#include <math.h>

const char *const ts_time_part_names[TS_TIME_PARTS] = {
    "compute", "dram", "cache", "interconnect", "fill_drain", "imbalance", "overhead",
};
const char *const ts_energy_part_names[TS_ENERGY_PARTS] = {
    "compute", "register", "sram", "cache", "dram", "interconnect", "static",
};

const char *largest_time_part(const double parts[TS_TIME_PARTS])
{
    int largest = 0;
    for (int part = 1; part < TS_TIME_PARTS; part++) {
        if (parts[part] > parts[largest]) {
            largest = part;
        }
    }
    return ts_time_part_names[largest];
}

/* Fractions that sum to 1; a run that took no time spent it all computing. */
static void fractions_of(const double parts[TS_TIME_PARTS], double fractions[TS_TIME_PARTS])
{
    double sum = 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        fractions[part] = fmax(parts[part], 0); /* rounding of a sum may leave -1e-12 */
        sum += fractions[part];
    }
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        fractions[part] = sum > 0 ? fractions[part] / sum : part == TS_TIME_COMPUTE;
    }
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

/* A batched GEMM between Winograd's transforms is that algorithm, whichever kernel multiplies. */
static const char *algorithm_of(const struct ts_kernel *kernel,
                                const struct kernel_outcome *outcome)
{
    return kernel->winograd && !kernel->has_conv ? "winograd" : outcome->algorithm;
}

void kernel_energy(const struct ts_arch *nominal, const struct ts_kernel *kernel,
                   const struct kernel_outcome *outcome, struct ts_energy *energy)
{
    ts_energy_account(nominal, kernel->precision, &outcome->counters,
                      outcome->cycles / outcome->clock_hz, outcome->clock_hz,
                      ts_arch_voltage_v(nominal, outcome->clock_hz), energy);
}

static void report_layer(const struct run *run, const struct ts_arch *nominal, int index,
                         struct ts_layer_result *layer)
{
    const struct ts_kernel *kernel = &run->whole->kernels[index];
    const struct kernel_outcome *outcome = &run->kernels[index];
    double latency_s = outcome->cycles / outcome->clock_hz;
    double peak_tflops = 2 * ts_arch_peak_macs_per_s(nominal, kernel->precision) / 1e12;
    *layer = (struct ts_layer_result){
        .name = kernel->name,
        .op = kernel->op,
        .algorithm = algorithm_of(kernel, outcome),
        .ran_on = outcome->ran_on,
        .m = kernel->m,
        .n = kernel->n,
        .k = kernel->k,
        .batch = kernel->batch,
        .macs = kernel->macs,
        .effective_macs = kernel->effective_macs,
        .cycles = outcome->cycles,
        .latency_s = latency_s,
        .tflops = ratio(2 * kernel->effective_macs, latency_s) / 1e12,
        .dram_read_bytes = (double)outcome->counters.dram.read_bytes,
        .dram_write_bytes = (double)outcome->counters.dram.write_bytes,
    };
    layer->utilization = ratio(layer->tflops, peak_tflops);
    fractions_of(outcome->part_cycles, layer->time_breakdown);
    layer->bound = largest_time_part(layer->time_breakdown);
    kernel_energy(nominal, kernel, outcome, &layer->energy);
}

static const char *const phase_names[] = {NULL, "prefill", "decode"};

void result_identify(struct ts_result *result, const struct ts_arch *arch,
                     const struct ts_program *program, const struct ts_sim_options *options,
                     struct ts_arena *arena)
{
    result->arch.name = arch->name;
    result->arch.family = arch->family->name;
    result->arch.description = arch->description;
    result->arch.peak_tflops = 2 * ts_arch_peak_macs_per_s(arch, program->precision) / 1e12;
    result->arch.memory_bandwidth_gbps = arch->memory.dram_bandwidth_bytes_per_s / 1e9;
    result->arch.clock_mhz = arch->clock_hz / 1e6;
    result->arch.ceiling_count =
        machine_ceilings(arch, program->precision, arena, &result->arch.ceilings);
    result->workload.name = program->name;
    result->workload.precision = ts_precision_info(program->precision)->name;
    result->workload.mode = program->training ? "training" : "inference";
    result->workload.batch = program->batch;
    result->workload.macs = program->macs;
    result->workload.effective_macs = program->effective_macs;
    result->workload.parameters = program->parameters;
    result->workload.coverage = program->coverage;
    result->workload.parameter_bytes = program->parameter_bytes;
    result->workload.phase = phase_names[program->phase];
    result->workload.context = program->context;
    result->workload.footprint = program->footprint;
    result->workload.kv_cache_bytes = program->kv_cache_bytes;
    result->workload.teacher = program->teacher;
    result->workload.student = program->student;
    result->notes = program->notes;
    result->note_count = program->note_count;
    result->average_latency_ns = -1;
    result->provenance.version = ts_version();
    result->provenance.options = options->options ? options->options : "";
    result->provenance.seed = options->seed;
    result->provenance.arch_hash = arch->hash;
    result->provenance.workload_hash = program->hash;
}

static void add_energy(struct ts_energy *total, const struct ts_energy *part)
{
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        total->part_j[i] += part->part_j[i];
    }
    total->total_j += part->total_j;
}

/* Rows of the memory table: the energy of each kernel's accesses at its own voltage. */
static void report_memory(const struct run *run, const struct ts_arch *nominal,
                          const struct ts_counters *counters, struct ts_result *result)
{
    result->memory_count =
        ts_energy_memory_rows(nominal, counters, result->latency_s, nominal->power.voltage_v,
                              run->arena, &result->memory);
    double *joules = TS_NEW_ARRAY(run->arena, result->memory_count, double);
    struct ts_arena scratch = TS_ARENA_INIT;
    for (int i = 0; i < result->layer_count; i++) {
        const struct kernel_outcome *outcome = &run->kernels[i];
        struct ts_memory_result *rows;
        int count =
            ts_energy_memory_rows(nominal, &outcome->counters, result->layers[i].latency_s,
                                  ts_arch_voltage_v(nominal, outcome->clock_hz), &scratch, &rows);
        for (int row = 0; row < count; row++) {
            joules[row] += rows[row].energy_j;
        }
    }
    ts_arena_release(&scratch);
    for (int row = 0; row < result->memory_count; row++) {
        struct ts_memory_result *total = &result->memory[row];
        total->energy_per_access_pj *= total->energy_j > 0 ? joules[row] / total->energy_j : 1;
        total->energy_j = joules[row];
    }
}

void run_report(const struct run *run, const struct ts_arch *nominal, struct ts_result *result)
{
    const struct ts_program *program = run->whole;
    double part_s[TS_TIME_PARTS] = {0};
    struct ts_counters counters = {0};
    double workspace_bytes = 0;
    *result = (struct ts_result){0};
    result_identify(result, nominal, program, run->options, run->arena);
    result->layer_count = program->kernel_count;
    result->layers = TS_NEW_ARRAY(run->arena, program->kernel_count, struct ts_layer_result);
    for (int i = 0; i < program->kernel_count; i++) {
        report_layer(run, nominal, i, &result->layers[i]);
        add_energy(&result->energy, &result->layers[i].energy);
        ts_counters_add(&counters, &run->kernels[i].counters, 1);
        workspace_bytes = fmax(workspace_bytes, run->kernels[i].workspace_bytes);
        for (int part = 0; part < TS_TIME_PARTS; part++) {
            part_s[part] += run->kernels[i].part_cycles[part] / run->kernels[i].clock_hz;
        }
        result->cycles += run->kernels[i].cycles;
        result->latency_s += result->layers[i].latency_s;
    }
    if (program->footprint.weights > 0) {
        result->workload.footprint.workspace = workspace_bytes;
    }
    result->clock_mhz =
        (result->latency_s > 0 ? result->cycles / result->latency_s : run->arch->clock_hz) / 1e6;
    if (program->phase == TS_PHASE_PREFILL) {
        result->time_to_first_token_s = result->latency_s;
    }
    if (program->phase == TS_PHASE_DECODE) {
        result->time_per_token_s = result->latency_s;
    }
    result->throughput_per_s = ratio((double)program->samples, result->latency_s);
    result->tflops = ratio(2 * program->effective_macs, result->latency_s) / 1e12;
    result->utilization = ratio(result->tflops, result->arch.peak_tflops);
    result->average_power_w = ratio(result->energy.total_j, result->latency_s);
    result->tops_per_w = ratio(result->tflops, result->average_power_w);
    fractions_of(part_s, result->time_breakdown);
    result->bound = largest_time_part(result->time_breakdown);
    report_memory(run, nominal, &counters, result);
}
