#include "suite.h"
#include "tessera/result.h"
#include "trace_support.h"

#include <math.h>
#include <string.h>

enum { LAYERS = 1, UNITS, MEMORY };

static const struct {
    const char *arch, *workload;
    const char *options[5];
} runs[] = {
    {"cpu-core-i7-5930k", "resnet18", {NULL}},
    {"gpu-v100-pcie", "resnet18", {"-b", "4", NULL}},
    {"gpu-v100-pcie", "gemm:2048,2048,2048", {"-s", "power.limit_w=120", NULL}},
    {"tpu-v1", "resnet50", {"-b", "8", NULL}},
    {"tpu-v3", "bert-base", {"--seq", "128", NULL}},
    {"eie", "alexnet", {NULL}},
};
enum { RUNS = sizeof runs / sizeof *runs };

/* ------------------------------------------------------------------ the sink alone */

static const struct ts_trace_machine machine = {
    .arch = "bare",
    .workload = "a \"quoted\" \\ name",
    .clock_hz = 1.4e9,
    .units = 3,
    .channels = 2,
    .cache = "l2",
    .version = "0",
};

static struct ts_trace_slice slice(enum ts_trace_group group, int64_t index, const char *name,
                                   double start_cycles, double end_cycles)
{
    return (struct ts_trace_slice){
        .group = group,
        .index = index,
        .name = name,
        .category = "compute",
        .asked_cycles = start_cycles,
        .start_cycles = start_cycles,
        .end_cycles = end_cycles,
    };
}

struct written {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    FILE *file;
    struct ts_trace_sink *sink;
};

static struct written begin(int64_t limit)
{
    struct written written = {.arena = TS_ARENA_INIT, .file = tmpfile()};
    ts_diagnostics_init(&written.diagnostics);
    written.sink = ts_trace_event_sink(written.file, limit, &written.arena);
    written.sink->begin(written.sink, &machine);
    return written;
}

static void put(struct written *written, struct ts_trace_slice slice)
{
    written->sink->slice(written->sink, &slice);
}

static struct shown_trace end(struct written *written, double cycles)
{
    CU_ASSERT_TRUE(written->sink->end(written->sink, cycles, &written->diagnostics));
    return shown_trace_read(written->file);
}

static void release(struct written *written, struct shown_trace *trace)
{
    shown_trace_release(trace);
    fclose(written->file);
    ts_diagnostics_release(&written->diagnostics);
    ts_arena_release(&written->arena);
}

static void times_are_microseconds_exact_to_the_cycle(void)
{
    struct written written = begin(100);
    put(&written, slice(TS_TRACE_PIPE, 2, "compute", 7, 1400000007));
    struct shown_trace trace = end(&written, 1400000007);
    CU_ASSERT_EQUAL_FATAL(trace.count, 1);
    CU_ASSERT_EQUAL(trace.slices[0].start_us, 0.005);
    CU_ASSERT_DOUBLE_EQUAL(trace.slices[0].end_us, 1000000.005, 1e-6);
    CU_ASSERT_STRING_EQUAL(
        shown_track_name(&trace, trace.slices[0].process, trace.slices[0].thread), "unit 2");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(trace.document, "displayTimeUnit")),
                           "ns");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(
                               json_object_get(trace.document, "otherData"), "workload")),
                           machine.workload);
    release(&written, &trace);
}

static void what_overlaps_stands_in_lanes_and_lanes_are_used_again(void)
{
    struct written written = begin(100);
    put(&written, slice(TS_TRACE_LOADS, 0, "load", 0, 100));
    put(&written, slice(TS_TRACE_LOADS, 0, "load", 50, 150));
    put(&written, slice(TS_TRACE_LOADS, 0, "load", 100, 200));
    struct shown_trace trace = end(&written, 200);
    CU_ASSERT_EQUAL_FATAL(trace.count, 3);
    CU_ASSERT_EQUAL(trace.slices[0].thread, trace.slices[1].thread);
    CU_ASSERT_EQUAL(trace.slices[2].thread, trace.slices[0].thread + 1);
    CU_ASSERT_STRING_EQUAL(shown_track_name(&trace, UNITS, trace.slices[2].thread),
                           "unit 0 loads (2)");
    release(&written, &trace);
}

static void requests_back_to_back_are_one_slice(void)
{
    struct written written = begin(100);
    const struct ts_trace_argument bytes = {"request_bytes", NULL, 512};
    for (int i = 0; i < 5; i++) {
        struct ts_trace_slice request =
            slice(TS_TRACE_DRAM, 1, i == 3 ? "write" : "read", 10.0 * i, 10.0 * i + 10);
        request.arguments = &bytes;
        request.argument_count = 1;
        put(&written, request);
    }
    struct shown_trace trace = end(&written, 50);
    CU_ASSERT_EQUAL_FATAL(trace.count, 3);
    const struct shown *first = &trace.slices[0];
    CU_ASSERT_DOUBLE_EQUAL(first->end_us - first->start_us, 30 / 1.4e3, 2e-6);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(first->arguments, "requests")), 3);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(first->arguments, "request_bytes")), 1536);
    CU_ASSERT_STRING_EQUAL(trace.slices[1].name, "write");
    release(&written, &trace);
}

static void a_limit_ends_units_and_memories_but_no_layer(void)
{
    struct written written = begin(10);
    for (int i = 0; i < 20; i++) {
        put(&written, slice(TS_TRACE_PIPE, 0, "compute", 10 * i, 10 * i + 10));
        put(&written, slice(TS_TRACE_DRAM, 0, i % 2 ? "read" : "write", 10 * i, 10 * i + 9));
        put(&written, slice(TS_TRACE_LAYERS, 0, "layer", 10 * i, 10 * i + 10));
    }
    struct shown_trace trace = end(&written, 200);
    int by_process[4] = {0};
    for (size_t i = 0; i < trace.count; i++) {
        by_process[trace.slices[i].process]++;
    }
    CU_ASSERT_EQUAL(by_process[LAYERS], 20);
    CU_ASSERT_EQUAL(by_process[UNITS] + by_process[MEMORY], 10);
    CU_ASSERT_TRUE(by_process[MEMORY] <= 5);
    CU_ASSERT_EQUAL(shown_figure(&trace, "slices"), 10);
    CU_ASSERT_EQUAL(shown_figure(&trace, "left_out"), 30);
    CU_ASSERT_DOUBLE_EQUAL(shown_figure(&trace, "units_covered_us"), by_process[UNITS] * 10 / 1.4e3,
                           1e-6);
    CU_ASSERT_EQUAL_FATAL(written.diagnostics.note_count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(written.diagnostics.notes[0], "10 slices are its limit"));
    release(&written, &trace);
}

static void a_full_disk_is_an_error(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    FILE *full = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    struct ts_trace_sink *sink = ts_trace_event_sink(full, 10, &arena);
    sink->begin(sink, &machine);
    CU_ASSERT_FALSE(sink->end(sink, 10, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.kept, 1);
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
    fclose(full);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ whole runs */

static struct traced_run traced(int i, int64_t limit)
{
    return traced_run(runs[i].arch, runs[i].workload, runs[i].options, limit);
}

/* Microseconds as a double, cut to nanoseconds: how Perfetto reads them. */
static int64_t viewer_ns(double us)
{
    return (int64_t)(us * 1000.0);
}

static void no_slice_reaches_into_the_next_of_its_track(void)
{
    for (int i = 0; i < RUNS; i++) {
        struct traced_run run = traced(i, 50000);
        struct shown_trace trace = shown_trace_read(run.file);
        size_t overlaps = 0;
        for (size_t s = 1; s < trace.count; s++) {
            const struct shown *last = &trace.slices[s - 1], *next = &trace.slices[s];
            bool same_track = last->process == next->process && last->thread == next->thread;
            int64_t end_ns = viewer_ns(last->start_us) + viewer_ns(last->end_us - last->start_us);
            overlaps += same_track && (end_ns > viewer_ns(next->start_us) ||
                                       last->end_us > next->start_us + 1e-6);
        }
        CU_ASSERT_EQUAL(overlaps, 0);
        shown_trace_release(&trace);
        traced_run_release(&run);
    }
}

static void layers_follow_one_another_and_take_the_runs_time(void)
{
    for (int i = 0; i < RUNS; i++) {
        struct traced_run run = traced(i, 1000);
        struct shown_trace trace = shown_trace_read(run.file);
        int layer = 0;
        double end_us = 0;
        for (size_t s = 0; s < trace.count && trace.slices[s].thread == 1; s++, layer++) {
            CU_ASSERT_TRUE_FATAL(layer < run.result->layer_count);
            const struct ts_layer_result *expected = &run.result->layers[layer];
            const struct shown *shown = &trace.slices[s];
            CU_ASSERT_STRING_EQUAL(shown->name, expected->name);
            CU_ASSERT_STRING_EQUAL(
                json_string_value(json_object_get(shown->arguments, "algorithm")),
                expected->algorithm);
            CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(shown->arguments, "bound")),
                                   expected->bound);
            CU_ASSERT_DOUBLE_EQUAL(shown->end_us - shown->start_us, 1e6 * expected->latency_s,
                                   2e-6);
            CU_ASSERT_DOUBLE_EQUAL(shown->start_us, end_us, 2e-6);
            end_us = shown->end_us;
        }
        CU_ASSERT_EQUAL(layer, run.result->layer_count);
        CU_ASSERT_DOUBLE_EQUAL(end_us, 1e6 * run.result->latency_s, 2e-6);
        CU_ASSERT_DOUBLE_EQUAL(shown_figure(&trace, "latency_us"), 1e6 * run.result->latency_s,
                               2e-6);
        shown_trace_release(&trace);
        traced_run_release(&run);
    }
}

/* Unit 0 has work in every layer of these runs: its pipe's slices are the whole run. */
static void the_pipe_of_a_unit_adds_up_to_the_latency(void)
{
    for (int i = 0; i < RUNS; i++) {
        struct traced_run run = traced(i, TS_TRACE_DEFAULT_LIMIT);
        struct shown_trace trace = shown_trace_read(run.file);
        double sum_us = 0;
        size_t slices = 0;
        for (size_t s = 0; s < trace.count; s++) {
            bool counts = trace.slices[s].process == UNITS && trace.slices[s].thread == 16;
            sum_us += counts ? trace.slices[s].end_us - trace.slices[s].start_us : 0;
            slices += counts;
        }
        CU_ASSERT_DOUBLE_EQUAL(sum_us, 1e6 * run.result->latency_s, 1e-6 * (double)(slices + 1));
        shown_trace_release(&trace);
        traced_run_release(&run);
    }
}

static void a_trace_changes_no_figure(void)
{
    for (int i = 0; i < RUNS; i++) {
        struct traced_run with = traced(i, 1000), without = traced(i, 0);
        CU_ASSERT_EQUAL(with.result->cycles, without.result->cycles);
        CU_ASSERT_EQUAL(with.result->clock_mhz, without.result->clock_mhz);
        CU_ASSERT_EQUAL(with.result->energy.total_j, without.result->energy.total_j);
        CU_ASSERT_EQUAL(memcmp(with.result->time_breakdown, without.result->time_breakdown,
                               sizeof with.result->time_breakdown),
                        0);
        traced_run_release(&with);
        traced_run_release(&without);
    }
}

static void a_layer_that_is_not_simulated_says_which_one_it_repeats(void)
{
    struct traced_run run = traced(3, TS_TRACE_DEFAULT_LIMIT);
    struct shown_trace trace = shown_trace_read(run.file);
    int repeating_layers = 0, repeated_slices = 0;
    for (size_t s = 0; s < trace.count; s++) {
        repeating_layers += trace.slices[s].process == LAYERS &&
                            json_object_get(trace.slices[s].arguments, "repeats") != NULL;
        repeated_slices += strcmp(trace.slices[s].category, "repeated") == 0;
    }
    CU_ASSERT_TRUE(repeating_layers > 10);
    CU_ASSERT_EQUAL(repeated_slices, repeating_layers); /* one array */
    shown_trace_release(&trace);
    traced_run_release(&run);
}

static void a_power_limit_is_traced_at_the_clock_it_settles_at(void)
{
    struct traced_run run = traced(2, TS_TRACE_DEFAULT_LIMIT);
    struct shown_trace trace = shown_trace_read(run.file);
    CU_ASSERT_TRUE(run.result->clock_mhz < 0.9 * run.result->arch.clock_mhz);
    CU_ASSERT_DOUBLE_EQUAL(shown_figure(&trace, "clock_mhz"), run.result->clock_mhz, 1e-5);
    shown_trace_release(&trace);
    traced_run_release(&run);
}

int main(void)
{
    const struct test_case cases[] = {
        {"times are microseconds, exact to the cycle", times_are_microseconds_exact_to_the_cycle},
        {"what overlaps stands in lanes, and lanes are used again",
         what_overlaps_stands_in_lanes_and_lanes_are_used_again},
        {"requests back to back are one slice", requests_back_to_back_are_one_slice},
        {"a limit ends units and memories but no layer",
         a_limit_ends_units_and_memories_but_no_layer},
        {"a full disk is an error", a_full_disk_is_an_error},
        {"no slice reaches into the next of its track",
         no_slice_reaches_into_the_next_of_its_track},
        {"layers follow one another and take the run's time",
         layers_follow_one_another_and_take_the_runs_time},
        {"the pipe of a unit adds up to the latency", the_pipe_of_a_unit_adds_up_to_the_latency},
        {"a trace changes no figure", a_trace_changes_no_figure},
        {"a layer that is not simulated says which one it repeats",
         a_layer_that_is_not_simulated_says_which_one_it_repeats},
        {"a power limit is traced at the clock it settles at",
         a_power_limit_is_traced_at_the_clock_it_settles_at},
    };
    return RUN_SUITE("trace events", cases);
}
