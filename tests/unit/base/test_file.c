#include "scratch.h"
#include "suite.h"
#include "tessera/file.h"

#include <errno.h>
#include <string.h>

enum { LARGE = 100003 };

static void a_file_is_read_whole_with_a_nul_behind_it(void)
{
    static const int sizes[] = {0, 1, (1 << 14) - 1, 1 << 14, (1 << 14) + 1, 1 << 15, LARGE};
    static char text[LARGE + 1];
    memset(text, 'x', LARGE);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t length = 7;
        text[sizes[i]] = '\0';
        char *read = ts_file_read(scratch_write("file", text), LARGE, &length);
        CU_ASSERT_PTR_NOT_NULL_FATAL(read);
        CU_ASSERT_EQUAL(length, (size_t)sizes[i]);
        CU_ASSERT_STRING_EQUAL(read, text);
        free(read);
        text[sizes[i]] = 'x';
    }
}

static void of_a_larger_one_enough_is_read_to_tell(void)
{
    size_t length = 0;
    char *read = ts_file_read("/dev/zero", 1 << 20, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(read);
    CU_ASSERT_TRUE(length > 1 << 20);
    CU_ASSERT_TRUE(length <= 1 << 22);
    free(read);
}

static void what_cannot_be_read_says_why(void)
{
    size_t length;
    CU_ASSERT_PTR_NULL(ts_file_read(scratch_path("absent"), 10, &length));
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_PTR_NULL(ts_file_read(scratch_folder(), 10, &length));
    CU_ASSERT_EQUAL(errno, EISDIR);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a file is read whole, with a NUL behind it", a_file_is_read_whole_with_a_nul_behind_it},
        {"of a larger one enough is read to tell", of_a_larger_one_enough_is_read_to_tell},
        {"what cannot be read says why", what_cannot_be_read_says_why},
    };
    return RUN_SUITE("file", cases);
}
