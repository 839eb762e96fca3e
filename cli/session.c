#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cli_begin(struct cli_session *session, const struct cli_command *command)
{
    session->command = command;
    ts_arena_init(&session->arena);
    ts_diagnostics_init(&session->diagnostics);
}

static int status_of(const struct ts_diagnostics *diagnostics)
{
    for (int i = 0; i < diagnostics->kept; i++) {
        if (diagnostics->entries[i].code != TS_ERROR_SIMULATION) {
            return CLI_BAD_INPUT;
        }
    }
    return CLI_FAILED;
}

int cli_end(struct cli_session *session, int status)
{
    ts_diagnostics_print_notes(&session->diagnostics, stderr);
    if (session->diagnostics.errors > 0) {
        ts_diagnostics_print(&session->diagnostics, stderr);
        status = status_of(&session->diagnostics);
    }
    ts_diagnostics_release(&session->diagnostics);
    ts_arena_release(&session->arena);
    return status;
}

void cli_note_result(struct cli_session *session, const struct ts_result *result)
{
    for (int i = 0; i < result->note_count; i++) {
        ts_diag_note(&session->diagnostics, (struct ts_place){.file = NULL}, "%s",
                     result->notes[i]);
    }
}

static void print_help(const struct cli_command *command, const struct ts_option_table *tables,
                       size_t count)
{
    printf("usage: tessera %s %s\n\n%s.\n\n", command->name, command->usage, command->summary);
    ts_options_help(tables, count, stdout);
    printf("\nas in\n%s", command->examples);
}

bool cli_usage_error(struct cli_session *session, const char *format, ...)
{
    struct ts_place nowhere = {.file = NULL};
    va_list arguments;
    va_start(arguments, format);
    const char *message = ts_arena_vprintf(&session->arena, format, arguments);
    va_end(arguments);
    ts_diag_error(&session->diagnostics, TS_ERROR_USAGE, nowhere, "%s", message);
    ts_diag_help(&session->diagnostics, "usage: tessera %s %s", session->command->name,
                 session->command->usage);
    return false;
}

bool cli_parse(struct cli_session *session, const struct ts_option_table *tables, size_t count,
               const char *const *words, int word_count, const bool *help,
               struct ts_arguments *arguments, int *status)
{
    struct ts_arguments found;
    bool ok = ts_options_parse(tables, count, words, word_count, &session->arena,
                               &session->diagnostics, &found);
    *status = CLI_BAD_INPUT;
    if (ok && *help) {
        print_help(session->command, tables, count);
        *status = CLI_DONE;
        return false;
    }
    if (ok && !arguments && found.count > 0) {
        ok = cli_usage_error(session, "unexpected word '%s'", found.words[0]);
    }
    if (arguments) {
        *arguments = found;
    }
    return ok;
}

static bool terminal_is_utf8(void)
{
    const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value) {
            return strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "utf-8");
        }
    }
    return false;
}

struct ts_report_style cli_style(const struct cli_output_options *options)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool terminal = !options->path && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    return (struct ts_report_style){
        .color = terminal && !(no_color && *no_color),
        .unicode = terminal_is_utf8(),
        .all_layers = options->all_layers,
    };
}

int cli_workers(int64_t asked)
{
    if (asked > 0) {
        return (int)asked;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

static bool apply_help(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct cli_output_options *)target)->help = true;
    return true;
}

static bool apply_format(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    static const char *const names[CLI_FORMATS] = {[CLI_TEXT] = "text",
                                                   [CLI_JSON] = "json",
                                                   [CLI_CSV] = "csv",
                                                   [CLI_SVG] = "svg",
                                                   [CLI_MARKDOWN] = "markdown"};
    struct cli_output_options *options = target;
    const char *offered = "";
    for (int i = 0; i < CLI_FORMATS; i++) {
        if (i > CLI_CSV && !(options->more_formats >> i & 1)) {
            continue;
        }
        if (strcmp(value, names[i]) == 0) {
            options->format = (enum cli_format)i;
            return true;
        }
        offered =
            ts_arena_printf(&diagnostics->arena, "%s%s%s", offered, *offered ? ", " : "", names[i]);
    }
    struct ts_place nowhere = {.file = NULL};
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere, "unknown format '%s'", value);
    ts_diag_help(diagnostics, "there are %s", offered);
    return false;
}

static bool apply_output(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return cli_file_option("output", value, diagnostics,
                           &((struct cli_output_options *)target)->path);
}

static bool apply_layers(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct cli_output_options *options = target;
    options->all_layers = strcmp(value, "all") == 0;
    if (!options->all_layers && strcmp(value, "slowest") != 0) {
        struct ts_place nowhere = {.file = NULL};
        return ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere,
                             "option '--layers' is all or slowest, not '%s'", value);
    }
    return true;
}

static bool apply_workers(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MAX_WORKERS = 1024 };
    struct cli_output_options *options = target;
    return ts_option_integer("--jobs", value, 1, MAX_WORKERS, diagnostics, &options->workers);
}

const struct ts_option_row cli_help_option = {'h', "help", NULL, "say this", apply_help};
#define FORMAT_OPTION(formats)                                                                     \
    {                                                                                              \
        'f', "format", "NAME", formats, apply_format                                               \
    }
const struct ts_option_row cli_format_option = FORMAT_OPTION("text, json or csv (text)");
const struct ts_option_row cli_format_markdown_option =
    FORMAT_OPTION("text, json, csv or markdown (text)");
const struct ts_option_row cli_format_picture_option =
    FORMAT_OPTION("text, json, csv, markdown or svg (text)");
const struct ts_option_row cli_format_table_option =
    FORMAT_OPTION("text, json, csv, markdown or svg (csv)");
const struct ts_option_row cli_output_option = {'o', "output", "FILE", "write there, not to stdout",
                                                apply_output};
const struct ts_option_row cli_layers_option = {
    0, "layers", "WHICH", "all, or the slowest kinds (slowest)", apply_layers};
const struct ts_option_row cli_workers_option = {'j', "jobs", "N", "worker processes (every core)",
                                                 apply_workers};
