#include "reports/tree.h"

#include <inttypes.h>
#include <math.h>

static json_t *checked(json_t *node)
{
    if (!node) {
        ts_bug("a JSON node could not be made: a text that is not UTF-8, or no memory");
    }
    return node;
}

static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0) {
        ts_bug("'%s' could not be set", key);
    }
}

static void put_text(json_t *object, const char *key, const char *text)
{
    json_t *node = json_string(text ? text : "");
    /* A file name need not be UTF-8; JSON must. */
    put(object, key, node ? node : json_string("(not UTF-8)"));
}

static void put_real(json_t *object, const char *key, double value)
{
    if (!isfinite(value)) {
        ts_bug("'%s' of a result is not finite", key);
    }
    put(object, key, json_real(value));
}

/* Counts are whole numbers as long as they fit. */
static void put_count(json_t *object, const char *key, double value)
{
    if (value == floor(value) && fabs(value) < 0x1p63) {
        put(object, key, json_integer((json_int_t)value));
    } else {
        put_real(object, key, value);
    }
}

static void put_hash(json_t *object, const char *key, uint64_t hash)
{
    char text[20];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    put_text(object, key, text);
}

static json_t *energy_tree(const struct ts_energy *energy)
{
    json_t *object = checked(json_object());
    put_real(object, "total", energy->total_j);
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        put_real(object, ts_energy_part_names[i], energy->part_j[i]);
    }
    return object;
}

static json_t *time_tree(const double *fractions)
{
    json_t *object = checked(json_object());
    for (int i = 0; i < TS_TIME_PARTS; i++) {
        put_real(object, ts_time_part_names[i], fractions[i]);
    }
    return object;
}

static json_t *memory_tree(const struct ts_memory_result *memory)
{
    json_t *object = checked(json_object());
    put_text(object, "level", memory->level);
    put_count(object, "reads", memory->reads);
    put_count(object, "writes", memory->writes);
    put_count(object, "read_bytes", memory->read_bytes);
    put_count(object, "write_bytes", memory->write_bytes);
    put_real(object, "hit_rate", memory->hit_rate);
    put_real(object, "energy_per_access_pj", memory->energy_per_access_pj);
    put_real(object, "energy_j", memory->energy_j);
    put_real(object, "achieved_gbps", memory->achieved_gbps);
    return object;
}

static json_t *layer_numerics_tree(const struct ts_layer_numerics *numerics)
{
    json_t *object = checked(json_object());
    put_real(object, "sqnr_db", numerics->sqnr_db);
    put_real(object, "operand_sqnr_db", numerics->operand_sqnr_db);
    put_real(object, "upstream_sqnr_db", numerics->upstream_sqnr_db);
    put_text(object, "accumulator", numerics->accumulator);
    put(object, "outputs", json_integer(numerics->outputs));
    put(object, "k", json_integer(numerics->k));
    return object;
}

static json_t *layer_tree(const struct ts_layer_result *layer)
{
    json_t *object = checked(json_object());
    put_text(object, "name", layer->name);
    put_text(object, "op", layer->op);
    put_text(object, "algorithm", layer->algorithm);
    put_text(object, "ran_on", layer->ran_on);
    put(object, "batch", json_integer(layer->batch));
    put(object, "m", json_integer(layer->m));
    put(object, "n", json_integer(layer->n));
    put(object, "k", json_integer(layer->k));
    put_count(object, "macs", layer->macs);
    put_count(object, "effective_macs", layer->effective_macs);
    put_count(object, "cycles", layer->cycles);
    put_real(object, "latency_s", layer->latency_s);
    put_real(object, "tflops", layer->tflops);
    put_real(object, "utilization", layer->utilization);
    put_text(object, "bound", layer->bound);
    put_count(object, "dram_read_bytes", layer->dram_read_bytes);
    put_count(object, "dram_write_bytes", layer->dram_write_bytes);
    put(object, "energy_j", energy_tree(&layer->energy));
    put(object, "time_breakdown", time_tree(layer->time_breakdown));
    if (layer->numerics.measured) {
        put(object, "numerics", layer_numerics_tree(&layer->numerics));
    }
    return object;
}

static json_t *ceilings_tree(const struct ts_result *result)
{
    json_t *list = checked(json_array());
    for (int i = 0; i < result->arch.ceiling_count; i++) {
        const struct ts_ceiling *ceiling = &result->arch.ceilings[i];
        json_t *object = checked(json_object());
        put_text(object, "name", ceiling->name);
        if (ceiling->tflops > 0) {
            put_real(object, "tflops", ceiling->tflops);
        } else {
            put_real(object, "gbps", ceiling->gbps);
        }
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *arch_tree(const struct ts_result *result)
{
    json_t *object = checked(json_object());
    put_text(object, "name", result->arch.name);
    put_text(object, "family", result->arch.family);
    put_text(object, "description", result->arch.description);
    put_real(object, "clock_mhz", result->arch.clock_mhz);
    put_real(object, "peak_tflops", result->arch.peak_tflops);
    put_real(object, "memory_bandwidth_gbps", result->arch.memory_bandwidth_gbps);
    put(object, "ceilings", ceilings_tree(result));
    return object;
}

static json_t *footprint_tree(const struct ts_footprint *footprint)
{
    json_t *object = checked(json_object());
    put_count(object, "weights", footprint->weights);
    put_count(object, "master_weights", footprint->master_weights);
    put_count(object, "gradients", footprint->gradients);
    put_count(object, "optimizer", footprint->optimizer);
    put_count(object, "activations", footprint->activations);
    put_count(object, "workspace", footprint->workspace);
    put_count(object, "total", ts_footprint_bytes(footprint));
    return object;
}

static json_t *network_size_tree(const struct ts_network_size *size)
{
    json_t *object = checked(json_object());
    put_text(object, "name", size->name);
    put_count(object, "macs", size->macs);
    put_count(object, "parameters", size->parameters);
    put_count(object, "parameter_bytes", size->parameter_bytes);
    return object;
}

static json_t *workload_tree(const struct ts_result *result)
{
    json_t *object = checked(json_object());
    put_text(object, "name", result->workload.name);
    put(object, "batch", json_integer(result->workload.batch));
    put_text(object, "precision", result->workload.precision);
    put_text(object, "mode", result->workload.mode);
    put_count(object, "macs", result->workload.macs);
    put_count(object, "effective_macs", result->workload.effective_macs);
    put_count(object, "parameters", result->workload.parameters);
    put_real(object, "coverage", result->workload.coverage);
    put_count(object, "parameter_bytes", result->workload.parameter_bytes);
    if (result->workload.phase) {
        put_text(object, "phase", result->workload.phase);
        put_count(object, "kv_cache_bytes", result->workload.kv_cache_bytes);
    }
    if (result->workload.footprint.weights > 0) {
        put(object, "training_memory_bytes", footprint_tree(&result->workload.footprint));
    }
    if (result->workload.teacher.name) {
        put(object, "teacher", network_size_tree(&result->workload.teacher));
        put(object, "student", network_size_tree(&result->workload.student));
    }
    if (result->workload.context > 0) {
        put(object, "context", json_integer(result->workload.context));
    }
    return object;
}

static json_t *provenance_tree(const struct ts_result *result)
{
    json_t *object = checked(json_object());
    put_text(object, "version", result->provenance.version);
    put(object, "seed", json_integer((json_int_t)result->provenance.seed));
    put_hash(object, "arch_hash", result->provenance.arch_hash);
    put_hash(object, "workload_hash", result->provenance.workload_hash);
    put_text(object, "options", result->provenance.options);
    return object;
}

static void put_totals(json_t *object, const struct ts_result *result)
{
    put_real(object, "latency_s", result->latency_s);
    put_count(object, "cycles", result->cycles);
    put_real(object, "clock_mhz", result->clock_mhz);
    put_real(object, "throughput_per_s", result->throughput_per_s);
    put_real(object, "tflops", result->tflops);
    put_real(object, "utilization", result->utilization);
    put_text(object, "bound", result->bound);
    if (result->time_to_first_token_s > 0) {
        put_real(object, "time_to_first_token_s", result->time_to_first_token_s);
    }
    if (result->time_per_token_s > 0) {
        put_real(object, "time_per_token_s", result->time_per_token_s);
    }
    if (result->average_latency_ns >= 0) {
        put_real(object, "average_latency_ns", result->average_latency_ns);
    }
    put(object, "energy_j", energy_tree(&result->energy));
    put_real(object, "average_power_w", result->average_power_w);
    put_real(object, "tops_per_w", result->tops_per_w);
}

json_t *result_tree(const struct ts_result *result)
{
    json_t *object = checked(json_object());
    put_text(object, "schema", "tessera.result/1");
    put(object, "arch", arch_tree(result));
    put(object, "workload", workload_tree(result));
    put_totals(object, result);
    json_t *memory = checked(json_array());
    for (int i = 0; i < result->memory_count; i++) {
        json_array_append_new(memory, memory_tree(&result->memory[i]));
    }
    put(object, "memory", memory);
    put(object, "time_breakdown", time_tree(result->time_breakdown));
    json_t *layers = checked(json_array());
    for (int i = 0; i < result->layer_count; i++) {
        json_array_append_new(layers, layer_tree(&result->layers[i]));
    }
    put(object, "layers", layers);
    if (result->numerics.measured) {
        json_t *numerics = checked(json_object());
        put_real(numerics, "sqnr_db", result->numerics.sqnr_db);
        put_real(numerics, "worst_sqnr_db", result->numerics.worst_sqnr_db);
        put_text(numerics, "worst_layer", result->numerics.worst_layer);
        put(object, "numerics", numerics);
    }
    if (result->note_count > 0) {
        json_t *notes = checked(json_array());
        for (int i = 0; i < result->note_count; i++) {
            json_array_append_new(notes, checked(json_string(result->notes[i])));
        }
        put(object, "notes", notes);
    }
    put(object, "provenance", provenance_tree(result));
    return object;
}
