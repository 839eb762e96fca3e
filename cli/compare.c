#include "cli/stored.h"
#include "cli/traced.h"

#include <string.h>

enum { MAX_MACHINES = 64 };

struct arguments {
    const char *archs[MAX_MACHINES];
    int arch_count;
    const char *workload;
    const char *store; /* NULL: none */
};

static bool apply_arch(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct arguments *arguments = target;
    if (arguments->arch_count == MAX_MACHINES) {
        struct ts_place nowhere = {.file = NULL};
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, nowhere, "more than %d machines",
                             MAX_MACHINES);
    }
    arguments->archs[arguments->arch_count++] = value;
    return true;
}

static bool apply_workload(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->workload = value;
    return true;
}

static const struct ts_option_row subject_options[] = {
    {'a', "arch", "ARCH", "machine: a name (`tessera list archs`) or a file; repeatable",
     apply_arch},
    {'w', "workload", "WORKLOAD", "network: a name (`tessera list workloads`), file or one-liner",
     apply_workload},
};

/* Each machine with its program. Where a machine lacks the precision asked for it takes its own. */
static bool load(struct cli_session *session, const struct ts_job *job,
                 const struct arguments *subject, struct ts_loaded_job *loaded)
{
    bool ok = true;
    for (int i = 0; i < subject->arch_count; i++) {
        struct ts_job each = *job;
        const struct ts_arch *arch = NULL;
        each.arch = subject->archs[i];
        if (!ts_arch_load(each.arch, each.overrides, each.override_count, &session->arena,
                          &session->diagnostics, &arch)) {
            ok = false;
            continue;
        }
        if (each.precision != TS_PRECISION_NONE && !ts_arch_supports(arch, each.precision)) {
            fprintf(stderr, "note: '%s' can't compute in %s and runs in %s\n", arch->name,
                    ts_precision_info(each.precision)->name,
                    ts_precision_info(arch->default_precision)->name);
            each.precision = TS_PRECISION_NONE;
        }
        if (!ts_job_load_on(&each, arch, &session->arena, &session->diagnostics, &loaded[i])) {
            return false; /* the workload is the same for all: once is enough */
        }
    }
    return ok;
}

static bool write_results(const struct ts_result *const *results, int count,
                          const struct cli_output_options *options,
                          struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    struct ts_report_style style = cli_style(options);
    cli_output_begin(&output);
    switch (options->format) {
    case CLI_TEXT:
        ts_comparison_text(results, count, &style, output.stream);
        break;
    case CLI_JSON:
        ts_comparison_json(results, count, output.stream);
        break;
    case CLI_CSV:
        ts_comparison_csv(results, count, output.stream);
        break;
    case CLI_MARKDOWN:
        ts_comparison_markdown(results, count, output.stream);
        break;
    default:
        ts_comparison_svg(results, count, output.stream);
        break;
    }
    return cli_output_end(&output, options->path, diagnostics);
}

/* Each as a run of its own would be stored. */
static bool note_results(struct cli_session *session, struct ts_result *const *results, int count)
{
    for (int i = 0; i < count; i++) {
        cli_note_result(session, results[i]);
    }
    return true;
}

static bool store_results(struct cli_session *session, const struct ts_job *job,
                          const struct arguments *subject, struct ts_result *const *results)
{
    struct ts_store *store = ts_store_open(subject->store, TS_STORE_WRITE, &session->diagnostics);
    bool ok = store != NULL;
    for (int i = 0; ok && i < subject->arch_count; i++) {
        struct ts_job each = *job;
        each.arch = subject->archs[i];
        if (each.precision != TS_PRECISION_NONE &&
            strcmp(ts_precision_info(each.precision)->name, results[i]->workload.precision) != 0) {
            each.precision = TS_PRECISION_NONE; /* it ran in the machine's own */
        }
        ok = cli_store_result(store, &each, results[i], &session->arena, &session->diagnostics);
    }
    ts_store_close(store);
    return ok;
}

static bool check_outputs(struct cli_session *session, const struct arguments *subject,
                          const struct cli_output_options *options, const struct cli_trace *trace)
{
    const struct cli_named_path paths[] = {
        {"output", options->path}, {"store", subject->store}, {"trace", trace->events.path}};
    return cli_paths_differ(session, paths, 3) &&
           cli_output_possible(options->path, &session->diagnostics);
}

/* All of them, and their trace where one was asked for. */
static bool simulate(struct cli_session *session, struct ts_loaded_job *loaded, int count,
                     int workers, struct cli_trace *trace, struct ts_result **results)
{
    bool ok =
        cli_trace_begin_each(trace, session, loaded, count) &&
        ts_simulate_all(loaded, count, workers, &session->arena, &session->diagnostics, results);
    return cli_trace_end_each(trace, ok, (const struct ts_result *const *)results, count,
                              &session->diagnostics) &&
           ok;
}

static int compare(struct cli_session *session, struct ts_job *job, const struct arguments *subject,
                   const struct cli_output_options *options, struct cli_trace *trace)
{
    int count = subject->arch_count;
    struct ts_loaded_job *loaded = TS_NEW_ARRAY(&session->arena, count, struct ts_loaded_job);
    struct ts_result **results = TS_NEW_ARRAY(&session->arena, count, struct ts_result *);
    job->workload = subject->workload;
    bool ok = check_outputs(session, subject, options, trace) &&
              load(session, job, subject, loaded) &&
              simulate(session, loaded, count, cli_workers(options->workers), trace, results) &&
              (!subject->store || store_results(session, job, subject, results)) &&
              note_results(session, results, count) &&
              write_results((const struct ts_result *const *)results, count, options,
                            &session->diagnostics);
    return ok ? CLI_DONE : CLI_FAILED;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct ts_job job = ts_job_default(&session.arena);
    struct arguments subject = {.arch_count = 0};
    struct cli_trace trace = {.limit = 0};
    struct cli_output_options options = {.format = CLI_TEXT,
                                         .more_formats = 1u << CLI_SVG | 1u << CLI_MARKDOWN};
    const struct ts_option_row output_options[] = {cli_format_picture_option, cli_output_option,
                                                   cli_workers_option, cli_help_option};
    const struct ts_option_table tables[] = {
        {subject_options, 2, &subject},
        {ts_job_options, ts_job_option_count, &job},
        {&cli_store_option, 1, &subject.store},
        {cli_trace_shared_options, CLI_TRACE_SHARED_OPTIONS, &trace},
        {output_options, 4, &options},
    };
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 5, words, count, &options.help, NULL, &status)) {
        if (subject.arch_count == 0 || !subject.workload) {
            cli_usage_error(&session, "%s",
                            subject.workload ? "machines to compare are missing (-a)"
                                             : "a workload is missing (-w)");
        } else {
            status = compare(&session, &job, &subject, &options, &trace);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_compare = {
    "compare",
    "-w WORKLOAD -a ARCH -a ARCH ... [options]",
    "Run one network on several machines and say which does what best, and why",
    "  tessera compare -w resnet50 -b 64 -a cpu -a gpu -a tpu -a eie\n"
    "  tessera compare -w bert-base -a gpu -a ./mine.yaml -f svg -o bert.svg\n",
    run,
};
