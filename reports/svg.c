#include "reports/svg.h"

const char *const svg_time_colors[TS_TIME_PARTS] = {
    [TS_TIME_COMPUTE] = "#009e73",    [TS_TIME_DRAM] = "#d55e00",
    [TS_TIME_CACHE] = "#e69f00",      [TS_TIME_INTERCONNECT] = "#f0e442",
    [TS_TIME_FILL_DRAIN] = "#56b4e9", [TS_TIME_IMBALANCE] = "#cc79a7",
    [TS_TIME_OVERHEAD] = "#999999",
};
const char *const svg_energy_colors[TS_ENERGY_PARTS] = {
    [TS_ENERGY_COMPUTE] = "#009e73", [TS_ENERGY_REGISTER] = "#56b4e9",
    [TS_ENERGY_SRAM] = "#cc79a7",    [TS_ENERGY_CACHE] = "#e69f00",
    [TS_ENERGY_DRAM] = "#d55e00",    [TS_ENERGY_INTERCONNECT] = "#f0e442",
    [TS_ENERGY_STATIC] = "#999999",
};
const char *const svg_series_colors[] = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#8b5a2b",
};
const int svg_series_color_count = sizeof svg_series_colors / sizeof svg_series_colors[0];

static void put_escaped(FILE *stream, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        default:
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, stream);
        }
    }
}

void svg_begin(FILE *stream, double width, double height, const char *title)
{
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" "
            "height=\"%g\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>",
            width, height, width, height);
    put_escaped(stream, title);
    fputs("</title>\n<style>\n"
          "  .paper { fill: #ffffff } text { fill: #1b1b1b } .axis { stroke: #8a8a8a }\n"
          "  .grid { stroke: #dddddd } .quiet { fill: #666666 } .head { font-weight: bold }\n"
          "  .on-bar { fill: #ffffff }\n"
          "  @media (prefers-color-scheme: dark) {\n"
          "    .paper { fill: #16181d } text { fill: #e8e8e8 } .grid { stroke: #33363d }\n"
          "    .quiet { fill: #a0a0a0 }\n  }\n</style>\n",
          stream);
    fprintf(stream, "<rect class=\"paper\" width=\"%g\" height=\"%g\"/>\n", width, height);
}

void svg_end(FILE *stream)
{
    fputs("</svg>\n", stream);
}

void svg_text(FILE *stream, double x, double y, const char *anchor, const char *style,
              const char *text)
{
    fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
            style);
    put_escaped(stream, text);
    fputs("</text>\n", stream);
}

void svg_turned(FILE *stream, double x, double y, double degrees, const char *anchor,
                const char *style, const char *text)
{
    fprintf(stream,
            "<text transform=\"translate(%.1f %.1f) rotate(%g)\" text-anchor=\"%s\" class=\"%s\">",
            x, y, degrees, anchor, style);
    put_escaped(stream, text);
    fputs("</text>\n", stream);
}

void svg_bar(FILE *stream, double x, double y, double width, double height, const char *color,
             const char *hint)
{
    fprintf(stream,
            "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\"><title>", x, y,
            width, height, color);
    put_escaped(stream, hint);
    fputs("</title></rect>\n", stream);
}

void svg_dot(FILE *stream, double x, double y, double radius, const char *color, const char *hint)
{
    fprintf(stream, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\" fill=\"%s\"><title>", x, y, radius,
            color);
    put_escaped(stream, hint);
    fputs("</title></circle>\n", stream);
}

void svg_line(FILE *stream, double x1, double y1, double x2, double y2, const char *style)
{
    fprintf(stream, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1,
            y1, x2, y2, style);
}
