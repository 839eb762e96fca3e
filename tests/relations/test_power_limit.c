/* Programs of several kernels under a board's power limit: every interval meets it, not the mean.
 */
#include "machine_support.h"
#include "suite.h"

#include <math.h>
#include <string.h>

static const char machine[] = "gpu-v100-pcie", network[] = "resnet18";
static const char unlimited[] = "-b 128 -p fp32 -s power.limit_w=1000";
static const char limited[] = "-b 128 -p fp32 -s power.limit_w=150";
static const double limit_w = 150, interval_s = 1e-3;

static double layer_power_w(const struct ts_layer_result *layer)
{
    return layer->energy.total_j / layer->latency_s;
}

static void layers_longer_than_an_interval_are_under_the_limit(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *result = run_machine(machine, network, limited, &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(result);
    double latency_s = 0, joules = 0, cycles = 0;
    int at_the_limit = 0;
    for (int i = 0; i < result->layer_count; i++) {
        const struct ts_layer_result *layer = &result->layers[i];
        latency_s += layer->latency_s;
        joules += layer->energy.total_j;
        cycles += layer->cycles;
        if (layer->latency_s > 2 * interval_s) {
            CU_ASSERT(layer_power_w(layer) <= limit_w * 1.02);
            at_the_limit += layer_power_w(layer) > limit_w * 0.98;
        }
    }
    CU_ASSERT(at_the_limit > 0);
    CU_ASSERT(result->average_power_w < limit_w);
    CU_ASSERT_DOUBLE_EQUAL(latency_s / result->latency_s, 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(joules / result->energy.total_j, 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(cycles / result->cycles, 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(result->clock_mhz * 1e6 * latency_s / cycles, 1, 1e-9);
    ts_arena_release(&arena);
}

/* The first layers are a convolution, a normalisation and a ReLU of several milliseconds each. */
static void what_memory_bounds_keeps_its_time(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *free_run = run_machine(machine, network, unlimited, &arena);
    const struct ts_result *held = run_machine(machine, network, limited, &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(free_run);
    CU_ASSERT_PTR_NOT_NULL_FATAL(held);
    CU_ASSERT_STRING_EQUAL_FATAL(held->layers[0].op, "conv");
    CU_ASSERT(held->layers[0].latency_s > 1.1 * free_run->layers[0].latency_s);
    CU_ASSERT_STRING_EQUAL_FATAL(held->layers[2].op, "relu");
    CU_ASSERT_DOUBLE_EQUAL(held->layers[2].latency_s / free_run->layers[2].latency_s, 1, 0.02);
    CU_ASSERT_EQUAL(held->layers[0].dram_read_bytes, free_run->layers[0].dram_read_bytes);
    ts_arena_release(&arena);
}

static void the_memory_table_sums_to_the_energy(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_result *result = run_machine(machine, network, limited, &arena);
    CU_ASSERT_PTR_NOT_NULL_FATAL(result);
    double joules = 0;
    for (int i = 0; i < result->memory_count; i++) {
        joules += strcmp(result->memory[i].level, "register") ? result->memory[i].energy_j : 0;
    }
    const double *part_j = result->energy.part_j;
    double expected = part_j[TS_ENERGY_SRAM] + part_j[TS_ENERGY_CACHE] + part_j[TS_ENERGY_DRAM];
    CU_ASSERT_DOUBLE_EQUAL(joules / expected, 1, 1e-6);
    ts_arena_release(&arena);
}

static void a_lower_limit_is_never_faster(void)
{
    const char *const limits[] = {unlimited, "-b 128 -p fp32 -s power.limit_w=200", limited,
                                  "-b 128 -p fp32 -s power.limit_w=100"};
    double last = 0;
    for (int i = 0; i < 4; i++) {
        double latency_s = latency_of(machine, network, limits[i]);
        CU_ASSERT(latency_s >= last);
        last = latency_s;
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"layers longer than an interval are under the limit",
         layers_longer_than_an_interval_are_under_the_limit},
        {"what memory bounds keeps its time", what_memory_bounds_keeps_its_time},
        {"the memory table sums to the energy", the_memory_table_sums_to_the_energy},
        {"a lower limit is never faster", a_lower_limit_is_never_faster},
    };
    return RUN_SUITE("power limit", cases);
}
