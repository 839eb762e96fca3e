/* The points of a page: axes, metrics and what bounds each. */
#include "reports/html/page_axes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ metrics */

static double latency(const struct ts_result *r)
{
    return r->latency_s;
}
static double throughput(const struct ts_result *r)
{
    return r->throughput_per_s;
}
static double energy(const struct ts_result *r)
{
    return r->energy.total_j;
}
static double power(const struct ts_result *r)
{
    return r->average_power_w;
}
static double rate(const struct ts_result *r)
{
    return r->tflops;
}
static double utilization(const struct ts_result *r)
{
    return r->utilization;
}
static double efficiency(const struct ts_result *r)
{
    return r->tops_per_w;
}
static double cycles(const struct ts_result *r)
{
    return r->cycles;
}
static double dram_share(const struct ts_result *r)
{
    return r->time_breakdown[TS_TIME_DRAM];
}
static double first_token(const struct ts_result *r)
{
    return r->time_to_first_token_s;
}
static double per_token(const struct ts_result *r)
{
    return r->time_per_token_s;
}
static double access(const struct ts_result *r)
{
    return fmax(r->average_latency_ns, 0);
}

static double energy_each(const struct ts_result *r)
{
    double items = r->throughput_per_s * r->latency_s;
    return items > 0 ? r->energy.total_j / items : r->energy.total_j;
}

static double energy_delay(const struct ts_result *r)
{
    return energy_each(r) * r->latency_s;
}

static double dram_bytes(const struct ts_result *r)
{
    for (int i = 0; i < r->memory_count; i++) {
        if (strcmp(r->memory[i].level, "dram") == 0) {
            return r->memory[i].read_bytes + r->memory[i].write_bytes;
        }
    }
    return 0;
}

/* `show` is how the page writes it: with an SI prefix, as it is, or in per cent. */
static const struct metric {
    const char *key, *title, *unit, *show, *best;
    double (*get)(const struct ts_result *);
} metrics[] = {
    {"latency_s", "latency", "s", "si", "min", latency},
    {"throughput_per_s", "throughput", "/s", "si", "max", throughput},
    {"energy_each_j", "energy of one item", "J", "si", "min", energy_each},
    {"energy_j.total", "energy of the run", "J", "si", "min", energy},
    {"energy_delay_js", "energy of one item \xc3\x97 latency", "Js", "si", "min", energy_delay},
    {"average_power_w", "power", "W", "si", "min", power},
    {"tflops", "compute rate", "TFLOPS", "plain", "max", rate},
    {"utilization", "of peak", "", "percent", "max", utilization},
    {"tops_per_w", "efficiency", "TOPS/W", "plain", "max", efficiency},
    {"cycles", "cycles", "", "si", "min", cycles},
    {"dram_bytes", "DRAM traffic", "B", "si", "min", dram_bytes},
    {"time_breakdown.dram", "time that DRAM takes", "", "percent", "min", dram_share},
    {"time_to_first_token_s", "time to first token", "s", "si", "min", first_token},
    {"time_per_token_s", "time a token", "s", "si", "min", per_token},
    {"average_latency_ns", "access latency", "ns", "plain", "min", access},
};

/* A metric that is zero for every point says nothing, and is left out. */
static json_t *metric_tree(const struct metric *metric, const struct ts_point *points, int count)
{
    bool any = false;
    json_t *values = json_array();
    for (int i = 0; i < count; i++) {
        double value = points[i].result ? metric->get(points[i].result) : 0;
        any |= value != 0;
        json_array_append_new(values, points[i].result ? json_real(value) : json_null());
    }
    if (!any) {
        json_decref(values);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "key", metric->key, "title", metric->title,
                     "unit", metric->unit, "show", metric->show, "best", metric->best, "values",
                     values);
}

static json_t *metrics_tree(const struct ts_point *points, int count)
{
    json_t *list = json_array();
    for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++) {
        json_t *metric = metric_tree(&metrics[m], points, count);
        if (metric) {
            json_array_append_new(list, metric);
        }
    }
    return list;
}

/* ------------------------------------------------------------------ points */

static void set_axes(struct page_axes *axes, int index, const struct ts_point *point)
{
    char batch[24];
    snprintf(batch, sizeof batch, "%" PRId64, point->batch);
    page_axes_set(axes, index, "machine", point->arch);
    page_axes_set(axes, index, "network", point->workload);
    page_axes_set(axes, index, "batch", batch);
    page_axes_set(axes, index, "precision", point->precision);
    page_axes_set(axes, index, "mode", point->mode);
    page_axes_options(axes, index, point->options);
}

static json_t *pair(int index, json_t *value)
{
    return json_pack("[i, o]", index, value ? value : json_string("(not UTF-8)"));
}

json_t *page_points(const struct ts_point *points, int count, struct ts_arena *arena)
{
    struct page_axes *axes = page_axes_new(count, arena);
    struct page_axes *bounds = page_axes_new(count, arena);
    json_t *details = json_array(), *errors = json_array();
    for (int i = 0; i < count; i++) {
        set_axes(axes, i, &points[i]);
        page_axes_set(bounds, i, "bound by", points[i].result ? points[i].result->bound : "failed");
        if (points[i].detail >= 0) {
            json_array_append_new(details, pair(i, json_integer(points[i].detail)));
        }
        if (!points[i].result) {
            json_array_append_new(errors, pair(i, json_string(points[i].error)));
        }
    }
    json_t *bound = page_axes_tree(bounds);
    json_t *tree = json_pack("{s:i, s:o, s:o, s:O, s:o, s:o}", "count", count, "axes",
                             page_axes_tree(axes), "metrics", metrics_tree(points, count), "bound",
                             json_array_get(bound, 0), "details", details, "errors", errors);
    json_decref(bound);
    if (!tree) {
        ts_bug("the page's points could not be made");
    }
    return tree;
}
