#include "reports/table.h"

#include <stdarg.h>
#include <string.h>

void table_init(struct table *table, struct ts_arena *arena, const char *alignment)
{
    *table =
        (struct table){.arena = arena, .alignment = alignment, .columns = (int)strlen(alignment)};
    if (table->columns > TABLE_MAX_COLUMNS) {
        ts_bug("a table of %d columns", table->columns);
    }
}

static void add(struct table *table, const char *text)
{
    if (table->cells == table->capacity) {
        int capacity = table->capacity ? table->capacity * 2 : 256;
        const char **larger = TS_NEW_ARRAY(table->arena, capacity, const char *);
        if (table->cells > 0) {
            memcpy(larger, table->cell, (size_t)table->cells * sizeof *larger);
        }
        table->cell = larger;
        table->capacity = capacity;
    }
    table->cell[table->cells++] = text;
}

void table_add(struct table *table, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(table, ts_arena_vprintf(table->arena, format, arguments));
    va_end(arguments);
}

void table_add_si(struct table *table, double value, const char *unit)
{
    char buffer[TS_SI_BYTES];
    add(table, ts_arena_strdup(table->arena, ts_format_si(buffer, value, unit)));
}

int text_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++) {
        columns += ((unsigned char)*text & 0xc0) != 0x80; /* not a continuation byte */
    }
    return columns;
}

static void write_row(const struct table *table, int row, const int *widths, FILE *stream)
{
    int blanks = 0;
    for (int c = 0; c < table->columns; c++) {
        const char *text = table->cell[row * table->columns + c];
        int padding = widths[c] - text_columns(text);
        if (table->alignment[c] == 'r') {
            blanks += padding;
            padding = 0;
        }
        if (*text) {
            fprintf(stream, "%*s%s", blanks, "", text);
            blanks = 0;
        }
        blanks += padding + 2;
    }
}

void table_write(const struct table *table, const struct ts_report_style *style, int indent,
                 FILE *stream)
{
    int widths[TABLE_MAX_COLUMNS] = {0};
    if (table->cells % table->columns != 0) {
        ts_bug("a table of %d cells in %d columns", table->cells, table->columns);
    }
    for (int i = 0; i < table->cells; i++) {
        int columns = text_columns(table->cell[i]);
        if (columns > widths[i % table->columns]) {
            widths[i % table->columns] = columns;
        }
    }
    for (int row = 0; row < table->cells / table->columns; row++) {
        bool dim = row == 0 && style->color;
        fprintf(stream, "%s%*s", dim ? "\033[2m" : "", indent, "");
        write_row(table, row, widths, stream);
        fputs(dim ? "\033[0m\n" : "\n", stream);
    }
}

void write_bar(double fraction, int width, const struct ts_report_style *style, FILE *stream)
{
    static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double exact = (fraction < 0 ? 0 : fraction > 1 ? 1 : fraction) * width;
    int eighths = (int)(exact * 8 + 0.5);
    int full = style->unicode ? eighths / 8 : (int)(exact + 0.5);
    int part = style->unicode ? eighths % 8 : 0;
    fputs(style->color ? "\033[36m" : "", stream);
    for (int i = 0; i < full; i++) {
        fputs(style->unicode ? "█" : "#", stream);
    }
    fputs(eighth[part], stream);
    fputs(style->color ? "\033[0m" : "", stream);
}

void write_heading(const char *text, const struct ts_report_style *style, FILE *stream)
{
    fprintf(stream, style->color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}
