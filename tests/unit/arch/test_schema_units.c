#include "suite.h"
#include "tessera/yaml_tree.h"

#include <string.h>

static void quantities_convert_to_the_rows_unit(void)
{
    static const struct {
        const char *text, *unit;
        double expected;
    } cases[] = {
        {"700", "MHz", 700},
        {"1.4 GHz", "MHz", 1400},
        {"1.4GHz", "MHz", 1400},
        {"28 MiB", "KiB", 28672},
        {"64 KiB", "KiB", 64},
        {"2 MB", "KiB", 1953.125},
        {"900 GB/s", "GB/s", 900},
        {"2 TB/s", "GB/s", 2000},
        {"100 Gbit/s", "GB/s", 12.5},
        {"250 mW", "W", 0.25},
        {"5 us", "us", 5},
        {"5 \xc2\xb5s", "us", 5},
        {"80 ns", "us", 0.08},
        {"3.9 pJ/bit", "pJ/B", 31.2},
        {"8 pJ/B", "pJ/bit", 1},
        {"850 mV", "V", 0.85},
        {"1e3", "", 1000},
        {"-3", "C", -3},
        {".5", "V", 0.5},
        {"0.1 pJ/bit/mm", "fJ/bit/mm", 100},
    };
    struct ts_arena arena = TS_ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = -1;
        CU_ASSERT_PTR_NULL(ts_schema_parse_quantity(cases[i].text, cases[i].unit, &arena, &value));
        CU_ASSERT_DOUBLE_EQUAL(value, cases[i].expected, 1e-12 * cases[i].expected + 1e-12);
    }
    ts_arena_release(&arena);
}

static void wrong_units_and_no_numbers_are_refused_with_a_reason(void)
{
    static const struct {
        const char *text, *unit, *says;
    } cases[] = {
        {"1.4 GB", "MHz", "a frequency in MHz"},
        {"28 MHz", "KiB", "a size"},
        {"900 GB", "GB/s", "a bandwidth"},
        {"5 ghz", "MHz", "no unit"},
        {"12 W", "", "without a unit"},
        {"abc", "W", "must be a number"},
        {"nan", "W", "must be a number"},
        {"inf", "W", "must be a number"},
        {"0x10", "W", "must be a number"},
        {"", "W", "must be a number"},
        {"1e999", "W", "must be a number"},
        {"-", "W", "must be a number"},
        {"5 W W", "W", "no unit"},
    };
    struct ts_arena arena = TS_ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        const char *why = ts_schema_parse_quantity(cases[i].text, cases[i].unit, &arena, &value);
        CU_ASSERT_PTR_NOT_NULL_FATAL(why);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, cases[i].says));
    }
    ts_arena_release(&arena);
}

int main(void)
{
    const struct test_case cases[] = {
        {"quantities convert to the row's unit", quantities_convert_to_the_rows_unit},
        {"wrong units and no numbers are refused with a reason",
         wrong_units_and_no_numbers_are_refused_with_a_reason},
    };
    return RUN_SUITE("schema_units", cases);
}
