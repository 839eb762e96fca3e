#include "suite.h"
#include "tessera/precision.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static double rounded(enum ts_precision precision, double value)
{
    struct ts_float_format format = ts_float_format_of(precision);
    return ts_float_round(&format, value);
}

/* The value of a code: sign, exponent, fraction, as the specifications write them down. */
static double decoded(unsigned code, int exponent_bits, int fraction_bits)
{
    int bias = (1 << (exponent_bits - 1)) - 1;
    int exponent = (int)(code >> fraction_bits) & ((1 << exponent_bits) - 1);
    double fraction = (double)(code & ((1u << fraction_bits) - 1)) / (1 << fraction_bits);
    double value = exponent ? ldexp(1 + fraction, exponent - bias) : ldexp(fraction, 1 - bias);
    return code >> (exponent_bits + fraction_bits) & 1 ? -value : value;
}

/* Every finite number of a format of few bits stays, ties between neighbours go to the even code,
 * and everything else to the nearer one. `last` is the code of the largest. */
static void check_all(const struct ts_float_format *format, unsigned last)
{
    int e = format->exponent_bits, f = format->fraction_bits;
    CU_ASSERT_EQUAL(decoded(last, e, f), format->max_value);
    for (unsigned code = 0; code < last; code++) {
        double low = decoded(code, e, f), high = decoded(code + 1, e, f);
        double tie = (low + high) / 2, even = code % 2 ? high : low;
        CU_ASSERT_EQUAL(ts_float_round(format, low), low);
        CU_ASSERT_EQUAL(ts_float_round(format, -high), -high);
        CU_ASSERT_EQUAL(ts_float_round(format, tie), even);
        CU_ASSERT_EQUAL(ts_float_round(format, -tie), -even);
        CU_ASSERT_EQUAL(ts_float_round(format, nextafter(tie, 0)), low);
        CU_ASSERT_EQUAL(ts_float_round(format, nextafter(tie, INFINITY)), high);
        CU_ASSERT_EQUAL(ts_float_truncate(format, nextafter(high, 0)), low);
        CU_ASSERT_EQUAL(ts_float_truncate(format, -tie), -low);
    }
}

static void every_fp8_number_and_tie_is_exact(void)
{
    check_all(&ts_float_e4m3, 0x7e); /* S.1111.110 = 448; S.1111.111 is NaN */
    check_all(&ts_float_e5m2, 0x7b); /* S.11110.11 = 57344 */
    CU_ASSERT_EQUAL(decoded(1, 4, 3), 0x1p-9);
    CU_ASSERT_EQUAL(decoded(1, 5, 2), 0x1p-16);
}

static void fp8_saturates(void)
{
    CU_ASSERT_EQUAL(ts_float_round(&ts_float_e4m3, 464), 448);
    CU_ASSERT_EQUAL(ts_float_round(&ts_float_e4m3, 1e9), 448);
    CU_ASSERT_EQUAL(ts_float_round(&ts_float_e4m3, -INFINITY), -448);
    CU_ASSERT_EQUAL(ts_float_round(&ts_float_e5m2, 61441), 57344);
    CU_ASSERT_EQUAL(rounded(TS_FP8, 0.0009), 0); /* below half of 2^-9 */
    CU_ASSERT_EQUAL(rounded(TS_FP8, 0.001), 0x1p-9);
}

static void every_half_number_and_tie_is_exact(void)
{
    struct ts_float_format half = ts_float_format_of(TS_FP16);
    check_all(&half, 0x7bff);
    struct ts_float_format brain = ts_float_format_of(TS_BF16);
    check_all(&brain, 0x7f7f);
    CU_ASSERT_EQUAL(rounded(TS_FP16, 65519.99), 65504);
    CU_ASSERT_TRUE(isinf(rounded(TS_FP16, 65520)));
    CU_ASSERT_EQUAL(rounded(TS_FP16, 0x1p-25), 0); /* a tie of the smallest subnormal number */
    CU_ASSERT_EQUAL(rounded(TS_FP16, 0x1.8p-25), 0x1p-24);
    CU_ASSERT_EQUAL(rounded(TS_FP16, 1.0 / 3), 0x1.554p-2); /* 0x3555 */
}

static void bf16_and_tf32_keep_the_high_bits_of_fp32(void)
{
    CU_ASSERT_EQUAL(rounded(TS_BF16, 1.00390625), 1); /* 1 + 2^-8 is a tie */
    CU_ASSERT_EQUAL(rounded(TS_BF16, 1.01171875), 1.015625);
    CU_ASSERT_EQUAL(rounded(TS_BF16, 3.14159265), 3.140625);
    CU_ASSERT_EQUAL(rounded(TS_TF32, 1 + 0x1p-11), 1);
    CU_ASSERT_EQUAL(rounded(TS_TF32, 1 + 0x1.8p-10), 1 + 0x1p-9);
    CU_ASSERT_EQUAL(rounded(TS_TF32, 3.14159265), 0x1.92p1); /* 3.140625 */
    CU_ASSERT_TRUE(isinf(rounded(TS_BF16, 3.4e38)));
}

/* The machine's own conversion is the reference. */
static void fp32_rounds_as_hardware_does(void)
{
    uint64_t state = 17;
    for (int i = 0; i < 100000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double value = ldexp((double)(int64_t)state, (int)(state >> 7 & 255) - 200);
        CU_ASSERT_EQUAL(rounded(TS_FP32, value), (double)(float)value);
    }
    CU_ASSERT_EQUAL(rounded(TS_FP32, 0x1p-149), 0x1p-149);
    CU_ASSERT_EQUAL(rounded(TS_FP32, 0x1p-150), 0);
    CU_ASSERT_EQUAL(rounded(TS_FP64, 0.1), 0.1);
}

static void special_values_stay(void)
{
    CU_ASSERT_TRUE(isnan(rounded(TS_FP16, NAN)));
    CU_ASSERT_TRUE(isinf(rounded(TS_FP16, INFINITY)));
    CU_ASSERT_TRUE(signbit(rounded(TS_BF16, -0.0)));
    CU_ASSERT_TRUE(signbit(rounded(TS_FP8, -1e-9)));
    struct ts_float_format half = ts_float_format_of(TS_FP16);
    CU_ASSERT_EQUAL(ts_float_truncate(&half, 1e9), 65504);
}

static void integers_round_to_even_and_saturate(void)
{
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT8, 2.5), 2);
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT8, 3.5), 4);
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT8, -128.4), -127);
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT8, 1e300), 127);
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT4, -7.4), -7);
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT16, 32766.5), 32766);
    CU_ASSERT_EQUAL(ts_integer_round(TS_INT4, NAN), 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"every fp8 number and tie is exact", every_fp8_number_and_tie_is_exact},
        {"fp8 saturates", fp8_saturates},
        {"every half-precision number and tie is exact", every_half_number_and_tie_is_exact},
        {"bf16 and tf32 keep the high bits of fp32", bf16_and_tf32_keep_the_high_bits_of_fp32},
        {"fp32 rounds as hardware does", fp32_rounds_as_hardware_does},
        {"special values stay", special_values_stay},
        {"integers round to even and saturate", integers_round_to_even_and_saturate},
    };
    return RUN_SUITE("rounding", cases);
}
