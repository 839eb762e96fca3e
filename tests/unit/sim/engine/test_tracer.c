#include "suite.h"
#include "unit/sim/engine/engine_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SLICES = 1 << 18 };

/* A sink that keeps what it is told. */
struct kept {
    struct ts_trace_slice slice;
    char category[24];
    double first_argument;
};

struct keeper {
    struct ts_trace_sink sink;
    struct kept *kept;
    int count;
};

static void keep_begin(struct ts_trace_sink *sink, const struct ts_trace_machine *machine)
{
    (void)sink;
    CU_ASSERT_STRING_EQUAL(machine->arch, "bare");
}

static void keep_slice(struct ts_trace_sink *sink, const struct ts_trace_slice *slice)
{
    struct keeper *keeper = (struct keeper *)sink;
    if (keeper->count == MOST_SLICES) {
        ts_bug("the test's trace is full");
    }
    struct kept *kept = &keeper->kept[keeper->count++];
    kept->slice = *slice;
    snprintf(kept->category, sizeof kept->category, "%s", slice->category);
    kept->first_argument = slice->argument_count > 0 ? slice->arguments[0].number : -1;
}

static bool keep_end(struct ts_trace_sink *sink, double cycles, struct ts_diagnostics *diagnostics)
{
    (void)sink, (void)cycles, (void)diagnostics;
    return true;
}

/* A phase that waits, computes, stores and leaves units idle at its end. */
static const struct uniform busy = {.steps = 3,
                                    .pipe_cycles = 21,
                                    .latency_cycles = 33,
                                    .prologue_cycles = 5,
                                    .epilogue_cycles = 7,
                                    .load_bytes = 130,
                                    .store_bytes = 40,
                                    .shared_blocks = 11};

struct traced {
    struct engine engine;
    struct keeper keeper;
    struct ts_arch arch;
    struct ts_phase phase;
    struct phase_outcome outcome;
};

static struct traced *trace(int64_t tiles, bool exact, double start_cycles)
{
    struct traced *traced = calloc(1, sizeof *traced);
    traced->keeper.kept = calloc(MOST_SLICES, sizeof *traced->keeper.kept);
    traced->keeper.sink =
        (struct ts_trace_sink){.begin = keep_begin, .slice = keep_slice, .end = keep_end};
    traced->arch = bare_arch(5, 8000, 37);
    traced->phase = uniform_phase(&busy, tiles);
    traced->phase.slots_per_unit = 2;
    traced->phase.launch_cycles = 100;
    traced->phase.finish_cycles = 50;
    CU_ASSERT_TRUE_FATAL(engine_init(&traced->engine, &traced->arch, exact));
    struct ts_trace_sink *const sinks[TS_TRACE_SINKS] = {&traced->keeper.sink};
    CU_ASSERT_TRUE_FATAL(tracer_begin(&traced->engine.machine, sinks, "uniform"));
    traced->outcome = run_phase(&traced->engine, &traced->phase, start_cycles);
    return traced;
}

static void release(struct traced *traced)
{
    engine_release(&traced->engine);
    free(traced->keeper.kept);
    free(traced);
}

static double length(const struct kept *kept)
{
    return kept->slice.end_cycles - kept->slice.start_cycles;
}

/* Sum of the slices of a group on one track, -1 for all; `category` NULL: any. */
static double sum(const struct traced *traced, enum ts_trace_group group, int64_t index,
                  const char *category)
{
    double cycles = 0;
    for (int i = 0; i < traced->keeper.count; i++) {
        const struct kept *kept = &traced->keeper.kept[i];
        bool counts = kept->slice.group == group && (index < 0 || kept->slice.index == index) &&
                      (!category || strcmp(category, kept->category) == 0);
        cycles += counts ? length(kept) : 0;
    }
    return cycles;
}

/* Slices of a track follow one another; those of pipes without a gap from start to end. */
static void expect_back_to_back(const struct traced *traced, double start_cycles)
{
    for (int64_t unit = 0; unit < traced->arch.units; unit++) {
        double free_cycles = start_cycles;
        for (int i = 0; i < traced->keeper.count; i++) {
            const struct kept *kept = &traced->keeper.kept[i];
            if (kept->slice.group == TS_TRACE_PIPE && kept->slice.index == unit) {
                CU_ASSERT_DOUBLE_EQUAL(kept->slice.start_cycles, free_cycles, 1e-6);
                CU_ASSERT_TRUE(length(kept) > 0);
                free_cycles = kept->slice.end_cycles;
            }
        }
        CU_ASSERT_DOUBLE_EQUAL(free_cycles, start_cycles + traced->outcome.cycles, 1e-6);
    }
}

static void every_cycle_of_a_pipe_is_in_one_slice(void)
{
    const int64_t tiles[] = {1, 17, 701};
    for (int i = 0; i < 3; i++) {
        struct traced *traced = trace(tiles[i], true, 1000);
        int64_t units = traced->engine.units_used;
        CU_ASSERT_EQUAL(units, traced->arch.units);
        expect_back_to_back(traced, 1000);
        release(traced);
    }
}

static void slices_add_up_to_the_time_breakdown(void)
{
    struct traced *traced = trace(701, true, 0);
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        double traced_cycles = sum(traced, TS_TRACE_PIPE, -1, ts_time_part_names[part]) / 5;
        CU_ASSERT_DOUBLE_EQUAL(traced_cycles, traced->outcome.part_cycles[part],
                               1e-6 * traced->outcome.cycles);
    }
    release(traced);
}

static void each_tile_computes_loads_and_stores(void)
{
    struct traced *traced = trace(17, true, 0);
    int computes = 0, loads = 0, stores = 0;
    for (int i = 0; i < traced->keeper.count; i++) {
        const struct kept *kept = &traced->keeper.kept[i];
        computes += strcmp(kept->category, "compute") == 0;
        loads += kept->slice.group == TS_TRACE_LOADS;
        stores += kept->slice.group == TS_TRACE_STORES;
        if (kept->slice.group == TS_TRACE_LOADS) {
            CU_ASSERT_TRUE(kept->first_argument >= 0 && kept->first_argument < 17);
        }
    }
    CU_ASSERT_EQUAL(computes, 17 * 3);
    CU_ASSERT_EQUAL(loads, 17 * 3);
    CU_ASSERT_EQUAL(stores, 17);
    release(traced);
}

static void a_server_is_shown_as_busy_as_it_was(void)
{
    struct traced *traced = trace(701, true, 0);
    double free_cycles = 0;
    CU_ASSERT_DOUBLE_EQUAL(sum(traced, TS_TRACE_NOC, 0, NULL),
                           traced->engine.machine.noc.busy_cycles, 1e-6);
    for (int i = 0; i < traced->keeper.count; i++) {
        const struct ts_trace_slice *slice = &traced->keeper.kept[i].slice;
        if (slice->group == TS_TRACE_NOC) {
            CU_ASSERT_TRUE(slice->start_cycles >= free_cycles - 1e-9);
            CU_ASSERT_TRUE(slice->asked_cycles <= slice->start_cycles);
            free_cycles = slice->end_cycles;
        }
    }
    release(traced);
}

/* 50,000 tiles: the dispatcher skips most, and the trace says so on every unit. */
static void what_is_skipped_has_a_slice_of_its_length(void)
{
    struct traced *traced = trace(50000, false, 1000);
    const struct dispatcher *dispatcher = &traced->engine.dispatcher;
    CU_ASSERT_TRUE_FATAL(dispatcher->skipped_cycles > 0);
    expect_back_to_back(traced, 1000);
    for (int64_t unit = 0; unit < 5; unit++) {
        CU_ASSERT_DOUBLE_EQUAL(sum(traced, TS_TRACE_PIPE, unit, "extrapolated"),
                               dispatcher->skipped_cycles, 1e-6);
    }
    for (int i = 0; i < traced->keeper.count; i++) {
        if (strcmp(traced->keeper.kept[i].category, "extrapolated") == 0) {
            CU_ASSERT_EQUAL(traced->keeper.kept[i].first_argument,
                            (double)(50000 - dispatcher->sequence));
        }
    }
    release(traced);
}

static void a_phase_is_one_slice(void)
{
    struct traced *traced = trace(701, true, 1000);
    int phases = 0;
    for (int i = 0; i < traced->keeper.count; i++) {
        const struct kept *kept = &traced->keeper.kept[i];
        if (kept->slice.group == TS_TRACE_PHASES) {
            phases++;
            CU_ASSERT_DOUBLE_EQUAL(kept->slice.start_cycles, 1000, 1e-9);
            CU_ASSERT_DOUBLE_EQUAL(length(kept), traced->outcome.cycles, 1e-6);
            CU_ASSERT_EQUAL(kept->first_argument, 701);
        }
    }
    CU_ASSERT_EQUAL(phases, 1);
    release(traced);
}

static void tracing_changes_no_figure(void)
{
    struct traced *traced = trace(50000, false, 0);
    struct phase_outcome untraced = run_once(&traced->arch, &traced->phase, false);
    CU_ASSERT_EQUAL(untraced.cycles, traced->outcome.cycles);
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        CU_ASSERT_EQUAL(untraced.part_cycles[part], traced->outcome.part_cycles[part]);
    }
    release(traced);
}

int main(void)
{
    const struct test_case cases[] = {
        {"every cycle of a pipe is in one slice", every_cycle_of_a_pipe_is_in_one_slice},
        {"slices add up to the time breakdown", slices_add_up_to_the_time_breakdown},
        {"each tile computes, loads and stores", each_tile_computes_loads_and_stores},
        {"a server is shown as busy as it was", a_server_is_shown_as_busy_as_it_was},
        {"what is skipped has a slice of its length", what_is_skipped_has_a_slice_of_its_length},
        {"a phase is one slice", a_phase_is_one_slice},
        {"tracing changes no figure", tracing_changes_no_figure},
    };
    return RUN_SUITE("tracer", cases);
}
