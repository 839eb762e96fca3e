#include "suite.h"

#include "tessera/report.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static const char *si(double value, const char *unit)
{
    static char buffer[TS_SI_BYTES];
    return ts_format_si(buffer, value, unit);
}

static void prefixes_follow_the_size(void)
{
    CU_ASSERT_STRING_EQUAL(si(0, "s"), "0 s");
    CU_ASSERT_STRING_EQUAL(si(1.2345e-3, "s"), "1.234 ms");
    CU_ASSERT_STRING_EQUAL(si(15.7e12, "FLOPS"), "15.70 TFLOPS");
    CU_ASSERT_STRING_EQUAL(si(4.09e9, ""), "4.090 G");
    CU_ASSERT_STRING_EQUAL(si(17, ""), "17.00");
    CU_ASSERT_STRING_EQUAL(si(-250e-6, "J"), "-250.0 uJ");
    CU_ASSERT_STRING_EQUAL(si(0.16018, "/s"), "0.1602 /s"); /* not metres a second */
}

static void rounding_never_shows_a_thousand(void)
{
    CU_ASSERT_STRING_EQUAL(si(999.96, "W"), "1.000 kW");
    CU_ASSERT_STRING_EQUAL(si(999.94, "W"), "999.9 W");
    CU_ASSERT_STRING_EQUAL(si(0.99996, "W"), "1.000 W");
    CU_ASSERT_STRING_EQUAL(si(99.996, "W"), "100.0 W");
}

static void sizes_beyond_all_prefixes_still_fit(void)
{
    CU_ASSERT_TRUE(strlen(si(1e27, "B")) < TS_SI_BYTES);
    CU_ASSERT_TRUE(strlen(si(DBL_MIN, "s")) < TS_SI_BYTES);
}

static void numbers_read_back_and_are_short(void)
{
    char buffer[TS_SI_BYTES];
    const double values[] = {0.1, 1.0 / 3, 1e300, 5e-324, 123456789.125, DBL_MAX, -0.0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        CU_ASSERT_TRUE(strtod(ts_format_number(buffer, values[i]), NULL) == values[i]);
    }
    CU_ASSERT_STRING_EQUAL(ts_format_number(buffer, 0.1), "0.1");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"prefixes follow the size", prefixes_follow_the_size},
        {"rounding never shows a thousand", rounding_never_shows_a_thousand},
        {"sizes beyond all prefixes still fit", sizes_beyond_all_prefixes_still_fit},
        {"numbers read back and are short", numbers_read_back_and_are_short},
    };
    return RUN_SUITE("format", cases);
}
