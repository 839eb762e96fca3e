/* The devices of configs/devices: sound, at their standards' peaks, tile server and probe agreeing.
 */
#include "dram_support.h"
#include "suite.h"
#include "tessera/arch.h"

#include <math.h>

static const struct {
    const char *name;
    double peak_gbps;
    double stream_points; /* how far server and probe may be apart on a long stream */
} devices[] = {
    {"ddr3-2133", 17.06, 2},
    {"ddr4-1866", 14.95, 2},
    {"ddr4-2666", 21.33, 2},
    {"ddr4-2933", 23.53, 2},
    {"ddr3-1600", 12.8, 2},
    {"ddr3-1866", 14.95, 2},
    {"ddr4-2133", 17.02, 2},
    {"ddr4-2400", 19.28, 2},
    {"ddr4-3200", 25.4, 2},
    {"ddr5-4800", 38.46, 2},
    {"ddr5-5600", 44.82, 2},
    {"ddr5-6400", 51.28, 2},
    {"gddr5", 23.99, 2},
    {"gddr5-x128", 95.95, 2},
    {"gddr5x", 48.05, 2},
    {"gddr5x-x128", 192.2, 2},
    {"gddr6", 224, 2},
    {"gddr6x", 304, 2},
    {"hbm", 128, 2},
    {"hbm1", 128, 2},
    {"hbm2", 256, 2},
    {"hbm2e", 460.8, 2},
    {"lpddr3-1866", 14.95, 2},
    {"lpddr5", 51.2, 2},
    {"lpddr5-6400", 51.2, 2},
    /* Ranks that refresh in turn: a lone stream may dodge every refresh, or meet each of them, as
     * its walk over the ranks and tREFI beat. The server takes the mean. */
    {"lpddr4", 19.28, 4},
    {"lpddr4-2400", 19.28, 4},
    {"hbm3", 819.2, 8}, /* 32 reads in the probe's queue are too few for two pseudo-channels */
    {"hbm3e", 1177.6, 2},
};
enum { DEVICES = sizeof devices / sizeof devices[0] };

static const struct ts_dram_spec *load(const char *name, struct ts_arena *arena)
{
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;

    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_arch_load(name, NULL, 0, arena, &diagnostics, &arch));
    ts_diagnostics_release(&diagnostics);
    return arch->memory.dram;
}

static void every_device_loads_and_has_its_standards_peak(void)
{
    for (int i = 0; i < DEVICES; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        const struct ts_dram_spec *spec = load(devices[i].name, &arena);
        double peak = ts_dram_device_peak_gbps(spec);

        CU_ASSERT_PTR_NULL(ts_dram_spec_check(spec));
        CU_ASSERT_DOUBLE_EQUAL(peak, devices[i].peak_gbps, 0.005 * peak);
        CU_ASSERT_TRUE(spec->device_pj_per_bit > 0.0 && spec->activation_pj > 0.0);
        ts_arena_release(&arena);
    }
}

static void server_and_probe_agree_on_streams(void)
{
    for (int i = 0; i < DEVICES; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        const struct ts_dram_spec *spec = load(devices[i].name, &arena);
        struct ts_dram_config config = {.core_hz = 1e9, .devices = 1};
        double peak = ts_dram_device_peak_gbps(spec);
        double difference = served_gbps(spec, &config, 65536, 0) - probe_gbps(spec, "read");

        CU_ASSERT_TRUE(100.0 * fabs(difference) / peak <= devices[i].stream_points);
        ts_arena_release(&arena);
    }
}

static void no_pattern_passes_the_peak(void)
{
    static const char *patterns[] = {"mix", "random", "tile,row_bytes=256,pitch=4096"};

    for (int i = 0; i < DEVICES; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        const struct ts_dram_spec *spec = load(devices[i].name, &arena);

        for (int p = 0; p < 3; p++) {
            double got = probe_gbps(spec, patterns[p]);

            CU_ASSERT_TRUE(got > 0.0 && got <= 1.0001 * ts_dram_device_peak_gbps(spec));
        }
        ts_arena_release(&arena);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"every device loads and has its standard's peak",
         every_device_loads_and_has_its_standards_peak},
        {"server and probe agree on streams", server_and_probe_agree_on_streams},
        {"no pattern passes the peak", no_pattern_passes_the_peak},
    };
    return RUN_SUITE("devices", cases);
}
