#include "kernel_support.h"

struct ts_operand dense_operand(int32_t tensor, enum ts_precision precision, double elements)
{
    return (struct ts_operand){
        .tensor = tensor,
        .precision = precision,
        .elements = elements,
        .density = 1,
        .bits_per_element = ts_precision_info(precision)->storage_bits,
    };
}

struct ts_kernel product_kernel(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                                int64_t k)
{
    double items = (double)batch;
    double macs = items * (double)m * (double)n * (double)k;

    return (struct ts_kernel){
        .name = "gemm",
        .op = "gemm",
        .kind = TS_KERNEL_GEMM,
        .precision = precision,
        .batch = batch,
        .m = m,
        .n = n,
        .k = k,
        .a = dense_operand(0, precision, items * (double)m * (double)k),
        .b = dense_operand(1, precision, items * (double)k * (double)n),
        .c = dense_operand(2, precision, items * (double)m * (double)n),
        .macs = macs,
        .effective_macs = macs,
    };
}
