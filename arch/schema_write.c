/* The schema as text: `list keys`, and values back to a tree. */
#include "schema_internal.h"
#include "tessera/precision.h"

#include <string.h>

static void write_range(const struct ts_schema_row *row, FILE *stream)
{
    bool bounded = row->minimum != 0 || row->maximum != 0;
    if (*row->unit) {
        fprintf(stream, " [%s]", row->unit);
    }
    if (bounded) {
        fprintf(stream, " %.12g to %.12g", row->minimum, row->maximum);
    }
    if (!row->fallback) {
        fprintf(stream, ", required");
    } else if (*row->fallback) {
        fprintf(stream, ", default %s", row->fallback);
    }
}

void ts_schema_write_keys(const struct ts_schema *schema, const char *heading, FILE *stream)
{
    if (heading) {
        fprintf(stream, "%s\n", heading);
    }
    for (size_t i = 0; i < schema->count; i++) {
        const struct ts_schema_row *row = &schema->rows[i];
        fprintf(stream, "  %s: %s", row->path, ts_schema_type_name(row));
        write_range(row, stream);
        fprintf(stream, "\n      %s\n", row->doc);
    }
}

/* ------------------------------------------------------------------ values to a tree */

static void set_text(struct ts_yaml *root, const char *path, const char *text,
                     struct ts_arena *arena)
{
    static const struct ts_yaml_source written = {"(resolved)", NULL, 0};
    struct ts_place place = {written.name, 0, 0};
    ts_yaml_set(root, path, text, &written, place, arena);
}

static void by_precision_to_tree(const struct ts_schema_row *row, const char *path,
                                 const void *base, struct ts_yaml *root, struct ts_arena *arena)
{
    const double *values = (const double *)(const void *)((const char *)base + row->offset);
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        if (values[i] == 0) {
            continue;
        }
        struct ts_schema_row element = {
            .type = TS_SCHEMA_REAL, .scale = row->scale, .fallback = "", .unit = row->unit};
        const char *text = ts_schema_value_text(&element, &values[i], arena);
        set_text(
            root,
            ts_arena_printf(arena, "%s.%s", path, ts_precision_info((enum ts_precision)i)->name),
            text, arena);
    }
}

static void row_to_tree(const struct ts_schema_row *row, const char *path, const void *base,
                        struct ts_yaml *root, struct ts_arena *arena)
{
    if (row->type == TS_SCHEMA_REAL_BY_PRECISION) {
        by_precision_to_tree(row, path, base, root, arena);
        return;
    }
    const char *text = ts_schema_value_text(row, base, arena);
    if (text) {
        set_text(root, path, text, arena);
    }
}

static void array_to_tree(const struct ts_schema_target *target,
                          const struct ts_schema_array *array, struct ts_yaml *root,
                          struct ts_arena *arena)
{
    size_t prefix = strlen(array->prefix);
    for (int e = 0; e < *array->count; e++) {
        const char *base = (const char *)array->elements + (size_t)e * array->element_bytes;
        const char *name = *(const char *const *)(const void *)(base + array->name_offset);
        for (size_t i = 0; i < target->schema->count; i++) {
            const struct ts_schema_row *row = &target->schema->rows[i];
            if (strncmp(row->path, array->prefix, prefix) == 0 &&
                strncmp(row->path + prefix, ".*.", 3) == 0) {
                row_to_tree(
                    row,
                    ts_arena_printf(arena, "%s.%s.%s", array->prefix, name, row->path + prefix + 3),
                    base, root, arena);
            }
        }
    }
}

void ts_schema_to_tree(const struct ts_schema_target *target, struct ts_yaml *root,
                       struct ts_arena *arena)
{
    for (size_t i = 0; i < target->schema->count; i++) {
        const struct ts_schema_row *row = &target->schema->rows[i];
        if (!strchr(row->path, '*')) {
            row_to_tree(row, row->path, target->base, root, arena);
        }
    }
    for (int a = 0; a < target->array_count; a++) {
        array_to_tree(target, &target->arrays[a], root, arena);
    }
}
