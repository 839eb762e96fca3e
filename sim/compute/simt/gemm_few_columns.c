/* A product of up to 16 columns on Pascal: passes over A, four columns each.
 *
 * cuBLAS has kernels of their own for such products (cublasGemmSmallNParams, launched as
 * gemmSN_NN_kernel<float, 128, 2, 4, 8, 4, 4> or gemmSN_TN_kernel, none for a transposed B). On
 * P100 under CUDA 8.0.88 (DeepBench) 7680x16x2560 takes 526 us where 32 columns take 187: what
 * reading A four times takes at the rate of STREAM. A of 28 to 95 MB passes at 600 GB/s so, A of 13
 * and 17 MB at 840 to 880: the L2 keeps its part of A from pass to pass. NeuSight's traces of
 * linear layers, which name tiles, have rows of 17 and more on P100 and P4, of 3 to 16 on V100
 * alone. cuBLAS 8 as it came with Titan X reads A four times only where its k is not contiguous and
 * not split: 6144 and 8448 rows at 380 and 363 GB/s, which is STREAM, too. The library stores by
 * columns: of a product whose operands are said to lie by rows, its columns are the rows.
 */
#include "simt_internal.h"
#include "vector.h"

#define MOST_COLUMNS 16
#define COLUMNS_A_PASS 4.0

bool ts_simt_has_few_columns(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    int64_t columns = ts_simt_library_columns(gemm);
    bool early = params->library == TS_SIMT_CUBLAS_8;
    bool in_tiles =
        gemm->layout_is_open || gemm->b_is_transposed || gemm->k >= TS_SIMT_SPLIT_FROM_K;
    if (params->generation != TS_SIMT_PASCAL || gemm->a_is_transposed || (early && in_tiles)) {
        return false;
    }
    return gemm->precision == TS_FP32 && gemm->batch == 1 && columns <= MOST_COLUMNS &&
           columns < ts_simt_library_rows(gemm);
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
    double epilogue = (double)kernel->m * (double)kernel->n * kernel->epilogue_ops_per_output;
    return ts_simt_stream_product(arch, kernel, "gemm_few_columns", &stream, epilogue, arena, plan);
}
