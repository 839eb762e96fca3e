/* What the writers of a sweep's table share. Internal to reports/. */
#ifndef REPORTS_SWEEP_LISTING_H
#define REPORTS_SWEEP_LISTING_H

#include "tessera/csv.h"

#include <stdbool.h>

/* Not all rows have the same text in that column. */
bool sweep_varies(const struct ts_csv *table, int column);

#endif
