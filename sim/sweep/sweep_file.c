#include "sim/sweep/sweep_internal.h"

#include <string.h>

enum { MAX_NAMES = 1000 };

static bool load_list(struct sweep_loader *loader, const char *key, const char *const **texts,
                      int *count)
{
    const struct ts_yaml *list =
        ts_yaml_require(loader->root, key, TS_YAML_SEQUENCE, loader->diagnostics);
    if (!list) {
        return false;
    }
    if (list->count == 0 || list->count > MAX_NAMES) {
        return ts_yaml_error(loader->diagnostics, list, TS_ERROR_RANGE,
                             "'%s' has %d entries: 1 to %d are allowed", key, list->count,
                             MAX_NAMES);
    }
    const char **names = TS_NEW_ARRAY(loader->arena, list->count, const char *);
    bool ok = true;
    for (const struct ts_yaml *entry = list->first; entry; entry = entry->next) {
        ok &= ts_yaml_string(entry, loader->diagnostics, &names[(*count)++]);
    }
    *texts = names;
    return ok;
}

/* ------------------------------------------------------------------ constraints */

static bool load_constraints(struct sweep_loader *loader)
{
    struct ts_sweep *sweep = loader->sweep;
    const struct ts_yaml *where = ts_yaml_get(loader->root, "where");
    if (!where) {
        return true;
    }
    if (where->kind != TS_YAML_SEQUENCE) {
        ts_yaml_error(loader->diagnostics, where, TS_ERROR_TYPE, "'where' is a list of conditions");
        ts_diag_help(loader->diagnostics, "as in where: [\"batch < 64\"]");
        return false;
    }
    const char *names[TS_SWEEP_MAX_AXES + 2] = {"arch", "workload"};
    for (int i = 0; i < sweep->axis_count; i++) {
        names[i + 2] = sweep->axes[i].key;
    }
    const struct ts_expression **list =
        TS_NEW_ARRAY(loader->arena, where->count + 1, const struct ts_expression *);
    bool ok = true;
    for (const struct ts_yaml *entry = where->first; entry; entry = entry->next) {
        const char *text = NULL;
        const struct ts_expression *condition =
            ts_yaml_string(entry, loader->diagnostics, &text)
                ? ts_expression_parse(text, names, sweep->axis_count + 2, entry, loader->arena,
                                      loader->diagnostics)
                : NULL;
        list[sweep->constraint_count++] = condition;
        ok &= condition != NULL;
    }
    sweep->constraints = list;
    return ok;
}

void ts_sweep_position(const struct ts_sweep *sweep, int64_t position, int *arch, int *workload,
                       int *indices)
{
    if (sweep->sample) {
        const int *drawn = &sweep->sample[position % sweep->sample_count * sweep->axis_count];
        memcpy(indices, drawn, (size_t)sweep->axis_count * sizeof *drawn);
        position /= sweep->sample_count;
    }
    for (int i = sweep->axis_count - 1; i >= 0 && !sweep->sample; i--) {
        indices[i] = (int)(position % sweep->axes[i].count);
        position /= sweep->axes[i].count;
    }
    *workload = (int)(position % sweep->workload_count);
    *arch = (int)(position / sweep->workload_count);
}

const char *ts_sweep_kind(const struct ts_sweep *sweep)
{
    return sweep->sample ? "sample" : "grid";
}

static bool fulfils(const struct ts_sweep *sweep, int64_t position)
{
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    struct ts_axis_value values[TS_SWEEP_MAX_AXES + 2];
    ts_sweep_position(sweep, position, &arch, &workload, indices);
    values[0] = ts_axis_value(sweep->archs[arch]);
    values[1] = ts_axis_value(sweep->workloads[workload]);
    for (int i = 0; i < sweep->axis_count; i++) {
        values[i + 2] = sweep->axes[i].values[indices[i]];
    }
    for (int i = 0; i < sweep->constraint_count; i++) {
        if (!ts_expression_holds(sweep->constraints[i], values)) {
            return false;
        }
    }
    return true;
}

static bool list_points(struct sweep_loader *loader)
{
    struct ts_sweep *sweep = loader->sweep;
    double grid = (double)sweep->arch_count * sweep->workload_count;
    grid *= sweep->sample ? (double)sweep->sample_count : 1;
    for (int i = 0; i < sweep->axis_count && !sweep->sample; i++) {
        grid *= sweep->axes[i].count;
    }
    if (grid > TS_SWEEP_MAX_POINTS) {
        return ts_yaml_error(loader->diagnostics, loader->root, TS_ERROR_LIMIT,
                             "the %s has %.3g points, %d are allowed", ts_sweep_kind(sweep), grid,
                             TS_SWEEP_MAX_POINTS);
    }
    sweep->grid_count = (int64_t)grid;
    int64_t *points = TS_NEW_ARRAY(loader->arena, sweep->grid_count, int64_t);
    for (int64_t i = 0; i < sweep->grid_count; i++) {
        if (fulfils(sweep, i)) {
            points[sweep->point_count++] = i;
        }
    }
    sweep->points = points;
    if (sweep->point_count == 0) {
        return ts_yaml_error(loader->diagnostics, ts_yaml_get(loader->root, "where"),
                             TS_ERROR_CONFLICT, "no point of the %s fulfils the conditions",
                             ts_sweep_kind(sweep));
    }
    return true;
}

bool ts_sweep_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                   const struct ts_sweep **sweep)
{
    static const char *const keys[] = {"name", "description", "archs", "workloads",
                                       "axes", "sample",      "where"};
    struct sweep_loader loader = {.arena = arena, .diagnostics = diagnostics};
    loader.sweep = TS_NEW(arena, struct ts_sweep);
    loader.root = ts_yaml_load_file(path, arena, diagnostics);
    if (!loader.root) {
        return false;
    }
    if (loader.root->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(diagnostics, loader.root, TS_ERROR_TYPE,
                             "a sweep is a mapping of keys to values");
    }
    const struct ts_yaml *name = ts_yaml_get(loader.root, "name");
    loader.sweep->path = ts_arena_strdup(arena, path);
    loader.sweep->name = loader.sweep->path;
    bool ok = ts_yaml_known_keys(loader.root, keys, 7, diagnostics);
    ok &= !name || ts_yaml_string(name, diagnostics, &loader.sweep->name);
    loader.sweep->arch_list = ts_yaml_get(loader.root, "archs");
    loader.sweep->workload_list = ts_yaml_get(loader.root, "workloads");
    ok &= load_list(&loader, "archs", &loader.sweep->archs, &loader.sweep->arch_count);
    ok &= load_list(&loader, "workloads", &loader.sweep->workloads, &loader.sweep->workload_count);
    ok &= sweep_load_axes(&loader);
    ok = ok && sweep_load_sample(&loader) && load_constraints(&loader) && list_points(&loader);
    *sweep = loader.sweep;
    return ok;
}
