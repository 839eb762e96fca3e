/* A vector times a matrix on CUDA cores: one pass over the matrix.
 *
 * A tile of a GEMM would be empty but for one row. Libraries launch kernels of their own (cuBLAS:
 * gemv2T, gemvNSP), whose blocks stream their part of the matrix, multiply as it comes and reduce
 * in the block: traffic bounds them. EIE's Titan X reads fully connected layers of batch 1 at 276
 * to 281 GB/s of 336 (Han et al., ISCA 2016, table IV).
 */
#include "simt_internal.h"
#include "vector.h"

static bool is_vector(const struct ts_simt_gemm *gemm)
{
    return (gemm->m == 1 || gemm->n == 1) && gemm->m * gemm->n > 1;
}

bool ts_simt_is_gemv(const struct ts_simt_gemm *gemm, const struct ts_simt_gemm_choice *choice)
{
    return choice->kernel.path == TS_SIMT_CORES && is_vector(gemm);
}

bool ts_simt_stream_product(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            const char *algorithm, const struct ts_simt_stream *stream,
                            double vector_ops, struct ts_arena *arena, struct ts_plan *plan)
{
    plan->algorithm = algorithm;
    plan->ran_on = "vector";
    plan->executed_macs = kernel->macs;
    if (!ts_simt_stream_phase(arch, stream, arena, plan)) {
        return false;
    }
    struct ts_phase_counters *counters = &plan->phases[plan->phase_count - 1].counters;
    counters->macs = kernel->macs;
    counters->vector_ops = vector_ops;
    return true;
}

bool ts_simt_plan_gemv(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_plan *plan)
{
    const struct ts_operand *matrix = kernel->m == 1 ? &kernel->b : &kernel->a;
    const struct ts_operand *vector = kernel->m == 1 ? &kernel->a : &kernel->b;
    const struct ts_simt_stream stream = {
        .name = "gemv",
        .elements = kernel->macs,
        .ops_per_element = 1, /* a fused multiply-add */
        .load_count = 2,
        .load = {{.tensor = matrix->tensor,
                  .is_weight = matrix->is_weight,
                  .bytes = ts_operand_dense_bytes(matrix)},
                 {.tensor = vector->tensor,
                  .is_weight = vector->is_weight,
                  .bytes = ts_operand_dense_bytes(vector)}},
        .store_count = 1,
        .store = {{.tensor = kernel->c.tensor, .bytes = ts_operand_dense_bytes(&kernel->c)}},
    };
    return ts_simt_stream_product(arch, kernel, "gemv", &stream, 0, arena, plan);
}
