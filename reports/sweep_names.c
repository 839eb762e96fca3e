/* Columns of a sweep's table as people say them. */
#include "reports/sweep_lines.h"

#include <string.h>

static const struct {
    const char *suffix, *unit;
} units[] = {{"_gbps", "GB/s"}, {"_mhz", "MHz"}, {"_kib", "KiB"}, {"_mib", "MiB"},
             {"_gib", "GiB"},   {"_ns", "ns"},   {"_bytes", "B"}, {"_per_s", "/s"},
             {"_s", "s"},       {"_w", "W"},     {"_pj", "pJ"}};
enum { UNITS = sizeof units / sizeof *units };

static int unit_of(const char *column)
{
    size_t length = strlen(column);
    for (int i = 0; i < UNITS; i++) {
        size_t end = strlen(units[i].suffix);
        if (length > end && strcmp(column + length - end, units[i].suffix) == 0) {
            return i;
        }
    }
    return UNITS;
}

/* Columns of energy and time: "energy_j_dram" is the dram energy, "time_dram" its share of the
 * time. */
static const char *part_of(const char *column, const char *head)
{
    size_t length = strlen(head);
    return strncmp(column, head, length) == 0 ? column + length : NULL;
}

const char *sweep_axis_unit(const char *column)
{
    int unit = unit_of(column);
    return part_of(column, "energy_j_") ? "J" : unit < UNITS ? units[unit].unit : "";
}

const char *sweep_axis_name(struct ts_arena *arena, const char *column)
{
    const char *energy = part_of(column, "energy_j_"), *time = part_of(column, "time_");
    if (energy) {
        energy = strcmp(energy, "dram") == 0 ? "DRAM" : energy;
        return strcmp(energy, "total") == 0 ? "energy"
                                            : ts_arena_printf(arena, "%s energy", energy);
    }
    if (time) {
        return ts_arena_printf(arena, "share of time: %s", time);
    }
    int unit = unit_of(column);
    size_t length = strlen(column) - (unit < UNITS ? strlen(units[unit].suffix) : 0);
    size_t start = length;
    for (int dots = 0; start > 0 && (column[start - 1] != '.' || ++dots < 2); start--) {
    }
    char *name = ts_arena_strndup(arena, column + start, length - start);
    for (char *c = name; *c; c++) {
        *c = *c == '_' || *c == '.' ? ' ' : *c;
    }
    if (strncmp(name, "dram ", 5) == 0) {
        memcpy(name, "DRAM", 4);
    }
    return name;
}
