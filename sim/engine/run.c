/* Kernel after kernel: plan, phases, what stays in the shared cache. */
#include "sim/engine/run.h"

#include "sim/engine/liveness.h"

#include "sim/kernel/kernel.h"

#include <math.h>
#include <string.h>

int kernel_operands(const struct ts_kernel *kernel,
                    const struct ts_operand *operands[TS_KERNEL_OPERANDS])
{
    int count = 0;
    if (kernel->kind == TS_KERNEL_GEMM) {
        operands[count++] = &kernel->a;
        operands[count++] = &kernel->b;
        operands[count++] = &kernel->c;
        return count;
    }
    for (int i = 0; i < kernel->input_count; i++) {
        operands[count++] = &kernel->inputs[i];
    }
    operands[count++] = &kernel->output;
    return count;
}

static double stored_bytes(const struct ts_operand *operand)
{
    return operand->elements * operand->bits_per_element / 8;
}

static void begin_traffic(struct machine *machine, const struct ts_kernel *kernel)
{
    const struct ts_operand *operands[TS_KERNEL_OPERANDS];
    int count = kernel_operands(kernel, operands);
    residency_begin(&machine->residency);
    for (int i = 0; i < count; i++) {
        if (operands[i]->tensor >= 0) {
            residency_expect(&machine->residency, operands[i]->tensor, stored_bytes(operands[i]));
        }
    }
    machine->counters = (struct ts_counters){0};
    machine->dram.counters = (struct ts_dram_counters){0};
}

/* What the shared cache keeps of a tensor. Tiles that extrapolation jumped left no blocks: `share`
 * of the phase's tiles was looked up, and the rest of the tensor was touched as that was. */
static struct resident_tensor kept_of(const struct machine *machine,
                                      const struct touched_tensor *touched, double share)
{
    const bool written = touched->written_bytes > 0;
    const bool only_written = written && touched->read_bytes <= 0;
    double total = fmax(touched->total_bytes, touched->written_bytes);
    if (only_written) {
        total = touched->written_bytes / share;
    }
    const double found = machine_resident_bytes(machine, touched->tensor);
    double bytes = share < 1 ? fmax(found, fmin(found / share, total)) : found;
    const struct resident_tensor *earlier = residency_find(&machine->residency, touched->tensor);
    if (only_written && earlier) {
        /* A part of the tensor, beside those that other kernels wrote (concatenation). */
        bytes += earlier->bytes;
        total += earlier->total_bytes;
    }
    return (struct resident_tensor){.tensor = touched->tensor,
                                    .bytes = bytes,
                                    .dirty_bytes = written ? bytes : 0,
                                    .total_bytes = total};
}

/* False for an operand that this phase of its kernel leaves alone. */
static bool was_used(const struct machine *machine, const struct touched_tensor *touched)
{
    return touched->written_bytes > 0 || touched->read_bytes > 0 ||
           machine_resident_bytes(machine, touched->tensor) > 0;
}

/* Tile blocks become per-tensor residency: the next phase has other tiles. Written tensors last. */
static void summarise_cache(struct machine *machine, double share)
{
    if (!machine->has_cache) {
        return;
    }
    struct residency *residency = &machine->residency;
    double capacity = (double)machine->cache.capacity_bytes;
    for (int written = 0; written <= 1; written++) {
        for (int i = 0; i < residency->touched_count; i++) {
            const struct touched_tensor *touched = &residency->touched[i];
            if ((touched->written_bytes > 0) == written && was_used(machine, touched)) {
                machine->pending_writeback_bytes +=
                    residency_insert(residency, kept_of(machine, touched, share), capacity);
            }
        }
    }
    ts_cache_reset(&machine->cache);
}

/* Scratch that a phase wrote for later phases of its kernel; `share` of its tiles was looked up. */
static double scratch_bytes(const struct residency *residency, double share)
{
    double bytes = 0;
    for (int i = 0; i < residency->touched_count; i++) {
        if (residency->touched[i].tensor < 0) {
            bytes += residency->touched[i].written_bytes / share;
        }
    }
    return bytes;
}

static void add_phase(struct kernel_outcome *kernel, const struct ts_plan *plan,
                      const struct ts_phase *phase, const struct phase_outcome *outcome)
{
    kernel->cycles += outcome->cycles;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        kernel->part_cycles[part] += outcome->part_cycles[part];
    }
    ts_counters_add(&kernel->counters, &outcome->counters, 1);
    if (strcmp(plan->ran_on, "host") == 0) {
        kernel->counters.host_ops += phase->counters.vector_ops + 2 * phase->counters.macs;
    } else {
        phase_counters_add(phase->on_matrix_path ? &kernel->counters.matrix
                                                 : &kernel->counters.vector,
                           &phase->counters);
    }
}

static bool make_plan(struct run *run, const struct ts_kernel *kernel, struct ts_arena *scratch,
                      struct ts_plan *plan)
{
    *plan = (struct ts_plan){0};
    if (!run->arch->family->plan(run->arch, kernel, run->options->seed, scratch, run->diagnostics,
                                 plan)) {
        return false;
    }
    if (plan->phase_count < 1 || plan->phase_count > TS_MAX_PHASES || !plan->algorithm ||
        !plan->ran_on) {
        ts_bug("family '%s' made no sound plan for '%s'", run->arch->family->name, kernel->name);
    }
    return true;
}

static void simulate_plan(struct run *run, const struct ts_kernel *kernel,
                          const struct ts_plan *plan, double start_cycles,
                          struct kernel_outcome *kernel_outcome)
{
    struct engine *engine = run->engine;
    *kernel_outcome = (struct kernel_outcome){
        .clock_hz = run->arch->clock_hz,
        .algorithm = ts_arena_strdup(run->arena, plan->algorithm),
        .ran_on = ts_arena_strdup(run->arena, plan->ran_on),
    };
    for (int i = 0; i < plan->phase_count; i++) {
        struct phase_outcome outcome;
        begin_traffic(&engine->machine, kernel);
        engine_begin_phase(engine, &plan->phases[i], start_cycles + kernel_outcome->cycles);
        kernel_run_phase();
        engine_end_phase(engine, &outcome);
        double share = 1 - (double)engine->dispatcher.jumped_tiles / (double)plan->phases[i].tiles;
        kernel_outcome->workspace_bytes += scratch_bytes(&engine->machine.residency, share);
        summarise_cache(&engine->machine, share);
        if (engine->units_used > kernel_outcome->units_used) {
            kernel_outcome->units_used = engine->units_used;
        }
        add_phase(kernel_outcome, plan, &plan->phases[i], &outcome);
    }
    residency_drop_scratch(&engine->machine.residency);
}

/* Keeps, by operand, what the kernel left on chip, so that a repeat can be booked without running.
 */
static void note_residency(const struct run *run, const struct ts_kernel *kernel,
                           struct kernel_outcome *outcome)
{
    const struct ts_operand *operands[TS_KERNEL_OPERANDS];
    int count = kernel_operands(kernel, operands);
    for (int i = 0; i < count; i++) {
        const struct resident_tensor *entry =
            residency_find(&run->engine->machine.residency, operands[i]->tensor);
        outcome->after[i] = entry ? *entry : (struct resident_tensor){.tensor = -1};
    }
}

static void apply_residency(struct run *run, const struct ts_kernel *kernel,
                            const struct kernel_outcome *outcome)
{
    struct machine *machine = &run->engine->machine;
    const struct ts_operand *operands[TS_KERNEL_OPERANDS];
    int count = kernel_operands(kernel, operands);
    if (!machine->has_cache) {
        return;
    }
    machine->pending_writeback_bytes = 0; /* the same as in the run that was remembered */
    for (int i = 0; i < count; i++) {
        struct resident_tensor entry = outcome->after[i];
        if (entry.tensor >= 0 && operands[i]->tensor >= 0) {
            entry.tensor = operands[i]->tensor;
            machine->pending_writeback_bytes +=
                residency_insert(&machine->residency, entry, (double)machine->cache.capacity_bytes);
        }
    }
}

/* Books a kernel as an earlier run found it: what it left in the cache counts, its time does not.
 */
static bool book_settled(struct run *run, int index)
{
    if (!run->is_settled || !run->is_settled[index]) {
        return false;
    }
    run->kernels[index] = run->earlier[index];
    apply_residency(run, &run->program->kernels[index], &run->kernels[index]);
    return true;
}

static bool run_kernel(struct run *run, struct memo *memo, int index)
{
    const struct ts_kernel *kernel = &run->program->kernels[index % run->program->kernel_count];
    struct machine *machine = &run->engine->machine;
    struct kernel_outcome *outcome = &run->kernels[index];
    if (book_settled(run, index)) {
        return true;
    }
    uint64_t key = memo_key(kernel, machine);
    const struct kernel_outcome *known = memo_find(memo, key);
    double start_cycles = run->cycles;
    if (known) {
        *outcome = *known;
        apply_residency(run, kernel, outcome);
        run->cycles += outcome->cycles;
        if (tracer_is_on(&machine->tracer)) {
            trace_repeat(run, index, (int)(known - run->kernels), start_cycles);
        }
        machine->last_load_done_cycles = run->cycles - outcome->load_idle_cycles;
        return true;
    }
    struct ts_arena scratch = TS_ARENA_INIT;
    struct ts_plan plan;
    bool planned = make_plan(run, kernel, &scratch, &plan);
    if (planned) {
        simulate_plan(run, kernel, &plan, start_cycles, outcome);
        note_residency(run, kernel, outcome);
        run->cycles += outcome->cycles;
        outcome->load_idle_cycles = run->cycles - machine->last_load_done_cycles;
        memo_add(memo, key, outcome);
        if (tracer_is_on(&machine->tracer)) {
            trace_layer(run, index, start_cycles);
        }
    }
    ts_arena_release(&scratch);
    return planned;
}

/* Repeated measurements of one kernel find what its last run left in the shared cache. */
static bool warm_caches(struct run *run)
{
    struct engine *engine = run->engine;
    struct ts_arena scratch = TS_ARENA_INIT;
    bool warmed = true;
    for (int i = 0; i < run->program->kernel_count && warmed; i++) {
        const struct ts_kernel *kernel = &run->program->kernels[i];
        struct ts_plan plan;
        warmed = make_plan(run, kernel, &scratch, &plan);
        for (int p = 0; warmed && p < plan.phase_count; p++) {
            begin_traffic(&engine->machine, kernel);
            engine_warm_phase(engine, &plan.phases[p]);
            bool same_phase_next = run->program->kernel_count == 1 && plan.phase_count == 1;
            if (!same_phase_next) {
                summarise_cache(&engine->machine, 1);
            }
        }
    }
    ts_arena_release(&scratch);
    return warmed;
}

static bool run_part(struct run *run, struct memo *memo, const int *last_readers, int part)
{
    const int count = run->program->kernel_count;
    for (int i = 0; i < count; i++) {
        if (!run_kernel(run, memo, part * count + i)) {
            return false;
        }
        liveness_drop_dead(run, last_readers, i);
    }
    return true;
}

/* Later parts find the machine as the second one did; what is left of a part takes its share. */
static void repeat_parts(struct run *run, double times)
{
    const int count = run->program->kernel_count;
    for (; times > 0; times -= 1) {
        for (int i = count; i < 2 * count; i++) {
            const double start_cycles = run->cycles;
            run->cycles += run->kernels[i].cycles * fmin(times, 1);
            if (tracer_is_on(&run->engine->machine.tracer)) {
                trace_repeat(run, i, i, start_cycles);
            }
        }
    }
}

static void add_outcome(struct kernel_outcome *kernel, const struct kernel_outcome *later,
                        double times)
{
    kernel->cycles += times * later->cycles;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        kernel->part_cycles[part] += times * later->part_cycles[part];
    }
    ts_counters_add(&kernel->counters, &later->counters, times);
    kernel->workspace_bytes = fmax(kernel->workspace_bytes, later->workspace_bytes);
}

static bool run_later_parts(struct run *run, struct memo *memo, const int *last_readers)
{
    const int count = run->program->kernel_count;
    if (!run_part(run, memo, last_readers, 1)) {
        return false;
    }
    repeat_parts(run, run->options->parts - 2);
    for (int i = 0; i < count; i++) {
        add_outcome(&run->kernels[i], &run->kernels[count + i], run->options->parts - 1);
    }
    return true;
}

bool run_program(struct run *run)
{
    const struct ts_program *program = run->program;
    const int count = program->kernel_count;
    struct memo *memo = memo_new(run->arena, 2 * count);
    run->kernels = TS_NEW_ARRAY(run->arena, 2 * count, struct kernel_outcome);
    run->cycles = 0;
    if (program->one_liner && !run->options->cold && !warm_caches(run)) {
        return false;
    }
    const int *last_readers = liveness_last_readers(run);
    if (!run_part(run, memo, last_readers, 0)) {
        return false;
    }
    return !run->options->part || run_later_parts(run, memo, last_readers);
}
