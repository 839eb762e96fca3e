/* DRAM devices under access patterns: what never makes one slower. */
#include "suite.h"
#include "tessera/arch.h"
#include "unit/sim/memory/dram_support.h"

/* Whole patterns beat with refresh: a better device may lose this much to the phase alone. */
#define BEAT 0.98

static const char *const patterns[] = {
    "read", "write", "mix", "random", "tile,row_bytes=192,pitch=4160",
};
enum { PATTERNS = sizeof patterns / sizeof patterns[0], STREAMS = 2 };

static double gbps_of(const char *device, const char *pattern)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;
    double gbps;

    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_arch_load(device, NULL, 0, &arena, &diagnostics, &arch));
    ts_diagnostics_release(&diagnostics);
    gbps = probe_gbps(arch->memory.dram, pattern);
    ts_arena_release(&arena);
    return gbps;
}

static void a_faster_speed_grade_is_never_slower(void)
{
    static const char *const grades[][7] = {
        {"ddr3-1600", "ddr3-1866", NULL},
        {"ddr4-1866", "ddr4-2133", "ddr4-2400", "ddr4-2666", "ddr4-2933", "ddr4-3200", NULL},
        {"ddr5-4800", "ddr5-5600", "ddr5-6400", NULL},
        {"hbm1", "hbm2", NULL},
    };

    for (size_t g = 0; g < sizeof grades / sizeof grades[0]; g++) {
        for (int p = 0; p < PATTERNS; p++) {
            double last = gbps_of(grades[g][0], patterns[p]);

            for (int i = 1; grades[g][i]; i++) {
                double gbps = gbps_of(grades[g][i], patterns[p]);

                CU_ASSERT_TRUE(gbps >= BEAT * last);
                last = gbps;
            }
        }
    }
}

/* Both kinds of controller. */
static void for_both_controllers(void (*check)(const struct ts_dram_spec *spec))
{
    struct ts_dram_spec specs[] = {hbm2_stack(), ddr4_module()};

    for (int i = 0; i < 2; i++) {
        check(&specs[i]);
        specs[i].bank_queue = 8;
        check(&specs[i]);
    }
}

static void longer_timings_are_never_faster_on(const struct ts_dram_spec *spec)
{
    for (int p = STREAMS; p < PATTERNS; p++) {
        struct ts_dram_spec longer = *spec;
        double *timings[] = {&longer.tRP, &longer.tRFC, &longer.tWTR_L, &longer.tCCD_L,
                             &longer.tFAW};
        double plain = probe_gbps(spec, patterns[p]);

        for (size_t t = 0; t < sizeof timings / sizeof timings[0]; t++) {
            double was = *timings[t];

            *timings[t] *= 2.0;
            CU_ASSERT_TRUE(probe_gbps(&longer, patterns[p]) * BEAT <= plain);
            *timings[t] = was;
        }
    }
}

static void longer_timings_are_never_faster(void)
{
    for_both_controllers(longer_timings_are_never_faster_on);
}

static void deeper_queues_are_never_slower_on(const struct ts_dram_spec *spec)
{
    struct ts_dram_spec deep = *spec;

    deep.read_queue *= 2;
    for (int p = STREAMS; p < PATTERNS; p++) {
        CU_ASSERT_TRUE(probe_gbps(&deep, patterns[p]) >= BEAT * probe_gbps(spec, patterns[p]));
    }
}

static void deeper_queues_are_never_slower(void)
{
    for_both_controllers(deeper_queues_are_never_slower_on);
}

int main(void)
{
    const struct test_case cases[] = {
        {"a faster speed grade is never slower", a_faster_speed_grade_is_never_slower},
        {"longer timings are never faster", longer_timings_are_never_faster},
        {"deeper queues are never slower", deeper_queues_are_never_slower},
    };
    return RUN_SUITE("dram", cases);
}
