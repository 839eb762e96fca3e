#include "tessera/sweep.h"

#include <math.h>
#include <string.h>

enum { MAX_VALUES = 100000, MAX_NAMES = 1000 };

struct loader {
    struct ts_sweep *sweep;
    const struct ts_yaml *root;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
};

static bool load_list(struct loader *loader, const char *key, const char *const **texts, int *count)
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

/* ------------------------------------------------------------------ axes */

static enum ts_axis_kind axis_kind(const char *key)
{
    static const struct {
        const char *key;
        enum ts_axis_kind kind;
    } kinds[] = {
        {"precision", TS_AXIS_PRECISION},   {"batch", TS_AXIS_BATCH}, {"mode", TS_AXIS_MODE},
        {"seq", TS_AXIS_SEQUENCE},          {"phase", TS_AXIS_PHASE}, {"context", TS_AXIS_CONTEXT},
        {"transforms", TS_AXIS_TRANSFORMS},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(key, kinds[i].key) == 0) {
            return kinds[i].kind;
        }
    }
    return TS_AXIS_SETTING;
}

/* A value is a scalar; a list is several transforms at once. */
static bool load_value(struct loader *loader, struct ts_axis *axis, const struct ts_yaml *node)
{
    const char *text = "";
    if (node->kind == TS_YAML_SEQUENCE && axis->kind == TS_AXIS_TRANSFORMS) {
        for (const struct ts_yaml *entry = node->first; entry; entry = entry->next) {
            const char *part = NULL;
            if (!ts_yaml_string(entry, loader->diagnostics, &part)) {
                return false;
            }
            text = ts_arena_printf(loader->arena, "%s%s%s", text, *text ? " " : "", part);
        }
    } else if (node->kind != TS_YAML_SCALAR) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_TYPE,
                             "a value of axis '%s' is a %s", axis->key,
                             ts_yaml_kind_name(node->kind));
    } else {
        text = node->text;
    }
    if (*text == '\0' && axis->kind != TS_AXIS_TRANSFORMS) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_TYPE,
                             "a value of axis '%s' is empty", axis->key);
    }
    axis->values[axis->count++] = ts_axis_value(text);
    return true;
}

static bool load_values(struct loader *loader, struct ts_axis *axis, const struct ts_yaml *node)
{
    bool ok = true;
    if (node->count == 0 || node->count > MAX_VALUES) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_RANGE,
                             "axis '%s' has %d values: 1 to %d are allowed", axis->key, node->count,
                             MAX_VALUES);
    }
    axis->values = TS_NEW_ARRAY(loader->arena, node->count, struct ts_axis_value);
    for (const struct ts_yaml *entry = node->first; entry; entry = entry->next) {
        ok &= load_value(loader, axis, entry);
    }
    return ok;
}

struct range {
    double from, to;
    int64_t steps;
    bool is_log;
};

static bool load_range(struct loader *loader, const struct ts_yaml *node, struct range *range)
{
    static const char *const keys[] = {"from", "to", "steps", "scale"};
    struct ts_diagnostics *diagnostics = loader->diagnostics;
    const struct ts_yaml *from = ts_yaml_require(node, "from", TS_YAML_SCALAR, diagnostics);
    const struct ts_yaml *to = ts_yaml_require(node, "to", TS_YAML_SCALAR, diagnostics);
    const struct ts_yaml *steps = ts_yaml_require(node, "steps", TS_YAML_SCALAR, diagnostics);
    const struct ts_yaml *scale = ts_yaml_get(node, "scale");
    const char *scale_name = "linear";
    bool ok = ts_yaml_known_keys(node, keys, 4, diagnostics) && from && to && steps;
    ok = ok && ts_yaml_real(from, -1e18, 1e18, diagnostics, &range->from) &&
         ts_yaml_real(to, -1e18, 1e18, diagnostics, &range->to) &&
         ts_yaml_integer(steps, 1, MAX_VALUES, diagnostics, &range->steps) &&
         (!scale || ts_yaml_string(scale, diagnostics, &scale_name));
    if (!ok) {
        return false;
    }
    range->is_log = strcmp(scale_name, "log") == 0;
    if (!range->is_log && strcmp(scale_name, "linear") != 0) {
        return ts_yaml_error(diagnostics, scale, TS_ERROR_UNKNOWN_NAME,
                             "a scale is linear or log, not '%s'", scale_name);
    }
    if (range->is_log && (range->from <= 0 || range->to <= 0)) {
        return ts_yaml_error(diagnostics, range->from <= 0 ? from : to, TS_ERROR_RANGE,
                             "a logarithmic scale needs ends above zero");
    }
    return true;
}

/* Six digits: what a step is written as is what is run. */
static void fill_range(struct loader *loader, struct ts_axis *axis, const struct range *range)
{
    axis->values = TS_NEW_ARRAY(loader->arena, range->steps, struct ts_axis_value);
    for (int64_t i = 0; i < range->steps; i++) {
        double part = range->steps > 1 ? (double)i / (double)(range->steps - 1) : 0;
        double value = range->is_log ? range->from * pow(range->to / range->from, part)
                                     : range->from + part * (range->to - range->from);
        const char *text = ts_arena_printf(loader->arena, "%.6g", value);
        if (i == range->steps - 1 && i > 0) {
            text = ts_arena_printf(loader->arena, "%.15g", range->to);
        } else if (i == 0) {
            text = ts_arena_printf(loader->arena, "%.15g", range->from);
        }
        axis->values[axis->count++] = ts_axis_value(text);
    }
}

static bool load_axis(struct loader *loader, const struct ts_yaml *node)
{
    struct ts_sweep *sweep = loader->sweep;
    if (sweep->axis_count == TS_SWEEP_MAX_AXES) {
        return ts_yaml_key_error(loader->diagnostics, node, TS_ERROR_LIMIT,
                                 "a sweep has %d axes at most", TS_SWEEP_MAX_AXES);
    }
    struct ts_axis *axis = &sweep->axes[sweep->axis_count++];
    *axis = (struct ts_axis){.key = node->key, .kind = axis_kind(node->key), .node = node};
    if (node->kind == TS_YAML_SEQUENCE) {
        return load_values(loader, axis, node);
    }
    if (node->kind == TS_YAML_SCALAR) {
        axis->values = TS_NEW(loader->arena, struct ts_axis_value);
        return load_value(loader, axis, node);
    }
    struct range range = {0};
    if (!load_range(loader, node, &range)) {
        return false;
    }
    fill_range(loader, axis, &range);
    return true;
}

static bool load_axes(struct loader *loader)
{
    const struct ts_yaml *axes = ts_yaml_get(loader->root, "axes");
    bool ok = true;
    if (!axes) {
        return true;
    }
    if (axes->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(loader->diagnostics, axes, TS_ERROR_TYPE,
                             "'axes' is a mapping of keys to values");
    }
    for (const struct ts_yaml *axis = axes->first; axis; axis = axis->next) {
        ok &= load_axis(loader, axis);
    }
    return ok;
}

/* ------------------------------------------------------------------ constraints */

static bool load_constraints(struct loader *loader)
{
    struct ts_sweep *sweep = loader->sweep;
    const struct ts_yaml *where = ts_yaml_get(loader->root, "where");
    if (!where) {
        return true;
    }
    if (where->kind != TS_YAML_SEQUENCE) {
        return ts_yaml_error(loader->diagnostics, where, TS_ERROR_TYPE,
                             "'where' is a list of conditions");
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
    for (int i = sweep->axis_count - 1; i >= 0; i--) {
        indices[i] = (int)(position % sweep->axes[i].count);
        position /= sweep->axes[i].count;
    }
    *workload = (int)(position % sweep->workload_count);
    *arch = (int)(position / sweep->workload_count);
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

static bool list_points(struct loader *loader)
{
    struct ts_sweep *sweep = loader->sweep;
    double grid = (double)sweep->arch_count * sweep->workload_count;
    for (int i = 0; i < sweep->axis_count; i++) {
        grid *= sweep->axes[i].count;
    }
    if (grid > TS_SWEEP_MAX_POINTS) {
        return ts_yaml_error(loader->diagnostics, loader->root, TS_ERROR_LIMIT,
                             "the grid has %.3g points, %d are allowed", grid, TS_SWEEP_MAX_POINTS);
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
                             TS_ERROR_CONFLICT, "no point of the grid fulfils the conditions");
    }
    return true;
}

bool ts_sweep_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                   const struct ts_sweep **sweep)
{
    static const char *const keys[] = {"name",      "description", "archs",
                                       "workloads", "axes",        "where"};
    struct loader loader = {.arena = arena, .diagnostics = diagnostics};
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
    bool ok = ts_yaml_known_keys(loader.root, keys, 6, diagnostics);
    ok &= !name || ts_yaml_string(name, diagnostics, &loader.sweep->name);
    ok &= load_list(&loader, "archs", &loader.sweep->archs, &loader.sweep->arch_count);
    ok &= load_list(&loader, "workloads", &loader.sweep->workloads, &loader.sweep->workload_count);
    ok &= load_axes(&loader);
    ok = ok && load_constraints(&loader) && list_points(&loader);
    *sweep = loader.sweep;
    return ok;
}
