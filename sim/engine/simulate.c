/* ts_simulate: one simulation in a forked child, its result through a shared mapping. */
#include "sim/engine/run.h"

#include "base/out_of_memory.h"
#include "sim/engine/simulate_vcd.h"
#include "sim/kernel/kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Address space only: pages come into being as they are written. */
static const size_t mapping_bytes = (size_t)1 << 30;
static const size_t diagnostics_bytes = (size_t)1 << 20;

/* At the start of the mapping that parent and child share. */
struct shared {
    bool finished;
    bool succeeded;
    struct ts_result result;
    struct ts_diagnostics diagnostics;
    struct ts_arena arena;
};

struct child {
    const struct ts_arch *arch;
    struct run run;
    struct shared *shared;
};

static void child_body(void *context)
{
    struct child *child = context;
    struct run *run = &child->run;
    child->shared->succeeded =
        run_within_power_limit(run, child->arch, &child->shared->result) &&
        tracer_end(&run->engine->machine.tracer, run->cycles, run->diagnostics);
}

static void run_child(struct child *child)
{
    struct engine engine;
    if (!engine_init(&engine, child->arch, child->run.options->exact)) {
        ts_diag_error(&child->shared->diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                      "out of memory for the machine's state");
    } else {
        child->run.engine = &engine;
        kernel_main(&engine, child_body, child);
    }
    child->shared->finished = true;
}

static bool check_precision(const struct ts_arch *arch, const struct ts_program *program,
                            struct ts_diagnostics *diagnostics)
{
    if (program->macs > 0 && !ts_arch_supports(arch, program->precision)) {
        return ts_diag_error(diagnostics, TS_ERROR_PRECISION, (struct ts_place){0},
                             "'%s' has no %s arithmetic", arch->name,
                             ts_precision_info(program->precision)->name);
    }
    return true;
}

static struct shared *map_shared(void)
{
    void *memory = mmap(NULL, mapping_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    struct shared *shared = memory;
    char *after = (char *)memory + (sizeof *shared + 63) / 64 * 64;
    ts_diagnostics_init(&shared->diagnostics);
    ts_arena_init_fixed(&shared->diagnostics.arena, after, diagnostics_bytes);
    after += diagnostics_bytes;
    ts_arena_init_fixed(&shared->arena, after, (size_t)((char *)memory + mapping_bytes - after));
    return shared;
}

static bool report_death(const struct ts_arch *arch, const struct ts_program *program, int status,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_place place = {0};
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return ts_diag_error(diagnostics, TS_ERROR_SIMULATION, place,
                             "simulation of %s on %s ran into its time limit", program->name,
                             arch->name);
    }
    if (WIFSIGNALED(status)) {
        return ts_diag_error(diagnostics, TS_ERROR_SIMULATION, place,
                             "simulation of %s on %s died: %s", program->name, arch->name,
                             strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) == OUT_OF_MEMORY_STATUS) {
        return ts_diag_error(diagnostics, TS_ERROR_SIMULATION, place,
                             "simulation of %s on %s ran out of memory", program->name, arch->name);
    }
    return ts_diag_error(diagnostics, TS_ERROR_SIMULATION, place,
                         "simulation of %s on %s ended early (exit status %d)", program->name,
                         arch->name, WEXITSTATUS(status));
}

static void copy_diagnostics(const struct ts_diagnostics *from, struct ts_diagnostics *to)
{
    for (int i = 0; i < from->kept; i++) {
        const struct ts_diagnostic *entry = &from->entries[i];
        ts_diag_error(to, entry->code, entry->place, "%s", entry->message);
        if (entry->help) {
            ts_diag_help(to, "%s", entry->help);
        }
        ts_diag_source(to, entry->source);
    }
}

static bool collect(const struct ts_arch *arch, const struct ts_program *program,
                    const struct shared *shared, int status, struct ts_arena *arena,
                    struct ts_diagnostics *diagnostics, struct ts_result **result)
{
    if (!shared->finished) {
        return report_death(arch, program, status, diagnostics);
    }
    if (!shared->succeeded) {
        copy_diagnostics(&shared->diagnostics, diagnostics);
        return false;
    }
    for (int i = 0; i < shared->diagnostics.note_count; i++) {
        ts_diag_note(diagnostics, (struct ts_place){0}, "%s", shared->diagnostics.notes[i]);
    }
    *result = ts_result_copy(&shared->result, arena);
    return true;
}

static bool simulate_in_child(const struct ts_arch *arch, const struct ts_program *program,
                              const struct ts_sim_options *options, struct waves *waves,
                              struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                              struct ts_result **result)
{
    struct shared *shared = map_shared();
    pid_t process = shared ? fork() : -1;
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody waits for the result of an orphan */
        if (options->timeout_s > 0) {
            alarm((unsigned)(options->timeout_s + 0.999));
        }
        struct child child = {
            .arch = arch,
            .shared = shared,
            .run = {.whole = program,
                    .program = options->part ? options->part : program,
                    .options = options,
                    .arena = &shared->arena,
                    .diagnostics = &shared->diagnostics,
                    .waves = waves ? &waves->sink : NULL},
        };
        run_child(&child);
        _exit(0);
    }
    bool succeeded = false;
    if (process < 0) {
        ts_diag_error(diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                      "cannot start a process for the simulation: %s", strerror(errno));
    } else {
        int status = 0;
        while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
        }
        succeeded = collect(arch, program, shared, status, arena, diagnostics, result);
    }
    if (shared) {
        munmap(shared, mapping_bytes);
    }
    return succeeded;
}

bool ts_simulate(const struct ts_arch *arch, const struct ts_program *program,
                 const struct ts_sim_options *options, struct ts_arena *arena,
                 struct ts_diagnostics *diagnostics, struct ts_result **result)
{
    if (program->kernel_count == 1 && program->kernels[0].kind == TS_KERNEL_PROBE) {
        if (options->trace || options->vcd_path) {
            return ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){0},
                                 "there is nothing to trace in '%s': a probe has no units",
                                 program->name);
        }
        *result = TS_NEW(arena, struct ts_result);
        return run_probe(arch, program, options, arena, diagnostics, *result);
    }
    struct waves *waves = NULL;
    if (!check_precision(arch, program, diagnostics) || !vcd_begin(options, diagnostics, &waves)) {
        return false;
    }
    bool ok = simulate_in_child(arch, program, options, waves, arena, diagnostics, result);
    return vcd_end(waves, ok, options->vcd_path, diagnostics);
}
