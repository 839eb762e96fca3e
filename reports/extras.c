#include "reports/extras.h"

#include <stdio.h>

#define FIELD(type, kind, key)                                                                     \
    {                                                                                              \
#key, kind, offsetof(type, key), false                                                     \
    }
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct field size_fields[] = {
    FIELD(struct ts_network_size, TEXT, name),
    FIELD(struct ts_network_size, REAL, macs),
    FIELD(struct ts_network_size, REAL, parameters),
    FIELD(struct ts_network_size, REAL, parameter_bytes),
};
static const struct field layer_numerics_fields[] = {
    FIELD(struct ts_layer_numerics, SIGNED, sqnr_db),
    FIELD(struct ts_layer_numerics, SIGNED, operand_sqnr_db),
    FIELD(struct ts_layer_numerics, SIGNED, upstream_sqnr_db),
    FIELD(struct ts_layer_numerics, TEXT, accumulator),
    FIELD(struct ts_layer_numerics, INTEGER, outputs),
    FIELD(struct ts_layer_numerics, INTEGER, k),
};
static const struct field numerics_fields[] = {
    {"sqnr_db", SIGNED, offsetof(struct ts_result, numerics.sqnr_db), false},
    {"worst_sqnr_db", SIGNED, offsetof(struct ts_result, numerics.worst_sqnr_db), false},
    {"worst_layer", TEXT, offsetof(struct ts_result, numerics.worst_layer), false},
};

bool read_layer_numerics(const struct reader *reader, const json_t *object, const char *where,
                         struct ts_layer_numerics *numerics)
{
    const json_t *part = json_object_get(object, "numerics");
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%.64s.numerics", where);
    numerics->measured = part != NULL;
    return !part || read_fields(reader, part, path, layer_numerics_fields,
                                COUNT(layer_numerics_fields), numerics);
}

static bool read_size(const struct reader *reader, const json_t *workload, const char *key,
                      struct ts_network_size *size)
{
    const json_t *part = json_object_get(workload, key);
    return !part || read_fields(reader, part, key, size_fields, COUNT(size_fields), size);
}

static bool read_notes(const struct reader *reader, const json_t *notes, struct ts_result *result)
{
    size_t count = json_array_size(notes);
    const char **texts = TS_NEW_ARRAY(reader->arena, count + 1, const char *);
    if (notes && !json_is_array(notes)) {
        return wrong_type(reader, "notes", "a list");
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(notes, i));
        if (!text) {
            return wrong_type(reader, "notes", "a list of texts");
        }
        texts[i] = ts_arena_strdup(reader->arena, text);
    }
    result->notes = texts;
    result->note_count = (int)count;
    return true;
}

bool read_extras(const struct reader *reader, const json_t *object, struct ts_result *result)
{
    const json_t *numerics = json_object_get(object, "numerics");
    const json_t *workload = json_object_get(object, "workload");
    result->numerics.measured = numerics != NULL;
    bool ok = !numerics || read_fields(reader, numerics, "numerics", numerics_fields,
                                       COUNT(numerics_fields), result);
    ok &= read_size(reader, workload, "teacher", &result->workload.teacher);
    ok &= read_size(reader, workload, "student", &result->workload.student);
    return read_notes(reader, json_object_get(object, "notes"), result) && ok;
}
