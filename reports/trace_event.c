/* Trace-event JSON for Perfetto and chrome://tracing, written event by event. Its format:
 * "Trace Event Format", N. Duca and D. Sinclair, Chromium project.
 *
 * A process is a group of tracks (layers, units, memory), a thread a track. Viewers want the slices
 * of a thread nested or apart, and drop what overlaps: loads and stores that are under way together
 * stand in lanes of their own. Requests that a memory serves back to back are one slice, or they
 * would fill the file. */
#include "reports/trace_json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum process { LAYERS = 1, UNITS, MEMORY, PROCESSES = MEMORY };

/* Tracks of one group and index: lane l is free from end_ps[l] on. */
struct lanes {
    int64_t *end_ps;
    int count;
};

enum { MOST_SUMS = 2 };

/* Equal slices back to back on the track of a memory, as one that is not written yet. */
struct pending {
    char name[48], category[16];
    const char *keys[MOST_SUMS]; /* of the engine's own: literals */
    double sums[MOST_SUMS];
    int sum_count;
    int64_t requests; /* 0: none pending */
    int64_t asked_ps, start_ps, end_ps;
};

struct group {
    enum process process;
    const char *name, *suffix; /* of its threads, around the index when there are several */
    int64_t first_track, tracks_per_index;
    struct lanes *lanes;     /* [indices] */
    struct pending *pending; /* [indices], of memories */
    int64_t indices;
};

/* Units stand above one another: the pipe, then its loads, then its stores. */
enum { TRACKS_PER_UNIT = 2048, STORE_TRACKS = 1024 };

/* Slices written and left out. */
struct part {
    int64_t events, dropped;
    int64_t covered_ps; /* where the first dropped slice starts */
};

struct writer {
    struct ts_trace_sink sink; /* first */
    FILE *stream;
    int64_t limit;
    int machine;      /* of several, whose events are joined later; -1: alone, a whole file */
    const char *arch; /* points into the machine's description, which outlives the run */
    const char *workload, *version;
    char cache[64]; /* its track */
    double ps_per_cycle;
    struct group groups[TS_TRACE_GROUPS];
    struct part units, memory;
    bool some_written;
};

static void begin_event(struct writer *writer)
{
    fputs(writer->some_written ? ",\n" : "\n", writer->stream);
    writer->some_written = true;
}

static int number_of(const struct writer *writer, enum process process)
{
    return (writer->machine > 0 ? writer->machine * PROCESSES : 0) + (int)process;
}

/* ------------------------------------------------------------------ tracks */

static void name_track(struct writer *writer, const struct group *group, int64_t index, int lane,
                       int64_t track)
{
    char name[96];
    char number[24] = "", lane_number[16] = "";
    if (group->suffix) {
        snprintf(number, sizeof number, " %" PRId64, index);
    }
    if (lane > 0) {
        snprintf(lane_number, sizeof lane_number, " (%d)", lane + 1);
    }
    snprintf(name, sizeof name, "%.40s%s%.20s%s", group->name, number,
             group->suffix ? group->suffix : "", lane_number);
    begin_event(writer);
    trace_put_name(writer->stream, "thread", number_of(writer, group->process), track, name, track);
}

/* A lane that is free; the slices of most groups always find the first. An end and the next start
 * may differ by a rounding. */
static int64_t take_lane(struct writer *writer, const struct record *record, int64_t *start_ps)
{
    struct group *group = &writer->groups[record->group];
    struct lanes *lanes = &group->lanes[record->index];
    int lane = 0;
    while (lane < lanes->count && lanes->end_ps[lane] > *start_ps + 1) {
        lane++;
    }
    if (lane == lanes->count) {
        int64_t *more = realloc(lanes->end_ps, (size_t)(lane + 1) * sizeof *more);
        if (!more) {
            ts_bug("out of memory for %d lanes of a trace", lane + 1);
        }
        lanes->end_ps = more;
        lanes->end_ps[lanes->count++] = 0;
        name_track(writer, group, record->index, lane,
                   group->first_track + record->index * group->tracks_per_index + lane);
    }
    *start_ps = lanes->end_ps[lane] > *start_ps ? lanes->end_ps[lane] : *start_ps;
    lanes->end_ps[lane] = record->end_ps;
    return group->first_track + record->index * group->tracks_per_index + lane;
}

static void set_group(struct writer *writer, enum ts_trace_group group, enum process process,
                      const char *name, const char *suffix, int64_t first_track,
                      int64_t tracks_per_index, int64_t indices)
{
    struct lanes *lanes = calloc((size_t)indices + 1, sizeof *lanes);
    struct pending *pending =
        process == MEMORY ? calloc((size_t)indices + 1, sizeof *pending) : NULL;
    if (!lanes || (process == MEMORY && !pending)) {
        ts_bug("out of memory for the tracks of a trace");
    }
    writer->groups[group] = (struct group){process,          name,  suffix,  first_track,
                                           tracks_per_index, lanes, pending, indices};
}

static void set_groups(struct writer *writer, const struct ts_trace_machine *machine)
{
    int64_t units = machine->units, first = 16, memory = first + units * TRACKS_PER_UNIT;
    set_group(writer, TS_TRACE_LAYERS, LAYERS, "layers", NULL, 1, 1, 1);
    set_group(writer, TS_TRACE_PHASES, LAYERS, "phases", NULL, 2, 1, 1);
    set_group(writer, TS_TRACE_PIPE, UNITS, "unit", "", first, TRACKS_PER_UNIT, units);
    set_group(writer, TS_TRACE_LOADS, UNITS, "unit", " loads", first + 1, TRACKS_PER_UNIT, units);
    set_group(writer, TS_TRACE_STORES, UNITS, "unit", " stores", first + STORE_TRACKS,
              TRACKS_PER_UNIT, units);
    set_group(writer, TS_TRACE_HOST, MEMORY, "host link", NULL, memory, 1, 1);
    set_group(writer, TS_TRACE_NOC, MEMORY, "network on chip", NULL, memory + 1, 1, 1);
    set_group(writer, TS_TRACE_CACHE, MEMORY, writer->cache, NULL, memory + 2, 1, 1);
    set_group(writer, TS_TRACE_DRAM, MEMORY, "DRAM channel", "", memory + 3, 1, machine->channels);
}

static void release_groups(struct writer *writer)
{
    for (int g = 0; g < TS_TRACE_GROUPS; g++) {
        struct group *group = &writer->groups[g];
        for (int64_t i = 0; i < group->indices; i++) {
            free(group->lanes[i].end_ps);
        }
        free(group->lanes);
        free(group->pending);
        *group = (struct group){.lanes = NULL};
    }
}

/* ------------------------------------------------------------------ slices */

/* Layers are always written: there are few, and they say what the rest would have been. Memories,
 * whose requests are many, get half of the limit at most. */
static bool is_past_limit(struct writer *writer, const struct record *record)
{
    enum process process = writer->groups[record->group].process;
    struct part *part = process == MEMORY ? &writer->memory : &writer->units;
    int64_t all = writer->memory.events + writer->units.events;
    bool is_full =
        all >= writer->limit || (process == MEMORY && part->events >= (writer->limit + 1) / 2);
    if (process == LAYERS || !is_full) {
        part->events += process != LAYERS;
        return false;
    }
    if (part->dropped == 0 || record->start_ps < part->covered_ps) {
        part->covered_ps = record->start_ps;
    }
    part->dropped++;
    return true;
}

static void put_record(struct writer *writer, const struct record *record)
{
    if (!is_past_limit(writer, record)) {
        int64_t start_ps = record->start_ps;
        int64_t track = take_lane(writer, record, &start_ps);
        begin_event(writer);
        trace_put_slice(writer->stream, number_of(writer, writer->groups[record->group].process),
                        track, record, start_ps);
    }
}

static void flush_pending(struct writer *writer, enum ts_trace_group group, int64_t index)
{
    struct pending *pending = &writer->groups[group].pending[index];
    struct ts_trace_argument arguments[MOST_SUMS + 1];
    struct record record = {
        .group = group,
        .index = index,
        .asked_ps = pending->asked_ps,
        .start_ps = pending->start_ps,
        .end_ps = pending->end_ps,
        .name = pending->name,
        .category = pending->category,
        .arguments = arguments,
    };
    for (int i = 0; i < pending->sum_count; i++) {
        arguments[record.argument_count++] =
            (struct ts_trace_argument){pending->keys[i], NULL, pending->sums[i]};
    }
    if (pending->requests > 1) {
        arguments[record.argument_count++] =
            (struct ts_trace_argument){"requests", NULL, (double)pending->requests};
    }
    if (pending->requests > 0) {
        put_record(writer, &record);
    }
    pending->requests = 0;
}

static bool joins(const struct pending *pending, const struct record *record)
{
    return pending->requests > 0 && record->start_ps <= pending->end_ps + 1 &&
           record->argument_count == pending->sum_count && strcmp(record->name, pending->name) == 0;
}

static void join_pending(struct writer *writer, const struct record *record)
{
    struct pending *pending = &writer->groups[record->group].pending[record->index];
    if (!joins(pending, record)) {
        flush_pending(writer, record->group, record->index);
        *pending = (struct pending){.asked_ps = record->asked_ps, .start_ps = record->start_ps};
        snprintf(pending->name, sizeof pending->name, "%s", record->name);
        snprintf(pending->category, sizeof pending->category, "%s", record->category);
    }
    pending->requests++;
    pending->end_ps = record->end_ps;
    pending->sum_count = 0;
    for (int i = 0; i < record->argument_count && i < MOST_SUMS; i++) {
        pending->keys[i] = record->arguments[i].key;
        pending->sums[i] += record->arguments[i].number;
        pending->sum_count++;
    }
}

static void put_slice(struct ts_trace_sink *sink, const struct ts_trace_slice *slice)
{
    struct writer *writer = (struct writer *)sink;
    const struct record record = {
        .group = slice->group,
        .index = slice->index,
        .asked_ps = llround(slice->asked_cycles * writer->ps_per_cycle),
        .start_ps = llround(slice->start_cycles * writer->ps_per_cycle),
        .end_ps = llround(slice->end_cycles * writer->ps_per_cycle),
        .name = slice->name,
        .category = slice->category,
        .arguments = slice->arguments,
        .argument_count = slice->argument_count,
    };
    if (writer->groups[slice->group].pending) {
        join_pending(writer, &record);
    } else {
        put_record(writer, &record);
    }
}

/* ------------------------------------------------------------------ the whole */

static void name_process(struct writer *writer, enum process process, const char *what)
{
    char name[256];
    snprintf(name, sizeof name, "%.120s: %.120s", writer->arch, what);
    begin_event(writer);
    const int number = number_of(writer, process);
    trace_put_name(writer->stream, "process", number, 0, name, number);
}

static void begin_trace(struct ts_trace_sink *sink, const struct ts_trace_machine *machine)
{
    struct writer *writer = (struct writer *)sink;
    writer->arch = machine->arch;
    writer->workload = machine->workload;
    writer->version = machine->version;
    writer->ps_per_cycle = 1e12 / machine->clock_hz;
    snprintf(writer->cache, sizeof writer->cache, "cache %.40s",
             machine->cache ? machine->cache : "");
    set_groups(writer, machine);
    if (writer->machine < 0) {
        fputs("{\"traceEvents\":[", writer->stream);
    }
    name_process(writer, LAYERS, machine->workload);
    name_process(writer, UNITS, "units");
    name_process(writer, MEMORY, "memory");
}

static double covered(const struct part *part, int64_t end_ps)
{
    return part->dropped > 0 && end_ps > 0 ? (double)part->covered_ps / (double)end_ps : 1;
}

/* A line across all tracks where the slices of one part end. */
static void put_mark(struct writer *writer, const struct part *part, const char *what)
{
    if (part->dropped > 0) {
        begin_event(writer);
        fprintf(writer->stream, "{\"ph\":\"i\",\"s\":\"g\",\"pid\":%d,\"tid\":1,\"ts\":",
                number_of(writer, LAYERS));
        trace_put_us(writer->stream, part->covered_ps);
        fprintf(writer->stream,
                ",\"name\":\"%s end here (--trace-limit)\",\"cat\":\"limit\",\"args\":{"
                "\"left_out\":%" PRId64 "}}",
                what, part->dropped);
    }
}

static void put_limit(struct writer *writer, int64_t end_ps, struct ts_diagnostics *diagnostics)
{
    const struct part *units = &writer->units, *memory = &writer->memory;
    if (units->dropped + memory->dropped > 0) {
        put_mark(writer, units, "units");
        put_mark(writer, memory, "memories");
        ts_diag_note(
            diagnostics, (struct ts_place){0},
            "the trace of %s has %.3g %% of the time of units and %.3g %% of memories: %" PRId64
            " slices are its limit, %" PRId64 " more were left out (--trace-limit raises it)",
            writer->arch, 100 * covered(units, end_ps), 100 * covered(memory, end_ps),
            writer->limit, units->dropped + memory->dropped);
    }
}

static void put_footer(struct writer *writer, int64_t end_ps)
{
    const struct part *units = &writer->units, *memory = &writer->memory;
    FILE *stream = writer->stream;
    fputs("\n],\"displayTimeUnit\":\"ns\",\"otherData\":{\"generator\":\"tessera\",\"version\":",
          stream);
    trace_put_text(stream, writer->version);
    fputs(",\"arch\":", stream);
    trace_put_text(stream, writer->arch);
    fputs(",\"workload\":", stream);
    trace_put_text(stream, writer->workload);
    fprintf(stream, ",\"clock_mhz\":%.9g,\"latency_us\":", 1e6 / writer->ps_per_cycle);
    trace_put_us(stream, end_ps);
    fprintf(stream, ",\"slices\":%" PRId64 ",\"left_out\":%" PRId64 ",\"units_covered_us\":",
            units->events + memory->events, units->dropped + memory->dropped);
    trace_put_us(stream, units->dropped > 0 ? units->covered_ps : end_ps);
    fputs(",\"memories_covered_us\":", stream);
    trace_put_us(stream, memory->dropped > 0 ? memory->covered_ps : end_ps);
    fputs("}}\n", stream);
}

static bool end_trace(struct ts_trace_sink *sink, double cycles, struct ts_diagnostics *diagnostics)
{
    struct writer *writer = (struct writer *)sink;
    int64_t end_ps = llround(cycles * writer->ps_per_cycle);
    for (int g = 0; g < TS_TRACE_GROUPS; g++) {
        for (int64_t i = 0; writer->groups[g].pending && i < writer->groups[g].indices; i++) {
            flush_pending(writer, (enum ts_trace_group)g, i);
        }
    }
    put_limit(writer, end_ps, diagnostics);
    if (writer->machine < 0) {
        put_footer(writer, end_ps);
    }
    release_groups(writer);
    errno = 0;
    if (fflush(writer->stream) != 0 || ferror(writer->stream)) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, (struct ts_place){0},
                             "cannot write the trace: %s", strerror(errno ? errno : EIO));
    }
    return true;
}

struct ts_trace_sink *ts_trace_event_part(FILE *stream, int machine, int64_t limit,
                                          struct ts_arena *arena)
{
    struct writer *writer = TS_NEW(arena, struct writer);
    *writer = (struct writer){
        .sink = {.begin = begin_trace, .slice = put_slice, .end = end_trace},
        .stream = stream,
        .limit = limit,
        .machine = machine,
    };
    return &writer->sink;
}

struct ts_trace_sink *ts_trace_event_sink(FILE *stream, int64_t limit, struct ts_arena *arena)
{
    return ts_trace_event_part(stream, -1, limit, arena);
}
