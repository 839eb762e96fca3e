#include "cli/cli.h"

#include <string.h>

struct arguments {
    const char *device, *pattern;
};

static bool apply_device(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->device = value;
    return true;
}

static bool apply_pattern(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->pattern = value;
    return true;
}

static const struct ts_option_row subject_options[] = {
    {'d', "device", "DEVICE", "DRAM device (`tessera list devices`) or a machine's memory",
     apply_device},
    {0, "pattern", "PATTERN",
     "read, write, mix, random, same_bank, idle_hit, idle_random or tile,row_bytes=B,pitch=P",
     apply_pattern},
};

static void write_text(const struct ts_result *result, const char *pattern, FILE *stream)
{
    char bandwidth[TS_SI_BYTES], peak[TS_SI_BYTES];
    double achieved_gbps = 0;
    for (int i = 0; i < result->memory_count; i++) {
        if (strcmp(result->memory[i].level, "dram") == 0) {
            achieved_gbps = result->memory[i].achieved_gbps;
        }
    }
    double peak_gbps = result->arch.memory_bandwidth_gbps;
    fprintf(stream, "%s, %s: %s", result->arch.name, pattern,
            ts_format_si(bandwidth, achieved_gbps * 1e9, "B/s"));
    if (peak_gbps > 0) {
        fprintf(stream, ", %.1f %% of the %s peak", 100 * achieved_gbps / peak_gbps,
                ts_format_si(peak, peak_gbps * 1e9, "B/s"));
    }
    fprintf(stream, "; an access takes %.2f ns on average\n", result->average_latency_ns);
}

static bool write_result(const struct ts_result *result, const char *pattern,
                         const struct cli_output_options *options,
                         struct ts_diagnostics *diagnostics)
{
    struct cli_output output;
    cli_output_begin(&output);
    switch (options->format) {
    case CLI_TEXT:
        write_text(result, pattern, output.stream);
        break;
    case CLI_JSON:
        ts_report_json(result, output.stream);
        break;
    default:
        ts_report_csv(result, output.stream);
        break;
    }
    return cli_output_end(&output, options->path, diagnostics);
}

static int probe(struct cli_session *session, struct ts_job *job, const struct arguments *subject,
                 const struct cli_output_options *options)
{
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    job->arch = subject->device;
    job->workload = ts_arena_printf(&session->arena, "memory:%s", subject->pattern);
    bool ok = ts_job_load(job, &session->arena, &session->diagnostics, &loaded) &&
              ts_job_simulate(&loaded, &session->arena, &session->diagnostics, &result) &&
              write_result(result, subject->pattern, options, &session->diagnostics);
    return ok ? CLI_DONE : CLI_FAILED;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct ts_job job = ts_job_default(&session.arena);
    struct arguments subject = {NULL, NULL};
    struct cli_output_options options = {.format = CLI_TEXT};
    const struct ts_option_row *set = ts_job_option("set"), *seed = ts_job_option("seed");
    const struct ts_option_row job_options[] = {*set, *seed};
    const struct ts_option_row output_options[] = {cli_format_option, cli_output_option,
                                                   cli_help_option};
    const struct ts_option_table tables[] = {
        {subject_options, 2, &subject},
        {job_options, 2, &job},
        {output_options, 3, &options},
    };
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 3, words, count, &options.help, NULL, &status)) {
        if (!subject.device || !subject.pattern) {
            cli_usage_error(&session, "%s is missing",
                            subject.device ? "a pattern (--pattern)" : "a device (-d)");
        } else {
            status = probe(&session, &job, &subject, &options);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_memory = {
    "memory",
    "-d DEVICE --pattern PATTERN [options]",
    "Run an access pattern on a DRAM device alone",
    "  tessera memory -d hbm2 --pattern random\n"
    "  tessera memory -d ddr4-3200 --pattern tile,row_bytes=256,pitch=4096\n",
    run,
};
