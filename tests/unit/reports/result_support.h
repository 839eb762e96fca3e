/* Results made by hand, whose figures are easy to recognise. */
#ifndef RESULT_SUPPORT_H
#define RESULT_SUPPORT_H

#include "tessera/report.h"

/* Two layers, a cache and DRAM; energy parts 1, 2, ... 7 mJ; time parts that sum to 1. */
struct ts_result sample_result(void);

/* The same at another speed and energy, by another name. */
struct ts_result scaled_result(const char *name, double times_slower, double times_energy);

/* What a writer writes, in malloc'd memory. */
typedef void (*result_writer)(const struct ts_result *result, FILE *stream);
char *written(result_writer writer, const struct ts_result *result);
char *text_of(const struct ts_result *result, const struct ts_report_style *style);

/* What reading results back needs and leaves. */
struct reading {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_result_list results;
    bool ok;
};
struct reading reading_of(const char *text);
void reading_release(struct reading *reading);

#endif
