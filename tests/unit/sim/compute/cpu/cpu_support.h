/* Machines and kernels for tests of the CPU family. */
#ifndef TESSERA_TESTS_CPU_SUPPORT_H
#define TESSERA_TESTS_CPU_SUPPORT_H

#include "sim/compute/cpu/cpu.h"
#include "unit/sim/compute/kernel_support.h"

/* Loads configs/arch/cpu/NAME.yaml; fails the running test and returns NULL when it can't. `key`
 * may be NULL. */
const struct ts_arch *cpu_arch(const char *name, const char *key, const char *value);

/* A 3×3 convolution of `images` h × h images, pad 1. */
struct ts_kernel cpu_conv_kernel(enum ts_pass pass, int64_t images, int64_t c, int64_t h, int64_t k,
                                 int64_t groups);

/* An element-wise kernel of one input. */
struct ts_kernel cpu_vector_kernel(const char *op, enum ts_vector_class class, double elements,
                                   double ops);

/* The plan, in an arena that cpu_release() frees. */
struct ts_plan cpu_plan(const struct ts_arch *arch, const struct ts_kernel *kernel);

/* Sums over all tiles of a phase. */
struct cpu_sums {
    double pipe_cycles, imbalance_cycles, cache_cycles, overhead_cycles;
    double load_bytes[8]; /* by tensor + 1: 0 scratch, then 0, 1, ... */
    double store_bytes[8];
    double busiest_cycles; /* largest share of a unit when tiles go round robin */
    bool parts_exceed;     /* some step's parts were more than its pipe cycles, or negative */
};
struct cpu_sums cpu_sum(const struct ts_phase *phase, int64_t units);

/* Cycles of the plan's pipes alone: per phase launch, busiest unit, finish. */
double cpu_plan_cycles(const struct ts_arch *arch, const struct ts_plan *plan);

/* Seconds of one kernel through the engine, warm. */
double cpu_simulate_s(const struct ts_arch *arch, const struct ts_kernel *kernel);

void cpu_release(void);

#endif
