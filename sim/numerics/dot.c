/* Sums of products. */
#include "sim/numerics/numerics.h"

#include <limits.h>
#include <math.h>
#include <string.h>

double numerics_exact_dot(const double *a, const double *b, int64_t k, bool twice)
{
    double sum = 0, rest = 0;
    for (int64_t i = 0; i < k && !twice; i++) {
        sum += a[i] * b[i];
    }
    for (int64_t i = 0; i < k && twice; i++) {
        double product = a[i] * b[i], low = fma(a[i], b[i], -product);
        double total = sum + product, part = total - sum;
        rest += (sum - (total - part)) + (product - part) + low;
        sum = total;
    }
    return sum + rest;
}

double numerics_fixed_step(double largest, int bits)
{
    double most = ldexp(1, bits - 1) - 1;
    return largest > 0 ? exp2(ceil(log2(largest / most))) : 1;
}

static int exponent_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (int)(bits >> 52 & 2047) - 1023;
}

/* The significands of a product are multiplied without being shifted back below 2: its exponent is
 * the sum of both. */
static double aligned_sum(const struct ts_arithmetic *arithmetic, double sum, const double *a,
                          const double *b, int64_t count)
{
    int largest = sum != 0 ? exponent_of(sum) : INT_MIN;
    for (int64_t i = 0; i < count; i++) {
        int exponent = exponent_of(a[i]) + exponent_of(b[i]);
        if (a[i] != 0 && b[i] != 0 && exponent > largest) {
            largest = exponent;
        }
    }
    if (largest == INT_MIN) {
        return 0;
    }
    double step = ldexp(1, largest - arithmetic->aligned_bits), scale = 1 / step;
    double steps = trunc(sum * scale);
    for (int64_t i = 0; i < count; i++) {
        steps += trunc(a[i] * b[i] * scale);
    }
    return steps * step;
}

static double float_chunk(const struct ts_arithmetic *arithmetic, const double *a, const double *b,
                          int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k; i += arithmetic->depth) {
        int64_t end = i + arithmetic->depth < k ? i + arithmetic->depth : k;
        double total = sum;
        for (int64_t j = i; j < end && !arithmetic->aligned_bits; j++) {
            total += a[j] * b[j];
        }
        if (arithmetic->aligned_bits) {
            total = aligned_sum(arithmetic, sum, &a[i], &b[i], end - i);
        }
        sum = arithmetic->truncates ? ts_float_truncate(&arithmetic->format, total)
                                    : ts_float_round(&arithmetic->format, total);
    }
    return sum;
}

/* Fused multiply-adds in fp32 and fp64 are this machine's own. */
static double chunk_sum(const struct ts_arithmetic *arithmetic, const double *a, const double *b,
                        int64_t k)
{
    if (arithmetic->depth > 1 || arithmetic->truncates) {
        return float_chunk(arithmetic, a, b, k);
    }
    if (arithmetic->format.fraction_bits == 23) {
        float sum = 0;
        for (int64_t i = 0; i < k; i++) {
            sum = fmaf((float)a[i], (float)b[i], sum);
        }
        return sum;
    }
    if (arithmetic->format.fraction_bits == 52) {
        double sum = 0;
        for (int64_t i = 0; i < k; i++) {
            sum = fma(a[i], b[i], sum);
        }
        return sum;
    }
    return float_chunk(arithmetic, a, b, k);
}

static double limited(double value, int bits)
{
    double most = ldexp(1, bits - 1) - 1;
    return fmin(fmax(value, -most), most);
}

double numerics_machine_dot(const struct ts_arithmetic *arithmetic, const double *a,
                            const double *b, int64_t k, double step)
{
    double sum = 0;
    if (arithmetic->sum == TS_SUM_INTEGER) { /* exact: whole numbers below 2^53 */
        for (int64_t i = 0; i < k; i++) {
            sum = limited(sum + a[i] * b[i], arithmetic->bits);
        }
        return sum;
    }
    if (arithmetic->sum == TS_SUM_FIXED) {
        for (int64_t i = 0; i < k; i++) {
            sum = limited(sum + nearbyint(a[i] * b[i] / step), arithmetic->bits);
        }
        return sum * step;
    }
    for (int64_t i = 0; i < k; i += arithmetic->chunk) {
        int64_t length = k - i < arithmetic->chunk ? k - i : arithmetic->chunk;
        sum =
            ts_float_round(&arithmetic->format, sum + chunk_sum(arithmetic, &a[i], &b[i], length));
    }
    return sum;
}
