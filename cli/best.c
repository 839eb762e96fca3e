#include "cli/study.h"

#include <math.h>

enum { DEFAULT_TOP = 5 };

/* How the first point stands to the second. */
static void say_lead(const struct cli_study *study, const struct ts_study_selection *selection,
                     struct ts_listing *listing)
{
    const struct ts_study_goal *goal = &study->goals[0];
    const struct ts_study *table = &study->study;
    char buffer[TS_SI_BYTES];
    double best = ts_study_value(table, &table->points[selection->points[0]], goal->column).number;
    const char *lead = "";
    if (selection->count > 1) {
        double next =
            ts_study_value(table, &table->points[selection->points[1]], goal->column).number;
        double share = next != 0 ? 100 * fabs(best - next) / fabs(next) : 0;
        lead = best == next ? ", as has the next"
                            : ts_arena_printf(&study->session->arena, ", %.3g %% %s than the next",
                                              share, goal->maximize ? "more" : "less");
    }
    ts_listing_say(listing, "%s has the %s %s: %s%s",
                   cli_study_describe(study, selection->points[0]),
                   goal->maximize ? "largest" : "smallest", goal->name,
                   ts_format_quantity(buffer, best, ts_unit_of(goal->name)), lead);
}

static void list_points(const struct cli_study *study, struct ts_study_selection *selection,
                        enum cli_format format, struct ts_listing *listing)
{
    ts_listing_column(listing, "rank", "");
    cli_study_columns(study, format, listing);
    ts_study_rank(&study->study, study->goals, 1, selection);
    for (int64_t i = 0; i < selection->count && i < study->top; i++) {
        ts_listing_number(listing, (double)(i + 1));
        cli_study_cells(study, format, selection->points[i], listing);
    }
    if (selection->count > 0) {
        say_lead(study, selection, listing);
        cli_study_say_scope(study, selection, listing);
    }
}

static int best(struct cli_study *study, const struct ts_arguments *files,
                const struct cli_output_options *options)
{
    struct ts_listing listing;
    struct ts_study_selection selection;
    ts_listing_init(&listing, &study->session->arena, "tessera.best/1", "points");
    if (!cli_study_read(study, files)) {
        return CLI_BAD_INPUT;
    }
    ts_listing_fact_text(&listing, study->goals[0].maximize ? "maximize" : "minimize",
                         study->goals[0].name);
    bool found = cli_study_select(study, &listing, &selection);
    list_points(study, &selection, options->format, &listing);
    return cli_study_write(study, &listing, options) && found ? CLI_DONE : CLI_FAILED;
}

static const char *misuse(const struct cli_study *study)
{
    return study->goal_count > 1 ? "one --minimize or --maximize has to be given; `tessera pareto` "
                                   "takes several"
           : study->goal_count == 0 ? "one --minimize or --maximize has to be given"
                                    : NULL;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    const struct ts_option_row options[] = {cli_minimize_option, cli_maximize_option,
                                            cli_subject_option, cli_top_option};
    const struct cli_study_kind kind = {.options = options,
                                        .option_count = 4,
                                        .top = DEFAULT_TOP,
                                        .misuse = misuse,
                                        .answer = best};
    return cli_study_run(command, &kind, words, count);
}

const struct cli_command cli_best = {
    "best",
    "FILE.db|RESULT.json ... --minimize|--maximize METRIC [--subject-to EXPR] [-n N]",
    "Find the best points of a sweep under constraints",
    "  tessera best sweep.db --minimize energy_j.total --subject-to 'latency_s < 0.01'\n",
    run,
};
