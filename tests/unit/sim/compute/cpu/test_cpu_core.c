/* One core of the CPU family: register tile, blocks of k, FMA issue, fill bandwidth. */
#include "unit/sim/compute/cpu/cpu_support.h"

#include <CUnit/Basic.h>
#include <math.h>

static struct ts_cpu_core core_of(const char *arch_name, enum ts_precision precision)
{
    struct ts_kernel kernel = product_kernel(precision, 1, 17, 23, 31);
    struct ts_cpu_core core;

    ts_cpu_core_init(cpu_arch(arch_name, NULL, NULL), &kernel, &core);
    return core;
}

static void register_tiles_are_those_of_the_libraries(void)
{
    struct ts_cpu_core haswell = core_of("cpu-xeon-e5-2690v3-1c", TS_FP32);
    CU_ASSERT_EQUAL(haswell.mr, 16);
    CU_ASSERT_EQUAL(haswell.nr, 6);
    CU_ASSERT_EQUAL(core_of("cpu-xeon-e5-2690v3-1c", TS_FP64).mr, 8);
    struct ts_cpu_core skylake = core_of("cpu-xeon-8167m-1c", TS_FP64);
    CU_ASSERT_EQUAL(skylake.mr, 24);
    CU_ASSERT_EQUAL(skylake.nr, 8);
}

static void amx_takes_large_bf16_products_and_simd_takes_the_rest(void)
{
    struct ts_kernel kernel = product_kernel(TS_BF16, 1, 1701, 1023, 1031);
    struct ts_cpu_core bf16;
    ts_cpu_core_init(cpu_arch("cpu-xeon-8480plus", NULL, NULL), &kernel, &bf16);
    CU_ASSERT_TRUE(bf16.matrix);
    CU_ASSERT_EQUAL(bf16.mr, 32);
    CU_ASSERT_FALSE(core_of("cpu-xeon-8480plus", TS_BF16).matrix); /* 17 x 23 x 31 */
    CU_ASSERT_FALSE(core_of("cpu-xeon-8480plus", TS_FP32).matrix);
}

static void a_full_register_tile_issues_two_fmas_a_cycle(void)
{
    struct ts_cpu_core core = core_of("cpu-xeon-e5-2690v3-1c", TS_FP32);
    double with = ts_cpu_macro_cycles(&core, 6, 16, 512);
    /* 12 FMAs a step of k, two a cycle; the rest is the update of C. */
    CU_ASSERT_DOUBLE_EQUAL(with * core.clock_ratio - core.update_cycles, 512 * 6.0, 1e-6);
}

static void one_row_is_bound_by_the_latency_of_the_fma(void)
{
    struct ts_cpu_core core = core_of("cpu-xeon-e5-2690v3-1c", TS_FP64);
    double one = ts_cpu_macro_cycles(&core, 1, 8, 256) * core.clock_ratio - core.update_cycles;
    /* Two accumulators, ten needed in flight: five cycles a step instead of one. */
    CU_ASSERT_DOUBLE_EQUAL(one, 256 * 5.0, 1e-6);
}

static void more_work_never_takes_fewer_cycles(void)
{
    struct ts_cpu_core core = core_of("cpu-xeon-8167m-1c", TS_FP32);
    double before = 0;
    for (int n = 1; n < 200; n += 3) {
        double now = ts_cpu_macro_cycles(&core, 17, n, 31);
        CU_ASSERT_TRUE(now >= before);
        before = now;
    }
}

static void a_smaller_l1_shortens_the_block_of_k(void)
{
    struct ts_kernel kernel = product_kernel(TS_FP32, 1, 17, 23, 31);
    struct ts_cpu_core large, small;
    ts_cpu_core_init(cpu_arch("cpu-xeon-8167m-1c", NULL, NULL), &kernel, &large);
    ts_cpu_core_init(cpu_arch("cpu-xeon-8167m-1c", "memory.cache.l1.capacity_kib", "8"), &kernel,
                     &small);
    CU_ASSERT_EQUAL(large.kc, 512); /* half of 32 KiB over 8 floats */
    CU_ASSERT_EQUAL(small.kc, 128);
}

static void misses_in_flight_bound_what_one_core_draws(void)
{
    struct ts_cpu_core core = core_of("cpu-xeon-8167m-1c", TS_FP32);
    double hz = 2.0e9;
    double dram = ts_cpu_fill_bandwidth(&core, 1e9, 1) * hz;
    /* 16 lines of 64 bytes in about 85 to 95 ns: one core of a Skylake server reads 10 to 13 GB/s.
     */
    CU_ASSERT_TRUE(dram > 10e9 && dram < 13e9);
    CU_ASSERT_TRUE(ts_cpu_fill_bandwidth(&core, 1e5, 1) > ts_cpu_fill_bandwidth(&core, 1e7, 1));
    CU_ASSERT_TRUE(ts_cpu_fill_bandwidth(&core, 1e7, 1) > ts_cpu_fill_bandwidth(&core, 1e9, 1));
}

static void many_cores_share_the_channels(void)
{
    struct ts_cpu_core core = core_of("cpu-xeon-8167m-26c", TS_FP32);
    double one = ts_cpu_fill_bandwidth(&core, 1e9, 1);
    double all = ts_cpu_fill_bandwidth(&core, 1e9, 26);
    CU_ASSERT_TRUE(all < one);
    CU_ASSERT_TRUE(all * 26 * 2.0e9 < 128e9);
    CU_ASSERT_EQUAL(all, ts_cpu_shared_bandwidth(&core, 1e9, 26));
    CU_ASSERT_EQUAL(one, ts_cpu_own_bandwidth(&core, 1e9));
}

static void a_remote_socket_lengthens_misses(void)
{
    struct ts_cpu_core one = core_of("cpu-xeon-e5-2690v3-12c", TS_FP32);
    struct ts_cpu_core two = core_of("cpu-xeon-e5-2690v3-24c", TS_FP32);
    CU_ASSERT_TRUE(two.fill_dram < one.fill_dram);
}

static void panels_of_other_core_complexes_come_more_slowly(void)
{
    struct ts_cpu_core core = core_of("cpu-epyc-7742", TS_FP32);
    double four = ts_cpu_foreign_cycles(&core, 1e6, 1, 4);
    double all = ts_cpu_foreign_cycles(&core, 1e6, 1, 64);
    double local = 1e6 / ts_cpu_l3_bandwidth(&core, 64);
    CU_ASSERT_DOUBLE_EQUAL(four, 1e6 / ts_cpu_l3_bandwidth(&core, 4), 1e-6);
    CU_ASSERT_TRUE(all > local);
    CU_ASSERT_DOUBLE_EQUAL(ts_cpu_foreign_cycles(&core, 1e6, 3, 64), all + 2 * local, 1e-6);
}

static void operands_in_another_slice_of_l3_come_over_its_link(void)
{
    struct ts_cpu_core split = core_of("cpu-epyc-7742", TS_FP32);
    struct ts_cpu_core alone = core_of("cpu-epyc-7742-1c", TS_FP32);
    const double held = 6 * 1024 * 1024, slice = 16 * 1024 * 1024;
    CU_ASSERT_EQUAL(split.l3_bytes, slice);
    CU_ASSERT_EQUAL(alone.l3_bytes, slice);
    CU_ASSERT_TRUE(ts_cpu_own_bandwidth(&split, held) < ts_cpu_own_bandwidth(&alone, held));
    /* 25.6 GB/s, and what one core of four has fetched serves the others. */
    CU_ASSERT_DOUBLE_EQUAL(ts_cpu_shared_bandwidth(&split, held, 1) * 2.6e9, 4 * 25.6e9, 1);
}

static void one_l3_for_all_has_no_far_side(void)
{
    struct ts_cpu_core core = core_of("cpu-xeon-8167m-26c", TS_FP32);
    CU_ASSERT_DOUBLE_EQUAL(ts_cpu_foreign_cycles(&core, 1e6, 3, 26),
                           3e6 / ts_cpu_l3_bandwidth(&core, 26), 1e-6);
    CU_ASSERT_EQUAL(core.near_fill_l3, core.fill_l3);
}

static void a_parallel_region_costs_more_with_more_threads(void)
{
    const struct ts_arch *arch = cpu_arch("cpu-xeon-8167m-26c", NULL, NULL);
    CU_ASSERT_EQUAL(ts_cpu_fork_cycles(arch, 1), 0);
    CU_ASSERT_EQUAL(ts_cpu_barrier_cycles(arch, 1), 0);
    CU_ASSERT_DOUBLE_EQUAL(ts_cpu_fork_cycles(arch, 26), 26 * 0.5e-6 * 2e9, 1e-6);
    CU_ASSERT_EQUAL(ts_cpu_fork_cycles(arch, 2), ts_cpu_fork_cycles(arch, 26));
    CU_ASSERT_TRUE(ts_cpu_barrier_cycles(arch, 26) > ts_cpu_barrier_cycles(arch, 13));
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("cpu_core", NULL, NULL);
    CU_ADD_TEST(suite, register_tiles_are_those_of_the_libraries);
    CU_ADD_TEST(suite, amx_takes_large_bf16_products_and_simd_takes_the_rest);
    CU_ADD_TEST(suite, a_full_register_tile_issues_two_fmas_a_cycle);
    CU_ADD_TEST(suite, one_row_is_bound_by_the_latency_of_the_fma);
    CU_ADD_TEST(suite, more_work_never_takes_fewer_cycles);
    CU_ADD_TEST(suite, a_smaller_l1_shortens_the_block_of_k);
    CU_ADD_TEST(suite, misses_in_flight_bound_what_one_core_draws);
    CU_ADD_TEST(suite, many_cores_share_the_channels);
    CU_ADD_TEST(suite, a_remote_socket_lengthens_misses);
    CU_ADD_TEST(suite, panels_of_other_core_complexes_come_more_slowly);
    CU_ADD_TEST(suite, operands_in_another_slice_of_l3_come_over_its_link);
    CU_ADD_TEST(suite, one_l3_for_all_has_no_far_side);
    CU_ADD_TEST(suite, a_parallel_region_costs_more_with_more_threads);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    cpu_release();
    return failures != 0;
}
