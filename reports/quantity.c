/* Units by the names of figures. */
#include "tessera/listing.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *end, *unit;
} units[] = {
    /* The first that fits: longer ends stand before shorter ones. */
    {"_per_s", "/s"},  {"_per_w", "/W"},  {"_per_token_s", "s"}, {"_pj", "pJ"},
    {"_ns", "ns"},     {"_gbps", "GB/s"}, {"_mhz", "MHz"},       {"_kib", "KiB"},
    {"_mib", "MiB"},   {"_gib", "GiB"},   {"_bytes", "B"},       {"_hz", "Hz"},
    {"_s", "s"},       {"_w", "W"},       {"_j", "J"},           {"_tflops", "TFLOPS"},
    {"_percent", "%"},
};
enum { UNITS = sizeof units / sizeof *units };

static const char *unit_of_word(const char *word, size_t length)
{
    for (int i = 0; i < UNITS; i++) {
        size_t end = strlen(units[i].end);
        if (length > end && strncmp(word + length - end, units[i].end, end) == 0) {
            return units[i].unit;
        }
    }
    return "";
}

const char *ts_unit_of(const char *name)
{
    if (strpbrk(name, "*/")) {
        return ""; /* a product has one of its own */
    }
    const char *last = strrchr(name, '.');
    const char *word = last ? last + 1 : name;
    const char *unit = unit_of_word(word, strlen(word));
    if (strcmp(word, "tflops") == 0) {
        return "TFLOPS";
    }
    while (!*unit && last) { /* energy_j.total has that of energy_j */
        size_t length = (size_t)(last - name);
        unit = unit_of_word(name, length);
        do {
            last = last > name ? last - 1 : NULL;
        } while (last && *last != '.');
    }
    return unit;
}

const char *ts_format_quantity(char *buffer, double value, const char *unit)
{
    static const char *const prefixed[] = {"s", "J", "W", "B", "Hz", "/s"};
    for (size_t i = 0; i < sizeof prefixed / sizeof *prefixed; i++) {
        if (strcmp(unit, prefixed[i]) == 0) {
            return ts_format_si(buffer, value, unit);
        }
    }
    if (fabs(value) >= 1e5) {
        return ts_format_si(buffer, value, unit);
    }
    bool whole = value == floor(value) || fabs(value) >= 1e4;
    snprintf(buffer, TS_SI_BYTES, whole ? "%.0f%s%s" : "%.4g%s%s", value, *unit ? " " : "", unit);
    return buffer;
}
