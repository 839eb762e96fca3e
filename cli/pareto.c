#include "cli/study.h"

#include <inttypes.h>

static double value_of(const struct cli_study *study, int64_t point, int goal)
{
    const struct ts_study *table = &study->study;
    return ts_study_value(table, &table->points[point], study->goals[goal].column).number;
}

/* What one end of the front gives and costs against the other, for two goals above zero. */
static void say_trade(const struct cli_study *study, const struct ts_study_front *front,
                      struct ts_listing *listing)
{
    if (study->goal_count != 2 || front->count < 2) {
        return;
    }
    int64_t first = front->points[0], last = front->points[front->count - 1];
    double ratio[2];
    for (int g = 0; g < 2; g++) {
        double from = value_of(study, first, g), to = value_of(study, last, g);
        if (from <= 0 || to <= 0) {
            return;
        }
        ratio[g] = to / from;
    }
    ts_listing_say(listing, "best in %s: %s", study->goals[0].name,
                   cli_study_describe(study, first));
    ts_listing_say(listing, "best in %s: %s, with %.3g times the %s and %.3g times the %s",
                   study->goals[1].name, cli_study_describe(study, last), ratio[0],
                   study->goals[0].name, ratio[1], study->goals[1].name);
}

static void list_front(struct cli_study *study, struct ts_study_selection *selection,
                       enum cli_format format, struct ts_listing *listing)
{
    struct ts_study_front front;
    ts_study_pareto(&study->study, study->goals, study->goal_count, selection, &front);
    ts_listing_fact(listing, "front", (double)front.count);
    ts_listing_fact(listing, "dominated", (double)(selection->count - front.count));
    cli_study_columns(study, format, listing);
    ts_listing_column(listing, "dominates", "");
    for (int64_t i = 0; i < front.count; i++) {
        cli_study_cells(study, format, front.points[i], listing);
        ts_listing_number(listing, (double)front.dominates[i]);
    }
    if (front.count > 0) {
        ts_listing_say(listing, "%" PRId64 " of %" PRId64 " points %s on the front", front.count,
                       selection->count, front.count == 1 ? "is" : "are");
        say_trade(study, &front, listing);
        cli_study_say_scope(study, selection, listing);
    }
}

static int pareto(struct cli_study *study, const struct ts_arguments *files,
                  const struct cli_output_options *options)
{
    struct ts_listing listing;
    struct ts_study_selection selection;
    ts_listing_init(&listing, &study->session->arena, "tessera.pareto/1", "points");
    if (!cli_study_read(study, files)) {
        return CLI_BAD_INPUT;
    }
    for (int i = 0; i < study->goal_count; i++) {
        ts_listing_fact_text(&listing, ts_arena_printf(&study->session->arena, "goal_%d", i + 1),
                             ts_arena_printf(&study->session->arena, "%s %s",
                                             study->goals[i].maximize ? "maximize" : "minimize",
                                             study->goals[i].name));
    }
    bool found = cli_study_select(study, &listing, &selection);
    list_front(study, &selection, options->format, &listing);
    return cli_study_write(study, &listing, options) && found ? CLI_DONE : CLI_FAILED;
}

static const char *misuse(const struct cli_study *study)
{
    return study->goal_count == 1   ? "two or more of --minimize and --maximize have to be given; "
                                      "`tessera best` takes one"
           : study->goal_count == 0 ? "two or more of --minimize and --maximize have to be given"
                                    : NULL;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    const struct ts_option_row options[] = {cli_minimize_option, cli_maximize_option,
                                            cli_subject_option};
    const struct cli_study_kind kind = {
        .options = options, .option_count = 3, .misuse = misuse, .answer = pareto};
    return cli_study_run(command, &kind, words, count);
}

const struct cli_command cli_pareto = {
    "pareto",
    "FILE.db|RESULT.json ... --minimize|--maximize METRIC ... [--subject-to EXPR]",
    "Find the points that no other point beats in every goal",
    "  tessera pareto sweep.db --minimize latency_s --minimize energy_j.total\n",
    run,
};
