/* Prints every row of a store's table of results, in the order of its ids: what tests compare
 * stores with. usage: store_rows FILE.db */
#include <sqlite3.h>
#include <stdio.h>

static void print_row(sqlite3_stmt *row)
{
    for (int c = 0; c < sqlite3_column_count(row); c++) {
        const char *text = (const char *)sqlite3_column_text(row, c);
        printf("%s%s", c > 0 ? "|" : "", text ? text : "NULL");
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    sqlite3 *store = NULL;
    sqlite3_stmt *rows = NULL;
    int status = SQLITE_MISUSE;
    if (argc == 2) {
        status = sqlite3_open_v2(argv[1], &store, SQLITE_OPEN_READONLY, NULL);
    }
    if (status == SQLITE_OK) {
        status = sqlite3_prepare_v2(store, "SELECT * FROM results ORDER BY id", -1, &rows, NULL);
    }
    while (status == SQLITE_OK || status == SQLITE_ROW) {
        status = sqlite3_step(rows);
        if (status == SQLITE_ROW) {
            print_row(rows);
        }
    }
    if (status != SQLITE_DONE) {
        fprintf(stderr, "store_rows: %s\n", store ? sqlite3_errmsg(store) : "usage: FILE.db");
    }
    sqlite3_finalize(rows);
    sqlite3_close(store);
    return status == SQLITE_DONE ? 0 : 1;
}
