/* Command-line options from tables: one row an option drives parsing, suggestions and help.
 *
 * `-b 8`, `-b8`, `--batch 8` and `--batch=8` are the same; `--` ends the options. Several tables
 * can be joined, each with its own target, so that commands share what they have in common.
 */
#ifndef TESSERA_OPTIONS_H
#define TESSERA_OPTIONS_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ts_option_row {
    char short_name;       /* 0 when there is none */
    const char *long_name; /* without dashes */
    const char *argument;  /* what the help calls it; NULL for a flag */
    const char *doc;
    /* Takes the value (NULL for a flag) into the target; false with a diagnostic. The value's text
     * outlives the target. */
    bool (*apply)(void *target, const char *value, struct ts_diagnostics *diagnostics);
};

struct ts_option_table {
    const struct ts_option_row *rows;
    size_t count;
    void *target;
};

struct ts_arguments {
    const char *const *words; /* what is no option, in order */
    int count;
};

/* Reads words[0..count). Errors (USAGE with a suggestion, or what a row's apply reports): all of
 * them are collected. Returns false when there was one. */
bool ts_options_parse(const struct ts_option_table *tables, size_t table_count,
                      const char *const *words, int count, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics, struct ts_arguments *arguments);

/* Splits text at blanks; '...' and "..." keep blanks. Error: SYNTAX for an open quote. */
bool ts_options_split(const char *text, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct ts_arguments *words);

/* One aligned line an option. */
void ts_options_help(const struct ts_option_table *tables, size_t table_count, FILE *stream);

/* An integer in [minimum, maximum] from an option's value. */
bool ts_option_integer(const char *option, const char *value, int64_t minimum, int64_t maximum,
                       struct ts_diagnostics *diagnostics, int64_t *out);

#ifdef __cplusplus
}
#endif
#endif
