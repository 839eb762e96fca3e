#include "suite.h"
#include "tessera/job.h"
#include "tessera/numerics.h"

#include <math.h>
#include <string.h>

struct measured {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_result *result;
};

/* `precision` and `transform` may be NULL. */
static struct measured run(const char *arch, const char *workload, const char *precision,
                           const char *transform, uint64_t seed)
{
    struct measured measured = {.result = NULL};
    struct ts_loaded_job loaded;
    ts_arena_init(&measured.arena);
    ts_diagnostics_init(&measured.diagnostics);
    struct ts_job job = ts_job_default(&measured.arena);
    job.arch = arch;
    job.workload = workload;
    job.numerics = true;
    job.seed = seed;
    bool ok = (!precision || ts_job_precision(&job, precision, &measured.diagnostics)) &&
              (!transform || ts_job_transform(&job, transform, &measured.diagnostics)) &&
              ts_job_load(&job, &measured.arena, &measured.diagnostics, &loaded) &&
              ts_job_simulate(&loaded, &measured.arena, &measured.diagnostics, &measured.result);
    ts_diagnostics_print(&measured.diagnostics, stderr);
    CU_ASSERT_TRUE_FATAL(ok);
    return measured;
}

static void end(struct measured *measured)
{
    ts_arena_release(&measured->arena);
    ts_diagnostics_release(&measured->diagnostics);
}

static double sqnr_db(const char *arch, const char *workload, const char *precision,
                      const char *transform)
{
    struct measured measured = run(arch, workload, precision, transform, 1);
    double db = measured.result->numerics.sqnr_db;
    CU_ASSERT_TRUE(measured.result->numerics.measured);
    end(&measured);
    return db;
}

static void wider_formats_are_less_noisy(void)
{
    static const char *const precisions[] = {"fp8", "int8", "bf16", "fp16", "fp32", "fp64"};
    double before = -TS_SQNR_LIMIT_DB;
    for (int i = 0; i < 6; i++) {
        double db = sqnr_db("gpu-h100-sxm", "gemm:67,71,997", precisions[i], NULL);
        CU_ASSERT_TRUE(db > before + 3);
        before = db;
    }
    CU_ASSERT_TRUE(before > 280 && before < 400);
}

static void the_same_seed_measures_the_same(void)
{
    struct measured a = run("gpu-v100-sxm2", "gemm:17,23,331", "fp16", NULL, 5);
    struct measured b = run("gpu-v100-sxm2", "gemm:17,23,331", "fp16", NULL, 5);
    struct measured c = run("gpu-v100-sxm2", "gemm:17,23,331", "fp16", NULL, 6);
    CU_ASSERT_EQUAL(a.result->numerics.sqnr_db, b.result->numerics.sqnr_db);
    CU_ASSERT_NOT_EQUAL(a.result->numerics.sqnr_db, c.result->numerics.sqnr_db);
    CU_ASSERT_DOUBLE_EQUAL(a.result->numerics.sqnr_db, c.result->numerics.sqnr_db, 2);
    end(&a);
    end(&b);
    end(&c);
}

/* Errors of sums in fp16 grow with their length; fp32's stay below those of the operands. */
static void narrow_accumulators_lose_with_the_length_of_sums(void)
{
    double narrow_short = sqnr_db("gpu-p100-pcie", "gemm:64,64,64", "fp16", NULL);
    double narrow_long = sqnr_db("gpu-p100-pcie", "gemm:2048,2048,2048", "fp16", NULL);
    double narrow_split = sqnr_db("gpu-p100-pcie", "gemm:64,64,2048", "fp16", NULL);
    double wide_short = sqnr_db("gpu-v100-sxm2", "gemm:64,64,64", "fp16", NULL);
    double wide_long = sqnr_db("gpu-v100-sxm2", "gemm:64,64,8192", "fp16", NULL);
    CU_ASSERT_TRUE(narrow_long < narrow_short - 8);
    CU_ASSERT_DOUBLE_EQUAL(wide_long, wide_short, 1);
    CU_ASSERT_TRUE(narrow_short < wide_short - 6);
    CU_ASSERT_TRUE(narrow_split > narrow_long + 8); /* the library sums parts of k apart */
    struct measured named = run("gpu-p100-pcie", "gemm:64,64,64", "fp16", NULL, 1);
    CU_ASSERT_STRING_EQUAL(named.result->layers[0].numerics.accumulator, "fp16");
    CU_ASSERT_EQUAL(named.result->layers[0].numerics.k, 64);
    end(&named);
}

static void integer_arrays_lose_in_the_operands_alone(void)
{
    struct measured measured = run("tpu-v1", "gemm:64,64,2048", NULL, NULL, 1);
    const struct ts_layer_numerics *numerics = &measured.result->layers[0].numerics;
    CU_ASSERT_EQUAL(numerics->sqnr_db, numerics->operand_sqnr_db);
    CU_ASSERT_STRING_EQUAL(numerics->accumulator, "int32");
    end(&measured);
}

/* EIE decodes 4-bit indices whatever the network stores. */
static void eie_is_as_noisy_as_its_table(void)
{
    double eie = sqnr_db("eie", "fc:2048,512", NULL, NULL);
    double shared = sqnr_db("gpu-v100-sxm2", "fc:2048,512", "fp32", "share:4");
    CU_ASSERT_DOUBLE_EQUAL(eie, shared, 1.5);
    struct measured measured = run("eie", "fc:2048,512", NULL, NULL, 1);
    CU_ASSERT_STRING_EQUAL(measured.result->layers[0].numerics.accumulator, "16-bit fixed point");
    end(&measured);
}

static void transforms_cost_what_their_formats_cost(void)
{
    const char *net = "fc:2048,512";
    double plain = sqnr_db("gpu-v100-sxm2", net, "fp16", NULL);
    double pruned = sqnr_db("gpu-v100-sxm2", net, "fp16", "prune:0.2");
    double narrow = sqnr_db("gpu-v100-sxm2", net, "fp16", "quantize:weights=int4");
    double wide = sqnr_db("gpu-v100-sxm2", net, "fp16", "quantize:weights=int8");
    double signs = sqnr_db("gpu-v100-sxm2", net, "fp16", "binary");
    CU_ASSERT_DOUBLE_EQUAL(pruned, plain, 1); /* zeros are exact */
    CU_ASSERT_DOUBLE_EQUAL(wide - narrow, 20 * log10(127.0 / 7), 1.5);
    CU_ASSERT_DOUBLE_EQUAL(signs, -10 * log10(1 - 2 / M_PI), 0.5);
    CU_ASSERT_TRUE(wide < plain);
}

/* In fp64 the transforms are exact to rounding, so their matrices are right; in fp32 those of the
 * larger tile cost more. */
static void winograd_is_measured_through_its_transforms(void)
{
    const char *net = "conv:N=1,C=64,H=56,W=56,K=64,R=3,S=3,stride=1,pad=1";
    double direct = sqnr_db("cpu-epyc-7742", net, "fp32", NULL);
    double small = sqnr_db("cpu-epyc-7742", net, "fp32", "winograd:2");
    double large = sqnr_db("cpu-epyc-7742", net, "fp32", "winograd:4");
    CU_ASSERT_TRUE(sqnr_db("cpu-epyc-7742", net, "fp64", "winograd:2") > 290);
    CU_ASSERT_TRUE(sqnr_db("cpu-epyc-7742", net, "fp64", "winograd:4") > 280);
    CU_ASSERT_TRUE(large < small - 5);
    CU_ASSERT_TRUE(small < direct + 6);
    CU_ASSERT_TRUE(large > 100);
}

static const struct ts_layer_result *layer_named(const struct ts_result *result, const char *name)
{
    for (int i = 0; i < result->layer_count; i++) {
        if (strcmp(result->layers[i].name, name) == 0) {
            return &result->layers[i];
        }
    }
    CU_FAIL_FATAL("no such layer");
    return NULL;
}

static void noise_adds_up_through_a_network(void)
{
    struct measured measured = run("gpu-v100-sxm2", "vgg16", "fp16", NULL, 1);
    const struct ts_result *result = measured.result;
    const struct ts_layer_numerics *first = &layer_named(result, "conv1.1.conv")->numerics;
    const struct ts_layer_numerics *second = &layer_named(result, "conv1.2.conv")->numerics;
    CU_ASSERT_DOUBLE_EQUAL(first->upstream_sqnr_db, first->sqnr_db, 1e-9);
    double sum = pow(10, -first->sqnr_db / 10) + pow(10, -second->sqnr_db / 10);
    CU_ASSERT_DOUBLE_EQUAL(second->upstream_sqnr_db, -10 * log10(sum), 1e-9);
    double all = 0, worst = 400;
    for (int i = 0; i < result->layer_count; i++) {
        if (result->layers[i].numerics.measured) {
            all += pow(10, -result->layers[i].numerics.sqnr_db / 10);
            worst = fmin(worst, result->layers[i].numerics.sqnr_db);
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(result->numerics.sqnr_db, -10 * log10(all), 1e-6); /* a chain */
    CU_ASSERT_EQUAL(result->numerics.worst_sqnr_db, worst);
    CU_ASSERT_EQUAL(layer_named(result, result->numerics.worst_layer)->numerics.sqnr_db, worst);
    end(&measured);
}

static void vector_kernels_are_not_measured(void)
{
    struct measured measured = run("tpu-v3", "resnet18", NULL, NULL, 1);
    for (int i = 0; i < measured.result->layer_count; i++) {
        const struct ts_layer_result *layer = &measured.result->layers[i];
        CU_ASSERT_EQUAL(layer->numerics.measured, layer->macs > 0);
    }
    end(&measured);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"wider formats are less noisy", wider_formats_are_less_noisy},
        {"the same seed measures the same", the_same_seed_measures_the_same},
        {"narrow accumulators lose with the length of sums",
         narrow_accumulators_lose_with_the_length_of_sums},
        {"integer arrays lose in the operands alone", integer_arrays_lose_in_the_operands_alone},
        {"EIE is as noisy as its table", eie_is_as_noisy_as_its_table},
        {"transforms cost what their formats cost", transforms_cost_what_their_formats_cost},
        {"Winograd is measured through its transforms",
         winograd_is_measured_through_its_transforms},
        {"noise adds up through a network", noise_adds_up_through_a_network},
        {"vector kernels are not measured", vector_kernels_are_not_measured},
    };
    return RUN_SUITE("numerics", cases);
}
