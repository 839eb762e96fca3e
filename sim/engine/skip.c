/* Skipping: waves that are like a measured sample pass the shared cache, but take no events.
 *
 * In long phases not even that: once the waves passed asked for the same in two stretches of
 * doubling length, each a period of the schedule at least, and what fills or drains the cache will
 * go on as it does, the rest is booked as their mean.
 */
#include "sim/engine/extrapolate.h"
#include "tessera/energy.h"
#include "tessera/minmax.h"

#include <math.h>

/* Roofs that on average move that much of the measured time away are those of another regime. */
static const double same_regime = 0.02;
/* So is DRAM's part below the roof, once it takes that share of the time at its peak rate and has
 * moved so far: reached rates are lower, and what is not served at once piles up. */
static const double busy_dram = 0.5, same_dram = 0.1;
/* Waves that the average goes back, or more where the schedule's period is longer. */
enum { AVERAGED_WAVES = 8, MOST_AVERAGED_WAVES = 64 };
/* Two stretches that differ by less are even. */
static const double even = 0.005;
enum { LEAST_HALF_WAVES = 16, WORTHWHILE = 3, LEAD_WAVES = 8, MARKS = 3 };

/* The start, middle and end of what a jump goes by. */
struct mark {
    struct demand demand;
    struct ts_counters counters;
    double cached_bytes;  /* in the shared cache */
    double pending_bytes; /* dirty data of earlier kernels, still to be displaced */
};

/* What a skip has passed so far. */
struct skip {
    const struct sample *sample;
    double waves;
    struct demand demand;
    /* Late waves' roofs and DRAM cycles beyond the sample's. */
    double roof_drift_cycles, dram_drift_cycles;
    double dram_cycles; /* of the sample's waves, at peak rate */
    struct mark marks[MARKS];
    double marked_waves, half_waves; /* mark 0 was after so many; the others follow so far apart */
    struct ts_counters jumped_counters;
};

void demand_add(struct demand *total, const struct demand *part, double times)
{
    total->roof_cycles += part->roof_cycles * times;
    total->pipe_cycles += part->pipe_cycles * times;
    total->dram_read_bytes += part->dram_read_bytes * times;
    total->dram_write_bytes += part->dram_write_bytes * times;
    total->noc_bytes += part->noc_bytes * times;
    total->host_bytes += part->host_bytes * times;
}

/* ------------------------------------------------------------------ books */

static void book_counters(struct engine *engine, const struct skip *skip)
{
    const struct sample *sample = skip->sample;
    const struct demand *demand = &skip->demand;
    const struct demand *before = &sample->before->demand, *after = &sample->after->demand;
    double measured_bytes = after->dram_read_bytes - before->dram_read_bytes +
                            after->dram_write_bytes - before->dram_write_bytes;
    double bytes = demand->dram_read_bytes + demand->dram_write_bytes;
    double times = measured_bytes > 0 ? bytes / measured_bytes : 0;
    struct ts_counters stretch, all = {0};
    counters_difference(&sample->after->counters, &sample->before->counters, &stretch);
    ts_counters_add(&all, &stretch, times);
    /* What the lookahead has counted itself, and what it told. */
    all.shared_read_bytes = skip->jumped_counters.shared_read_bytes;
    all.shared_write_bytes = skip->jumped_counters.shared_write_bytes;
    all.shared_hit_bytes = skip->jumped_counters.shared_hit_bytes;
    all.noc_bytes = demand->noc_bytes;
    all.host_bytes = demand->host_bytes;
    all.dram.read_bytes = (uint64_t)demand->dram_read_bytes;
    all.dram.write_bytes = (uint64_t)demand->dram_write_bytes;
    ts_counters_add(&engine->dispatcher.skipped_counters, &all, 1);
}

/* Returns what the skipped waves take. */
static double book_time(struct engine *engine, const struct skip *skip)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    const struct sample *sample = skip->sample;
    double cycles = skip->waves * (sample->cycles - sample->roof_cycles) + skip->demand.roof_cycles;
    /* A sample can be faster than the pipes only as more and more tiles are under way. */
    cycles = ts_max(cycles, skip->demand.pipe_cycles);
    double times = sample->clock_cycles > 0 ? cycles / sample->clock_cycles : 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        dispatcher->skipped_part_cycles[part] +=
            (sample->after->part_cycles[part] - sample->before->part_cycles[part]) * times;
    }
    dispatcher->skipped_cycles += cycles;
    return cycles;
}

static double averaged_waves(const struct engine *engine)
{
    double period = engine->phase->tiles_per_period / (double)engine->dispatcher.wave_tiles;
    return ts_min(ts_max(period, AVERAGED_WAVES), MOST_AVERAGED_WAVES);
}

/* ------------------------------------------------------------------ jumps */

static void take_mark(const struct engine *engine, const struct skip *skip, struct mark *mark)
{
    const struct machine *machine = &engine->machine;
    *mark = (struct mark){
        .demand = skip->demand,
        .cached_bytes = machine->has_cache ? (double)machine->cache.used_bytes : 0,
        .pending_bytes = machine->pending_writeback_bytes,
    };
    machine_counters(machine, &mark->counters);
}

static double dram_bytes(const struct demand *demand)
{
    return demand->dram_read_bytes + demand->dram_write_bytes;
}

/* From mark 1 to 2 the tiles asked for as much as from 0 to 1. */
static bool is_even(const struct mark marks[MARKS])
{
    const struct demand *start = &marks[0].demand, *middle = &marks[1].demand;
    const struct demand *end = &marks[2].demand;
    double bytes = dram_bytes(end) - dram_bytes(start);
    double roof = end->roof_cycles - start->roof_cycles;
    double read = end->dram_read_bytes - 2 * middle->dram_read_bytes + start->dram_read_bytes;
    double written = end->dram_write_bytes - 2 * middle->dram_write_bytes + start->dram_write_bytes;
    double moved = end->roof_cycles - 2 * middle->roof_cycles + start->roof_cycles;
    return fabs(read) <= even * bytes && fabs(written) <= even * bytes &&
           fabs(moved) <= even * roof;
}

/* What goes on in the shared cache will go on until `times` as many waves as from mark 0 to 2 are
 * done: it is full, or will not be full by then; dirty data of earlier kernels is gone, or lasts.
 */
static bool has_settled(const struct engine *engine, const struct mark marks[MARKS], double times)
{
    const struct mark *before = &marks[0], *now = &marks[MARKS - 1];
    double capacity = engine->machine.has_cache ? (double)engine->machine.cache.capacity_bytes : 0;
    double grown = now->cached_bytes - before->cached_bytes;
    double drained = before->pending_bytes - now->pending_bytes;
    bool is_full = now->cached_bytes >= capacity * (1 - even);
    bool stays_below = now->cached_bytes + grown * times <= capacity;
    bool is_clean = now->pending_bytes <= capacity * even;
    bool stays_dirty = now->pending_bytes - drained * times >= 0;
    return (is_full || stays_below) && (is_clean || stays_dirty);
}

/* The last waves before the tail pass the cache, which the tail then finds as it would be; what
 * they ask for is booked already. */
static void warm_up(struct engine *engine, int64_t waves)
{
    struct machine *machine = &engine->machine;
    const struct dispatcher *dispatcher = &engine->dispatcher;
    const struct ts_counters counters = machine->counters;
    double pending_bytes = machine->pending_writeback_bytes;
    for (int64_t wave = -waves; wave < 0; wave++) {
        lookahead_wave(engine, dispatcher->next_tile + wave * dispatcher->wave_tiles,
                       dispatcher->wave_tiles);
    }
    machine->counters = counters;
    machine->pending_writeback_bytes = pending_bytes;
}

/* Books `waves` as the mean of those between the marks. */
static void jump(struct engine *engine, struct skip *skip, int64_t waves, double times)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    const struct mark *before = &skip->marks[0], *now = &skip->marks[MARKS - 1];
    int64_t lead = (int64_t)ts_max(LEAD_WAVES, averaged_waves(engine));
    struct ts_counters stretch;
    counters_difference(&now->counters, &before->counters, &stretch);
    ts_counters_add(&skip->jumped_counters, &stretch, times);
    demand_add(&skip->demand, &now->demand, times);
    demand_add(&skip->demand, &before->demand, -times);
    engine->machine.pending_writeback_bytes -=
        ts_min(times * (before->pending_bytes - now->pending_bytes), now->pending_bytes);
    dispatcher->next_tile += waves * dispatcher->wave_tiles;
    dispatcher->jumped_tiles += (waves - lead) * dispatcher->wave_tiles;
    skip->waves += (double)waves;
    warm_up(engine, lead);
}

/* Marks stretches of the waves passed, each twice as long as the one before, and jumps over the
 * `left` ones once a stretch was even. */
static bool jump_ahead(struct engine *engine, struct skip *skip, int64_t left)
{
    double half = skip->half_waves;
    double passed = skip->waves - skip->marked_waves;
    if (passed == half || passed == 2 * half) {
        take_mark(engine, skip, &skip->marks[(int)(passed / half)]);
    }
    if (passed < 2 * half) {
        return false;
    }
    double times = (double)left / (2 * half);
    bool covers_period =
        half * (double)engine->dispatcher.wave_tiles >= engine->phase->tiles_per_period;
    if (times >= WORTHWHILE && covers_period && is_even(skip->marks) &&
        has_settled(engine, skip->marks, times)) {
        jump(engine, skip, left, times);
        return true;
    }
    skip->marks[0] = skip->marks[MARKS - 1];
    skip->marked_waves = skip->waves;
    skip->half_waves = 2 * half;
    return false;
}

/* ------------------------------------------------------------------ waves */

static double dram_cycles(const struct engine *engine, const struct demand *demand)
{
    const struct machine *machine = &engine->machine;
    return machine->has_dram ? dram_bytes(demand) / machine->dram.peak_bytes_per_cycle : 0;
}

/* Takes the wave just passed into the averages. */
static bool is_same_regime(const struct engine *engine, struct skip *skip)
{
    const struct demand *demand = &engine->wave.demand;
    const double cycles = skip->sample->cycles;
    double weight = 1 / averaged_waves(engine);
    double roof = demand->roof_cycles - skip->sample->roof_cycles;
    double dram = dram_cycles(engine, demand) - skip->dram_cycles;
    skip->roof_drift_cycles += (roof - skip->roof_drift_cycles) * weight;
    skip->dram_drift_cycles += (dram - skip->dram_drift_cycles) * weight;
    bool is_busy = skip->dram_cycles + ts_max(skip->dram_drift_cycles, 0) > busy_dram * cycles;
    return fabs(skip->roof_drift_cycles) <= same_regime * cycles &&
           (!is_busy || fabs(skip->dram_drift_cycles) <= same_dram * cycles);
}

/* Passes one wave through the cache. False when another regime has begun. */
static bool pass_wave(struct engine *engine, struct skip *skip)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    lookahead_wave(engine, dispatcher->next_tile, dispatcher->wave_tiles);
    dispatcher->next_tile += dispatcher->wave_tiles;
    demand_add(&skip->demand, &engine->wave.demand, 1);
    skip->waves++;
    return is_same_regime(engine, skip);
}

void skip_ahead(struct engine *engine, double now_cycles, const struct sample *sample, int64_t left)
{
    struct dispatcher *dispatcher = &engine->dispatcher;
    struct skip skip = {.sample = sample, .half_waves = LEAST_HALF_WAVES};
    int64_t first_tile = dispatcher->next_tile;
    skip.dram_cycles = (dram_cycles(engine, &sample->after->demand) -
                        dram_cycles(engine, &sample->before->demand)) /
                       sample->waves;
    take_mark(engine, &skip, &skip.marks[0]);
    while (left > 0 && pass_wave(engine, &skip) && !jump_ahead(engine, &skip, left - 1)) {
        left--;
    }
    double cycles = book_time(engine, &skip);
    book_counters(engine, &skip);
    /* Stores that servers take faster than they serve them pile up on and on. */
    machine_pile_up(&engine->machine, now_cycles, &sample->before->backlog, &sample->after->backlog,
                    skip.waves / sample->waves);
    dispatcher->first_sequence = dispatcher->sequence;
    dispatcher->window_count = dispatcher->windows_awaited = 0;
    if (tracer_is_on(&engine->machine.tracer)) {
        trace_skip(engine, now_cycles, dispatcher->next_tile - first_tile, cycles);
    }
}
