/* What the subcommands share. Each command parses its options, calls the library and returns the
 * exit status: 0 done, 1 the simulation or a validation bound failed, 2 bad input or usage. */
#ifndef CLI_H
#define CLI_H

#include "tessera/job.h"
#include "tessera/report.h"

enum cli_status { CLI_DONE = 0, CLI_FAILED = 1, CLI_BAD_INPUT = 2 };

/* One row of the table in main.c. words[0] is what follows the command's name. */
struct cli_command {
    const char *name;
    const char *usage;    /* behind "tessera NAME" */
    const char *summary;  /* one line for the list of commands */
    const char *examples; /* lines that help ends with */
    int (*run)(const struct cli_command *command, const char *const *words, int count);
};

extern const struct cli_command cli_run, cli_compare, cli_sweep, cli_validate, cli_memory, cli_list,
    cli_check, cli_report, cli_best, cli_pareto, cli_sensitivity;

enum cli_format { CLI_TEXT, CLI_JSON, CLI_CSV, CLI_MARKDOWN, CLI_SVG, CLI_FORMATS };

/* Options that say where output goes and how; commands take the rows they need. */
struct cli_output_options {
    enum cli_format format;
    unsigned more_formats; /* bits 1 << CLI_SVG, ...: what the command has beside text, JSON, CSV */
    const char *path;      /* -o; NULL = stdout */
    bool all_layers;
    bool help;
    int64_t workers; /* -j; 0 = every core */
};

/* -f says which formats a command has: text, json and csv; markdown too; a picture as well; all,
 * and csv where none is asked for. */
extern const struct ts_option_row cli_format_option, cli_format_markdown_option,
    cli_format_picture_option, cli_format_table_option;
extern const struct ts_option_row cli_help_option, cli_output_option, cli_layers_option,
    cli_workers_option;

/* What every command holds while it runs. */
struct cli_session {
    const struct cli_command *command;
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
};

void cli_begin(struct cli_session *session, const struct cli_command *command);

/* Prints what diagnostics there are, releases, and passes the status on: `failed` when one came
 * from the simulation, bad input when there is any other. */
int cli_end(struct cli_session *session, int status);

/* Parses; prints the help when asked for. Returns true when the command shall go on; otherwise
 * *status says how to end. `arguments` NULL: no positional word is allowed. */
bool cli_parse(struct cli_session *session, const struct ts_option_table *tables, size_t count,
               const char *const *words, int word_count, const bool *help,
               struct ts_arguments *arguments, int *status);

/* Colours and characters that suit where text goes. */
struct ts_report_style cli_style(const struct cli_output_options *options);

/* Output is gathered in memory and appears at once, or not at all. */
struct cli_output {
    FILE *stream;
    char *text;
    size_t length;
};
void cli_output_begin(struct cli_output *output);
/* To stdout, or to a file through a temporary one that is renamed. False with a diagnostic. */
bool cli_output_end(struct cli_output *output, const char *path,
                    struct ts_diagnostics *diagnostics);
void cli_output_drop(struct cli_output *output);

/* False with a diagnostic when `path` (NULL: stdout) can't be written, said before hours of
 * simulation and not behind them. */
bool cli_output_possible(const char *path, struct ts_diagnostics *diagnostics);

/* The value of an option that names a file. Error: USAGE when it is empty. */
bool cli_file_option(const char *option, const char *value, struct ts_diagnostics *diagnostics,
                     const char **path);

/* Files that one command writes; a path NULL: not asked for. Two that are one are a usage error. */
struct cli_named_path {
    const char *option, *path;
};
bool cli_paths_differ(struct cli_session *session, const struct cli_named_path *paths, int count);

/* Worker processes for -j. */
int cli_workers(int64_t asked);

/* What a result's reader should know, among the diagnostics: for formats that show no notes. */
void cli_note_result(struct cli_session *session, const struct ts_result *result);

/* A usage error with the command's usage as help; returns false. */
bool cli_usage_error(struct cli_session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
