/* Rounding to number formats: on the bits of a double, so that ties and subnormal numbers come out
 * as hardware makes them. */
#include "tessera/precision.h"

#include "tessera/diag.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

const struct ts_float_format ts_float_e4m3 = {4, 3, 448.0, false};
const struct ts_float_format ts_float_e5m2 = {5, 2, 57344.0, false};

struct ts_float_format ts_float_format_of(enum ts_precision precision)
{
    const struct ts_precision_info *info = ts_precision_info(precision);
    if (!info->is_float) {
        ts_bug("%s is no floating-point format", info->name);
    }
    return (struct ts_float_format){info->exponent_bits, info->mantissa_bits, info->max_value,
                                    precision != TS_FP8};
}

/* Spacing of the format's numbers around `value`: a power of two. */
static double spacing(const struct ts_float_format *format, double value)
{
    int least = 2 - (1 << (format->exponent_bits - 1)); /* exponent of the smallest normal number */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> 52 & 2047) - 1023;
    if (exponent < least) {
        exponent = least;
    }
    exponent -= format->fraction_bits;
    if (exponent < -1022) {
        return ldexp(1, exponent);
    }
    bits = (uint64_t)(exponent + 1023) << 52;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Adding and taking away 1.5·2^52 leaves the nearest whole number, ties to even, of anything below
 * 2^51; larger ones are whole in formats of fewer bits than a double's. */
static double nearest_whole(double value)
{
    const double magic = 0x1.8p52;
    return fabs(value) < 0x1p51 ? (value + magic) - magic : nearbyint(value);
}

static double limited(const struct ts_float_format *format, double value)
{
    if (fabs(value) <= format->max_value) {
        return value;
    }
    return copysign(format->has_infinity ? INFINITY : format->max_value, value);
}

double ts_float_round(const struct ts_float_format *format, double value)
{
    if (format->fraction_bits >= 52 || !isfinite(value) || value == 0) {
        return isinf(value) ? limited(format, value) : value;
    }
    double step = spacing(format, value);
    return limited(format, copysign(nearest_whole(value / step) * step, value));
}

double ts_float_truncate(const struct ts_float_format *format, double value)
{
    if (format->fraction_bits >= 52 || !isfinite(value) || value == 0) {
        return isinf(value) ? limited(format, value) : value;
    }
    double step = spacing(format, value);
    double cut = trunc(value / step) * step;
    return fabs(cut) <= format->max_value ? cut : copysign(format->max_value, value);
}

double ts_integer_round(enum ts_precision precision, double value)
{
    const struct ts_precision_info *info = ts_precision_info(precision);
    if (info->is_float) {
        ts_bug("%s is no integer format", info->name);
    }
    if (isnan(value)) {
        return 0;
    }
    return fmin(fmax(nearest_whole(value), -info->max_value), info->max_value);
}
