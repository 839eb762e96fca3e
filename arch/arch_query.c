/* Questions to a loaded architecture. */
#include "arch_internal.h"

#include <string.h>

const struct ts_cache_spec *ts_arch_cache(const struct ts_arch *arch, const char *name)
{
    for (int i = 0; i < arch->memory.cache_count; i++) {
        if (strcmp(arch->memory.cache[i].name, name) == 0) {
            return &arch->memory.cache[i];
        }
    }
    return NULL;
}

int ts_arch_shared_level(const struct ts_arch *arch)
{
    for (int i = arch->memory.cache_count - 1; i >= 0; i--) {
        if (arch->memory.cache[i].shared) {
            return i;
        }
    }
    return -1;
}

static double macs_per_cycle(const struct ts_arch *arch, enum ts_precision precision)
{
    if (arch->family && arch->family->peak_macs_per_cycle) {
        return arch->family->peak_macs_per_cycle(arch, precision);
    }
    double vector = arch->vector_macs_per_cycle[precision];
    double matrix = arch->matrix_macs_per_cycle[precision];
    return vector > matrix ? vector : matrix;
}

double ts_arch_peak_macs_per_s(const struct ts_arch *arch, enum ts_precision precision)
{
    return macs_per_cycle(arch, precision) * (double)arch->units * arch->clock_hz;
}

bool ts_arch_supports(const struct ts_arch *arch, enum ts_precision precision)
{
    return macs_per_cycle(arch, precision) > 0;
}

double ts_arch_rated_clock_hz(const struct ts_arch *arch)
{
    return arch->rated_clock_hz > 0 ? arch->rated_clock_hz : arch->clock_hz;
}

struct ts_arch ts_arch_at_clock(const struct ts_arch *arch, double clock_hz)
{
    struct ts_arch copy = *arch;
    copy.rated_clock_hz = ts_arch_rated_clock_hz(arch);
    copy.clock_hz = clock_hz;
    copy.power.voltage_v = ts_arch_voltage_v(arch, clock_hz);
    return copy;
}
