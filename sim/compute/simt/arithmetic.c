/* How the CUDA cores and the matrix cores add up products. */
#include "simt_internal.h"

/* Matrix cores add some products and the running sum in one step: all are cut off a number of bits
 * below the largest exponent among them, added, and cut to the sum's format (Fasi, Higham, Mikaitis
 * and Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ CS 2021). How many products of 16
 * bits, and how many bits below: Xie et al., "MMA-Sim", arXiv 2511.10909, whose model is the
 * hardware's to the bit. Products of 8 bits go twice as many at once, of tf32 half as many. */
struct matrix_sum {
    int64_t depth;
    int aligned_bits;
    int fp8_bits; /* of products of fp8 and of their sum; 0 = as the others */
};

static const struct matrix_sum sums[] = {[TS_SIMT_VOLTA] = {4, 23, 0},
                                         [TS_SIMT_TURING] = {8, 24, 0},
                                         [TS_SIMT_AMPERE] = {8, 24, 0},
                                         [TS_SIMT_ADA] = {8, 24, 13},
                                         [TS_SIMT_HOPPER] = {16, 25, 13}};

static const struct ts_float_format cut_sum = {8, 13, 0x1.fff8p127, true};

static void on_matrix_cores(const struct ts_arch *arch, enum ts_precision precision,
                            struct ts_arithmetic *arithmetic)
{
    int generation = ts_simt_params_of(arch)->generation;
    if (precision == TS_FP64) {
        return;
    }
    if (generation == TS_SIMT_CDNA) { /* four products, each sum to the nearest (MMA-Sim) */
        arithmetic->depth = precision == TS_FP32 ? 1 : 4;
        return;
    }
    const struct matrix_sum *sum = &sums[generation];
    double width = ts_precision_info(precision)->storage_bits / 16.0;
    arithmetic->depth = (int64_t)((double)sum->depth / width);
    arithmetic->aligned_bits = sum->aligned_bits;
    arithmetic->truncates = true;
    if (precision == TS_FP8 && sum->fp8_bits) {
        arithmetic->aligned_bits = sum->fp8_bits;
        arithmetic->format = cut_sum;
        arithmetic->name = "fp32 cut to 14 bits";
    }
}

/* k in parts of its own when the library splits it. */
static void split(const struct ts_arch *arch, const struct ts_kernel *kernel,
                  struct ts_arithmetic *arithmetic)
{
    struct ts_simt_gemm gemm;
    struct ts_simt_gemm_choice choice;
    if (kernel->has_conv) {
        return;
    }
    ts_simt_gemm_from_kernel(arch, kernel, &gemm);
    if (ts_simt_gemm_choose(arch, &gemm, &choice) && choice.split_k > 1) {
        arithmetic->chunk = (kernel->k + choice.split_k - 1) / choice.split_k;
    }
}

void ts_simt_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arithmetic *arithmetic)
{
    enum ts_precision precision = kernel->precision;
    split(arch, kernel, arithmetic);
    if (arithmetic->sum != TS_SUM_FLOAT) {
        return;
    }
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
