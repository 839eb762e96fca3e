/* Text tables whose columns line up, and bars. Internal to reports/. */
#ifndef REPORTS_TABLE_H
#define REPORTS_TABLE_H

#include "tessera/arena.h"
#include "tessera/report.h"

enum { TABLE_MAX_COLUMNS = 208, TABLE_MAX_ROWS = 100000 };

/* Cells are added left to right, row by row; the first row is the heading. */
struct table {
    struct ts_arena *arena;
    const char *alignment; /* a letter a column: l or r */
    int columns;
    int cells, capacity;
    const char **cell;
};

void table_init(struct table *table, struct ts_arena *arena, const char *alignment);
void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_add_si(struct table *table, double value, const char *unit);
void table_write(const struct table *table, const struct ts_report_style *style, int indent,
                 FILE *stream);

/* Terminal columns that UTF-8 text takes, one a code point. */
int text_columns(const char *text);

/* A bar of `fraction` × `width` columns, padded with blanks to `width`. */
void write_bar(double fraction, int width, const struct ts_report_style *style, FILE *stream);

/* A heading on its own line. */
void write_heading(const char *text, const struct ts_report_style *style, FILE *stream);

#endif
