#include "machine_support.h"
#include "suite.h"

#include <math.h>

static double bandwidth_gbps(const char *arch, const char *workload)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *result = run_machine(arch, workload, "", &arena);
    double gbps = result ? result->arch.memory_bandwidth_gbps : 0;
    ts_arena_release(&arena);
    return gbps;
}

static double latency_at(const char *arch, const char *workload, const char *more, double gbps)
{
    char options[200];
    snprintf(options, sizeof options, "%s -s memory.dram.bandwidth_gbps=%.17g", more, gbps);
    return latency_of(arch, workload, options);
}

/* Requests that arrive in another order are served in another order, which may cost a few cycles
 * although each is served faster (Graham, "Bounds on multiprocessing timing anomalies", 1969). */
static const double anomaly = 0.001;

static void twice_the_bandwidth_is_never_slower(void)
{
    const char *const workloads[] = {"gemm:1,4096,4096", "gemm:517,1023,2049", "resnet18",
                                     "bmm:17,128,64,96"};
    for (int i = 0; i < representative_machine_count; i++) {
        const char *arch = representative_machines[i];
        double gbps = bandwidth_gbps(arch, workloads[0]);
        if (gbps <= 0) {
            continue; /* everything is on chip */
        }
        for (int w = 0; w < 4; w++) {
            double half = latency_at(arch, workloads[w], "", gbps / 2);
            double nominal = latency_at(arch, workloads[w], "", gbps);
            double twice = latency_at(arch, workloads[w], "", gbps * 2);
            CU_ASSERT(half > 0 && nominal > 0 && twice > 0);
            CU_ASSERT(nominal <= half * (1 + anomaly));
            CU_ASSERT(twice <= nominal * (1 + anomaly));
        }
    }
}

/* Products between two tiles: a library's choice does not go with the memory that a board has. */
static void more_bandwidth_brings_no_slower_kernel(void)
{
    const char *const runs[][3] = {
        {"gpu-a100-sxm-80gb", "gemm:4096,2048,64", "-p fp16"},
        {"gpu-a100-sxm-80gb", "gemm:1000,1760,32", "-p tf32"},
        {"gpu-t4", "gemm:1024,1760,64", "-p fp16"},
        {"gpu-l4", "gemm:128,2560,17", "-p fp32"},
        {"gpu-l4", "bmm:16,1000,7000,256", "-p fp16 -s power.limit_w=1000"},
        {"gpu-h100-sxm", "bmm:4,4096,64,32", "-p fp32"},
        {"gpu-mi210", "gemm:512,2048,32", "-p fp16"}};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        double gbps = bandwidth_gbps(runs[i][0], "gemm:64,64,64");
        double before = latency_at(runs[i][0], runs[i][1], runs[i][2], gbps);
        for (double times = 1.25; times <= 5; times *= 2) {
            double now = latency_at(runs[i][0], runs[i][1], runs[i][2], gbps * times);
            CU_ASSERT(now > 0 && now <= before * (1 + anomaly));
            before = now;
        }
    }
}

/* A product with one row reads every weight once and uses it once. */
static void a_memory_bound_layer_gains_close_to_twice(void)
{
    const char *const archs[] = {"gpu-v100-pcie", "gpu-h100-sxm", "tpu-v1", "tpu-v3",
                                 "cpu-xeon-e5-2699v3"};
    for (int i = 0; i < 5; i++) {
        double gbps = bandwidth_gbps(archs[i], "gemm:1,16384,16384");
        double scarce = latency_at(archs[i], "gemm:1,16384,16384", "--cold", gbps / 4);
        double twice = latency_at(archs[i], "gemm:1,16384,16384", "--cold", gbps / 2);
        CU_ASSERT(scarce / twice > 1.7 && scarce / twice < 2.05);
    }
}

static void a_compute_bound_layer_gains_next_to_nothing(void)
{
    const char *const archs[] = {"gpu-v100-pcie", "tpu-v3", "cpu-xeon-e5-2699v3"};
    for (int i = 0; i < 3; i++) {
        double gbps = bandwidth_gbps(archs[i], "gemm:4096,4096,4096");
        double nominal = latency_at(archs[i], "gemm:4096,4096,4096", "", gbps);
        double twice = latency_at(archs[i], "gemm:4096,4096,4096", "", gbps * 2);
        CU_ASSERT(nominal / twice < 1.05);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"twice the bandwidth is never slower", twice_the_bandwidth_is_never_slower},
        {"more bandwidth brings no slower kernel", more_bandwidth_brings_no_slower_kernel},
        {"a memory-bound layer gains close to twice", a_memory_bound_layer_gains_close_to_twice},
        {"a compute-bound layer gains next to nothing",
         a_compute_bound_layer_gains_next_to_nothing},
    };
    return RUN_SUITE("bandwidth", cases);
}
