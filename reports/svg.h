/* Shared by the picture writers: escaped text, rectangles, the colours of time and energy parts. */
#ifndef TESSERA_REPORTS_SVG_H
#define TESSERA_REPORTS_SVG_H

#include "tessera/result.h"

#include <stdio.h>

/* Okabe and Ito's palette (2008), told apart by colour-blind readers; static and overhead are grey.
 */
extern const char *const svg_time_colors[TS_TIME_PARTS];
extern const char *const svg_energy_colors[TS_ENERGY_PARTS];
extern const char *const svg_series_colors[];
extern const int svg_series_color_count;

/* Opens a drawing with a background and text that follow the reader's light or dark scheme. */
void svg_begin(FILE *stream, double width, double height, const char *title);
void svg_end(FILE *stream);

void svg_text(FILE *stream, double x, double y, const char *anchor, const char *style,
              const char *text);
/* The same, turned by `degrees` around its anchor. */
void svg_turned(FILE *stream, double x, double y, double degrees, const char *anchor,
                const char *style, const char *text);
void svg_bar(FILE *stream, double x, double y, double width, double height, const char *color,
             const char *hint);
void svg_dot(FILE *stream, double x, double y, double radius, const char *color, const char *hint);
void svg_line(FILE *stream, double x1, double y1, double x2, double y2, const char *style);

#endif
