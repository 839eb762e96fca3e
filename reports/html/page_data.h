/* What the page is filled with, as JSON trees. */
#ifndef REPORTS_HTML_PAGE_DATA_H
#define REPORTS_HTML_PAGE_DATA_H

#include "tessera/report.h"

#include <jansson.h>

/* [{results: [index, ...], paragraphs: [text, ...]}]: results of equal work are read together. */
json_t *page_readings(const struct ts_result *const *results, int count, struct ts_arena *arena);

/* Every point by columns, so that thousands stay small:
 *   {count, axes: [{key, values: [text or null], at: [index into values]}],
 *    metrics: [{key, title, unit, show, best, values: [number or null]}],
 *    bound: {values, at}, details: [[point, result]], errors: [[point, text]]}
 * An axis is whatever decides a point: machine, network, batch, and each option that some point
 * has. */
json_t *page_points(const struct ts_point *points, int count, struct ts_arena *arena);

/* [{arch, family, sentence, rows: [{table, of, rows, failed, mape, p90_ape, bias}]}], one for each
 * machine among the results. */
json_t *page_errors(const struct ts_result *const *results, int count,
                    const struct ts_recorded_errors *recorded, struct ts_arena *arena);

/* [{result, layer, original or null, algorithm, bound, start_us, duration_us, covered_us, units,
 *   units_shown, channels, channels_shown, rows: [{name, place: pipe|loads|memory, coarse,
 *   slices: [[start_us, length_us, kind, tile?, share?]]}]}] */
json_t *page_timelines(const struct ts_timeline *timelines, int timeline_count,
                       const struct ts_result *const *results, int count);

/* One of the results is of the timeline's run. Error: CONFLICT. */
bool page_has_result(const struct ts_timeline *timeline, const struct ts_result *const *results,
                     int count, struct ts_diagnostics *diagnostics);

bool page_same_work(const struct ts_result *a, const struct ts_result *b);

#endif
