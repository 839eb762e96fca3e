/* One unit: resident tiles that share a pipe. See include/tessera/plan.h for what a tile is. */
#include "sim/engine/engine.h"
#include "tessera/minmax.h"

#include <math.h>

static void spend(struct engine *engine, struct unit *unit, const struct slot *slot,
                  enum ts_time_part part, double cycles)
{
    if (tracer_is_on(&engine->machine.tracer)) {
        trace_pipe(engine, unit, slot, part, true, unit->pipe_free_cycles,
                   unit->pipe_free_cycles + cycles);
    }
    unit->part_cycles[part] += cycles;
    unit->worked_cycles += cycles;
    unit->pipe_free_cycles += cycles;
}

/* Idle pipe up to now_cycles, charged to what it waited for. */
static void idle_until(struct engine *engine, struct unit *unit, const struct slot *slot,
                       double now_cycles, enum ts_time_part part)
{
    if (now_cycles > unit->pipe_free_cycles) {
        if (tracer_is_on(&engine->machine.tracer)) {
            trace_pipe(engine, unit, slot, part, false, unit->pipe_free_cycles, now_cycles);
        }
        unit->part_cycles[part] += now_cycles - unit->pipe_free_cycles;
        unit->pipe_free_cycles = now_cycles;
    }
}

/* The weight FIFO fills while the previous kernel ends. */
static double issue_time(const struct engine *engine, const struct ts_tile_load *load,
                         double now_cycles)
{
    double idle_since = engine->machine.last_load_done_cycles;
    bool early = engine->phase->prefetch_weights && load->is_weight &&
                 now_cycles <= engine->start_cycles && idle_since < now_cycles;
    return early ? idle_since : now_cycles;
}

static struct step_times times_of(const struct ts_tile_step *step)
{
    return (struct step_times){
        .pipe_cycles = step->pipe_cycles,
        .latency_cycles = step->latency_cycles,
        .ready_cycles = step->ready_cycles,
        .fill_drain_cycles = step->fill_drain_cycles,
        .imbalance_cycles = step->imbalance_cycles,
        .cache_cycles = step->cache_cycles,
        .overhead_cycles = step->overhead_cycles,
    };
}

static void issue_loads(struct engine *engine, const struct unit *unit, struct slot *slot,
                        double now_cycles, const struct memory_port *port)
{
    struct ts_tile_step step = {0};
    engine->phase->step(engine->phase->context, slot->tile, slot->issued, &step);
    double ready = now_cycles, issued = now_cycles, bytes = 0;
    enum ts_time_part because = TS_TIME_FILL_DRAIN;
    for (int i = 0; i < step.load_count; i++) {
        struct access access = {
            .load = &step.load[i],
            .outcome = slot->loads[slot->issued * TS_MAX_LOADS + i],
            .bytes = load_bytes(&step.load[i]),
            .issue_cycles = issue_time(engine, &step.load[i], now_cycles),
        };
        access.done_cycles = access.issue_cycles;
        issued = ts_min(issued, access.issue_cycles);
        bytes += access.bytes;
        port->transport(port->module, &access);
        if (access.done_cycles > ready) {
            ready = access.done_cycles;
            because = access.late_because;
        }
    }
    struct machine *machine = &engine->machine;
    if (tracer_is_on(&machine->tracer)) {
        trace_loads(engine, unit, slot, issued, ready, bytes);
    }
    machine->last_load_done_cycles = ts_max(machine->last_load_done_cycles, ready);
    slot->loaded_cycles[slot->issued % TS_MAX_BUFFERS] = ready;
    slot->ready_cycles[slot->issued % TS_MAX_BUFFERS] = ready + step.ready_cycles;
    slot->late_because[slot->issued % TS_MAX_BUFFERS] = because;
    slot->times[slot->issued % TS_MAX_BUFFERS] = times_of(&step);
    slot->issued++;
}

static void issue_ahead(struct engine *engine, const struct unit *unit, struct slot *slot,
                        double now_cycles, const struct memory_port *port)
{
    while (slot->issued < slot->description.steps && slot->issued < slot->step + engine->buffers) {
        issue_loads(engine, unit, slot, now_cycles, port);
    }
}

static void await_claim(struct slot *slot)
{
    double ready = slot->ready_cycles[slot->step % TS_MAX_BUFFERS];
    *slot->event_cycles = ts_max(ready, slot->earliest_cycles);
    slot->state = SLOT_CLAIM;
}

static void start_tile(struct engine *engine, const struct unit *unit, struct slot *slot,
                       double now_cycles, const struct memory_port *port)
{
    slot->step = slot->issued = 0;
    slot->earliest_cycles = now_cycles + slot->description.prologue_cycles;
    if (slot->description.steps == 0) {
        slot->state = SLOT_EPILOGUE;
        *slot->event_cycles = slot->earliest_cycles;
        return;
    }
    issue_ahead(engine, unit, slot, now_cycles, port);
    await_claim(slot);
}

static void claim_pipe(struct engine *engine, struct unit *unit, struct slot *slot,
                       double now_cycles)
{
    int buffer = slot->step % TS_MAX_BUFFERS;
    if (slot->loaded_cycles[buffer] > slot->earliest_cycles) {
        idle_until(engine, unit, slot, slot->loaded_cycles[buffer], slot->late_because[buffer]);
    }
    idle_until(engine, unit, slot, now_cycles, TS_TIME_FILL_DRAIN);

    const struct step_times *times = &slot->times[buffer];
    if (times->ready_cycles > 0) {
        idle_until(engine, unit, slot, unit->last_start_cycles + times->ready_cycles,
                   TS_TIME_FILL_DRAIN);
    }
    double start_cycles = ts_max(now_cycles, unit->pipe_free_cycles);
    unit->last_start_cycles = start_cycles;
    double useful = times->pipe_cycles - times->fill_drain_cycles - times->imbalance_cycles -
                    times->cache_cycles - times->overhead_cycles;
    spend(engine, unit, slot, TS_TIME_FILL_DRAIN, times->fill_drain_cycles);
    spend(engine, unit, slot, TS_TIME_IMBALANCE, times->imbalance_cycles);
    spend(engine, unit, slot, TS_TIME_CACHE, times->cache_cycles);
    spend(engine, unit, slot, TS_TIME_OVERHEAD, times->overhead_cycles);
    spend(engine, unit, slot, TS_TIME_COMPUTE, useful);
    *slot->event_cycles = ts_max(unit->pipe_free_cycles, start_cycles + times->latency_cycles);
    slot->state = SLOT_DONE;
}

static void end_step(struct engine *engine, const struct unit *unit, struct slot *slot,
                     double now_cycles, const struct memory_port *port)
{
    slot->step++;
    slot->earliest_cycles = now_cycles;
    if (slot->step < slot->description.steps) {
        issue_ahead(engine, unit, slot, now_cycles, port);
        await_claim(slot);
    } else {
        slot->state = SLOT_EPILOGUE;
        *slot->event_cycles = now_cycles;
    }
}

static void store_tile(struct engine *engine, struct unit *unit, struct slot *slot,
                       double now_cycles, const struct memory_port *port)
{
    for (int i = 0; i < slot->description.store_count; i++) {
        struct access access = {
            .load = &slot->description.store[i],
            .outcome = slot->stores[i],
            .bytes = load_bytes(&slot->description.store[i]),
            .write = true,
            .issue_cycles = now_cycles,
            .done_cycles = now_cycles,
        };
        port->transport(port->module, &access);
        unit->drained_cycles = ts_max(unit->drained_cycles, access.done_cycles);
        if (tracer_is_on(&engine->machine.tracer)) {
            trace_store(engine, unit, slot, &access);
        }
    }
}

/* The epilogue takes the pipe; its end frees the slot for the next tile. */
static void end_tile(struct engine *engine, struct unit *unit, struct slot *slot, double now_cycles,
                     const struct memory_port *port)
{
    double epilogue = slot->description.epilogue_cycles;
    if (epilogue > 0) {
        idle_until(engine, unit, slot, now_cycles, TS_TIME_FILL_DRAIN);
        spend(engine, unit, slot, TS_TIME_FILL_DRAIN, epilogue);
        slot->description.epilogue_cycles = 0;
        *slot->event_cycles = unit->pipe_free_cycles;
        return;
    }
    unit->drained_cycles = ts_max(unit->drained_cycles, now_cycles);
    store_tile(engine, unit, slot, now_cycles, port);
    if (dispatcher_pull(engine, now_cycles, unit, slot)) {
        start_tile(engine, unit, slot, now_cycles, port);
    } else {
        slot->state = SLOT_IDLE;
        *slot->event_cycles = INFINITY;
    }
}

static void advance_slot(struct engine *engine, struct unit *unit, struct slot *slot,
                         const struct memory_port *port)
{
    double now_cycles = *slot->event_cycles;
    switch (slot->state) {
    case SLOT_IDLE: /* just dealt a tile */
        start_tile(engine, unit, slot, now_cycles, port);
        break;
    case SLOT_CLAIM:
        claim_pipe(engine, unit, slot, now_cycles);
        break;
    case SLOT_DONE:
        end_step(engine, unit, slot, now_cycles, port);
        break;
    case SLOT_EPILOGUE:
        end_tile(engine, unit, slot, now_cycles, port);
        break;
    }
}

static struct slot *earliest_slot(const struct engine *engine, const struct unit *unit)
{
    int earliest = 0;
    for (int i = 1; i < engine->slots_per_unit; i++) {
        if (unit->event_cycles[i] < unit->event_cycles[earliest]) {
            earliest = i;
        }
    }
    return &unit->slots[earliest];
}

/* Events that concern the unit alone: nothing is asked of the machine or the dispatcher. */
static bool is_private(const struct slot *slot)
{
    switch (slot->state) {
    case SLOT_IDLE:
        return false;
    case SLOT_CLAIM:
        return true;
    case SLOT_DONE:
        return slot->issued == slot->description.steps;
    case SLOT_EPILOGUE:
        return slot->description.epilogue_cycles > 0;
    }
    return false;
}

double unit_next_event(const struct engine *engine, int64_t unit)
{
    return *earliest_slot(engine, &engine->units[unit])->event_cycles;
}

double unit_advance(struct engine *engine, int64_t index, double now_cycles,
                    const struct memory_port *port)
{
    struct unit *unit = &engine->units[index];
    struct slot *slot = earliest_slot(engine, unit);
    while (*slot->event_cycles <= now_cycles || is_private(slot)) {
        advance_slot(engine, unit, slot, port);
        slot = earliest_slot(engine, unit);
    }
    return *slot->event_cycles;
}
