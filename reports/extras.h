/* What only some results have: measured numerics, distillations, notes. */
#ifndef TESSERA_REPORTS_EXTRAS_H
#define TESSERA_REPORTS_EXTRAS_H

#include "reports/fields.h"
#include "tessera/result.h"

bool read_extras(const struct reader *reader, const json_t *object, struct ts_result *result);
bool read_layer_numerics(const struct reader *reader, const json_t *object, const char *where,
                         struct ts_layer_numerics *numerics);

#endif
