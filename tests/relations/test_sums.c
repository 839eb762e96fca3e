#include "machine_support.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void check_energy(const struct ts_energy *energy)
{
    double sum = 0;
    for (int part = 0; part < TS_ENERGY_PARTS; part++) {
        CU_ASSERT(energy->part_j[part] >= 0);
        sum += energy->part_j[part];
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, energy->total_j, 1e-9 * energy->total_j);
}

static void check_breakdown(const double fractions[TS_TIME_PARTS])
{
    double sum = 0;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        CU_ASSERT(fractions[part] >= 0 && fractions[part] <= 1);
        sum += fractions[part];
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-9);
}

static void check_result(const struct ts_result *result)
{
    double cycles = 0, energy_j = 0, macs = 0;
    check_energy(&result->energy);
    check_breakdown(result->time_breakdown);
    for (int i = 0; i < result->layer_count; i++) {
        const struct ts_layer_result *layer = &result->layers[i];
        check_energy(&layer->energy);
        check_breakdown(layer->time_breakdown);
        /* A concatenation on a machine whose compiler places tensors costs nothing. */
        bool placed = strcmp(layer->op, "concat") == 0 && layer->dram_read_bytes == 0;
        CU_ASSERT(isfinite(layer->latency_s) && (layer->latency_s > 0 || placed));
        CU_ASSERT(layer->utilization <= 1 || strstr(layer->algorithm, "winograd"));
        cycles += layer->cycles;
        energy_j += layer->energy.total_j;
        macs += layer->macs;
    }
    CU_ASSERT_DOUBLE_EQUAL(cycles, result->cycles, 1e-9 * result->cycles);
    CU_ASSERT_DOUBLE_EQUAL(energy_j, result->energy.total_j, 1e-9 * result->energy.total_j);
    CU_ASSERT_DOUBLE_EQUAL(macs, result->workload.macs, 1e-9 * result->workload.macs);
    CU_ASSERT(result->utilization > 0);
}

static void parts_sum_to_the_total_on_every_machine(void)
{
    const char *const workloads[] = {"gemm:17,23,31", "resnet18", "lstm", "mobilenet-v1",
                                     "bert-base"};
    for (int i = 0; i < representative_machine_count; i++) {
        for (int w = 0; w < 5; w++) {
            struct ts_arena arena = TS_ARENA_INIT;
            const struct ts_result *result =
                run_machine(representative_machines[i], workloads[w], "-b 2", &arena);
            CU_ASSERT_PTR_NOT_NULL(result);
            if (result) {
                check_result(result);
            }
            ts_arena_release(&arena);
        }
    }
}

static void training_takes_longer_than_inference(void)
{
    for (int i = 0; i < representative_machine_count; i++) {
        double inference = latency_of(representative_machines[i], "alexnet", "-b 4");
        double training = latency_of(representative_machines[i], "alexnet", "-b 4 -m training");
        CU_ASSERT(training > 2 * inference);
    }
}

struct run {
    const char *arch, *workload, *options;
};

static double dram_read_bytes(const struct ts_result *result)
{
    const struct ts_memory_result *dram = memory_row(result, "dram");
    return dram ? (double)dram->read_bytes : 0;
}

static bool is_close(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fabs(b);
}

/* Time and energy within 0.5 %, DRAM's traffic within 1 %. */
static void expect_agreement(const struct run *run)
{
    char exactly[64];
    snprintf(exactly, sizeof exactly, "%s --exact", run->options);
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *fast = run_machine(run->arch, run->workload, run->options, &arena);
    const struct ts_result *exact = run_machine(run->arch, run->workload, exactly, &arena);
    CU_ASSERT_PTR_NOT_NULL(fast);
    CU_ASSERT_PTR_NOT_NULL(exact);
    if (fast && exact) {
        bool agrees = is_close(fast->latency_s, exact->latency_s, 0.005) &&
                      is_close(fast->energy.total_j, exact->energy.total_j, 0.005) &&
                      is_close(dram_read_bytes(fast), dram_read_bytes(exact), 0.01);
        if (!agrees) {
            fprintf(stderr, "%s %s on %s: %+.2f %%\n", run->workload, run->options, run->arch,
                    100 * (fast->latency_s / exact->latency_s - 1));
        }
        CU_ASSERT(agrees);
    }
    ts_arena_release(&arena);
}

static void every_tile_and_extrapolation_agree(void)
{
    const char *const workloads[] = {"gemm:5003,4099,1021", "bmm:300,129,65,77", "fc:9216,4096"};
    for (int i = 0; i < representative_machine_count; i++) {
        for (int w = 0; w < 3; w++) {
            expect_agreement(&(struct run){representative_machines[i], workloads[w], ""});
        }
    }
}

/* Outputs that outgrow the cache half-way through a layer and reach the next one dirty, batches of
 * matrices, layers that start in step and fall out of it, long phases that are jumped, clocks held
 * down by a power limit. */
static void every_tile_and_extrapolation_agree_on_networks(void)
{
    const struct run runs[] = {
        {"gpu-v100-pcie", "resnet18", "-b 128"},
        {"gpu-v100-sxm2", "mobilenet-v1", "-b 64"},
        {"gpu-v100-sxm2", "gpt2", "-b 8"},
        {"gpu-h100-sxm", "bmm:384,1024,512,512", "-s power.limit_w=10000"},
        {"gpu-h200-sxm", "gemm:8192,16384,4096", ""},
        {"gpu-titan-x-maxwell", "vgg16", "-b 16"},
        {"gpu-h100-sxm", "resnet50", "-b 64"},
        {"gpu", "alexnet", "-b 64 -m training"},
        {"gpu", "bert-large", "-b 8"},
        {"cpu", "resnet50", "-b 64"},
        {"tpu", "gpt2-xl", "-b 8"},
        {"eie", "vgg16", "-b 4"},
        {"gpu-v100-sxm2", "bmm:96,2048,2048,128", ""},
        {"gpu-p100-pcie", "bmm:853,449,391,374", "-p fp32"},
        {"gpu", "gemm:32768,16384,4096", "-p bf16"},
    };
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        expect_agreement(&runs[i]);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"parts sum to the total on every machine", parts_sum_to_the_total_on_every_machine},
        {"training takes longer than inference", training_takes_longer_than_inference},
        {"every tile and extrapolation agree", every_tile_and_extrapolation_agree},
        {"every tile and extrapolation agree on networks",
         every_tile_and_extrapolation_agree_on_networks},
    };
    return RUN_SUITE("sums", cases);
}
