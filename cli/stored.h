/* What commands that fill or read a store share. */
#ifndef CLI_STORED_H
#define CLI_STORED_H

#include "cli/cli.h"

#include "tessera/store.h"

bool cli_ends_with(const char *text, const char *end);

/* A store is one by its first bytes, or is meant to be one by its name. */
bool cli_is_store(const char *path);

/* A result as JSON without white space; the caller frees it. */
char *cli_compact_json(const struct ts_result *result);

/* Fills the part of a row that says how a job ended. `result` NULL: it failed. */
void cli_fill_outcome(struct ts_store_row *row, const struct ts_result *result, const char *json,
                      const char *error);

/* The top figures of a stored result, for tables; texts live in the arena. False when the JSON is
 * not one. */
bool cli_read_figures(const char *json, struct ts_arena *arena, struct ts_result *result);

/* One finished job into a store that is open. `arch` and `workload` as asked for. */
bool cli_store_result(struct ts_store *store, const struct ts_job *job,
                      const struct ts_result *result, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics);

/* --store FILE for single runs: `target` is a const char *. */
extern const struct ts_option_row cli_store_option;

#endif
