/* Axes of charts: from values to places, ticks, and their texts. Internal to reports/. */
#ifndef REPORTS_SCALE_H
#define REPORTS_SCALE_H

#include <stdbool.h>

struct scale {
    double low, high; /* values at the two ends */
    bool log;
    double from, to; /* places of the two ends */
};

/* A scale for values between `least` and `most`: by ratios when all are above zero and spread by
 * `log_from` times or more, else by differences. `round` moves the ends to round numbers, and a
 * linear scale of positive values starts at zero. */
struct scale scale_over(double least, double most, double log_from, bool round);

double scale_at(const struct scale *scale, double value);

/* Round values inside of the scale, ascending; at most `room` and about `wanted`. */
int scale_ticks(const struct scale *scale, int wanted, double *ticks, int room);

/* "20 ms", "0.5", "1.6 k": three digits and a prefix when there is a unit. At least 32 bytes. */
const char *scale_text(char *buffer, double value, const char *unit);

#endif
