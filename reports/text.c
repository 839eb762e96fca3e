#include "reports/layer_groups.h"
#include "reports/table.h"
#include "tessera/recorded.h"

#include <inttypes.h>

enum { BAR_COLUMNS = 40, SLOWEST_LAYERS = 10 };

static void write_title(const struct ts_result *result, const struct ts_report_style *style,
                        FILE *stream)
{
    fprintf(stream, style->color ? "\033[1m%s on %s\033[0m" : "%s on %s", result->workload.name,
            result->arch.name);
    if (result->arch.description && *result->arch.description) {
        fprintf(stream, " (%s)", result->arch.description);
    }
    fprintf(stream, "\nbatch %" PRId64 ", %s, %s, %.0f MHz", result->workload.batch,
            result->workload.precision, result->workload.mode, result->clock_mhz);
    if (result->clock_mhz < 0.999 * result->arch.clock_mhz) {
        fprintf(stream, " (held down from %.0f MHz by the power limit)", result->arch.clock_mhz);
    }
    fprintf(stream, "\n\n");
}

/* Items one execution finishes: images, sequences. */
static double samples(const struct ts_result *result)
{
    return result->throughput_per_s * result->latency_s;
}

static void add_line(struct table *table, const char *name, double value, const char *unit,
                     const char *remark)
{
    table_add(table, "%s", name);
    table_add_si(table, value, unit);
    table_add(table, "%s", remark);
}

/* Integer work counts operations, not floating-point ones. */
static const char *rate_unit(const struct ts_result *result)
{
    enum ts_precision precision = ts_precision_parse(result->workload.precision);
    bool is_float = precision != TS_PRECISION_NONE && ts_precision_info(precision)->is_float;
    return is_float ? "FLOPS" : "OPS";
}

static void add_compute_lines(struct table *table, const struct ts_result *result)
{
    char a[TS_SI_BYTES], b[TS_SI_BYTES];
    struct ts_arena *arena = table->arena;
    const char *unit = rate_unit(result);
    add_line(table, "compute rate", result->tflops * 1e12, unit,
             ts_arena_printf(arena, "%.1f %% of the %s peak in %s", 100 * result->utilization,
                             ts_format_si(a, result->arch.peak_tflops * 1e12, unit),
                             result->workload.precision));
    bool sparse = result->workload.effective_macs < result->workload.macs;
    const char *remark = sparse
                             ? ts_arena_printf(arena, "%s of them not with zeros, %s parameters",
                                               ts_format_si(a, result->workload.effective_macs, ""),
                                               ts_format_si(b, result->workload.parameters, ""))
                             : ts_arena_printf(arena, "%s parameters",
                                               ts_format_si(b, result->workload.parameters, ""));
    add_line(table, "multiply-accumulates", result->workload.macs, "", remark);
    if (result->workload.coverage > 0 && result->workload.coverage < 1) {
        add_line(table, "operations modelled", 100 * result->workload.coverage, "%",
                 "the others are estimated by their bytes");
    }
    if (result->workload.parameter_bytes > 0) {
        double plain = result->workload.parameters * 4;
        double ratio = plain / result->workload.parameter_bytes;
        add_line(table, "model size", result->workload.parameter_bytes, "B",
                 ratio > 1.0 ? ts_arena_printf(arena, "%.3gx smaller than in fp32", ratio) : "");
    }
}

static void add_footprint_line(struct table *table, const struct ts_result *result)
{
    const struct ts_footprint *footprint = &result->workload.footprint;
    char a[TS_SI_BYTES];
    if (footprint->weights > 0) {
        add_line(table, "memory at least", ts_footprint_bytes(footprint), "B",
                 ts_arena_printf(table->arena, "%s of it activations%s",
                                 ts_format_si(a, footprint->activations, "B"),
                                 footprint->master_weights > 0 ? "; fp32 master weights" : ""));
    }
}

static void add_token_lines(struct table *table, const struct ts_result *result)
{
    if (result->time_to_first_token_s > 0) {
        add_line(table, "time to first token", result->time_to_first_token_s, "s", "");
    }
    if (result->time_per_token_s > 0) {
        add_line(table, "time per token", result->time_per_token_s, "s", "of each sequence");
    }
    if (result->workload.kv_cache_bytes > 0) {
        add_line(table, "KV cache", result->workload.kv_cache_bytes, "B", "");
    }
}

static void add_student_line(struct table *table, const struct ts_result *result)
{
    const struct ts_network_size *teacher = &result->workload.teacher;
    const struct ts_network_size *student = &result->workload.student;
    if (teacher->name && student->macs > 0 && student->parameters > 0) {
        add_line(
            table, "student", student->parameters, "",
            ts_arena_printf(table->arena, "parameters of %s; %s has %.3gx those and %.3gx the MACs",
                            student->name, teacher->name, teacher->parameters / student->parameters,
                            teacher->macs / student->macs));
    }
}

static void add_numerics_line(struct table *table, const struct ts_result *result)
{
    if (result->numerics.measured) {
        table_add(table, "signal to noise");
        table_add(table, "%.1f dB", result->numerics.sqnr_db);
        table_add(table, "of the formats, at the output; the noisiest layer is %s with %.1f dB",
                  result->numerics.worst_layer, result->numerics.worst_sqnr_db);
    }
}

static void write_key_figures(const struct ts_result *result, struct ts_arena *arena, FILE *stream)
{
    char a[TS_SI_BYTES];
    struct table table;
    struct ts_report_style plain = {.color = false};
    table_init(&table, arena, "lrl");
    bool probe = result->average_latency_ns >= 0;
    add_line(&table, probe ? "time" : "latency", result->latency_s, "s",
             ts_arena_printf(arena, "%s cycles", ts_format_si(a, result->cycles, "")));
    if (probe) {
        add_line(&table, "access latency", result->average_latency_ns * 1e-9, "s",
                 "average of an access");
    } else {
        bool decodes = result->time_per_token_s > 0;
        add_line(&table, "throughput", result->throughput_per_s, "/s", decodes ? "tokens" : "");
        add_token_lines(&table, result);
        add_compute_lines(&table, result);
        add_footprint_line(&table, result);
        add_student_line(&table, result);
        add_numerics_line(&table, result);
        table_add(&table, "bound by");
        table_add(&table, "%s", result->bound);
        table_add(&table, "%s", "");
    }
    double each = samples(result) > 0 ? result->energy.total_j / samples(result) : 0;
    add_line(&table, "energy", result->energy.total_j, "J",
             probe ? "" : ts_arena_printf(arena, "%s each", ts_format_si(a, each, "J")));
    add_line(&table, "average power", result->average_power_w, "W",
             probe ? "" : ts_arena_printf(arena, "%.3g TOPS/W", result->tops_per_w));
    table_write(&table, &plain, 2, stream);
}

/* One line a part that is not zero: its name, share, amount and bar. */
static void write_parts(const char *const *names, const double *parts, double total, int count,
                        const char *unit, const struct ts_report_style *style, FILE *stream)
{
    char buffer[TS_SI_BYTES];
    for (int i = 0; i < count; i++) {
        double fraction = total > 0 ? parts[i] / total : 0;
        if (fraction > 0) {
            fprintf(stream, "  %-13s %5.1f %%  %9s  ", names[i], 100 * fraction,
                    ts_format_si(buffer, parts[i], unit));
            write_bar(fraction, BAR_COLUMNS, style, stream);
            fputc('\n', stream);
        }
    }
}

static void write_breakdowns(const struct ts_result *result, const struct ts_report_style *style,
                             FILE *stream)
{
    double time_s[TS_TIME_PARTS];
    for (int i = 0; i < TS_TIME_PARTS; i++) {
        time_s[i] = result->time_breakdown[i] * result->latency_s;
    }
    write_heading("time", style, stream);
    write_parts(ts_time_part_names, time_s, result->latency_s, TS_TIME_PARTS, "s", style, stream);
    write_heading("energy", style, stream);
    write_parts(ts_energy_part_names, result->energy.part_j, result->energy.total_j,
                TS_ENERGY_PARTS, "J", style, stream);
}

static void write_memory(const struct ts_result *result, const struct ts_report_style *style,
                         struct ts_arena *arena, FILE *stream)
{
    if (result->memory_count == 0) {
        return;
    }
    struct table table;
    table_init(&table, arena, "lrrrrrrrr");
    const char *const heading[] = {"level",    "reads",     "writes", "read",     "written",
                                   "hit rate", "pJ/access", "energy", "bandwidth"};
    for (int i = 0; i < table.columns; i++) {
        table_add(&table, "%s", heading[i]);
    }
    for (int i = 0; i < result->memory_count; i++) {
        const struct ts_memory_result *memory = &result->memory[i];
        table_add(&table, "%s", memory->level);
        table_add_si(&table, memory->reads, "");
        table_add_si(&table, memory->writes, "");
        table_add_si(&table, memory->read_bytes, "B");
        table_add_si(&table, memory->write_bytes, "B");
        table_add(&table, "%.1f %%", 100 * memory->hit_rate);
        table_add(&table, "%.4g", memory->energy_per_access_pj);
        table_add_si(&table, memory->energy_j, "J");
        table_add_si(&table, memory->achieved_gbps * 1e9, "B/s");
    }
    write_heading("memory", style, stream);
    table_write(&table, style, 2, stream);
}

static void add_layer(struct table *table, const struct layer_group *group, double latency_s)
{
    const struct ts_layer_result *layer = &group->sum;
    table_add(table, "%s", layer->op);
    table_add(table, "%s", layer->algorithm ? layer->algorithm : "");
    if (layer->m > 0) {
        char batch[24] = "";
        if (layer->batch > 1) {
            snprintf(batch, sizeof batch, "%" PRId64 "x", layer->batch);
        }
        table_add(table, "%s%" PRId64 "x%" PRId64 "x%" PRId64, batch, layer->m, layer->n, layer->k);
    } else {
        table_add(table, "%s", "");
    }
    table_add_si(table, layer->latency_s, "s");
    table_add(table, "%.1f %%", latency_s > 0 ? 100 * layer->latency_s / latency_s : 0.0);
    table_add(table, "%.4g", layer->tflops);
    table_add(table, "%.1f %%", 100 * layer->utilization);
    table_add(table, "%s", layer->bound);
    table_add_si(table, layer->dram_read_bytes + layer->dram_write_bytes, "B");
    table_add_si(table, layer->energy.total_j, "J");
}

/* `grouped`: with a column that says how many layers a row is of. */
static void write_layer_table(const struct ts_result *result, const struct layer_group *layers,
                              int count, bool grouped, const struct ts_report_style *style,
                              struct ts_arena *arena, FILE *stream)
{
    static const char *const heading[] = {"layer", "times",  "op",     "algorithm", "m x n x k",
                                          "time",  "share",  "TFLOPS", "of peak",   "bound",
                                          "DRAM",  "energy", "SQNR"};
    bool noise = result->numerics.measured;
    struct table table;
    table_init(&table, arena,
               grouped ? (noise ? "lrllrrrrrlrrr" : "lrllrrrrrlrr")
                       : (noise ? "lllrrrrrlrrr" : "lllrrrrrlrr"));
    for (int i = 0; i < 12 + noise; i++) {
        if (i != 1 || grouped) {
            table_add(&table, "%s", heading[i]);
        }
    }
    for (int i = 0; i < count; i++) {
        table_add(&table, "%s", layers[i].name);
        if (grouped) {
            table_add(&table, "%d", layers[i].count);
        }
        add_layer(&table, &layers[i], result->latency_s);
        if (noise && layers[i].sum.numerics.measured) {
            table_add(&table, "%.1f dB", layers[i].sum.numerics.sqnr_db);
        } else if (noise) {
            table_add(&table, "%s", "");
        }
    }
    table_write(&table, style, 2, stream);
}

static void write_layers(const struct ts_result *result, const struct ts_report_style *style,
                         struct ts_arena *arena, FILE *stream)
{
    int count, groups;
    const struct layer_group *layers =
        layers_shown(result, style->all_layers, SLOWEST_LAYERS, arena, &count, &groups);
    const char *heading = "layers";
    if (groups > 0) {
        heading = ts_arena_printf(arena,
                                  "layers: the %d slowest of %d kinds, %d in all (--layers all "
                                  "shows each)",
                                  count, groups, result->layer_count);
    }
    write_heading(heading, style, stream);
    write_layer_table(result, layers, count, groups > 0, style, arena, stream);
}

static void write_notes(const struct ts_result *result, const struct ts_report_style *style,
                        FILE *stream)
{
    if (result->note_count > 0) {
        write_heading("notes", style, stream);
    }
    for (int i = 0; i < result->note_count; i++) {
        fprintf(stream, "  %s\n", result->notes[i]);
    }
}

void ts_report_text(const struct ts_result *result, const struct ts_report_style *style,
                    FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    write_title(result, style, stream);
    write_key_figures(result, &arena, stream);
    if (style->errors) {
        fprintf(stream, "  %s\n", ts_recorded_sentence(style->errors, result, &arena));
    }
    write_breakdowns(result, style, stream);
    write_memory(result, style, &arena, stream);
    if (result->layer_count > 1 || result->average_latency_ns < 0) {
        write_layers(result, style, &arena, stream);
    }
    write_notes(result, style, stream);
    ts_arena_release(&arena);
}
