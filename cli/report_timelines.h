/* --trace and --layer of `report`: timelines of layers. */
#ifndef CLI_REPORT_TIMELINES_H
#define CLI_REPORT_TIMELINES_H

#include "cli/cli.h"

enum { REPORT_MOST_TRACES = 8, REPORT_MOST_LAYERS = 8, REPORT_TIMELINE_OPTIONS = 2 };

struct report_timelines {
    const char *traces[REPORT_MOST_TRACES], *layers[REPORT_MOST_LAYERS];
    int trace_count, layer_count;
};

/* Into struct report_timelines. */
extern const struct ts_option_row report_timeline_options[REPORT_TIMELINE_OPTIONS];

/* Of each trace the layers asked for, or the longest one, into `html`. Errors: USAGE (a layer
 * without a trace), and those of ts_timeline_read. */
bool report_timelines_read(const struct report_timelines *asked, struct cli_session *session,
                           struct ts_html_options *html);

#endif
