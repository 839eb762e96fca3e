#include "conv_machine_support.h"

void conv_machine_init(struct conv_machine *machine)
{
    *machine = (struct conv_machine){
        .params = {.generation = TS_SIMT_VOLTA,
                   .library = TS_SIMT_CUBLAS_11,
                   .schedulers = 4,
                   .registers = 65536,
                   .max_threads = 2048,
                   .max_blocks = 32,
                   .sparse_speedup = 1.0},
        .arch = {.name = "test-gpu", .clock_hz = 1.5e9, .units = 17, .launch_s = 4e-6}};
    struct ts_arch *arch = &machine->arch;
    arch->params = &machine->params;
    arch->vector_macs_per_cycle[TS_FP32] = 64;
    arch->vector_macs_per_cycle[TS_FP16] = 128;
    arch->matrix_macs_per_cycle[TS_FP16] = 512;
    arch->memory.dram_bandwidth_bytes_per_s = 200e9;
    arch->memory.dram_latency_s = 300e-9;
    arch->memory.cache_count = 2;
    arch->memory.cache[0] = (struct ts_cache_spec){
        .name = "shared", .capacity_bytes = 98304, .bandwidth_bytes_per_cycle = 128};
    arch->memory.cache[1] = (struct ts_cache_spec){.name = "l2",
                                                   .capacity_bytes = 1 << 20,
                                                   .bandwidth_bytes_per_cycle = 512,
                                                   .latency_cycles = 200,
                                                   .shared = true};
}

struct ts_conv_shape conv_shape(int64_t n, int64_t c, int64_t h, int64_t w, int64_t k, int64_t r,
                                int64_t s, int64_t stride, int64_t pad)
{
    return (struct ts_conv_shape){.n = n,
                                  .c = c,
                                  .h = h,
                                  .w = w,
                                  .k = k,
                                  .r = r,
                                  .s = s,
                                  .p = (h + 2 * pad - r) / stride + 1,
                                  .q = (w + 2 * pad - s) / stride + 1,
                                  .stride_h = stride,
                                  .stride_w = stride,
                                  .pad_h = pad,
                                  .pad_w = pad,
                                  .dilation_h = 1,
                                  .dilation_w = 1,
                                  .groups = 1};
}

struct ts_kernel conv_kernel(enum ts_pass pass, struct ts_conv_shape s)
{
    struct ts_kernel kernel = {.name = "conv",
                               .op = "conv",
                               .kind = TS_KERNEL_GEMM,
                               .pass = pass,
                               .precision = TS_FP32,
                               .batch = s.groups,
                               .has_conv = true,
                               .conv = s,
                               .a = {.tensor = 0},
                               .b = {.tensor = 1},
                               .c = {.tensor = 2}};
    int64_t pixels = s.n * s.p * s.q, out = s.k / s.groups, taps = s.c / s.groups * s.r * s.s;
    int64_t dims[3][3] = {{pixels, out, taps}, {pixels, taps, out}, {out, taps, pixels}};
    int which = pass == TS_PASS_BACKWARD_DATA ? 1 : pass == TS_PASS_BACKWARD_WEIGHT ? 2 : 0;
    kernel.m = dims[which][0], kernel.n = dims[which][1], kernel.k = dims[which][2];
    kernel.macs = (double)s.groups * (double)pixels * (double)out * (double)taps;
    kernel.effective_macs = kernel.macs;
    return kernel;
}

double phase_loaded_bytes(const struct ts_phase *phase, int32_t tensor)
{
    double bytes = 0;
    for (int64_t i = 0; i < phase->tiles; i++) {
        struct ts_tile tile = {0};
        phase->tile(phase->context, i, &tile);
        for (int step = 0; step < tile.steps; step++) {
            struct ts_tile_step out = {0};
            phase->step(phase->context, i, step, &out);
            for (int l = 0; l < out.load_count; l++) {
                if (out.load[l].tensor == tensor) {
                    bytes += out.load[l].rows * out.load[l].row_bytes;
                }
            }
        }
    }
    return bytes;
}

double phase_stored_bytes(const struct ts_phase *phase, int32_t tensor)
{
    double bytes = 0;
    for (int64_t i = 0; i < phase->tiles; i++) {
        struct ts_tile tile = {0};
        phase->tile(phase->context, i, &tile);
        for (int s = 0; s < tile.store_count; s++) {
            if (tile.store[s].tensor == tensor) {
                bytes += tile.store[s].rows * tile.store[s].row_bytes;
            }
        }
    }
    return bytes;
}
