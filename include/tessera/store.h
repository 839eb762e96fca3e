/* Store: results in one SQLite file, a row a simulation, that sweeps fill and continue.
 *
 * Table `results`, in the order of its ids:
 *   id              1, 2, ...; a sweep's points are numbered in its order, whoever ran first
 *   key             all that decides the outcome, as text; unique (ts_store_key)
 *   sweep           name of the sweep, NULL for single runs
 *   arch, workload  as they were asked for
 *   batch, precision, mode
 *   settings        JSON object: the value of each axis
 *   options, seed, version, arch_hash, workload_hash        provenance
 *   status, error   'ok' and NULL, or 'failed' and why
 *   latency_s, cycles, tflops, energy_j_total               NULL where failed
 *   result          the whole result, schema tessera.result/1; NULL where failed
 * Table `timings` says how long each took and when it ended, apart, so that `results` is the same
 * for the same points whatever ran them. Table `sweeps` keeps the ids reserved for each sweep.
 *
 * The file is in write-ahead mode and each row is a transaction: a process that is killed loses the
 * points it had in hand. PRAGMA application_id and user_version say what it is; a file that is
 * something else, of another version, damaged, or locked is an error and is left as it was.
 */
#ifndef TESSERA_STORE_H
#define TESSERA_STORE_H

#include "tessera/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_STORE_VERSION = 1 };

struct ts_store;

enum ts_store_access {
    TS_STORE_READ, /* the file has to be there */
    TS_STORE_WRITE /* a file that is not there is made */
};

/* One row. Texts are borrowed both ways; those of a row that is read live until the next read. */
struct ts_store_row {
    int64_t id;
    const char *key, *sweep, *arch, *workload, *precision, *mode, *settings, *options;
    int64_t batch;
    uint64_t seed, arch_hash, workload_hash;
    bool failed;
    const char *error; /* NULL where not failed */
    double latency_s, cycles, tflops, energy_j_total;
    const char *result;
    double run_s; /* < 0: unknown */
};

/* NULL with a diagnostic: FILE when it cannot be opened, is no store or is damaged; CONFLICT when
 * it has another version or stays locked. */
struct ts_store *ts_store_open(const char *path, enum ts_store_access access,
                               struct ts_diagnostics *diagnostics);
void ts_store_close(struct ts_store *store);

/* The ids first .. first+count-1 for a sweep, known by a hash over its points; the same ones when
 * it comes again. */
bool ts_store_reserve(struct ts_store *store, const char *name, uint64_t hash, int64_t count,
                      struct ts_diagnostics *diagnostics, int64_t *first);

/* The id of a key: 0 when it is absent. *failed says which of the two it is. */
bool ts_store_find(struct ts_store *store, const char *key, struct ts_diagnostics *diagnostics,
                   int64_t *id, bool *failed);

/* How many rows another build of the program simulated: version and build are in their `version`.
 */
bool ts_store_other_builds(struct ts_store *store, struct ts_diagnostics *diagnostics,
                           int64_t *count);

/* Writes a row, whole or not at all. An id of 0 takes the next free one. A row with this key is
 * replaced and keeps its id. */
bool ts_store_put(struct ts_store *store, const struct ts_store_row *row,
                  struct ts_diagnostics *diagnostics);

bool ts_store_read(struct ts_store *store, int64_t id, struct ts_diagnostics *diagnostics,
                   struct ts_store_row *row);

/* Every row by id. visit() returns false to end early. */
bool ts_store_each(struct ts_store *store, bool (*visit)(void *, const struct ts_store_row *),
                   void *context, struct ts_diagnostics *diagnostics);

/* What the files of a machine and a network are now, before any setting: part of the key, so that
 * an edited file is another simulation. */
struct ts_store_subject {
    uint64_t arch_hash, workload_hash;
};
bool ts_store_subject(const char *arch, const char *workload, struct ts_diagnostics *diagnostics,
                      struct ts_store_subject *subject);

const char *ts_store_key(const struct ts_job *job, const struct ts_store_subject *subject,
                         struct ts_arena *arena);

/* The `settings` of a sweep's point, and of a single job: what differs from the defaults. */
const char *ts_store_point_settings(const struct ts_sweep *sweep, int64_t position,
                                    struct ts_arena *arena);
const char *ts_store_job_settings(const struct ts_job *job, struct ts_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
