/* Results and comparisons as Markdown, for issues, wikis and notes: units stand in the headings. */
#include "reports/layer_groups.h"
#include "reports/sheet.h"
#include "tessera/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOWEST_LAYERS = 10 };

static double samples(const struct ts_result *result)
{
    double count = result->throughput_per_s * result->latency_s;
    return count > 0 ? count : 1;
}

static const char *rate_unit(const struct ts_result *result)
{
    enum ts_precision precision = ts_precision_parse(result->workload.precision);
    bool is_float = precision != TS_PRECISION_NONE && ts_precision_info(precision)->is_float;
    return is_float ? "FLOPS" : "OPS";
}

/* ------------------------------------------------------------------ one result */

static void write_title(const struct ts_result *result, FILE *stream)
{
    fputs("## ", stream);
    markdown_put(stream, result->workload.name);
    fputs(" on ", stream);
    markdown_put(stream, result->arch.name);
    fputs("\n\n", stream);
    if (result->arch.description && *result->arch.description) {
        markdown_put(stream, result->arch.description);
        fputs("; ", stream);
    }
    fprintf(stream, "batch %" PRId64 ", ", result->workload.batch);
    markdown_put(stream, result->workload.precision);
    fprintf(stream, ", %s, %.0f MHz", result->workload.mode, result->clock_mhz);
    if (result->clock_mhz < 0.999 * result->arch.clock_mhz) {
        fprintf(stream, " (held down from %.0f MHz by the power limit)", result->arch.clock_mhz);
    }
    if (result->average_latency_ns < 0) {
        fputs("; bound by ", stream);
        markdown_put(stream, result->bound);
    }
    fputs(".\n", stream);
}

/* A row a figure: its name with the unit, its value. */
static void put_figure(FILE *stream, const char *name, double value, const char *unit)
{
    char text[TS_SI_BYTES];
    ts_format_si(text, value, unit);
    char *gap = strchr(text, ' ');
    fprintf(stream, "| %s", name);
    if (gap) {
        *gap++ = '\0';
        bool micro = gap[0] == 'u' && unit[0] != 'u';
        fprintf(stream, " (%s%s)", micro ? "µ" : "", gap + micro);
    }
    fprintf(stream, " | %s |\n", text);
}

static void put_figure_if(FILE *stream, const char *name, double value, const char *unit)
{
    if (value > 0) {
        put_figure(stream, name, value, unit);
    }
}

static void write_figures(const struct ts_result *result, FILE *stream)
{
    fputs("\n| figure | value |\n| --- | ---: |\n", stream);
    put_figure(stream, "latency", result->latency_s, "s");
    put_figure(stream, "cycles", result->cycles, "");
    if (result->average_latency_ns >= 0) {
        put_figure(stream, "access latency", result->average_latency_ns * 1e-9, "s");
    } else {
        put_figure(stream, result->time_per_token_s > 0 ? "throughput of tokens" : "throughput",
                   result->throughput_per_s, "/s");
        put_figure_if(stream, "time to first token", result->time_to_first_token_s, "s");
        put_figure_if(stream, "time per token", result->time_per_token_s, "s");
        put_figure_if(stream, "KV cache", result->workload.kv_cache_bytes, "B");
        put_figure(stream, "compute rate", result->tflops * 1e12, rate_unit(result));
        fprintf(stream, "| of the peak (%%) | %.1f |\n", 100 * result->utilization);
        put_figure(stream, "multiply-accumulates", result->workload.macs, "");
        if (result->workload.effective_macs < result->workload.macs) {
            put_figure(stream, "not with zeros", result->workload.effective_macs, "");
        }
        put_figure(stream, "parameters", result->workload.parameters, "");
        put_figure_if(stream, "model size", result->workload.parameter_bytes, "B");
        put_figure_if(stream, "memory of training", ts_footprint_bytes(&result->workload.footprint),
                      "B");
        put_figure(stream, "energy each", result->energy.total_j / samples(result), "J");
        fprintf(stream, "| TOPS/W | %.3g |\n", result->tops_per_w);
        if (result->numerics.measured) {
            fprintf(stream, "| signal to noise of the formats (dB) | %.1f |\n",
                    result->numerics.sqnr_db);
        }
    }
    put_figure(stream, "energy", result->energy.total_j, "J");
    put_figure(stream, "average power", result->average_power_w, "W");
}

/* The parts that are not zero, as amounts and shares. */
static void write_parts(const char *title, const char *unit, const char *const *names,
                        const double *parts, int count, double total, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct sheet sheet;
    int shown = 0;
    for (int i = 0; i < count; i++) {
        shown += parts[i] > 0;
    }
    sheet_init(&sheet, &arena, shown);
    const char **name = sheet_texts(&sheet, title);
    double *amount = sheet_numbers(&sheet, "amount", unit);
    double *share = sheet_numbers(&sheet, "share", "%");
    shown = 0;
    for (int i = 0; i < count; i++) {
        if (parts[i] > 0) {
            name[shown] = names[i];
            amount[shown] = parts[i];
            share[shown++] = 100 * parts[i] / total;
        }
    }
    sheet_write(&sheet, stream);
    ts_arena_release(&arena);
}

static void write_breakdowns(const struct ts_result *result, FILE *stream)
{
    double time_s[TS_TIME_PARTS];
    for (int i = 0; i < TS_TIME_PARTS; i++) {
        time_s[i] = result->time_breakdown[i] * result->latency_s;
    }
    write_parts("time", "s", ts_time_part_names, time_s, TS_TIME_PARTS, result->latency_s, stream);
    write_parts("energy", "J", ts_energy_part_names, result->energy.part_j, TS_ENERGY_PARTS,
                result->energy.total_j, stream);
}

static void write_memory(const struct ts_result *result, struct ts_arena *arena, FILE *stream)
{
    struct sheet sheet;
    if (result->memory_count == 0) {
        return;
    }
    sheet_init(&sheet, arena, result->memory_count);
    const char **level = sheet_texts(&sheet, "memory");
    double *read = sheet_numbers(&sheet, "read", "B");
    double *written = sheet_numbers(&sheet, "written", "B");
    double *hits = sheet_numbers(&sheet, "hits", "%");
    double *access = sheet_numbers(&sheet, "energy of an access", "J");
    double *energy = sheet_numbers(&sheet, "energy", "J");
    double *bandwidth = sheet_numbers(&sheet, "bandwidth", "B/s");
    for (int i = 0; i < result->memory_count; i++) {
        const struct ts_memory_result *memory = &result->memory[i];
        level[i] = memory->level;
        read[i] = memory->read_bytes;
        written[i] = memory->write_bytes;
        hits[i] = 100 * memory->hit_rate;
        access[i] = memory->energy_per_access_pj * 1e-12;
        energy[i] = memory->energy_j;
        bandwidth[i] = memory->achieved_gbps * 1e9;
    }
    sheet_write(&sheet, stream);
}

/* `grouped`: with a column that says how many layers a row is of. */
static void write_layer_sheet(const struct layer_group *layers, int count, bool grouped,
                              double latency_s, struct ts_arena *arena, FILE *stream)
{
    struct sheet sheet;
    sheet_init(&sheet, arena, count);
    const char **name = sheet_texts(&sheet, "layer");
    double *times = grouped ? sheet_numbers(&sheet, "times", "") : NULL;
    const char **op = sheet_texts(&sheet, "op"), **algorithm = sheet_texts(&sheet, "algorithm");
    const char **bound = sheet_texts(&sheet, "bound by");
    double *time = sheet_numbers(&sheet, "time", "s");
    double *share = sheet_numbers(&sheet, "share", "%");
    double *rate = sheet_numbers(&sheet, "TFLOPS", "");
    double *peak = sheet_numbers(&sheet, "of peak", "%");
    double *dram = sheet_numbers(&sheet, "DRAM", "B");
    double *energy = sheet_numbers(&sheet, "energy", "J");
    for (int i = 0; i < count; i++) {
        const struct ts_layer_result *layer = &layers[i].sum;
        name[i] = layers[i].name;
        if (grouped) {
            times[i] = layers[i].count;
        }
        op[i] = layer->op;
        algorithm[i] = layer->algorithm ? layer->algorithm : "";
        bound[i] = layer->bound;
        time[i] = layer->latency_s;
        share[i] = latency_s > 0 ? 100 * layer->latency_s / latency_s : 0;
        rate[i] = layer->tflops;
        peak[i] = 100 * layer->utilization;
        dram[i] = layer->dram_read_bytes + layer->dram_write_bytes;
        energy[i] = layer->energy.total_j;
    }
    sheet_write(&sheet, stream);
}

static void write_layers(const struct ts_result *result, bool all, struct ts_arena *arena,
                         FILE *stream)
{
    int count, groups;
    const struct layer_group *layers =
        layers_shown(result, all, SLOWEST_LAYERS, arena, &count, &groups);
    if (groups > 0) {
        fprintf(stream, "\nThe %d slowest of %d kinds of layers, %d in all:\n", count, groups,
                result->layer_count);
    }
    write_layer_sheet(layers, count, groups > 0, result->latency_s, arena, stream);
}

static void write_notes(const struct ts_result *result, FILE *stream)
{
    for (int i = 0; i < result->note_count; i++) {
        fputs(i == 0 ? "\n- " : "- ", stream);
        markdown_put(stream, result->notes[i]);
        fputc('\n', stream);
    }
}

void ts_report_markdown(const struct ts_result *result, const struct ts_report_style *style,
                        FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    write_title(result, stream);
    write_figures(result, stream);
    write_breakdowns(result, stream);
    write_memory(result, &arena, stream);
    if (result->layer_count > 1 || result->average_latency_ns < 0) {
        write_layers(result, style->all_layers, &arena, stream);
    }
    write_notes(result, stream);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ a comparison */

static void write_summary(const struct ts_result *const *results, int count, struct ts_arena *arena,
                          FILE *stream)
{
    bool training = strcmp(results[0]->workload.mode, "training") == 0;
    struct sheet sheet;
    sheet_init(&sheet, arena, count);
    const char **machine = sheet_texts(&sheet, "machine");
    const char **precision = sheet_texts(&sheet, "precision");
    double *latency = sheet_numbers(&sheet, "latency", "s");
    double *throughput = sheet_numbers(&sheet, "throughput", "/s");
    double *rate = sheet_numbers(&sheet, "TFLOPS", "");
    double *peak = sheet_numbers(&sheet, "of peak", "%");
    double *energy = sheet_numbers(&sheet, training ? "energy/sample" : "energy/inference", "J");
    double *power = sheet_numbers(&sheet, "power", "W");
    double *efficiency = sheet_numbers(&sheet, "TOPS/W", "");
    const char **bound = sheet_texts(&sheet, "bound by");
    for (int i = 0; i < count; i++) {
        machine[i] = results[i]->arch.name;
        precision[i] = results[i]->workload.precision;
        latency[i] = results[i]->latency_s;
        throughput[i] = results[i]->throughput_per_s;
        rate[i] = results[i]->tflops;
        peak[i] = 100 * results[i]->utilization;
        energy[i] = results[i]->energy.total_j / samples(results[i]);
        power[i] = results[i]->average_power_w;
        efficiency[i] = results[i]->tops_per_w;
        bound[i] = results[i]->bound;
    }
    sheet_write(&sheet, stream);
}

/* One table of shares, a column a part. */
static void write_shares(const char *title, const char *const *names, int parts, bool of_time,
                         const struct ts_result *const *results, int count, struct ts_arena *arena,
                         FILE *stream)
{
    struct sheet sheet;
    sheet_init(&sheet, arena, count);
    const char **machine = sheet_texts(&sheet, title);
    for (int i = 0; i < count; i++) {
        machine[i] = results[i]->arch.name;
    }
    for (int p = 0; p < parts; p++) {
        double *share = sheet_numbers(&sheet, names[p], "%");
        for (int i = 0; i < count; i++) {
            double total_j = results[i]->energy.total_j;
            double part = of_time       ? results[i]->time_breakdown[p]
                          : total_j > 0 ? results[i]->energy.part_j[p] / total_j
                                        : 0;
            share[i] = part > 0 ? 100 * part : NAN;
        }
    }
    sheet_write(&sheet, stream);
}

/* Each sentence of the reading as an item of a list. */
static void write_reading(const struct ts_result *const *results, int count, FILE *stream)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (!memory) {
        ts_bug("out of memory");
    }
    ts_comparison_reading(results, count, memory);
    fclose(memory);
    fputc('\n', stream);
    bool below = false; /* machines stand below the sentence that goes ahead of them */
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        bool goes_on = line[0] == ' ';
        bool item = strncmp(line, "- ", 2) == 0;
        below = goes_on ? below : item;
        fputs(below ? "  " : "", stream);
        fputs(goes_on ? "  " : "- ", stream);
        markdown_put(stream, line + (item ? 2 : strspn(line, " ")));
        fputc('\n', stream);
    }
    free(text);
}

void ts_comparison_markdown(const struct ts_result *const *results, int count, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    fputs("## ", stream);
    markdown_put(stream, results[0]->workload.name);
    fprintf(stream, ", batch %" PRId64 ", %s\n", results[0]->workload.batch,
            results[0]->workload.mode);
    write_summary(results, count, &arena, stream);
    write_shares("where the cycles went", ts_time_part_names, TS_TIME_PARTS, true, results, count,
                 &arena, stream);
    write_shares("where the joules went", ts_energy_part_names, TS_ENERGY_PARTS, false, results,
                 count, &arena, stream);
    write_reading(results, count, stream);
    ts_arena_release(&arena);
}
