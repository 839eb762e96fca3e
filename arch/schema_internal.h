/* What the files of the schema walker share among themselves. */
#ifndef TESSERA_ARCH_SCHEMA_INTERNAL_H
#define TESSERA_ARCH_SCHEMA_INTERNAL_H

#include "tessera/yaml_tree.h"

enum ts_quantity_status { TS_QUANTITY_OK, TS_QUANTITY_NOT_A_NUMBER, TS_QUANTITY_WRONG_UNIT };

/* Reads a number with an optional unit, converted to row_unit. `why` says what is wrong, as the end
 * of a sentence about the key. */
enum ts_quantity_status ts_schema_read_quantity(const char *text, const char *row_unit,
                                                struct ts_arena *arena, double *value,
                                                const char **why);

/* "Hz, kHz, MHz, GHz" for "MHz". */
const char *ts_schema_accepted_units(const char *row_unit, struct ts_arena *arena);

/* The i-th of "ws|os|is", NULL past the end; and the index of `name` of `length`, -1 when absent.
 */
const char *ts_schema_choice(const char *choices, int index, struct ts_arena *arena);
int ts_schema_choice_index(const char *choices, const char *name);

/* How `list keys` names a type: "number", "whole number", "on|off", ... */
const char *ts_schema_type_name(const struct ts_schema_row *row);

/* Stores the value that `node` (or, when NULL, the row's default) holds at base + row->offset. */
bool ts_schema_store(const struct ts_schema_row *row, const struct ts_yaml *node, void *base,
                     struct ts_arena *arena, struct ts_diagnostics *diagnostics);

/* The value at base + row->offset as it would be written; NULL when it is the absent default. */
const char *ts_schema_value_text(const struct ts_schema_row *row, const void *base,
                                 struct ts_arena *arena);

/* Puts every value of the target's rows into the tree. `source` is a name for its places. */
void ts_schema_to_tree(const struct ts_schema_target *target, struct ts_yaml *root,
                       struct ts_arena *arena);

#endif
