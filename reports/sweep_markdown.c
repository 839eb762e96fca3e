/* A sweep's table as Markdown. */
#include "reports/sheet.h"
#include "reports/sweep_listing.h"
#include "tessera/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The figures that are shown, as the table calls them, and how they read. */
static const struct {
    const char *column, *name, *unit;
    double scale;
} figures[] = {
    {"latency_s", "latency", "s", 1},     {"throughput_per_s", "throughput", "/s", 1},
    {"tflops", "TFLOPS", "", 1},          {"utilization", "of peak", "%", 100},
    {"energy_j_total", "energy", "J", 1}, {"average_power_w", "power", "W", 1},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static void add_texts(struct sheet *sheet, const struct ts_csv *table, int column, const char *name)
{
    const char **texts = sheet_texts(sheet, name);
    for (int i = 0; i < table->row_count; i++) {
        texts[i] = table->rows[i].fields[column];
    }
}

static void add_numbers(struct sheet *sheet, const struct ts_csv *table, int figure)
{
    int column = ts_csv_column(table, figures[figure].column);
    double *values = sheet_numbers(sheet, figures[figure].name, figures[figure].unit);
    for (int i = 0; i < table->row_count; i++) {
        const char *text = table->rows[i].fields[column];
        values[i] = *text ? figures[figure].scale * strtod(text, NULL) : NAN;
    }
}

void ts_sweep_markdown(const struct ts_csv *table, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct sheet sheet;
    int status = ts_csv_column(table, "status"), error = ts_csv_column(table, "error");
    sheet_init(&sheet, &arena, table->row_count);
    for (int c = 0; c < status && sheet.columns < SHEET_MAX_COLUMNS - FIGURES - 2; c++) {
        bool named = strcmp(table->columns[c], "arch") == 0 ||
                     strcmp(table->columns[c], "workload") == 0 ||
                     strcmp(table->columns[c], "precision") == 0;
        if (named || sweep_varies(table, c)) {
            add_texts(&sheet, table, c, table->columns[c]);
        }
    }
    for (int f = 0; f < FIGURES; f++) {
        add_numbers(&sheet, table, f);
    }
    add_texts(&sheet, table, ts_csv_column(table, "bound"), "bound by");
    if (sweep_varies(table, status)) {
        add_texts(&sheet, table, error, "error");
    }
    sheet_write(&sheet, stream);
    ts_arena_release(&arena);
}
