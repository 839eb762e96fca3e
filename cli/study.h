/* What the commands that study results share: best, pareto, sensitivity. */
#ifndef CLI_STUDY_H
#define CLI_STUDY_H

#include "cli/cli.h"

#include "tessera/listing.h"
#include "tessera/study.h"

enum { CLI_STUDY_MAX_GOALS = 16, CLI_STUDY_MAX_CONSTRAINTS = 32, CLI_STUDY_MAX_METRICS = 32 };

struct cli_study {
    struct cli_session *session;
    struct ts_study study;
    struct ts_study_goal goals[CLI_STUDY_MAX_GOALS];
    int goal_count;
    struct ts_study_constraint constraints[CLI_STUDY_MAX_CONSTRAINTS];
    int constraint_count;
    const char *metrics[CLI_STUDY_MAX_METRICS];
    int metric_count;
    int columns[CLI_STUDY_MAX_METRICS]; /* of the metrics */
    int64_t top;
};

void cli_study_begin(struct cli_study *study, struct cli_session *session);

/* Options into a struct cli_study. */
extern const struct ts_option_row cli_minimize_option, cli_maximize_option, cli_subject_option,
    cli_metric_option, cli_top_option;

/* A command that studies results: its own options beside those of the output, what it lacks, and
 * its answer. */
struct cli_study_kind {
    const struct ts_option_row *options;
    size_t option_count;
    int64_t top; /* where the options leave it */
    /* What is wrong with the goals, as a sentence; NULL: nothing. No function: any will do. */
    const char *(*misuse)(const struct cli_study *study);
    int (*answer)(struct cli_study *study, const struct ts_arguments *files,
                  const struct cli_output_options *options);
};

/* The whole command: its exit status. */
int cli_study_run(const struct cli_command *command, const struct cli_study_kind *kind,
                  const char *const *words, int count);

/* Reads stores and files of results, and finds what goals, metrics and constraints name in them.
 * Errors beside those of the readers: RANGE when there are no results, UNSUPPORTED for a sweep
 * file. */
bool cli_study_read(struct cli_study *study, const struct ts_arguments *files);

/* Which points count. False, after a sentence about what excludes most and which point is nearest,
 * when none does. */
bool cli_study_select(struct cli_study *study, struct ts_listing *listing,
                      struct ts_study_selection *selection);

/* Says which points were looked at, where that is not plain. */
void cli_study_say_scope(const struct cli_study *study, const struct ts_study_selection *selection,
                         struct ts_listing *listing);

/* "tpu on resnet50, batch 8": what points differ in; in the session's arena. */
const char *cli_study_describe(const struct cli_study *study, int64_t point);

/* Is that format for reading, not for programs? */
bool cli_study_for_people(enum cli_format format);

/* Columns and cells of a point: goals and other figures that were named, machine, network, axes.
 * Text and Markdown have the axes that vary, other
 * formats all, and where the point stands. */
void cli_study_columns(const struct cli_study *study, enum cli_format format,
                       struct ts_listing *listing);
void cli_study_cells(const struct cli_study *study, enum cli_format format, int64_t point,
                     struct ts_listing *listing);

/* How many results there are, failed, and lack a figure. */
void cli_study_facts(const struct cli_study *study, struct ts_listing *listing);

/* Writes in the format asked for; a sentence alone, where there are no rows, goes to stderr. */
bool cli_study_write(const struct cli_study *study, const struct ts_listing *listing,
                     const struct cli_output_options *options);

#endif
