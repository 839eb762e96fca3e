#include "sim/engine/waves.h"

#include "tessera/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Room behind the limit: for the last slice, and for layers, which are noted in any case. */
enum { CHANGES_OF_A_SLICE = 4, MOST_LAYERS = 1 << 16 };

static size_t mapping_bytes(int64_t limit)
{
    return sizeof(struct waves) +
           (size_t)(limit + CHANGES_OF_A_SLICE + MOST_LAYERS) * sizeof(struct wave_change);
}

/* Something lasts from one time to another. */
static void span(struct waves *waves, int64_t signal, int difference, double start_cycles,
                 double end_cycles)
{
    waves->changes[waves->count++] = (struct wave_change){
        llround(start_cycles * waves->ps_per_cycle), (int32_t)signal, difference};
    waves->changes[waves->count++] = (struct wave_change){llround(end_cycles * waves->ps_per_cycle),
                                                          (int32_t)signal, -difference};
}

static void serve(struct waves *waves, int64_t server, const struct ts_trace_slice *slice)
{
    int64_t signal = wave_of_server(waves, server);
    span(waves, signal + WAVE_BUSY, 1, slice->start_cycles, slice->end_cycles);
    span(waves, signal + WAVE_QUEUE, 1, slice->asked_cycles, slice->end_cycles);
}

/* States are the parts of the time breakdown, from 1 on. */
static int state_of(const char *category)
{
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        if (strcmp(category, ts_time_part_names[part]) == 0) {
            return part + 1;
        }
    }
    return 0;
}

static void take_pipe(struct waves *waves, const struct ts_trace_slice *slice)
{
    int state = state_of(slice->category);
    if (state > 0) {
        span(waves, wave_of_unit(slice->index) + WAVE_STATE, state, slice->start_cycles,
             slice->end_cycles);
    } else if (slice->index == 0) { /* the same on every unit */
        bool repeats = strcmp(slice->category, "repeated") == 0;
        span(waves, repeats ? WAVE_REPEATED : WAVE_EXTRAPOLATED, 1, slice->start_cycles,
             slice->end_cycles);
    }
}

static void count_layer(struct waves *waves, double start_cycles)
{
    if (waves->layers < MOST_LAYERS) {
        waves->changes[waves->count++] =
            (struct wave_change){llround(start_cycles * waves->ps_per_cycle), WAVE_LAYER, 1};
        waves->layers++;
    }
}

static void take(struct waves *waves, const struct ts_trace_slice *slice)
{
    bool is_simulated = strcmp(slice->category, "extrapolated") != 0;
    switch (slice->group) {
    case TS_TRACE_PIPE:
        take_pipe(waves, slice);
        break;
    case TS_TRACE_LOADS:
        span(waves, wave_of_unit(slice->index) + WAVE_LOADS, 1, slice->start_cycles,
             slice->end_cycles);
        break;
    case TS_TRACE_NOC:
        serve(waves, WAVE_NOC, slice);
        break;
    case TS_TRACE_CACHE:
        serve(waves, WAVE_CACHE, slice);
        break;
    case TS_TRACE_HOST:
        serve(waves, WAVE_HOST, slice);
        break;
    case TS_TRACE_DRAM:
        if (is_simulated) {
            serve(waves, WAVE_FIRST_CHANNEL + slice->index, slice);
        }
        break;
    default: /* phases; stores, which show as writes of the servers */
        break;
    }
}

/* ------------------------------------------------------------------ the sink */

static void begin(struct ts_trace_sink *sink, const struct ts_trace_machine *machine)
{
    struct waves *waves = (struct waves *)sink;
    waves->units = machine->units;
    waves->channels = machine->channels;
    waves->ps_per_cycle = 1e12 / machine->clock_hz;
    waves->count = waves->layers = waves->left_out = 0;
}

static void slice(struct ts_trace_sink *sink, const struct ts_trace_slice *slice)
{
    struct waves *waves = (struct waves *)sink;
    if (slice->group == TS_TRACE_LAYERS) {
        count_layer(waves, slice->start_cycles);
        return;
    }
    if (waves->left_out == 0 && waves->count - waves->layers < waves->limit) {
        take(waves, slice);
        return;
    }
    int64_t start_ps = llround(slice->start_cycles * waves->ps_per_cycle);
    if (waves->left_out == 0 || start_ps < waves->covered_ps) {
        waves->covered_ps = start_ps;
    }
    waves->left_out++;
}

static bool end(struct ts_trace_sink *sink, double cycles, struct ts_diagnostics *diagnostics)
{
    struct waves *waves = (struct waves *)sink;
    waves->end_ps = llround(cycles * waves->ps_per_cycle);
    if (waves->left_out > 0) {
        ts_diag_note(diagnostics, (struct ts_place){0},
                     "the VCD has %.3g %% of the time: %lld changes are its limit (--trace-limit "
                     "raises it)",
                     100 * (double)waves->covered_ps / (double)waves->end_ps,
                     (long long)waves->limit);
        waves->end_ps = waves->covered_ps > 0 ? waves->covered_ps : 1;
    }
    return true;
}

struct waves *waves_map(int64_t limit)
{
    void *memory = mmap(NULL, mapping_bytes(limit), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    struct waves *waves = memory;
    waves->sink = (struct ts_trace_sink){.begin = begin, .slice = slice, .end = end};
    waves->limit = limit;
    return waves;
}

void waves_unmap(struct waves *waves)
{
    munmap(waves, mapping_bytes(waves->limit));
}

static int by_time(const void *a, const void *b)
{
    const struct wave_change *left = a, *right = b;
    return left->time_ps < right->time_ps ? -1 : left->time_ps > right->time_ps;
}

void waves_sort(struct waves *waves)
{
    qsort(waves->changes, (size_t)waves->count, sizeof *waves->changes, by_time);
}
