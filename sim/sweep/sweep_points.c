#include "tessera/sweep.h"

#include <string.h>

static bool apply_whole(const char *key, const char *text, int64_t maximum,
                        struct ts_diagnostics *diagnostics, int64_t *value)
{
    return ts_option_integer(key, text, 1, maximum, diagnostics, value);
}

static bool apply_transforms(struct ts_job *job, const char *text, struct ts_arena *arena,
                             struct ts_diagnostics *diagnostics)
{
    struct ts_arguments words;
    bool ok = ts_options_split(text, arena, diagnostics, &words);
    for (int i = 0; ok && i < words.count; i++) {
        ok = ts_job_transform(job, words.words[i], diagnostics);
    }
    return ok;
}

static bool apply_axis(struct ts_job *job, const struct ts_axis *axis, const char *text,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    enum { MAX_BATCH = 1 << 30, MAX_SEQUENCE = 1 << 26 };
    switch (axis->kind) {
    case TS_AXIS_PRECISION:
        return ts_job_precision(job, text, diagnostics);
    case TS_AXIS_BATCH:
        return apply_whole("batch", text, MAX_BATCH, diagnostics, &job->batch);
    case TS_AXIS_SEQUENCE:
        return apply_whole("seq", text, MAX_SEQUENCE, diagnostics, &job->sequence);
    case TS_AXIS_PHASE:
        return ts_job_phase(job, text, diagnostics);
    case TS_AXIS_CONTEXT:
        return apply_whole("context", text, MAX_SEQUENCE, diagnostics, &job->context);
    case TS_AXIS_MODE:
        return ts_job_mode(job, text, diagnostics);
    case TS_AXIS_TRANSFORMS:
        return apply_transforms(job, text, arena, diagnostics);
    default:
        return ts_job_override(job, axis->key, text, diagnostics);
    }
}

bool ts_sweep_job(const struct ts_sweep *sweep, int64_t position, struct ts_arena *arena,
                  struct ts_diagnostics *diagnostics, struct ts_job *job)
{
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    bool ok = true;
    ts_sweep_position(sweep, position, &arch, &workload, indices);
    *job = ts_job_default(arena);
    job->arch = sweep->archs[arch];
    job->workload = sweep->workloads[workload];
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct ts_axis *axis = &sweep->axes[i];
        ok = ok && apply_axis(job, axis, axis->values[indices[i]].text, arena, diagnostics);
    }
    return ok;
}

/* The machines as they are, and with one value of one axis each. */
static bool check_machines(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    bool ok = true;
    for (int a = 0; a < sweep->arch_count; a++) {
        const struct ts_arch *arch = NULL;
        if (!ts_arch_load(sweep->archs[a], NULL, 0, &arena, diagnostics, &arch)) {
            ok = false;
            continue;
        }
        for (int i = 0; i < sweep->axis_count; i++) {
            const struct ts_axis *axis = &sweep->axes[i];
            struct ts_override first = {axis->key, axis->values[0].text};
            if (axis->kind == TS_AXIS_SETTING) {
                ok &= ts_arch_load(sweep->archs[a], &first, 1, &arena, diagnostics, &arch);
            }
        }
    }
    ts_arena_release(&arena);
    return ok;
}

static bool check_networks(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    bool ok = true;
    for (int w = 0; w < sweep->workload_count; w++) {
        struct ts_workload_options options = {.batch = 1, .precision = TS_FP32};
        struct ts_program *program = NULL;
        ok &= ts_workload_load(sweep->workloads[w], &options, &arena, diagnostics, &program);
    }
    ts_arena_release(&arena);
    return ok;
}

/* Values that are not the architecture's: each as the option that it is. */
static bool check_values(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    bool ok = true;
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct ts_axis *axis = &sweep->axes[i];
        for (int v = 0; axis->kind != TS_AXIS_SETTING && v < axis->count; v++) {
            struct ts_job job = ts_job_default(&arena);
            int before = diagnostics->errors;
            ok &= apply_axis(&job, axis, axis->values[v].text, &arena, diagnostics);
            if (diagnostics->errors > before) {
                ts_yaml_error(diagnostics, axis->node, TS_ERROR_CONFLICT,
                              "'%s' is no value of axis '%s'", axis->values[v].text, axis->key);
            }
        }
    }
    ts_arena_release(&arena);
    return ok;
}

bool ts_sweep_check(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    bool values = check_values(sweep, diagnostics);
    bool machines = check_machines(sweep, diagnostics);
    bool networks = check_networks(sweep, diagnostics);
    return values && machines && networks;
}
