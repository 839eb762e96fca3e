#include "tessera/listing.h"

#include "reports/table.h"
#include "tessera/csv.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

void ts_listing_init(struct ts_listing *listing, struct ts_arena *arena, const char *schema,
                     const char *rows_name)
{
    *listing = (struct ts_listing){.arena = arena, .schema = schema, .rows_name = rows_name};
}

void ts_listing_column(struct ts_listing *listing, const char *name, const char *unit)
{
    if (listing->column_count == TS_LISTING_MAX_COLUMNS || listing->cell_count > 0) {
        ts_bug("no room for the column '%s'", name);
    }
    listing->columns[listing->column_count++] = (struct ts_listing_column){name, unit};
}

static void add_fact(struct ts_listing *listing, const char *name, struct ts_listing_cell value)
{
    if (listing->fact_count < TS_LISTING_MAX_FACTS) {
        listing->facts[listing->fact_count++] = (struct ts_listing_fact){name, value};
    }
}

void ts_listing_fact(struct ts_listing *listing, const char *name, double number)
{
    add_fact(listing, name, (struct ts_listing_cell){NULL, true, number});
}

void ts_listing_fact_text(struct ts_listing *listing, const char *name, const char *text)
{
    add_fact(listing, name, (struct ts_listing_cell){text, false, 0});
}

void ts_listing_say(struct ts_listing *listing, const char *format, ...)
{
    if (listing->sentence_count < TS_LISTING_MAX_SENTENCES) {
        va_list arguments;
        va_start(arguments, format);
        listing->sentences[listing->sentence_count++] =
            ts_arena_vprintf(listing->arena, format, arguments);
        va_end(arguments);
    }
}

/* ------------------------------------------------------------------ cells */

void ts_listing_cell(struct ts_listing *listing, struct ts_listing_cell cell)
{
    if (listing->cell_count == listing->capacity) {
        int64_t capacity = listing->capacity ? 2 * listing->capacity : 256;
        struct ts_listing_cell *larger =
            TS_NEW_ARRAY(listing->arena, capacity, struct ts_listing_cell);
        if (listing->cell_count > 0) {
            memcpy(larger, listing->cells, (size_t)listing->cell_count * sizeof *larger);
        }
        listing->cells = larger;
        listing->capacity = capacity;
    }
    cell.is_number = cell.is_number && isfinite(cell.number);
    listing->cells[listing->cell_count++] = cell;
}

void ts_listing_text(struct ts_listing *listing, const char *text)
{
    ts_listing_cell(listing, (struct ts_listing_cell){text, false, 0});
}

void ts_listing_number(struct ts_listing *listing, double number)
{
    ts_listing_cell(listing, (struct ts_listing_cell){NULL, true, number});
}

void ts_listing_empty(struct ts_listing *listing)
{
    ts_listing_cell(listing, (struct ts_listing_cell){NULL, false, 0});
}

/* ------------------------------------------------------------------ text */

void ts_listing_write_text(const struct ts_listing *listing, const struct ts_report_style *style,
                           FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct table table;
    char alignment[TS_LISTING_MAX_COLUMNS + 1] = "";
    for (int c = 0; c < listing->column_count; c++) {
        alignment[c] = listing->columns[c].unit ? 'r' : 'l';
    }
    table_init(&table, &arena, alignment);
    for (int c = 0; c < listing->column_count; c++) {
        table_add(&table, "%s", listing->columns[c].name);
    }
    for (int64_t i = 0; i < listing->cell_count; i++) {
        const struct ts_listing_cell *cell = &listing->cells[i];
        const char *unit = listing->columns[i % listing->column_count].unit;
        char buffer[TS_SI_BYTES];
        if (cell->text) {
            table_add(&table, "%s", cell->text);
        } else {
            table_add(&table, "%s",
                      cell->is_number ? ts_format_quantity(buffer, cell->number, unit ? unit : "")
                                      : "-");
        }
    }
    table_write(&table, style, 0, stream);
    for (int i = 0; i < listing->sentence_count; i++) {
        fprintf(stream, "%s%s\n", i == 0 ? "\n" : "", listing->sentences[i]);
    }
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ JSON and CSV */

static json_t *json_cell(const struct ts_listing_cell *cell)
{
    if (cell->is_number) {
        bool whole = cell->number == floor(cell->number) && fabs(cell->number) < 0x1p53;
        return whole ? json_integer((json_int_t)cell->number) : json_real(cell->number);
    }
    json_t *text = cell->text ? json_string(cell->text) : json_null();
    return text ? text : json_string("(not UTF-8)");
}

void ts_listing_write_json(const struct ts_listing *listing, FILE *stream)
{
    json_t *root = json_object(), *rows = json_array(), *reading = json_array();
    json_object_set_new(root, "schema", json_string(listing->schema));
    for (int i = 0; i < listing->fact_count; i++) {
        json_object_set_new(root, listing->facts[i].name, json_cell(&listing->facts[i].value));
    }
    json_t *row = NULL;
    for (int64_t i = 0; i < listing->cell_count; i++) {
        int64_t column = i % listing->column_count;
        if (column == 0) {
            row = json_object();
            json_array_append_new(rows, row);
        }
        json_object_set_new(row, listing->columns[column].name, json_cell(&listing->cells[i]));
    }
    for (int i = 0; i < listing->sentence_count; i++) {
        json_array_append_new(reading, json_string(listing->sentences[i]));
    }
    json_object_set_new(root, listing->rows_name, rows);
    json_object_set_new(root, "reading", reading);
    json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    fputc('\n', stream);
    json_decref(root);
}

void ts_listing_write_csv(const struct ts_listing *listing, FILE *stream)
{
    for (int c = 0; c < listing->column_count; c++) {
        fputs(c > 0 ? "," : "", stream);
        ts_csv_write_field(stream, listing->columns[c].name);
    }
    for (int64_t i = 0; i < listing->cell_count; i++) {
        const struct ts_listing_cell *cell = &listing->cells[i];
        char buffer[TS_SI_BYTES];
        fputs(i % listing->column_count == 0 ? "\n" : ",", stream);
        if (cell->text) {
            ts_csv_write_field(stream, cell->text);
        } else if (cell->is_number) {
            fputs(ts_format_number(buffer, cell->number), stream);
        }
    }
    fputc('\n', stream);
}
