#include "dram_support.h"
#include "suite.h"

#include <string.h>

static void consecutive_bursts_change_channel_then_bank_group(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_mapping mapping;

    CU_ASSERT_PTR_NULL_FATAL(ts_dram_mapping_init(&mapping, &spec));
    for (uint64_t burst = 0; burst < 64; burst++) {
        struct ts_dram_address at = ts_dram_map(&mapping, burst * 64 + burst % 64);

        CU_ASSERT_EQUAL(at.channel, (int64_t)(burst % 8));
        CU_ASSERT_EQUAL(at.bank_group, (int64_t)(burst / 8 % 4));
        CU_ASSERT_EQUAL(at.column, (int64_t)(burst / 32));
        CU_ASSERT_EQUAL(at.bank, 0);
        CU_ASSERT_EQUAL(at.row, 0);
    }
}

static void every_burst_of_the_device_has_a_place_of_its_own(void)
{
    struct ts_dram_spec spec = ddr4_module();
    struct ts_dram_mapping mapping;
    static unsigned char seen[2 * 4 * 4 * 8 * 128];

    spec.rows = 8;
    spec.interleave_bursts = 4;
    CU_ASSERT_PTR_NULL_FATAL(ts_dram_mapping_init(&mapping, &spec));
    for (uint64_t burst = 0; burst < sizeof seen; burst++) {
        struct ts_dram_address at = ts_dram_map(&mapping, burst * 64);
        int64_t place =
            (((at.rank * 4 + at.bank_group) * 4 + at.bank) * 8 + at.row) * 128 + at.column;

        CU_ASSERT_TRUE_FATAL(place >= 0 && place < (int64_t)sizeof seen && !seen[place]);
        seen[place] = 1;
    }
}

static void the_interleave_granule_stays_together(void)
{
    struct ts_dram_spec spec = hbm2_stack();
    struct ts_dram_mapping mapping;

    spec.interleave_bursts = 4;
    CU_ASSERT_PTR_NULL_FATAL(ts_dram_mapping_init(&mapping, &spec));
    for (uint64_t burst = 0; burst < 32; burst++) {
        CU_ASSERT_EQUAL(ts_dram_map(&mapping, burst * 64).channel, (int64_t)(burst / 4));
        CU_ASSERT_EQUAL(ts_dram_map(&mapping, burst * 64).column, (int64_t)(burst % 4));
    }
}

static void unsound_mappings_are_refused_with_a_reason(void)
{
    static const struct {
        const char *order, *says;
    } cases[] = {
        {"rorabacobg", "six fields"},
        {"rorabacobgxx", "other than"},
        {"rorabacobgro", "twice"},
    };
    struct ts_dram_mapping mapping;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_dram_spec spec = hbm2_stack();
        const char *wrong;

        spec.address_mapping = cases[i].order;
        wrong = ts_dram_mapping_init(&mapping, &spec);
        CU_ASSERT_PTR_NOT_NULL_FATAL(wrong);
        CU_ASSERT_PTR_NOT_NULL(strstr(wrong, cases[i].says));
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"consecutive bursts change channel, then bank group",
         consecutive_bursts_change_channel_then_bank_group},
        {"every burst of the device has a place of its own",
         every_burst_of_the_device_has_a_place_of_its_own},
        {"the interleave granule stays together", the_interleave_granule_stays_together},
        {"unsound mappings are refused with a reason", unsound_mappings_are_refused_with_a_reason},
    };
    return RUN_SUITE("dram_mapping", cases);
}
