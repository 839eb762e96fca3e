/* Simulated against measured, log-log, a colour a table. Units differ by table, so each point
 * stands at its own expected value and the distance from the diagonal is its error. */
#include "reports/svg.h"
#include "tessera/validate.h"

#include <math.h>
#include <string.h>

enum { SIZE = 640, LEFT = 70, TOP = 50, BELOW = 50, KEY = 275, KEY_LINE = 36 };

struct axis {
    double first, last; /* exponents of ten */
};

static double place(const struct axis *axis, double value)
{
    return (log10(value) - axis->first) / (axis->last - axis->first) * SIZE;
}

static bool drawable(const struct ts_reference *reference, const struct ts_outcome *outcome)
{
    return !outcome->failure && outcome->simulated > 0 && reference->expected > 0;
}

static struct axis axis_of(const struct ts_reference *references, const struct ts_outcome *outcomes,
                           int count)
{
    struct axis axis = {INFINITY, -INFINITY};
    for (int i = 0; i < count; i++) {
        if (drawable(&references[i], &outcomes[i])) {
            double least = fmin(references[i].expected, outcomes[i].simulated);
            double most = fmax(references[i].expected, outcomes[i].simulated);
            axis.first = fmin(axis.first, floor(log10(least)));
            axis.last = fmax(axis.last, ceil(log10(most)));
        }
    }
    if (axis.last <= axis.first) {
        return (struct axis){0, 1};
    }
    return axis;
}

static void draw_frame(FILE *stream, const struct axis *axis)
{
    for (double decade = axis->first; decade <= axis->last; decade++) {
        double at = (decade - axis->first) / (axis->last - axis->first) * SIZE;
        char label[24];
        snprintf(label, sizeof label, "1e%g", decade);
        svg_line(stream, LEFT + at, TOP, LEFT + at, TOP + SIZE, "grid");
        svg_line(stream, LEFT, TOP + SIZE - at, LEFT + SIZE, TOP + SIZE - at, "grid");
        svg_text(stream, LEFT + at, TOP + SIZE + 16, "middle", "quiet", label);
        svg_text(stream, LEFT - 6, TOP + SIZE - at + 4, "end", "quiet", label);
    }
    svg_line(stream, LEFT, TOP + SIZE, LEFT + SIZE, TOP, "axis");
    svg_text(stream, LEFT + SIZE / 2.0, TOP + SIZE + 36, "middle", "",
             "measured (each row in its own unit)");
    svg_text(stream, LEFT, TOP - 10, "start", "", "simulated");
}

/* Colours come again as rings and then as crosses, so that no two tables look alike. */
static void draw_mark(FILE *stream, double x, double y, double radius, int series)
{
    const char *color = svg_series_colors[series % svg_series_color_count];
    double arm = radius * 0.8;
    switch (series / svg_series_color_count) {
    case 0:
        fprintf(stream,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"%s\" fill-opacity=\"0.6\"/>\n", x,
                y, radius, color);
        return;
    case 1:
        fprintf(stream, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"none\" ", x, y, radius);
        break;
    default:
        fprintf(stream, "<path d=\"M%.1f %.1fl%.1f %.1fm0 %.1fl%.1f %.1f\" fill=\"none\" ", x - arm,
                y - arm, 2 * arm, 2 * arm, -2 * arm, -2 * arm, 2 * arm);
    }
    fprintf(stream, "stroke=\"%s\" stroke-width=\"%g\"/>\n", color, radius / 3);
}

static void draw_points(FILE *stream, const struct axis *axis,
                        const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, const char *file, int series)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(references[i].file, file) != 0 || !drawable(&references[i], &outcomes[i])) {
            continue;
        }
        draw_mark(stream, LEFT + place(axis, references[i].expected),
                  TOP + SIZE - place(axis, outcomes[i].simulated),
                  series < svg_series_color_count ? 2 : 3, series);
    }
}

void ts_validation_svg(const struct ts_reference *references, const struct ts_outcome *outcomes,
                       int count, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const char **files = TS_NEW_ARRAY(&arena, count + 1, const char *);
    int file_count = ts_validation_files(references, count, files);
    struct axis axis = axis_of(references, outcomes, count);
    int height =
        SIZE + BELOW > KEY_LINE * file_count + 10 ? SIZE + BELOW : KEY_LINE * file_count + 10;
    svg_begin(stream, LEFT + SIZE + KEY, TOP + height, "simulated against measured");
    draw_frame(stream, &axis);
    for (int f = 0; f < file_count; f++) {
        struct ts_error_summary summary =
            ts_error_summarize(references, outcomes, count, files[f], NULL);
        draw_points(stream, &axis, references, outcomes, count, files[f], f);
        double y = TOP + 20 + f * KEY_LINE;
        draw_mark(stream, LEFT + SIZE + 25, y - 4, 5, f);
        svg_text(stream, LEFT + SIZE + 36, y, "start", "", files[f]);
        svg_text(stream, LEFT + SIZE + 36, y + 14, "start", "quiet",
                 ts_arena_printf(&arena, "%d rows, MAPE %.1f %%, p90 %.1f %%", summary.count,
                                 summary.mape, summary.p90_ape));
    }
    svg_end(stream);
    ts_arena_release(&arena);
}
