#include "tessera/report.h"

#include <math.h>
#include <stdlib.h>

const char *ts_format_si(char *buffer, double value, const char *unit)
{
    static const char *const prefixes[] = {"a", "f", "p", "n", "u", "m", "",
                                           "k", "M", "G", "T", "P", "E"};
    enum { PLAIN = 6, LAST = 12 };
    int prefix = PLAIN;
    double size = fabs(value);
    if (*unit == '/' && size > 0 && size < 0.99995) {
        /* Milli-somethings per second would read as metres. */
        snprintf(buffer, TS_SI_BYTES, "%.4g %s", value, unit);
        return buffer;
    }
    /* 999.95 and above would round to 1000.0 of its prefix. */
    while (size >= 999.95 && prefix < LAST) {
        size /= 1e3;
        prefix++;
    }
    while (size > 0 && size < 0.99995 && prefix > 0) {
        size *= 1e3;
        prefix--;
    }
    int decimals = size >= 99.995 ? 1 : size >= 9.9995 ? 2 : 3;
    if (size == 0) {
        decimals = 0;
    }
    const char *gap = *unit || *prefixes[prefix] ? " " : "";
    snprintf(buffer, TS_SI_BYTES, "%s%.*f%s%s%s", value < 0 ? "-" : "", decimals, size, gap,
             prefixes[prefix], unit);
    return buffer;
}

const char *ts_format_number(char *buffer, double value)
{
    if (!isfinite(value)) {
        ts_bug("a number that is not finite reached a report");
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, TS_SI_BYTES, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) {
            break;
        }
    }
    return buffer;
}
