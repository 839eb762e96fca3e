#include "tessera/store.h"

#include "sim/sweep/store_internal.h"
#include "tessera/build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char put_sql[] =
    "INSERT INTO results (id, key, sweep, arch, workload, batch, precision, mode, settings, "
    "options, seed, version, arch_hash, workload_hash, status, error, latency_s, cycles, tflops, "
    "energy_j_total, result) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
    "?19, ?20, ?21) "
    "ON CONFLICT (key) DO UPDATE SET precision = ?7, version = ?12, arch_hash = ?13, "
    "workload_hash = ?14, status = ?15, error = ?16, latency_s = ?17, cycles = ?18, tflops = ?19, "
    "energy_j_total = ?20, result = ?21";
static const char time_sql[] =
    "INSERT OR REPLACE INTO timings (id, run_s, finished) "
    "VALUES ((SELECT id FROM results WHERE key = ?1), ?2, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))";
static const char find_sql[] = "SELECT id, status = 'failed' FROM results WHERE key = ?1";

#define ROW_SQL                                                                                    \
    "SELECT results.id, key, sweep, arch, workload, batch, precision, mode, settings, options, "   \
    "seed, status, error, latency_s, cycles, tflops, energy_j_total, result, run_s "               \
    "FROM results LEFT JOIN timings USING (id) "
static const char read_sql[] = ROW_SQL "WHERE results.id = ?1";
static const char each_sql[] = ROW_SQL "ORDER BY results.id";

static bool prepare(struct ts_store *store, const char *sql, sqlite3_stmt **statement,
                    struct ts_diagnostics *diagnostics)
{
    int status =
        sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return status == SQLITE_OK || store_fail(store, status, diagnostics);
}

struct ts_store *ts_store_open(const char *path, enum ts_store_access access,
                               struct ts_diagnostics *diagnostics)
{
    struct ts_store *store = calloc(1, sizeof *store);
    if (!store || !(store->path = strdup(path))) {
        ts_bug("out of memory");
    }
    bool ok = store_open_file(store, access, diagnostics) &&
              prepare(store, find_sql, &store->find, diagnostics) &&
              prepare(store, read_sql, &store->read, diagnostics) &&
              (access == TS_STORE_READ || (prepare(store, put_sql, &store->put, diagnostics) &&
                                           prepare(store, time_sql, &store->time, diagnostics)));
    if (!ok) {
        ts_store_close(store);
        return NULL;
    }
    return store;
}

void ts_store_close(struct ts_store *store)
{
    if (!store) {
        return;
    }
    sqlite3_finalize(store->find);
    sqlite3_finalize(store->put);
    sqlite3_finalize(store->time);
    sqlite3_finalize(store->read);
    sqlite3_close(store->database);
    free(store->path);
    free(store);
}

bool ts_store_other_builds(struct ts_store *store, struct ts_diagnostics *diagnostics,
                           int64_t *count)
{
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM results WHERE version <> '%s'",
             ts_version_and_build());
    return store_number(store, sql, diagnostics, count);
}

/* ------------------------------------------------------------------ writing */

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    if (text) {
        sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
    } else {
        sqlite3_bind_null(statement, column);
    }
}

/* Runs a statement that gives no rows, and makes it ready for the next time. */
static bool finish(struct ts_store *store, sqlite3_stmt *statement,
                   struct ts_diagnostics *diagnostics)
{
    int status = sqlite3_step(statement);
    bool ok = status == SQLITE_DONE || store_fail(store, status, diagnostics);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return ok;
}

static void bind_outcome(sqlite3_stmt *put, const struct ts_store_row *row)
{
    const double figures[] = {row->latency_s, row->cycles, row->tflops, row->energy_j_total};
    bind_text(put, 15, row->failed ? "failed" : "ok");
    bind_text(put, 16, row->failed ? row->error : NULL);
    for (int i = 0; i < 4 && !row->failed; i++) {
        sqlite3_bind_double(put, 17 + i, figures[i]);
    }
    bind_text(put, 21, row->failed ? NULL : row->result);
}

static bool put_result(struct ts_store *store, const struct ts_store_row *row,
                       struct ts_diagnostics *diagnostics)
{
    sqlite3_stmt *put = store->put;
    char arch_hash[20], workload_hash[20];
    snprintf(arch_hash, sizeof arch_hash, "%016" PRIx64, row->arch_hash);
    snprintf(workload_hash, sizeof workload_hash, "%016" PRIx64, row->workload_hash);
    const char *const texts[] = {row->key, row->sweep, row->arch, row->workload};
    const char *const more[] = {row->precision, row->mode, row->settings, row->options};
    if (row->id > 0) {
        sqlite3_bind_int64(put, 1, row->id);
    }
    for (int i = 0; i < 4; i++) {
        bind_text(put, 2 + i, texts[i]);
        bind_text(put, 7 + i, more[i]);
    }
    sqlite3_bind_int64(put, 6, row->batch);
    sqlite3_bind_int64(put, 11, (sqlite3_int64)row->seed);
    bind_text(put, 12, ts_version_and_build());
    bind_text(put, 13, row->failed ? NULL : arch_hash);
    bind_text(put, 14, row->failed ? NULL : workload_hash);
    bind_outcome(put, row);
    return finish(store, put, diagnostics);
}

static bool put_timing(struct ts_store *store, const struct ts_store_row *row,
                       struct ts_diagnostics *diagnostics)
{
    bind_text(store->time, 1, row->key);
    if (row->run_s >= 0) {
        sqlite3_bind_double(store->time, 2, row->run_s);
    }
    return finish(store, store->time, diagnostics);
}

/* A free id lies behind all rows and behind what sweeps have reserved. */
static bool next_id(struct ts_store *store, struct ts_diagnostics *diagnostics, int64_t *id)
{
    bool ok = store_number(store,
                           "SELECT 1 + max((SELECT coalesce(max(id), 0) FROM results), "
                           "(SELECT coalesce(max(first_id + points - 1), 0) FROM sweeps))",
                           diagnostics, id);
    return ok;
}

static bool end_transaction(struct ts_store *store, bool ok, struct ts_diagnostics *diagnostics)
{
    ok = ok && store_execute(store, "COMMIT", diagnostics);
    if (!ok) {
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    }
    return ok;
}

bool ts_store_put(struct ts_store *store, const struct ts_store_row *row,
                  struct ts_diagnostics *diagnostics)
{
    struct ts_store_row each = *row;
    if (!store_execute(store, "BEGIN IMMEDIATE", diagnostics)) {
        return false;
    }
    bool ok = (each.id > 0 || next_id(store, diagnostics, &each.id)) &&
              put_result(store, &each, diagnostics) && put_timing(store, &each, diagnostics);
    return end_transaction(store, ok, diagnostics);
}

static bool add_sweep(struct ts_store *store, const char *name, const char *hash, int64_t count,
                      struct ts_diagnostics *diagnostics, int64_t *first)
{
    sqlite3_stmt *add = NULL;
    bool ok = next_id(store, diagnostics, first) &&
              prepare(store, "INSERT INTO sweeps (hash, name, first_id, points) VALUES (?,?,?,?)",
                      &add, diagnostics);
    if (ok) {
        bind_text(add, 1, hash);
        bind_text(add, 2, name);
        sqlite3_bind_int64(add, 3, *first);
        sqlite3_bind_int64(add, 4, count);
        ok = finish(store, add, diagnostics);
    }
    sqlite3_finalize(add);
    return ok;
}

bool ts_store_reserve(struct ts_store *store, const char *name, uint64_t hash, int64_t count,
                      struct ts_diagnostics *diagnostics, int64_t *first)
{
    char sql[128], text[20];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    snprintf(sql, sizeof sql, "SELECT first_id FROM sweeps WHERE hash = '%s'", text);
    if (!store_execute(store, "BEGIN IMMEDIATE", diagnostics)) {
        return false;
    }
    bool ok = store_number(store, sql, diagnostics, first) &&
              (*first > 0 || add_sweep(store, name, text, count, diagnostics, first));
    return end_transaction(store, ok, diagnostics);
}

/* ------------------------------------------------------------------ reading */

bool ts_store_find(struct ts_store *store, const char *key, struct ts_diagnostics *diagnostics,
                   int64_t *id, bool *failed)
{
    bind_text(store->find, 1, key);
    int status = sqlite3_step(store->find);
    *id = status == SQLITE_ROW ? sqlite3_column_int64(store->find, 0) : 0;
    *failed = status == SQLITE_ROW && sqlite3_column_int(store->find, 1);
    bool ok =
        status == SQLITE_ROW || status == SQLITE_DONE || store_fail(store, status, diagnostics);
    sqlite3_reset(store->find);
    return ok;
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

/* The schema forbids NULL here; a damaged row of a large store may have it all the same. */
static const char *required_at(sqlite3_stmt *statement, int column)
{
    const char *text = text_at(statement, column);
    return text ? text : "";
}

static void fill_row(sqlite3_stmt *statement, struct ts_store_row *row)
{
    *row = (struct ts_store_row){
        .id = sqlite3_column_int64(statement, 0),
        .key = required_at(statement, 1),
        .sweep = text_at(statement, 2),
        .arch = required_at(statement, 3),
        .workload = required_at(statement, 4),
        .batch = sqlite3_column_int64(statement, 5),
        .precision = required_at(statement, 6),
        .mode = required_at(statement, 7),
        .settings = required_at(statement, 8),
        .options = required_at(statement, 9),
        .seed = (uint64_t)sqlite3_column_int64(statement, 10),
        .failed = strcmp(required_at(statement, 11), "failed") == 0,
        .error = text_at(statement, 12),
        .latency_s = sqlite3_column_double(statement, 13),
        .cycles = sqlite3_column_double(statement, 14),
        .tflops = sqlite3_column_double(statement, 15),
        .energy_j_total = sqlite3_column_double(statement, 16),
        .result = text_at(statement, 17),
        .run_s = sqlite3_column_type(statement, 18) == SQLITE_NULL
                     ? -1
                     : sqlite3_column_double(statement, 18),
    };
}

bool ts_store_read(struct ts_store *store, int64_t id, struct ts_diagnostics *diagnostics,
                   struct ts_store_row *row)
{
    sqlite3_reset(store->read);
    sqlite3_bind_int64(store->read, 1, id);
    int status = sqlite3_step(store->read);
    if (status == SQLITE_DONE) {
        struct ts_place place = {.file = store->path};
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "row %" PRId64 " is gone", id);
    }
    if (status != SQLITE_ROW) {
        return store_fail(store, status, diagnostics);
    }
    fill_row(store->read, row);
    return true;
}

bool ts_store_each(struct ts_store *store, bool (*visit)(void *, const struct ts_store_row *),
                   void *context, struct ts_diagnostics *diagnostics)
{
    sqlite3_stmt *each = NULL;
    bool ok = prepare(store, each_sql, &each, diagnostics);
    int status = ok ? sqlite3_step(each) : SQLITE_DONE;
    while (status == SQLITE_ROW) {
        struct ts_store_row row;
        fill_row(each, &row);
        status = visit(context, &row) ? sqlite3_step(each) : SQLITE_DONE;
    }
    ok = ok && (status == SQLITE_DONE || store_fail(store, status, diagnostics));
    sqlite3_finalize(each);
    return ok;
}
