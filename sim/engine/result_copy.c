#include "tessera/sim.h"

#include <string.h>

static const char *copy_text(const char *text, struct ts_arena *arena)
{
    return text ? ts_arena_strdup(arena, text) : NULL;
}

static void copy_layers(struct ts_result *copy, struct ts_arena *arena)
{
    struct ts_layer_result *layers = TS_NEW_ARRAY(arena, copy->layer_count, struct ts_layer_result);
    for (int i = 0; i < copy->layer_count; i++) {
        layers[i] = copy->layers[i];
        layers[i].name = copy_text(layers[i].name, arena);
        layers[i].op = copy_text(layers[i].op, arena);
        layers[i].algorithm = copy_text(layers[i].algorithm, arena);
        layers[i].ran_on = copy_text(layers[i].ran_on, arena);
        layers[i].bound = copy_text(layers[i].bound, arena);
        layers[i].numerics.accumulator = copy_text(layers[i].numerics.accumulator, arena);
    }
    copy->layers = layers;
}

static void copy_memory(struct ts_result *copy, struct ts_arena *arena)
{
    struct ts_memory_result *rows =
        TS_NEW_ARRAY(arena, copy->memory_count, struct ts_memory_result);
    for (int i = 0; i < copy->memory_count; i++) {
        rows[i] = copy->memory[i];
        rows[i].level = copy_text(rows[i].level, arena);
    }
    copy->memory = rows;
}

static void copy_ceilings(struct ts_result *copy, struct ts_arena *arena)
{
    struct ts_ceiling *ceilings = TS_NEW_ARRAY(arena, copy->arch.ceiling_count, struct ts_ceiling);
    for (int i = 0; i < copy->arch.ceiling_count; i++) {
        ceilings[i] = copy->arch.ceilings[i];
        ceilings[i].name = copy_text(ceilings[i].name, arena);
    }
    copy->arch.ceilings = ceilings;
}

struct ts_result *ts_result_copy(const struct ts_result *result, struct ts_arena *arena)
{
    struct ts_result *copy = TS_NEW(arena, struct ts_result);
    *copy = *result;
    copy->arch.name = copy_text(copy->arch.name, arena);
    copy->arch.family = copy_text(copy->arch.family, arena);
    copy->arch.description = copy_text(copy->arch.description, arena);
    copy->workload.name = copy_text(copy->workload.name, arena);
    copy->workload.precision = copy_text(copy->workload.precision, arena);
    copy->workload.mode = copy_text(copy->workload.mode, arena);
    copy->workload.phase = copy_text(copy->workload.phase, arena);
    copy->workload.teacher.name = copy_text(copy->workload.teacher.name, arena);
    copy->workload.student.name = copy_text(copy->workload.student.name, arena);
    const char **notes = TS_NEW_ARRAY(arena, copy->note_count + 1, const char *);
    for (int i = 0; i < copy->note_count; i++) {
        notes[i] = copy_text(copy->notes[i], arena);
    }
    copy->notes = notes;
    copy->numerics.worst_layer = copy_text(copy->numerics.worst_layer, arena);
    copy->bound = copy_text(copy->bound, arena);
    copy->provenance.version = copy_text(copy->provenance.version, arena);
    copy->provenance.options = copy_text(copy->provenance.options, arena);
    copy_ceilings(copy, arena);
    copy_layers(copy, arena);
    copy_memory(copy, arena);
    return copy;
}
