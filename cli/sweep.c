#include "cli/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool apply_dry_run(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct sweep_arguments *)target)->dry_run = true;
    return true;
}

static bool apply_store(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return cli_file_option("store", value, diagnostics, &((struct sweep_arguments *)target)->store);
}

static bool apply_retry(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct sweep_arguments *)target)->retry = true;
    return true;
}

static bool apply_time_limit(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MAX_S = 1000000 };
    return ts_option_integer("--time-limit", value, 1, MAX_S, diagnostics,
                             &((struct sweep_arguments *)target)->time_limit_s);
}

static bool apply_memory_limit(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MAX_MIB = 1 << 30 };
    return ts_option_integer("--memory-limit", value, 1, MAX_MIB, diagnostics,
                             &((struct sweep_arguments *)target)->memory_limit_mib);
}

static bool apply_x(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct sweep_arguments *)target)->chart.x = value;
    return true;
}

static bool apply_y(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MOST = sizeof((struct sweep_arguments *)0)->metrics / sizeof(char *) };
    struct sweep_arguments *arguments = target;
    if (arguments->chart.y_count == MOST) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, (struct ts_place){0},
                             "a picture shows at most %d figures", MOST);
    }
    arguments->metrics[arguments->chart.y_count++] = value;
    return true;
}

static bool apply_panel(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct sweep_arguments *)target)->chart.panel = value;
    return true;
}

static const struct ts_option_row sweep_options[] = {
    {'n', "dry-run", NULL, "say how many points there are and about how long they take",
     apply_dry_run},
    {0, "store", "FILE.db", "keep results in that SQLite file, and run what is not there",
     apply_store},
    {0, "retry-failed", NULL, "run stored points that failed once more", apply_retry},
    {0, "time-limit", "S", "a point that takes longer has failed (600)", apply_time_limit},
    {0, "memory-limit", "MIB", "a point that needs more has failed (none)", apply_memory_limit},
    {'x', "x-axis", "COLUMN", "of the picture (the input with most values)", apply_x},
    {'y', "y-axis", "COLUMN", "a figure of the picture, repeatable (latency_s)", apply_y},
    {0, "panel", "COLUMN", "a panel for each of its values, or none (arch)", apply_panel},
};
enum { SWEEP_OPTIONS = sizeof sweep_options / sizeof *sweep_options };

static bool load(struct cli_session *session, const char *path, const struct ts_sweep **loaded)
{
    return ts_sweep_load(path, &session->arena, &session->diagnostics, loaded) &&
           ts_sweep_check(*loaded, &session->diagnostics);
}

static int sweep(struct cli_session *session, const char *path, struct sweep_run *run,
                 const struct ts_launch *launch)
{
    if (!load(session, path, &run->sweep)) {
        return CLI_BAD_INPUT;
    }
    const struct cli_named_path paths[] = {{"output", run->options->path},
                                           {"store", run->arguments->store}};
    if (!cli_paths_differ(session, paths, 2) ||
        !cli_output_possible(run->options->path, &session->diagnostics)) {
        return CLI_BAD_INPUT;
    }
    if (run->arguments->dry_run) {
        int ranks = launch->size > 1 ? launch->size - 1 : 1;
        return sweep_estimate(session, run, ranks * run->workers);
    }
    return sweep_run(session, run);
}

/* Where the others are told of the points, if there are others. */
static int lead(struct cli_session *session, const char *path, struct sweep_run *run,
                const struct ts_launch *launch)
{
    if (launch->size > 1 && !run->arguments->dry_run) {
        run->cluster = ts_cluster_join(launch, &session->diagnostics);
        if (!run->cluster) {
            return CLI_BAD_INPUT;
        }
    }
    int status = sweep(session, path, run, launch);
    ts_cluster_leave(run->cluster);
    return status;
}

/* A rank that runs points for rank 0, which does the talking: of bad input too. */
static int follow(struct cli_session *session, const char *path, struct sweep_run *run,
                  const struct ts_launch *launch)
{
    struct ts_diagnostics unsaid;
    const char *trouble = NULL;
    uint64_t digest = 0;
    if (!load(session, path, &run->sweep) ||
        !ts_sweep_digest(run->sweep, &session->diagnostics, &digest)) {
        trouble = session->diagnostics.kept > 0 ? session->diagnostics.entries[0].message : "?";
    }
    struct ts_pool pool = {.workers = run->workers, .context = run, .work = sweep_work};
    ts_diagnostics_init(&unsaid);
    bool ok = ts_cluster_serve(launch, &pool, digest, trouble, &unsaid);
    if (!ok) {
        sleep(3); /* rank 0 most likely says the same, and ends this process with it */
        ts_diagnostics_print(&unsaid, stderr);
    }
    ts_diagnostics_release(&unsaid);
    ts_diagnostics_release(&session->diagnostics);
    return ok ? CLI_DONE : CLI_BAD_INPUT;
}

static int run_as(struct cli_session *session, const char *path, struct sweep_run *run,
                  const struct ts_launch *launch)
{
    int64_t asked = run->options->workers;
    run->workers = asked == 0 && launch->size > 1 ? 1 : cli_workers(asked);
    if (launch->rank == 0) {
        return lead(session, path, run, launch);
    }
    return run->arguments->dry_run ? CLI_DONE : follow(session, path, run, launch);
}

/* Of the ranks of one launch the first alone speaks. */
static bool hush(struct cli_session *session, const struct ts_launch *launch)
{
    if (launch->rank > 0 && !freopen("/dev/null", "w", stdout)) {
        return cli_usage_error(session, "standard output cannot be closed");
    }
    return true;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    struct ts_launch launch;
    cli_begin(&session, command);
    struct cli_output_options options = {.format = CLI_CSV,
                                         .more_formats = 1u << CLI_SVG | 1u << CLI_MARKDOWN};
    struct sweep_arguments arguments = {.time_limit_s = TS_POINT_TIMEOUT_S};
    arguments.chart.y = arguments.metrics;
    struct sweep_run sweep_run = {.arguments = &arguments, .options = &options};
    const struct ts_option_row output_options[] = {cli_format_table_option, cli_output_option,
                                                   cli_workers_option, cli_help_option};
    const struct ts_option_table tables[] = {
        {sweep_options, SWEEP_OPTIONS, &arguments},
        {output_options, 4, &options},
    };
    struct ts_arguments files;
    int status = CLI_BAD_INPUT;
    if (!ts_launch_read(&session.diagnostics, &launch) || !hush(&session, &launch)) {
        return cli_end(&session, status);
    }
    if (cli_parse(&session, tables, 2, words, count, &options.help, &files, &status)) {
        if (files.count == 1) {
            status = run_as(&session, files.words[0], &sweep_run, &launch);
        } else {
            cli_usage_error(&session, "one sweep file has to be named");
        }
    }
    if (launch.rank > 0 && session.diagnostics.errors > 0) {
        ts_diagnostics_release(&session.diagnostics);
        status = CLI_DONE;
    }
    return cli_end(&session, status);
}

const struct cli_command cli_sweep = {
    "sweep",
    "SWEEP.yaml [-j N] [--store FILE.db] [-f FORMAT] [-o FILE] [--dry-run]",
    "Run a grid or sample of machines, networks and settings, and write a table",
    "  tessera sweep sweep.yaml --dry-run\n"
    "  tessera sweep sweep.yaml --store sweep.db -o sweep.csv\n"
    "  mpirun -n 33 tessera sweep sweep.yaml --store sweep.db\n",
    run,
};
