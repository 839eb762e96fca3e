/* Markdown tables: columns of texts and of numbers, each number column in one unit that its heading
 * names. Internal to reports/. */
#ifndef REPORTS_SHEET_H
#define REPORTS_SHEET_H

#include "tessera/arena.h"

#include <stdio.h>

enum { SHEET_MAX_COLUMNS = 128 };

struct sheet_column {
    const char *name, *unit; /* unit NULL: texts */
    const char **texts;
    double *values; /* NAN: an empty cell */
};

struct sheet {
    struct ts_arena *arena;
    int rows, columns;
    struct sheet_column column[SHEET_MAX_COLUMNS];
};

void sheet_init(struct sheet *sheet, struct ts_arena *arena, int rows);

/* A new column; the caller fills the cells. Texts are all empty, numbers all 0. */
const char **sheet_texts(struct sheet *sheet, const char *name);
/* `unit` "s", "J", "B", "W", "/s" get the SI prefix that suits the column; "%" and "" are left. */
double *sheet_numbers(struct sheet *sheet, const char *name, const char *unit);

/* As GitHub reads it, with an empty line before it. */
void sheet_write(const struct sheet *sheet, FILE *stream);

/* Text with what Markdown would take for its own escaped; line ends are blanks. */
void markdown_put(FILE *stream, const char *text);

#endif
