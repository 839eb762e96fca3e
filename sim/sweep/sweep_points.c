#include "sim/sweep/sweep_internal.h"

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

bool sweep_apply_axis(struct ts_job *job, const struct ts_axis *axis, const char *text,
                      struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    enum { MAX_BATCH = 1 << 30, MAX_SEQUENCE = 1 << 26 };
    if (*text == '\0') {
        return true; /* as it is without the axis */
    }
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
    case TS_AXIS_OPTION:
        return ts_job_option(axis->key)->apply(job, text, diagnostics);
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
        ok = ok && sweep_apply_axis(job, axis, axis->values[indices[i]].text, arena, diagnostics);
    }
    return ok;
}
