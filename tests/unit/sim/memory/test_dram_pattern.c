#include "suite.h"
#include "tessera/dram.h"

#include <string.h>

static void patterns_are_read_by_name(void)
{
    static const char *names[] = {"read",      "write", "mix",      "random",
                                  "same_bank", "tile",  "idle_hit", "idle_random"};
    struct ts_dram_probe probe;

    for (int i = 0; i < 8; i++) {
        if (i == TS_DRAM_TILE) {
            continue;
        }
        CU_ASSERT_PTR_NULL(ts_dram_probe_parse(names[i], &probe));
        CU_ASSERT_EQUAL((int)probe.pattern, i);
    }
    CU_ASSERT_PTR_NULL(ts_dram_probe_parse("tile,row_bytes=256,pitch=4096", &probe));
    CU_ASSERT_EQUAL(probe.pattern, TS_DRAM_TILE);
    CU_ASSERT_EQUAL(probe.row_bytes, 256);
    CU_ASSERT_EQUAL(probe.pitch_bytes, 4096);
    CU_ASSERT_PTR_NULL(ts_dram_probe_parse("tile,pitch=31,row_bytes=17", &probe));
    CU_ASSERT_EQUAL(probe.row_bytes, 17);
}

static void what_is_no_pattern_is_refused_with_a_reason(void)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "a pattern is"},
        {"reed", "a pattern is"},
        {"readx", "a pattern is"},
        {"read,3", "only tile"},
        {"tile", "both"},
        {"tile,row_bytes=64", "both"},
        {"tile,pitch=64", "both"},
        {"tile,row_bytes=,pitch=64", "is written"},
        {"tile,row_bytes=-1,pitch=64", "is written"},
        {"tile,row_bytes=1,row_bytes=2,pitch=64", "is written"},
        {"tile,row_bytes=64,pitch=64x", "is written"},
        {"tile,rows=64,pitch=64", "is written"},
        {"tile,row_bytes=0,pitch=64", "from 1"},
        {"tile,row_bytes=65,pitch=64", "from 1"},
        {"tile,row_bytes=64,pitch=99999999999999999999", "1 GiB"},
    };
    struct ts_dram_probe probe;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *wrong = ts_dram_probe_parse(cases[i].text, &probe);

        CU_ASSERT_PTR_NOT_NULL_FATAL(wrong);
        CU_ASSERT_PTR_NOT_NULL(strstr(wrong, cases[i].says));
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"patterns are read by name", patterns_are_read_by_name},
        {"what is no pattern is refused with a reason",
         what_is_no_pattern_is_refused_with_a_reason},
    };
    return RUN_SUITE("dram_pattern", cases);
}
