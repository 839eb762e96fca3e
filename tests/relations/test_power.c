#include "machine_support.h"
#include "suite.h"

#include <math.h>

static const struct {
    const char *arch, *workload, *options;
} limited[] = {
    {"gpu-v100-pcie", "gemm:4096,4096,4096", "-s power.limit_w=150"},
    {"gpu-t4", "bmm:384,512,512,64", ""},
    {"gpu-a100-pcie-40gb", "conv:N=64,C=256,H=28,W=28,K=256,R=3,S=3,pad=1",
     "-p fp32 -s power.limit_w=180"},
};
enum { LIMITED = sizeof limited / sizeof limited[0] };

static void a_machine_settles_just_below_its_limit(void)
{
    const double limits_w[LIMITED] = {150, 70, 180};
    for (int i = 0; i < LIMITED; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        const struct ts_result *result =
            run_machine(limited[i].arch, limited[i].workload, limited[i].options, &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(result);
        CU_ASSERT(result->clock_mhz < result->arch.clock_mhz);
        CU_ASSERT(result->average_power_w <= limits_w[i]);
        CU_ASSERT(result->average_power_w >= limits_w[i] * 0.99);
        ts_arena_release(&arena);
    }
}

/* The clock is found between trials: a simulation at that clock takes the same time, and its parts
 * the same shares. */
static void what_trials_tell_of_a_clock_is_what_it_does(void)
{
    for (int i = 0; i < LIMITED; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        char options[120];
        const struct ts_result *told =
            run_machine(limited[i].arch, limited[i].workload, limited[i].options, &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(told);
        snprintf(options, sizeof options, "%s -s power.limit_w=100000 -s compute.clock_mhz=%.17g",
                 i == 2 ? "-p fp32" : "", told->clock_mhz);
        const struct ts_result *done =
            run_machine(limited[i].arch, limited[i].workload, options, &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(done);
        CU_ASSERT_DOUBLE_EQUAL(told->latency_s / done->latency_s, 1, 0.003);
        double sum = 0;
        for (int part = 0; part < TS_TIME_PARTS; part++) {
            CU_ASSERT_DOUBLE_EQUAL(told->time_breakdown[part], done->time_breakdown[part], 0.01);
            sum += told->time_breakdown[part];
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-9);
        ts_arena_release(&arena);
    }
}

static void a_limit_out_of_reach_leaves_the_lowest_clock(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *result =
        run_machine("gpu-v100-pcie", "gemm:2048,2048,2048", "-s power.limit_w=35", &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(result);
    CU_ASSERT_DOUBLE_EQUAL(result->clock_mhz / result->arch.clock_mhz, 0.1, 1e-9);
    CU_ASSERT(result->average_power_w > 35);
    ts_arena_release(&arena);
}

int main(void)
{
    const struct test_case cases[] = {
        {"a machine settles just below its limit", a_machine_settles_just_below_its_limit},
        {"what trials tell of a clock is what it does",
         what_trials_tell_of_a_clock_is_what_it_does},
        {"a limit out of reach leaves the lowest clock",
         a_limit_out_of_reach_leaves_the_lowest_clock},
    };
    return RUN_SUITE("power", cases);
}
