#include "reports/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 1, 2 or 5 times a power of ten, the largest that is not above `value` or the least not below. */
static double round_number(double value, bool up)
{
    static const double steps[] = {1, 2, 5, 10};
    double decade = pow(10, floor(log10(value) + 1e-9));
    for (int i = 0; i < 4; i++) {
        if (up && steps[i] * decade >= value * (1 - 1e-9)) {
            return steps[i] * decade;
        }
        if (!up && steps[3 - i] * decade <= value * (1 + 1e-9)) {
            return steps[3 - i] * decade;
        }
    }
    return value;
}

static double linear_step(double span, int wanted)
{
    return round_number(span / wanted, true);
}

struct scale scale_over(double least, double most, double log_from, bool round)
{
    struct scale scale = {.low = least, .high = most, .log = least > 0 && most >= log_from * least};
    if (most <= least) {
        double room = least == 0 ? 1 : fabs(least) / 2;
        scale = (struct scale){.low = least - room, .high = most + room};
    } else if (round && scale.log) {
        scale.low = round_number(least, false);
        scale.high = round_number(most, true);
    } else if (round) {
        double low = least > 0 ? 0 : least;
        double step = linear_step(most - low, 5);
        scale.low = floor(low / step) * step;
        scale.high = ceil(most / step - 1e-9) * step;
    }
    return scale;
}

double scale_at(const struct scale *scale, double value)
{
    double share = scale->log ? log(value / scale->low) / log(scale->high / scale->low)
                              : (value - scale->low) / (scale->high - scale->low);
    return scale->from + share * (scale->to - scale->from);
}

static int log_ticks(const struct scale *scale, int wanted, double *ticks, int room)
{
    double decades = log10(scale->high / scale->low);
    int step = decades > wanted ? (int)ceil(decades / wanted) : 1;
    static const double within[] = {1, 2, 5};
    int count = 0, parts = 3 * decades <= 1.5 * wanted ? 3 : 1;
    for (double d = floor(log10(scale->low) + 1e-9); d <= log10(scale->high) + 1e-9; d += step) {
        for (int i = 0; i < parts && count < room; i++) {
            double value = within[i] * pow(10, d);
            if (value >= scale->low * (1 - 1e-9) && value <= scale->high * (1 + 1e-9)) {
                ticks[count++] = value;
            }
        }
    }
    return count;
}

int scale_ticks(const struct scale *scale, int wanted, double *ticks, int room)
{
    if (scale->log) {
        return log_ticks(scale, wanted, ticks, room);
    }
    double step = linear_step(scale->high - scale->low, wanted);
    int count = 0;
    double first = ceil(scale->low / step - 1e-9);
    for (double n = first; n * step <= scale->high + 1e-9 * step && count < room; n++) {
        ticks[count++] = n * step;
    }
    return count;
}

const char *scale_text(char *buffer, double value, const char *unit)
{
    static const char *const prefixes[] = {"p", "n", "µ", "m", "", "k", "M", "G", "T", "P"};
    enum { NONE = 4, LAST = 9, BYTES = 32 };
    bool plain = strcmp(unit, "%") == 0 || value == 0;
    bool bare = !*unit && fabs(value) >= 1e-3 && fabs(value) < 1e4;
    int prefix = NONE;
    double size = value;
    while (!plain && !bare && fabs(size) >= 999.5 && prefix < LAST) {
        size /= 1e3;
        prefix++;
    }
    while (!plain && !bare && fabs(size) < 0.9995 && prefix > 0) {
        size *= 1e3;
        prefix--;
    }
    size = size == 0 ? 0 : size; /* no minus sign */
    snprintf(buffer, BYTES, "%.*g%s%s%s", fabs(size) >= 999.5 ? 4 : 3, size,
             *unit || prefix != NONE ? " " : "", prefixes[prefix], unit);
    return buffer;
}
