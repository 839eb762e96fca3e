/* Results back from JSON: one table of fields an object, walked by one function. */
#include "reports/extras.h"
#include "reports/fields.h"
#include "tessera/report.h"

#include <string.h>

enum { LONGEST_SHOWN_LINE = 160 };

#define FIELD(type, kind, key)                                                                     \
    {                                                                                              \
#key, kind, offsetof(type, key), false                                                     \
    }
#define IN(part, kind, key)                                                                        \
    {                                                                                              \
#key, kind, offsetof(struct ts_result, part.key), false                                    \
    }

static const struct field arch_fields[] = {
    IN(arch, TEXT, name),      IN(arch, TEXT, family),      IN(arch, TEXT, description),
    IN(arch, REAL, clock_mhz), IN(arch, REAL, peak_tflops), IN(arch, REAL, memory_bandwidth_gbps),
};
static const struct field ceiling_fields[] = {
    FIELD(struct ts_ceiling, TEXT, name),
    {"tflops", REAL, offsetof(struct ts_ceiling, tflops), true},
    {"gbps", REAL, offsetof(struct ts_ceiling, gbps), true},
};
static const struct field workload_fields[] = {
    IN(workload, TEXT, name),
    IN(workload, INTEGER, batch),
    IN(workload, TEXT, precision),
    IN(workload, TEXT, mode),
    IN(workload, REAL, macs),
    IN(workload, REAL, effective_macs),
    IN(workload, REAL, parameters),
    {"coverage", REAL, offsetof(struct ts_result, workload.coverage), true},
    {"parameter_bytes", REAL, offsetof(struct ts_result, workload.parameter_bytes), true},
    {"phase", TEXT, offsetof(struct ts_result, workload.phase), true},
    {"context", INTEGER, offsetof(struct ts_result, workload.context), true},
    {"kv_cache_bytes", REAL, offsetof(struct ts_result, workload.kv_cache_bytes), true},
};
#define FOOTPRINT(key)                                                                             \
    {                                                                                              \
#key, REAL, offsetof(struct ts_result, workload.footprint.key), true                       \
    }
static const struct field footprint_fields[] = {
    FOOTPRINT(weights),   FOOTPRINT(master_weights), FOOTPRINT(gradients),
    FOOTPRINT(optimizer), FOOTPRINT(activations),    FOOTPRINT(workspace),
};
static const struct field provenance_fields[] = {
    IN(provenance, TEXT, version),   IN(provenance, SEED, seed),
    IN(provenance, HASH, arch_hash), IN(provenance, HASH, workload_hash),
    IN(provenance, TEXT, options),
};
static const struct field total_fields[] = {
    FIELD(struct ts_result, REAL, latency_s),
    FIELD(struct ts_result, REAL, cycles),
    FIELD(struct ts_result, REAL, clock_mhz),
    FIELD(struct ts_result, REAL, throughput_per_s),
    FIELD(struct ts_result, REAL, tflops),
    FIELD(struct ts_result, REAL, utilization),
    FIELD(struct ts_result, TEXT, bound),
    FIELD(struct ts_result, REAL, average_power_w),
    FIELD(struct ts_result, REAL, tops_per_w),
    {"time_to_first_token_s", REAL, offsetof(struct ts_result, time_to_first_token_s), true},
    {"time_per_token_s", REAL, offsetof(struct ts_result, time_per_token_s), true},
    {"average_latency_ns", REAL, offsetof(struct ts_result, average_latency_ns), true},
};
static const struct field memory_fields[] = {
    FIELD(struct ts_memory_result, TEXT, level),
    FIELD(struct ts_memory_result, REAL, reads),
    FIELD(struct ts_memory_result, REAL, writes),
    FIELD(struct ts_memory_result, REAL, read_bytes),
    FIELD(struct ts_memory_result, REAL, write_bytes),
    FIELD(struct ts_memory_result, REAL, hit_rate),
    FIELD(struct ts_memory_result, REAL, energy_per_access_pj),
    FIELD(struct ts_memory_result, REAL, energy_j),
    FIELD(struct ts_memory_result, REAL, achieved_gbps),
};
static const struct field layer_fields[] = {
    FIELD(struct ts_layer_result, TEXT, name),
    FIELD(struct ts_layer_result, TEXT, op),
    FIELD(struct ts_layer_result, TEXT, algorithm),
    FIELD(struct ts_layer_result, TEXT, ran_on),
    FIELD(struct ts_layer_result, INTEGER, batch),
    FIELD(struct ts_layer_result, INTEGER, m),
    FIELD(struct ts_layer_result, INTEGER, n),
    FIELD(struct ts_layer_result, INTEGER, k),
    FIELD(struct ts_layer_result, REAL, macs),
    FIELD(struct ts_layer_result, REAL, effective_macs),
    FIELD(struct ts_layer_result, REAL, cycles),
    FIELD(struct ts_layer_result, REAL, latency_s),
    FIELD(struct ts_layer_result, REAL, tflops),
    FIELD(struct ts_layer_result, REAL, utilization),
    FIELD(struct ts_layer_result, TEXT, bound),
    FIELD(struct ts_layer_result, REAL, dram_read_bytes),
    FIELD(struct ts_layer_result, REAL, dram_write_bytes),
};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* ------------------------------------------------------------------ objects */

static bool read_part(const struct reader *reader, const json_t *object, const char *key,
                      const struct field *fields, size_t count, void *base)
{
    const json_t *part = member(reader, object, key, "");
    return part && read_fields(reader, part, key, fields, count, base);
}

/* {"total": ..., "compute": ..., ...}: numbers by the names of parts. `total` may be NULL. */
static bool read_parts(const struct reader *reader, const json_t *object, const char *where,
                       const char *key, const char *const *names, int count, double *total,
                       double *values)
{
    const json_t *parts = member(reader, object, key, where);
    char path[PATH_BYTES], name[PATH_BYTES];
    snprintf(path, sizeof path, "%.64s%s%.64s", where, *where ? "." : "", key);
    if (!parts || !json_is_object(parts)) {
        return parts && wrong_type(reader, path, "an object");
    }
    bool ok = true;
    for (int i = total ? -1 : 0; i < count; i++) {
        const char *part = i < 0 ? "total" : names[i];
        const json_t *value = member(reader, parts, part, path);
        snprintf(name, sizeof name, "%.64s.%.64s", path, part);
        ok &= value && read_real(reader, value, name, i < 0 ? total : &values[i]);
    }
    return ok;
}

static bool read_energy_and_time(const struct reader *reader, const json_t *object,
                                 const char *where, struct ts_energy *energy, double *time)
{
    bool ok = read_parts(reader, object, where, "energy_j", ts_energy_part_names, TS_ENERGY_PARTS,
                         &energy->total_j, energy->part_j);
    return read_parts(reader, object, where, "time_breakdown", ts_time_part_names, TS_TIME_PARTS,
                      NULL, time) &&
           ok;
}

static const json_t *list(const struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = member(reader, object, key, "");
    if (value && !json_is_array(value)) {
        wrong_type(reader, key, "a list");
        return NULL;
    }
    return value;
}

/* Results of earlier versions have none. */
static bool read_ceilings(const struct reader *reader, const json_t *object,
                          struct ts_result *result)
{
    const json_t *arch = json_object_get(object, "arch");
    const json_t *ceilings = json_object_get(arch, "ceilings");
    if (ceilings && !json_is_array(ceilings)) {
        return wrong_type(reader, "arch.ceilings", "a list");
    }
    result->arch.ceiling_count = (int)json_array_size(ceilings);
    result->arch.ceilings =
        TS_NEW_ARRAY(reader->arena, result->arch.ceiling_count, struct ts_ceiling);
    return read_rows(reader, ceilings, "arch.ceilings", ceiling_fields, COUNT(ceiling_fields),
                     result->arch.ceilings, sizeof *result->arch.ceilings);
}

static bool read_memory(const struct reader *reader, const json_t *object, struct ts_result *result)
{
    const json_t *levels = list(reader, object, "memory");
    result->memory_count = (int)json_array_size(levels);
    result->memory = TS_NEW_ARRAY(reader->arena, result->memory_count, struct ts_memory_result);
    return levels && read_rows(reader, levels, "memory", memory_fields, COUNT(memory_fields),
                               result->memory, sizeof *result->memory);
}

static bool read_layers(const struct reader *reader, const json_t *object, struct ts_result *result)
{
    const json_t *layers = list(reader, object, "layers");
    bool ok = layers != NULL;
    result->layer_count = (int)json_array_size(layers);
    result->layers = TS_NEW_ARRAY(reader->arena, result->layer_count, struct ts_layer_result);
    for (int i = 0; i < result->layer_count; i++) {
        char where[PATH_BYTES];
        struct ts_layer_result *layer = &result->layers[i];
        const json_t *node = json_array_get(layers, (size_t)i);
        snprintf(where, sizeof where, "layers[%d]", i);
        ok &= read_fields(reader, node, where, layer_fields, COUNT(layer_fields), layer) &&
              read_energy_and_time(reader, node, where, &layer->energy, layer->time_breakdown) &&
              read_layer_numerics(reader, node, where, &layer->numerics);
    }
    return ok;
}

/* Of a training step only. */
static bool read_footprint(const struct reader *reader, const json_t *object,
                           struct ts_result *result)
{
    const json_t *footprint =
        json_object_get(json_object_get(object, "workload"), "training_memory_bytes");
    return !footprint || read_fields(reader, footprint, "workload.training_memory_bytes",
                                     footprint_fields, COUNT(footprint_fields), result);
}

static bool read_result(const struct reader *reader, const json_t *object,
                        struct ts_result_list *results)
{
    struct ts_result *result = TS_NEW(reader->arena, struct ts_result);
    result->average_latency_ns = -1;
    result->workload.coverage = 1;
    bool ok = read_part(reader, object, "arch", arch_fields, COUNT(arch_fields), result);
    ok &= read_ceilings(reader, object, result);
    ok &= read_part(reader, object, "workload", workload_fields, COUNT(workload_fields), result);
    ok &= read_footprint(reader, object, result);
    ok &= read_fields(reader, object, "", total_fields, COUNT(total_fields), result);
    ok &= read_energy_and_time(reader, object, "", &result->energy, result->time_breakdown);
    ok &= read_memory(reader, object, result);
    ok &= read_layers(reader, object, result);
    ok &= read_extras(reader, object, result);
    ok &= read_part(reader, object, "provenance", provenance_fields, COUNT(provenance_fields),
                    result);
    if (!ok) {
        return false;
    }
    if (results->count == results->capacity) {
        int capacity = results->capacity ? 2 * results->capacity : 16;
        const struct ts_result **larger =
            TS_NEW_ARRAY(reader->arena, capacity, const struct ts_result *);
        for (int i = 0; i < results->count; i++) {
            larger[i] = results->items[i];
        }
        results->items = larger;
        results->capacity = capacity;
    }
    results->items[results->count++] = result;
    return true;
}

/* ------------------------------------------------------------------ documents */

static bool is_schema(const json_t *object, const char *name)
{
    const char *schema = json_string_value(json_object_get(object, "schema"));
    return schema && strcmp(schema, name) == 0;
}

static bool read_document(const struct reader *reader, const json_t *document,
                          struct ts_result_list *results)
{
    if (is_schema(document, "tessera.result/1")) {
        return read_result(reader, document, results);
    }
    if (!is_schema(document, "tessera.comparison/1")) {
        const char *schema = json_string_value(json_object_get(document, "schema"));
        ts_diag_error(reader->diagnostics, TS_ERROR_UNSUPPORTED, reader->place,
                      schema ? "schema '%s' is not one of results" : "no result: a 'schema' %s",
                      schema ? schema : "is missing");
        ts_diag_help(reader->diagnostics,
                     "tessera.result/1 (`tessera run -f json`) or tessera.comparison/1 "
                     "(`tessera compare -f json`)");
        return false;
    }
    const json_t *members = list(reader, document, "results");
    bool ok = members != NULL;
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *one = json_array_get(members, i);
        if (!is_schema(one, "tessera.result/1")) {
            char where[PATH_BYTES];
            snprintf(where, sizeof where, "results[%zu]", i);
            ok = wrong_type(reader, where, "a tessera.result/1");
        } else {
            ok &= read_result(reader, one, results);
        }
    }
    if (ok && json_array_size(members) == 0) {
        return ts_diag_error(reader->diagnostics, TS_ERROR_RANGE, reader->place,
                             "the comparison holds no results");
    }
    return ok;
}

/* The line an error stands in, when it is short enough to be read. */
static void show_line(const char *text, size_t length, int line, struct ts_diagnostics *diagnostics)
{
    const char *end = text + length;
    for (int at = 1; at < line && text < end; at++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        text = newline ? newline + 1 : end;
    }
    const char *newline = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
    size_t shown = (size_t)((newline ? newline : end) - text);
    if (shown > 0 && shown <= LONGEST_SHOWN_LINE) {
        ts_diag_source(diagnostics, ts_arena_strndup(&diagnostics->arena, text, shown));
    }
}

bool ts_results_read(const char *text, size_t length, const char *name, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics, struct ts_result_list *results)
{
    json_error_t error;
    struct reader reader = {arena, diagnostics, {.file = name}};
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!document) {
        struct ts_place place = {name, error.line, error.column};
        ts_diag_error(diagnostics, TS_ERROR_SYNTAX, place, "not JSON: %s", error.text);
        show_line(text, length, error.line, diagnostics);
        return false;
    }
    bool ok = read_document(&reader, document, results);
    json_decref(document);
    return ok;
}
