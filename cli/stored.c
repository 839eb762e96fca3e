#include "cli/stored.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool apply_store(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return cli_file_option("store", value, diagnostics, target);
}

const struct ts_option_row cli_store_option = {0, "store", "FILE.db",
                                               "keep results in that SQLite file", apply_store};

bool cli_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

bool cli_is_store(const char *path)
{
    char head[16] = "";
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file) {
        fclose(file);
    }
    return cli_ends_with(path, ".db") ||
           (got == sizeof head && memcmp(head, "SQLite format 3", sizeof head) == 0);
}

/* White space outside of texts goes, in place. */
static void compact(char *text)
{
    char *to = text;
    bool quoted = false;
    for (const char *from = text; *from; from++) {
        if (quoted && *from == '\\') {
            *to++ = *from++;
        } else if (*from == '"') {
            quoted = !quoted;
        }
        if (quoted || (*from != ' ' && *from != '\n')) {
            *to++ = *from;
        }
    }
    *to = '\0';
}

char *cli_compact_json(const struct ts_result *result)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) {
        ts_bug("out of memory");
    }
    ts_report_json(result, stream);
    fclose(stream);
    compact(text);
    return text;
}

void cli_fill_outcome(struct ts_store_row *row, const struct ts_result *result, const char *json,
                      const char *error)
{
    row->failed = result == NULL;
    row->error = error;
    row->result = json;
    if (result) {
        row->precision = result->workload.precision;
        row->latency_s = result->latency_s;
        row->cycles = result->cycles;
        row->tflops = result->tflops;
        row->energy_j_total = result->energy.total_j;
        row->arch_hash = result->provenance.arch_hash;
        row->workload_hash = result->provenance.workload_hash;
    }
}

bool cli_store_result(struct ts_store *store, const struct ts_job *job,
                      const struct ts_result *result, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics)
{
    struct ts_store_subject subject;
    if (!ts_store_subject(job->arch, job->workload, diagnostics, &subject)) {
        return false;
    }
    struct ts_store_row row = {
        .key = ts_store_key(job, &subject, arena),
        .arch = job->arch,
        .workload = job->workload,
        .batch = job->batch,
        .mode = job->training ? "training" : "inference",
        .settings = ts_store_job_settings(job, arena),
        .options = ts_job_options_text(job, arena),
        .seed = job->seed,
        .run_s = -1,
    };
    char *json = cli_compact_json(result);
    cli_fill_outcome(&row, result, json, NULL);
    bool ok = ts_store_put(store, &row, diagnostics);
    free(json);
    return ok;
}

/* ------------------------------------------------------------------ reading */

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key, struct ts_arena *arena)
{
    const char *value = json_string_value(json_object_get(object, key));
    return ts_arena_strdup(arena, value ? value : "");
}

static void read_parts(const json_t *object, const char *const *names, int count, double *parts)
{
    for (int i = 0; i < count; i++) {
        parts[i] = number(object, names[i]);
    }
}

bool cli_read_figures(const char *json, struct ts_arena *arena, struct ts_result *result)
{
    json_t *tree = json_loads(json, 0, NULL);
    const json_t *energy = json_object_get(tree, "energy_j");
    const json_t *workload = json_object_get(tree, "workload");
    bool ok = json_is_object(energy) && json_is_object(workload);
    if (ok) {
        *result = (struct ts_result){
            .latency_s = number(tree, "latency_s"),
            .cycles = number(tree, "cycles"),
            .clock_mhz = number(tree, "clock_mhz"),
            .throughput_per_s = number(tree, "throughput_per_s"),
            .tflops = number(tree, "tflops"),
            .utilization = number(tree, "utilization"),
            .bound = text(tree, "bound", arena),
            .average_power_w = number(tree, "average_power_w"),
            .tops_per_w = number(tree, "tops_per_w"),
        };
        result->workload.macs = number(workload, "macs");
        result->workload.effective_macs = number(workload, "effective_macs");
        result->energy.total_j = number(energy, "total");
        read_parts(energy, ts_energy_part_names, TS_ENERGY_PARTS, result->energy.part_j);
        read_parts(json_object_get(tree, "time_breakdown"), ts_time_part_names, TS_TIME_PARTS,
                   result->time_breakdown);
    }
    json_decref(tree);
    return ok;
}
