/* What the store's files share: statements and how SQLite's errors become diagnostics. Internal. */
#ifndef SIM_SWEEP_STORE_INTERNAL_H
#define SIM_SWEEP_STORE_INTERNAL_H

#include "tessera/store.h"

#include <sqlite3.h>

struct ts_store {
    sqlite3 *database;
    char *path;
    sqlite3_stmt *find, *put, *time, *read;
};

/* Reports what SQLite says of the last call; returns false. */
bool store_fail(struct ts_store *store, int status, struct ts_diagnostics *diagnostics);

/* Opens and checks, leaving the file as it is. */
bool store_open_file(struct ts_store *store, enum ts_store_access access,
                     struct ts_diagnostics *diagnostics);

bool store_execute(struct ts_store *store, const char *sql, struct ts_diagnostics *diagnostics);

/* The first column of the first row; 0 when there is none. */
bool store_number(struct ts_store *store, const char *sql, struct ts_diagnostics *diagnostics,
                  int64_t *number);

#endif
