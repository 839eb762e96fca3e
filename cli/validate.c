#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/validation_record.h"

#include "tessera/sweep.h"
#include "tessera/validate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BOUNDS = 64 };

struct arguments {
    bool summary;
    const char *bounds_path, *errors_path;
    struct ts_error_bound bounds[MAX_BOUNDS];
    int bound_count;
};

static bool apply_summary(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct arguments *)target)->summary = true;
    return true;
}

static bool apply_bounds(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->bounds_path = value;
    return true;
}

static bool apply_errors(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->errors_path = value;
    return true;
}

/* FILE=PERCENT bounds the mean error of one table. */
static bool apply_bound(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct arguments *arguments = target;
    struct ts_place nowhere = {.file = NULL};
    const char *equals = strrchr(value, '=');
    char *end = NULL;
    double percent = equals ? strtod(equals + 1, &end) : -1;
    if (!equals || equals == value || end == equals + 1 || *end || !(percent >= 0)) {
        return ts_diag_error(diagnostics, TS_ERROR_USAGE, nowhere,
                             "option '--bound' needs FILE=PERCENT, not '%s'", value);
    }
    if (arguments->bound_count == MAX_BOUNDS) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, nowhere, "more than %d bounds",
                             MAX_BOUNDS);
    }
    char *file = ts_arena_strndup(&diagnostics->arena, value, (size_t)(equals - value));
    arguments->bounds[arguments->bound_count++] =
        (struct ts_error_bound){.file = file, .failed = -1, .mape = percent, .p90_ape = -1};
    return true;
}

static const struct ts_option_row validate_options[] = {
    {0, "summary", NULL, "leave out the rows, show files and machines", apply_summary},
    {0, "bounds", "FILE", "table of bounds: file, failed, mape, p90_ape", apply_bounds},
    {0, "bound", "FILE=PERCENT", "bound of one table's mean error; repeatable", apply_bound},
    {0, "errors", "FILE", "also record each machine's errors, for reports", apply_errors},
};

/* ------------------------------------------------------------------ rows as points */

/* Rows [first, first + count) of `order` are one simulation. */
struct point {
    int first, count;
};

struct validation {
    struct ts_arena *arena;
    struct ts_reference *references;
    struct ts_outcome *outcomes;
    int count;
    int *order; /* rows by key, so that a machine's rows follow one another */
    struct point *points;
    int point_count;
    /* In a worker: the machine of the last point. */
    struct ts_arena machine_arena;
    const char *machine_key;
    const struct ts_arch *machine;
    int64_t done;
    struct cli_progress progress;
};

struct keyed {
    const char *key;
    int row;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : x->row - y->row;
}

static void group_rows(struct validation *validation)
{
    struct keyed *keyed = TS_NEW_ARRAY(validation->arena, validation->count + 1, struct keyed);
    int count = 0;
    for (int i = 0; i < validation->count; i++) {
        const struct ts_reference *reference = &validation->references[i];
        if (reference->unreadable) {
            validation->outcomes[i].failure = reference->unreadable;
        } else {
            keyed[count++] = (struct keyed){ts_reference_key(reference, validation->arena), i};
        }
    }
    qsort(keyed, (size_t)count, sizeof *keyed, by_key);
    validation->order = TS_NEW_ARRAY(validation->arena, count + 1, int);
    validation->points = TS_NEW_ARRAY(validation->arena, count + 1, struct point);
    for (int i = 0; i < count; i++) {
        bool starts = i == 0 || strcmp(keyed[i].key, keyed[i - 1].key) != 0;
        validation->order[i] = keyed[i].row;
        if (starts) {
            validation->points[validation->point_count++] = (struct point){i, 0};
        }
        validation->points[validation->point_count - 1].count++;
    }
}

/* ------------------------------------------------------------------ in a worker */

static const struct ts_arch *machine_of(struct validation *validation, const struct ts_job *job,
                                        struct ts_diagnostics *diagnostics)
{
    struct ts_job bare = ts_job_default(NULL);
    struct ts_arena scratch = TS_ARENA_INIT;
    memcpy(bare.overrides, job->overrides, sizeof bare.overrides);
    bare.override_count = job->override_count;
    const char *key =
        ts_arena_printf(&scratch, "%s\n%s", job->arch, ts_job_options_text(&bare, &scratch));
    if (!validation->machine_key || strcmp(validation->machine_key, key) != 0) {
        ts_arena_release(&validation->machine_arena);
        validation->machine = NULL;
        validation->machine_key = NULL;
        if (ts_arch_load(job->arch, job->overrides, job->override_count, &validation->machine_arena,
                         diagnostics, &validation->machine)) {
            validation->machine_key = ts_arena_strdup(&validation->machine_arena, key);
        }
    }
    ts_arena_release(&scratch);
    return validation->machine_key ? validation->machine : NULL;
}

static const char *first_error(const struct ts_diagnostics *diagnostics)
{
    return diagnostics->kept > 0 ? diagnostics->entries[0].message : "unknown error";
}

/* A line each row: '=' and the figure, or '!' and why there is none. */
static void write_answers(const struct validation *validation, const struct point *point,
                          const struct ts_result *result, const char *failure, FILE *answer)
{
    for (int i = 0; i < point->count; i++) {
        const struct ts_reference *reference =
            &validation->references[validation->order[point->first + i]];
        struct ts_diagnostics diagnostics;
        double value = 0;
        ts_diagnostics_init(&diagnostics);
        if (failure) {
            fprintf(answer, "!%s\n", failure);
        } else if (ts_result_metric(result, reference->metric, &diagnostics, &value)) {
            fprintf(answer, "=%.17g\n", value);
        } else {
            fprintf(answer, "!%s\n", first_error(&diagnostics));
        }
        ts_diagnostics_release(&diagnostics);
    }
}

static void work(void *context, int64_t index, FILE *answer)
{
    struct validation *validation = context;
    const struct point *point = &validation->points[index];
    const struct ts_job *job = &validation->references[validation->order[point->first]].job;
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    ts_diagnostics_init(&diagnostics);
    const struct ts_arch *machine = machine_of(validation, job, &diagnostics);
    bool ok = machine && ts_job_load_on(job, machine, &arena, &diagnostics, &loaded);
    if (ok) {
        loaded.options.timeout_s = TS_POINT_TIMEOUT_S;
        ok = ts_job_simulate(&loaded, &arena, &diagnostics, &result);
    }
    write_answers(validation, point, result, ok ? NULL : first_error(&diagnostics), answer);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ in the main process */

static void done(void *context, const struct ts_pool_answer *answer)
{
    struct validation *validation = context;
    const struct point *point = &validation->points[answer->index];
    const char *line = answer->text;
    for (int i = 0; i < point->count; i++) {
        struct ts_outcome *outcome = &validation->outcomes[validation->order[point->first + i]];
        if (answer->died || *line == '\0') {
            outcome->failure = ts_arena_strdup(validation->arena, answer->text);
            continue;
        }
        size_t length = strcspn(line, "\n");
        if (*line == '=') {
            outcome->simulated = strtod(line + 1, NULL);
        } else {
            outcome->failure = ts_arena_strndup(validation->arena, line + 1, length - 1);
        }
        line += length + (line[length] == '\n');
    }
    validation->done++;
}

static void tick(void *context)
{
    struct validation *validation = context;
    cli_progress_show(&validation->progress, validation->done);
}

static bool run_rows(struct validation *validation, int workers, struct ts_diagnostics *diagnostics)
{
    validation->outcomes =
        TS_NEW_ARRAY(validation->arena, validation->count + 1, struct ts_outcome);
    group_rows(validation);
    cli_progress_begin(&validation->progress, "simulations", validation->point_count, false);
    struct ts_pool pool = {.count = validation->point_count,
                           .workers = workers,
                           .context = validation,
                           .work = work,
                           .done = done,
                           .tick = tick};
    bool ok = ts_pool_run(&pool, diagnostics);
    cli_progress_end(&validation->progress, validation->done, false);
    return ok;
}

static bool write_report(const struct validation *validation, const struct arguments *arguments,
                         const struct cli_output_options *options,
                         struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    struct ts_report_style style = cli_style(options);
    cli_output_begin(&output);
    switch (options->format) {
    case CLI_TEXT:
        ts_validation_text(validation->references, validation->outcomes, validation->count,
                           !arguments->summary, &style, output.stream);
        break;
    case CLI_JSON:
        ts_validation_json(validation->references, validation->outcomes, validation->count,
                           output.stream);
        break;
    case CLI_CSV:
        ts_validation_csv(validation->references, validation->outcomes, validation->count,
                          output.stream);
        break;
    case CLI_SVG:
        ts_validation_svg(validation->references, validation->outcomes, validation->count,
                          output.stream);
        break;
    default:
        ts_validation_markdown(validation->references, validation->outcomes, validation->count,
                               output.stream);
        break;
    }
    return cli_output_end(&output, options->path, diagnostics);
}

/* A file without a bound on failed rows must have none. */
static bool check_bounds(const struct validation *validation, const struct arguments *arguments,
                         const struct ts_error_bound *recorded, int recorded_count)
{
    const char **files = TS_NEW_ARRAY(validation->arena, validation->count + 1, const char *);
    int file_count = ts_validation_files(validation->references, validation->count, files);
    bool ok = true;
    for (int f = 0; f < file_count; f++) {
        struct ts_error_summary summary = ts_error_summarize(
            validation->references, validation->outcomes, validation->count, files[f], NULL);
        bool allowed = false;
        for (int i = 0; i < recorded_count; i++) {
            allowed |= strcmp(recorded[i].file, files[f]) == 0 && recorded[i].failed >= 0;
        }
        if (!allowed && summary.failed > 0) {
            fprintf(stderr, "%s: %d of %d rows failed\n", files[f], summary.failed, summary.count);
            ok = false;
        }
        ok &= ts_bounds_hold(recorded, recorded_count, &summary, stderr);
        ok &= ts_bounds_hold(arguments->bounds, arguments->bound_count, &summary, stderr);
    }
    return ok;
}

/* ------------------------------------------------------------------ tables that come along */

static bool load_shipped(struct validation *validation, struct arguments *arguments,
                         struct ts_diagnostics *diagnostics)
{
    if (!arguments->bounds_path) {
        arguments->bounds_path = ts_arena_printf(validation->arena, "%s/bounds.csv",
                                                 cli_validation_folder(validation->arena));
    }
    return cli_load_shipped_tables(validation->arena, diagnostics, &validation->references,
                                   &validation->count);
}

static bool record(const struct validation *validation, const struct arguments *arguments,
                   bool shipped, struct ts_diagnostics *diagnostics)
{
    if (arguments->errors_path) {
        return cli_write_record(arguments->errors_path, validation->references,
                                validation->outcomes, validation->count, validation->arena,
                                diagnostics);
    }
    if (shipped) {
        cli_compare_record(validation->references, validation->outcomes, validation->count,
                           validation->arena, stderr);
    }
    return true;
}

static int validate(struct cli_session *session, const struct ts_arguments *files,
                    struct arguments *arguments, const struct cli_output_options *options)
{
    struct validation validation = {.arena = &session->arena};
    struct ts_error_bound *recorded = NULL;
    int recorded_count = 0;
    bool ok = cli_output_possible(options->path, &session->diagnostics) &&
              cli_output_possible(arguments->errors_path, &session->diagnostics);
    for (int i = 0; i < files->count; i++) {
        ok &= ts_references_load(files->words[i], &session->arena, &session->diagnostics,
                                 &validation.references, &validation.count);
    }
    if (files->count == 0) {
        ok = ok && load_shipped(&validation, arguments, &session->diagnostics);
    }
    if (arguments->bounds_path) {
        ok = ok && ts_bounds_load(arguments->bounds_path, &session->arena, &session->diagnostics,
                                  &recorded, &recorded_count);
    }
    ok = ok && run_rows(&validation, cli_workers(options->workers), &session->diagnostics) &&
         record(&validation, arguments, files->count == 0, &session->diagnostics) &&
         write_report(&validation, arguments, options, &session->diagnostics);
    return ok && check_bounds(&validation, arguments, recorded, recorded_count) ? CLI_DONE
                                                                                : CLI_FAILED;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct cli_output_options options = {.format = CLI_TEXT,
                                         .more_formats = 1u << CLI_SVG | 1u << CLI_MARKDOWN};
    struct arguments arguments = {.bound_count = 0};
    const struct ts_option_row output_options[] = {cli_format_picture_option, cli_output_option,
                                                   cli_workers_option, cli_help_option};
    const struct ts_option_table tables[] = {
        {validate_options, 4, &arguments},
        {output_options, 4, &options},
    };
    struct ts_arguments files;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 2, words, count, &options.help, &files, &status)) {
        status = validate(&session, &files, &arguments, &options);
    }
    return cli_end(&session, status);
}

const struct cli_command cli_validate = {
    "validate",
    "[REFERENCE.csv ...] [options]",
    "Simulate the rows of reference tables and say how far off they are",
    "  tessera validate --summary\n"
    "  tessera validate mine.csv --bound mine.csv=10\n",
    run,
};
