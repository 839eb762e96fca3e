#include "tessera/diag.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const error_names[TS_ERROR_COUNT] = {
#define X(code, name) [code] = name,
    TS_ERROR_LIST(X)
#undef X
};

const char *ts_error_name(enum ts_error code)
{
    return error_names[code];
}

void ts_diagnostics_init(struct ts_diagnostics *diagnostics)
{
    *diagnostics = (struct ts_diagnostics){.arena = TS_ARENA_INIT};
}

void ts_diagnostics_release(struct ts_diagnostics *diagnostics)
{
    ts_arena_release(&diagnostics->arena);
    ts_diagnostics_init(diagnostics);
}

bool ts_diag_error(struct ts_diagnostics *diagnostics, enum ts_error code, struct ts_place place,
                   const char *format, ...)
{
    diagnostics->errors++;
    if (diagnostics->kept == TS_DIAGNOSTICS_MAX) {
        return false;
    }
    struct ts_diagnostic *entry = &diagnostics->entries[diagnostics->kept++];
    va_list arguments;
    va_start(arguments, format);
    *entry = (struct ts_diagnostic){
        .code = code,
        .place = place,
        .message = ts_arena_vprintf(&diagnostics->arena, format, arguments),
    };
    va_end(arguments);
    if (place.file) {
        entry->place.file = ts_arena_strdup(&diagnostics->arena, place.file);
    }
    return false;
}

/* The newest entry, NULL when the newest error was counted but not kept. */
static struct ts_diagnostic *newest(struct ts_diagnostics *diagnostics)
{
    if (diagnostics->errors == 0 || diagnostics->errors != diagnostics->kept) {
        return NULL;
    }
    return &diagnostics->entries[diagnostics->kept - 1];
}

void ts_diag_help(struct ts_diagnostics *diagnostics, const char *format, ...)
{
    struct ts_diagnostic *entry = newest(diagnostics);
    if (!entry) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    entry->help = ts_arena_vprintf(&diagnostics->arena, format, arguments);
    va_end(arguments);
}

void ts_diag_source(struct ts_diagnostics *diagnostics, const char *line_text)
{
    struct ts_diagnostic *entry = newest(diagnostics);
    if (entry && line_text) {
        entry->source =
            ts_arena_strndup(&diagnostics->arena, line_text, strcspn(line_text, "\r\n"));
    }
}

void ts_diag_note(struct ts_diagnostics *diagnostics, struct ts_place place, const char *format,
                  ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = ts_arena_vprintf(&diagnostics->arena, format, arguments);
    va_end(arguments);
    if (place.file) {
        text = ts_arena_printf(&diagnostics->arena, "%s: %s", place.file, text);
    }
    for (int i = 0; i < diagnostics->note_count; i++) {
        if (strcmp(diagnostics->notes[i], text) == 0) {
            return;
        }
    }
    if (diagnostics->note_count < TS_NOTES_MAX) {
        diagnostics->notes[diagnostics->note_count++] = text;
    }
}

/* Input can hold anything; a terminal gets printable text alone. */
static void print_clean(const char *text, FILE *stream)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        fputc(byte < 0x20 || byte == 0x7f ? ' ' : byte, stream);
    }
}

static void print_source(const struct ts_diagnostic *entry, FILE *stream)
{
    fprintf(stream, "%5d | ", entry->place.line);
    print_clean(entry->source, stream);
    fprintf(stream, "\n      | ");
    for (int column = 1; column < entry->place.column; column++) {
        fputc(' ', stream);
    }
    fprintf(stream, "^\n");
}

static void print_entry(const struct ts_diagnostic *entry, FILE *stream)
{
    if (entry->place.file) {
        print_clean(entry->place.file, stream);
        if (entry->place.line > 0) {
            fprintf(stream, ":%d:%d", entry->place.line, entry->place.column);
        }
        fprintf(stream, ": ");
    }
    fprintf(stream, "error: ");
    print_clean(entry->message, stream);
    fprintf(stream, " [%s]\n", ts_error_name(entry->code));
    if (entry->source && entry->place.line > 0) {
        print_source(entry, stream);
    }
    if (entry->help) {
        fprintf(stream, "  help: ");
        print_clean(entry->help, stream);
        fputc('\n', stream);
    }
}

void ts_diagnostics_print(const struct ts_diagnostics *diagnostics, FILE *stream)
{
    for (int i = 0; i < diagnostics->kept; i++) {
        print_entry(&diagnostics->entries[i], stream);
    }
    if (diagnostics->errors > diagnostics->kept) {
        fprintf(stream, "... and %d more errors\n", diagnostics->errors - diagnostics->kept);
    }
}

void ts_diagnostics_print_notes(const struct ts_diagnostics *diagnostics, FILE *stream)
{
    for (int i = 0; i < diagnostics->note_count; i++) {
        fputs("note: ", stream);
        print_clean(diagnostics->notes[i], stream);
        fputc('\n', stream);
    }
}

enum { LONGEST_SUGGESTED = 63 };

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance: insert, delete, replace, swap neighbours; case-blind. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_SUGGESTED + 1];
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            int x = tolower((unsigned char)a[i - 1]);
            int y = tolower((unsigned char)b[j - 1]);
            now[j] = minimum(minimum(last[j] + 1, now[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2])) {
                now[j] = minimum(now[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

const char *ts_suggest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST_SUGGESTED) {
        return NULL;
    }
    const char *best = NULL;
    size_t best_distance = length / 3 + 2; /* further away is a guess, not a suggestion */
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > LONGEST_SUGGESTED) {
            continue;
        }
        size_t distance = edit_distance(word, length, candidates[i], candidate_length);
        if (distance < best_distance && distance < candidate_length) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}

void ts_bug_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: internal error: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
