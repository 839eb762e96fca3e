#include "dram_support.h"
#include "suite.h"

#include <string.h>

/* Points of peak. */
static double points(double gbps, double expected_gbps, double peak_gbps)
{
    double difference = 100.0 * (gbps - expected_gbps) / peak_gbps;

    return difference < 0.0 ? -difference : difference;
}

static void streams_follow_the_closed_form(void)
{
    struct ts_dram_spec specs[] = {hbm2_stack(), ddr4_module()};

    for (int i = 0; i < 2; i++) {
        double peak = ts_dram_device_peak_gbps(&specs[i]);
        double expected = peak * ts_dram_stream_efficiency(&specs[i]);

        CU_ASSERT_TRUE(points(probe_gbps(&specs[i], "read"), expected, peak) < 1.0);
        CU_ASSERT_TRUE(points(probe_gbps(&specs[i], "write"), expected, peak) < 1.0);
    }
}

static void without_refresh_a_stream_fills_the_bus(void)
{
    struct ts_dram_spec spec = hbm2_stack();

    spec.tREFI = 1e5;
    spec.tRFC = 1.0;
    CU_ASSERT_TRUE(probe_gbps(&spec, "read") > 0.995 * 256.0);
    CU_ASSERT_TRUE(probe_gbps(&spec, "read") <= 256.0 * 1.0001);
}

static void one_bank_group_is_held_to_its_column_rate(void)
{
    struct ts_dram_spec spec = ddr4_module();
    double peak = ts_dram_device_peak_gbps(&spec);

    spec.address_mapping = "bgrorabachco"; /* a whole bank group before the next */
    spec.ranks = 1;
    spec.tREFI = 1e5;
    spec.tRFC = 1.0;
    CU_ASSERT_TRUE(points(probe_gbps(&spec, "read"), peak * 4.0 / 6.0, peak) < 1.0);
}

static void one_bank_gives_a_burst_a_row_cycle(void)
{
    struct ts_dram_spec specs[] = {hbm2_stack(), ddr4_module()};

    for (int i = 0; i < 2; i++) {
        const struct ts_dram_spec *s = &specs[i];
        double cycle_ns = (s->tRAS + s->tRP) * s->tck_ns;
        double expected = (double)ts_dram_burst_bytes(s) / cycle_ns;

        expected *= 1.0 - s->tRFC / s->tREFI;
        CU_ASSERT_TRUE(points(probe_gbps(s, "same_bank"), expected, ts_dram_device_peak_gbps(s)) <
                       0.3);
    }
}

static void random_bursts_are_held_to_the_activation_rate(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    double limit = 8 * 64.0 / (spec.tFAW / 4.0);
    double got = probe_gbps(&spec, "random");

    CU_ASSERT_TRUE(got < limit);
    CU_ASSERT_TRUE(points(got, limit * (1.0 - spec.tRFC / spec.tREFI), 256.0) < 3.0);
    spec.tFAW = 60;
    CU_ASSERT_TRUE(probe_gbps(&spec, "random") < 0.6 * got);
}

static void mixes_pay_for_turnarounds(void)
{
    struct ts_dram_spec spec = hbm2_stack(), slow = spec;
    double read = probe_gbps(&spec, "read"), mixed = probe_gbps(&spec, "mix");

    CU_ASSERT_TRUE(mixed < read);
    CU_ASSERT_TRUE(mixed > 0.85 * read);
    slow.tWTR_S = slow.tWTR_L = 40;
    CU_ASSERT_TRUE(probe_gbps(&slow, "mix") < mixed);
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&slow, "read"), read, 0.01 * read);
    slow = spec;
    slow.write_queue = slow.write_high = 64; /* longer drains, fewer turnarounds */
    CU_ASSERT_TRUE(probe_gbps(&slow, "mix") > mixed);
}

/* 64 rows of a tile in one channel: banks' queues hold them all and other channels go on. */
static void banks_with_queues_of_their_own_see_further(void)
{
    static const char *const narrow = "tile,row_bytes=256,pitch=4096";
    struct ts_dram_spec pool = hbm2_stack(), queues = pool;

    queues.bank_queue = 8;
    CU_ASSERT_TRUE(probe_gbps(&queues, narrow) > 1.1 * probe_gbps(&pool, narrow));
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&queues, "read"), probe_gbps(&pool, "read"), 0.01 * 256.0);
}

/* A rank that refreshes blocks its own banks' requests: those of the other rank are still seen. */
static void banks_with_queues_of_their_own_hide_more_of_a_refresh(void)
{
    struct ts_dram_spec pool = ddr4_module(), queues = pool;
    double peak = ts_dram_device_peak_gbps(&pool);

    queues.bank_queue = 8;
    pool.tRFC = queues.tRFC = 840; /* twice: a tenth of the time */
    CU_ASSERT_TRUE(probe_gbps(&queues, "random") > probe_gbps(&pool, "random"));
    CU_ASSERT_TRUE(probe_gbps(&queues, "random") < peak);
}

static void every_request_is_served_in_turn_too(void)
{
    static const char *const patterns[] = {"read", "write", "mix", "random", "same_bank"};
    struct ts_dram_spec specs[] = {hbm2_stack(), ddr4_module()};

    for (int i = 0; i < 2; i++) {
        double pool_gbps[5];

        for (int p = 0; p < 5; p++)
            pool_gbps[p] = probe_gbps(&specs[i], patterns[p]);
        for (int depth = 4; depth <= 16; depth *= 2) {
            specs[i].bank_queue = depth;
            for (int p = 0; p < 5; p++) {
                double got = probe_gbps(&specs[i], patterns[p]);

                CU_ASSERT_TRUE(got > 0.85 * pool_gbps[p]);
                CU_ASSERT_TRUE(got <= 1.0001 * ts_dram_device_peak_gbps(&specs[i]));
            }
        }
    }
}

/* STREAM's add: two reads to a write. */
static void a_mix_has_two_reads_to_a_write(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_probe_result result;
    struct ts_dram_probe probe;

    for (int depth = 0; depth <= 8; depth += 8) {
        spec.bank_queue = depth;
        CU_ASSERT_PTR_NULL_FATAL(ts_dram_probe_parse("mix", &probe));
        CU_ASSERT_EQUAL_FATAL(ts_dram_probe_run(&spec, &probe, &result), 0);
        CU_ASSERT_DOUBLE_EQUAL((double)result.read_bytes / (double)result.write_bytes, 2.0, 0.02);
    }
}

static void idle_latencies_are_the_commands_latencies(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    double hit = 1 + 14 + 2, miss = hit + 14 + 14; /* a clock to enter, tCL, burst; tRP, tRCD */

    spec.tREFI = 1e5; /* refresh out of the way */
    /* A new page every 32 bursts of a channel. */
    hit += 28.0 / 32.0;
    CU_ASSERT_DOUBLE_EQUAL(probe_latency_ns(&spec, "idle_hit"), hit, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(probe_latency_ns(&spec, "idle_random"), miss, 4.0);
    spec.controller_latency_ns = 50.0;
    CU_ASSERT_DOUBLE_EQUAL(probe_latency_ns(&spec, "idle_hit"), hit + 50.0, 0.5);
}

static void the_mapping_decides_what_tiles_cost(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    double open = probe_gbps(&spec, "tile,row_bytes=1024,pitch=16384");
    double thrash = probe_gbps(&spec, "tile,row_bytes=4096,pitch=65536");

    CU_ASSERT_TRUE(open > 0.88 * 256.0);
    CU_ASSERT_TRUE(thrash < 0.55 * 256.0); /* four activations for eight bursts */
    CU_ASSERT_TRUE(thrash > 0.45 * 256.0);
}

static void more_bandwidth_is_never_slower(void)
{
    static const char *patterns[] = {"read", "mix", "random", "tile,row_bytes=192,pitch=4160"};
    struct ts_dram_spec spec = ddr4_module();

    for (int p = 0; p < 4; p++) {
        double last = 0.0;

        for (double gbps = 5.0; gbps < 90.0; gbps *= 2.0) {
            struct ts_dram_probe_result result;
            struct ts_dram_probe probe;

            CU_ASSERT_PTR_NULL_FATAL(ts_dram_probe_parse(patterns[p], &probe));
            probe.bandwidth_gbps = gbps;
            CU_ASSERT_EQUAL_FATAL(ts_dram_probe_run(&spec, &probe, &result), 0);
            CU_ASSERT_DOUBLE_EQUAL(result.peak_gbps, gbps, 1e-9);
            CU_ASSERT_TRUE(result.achieved_gbps <= gbps * 1.0001);
            CU_ASSERT_TRUE(result.achieved_gbps >= 0.99 * last);
            last = result.achieved_gbps;
        }
    }
}

static void refreshes_come_when_due_and_per_bank_ones_hide(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_probe_result all, one;
    struct ts_dram_probe probe;

    CU_ASSERT_PTR_NULL_FATAL(ts_dram_probe_parse("read", &probe));
    CU_ASSERT_EQUAL_FATAL(ts_dram_probe_run(&spec, &probe, &all), 0);
    CU_ASSERT_DOUBLE_EQUAL(all.refreshes, 8 * all.seconds * 1e9 / 3900, 8.0);
    spec.refresh = TS_DRAM_REFRESH_PER_BANK;
    CU_ASSERT_EQUAL_FATAL(ts_dram_probe_run(&spec, &probe, &one), 0);
    CU_ASSERT_DOUBLE_EQUAL(one.refreshes, 16 * 8 * one.seconds * 1e9 / 3900, 64.0);
    CU_ASSERT_TRUE(one.achieved_gbps > all.achieved_gbps);
}

static void the_same_probe_gives_the_same_result(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_probe_result first, second;
    struct ts_dram_probe probe;

    CU_ASSERT_PTR_NULL_FATAL(ts_dram_probe_parse("random", &probe));
    CU_ASSERT_EQUAL(ts_dram_probe_run(&spec, &probe, &first), 0);
    CU_ASSERT_EQUAL(ts_dram_probe_run(&spec, &probe, &second), 0);
    CU_ASSERT_EQUAL(memcmp(&first, &second, sizeof first), 0);
    probe.seed = 2;
    CU_ASSERT_EQUAL(ts_dram_probe_run(&spec, &probe, &second), 0);
    CU_ASSERT_DOUBLE_EQUAL(second.achieved_gbps, first.achieved_gbps, 0.03 * first.achieved_gbps);
}

static void an_unsound_device_is_not_run(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_probe probe = {.pattern = TS_DRAM_READ};
    struct ts_dram_probe_result result;

    spec.address_mapping = "nonsense";
    CU_ASSERT_EQUAL(ts_dram_probe_run(&spec, &probe, &result), -1);
}

int main(void)
{
    const struct test_case cases[] = {
        {"streams follow the closed form", streams_follow_the_closed_form},
        {"without refresh a stream fills the bus", without_refresh_a_stream_fills_the_bus},
        {"one bank group is held to its column rate", one_bank_group_is_held_to_its_column_rate},
        {"one bank gives a burst a row cycle", one_bank_gives_a_burst_a_row_cycle},
        {"random bursts are held to the activation rate",
         random_bursts_are_held_to_the_activation_rate},
        {"mixes pay for turnarounds", mixes_pay_for_turnarounds},
        {"a mix has two reads to a write", a_mix_has_two_reads_to_a_write},
        {"banks with queues of their own see further", banks_with_queues_of_their_own_see_further},
        {"banks with queues of their own hide more of a refresh",
         banks_with_queues_of_their_own_hide_more_of_a_refresh},
        {"every request is served in turn, too", every_request_is_served_in_turn_too},
        {"idle latencies are the commands' latencies", idle_latencies_are_the_commands_latencies},
        {"the mapping decides what tiles cost", the_mapping_decides_what_tiles_cost},
        {"more bandwidth is never slower", more_bandwidth_is_never_slower},
        {"refreshes come when due, and per-bank ones hide",
         refreshes_come_when_due_and_per_bank_ones_hide},
        {"the same probe gives the same result", the_same_probe_gives_the_same_result},
        {"an unsound device is not run", an_unsound_device_is_not_run},
    };
    return RUN_SUITE("dram_probe", cases);
}
