#include "tessera/precision.h"

#include "tessera/diag.h"

#include <math.h>
#include <strings.h>

/* Floats: IEEE 754-2019; tf32: NVIDIA A100 whitepaper (8-bit exponent, 10-bit fraction in 32-bit
 * storage); bf16: 8-bit exponent, 7-bit fraction; fp8: E4M3 of the OCP 8-bit specification, 2023.
 */
static const struct ts_precision_info table[TS_PRECISION_COUNT] = {
    [TS_FP64] = {"fp64", 64, 11, 52, true, 1.7976931348623157e308, 0x1p-52, TS_FP64},
    [TS_FP32] = {"fp32", 32, 8, 23, true, 0x1.fffffep127, 0x1p-23, TS_FP32},
    [TS_TF32] = {"tf32", 32, 8, 10, true, 0x1.ffcp127, 0x1p-10, TS_FP32},
    [TS_BF16] = {"bf16", 16, 8, 7, true, 0x1.fep127, 0x1p-7, TS_FP32},
    [TS_FP16] = {"fp16", 16, 5, 10, true, 65504.0, 0x1p-10, TS_FP32},
    [TS_FP8] = {"fp8", 8, 4, 3, true, 448.0, 0x1p-3, TS_FP32},
    [TS_INT16] = {"int16", 16, 0, 15, false, 32767.0, 1.0, TS_INT16},
    [TS_INT8] = {"int8", 8, 0, 7, false, 127.0, 1.0, TS_INT8},
    [TS_INT4] = {"int4", 4, 0, 3, false, 7.0, 1.0, TS_INT4},
    [TS_TERNARY] = {"ternary", 2, 0, 1, false, 1.0, 1.0, TS_TERNARY},
    [TS_BINARY] = {"binary", 1, 0, 1, false, 1.0, 2.0, TS_BINARY},
};

static const char *const names[TS_PRECISION_COUNT] = {
    "fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "int16", "int8", "int4", "ternary", "binary",
};

const struct ts_precision_info *ts_precision_info(enum ts_precision precision)
{
    if (precision < 0 || precision >= TS_PRECISION_COUNT) {
        ts_bug("precision %d is out of range", (int)precision);
    }
    return &table[precision];
}

enum ts_precision ts_precision_parse(const char *name)
{
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return (enum ts_precision)i;
        }
    }
    return TS_PRECISION_NONE;
}

const char *const *ts_precision_names(void)
{
    return names;
}

double ts_precision_bytes(enum ts_precision precision, double elements)
{
    return ceil(elements * ts_precision_info(precision)->storage_bits / 8.0);
}
