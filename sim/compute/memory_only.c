/* A DRAM device taken as an architecture: memory:PATTERN probes it, nothing else runs on it. */
#include "sim/compute/families.h"

static bool plan(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics, struct ts_plan *out)
{
    (void)seed, (void)arena, (void)out;
    ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){0},
                  "'%s' is a memory alone and can't run '%s'", arch->name, kernel->name);
    ts_diag_help(diagnostics,
                 "probe it with memory:read, memory:random, ... or name an architecture");
    return false;
}

const struct ts_family ts_memory_family = {
    .name = "memory",
    .summary = "a DRAM device without arithmetic, for memory:PATTERN probes",
    .plan = plan,
};
