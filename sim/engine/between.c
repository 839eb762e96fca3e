/* A run between trials: cycles at a clock that was not simulated, from trials close by.
 *
 * What the pipes bound takes as many cycles at any clock, what DRAM bounds as many seconds: the
 * cycles of a kernel, and of each part of them, go linearly with the clock. What it reads, writes
 * and computes stays the same. */
#include "sim/engine/run.h"
#include "tessera/minmax.h"

#include <string.h>

/* The line through two trials. */
static void follow_line(struct kernel_outcome *kernel, const struct kernel_outcome *far,
                        double share)
{
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        double moved = (far->part_cycles[part] - kernel->part_cycles[part]) * share;
        kernel->part_cycles[part] = ts_max(kernel->part_cycles[part] + moved, 0);
    }
}

/* One trial alone: the time that waits for DRAM is what its cycles go with. */
static void follow_dram(struct kernel_outcome *kernel, double ratio)
{
    kernel->part_cycles[TS_TIME_DRAM] *= ratio;
}

struct kernel_outcome kernel_at_clock(const struct kernel_outcome *near,
                                      const struct kernel_outcome *far, double clock_hz)
{
    struct kernel_outcome kernel = *near;
    if (far && far->clock_hz != near->clock_hz && strcmp(near->algorithm, far->algorithm) == 0) {
        follow_line(&kernel, far, (clock_hz - near->clock_hz) / (far->clock_hz - near->clock_hz));
    } else {
        follow_dram(&kernel, clock_hz / near->clock_hz);
    }
    kernel.clock_hz = clock_hz;
    kernel.cycles = 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        kernel.cycles += kernel.part_cycles[part];
    }
    return kernel;
}

void run_at_clock_between(struct run *run, const struct ts_arch *nominal, const struct trial *near,
                          const struct trial *far, double clock_hz)
{
    const int count = run->whole->kernel_count;
    struct kernel_outcome *kernels = TS_NEW_ARRAY(run->arena, count, struct kernel_outcome);
    struct ts_arch *arch = TS_NEW(run->arena, struct ts_arch);
    *arch = ts_arch_at_clock(nominal, clock_hz);
    run->arch = arch;
    run->kernels = kernels;
    run->cycles = near->cycles;
    for (int i = 0; i < count; i++) {
        kernels[i] = kernel_at_clock(&near->kernels[i], far ? &far->kernels[i] : NULL, clock_hz);
        run->cycles += kernels[i].cycles - near->kernels[i].cycles;
    }
}
