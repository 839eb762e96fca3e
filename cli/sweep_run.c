#include "cli/sweep.h"

#include "tessera/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

/* The simulation, in a process of its own, has the time limit; loading has one second more. */
static void set_limits(const struct sweep_arguments *arguments)
{
    alarm((unsigned)arguments->time_limit_s + 1);
    if (arguments->memory_limit_mib > 0) {
        rlim_t bytes = (rlim_t)arguments->memory_limit_mib << 20;
        setrlimit(RLIMIT_DATA, &(struct rlimit){bytes, bytes});
    }
}

void sweep_work(void *context, int64_t index, FILE *answer)
{
    struct sweep_run *run = context;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    set_limits(run->arguments);
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    struct ts_job job;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    ts_diagnostics_init(&diagnostics);
    bool ok = ts_sweep_job(run->sweep, run->sweep->points[index], &arena, &diagnostics, &job) &&
              ts_job_load(&job, &arena, &diagnostics, &loaded);
    if (ok) {
        loaded.options.timeout_s = (double)run->arguments->time_limit_s;
        ok = ts_job_simulate(&loaded, &arena, &diagnostics, &result);
    }
    if (ok) {
        fprintf(answer, "=%s,ok,", result->workload.precision);
        ts_figures_csv_row(result, answer);
        clock_gettime(CLOCK_MONOTONIC, &end);
        if (run->arguments->store) {
            sweep_store_write_answer(result, cli_seconds_between(&start, &end), answer);
        }
    } else if (run->arguments->store) {
        fprintf(answer, "!%s", first_error(&diagnostics));
    } else {
        bool named = job.precision != TS_PRECISION_NONE;
        write_failure(answer, named ? ts_precision_info(job.precision)->name : "",
                      first_error(&diagnostics));
        fputc('\0', answer); /* and once more as it is, for people */
        fputs(first_error(&diagnostics), answer);
    }
    alarm(0);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ in the main process */

static void tick(void *context)
{
    struct sweep_run *run = context;
    cli_progress_show(&run->progress, run->done);
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

void sweep_done(void *context, const struct ts_pool_answer *answer)
{
    struct sweep_run *run = context;
    bool failed = answer->died || answer->text[0] == '!';
    run->done++;
    if (failed && !run->example) {
        size_t skipped = answer->died ? 0 : run->store ? 1 : strlen(answer->text) + 1;
        run->example = strdup(answer->text + skipped);
    }
    if (run->store) {
        sweep_store_take(run->store, answer->index, answer,
                         failed ? answer->text + !answer->died : NULL);
        return;
    }
    struct sweep_point *point = &run->points[answer->index];
    point->answer = answer->died ? failure_of_process(answer->text) : strdup(answer->text);
    point->failed = point->answer && point->answer[0] == '!';
    run->failed += point->failed;
}

/* On the other ranks, or in processes here. */
static bool run_pool(const struct sweep_run *run, const struct ts_pool *pool,
                     struct ts_diagnostics *diagnostics)
{
    uint64_t digest = 0;
    if (!run->cluster) {
        return ts_pool_run(pool, diagnostics);
    }
    return ts_sweep_digest(run->sweep, diagnostics, &digest) &&
           ts_cluster_run(run->cluster, pool, digest, diagnostics);
}

static int run_points(struct cli_session *session, struct sweep_run *run)
{
    int64_t count = run->sweep->point_count;
    run->points = calloc((size_t)count, sizeof *run->points);
    if (!run->points) {
        ts_bug("out of memory");
    }
    int64_t total = run->store ? run->store->todo_count : count;
    cli_progress_begin(&run->progress, "points", total, run->cluster != NULL);
    struct ts_pool pool = {.count = total,
                           .order = run->store ? run->store->todo : NULL,
                           .workers = run->workers,
                           .context = run,
                           .work = sweep_work,
                           .done = sweep_done,
                           .tick = tick,
                           .stop = run->store ? &run->store->broken : NULL};
    sweep_watch(run);
    bool ok = run_pool(run, &pool, &session->diagnostics) && !(run->store && run->store->broken);
    sweep_unwatch();
    cli_progress_end(&run->progress, run->done, true);
    ok = ok && sweep_write_table(run, &session->diagnostics);
    for (int64_t i = 0; i < count; i++) {
        free(run->points[i].answer);
    }
    free(run->points);
    if (run->failed > 0) {
        fprintf(stderr, "%" PRId64 " of %" PRId64 " points failed: see the column 'error'%s%s\n",
                run->failed, count, run->example ? "; one says: " : "",
                run->example ? run->example : "");
    }
    free(run->example);
    run->example = NULL;
    return ok && run->failed == 0 ? CLI_DONE : CLI_FAILED;
}

int sweep_run(struct cli_session *session, struct sweep_run *run)
{
    if (!run->arguments->store) {
        return run_points(session, run);
    }
    struct sweep_store store = {.sweep = run->sweep, .diagnostics = &session->diagnostics};
    int status = CLI_FAILED;
    if (sweep_store_begin(&store, run->arguments->store, run->arguments->retry, &session->arena)) {
        run->store = &store;
        fprintf(stderr, "%" PRId64 " of %" PRId64 " points are to be run\n", store.todo_count,
                run->sweep->point_count);
        status = run_points(session, run);
    }
    sweep_store_end(&store);
    return status;
}
