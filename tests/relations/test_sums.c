#include "machine_support.h"
#include "suite.h"

#include <math.h>
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

static void every_tile_and_extrapolation_agree(void)
{
    const char *const workloads[] = {"gemm:5003,4099,1021", "bmm:300,129,65,77", "fc:9216,4096"};
    for (int i = 0; i < representative_machine_count; i++) {
        for (int w = 0; w < 3; w++) {
            double fast = latency_of(representative_machines[i], workloads[w], "");
            double exact = latency_of(representative_machines[i], workloads[w], "--exact");
            CU_ASSERT_DOUBLE_EQUAL(fast / exact, 1, 0.005);
        }
    }
}

/* Outputs that outgrow the cache half-way through a layer, and reach the next one dirty. */
static void every_tile_and_extrapolation_agree_on_networks(void)
{
    const char *const runs[][2] = {{"resnet18", "-b 128"}, {"alexnet", "-b 256"}};
    for (int i = 0; i < 2; i++) {
        char exactly[32];
        snprintf(exactly, sizeof exactly, "%s --exact", runs[i][1]);
        double fast = latency_of("gpu-v100-pcie", runs[i][0], runs[i][1]);
        double exact = latency_of("gpu-v100-pcie", runs[i][0], exactly);
        CU_ASSERT_DOUBLE_EQUAL(fast / exact, 1, 0.003);
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
