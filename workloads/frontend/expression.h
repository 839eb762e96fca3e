/* Numbers of a network file: "$hidden * 4", "($size + 2) / 2", "1e-3". */
#ifndef TESSERA_EXPRESSION_H
#define TESSERA_EXPRESSION_H

#include "tessera/arena.h"

#include <stdbool.h>

/* A name's value; false when there is none. */
typedef bool (*ts_expression_lookup)(const void *context, const char *name, double *value);

/* NULL when fine, otherwise why not (in arena). Division rounds down. */
const char *ts_expression_evaluate(const char *text, ts_expression_lookup lookup,
                                   const void *context, struct ts_arena *arena, double *value);

#endif
