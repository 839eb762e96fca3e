/* The roofs a roofline draws: what the machine's arithmetic and memories give at most. */
#include "sim/engine/run.h"

static void add(struct ts_ceiling *ceilings, int *count, struct ts_ceiling ceiling)
{
    if (ceiling.tflops > 0 || ceiling.gbps > 0) {
        ceilings[(*count)++] = ceiling;
    }
}

static double tera(const struct ts_arch *arch, double ops_per_cycle)
{
    return ops_per_cycle * (double)arch->units * arch->clock_hz / 1e12;
}

static double matrix_ops_per_cycle(const struct ts_arch *arch, enum ts_precision precision)
{
    if (arch->family->peak_macs_per_cycle) {
        return 2 * arch->family->peak_macs_per_cycle(arch, precision);
    }
    return 2 * arch->matrix_macs_per_cycle[precision];
}

static double vector_ops_per_cycle(const struct ts_arch *arch, enum ts_precision precision)
{
    if (arch->family->vector_ops_per_cycle) {
        return arch->family->vector_ops_per_cycle(arch, precision);
    }
    return 2 * arch->vector_macs_per_cycle[precision];
}

/* Level by level: a private one is there once a unit. */
static double level_gbps(const struct ts_arch *arch, const struct ts_cache_spec *level)
{
    double copies = level->shared ? 1 : (double)arch->units;
    return level->bandwidth_bytes_per_cycle * copies * arch->clock_hz / 1e9;
}

int machine_ceilings(const struct ts_arch *arch, enum ts_precision precision,
                     struct ts_arena *arena, struct ts_ceiling **ceilings)
{
    const struct ts_memory_spec *memory = &arch->memory;
    struct ts_ceiling *list = TS_NEW_ARRAY(arena, memory->cache_count + 4, struct ts_ceiling);
    int count = 0;
    add(list, &count,
        (struct ts_ceiling){"matrix", tera(arch, matrix_ops_per_cycle(arch, precision)), 0});
    add(list, &count,
        (struct ts_ceiling){"vector", tera(arch, vector_ops_per_cycle(arch, precision)), 0});
    for (int i = 0; i < memory->cache_count; i++) {
        const struct ts_cache_spec *level = &memory->cache[i];
        if (level->shared) {
            add(list, &count,
                (struct ts_ceiling){"noc", 0,
                                    arch->noc.bandwidth_bytes_per_cycle * arch->clock_hz / 1e9});
        }
        add(list, &count, (struct ts_ceiling){level->name, 0, level_gbps(arch, level)});
    }
    add(list, &count, (struct ts_ceiling){"dram", 0, memory->dram_bandwidth_bytes_per_s / 1e9});
    *ceilings = list;
    return count;
}
