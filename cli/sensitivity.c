#include "cli/study.h"

#include <math.h>
#include <string.h>

static const char *const default_metrics[] = {"latency_s", "energy_j.total", "average_power_w"};
enum { DEFAULT_METRICS = 3 };

static const char *const method_names[] = {
    [TS_SENSITIVITY_NONE] = "none",
    [TS_SENSITIVITY_DIFFERENCES] = "differences",
    [TS_SENSITIVITY_REGRESSION] = "least squares",
};

struct row {
    const struct cli_study *study;
    const struct ts_sensitivity *found;
    const char *metric, *axis, *arch, *workload, *value, *first;
};

static const char *text_of(const struct ts_study_axis *axis, int number)
{
    const char *text = number >= 0 && number < axis->count ? axis->values[number].text : "";
    return *text ? text : "none";
}

static struct row named(const struct cli_study *study, const struct ts_sensitivity *found)
{
    const struct ts_study *table = &study->study;
    const struct ts_study_axis *axis = &table->axes[found->axis];
    return (struct row){.study = study,
                        .found = found,
                        .metric = table->columns[found->column].name,
                        .axis = axis->name,
                        .arch = text_of(&table->axes[0], found->arch),
                        .workload = text_of(&table->axes[1], found->workload),
                        .value = text_of(axis, found->value),
                        .first = text_of(axis, found->first)};
}

/* What the rows have: text leaves out columns that would be empty. */
struct shape {
    bool ratios, spreads, fits, joined;
};

static struct shape shape_of(const struct ts_sensitivity *rows, int64_t count,
                             enum cli_format format)
{
    bool all = !cli_study_for_people(format);
    struct shape shape = {all, all, all, all};
    for (int64_t i = 0; i < count; i++) {
        shape.ratios |= rows[i].is_ratio;
        shape.joined |= rows[i].with != NULL;
        shape.spreads |= rows[i].method == TS_SENSITIVITY_DIFFERENCES;
        shape.fits |= rows[i].method == TS_SENSITIVITY_REGRESSION;
    }
    return shape;
}

static void add_columns(const struct shape *shape, struct ts_listing *listing)
{
    const struct {
        bool shown;
        const char *name, *unit;
    } columns[] = {
        {true, "metric", NULL},
        {true, "arch", NULL},
        {true, "workload", NULL},
        {true, "axis", NULL},
        {shape->joined, "with", NULL},
        {true, "kind", NULL},
        {shape->ratios, "value", NULL},
        {shape->ratios, "against", NULL},
        {true, "mean", ""},
        {shape->spreads, "lowest", ""},
        {shape->spreads, "highest", ""},
        {shape->fits, "standard_error", ""},
        {shape->fits, "r_squared", ""},
        {true, "samples", ""},
        {true, "method", NULL},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (columns[i].shown) {
            ts_listing_column(listing, columns[i].name, columns[i].unit);
        }
    }
}

static void number_if(struct ts_listing *listing, bool shown, bool known, double number)
{
    if (shown) {
        ts_listing_cell(listing, (struct ts_listing_cell){NULL, known, number});
    }
}

static void add_row(const struct row *row, const struct shape *shape, struct ts_listing *listing)
{
    const struct ts_sensitivity *found = row->found;
    bool told = found->method != TS_SENSITIVITY_NONE;
    bool spread = found->method == TS_SENSITIVITY_DIFFERENCES;
    bool fitted = found->method == TS_SENSITIVITY_REGRESSION;
    ts_listing_text(listing, row->metric);
    ts_listing_text(listing, row->arch);
    ts_listing_text(listing, row->workload);
    ts_listing_text(listing, row->axis);
    if (shape->joined) {
        ts_listing_text(listing, found->with);
    }
    ts_listing_text(listing, found->is_ratio ? "ratio" : "elasticity");
    if (shape->ratios) {
        ts_listing_text(listing, found->is_ratio && told ? row->value : NULL);
        ts_listing_text(listing, found->is_ratio && told ? row->first : NULL);
    }
    number_if(listing, true, told, found->mean);
    number_if(listing, shape->spreads, spread, found->lowest);
    number_if(listing, shape->spreads, spread, found->highest);
    number_if(listing, shape->fits, fitted, found->error);
    number_if(listing, shape->fits, fitted, found->explained);
    ts_listing_number(listing, (double)found->samples);
    ts_listing_text(listing,
                    told ? method_names[found->method]
                         : ts_arena_printf(&row->study->session->arena, "none: %s", found->why));
}

/* ------------------------------------------------------------------ in words */

static void say_elasticity(const struct row *row, struct ts_listing *listing)
{
    const struct ts_sensitivity *found = row->found;
    double size = fabs(found->mean);
    if (size < 0.005) {
        ts_listing_say(listing, "%s on %s: %s does not depend on %s", row->arch, row->workload,
                       row->metric, row->axis);
        return;
    }
    bool spread = found->method == TS_SENSITIVITY_DIFFERENCES && found->samples > 1;
    const char *range =
        spread ? ts_arena_printf(&row->study->session->arena, " (elasticity %.2g to %.2g)",
                                 found->lowest, found->highest)
               : "";
    ts_listing_say(listing, "%s on %s: %s %s %.2g %% for each 1 %% of %s%s", row->arch,
                   row->workload, row->metric, found->mean > 0 ? "rises" : "falls", size, row->axis,
                   range);
}

static void say_ratio(const struct row *row, struct ts_listing *listing)
{
    ts_listing_say(listing, "%s on %s: %s %s has %.3g times the %s of %s", row->arch, row->workload,
                   row->axis, row->value, row->found->mean, row->metric, row->first);
}

static bool same_subject(const struct ts_sensitivity *a, const struct ts_sensitivity *b)
{
    return a->column == b->column && a->arch == b->arch && a->workload == b->workload;
}

/* The strongest elasticity and the strongest ratio of each figure, machine and network. */
static void say_strongest(const struct cli_study *study, const struct ts_sensitivity *rows,
                          int64_t count, struct ts_listing *listing)
{
    for (int64_t begin = 0, end; begin < count; begin = end) {
        const struct ts_sensitivity *elasticity = NULL, *ratio = NULL;
        for (end = begin; end < count && same_subject(&rows[begin], &rows[end]); end++) {
            const struct ts_sensitivity *row = &rows[end];
            if (row->method == TS_SENSITIVITY_NONE) {
                continue;
            }
            if (row->is_ratio) {
                bool stronger = !ratio || fabs(log(row->mean)) > fabs(log(ratio->mean));
                ratio = stronger ? row : ratio;
            } else {
                bool stronger = !elasticity || fabs(row->mean) > fabs(elasticity->mean);
                elasticity = stronger ? row : elasticity;
            }
        }
        if (elasticity) {
            struct row row = named(study, elasticity);
            say_elasticity(&row, listing);
        }
        if (ratio) {
            struct row row = named(study, ratio);
            say_ratio(&row, listing);
        }
    }
}

/* ------------------------------------------------------------------ command */

static int sensitivity(struct cli_study *study, const struct ts_arguments *files,
                       const struct cli_output_options *options)
{
    struct ts_listing listing;
    int64_t count = 0;
    ts_listing_init(&listing, &study->session->arena, "tessera.sensitivity/1", "sensitivities");
    if (study->metric_count == 0) {
        study->metric_count = DEFAULT_METRICS;
        memcpy(study->metrics, default_metrics, sizeof default_metrics);
    }
    if (!cli_study_read(study, files)) {
        return CLI_BAD_INPUT;
    }
    const struct ts_sensitivity *rows =
        ts_study_sensitivity(&study->study, study->columns, study->metric_count, &count);
    if (count == 0) {
        struct ts_place place = {.file = files->words[0]};
        ts_diag_error(&study->session->diagnostics, TS_ERROR_RANGE, place,
                      "no machine and network has results that differ in a setting");
        return CLI_BAD_INPUT;
    }
    cli_study_facts(study, &listing);
    struct shape shape = shape_of(rows, count, options->format);
    add_columns(&shape, &listing);
    for (int64_t i = 0; i < count; i++) {
        struct row row = named(study, &rows[i]);
        add_row(&row, &shape, &listing);
    }
    say_strongest(study, rows, count, &listing);
    return cli_study_write(study, &listing, options) ? CLI_DONE : CLI_FAILED;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    const struct ts_option_row options[] = {cli_metric_option};
    const struct cli_study_kind kind = {
        .options = options, .option_count = 1, .answer = sensitivity};
    return cli_study_run(command, &kind, words, count);
}

const struct cli_command cli_sensitivity = {
    "sensitivity",
    "FILE.db|RESULT.json ... [--metric METRIC]...",
    "Say how much each figure follows each setting",
    "  tessera sensitivity sweep.db --metric latency_s\n",
    run,
};
