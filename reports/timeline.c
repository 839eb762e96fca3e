/* Timelines: the part of a trace that belongs to one layer, small enough for a chart. */
#include "reports/trace_read.h"
#include "tessera/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_UNITS = 16,
    MOST_CHANNELS = 8,
    MOST_MEMORIES = 4, /* beside DRAM: cache, network, host */
    MOST_ROWS = 2 * MOST_UNITS + MOST_CHANNELS + MOST_MEMORIES,
    MOST_SLICES = 150, /* of a row: the chart is some 800 pixels wide */
    MOST_KINDS = 24
};

struct row {
    struct ts_timeline_row *row;
    struct ts_timeline_slice *slices;
    int count, capacity;
};

struct collection {
    struct ts_timeline *timeline;
    struct ts_arena *arena;
    double start_us, end_us; /* of the layer */
    struct row rows[MOST_ROWS];
    int row_count;
    const struct trace_track *tracks;
    struct row **row_of_track; /* NULL for tracks that are not shown */
    const char *kinds[MOST_KINDS];
    int kind_count;
};

/* ------------------------------------------------------------------ the layer */

static const struct trace_span *find_layer(const struct trace_file *file, const char *name)
{
    const struct trace_span *found = NULL;
    for (int i = 0; i < file->span_count; i++) {
        const struct trace_span *span = &file->spans[i];
        if (span->is_phase || (name && strcmp(span->name, name) != 0)) {
            continue;
        }
        if (name) {
            return span;
        }
        if (!found || span->end_us - span->start_us > found->end_us - found->start_us) {
            found = span;
        }
    }
    return found;
}

static bool unknown_layer(const struct trace_file *file, const char *name)
{
    struct ts_place place = {.file = file->path};
    const char **names = TS_NEW_ARRAY(file->arena, file->span_count + 1, const char *);
    size_t count = 0;
    for (int i = 0; i < file->span_count; i++) {
        if (!file->spans[i].is_phase) {
            names[count++] = file->spans[i].name;
        }
    }
    ts_diag_error(file->diagnostics, TS_ERROR_UNKNOWN_NAME, place, "the trace has no layer '%s'",
                  name ? name : "");
    const char *suggestion = name ? ts_suggest(name, names, count) : NULL;
    if (suggestion) {
        ts_diag_help(file->diagnostics, "did you mean '%s'?", suggestion);
    }
    return false;
}

/* The layer, and the one that was simulated for it. */
static bool choose_layer(const struct trace_file *file, const char *name,
                         struct ts_timeline *timeline)
{
    const struct trace_span *layer = find_layer(file, name);
    const struct trace_span *simulated =
        layer && layer->repeats ? find_layer(file, layer->repeats) : layer;
    if (!layer || !simulated) {
        return unknown_layer(file, name);
    }
    *timeline = (struct ts_timeline){
        .arch = file->arch,
        .workload = file->workload,
        .latency_s = file->latency_us / 1e6,
        .layer = layer->name,
        .original = layer == simulated ? NULL : simulated->name,
        .algorithm = simulated->algorithm,
        .bound = simulated->bound,
        .start_us = simulated->start_us,
        .duration_us = simulated->end_us - simulated->start_us,
    };
    timeline->covered_us = fmin(timeline->duration_us, file->units_covered_us - timeline->start_us);
    if (timeline->covered_us <= 0) {
        struct ts_place place = {.file = file->path};
        ts_diag_error(file->diagnostics, TS_ERROR_RANGE, place, "the trace ends before '%s'",
                      simulated->name);
        ts_diag_help(file->diagnostics, "run it again with a larger --trace-limit");
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ rows */

/* The index in names like "unit 12", "unit 12 loads (2)"; -1 for others. */
static int64_t index_in(const char *name, const char *before, const char *behind)
{
    size_t length = strlen(before);
    if (strncmp(name, before, length) != 0 || name[length] < '0' || name[length] > '9') {
        return -1;
    }
    char *rest;
    int64_t index = strtoll(name + length, &rest, 10);
    bool fits = *behind ? strncmp(rest, behind, strlen(behind)) == 0 : *rest == '\0';
    return fits ? index : -1;
}

static void add_row(struct collection *collection, const char *name, enum ts_timeline_place place)
{
    struct ts_timeline *timeline = collection->timeline;
    struct ts_timeline_row *row = &timeline->rows[timeline->row_count++];
    *row =
        (struct ts_timeline_row){.name = ts_arena_strdup(collection->arena, name), .place = place};
    collection->rows[collection->row_count++].row = row;
}

/* `shown` of `count`, evenly spread: which is the i-th? */
static int64_t spread(int64_t i, int64_t shown, int64_t count)
{
    return shown > 1 ? i * (count - 1) / (shown - 1) : 0;
}

static void choose_units(struct collection *collection, const struct trace_file *file)
{
    struct ts_timeline *timeline = collection->timeline;
    for (int i = 0; i < file->span_count; i++) {
        const struct trace_span *span = &file->spans[i];
        bool inside = span->is_phase && span->start_us < collection->end_us &&
                      span->end_us > collection->start_us;
        if (inside && span->units > timeline->units) {
            timeline->units = span->units;
        }
    }
    timeline->units_shown = timeline->units < MOST_UNITS ? timeline->units : MOST_UNITS;
    for (int64_t i = 0; i < timeline->units_shown; i++) {
        char name[48];
        snprintf(name, sizeof name, "unit %" PRId64,
                 spread(i, timeline->units_shown, timeline->units));
        add_row(collection, name, TS_TIMELINE_PIPE);
        add_row(collection, name, TS_TIMELINE_LOADS);
    }
}

static void choose_memories(struct collection *collection, const struct trace_file *file)
{
    struct ts_timeline *timeline = collection->timeline;
    int memories = 0;
    for (int i = 0; i < file->track_count; i++) {
        const struct trace_track *track = &file->tracks[i];
        bool is_channel = index_in(track->name, "DRAM channel ", "") >= 0;
        timeline->channels += is_channel;
        if (track->process == TRACE_MEMORY && !is_channel && memories < MOST_MEMORIES) {
            memories++;
            add_row(collection, track->name, TS_TIMELINE_MEMORY);
        }
    }
    timeline->channels_shown =
        timeline->channels < MOST_CHANNELS ? timeline->channels : MOST_CHANNELS;
    for (int64_t i = 0; i < timeline->channels_shown; i++) {
        char name[48];
        snprintf(name, sizeof name, "DRAM channel %" PRId64,
                 spread(i, timeline->channels_shown, timeline->channels));
        add_row(collection, name, TS_TIMELINE_MEMORY);
    }
}

static struct row *row_of(struct collection *collection, const struct trace_track *track)
{
    char unit[48] = "";
    int64_t loads = index_in(track->name, "unit ", " loads");
    if (loads >= 0) {
        snprintf(unit, sizeof unit, "unit %" PRId64, loads);
    }
    for (int i = 0; i < collection->row_count; i++) {
        const struct ts_timeline_row *row = collection->rows[i].row;
        const char *name = row->place == TS_TIMELINE_LOADS ? unit : track->name;
        if (strcmp(row->name, name) == 0) {
            return &collection->rows[i];
        }
    }
    return NULL;
}

static void choose_rows(struct collection *collection, const struct trace_file *file)
{
    choose_units(collection, file);
    choose_memories(collection, file);
    collection->tracks = file->tracks;
    collection->row_of_track = TS_NEW_ARRAY(collection->arena, file->track_count + 1, struct row *);
    for (int i = 0; i < file->track_count; i++) {
        collection->row_of_track[i] = row_of(collection, &file->tracks[i]);
    }
}

/* ------------------------------------------------------------------ slices */

static bool wants(const void *context, const struct trace_track *track)
{
    const struct collection *collection = context;
    return collection->row_of_track[track - collection->tracks] != NULL;
}

/* Categories are few and recur. */
static const char *keep_kind(struct collection *collection, const char *category)
{
    int i = 0;
    while (i < collection->kind_count && strcmp(collection->kinds[i], category) != 0) {
        i++;
    }
    if (i == MOST_KINDS) {
        return "other";
    }
    if (i == collection->kind_count) {
        collection->kinds[collection->kind_count++] = ts_arena_strdup(collection->arena, category);
    }
    return collection->kinds[i];
}

static void take(void *context, const struct trace_slice *found)
{
    struct collection *collection = context;
    struct row *row = collection->row_of_track[found->track - collection->tracks];
    if (row->count == row->capacity) {
        row->capacity = row->capacity ? 2 * row->capacity : 256;
        row->slices = realloc(row->slices, (size_t)row->capacity * sizeof *row->slices);
        if (!row->slices) {
            ts_bug("out of memory for %d slices of a timeline", row->capacity);
        }
    }
    row->slices[row->count++] = (struct ts_timeline_slice){
        .start_us = fmax(found->start_us, collection->start_us) - collection->start_us,
        .end_us = fmin(found->end_us, collection->end_us) - collection->start_us,
        .kind = keep_kind(collection, found->category),
        .tile = found->tile,
        .share = 1,
    };
}

static int by_start(const void *a, const void *b)
{
    const struct ts_timeline_slice *left = a, *right = b;
    return left->start_us < right->start_us ? -1 : left->start_us > right->start_us;
}

/* Loads of several lanes: when any is under way. */
static void unite(struct row *row)
{
    int count = 0;
    for (int i = 0; i < row->count; i++) {
        struct ts_timeline_slice *last = count > 0 ? &row->slices[count - 1] : NULL;
        if (last && row->slices[i].start_us <= last->end_us) {
            last->end_us = fmax(last->end_us, row->slices[i].end_us);
            last->tile = -1;
        } else {
            row->slices[count++] = row->slices[i];
        }
    }
    row->count = count;
}

/* What took most of the time from slice->start_us to end_us, and its share; false when nothing did.
 * `*next` is the first slice that may reach so far. */
static bool summarise(const struct row *row, int *next, struct ts_timeline_slice *stretch)
{
    const char *kinds[MOST_KINDS + 1] = {NULL}; /* and "other" */
    double sums[MOST_KINDS + 1] = {0};
    int count = 0, best = 0;
    while (*next < row->count && row->slices[*next].end_us <= stretch->start_us) {
        (*next)++;
    }
    for (int i = *next; i < row->count && row->slices[i].start_us < stretch->end_us; i++) {
        const struct ts_timeline_slice *slice = &row->slices[i];
        int k = 0;
        while (k < count && strcmp(kinds[k], slice->kind) != 0) {
            k++;
        }
        count += k == count;
        kinds[k] = slice->kind;
        sums[k] += fmin(slice->end_us, stretch->end_us) - fmax(slice->start_us, stretch->start_us);
        best = sums[k] > sums[best] ? k : best;
    }
    /* In eighths, so that stretches that hardly differ are one. */
    stretch->kind = kinds[best];
    stretch->share = ceil(8 * sums[best] / (stretch->end_us - stretch->start_us) - 1e-9) / 8;
    return count > 0 && sums[best] > 0;
}

static int make_coarse(const struct row *row, double duration_us, struct ts_timeline_slice *coarse)
{
    int count = 0, next = 0;
    for (int i = 0; i < MOST_SLICES; i++) {
        struct ts_timeline_slice stretch = {
            .start_us = duration_us * i / MOST_SLICES,
            .end_us = duration_us * (i + 1) / MOST_SLICES,
            .tile = -1,
        };
        struct ts_timeline_slice *last = count > 0 ? &coarse[count - 1] : NULL;
        if (!summarise(row, &next, &stretch)) {
            continue;
        }
        if (row->row->place == TS_TIMELINE_PIPE) {
            stretch.share = 1; /* a pipe is never idle: all of its cycles have a name */
        }
        if (last && last->end_us == stretch.start_us && last->share == stretch.share &&
            strcmp(last->kind, stretch.kind) == 0) {
            last->end_us = stretch.end_us;
        } else {
            coarse[count++] = stretch;
        }
    }
    return count;
}

static void finish(struct collection *collection)
{
    for (int i = 0; i < collection->row_count; i++) {
        struct row *row = &collection->rows[i];
        struct ts_timeline_slice *kept =
            TS_NEW_ARRAY(collection->arena, MOST_SLICES, struct ts_timeline_slice);
        if (row->count > 0) {
            qsort(row->slices, (size_t)row->count, sizeof *row->slices, by_start);
        }
        if (row->row->place == TS_TIMELINE_LOADS) {
            unite(row);
        }
        row->row->is_coarse = row->count > MOST_SLICES;
        row->row->slices = kept;
        if (row->row->is_coarse) {
            row->row->count = make_coarse(row, collection->timeline->duration_us, kept);
        } else if (row->count > 0) {
            memcpy(kept, row->slices, (size_t)row->count * sizeof *kept);
            row->row->count = row->count;
        }
        free(row->slices);
    }
}

bool ts_timeline_read(const char *path, const char *layer, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics, struct ts_timeline *timeline)
{
    struct trace_file file;
    struct collection collection = {.timeline = timeline, .arena = arena};
    bool ok = trace_open(&file, path, arena, diagnostics) && choose_layer(&file, layer, timeline);
    if (ok) {
        timeline->rows = TS_NEW_ARRAY(arena, MOST_ROWS, struct ts_timeline_row);
        collection.start_us = timeline->start_us;
        collection.end_us = timeline->start_us + timeline->duration_us;
        choose_rows(&collection, &file);
        ok = trace_each_slice(&file, collection.start_us, collection.end_us, wants, take,
                              &collection);
        finish(&collection);
    }
    trace_close(&file);
    return ok;
}
