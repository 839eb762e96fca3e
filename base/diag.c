#include "tessera/diag.h"

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

/* Bytes of the UTF-8 sequence that begins here; 0: none does. */
static int sequence_length(const unsigned char *text)
{
    int length = *text < 0xc2 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;
    for (int i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* Input can hold anything; a terminal gets printable text alone. */
static void print_clean_part(const char *text, size_t size, FILE *stream)
{
    const unsigned char *byte = (const unsigned char *)text, *end = byte + size;
    while (byte < end && *byte) {
        const int length = *byte < 0x80 ? 1 : sequence_length(byte);
        if (length > 1) {
            fwrite(byte, 1, (size_t)length, stream);
        } else {
            fputc(length == 0 ? '?' : *byte < 0x20 || *byte == 0x7f ? ' ' : *byte, stream);
        }
        byte += length > 0 ? length : 1;
    }
}

static void print_clean(const char *text, FILE *stream)
{
    print_clean_part(text, strlen(text), stream);
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The line with a caret below it; of a long one what stands around the place. */
static void print_source(const struct ts_diagnostic *entry, FILE *stream)
{
    enum { LONGEST = 120, BEFORE = 80 };
    const char *text = entry->source;
    size_t end = strlen(text), start = 0;
    size_t column = entry->place.column > 0 ? (size_t)entry->place.column - 1 : 0;
    if (end > LONGEST) {
        start = column > BEFORE && column <= end ? column - BEFORE : 0;
        end = start + LONGEST < end ? start + LONGEST : end;
        while (start > 0 && continues(text[start])) {
            start--;
        }
        while (continues(text[end])) {
            end++;
        }
    }
    fprintf(stream, "%5d | %s", entry->place.line, start > 0 ? "..." : "");
    print_clean_part(text + start, end - start, stream);
    fprintf(stream, "%s\n      | %s", text[end] ? "..." : "", start > 0 ? "   " : "");
    for (size_t i = start; i < column; i++) {
        fputc(' ', stream);
    }
    fprintf(stream, "^\n");
}

static void print_entry(const struct ts_diagnostic *entry, FILE *stream)
{
    if (entry->place.file) {
        print_clean(entry->place.file, stream);
        if (entry->place.line > 0) {
            fprintf(stream, ":%d", entry->place.line);
        }
        if (entry->place.line > 0 && entry->place.column > 0) {
            fprintf(stream, ":%d", entry->place.column);
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

/* A block that is used twice has its errors twice. */
static bool was_said(const struct ts_diagnostics *diagnostics, int index)
{
    const struct ts_diagnostic *entry = &diagnostics->entries[index];
    for (int i = 0; i < index && entry->place.line > 0; i++) {
        const struct ts_diagnostic *before = &diagnostics->entries[i];
        if (before->place.line == entry->place.line &&
            before->place.column == entry->place.column && before->place.file &&
            entry->place.file && strcmp(before->place.file, entry->place.file) == 0 &&
            strcmp(before->message, entry->message) == 0) {
            return true;
        }
    }
    return false;
}

void ts_diagnostics_print(const struct ts_diagnostics *diagnostics, FILE *stream)
{
    for (int i = 0; i < diagnostics->kept; i++) {
        if (!was_said(diagnostics, i)) {
            print_entry(&diagnostics->entries[i], stream);
        }
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
