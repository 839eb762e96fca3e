#include "sim/sweep/job_parts.h"

#include <math.h>

enum { MOST_OPERANDS = 5 };

/* Activations: what a kernel reads comes first, what it writes is the last. */
static int activations(const struct ts_kernel *kernel,
                       const struct ts_operand *operands[MOST_OPERANDS])
{
    const struct ts_operand *all[MOST_OPERANDS] = {&kernel->a, &kernel->b, &kernel->c};
    int count = 0, total = 3;
    if (kernel->kind != TS_KERNEL_GEMM) {
        for (total = 0; total < kernel->input_count; total++) {
            all[total] = &kernel->inputs[total];
        }
        all[total++] = &kernel->output;
    }
    for (int i = 0; i < total; i++) {
        if (all[i]->tensor >= 0 && !all[i]->is_weight) {
            operands[count++] = all[i];
        }
    }
    return count;
}

double ts_job_live_bytes(const struct ts_program *program, struct ts_arena *arena)
{
    const struct ts_operand *operands[MOST_OPERANDS];
    int *last = TS_NEW_ARRAY(arena, program->tensor_count + 1, int);
    double *held = TS_NEW_ARRAY(arena, program->tensor_count + 1, double);
    double live = 0, most = 0;
    for (int i = 0; i < program->kernel_count; i++) {
        for (int j = activations(&program->kernels[i], operands) - 1; j >= 0; j--) {
            last[operands[j]->tensor] = i;
        }
    }
    for (int i = 0; i < program->kernel_count; i++) {
        const int count = activations(&program->kernels[i], operands);
        for (int j = 0; j < count; j++) {
            const double bytes = ts_operand_dense_bytes(operands[j]);
            const double grows = fmax(0, bytes - held[operands[j]->tensor]);
            held[operands[j]->tensor] += grows;
            live += grows;
        }
        most = fmax(most, live);
        for (int j = 0; j < count; j++) {
            if (last[operands[j]->tensor] == i) {
                live -= held[operands[j]->tensor];
                held[operands[j]->tensor] = 0;
            }
        }
    }
    return most;
}

static bool is_cut(const struct ts_arch *arch, const struct ts_program *whole,
                   const struct ts_workload_options *options)
{
    const int level = ts_arch_shared_level(arch);
    return level >= 0 && arch->memory.cache[level].software_managed && !whole->one_liner &&
           !whole->training && whole->phase != TS_PHASE_DECODE && whole->batch >= 2 &&
           whole->batch == options->batch;
}

bool ts_job_parts_load(const struct ts_job *job, const struct ts_workload_options *options,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_loaded_job *loaded)
{
    const struct ts_program *whole = loaded->program;
    if (!is_cut(loaded->arch, whole, options)) {
        return true;
    }
    const int level = ts_arch_shared_level(loaded->arch);
    const double fewest =
        ceil(ts_job_live_bytes(whole, arena) / loaded->arch->memory.cache[level].capacity_bytes);
    if (fewest < 2) {
        return true;
    }
    struct ts_workload_options of_part = *options;
    /* Where one item does not fit, one by one. */
    of_part.batch = (int64_t)fmax(1, floor((double)whole->batch / fewest));
    while (loaded->cut_count < TS_JOB_MAX_CUTS && 2 * of_part.batch <= whole->batch) {
        struct ts_program *program = NULL;
        if (!ts_workload_load(job->workload, &of_part, arena, diagnostics, &program)) {
            return false;
        }
        if (program->kernel_count != whole->kernel_count) {
            return true;
        }
        loaded->cuts[loaded->cut_count++] =
            (struct ts_job_parts){program, (double)whole->batch / (double)of_part.batch};
        of_part.batch *= 2;
    }
    return true;
}

/* `cut` NULL: all at once. */
static bool simulate(const struct ts_loaded_job *loaded, const struct ts_job_parts *cut,
                     bool traced, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                     struct ts_result **result)
{
    struct ts_sim_options options = loaded->options;
    if (cut) {
        options.part = cut->program;
        options.parts = cut->count;
    }
    if (!traced) {
        options.trace = NULL;
        options.vcd_path = NULL;
    }
    return ts_simulate(loaded->arch, loaded->program, &options, arena, diagnostics, result);
}

static void note_parts(const struct ts_loaded_job *loaded, const struct ts_job_parts *cut,
                       struct ts_arena *arena, struct ts_result *result)
{
    const int count = result->note_count;
    const char **notes = TS_NEW_ARRAY(arena, count + 1, const char *);
    for (int i = 0; i < count; i++) {
        notes[i] = result->notes[i];
    }
    notes[count] = ts_arena_printf(
        arena, "'%s' takes the batch in parts of %lld: activations of all don't fit in '%s'",
        loaded->arch->name, (long long)cut->program->batch,
        loaded->arch->memory.cache[ts_arch_shared_level(loaded->arch)].name);
    result->notes = notes;
    result->note_count = count + 1;
}

/* The quickest way, and its result. */
static bool find_best(const struct ts_loaded_job *loaded, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics, const struct ts_job_parts **best,
                      struct ts_result **result)
{
    double smaller_s = INFINITY;
    *best = NULL;
    if (!simulate(loaded, NULL, false, arena, diagnostics, result)) {
        return false;
    }
    for (int i = 0; i < loaded->cut_count; i++) {
        struct ts_result *found = NULL;
        if (!simulate(loaded, &loaded->cuts[i], false, arena, diagnostics, &found)) {
            return false;
        }
        if (found->latency_s < (*result)->latency_s) {
            *result = found;
            *best = &loaded->cuts[i];
        }
        if (found->latency_s >= smaller_s) {
            break; /* what spills costs more than the weights of fewer parts save */
        }
        smaller_s = found->latency_s;
    }
    return true;
}

bool ts_job_parts_simulate(const struct ts_loaded_job *loaded, struct ts_arena *arena,
                           struct ts_diagnostics *diagnostics, struct ts_result **result)
{
    const struct ts_job_parts *best = NULL;
    const bool traced = loaded->options.trace || loaded->options.vcd_path;
    if (loaded->cut_count > 0 && !find_best(loaded, arena, diagnostics, &best, result)) {
        return false;
    }
    if ((loaded->cut_count == 0 || traced) &&
        !simulate(loaded, best, true, arena, diagnostics, result)) {
        return false;
    }
    if (best) {
        note_parts(loaded, best, arena, *result);
    }
    return true;
}
