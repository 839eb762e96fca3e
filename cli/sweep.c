#include "cli/sweep_store.h"

#include "tessera/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct arguments {
    bool dry_run, retry;
    const char *store;
    int64_t time_limit_s;
    int64_t memory_limit_mib; /* 0: none */
};

static bool apply_dry_run(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct arguments *)target)->dry_run = true;
    return true;
}

static bool apply_store(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->store = value;
    return true;
}

static bool apply_retry(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct arguments *)target)->retry = true;
    return true;
}

static bool apply_time_limit(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MAX_S = 1000000 };
    return ts_option_integer("--time-limit", value, 1, MAX_S, diagnostics,
                             &((struct arguments *)target)->time_limit_s);
}

static bool apply_memory_limit(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MAX_MIB = 1 << 30 };
    return ts_option_integer("--memory-limit", value, 1, MAX_MIB, diagnostics,
                             &((struct arguments *)target)->memory_limit_mib);
}

static const struct ts_option_row sweep_options[] = {
    {'n', "dry-run", NULL, "say how many points there are and about how long they take",
     apply_dry_run},
    {0, "store", "FILE.db", "keep results in that SQLite file, and run what is not there",
     apply_store},
    {0, "retry-failed", NULL, "run stored points that failed once more", apply_retry},
    {0, "time-limit", "S", "a point that takes longer has failed (600)", apply_time_limit},
    {0, "memory-limit", "MIB", "a point that needs more has failed (none)", apply_memory_limit},
};
enum { SWEEP_OPTIONS = sizeof sweep_options / sizeof *sweep_options };

/* One point's row, as far as its worker tells it. */
struct point {
    char *answer; /* NULL until it is there */
    bool failed;
};

struct progress {
    const struct ts_sweep *sweep;
    const struct arguments *arguments;
    struct sweep_store *store; /* NULL: rows are kept in `points` */
    struct point *points;
    int64_t total, done, failed; /* of the points to be run */
    struct timespec start, shown;
    bool terminal;
};

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

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

/* Which point of the sweep is the pool's number `index`. */
static int64_t point_of(const struct progress *progress, int64_t index)
{
    return progress->store ? progress->store->todo[index] : index;
}

/* The simulation, in a process of its own, has the time limit; loading has one second more. */
static void set_limits(const struct arguments *arguments)
{
    alarm((unsigned)arguments->time_limit_s + 1);
    if (arguments->memory_limit_mib > 0) {
        rlim_t bytes = (rlim_t)arguments->memory_limit_mib << 20;
        setrlimit(RLIMIT_DATA, &(struct rlimit){bytes, bytes});
    }
}

static void work(void *context, int64_t number, FILE *answer)
{
    struct progress *progress = context;
    int64_t index = point_of(progress, number);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    set_limits(progress->arguments);
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
        loaded.options.timeout_s = (double)progress->arguments->time_limit_s;
        ok = ts_job_simulate(&loaded, &arena, &diagnostics, &result);
    }
    if (ok) {
        fprintf(answer, "=%s,ok,", result->workload.precision);
        ts_figures_csv_row(result, answer);
        clock_gettime(CLOCK_MONOTONIC, &end);
        if (progress->store) {
            sweep_store_write_answer(result, seconds_between(&start, &end), answer);
        }
    } else if (progress->store) {
        fprintf(answer, "!%s", first_error(&diagnostics));
    } else {
        bool named = job.precision != TS_PRECISION_NONE;
        write_failure(answer, named ? ts_precision_info(job.precision)->name : "",
                      first_error(&diagnostics));
    }
    alarm(0);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ in the main process */

static void show(struct progress *progress, bool last)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!progress->terminal || (!last && seconds_between(&progress->shown, &now) < 0.2)) {
        return;
    }
    double passed_s = seconds_between(&progress->start, &now);
    double rate = passed_s > 0 ? (double)progress->done / passed_s : 0;
    double left_s = rate > 0 ? (double)(progress->total - progress->done) / rate : 0;
    fprintf(stderr, "\r\033[K%" PRId64 " of %" PRId64 " points, %.1f/s, %.0f s left%s",
            progress->done, progress->total, rate, left_s, last ? "\n" : "");
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
    progress->done++;
    if (progress->store) {
        bool failed = answer->died || answer->text[0] == '!';
        sweep_store_take(progress->store, point_of(progress, answer->index), answer,
                         failed ? answer->text + !answer->died : NULL);
        return;
    }
    struct point *point = &progress->points[answer->index];
    point->answer = answer->died ? failure_of_process(answer->text) : strdup(answer->text);
    point->failed = point->answer && point->answer[0] == '!';
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

static bool write_outcome(struct progress *progress, int64_t index, FILE *stream)
{
    bool ok = true, failed = false;
    if (progress->store) {
        ok = sweep_store_write_row(progress->store, index, stream, &failed);
        progress->failed += failed;
    } else {
        const struct point *point = &progress->points[index];
        fputs(point->answer ? point->answer + 1 : "", stream);
    }
    fputc('\n', stream);
    return ok;
}

static bool write_table(struct progress *progress, const char *path,
                        struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    bool ok = true;
    cli_output_begin(&output);
    write_heading(progress->sweep, output.stream);
    for (int64_t i = 0; ok && i < progress->sweep->point_count; i++) {
        write_inputs(progress->sweep, progress->sweep->points[i], output.stream);
        ok = write_outcome(progress, i, output.stream);
    }
    if (!ok) {
        cli_output_drop(&output);
        return false;
    }
    return cli_output_end(&output, path, diagnostics);
}

/* Runs what is to be run, and writes the table of all. */
static int run_points(struct cli_session *session, struct progress *progress,
                      const struct cli_output_options *options)
{
    int64_t count = progress->sweep->point_count;
    progress->points = calloc((size_t)count, sizeof *progress->points);
    if (!progress->points) {
        ts_bug("out of memory");
    }
    progress->terminal = isatty(STDERR_FILENO);
    progress->total = progress->store ? progress->store->todo_count : count;
    clock_gettime(CLOCK_MONOTONIC, &progress->start);
    struct ts_pool pool = {.count = progress->total,
                           .workers = cli_workers(options->workers),
                           .context = progress,
                           .work = work,
                           .done = done,
                           .tick = tick,
                           .stop = progress->store ? &progress->store->broken : NULL};
    bool ok =
        ts_pool_run(&pool, &session->diagnostics) && !(progress->store && progress->store->broken);
    show(progress, true);
    ok = ok && write_table(progress, options->path, &session->diagnostics);
    for (int64_t i = 0; i < count; i++) {
        free(progress->points[i].answer);
    }
    free(progress->points);
    if (progress->failed > 0) {
        fprintf(stderr, "%" PRId64 " of %" PRId64 " points failed: see the column 'error'\n",
                progress->failed, count);
    }
    return ok && progress->failed == 0 ? CLI_DONE : CLI_FAILED;
}

static int run_stored(struct cli_session *session, struct progress *progress,
                      const struct cli_output_options *options)
{
    struct sweep_store store = {.sweep = progress->sweep, .diagnostics = &session->diagnostics};
    int status = CLI_FAILED;
    if (sweep_store_begin(&store, progress->arguments->store, progress->arguments->retry,
                          &session->arena)) {
        progress->store = &store;
        fprintf(stderr, "%" PRId64 " of %" PRId64 " points are to be run\n", store.todo_count,
                progress->sweep->point_count);
        status = run_points(session, progress, options);
    }
    sweep_store_end(&store);
    return status;
}

/* Some points, spread over the sweep, are run to see how long one takes. */
static int estimate(struct cli_session *session, struct progress *progress,
                    const struct cli_output_options *options)
{
    enum { PROBES = 4 };
    const struct ts_sweep *all = progress->sweep;
    struct ts_sweep some = *all;
    int64_t points[PROBES];
    some.point_count = all->point_count < PROBES ? all->point_count : PROBES;
    for (int64_t i = 0; i < some.point_count; i++) {
        points[i] = all->points[all->point_count * (2 * i + 1) / (2 * some.point_count)];
    }
    some.points = points;
    progress->sweep = &some;
    progress->points = TS_NEW_ARRAY(&session->arena, some.point_count, struct point);
    struct timespec start, end;
    struct ts_pool pool = {
        .count = some.point_count, .workers = 1, .context = progress, .work = work, .done = done};
    clock_gettime(CLOCK_MONOTONIC, &start);
    bool ok = ts_pool_run(&pool, &session->diagnostics);
    clock_gettime(CLOCK_MONOTONIC, &end);
    for (int64_t i = 0; i < some.point_count; i++) {
        free(progress->points[i].answer);
    }
    int workers = cli_workers(options->workers);
    double point_s = seconds_between(&start, &end) / (double)some.point_count;
    double whole_s = point_s * (double)all->point_count / workers;
    printf("%s: %" PRId64 " points of a %s of %" PRId64 ", about %.3g s with %d workers\n",
           all->name, all->point_count, ts_sweep_kind(all), all->grid_count, whole_s, workers);
    return ok ? CLI_DONE : CLI_FAILED;
}

static int sweep(struct cli_session *session, const char *path, const struct arguments *arguments,
                 const struct cli_output_options *options)
{
    const struct ts_sweep *loaded = NULL;
    if (!ts_sweep_load(path, &session->arena, &session->diagnostics, &loaded) ||
        !ts_sweep_check(loaded, &session->diagnostics)) {
        return CLI_BAD_INPUT;
    }
    struct progress progress = {.sweep = loaded, .arguments = arguments};
    if (arguments->dry_run) {
        return estimate(session, &progress, options);
    }
    return arguments->store ? run_stored(session, &progress, options)
                            : run_points(session, &progress, options);
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct cli_output_options options = {.format = CLI_CSV};
    struct arguments arguments = {.time_limit_s = TS_POINT_TIMEOUT_S};
    const struct ts_option_row output_options[] = {cli_output_option, cli_workers_option,
                                                   cli_help_option};
    const struct ts_option_table tables[] = {
        {sweep_options, SWEEP_OPTIONS, &arguments},
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
    "SWEEP.yaml [-j N] [--store FILE.db] [-o FILE] [--dry-run]",
    "Run a grid or sample of machines, networks and settings, and write a table",
    run,
};
