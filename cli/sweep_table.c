#include "cli/sweep.h"

#include "tessera/csv.h"
#include "tessera/listing.h"

static bool has_own_column(const struct ts_axis *axis)
{
    return axis->kind != TS_AXIS_PRECISION && axis->kind != TS_AXIS_BATCH &&
           axis->kind != TS_AXIS_MODE;
}

static void write_heading(const struct ts_sweep *sweep, FILE *stream)
{
    fputs("arch,workload,batch,mode", stream);
    for (int i = 0; i < sweep->axis_count; i++) {
        if (has_own_column(&sweep->axes[i])) {
            fputc(',', stream);
            ts_csv_write_field(stream, sweep->axes[i].key);
        }
    }
    fputs(",precision,status,error", stream);
    ts_figures_csv_heading(stream);
    fputc('\n', stream);
}

/* The columns before `precision`. */
static void write_inputs(const struct ts_sweep *sweep, int64_t position, FILE *stream)
{
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    const char *batch = "1", *mode = "inference";
    ts_sweep_position(sweep, position, &arch, &workload, indices);
    for (int i = 0; i < sweep->axis_count; i++) {
        const char *text = sweep->axes[i].values[indices[i]].text;
        batch = sweep->axes[i].kind == TS_AXIS_BATCH ? text : batch;
        mode = sweep->axes[i].kind == TS_AXIS_MODE ? text : mode;
    }
    ts_csv_write_field(stream, sweep->archs[arch]);
    fputc(',', stream);
    ts_csv_write_field(stream, sweep->workloads[workload]);
    fprintf(stream, ",%s,%s", batch, mode);
    for (int i = 0; i < sweep->axis_count; i++) {
        if (has_own_column(&sweep->axes[i])) {
            fputc(',', stream);
            ts_csv_write_field(stream, sweep->axes[i].values[indices[i]].text);
        }
    }
    fputc(',', stream);
}

static bool write_outcome(struct sweep_run *run, int64_t index, FILE *stream)
{
    bool ok = true, failed = false;
    if (run->store) {
        ok = sweep_store_write_row(run->store, index, stream, &failed);
        run->failed += failed;
    } else {
        const struct sweep_point *point = &run->points[index];
        fputs(point->answer ? point->answer + 1 : "", stream);
    }
    fputc('\n', stream);
    return ok;
}

/* The table as CSV, in memory. */
static bool gather(struct sweep_run *run, struct cli_output *output)
{
    bool ok = true;
    cli_output_begin(output);
    write_heading(run->sweep, output->stream);
    for (int64_t i = 0; ok && i < run->sweep->point_count; i++) {
        write_inputs(run->sweep, run->sweep->points[i], output->stream);
        ok = write_outcome(run, i, output->stream);
    }
    return ok;
}

static void list_points(const struct sweep_run *run, const struct ts_csv *table,
                        struct ts_arena *arena, FILE *stream)
{
    struct ts_listing *listing = TS_NEW(arena, struct ts_listing);
    struct ts_report_style style = cli_style(run->options);
    ts_listing_init(listing, arena, "tessera.sweep/1", "points");
    ts_listing_fact_text(listing, "name", run->sweep->name);
    if (run->options->format == CLI_JSON) {
        ts_sweep_rows(table, listing);
        ts_listing_write_json(listing, stream);
    } else {
        ts_sweep_summary(table, listing);
        ts_listing_write_text(listing, &style, stream);
    }
}

/* Reads the gathered table back, and writes it as something else. */
static bool translate(struct sweep_run *run, struct cli_output *from, struct cli_output *to,
                      struct ts_diagnostics *diagnostics)
{
    struct ts_arena arena = TS_ARENA_INIT;
    fflush(from->stream);
    const struct ts_csv *table =
        ts_csv_parse("the sweep", from->text, from->length, &arena, diagnostics);
    bool ok = table != NULL;
    cli_output_begin(to);
    if (ok && run->options->format == CLI_MARKDOWN) {
        ts_sweep_markdown(table, to->stream);
    } else if (ok && run->options->format == CLI_SVG) {
        struct ts_sweep_chart chart = run->arguments->chart;
        chart.sampled = run->sweep->sample != NULL;
        ok = ts_sweep_svg(table, run->sweep->name, &chart, diagnostics, to->stream);
    } else if (ok) {
        list_points(run, table, &arena, to->stream);
    }
    ts_arena_release(&arena);
    return ok;
}

bool sweep_write_table(struct sweep_run *run, struct ts_diagnostics *diagnostics)
{
    struct cli_output table, other;
    bool ok = gather(run, &table);
    if (ok && run->options->format == CLI_CSV) {
        return cli_output_end(&table, run->options->path, diagnostics);
    }
    if (ok) {
        ok = translate(run, &table, &other, diagnostics);
        if (ok) {
            ok = cli_output_end(&other, run->options->path, diagnostics);
        } else {
            cli_output_drop(&other);
        }
    }
    cli_output_drop(&table);
    return ok;
}
