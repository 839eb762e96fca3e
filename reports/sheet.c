#include "reports/sheet.h"

#include "tessera/diag.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void sheet_init(struct sheet *sheet, struct ts_arena *arena, int rows)
{
    *sheet = (struct sheet){.arena = arena, .rows = rows};
}

static struct sheet_column *add(struct sheet *sheet, const char *name)
{
    if (sheet->columns == SHEET_MAX_COLUMNS) {
        ts_bug("a sheet of more than %d columns", SHEET_MAX_COLUMNS);
    }
    struct sheet_column *column = &sheet->column[sheet->columns++];
    *column = (struct sheet_column){.name = name};
    return column;
}

const char **sheet_texts(struct sheet *sheet, const char *name)
{
    struct sheet_column *column = add(sheet, name);
    column->texts = TS_NEW_ARRAY(sheet->arena, sheet->rows + 1, const char *);
    for (int i = 0; i < sheet->rows; i++) {
        column->texts[i] = "";
    }
    return column->texts;
}

double *sheet_numbers(struct sheet *sheet, const char *name, const char *unit)
{
    struct sheet_column *column = add(sheet, name);
    column->unit = unit;
    column->values = TS_NEW_ARRAY(sheet->arena, sheet->rows + 1, double);
    memset(column->values, 0, (size_t)sheet->rows * sizeof *column->values);
    return column->values;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

void markdown_put(FILE *stream, const char *text)
{
    for (const char *c = text; *c; c++) {
        /* Inside of a word an underscore is one. */
        bool joins = *c == '_' && c > text && is_word(c[-1]) && is_word(c[1]);
        if (*c == '&' || *c == '<' || *c == '>') {
            fputs(*c == '&' ? "&amp;" : *c == '<' ? "&lt;" : "&gt;", stream);
        } else if ((unsigned char)*c < ' ') {
            fputc(' ', stream);
        } else {
            fputs(strchr("\\`*_[]|~#", *c) && !joins ? "\\" : "", stream);
            fputc(*c, stream);
        }
    }
}

/* ------------------------------------------------------------------ numbers */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle of what is not zero, by size: the others are read against it. */
static double typical(const struct sheet *sheet, const struct sheet_column *column)
{
    double *sizes = TS_NEW_ARRAY(sheet->arena, sheet->rows + 1, double);
    int count = 0;
    for (int i = 0; i < sheet->rows; i++) {
        if (isfinite(column->values[i]) && column->values[i] != 0) {
            sizes[count++] = fabs(column->values[i]);
        }
    }
    qsort(sizes, (size_t)count, sizeof *sizes, by_size);
    return count > 0 ? sizes[count / 2] : 1;
}

static const struct {
    const char *text;
    double size;
} prefixes[] = {{"T", 1e12}, {"G", 1e9},  {"M", 1e6},  {"k", 1e3},  {"", 1},
                {"m", 1e-3}, {"µ", 1e-6}, {"n", 1e-9}, {"p", 1e-12}};
enum { PREFIXES = sizeof prefixes / sizeof *prefixes };

static int prefix_of(const struct sheet *sheet, const struct sheet_column *column)
{
    enum { NONE = 4 };
    if (!*column->unit || strcmp(column->unit, "%") == 0) {
        return NONE;
    }
    double size = typical(sheet, column);
    int prefix = 0;
    while (prefix + 1 < PREFIXES && size < 0.9995 * prefixes[prefix].size) {
        prefix++;
    }
    return prefix;
}

/* Four significant digits, of shares two, and never an exponent. */
static void put_number(FILE *stream, double value, bool share, bool whole)
{
    if (!isfinite(value)) {
        return;
    }
    int digits = value == 0 || whole ? 0 : 3 - (int)floor(log10(fabs(value)) + 1e-9);
    if (share) {
        digits = digits <= 3 ? 1 : digits - 2;
    }
    fprintf(stream, "%.*f", digits < 0 ? 0 : digits > 12 ? 12 : digits, value);
}

/* ------------------------------------------------------------------ the table */

/* Counts and ranks: no digits behind the point. */
static bool all_whole(const struct sheet *sheet, const struct sheet_column *column)
{
    for (int i = 0; i < sheet->rows; i++) {
        double value = column->values[i];
        if (isfinite(value) && (value != floor(value) || fabs(value) >= 0x1p53)) {
            return false;
        }
    }
    return !*column->unit;
}

static void write_headings(const struct sheet *sheet, const int *prefix, FILE *stream)
{
    fputs("\n|", stream);
    for (int c = 0; c < sheet->columns; c++) {
        const struct sheet_column *column = &sheet->column[c];
        fputc(' ', stream);
        markdown_put(stream, column->name);
        if (column->unit && *column->unit) {
            fprintf(stream, " (%s%s)", prefixes[prefix[c]].text, column->unit);
        }
        fputs(" |", stream);
    }
    fputs("\n|", stream);
    for (int c = 0; c < sheet->columns; c++) {
        fputs(sheet->column[c].unit ? " ---: |" : " --- |", stream);
    }
    fputc('\n', stream);
}

static void write_cell(const struct sheet_column *column, int row, int prefix, bool whole,
                       FILE *stream)
{
    fputc(' ', stream);
    if (column->unit) {
        put_number(stream, column->values[row] / prefixes[prefix].size,
                   strcmp(column->unit, "%") == 0, whole);
    } else {
        markdown_put(stream, column->texts[row]);
    }
    fputs(" |", stream);
}

void sheet_write(const struct sheet *sheet, FILE *stream)
{
    int prefix[SHEET_MAX_COLUMNS] = {0};
    bool whole[SHEET_MAX_COLUMNS] = {false};
    for (int c = 0; c < sheet->columns; c++) {
        const struct sheet_column *column = &sheet->column[c];
        prefix[c] = column->unit ? prefix_of(sheet, column) : 0;
        whole[c] = column->unit && all_whole(sheet, column);
    }
    write_headings(sheet, prefix, stream);
    for (int row = 0; row < sheet->rows; row++) {
        fputc('|', stream);
        for (int c = 0; c < sheet->columns; c++) {
            write_cell(&sheet->column[c], row, prefix[c], whole[c], stream);
        }
        fputc('\n', stream);
    }
}
