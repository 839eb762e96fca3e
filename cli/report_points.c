#include "cli/report_points.h"
#include "cli/stored.h"

#include <stdlib.h>
#include <string.h>

static struct ts_point *add_point(struct report_points *gathered, struct report_source source)
{
    if (gathered->count == gathered->capacity) {
        int capacity = gathered->capacity ? 2 * gathered->capacity : 256;
        struct ts_point *points = TS_NEW_ARRAY(gathered->arena, capacity, struct ts_point);
        struct report_source *sources =
            TS_NEW_ARRAY(gathered->arena, capacity, struct report_source);
        if (gathered->count > 0) {
            memcpy(points, gathered->points, (size_t)gathered->count * sizeof *points);
            memcpy(sources, gathered->sources, (size_t)gathered->count * sizeof *sources);
        }
        gathered->points = points;
        gathered->sources = sources;
        gathered->capacity = capacity;
    }
    gathered->sources[gathered->count] = source;
    return &gathered->points[gathered->count++];
}

static void point_at(struct ts_point *point, const struct ts_result *result)
{
    *point = (struct ts_point){
        .arch = result->arch.name,
        .workload = result->workload.name,
        .precision = result->workload.precision,
        .mode = result->workload.mode,
        .batch = result->workload.batch,
        .options = result->provenance.options,
        .result = result,
        .detail = -1,
    };
}

/* ------------------------------------------------------------------ stores */

/* The figures without what is inside: thousands of them stay small. */
static const struct ts_result *outline_of(const struct ts_result *whole, struct ts_arena *arena)
{
    struct ts_result *outline = TS_NEW(arena, struct ts_result);
    *outline = *whole;
    outline->arch.name = ts_arena_strdup(arena, whole->arch.name);
    outline->workload.name = ts_arena_strdup(arena, whole->workload.name);
    outline->workload.precision = ts_arena_strdup(arena, whole->workload.precision);
    outline->workload.mode = ts_arena_strdup(arena, whole->workload.mode);
    outline->bound = ts_arena_strdup(arena, whole->bound);
    outline->provenance.options = ts_arena_strdup(arena, whole->provenance.options);
    outline->memory = TS_NEW_ARRAY(arena, whole->memory_count + 1, struct ts_memory_result);
    for (int i = 0; i < whole->memory_count; i++) {
        outline->memory[i] = whole->memory[i];
        outline->memory[i].level = ts_arena_strdup(arena, whole->memory[i].level);
    }
    outline->layers = NULL;
    outline->layer_count = 0;
    return outline;
}

struct stored {
    struct report_points *gathered;
    const char *path;
    int first; /* the store's first point */
    bool ok;
};

static struct report_source source_of(const struct stored *stored, const struct ts_store_row *row)
{
    struct ts_arena *arena = stored->gathered->arena;
    return (struct report_source){.store = stored->path,
                                  .id = row->id,
                                  .arch = ts_arena_strdup(arena, row->arch),
                                  .workload = ts_arena_strdup(arena, row->workload)};
}

static bool take_result(struct stored *stored, const struct ts_store_row *row)
{
    struct report_points *gathered = stored->gathered;
    struct ts_arena scratch = TS_ARENA_INIT;
    struct ts_result_list whole = {.count = 0};
    bool ok = ts_results_read(row->result, strlen(row->result), stored->path, &scratch,
                              gathered->diagnostics, &whole) &&
              whole.count == 1;
    if (ok) {
        struct ts_point *point = add_point(gathered, source_of(stored, row));
        point_at(point, outline_of(whole.items[0], gathered->arena));
    }
    ts_arena_release(&scratch);
    return ok;
}

static void take_failure(struct stored *stored, const struct ts_store_row *row)
{
    struct ts_arena *arena = stored->gathered->arena;
    struct ts_point *point = add_point(stored->gathered, source_of(stored, row));
    *point = (struct ts_point){
        .arch = ts_arena_strdup(arena, row->arch),
        .workload = ts_arena_strdup(arena, row->workload),
        .precision = ts_arena_strdup(arena, row->precision),
        .mode = ts_arena_strdup(arena, row->mode),
        .batch = row->batch,
        .options = ts_arena_strdup(arena, row->options),
        .error = ts_arena_strdup(arena, row->error ? row->error : "unknown error"),
        .detail = -1,
    };
}

static bool take_row(void *context, const struct ts_store_row *row)
{
    struct stored *stored = context;
    if (row->failed || !row->result) {
        take_failure(stored, row);
    } else {
        stored->ok &= take_result(stored, row);
    }
    return stored->ok;
}

/* A point that failed never said what "gpu" stands for, or its precision: others that were asked
 * for in the same words did. */
static void name_failures(struct report_points *gathered, int first)
{
    for (int i = first; i < gathered->count; i++) {
        struct ts_point *point = &gathered->points[i];
        bool arch = point->result != NULL, workload = arch;
        for (int j = first; j < gathered->count && !(arch && workload); j++) {
            const struct ts_point *other = &gathered->points[j];
            if (!arch && other->result &&
                strcmp(gathered->sources[i].arch, gathered->sources[j].arch) == 0) {
                point->arch = other->arch;
                point->precision = *point->precision ? point->precision : other->precision;
                arch = true;
            }
            if (!workload && other->result &&
                strcmp(gathered->sources[i].workload, gathered->sources[j].workload) == 0) {
                point->workload = other->workload;
                workload = true;
            }
        }
    }
}

static bool read_store(struct report_points *gathered, const char *path)
{
    struct stored stored = {gathered, path, gathered->count, true};
    struct ts_store *store = ts_store_open(path, TS_STORE_READ, gathered->diagnostics);
    bool ok = store && ts_store_each(store, take_row, &stored, gathered->diagnostics) && stored.ok;
    ts_store_close(store);
    name_failures(gathered, stored.first);
    bool any = false;
    for (int i = stored.first; i < gathered->count; i++) {
        any |= gathered->points[i].result != NULL;
    }
    if (ok && !any) {
        struct ts_place place = {.file = path};
        ok = ts_diag_error(gathered->diagnostics, TS_ERROR_RANGE, place,
                           gathered->count > stored.first ? "every point of the store failed"
                                                          : "the store holds no results");
    }
    return ok;
}

bool report_points_read(struct report_points *gathered, const char *path)
{
    if (cli_is_store(path)) {
        return read_store(gathered, path);
    }
    struct ts_result_list list = {.count = 0};
    bool ok = ts_results_read_file(path, gathered->arena, gathered->diagnostics, &list);
    for (int i = 0; ok && i < list.count; i++) {
        struct report_source source = {.whole = list.items[i]};
        point_at(add_point(gathered, source), list.items[i]);
    }
    return ok;
}

/* ------------------------------------------------------------------ which are shown in full */

static double latency(const struct ts_result *result)
{
    return result->latency_s;
}

static double energy_each(const struct ts_result *result)
{
    double items = result->throughput_per_s * result->latency_s;
    return items > 0 ? result->energy.total_j / items : result->energy.total_j;
}

static double slowness(const struct ts_result *result)
{
    return -result->throughput_per_s;
}

static bool same_group(const struct ts_point *a, const struct ts_point *b)
{
    return strcmp(a->arch, b->arch) == 0 && strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->mode, b->mode) == 0;
}

enum { MAX_GROUPS = 256 };

/* The first point of each machine and network. */
static int find_groups(const struct report_points *gathered, int groups[MAX_GROUPS])
{
    int count = 0;
    for (int i = 0; i < gathered->count && count < MAX_GROUPS; i++) {
        bool is_new = gathered->points[i].result != NULL;
        for (int g = 0; is_new && g < count; g++) {
            is_new = !same_group(&gathered->points[groups[g]], &gathered->points[i]);
        }
        if (is_new) {
            groups[count++] = i;
        }
    }
    return count;
}

static int least_of(const struct report_points *gathered, int first,
                    double (*figure)(const struct ts_result *))
{
    int best = first;
    for (int i = first; i < gathered->count; i++) {
        const struct ts_point *point = &gathered->points[i];
        if (point->result && same_group(point, &gathered->points[first]) &&
            figure(point->result) < figure(gathered->points[best].result)) {
            best = i;
        }
    }
    return best;
}

static int choose(bool *chosen, int index)
{
    int added = chosen[index] ? 0 : 1;
    chosen[index] = true;
    return added;
}

/* Of `rest` points that are not chosen, `room` evenly. */
static void choose_evenly(const struct report_points *gathered, bool *chosen, int room, int rest)
{
    int seen = 0, taken = 0;
    for (int i = 0; i < gathered->count && taken < room; i++) {
        if (chosen[i] || !gathered->points[i].result) {
            continue;
        }
        if ((int64_t)seen * room / rest >= taken) {
            chosen[i] = true;
            taken++;
        }
        seen++;
    }
}

static void choose_points(const struct report_points *gathered, int limit, bool *chosen)
{
    static double (*const figures[])(const struct ts_result *) = {latency, energy_each, slowness};
    int groups[MAX_GROUPS], count = 0, candidates = 0;
    int group_count = find_groups(gathered, groups);
    for (int i = 0; i < gathered->count; i++) {
        candidates += gathered->points[i].result && !gathered->sources[i].whole;
    }
    for (size_t f = 0; candidates > limit && f < sizeof figures / sizeof figures[0]; f++) {
        for (int g = 0; g < group_count && count < limit; g++) {
            count += choose(chosen, least_of(gathered, groups[g], figures[f]));
        }
    }
    int room = candidates > limit ? limit - count : candidates;
    if (room > 0 && candidates > count) {
        choose_evenly(gathered, chosen, room, candidates - count);
    }
}

static void append(struct report_points *gathered, struct ts_result_list *results,
                   const struct ts_result *result)
{
    if (results->count == results->capacity) {
        int capacity = results->capacity ? 2 * results->capacity : 64;
        const struct ts_result **items =
            TS_NEW_ARRAY(gathered->arena, capacity, const struct ts_result *);
        if (results->count > 0) {
            memcpy(items, results->items, (size_t)results->count * sizeof *items);
        }
        results->items = items;
        results->capacity = capacity;
    }
    results->items[results->count++] = result;
}

/* Stores are read in the order of their points, each opened once. */
static bool read_whole(struct report_points *gathered, int index, struct ts_store **store,
                       const char **open, struct ts_result_list *results)
{
    const struct report_source *source = &gathered->sources[index];
    struct ts_store_row row;
    if (source->whole) {
        append(gathered, results, source->whole);
        return true;
    }
    if (*open != source->store) {
        ts_store_close(*store);
        *store = ts_store_open(source->store, TS_STORE_READ, gathered->diagnostics);
        *open = source->store;
    }
    return *store && ts_store_read(*store, source->id, gathered->diagnostics, &row) &&
           ts_results_read(row.result, strlen(row.result), source->store, gathered->arena,
                           gathered->diagnostics, results);
}

bool report_points_detail(struct report_points *gathered, int limit, struct ts_result_list *results)
{
    bool *chosen = TS_NEW_ARRAY(gathered->arena, gathered->count + 1, bool);
    for (int i = 0; i < gathered->count; i++) {
        chosen[i] = gathered->sources[i].whole != NULL;
    }
    choose_points(gathered, limit, chosen);
    struct ts_store *store = NULL;
    const char *open = NULL;
    bool ok = true;
    for (int i = 0; ok && i < gathered->count; i++) {
        if (chosen[i]) {
            ok = read_whole(gathered, i, &store, &open, results);
            gathered->points[i].detail = results->count - 1;
        }
    }
    ts_store_close(store);
    return ok;
}
