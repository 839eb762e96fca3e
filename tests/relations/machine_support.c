#include "machine_support.h"

#include <string.h>

const char *const representative_machines[] = {
    "cpu-xeon-e5-2699v3",
    "cpu-xeon-8480plus",
    "gpu-v100-pcie",
    "gpu-h100-sxm",
    "tpu-v1",
    "tpu-v3",
    "eie",
};
const int representative_machine_count =
    sizeof representative_machines / sizeof representative_machines[0];

static bool apply_options(struct ts_job *job, const char *options, struct ts_arena *arena,
                          struct ts_diagnostics *diagnostics)
{
    struct ts_arguments words, rest;
    const struct ts_option_table table = {ts_job_options, ts_job_option_count, job};
    return ts_options_split(options, arena, diagnostics, &words) &&
           ts_options_parse(&table, 1, words.words, words.count, arena, diagnostics, &rest);
}

struct ts_result *run_machine(const char *arch, const char *workload, const char *options,
                              struct ts_arena *arena)
{
    struct ts_diagnostics diagnostics;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    ts_diagnostics_init(&diagnostics);
    struct ts_job job = ts_job_default(arena);
    job.arch = arch;
    job.workload = workload;
    bool done = apply_options(&job, options, arena, &diagnostics) &&
                ts_job_load(&job, arena, &diagnostics, &loaded) &&
                ts_job_simulate(&loaded, arena, &diagnostics, &result);
    ts_diagnostics_print(&diagnostics, stderr);
    ts_diagnostics_release(&diagnostics);
    return done ? result : NULL;
}

double latency_of(const char *arch, const char *workload, const char *options)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *result = run_machine(arch, workload, options, &arena);
    double latency_s = result ? result->latency_s : 0;
    ts_arena_release(&arena);
    return latency_s;
}

const struct ts_memory_result *memory_row(const struct ts_result *result, const char *level)
{
    for (int i = 0; i < result->memory_count; i++) {
        if (strcmp(result->memory[i].level, level) == 0) {
            return &result->memory[i];
        }
    }
    return NULL;
}
