/* A product of up to 16 columns on Pascal: passes over A, four columns each.
 *
 * cuBLAS has kernels of their own for such products (cublasGemmSmallNParams, launched as
 * gemmSN_NN_kernel<float, 128, 2, 4, 8, 4, 4>). On P100 under CUDA 8.0.88 (DeepBench) 7680x16x2560
 * takes 526 us where 32 columns take 187: what reading A four times takes at the rate of STREAM. A
 * of 28 to 95 MB passes at 600 GB/s so, A of 13 and 17 MB at 840 to 880: the L2 keeps its part of
 * A from pass to pass. Products of few rows keep their tiles (NeuSight records maxwell_sgemm_128x32
 * for linear layers of 17 rows and 16 outputs), and so do those of cuBLAS 8 as it came (Titan X).
 * The library stores by columns: of a product whose operands are said to lie by rows, its columns
 * are the rows.
 */
#include "simt_internal.h"
#include "vector.h"

#define MOST_COLUMNS 16
#define COLUMNS_A_PASS 4.0

bool ts_simt_has_few_columns(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    int64_t columns = gemm->layout_is_open ? gemm->n : gemm->m;
    int64_t rows = gemm->layout_is_open ? gemm->m : gemm->n;
    return params->generation == TS_SIMT_PASCAL && params->library != TS_SIMT_CUBLAS_8 &&
           gemm->precision == TS_FP32 && gemm->batch == 1 && columns <= MOST_COLUMNS &&
           columns < rows;
}

/* What stays of A is read through the L2, the rest past it: it would find and leave nothing. */
static struct ts_simt_stream few_columns_stream(const struct ts_arch *arch,
                                                const struct ts_kernel *kernel, int passes)
{
    bool by_rows = !kernel->layout_is_open;
    const struct ts_operand *a = by_rows ? &kernel->b : &kernel->a;
    const struct ts_operand *b = by_rows ? &kernel->a : &kernel->b, *c = &kernel->c;
    int level = ts_arch_shared_level(arch);
    double bytes = ts_operand_dense_bytes(a);
    double kept =
        level >= 0 ? arch->memory.cache[level].capacity_bytes * TS_SIMT_L2_KEPT_FRACTION : 0.0;
    kept = kept < bytes ? kept : bytes;
    return (struct ts_simt_stream){
        .name = "gemm",
        .passes = passes,
        .elements = kernel->macs / passes,
        .ops_per_element = 1, /* a fused multiply-add */
        .load_count = kept < bytes ? 3 : 2,
        .load = {{.tensor = b->tensor,
                  .is_weight = b->is_weight,
                  .bytes = ts_operand_dense_bytes(b) / passes},
                 {.tensor = a->tensor, .is_weight = a->is_weight, .bytes = kept},
                 {.tensor = a->tensor,
                  .is_weight = a->is_weight,
                  .bypass = true,
                  .bytes = bytes - kept}},
        .store_count = 1,
        .store = {{.tensor = c->tensor, .bytes = ts_operand_dense_bytes(c) / passes}},
    };
}

bool ts_simt_plan_few_columns(const struct ts_arch *arch, const struct ts_kernel *kernel,
                              struct ts_arena *arena, struct ts_plan *plan)
{
    int64_t columns = kernel->layout_is_open ? kernel->n : kernel->m;
    int passes = (int)ts_simt_ceil_div((double)columns, COLUMNS_A_PASS);
    struct ts_simt_stream stream = few_columns_stream(arch, kernel, passes);
    plan->algorithm = "gemm_few_columns";
    plan->ran_on = "vector";
    plan->executed_macs = kernel->macs;
    if (!ts_simt_stream_phase(arch, &stream, arena, plan)) {
        return false;
    }
    struct ts_phase_counters *counters = &plan->phases[plan->phase_count - 1].counters;
    counters->macs = kernel->macs;
    counters->vector_ops = 0;
    return true;
}
