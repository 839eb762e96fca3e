/* The axes of a sweep file: lists, and ranges in steps or, for a sample, between two ends. */
#include "sim/sweep/sweep_internal.h"

#include <math.h>
#include <string.h>

enum { MAX_VALUES = 100000 };

static enum ts_axis_kind axis_kind(const char *key)
{
    static const struct {
        const char *key;
        enum ts_axis_kind kind;
    } kinds[] = {
        {"precision", TS_AXIS_PRECISION},
        {"batch", TS_AXIS_BATCH},
        {"mode", TS_AXIS_MODE},
        {"seq", TS_AXIS_SEQUENCE},
        {"phase", TS_AXIS_PHASE},
        {"context", TS_AXIS_CONTEXT},
        {"transforms", TS_AXIS_TRANSFORMS},
        {"optimizer", TS_AXIS_OPTION},
        {"mixed-precision", TS_AXIS_OPTION},
        {"accumulate", TS_AXIS_OPTION},
        {"checkpoint", TS_AXIS_OPTION},
        {"numerics", TS_AXIS_OPTION},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(key, kinds[i].key) == 0) {
            return kinds[i].kind;
        }
    }
    return TS_AXIS_SETTING;
}

/* A value is a scalar; a list is several transforms at once, null what there is without the axis.
 */
static bool load_value(struct sweep_loader *loader, struct ts_axis *axis,
                       const struct ts_yaml *node)
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
        text = ts_yaml_is_null(node) ? "" : node->text;
    }
    bool may_be_own =
        axis->kind == TS_AXIS_TRANSFORMS ||
        (ts_yaml_is_null(node) && axis->kind != TS_AXIS_BATCH && axis->kind != TS_AXIS_MODE);
    if (*text == '\0' && !may_be_own) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_TYPE,
                             "a value of axis '%s' is empty", axis->key);
    }
    axis->values[axis->count++] = ts_axis_value(text);
    return true;
}

static bool load_values(struct sweep_loader *loader, struct ts_axis *axis,
                        const struct ts_yaml *node)
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

/* ------------------------------------------------------------------ ranges */

static bool takes_whole_numbers(const struct ts_axis *axis)
{
    return axis->kind == TS_AXIS_BATCH || axis->kind == TS_AXIS_SEQUENCE ||
           axis->kind == TS_AXIS_CONTEXT ||
           (axis->kind == TS_AXIS_OPTION && strcmp(axis->key, "accumulate") == 0);
}

static bool load_scale(struct sweep_loader *loader, const struct ts_yaml *node,
                       struct ts_axis_range *range)
{
    static const char *const names[] = {"linear", "log"};
    const struct ts_yaml *scale = ts_yaml_get(node, "scale");
    const char *name = "linear";
    if (scale && !ts_yaml_string(scale, loader->diagnostics, &name)) {
        return false;
    }
    range->is_log = strcmp(name, "log") == 0;
    if (!range->is_log && strcmp(name, "linear") != 0) {
        ts_yaml_error(loader->diagnostics, scale, TS_ERROR_UNKNOWN_NAME,
                      "a scale is linear or log, not '%s'", name);
        const char *near = ts_suggest(name, names, 2);
        if (near) {
            ts_diag_help(loader->diagnostics, "did you mean '%s'?", near);
        }
        return false;
    }
    if (range->is_log && (range->from <= 0 || range->to <= 0)) {
        return ts_yaml_error(loader->diagnostics,
                             ts_yaml_get(node, range->from <= 0 ? "from" : "to"), TS_ERROR_RANGE,
                             "a logarithmic scale needs ends above zero");
    }
    return true;
}

static bool load_integer(struct sweep_loader *loader, const struct ts_axis *axis,
                         const struct ts_yaml *node, struct ts_axis_range *range)
{
    const struct ts_yaml *integer = ts_yaml_get(node, "integer");
    if (integer && !ts_yaml_bool(integer, loader->diagnostics, &range->is_integer)) {
        return false;
    }
    range->is_integer |= takes_whole_numbers(axis);
    bool whole = range->from == floor(range->from) && range->to == floor(range->to);
    if (range->is_integer && !whole) {
        const char *end = range->from == floor(range->from) ? "to" : "from";
        return ts_yaml_error(loader->diagnostics, ts_yaml_get(node, end), TS_ERROR_RANGE,
                             "axis '%s' has whole numbers: so are the ends of its range",
                             axis->key);
    }
    return true;
}

static bool load_steps(const struct ts_yaml *node, const struct ts_axis_range *range,
                       struct ts_diagnostics *diagnostics, int64_t *steps)
{
    const struct ts_yaml *count = ts_yaml_get(node, "steps");
    *steps = 0;
    if (count && !ts_yaml_integer(count, 1, MAX_VALUES, diagnostics, steps)) {
        return false;
    }
    return *steps != 1 || range->from == range->to ||
           ts_yaml_error(diagnostics, count, TS_ERROR_RANGE,
                         "one step cannot include both ends, %g and %g", range->from, range->to);
}

/* *steps is 0 where none are given. */
static bool load_range(struct sweep_loader *loader, const struct ts_axis *axis,
                       const struct ts_yaml *node, struct ts_axis_range *range, int64_t *steps)
{
    static const char *const keys[] = {"from", "to", "steps", "scale", "integer"};
    struct ts_diagnostics *diagnostics = loader->diagnostics;
    const struct ts_yaml *from = ts_yaml_require(node, "from", TS_YAML_SCALAR, diagnostics);
    const struct ts_yaml *to = ts_yaml_require(node, "to", TS_YAML_SCALAR, diagnostics);
    return ts_yaml_known_keys(node, keys, 5, diagnostics) && from && to &&
           ts_yaml_real(from, -1e18, 1e18, diagnostics, &range->from) &&
           ts_yaml_real(to, -1e18, 1e18, diagnostics, &range->to) &&
           load_steps(node, range, diagnostics, steps) && load_scale(loader, node, range) &&
           load_integer(loader, axis, node, range);
}

/* Six digits: what a value is written as is what is run. */
static struct ts_axis_value number_value(const struct ts_axis_range *range, double value,
                                         struct ts_arena *arena)
{
    return ts_axis_value(range->is_integer ? ts_arena_printf(arena, "%.0f", value)
                                           : ts_arena_printf(arena, "%.6g", value));
}

struct ts_axis_value sweep_range_value(const struct ts_axis_range *range, double part,
                                       struct ts_arena *arena)
{
    double from = fmin(range->from, range->to), to = fmax(range->from, range->to);
    double end = range->is_integer ? to + 1 : to;
    double value = range->is_log ? from * pow(end / from, part) : from + part * (end - from);
    return number_value(range, range->is_integer ? fmin(floor(value), to) : value, arena);
}

/* Both ends as they were written. Whole numbers that fall together are one value. */
static void fill_steps(struct sweep_loader *loader, struct ts_axis *axis, int64_t steps)
{
    const struct ts_axis_range *range = axis->range;
    axis->values = TS_NEW_ARRAY(loader->arena, steps, struct ts_axis_value);
    for (int64_t i = 0; i < steps; i++) {
        double part = steps > 1 ? (double)i / (double)(steps - 1) : 0;
        double value = range->is_log ? range->from * pow(range->to / range->from, part)
                                     : range->from + part * (range->to - range->from);
        struct ts_axis_value each =
            number_value(range, range->is_integer ? round(value) : value, loader->arena);
        if (i == steps - 1 && i > 0) {
            each = ts_axis_value(ts_arena_printf(loader->arena, "%.15g", range->to));
        } else if (i == 0) {
            each = ts_axis_value(ts_arena_printf(loader->arena, "%.15g", range->from));
        }
        bool again = axis->count > 0 && axis->values[axis->count - 1].number == each.number;
        if (!again || !range->is_integer) {
            axis->values[axis->count++] = each;
        }
    }
}

static bool load_mapping(struct sweep_loader *loader, struct ts_axis *axis,
                         const struct ts_yaml *node)
{
    int64_t steps = 0;
    if (axis->kind != TS_AXIS_SETTING && !takes_whole_numbers(axis)) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_TYPE,
                             "axis '%s' takes a list of values, not a range", axis->key);
    }
    struct ts_axis_range *range = TS_NEW(loader->arena, struct ts_axis_range);
    if (!load_range(loader, axis, node, range, &steps)) {
        return false;
    }
    axis->range = range;
    if (steps > 0) {
        fill_steps(loader, axis, steps);
    }
    return true;
}

/* ------------------------------------------------------------------ all of them */

static bool load_axis(struct sweep_loader *loader, const struct ts_yaml *node)
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
    return load_mapping(loader, axis, node);
}

bool sweep_load_axes(struct sweep_loader *loader)
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
