#include "reports/table.h"

#include <inttypes.h>

static double samples(const struct ts_result *result)
{
    double count = result->throughput_per_s * result->latency_s;
    return count > 0 ? count : 1;
}

static void add_words(struct table *table, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        table_add(table, "%s", words[i]);
    }
}

static void write_summary(const struct ts_result *const *results, int count,
                          const struct ts_report_style *style, struct ts_arena *arena, FILE *stream)
{
    static const char *const heading[] = {"machine", "precision", "latency", "throughput",
                                          "TFLOPS",  "of peak",   "",        "power",
                                          "TOPS/W",  "bound by"};
    struct table table;
    table_init(&table, arena, "llrrrrrrrl");
    for (int i = 0; i < table.columns; i++) {
        bool training = results[0]->workload.mode && results[0]->workload.mode[0] == 't';
        table_add(&table, "%s",
                  i == 6 ? training ? "energy/sample" : "energy/inference" : heading[i]);
    }
    for (int i = 0; i < count; i++) {
        const struct ts_result *result = results[i];
        table_add(&table, "%s", result->arch.name);
        table_add(&table, "%s", result->workload.precision);
        table_add_si(&table, result->latency_s, "s");
        table_add_si(&table, result->throughput_per_s, "/s");
        table_add(&table, "%.4g", result->tflops);
        table_add(&table, "%.3g %%", 100 * result->utilization);
        table_add_si(&table, result->energy.total_j / samples(result), "J");
        table_add_si(&table, result->average_power_w, "W");
        table_add(&table, "%.3g", result->tops_per_w);
        table_add(&table, "%s", result->bound);
    }
    table_write(&table, style, 0, stream);
}

/* Shares in per cent, a row a machine. */
static void write_shares(const char *title, const char *const *names, int parts,
                         const double *shares, const struct ts_result *const *results, int count,
                         const struct ts_report_style *style, struct ts_arena *arena, FILE *stream)
{
    struct table table;
    char alignment[TABLE_MAX_COLUMNS + 1] = "l";
    for (int i = 1; i <= parts; i++) {
        alignment[i] = 'r';
    }
    table_init(&table, arena, alignment);
    table_add(&table, "%s", "");
    add_words(&table, names, parts);
    for (int i = 0; i < count; i++) {
        table_add(&table, "%s", results[i]->arch.name);
        for (int p = 0; p < parts; p++) {
            double share = shares[i * parts + p];
            table_add(&table, share > 0 ? "%.1f" : "-", 100 * share);
        }
    }
    write_heading(title, style, stream);
    table_write(&table, style, 0, stream);
}

static void write_breakdowns(const struct ts_result *const *results, int count,
                             const struct ts_report_style *style, struct ts_arena *arena,
                             FILE *stream)
{
    double *time = TS_NEW_ARRAY(arena, count * TS_TIME_PARTS, double);
    double *energy = TS_NEW_ARRAY(arena, count * TS_ENERGY_PARTS, double);
    for (int i = 0; i < count; i++) {
        double total_j = results[i]->energy.total_j;
        for (int p = 0; p < TS_TIME_PARTS; p++) {
            time[i * TS_TIME_PARTS + p] = results[i]->time_breakdown[p];
        }
        for (int p = 0; p < TS_ENERGY_PARTS; p++) {
            energy[i * TS_ENERGY_PARTS + p] =
                total_j > 0 ? results[i]->energy.part_j[p] / total_j : 0;
        }
    }
    write_shares("where the cycles went, per cent", ts_time_part_names, TS_TIME_PARTS, time,
                 results, count, style, arena, stream);
    write_shares("where the joules went, per cent", ts_energy_part_names, TS_ENERGY_PARTS, energy,
                 results, count, style, arena, stream);
}

void ts_comparison_text(const struct ts_result *const *results, int count,
                        const struct ts_report_style *style, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *first = results[0];
    fprintf(stream, style->color ? "\033[1m%s\033[0m" : "%s", first->workload.name);
    fprintf(stream, ", batch %" PRId64 ", %s", first->workload.batch, first->workload.mode);
    if (first->workload.effective_macs < first->workload.macs) {
        char macs[TS_SI_BYTES];
        fprintf(stream, "; %.3g %% of its %s multiply-accumulates are not with zeros",
                100 * first->workload.effective_macs / first->workload.macs,
                ts_format_si(macs, first->workload.macs, ""));
    }
    fputs("\n\n", stream);
    write_summary(results, count, style, &arena, stream);
    write_breakdowns(results, count, style, &arena, stream);
    write_heading("reading", style, stream);
    ts_comparison_reading(results, count, stream);
    ts_arena_release(&arena);
}
