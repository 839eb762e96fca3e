/* A sweep as a picture: small multiples that share their axes, so that panels can be compared. */
#include "reports/scale.h"
#include "reports/svg.h"
#include "reports/sweep_lines.h"

#include <math.h>
#include <string.h>

enum {
    LEFT = 88,
    TOP = 64,
    PLOT_HEIGHT = 180,
    GAP_X = 22,
    GAP_Y = 64,
    IN_A_ROW = 4,
    INSET = 12, /* between a plot's border and its first and last dots */
    KEY_ROW = 18,
    LETTER = 6, /* about the width of one at this size */
    MAX_TICKS = 24
};

static const char *const dashes[] = {"", "7 4", "2 3", "9 3 2 3", "12 5", "4 2 1 2"};
enum { DASHES = sizeof dashes / sizeof *dashes };

struct drawing {
    FILE *stream;
    struct ts_arena arena;
    const struct sweep_lines *lines;
    int across, down; /* panels in a row; rows of one metric */
    bool beside;      /* one panel: its metrics stand side by side */
    double width;     /* of a plot */
    double scale[LINES_METRICS];
    const char *unit[LINES_METRICS];
    struct scale x, y[LINES_METRICS];
};

static double plot_x(const struct drawing *drawing, int panel, int metric)
{
    double step = drawing->width + (drawing->beside ? LEFT : GAP_X);
    return LEFT + (drawing->beside ? metric : panel % drawing->across) * step;
}

/* How far texts below the axis reach down: they are slanted when they have no room side by side. */
static double slant_height(const struct sweep_lines *lines, double width)
{
    size_t longest = 0;
    for (int i = 0; lines->x_texts && i < lines->x_count; i++) {
        size_t length = strlen(lines->x_texts[i]);
        longest = length > longest ? length : longest;
    }
    double wide = (double)longest * LETTER;
    return wide < width / fmax(lines->x_count, 1) ? 0 : fmin(wide * 0.5, 150);
}

/* Rows of several metrics share what stands above the first and below the last. */
static bool is_stacked(const struct drawing *drawing)
{
    return !drawing->beside && drawing->down == 1 && drawing->lines->metric_count > 1;
}

static double row_height(const struct drawing *drawing)
{
    return PLOT_HEIGHT + (is_stacked(drawing) ? GAP_Y / 2 + 8 : GAP_Y) +
           slant_height(drawing->lines, drawing->width);
}

static double plot_y(const struct drawing *drawing, int panel, int metric)
{
    int row = drawing->beside ? 0 : metric * drawing->down + panel / drawing->across;
    return TOP + row * row_height(drawing);
}

static const char *color_of(const struct sweep_lines *lines, int line)
{
    return svg_series_colors[lines->colors[line] % svg_series_color_count];
}

/* ------------------------------------------------------------------ axes */

/* Shares are shown in per cent, rates in their own unit with a prefix. */
static void choose_units(struct drawing *drawing)
{
    for (int m = 0; m < drawing->lines->metric_count; m++) {
        const char *name = drawing->lines->metrics[m];
        bool share = strcmp(name, "utilization") == 0 || strncmp(name, "time_", 5) == 0;
        drawing->scale[m] = share ? 100 : strcmp(name, "tflops") == 0 ? 1e12 : 1;
        drawing->unit[m] = share                             ? "%"
                           : strcmp(name, "tflops") == 0     ? "OP/s"
                           : strcmp(name, "tops_per_w") == 0 ? "TOPS/W"
                                                             : sweep_axis_unit(name);
    }
}

static void choose_scales(struct drawing *drawing)
{
    const struct sweep_lines *lines = drawing->lines;
    /* Bars start at zero where they can; lines go by ratios earlier. */
    double x_ratio = 8, y_ratio = lines->x_texts ? 40 : 10;
    if (lines->x_texts) {
        drawing->x = (struct scale){.low = -0.5, .high = lines->x_count - 0.5};
    } else {
        drawing->x =
            scale_over(lines->x_values[0], lines->x_values[lines->x_count - 1], x_ratio, false);
    }
    drawing->x.from = lines->x_texts ? 0 : INSET;
    drawing->x.to = drawing->width - (lines->x_texts ? 0 : INSET);
    for (int m = 0; m < lines->metric_count; m++) {
        double least = INFINITY, most = -INFINITY;
        for (int i = 0; i < lines->dot_count; i++) {
            least = fmin(least, drawing->scale[m] * lines->dots[i].y[m]);
            most = fmax(most, drawing->scale[m] * lines->dots[i].y[m]);
        }
        drawing->y[m] = scale_over(least, most, y_ratio, true);
        drawing->y[m].from = PLOT_HEIGHT;
        drawing->y[m].to = 0;
    }
}

static const char *x_label(const struct drawing *drawing, double value)
{
    return ts_arena_printf((struct ts_arena *)&drawing->arena, value < 1000 ? "%.3g" : "%.0f",
                           value);
}

/* Where the dots are when these are few, else at round numbers. */
static int x_ticks(const struct drawing *drawing, double *ticks)
{
    const struct sweep_lines *lines = drawing->lines;
    enum { FEW = 10 };
    if (lines->x_texts || lines->x_count > FEW || !lines->joined) {
        return scale_ticks(&drawing->x, 6, ticks, MAX_TICKS);
    }
    memcpy(ticks, lines->x_values, (size_t)lines->x_count * sizeof *ticks);
    return lines->x_count;
}

/* Every how many ticks there is room for a text. */
static int label_stride(const struct drawing *drawing, const double *ticks, int count)
{
    for (int stride = 1; stride < count; stride++) {
        bool fits = true;
        for (int i = stride; i < count && fits; i += stride) {
            size_t letters =
                strlen(x_label(drawing, ticks[i])) + strlen(x_label(drawing, ticks[i - stride]));
            double apart =
                scale_at(&drawing->x, ticks[i]) - scale_at(&drawing->x, ticks[i - stride]);
            fits = apart >= (double)letters * (LETTER + 1) / 2.0 + 6;
        }
        if (fits) {
            return stride;
        }
    }
    return count > 0 ? count : 1;
}

static void draw_x_numbers(const struct drawing *drawing, double left, double bottom)
{
    double ticks[MAX_TICKS];
    int count = x_ticks(drawing, ticks), stride = label_stride(drawing, ticks, count);
    for (int i = 0; i < count; i++) {
        double at = left + scale_at(&drawing->x, ticks[i]);
        svg_line(drawing->stream, at, bottom, at, bottom + 4, "axis");
        if (i % stride == 0) {
            svg_text(drawing->stream, at, bottom + 17, "middle", "quiet",
                     x_label(drawing, ticks[i]));
        }
    }
}

static void draw_x_texts(const struct drawing *drawing, double left, double bottom)
{
    bool slanted = slant_height(drawing->lines, drawing->width) > 0;
    for (int i = 0; i < drawing->lines->x_count; i++) {
        const char *text = *drawing->lines->x_texts[i] ? drawing->lines->x_texts[i] : "none";
        double x = left + scale_at(&drawing->x, i);
        if (slanted) {
            svg_turned(drawing->stream, x + 4, bottom + 14, -30, "end", "quiet", text);
        } else {
            svg_text(drawing->stream, x, bottom + 17, "middle", "quiet", text);
        }
    }
}

static void draw_y_axis(const struct drawing *drawing, int metric, double left, double top,
                        bool labelled)
{
    double ticks[MAX_TICKS];
    const struct scale *scale = &drawing->y[metric];
    int count = scale_ticks(scale, 6, ticks, MAX_TICKS);
    for (int i = 0; i < count; i++) {
        char text[TS_SI_BYTES];
        double at = top + scale_at(scale, ticks[i]);
        svg_line(drawing->stream, left, at, left + drawing->width, at, "grid");
        if (labelled) {
            svg_text(drawing->stream, left - 7, at + 4, "end", "quiet",
                     scale_text(text, ticks[i], drawing->unit[metric]));
        }
    }
}

static void draw_frame(struct drawing *drawing, int panel, int metric)
{
    const struct sweep_lines *lines = drawing->lines;
    double left = plot_x(drawing, panel, metric), top = plot_y(drawing, panel, metric);
    double bottom = top + PLOT_HEIGHT, middle = left + drawing->width / 2.0;
    bool first = panel % drawing->across == 0;
    bool stacked = is_stacked(drawing);
    draw_y_axis(drawing, metric, left, top, first);
    svg_line(drawing->stream, left, bottom, left + drawing->width, bottom, "axis");
    if (metric == 0 || !stacked) {
        svg_text(drawing->stream, middle, top - 9, "middle", "head", lines->panels[panel]);
    }
    if (first) {
        svg_turned(drawing->stream, left - LEFT + 20, top + PLOT_HEIGHT / 2.0, -90, "middle", "",
                   sweep_axis_name(&drawing->arena, lines->metrics[metric]));
    }
    if (lines->x_texts) {
        draw_x_texts(drawing, left, bottom);
    } else {
        draw_x_numbers(drawing, left, bottom);
    }
    if (metric == lines->metric_count - 1 || !stacked) {
        svg_text(drawing->stream, middle, bottom + 35 + slant_height(lines, drawing->width),
                 "middle", "", lines->x_title);
    }
}

/* ------------------------------------------------------------------ dots */

static const char *hint_of(struct drawing *drawing, const struct sweep_dot *dot, int metric)
{
    const struct sweep_lines *lines = drawing->lines;
    char value[TS_SI_BYTES];
    scale_text(value, drawing->scale[metric] * dot->y[metric], drawing->unit[metric]);
    const char *x = dot->is_own      ? "its own value"
                    : lines->x_texts ? lines->x_texts[(int)dot->x]
                                     : x_label(drawing, dot->x);
    const char *panel = lines->panels[dot->panel], *line = lines->lines[dot->line];
    return ts_arena_printf(&drawing->arena, "%s%s%s%sat %s: %s", panel, *panel && *line ? ", " : "",
                           line, *panel || *line ? " " : "", x, value);
}

/* The next dot of a line to the right of `x`; -1: none. */
static int next_dot(const struct sweep_lines *lines, int panel, int line, double x)
{
    int best = -1;
    for (int i = 0; i < lines->dot_count; i++) {
        const struct sweep_dot *dot = &lines->dots[i];
        if (dot->panel == panel && dot->line == line && !dot->is_own && dot->x > x &&
            (best < 0 || dot->x < lines->dots[best].x)) {
            best = i;
        }
    }
    return best;
}

static void draw_line(struct drawing *drawing, int panel, int metric, int line)
{
    const struct sweep_lines *lines = drawing->lines;
    double left = plot_x(drawing, panel, metric), top = plot_y(drawing, panel, metric);
    double x = -INFINITY;
    fprintf(drawing->stream,
            "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" "
            "points=\"",
            color_of(lines, line), dashes[lines->dashes[line] % DASHES]);
    for (int i = next_dot(lines, panel, line, x); i >= 0; i = next_dot(lines, panel, line, x)) {
        x = lines->dots[i].x;
        fprintf(
            drawing->stream, "%.1f,%.1f ", left + scale_at(&drawing->x, x),
            top + scale_at(&drawing->y[metric], drawing->scale[metric] * lines->dots[i].y[metric]));
    }
    fputs("\"/>\n", drawing->stream);
}

static void draw_dot(struct drawing *drawing, const struct sweep_dot *dot, int metric)
{
    const struct sweep_lines *lines = drawing->lines;
    double left = plot_x(drawing, dot->panel, metric), top = plot_y(drawing, dot->panel, metric);
    double y = scale_at(&drawing->y[metric], drawing->scale[metric] * dot->y[metric]);
    const char *color = color_of(lines, dot->line), *hint = hint_of(drawing, dot, metric);
    if (lines->x_texts) {
        double width = drawing->width / (double)lines->x_count / (lines->line_count + 1);
        double at = scale_at(&drawing->x, dot->x) + width * (dot->line - 0.5 * lines->line_count);
        svg_bar(drawing->stream, left + at, top + y, width - 2, PLOT_HEIGHT - y,
                svg_series_colors[dot->line % svg_series_color_count], hint);
        return;
    }
    if (dot->is_own) {
        svg_bar(drawing->stream, left, top + y - 1, drawing->width, 2, color, hint);
        return;
    }
    svg_dot(drawing->stream, left + scale_at(&drawing->x, dot->x), top + y, 3.2, color, hint);
}

static void draw_panels(struct drawing *drawing)
{
    const struct sweep_lines *lines = drawing->lines;
    for (int m = 0; m < lines->metric_count; m++) {
        for (int p = 0; p < lines->panel_count; p++) {
            draw_frame(drawing, p, m);
            for (int l = 0; l < lines->line_count && lines->joined && !lines->x_texts; l++) {
                draw_line(drawing, p, m, l);
            }
        }
        for (int i = 0; i < lines->dot_count; i++) {
            draw_dot(drawing, &lines->dots[i], m);
        }
    }
}

/* ------------------------------------------------------------------ the key */

/* Lays the key out in rows of `width`; draws it when `drawing` is to be drawn on. Its height. */
static double put_key(const struct sweep_lines *lines, FILE *stream, double width, double top)
{
    double x = LEFT, y = top;
    if (lines->line_count < 2) {
        return 0;
    }
    for (int l = 0; l < lines->line_count; l++) {
        double needed = 34 + (double)strlen(lines->lines[l]) * (LETTER + 0.6) + 14;
        if (x > LEFT && x + needed > width) {
            x = LEFT;
            y += KEY_ROW;
        }
        if (stream && lines->x_texts) {
            svg_bar(stream, x + 8, y - 9, 11, 11, svg_series_colors[l % svg_series_color_count],
                    lines->lines[l]);
        } else if (stream) {
            fprintf(stream,
                    "<path d=\"M%.1f %.1fh26\" stroke=\"%s\" stroke-width=\"2\" "
                    "stroke-dasharray=\"%s\"/>\n",
                    x, y - 4, color_of(lines, l), dashes[lines->dashes[l] % DASHES]);
        }
        if (stream) {
            svg_text(stream, x + 32, y, "start", "", lines->lines[l]);
        }
        x += needed;
    }
    return y - top + KEY_ROW;
}

/* Few panels are wide ones. */
static void lay_out(struct drawing *drawing)
{
    static const double widths[IN_A_ROW + 1] = {0, 440, 330, 250, 220};
    const struct sweep_lines *lines = drawing->lines;
    drawing->across = lines->panel_count < IN_A_ROW ? lines->panel_count : IN_A_ROW;
    drawing->down = (lines->panel_count + drawing->across - 1) / drawing->across;
    drawing->beside = lines->panel_count == 1 && lines->metric_count > 1;
    drawing->width = widths[drawing->beside ? lines->metric_count : drawing->across];
}

static void draw(struct drawing *drawing, const char *title)
{
    const struct sweep_lines *lines = drawing->lines;
    int rows = drawing->beside ? 1 : drawing->down * lines->metric_count;
    int last = drawing->beside ? 0 : drawing->across - 1;
    double width = plot_x(drawing, last, lines->metric_count - 1) + drawing->width + 24;
    double key_y = TOP + rows * row_height(drawing) + (is_stacked(drawing) ? 26 : 2);
    double height = key_y + put_key(lines, NULL, width, key_y);
    svg_begin(drawing->stream, width, height, title);
    svg_text(drawing->stream, 16, 24, "start", "head", title);
    draw_panels(drawing);
    put_key(lines, drawing->stream, width, key_y);
    svg_end(drawing->stream);
}

bool ts_sweep_svg(const struct ts_csv *table, const char *title, const struct ts_sweep_chart *chart,
                  struct ts_diagnostics *diagnostics, FILE *stream)
{
    struct sweep_lines lines;
    struct drawing drawing = {.stream = stream, .arena = TS_ARENA_INIT, .lines = &lines};
    bool ok = sweep_lines_find(table, chart, &drawing.arena, diagnostics, &lines);
    if (ok) {
        lay_out(&drawing);
        choose_units(&drawing);
        choose_scales(&drawing);
        draw(&drawing, ts_arena_printf(&drawing.arena, "%s%s%s", title, *lines.fixed ? ": " : "",
                                       lines.fixed));
    }
    ts_arena_release(&drawing.arena);
    return ok;
}
