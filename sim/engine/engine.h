/* Engine: runs the phases of plans on a machine. Pure C; sim/kernel drives it with SystemC events.
 *
 *   dispatcher   hands tiles out in index order, extrapolates once the schedule repeats
 *   lookahead    decides cache hits wave by wave, in program order
 *   units        slots with resident tiles, sharing one pipe
 *   machine      contended resources
 *
 * All times are core cycles since the start of the run, double. Every function takes `now_cycles`
 * and returns when it wants to be called next (INFINITY: never).
 */
#ifndef TESSERA_SIM_ENGINE_ENGINE_H
#define TESSERA_SIM_ENGINE_ENGINE_H

#include "sim/engine/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_MAX_BUFFERS = 8, TS_MAX_SLOTS = 64, TS_MAX_WINDOWS = 128 };

/* How a unit reaches memory: the SystemC unit module's socket, or a stand-in in tests. */
struct memory_port {
    void *module;
    void (*transport)(void *module, struct access *access);
};

enum slot_state { SLOT_IDLE, SLOT_CLAIM, SLOT_DONE, SLOT_EPILOGUE };

/* How a step takes the pipe, as in struct ts_tile_step: what is left of it once its loads are out.
 */
struct step_times {
    double pipe_cycles, latency_cycles, ready_cycles;
    double fill_drain_cycles, imbalance_cycles, cache_cycles, overhead_cycles;
};

/* One resident tile. */
struct slot {
    enum slot_state state;
    int64_t sequence; /* position in dispatch order */
    int64_t tile;     /* index in the phase */
    struct ts_tile description;
    int step;                             /* that claims, runs or just ended */
    int issued;                           /* steps whose loads are under way */
    double *event_cycles;                 /* in its unit */
    double earliest_cycles;               /* the step could start but for its loads */
    double loaded_cycles[TS_MAX_BUFFERS]; /* loads of step s there, at s % TS_MAX_BUFFERS */
    double ready_cycles[TS_MAX_BUFFERS];  /* and moved into the array behind the pipe */
    enum ts_time_part late_because[TS_MAX_BUFFERS];
    struct step_times times[TS_MAX_BUFFERS];
    struct outcome *loads; /* [step][load], copied from the lookahead when the tile was dealt */
    int64_t load_capacity;
    struct outcome stores[2];
};

struct unit {
    struct slot *slots;
    double event_cycles[TS_MAX_SLOTS]; /* next of each, side by side: the earliest is searched */
    double pipe_free_cycles;
    double part_cycles[TS_TIME_PARTS]; /* how the pipe spent the phase, up to pipe_free_cycles */
    double worked_cycles;              /* of these: held by steps and epilogues */
    int64_t taken;                     /* tiles so far */
    double last_start_cycles;          /* of a step */
    double drained_cycles;             /* its last tile is done and its last store taken */
};

/* What tiles ask of the machine, known before they run. */
struct demand {
    double roof_cycles; /* wave by wave, the least that its busiest resource takes */
    double pipe_cycles; /* of a unit, mean */
    double dram_read_bytes, dram_write_bytes;
    double noc_bytes, host_bytes;
};

/* Sums at one moment of a phase; two of them tell what happened between. */
struct snapshot {
    double now_cycles;
    double cycles;        /* units' mean: how far their pipes have got */
    double worked_cycles; /* of these: held by steps and epilogues */
    double part_cycles[TS_TIME_PARTS];
    struct ts_counters counters;
    struct demand demand; /* of the tiles dealt so far */
    struct backlog backlog;
};

struct dispatcher {
    int64_t next_tile;
    int64_t sequence;     /* tiles handed out */
    int64_t jumped_tiles; /* not even looked up in the shared cache */
    int64_t wave_tiles;   /* slots that fill together */
    struct demand demand; /* of the tiles handed out */
    double skipped_cycles;
    double skipped_part_cycles[TS_TIME_PARTS];
    struct ts_counters skipped_counters;
    /* Windows that are measured: whole waves, from first_sequence on. */
    int64_t window_tiles; /* 0 = no wave is skipped */
    int64_t first_sequence;
    int window_count;
    int windows_awaited;                         /* before it is judged again whether they tell */
    struct snapshot windows[TS_MAX_WINDOWS + 1]; /* at the start of each window; not cleared */
};

/* The wave being dealt: its tiles, what they ask for, and outcomes, [tile in wave][step][load] and
 * [tile in wave][store]. */
struct lookahead {
    struct ts_tile *tiles;
    struct outcome *loads;
    struct outcome *stores;
    int64_t tile_capacity, load_capacity, store_capacity;
    int64_t first_sequence;
    int max_steps;
    struct demand demand;
};

struct engine {
    const struct ts_arch *arch;
    struct machine machine;
    bool exact;

    /* the running phase */
    const struct ts_phase *phase;
    int64_t units_used;
    int slots_per_unit, buffers;
    struct unit *units;
    int64_t unit_capacity;
    struct slot *slots;
    int64_t slot_capacity;
    struct dispatcher dispatcher;
    struct lookahead wave;
    double start_cycles; /* of the phase, launch included */
};

/* What a phase took. part_cycles is the mean over all units of the machine and sums to cycles. */
struct phase_outcome {
    double cycles;
    double part_cycles[TS_TIME_PARTS];
    struct ts_counters counters; /* shared levels, DRAM */
};

bool engine_init(struct engine *engine, const struct ts_arch *arch, bool exact);
void engine_release(struct engine *engine);

/* Prepares a phase starting at start_cycles: all units idle, first tiles not dealt. */
void engine_begin_phase(struct engine *engine, const struct ts_phase *phase, double start_cycles);

/* Deals the first tiles: each unit's first slot, then each unit's second, ... */
void engine_deal(struct engine *engine, double now_cycles);

/* Advances one unit to now_cycles, and on to where it needs the machine or a tile again. Returns
 * the time of that event. */
double unit_advance(struct engine *engine, int64_t unit, double now_cycles,
                    const struct memory_port *port);

/* Next event of a unit without advancing it. */
double unit_next_event(const struct engine *engine, int64_t unit);

/* Fills the shared cache as the phase would leave it, without timing. */
void engine_warm_phase(struct engine *engine, const struct ts_phase *phase);

/* After the last event: the phase's length and how it was spent. */
void engine_end_phase(struct engine *engine, struct phase_outcome *outcome);

/* Dispatcher: the next tile for a slot of `unit`; false when none is left for it. */
bool dispatcher_pull(struct engine *engine, double now_cycles, struct unit *unit,
                     struct slot *slot);

/* Lookahead over tiles [first_tile, first_tile + tiles): wave.demand, and what the shared cache has
 * of them. Then the description of a slot's tile and its outcomes, copied to it. */
void lookahead_wave(struct engine *engine, int64_t first_tile, int64_t tiles);
void lookahead_copy(struct engine *engine, struct slot *slot);

void demand_add(struct demand *total, const struct demand *part, double times);

/* At the start of a wave: skips the waves whose time the measured ones tell. */
void extrapolate(struct engine *engine, double now_cycles);

/* difference = after - before, field by field; each counter only grows. */
void counters_difference(const struct ts_counters *after, const struct ts_counters *before,
                         struct ts_counters *difference);
void phase_counters_add(struct ts_phase_counters *total, const struct ts_phase_counters *part);

#ifdef __cplusplus
}
#endif
#endif
