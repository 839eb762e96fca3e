#include "cli/stored.h"
#include "cli/traced.h"
#include "cli/validation_record.h"

struct arguments {
    const char *arch, *workload;
    const char *store;      /* NULL: none */
    const char *write_arch; /* NULL: not asked for */
    struct cli_trace trace;
};

static bool apply_arch(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct arguments *arguments = target;
    if (arguments->arch) {
        struct ts_place nowhere = {.file = NULL};
        ts_diag_error(diagnostics, TS_ERROR_USAGE, nowhere, "one machine runs: '%s' or '%s'?",
                      arguments->arch, value);
        ts_diag_help(diagnostics, "`tessera compare` takes several");
        return false;
    }
    arguments->arch = value;
    return true;
}

static bool apply_workload(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->workload = value;
    return true;
}

static bool apply_write_arch(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return cli_file_option("write-arch", value, diagnostics,
                           &((struct arguments *)target)->write_arch);
}

static const struct ts_option_row subject_options[] = {
    {'a', "arch", "ARCH", "machine: a name (`tessera list archs`) or a file", apply_arch},
    {'w', "workload", "WORKLOAD", "network: a name (`tessera list workloads`), file or one-liner",
     apply_workload},
};

static const struct ts_option_row write_arch_option = {
    0, "write-arch", "FILE", "the machine as it runs, with every key, as YAML", apply_write_arch};

static bool write_result(const struct ts_result *result, const struct cli_output_options *options,
                         struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    struct ts_report_style style = cli_style(options);
    cli_output_begin(&output);
    switch (options->format) {
    case CLI_TEXT:
        style.errors = cli_recorded_errors(&diagnostics->arena);
        ts_report_text(result, &style, output.stream);
        break;
    case CLI_JSON:
        ts_report_json(result, output.stream);
        break;
    case CLI_MARKDOWN:
        ts_report_markdown(result, &style, output.stream);
        break;
    default:
        ts_report_csv(result, output.stream);
        break;
    }
    return cli_output_end(&output, options->path, diagnostics);
}

static bool simulate_traced(struct cli_session *session, struct cli_trace *trace,
                            struct ts_loaded_job *loaded, struct ts_result **result)
{
    bool ok = cli_trace_begin(trace, session, &loaded->options) &&
              ts_job_simulate(loaded, &session->arena, &session->diagnostics, result);
    return cli_trace_end(trace, ok, &session->diagnostics);
}

static bool check_outputs(struct cli_session *session, const struct arguments *arguments,
                          const struct cli_output_options *options)
{
    const struct cli_named_path paths[] = {{"output", options->path},
                                           {"store", arguments->store},
                                           {"trace", arguments->trace.events.path},
                                           {"vcd", arguments->trace.vcd.path},
                                           {"write-arch", arguments->write_arch}};
    return cli_paths_differ(session, paths, 5) &&
           cli_output_possible(options->path, &session->diagnostics);
}

/* What `extends`, defaults and -s made of the machine, so that it can be kept and changed. */
static bool write_arch(const struct ts_arch *arch, const char *path,
                       struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    if (!path) {
        return true;
    }
    cli_output_begin(&output);
    ts_arch_write(arch, output.stream);
    return cli_output_end(&output, path, diagnostics);
}

static int simulate(struct cli_session *session, const struct ts_job *job,
                    struct arguments *arguments, const struct cli_output_options *options)
{
    const char *store_path = arguments->store;
    struct ts_diagnostics *diagnostics = &session->diagnostics;
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    struct ts_store *store = NULL;
    bool ok = check_outputs(session, arguments, options) &&
              ts_job_load(job, &session->arena, diagnostics, &loaded) &&
              write_arch(loaded.arch, arguments->write_arch, diagnostics);
    if (ok && store_path) {
        store = ts_store_open(store_path, TS_STORE_WRITE, diagnostics);
        ok = store != NULL;
    }
    ok = ok && simulate_traced(session, &arguments->trace, &loaded, &result) &&
         (!store || cli_store_result(store, job, result, &session->arena, diagnostics)) &&
         write_result(result, options, diagnostics);
    ts_store_close(store);
    if (ok && options->format != CLI_TEXT && options->format != CLI_MARKDOWN) {
        cli_note_result(session, result);
    }
    return ok ? CLI_DONE : CLI_FAILED;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct ts_job job = ts_job_default(&session.arena);
    struct arguments subject = {.arch = NULL};
    struct cli_output_options options = {.format = CLI_TEXT, .more_formats = 1u << CLI_MARKDOWN};
    const struct ts_option_row output_options[] = {cli_format_markdown_option, cli_output_option,
                                                   cli_layers_option, cli_help_option};
    const struct ts_option_table tables[] = {
        {subject_options, 2, &subject},
        {ts_job_options, ts_job_option_count, &job},
        {&cli_store_option, 1, &subject.store},
        {&write_arch_option, 1, &subject},
        {cli_trace_options, CLI_TRACE_OPTIONS, &subject.trace},
        {output_options, 4, &options},
    };
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 6, words, count, &options.help, NULL, &status)) {
        if (!subject.arch || !subject.workload) {
            cli_usage_error(&session, "%s is missing",
                            subject.arch ? "a workload (-w)" : "a machine (-a)");
        } else {
            job.arch = subject.arch;
            job.workload = subject.workload;
            status = simulate(&session, &job, &subject, &options);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_run = {
    "run",
    "-a ARCH -w WORKLOAD [options]",
    "Simulate one network on one machine",
    "  tessera run -a gpu -w resnet50 -b 32\n"
    "  tessera run -a tpu -w gemm:4096,4096,4096 -s memory.dram.bandwidth_gbps=450 -f json\n"
    "  tessera run -a gpu -w llama2-7b -b 4 --phase decode --context 2048\n",
    run,
};
