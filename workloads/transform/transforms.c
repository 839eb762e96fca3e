#include "workloads/transform/transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ts_transform *const rows[] = {
    &ts_transform_prune,  &ts_transform_activations, &ts_transform_quantize,
    &ts_transform_share,  &ts_transform_prune_2_4,   &ts_transform_batchnorm_fold,
    &ts_transform_fusion, &ts_transform_ternary,     &ts_transform_binary};

enum { ROWS = sizeof rows / sizeof *rows };

static const struct ts_place nowhere;

int ts_transform_list(const struct ts_transform_entry **entries)
{
    static struct ts_transform_entry list[ROWS];
    for (int i = 0; i < ROWS; i++)
        list[i] = rows[i]->entry;
    *entries = list;
    return ROWS;
}

static bool unknown(const char *name, struct ts_diagnostics *diagnostics)
{
    const char *names[ROWS];
    for (int i = 0; i < ROWS; i++)
        names[i] = rows[i]->entry.name;
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere, "unknown transform '%s'", name);
    const char *near = ts_suggest(name, names, ROWS);
    if (near)
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    else
        ts_diag_help(diagnostics, "'tessera list transforms' names them");
    return false;
}

static bool apply_one(struct ts_graph *graph, const char *text,
                      const struct ts_workload_options *options, struct ts_diagnostics *diagnostics)
{
    const struct ts_transform *row = NULL;
    for (int i = 0; i < ROWS && !row; i++) {
        size_t length = strlen(rows[i]->entry.name); /* a name may have a ':' of its own */
        if (strncmp(rows[i]->entry.name, text, length) == 0 && strchr(":", text[length]))
            row = rows[i];
    }
    size_t length = row ? strlen(row->entry.name) : strcspn(text, ":");
    const char *argument = text[length] ? text + length + 1 : NULL;
    const char *name = ts_arena_strndup(graph->arena, text, length);
    if (!row)
        return unknown(name, diagnostics);
    if (!argument != !row->entry.argument)
        return ts_diag_error(
            diagnostics, TS_ERROR_USAGE, nowhere, "transform '%s' takes %s%s%s", name,
            row->entry.argument ? "an argument: " : "no argument", row->entry.argument ? name : "",
            row->entry.argument ? ts_arena_printf(graph->arena, ":%s", row->entry.argument) : "");
    if (options->training && !row->for_training)
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "transform '%s' is for inference, not for training", name);
    return row->apply(graph, argument, diagnostics);
}

bool ts_transforms_apply(struct ts_graph *graph, const char *workload,
                         const struct ts_workload_options *options,
                         struct ts_diagnostics *diagnostics)
{
    if (!graph && options->transform_count)
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' has nothing to transform", workload);
    for (int i = 0; i < options->transform_count; i++)
        if (!apply_one(graph, options->transforms[i], options, diagnostics))
            return false;
    return true;
}

bool ts_transform_density(const char *transform, const char *argument,
                          struct ts_diagnostics *diagnostics, double *density)
{
    char *end;
    *density = strtod(argument, &end);
    if (end == argument || *end || !isfinite(*density))
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere, "'%s:%s': not a number",
                             transform, argument);
    if (*density <= 0 || *density > 1) {
        ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                      "'%s:%s': a density is above 0 and at most 1", transform, argument);
        if (*density > 1 && *density <= 100)
            ts_diag_help(diagnostics, "%s per cent is %s:%g", argument, transform, *density / 100);
        return false;
    }
    return true;
}
