/* Listing: rows under named columns, with facts ahead of them and sentences behind, as text, JSON,
 * CSV or Markdown.
 *
 *     ts_listing_init(&listing, &arena, "tessera.best/1", "points");
 *     ts_listing_fact(&listing, "results", 400);
 *     ts_listing_column(&listing, "arch", NULL);
 *     ts_listing_column(&listing, "latency_s", "s");
 *     ts_listing_text(&listing, "gpu"), ts_listing_number(&listing, 1e-3);
 *     ts_listing_write_json(&listing, stdout);
 *
 * Cells are given row by row, left to right. JSON is an object: `schema`, the facts, the rows as a
 * list of objects under the name given, and the sentences as the list `reading`. CSV is the rows.
 * Everything is kept in the arena.
 */
#ifndef TESSERA_LISTING_H
#define TESSERA_LISTING_H

#include "tessera/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An empty cell has neither text nor number; one with both is written as its text. */
struct ts_listing_cell {
    const char *text;
    bool is_number;
    double number;
};

struct ts_listing_column {
    const char *name;
    const char *unit; /* of numbers, in text; NULL: texts, aligned to the left */
};

struct ts_listing_fact {
    const char *name;
    struct ts_listing_cell value;
};

enum { TS_LISTING_MAX_COLUMNS = 208, TS_LISTING_MAX_FACTS = 64, TS_LISTING_MAX_SENTENCES = 64 };

struct ts_listing {
    struct ts_arena *arena;
    const char *schema, *rows_name;
    struct ts_listing_column columns[TS_LISTING_MAX_COLUMNS];
    int column_count;
    struct ts_listing_fact facts[TS_LISTING_MAX_FACTS];
    int fact_count;
    const char *sentences[TS_LISTING_MAX_SENTENCES];
    int sentence_count;
    struct ts_listing_cell *cells;
    int64_t cell_count, capacity;
};

void ts_listing_init(struct ts_listing *listing, struct ts_arena *arena, const char *schema,
                     const char *rows_name);
void ts_listing_column(struct ts_listing *listing, const char *name, const char *unit);

/* Facts and sentences beyond the room for them are left out. */
void ts_listing_fact(struct ts_listing *listing, const char *name, double number);
void ts_listing_fact_text(struct ts_listing *listing, const char *name, const char *text);
void ts_listing_say(struct ts_listing *listing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next cell. A number that is not finite is an empty cell. */
void ts_listing_text(struct ts_listing *listing, const char *text);
void ts_listing_number(struct ts_listing *listing, double number);
void ts_listing_cell(struct ts_listing *listing, struct ts_listing_cell cell);
void ts_listing_empty(struct ts_listing *listing);

void ts_listing_write_text(const struct ts_listing *listing, const struct ts_report_style *style,
                           FILE *stream);
void ts_listing_write_json(const struct ts_listing *listing, FILE *stream);
void ts_listing_write_markdown(const struct ts_listing *listing, FILE *stream);
void ts_listing_write_csv(const struct ts_listing *listing, FILE *stream);

/* The table of `tessera sweep` (ts_csv, as it writes it) as a listing without rows: all its
 * columns, and the inputs that vary with the main figures. */
void ts_sweep_rows(const struct ts_csv *table, struct ts_listing *listing);
void ts_sweep_summary(const struct ts_csv *table, struct ts_listing *listing);

/* The unit that the end of a figure's name says: "s" of latency_s, "J" of energy_j.total, "" of a
 * name without one. */
const char *ts_unit_of(const char *name);

/* `value` with its unit, with SI prefixes where those are used: 1.234 ms, 900 GB/s, 0.53. `buffer`
 * has TS_SI_BYTES; returned. */
const char *ts_format_quantity(char *buffer, double value, const char *unit);

#ifdef __cplusplus
}
#endif
#endif
