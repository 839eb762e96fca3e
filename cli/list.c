#include "cli/list_machines.h"
#include "cli/precisions.h"

#include "tessera/listing.h"

#include <string.h>

static void list_workloads(struct ts_arena *arena, FILE *stream)
{
    struct ts_workload_entry *entries = NULL;
    int count = ts_workload_list(arena, &entries);
    int width = 0;
    for (int i = 0; i < count; i++) {
        int length = (int)strlen(entries[i].name);
        width = length > width ? length : width;
    }
    for (int i = 0; i < count; i++) {
        char macs[TS_SI_BYTES], parameters[TS_SI_BYTES];
        fprintf(stream, "%-*s  %9s MACs  %9s parameters  %s\n", width, entries[i].name,
                ts_format_si(macs, entries[i].macs, ""),
                ts_format_si(parameters, entries[i].parameters, ""),
                entries[i].description ? entries[i].description : "");
    }
    fputs("\none-liners: gemm:M,N,K[,layout=any|nn|tn|nt|tt]  bmm:B,M,N,K[,layout=..]  fc:IN,OUT\n"
          "            conv:N=..,C=..,H=..,W=..,K=..,R=..,S=..\n"
          "            conv_bwd_data:...  conv_bwd_weight:...  memory:PATTERN\n",
          stream);
}

static void list_transforms(struct ts_arena *arena, FILE *stream)
{
    (void)arena;
    const struct ts_transform_entry *entries = NULL;
    int count = ts_transform_list(&entries);
    for (int i = 0; i < count; i++) {
        char name[48];
        snprintf(name, sizeof name, "%s%s%s", entries[i].name, entries[i].argument ? ":" : "",
                 entries[i].argument ? entries[i].argument : "");
        fprintf(stream, "%-20s  %s\n%-20s    %s\n", name, entries[i].description, "",
                entries[i].used_by);
    }
}

/* JSON is a JSON Schema of architecture files, for editors. */
static bool list_keys(struct cli_session *session, enum cli_format format, FILE *stream)
{
    if (format == CLI_CSV) {
        return cli_usage_error(session, "the list of keys is text, or a JSON Schema (-f json)");
    }
    (format == CLI_JSON ? ts_arch_write_json_schema : ts_arch_write_keys)(stream);
    return true;
}

/* ------------------------------------------------------------------ for programs */

static void fill_workloads(struct ts_arena *arena, struct ts_listing *listing)
{
    struct ts_workload_entry *entries = NULL;
    int count = ts_workload_list(arena, &entries);
    ts_listing_column(listing, "name", NULL);
    ts_listing_column(listing, "macs", "");
    ts_listing_column(listing, "parameters", "");
    ts_listing_column(listing, "description", NULL);
    for (int i = 0; i < count; i++) {
        ts_listing_text(listing, entries[i].name);
        ts_listing_number(listing, entries[i].macs);
        ts_listing_number(listing, entries[i].parameters);
        ts_listing_text(listing, entries[i].description ? entries[i].description : "");
    }
}

static void fill_transforms(struct ts_arena *arena, struct ts_listing *listing)
{
    (void)arena;
    const struct ts_transform_entry *entries = NULL;
    int count = ts_transform_list(&entries);
    static const char *const columns[] = {"name", "argument", "description", "used_by"};
    for (int i = 0; i < 4; i++) {
        ts_listing_column(listing, columns[i], NULL);
    }
    for (int i = 0; i < count; i++) {
        ts_listing_text(listing, entries[i].name);
        ts_listing_text(listing, entries[i].argument ? entries[i].argument : "");
        ts_listing_text(listing, entries[i].description);
        ts_listing_text(listing, entries[i].used_by);
    }
}

/* The list as text for people and, where it has columns, as rows for programs; or all its formats
 * by itself. */
static const struct {
    const char *name;
    void (*list)(struct ts_arena *arena, FILE *stream);
    void (*fill)(struct ts_arena *arena, struct ts_listing *listing);
    bool (*list_as)(struct cli_session *session, enum cli_format format, FILE *stream);
} lists[] = {
    {"archs", list_archs, fill_archs, NULL},
    {"workloads", list_workloads, fill_workloads, NULL},
    {"devices", list_devices, fill_devices, NULL},
    {"transforms", list_transforms, fill_transforms, NULL},
    {"precisions", NULL, NULL, list_precisions},
    {"keys", NULL, NULL, list_keys},
};
enum { LISTS = sizeof lists / sizeof *lists };

static void write_rows(struct cli_session *session, int index, enum cli_format format, FILE *stream)
{
    struct ts_listing *listing = TS_NEW(&session->arena, struct ts_listing);
    ts_listing_init(listing, &session->arena, "tessera.list/1", lists[index].name);
    lists[index].fill(&session->arena, listing);
    (format == CLI_JSON ? ts_listing_write_json : ts_listing_write_csv)(listing, stream);
}

static int write_list(struct cli_session *session, int index,
                      const struct cli_output_options *options)
{
    struct cli_output output;
    bool ok = true;
    const bool rows = lists[index].fill && options->format != CLI_TEXT;
    cli_output_begin(&output);
    if (lists[index].list_as) {
        ok = lists[index].list_as(session, options->format, output.stream);
    } else if (rows) {
        write_rows(session, index, options->format, output.stream);
    } else {
        lists[index].list(&session->arena, output.stream);
    }
    if (!ok) {
        cli_output_drop(&output);
        return CLI_BAD_INPUT;
    }
    return cli_output_end(&output, options->path, &session->diagnostics) ? CLI_DONE : CLI_FAILED;
}

static int list(struct cli_session *session, const char *name,
                const struct cli_output_options *options)
{
    const char *names[LISTS];
    for (int i = 0; i < LISTS; i++) {
        names[i] = lists[i].name;
        if (strcmp(name, lists[i].name) == 0) {
            return write_list(session, i, options);
        }
    }
    struct ts_place nowhere = {.file = NULL};
    ts_diag_error(&session->diagnostics, TS_ERROR_USAGE, nowhere, "there is no list of '%s'", name);
    const char *suggestion = ts_suggest(name, names, LISTS);
    if (suggestion) {
        ts_diag_help(&session->diagnostics, "did you mean '%s'?", suggestion);
    } else {
        ts_diag_help(&session->diagnostics, "usage: tessera list %s", session->command->usage);
    }
    return CLI_BAD_INPUT;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct cli_output_options options = {.format = CLI_TEXT};
    const struct ts_option_row rows[] = {cli_format_option, cli_output_option, cli_help_option};
    const struct ts_option_table table = {rows, 3, &options};
    struct ts_arguments arguments;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, &table, 1, words, count, &options.help, &arguments, &status)) {
        if (arguments.count != 1) {
            cli_usage_error(&session, "one list has to be named");
        } else {
            status = list(&session, arguments.words[0], &options);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_list = {
    "list",
    "archs|workloads|devices|transforms|precisions|keys",
    "Name what there is",
    "  tessera list archs\n"
    "  tessera list keys -f json -o arch.schema.json\n",
    run,
};
