/* JSON Schema writer. */
#ifndef TESSERA_ARCH_SCHEMA_JSON_H
#define TESSERA_ARCH_SCHEMA_JSON_H

#include "tessera/arena.h"
#include "tessera/schema.h"

#include <stdio.h>

/* Writes the object that all rows of all schemas describe together; where two rows share a path the
 * first is written. */
void ts_schema_write_json(const struct ts_schema *const *schemas, size_t schema_count,
                          struct ts_arena *arena, FILE *stream);

#endif
