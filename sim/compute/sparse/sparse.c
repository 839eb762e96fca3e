/* Sparse family: keys, checks, registration. */
#include "sim/compute/sparse/sparse.h"

#include <string.h>

#define ROW(path, type, field, minimum, maximum, unit, fallback, doc)                              \
    {                                                                                              \
        path, type, offsetof(struct ts_sparse_params, field), 1, minimum, maximum, unit, NULL,     \
            fallback, doc                                                                          \
    }

static const struct ts_schema_row rows[] = {
    ROW("compute.fifo_depth", TS_SCHEMA_INTEGER, fifo_depth, 1, 65536, "activations", "8",
        "Activations the queue in front of each PE holds, the one at work included."),
    ROW("compute.index_bits", TS_SCHEMA_INTEGER, index_bits, 1, 16, "bit", "4",
        "Bits of the count of zeros before a weight; longer runs cost padding zeros."),
    ROW("compute.weight_bits", TS_SCHEMA_INTEGER, weight_bits, 1, 32, "bit", "4",
        "Bits of a stored weight (codebook index)."),
    ROW("compute.registers", TS_SCHEMA_INTEGER, registers, 1, TS_SPARSE_MAX_ROWS, "activations",
        "64", "Input and output activations one PE holds in registers, each."),
    ROW("compute.row_density_cv", TS_SCHEMA_REAL, row_density_cv, 0, 2, "", "0.22",
        "Standard deviation over mean of the densities of a pruned matrix's rows."),
    ROW("compute.pipeline_cycles", TS_SCHEMA_REAL, pipeline_cycles, 0, 1000, "cycles", "4",
        "Pipeline stages of one update."),
    ROW("compute.sram_word_bytes", TS_SCHEMA_REAL, sram_word_bytes, 1, 1024, "B", "8",
        "Width of the weight and activation memories of a PE."),
    ROW("compute.vector_ops_per_pe", TS_SCHEMA_REAL, vector_ops_per_pe, 0.001, 1e4,
        "operations/cycle", "1", "Element-wise operations of one PE per cycle."),
};

static bool check(const struct ts_arch *arch, const void *params,
                  struct ts_diagnostics *diagnostics)
{
    const struct ts_sparse_params *sparse = params;
    if (sparse->weight_bits + sparse->index_bits > (int64_t)(sparse->sram_word_bytes * 8)) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, (struct ts_place){arch->path, 0, 0},
                             "an entry of %lld + %lld bits does not fit a word of %g bytes "
                             "(compute.sram_word_bytes)",
                             (long long)sparse->weight_bits, (long long)sparse->index_bits,
                             sparse->sram_word_bytes);
    }
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        if (arch->matrix_macs_per_cycle[i] > 1 || arch->vector_macs_per_cycle[i] > 1) {
            return ts_diag_error(diagnostics, TS_ERROR_RANGE, (struct ts_place){arch->path, 0, 0},
                                 "a PE takes one entry a cycle: %s at more than 1 MAC/cycle",
                                 ts_precision_info((enum ts_precision)i)->name);
        }
    }
    return true;
}

/* Where the file states no rate: one multiply-accumulate a cycle in the 16-bit datapath. */
static double peak_macs_per_cycle(const struct ts_arch *arch, enum ts_precision precision)
{
    bool stated = false;
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        stated = stated || arch->matrix_macs_per_cycle[i] > 0 || arch->vector_macs_per_cycle[i] > 0;
    }
    if (!stated) {
        return precision == TS_INT16 || precision == TS_INT8 ? 1 : 0;
    }
    return arch->matrix_macs_per_cycle[precision] > 0 ? arch->matrix_macs_per_cycle[precision]
                                                      : arch->vector_macs_per_cycle[precision];
}

static bool plan_kernel(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                        struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                        struct ts_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    switch (kernel->kind) {
    case TS_KERNEL_GEMM:
        return ts_sparse_plan_gemm(arch, kernel, seed, arena, plan);
    case TS_KERNEL_VECTOR:
        return ts_sparse_plan_vector(arch, kernel, arena, diagnostics, plan);
    default:
        ts_bug("kernel kind %d reached a compute family", (int)kernel->kind);
    }
}

const struct ts_family ts_sparse_family = {
    .name = "sparse",
    .summary = "EIE: compressed columns, broadcast activations, queues in front of the PEs",
    .schema = {rows, sizeof(rows) / sizeof(rows[0])},
    .params_bytes = sizeof(struct ts_sparse_params),
    .check = check,
    .peak_macs_per_cycle = peak_macs_per_cycle,
    .plan = plan_kernel,
    .arithmetic = ts_sparse_arithmetic,
    .winograd = TS_WINOGRAD_NONE,
    .skips_zeros = true,
};
