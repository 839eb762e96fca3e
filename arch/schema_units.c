/* Units of written quantities: "1.4 GHz" where the row counts in MHz. */
#include "schema_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Units of one dimension stand together; factor is to the dimension's base unit. Decimal prefixes
 * are powers of 1000, binary ones (KiB) of 1024 (IEC 80000-13). */
static const struct unit {
    const char *name;
    const char *dimension;
    double factor;
} units[] = {
    {"Hz", "a frequency", 1},
    {"kHz", "a frequency", 1e3},
    {"MHz", "a frequency", 1e6},
    {"GHz", "a frequency", 1e9},
    {"B", "a size", 1},
    {"bytes", "a size", 1},
    {"kB", "a size", 1e3},
    {"MB", "a size", 1e6},
    {"GB", "a size", 1e9},
    {"TB", "a size", 1e12},
    {"KiB", "a size", 1024.0},
    {"MiB", "a size", 1048576.0},
    {"GiB", "a size", 1073741824.0},
    {"TiB", "a size", 1099511627776.0},
    {"B/s", "a bandwidth", 1},
    {"kB/s", "a bandwidth", 1e3},
    {"MB/s", "a bandwidth", 1e6},
    {"GB/s", "a bandwidth", 1e9},
    {"TB/s", "a bandwidth", 1e12},
    {"KiB/s", "a bandwidth", 1024.0},
    {"MiB/s", "a bandwidth", 1048576.0},
    {"GiB/s", "a bandwidth", 1073741824.0},
    {"Mbit/s", "a bandwidth", 1e6 / 8},
    {"Gbit/s", "a bandwidth", 1e9 / 8},
    {"Tbit/s", "a bandwidth", 1e12 / 8},
    {"B/cycle", "bytes per clock cycle", 1},
    {"bytes/cycle", "bytes per clock cycle", 1},
    {"KiB/cycle", "bytes per clock cycle", 1024.0},
    {"s", "a time", 1},
    {"ms", "a time", 1e-3},
    {"us", "a time", 1e-6},
    {"ns", "a time", 1e-9},
    {"ps", "a time", 1e-12},
    {"cycles", "a number of clock cycles", 1},
    {"cycle", "a number of clock cycles", 1},
    {"MAC/cycle", "multiply-accumulates per clock cycle", 1},
    {"MACs/cycle", "multiply-accumulates per clock cycle", 1},
    {"W", "a power", 1},
    {"mW", "a power", 1e-3},
    {"uW", "a power", 1e-6},
    {"kW", "a power", 1e3},
    {"V", "a voltage", 1},
    {"mV", "a voltage", 1e-3},
    {"J", "an energy", 1},
    {"mJ", "an energy", 1e-3},
    {"uJ", "an energy", 1e-6},
    {"nJ", "an energy", 1e-9},
    {"pJ", "an energy", 1e-12},
    {"fJ", "an energy", 1e-15},
    {"pJ/B", "an energy per amount of data", 1},
    {"pJ/byte", "an energy per amount of data", 1},
    {"fJ/B", "an energy per amount of data", 1e-3},
    {"nJ/B", "an energy per amount of data", 1e3},
    {"pJ/bit", "an energy per amount of data", 8},
    {"fJ/bit", "an energy per amount of data", 8e-3},
    {"fJ/bit/mm", "an energy per amount of data and distance", 1},
    {"pJ/bit/mm", "an energy per amount of data and distance", 1e3},
    {"m", "a length", 1},
    {"cm", "a length", 1e-2},
    {"mm", "a length", 1e-3},
    {"um", "a length", 1e-6},
    {"nm", "a length", 1e-9},
    {"mW/MiB", "a power per capacity", 1e-3},
    {"W/MiB", "a power per capacity", 1},
    {"uW/MiB", "a power per capacity", 1e-6},
    {"op/s", "a rate of operations", 1},
    {"Mop/s", "a rate of operations", 1e6},
    {"Gop/s", "a rate of operations", 1e9},
    {"Top/s", "a rate of operations", 1e12},
    {"C", "a temperature", 1},
};

enum { UNIT_COUNT = sizeof units / sizeof units[0] };

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(units[i].name, name) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

const char *ts_schema_accepted_units(const char *row_unit, struct ts_arena *arena)
{
    const struct unit *row = find_unit(row_unit);
    const char *list = NULL;
    for (size_t i = 0; row && i < UNIT_COUNT; i++) {
        if (strcmp(units[i].dimension, row->dimension) == 0) {
            list = list ? ts_arena_printf(arena, "%s, %s", list, units[i].name) : units[i].name;
        }
    }
    return list ? list : row_unit;
}

/* Micro may be written µ (U+00B5) or μ (U+03BC). */
static const char *plain_micro(const char *unit, struct ts_arena *arena)
{
    if (strncmp(unit, "\xc2\xb5", 2) == 0 || strncmp(unit, "\xce\xbc", 2) == 0) {
        return ts_arena_printf(arena, "u%s", unit + 2);
    }
    return unit;
}

static const char *convert(const char *unit_text, const char *row_unit, struct ts_arena *arena,
                           double *value)
{
    const char *name = plain_micro(unit_text, arena);
    const struct unit *row = find_unit(row_unit);
    const struct unit *written = find_unit(name);
    if (strcmp(name, row_unit) == 0) {
        return NULL;
    }
    if (*row_unit == '\0') {
        return ts_arena_printf(arena, "takes a number without a unit, not '%s'", unit_text);
    }
    if (!row || !written || strcmp(row->dimension, written->dimension) != 0) {
        return ts_arena_printf(arena, "is %s in %s; '%s' is no unit of that",
                               row ? row->dimension : "a number", row_unit, unit_text);
    }
    *value *= written->factor / row->factor;
    return NULL;
}

enum ts_quantity_status ts_schema_read_quantity(const char *text, const char *row_unit,
                                                struct ts_arena *arena, double *value,
                                                const char **why)
{
    const char *digits = text + (*text == '-' || *text == '+');
    char *end = NULL;
    /* strtod also takes hexadecimal, "inf" and "nan", which no configuration means. */
    bool decimal = isdigit((unsigned char)digits[*digits == '.']) &&
                   !(digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'));
    if (decimal) {
        *value = strtod(text, &end);
    }
    if (!decimal || !isfinite(*value)) {
        *why = ts_arena_printf(arena, "must be a number, not '%s'", text);
        return TS_QUANTITY_NOT_A_NUMBER;
    }
    while (*end == ' ' || *end == '\t') {
        end++;
    }
    if (*end == '\0') {
        return TS_QUANTITY_OK;
    }
    *why = convert(end, row_unit, arena, value);
    return *why ? TS_QUANTITY_WRONG_UNIT : TS_QUANTITY_OK;
}

const char *ts_schema_parse_quantity(const char *text, const char *row_unit, struct ts_arena *arena,
                                     double *value)
{
    const char *why = NULL;
    ts_schema_read_quantity(text, row_unit, arena, value, &why);
    return why;
}
