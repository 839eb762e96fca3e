/* Timelines of layers, for the chart. */
#include "reports/html/page_data.h"

#include <math.h>
#include <string.h>

/* Nanoseconds to the picosecond would be noise in a chart: six digits of the layer's length. */
static double rounded(double us, double duration_us)
{
    double step = pow(10, floor(log10(fmax(duration_us, 1e-6))) - 5);
    return round(us / step) * step;
}

/* [[start, length, kind, tile or null, share], ...] in microseconds; what is null or 1 at the end
 * is left out. */
static json_t *slices_of(const struct ts_timeline_row *row, double duration_us)
{
    json_t *list = json_array();
    for (int i = 0; i < row->count; i++) {
        const struct ts_timeline_slice *slice = &row->slices[i];
        double start_us = rounded(slice->start_us, duration_us);
        json_t *one = json_pack("[f, f, s]", start_us,
                                rounded(slice->end_us, duration_us) - start_us, slice->kind);
        if (slice->tile >= 0 || slice->share < 1) {
            json_array_append_new(one, slice->tile >= 0 ? json_integer(slice->tile) : json_null());
        }
        if (slice->share < 1) {
            json_array_append_new(one, json_real(slice->share));
        }
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *rows_of(const struct ts_timeline *timeline)
{
    static const char *const places[] = {[TS_TIMELINE_PIPE] = "pipe",
                                         [TS_TIMELINE_LOADS] = "loads",
                                         [TS_TIMELINE_MEMORY] = "memory"};
    json_t *list = json_array();
    for (int i = 0; i < timeline->row_count; i++) {
        const struct ts_timeline_row *row = &timeline->rows[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:o}", "name", row->name, "place",
                                              places[row->place], "coarse", row->is_coarse,
                                              "slices", slices_of(row, timeline->duration_us)));
    }
    return list;
}

/* A run is recognised by machine, network and time. */
static int result_of(const struct ts_timeline *timeline, const struct ts_result *const *results,
                     int count)
{
    for (int i = 0; i < count; i++) {
        const struct ts_result *result = results[i];
        if (strcmp(result->arch.name, timeline->arch) == 0 &&
            strcmp(result->workload.name, timeline->workload) == 0 &&
            fabs(result->latency_s - timeline->latency_s) <= 1e-6 * result->latency_s + 1e-12) {
            return i;
        }
    }
    return -1;
}

bool page_has_result(const struct ts_timeline *timeline, const struct ts_result *const *results,
                     int count, struct ts_diagnostics *diagnostics)
{
    if (result_of(timeline, results, count) >= 0) {
        return true;
    }
    ts_diag_error(diagnostics, TS_ERROR_CONFLICT, (struct ts_place){0},
                  "the trace is of %s on %s in %.6g s; none of the results is", timeline->workload,
                  timeline->arch, timeline->latency_s);
    ts_diag_help(diagnostics, "write both by one run: tessera run ... -f json --trace FILE");
    return false;
}

json_t *page_timelines(const struct ts_timeline *timelines, int timeline_count,
                       const struct ts_result *const *results, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < timeline_count; i++) {
        const struct ts_timeline *timeline = &timelines[i];
        json_array_append_new(
            list,
            json_pack("{s:i, s:s, s:s?, s:s?, s:s?, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:o}",
                      "result", result_of(timeline, results, count), "layer", timeline->layer,
                      "original", timeline->original, "algorithm", timeline->algorithm, "bound",
                      timeline->bound, "start_us", timeline->start_us, "duration_us",
                      timeline->duration_us, "covered_us", timeline->covered_us, "units",
                      (json_int_t)timeline->units, "units_shown", (json_int_t)timeline->units_shown,
                      "channels", (json_int_t)timeline->channels, "channels_shown",
                      (json_int_t)timeline->channels_shown, "rows", rows_of(timeline)));
    }
    return list;
}
