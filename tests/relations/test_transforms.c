/* What transforms do on machines: results of whole runs on the four families. */
#include "suite.h"
#include "tessera/job.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

/* Up to two transforms, NULL for none. */
static const struct ts_result *run(const char *arch, const char *workload, const char *precision,
                                   const char *first, const char *second)
{
    struct ts_loaded_job loaded;
    struct ts_result *result = NULL;
    struct ts_job job = ts_job_default(&arena);
    job.arch = arch;
    job.workload = workload;
    bool ok = (!precision || ts_job_precision(&job, precision, &diagnostics)) &&
              (!first || ts_job_transform(&job, first, &diagnostics)) &&
              (!second || ts_job_transform(&job, second, &diagnostics)) &&
              ts_job_load(&job, &arena, &diagnostics, &loaded) &&
              ts_job_simulate(&loaded, &arena, &diagnostics, &result);
    ts_diagnostics_print(&diagnostics, stderr);
    CU_ASSERT_TRUE_FATAL(ok);
    return result;
}

static bool notes(const struct ts_result *result, const char *text)
{
    for (int i = 0; i < result->note_count; i++) {
        if (strstr(result->notes[i], text)) {
            return true;
        }
    }
    return false;
}

static const char *const machines[] = {"cpu", "gpu", "tpu", "eie"};

/* The sum of what runs: layers, and energy of layers. */
static void every_transform_runs_on_every_family(void)
{
    static const char *const transforms[] = {
        "prune:0.3",  "activations:0.4", "prune-2:4",      "quantize:int8", "share:4",
        "ternary",    "binary",          "lowrank:16",     "lowrank:0.3",   "winograd:2",
        "winograd:4", "batchnorm-fold",  "distill:alexnet"};
    for (size_t m = 0; m < 4; m++) {
        for (size_t t = 0; t < sizeof transforms / sizeof *transforms; t++) {
            const struct ts_result *result =
                run(machines[m], "resnet18", NULL, transforms[t], NULL);
            double cycles = 0, macs = 0;
            for (int i = 0; i < result->layer_count; i++) {
                cycles += result->layers[i].cycles;
                macs += result->layers[i].macs;
            }
            CU_ASSERT_DOUBLE_EQUAL(cycles / result->cycles, 1, 1e-9);
            CU_ASSERT_DOUBLE_EQUAL(macs / result->workload.macs, 1, 1e-9);
        }
    }
}

static void zeros_help_the_sparse_family_alone(void)
{
    for (size_t m = 0; m < 4; m++) {
        const struct ts_result *plain = run(machines[m], "alexnet", NULL, NULL, NULL);
        const struct ts_result *pruned = run(machines[m], "alexnet", NULL, "prune:0.2", NULL);
        bool is_sparse = strcmp(plain->arch.family, "sparse") == 0;
        CU_ASSERT_EQUAL(pruned->latency_s < 0.5 * plain->latency_s, is_sparse);
        CU_ASSERT_EQUAL(notes(pruned, "computes zeros like any other value"), !is_sparse);
        if (!is_sparse) {
            CU_ASSERT_DOUBLE_EQUAL(pruned->latency_s / plain->latency_s, 1, 1e-6);
        }
    }
}

/* Ampere's matrix cores skip two of four; Volta has none for that, nor have the others. */
static void structured_zeros_help_who_has_cores_for_them(void)
{
    static const struct {
        const char *arch;
        bool gains;
    } rows[] = {{"gpu-a100-sxm-80gb", true},
                {"eie", true},
                {"gpu-v100-sxm2", false},
                {"cpu", false},
                {"tpu", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *layer = "gemm:4096,4096,4096";
        const struct ts_result *plain = run(rows[i].arch, layer, NULL, NULL, NULL);
        const struct ts_result *pruned = run(rows[i].arch, layer, NULL, "prune-2:4", NULL);
        CU_ASSERT_EQUAL(notes(pruned, "computes zeros like any other value"), !rows[i].gains);
        CU_ASSERT_EQUAL(pruned->latency_s < 0.9 * plain->latency_s, rows[i].gains);
    }
}

static void narrow_weights_save_traffic_alone(void)
{
    for (size_t m = 0; m < 3; m++) {
        const struct ts_result *narrow =
            run(machines[m], "vgg16", NULL, "quantize:weights=int4", NULL);
        const struct ts_result *plain = run(machines[m], "vgg16", NULL, NULL, NULL);
        CU_ASSERT_TRUE(notes(narrow, "save traffic alone"));
        CU_ASSERT_FALSE(notes(plain, "save traffic alone"));
        CU_ASSERT_TRUE(narrow->workload.parameter_bytes < 0.6 * plain->workload.parameter_bytes);
    }
}

/* Fewer products than the direct algorithm counts: more than the peak of it is possible. */
static void winograd_saves_work_where_the_array_is_the_limit(void)
{
    static const char *const layer = "conv:N=16,C=512,H=28,W=28,K=512,R=3,S=3,stride=1,pad=1";
    static const char *const names[] = {"cpu", "tpu-v3"};
    for (int i = 0; i < 2; i++) {
        const struct ts_result *direct = run(names[i], layer, NULL, NULL, NULL);
        const struct ts_result *two = run(names[i], layer, NULL, "winograd:2", NULL);
        CU_ASSERT_TRUE(two->latency_s < direct->latency_s);
        CU_ASSERT_EQUAL(two->workload.macs, direct->workload.macs);
        CU_ASSERT_STRING_EQUAL(two->layers[1].algorithm, "winograd");
        CU_ASSERT_TRUE(two->layers[1].utilization > 1);
        CU_ASSERT_EQUAL(two->layers[0].macs, 0);
        CU_ASSERT_STRING_EQUAL(two->layers[0].op, "winograd");
    }
    const struct ts_result *sparse = run("eie", layer, NULL, "winograd:2", NULL);
    const struct ts_result *plain = run("eie", layer, NULL, NULL, NULL);
    CU_ASSERT_EQUAL(sparse->latency_s, plain->latency_s);
    CU_ASSERT_TRUE(notes(sparse, "winograd:2 is not used"));
}

static void smaller_factors_take_less_time(void)
{
    for (size_t m = 0; m < 4; m++) {
        const char *layer = "fc:8192,8192";
        double whole = run(machines[m], layer, NULL, NULL, NULL)->latency_s;
        double half = run(machines[m], layer, NULL, "lowrank:1024", NULL)->latency_s;
        double small = run(machines[m], layer, NULL, "lowrank:128", NULL)->latency_s;
        CU_ASSERT_TRUE(half < whole);
        CU_ASSERT_TRUE(small < half);
    }
}

static void transforms_compose_in_order(void)
{
    const struct ts_result *both = run("eie", "alexnet", NULL, "lowrank:32", "prune:0.25");
    const struct ts_result *factored = run("eie", "alexnet", NULL, "lowrank:32", NULL);
    CU_ASSERT_EQUAL(both->workload.macs, factored->workload.macs);
    CU_ASSERT_DOUBLE_EQUAL(both->workload.effective_macs / both->workload.macs, 0.25, 1e-9);
    CU_ASSERT_TRUE(both->latency_s < factored->latency_s);
    CU_ASSERT_TRUE(strstr(both->provenance.options, "-t lowrank:32 -t prune:0.25") != NULL);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"every transform runs on every family", every_transform_runs_on_every_family},
        {"zeros help the sparse family alone", zeros_help_the_sparse_family_alone},
        {"structured zeros help who has cores for them",
         structured_zeros_help_who_has_cores_for_them},
        {"narrow weights save traffic alone", narrow_weights_save_traffic_alone},
        {"Winograd saves work where the array is the limit",
         winograd_saves_work_where_the_array_is_the_limit},
        {"smaller factors take less time", smaller_factors_take_less_time},
        {"transforms compose in order", transforms_compose_in_order},
    };
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    return RUN_SUITE("transforms", cases);
}
