/* Run: all kernels of a program on an engine, inside the simulation's own process. */
#ifndef TESSERA_SIM_ENGINE_RUN_H
#define TESSERA_SIM_ENGINE_RUN_H

#include "sim/engine/engine.h"
#include "tessera/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_KERNEL_OPERANDS = 7 };

/* The operands of a kernel, read ones first: fills `operands`, returns how many. */
int kernel_operands(const struct ts_kernel *kernel,
                    const struct ts_operand *operands[TS_KERNEL_OPERANDS]);

/* What one kernel took and did, in all parts of the batch. */
struct kernel_outcome {
    const char *algorithm;
    const char *ran_on;
    double clock_hz;
    double cycles;                     /* at that clock */
    double part_cycles[TS_TIME_PARTS]; /* sums to cycles */
    struct ts_counters counters;
    double workspace_bytes;  /* scratch that its phases wrote */
    int64_t units_used;      /* the most of its phases */
    double load_idle_cycles; /* the load path was idle this long at the kernel's end */
    struct resident_tensor
        after[TS_KERNEL_OPERANDS]; /* what the shared cache keeps of each operand */
};

/* A program on a machine at one clock. */
struct run {
    const struct ts_arch *arch;       /* at the clock of this run */
    const struct ts_program *whole;   /* what is asked for and reported */
    const struct ts_program *program; /* what is executed: the whole, or a part of its batch */
    const struct ts_sim_options *options;
    struct engine *engine;
    struct ts_arena *arena; /* outlives the process: results */
    struct ts_diagnostics *diagnostics;
    struct kernel_outcome *kernels; /* [program->kernel_count], those of the second part behind */
    const struct kernel_outcome *earlier; /* of a run at another clock; NULL = none */
    const bool *is_settled; /* [program->kernel_count]: booked as in `earlier`, not simulated */
    double cycles;
    struct ts_trace_sink *waves; /* told what happened too; NULL = none */
    bool traced;                 /* this run is told to both */
};

/* Runs every kernel. False with a diagnostic. Call within kernel_main. */
bool run_program(struct run *run);

/* A finished run at one clock. */
struct trial {
    double clock_hz;
    double power_w; /* average */
    const struct kernel_outcome *kernels;
    double cycles;
};

/* Gives `run` the outcome that it would have had at another clock, as `near` and another trial
 * tell, or `near` alone where `far` is NULL. */
void run_at_clock_between(struct run *run, const struct ts_arch *nominal, const struct trial *near,
                          const struct trial *far, double clock_hz);

/* What a kernel would have taken at another clock, as two runs of it tell, or `near` alone where
 * `far` is NULL. */
struct kernel_outcome kernel_at_clock(const struct kernel_outcome *near,
                                      const struct kernel_outcome *far, double clock_hz);

/* Runs the program at the highest clocks whose power meets power.limit_w. A run at their mean is
 * what is traced. */
bool run_within_power_limit(struct run *run, const struct ts_arch *nominal,
                            struct ts_result *result);

/* What a kernel's work took at its clock and the voltage that clock needs. */
void kernel_energy(const struct ts_arch *nominal, const struct ts_kernel *kernel,
                   const struct kernel_outcome *outcome, struct ts_energy *energy);

/* Fills the result tree from a finished run, each kernel at its own clock. */
void run_report(const struct run *run, const struct ts_arch *nominal, struct ts_result *result);

/* A memory:PATTERN program: no units, the device alone. */
bool run_probe(const struct ts_arch *arch, const struct ts_program *program,
               const struct ts_sim_options *options, struct ts_arena *arena,
               struct ts_diagnostics *diagnostics, struct ts_result *result);

/* The name of the largest. */
const char *largest_time_part(const double parts[TS_TIME_PARTS]);

/* Identification and headline figures every result has. */
void result_identify(struct ts_result *result, const struct ts_arch *arch,
                     const struct ts_program *program, const struct ts_sim_options *options,
                     struct ts_arena *arena);

/* The machine's roofs at a precision, in the order of struct ts_result. Returns how many. */
int machine_ceilings(const struct ts_arch *arch, enum ts_precision precision,
                     struct ts_arena *arena, struct ts_ceiling **ceilings);

/* Identical kernels found in the same cache state are simulated once. */
struct memo;
struct memo *memo_new(struct ts_arena *arena, int kernel_count);
uint64_t memo_key(const struct ts_kernel *kernel, const struct machine *machine);
const struct kernel_outcome *memo_find(const struct memo *memo, uint64_t key);
void memo_add(struct memo *memo, uint64_t key, const struct kernel_outcome *outcome);

#ifdef __cplusplus
}
#endif
#endif
