#include "cli/sweep_store.h"

#include "tessera/csv.h"
#include "tessera/hash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a worker sends of a result: this, then its JSON. Both ends are one program. */
struct outcome {
    double latency_s, cycles, tflops, energy_j_total, run_s;
    uint64_t arch_hash, workload_hash;
    char precision[16];
};

static const struct ts_store_subject *load_subjects(const struct ts_sweep *sweep,
                                                    struct ts_arena *arena,
                                                    struct ts_diagnostics *diagnostics)
{
    struct ts_store_subject *subjects =
        TS_NEW_ARRAY(arena, sweep->arch_count * sweep->workload_count, struct ts_store_subject);
    for (int a = 0; a < sweep->arch_count; a++) {
        for (int w = 0; w < sweep->workload_count; w++) {
            if (!ts_store_subject(sweep->archs[a], sweep->workloads[w], diagnostics,
                                  &subjects[a * sweep->workload_count + w])) {
                return NULL;
            }
        }
    }
    return subjects;
}

/* The point's job and its key, in `arena`. */
static const char *key_of(const struct sweep_store *points, int64_t index, struct ts_arena *arena,
                          struct ts_job *job)
{
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    int64_t position = points->sweep->points[index];
    struct ts_diagnostics unsaid; /* the worker says what is wrong with it */
    ts_diagnostics_init(&unsaid);
    ts_sweep_job(points->sweep, position, arena, &unsaid, job);
    ts_diagnostics_release(&unsaid);
    ts_sweep_position(points->sweep, position, &arch, &workload, indices);
    return ts_store_key(job, &points->subjects[arch * points->sweep->workload_count + workload],
                        arena);
}

struct candidate {
    uint64_t hash;
    int64_t index;
};

static int by_hash(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_index(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Points that are the same simulation run once. */
static void list_once(struct sweep_store *points, struct candidate *candidates, int64_t count)
{
    qsort(candidates, (size_t)count, sizeof *candidates, by_hash);
    for (int64_t i = 0; i < count; i++) {
        if (i == 0 || candidates[i].hash != candidates[i - 1].hash) {
            points->todo[points->todo_count++] = candidates[i].index;
        }
    }
    qsort(points->todo, (size_t)points->todo_count, sizeof *points->todo, by_index);
}

/* Those that are not in the store, and a hash over all. */
static bool find_missing(struct sweep_store *points, bool retry, struct candidate *candidates,
                         int64_t *count, uint64_t *hash)
{
    bool ok = true;
    for (int64_t i = 0; ok && i < points->sweep->point_count; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        struct ts_job job;
        const char *key = key_of(points, i, &arena, &job);
        int64_t id = 0;
        bool failed = false;
        ok = !points->store || ts_store_find(points->store, key, points->diagnostics, &id, &failed);
        *hash = ts_hash_text(*hash, key);
        if (id == 0 || (failed && retry)) {
            candidates[(*count)++] = (struct candidate){ts_hash_text(TS_HASH_INIT, key), i};
        }
        ts_arena_release(&arena);
    }
    return ok;
}

/* Lists what is to be run; `*hash` is over all points. */
static bool list_todo(struct sweep_store *points, bool retry, uint64_t *hash)
{
    int64_t total = points->sweep->point_count, count = 0;
    struct candidate *candidates = malloc((size_t)total * sizeof *candidates);
    points->todo = malloc((size_t)total * sizeof *points->todo);
    if (!candidates || !points->todo) {
        ts_bug("out of memory");
    }
    *hash = TS_HASH_INIT;
    bool ok = find_missing(points, retry, candidates, &count, hash);
    if (ok) {
        list_once(points, candidates, count);
    }
    free(candidates);
    return ok;
}

/* Rows of another build are taken as they are; whoever changed a model wants to know. */
static bool note_builds(struct sweep_store *points, const char *path)
{
    int64_t others = 0;
    if (points->store && !ts_store_other_builds(points->store, points->diagnostics, &others)) {
        return false;
    }
    if (others > 0) {
        fprintf(stderr,
                "note: %" PRId64 " results in '%s' are of another build of tessera; points among "
                "them are not run again (a new store has all points from this build)\n",
                others, path);
    }
    return true;
}

bool sweep_store_begin(struct sweep_store *points, const char *path, bool retry,
                       struct ts_arena *arena)
{
    uint64_t hash;
    points->subjects = load_subjects(points->sweep, arena, points->diagnostics);
    points->store =
        points->subjects ? ts_store_open(path, TS_STORE_WRITE, points->diagnostics) : NULL;
    return points->store && note_builds(points, path) && list_todo(points, retry, &hash) &&
           ts_store_reserve(points->store, points->sweep->name, hash, points->sweep->point_count,
                            points->diagnostics, &points->first_id);
}

bool sweep_store_survey(struct sweep_store *points, const char *path, bool retry,
                        struct ts_arena *arena)
{
    struct stat status;
    uint64_t hash;
    bool made = stat(path, &status) == 0 && !(S_ISREG(status.st_mode) && status.st_size == 0);
    points->subjects = load_subjects(points->sweep, arena, points->diagnostics);
    if (points->subjects && made) {
        points->store = ts_store_open(path, TS_STORE_READ, points->diagnostics);
    }
    return points->subjects && (points->store || !made) && note_builds(points, path) &&
           list_todo(points, retry, &hash);
}

void sweep_store_end(struct sweep_store *points)
{
    ts_store_close(points->store);
    free(points->todo);
}

void sweep_store_write_answer(const struct ts_result *result, double run_s, FILE *answer)
{
    struct outcome outcome = {
        .latency_s = result->latency_s,
        .cycles = result->cycles,
        .tflops = result->tflops,
        .energy_j_total = result->energy.total_j,
        .run_s = run_s,
        .arch_hash = result->provenance.arch_hash,
        .workload_hash = result->provenance.workload_hash,
    };
    snprintf(outcome.precision, sizeof outcome.precision, "%s", result->workload.precision);
    char *json = cli_compact_json(result);
    fputc('\0', answer);
    fwrite(&outcome, sizeof outcome, 1, answer);
    fputs(json, answer);
    free(json);
}

static void read_outcome(struct ts_store_row *row, struct outcome *outcome,
                         const struct ts_pool_answer *answer)
{
    size_t at = strlen(answer->text) + 1;
    if (answer->length < at + sizeof *outcome) {
        ts_bug("a worker's answer is short");
    }
    memcpy(outcome, answer->text + at, sizeof *outcome);
    row->precision = outcome->precision;
    row->latency_s = outcome->latency_s;
    row->cycles = outcome->cycles;
    row->tflops = outcome->tflops;
    row->energy_j_total = outcome->energy_j_total;
    row->run_s = outcome->run_s;
    row->arch_hash = outcome->arch_hash;
    row->workload_hash = outcome->workload_hash;
    row->result = answer->text + at + sizeof *outcome;
}

void sweep_store_take(struct sweep_store *points, int64_t index,
                      const struct ts_pool_answer *answer, const char *error)
{
    if (points->broken) {
        return; /* and has been told */
    }
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_job job;
    struct outcome outcome;
    const char *key = key_of(points, index, &arena, &job);
    bool named = job.precision != TS_PRECISION_NONE;
    struct ts_store_row row = {
        .id = points->first_id + index,
        .key = key,
        .sweep = points->sweep->name,
        .arch = job.arch,
        .workload = job.workload,
        .batch = job.batch,
        .precision = named ? ts_precision_info(job.precision)->name : "",
        .mode = job.training ? "training" : "inference",
        .settings = ts_store_point_settings(points->sweep, points->sweep->points[index], &arena),
        .options = ts_job_options_text(&job, &arena),
        .seed = job.seed,
        .failed = error != NULL,
        .error = error,
        .run_s = -1,
    };
    if (!error) {
        read_outcome(&row, &outcome, answer);
    }
    points->broken |= !ts_store_put(points->store, &row, points->diagnostics);
    ts_arena_release(&arena);
}

static bool write_fields(const struct ts_store_row *row, struct ts_arena *arena, FILE *stream)
{
    struct ts_result result;
    fprintf(stream, "%s,%s,", row->precision, row->failed ? "failed" : "ok");
    if (row->failed) {
        ts_csv_write_field(stream, row->error ? row->error : "");
        ts_figures_csv_empty(stream);
        return true;
    }
    if (!row->result || !cli_read_figures(row->result, arena, &result)) {
        return false;
    }
    ts_figures_csv_row(&result, stream);
    return true;
}

bool sweep_store_write_row(struct sweep_store *points, int64_t index, FILE *stream, bool *failed)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_job job;
    struct ts_store_row row;
    int64_t id = 0;
    const char *key = key_of(points, index, &arena, &job);
    bool ok = ts_store_find(points->store, key, points->diagnostics, &id, failed) &&
              ts_store_read(points->store, id, points->diagnostics, &row);
    if (ok && !write_fields(&row, &arena, stream)) {
        struct ts_place nowhere = {.file = NULL};
        ok = ts_diag_error(points->diagnostics, TS_ERROR_FILE, nowhere,
                           "the stored result of '%s' on '%s' is damaged", row.workload, row.arch);
    }
    ts_arena_release(&arena);
    return ok;
}
