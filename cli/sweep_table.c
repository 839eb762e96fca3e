#include "cli/sweep.h"

#include "tessera/csv.h"

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

bool sweep_write_table(struct sweep_run *run, struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    bool ok = true;
    cli_output_begin(&output);
    write_heading(run->sweep, output.stream);
    for (int64_t i = 0; ok && i < run->sweep->point_count; i++) {
        write_inputs(run->sweep, run->sweep->points[i], output.stream);
        ok = write_outcome(run, i, output.stream);
    }
    if (!ok) {
        cli_output_drop(&output);
        return false;
    }
    return cli_output_end(&output, run->options->path, diagnostics);
}
