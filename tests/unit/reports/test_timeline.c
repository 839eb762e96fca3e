#include "result_support.h"
#include "suite.h"
#include "trace_support.h"

#include <string.h>
#include <unistd.h>

#define FRAME TESSERA_TEST_DATA "/report/frame.html"

/* One reading of a trace. */
struct scene {
    struct traced_run run;
    char path[64];
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_timeline timeline;
    bool ok;
};

static void read_again(struct scene *scene, const char *layer)
{
    ts_diagnostics_release(&scene->diagnostics);
    ts_diagnostics_init(&scene->diagnostics);
    scene->ok =
        ts_timeline_read(scene->path, layer, &scene->arena, &scene->diagnostics, &scene->timeline);
}

static struct scene timeline_of(const char *arch, const char *workload, const char *layer,
                                int64_t limit)
{
    struct scene scene = {.arena = TS_ARENA_INIT};
    scene.run = traced_run(arch, workload, NULL, limit);
    snprintf(scene.path, sizeof scene.path, "/proc/self/fd/%d", fileno(scene.run.file));
    ts_diagnostics_init(&scene.diagnostics);
    read_again(&scene, layer);
    return scene;
}

static void release(struct scene *scene)
{
    traced_run_release(&scene->run);
    ts_diagnostics_release(&scene->diagnostics);
    ts_arena_release(&scene->arena);
}

static void expect_error(const struct scene *scene, enum ts_error code, const char *words)
{
    CU_ASSERT_FALSE(scene->ok);
    CU_ASSERT_EQUAL_FATAL(scene->diagnostics.kept, 1);
    CU_ASSERT_EQUAL(scene->diagnostics.entries[0].code, code);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene->diagnostics.entries[0].message, words));
}

/* Every pipe is told of from the layer's start to its end, or to the trace's. */
static void expect_whole_pipes(const struct ts_timeline *timeline)
{
    for (int i = 0; i < timeline->row_count; i++) {
        const struct ts_timeline_row *row = &timeline->rows[i];
        double end_us = row->place == TS_TIMELINE_PIPE ? 0 : -1;
        for (int s = 0; s < row->count; s++) {
            const struct ts_timeline_slice *slice = &row->slices[s];
            CU_ASSERT_TRUE(slice->start_us >= end_us - 2e-6 && slice->end_us > slice->start_us);
            CU_ASSERT_TRUE(slice->share > 0 && slice->share <= 1);
            if (row->place == TS_TIMELINE_PIPE) {
                CU_ASSERT_DOUBLE_EQUAL(slice->start_us, end_us, 2e-6);
            }
            end_us = slice->end_us;
        }
        if (row->place == TS_TIMELINE_PIPE) {
            CU_ASSERT_DOUBLE_EQUAL(end_us, timeline->duration_us, 2e-6);
        }
    }
}

static void a_small_layer_is_shown_slice_by_slice(void)
{
    struct scene scene = timeline_of("tpu-v1", "gemm:1700,230,310", NULL, 1000);
    const struct ts_timeline *timeline = &scene.timeline;
    CU_ASSERT_TRUE_FATAL(scene.ok);
    CU_ASSERT_STRING_EQUAL(timeline->layer, "gemm");
    CU_ASSERT_PTR_NULL(timeline->original);
    CU_ASSERT_EQUAL(timeline->start_us, 0);
    CU_ASSERT_DOUBLE_EQUAL(timeline->duration_us, 1e6 * scene.run.result->latency_s, 2e-6);
    CU_ASSERT_EQUAL(timeline->covered_us, timeline->duration_us);
    CU_ASSERT_EQUAL(timeline->units, 1);
    CU_ASSERT_EQUAL(timeline->units_shown, 1);
    CU_ASSERT_STRING_EQUAL(timeline->rows[0].name, "unit 0");
    CU_ASSERT_FALSE(timeline->rows[0].is_coarse);
    CU_ASSERT_TRUE(timeline->rows[1].place == TS_TIMELINE_LOADS && timeline->rows[1].count > 0);
    const struct ts_timeline_row *pipe = &timeline->rows[0];
    bool some_compute = false;
    for (int s = 0; s < pipe->count; s++) {
        bool computes = strcmp(pipe->slices[s].kind, "compute") == 0;
        CU_ASSERT_TRUE(!computes || pipe->slices[s].tile >= 0);
        some_compute |= computes;
    }
    CU_ASSERT_TRUE(some_compute);
    expect_whole_pipes(timeline);
    release(&scene);
}

static void without_a_name_the_longest_layer_is_shown(void)
{
    struct scene scene = timeline_of("tpu-v1", "alexnet", NULL, 100000);
    const struct ts_result *result = scene.run.result;
    int longest = 0;
    for (int i = 1; i < result->layer_count; i++) {
        longest = result->layers[i].latency_s > result->layers[longest].latency_s ? i : longest;
    }
    CU_ASSERT_TRUE_FATAL(scene.ok);
    CU_ASSERT_STRING_EQUAL(scene.timeline.layer, result->layers[longest].name);
    CU_ASSERT_STRING_EQUAL(scene.timeline.bound, result->layers[longest].bound);
    release(&scene);
}

static void a_large_layer_is_summarised_and_stays_whole(void)
{
    struct scene scene = timeline_of("gpu-v100-pcie", "gemm:4096,4096,1024", NULL, 1000000);
    const struct ts_timeline *timeline = &scene.timeline;
    CU_ASSERT_TRUE_FATAL(scene.ok);
    CU_ASSERT_EQUAL(timeline->units, 80);
    CU_ASSERT_EQUAL(timeline->units_shown, 16);
    CU_ASSERT_STRING_EQUAL(timeline->rows[0].name, "unit 0");
    CU_ASSERT_STRING_EQUAL(timeline->rows[2 * 15].name, "unit 79");
    CU_ASSERT_TRUE(timeline->rows[0].is_coarse);
    CU_ASSERT_EQUAL(timeline->channels_shown, 8);
    bool some_pale = false;
    for (int i = 0; i < timeline->row_count; i++) {
        CU_ASSERT_TRUE(timeline->rows[i].count <= 150);
        for (int s = 0; s < timeline->rows[i].count; s++) {
            some_pale |= timeline->rows[i].slices[s].share < 1;
        }
    }
    CU_ASSERT_TRUE(some_pale);
    expect_whole_pipes(timeline);
    release(&scene);
}

static void a_repeated_layer_shows_the_one_that_was_simulated(void)
{
    struct scene scene = timeline_of("tpu-v1", "resnet50", "layer1.2.conv3", 100000);
    CU_ASSERT_TRUE_FATAL(scene.ok);
    CU_ASSERT_STRING_EQUAL(scene.timeline.layer, "layer1.2.conv3");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scene.timeline.original);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene.timeline.original, "conv3"));
    CU_ASSERT_STRING_NOT_EQUAL(scene.timeline.rows[0].slices[0].kind, "repeated");
    release(&scene);
}

static void a_layer_that_is_not_there_is_an_error(void)
{
    struct scene scene = timeline_of("tpu-v1", "alexnet", "cnv1", 1000);
    expect_error(&scene, TS_ERROR_UNKNOWN_NAME, "no layer 'cnv1'");
    CU_ASSERT_STRING_EQUAL(scene.diagnostics.entries[0].help, "did you mean 'conv1'?");
    release(&scene);
}

static void a_trace_that_ends_before_the_layer_says_so(void)
{
    struct scene scene = timeline_of("tpu-v1", "alexnet", "fc8", 5);
    expect_error(&scene, TS_ERROR_RANGE, "ends before 'fc8'");
    read_again(&scene, "conv1");
    CU_ASSERT_TRUE(scene.ok);
    CU_ASSERT_TRUE(scene.timeline.covered_us < scene.timeline.duration_us);
    release(&scene);
}

static void broken_files_are_errors_with_their_place(void)
{
    struct scene scene = timeline_of("tpu-v1", "alexnet", NULL, 1000);
    fseek(scene.run.file, 0, SEEK_END);
    long size = ftell(scene.run.file);
    CU_ASSERT_EQUAL(ftruncate(fileno(scene.run.file), size / 2), 0);
    read_again(&scene, NULL);
    CU_ASSERT_FALSE(scene.ok); /* in the middle of a line, or of the file */
    CU_ASSERT_EQUAL(scene.diagnostics.entries[0].code, TS_ERROR_SYNTAX);
    CU_ASSERT_TRUE(scene.diagnostics.entries[0].place.line > 1);
    CU_ASSERT_EQUAL(ftruncate(fileno(scene.run.file), 10), 0);
    read_again(&scene, NULL);
    expect_error(&scene, TS_ERROR_SYNTAX, "no trace");
    snprintf(scene.path, sizeof scene.path, "absent.json");
    read_again(&scene, NULL);
    expect_error(&scene, TS_ERROR_FILE, "cannot read");
    release(&scene);
}

/* ------------------------------------------------------------------ in the page */

static bool page_with(const struct ts_timeline *timeline, const struct ts_result *result,
                      struct ts_diagnostics *diagnostics, char **text)
{
    const struct ts_html_options options = {
        .page = FRAME, .timelines = timeline, .timeline_count = 1};
    size_t length = 0;
    FILE *stream = open_memstream(text, &length);
    bool ok = ts_report_html(&result, 1, &options, diagnostics, stream);
    fclose(stream);
    return ok;
}

static void a_page_takes_the_timeline_of_its_result_alone(void)
{
    struct scene scene = timeline_of("tpu-v1", "gemm:1700,230,310", NULL, 1000);
    struct ts_result other = *scene.run.result;
    other.latency_s *= 1.01;
    char *text = NULL;
    CU_ASSERT_TRUE_FATAL(scene.ok);
    CU_ASSERT_TRUE(page_with(&scene.timeline, scene.run.result, &scene.diagnostics, &text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"timelines\":[{\"result\":0,\"layer\":\"gemm\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"place\":\"loads\""));
    free(text);
    scene.ok = page_with(&scene.timeline, &other, &scene.diagnostics, &text);
    expect_error(&scene, TS_ERROR_CONFLICT, "none of the results is");
    free(text);
    release(&scene);
}

int main(void)
{
    const struct test_case cases[] = {
        {"a small layer is shown slice by slice", a_small_layer_is_shown_slice_by_slice},
        {"without a name the longest layer is shown", without_a_name_the_longest_layer_is_shown},
        {"a large layer is summarised and stays whole",
         a_large_layer_is_summarised_and_stays_whole},
        {"a repeated layer shows the one that was simulated",
         a_repeated_layer_shows_the_one_that_was_simulated},
        {"a layer that is not there is an error", a_layer_that_is_not_there_is_an_error},
        {"a trace that ends before the layer says so", a_trace_that_ends_before_the_layer_says_so},
        {"broken files are errors with their place", broken_files_are_errors_with_their_place},
        {"a page takes the timeline of its result alone",
         a_page_takes_the_timeline_of_its_result_alone},
    };
    return RUN_SUITE("timelines", cases);
}
