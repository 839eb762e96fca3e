/* What can be said of a sweep before anything runs: each value that some point has, at its place.
 */
#include "sim/sweep/sweep_internal.h"

#include <string.h>

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

/* The entry of a list that names what is wrong, unless that has a place of its own. */
static void pass_on_named(const struct ts_diagnostics *found, const struct ts_yaml *list, int index,
                          struct ts_diagnostics *diagnostics)
{
    const struct ts_yaml *node = list->first;
    for (int i = 0; i < index; i++) {
        node = node->next;
    }
    for (int i = 0; i < found->kept; i++) {
        const struct ts_diagnostic *entry = &found->entries[i];
        if (entry->place.file) {
            ts_diag_error(diagnostics, entry->code, entry->place, "%s", entry->message);
            ts_diag_source(diagnostics, entry->source);
        } else {
            ts_yaml_error(diagnostics, node, entry->code, "%s", entry->message);
        }
        if (entry->help) {
            ts_diag_help(diagnostics, "%s", entry->help);
        }
    }
}

/* A machine, and for each value of each axis the first of its points that has it, or -1. */
struct machine {
    const struct ts_sweep *sweep;
    const char *name;
    int64_t *points[TS_SWEEP_MAX_AXES];
};

static void find_points(struct machine *machine, int number, struct ts_arena *arena)
{
    const struct ts_sweep *sweep = machine->sweep;
    for (int i = 0; i < sweep->axis_count; i++) {
        machine->points[i] = TS_NEW_ARRAY(arena, sweep->axes[i].count, int64_t);
        memset(machine->points[i], 0xff, (size_t)sweep->axes[i].count * sizeof(int64_t));
    }
    for (int64_t p = 0; p < sweep->point_count; p++) {
        int arch, workload, indices[TS_SWEEP_MAX_AXES];
        ts_sweep_position(sweep, sweep->points[p], &arch, &workload, indices);
        for (int i = 0; i < sweep->axis_count && arch == number; i++) {
            int64_t *first = &machine->points[i][indices[i]];
            *first = *first < 0 ? sweep->points[p] : *first;
        }
    }
}

/* The settings of a point, with another text for one axis. */
static int settings_of(const struct machine *machine, int64_t position, const struct ts_axis *axis,
                       const char *text, struct ts_override *settings)
{
    const struct ts_sweep *sweep = machine->sweep;
    int arch, workload, indices[TS_SWEEP_MAX_AXES], count = 0;
    ts_sweep_position(sweep, position, &arch, &workload, indices);
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct ts_axis *each = &sweep->axes[i];
        const char *value = each == axis ? text : each->values[indices[i]].text;
        if (each->kind == TS_AXIS_SETTING && *value) {
            settings[count++] = (struct ts_override){each->key, value};
        }
    }
    return count;
}

/* A value alone or, where a key needs another one, with all that a point has. */
static bool check_setting(const struct machine *machine, const struct ts_axis *axis, int index,
                          const char *text, struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_override settings[TS_SWEEP_MAX_AXES], alone = {axis->key, text};
    struct ts_diagnostics found, unsaid;
    const struct ts_arch *loaded = NULL;
    int64_t position = machine->points[axis - machine->sweep->axes][index];
    if (position < 0 || *text == '\0') {
        return true;
    }
    int count = settings_of(machine, position, axis, text, settings);
    ts_diagnostics_init(&found);
    ts_diagnostics_init(&unsaid);
    bool ok = ts_arch_load(machine->name, &alone, 1, &arena, &found, &loaded) ||
              ts_arch_load(machine->name, settings, count, &arena, &unsaid, &loaded);
    if (!ok) {
        pass_on(&found, axis, index, text, machine->name, diagnostics);
    }
    ts_diagnostics_release(&found);
    ts_diagnostics_release(&unsaid);
    ts_arena_release(&arena);
    return ok;
}

/* All values of a list, both ends of a range. One that is wrong says enough of the rest. */
static bool check_settings(const struct machine *machine, const struct ts_axis *axis,
                           struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    if (axis->range) {
        int used = 0;
        const int64_t *points = machine->points[axis - machine->sweep->axes];
        while (used < axis->count && points[used] < 0) {
            used++;
        }
        char from[32], to[32];
        snprintf(from, sizeof from, "%.15g", axis->range->from);
        snprintf(to, sizeof to, "%.15g", axis->range->to);
        return used == axis->count || (check_setting(machine, axis, used, from, diagnostics) &&
                                       check_setting(machine, axis, used, to, diagnostics));
    }
    for (int i = 0; ok && i < axis->count; i++) {
        ok = check_setting(machine, axis, i, axis->values[i].text, diagnostics);
    }
    return ok;
}

/* The machines as they are, and with one value of one axis each. */
static bool check_machines(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics)
{
    bool ok = true;
    for (int a = 0; a < sweep->arch_count; a++) {
        struct ts_arena arena = TS_ARENA_INIT;
        struct machine machine = {.sweep = sweep, .name = sweep->archs[a]};
        const struct ts_arch *arch = NULL;
        struct ts_diagnostics wrong;
        ts_diagnostics_init(&wrong);
        bool found = ts_arch_load(machine.name, NULL, 0, &arena, &wrong, &arch);
        pass_on_named(&wrong, sweep->arch_list, a, diagnostics);
        ts_diagnostics_release(&wrong);
        find_points(&machine, a, &arena);
        for (int i = 0; found && i < sweep->axis_count; i++) {
            if (sweep->axes[i].kind == TS_AXIS_SETTING) {
                ok &= check_settings(&machine, &sweep->axes[i], diagnostics);
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
        struct ts_diagnostics wrong;
        ts_diagnostics_init(&wrong);
        ok &= load_network(sweep, w, &plain, &wrong);
        pass_on_named(&wrong, sweep->workload_list, w, diagnostics);
        ts_diagnostics_release(&wrong);
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
    bool known = sweep_apply_axis(&job, axis, text, &arena, &found), ok = false;
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
    bool ok = sweep_apply_axis(&job, axis, text, &arena, &found);
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
