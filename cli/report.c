#include "cli/report_points.h"
#include "cli/report_timelines.h"
#include "cli/validation_record.h"

enum { DETAILS = 24, MOST_DETAILS = 1000 };

struct arguments {
    const char *title;
    int64_t details;
    struct report_timelines timelines;
};

static bool apply_title(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->title = value;
    return true;
}

static bool apply_details(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return ts_option_integer("--details", value, 1, MOST_DETAILS, diagnostics,
                             &((struct arguments *)target)->details);
}

static const struct ts_option_row report_options[] = {
    {0, "title", "TEXT", "the page's title (the workload and where it ran)", apply_title},
    {0, "details", "N", "points of stores whose layers are shown, 24 unless told", apply_details},
};

static int report(struct cli_session *session, const struct ts_arguments *files,
                  const struct arguments *arguments, const struct cli_output_options *options)
{
    struct report_points gathered = {.arena = &session->arena,
                                     .diagnostics = &session->diagnostics};
    struct ts_result_list results = {.count = 0};
    bool ok = true;
    for (int i = 0; i < files->count; i++) {
        ok &= report_points_read(&gathered, files->words[i]);
    }
    if (!ok || !report_points_detail(&gathered, (int)arguments->details, &results)) {
        return CLI_BAD_INPUT;
    }
    struct cli_output output;
    struct ts_html_options html = {.title = arguments->title,
                                   .points = gathered.points,
                                   .point_count = gathered.count,
                                   .errors = cli_recorded_errors(&session->arena)};
    if (!report_timelines_read(&arguments->timelines, session, &html)) {
        return CLI_BAD_INPUT;
    }
    cli_output_begin(&output);
    if (!ts_report_html(results.items, results.count, &html, &session->diagnostics,
                        output.stream)) {
        cli_output_drop(&output);
        return CLI_FAILED;
    }
    return cli_output_end(&output, options->path, &session->diagnostics) ? CLI_DONE : CLI_FAILED;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct arguments arguments = {.details = DETAILS};
    struct cli_output_options options = {.path = NULL};
    const struct ts_option_row output_options[] = {cli_output_option, cli_help_option};
    const struct ts_option_table tables[] = {
        {report_options, 2, &arguments},
        {report_timeline_options, REPORT_TIMELINE_OPTIONS, &arguments.timelines},
        {output_options, 2, &options},
    };
    struct ts_arguments files;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 3, words, count, &options.help, &files, &status)) {
        if (files.count == 0) {
            cli_usage_error(&session, "results are missing: files of `tessera run -f json` or "
                                      "`tessera compare -f json`");
        } else {
            status = report(&session, &files, &arguments, &options);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_report = {
    "report",
    "FILE.db|RESULT.json ... [--trace FILE] [-o report.html]",
    "Make one HTML page of results: charts, tables, a reading",
    "  tessera report sweep.db -o sweep.html\n"
    "  tessera compare -w resnet50 -a gpu -a tpu -f json | tessera report - -o report.html\n",
    run,
};
