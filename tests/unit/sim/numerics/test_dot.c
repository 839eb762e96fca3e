#include "sim/numerics/numerics.h"
#include "suite.h"

#include <math.h>

enum { K = 1000 };

static struct ts_arithmetic floats(enum ts_precision precision)
{
    return (struct ts_arithmetic){
        .sum = TS_SUM_FLOAT, .format = ts_float_format_of(precision), .depth = 1, .chunk = K};
}

static void fill(double *values, double value)
{
    for (int i = 0; i < K; i++) {
        values[i] = value;
    }
}

/* 2048 + 1 is a tie in fp16 and goes to the even 2048: ones stop adding up there. */
static void half_precision_sums_stagnate(void)
{
    double ones[4096];
    for (int i = 0; i < 4096; i++) {
        ones[i] = 1;
    }
    struct ts_arithmetic half = floats(TS_FP16);
    half.chunk = 4096;
    CU_ASSERT_EQUAL(numerics_machine_dot(&half, ones, ones, 4096, 1), 2048);
    half.chunk = 1024; /* parts of k */
    CU_ASSERT_EQUAL(numerics_machine_dot(&half, ones, ones, 4096, 1), 4096);
    half.chunk = 4096;
    half.depth = 4;
    CU_ASSERT_EQUAL(numerics_machine_dot(&half, ones, ones, 4096, 1), 4096);
}

static void fp32_sums_are_those_of_fused_multiply_adds(void)
{
    double a[K], b[K];
    float sum = 0;
    for (int i = 0; i < K; i++) {
        a[i] = (float)sin(i);
        b[i] = (float)cos(3 * i);
        sum = fmaf((float)a[i], (float)b[i], sum);
    }
    struct ts_arithmetic single = floats(TS_FP32);
    CU_ASSERT_EQUAL(numerics_machine_dot(&single, a, b, K, 1), sum);
}

static void truncation_loses_what_does_not_fit(void)
{
    double a[K], b[K];
    fill(a, 0x1p-13);
    fill(b, 0x1p-13);
    a[0] = b[0] = 1;
    struct ts_arithmetic cut = floats(TS_FP32);
    cut.depth = 2;
    cut.truncates = true;
    CU_ASSERT_EQUAL(numerics_machine_dot(&cut, a, b, K, 1), 1);
    cut.depth = 8; /* 8 of 2^-26 are a unit in the last place, 2 are not; the first group has 7 */
    CU_ASSERT_EQUAL(numerics_machine_dot(&cut, a, b, K, 1), 1 + 124 * 0x1p-23);
}

/* 1 + 7·2^-24: each term lies below the last of 23 bits and is lost, but not of 25. */
static void aligned_terms_lose_their_low_bits_before_they_are_added(void)
{
    double a[8] = {1}, b[8] = {1};
    for (int i = 1; i < 8; i++) {
        a[i] = b[i] = 0x1p-12;
    }
    struct ts_arithmetic volta = floats(TS_FP32);
    volta.depth = volta.chunk = 8;
    volta.truncates = true;
    volta.aligned_bits = 23;
    CU_ASSERT_EQUAL(numerics_machine_dot(&volta, a, b, 8, 1), 1);
    volta.aligned_bits = 25;
    CU_ASSERT_EQUAL(numerics_machine_dot(&volta, a, b, 8, 1), 1 + 3 * 0x1p-23);
    double x[2] = {1.5, -0x1p-14}, w[2] = {1.5, 1}; /* 2.25 counts as 1.5·1.5·2^0 */
    volta.aligned_bits = 14;
    CU_ASSERT_EQUAL(numerics_machine_dot(&volta, x, w, 2, 1), 2.25 - 0x1p-14);
    volta.aligned_bits = 13;
    CU_ASSERT_EQUAL(numerics_machine_dot(&volta, x, w, 2, 1), 2.25);
    double zeros[2] = {0, 0};
    CU_ASSERT_EQUAL(numerics_machine_dot(&volta, zeros, w, 2, 1), 0);
}

static void integer_sums_are_exact_and_saturate(void)
{
    double a[K], b[K];
    fill(a, 127);
    fill(b, -127);
    struct ts_arithmetic integer = {.sum = TS_SUM_INTEGER, .bits = 32, .depth = 1, .chunk = K};
    CU_ASSERT_EQUAL(numerics_machine_dot(&integer, a, b, K, 1), -127.0 * 127 * K);
    integer.bits = 16;
    CU_ASSERT_EQUAL(numerics_machine_dot(&integer, a, b, K, 1), -32767);
}

/* Products are rounded to the step before they are added. */
static void fixed_point_sums_round_each_product(void)
{
    double a[K], b[K];
    fill(a, 1);
    fill(b, 0.4);
    struct ts_arithmetic fixed = {.sum = TS_SUM_FIXED, .bits = 16, .depth = 1, .chunk = K};
    CU_ASSERT_EQUAL(numerics_machine_dot(&fixed, a, b, K, 1), 0);
    CU_ASSERT_EQUAL(numerics_machine_dot(&fixed, a, b, K, 0.25), 500);
    CU_ASSERT_EQUAL(numerics_machine_dot(&fixed, a, b, K, 0x1p-10), 32767 * 0x1p-10);
    CU_ASSERT_EQUAL(numerics_fixed_step(32767, 16), 1);
    CU_ASSERT_EQUAL(numerics_fixed_step(32768, 16), 2);
    CU_ASSERT_EQUAL(numerics_fixed_step(1, 16), 0x1p-14);
}

static void the_reference_keeps_twice_the_digits(void)
{
    double a[] = {1e16, 1, -1e16}, b[] = {1, 1, 1};
    CU_ASSERT_EQUAL(numerics_exact_dot(a, b, 3, true), 1);
    CU_ASSERT_EQUAL(numerics_exact_dot(a, b, 3, false), 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"half-precision sums stagnate", half_precision_sums_stagnate},
        {"fp32 sums are those of fused multiply-adds", fp32_sums_are_those_of_fused_multiply_adds},
        {"truncation loses what does not fit", truncation_loses_what_does_not_fit},
        {"aligned terms lose their low bits before they are added",
         aligned_terms_lose_their_low_bits_before_they_are_added},
        {"integer sums are exact and saturate", integer_sums_are_exact_and_saturate},
        {"fixed-point sums round each product", fixed_point_sums_round_each_product},
        {"the reference keeps twice the digits", the_reference_keeps_twice_the_digits},
    };
    return RUN_SUITE("sums of products", cases);
}
