/* CPU family: registration, keys, dispatch. */
#include "sim/compute/cpu/cpu.h"

#define FIELD(member) offsetof(struct ts_cpu_params, member)

static const struct ts_schema_row rows[] = {
    {"compute.vector_bits", TS_SCHEMA_INTEGER, FIELD(vector_bits), 1, 64, 4096, "bit", NULL, "256",
     "Width of a SIMD register: 128 NEON, 256 AVX2, 512 AVX-512."},
    {"compute.vector_registers", TS_SCHEMA_INTEGER, FIELD(vector_registers), 1, 8, 64, "", NULL,
     "16", "Architectural SIMD registers: 16 AVX2, 32 AVX-512 and NEON; sets the register tile."},
    {"compute.fma_per_cycle", TS_SCHEMA_REAL, FIELD(fma_per_cycle), 1, 0.25, 8, "", NULL, "2",
     "Vector FMA instructions a core issues in a cycle."},
    {"compute.fma_latency_cycles", TS_SCHEMA_REAL, FIELD(fma_latency_cycles), 1, 1, 32, "cycles",
     NULL, "4", "Latency of a vector FMA."},
    {"compute.vector_clock_ratio", TS_SCHEMA_REAL, FIELD(vector_clock_ratio), 1, 0.1, 1.5, "", NULL,
     "1", "Clock under dense vector or matrix code, as a fraction of compute.clock_mhz."},
    {"compute.outstanding_lines", TS_SCHEMA_INTEGER, FIELD(outstanding_lines), 1, 1, 512, "lines",
     NULL, "16", "Cache lines one core has in flight towards L3 and DRAM."},
    {"compute.cores_per_l3", TS_SCHEMA_INTEGER, FIELD(cores_per_l3), 1, 0, 4096, "", NULL, "0",
     "Cores that share one slice of L3 (a core complex); 0 when all of a socket do."},
    {"compute.l3_link_gbps", TS_SCHEMA_REAL, FIELD(l3_link_bytes_per_s), 1e9, 0, 1e5, "GB/s", NULL,
     "0", "What one slice of L3 gives to the cores of others; 0: no limit."},
    {"compute.sockets", TS_SCHEMA_INTEGER, FIELD(sockets), 1, 1, 64, "", NULL, "1",
     "Sockets, or dies with memory of their own; data lies on one of them."},
    {"compute.remote_latency_ns", TS_SCHEMA_REAL, FIELD(remote_latency_s), 1e-9, 0, 10000, "ns",
     NULL, "60", "Latency the link to another socket's or die's memory adds."},
    {"software.library", TS_SCHEMA_CHOICE, FIELD(library), 1, 0, 0, "", "direct|im2col|torch7",
     "direct", "How convolutions and element-wise code run: oneDNN, column matrix, Torch nn."},
    {"software.call_us", TS_SCHEMA_REAL, FIELD(call_s), 1e-6, 0, 1e6, "us", NULL, "0.5",
     "Entry of one library call: argument checks, dispatch, buffers."},
    {"software.fork_us", TS_SCHEMA_REAL, FIELD(fork_s), 1e-6, 0, 1e6, "us", NULL, "0.5",
     "Start and end of a parallel region, for each thread."},
    {"software.barrier_us", TS_SCHEMA_REAL, FIELD(barrier_s), 1e-6, 0, 1e6, "us", NULL, "0.2",
     "One barrier with the skew of its threads, for each doubling of threads."},
    {"software.wake_us", TS_SCHEMA_REAL, FIELD(wake_s), 1e-6, 0, 1e6, "us", NULL, "0",
     "Added to each parallel region when threads sleep in between: wake-up and clock ramp."},
    {"software.scalar_ops_per_cycle", TS_SCHEMA_REAL, FIELD(scalar_ops_per_cycle), 1, 0.01, 16, "",
     NULL, "1", "Operations and memory accesses a cycle of element-wise code left scalar."},
};

static bool check(const struct ts_arch *arch, const void *params,
                  struct ts_diagnostics *diagnostics)
{
    const struct ts_cpu_params *cpu = params;
    struct ts_place place = {arch->path, 0, 0};

    if (cpu->sockets > arch->units) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, place,
                             "compute.sockets is %lld but compute.units is %lld: each socket has "
                             "one core at least",
                             (long long)cpu->sockets, (long long)arch->units);
    }
    for (int i = 0; i + 1 < arch->memory.cache_count; i++) {
        if (arch->memory.cache[i].shared) {
            return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, place,
                                 "memory.cache.%s is shared but not the last level",
                                 arch->memory.cache[i].name);
        }
    }
    return true;
}

static bool plan(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics, struct ts_plan *out)
{
    (void)seed;
    (void)diagnostics;
    *out = (struct ts_plan){0};
    if (kernel->kind == TS_KERNEL_VECTOR) {
        ts_cpu_vector_plan(arch, kernel, arena, out);
    } else if (kernel->has_conv) {
        ts_cpu_conv_plan(arch, kernel, arena, out);
    } else {
        ts_cpu_gemm_plan(arch, kernel, arena, out);
    }
    return true;
}

const struct ts_family ts_cpu_family = {
    .name = "cpu",
    .summary = "cores with SIMD and matrix units, private L1 and L2, shared L3",
    .schema = {rows, sizeof rows / sizeof rows[0]},
    .params_bytes = sizeof(struct ts_cpu_params),
    .check = check,
    .plan = plan,
    .arithmetic = ts_cpu_arithmetic,
};
