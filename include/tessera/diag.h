/* Diagnostics: what is wrong with the user's input, where, and what was probably meant.
 *
 * Two kinds of failure exist. A user's error becomes an entry here plus a false return value; the
 * caller passes it on, and only main prints and exits. A programmer's error calls ts_bug().
 *
 * Printed like a compiler's:
 *     tpu.yaml:4:1: error: unknown key 'datafow' in 'compute' [unknown-key]
 *         4 | datafow: ws
 *           | ^
 *       help: did you mean 'dataflow'?
 */
#ifndef TESSERA_DIAG_H
#define TESSERA_DIAG_H

#include "tessera/arena.h"

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row a kind of user error. Name as printed in brackets behind the message. */
#define TS_ERROR_LIST(X)                                                                           \
    X(TS_ERROR_FILE, "file")                                                                       \
    X(TS_ERROR_SYNTAX, "syntax")                                                                   \
    X(TS_ERROR_UNKNOWN_KEY, "unknown-key")                                                         \
    X(TS_ERROR_MISSING_KEY, "missing-key")                                                         \
    X(TS_ERROR_DUPLICATE_KEY, "duplicate-key")                                                     \
    X(TS_ERROR_TYPE, "type")                                                                       \
    X(TS_ERROR_UNIT, "unit")                                                                       \
    X(TS_ERROR_RANGE, "range")                                                                     \
    X(TS_ERROR_UNKNOWN_NAME, "unknown-name")                                                       \
    X(TS_ERROR_LIMIT, "limit")                                                                     \
    X(TS_ERROR_SHAPE, "shape")                                                                     \
    X(TS_ERROR_CYCLE, "cycle")                                                                     \
    X(TS_ERROR_PRECISION, "precision")                                                             \
    X(TS_ERROR_UNSUPPORTED, "unsupported")                                                         \
    X(TS_ERROR_CONFLICT, "conflict")                                                               \
    X(TS_ERROR_USAGE, "usage")                                                                     \
    X(TS_ERROR_SIMULATION, "simulation")

enum ts_error {
#define X(code, name) code,
    TS_ERROR_LIST(X)
#undef X
        TS_ERROR_COUNT
};

const char *ts_error_name(enum ts_error code);

/* A place in a file. line and column count from 1; 0 when unknown. file may be NULL. */
struct ts_place {
    const char *file;
    int line;
    int column;
};

struct ts_diagnostic {
    enum ts_error code;
    struct ts_place place;
    const char *message;
    const char *help;   /* NULL when there is nothing to propose */
    const char *source; /* text of the offending line, NULL when unknown */
};

enum { TS_DIAGNOSTICS_MAX = 20, TS_NOTES_MAX = 8 };

/* Collects up to TS_DIAGNOSTICS_MAX errors; more are counted but not kept. */
struct ts_diagnostics {
    struct ts_arena arena;
    struct ts_diagnostic entries[TS_DIAGNOSTICS_MAX];
    int kept;
    int errors;
    const char *notes[TS_NOTES_MAX]; /* what a user should know although it is no error */
    int note_count;
};

void ts_diagnostics_init(struct ts_diagnostics *diagnostics);
void ts_diagnostics_release(struct ts_diagnostics *diagnostics);

/* Records an error and returns false, so that a loader can `return ts_diag_error(...)`. */
bool ts_diag_error(struct ts_diagnostics *diagnostics, enum ts_error code, struct ts_place place,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds help or the offending source line to the newest kept error. */
void ts_diag_help(struct ts_diagnostics *diagnostics, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ts_diag_source(struct ts_diagnostics *diagnostics, const char *line_text);

/* A note is kept once, however often it comes; a run goes on. */
void ts_diag_note(struct ts_diagnostics *diagnostics, struct ts_place place, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
void ts_diagnostics_print_notes(const struct ts_diagnostics *diagnostics, FILE *stream);

/* Prints all kept errors, and how many more there were. */
void ts_diagnostics_print(const struct ts_diagnostics *diagnostics, FILE *stream);

/* The candidate nearest to `word` by edit distance, NULL when none is near enough to be meant. */
const char *ts_suggest(const char *word, const char *const *candidates, size_t count);

/* A programmer's error: prints where and aborts. Never reached by any input. */
#define ts_bug(...) ts_bug_at(__FILE__, __LINE__, __VA_ARGS__)
void ts_bug_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));

#ifdef __cplusplus
}
#endif
#endif
