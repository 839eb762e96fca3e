#include "cli/cli.h"

#include "tessera/store.h"

#include <string.h>

struct arguments {
    const char *title;
};

static bool apply_title(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct arguments *)target)->title = value;
    return true;
}

static const struct ts_option_row report_options[] = {
    {0, "title", "TEXT", "the page's title (the workload and where it ran)", apply_title},
};

struct stored {
    struct cli_session *session;
    const char *path;
    struct ts_result_list *results;
    bool ok;
};

/* Rows that failed have no result. */
static bool take_row(void *context, const struct ts_store_row *row)
{
    struct stored *stored = context;
    if (!row->failed && row->result) {
        stored->ok &=
            ts_results_read(row->result, strlen(row->result), stored->path, &stored->session->arena,
                            &stored->session->diagnostics, stored->results);
    }
    return stored->ok;
}

static bool read_store(struct cli_session *session, const char *path,
                       struct ts_result_list *results)
{
    struct stored stored = {session, path, results, true};
    int before = results->count;
    struct ts_store *store = ts_store_open(path, TS_STORE_READ, &session->diagnostics);
    bool ok = store && ts_store_each(store, take_row, &stored, &session->diagnostics) && stored.ok;
    ts_store_close(store);
    if (ok && results->count == before) {
        struct ts_place place = {.file = path};
        ok = ts_diag_error(&session->diagnostics, TS_ERROR_RANGE, place,
                           "the store holds no results");
    }
    return ok;
}

static bool read_input(struct cli_session *session, const char *path,
                       struct ts_result_list *results)
{
    size_t length = strlen(path);
    bool is_store = length > 3 && strcmp(path + length - 3, ".db") == 0;
    return is_store ? read_store(session, path, results)
                    : ts_results_read_file(path, &session->arena, &session->diagnostics, results);
}

static int report(struct cli_session *session, const struct ts_arguments *files,
                  const struct arguments *arguments, const struct cli_output_options *options)
{
    struct ts_result_list results = {.count = 0};
    bool ok = true;
    for (int i = 0; i < files->count; i++) {
        ok &= read_input(session, files->words[i], &results);
    }
    if (!ok) {
        return CLI_BAD_INPUT;
    }
    struct cli_output output;
    struct ts_html_options html = {.title = arguments->title};
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
    struct arguments arguments = {.title = NULL};
    struct cli_output_options options = {.path = NULL};
    const struct ts_option_row output_options[] = {cli_output_option, cli_help_option};
    const struct ts_option_table tables[] = {
        {report_options, 1, &arguments},
        {output_options, 2, &options},
    };
    struct ts_arguments files;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 2, words, count, &options.help, &files, &status)) {
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
    "FILE.db|RESULT.json ... [-o report.html]",
    "Make one HTML page of results: charts, tables, a reading",
    run,
};
