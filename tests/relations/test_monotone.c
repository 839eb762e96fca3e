#include "machine_support.h"
#include "suite.h"

#include <string.h>

/* Bytes that the last shared cache passes on to DRAM. */
static double dram_read_bytes(const char *arch, const char *workload, const char *level,
                              double capacity_kib)
{
    char options[120];
    struct ts_arena arena = TS_ARENA_INIT;
    snprintf(options, sizeof options, "-s memory.cache.%s.capacity_kib=%g", level, capacity_kib);
    const struct ts_result *result = run_machine(arch, workload, options, &arena);
    const struct ts_memory_result *dram = result ? memory_row(result, "dram") : NULL;
    double bytes = dram ? dram->read_bytes : -1;
    ts_arena_release(&arena);
    return bytes;
}

static void a_smaller_cache_never_misses_less(void)
{
    const struct {
        const char *arch, *level;
        double largest_kib;
    } caches[] = {
        {"gpu-v100-pcie", "l2", 65536},
        {"gpu-h100-sxm", "l2", 131072},
        {"cpu-xeon-e5-2699v3", "l3", 131072},
    };
    const char *const workloads[] = {"gemm:1531,2049,1023", "resnet18"};
    for (int i = 0; i < 3; i++) {
        for (int w = 0; w < 2; w++) {
            double last = 0;
            for (double kib = caches[i].largest_kib; kib >= 1024; kib /= 2) {
                double bytes = dram_read_bytes(caches[i].arch, workloads[w], caches[i].level, kib);
                CU_ASSERT(bytes >= 0);
                CU_ASSERT(bytes >= last * (1 - 1e-9));
                last = bytes;
            }
        }
    }
}

static void fewer_bits_are_never_slower(void)
{
    const struct {
        const char *arch, *wide, *narrow;
    } pairs[] = {
        {"gpu-p100-pcie", "-p fp32", "-p fp16"},      {"gpu-v100-pcie", "-p fp32", "-p fp16"},
        {"gpu-a100-sxm-80gb", "-p fp32", "-p fp16"},  {"gpu-h100-sxm", "-p fp32", "-p fp16"},
        {"gpu-a100-sxm-80gb", "-p tf32", "-p bf16"},  {"gpu-h100-sxm", "-p fp16", "-p fp8"},
        {"cpu-xeon-8480plus", "-p fp32", "-p bf16"},  {"cpu-xeon-8480plus", "-p bf16", "-p int8"},
        {"cpu-xeon-e5-2699v3", "-p fp64", "-p fp32"}, {"tpu-v1", "-p int16", "-p int8"},
    };
    const char *const workloads[] = {"gemm:17,4096,4096", "gemm:1024,1024,1024", "resnet50"};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        for (int w = 0; w < 3; w++) {
            double wide = latency_of(pairs[i].arch, workloads[w], pairs[i].wide);
            double narrow = latency_of(pairs[i].arch, workloads[w], pairs[i].narrow);
            CU_ASSERT(wide > 0 && narrow > 0);
            CU_ASSERT(narrow <= wide * (1 + 1e-9));
        }
    }
}

static void batching_raises_utilisation(void)
{
    const char *const archs[] = {"gpu-v100-pcie", "gpu-a100-sxm-80gb", "tpu-v1", "tpu-v3"};
    for (int i = 0; i < 4; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        const struct ts_result *one = run_machine(archs[i], "resnet50", "-b 1", &arena);
        const struct ts_result *many = run_machine(archs[i], "resnet50", "-b 64", &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(one);
        CU_ASSERT_PTR_NOT_NULL_FATAL(many);
        CU_ASSERT(many->utilization > one->utilization);
        ts_arena_release(&arena);
    }
}

static void a_lower_power_limit_is_never_faster(void)
{
    const char *const limits[] = {"-s power.limit_w=250", "-s power.limit_w=200",
                                  "-s power.limit_w=150", "-s power.limit_w=120"};
    double last = 0;
    for (int i = 0; i < 4; i++) {
        double latency_s = latency_of("gpu-v100-pcie", "gemm:4096,4096,4096", limits[i]);
        CU_ASSERT(latency_s >= last * 0.996); /* the regulator settles within a step */
        last = latency_s;
    }
}

/* From k contiguous in neither operand to both; machines that don't care take the same time within
 * a hundredth (where rows start in a cache line). */
static void an_operand_with_k_contiguous_is_never_faster(void)
{
    const char *const archs[] = {"gpu-titan-x-maxwell", "gpu-v100-sxm2", "gpu-a100-sxm-80gb",
                                 "cpu-xeon-e5-2699v3", "tpu-v1"};
    const char *const sizes[] = {"gemm:7000,2560,2560", "gemm:8457,35,1760", "bmm:60,400,300,500"};
    const char *const steps[][2] = {{"tn", "nn"}, {"tn", "tt"}, {"nn", "nt"}, {"tt", "nt"}};
    for (int i = 0; i < 5; i++) {
        bool cares = i < 2;
        for (int w = 0; w < 3; w++) {
            for (int s = 0; s < 4; s++) {
                double latency_s[2];
                for (int l = 0; l < 2; l++) {
                    char workload[64];
                    snprintf(workload, sizeof workload, "%s,layout=%s", sizes[w], steps[s][l]);
                    latency_s[l] = latency_of(archs[i], workload, "");
                }
                CU_ASSERT(latency_s[0] > 0 && latency_s[1] >= latency_s[0] * 0.99);
                CU_ASSERT(cares || latency_s[1] <= latency_s[0] * 1.01);
            }
        }
    }
    CU_ASSERT(latency_of(archs[0], "gemm:9124,5124,1760,layout=nt", "") >
              1.2 * latency_of(archs[0], "gemm:9124,5124,1760,layout=tn", ""));
}

int main(void)
{
    const struct test_case cases[] = {
        {"a smaller cache never misses less", a_smaller_cache_never_misses_less},
        {"fewer bits are never slower", fewer_bits_are_never_slower},
        {"batching raises utilisation", batching_raises_utilisation},
        {"a lower power limit is never faster", a_lower_power_limit_is_never_faster},
        {"an operand with k contiguous is never faster",
         an_operand_with_k_contiguous_is_never_faster},
    };
    return RUN_SUITE("monotone", cases);
}
