#include "suite.h"
#include "tessera/build.h"
#include "tessera/sim.h"

#include <stdio.h>
#include <string.h>

/* What readelf would say: the note is in the file as it is in memory. */
static bool file_has(const char *path, const unsigned char *bytes, size_t count)
{
    FILE *file = fopen(path, "rb");
    unsigned char window[4] = {0};
    bool found = false;
    for (int byte; file && !found && (byte = fgetc(file)) != EOF;) {
        memmove(window, window + 1, sizeof window - 1);
        window[sizeof window - 1] = (unsigned char)byte;
        found = memcmp(window, bytes, count) == 0;
    }
    if (file) {
        fclose(file);
    }
    return found;
}

static void the_build_is_eight_digits_of_the_programs_own_file(void)
{
    unsigned char bytes[4];
    CU_ASSERT_EQUAL_FATAL(strlen(ts_build()), 8);
    CU_ASSERT_EQUAL_FATAL(strspn(ts_build(), "0123456789abcdef"), 8);
    for (int i = 0; i < 4; i++) {
        unsigned value;
        CU_ASSERT_EQUAL(sscanf(ts_build() + 2 * i, "%2x", &value), 1);
        bytes[i] = (unsigned char)value;
    }
    CU_ASSERT_TRUE(file_has("/proc/self/exe", bytes, sizeof bytes));
}

static void the_same_build_is_the_same_text(void)
{
    CU_ASSERT_PTR_EQUAL(ts_build(), ts_build());
    CU_ASSERT_EQUAL(strncmp(ts_version_and_build(), ts_version(), strlen(ts_version())), 0);
    CU_ASSERT_STRING_EQUAL(ts_version_and_build() + strlen(ts_version()) + 1, ts_build());
}

int main(void)
{
    static const struct test_case cases[] = {
        {"the build is eight digits of the program's own file",
         the_build_is_eight_digits_of_the_programs_own_file},
        {"the same build is the same text", the_same_build_is_the_same_text},
    };
    return RUN_SUITE("build", cases);
}
