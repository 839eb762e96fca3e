#include "dram_support.h"
#include "suite.h"

#include <string.h>

static void peaks_follow_from_bursts_and_clocks(void)
{
    struct ts_dram_spec hbm2 = hbm2_stack(), ddr4 = ddr4_module();

    CU_ASSERT_EQUAL(ts_dram_burst_bytes(&hbm2), 64);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_channel_peak_gbps(&hbm2), 32.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_device_peak_gbps(&hbm2), 256.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_device_peak_gbps(&ddr4), 64.0 / (4 * 0.83), 1e-12);
}

static void defaults_fill_what_was_left_out_only(void)
{
    struct ts_dram_spec spec = hbm2_stack();

    CU_ASSERT_DOUBLE_EQUAL(spec.tRCD_WR, spec.tRCD, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(spec.tCCD_L_WR, spec.tCCD_L, 0.0);
    CU_ASSERT_EQUAL(spec.read_queue, 32);
    CU_ASSERT_EQUAL(spec.pseudo_channels, 1);
    CU_ASSERT_DOUBLE_EQUAL(spec.activate_cycles, 1.0, 0.0);
    CU_ASSERT_EQUAL(spec.write_high, 32);
    spec.tRCD_WR = 9;
    spec.write_queue = 64;
    spec.write_high = 26;
    ts_dram_spec_defaults(&spec);
    CU_ASSERT_DOUBLE_EQUAL(spec.tRCD_WR, 9.0, 0.0);
    CU_ASSERT_EQUAL(spec.write_high, 26);
}

static void a_low_watermark_means_one_queue_for_all_banks(void)
{
    struct ts_dram_spec spec = hbm2_stack();

    spec.bank_queue = -1;
    ts_dram_spec_defaults(&spec);
    CU_ASSERT_EQUAL(spec.bank_queue, 8);
    spec.bank_queue = -1;
    spec.write_low = 6;
    ts_dram_spec_defaults(&spec);
    CU_ASSERT_EQUAL(spec.bank_queue, 0);
    spec.bank_queue = 4;
    ts_dram_spec_defaults(&spec);
    CU_ASSERT_EQUAL(spec.bank_queue, 4);
}

static void a_faster_interface_keeps_the_nanoseconds_of_the_array(void)
{
    struct ts_dram_spec slow = hbm2_stack(), fast = ts_dram_spec_scaled(&slow, 1.75);

    CU_ASSERT_DOUBLE_EQUAL(fast.tRCD * fast.tck_ns, slow.tRCD * slow.tck_ns, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(fast.tRFC * fast.tck_ns, slow.tRFC * slow.tck_ns, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(fast.tFAW * fast.tck_ns, slow.tFAW * slow.tck_ns, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(fast.burst_cycles, slow.burst_cycles, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_device_peak_gbps(&fast), 448.0, 1e-9);
}

#define REFUSED(change, word)                                                                      \
    do {                                                                                           \
        struct ts_dram_spec spec = hbm2_stack();                                                   \
        const char *wrong;                                                                         \
        change;                                                                                    \
        wrong = ts_dram_spec_check(&spec);                                                         \
        CU_ASSERT_PTR_NOT_NULL_FATAL(wrong);                                                       \
        CU_ASSERT_PTR_NOT_NULL(strstr(wrong, word));                                               \
    } while (0)

static void unsound_devices_are_refused_with_a_reason(void)
{
    struct ts_dram_spec sound = hbm2_stack();

    CU_ASSERT_PTR_NULL(ts_dram_spec_check(&sound));
    REFUSED(spec.tck_ns = 0.0, "tck_ns");
    REFUSED((spec.bank_queue = 8, spec.write_low = 6), "bank_queue");
    REFUSED(spec.burst_cycles = -1.0, "burst_cycles");
    REFUSED(spec.bus_width_bits = 130, "multiple of 8");
    REFUSED(spec.page_bytes = 32, "page_bytes");
    REFUSED(spec.tREFI = 200, "tREFI");
    REFUSED(spec.tCCD_L = 0.5, "tCCD_L");
    REFUSED(spec.tRRD_L = 3, "tRRD_L");
    REFUSED(spec.pseudo_channels = 3, "pseudo_channels");
    REFUSED(spec.activate_cycles = 24.0, "activate_cycles");
    REFUSED(spec.write_low = 32, "write_low");
    REFUSED((spec.refresh = TS_DRAM_REFRESH_PER_BANK, spec.tRFC_PB = 0), "tRFC_PB");
    REFUSED(spec.channels = 6, "powers of two");
    REFUSED(spec.burst_length = 3, "power of two");
    REFUSED(spec.interleave_bursts = 3, "interleave_bursts");
    REFUSED(spec.interleave_bursts = 64, "interleave_bursts");
    REFUSED(spec.address_mapping = "ro", "address_mapping");
}

static void streams_lose_refresh_and_what_one_bank_group_costs(void)
{
    struct ts_dram_spec spec = ddr4_module();
    double apart = ts_dram_stream_efficiency(&spec);

    CU_ASSERT_DOUBLE_EQUAL(apart, 1.0 - (16.0 + 17 + 17 + 420) / 9360, 1e-12);
    spec.address_mapping = "rochrababgco"; /* a page at a time in one bank group */
    CU_ASSERT_DOUBLE_EQUAL(ts_dram_stream_efficiency(&spec), apart * 4.0 / 6.0, 1e-12);
}

static void the_schema_fills_every_field_once(void)
{
    for (size_t i = 0; i < ts_dram_schema.count; i++) {
        const struct ts_schema_row *row = &ts_dram_schema.rows[i];

        CU_ASSERT_PTR_NOT_NULL_FATAL(row->doc);
        CU_ASSERT_TRUE(row->offset < sizeof(struct ts_dram_spec));
        for (size_t j = 0; j < i; j++) {
            CU_ASSERT_NOT_EQUAL(row->offset, ts_dram_schema.rows[j].offset);
            CU_ASSERT_STRING_NOT_EQUAL(row->path, ts_dram_schema.rows[j].path);
        }
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"peaks follow from bursts and clocks", peaks_follow_from_bursts_and_clocks},
        {"defaults fill what was left out only", defaults_fill_what_was_left_out_only},
        {"a low watermark means one queue for all banks",
         a_low_watermark_means_one_queue_for_all_banks},
        {"a faster interface keeps the nanoseconds of the array",
         a_faster_interface_keeps_the_nanoseconds_of_the_array},
        {"unsound devices are refused with a reason", unsound_devices_are_refused_with_a_reason},
        {"streams lose refresh and what one bank group costs",
         streams_lose_refresh_and_what_one_bank_group_costs},
        {"the schema fills every field once", the_schema_fills_every_field_once},
    };
    return RUN_SUITE("dram_spec", cases);
}
