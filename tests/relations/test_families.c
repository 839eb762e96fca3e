/* What the literature says of the four kinds of machine. */
#include "machine_support.h"
#include "suite.h"

#include <string.h>

static const char *const cpu = "cpu", *const gpu = "gpu", *const tpu = "tpu", *const eie = "eie";

/* Jouppi et al., ISCA 2017; every MLPerf round since. */
static void gpu_and_tpu_are_well_ahead_of_the_cpu_on_resnet(void)
{
    const char *const batches[] = {"-b 1", "-b 64"};
    for (int i = 0; i < 2; i++) {
        double cpu_s = latency_of(cpu, "resnet50", batches[i]);
        CU_ASSERT(cpu_s > 1.5 * latency_of(gpu, "resnet50", batches[i]));
        CU_ASSERT(cpu_s > 1.5 * latency_of(tpu, "resnet50", batches[i]));
    }
}

/* Han et al., ISCA 2016: frames per joule on pruned fully connected layers. */
static void eie_leads_on_a_pruned_layer_in_latency_per_watt(void)
{
    const char *const options = "-t prune:0.09 -t activations:0.35 -b 1";
    const char *const others[] = {cpu, gpu, tpu};
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *sparse = run_machine(eie, "fc:4096,4096", options, &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sparse);
    for (int i = 0; i < 3; i++) {
        const struct ts_result *dense = run_machine(others[i], "fc:4096,4096", options, &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(dense);
        CU_ASSERT(sparse->latency_s * sparse->average_power_w <
                  dense->latency_s * dense->average_power_w / 10);
    }
    ts_arena_release(&arena);
}

static void eie_is_behind_on_dense_convolution(void)
{
    const char *const conv = "conv:N=1,C=256,H=14,W=14,K=256,R=3,S=3,stride=1,pad=1";
    double sparse = latency_of(eie, conv, "");
    CU_ASSERT(sparse > latency_of(cpu, conv, ""));
    CU_ASSERT(sparse > latency_of(gpu, conv, ""));
    CU_ASSERT(sparse > latency_of(tpu, conv, ""));
}

static void a_dense_array_gains_nothing_from_unstructured_zeros(void)
{
    const char *const dense_machines[] = {gpu, tpu, cpu};
    for (int i = 0; i < 3; i++) {
        double dense = latency_of(dense_machines[i], "fc:4096,4096", "-b 8");
        double pruned = latency_of(dense_machines[i], "fc:4096,4096", "-b 8 -t prune:0.1");
        CU_ASSERT_DOUBLE_EQUAL(pruned / dense, 1, 1e-9);
    }
    CU_ASSERT(latency_of(eie, "fc:4096,4096", "-t prune:0.1") <
              latency_of(eie, "fc:4096,4096", "") / 4);
}

int main(void)
{
    const struct test_case cases[] = {
        {"GPU and TPU are well ahead of the CPU on ResNet-50",
         gpu_and_tpu_are_well_ahead_of_the_cpu_on_resnet},
        {"EIE leads on a pruned layer in latency per watt",
         eie_leads_on_a_pruned_layer_in_latency_per_watt},
        {"EIE is behind on dense convolution", eie_is_behind_on_dense_convolution},
        {"a dense array gains nothing from unstructured zeros",
         a_dense_array_gains_nothing_from_unstructured_zeros},
    };
    return RUN_SUITE("families", cases);
}
