#include "workloads/transform/transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ts_transform *const rows[] = {
    &ts_transform_prune,          &ts_transform_activations, &ts_transform_prune_2_4,
    &ts_transform_quantize,       &ts_transform_share,       &ts_transform_ternary,
    &ts_transform_binary,         &ts_transform_lowrank,     &ts_transform_winograd,
    &ts_transform_batchnorm_fold, &ts_transform_fusion,      &ts_transform_distill};

enum { ROWS = sizeof rows / sizeof *rows };

static const struct ts_place nowhere;

int ts_transform_list(const struct ts_transform_entry **entries)
{
    static struct ts_transform_entry list[ROWS];
    for (int i = 0; i < ROWS; i++) {
        list[i] = rows[i]->entry;
    }
    *entries = list;
    return ROWS;
}

static bool unknown(const char *name, struct ts_diagnostics *diagnostics)
{
    const char *names[ROWS];
    for (int i = 0; i < ROWS; i++) {
        names[i] = rows[i]->entry.name;
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere, "unknown transform '%s'", name);
    const char *near = ts_suggest(name, names, ROWS);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    } else {
        ts_diag_help(diagnostics, "'tessera list transforms' names them");
    }
    return false;
}

static bool apply_one(const struct ts_transform_run *run, const char *text)
{
    struct ts_diagnostics *diagnostics = run->diagnostics;
    struct ts_arena *arena = run->graph->arena;
    const struct ts_transform *row = NULL;
    for (int i = 0; i < ROWS && !row; i++) {
        size_t length = strlen(rows[i]->entry.name); /* a name may have a ':' of its own */
        if (strncmp(rows[i]->entry.name, text, length) == 0 && strchr(":", text[length])) {
            row = rows[i];
        }
    }
    size_t length = row ? strlen(row->entry.name) : strcspn(text, ":");
    const char *argument = text[length] ? text + length + 1 : NULL;
    const char *name = ts_arena_strndup(arena, text, length);
    if (!row) {
        return unknown(name, diagnostics);
    }
    if (!argument != !row->entry.argument) {
        return ts_diag_error(
            diagnostics, TS_ERROR_USAGE, nowhere, "transform '%s' takes %s%s%s", name,
            row->entry.argument ? "an argument: " : "no argument", row->entry.argument ? name : "",
            row->entry.argument ? ts_arena_printf(arena, ":%s", row->entry.argument) : "");
    }
    if (run->options->training && !row->for_training) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "transform '%s' is for inference, not for training", name);
    }
    return row->apply(run, argument);
}

bool ts_transforms_apply(struct ts_source_network *network, struct ts_program *program,
                         const struct ts_workload_options *options,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_transform_run run = {network->graph, network, program, options, diagnostics};
    if (!network->graph && options->transform_count) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' has nothing to transform", network->name);
    }
    for (int i = 0; i < options->transform_count; i++) {
        if (!apply_one(&run, options->transforms[i])) {
            return false;
        }
    }
    return true;
}

const char *ts_transform_names(struct ts_arena *arena, const char *const *names, int count)
{
    enum { SHOWN = 8 };
    const char *text = "";
    for (int i = 0; i < count && i < SHOWN; i++) {
        text = ts_arena_printf(arena, "%s%s%s", text, i ? ", " : "", names[i]);
    }
    return count > SHOWN ? ts_arena_printf(arena, "%s and %d more", text, count - SHOWN) : text;
}

bool ts_transform_density(const char *transform, const char *argument,
                          struct ts_diagnostics *diagnostics, double *density)
{
    char *end;
    *density = strtod(argument, &end);
    if (end == argument || *end || !isfinite(*density)) {
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere, "'%s:%s': not a number",
                             transform, argument);
    }
    if (*density <= 0 || *density > 1) {
        ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                      "'%s:%s': a density is above 0 and at most 1", transform, argument);
        if (*density > 1 && *density <= 100) {
            ts_diag_help(diagnostics, "%s per cent is %s:%g", argument, transform, *density / 100);
        }
        return false;
    }
    return true;
}
