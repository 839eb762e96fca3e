/* A comparison as a picture: latency and energy on log axes, since machines differ by orders of
 * magnitude, and where cycles and joules went as shares. */
#include "reports/svg.h"
#include "tessera/arena.h"
#include "tessera/report.h"

#include <math.h>

enum { LEFT = 150, PANEL = 190, GAP = 48, TOP = 70, ROW = 34, BAR = 20, PANELS = 4 };

static double panel_x(int panel)
{
    return LEFT + panel * (PANEL + GAP);
}

/* Decades that hold all values, as exponents of ten. */
struct decades {
    double first, last;
};

static struct decades decades_of(const double *values, int count)
{
    double least = INFINITY, most = 0;
    for (int i = 0; i < count; i++) {
        if (values[i] > 0) {
            least = fmin(least, values[i]);
            most = fmax(most, values[i]);
        }
    }
    if (most <= 0) {
        return (struct decades){0, 1};
    }
    /* Half a decade of room, so that the smallest bar is seen. */
    return (struct decades){floor(log10(least) - 0.5), ceil(log10(most) + 1e-9)};
}

/* "10 us": powers of ten need no digits behind the point. */
static const char *decade_label(char *text, double decade, const char *unit)
{
    static const char *const prefixes[] = {"f", "p", "n", "u", "m", "", "k", "M", "G"};
    int thousand = (int)floor(decade / 3);
    if (thousand < -5 || thousand > 3) {
        snprintf(text, TS_SI_BYTES, "1e%g %s", decade, unit);
    } else {
        snprintf(text, TS_SI_BYTES, "%g %s%s", pow(10, decade - 3 * thousand),
                 prefixes[thousand + 5], unit);
    }
    return text;
}

static void log_panel(FILE *stream, int panel, const char *title, const char *unit,
                      const double *values, int count, const char *color)
{
    struct decades axis = decades_of(values, count);
    double bottom = TOP + count * ROW, x = panel_x(panel);
    double per_decade = PANEL / (axis.last - axis.first);
    char text[TS_SI_BYTES];
    svg_text(stream, x, TOP - 24, "start", "head", title);
    int step = axis.last - axis.first > 6 ? 3 : axis.last - axis.first > 2 ? 2 : 1;
    for (double decade = axis.first; decade <= axis.last; decade += step) {
        double at = x + (decade - axis.first) * per_decade;
        svg_line(stream, at, TOP - 6, at, bottom, "grid");
        svg_text(stream, at, bottom + 14, "middle", "quiet", decade_label(text, decade, unit));
    }
    for (int i = 0; i < count; i++) {
        double length = values[i] > 0 ? (log10(values[i]) - axis.first) * per_decade : 0;
        double y = TOP + i * ROW;
        ts_format_si(text, values[i], unit);
        svg_bar(stream, x, y, length, BAR, color, text);
        bool inside = length > PANEL * 0.6;
        svg_text(stream, inside ? x + length - 4 : x + length + 4, y + 14, inside ? "end" : "start",
                 inside ? "on-bar" : "", text);
    }
}

static void share_panel(FILE *stream, int panel, const char *title, const char *const *names,
                        const char *const *colors, int parts, const double *shares, int count)
{
    double x = panel_x(panel);
    svg_text(stream, x, TOP - 24, "start", "head", title);
    for (int i = 0; i < count; i++) {
        double at = x;
        for (int part = 0; part < parts; part++) {
            double width = shares[i * parts + part] * PANEL;
            char hint[80];
            snprintf(hint, sizeof hint, "%s %.1f %%", names[part], 100 * shares[i * parts + part]);
            svg_bar(stream, at, TOP + i * ROW, width, BAR, colors[part], hint);
            at += width;
        }
    }
    for (int part = 0; part < parts; part++) {
        double key_x = x + part % 2 * (PANEL / 2.0);
        double key_y = TOP + count * ROW + 8 + part / 2 * 16;
        svg_bar(stream, key_x, key_y, 10, 10, colors[part], names[part]);
        svg_text(stream, key_x + 15, key_y + 9, "start", "quiet", names[part]);
    }
}

static void name_rows(FILE *stream, const struct ts_result *const *results, int count)
{
    for (int i = 0; i < count; i++) {
        svg_text(stream, LEFT - 10, TOP + i * ROW + 9, "end", "", results[i]->arch.name);
        svg_text(stream, LEFT - 10, TOP + i * ROW + 22, "end", "quiet",
                 results[i]->workload.precision);
    }
}

/* samples of one run: latency × throughput, so that energy is that of one item. */
static double energy_each_j(const struct ts_result *result)
{
    double samples = result->throughput_per_s * result->latency_s;
    return samples > 0 ? result->energy.total_j / samples : result->energy.total_j;
}

void ts_comparison_svg(const struct ts_result *const *results, int count, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    double *latency = TS_NEW_ARRAY(&arena, count, double);
    double *energy = TS_NEW_ARRAY(&arena, count, double);
    double *time_shares = TS_NEW_ARRAY(&arena, count * TS_TIME_PARTS, double);
    double *energy_shares = TS_NEW_ARRAY(&arena, count * TS_ENERGY_PARTS, double);
    for (int i = 0; i < count; i++) {
        latency[i] = results[i]->latency_s;
        energy[i] = energy_each_j(results[i]);
        for (int part = 0; part < TS_TIME_PARTS; part++) {
            time_shares[i * TS_TIME_PARTS + part] = results[i]->time_breakdown[part];
        }
        for (int part = 0; part < TS_ENERGY_PARTS; part++) {
            double total = results[i]->energy.total_j;
            energy_shares[i * TS_ENERGY_PARTS + part] =
                total > 0 ? results[i]->energy.part_j[part] / total : 0;
        }
    }
    const char *title =
        ts_arena_printf(&arena, "%s, batch %lld, %s", results[0]->workload.name,
                        (long long)results[0]->workload.batch, results[0]->workload.mode);
    svg_begin(stream, panel_x(PANELS) + 10, TOP + count * ROW + 80, title);
    svg_text(stream, 16, 24, "start", "head", title);
    name_rows(stream, results, count);
    log_panel(stream, 0, "latency", "s", latency, count, "#0072b2");
    log_panel(stream, 1, "energy each", "J", energy, count, "#d55e00");
    share_panel(stream, 2, "where the cycles went", ts_time_part_names, svg_time_colors,
                TS_TIME_PARTS, time_shares, count);
    share_panel(stream, 3, "where the joules went", ts_energy_part_names, svg_energy_colors,
                TS_ENERGY_PARTS, energy_shares, count);
    svg_end(stream);
    ts_arena_release(&arena);
}
