#include "result_support.h"

#include <stdlib.h>
#include <string.h>

static struct ts_memory_result memory[] = {
    {"l2", 17, 23, 17 * 32.0, 23 * 32.0, 0.75, 12.5, 0.5e-9, 900.25},
    {"dram", 9007199254740993.0, 31, 1e6, 2e6, 0.5, 1000, 5e-3, 450.5},
};

static struct ts_ceiling ceilings[] = {
    {"matrix", 14.5, 0},
    {"vector", 7.25, 0},
    {"l2", 0, 2100.5},
    {"dram", 0, 900},
};

static struct ts_layer_result layers[] = {
    {.name = "layer1.0.conv1",
     .op = "conv",
     .algorithm = "implicit_gemm",
     .ran_on = "matrix",
     .m = 17,
     .n = 23,
     .k = 31,
     .batch = 1,
     .macs = 12121,
     .effective_macs = 12121,
     .cycles = 1000,
     .latency_s = 0.5e-3,
     .tflops = 1.5,
     .utilization = 0.25,
     .bound = "compute",
     .dram_read_bytes = 4096,
     .dram_write_bytes = 512,
     .energy = {28e-3, {1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3}},
     .time_breakdown = {0.5, 0.5, 0, 0, 0, 0, 0}},
    {.name = "fc,last",
     .op = "fc",
     .algorithm = "gemm",
     .ran_on = "matrix",
     .m = 1,
     .n = 1000,
     .k = 512,
     .batch = 1,
     .macs = 512000,
     .effective_macs = 512000,
     .cycles = 1400,
     .latency_s = 0.7e-3,
     .tflops = 0.1,
     .utilization = 0.01,
     .bound = "dram",
     .dram_read_bytes = 1e6,
     .dram_write_bytes = 4000,
     .energy = {28e-3, {1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3}},
     .time_breakdown = {0.1, 0.9, 0, 0, 0, 0, 0}},
};

struct ts_result sample_result(void)
{
    return (struct ts_result){
        .arch = {"gpu-sample", "simt", "a machine of the tests", 14.5, 900, 1380, ceilings, 4},
        .workload = {"tiny", "fp16", "inference", 8, 524121, 400000, 25600000},
        .latency_s = 1.2e-3,
        .cycles = 2400,
        .throughput_per_s = 8 / 1.2e-3,
        .tflops = 0.3,
        .utilization = 0.3 / 14.5,
        .bound = "dram",
        .energy = {28e-3, {1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3}},
        .average_power_w = 28e-3 / 1.2e-3,
        .tops_per_w = 0.0129,
        .clock_mhz = 1380,
        .average_latency_ns = -1,
        .memory = memory,
        .memory_count = 2,
        .time_breakdown = {0.2, 0.4, 0.1, 0.05, 0.1, 0.1, 0.05},
        .layers = layers,
        .layer_count = 2,
        .provenance = {"0.1.0", "-b 8", 1, 0xabcdef0123456789, 0x42},
    };
}

struct ts_result scaled_result(const char *name, double times_slower, double times_energy)
{
    struct ts_result result = sample_result();
    result.arch.name = name;
    result.latency_s *= times_slower;
    result.throughput_per_s /= times_slower;
    result.tflops /= times_slower;
    result.utilization /= times_slower;
    result.energy.total_j *= times_energy;
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        result.energy.part_j[i] *= times_energy;
    }
    return result;
}

char *written(result_writer writer, const struct ts_result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    writer(result, stream);
    fclose(stream);
    return text;
}

char *text_of(const struct ts_result *result, const struct ts_report_style *style)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_report_text(result, style, stream);
    fclose(stream);
    return text;
}

struct reading reading_of(const char *text)
{
    struct reading reading = {.arena = TS_ARENA_INIT};
    ts_diagnostics_init(&reading.diagnostics);
    reading.ok = ts_results_read(text, strlen(text), "some.json", &reading.arena,
                                 &reading.diagnostics, &reading.results);
    return reading;
}

void reading_release(struct reading *reading)
{
    ts_diagnostics_release(&reading->diagnostics);
    ts_arena_release(&reading->arena);
}
