/* How the CUDA cores and the matrix cores add up products. */
#include "simt_internal.h"

/* Products that a matrix core adds to its sum at once, of 16-bit operands, toward zero: Fasi,
 * Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ CS 2021, for
 * Volta, Turing and Ampere; Li et al., "FTTN", arXiv 2403.00232, for Hopper. tf32 takes half as
 * many. */
static int64_t matrix_depth(const struct ts_arch *arch, enum ts_precision precision)
{
    int generation = ts_simt_params_of(arch)->generation;
    int64_t depth = generation <= TS_SIMT_TURING ? 4 : 8;
    if (generation == TS_SIMT_HOPPER)
        depth = 16;
    if (generation == TS_SIMT_CDNA || precision == TS_FP64)
        return 1;
    return precision == TS_TF32 || precision == TS_FP32 ? depth / 2 : depth;
}

/* Hopper's matrix cores keep 14 bits of a sum of fp8 products (DeepSeek-V3 Technical Report, arXiv
 * 2412.19437, section 3.5.2). */
static const struct ts_float_format fp8_sum = {8, 13, 0x1.fff8p127, true};

static void on_matrix_cores(const struct ts_arch *arch, enum ts_precision precision,
                            struct ts_arithmetic *arithmetic)
{
    arithmetic->depth = matrix_depth(arch, precision);
    arithmetic->truncates = arithmetic->depth > 1;
    if (precision == TS_FP8 && ts_simt_params_of(arch)->generation == TS_SIMT_HOPPER) {
        arithmetic->format = fp8_sum;
        arithmetic->name = "fp32 cut to 14 bits";
    }
}

/* k in parts of its own when the library splits it. */
static void split(const struct ts_arch *arch, const struct ts_kernel *kernel,
                  struct ts_arithmetic *arithmetic)
{
    struct ts_simt_gemm gemm;
    struct ts_simt_gemm_choice choice;
    if (kernel->has_conv)
        return;
    ts_simt_gemm_from_kernel(arch, kernel, &gemm);
    if (ts_simt_gemm_choose(arch, &gemm, &choice) && choice.split_k > 1)
        arithmetic->chunk = (kernel->k + choice.split_k - 1) / choice.split_k;
}

void ts_simt_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arithmetic *arithmetic)
{
    enum ts_precision precision = kernel->precision;
    split(arch, kernel, arithmetic);
    if (arithmetic->sum != TS_SUM_FLOAT)
        return;
    if (ts_simt_uses_matrix(arch, precision) && !kernel->winograd) {
        on_matrix_cores(arch, precision, arithmetic);
        return;
    }
    /* Twice the rate of fp32 is that of packed half-precision multiply-adds, which sum in fp16. */
    if (precision == TS_FP16 &&
        arch->vector_macs_per_cycle[TS_FP16] > arch->vector_macs_per_cycle[TS_FP32]) {
        arithmetic->format = ts_float_format_of(TS_FP16);
        arithmetic->name = "fp16";
    }
}
