/* GEMM kernels of a program: from a lowered operator to a plan. */
#include "simt_internal.h"

/* Bytes of one element of an operand; the kernel's precision when the operand says nothing. */
static double element_bytes(const struct ts_operand *operand, enum ts_precision precision)
{
    double bits = operand->bits_per_element;
    return (bits > 0.0 ? bits : ts_precision_info(precision)->storage_bits) / 8.0;
}

void ts_simt_gemm_from_kernel(const struct ts_arch *arch, const struct ts_kernel *kernel,
                              struct ts_simt_gemm *gemm)
{
    *gemm = (struct ts_simt_gemm){
        .batch = kernel->batch,
        .m = kernel->m,
        .n = kernel->n,
        .k = kernel->k,
        .precision = kernel->precision,
        .a_tensor = kernel->a.tensor,
        .b_tensor = kernel->b.tensor,
        .c_tensor = kernel->c.tensor,
        .b_is_weight = kernel->b.is_weight,
        .a_is_transposed = kernel->a_is_transposed,
        .b_is_transposed = kernel->b_is_transposed,
        .layout_is_open = kernel->layout_is_open,
        .a_bytes = element_bytes(&kernel->a, kernel->precision),
        .b_bytes = element_bytes(&kernel->b, kernel->precision),
        .c_bytes = element_bytes(&kernel->c, kernel->precision),
        .a_unique = 1.0,
        .epilogue_ops_per_output = kernel->epilogue_ops_per_output,
    };
    double speedup = ts_simt_params_of(arch)->sparse_speedup;
    if (kernel->structured_2_4 && speedup > 1.0 && ts_simt_uses_matrix(arch, kernel->precision)) {
        /* Two of four values stay, each with a 2-bit index. */
        gemm->structured_2_4 = true;
        gemm->b_bytes = gemm->b_bytes * 0.5 + 0.125;
    }
}

bool ts_simt_plan_gemm(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_plan *plan)
{
    struct ts_simt_gemm gemm;
    struct ts_simt_gemm_choice choice;
    ts_simt_gemm_from_kernel(arch, kernel, &gemm);
    if (!ts_simt_gemm_choose(arch, &gemm, &choice)) {
        return ts_diag_error(diagnostics, TS_ERROR_PRECISION, (struct ts_place){0},
                             "'%s' can't multiply in %s: '%s' has no path for it", arch->name,
                             ts_precision_info(kernel->precision)->name, kernel->name);
    }
    if (ts_simt_is_gemv(&gemm, &choice)) {
        return ts_simt_plan_gemv(arch, kernel, arena, plan);
    }
    if (ts_simt_has_few_columns(arch, &gemm)) {
        return ts_simt_plan_few_columns(arch, kernel, arena, plan);
    }
    const char *sliced = choice.kernel.slices > 1 ? "_sliced" : "";
    const char *split =
        choice.split_k > 1 ? ts_arena_printf(arena, "_split%d", choice.split_k) : "";
    plan->algorithm = ts_arena_printf(arena, "gemm_%dx%d%s%s", choice.kernel.tile_m,
                                      choice.kernel.tile_n, sliced, split);
    plan->ran_on = choice.kernel.path == TS_SIMT_CORES ? "vector" : "matrix";
    return ts_simt_gemm_phases(arch, &gemm, &choice, arena, plan);
}
