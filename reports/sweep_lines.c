/* Which columns of a sweep's table make panels, lines and the x axis. */
#include "reports/sweep_columns.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ choosing columns */

static bool named_column(struct finder *find, const char *name, int *column)
{
    *column = ts_csv_column(find->table, name);
    if (*column >= 0) {
        return true;
    }
    const char *suggestion =
        ts_suggest(name, find->table->columns, (size_t)find->table->column_count);
    ts_diag_error(find->diagnostics, TS_ERROR_UNKNOWN_NAME, (struct ts_place){0},
                  "the sweep's table has no column '%s'", name);
    if (suggestion) {
        ts_diag_help(find->diagnostics, "did you mean '%s'?", suggestion);
    }
    return false;
}

/* The input with the most values that are numbers, or, when none varies, with the most values. */
static int best_x(const struct finder *find)
{
    const char **texts = TS_NEW_ARRAY(find->arena, find->row_count + 1, const char *);
    int best = 0, most = 1;
    for (int numbers = 1; numbers >= 0 && most == 1; numbers--) {
        for (int c = 0; c < find->inputs; c++) {
            int count = column_texts(find, c, texts);
            bool fits = !numbers || column_all_numbers(find, c);
            if (fits && c != find->panel && count > most) {
                best = c;
                most = count;
            }
        }
    }
    return best;
}

static bool choose_x_and_panel(struct finder *find, const struct ts_sweep_chart *chart)
{
    bool none = chart->panel && strcmp(chart->panel, "none") == 0;
    find->panel = -1;
    if (chart->panel && !none && !named_column(find, chart->panel, &find->panel)) {
        return false;
    }
    if (chart->x && !named_column(find, chart->x, &find->x)) {
        return false;
    }
    if (!chart->panel && column_varies(find, ts_csv_column(find->table, "arch"))) {
        find->panel = ts_csv_column(find->table, "arch");
    }
    find->x = chart->x ? find->x : best_x(find);
    if (!chart->panel && find->panel == find->x) {
        find->panel = -1;
    }
    return true;
}

static void choose_lines(struct finder *find)
{
    enum { MOST = sizeof find->line / sizeof *find->line };
    for (int c = 0; c < find->inputs && find->line_columns < MOST; c++) {
        if (c != find->x && c != find->panel && column_varies(find, c) &&
            !column_follows(find, c)) {
            find->line[find->line_columns++] = c;
        }
    }
}

/* ------------------------------------------------------------------ texts */

/* A value as a key shows it: a number, or any when `named`, with the name of its column; a machine
 * with the precision that it alone decides. */
static const char *value_text(const struct finder *find, int row, int column, bool named)
{
    const char *text = column_text(find, row, column);
    int precision = ts_csv_column(find->table, "precision"); /* always there */
    const char *name = find->table->columns[column];
    if (find->own_precision && strcmp(name, "arch") == 0) {
        return ts_arena_printf(find->arena, "%s, %s", text, column_text(find, row, precision));
    }
    static const char *const known[] = {"arch", "workload", "mode", "precision", "transforms"};
    double number;
    named |= column_number(text, NULL, &number);
    for (int i = 0; i < 5; i++) {
        named &= strcmp(name, known[i]) != 0;
    }
    if (!*text) {
        return "none";
    }
    return named ? ts_arena_printf(find->arena, "%s %s", sweep_axis_name(find->arena, name), text)
                 : text;
}

/* What the columns from `first` to before `end` say of a row's line. */
static const char *line_text(const struct finder *find, int row, int first, int end)
{
    const char *text = "";
    for (int c = first; c < end && c < find->line_columns; c++) {
        text = ts_arena_printf(find->arena, "%s%s%s", text, c > first ? ", " : "",
                               value_text(find, row, find->line[c], false));
    }
    return text;
}

/* What does not vary: "resnet50, batch 8, inference, fp16". */
static const char *fixed_text(const struct finder *find)
{
    const char *text = "";
    for (int c = 0; c < find->inputs; c++) {
        if (!column_varies(find, c) && *column_text(find, 0, c)) {
            text = ts_arena_printf(find->arena, "%s%s%s", text, *text ? ", " : "",
                                   value_text(find, 0, c, true));
        }
    }
    return text;
}

static bool too_many(const struct finder *find, const char *what, int count, int most)
{
    ts_diag_error(find->diagnostics, TS_ERROR_LIMIT, (struct ts_place){0},
                  "%d %s are too many for one picture, which holds %d", count, what, most);
    ts_diag_help(find->diagnostics, "choose others with -x and --panel, or write a table");
    return false;
}

/* ------------------------------------------------------------------ the dots */

static bool find_metrics(struct finder *find, const struct ts_sweep_chart *chart,
                         struct sweep_lines *lines, int *columns)
{
    lines->metric_count = chart->y_count > 0 ? chart->y_count : 1;
    for (int m = 0; m < lines->metric_count; m++) {
        const char *name = chart->y_count > 0 ? chart->y[m] : "latency_s";
        double value;
        if (!named_column(find, name, &columns[m])) {
            return false;
        }
        if (!column_number(column_text(find, 0, columns[m]), NULL, &value)) {
            return ts_diag_error(find->diagnostics, TS_ERROR_TYPE, (struct ts_place){0},
                                 "the column '%s' has no numbers to draw", name);
        }
        lines->metrics[m] = name;
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static const char *with_unit(const struct finder *find, const char *column)
{
    const char *name = sweep_axis_name(find->arena, column), *unit = sweep_axis_unit(column);
    return *unit ? ts_arena_printf(find->arena, "%s (%s)", name, unit) : name;
}

/* "density of weights (activations:0.35)". */
static const char *transform_title(const struct finder *find, const char *text,
                                   const struct affix *affix)
{
    const char *name = ts_arena_strndup(find->arena, text, affix->prefix - 1);
    if (strcmp(name, "prune") == 0 || strcmp(name, "activations") == 0) {
        name = *name == 'p' ? "density of weights" : "density of activations";
    }
    return *affix->suffix ? ts_arena_printf(find->arena, "%s (%s)", name, affix->suffix + 1) : name;
}

static void find_x_values(struct finder *find, struct sweep_lines *lines, const struct affix *affix)
{
    const char **texts = TS_NEW_ARRAY(find->arena, find->row_count + 1, const char *);
    double *values = TS_NEW_ARRAY(find->arena, find->row_count + 1, double);
    lines->x_count = column_texts(find, find->x, texts);
    lines->x_title = with_unit(find, find->table->columns[find->x]);
    if (!column_all_numbers(find, find->x)) {
        lines->x_texts = texts;
        return;
    }
    int numbers = 0;
    for (int i = 0; i < lines->x_count; i++) {
        if (!column_is_own(texts[i], affix)) {
            column_number(texts[i], affix, &values[numbers++]);
        }
    }
    lines->x_count = numbers;
    qsort(values, (size_t)lines->x_count, sizeof *values, by_value);
    lines->x_values = values;
    if (affix->prefix > 0) {
        lines->x_title = transform_title(find, texts[*texts[0] ? 0 : 1], affix);
    }
}

/* Texts that got a number when they were first seen. */
struct numbered {
    const char **texts;
    int count;
};

static int number_text(struct numbered *seen, const char *text)
{
    int index = column_index(seen->texts, seen->count, text);
    seen->texts[index] = text;
    seen->count += index == seen->count;
    return index;
}

static struct numbered numbered(struct finder *find)
{
    return (struct numbered){TS_NEW_ARRAY(find->arena, find->row_count + 1, const char *), 0};
}

/* Lines of one colour have their first column in common, lines of one dash all others. */
static void place_lines(struct finder *find, struct sweep_lines *lines)
{
    struct numbered keys = numbered(find), first = numbered(find), others = numbered(find);
    int *colors = TS_NEW_ARRAY(find->arena, find->row_count + 1, int);
    int *dashes = TS_NEW_ARRAY(find->arena, find->row_count + 1, int);
    for (int i = 0; i < find->row_count; i++) {
        int line = number_text(&keys, line_text(find, i, 0, find->line_columns));
        colors[line] = number_text(&first, line_text(find, i, 0, 1));
        dashes[line] = number_text(&others, line_text(find, i, 1, find->line_columns));
        lines->dots[i].line = line;
    }
    lines->lines = keys.texts;
    lines->line_count = keys.count;
    lines->colors = colors;
    lines->dashes = dashes;
}

static bool place_dots(struct finder *find, struct sweep_lines *lines, const int *metrics)
{
    struct affix affix = column_affix(find, find->x);
    struct numbered panels = numbered(find);
    find_x_values(find, lines, &affix);
    lines->dots = TS_NEW_ARRAY(find->arena, find->row_count + 1, struct sweep_dot);
    lines->dot_count = find->row_count;
    place_lines(find, lines);
    for (int i = 0; i < find->row_count; i++) {
        struct sweep_dot *dot = &lines->dots[i];
        dot->panel =
            number_text(&panels, find->panel < 0 ? "" : value_text(find, i, find->panel, false));
        if (lines->x_texts) {
            dot->x = column_index(lines->x_texts, lines->x_count, column_text(find, i, find->x));
        } else if (column_is_own(column_text(find, i, find->x), &affix)) {
            dot->is_own = true;
            dot->x = lines->x_values[0];
        } else {
            column_number(column_text(find, i, find->x), &affix, &dot->x);
        }
        for (int m = 0; m < lines->metric_count; m++) {
            column_number(column_text(find, i, metrics[m]), NULL, &dot->y[m]);
        }
    }
    lines->panels = panels.texts;
    lines->panel_count = panels.count;
    if (lines->panel_count > LINES_PANELS) {
        return too_many(find, "panels", lines->panel_count, LINES_PANELS);
    }
    return lines->line_count <= LINES_MAX || too_many(find, "lines", lines->line_count, LINES_MAX);
}

/* Rows whose status is ok. */
static bool find_rows(struct finder *find)
{
    int status = ts_csv_column(find->table, "status");
    int *rows = TS_NEW_ARRAY(find->arena, find->table->row_count + 1, int);
    for (int i = 0; i < find->table->row_count; i++) {
        if (strcmp(find->table->rows[i].fields[status], "ok") == 0) {
            rows[find->row_count++] = i;
        }
    }
    find->rows = rows;
    find->inputs = status;
    int precision = ts_csv_column(find->table, "precision");
    find->own_precision = find->row_count <= LINES_ROWS && column_varies(find, precision) &&
                          column_follows_from(find, precision, ts_csv_column(find->table, "arch"));
    if (find->row_count == 0) {
        return ts_diag_error(find->diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                             "no point succeeded: there is nothing to draw");
    }
    return find->row_count <= LINES_ROWS || too_many(find, "points", find->row_count, LINES_ROWS);
}

/* A sample has no lines: every point differs in all. Machine and network remain as colours. */
static void make_cloud(struct finder *find, struct sweep_lines *lines)
{
    int kept = 0;
    const int columns[] = {ts_csv_column(find->table, "arch"),
                           ts_csv_column(find->table, "workload")};
    for (int i = 0; i < 2; i++) {
        if (columns[i] != find->panel && columns[i] != find->x && column_varies(find, columns[i])) {
            find->line[kept++] = columns[i];
        }
    }
    find->line_columns = kept;
    lines->joined = false;
}

bool sweep_lines_find(const struct ts_csv *table, const struct ts_sweep_chart *chart,
                      struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct sweep_lines *lines)
{
    struct finder find = {.table = table, .arena = arena, .diagnostics = diagnostics};
    int metrics[LINES_METRICS];
    *lines = (struct sweep_lines){.joined = true};
    if (!find_rows(&find) || !choose_x_and_panel(&find, chart) ||
        !find_metrics(&find, chart, lines, metrics)) {
        return false;
    }
    choose_lines(&find);
    lines->fixed = fixed_text(&find);
    if (chart->sampled) {
        make_cloud(&find, lines);
    }
    return place_dots(&find, lines, metrics);
}
