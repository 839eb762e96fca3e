#include "reports/trace_read.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char first_line[] = "{\"traceEvents\":[";
static const char last_line[] = "],\"displayTimeUnit\"";
static const char slice_start[] = "{\"ph\":\"X\",\"pid\":";
static const char name_start[] = "{\"ph\":\"M\",\"pid\":";

struct lines {
    char *text;
    size_t capacity;
    ssize_t length;
    int number;
};

static bool fail(const struct trace_file *file, int line, const char *what)
{
    struct ts_place place = {.file = file->path, .line = line};
    ts_diag_error(file->diagnostics, TS_ERROR_SYNTAX, place, "%s", what);
    ts_diag_help(file->diagnostics, "a trace is what `tessera run --trace FILE` writes");
    return false;
}

/* The next line without its comma; false at the end. */
static bool next_line(const struct trace_file *file, struct lines *lines)
{
    lines->length = getline(&lines->text, &lines->capacity, file->stream);
    if (lines->length < 0) {
        return false;
    }
    lines->number++;
    while (lines->length > 0 && strchr("\r\n,", lines->text[lines->length - 1])) {
        lines->text[--lines->length] = '\0';
    }
    return true;
}

static bool begins(const struct lines *lines, const char *start)
{
    return strncmp(lines->text, start, strlen(start)) == 0;
}

static const char *text_of(const struct trace_file *file, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? ts_arena_strdup(file->arena, text) : NULL;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* Room for one element more in an array of the arena. */
static void *room(struct ts_arena *arena, void *array, int count, int *capacity,
                  size_t element_bytes)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity ? 2 * *capacity : 64;
    void *larger = ts_arena_alloc(arena, (size_t)*capacity * element_bytes);
    if (count > 0) {
        memcpy(larger, array, (size_t)count * element_bytes);
    }
    return larger;
}

static void add_track(struct trace_file *file, const json_t *event)
{
    const char *kind = json_string_value(json_object_get(event, "name"));
    const char *name = text_of(file, json_object_get(event, "args"), "name");
    if (kind && name && strcmp(kind, "thread_name") == 0) {
        file->tracks = room(file->arena, file->tracks, file->track_count, &file->track_capacity,
                            sizeof *file->tracks);
        file->tracks[file->track_count++] = (struct trace_track){
            .thread = json_integer_value(json_object_get(event, "tid")),
            .process = (int)json_integer_value(json_object_get(event, "pid")),
            .name = name,
        };
    }
}

static void add_span(struct trace_file *file, const json_t *event)
{
    const json_t *arguments = json_object_get(event, "args");
    const char *category = json_string_value(json_object_get(event, "cat"));
    double start_us = number_of(event, "ts");
    const char *name = text_of(file, event, "name");
    file->spans =
        room(file->arena, file->spans, file->span_count, &file->span_capacity, sizeof *file->spans);
    file->spans[file->span_count++] = (struct trace_span){
        .name = name ? name : "",
        .algorithm = text_of(file, arguments, "algorithm"),
        .bound = text_of(file, arguments, "bound"),
        .repeats = text_of(file, arguments, "repeats"),
        .start_us = start_us,
        .end_us = start_us + number_of(event, "dur"),
        .units = (int64_t)number_of(arguments, "units"),
        .is_phase = category && strcmp(category, "phase") == 0,
    };
}

static bool read_footer(struct trace_file *file, const struct lines *lines)
{
    lines->text[1] = '{'; /* ],"displayTimeUnit":...} */
    json_t *footer =
        json_loadb(lines->text + 1, (size_t)lines->length - 1, JSON_REJECT_DUPLICATES, NULL);
    const json_t *other = json_object_get(footer, "otherData");
    file->arch = text_of(file, other, "arch");
    file->workload = text_of(file, other, "workload");
    file->latency_us = number_of(other, "latency_us");
    file->units_covered_us = number_of(other, "units_covered_us");
    const bool of_several = json_object_get(other, "machines") != NULL;
    json_decref(footer);
    if (of_several) {
        return fail(file, lines->number, "the trace is of several machines; a timeline is of one");
    }
    return (file->arch && file->workload && file->latency_us > 0) ||
           fail(file, lines->number, "the end of the trace says not of what it is");
}

static bool read_event(struct trace_file *file, const struct lines *lines)
{
    bool is_name = begins(lines, name_start);
    bool is_span = begins(lines, slice_start) &&
                   strtol(lines->text + sizeof slice_start - 1, NULL, 10) == TRACE_LAYERS;
    if (!is_name && !is_span) {
        return begins(lines, "{\"ph\":\"") || fail(file, lines->number, "no event of a trace");
    }
    json_error_t error;
    json_t *event = json_loadb(lines->text, (size_t)lines->length, 0, &error);
    if (!event) {
        return fail(file, lines->number, error.text);
    }
    if (is_name) {
        add_track(file, event);
    } else {
        add_span(file, event);
    }
    json_decref(event);
    return true;
}

static bool read_all(struct trace_file *file, struct lines *lines)
{
    if (!next_line(file, lines) || strcmp(lines->text, first_line) != 0) {
        return fail(file, 1, "no trace");
    }
    while (next_line(file, lines)) {
        if (begins(lines, last_line)) {
            return read_footer(file, lines);
        }
        if (!read_event(file, lines)) {
            return false;
        }
    }
    return fail(file, lines->number, "the trace is cut short: it has no end");
}

static int by_thread(const void *a, const void *b)
{
    const struct trace_track *left = a, *right = b;
    return left->thread < right->thread ? -1 : left->thread > right->thread;
}

bool trace_open(struct trace_file *file, const char *path, struct ts_arena *arena,
                struct ts_diagnostics *diagnostics)
{
    *file = (struct trace_file){.path = path, .arena = arena, .diagnostics = diagnostics};
    file->stream = fopen(path, "r");
    if (!file->stream) {
        struct ts_place place = {.file = path};
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read: %s", strerror(errno));
    }
    struct lines lines = {.text = NULL};
    bool ok = read_all(file, &lines);
    free(lines.text);
    if (file->track_count > 0) {
        qsort(file->tracks, (size_t)file->track_count, sizeof *file->tracks, by_thread);
    }
    return ok;
}

void trace_close(struct trace_file *file)
{
    if (file->stream) {
        fclose(file->stream);
    }
    file->stream = NULL;
}

/* ------------------------------------------------------------------ slices */

static const struct trace_track *find_track(const struct trace_file *file, int64_t thread)
{
    const struct trace_track key = {.thread = thread};
    return file->track_count == 0 ? NULL
                                  : bsearch(&key, file->tracks, (size_t)file->track_count,
                                            sizeof *file->tracks, by_thread);
}

static double after(const char *line, const char *key)
{
    const char *found = strstr(line, key);
    return found ? strtod(found + strlen(key), NULL) : 0;
}

static bool take_line(const struct trace_file *file, const struct lines *lines,
                      struct trace_slice *slice, void (*take)(void *, const struct trace_slice *),
                      void *context)
{
    json_error_t error;
    json_t *event = json_loadb(lines->text, (size_t)lines->length, 0, &error);
    const json_t *tile = json_object_get(json_object_get(event, "args"), "tile");
    slice->category = json_string_value(json_object_get(event, "cat"));
    slice->tile = tile ? json_integer_value(tile) : -1;
    bool ok = slice->category || fail(file, lines->number, "no slice of a trace");
    if (ok) {
        take(context, slice);
    }
    json_decref(event);
    return ok;
}

bool trace_each_slice(struct trace_file *file, double start_us, double end_us,
                      bool (*wants)(const void *context, const struct trace_track *track),
                      void (*take)(void *context, const struct trace_slice *slice), void *context)
{
    struct lines lines = {.text = NULL};
    bool ok = true;
    rewind(file->stream);
    while (ok && next_line(file, &lines)) {
        if (!begins(&lines, slice_start) ||
            strtol(lines.text + sizeof slice_start - 1, NULL, 10) == TRACE_LAYERS) {
            continue;
        }
        struct trace_slice slice = {.start_us = after(lines.text, "\"ts\":")};
        slice.end_us = slice.start_us + after(lines.text, "\"dur\":");
        if (slice.start_us >= end_us || slice.end_us <= start_us) {
            continue;
        }
        slice.track = find_track(file, (int64_t)after(lines.text, "\"tid\":"));
        if (slice.track && wants(context, slice.track)) {
            ok = take_line(file, &lines, &slice, take, context);
        }
    }
    free(lines.text);
    return ok;
}
