#include "scratch.h"
#include "suite.h"
#include "tessera/job.h"
#include "tessera/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SIGNALS = 2048, STATES = 8 };

/* A VCD as a viewer reads it: scopes give names, identifiers values, # the time. */
struct signal {
    char id[16], name[64];
    unsigned value;
    double time_ps[STATES]; /* at each value below STATES */
    unsigned most;
};

struct vcd {
    char timescale[32];
    struct signal signals[MOST_SIGNALS];
    int count;
    int64_t now_ps;
    bool is_ordered;
};

static void read_variable(struct vcd *vcd, const char *line, const char *scope)
{
    char id[16], name[40];
    CU_ASSERT_EQUAL_FATAL(sscanf(line, "$var wire %*d %15s %39s", id, name), 2);
    CU_ASSERT_TRUE_FATAL(vcd->count < MOST_SIGNALS);
    struct signal *signal = &vcd->signals[vcd->count++];
    snprintf(signal->id, sizeof signal->id, "%s", id);
    snprintf(signal->name, sizeof signal->name, "%.20s.%.40s", scope, name);
}

static struct signal *by_id(struct vcd *vcd, const char *id)
{
    for (int i = 0; i < vcd->count; i++) {
        if (strcmp(vcd->signals[i].id, id) == 0) {
            return &vcd->signals[i];
        }
    }
    return NULL;
}

static const struct signal *by_name(const struct vcd *vcd, const char *name)
{
    for (int i = 0; i < vcd->count; i++) {
        if (strcmp(vcd->signals[i].name, name) == 0) {
            return &vcd->signals[i];
        }
    }
    return NULL;
}

static void advance(struct vcd *vcd, int64_t time_ps)
{
    vcd->is_ordered &= time_ps >= vcd->now_ps;
    for (int i = 0; i < vcd->count; i++) {
        struct signal *signal = &vcd->signals[i];
        if (signal->value < STATES) {
            signal->time_ps[signal->value] += (double)(time_ps - vcd->now_ps);
        }
        signal->most = signal->value > signal->most ? signal->value : signal->most;
    }
    vcd->now_ps = time_ps;
}

static void read_change(struct vcd *vcd, const char *line)
{
    char id[16];
    unsigned value = line[0] == '1';
    if (line[0] == 'b') {
        value = (unsigned)strtoul(line + 1, NULL, 2);
        CU_ASSERT_EQUAL_FATAL(sscanf(line, "b%*s %15s", id), 1);
    } else {
        CU_ASSERT_EQUAL_FATAL(sscanf(line + 1, "%15s", id), 1);
    }
    struct signal *signal = by_id(vcd, id);
    CU_ASSERT_PTR_NOT_NULL_FATAL(signal);
    signal->value = value;
}

static struct vcd *read_vcd(const char *path)
{
    struct vcd *vcd = calloc(1, sizeof *vcd);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char line[256], scope[8][32] = {""}, last[256] = "";
    int depth = 0;
    vcd->is_ordered = true;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "$scope", 6) == 0) {
            CU_ASSERT_TRUE_FATAL(depth < 7);
            sscanf(line, "$scope module %31s", scope[++depth]);
        } else if (strncmp(line, "$upscope", 8) == 0) {
            depth--;
        } else if (strncmp(line, "$var", 4) == 0) {
            read_variable(vcd, line, scope[depth]);
        } else if (strncmp(last, "$timescale", 10) == 0) {
            sscanf(line, " %31[^\n]", vcd->timescale);
        } else if (line[0] == '#') {
            advance(vcd, strtoll(line + 1, NULL, 10));
        } else if (strchr("01b", line[0])) {
            read_change(vcd, line);
        }
        strcpy(last, line);
    }
    CU_ASSERT_EQUAL(depth, 0);
    fclose(file);
    return vcd;
}

/* ------------------------------------------------------------------ runs */

struct scene {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_result *result;
    struct vcd *vcd;
};

static struct scene run(const char *arch, const char *workload, bool exact, int64_t limit)
{
    struct scene scene = {.arena = TS_ARENA_INIT};
    struct ts_job job = ts_job_default(&scene.arena);
    struct ts_loaded_job loaded;
    ts_diagnostics_init(&scene.diagnostics);
    job.arch = arch;
    job.workload = workload;
    job.exact = exact;
    CU_ASSERT_TRUE_FATAL(ts_job_load(&job, &scene.arena, &scene.diagnostics, &loaded));
    if (limit > 0) {
        loaded.options.vcd_path = ts_arena_strdup(&scene.arena, scratch_path("waves.vcd"));
        loaded.options.vcd_limit = limit;
    }
    CU_ASSERT_TRUE_FATAL(ts_job_simulate(&loaded, &scene.arena, &scene.diagnostics, &scene.result));
    if (limit > 0) {
        scene.vcd = read_vcd(loaded.options.vcd_path);
    }
    return scene;
}

static void leave(struct scene *scene)
{
    free(scene->vcd);
    ts_diagnostics_release(&scene->diagnostics);
    ts_arena_release(&scene->arena);
}

static void the_header_names_every_unit_and_channel(void)
{
    struct scene scene = run("gpu-v100-pcie", "gemm:512,512,512", true, 1000000);
    CU_ASSERT_STRING_EQUAL(scene.vcd->timescale, "1 ps");
    CU_ASSERT_PTR_NOT_NULL(by_name(scene.vcd, "SystemC.layer"));
    CU_ASSERT_PTR_NOT_NULL(by_name(scene.vcd, "unit_0.state"));
    CU_ASSERT_PTR_NOT_NULL(by_name(scene.vcd, "unit_79.loads"));
    CU_ASSERT_PTR_NOT_NULL(by_name(scene.vcd, "channel_63.busy"));
    CU_ASSERT_PTR_NULL(by_name(scene.vcd, "unit_80.state"));
    CU_ASSERT_TRUE(scene.vcd->is_ordered);
    leave(&scene);
}

/* One array: the time its state has each code is that part of the time breakdown. */
static void states_last_as_long_as_the_time_breakdown_says(void)
{
    struct scene scene = run("tpu-v1", "gemm:1700,2300,3100", true, 1000000);
    const struct signal *state = by_name(scene.vcd, "unit_0.state");
    double latency_ps = 1e12 * scene.result->latency_s;
    CU_ASSERT_PTR_NOT_NULL_FATAL(state);
    CU_ASSERT_DOUBLE_EQUAL((double)scene.vcd->now_ps, latency_ps, 2);
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        CU_ASSERT_DOUBLE_EQUAL(state->time_ps[part + 1] / latency_ps,
                               scene.result->time_breakdown[part], 1e-6);
    }
    leave(&scene);
}

static void servers_are_busy_one_request_at_a_time_and_queue_the_rest(void)
{
    struct scene scene = run("gpu-v100-pcie", "gemm:2048,2048,2048", true, 4000000);
    const struct signal *busy = by_name(scene.vcd, "channel_0.busy");
    const struct signal *queue = by_name(scene.vcd, "channel_0.queue");
    const struct signal *loads = by_name(scene.vcd, "unit_0.loads");
    CU_ASSERT_PTR_NOT_NULL_FATAL(busy);
    CU_ASSERT_PTR_NOT_NULL_FATAL(queue);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loads);
    CU_ASSERT_EQUAL(busy->most, 1);
    CU_ASSERT_TRUE(busy->time_ps[1] > 0);
    CU_ASSERT_TRUE(queue->most > 1);
    CU_ASSERT_TRUE(loads->most > 0);
    for (int i = 0; i < scene.vcd->count; i++) {
        bool counts_layers = strcmp(scene.vcd->signals[i].name, "SystemC.layer") == 0;
        if (strstr(scene.vcd->signals[i].name, ".state") == NULL && !counts_layers) {
            CU_ASSERT_EQUAL(scene.vcd->signals[i].value, 0);
        }
    }
    leave(&scene);
}

static void layers_count_up(void)
{
    struct scene scene = run("tpu-v1", "alexnet", false, 1000000);
    const struct signal *layer = by_name(scene.vcd, "SystemC.layer");
    CU_ASSERT_PTR_NOT_NULL_FATAL(layer);
    CU_ASSERT_EQUAL(layer->most, (unsigned)scene.result->layer_count);
    CU_ASSERT_DOUBLE_EQUAL(layer->time_ps[1], 1e12 * scene.result->layers[0].latency_s, 2);
    leave(&scene);
}

static void a_limit_ends_the_file_where_it_stops_being_whole(void)
{
    struct scene scene = run("tpu-v1", "alexnet", false, 100);
    CU_ASSERT_TRUE((double)scene.vcd->now_ps < 0.9e12 * scene.result->latency_s);
    CU_ASSERT_EQUAL_FATAL(scene.diagnostics.note_count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene.diagnostics.notes[0], "100 changes are its limit"));
    leave(&scene);
}

static void a_vcd_changes_no_figure(void)
{
    static const char *const archs[] = {"gpu-v100-pcie", "tpu-v3", "eie"};
    for (int i = 0; i < 3; i++) {
        struct scene with = run(archs[i], "resnet18", false, 10000);
        struct scene without = run(archs[i], "resnet18", false, 0);
        CU_ASSERT_EQUAL(with.result->cycles, without.result->cycles);
        CU_ASSERT_EQUAL(with.result->energy.total_j, without.result->energy.total_j);
        CU_ASSERT_EQUAL(memcmp(with.result->time_breakdown, without.result->time_breakdown,
                               sizeof with.result->time_breakdown),
                        0);
        leave(&with);
        leave(&without);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"the header names every unit and channel", the_header_names_every_unit_and_channel},
        {"states last as long as the time breakdown says",
         states_last_as_long_as_the_time_breakdown_says},
        {"servers are busy one request at a time and queue the rest",
         servers_are_busy_one_request_at_a_time_and_queue_the_rest},
        {"layers count up", layers_count_up},
        {"a limit ends the file where it stops being whole",
         a_limit_ends_the_file_where_it_stops_being_whole},
        {"a VCD changes no figure", a_vcd_changes_no_figure},
    };
    return RUN_SUITE("VCD", cases);
}
