/* The reference tables that come along, and the recorded errors that `validate` writes and `report`
 * and `run` tell. */
#ifndef CLI_VALIDATION_RECORD_H
#define CLI_VALIDATION_RECORD_H

#include "tessera/recorded.h"
#include "tessera/validate.h"

/* Where the reference tables are: an installed program's, then the source tree's. */
const char *cli_validation_folder(struct ts_arena *arena);

/* Every table of that folder. */
bool cli_load_shipped_tables(struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                             struct ts_reference **references, int *count);

/* The record that came along; NULL when there is none or it cannot be read (that is no reason for a
 * run to fail). */
const struct ts_recorded_errors *cli_recorded_errors(struct ts_arena *arena);

/* --errors FILE: writes the record of these rows. */
bool cli_write_record(const char *path, const struct ts_reference *references,
                      const struct ts_outcome *outcomes, int count, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics);

/* Says where the record that came along is not what these rows gave. */
void cli_compare_record(const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, struct ts_arena *arena, FILE *talk);

#endif
