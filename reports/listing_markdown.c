/* A listing as Markdown. Names of figures carry their units: latency_s, energy_j.total. */
#include "reports/sheet.h"
#include "tessera/listing.h"

#include <math.h>

static const struct ts_listing_cell *cell_at(const struct ts_listing *listing, int row, int column)
{
    return &listing->cells[(int64_t)row * listing->column_count + column];
}

/* Numbers, and cells without anything. */
static bool all_numbers(const struct ts_listing *listing, int rows, int column)
{
    for (int i = 0; i < rows; i++) {
        if (cell_at(listing, i, column)->text) {
            return false;
        }
    }
    return listing->columns[column].unit != NULL;
}

static void add_column(struct sheet *sheet, const struct ts_listing *listing, int column)
{
    const char *name = listing->columns[column].name, *unit = listing->columns[column].unit;
    if (all_numbers(listing, sheet->rows, column)) {
        double *numbers = sheet_numbers(sheet, name, "");
        for (int i = 0; i < sheet->rows; i++) {
            const struct ts_listing_cell *cell = cell_at(listing, i, column);
            numbers[i] = cell->is_number ? cell->number : NAN;
        }
        return;
    }
    const char **texts = sheet_texts(sheet, name);
    for (int i = 0; i < sheet->rows; i++) {
        const struct ts_listing_cell *cell = cell_at(listing, i, column);
        char buffer[TS_SI_BYTES];
        if (cell->text) {
            texts[i] = cell->text;
        } else if (cell->is_number) {
            ts_format_quantity(buffer, cell->number, unit ? unit : "");
            texts[i] = ts_arena_strdup(sheet->arena, buffer);
        }
    }
}

void ts_listing_write_markdown(const struct ts_listing *listing, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct sheet sheet;
    int columns =
        listing->column_count < SHEET_MAX_COLUMNS ? listing->column_count : SHEET_MAX_COLUMNS;
    sheet_init(&sheet, &arena,
               columns > 0 ? (int)(listing->cell_count / listing->column_count) : 0);
    for (int c = 0; c < columns; c++) {
        add_column(&sheet, listing, c);
    }
    sheet_write(&sheet, stream);
    for (int i = 0; i < listing->sentence_count; i++) {
        fputs("\n", stream);
        markdown_put(stream, listing->sentences[i]);
        fputs("\n", stream);
    }
    ts_arena_release(&arena);
}
