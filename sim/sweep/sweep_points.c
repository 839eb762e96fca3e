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
        ok = ok && apply_axis(job, axis, axis->values[indices[i]].text, arena, diagnostics);
    }
    return ok;
}

/* ------------------------------------------------------------------ before anything runs */

/* Where value `index` of an axis stands in the file. */
static const struct ts_yaml *node_of(const struct ts_axis *axis, int index)
{
    const struct ts_yaml *node = axis->node;
    if (node->kind == TS_YAML_SEQUENCE) {
        node = node->first;
        for (int i = 0; i < index; i++) {
            node = node->next;
        }
    }
    return node;
}

/* What was found out about a value, said of its place in the sweep file. */
static void pass_on(const struct ts_diagnostics *found, const struct ts_axis *axis, int index,
                    const char *text, const char *where, struct ts_diagnostics *diagnostics)
{
    for (int i = 0; i < found->kept; i++) {
        const struct ts_diagnostic *entry = &found->entries[i];
        ts_yaml_error(diagnostics, node_of(axis, index), entry->code, "%s = '%s'%s%s: %s",
                      axis->key, text, where ? " on " : "", where ? where : "", entry->message);
        if (entry->help) {
            ts_diag_help(diagnostics, "%s", entry->help);
        }
    }
}

/* A value alone or, where a key needs another one, among the first values of all axes. */
static bool check_setting(const struct ts_sweep *sweep, int arch, const struct ts_axis *axis,
                          int index, const char *text, struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_override settings[TS_SWEEP_MAX_AXES];
    struct ts_diagnostics found, unsaid;
    const struct ts_arch *loaded = NULL;
    int count = 0;
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct ts_axis *each = &sweep->axes[i];
        if (each->kind == TS_AXIS_SETTING) {
            settings[count++] =
                (struct ts_override){each->key, each == axis ? text : each->values[0].text};
        }
    }
    struct ts_override alone = {axis->key, text};
    ts_diagnostics_init(&found);
    ts_diagnostics_init(&unsaid);
    bool ok = ts_arch_load(sweep->archs[arch], &alone, 1, &arena, &found, &loaded) ||
              ts_arch_load(sweep->archs[arch], settings, count, &arena, &unsaid, &loaded);
    if (!ok) {
        pass_on(&found, axis, index, text, sweep->archs[arch], diagnostics);
    }
    ts_diagnostics_release(&found);
    ts_diagnostics_release(&unsaid);
    ts_arena_release(&arena);
    return ok;
}

/* All values of a list, both ends of a range. One that is wrong says enough of the rest. */
static bool check_settings(const struct ts_sweep *sweep, int arch, const struct ts_axis *axis,
                           struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    if (axis->range) {
        char from[32], to[32];
        snprintf(from, sizeof from, "%.15g", axis->range->from);
        snprintf(to, sizeof to, "%.15g", axis->range->to);
        return check_setting(sweep, arch, axis, 0, from, diagnostics) &&
               check_setting(sweep, arch, axis, 0, to, diagnostics);
    }
    for (int i = 0; ok && i < axis->count; i++) {
        ok = check_setting(sweep, arch, axis, i, axis->values[i].text, diagnostics);
    }
    return ok;
}

/* The machines as they are, and with one value of one axis each. */
static bool check_machines(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int a = 0; a < sweep->arch_count; a++) {
        struct ts_arena arena = TS_ARENA_INIT;
        const struct ts_arch *arch = NULL;
        bool found = ts_arch_load(sweep->archs[a], NULL, 0, &arena, diagnostics, &arch);
        for (int i = 0; found && i < sweep->axis_count; i++) {
            if (sweep->axes[i].kind == TS_AXIS_SETTING) {
                ok &= check_settings(sweep, a, &sweep->axes[i], diagnostics);
            }
        }
        ok &= found;
        ts_arena_release(&arena);
    }
    return ok;
}

static bool load_network(const struct ts_sweep *sweep, int workload, const struct ts_job *job,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_program *program = NULL;
    struct ts_workload_options options = {.batch = 1,
                                          .precision = TS_FP32,
                                          .transforms = job->transforms,
                                          .transform_count = job->transform_count};
    bool ok = ts_workload_load(sweep->workloads[workload], &options, &arena, diagnostics, &program);
    ts_arena_release(&arena);
    return ok;
}

static bool check_networks(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    struct ts_job plain = ts_job_default(NULL);
    bool ok = true;
    for (int w = 0; w < sweep->workload_count; w++) {
        ok &= load_network(sweep, w, &plain, diagnostics);
    }
    return ok;
}

/* Transforms that no network of the sweep takes. */
static bool check_transforms(const struct ts_sweep *sweep, const struct ts_axis *axis, int index,
                             struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics found;
    struct ts_job job = ts_job_default(&arena);
    const char *text = axis->values[index].text;
    ts_diagnostics_init(&found);
    bool known = apply_axis(&job, axis, text, &arena, &found), ok = false;
    for (int w = 0; known && !ok && w < sweep->workload_count; w++) {
        ts_diagnostics_release(&found); /* of the network before */
        ok = load_network(sweep, w, &job, &found);
    }
    if (!ok) {
        pass_on(&found, axis, index, text, NULL, diagnostics);
    }
    ts_diagnostics_release(&found);
    ts_arena_release(&arena);
    return ok;
}

static bool check_value(const struct ts_axis *axis, int index, const char *text,
                        struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_job job = ts_job_default(&arena);
    struct ts_diagnostics found;
    ts_diagnostics_init(&found);
    bool ok = apply_axis(&job, axis, text, &arena, &found);
    pass_on(&found, axis, index, text, NULL, diagnostics);
    ts_diagnostics_release(&found);
    ts_arena_release(&arena);
    return ok;
}

/* Values that are not the architecture's: each as the option that it is. */
static bool check_values(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct ts_axis *axis = &sweep->axes[i];
        bool is_option = axis->kind != TS_AXIS_SETTING;
        bool is_network = axis->kind == TS_AXIS_TRANSFORMS;
        for (int v = 0; is_option && v < axis->count; v++) {
            bool sound = is_network ? check_transforms(sweep, axis, v, diagnostics)
                                    : check_value(axis, v, axis->values[v].text, diagnostics);
            ok &= sound;
            if (!sound && axis->range) {
                break; /* all stand at one place */
            }
        }
    }
    return ok;
}

bool ts_sweep_check(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    bool networks = check_networks(sweep, diagnostics);
    bool machines = check_machines(sweep, diagnostics);
    bool values = check_values(sweep, diagnostics);
    return networks && machines && values;
}
