/* A sweep's table as a listing: for people the columns that matter, for programs every one. */
#include "reports/sweep_listing.h"

#include "tessera/listing.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What stays a text even where it looks like a number. */
static bool is_text(const char *column)
{
    static const char *const texts[] = {"arch",   "workload", "mode",  "precision",
                                        "status", "error",    "bound", "transforms"};
    return is_one_of(column, texts, sizeof texts / sizeof *texts);
}

static void add_cell(struct ts_listing *listing, const char *column, const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (!*text) {
        ts_listing_empty(listing);
    } else if (!is_text(column) && (isdigit((unsigned char)*text) || *text == '-') && !*end &&
               isfinite(number)) {
        ts_listing_number(listing, number);
    } else {
        ts_listing_text(listing, text);
    }
}

void ts_sweep_rows(const struct ts_csv *table, struct ts_listing *listing)
{
    for (int c = 0; c < table->column_count; c++) {
        ts_listing_column(listing, table->columns[c], is_text(table->columns[c]) ? NULL : "");
    }
    for (int i = 0; i < table->row_count; i++) {
        for (int c = 0; c < table->column_count; c++) {
            add_cell(listing, table->columns[c], table->rows[i].fields[c]);
        }
    }
}

bool sweep_varies(const struct ts_csv *table, int column)
{
    for (int i = 1; i < table->row_count; i++) {
        if (strcmp(table->rows[0].fields[column], table->rows[i].fields[column]) != 0) {
            return true;
        }
    }
    return false;
}

/* Inputs that vary, and those without which no row can be read; then the main figures. */
static int choose(const struct ts_csv *table, int *chosen)
{
    static const char *const always[] = {"arch", "workload", "precision"};
    static const char *const figures[] = {"latency_s",   "throughput_per_s", "tflops",
                                          "utilization", "energy_j_total",   "average_power_w",
                                          "bound"};
    int status = ts_csv_column(table, "status"), count = 0;
    for (int c = 0; c < status; c++) {
        if (is_one_of(table->columns[c], always, 3) || sweep_varies(table, c)) {
            chosen[count++] = c;
        }
    }
    for (int f = 0; f < 7; f++) {
        chosen[count++] = ts_csv_column(table, figures[f]);
    }
    if (sweep_varies(table, status)) {
        chosen[count++] = ts_csv_column(table, "error");
    }
    return count;
}

void ts_sweep_summary(const struct ts_csv *table, struct ts_listing *listing)
{
    int *chosen = TS_NEW_ARRAY(listing->arena, table->column_count + 8, int);
    int count = choose(table, chosen);
    for (int c = 0; c < count; c++) {
        const char *name = table->columns[chosen[c]];
        const char *unit = strcmp(name, "energy_j_total") == 0 ? "J" : ts_unit_of(name);
        ts_listing_column(listing, name, is_text(name) ? NULL : unit);
    }
    for (int i = 0; i < table->row_count; i++) {
        for (int c = 0; c < count; c++) {
            add_cell(listing, table->columns[chosen[c]], table->rows[i].fields[chosen[c]]);
        }
    }
}
