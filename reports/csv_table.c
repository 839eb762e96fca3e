#include "tessera/csv.h"
#include "tessera/report.h"

#include <inttypes.h>

/* Fields are written with a comma before them; the first of a line stands alone. */
static void field(FILE *stream, const char *text)
{
    fputc(',', stream);
    ts_csv_write_field(stream, text ? text : "");
}

static void number(FILE *stream, double value)
{
    char buffer[TS_SI_BYTES];
    fprintf(stream, ",%s", ts_format_number(buffer, value));
}

static void integer(FILE *stream, int64_t value)
{
    fprintf(stream, ",%" PRId64, value);
}

static void part_names(FILE *stream, const char *prefix, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        fprintf(stream, ",%s%s", prefix, names[i]);
    }
}

static void energy_fields(FILE *stream, const struct ts_energy *energy)
{
    number(stream, energy->total_j);
    for (int i = 0; i < TS_ENERGY_PARTS; i++) {
        number(stream, energy->part_j[i]);
    }
}

static void time_fields(FILE *stream, const double *fractions)
{
    for (int i = 0; i < TS_TIME_PARTS; i++) {
        number(stream, fractions[i]);
    }
}

static void subject_fields(FILE *stream, const struct ts_result *result)
{
    ts_csv_write_field(stream, result->arch.name);
    field(stream, result->workload.name);
    integer(stream, result->workload.batch);
    field(stream, result->workload.precision);
    field(stream, result->workload.mode);
}

static void layer_row(FILE *stream, const struct ts_layer_result *layer)
{
    field(stream, layer->name);
    field(stream, layer->op);
    field(stream, layer->algorithm);
    field(stream, layer->ran_on);
    integer(stream, layer->batch);
    integer(stream, layer->m);
    integer(stream, layer->n);
    integer(stream, layer->k);
    number(stream, layer->macs);
    number(stream, layer->effective_macs);
    number(stream, layer->cycles);
    number(stream, layer->latency_s);
    number(stream, layer->tflops);
    number(stream, layer->utilization);
    field(stream, layer->bound);
    number(stream, layer->dram_read_bytes);
    number(stream, layer->dram_write_bytes);
    energy_fields(stream, &layer->energy);
    time_fields(stream, layer->time_breakdown);
}

/* With --numerics alone, so that tables without it stay as they are; products alone are measured.
 */
static void noise_row(FILE *stream, const struct ts_layer_numerics *numerics)
{
    if (!numerics->measured) {
        fputs(",,,,", stream);
        return;
    }
    number(stream, numerics->sqnr_db);
    number(stream, numerics->operand_sqnr_db);
    number(stream, numerics->upstream_sqnr_db);
    field(stream, numerics->accumulator);
}

/* A probe has no layers: a row a memory it went to. */
static void write_probe(const struct ts_result *result, FILE *stream)
{
    fputs("arch,workload,batch,precision,mode,level,reads,writes,read_bytes,write_bytes,hit_rate,"
          "energy_per_access_pj,energy_j,achieved_gbps,peak_gbps,average_latency_ns,cycles,"
          "latency_s\n",
          stream);
    for (int i = 0; i < result->memory_count; i++) {
        const struct ts_memory_result *memory = &result->memory[i];
        subject_fields(stream, result);
        field(stream, memory->level);
        number(stream, memory->reads);
        number(stream, memory->writes);
        number(stream, memory->read_bytes);
        number(stream, memory->write_bytes);
        number(stream, memory->hit_rate);
        number(stream, memory->energy_per_access_pj);
        number(stream, memory->energy_j);
        number(stream, memory->achieved_gbps);
        number(stream, result->arch.memory_bandwidth_gbps);
        number(stream, result->average_latency_ns);
        number(stream, result->cycles);
        number(stream, result->latency_s);
        fputc('\n', stream);
    }
}

void ts_report_csv(const struct ts_result *result, FILE *stream)
{
    if (result->average_latency_ns >= 0) {
        write_probe(result, stream);
        return;
    }
    fputs("arch,workload,batch,precision,mode,layer,op,algorithm,ran_on,groups,m,n,k,macs,"
          "effective_macs,cycles,latency_s,tflops,utilization,bound,dram_read_bytes,"
          "dram_write_bytes,energy_j_total",
          stream);
    part_names(stream, "energy_j_", ts_energy_part_names, TS_ENERGY_PARTS);
    part_names(stream, "time_", ts_time_part_names, TS_TIME_PARTS);
    fputs(result->numerics.measured ? ",sqnr_db,operand_sqnr_db,upstream_sqnr_db,accumulator\n"
                                    : "\n",
          stream);
    for (int i = 0; i < result->layer_count; i++) {
        subject_fields(stream, result);
        layer_row(stream, &result->layers[i]);
        if (result->numerics.measured) {
            noise_row(stream, &result->layers[i].numerics);
        }
        fputc('\n', stream);
    }
}

static const char *const figure_columns[] = {
    "latency_s",   "cycles",  "clock_mhz",      "throughput_per_s", "tflops",
    "utilization", "bound",   "macs",           "effective_macs",   "average_power_w",
    "tops_per_w",  "sqnr_db", "energy_j_total",
};
enum { FIGURE_COLUMNS = sizeof figure_columns / sizeof *figure_columns };

void ts_figures_csv_heading(FILE *stream)
{
    part_names(stream, "", figure_columns, FIGURE_COLUMNS);
    part_names(stream, "energy_j_", ts_energy_part_names, TS_ENERGY_PARTS);
    part_names(stream, "time_", ts_time_part_names, TS_TIME_PARTS);
}

void ts_figures_csv_row(const struct ts_result *result, FILE *stream)
{
    number(stream, result->latency_s);
    number(stream, result->cycles);
    number(stream, result->clock_mhz);
    number(stream, result->throughput_per_s);
    number(stream, result->tflops);
    number(stream, result->utilization);
    field(stream, result->bound);
    number(stream, result->workload.macs);
    number(stream, result->workload.effective_macs);
    number(stream, result->average_power_w);
    number(stream, result->tops_per_w);
    if (result->numerics.measured) {
        number(stream, result->numerics.sqnr_db);
    } else {
        fputc(',', stream);
    }
    energy_fields(stream, &result->energy);
    time_fields(stream, result->time_breakdown);
}

void ts_figures_csv_empty(FILE *stream)
{
    for (int i = 0; i < FIGURE_COLUMNS + TS_ENERGY_PARTS + TS_TIME_PARTS; i++) {
        fputc(',', stream);
    }
}

void ts_comparison_csv(const struct ts_result *const *results, int count, FILE *stream)
{
    fputs("arch,workload,batch,precision,mode", stream);
    ts_figures_csv_heading(stream);
    fputc('\n', stream);
    for (int i = 0; i < count; i++) {
        subject_fields(stream, results[i]);
        ts_figures_csv_row(results[i], stream);
        fputc('\n', stream);
    }
}
