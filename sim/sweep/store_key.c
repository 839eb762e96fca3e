/* What makes two simulations the same one. */
#include "tessera/store.h"

#include <inttypes.h>

bool ts_store_subject(const char *arch, const char *workload, struct ts_diagnostics *diagnostics,
                      struct ts_store_subject *subject)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_arch *machine = NULL;
    struct ts_program *program = NULL;
    struct ts_workload_options options = {.batch = 1, .precision = TS_FP32};
    bool ok = ts_arch_load(arch, NULL, 0, &arena, diagnostics, &machine) &&
              ts_workload_load(workload, &options, &arena, diagnostics, &program);
    if (ok) {
        *subject = (struct ts_store_subject){machine->hash, program->hash};
    }
    ts_arena_release(&arena);
    return ok;
}

const char *ts_store_key(const struct ts_job *job, const struct ts_store_subject *subject,
                         struct ts_arena *arena)
{
    return ts_arena_printf(arena, "%s %s@%016" PRIx64 " %s@%016" PRIx64 " %s", ts_version(),
                           job->arch, subject->arch_hash, job->workload, subject->workload_hash,
                           ts_job_options_text(job, arena));
}
