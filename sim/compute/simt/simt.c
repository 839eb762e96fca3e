/* The SIMT family: its keys, and which planner takes a kernel. */
#include "simt_internal.h"

#include <stddef.h>

#define FIELD(member) offsetof(struct ts_simt_params, member)

static const struct ts_schema_row rows[] = {
    {"compute.generation", TS_SCHEMA_CHOICE, FIELD(generation), 1, 0, 0, "",
     "kepler|maxwell|pascal|volta|turing|ampere|ada|hopper|cdna", NULL,
     "Architecture generation: which instructions and library kernels there are."},
    {"compute.library", TS_SCHEMA_CHOICE, FIELD(library), 1, 0, 0, "", "cublas8|cublas10|cublas11",
     "cublas11",
     "Vendor library whose kernels run; cublas8 for machines measured before 2018, cublas10 in "
     "2019."},
    {"compute.schedulers", TS_SCHEMA_INTEGER, FIELD(schedulers), 1, 1, 16, "", NULL, "4",
     "Warp schedulers of a multiprocessor."},
    {"compute.registers", TS_SCHEMA_INTEGER, FIELD(registers), 1, 1024, 1048576, "", NULL, "65536",
     "32-bit registers of a multiprocessor."},
    {"compute.max_threads", TS_SCHEMA_INTEGER, FIELD(max_threads), 1, 256, 8192, "", NULL, "2048",
     "Threads resident on a multiprocessor."},
    {"compute.max_blocks", TS_SCHEMA_INTEGER, FIELD(max_blocks), 1, 1, 128, "", NULL, "32",
     "Thread blocks resident on a multiprocessor."},
    {"compute.sparse_speedup", TS_SCHEMA_REAL, FIELD(sparse_speedup), 1, 1, 4, "", NULL, "1",
     "Rate of structured 2:4 products over dense ones on the matrix path."},
    {"memory.tlb.reach_mib", TS_SCHEMA_REAL, FIELD(tlb_reach_bytes), 1048576.0, 0, 1e6, "MiB", NULL,
     "0", "Memory that a multiprocessor's first-level TLB covers; 0 = never missed."},
    {"memory.tlb.page_kib", TS_SCHEMA_REAL, FIELD(tlb_page_bytes), 1024.0, 4, 1e6, "KiB", NULL,
     "2048", "Memory one of its entries covers."},
    {"memory.tlb.miss_cycles", TS_SCHEMA_REAL, FIELD(tlb_miss_cycles), 1, 0, 1e5, "cycles", NULL,
     "10", "Time a multiprocessor loses to one miss."},
};

static bool check(const struct ts_arch *arch, const void *params,
                  struct ts_diagnostics *diagnostics)
{
    (void)params;
    if (ts_simt_scratchpad_level(arch) < 0) {
        ts_diag_error(diagnostics, TS_ERROR_MISSING_KEY, (struct ts_place){arch->path, 0, 0},
                      "a simt machine needs a private level in memory.cache: its shared memory");
        ts_diag_help(diagnostics, "add memory.cache.shared with capacity_kib and "
                                  "bandwidth_bytes_per_cycle");
        return false;
    }
    return true;
}

static bool plan_kernel(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                        struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                        struct ts_plan *plan)
{
    (void)seed;
    if (kernel->kind == TS_KERNEL_VECTOR) {
        return ts_simt_plan_vector(arch, kernel, arena, diagnostics, plan);
    }
    if (kernel->kind == TS_KERNEL_GEMM && kernel->has_conv) {
        return ts_simt_plan_conv(arch, kernel, arena, diagnostics, plan);
    }
    return ts_simt_plan_gemm(arch, kernel, arena, diagnostics, plan);
}

static double structured_speedup(const struct ts_arch *arch)
{
    return ts_simt_params_of(arch)->sparse_speedup;
}

const struct ts_family ts_simt_family = {
    .name = "simt",
    .summary = "GPU: multiprocessors running grids of thread blocks, with or without matrix cores",
    .schema = {rows, sizeof rows / sizeof rows[0]},
    .params_bytes = sizeof(struct ts_simt_params),
    .check = check,
    .plan = plan_kernel,
    .arithmetic = ts_simt_arithmetic,
    .winograd = TS_WINOGRAD_WHOLE,
    .structured_speedup = structured_speedup,
};
