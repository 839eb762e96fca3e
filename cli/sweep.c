#include "cli/cli.h"

#include "tessera/csv.h"
#include "tessera/sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct arguments {
    bool dry_run;
};

static bool apply_dry_run(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct arguments *)target)->dry_run = true;
    return true;
}

static const struct ts_option_row sweep_options[] = {
    {'n', "dry-run", NULL, "say how many points there are, and run none", apply_dry_run},
};

/* One point's row, as far as its worker tells it. */
struct point {
    char *answer; /* NULL until it is there */
    bool failed;
};

struct progress {
    const struct ts_sweep *sweep;
    struct point *points;
    int64_t done, failed;
    struct timespec start, shown;
    bool terminal;
};

/* ------------------------------------------------------------------ in a worker */

/* An answer is '=' or, for a point that failed, '!', and the CSV fields from `precision` on. */

/* The first error, in one line. */
static const char *first_error(const struct ts_diagnostics *diagnostics)
{
    return diagnostics->kept > 0 ? diagnostics->entries[0].message : "unknown error";
}

static void write_failure(FILE *answer, const char *precision, const char *error)
{
    fprintf(answer, "!%s,failed,", precision);
    ts_csv_write_field(answer, error);
    ts_figures_csv_empty(answer);
}

static void work(void *context, int64_t index, FILE *answer)
{
    struct progress *progress = context;
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    struct ts_job job;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    ts_diagnostics_init(&diagnostics);
    bool ok =
        ts_sweep_job(progress->sweep, progress->sweep->points[index], &arena, &diagnostics, &job) &&
        ts_job_load(&job, &arena, &diagnostics, &loaded);
    if (ok) {
        loaded.options.timeout_s = TS_POINT_TIMEOUT_S;
        ok = ts_job_simulate(&loaded, &arena, &diagnostics, &result);
    }
    if (ok) {
        fprintf(answer, "=%s,ok,", result->workload.precision);
        ts_figures_csv_row(result, answer);
    } else {
        bool named = job.precision != TS_PRECISION_NONE;
        write_failure(answer, named ? ts_precision_info(job.precision)->name : "",
                      first_error(&diagnostics));
    }
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ in the main process */

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

static void show(struct progress *progress, bool last)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!progress->terminal || (!last && seconds_between(&progress->shown, &now) < 0.2)) {
        return;
    }
    double passed_s = seconds_between(&progress->start, &now);
    double rate = passed_s > 0 ? (double)progress->done / passed_s : 0;
    double left_s = rate > 0 ? (double)(progress->sweep->point_count - progress->done) / rate : 0;
    fprintf(stderr, "\r\033[K%" PRId64 " of %" PRId64 " points, %.1f/s, %.0f s left%s",
            progress->done, progress->sweep->point_count, rate, left_s, last ? "\n" : "");
    fflush(stderr);
    progress->shown = now;
}

static void tick(void *context)
{
    show(context, false);
}

static char *failure_of_process(const char *why)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream) {
        write_failure(stream, "", why);
        fclose(stream);
    }
    return text;
}

static void done(void *context, const struct ts_pool_answer *answer)
{
    struct progress *progress = context;
    struct point *point = &progress->points[answer->index];
    point->answer = answer->died ? failure_of_process(answer->text) : strdup(answer->text);
    point->failed = point->answer && point->answer[0] == '!';
    progress->done++;
    progress->failed += point->failed;
}

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

static void write_row(const struct ts_sweep *sweep, int64_t position, const struct point *point,
                      FILE *stream)
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
    fprintf(stream, ",%s\n", point->answer ? point->answer + 1 : "");
}

static bool write_table(const struct progress *progress, const char *path,
                        struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    cli_output_begin(&output);
    write_heading(progress->sweep, output.stream);
    for (int64_t i = 0; i < progress->sweep->point_count; i++) {
        write_row(progress->sweep, progress->sweep->points[i], &progress->points[i], output.stream);
    }
    return cli_output_end(&output, path, diagnostics);
}

static int run_points(struct cli_session *session, const struct ts_sweep *sweep,
                      const struct cli_output_options *options)
{
    struct progress progress = {.sweep = sweep, .terminal = isatty(STDERR_FILENO)};
    progress.points = calloc((size_t)sweep->point_count, sizeof *progress.points);
    if (!progress.points) {
        ts_bug("out of memory");
    }
    clock_gettime(CLOCK_MONOTONIC, &progress.start);
    struct ts_pool pool = {.count = sweep->point_count,
                           .workers = cli_workers(options->workers),
                           .context = &progress,
                           .work = work,
                           .done = done,
                           .tick = tick};
    bool ok = ts_pool_run(&pool, &session->diagnostics);
    show(&progress, true);
    ok = ok && write_table(&progress, options->path, &session->diagnostics);
    for (int64_t i = 0; i < sweep->point_count; i++) {
        free(progress.points[i].answer);
    }
    free(progress.points);
    if (progress.failed > 0) {
        fprintf(stderr, "%" PRId64 " of %" PRId64 " points failed: see the column 'error'\n",
                progress.failed, sweep->point_count);
    }
    return ok && progress.failed == 0 ? CLI_DONE : CLI_FAILED;
}

static int sweep(struct cli_session *session, const char *path, const struct arguments *arguments,
                 const struct cli_output_options *options)
{
    const struct ts_sweep *loaded = NULL;
    if (!ts_sweep_load(path, &session->arena, &session->diagnostics, &loaded) ||
        !ts_sweep_check(loaded, &session->diagnostics)) {
        return CLI_BAD_INPUT;
    }
    if (arguments->dry_run) {
        printf("%s: %" PRId64 " points of a grid of %" PRId64 "\n", loaded->name,
               loaded->point_count, loaded->grid_count);
        return CLI_DONE;
    }
    return run_points(session, loaded, options);
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct cli_output_options options = {.format = CLI_CSV};
    struct arguments arguments = {false};
    const struct ts_option_row output_options[] = {cli_output_option, cli_workers_option,
                                                   cli_help_option};
    const struct ts_option_table tables[] = {
        {sweep_options, 1, &arguments},
        {output_options, 3, &options},
    };
    struct ts_arguments files;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 2, words, count, &options.help, &files, &status)) {
        if (files.count != 1) {
            cli_usage_error(&session, "one sweep file has to be named");
        } else {
            status = sweep(&session, files.words[0], &arguments, &options);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_sweep = {
    "sweep",
    "SWEEP.yaml [-j N] [-o FILE] [--dry-run]",
    "Run a grid of machines, networks and settings, and write a table",
    run,
};
