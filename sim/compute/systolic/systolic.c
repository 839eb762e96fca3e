/* Systolic family: keys, checks, registration. */
#include "sim/compute/systolic/systolic.h"

#include <string.h>

#define ROW(path, type, field, minimum, maximum, unit, choices, fallback, doc)                     \
    {                                                                                              \
        path, type, offsetof(struct ts_systolic_params, field), 1, minimum, maximum, unit,         \
            choices, fallback, doc                                                                 \
    }

static const struct ts_schema_row rows[] = {
    ROW("compute.rows", TS_SCHEMA_INTEGER, rows, 1, 65536, "", NULL, NULL,
        "Rows of one array: k runs over them (os: m)."),
    ROW("compute.columns", TS_SCHEMA_INTEGER, columns, 1, 65536, "", NULL, NULL,
        "Columns of one array: n runs over them (is: m)."),
    ROW("compute.dataflow", TS_SCHEMA_CHOICE, dataflow, 0, 0, "", "ws|os|is", "ws",
        "What stands in the array: weights, outputs or inputs."),
    ROW("compute.overlap", TS_SCHEMA_BOOL, overlap, 0, 0, "", NULL, "on",
        "The next tile is shifted in while the array works; off: one fold after the other."),
    ROW("compute.relative_rate", TS_SCHEMA_REAL_BY_PRECISION, relative_rate, 0, 1, "", NULL, "",
        "Share of rows x columns multiply-accumulates per cycle by precision; when absent, from "
        "matrix_macs_per_cycle, or 1 at the default precision."),
    ROW("compute.accumulator_rows", TS_SCHEMA_INTEGER, accumulator_rows, 0, 1e9, "", NULL, "0",
        "Rows of partial sums the accumulators hold; 0: no limit."),
    ROW("compute.weight_fifo_tiles", TS_SCHEMA_INTEGER, weight_fifo_tiles, 0, 12, "tiles", NULL,
        "2", "Standing tiles fetched ahead and waiting outside the array."),
    ROW("compute.padded_tiles", TS_SCHEMA_BOOL, padded_tiles, 0, 0, "", NULL, "off",
        "Weights lie in memory as whole tiles, edges padded."),
    ROW("compute.prefetch_across_layers", TS_SCHEMA_BOOL, prefetch_across_layers, 0, 0, "", NULL,
        "on", "Weights of the next layer are fetched before the running one has ended."),
    ROW("compute.weight_path", TS_SCHEMA_CHOICE, weight_path, 0, 0, "", "cached|bypass", "cached",
        "Weights pass the shared memory, or come from DRAM straight into the FIFO."),
    ROW("compute.vector_unit", TS_SCHEMA_CHOICE, vector_unit, 0, 0, "", "full|activation|none",
        "full", "Which vector operators run here; the rest runs on the host."),
    ROW("compute.vector_lanes", TS_SCHEMA_REAL, vector_lanes, 0, 1e6, "operations/cycle", NULL, "",
        "Element operations per cycle of one unit's vector unit; vector_macs_per_cycle, or one a "
        "column, when absent."),
};

static bool check(const struct ts_arch *arch, const void *params,
                  struct ts_diagnostics *diagnostics)
{
    const struct ts_systolic_params *systolic = params;
    const struct ts_place place = {arch->path, 0, 0};
    if (systolic->accumulator_rows == 1 && systolic->overlap) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, place,
                             "compute.overlap needs two accumulator rows at least, not %lld",
                             (long long)systolic->accumulator_rows);
    }
    if (systolic->weight_path == TS_SYSTOLIC_WEIGHTS_BYPASS && arch->memory.dram == NULL) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, place,
                             "compute.weight_path: bypass needs memory.dram to fetch weights from");
    }
    return true;
}

static double peak_macs_per_cycle(const struct ts_arch *arch, enum ts_precision precision)
{
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    return (double)(params->rows * params->columns) * ts_systolic_precision_rate(arch, precision);
}

static bool plan_kernel(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                        struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                        struct ts_plan *plan)
{
    (void)seed; /* a dense array's time does not depend on values */
    memset(plan, 0, sizeof(*plan));
    switch (kernel->kind) {
    case TS_KERNEL_GEMM:
        return ts_systolic_plan_gemm(arch, kernel, arena, plan);
    case TS_KERNEL_VECTOR:
        return ts_systolic_plan_vector(arch, kernel, arena, diagnostics, plan);
    default:
        ts_bug("kernel kind %d reached a compute family", (int)kernel->kind);
    }
}

const struct ts_family ts_systolic_family = {
    .name = "systolic",
    .summary = "Systolic arrays: weight-, output- or input-stationary, with a vector unit",
    .schema = {rows, sizeof(rows) / sizeof(rows[0])},
    .params_bytes = sizeof(struct ts_systolic_params),
    .check = check,
    .peak_macs_per_cycle = peak_macs_per_cycle,
    .vector_ops_per_cycle = ts_systolic_vector_lanes,
    .plan = plan_kernel,
    .arithmetic = ts_systolic_arithmetic,
};
