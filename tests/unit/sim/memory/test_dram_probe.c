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

/* Bandwidth of random reads with refresh, as a fraction of that without. */
static double left_by_refresh(struct ts_dram_spec spec)
{
    double with = probe_gbps(&spec, "random");

    spec.tREFI = 1e5;
    spec.tRFC = 1.0;
    return with / probe_gbps(&spec, "random");
}

/* Ranks of one queue refresh together, and that time is lost. In turn, each blocks its own banks'
 * requests while the other rank's are still seen. */
static void ranks_refresh_together_or_in_turn(void)
{
    struct ts_dram_spec pool = ddr4_module(), queues = pool;
    double left;

    pool.tRFC = queues.tRFC = 840; /* twice: a tenth of the time */
    queues.bank_queue = 8;
    left = left_by_refresh(pool);
    CU_ASSERT_DOUBLE_EQUAL(left, 1.0 - pool.tRFC / pool.tREFI, 0.01);
    CU_ASSERT_TRUE(left_by_refresh(queues) > left + 0.01);
    CU_ASSERT_TRUE(left_by_refresh(queues) < 1.0);
}

/* Consecutive bursts in other ranks: an idle bus of a burst's length between reads always, between
 * writes where there is one queue. */
static void ranks_cost_idle_clocks_between_bursts(void)
{
    struct ts_dram_spec queues = ddr4_module(), pool;
    double peak = ts_dram_device_peak_gbps(&queues);

    queues.address_mapping = "robabgcorach";
    queues.tRTRS = 4;
    pool = queues;
    queues.bank_queue = 8;
    CU_ASSERT_TRUE(probe_gbps(&queues, "read") < 0.75 * peak);
    CU_ASSERT_TRUE(probe_gbps(&queues, "write") > 0.85 * peak);
    CU_ASSERT_TRUE(probe_gbps(&pool, "read") < 0.75 * peak);
    CU_ASSERT_TRUE(probe_gbps(&pool, "write") < 0.75 * peak);
}

/* HBM2 as two 64-bit halves of each channel: as many bytes, one queue and one command bus for two.
 */
static struct ts_dram_spec hbm2_halves(int64_t sharing)
{
    struct ts_dram_spec spec = hbm2_stack();

    spec.bus_width_bits = 64;
    spec.channels = 16;
    spec.page_bytes = 1024;
    spec.tCCD_S = 2;
    spec.tCCD_L = 4;
    spec.pseudo_channels = sharing;
    return spec;
}

static void pseudo_channels_share_queues_and_command_buses(void)
{
    struct ts_dram_spec apart = hbm2_halves(1), shared = hbm2_halves(2), fewer = hbm2_halves(1);
    double peak = ts_dram_device_peak_gbps(&apart);

    /* A burst of each half takes two clocks of data and one command: one bus serves both. */
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&shared, "read"), probe_gbps(&apart, "read"), 0.01 * peak);
    /* Half the requests in sight: shorter drains, as in queues of half the depth. */
    fewer.read_queue = fewer.write_queue = fewer.write_high = 16;
    CU_ASSERT_TRUE(probe_gbps(&shared, "mix") < 0.9 * probe_gbps(&apart, "mix"));
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&shared, "mix"), probe_gbps(&fewer, "mix"), 0.05 * peak);
    /* What one half does not use of the bus is not the other's. */
    CU_ASSERT_TRUE(probe_gbps(&shared, "same_bank") < 0.01 * peak);
}

static void an_activate_of_several_clocks_holds_its_bus(void)
{
    struct ts_dram_spec spec = hbm2_halves(2), longer = spec;
    double peak = ts_dram_device_peak_gbps(&spec),
           latency_ns = probe_latency_ns(&spec, "idle_random");

    spec.tFAW = longer.tFAW = 16; /* an activate each four clocks and half */
    longer.activate_cycles = 6;
    /* One each six clocks and channel of two halves, whatever those could take. */
    CU_ASSERT_TRUE(probe_gbps(&longer, "random") <= 8 * 32.0 / 6.0);
    CU_ASSERT_TRUE(probe_gbps(&longer, "random") < 0.75 * probe_gbps(&spec, "random"));
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&longer, "read"), probe_gbps(&spec, "read"), 0.03 * peak);
    /* tRCD counts from its last clock and tRP to it: a row that was closed comes five clocks later,
     * one after another as before. */
    latency_ns = probe_latency_ns(&longer, "idle_random") - latency_ns;
    CU_ASSERT_TRUE(latency_ns >= 0.0 && latency_ns <= 5.0);
}

static void stack_identifiers_share_the_activation_windows(void)
{
    struct ts_dram_spec module = hbm2_stack(), stacked;
    double peak = ts_dram_device_peak_gbps(&module);

    module.ranks = 2;
    stacked = module;
    stacked.tCCD_R = 3;
    CU_ASSERT_TRUE(probe_gbps(&stacked, "random") < 0.7 * probe_gbps(&module, "random"));
    CU_ASSERT_TRUE(probe_gbps(&stacked, "random") <= 8 * 64.0 / (module.tFAW / 4.0));
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&stacked, "read"), probe_gbps(&module, "read"), 0.01 * peak);
    /* Consecutive bursts in other stacks, one in sight: reads wait for tCCD_R, writes do not. */
    stacked.address_mapping = "robabgcorach";
    stacked.tCCD_R = 6;
    stacked.tCCD_S = 2;
    stacked.read_queue = stacked.write_queue = stacked.write_high = 1;
    peak *= 1.0 - ts_dram_refresh_loss(&stacked, false);
    CU_ASSERT_DOUBLE_EQUAL(probe_gbps(&stacked, "read"), peak * 2.0 / 6.0, 0.01 * peak);
    CU_ASSERT_TRUE(probe_gbps(&stacked, "write") > 0.8 * peak);
}

/* Rows of two tiles that meet in a bank: closing one early for the younger would open it again. */
static void a_row_stays_open_for_older_requests_only(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_probe_result result;
    struct ts_dram_probe probe;

    CU_ASSERT_PTR_NULL_FATAL(ts_dram_probe_parse("tile,row_bytes=512,pitch=4096", &probe));
    CU_ASSERT_EQUAL_FATAL(ts_dram_probe_run(&spec, &probe, &result), 0);
    /* Eight bursts of a channel in a page, and refresh closes some once more. */
    CU_ASSERT_TRUE((double)result.read_bytes / 64.0 >= 7.5 * result.activations);
}

static void every_request_is_served_in_turn_too(void)
{
    static const char *const patterns[] = {"read", "write", "mix", "random", "same_bank"};
    struct ts_dram_spec specs[] = {hbm2_stack(), ddr4_module()};

    for (int i = 0; i < 2; i++) {
        double pool_gbps[5];

        for (int p = 0; p < 5; p++) {
            pool_gbps[p] = probe_gbps(&specs[i], patterns[p]);
        }
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
        /* The queues of eight channels may hold 256 writes more at one end than at the other. */
        CU_ASSERT_DOUBLE_EQUAL((double)result.read_bytes / (double)result.write_bytes, 2.0, 0.04);
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
        {"ranks refresh together or in turn", ranks_refresh_together_or_in_turn},
        {"ranks cost idle clocks between bursts", ranks_cost_idle_clocks_between_bursts},
        {"pseudo-channels share queues and command buses",
         pseudo_channels_share_queues_and_command_buses},
        {"an activate of several clocks holds its bus",
         an_activate_of_several_clocks_holds_its_bus},
        {"stack identifiers share the activation windows",
         stack_identifiers_share_the_activation_windows},
        {"a row stays open for older requests only", a_row_stays_open_for_older_requests_only},
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
