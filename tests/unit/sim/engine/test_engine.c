#include "suite.h"
#include "unit/sim/engine/engine_support.h"

#include <math.h>

/* Loads take 10 cycles each (100 bytes at 10 a cycle), steps 30. */
static const struct uniform compute_bound = {
    .steps = 4, .pipe_cycles = 30, .load_bytes = 100, .prologue_cycles = 0};

static void loads_hide_behind_compute(void)
{
    struct ts_arch arch = bare_arch(1, 0, 10);
    struct ts_phase phase = uniform_phase(&compute_bound, 1);
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT_DOUBLE_EQUAL(outcome.cycles, 10 + 4 * 30, 1e-9); /* only the first load shows */
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_COMPUTE], 120, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_INTERCONNECT], 10, 1e-9);
}

static void one_buffer_serialises_load_and_compute(void)
{
    struct ts_arch arch = bare_arch(1, 0, 10);
    struct ts_phase phase = uniform_phase(&compute_bound, 1);
    phase.buffers = 1;
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT_DOUBLE_EQUAL(outcome.cycles, 4 * (10 + 30), 1e-9);
}

static void a_slow_memory_bounds_the_phase(void)
{
    struct ts_arch arch = bare_arch(1, 0, 1);
    struct ts_phase phase = uniform_phase(&compute_bound, 3);
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT(outcome.cycles >= 12 * 100);
    CU_ASSERT(outcome.part_cycles[TS_TIME_INTERCONNECT] > outcome.part_cycles[TS_TIME_COMPUTE]);
    CU_ASSERT_DOUBLE_EQUAL(sum_of_parts(&outcome), outcome.cycles, 1e-6);
}

static void a_second_resident_tile_hides_latency(void)
{
    const struct uniform uniform = {.steps = 5, .pipe_cycles = 10, .latency_cycles = 40};
    struct ts_arch arch = bare_arch(1, 0, 0);
    struct ts_phase phase = uniform_phase(&uniform, 4);
    double alone = run_once(&arch, &phase, true).cycles;
    phase.slots_per_unit = 4;
    double together = run_once(&arch, &phase, true).cycles;
    CU_ASSERT_DOUBLE_EQUAL(alone, 4 * 5 * 40, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(together, 5 * 40 + 3 * 10, 1e-9);
}

static void the_last_wave_leaves_units_idle(void)
{
    const struct uniform uniform = {.steps = 1, .pipe_cycles = 100};
    struct ts_arch arch = bare_arch(4, 0, 0);
    struct ts_phase phase = uniform_phase(&uniform, 5);
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT_DOUBLE_EQUAL(outcome.cycles, 200, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_COMPUTE], 125, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_IMBALANCE], 75, 1e-9);
}

static void units_a_phase_does_not_use_are_idle(void)
{
    const struct uniform uniform = {.steps = 1, .pipe_cycles = 100};
    struct ts_arch arch = bare_arch(4, 0, 0);
    struct ts_phase phase = uniform_phase(&uniform, 2);
    phase.units_used = 1;
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT_DOUBLE_EQUAL(outcome.cycles, 200, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_COMPUTE], 50, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_IMBALANCE], 150, 1e-9);
}

static void launch_and_finish_are_overhead(void)
{
    const struct uniform uniform = {
        .steps = 1, .pipe_cycles = 50, .prologue_cycles = 7, .epilogue_cycles = 5};
    struct ts_arch arch = bare_arch(2, 0, 0);
    struct ts_phase phase = uniform_phase(&uniform, 2);
    phase.launch_cycles = 1000;
    phase.finish_cycles = 300;
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT_DOUBLE_EQUAL(outcome.cycles, 1000 + 7 + 50 + 5 + 300, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_OVERHEAD], 1300, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(outcome.part_cycles[TS_TIME_FILL_DRAIN], 12, 1e-9);
}

static void an_array_load_hides_behind_the_step_before(void)
{
    struct uniform uniform = {.steps = 6, .pipe_cycles = 100, .load_bytes = 10, .ready_cycles = 40};
    struct ts_arch arch = bare_arch(1, 0, 10);
    struct ts_phase phase = uniform_phase(&uniform, 1);
    CU_ASSERT_DOUBLE_EQUAL(run_once(&arch, &phase, true).cycles, 1 + 40 + 600, 1e-9);
    uniform.pipe_cycles = 10; /* too short to hide it */
    struct phase_outcome outcome = run_once(&arch, &phase, true);
    CU_ASSERT(outcome.cycles > 6 * 10 + 40 + 40);
    CU_ASSERT(outcome.part_cycles[TS_TIME_FILL_DRAIN] > 40);
}

static void weights_come_early_where_the_hardware_fetches_ahead(void)
{
    const struct uniform uniform = {
        .steps = 1, .pipe_cycles = 500, .load_bytes = 1000, .is_weight = true};
    struct ts_arch arch = bare_arch(1, 0, 10);
    struct engine engine;
    CU_ASSERT_TRUE_FATAL(engine_init(&engine, &arch, true));
    struct ts_phase phase = uniform_phase(&uniform, 1);
    phase.prefetch_weights = true;
    double first = run_phase(&engine, &phase, 0).cycles;
    double second = run_phase(&engine, &phase, first).cycles;
    CU_ASSERT_DOUBLE_EQUAL(first, 600, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(second, 500, 1e-9);
    phase.prefetch_weights = false;
    CU_ASSERT_DOUBLE_EQUAL(run_phase(&engine, &phase, first + second).cycles, 600, 1e-9);
    engine_release(&engine);
}

static void parts_always_sum_to_the_time(void)
{
    const struct uniform uniform = {.steps = 3,
                                    .pipe_cycles = 17,
                                    .latency_cycles = 31,
                                    .prologue_cycles = 23,
                                    .epilogue_cycles = 11,
                                    .load_bytes = 300,
                                    .store_bytes = 77,
                                    .shared_blocks = 5};
    for (int64_t tiles = 1; tiles < 400; tiles = tiles * 3 + 2) {
        for (int slots = 1; slots <= 3; slots++) {
            struct ts_arch arch = bare_arch(7, 4096, 40);
            struct ts_phase phase = uniform_phase(&uniform, tiles);
            phase.slots_per_unit = slots;
            phase.launch_cycles = 13;
            struct phase_outcome outcome = run_once(&arch, &phase, false);
            CU_ASSERT_DOUBLE_EQUAL(sum_of_parts(&outcome) / outcome.cycles, 1, 1e-9);
        }
    }
}

static void extrapolation_agrees_with_every_tile_simulated(void)
{
    const struct uniform uniform = {.steps = 3,
                                    .pipe_cycles = 20,
                                    .load_bytes = 100,
                                    .store_bytes = 50,
                                    .shared_blocks = 9,
                                    .epilogue_cycles = 5};
    const int64_t awkward[] = {1, 17, 23 * 31, 4999, 20011};
    for (int i = 0; i < 5; i++) {
        for (int bandwidth = 20; bandwidth <= 80; bandwidth += 30) {
            struct ts_arch arch = bare_arch(6, 3000, bandwidth);
            struct ts_phase phase = uniform_phase(&uniform, awkward[i]);
            phase.tiles_per_period = 9;
            struct phase_outcome exact = run_once(&arch, &phase, true);
            struct phase_outcome fast = run_once(&arch, &phase, false);
            CU_ASSERT_DOUBLE_EQUAL(fast.cycles / exact.cycles, 1, 0.005);
            CU_ASSERT_DOUBLE_EQUAL(
                fast.counters.shared_read_bytes / exact.counters.shared_read_bytes, 1, 0.005);
            CU_ASSERT_DOUBLE_EQUAL(fast.counters.noc_bytes / exact.counters.noc_bytes, 1, 0.005);
        }
    }
}

/* Units take six times as long to store as to compute, and wait for none of it until the end. */
static void what_stores_pile_up_is_carried_over_a_skip(void)
{
    const struct uniform uniform = {.steps = 3, .pipe_cycles = 20, .store_bytes = 600};
    struct ts_arch arch = bare_arch(6, 0, 10);
    struct ts_phase phase = uniform_phase(&uniform, 4999);
    struct phase_outcome exact = run_once(&arch, &phase, true);
    struct phase_outcome fast = run_once(&arch, &phase, false);
    CU_ASSERT_DOUBLE_EQUAL(exact.cycles / (4999 * 60.0), 1, 0.005);
    CU_ASSERT_DOUBLE_EQUAL(fast.cycles / exact.cycles, 1, 0.005);
    CU_ASSERT_DOUBLE_EQUAL(sum_of_parts(&fast) / fast.cycles, 1, 1e-9);
}

static void schedules_that_never_repeat_are_simulated_whole(void)
{
    const struct uniform uniform = {.steps = 3, .pipe_cycles = 20, .load_bytes = 100};
    struct ts_arch arch = bare_arch(6, 0, 50);
    struct ts_phase phase = uniform_phase(&uniform, 4999);
    phase.tiles_per_period = INFINITY;
    struct phase_outcome exact = run_once(&arch, &phase, true);
    struct phase_outcome fast = run_once(&arch, &phase, false);
    CU_ASSERT_EQUAL(fast.cycles, exact.cycles);
}

/* 200 thousand tiles, most of them not even looked up: what they move is counted all the same. */
static void jumped_tiles_are_counted(void)
{
    const struct uniform uniform = {
        .steps = 2, .pipe_cycles = 20, .load_bytes = 100, .store_bytes = 50, .shared_blocks = 9};
    const int64_t tiles = 200003;
    struct ts_arch arch = bare_arch(6, 3000, 80);
    struct ts_phase phase = uniform_phase(&uniform, tiles);
    struct engine engine;
    CU_ASSERT_TRUE_FATAL(engine_init(&engine, &arch, false));
    struct phase_outcome fast = run_phase(&engine, &phase, 0);
    CU_ASSERT(engine.dispatcher.jumped_tiles > tiles / 2);
    CU_ASSERT(engine.dispatcher.sequence < tiles / 10);
    CU_ASSERT_EQUAL(engine.dispatcher.next_tile, tiles);
    CU_ASSERT_DOUBLE_EQUAL(fast.counters.shared_read_bytes / (400.0 * (double)tiles), 1, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(fast.counters.shared_write_bytes / (50.0 * (double)tiles), 1, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(fast.counters.noc_bytes / (450.0 * (double)tiles), 1, 1e-3);
    engine_release(&engine);
}

static void a_smaller_cache_never_misses_less(void)
{
    const struct uniform uniform = {
        .steps = 2, .pipe_cycles = 20, .load_bytes = 100, .store_bytes = 30, .shared_blocks = 37};
    double last_hits = INFINITY;
    for (double capacity = 65536; capacity >= 64; capacity /= 1.37) {
        struct ts_arch arch = bare_arch(5, floor(capacity), 100);
        struct ts_phase phase = uniform_phase(&uniform, 501);
        double hits = run_once(&arch, &phase, true).counters.shared_hit_bytes;
        CU_ASSERT(hits <= last_hits);
        last_hits = hits;
    }
    CU_ASSERT_EQUAL(last_hits, 0);
}

/* A row of 400 bytes, read twice and stored. */
static void row_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    (void)context;
    *tile = (struct ts_tile){.steps = 2, .store_count = 1};
    tile->store[0] = (struct ts_tile_load){
        .tensor = 1, .block = (uint32_t)index, .rows = 1, .row_bytes = 400, .pitch_bytes = 400};
}

static void row_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    (void)context;
    (void)step;
    *out = (struct ts_tile_step){.load_count = 1, .pipe_cycles = 20};
    out->load[0] = (struct ts_tile_load){
        .block = (uint32_t)index, .rows = 1, .row_bytes = 400, .pitch_bytes = 400};
}

/* The cache holds the three rows under way, but not what the three units store beside them. */
static void stores_between_readings_push_rows_out(void)
{
    struct ts_arch arch = bare_arch(3, 2000, 100);
    struct ts_phase phase = {.name = "rows",
                             .tiles = 300,
                             .slots_per_unit = 1,
                             .buffers = 1,
                             .tiles_per_period = 1,
                             .tile = row_tile,
                             .step = row_step};
    CU_ASSERT_EQUAL(run_once(&arch, &phase, true).counters.shared_hit_bytes, 300 * 400);
    phase.steps_before_stores = 2; /* all of them */
    CU_ASSERT_EQUAL(run_once(&arch, &phase, true).counters.shared_hit_bytes, 300 * 400);
    phase.steps_before_stores = 1;
    CU_ASSERT_EQUAL(run_once(&arch, &phase, true).counters.shared_hit_bytes, 0);
}

static void double_bandwidth_is_never_slower(void)
{
    const struct uniform uniform = {
        .steps = 2, .pipe_cycles = 20, .load_bytes = 100, .store_bytes = 30, .shared_blocks = 3};
    double last = INFINITY;
    for (double bandwidth = 1; bandwidth < 1e4; bandwidth *= 2) {
        struct ts_arch arch = bare_arch(5, 1000, bandwidth);
        struct ts_phase phase = uniform_phase(&uniform, 123);
        double cycles = run_once(&arch, &phase, false).cycles;
        CU_ASSERT(cycles <= last + 1e-9);
        last = cycles;
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"loads hide behind compute", loads_hide_behind_compute},
        {"one buffer serialises load and compute", one_buffer_serialises_load_and_compute},
        {"a slow memory bounds the phase", a_slow_memory_bounds_the_phase},
        {"a second resident tile hides latency", a_second_resident_tile_hides_latency},
        {"the last wave leaves units idle", the_last_wave_leaves_units_idle},
        {"units a phase does not use are idle", units_a_phase_does_not_use_are_idle},
        {"launch and finish are overhead", launch_and_finish_are_overhead},
        {"an array load hides behind the step before", an_array_load_hides_behind_the_step_before},
        {"weights come early where the hardware fetches ahead",
         weights_come_early_where_the_hardware_fetches_ahead},
        {"parts always sum to the time", parts_always_sum_to_the_time},
        {"extrapolation agrees with every tile simulated",
         extrapolation_agrees_with_every_tile_simulated},
        {"what stores pile up is carried over a skip", what_stores_pile_up_is_carried_over_a_skip},
        {"schedules that never repeat are simulated whole",
         schedules_that_never_repeat_are_simulated_whole},
        {"jumped tiles are counted", jumped_tiles_are_counted},
        {"a smaller cache never misses less", a_smaller_cache_never_misses_less},
        {"stores between readings push rows out", stores_between_readings_push_rows_out},
        {"double bandwidth is never slower", double_bandwidth_is_never_slower},
    };
    return RUN_SUITE("engine", cases);
}
