#include "cli/report_timelines.h"

static bool add(const char **list, int *count, int most, const char *what, const char *value,
                struct ts_diagnostics *diagnostics)
{
    if (*count == most) {
        struct ts_place nowhere = {.file = NULL};
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, nowhere, "more than %d %s", most, what);
    }
    list[(*count)++] = value;
    return true;
}

static bool apply_trace(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct report_timelines *asked = target;
    return add(asked->traces, &asked->trace_count, REPORT_MOST_TRACES, "traces", value,
               diagnostics);
}

static bool apply_layer(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct report_timelines *asked = target;
    return add(asked->layers, &asked->layer_count, REPORT_MOST_LAYERS, "layers", value,
               diagnostics);
}

const struct ts_option_row report_timeline_options[REPORT_TIMELINE_OPTIONS] = {
    {0, "trace", "FILE", "draw a layer's timeline from what `run --trace` wrote; repeatable",
     apply_trace},
    {0, "layer", "NAME", "of which layer (the longest); repeatable", apply_layer},
};

bool report_timelines_read(const struct report_timelines *asked, struct cli_session *session,
                           struct ts_html_options *html)
{
    if (asked->layer_count > 0 && asked->trace_count == 0) {
        return cli_usage_error(session, "--layer names a layer of a --trace, and there is none");
    }
    int layers = asked->layer_count > 0 ? asked->layer_count : 1;
    struct ts_timeline *timelines =
        TS_NEW_ARRAY(&session->arena, asked->trace_count * layers + 1, struct ts_timeline);
    for (int t = 0; t < asked->trace_count; t++) {
        for (int l = 0; l < layers; l++) {
            const char *layer = asked->layer_count > 0 ? asked->layers[l] : NULL;
            if (!ts_timeline_read(asked->traces[t], layer, &session->arena, &session->diagnostics,
                                  &timelines[html->timeline_count])) {
                return false;
            }
            html->timeline_count++;
        }
    }
    html->timelines = timelines;
    return true;
}
