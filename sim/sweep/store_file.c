/* The store as a file: made, recognised, or refused and left alone. */
#include "sim/sweep/store_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* "TESS", in the header's application_id. */
enum { APPLICATION_ID = 0x54455353, LOCK_WAIT_MS = 3000, WRITE_WAIT_MS = 60000 };

/* Beyond this a full check at every start takes longer than it is worth. */
#define CHECKED_BYTES ((off_t)1 << 30)

static const char schema_sql[] =
    "CREATE TABLE results ("
    "id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, sweep TEXT, arch TEXT NOT NULL, "
    "workload TEXT NOT NULL, batch INTEGER NOT NULL, precision TEXT NOT NULL, "
    "mode TEXT NOT NULL, settings TEXT NOT NULL, options TEXT NOT NULL, seed INTEGER NOT NULL, "
    "version TEXT NOT NULL, arch_hash TEXT, workload_hash TEXT, "
    "status TEXT NOT NULL CHECK (status IN ('ok', 'failed')), error TEXT, "
    "latency_s REAL, cycles REAL, tflops REAL, energy_j_total REAL, result TEXT);"
    "CREATE TABLE timings (id INTEGER PRIMARY KEY, run_s REAL, finished TEXT NOT NULL);"
    "CREATE TABLE sweeps (hash TEXT PRIMARY KEY, name TEXT NOT NULL, "
    "first_id INTEGER NOT NULL, points INTEGER NOT NULL);";

static struct ts_place place_of(const struct ts_store *store)
{
    return (struct ts_place){.file = store->path};
}

bool store_fail(struct ts_store *store, int status, struct ts_diagnostics *diagnostics)
{
    const char *said = store->database ? sqlite3_errmsg(store->database) : sqlite3_errstr(status);
    switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        ts_diag_error(diagnostics, TS_ERROR_CONFLICT, place_of(store),
                      "the store is locked by another process");
        ts_diag_help(diagnostics, "wait until that process ends, or use another store");
        return false;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store),
                             "the store is damaged: %s", said);
    default:
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store),
                             "cannot use the store: %s", said);
    }
}

bool store_execute(struct ts_store *store, const char *sql, struct ts_diagnostics *diagnostics)
{
    int status = sqlite3_exec(store->database, sql, NULL, NULL, NULL);
    return status == SQLITE_OK || store_fail(store, status, diagnostics);
}

bool store_number(struct ts_store *store, const char *sql, struct ts_diagnostics *diagnostics,
                  int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);
    *number = 0;
    if (status == SQLITE_OK) {
        status = sqlite3_step(statement);
        if (status == SQLITE_ROW) {
            *number = sqlite3_column_int64(statement, 0);
        }
    }
    sqlite3_finalize(statement);
    return status == SQLITE_ROW || status == SQLITE_DONE || store_fail(store, status, diagnostics);
}

static bool not_a_store(const struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store),
                         "this file is no store of Tessera, and was left as it is");
}

static bool refuse_version(const struct ts_store *store, int64_t version,
                           struct ts_diagnostics *diagnostics)
{
    ts_diag_error(diagnostics, TS_ERROR_CONFLICT, place_of(store),
                  "the store has schema version %" PRId64 ", and this program reads version %d",
                  version, TS_STORE_VERSION);
    ts_diag_help(
        diagnostics,
        "it was left as it is: read it with the %s tessera that filled it (`SELECT DISTINCT "
        "version FROM results` says which), or name a new file with --store and the points "
        "are run again",
        version < TS_STORE_VERSION ? "older" : "newer");
    return false;
}

static bool check_identity(const struct ts_store *store, int64_t application, int64_t version,
                           struct ts_diagnostics *diagnostics)
{
    if (application != APPLICATION_ID) {
        return not_a_store(store, diagnostics);
    }
    return version == TS_STORE_VERSION || refuse_version(store, version, diagnostics);
}

static int64_t big_endian(const unsigned char *at)
{
    return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* The identity in the first bytes of the file (https://sqlite.org/fileformat2.html, 1.3). */
static bool check_header(const struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    unsigned char header[100] = {0};
    FILE *file = fopen(store->path, "rb");
    if (!file) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store), "cannot open: %s",
                             strerror(errno));
    }
    size_t got = fread(header, 1, sizeof header, file);
    fclose(file);
    if (got < sizeof header || memcmp(header, "SQLite format 3", 16) != 0) {
        return not_a_store(store, diagnostics);
    }
    return check_identity(store, big_endian(header + 68), big_endian(header + 60), diagnostics);
}

/* What the file is, before SQLite opens it and could touch it. *fresh: it is not there or empty. */
static bool peek(const struct ts_store *store, struct ts_diagnostics *diagnostics, bool *fresh,
                 off_t *size)
{
    struct stat status;
    *fresh = stat(store->path, &status) != 0;
    *size = 0;
    if (*fresh) {
        return errno == ENOENT || ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store),
                                                "cannot open: %s", strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return not_a_store(store, diagnostics);
    }
    *size = status.st_size;
    *fresh = status.st_size == 0;
    return *fresh || check_header(store, diagnostics);
}

/* Two processes may come to an empty file at once: the second finds it made. */
static bool make_schema(struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    int64_t tables = 0;
    char sql[128];
    snprintf(sql, sizeof sql, "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID,
             TS_STORE_VERSION);
    bool ok = store_execute(store, "BEGIN EXCLUSIVE", diagnostics) &&
              store_number(store, "SELECT count(*) FROM sqlite_master", diagnostics, &tables) &&
              (tables > 0 || (store_execute(store, schema_sql, diagnostics) &&
                              store_execute(store, sql, diagnostics)));
    return ok && store_execute(store, "COMMIT", diagnostics);
}

static bool check_version(struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    int64_t id = 0, version = 0;
    if (!store_number(store, "PRAGMA application_id", diagnostics, &id) ||
        !store_number(store, "PRAGMA user_version", diagnostics, &version)) {
        return false;
    }
    return check_identity(store, id, version, diagnostics);
}

static bool check_pages(struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    sqlite3_stmt *statement = NULL;
    int status = sqlite3_prepare_v2(store->database, "PRAGMA quick_check(1)", -1, &statement, NULL);
    bool sound = false;
    if (status == SQLITE_OK) {
        status = sqlite3_step(statement);
        const char *said = (const char *)sqlite3_column_text(statement, 0);
        sound = status == SQLITE_ROW && said && strcmp(said, "ok") == 0;
    }
    sqlite3_finalize(statement);
    if (!sound && status == SQLITE_ROW) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store),
                             "the store is damaged, and was left as it is");
    }
    return sound || store_fail(store, status, diagnostics);
}

/* Waits for others' locks, and does not tidy up behind a file that turns out not to be ours. */
static bool open_database(struct ts_store *store, enum ts_store_access access,
                          struct ts_diagnostics *diagnostics)
{
    int flags = SQLITE_OPEN_READWRITE | (access == TS_STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    int status = sqlite3_open_v2(store->path, &store->database, flags, NULL);
    if (status != SQLITE_OK) {
        return store_fail(store, status, diagnostics);
    }
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, LOCK_WAIT_MS);
    sqlite3_db_config(store->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return true;
}

/* A process killed while it made the store leaves an empty one. */
static bool make_if_empty(struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    int64_t pages = 0;
    return store_number(store, "PRAGMA page_count", diagnostics, &pages) &&
           (pages > 0 || make_schema(store, diagnostics));
}

/* A write lock taken and given back says whether writing will be possible. Each commit reaches the
 * system and outlives the process; a power failure may cost the newest rows, never the file. */
static bool prepare_writing(struct ts_store *store, struct ts_diagnostics *diagnostics)
{
    if (sqlite3_db_readonly(store->database, "main") == 1) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store),
                             "the store cannot be written");
    }
    bool ok = store_execute(store, "BEGIN IMMEDIATE; COMMIT", diagnostics) &&
              store_execute(store, "PRAGMA journal_mode=WAL", diagnostics) &&
              store_execute(store, "PRAGMA synchronous=NORMAL", diagnostics);
    sqlite3_busy_timeout(store->database, WRITE_WAIT_MS);
    return ok;
}

bool store_open_file(struct ts_store *store, enum ts_store_access access,
                     struct ts_diagnostics *diagnostics)
{
    bool fresh = false;
    off_t size = 0;
    if (!peek(store, diagnostics, &fresh, &size)) {
        return false;
    }
    if (fresh && access == TS_STORE_READ) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place_of(store), "there is no store");
    }
    bool ok = open_database(store, access, diagnostics) &&
              (access == TS_STORE_READ || make_if_empty(store, diagnostics)) &&
              check_version(store, diagnostics) &&
              (size > CHECKED_BYTES || check_pages(store, diagnostics)) &&
              (access == TS_STORE_READ || prepare_writing(store, diagnostics));
    if (ok) {
        sqlite3_db_config(store->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    }
    return ok;
}
