/* Axes of the points of a page; page_points.c fills them. */
#ifndef REPORTS_HTML_PAGE_AXES_H
#define REPORTS_HTML_PAGE_AXES_H

#include "reports/html/page_data.h"

/* Further keys are left out: a sweep has at most 32 axes. */
enum { PAGE_MAX_AXES = 48 };

struct page_axes;

struct page_axes *page_axes_new(int points, struct ts_arena *arena);

/* Point `point` has `text` on the axis `key`. */
void page_axes_set(struct page_axes *axes, int point, const char *key, const char *text);

/* The same for each option of a line like provenance.options; -b, -p and -m are left out. */
void page_axes_options(struct page_axes *axes, int point, const char *options);

/* [{key, values, at}]; values[0] is null: nothing is said. Call once. */
json_t *page_axes_tree(struct page_axes *axes);

#endif
