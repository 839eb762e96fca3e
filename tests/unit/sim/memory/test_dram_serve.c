#include "dram_support.h"
#include "suite.h"

#include <math.h>
#include <string.h>

static const struct ts_dram_config one_ghz = {.core_hz = 1e9, .devices = 1};

static struct ts_dram_request run_of(uint64_t base, int64_t bytes)
{
    return (struct ts_dram_request){.base = base, .rows = 1, .row_bytes = bytes};
}

static void long_streams_agree_with_the_probe(void)
{
    struct ts_dram_spec specs[] = {hbm2_stack(), ddr4_module()};

    for (int i = 0; i < 2; i++) {
        double peak = ts_dram_device_peak_gbps(&specs[i]);

        specs[i].bank_queue = 8; /* as devices have it that don't say */
        CU_ASSERT_DOUBLE_EQUAL(served_gbps(&specs[i], &one_ghz, 65536, 0),
                               probe_gbps(&specs[i], "read"), 0.02 * peak);
        CU_ASSERT_DOUBLE_EQUAL(served_gbps(&specs[i], &one_ghz, 65536, 1),
                               probe_gbps(&specs[i], "write"), 0.02 * peak);
        CU_ASSERT_DOUBLE_EQUAL(served_gbps(&specs[i], &one_ghz, 16384, 3),
                               probe_gbps(&specs[i], "mix"), 0.04 * peak);
    }
}

static void an_idle_access_takes_the_commands_time(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_config config = one_ghz;
    struct ts_dram dram;
    struct ts_dram_request request = run_of(4096, 64);
    double stretch = 1.0 / (1.0 - ts_dram_refresh_loss(&spec, false));

    config.core_hz = 2e9;
    config.latency_ns = 100.0;
    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &config), 0);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_hit_latency_cycles(&dram), 2 * (100 + 14 + 2), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_miss_latency_cycles(&dram), 2 * (100 + 14 + 2 + 28), 1e-9);
    /* Closed bank: tRCD + tCL + burst. */
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_serve(&dram, 1000.0, &request).done_cycles,
                           1000.0 + 2 * (100 + 14 + 14 + 2), 1e-9);
    /* Open row. */
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_serve(&dram, 5000.0, &request).done_cycles,
                           5000.0 + 2 * (100 + 12 + 2 + 2 * stretch - 2 + 2), 1.0);
    /* Another row of that bank. */
    request.base += 64 * 1024 * 4;
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_serve(&dram, 9000.0, &request).done_cycles,
                           9000.0 + ts_dram_miss_latency_cycles(&dram), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(dram.counters.activations, 2.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(dram.counters.row_hits, 1.0, 0.0);
    ts_dram_release(&dram);
}

static void empty_tiles_change_nothing(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_request none[] = {run_of(0, 0), run_of(64, -5), {.rows = 0, .row_bytes = 64}};
    struct ts_dram dram;

    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &one_ghz), 0);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_DOUBLE_EQUAL(ts_dram_serve(&dram, 77.0, &none[i]).done_cycles, 77.0, 0.0);
    }
    CU_ASSERT_EQUAL(dram.counters.requests, 0);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_idle_at_cycles(&dram), 0.0, 0.0);
    ts_dram_release(&dram);
}

static void a_delay_is_waited_for_like_work(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_request request = run_of(0, 1 << 20);
    struct ts_dram dram;
    double alone, backlog;

    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &one_ghz), 0);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_backlog_cycles(&dram, 100.0), 0.0, 0.0);
    alone = ts_dram_serve(&dram, 100.0, &request).done_cycles - 100.0;
    backlog = ts_dram_backlog_cycles(&dram, 100.0);
    CU_ASSERT_TRUE(backlog > 0.9 * (1 << 20) / dram.peak_bytes_per_cycle && backlog <= alone);
    ts_dram_delay(&dram, 100.0, 5000.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_backlog_cycles(&dram, 100.0), backlog + 5000.0, 1e-6);
    CU_ASSERT_TRUE(ts_dram_serve(&dram, 100.0, &request).done_cycles > 5100.0 + alone);
    ts_dram_delay(&dram, 100.0, -1e9); /* down to nothing, no further */
    CU_ASSERT_TRUE(ts_dram_backlog_cycles(&dram, 100.0) >= 0.0);
    ts_dram_release(&dram);
}

static void bytes_are_counted_as_asked_and_moved_in_whole_bursts(void)
{
    struct ts_dram_spec spec = ddr4_module();
    struct ts_dram_request tile = {
        .base = 31, .rows = 23, .row_bytes = 17 * 31, .pitch_bytes = 5003, .is_write = false};
    struct ts_dram dram;

    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &one_ghz), 0);
    (void)ts_dram_serve(&dram, 0.0, &tile);
    tile.is_write = true;
    (void)ts_dram_serve(&dram, 0.0, &tile);
    CU_ASSERT_EQUAL(dram.counters.read_bytes, 23 * 17 * 31);
    CU_ASSERT_EQUAL(dram.counters.write_bytes, 23 * 17 * 31);
    CU_ASSERT_TRUE(dram.counters.read_bursts * 64 >= dram.counters.read_bytes);
    CU_ASSERT_TRUE(dram.counters.read_bursts * 64 <= dram.counters.read_bytes + 23 * 128);
    CU_ASSERT_EQUAL(dram.counters.read_bursts, dram.counters.write_bursts);
    ts_dram_release(&dram);
}

static void the_work_of_channels_adds_up(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    const struct ts_dram_request tiles[] = {
        {.base = 0, .rows = 64, .row_bytes = 256, .pitch_bytes = 4096},
        {.base = 192, .rows = 17, .row_bytes = 1111, .pitch_bytes = 8192},
        {.base = 64, .rows = 31, .row_bytes = 640, .pitch_bytes = 2432},
        {.base = 0, .rows = 5, .row_bytes = 100000, .pitch_bytes = 100000},
        {.base = 7, .rows = 1, .row_bytes = 999, .pitch_bytes = 0},
    };

    for (size_t i = 0; i < 2 * sizeof tiles / sizeof tiles[0]; i++) {
        struct ts_dram_config config = {.core_hz = 1e9, .devices = 5, .address_hash = i % 2};
        struct ts_dram dram;

        CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &config), 0);
        CU_ASSERT_EQUAL(dram.channels, 40);
        (void)ts_dram_serve(&dram, 0.0, &tiles[i / 2]);
        /* busy = bursts * burst time, however they were spread */
        CU_ASSERT_DOUBLE_EQUAL(dram.counters.busy_cycles, 2.0 * (double)dram.counters.read_bursts,
                               1e-6);
        CU_ASSERT_TRUE(dram.counters.activations >= 1.0);
        CU_ASSERT_TRUE(dram.counters.activations <= (double)dram.counters.read_bursts);
        ts_dram_release(&dram);
    }
}

static void rows_on_few_channels_wait_unless_addresses_are_hashed(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_request column = {.rows = 256, .row_bytes = 64, .pitch_bytes = 4096};
    double done[2];

    for (int hash = 0; hash < 2; hash++) {
        struct ts_dram_config config = {.core_hz = 1e9, .devices = 1, .address_hash = hash};
        struct ts_dram dram;

        CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &config), 0);
        done[hash] = ts_dram_serve(&dram, 0.0, &column).done_cycles;
        ts_dram_release(&dram);
    }
    CU_ASSERT_TRUE(done[0] > 256 * 2.0); /* all in one channel */
    CU_ASSERT_TRUE(done[1] < 0.5 * done[0]);
}

static double short_rows_cycles(const struct ts_dram_config *config, int64_t pitch_bytes)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_request column = {.rows = 4096, .row_bytes = 64, .pitch_bytes = pitch_bytes};
    struct ts_dram dram;
    double done;

    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, config), 0);
    done = ts_dram_serve(&dram, 0.0, &column).done_cycles;
    ts_dram_release(&dram);
    return done;
}

/* 4096 pages in 8 channels, one every tFAW / 4; at random only 2 - sqrt(2) of that. */
static void short_rows_meet_at_random_unless_their_pitch_is_a_power_of_two(void)
{
    struct ts_dram_config config = {.core_hz = 1e9, .devices = 1, .address_hash = true};
    double pace = 4096.0 / 8.0 * 7.5;

    CU_ASSERT_DOUBLE_EQUAL(short_rows_cycles(&config, 8192), pace, 0.02 * pace);
    CU_ASSERT_DOUBLE_EQUAL(short_rows_cycles(&config, 16384), pace, 0.02 * pace);
    CU_ASSERT_DOUBLE_EQUAL(short_rows_cycles(&config, 10240), pace / 0.586, 0.02 * pace);
    CU_ASSERT_DOUBLE_EQUAL(short_rows_cycles(&config, 7040), pace / 0.586, 0.02 * pace);
}

static void rows_of_one_bank_wait_for_each_other(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_request tile = {
        .rows = 64, .row_bytes = 2048, .pitch_bytes = 4 * 65536}; /* one set of banks */
    struct ts_dram dram;
    double done;

    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &one_ghz), 0);
    done = ts_dram_serve(&dram, 0.0, &tile).done_cycles;
    CU_ASSERT_TRUE(done >= 63 * (spec.tRAS + spec.tRP));
    ts_dram_release(&dram);
}

static void a_walk_in_small_steps_opens_each_page_once(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    const int64_t steps[] = {64, 448, 2048, 4096, 65536};
    const int64_t bytes = 4 * 1024 * 1024;

    for (int i = 0; i < 5; i++) {
        double pages = (double)bytes / (double)spec.page_bytes;
        struct ts_dram dram;

        CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &one_ghz), 0);
        for (int64_t at = 0; at < bytes; at += steps[i]) {
            struct ts_dram_request request = run_of((uint64_t)at, steps[i]);

            (void)ts_dram_serve(&dram, (double)at, &request);
        }
        CU_ASSERT_DOUBLE_EQUAL(dram.counters.activations, pages, 0.02 * pages);
        ts_dram_release(&dram);
    }
}

static void more_bandwidth_is_never_slower(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    double last = HUGE_VAL;

    for (double gbps = 32.0; gbps <= 8192.0; gbps *= 1.3) {
        struct ts_dram_config config = {
            .core_hz = 1.4e9, .devices = 2, .bandwidth_gbps = gbps, .address_hash = true};
        struct ts_dram dram;
        double done = 0.0;

        CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &config), 0);
        CU_ASSERT_DOUBLE_EQUAL(dram.peak_gbps, gbps, 1e-9 * gbps);
        for (int i = 0; i < 50; i++) {
            struct ts_dram_request tile = {.base = (uint64_t)i * 70000,
                                           .rows = 17 + i,
                                           .row_bytes = 23 * (i + 1),
                                           .pitch_bytes = 3100,
                                           .is_write = i % 3 == 1};

            done = fmax(done, ts_dram_serve(&dram, 10.0 * i, &tile).done_cycles);
        }
        CU_ASSERT_TRUE(done <= last * (1.0 + 1e-9));
        last = done;
        ts_dram_release(&dram);
    }
}

static void twice_the_bandwidth_streams_nearly_twice_as_fast(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_config config = one_ghz;
    double once = served_gbps(&spec, &config, 65536, 0), twice;

    config.bandwidth_gbps = 512.0;
    twice = served_gbps(&spec, &config, 65536, 0);
    CU_ASSERT_TRUE(twice > 1.9 * once && twice <= 2.0 * once * 1.0001);
}

static void single_bank_refresh_costs_less_than_whole_ranks(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_config config = one_ghz;
    double whole = served_gbps(&spec, &config, 65536, 0);

    config.per_bank_refresh = true;
    CU_ASSERT_TRUE(served_gbps(&spec, &config, 65536, 0) > 1.02 * whole);
}

static void check_bits_take_their_share_of_the_bus_and_of_the_energy(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_config config = one_ghz;
    double plain = served_gbps(&spec, &config, 65536, 0);
    struct ts_dram_counters counters = {.read_bursts = 800}, checked = counters;
    struct ts_dram_energy energy, more;
    struct ts_dram dram;
    struct ts_dram_request request = run_of(0, 1 << 20);

    config.inline_ecc = true;
    CU_ASSERT_DOUBLE_EQUAL(served_gbps(&spec, &config, 65536, 0), plain / 1.125, 0.005 * plain);
    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &config), 0);
    (void)ts_dram_serve(&dram, 0.0, &request);
    CU_ASSERT_EQUAL(dram.counters.read_bytes, 1 << 20);
    CU_ASSERT_DOUBLE_EQUAL(dram.counters.check_bursts, (1 << 20) / 64 / 8, 1e-9);
    ts_dram_release(&dram);
    checked.check_bursts = 100.0;
    ts_dram_energy(&spec, 8, &counters, 0.0, &energy);
    ts_dram_energy(&spec, 8, &checked, 0.0, &more);
    CU_ASSERT_DOUBLE_EQUAL(more.system_pj, energy.system_pj * 1.125, 1e-6);
}

static void controllers_fill_no_more_of_the_bus_than_they_can(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_config config = one_ghz;
    double peak = ts_dram_device_peak_gbps(&spec);

    /* Every n-th tile a write; 0: reads alone. */
    for (int mix = 0; mix < 4; mix++) {
        double free_running, gbps;

        config.controller_fill = 1.0;
        free_running = served_gbps(&spec, &config, 16384, mix);
        config.controller_fill = 0.7;
        gbps = served_gbps(&spec, &config, 16384, mix);
        CU_ASSERT_TRUE(free_running > 0.8 * peak);
        CU_ASSERT_DOUBLE_EQUAL(gbps, 0.7 * peak, 0.01 * peak);
    }
    /* What the timings allow is less already. */
    config.controller_fill = 0.99;
    CU_ASSERT_DOUBLE_EQUAL(served_gbps(&spec, &config, 65536, 0),
                           served_gbps(&spec, &one_ghz, 65536, 0), 1e-9);
}

static void devices_are_as_many_as_the_bandwidth_asks_for(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_config config = {.core_hz = 1e9, .bandwidth_gbps = 900.0};

    CU_ASSERT_EQUAL(ts_dram_channel_count(&spec, &config), 32);
    config.devices = 3;
    CU_ASSERT_EQUAL(ts_dram_channel_count(&spec, &config), 24);
    config.devices = 0.5;
    CU_ASSERT_EQUAL(ts_dram_channel_count(&spec, &config), 4);
    config = (struct ts_dram_config){.core_hz = 1e9};
    CU_ASSERT_EQUAL(ts_dram_channel_count(&spec, &config), 8);
}

static void what_makes_no_sense_is_not_built(void)
{
    struct ts_dram_spec spec = hbm2_stack(), unsound = spec;
    struct ts_dram_config config = one_ghz;
    struct ts_dram dram;

    config.core_hz = 0.0;
    CU_ASSERT_EQUAL(ts_dram_init(&dram, &spec, &config), -1);
    config.core_hz = NAN;
    CU_ASSERT_EQUAL(ts_dram_init(&dram, &spec, &config), -1);
    unsound.rows = 3;
    CU_ASSERT_EQUAL(ts_dram_init(&dram, &unsound, &one_ghz), -1);
    config = one_ghz;
    config.devices = 1e9; /* channels stop at 65536, banks at four million */
    spec.ranks = 64;
    CU_ASSERT_EQUAL(ts_dram_init(&dram, &spec, &config), -1);
}

static void the_same_requests_give_the_same_replies(void)
{
    struct ts_dram_spec spec = ddr4_module();
    struct ts_dram dram;
    double first[200];

    CU_ASSERT_EQUAL_FATAL(ts_dram_init(&dram, &spec, &one_ghz), 0);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 200; i++) {
            struct ts_dram_request tile = {.base = (uint64_t)(i * 7919) % 1000003 * 64,
                                           .rows = 1 + i % 23,
                                           .row_bytes = 1 + i * 31,
                                           .pitch_bytes = 17 * 1024,
                                           .is_write = i % 5 == 0};
            double done = ts_dram_serve(&dram, 20.0 * i, &tile).done_cycles;

            if (pass == 0) {
                first[i] = done;
            }
            CU_ASSERT_TRUE(done >= 20.0 * i && isfinite(done));
            CU_ASSERT_TRUE(pass == 0 || memcmp(&first[i], &done, sizeof done) == 0);
        }
        ts_dram_reset(&dram);
    }
    ts_dram_release(&dram);
}

static void energy_adds_up_and_counts_what_happened(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_counters counters = {.read_bursts = 700, .write_bursts = 300, .activations = 40};
    struct ts_dram_energy energy;

    ts_dram_energy(&spec, 8, &counters, 1e-3, &energy);
    CU_ASSERT_DOUBLE_EQUAL(energy.activation_pj, 40 * 1800.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(energy.access_pj, 1000 * 512 * 3.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(energy.refresh_pj, 8 * 60000.0 * 1e6 / 3900, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(energy.background_pj, 8 * 0.07 * 1e9, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(
        energy.device_pj,
        energy.activation_pj + energy.access_pj + energy.refresh_pj + energy.background_pj, 1e-3);
    CU_ASSERT_TRUE(energy.system_pj > energy.device_pj);
    spec.system_pj_per_bit = 0.0;
    ts_dram_energy(&spec, 8, &counters, 0.0, &energy);
    CU_ASSERT_DOUBLE_EQUAL(energy.system_pj, energy.device_pj, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(energy.background_pj + energy.refresh_pj, 0.0, 0.0);
}

int main(void)
{
    const struct test_case cases[] = {
        {"long streams agree with the probe", long_streams_agree_with_the_probe},
        {"an idle access takes the commands' time", an_idle_access_takes_the_commands_time},
        {"empty tiles change nothing", empty_tiles_change_nothing},
        {"a delay is waited for like work", a_delay_is_waited_for_like_work},
        {"bytes are counted as asked and moved in whole bursts",
         bytes_are_counted_as_asked_and_moved_in_whole_bursts},
        {"the work of channels adds up", the_work_of_channels_adds_up},
        {"rows on few channels wait unless addresses are hashed",
         rows_on_few_channels_wait_unless_addresses_are_hashed},
        {"short rows meet at random unless their pitch is a power of two",
         short_rows_meet_at_random_unless_their_pitch_is_a_power_of_two},
        {"rows of one bank wait for each other", rows_of_one_bank_wait_for_each_other},
        {"a walk in small steps opens each page once", a_walk_in_small_steps_opens_each_page_once},
        {"more bandwidth is never slower", more_bandwidth_is_never_slower},
        {"twice the bandwidth streams nearly twice as fast",
         twice_the_bandwidth_streams_nearly_twice_as_fast},
        {"single-bank refresh costs less than whole ranks",
         single_bank_refresh_costs_less_than_whole_ranks},
        {"check bits take their share of the bus and of the energy",
         check_bits_take_their_share_of_the_bus_and_of_the_energy},
        {"controllers fill no more of the bus than they can",
         controllers_fill_no_more_of_the_bus_than_they_can},
        {"devices are as many as the bandwidth asks for",
         devices_are_as_many_as_the_bandwidth_asks_for},
        {"what makes no sense is not built", what_makes_no_sense_is_not_built},
        {"the same requests give the same replies", the_same_requests_give_the_same_replies},
        {"energy adds up and counts what happened", energy_adds_up_and_counts_what_happened},
    };
    return RUN_SUITE("dram_serve", cases);
}
