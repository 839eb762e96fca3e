#include "cli/study.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void cli_study_begin(struct cli_study *study, struct cli_session *session)
{
    *study = (struct cli_study){.session = session};
    ts_study_init(&study->study, &session->arena);
}

/* ------------------------------------------------------------------ options */

static bool too_many(struct ts_diagnostics *diagnostics, const char *option, int limit)
{
    struct ts_place nowhere = {.file = NULL};
    return ts_diag_error(diagnostics, TS_ERROR_USAGE, nowhere,
                         "option '%s' was given more than %d times", option, limit);
}

static bool apply_goal(void *target, const char *value, bool maximize,
                       struct ts_diagnostics *diagnostics)
{
    struct cli_study *study = target;
    if (study->goal_count == CLI_STUDY_MAX_GOALS) {
        return too_many(diagnostics, maximize ? "--maximize" : "--minimize", CLI_STUDY_MAX_GOALS);
    }
    study->goals[study->goal_count++] = (struct ts_study_goal){value, maximize, -1};
    return true;
}

static bool apply_minimize(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return apply_goal(target, value, false, diagnostics);
}

static bool apply_maximize(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return apply_goal(target, value, true, diagnostics);
}

static bool apply_subject(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct cli_study *study = target;
    if (study->constraint_count == CLI_STUDY_MAX_CONSTRAINTS) {
        return too_many(diagnostics, "--subject-to", CLI_STUDY_MAX_CONSTRAINTS);
    }
    study->constraints[study->constraint_count++] = (struct ts_study_constraint){.text = value};
    return true;
}

static bool apply_metric(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct cli_study *study = target;
    if (study->metric_count == CLI_STUDY_MAX_METRICS) {
        return too_many(diagnostics, "--metric", CLI_STUDY_MAX_METRICS);
    }
    study->metrics[study->metric_count++] = value;
    return true;
}

static bool apply_top(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    enum { MAX_TOP = 1000000 };
    return ts_option_integer("--top", value, 1, MAX_TOP, diagnostics,
                             &((struct cli_study *)target)->top);
}

const struct ts_option_row cli_minimize_option = {
    0, "minimize", "METRIC", "the smaller the better: a dotted path into the results, or an axis",
    apply_minimize};
const struct ts_option_row cli_maximize_option = {0, "maximize", "METRIC", "the larger the better",
                                                  apply_maximize};
const struct ts_option_row cli_subject_option = {
    0, "subject-to", "EXPR", "points that count: 'latency_s < 0.01 and batch >= 8'; repeatable",
    apply_subject};
const struct ts_option_row cli_metric_option = {
    'm', "metric", "METRIC",
    "a dotted path into the results; repeatable (latency_s, energy_j.total, average_power_w)",
    apply_metric};
const struct ts_option_row cli_top_option = {'n', "top", "N", "how many points (5)", apply_top};

/* ------------------------------------------------------------------ points */

const char *cli_study_describe(const struct cli_study *study, int64_t point)
{
    const struct ts_study *table = &study->study;
    struct ts_arena *arena = &study->session->arena;
    const int *numbers = table->points[point].axis;
    const char *text = ts_arena_printf(arena, "%s on %s", table->axes[0].values[numbers[0]].text,
                                       table->axes[1].values[numbers[1]].text);
    for (int axis = 2; axis < table->axis_count; axis++) {
        int number = ts_study_axis_index(&table->points[point], axis);
        if (number >= 0 && ts_study_varies(table, axis)) {
            const char *value = table->axes[axis].values[number].text;
            text = ts_arena_printf(arena, "%s, %s %s", text, table->axes[axis].name,
                                   *value ? value : "none");
        }
    }
    return text;
}

/* Goals and constraints name it as a figure: axes have columns of their own. */
static bool is_figure(const struct ts_study_column *column)
{
    return column->axis < 0 && column->any;
}

bool cli_study_for_people(enum cli_format format)
{
    return format == CLI_TEXT || format == CLI_MARKDOWN;
}

static bool is_shown(const struct ts_study *table, int axis, enum cli_format format)
{
    return axis < 2 || !cli_study_for_people(format) || ts_study_varies(table, axis);
}

/* Numbers alone? */
static bool is_numeric(const struct ts_study_axis *axis)
{
    bool numeric = true;
    for (int i = 0; i < axis->count; i++) {
        numeric &= axis->values[i].is_number;
    }
    return numeric;
}

void cli_study_columns(const struct cli_study *study, enum cli_format format,
                       struct ts_listing *listing)
{
    const struct ts_study *table = &study->study;
    for (int i = 0; i < table->column_count; i++) {
        const struct ts_study_column *column = &table->columns[i];
        if (is_figure(column)) {
            ts_listing_column(listing, column->name,
                              column->any_number ? ts_unit_of(column->name) : NULL);
        }
    }
    for (int axis = 0; axis < table->axis_count; axis++) {
        if (is_shown(table, axis, format)) {
            const struct ts_study_axis *each = &table->axes[axis];
            ts_listing_column(listing, each->name, is_numeric(each) ? "" : NULL);
        }
    }
    if (!cli_study_for_people(format)) {
        ts_listing_column(listing, "source", NULL);
        ts_listing_column(listing, "row", "");
    }
}

void cli_study_cells(const struct cli_study *study, enum cli_format format, int64_t point,
                     struct ts_listing *listing)
{
    const struct ts_study *table = &study->study;
    const struct ts_study_point *row = &table->points[point];
    for (int i = 0; i < table->column_count; i++) {
        struct ts_axis_value figure = ts_study_value(table, row, i);
        if (is_figure(&table->columns[i])) {
            const char *text = *figure.text ? figure.text : NULL;
            ts_listing_cell(listing,
                            (struct ts_listing_cell){text, figure.is_number, figure.number});
        }
    }
    for (int axis = 0; axis < table->axis_count; axis++) {
        if (is_shown(table, axis, format)) {
            int number = ts_study_axis_index(row, axis);
            struct ts_axis_value value = {.text = NULL};
            value = number >= 0 ? table->axes[axis].values[number] : value;
            ts_listing_cell(listing,
                            (struct ts_listing_cell){value.text, value.is_number, value.number});
        }
    }
    if (!cli_study_for_people(format)) {
        ts_listing_text(listing, row->source);
        ts_listing_number(listing, (double)row->id);
    }
}

/* ------------------------------------------------------------------ selection */

void cli_study_facts(const struct cli_study *study, struct ts_listing *listing)
{
    ts_listing_fact(listing, "results", (double)study->study.count);
    ts_listing_fact(listing, "failed", (double)study->study.failed);
}

/* What the nearest point has in the columns that constraints name. */
static const char *figures_of(const struct cli_study *study, int64_t point)
{
    struct ts_arena *arena = &study->session->arena;
    const struct ts_study *table = &study->study;
    const char *text = "";
    for (int i = 0; i < table->column_count; i++) {
        char buffer[TS_SI_BYTES];
        const struct ts_study_column *column = &table->columns[i];
        struct ts_axis_value value = ts_study_value(table, &table->points[point], i);
        if (is_figure(column)) {
            text = ts_arena_printf(
                arena, "%s, %s %s", text, column->name,
                value.is_number ? ts_format_quantity(buffer, value.number, ts_unit_of(column->name))
                                : value.text);
        }
    }
    return text;
}

static void explain(const struct cli_study *study, const struct ts_study_selection *selection,
                    struct ts_listing *listing)
{
    const struct ts_study_constraint *worst = &study->constraints[0];
    if (selection->nearest < 0) {
        ts_listing_say(listing, "no result has all the figures that are asked for");
        return;
    }
    for (int i = 1; i < study->constraint_count; i++) {
        worst = study->constraints[i].excluded > worst->excluded ? &study->constraints[i] : worst;
    }
    int64_t count = study->study.count - selection->lacking;
    ts_listing_say(listing,
                   "no point meets every constraint: '%s' excludes %" PRId64 " of %" PRId64,
                   worst->text, worst->excluded, count);
    ts_listing_say(listing, "the nearest is %s%s", cli_study_describe(study, selection->nearest),
                   figures_of(study, selection->nearest));
}

bool cli_study_select(struct cli_study *study, struct ts_listing *listing,
                      struct ts_study_selection *selection)
{
    ts_study_select(&study->study, study->goals, study->goal_count, study->constraints,
                    study->constraint_count, selection);
    cli_study_facts(study, listing);
    ts_listing_fact(listing, "without_figures", (double)selection->lacking);
    ts_listing_fact(listing, "feasible", (double)selection->count);
    if (selection->count == 0) {
        explain(study, selection, listing);
    }
    return selection->count > 0;
}

static bool several_networks(const struct ts_study *table,
                             const struct ts_study_selection *selection)
{
    const struct ts_study_point *points = table->points;
    bool several = false;
    for (int64_t i = 1; i < selection->count; i++) {
        several |= points[selection->points[i]].axis[1] != points[selection->points[0]].axis[1];
    }
    return several;
}

void cli_study_say_scope(const struct cli_study *study, const struct ts_study_selection *selection,
                         struct ts_listing *listing)
{
    int64_t count = study->study.count - selection->lacking;
    if (study->constraint_count > 0) {
        ts_listing_say(listing, "%" PRId64 " of %" PRId64 " points meet the constraints",
                       selection->count, count);
    }
    if (selection->lacking > 0) {
        ts_listing_say(listing, "%" PRId64 " results lack a figure that was asked for",
                       selection->lacking);
    }
    if (study->study.failed > 0) {
        ts_listing_say(listing, "%" PRId64 " points failed", study->study.failed);
    }
    if (several_networks(&study->study, selection)) {
        ts_listing_say(listing, "several networks are compared: "
                                "--subject-to 'workload == NAME' keeps to one");
    }
}

/* ------------------------------------------------------------------ output */

bool cli_study_write(const struct cli_study *study, const struct ts_listing *listing,
                     const struct cli_output_options *options)
{
    struct ts_report_style style = cli_style(options);
    struct cli_output output;
    for (int i = 0; i < listing->sentence_count && listing->cell_count == 0; i++) {
        fprintf(stderr, "%s\n", listing->sentences[i]);
    }
    cli_output_begin(&output);
    if (options->format == CLI_JSON) {
        ts_listing_write_json(listing, output.stream);
    } else if (options->format == CLI_CSV) {
        ts_listing_write_csv(listing, output.stream);
    } else if (options->format == CLI_MARKDOWN && listing->cell_count > 0) {
        ts_listing_write_markdown(listing, output.stream);
    } else if (listing->cell_count > 0) {
        ts_listing_write_text(listing, &style, output.stream);
    }
    return cli_output_end(&output, options->path, &study->session->diagnostics);
}

int cli_study_run(const struct cli_command *command, const struct cli_study_kind *kind,
                  const char *const *words, int count)
{
    struct cli_session session;
    struct cli_study study;
    cli_begin(&session, command);
    cli_study_begin(&study, &session);
    study.top = kind->top;
    struct cli_output_options options = {.format = CLI_TEXT, .more_formats = 1u << CLI_MARKDOWN};
    const struct ts_option_row output_options[] = {cli_format_markdown_option, cli_output_option,
                                                   cli_help_option};
    const struct ts_option_table tables[] = {{kind->options, kind->option_count, &study},
                                             {output_options, 3, &options}};
    struct ts_arguments files;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, tables, 2, words, count, &options.help, &files, &status)) {
        const char *misuse = kind->misuse ? kind->misuse(&study) : NULL;
        if (files.count == 0) {
            cli_usage_error(&session, "results are missing: a store, or JSON of run or compare");
        } else if (misuse) {
            cli_usage_error(&session, "%s", misuse);
        } else {
            status = kind->answer(&study, &files, &options);
        }
    }
    return cli_end(&session, status);
}
