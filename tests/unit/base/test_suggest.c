#include "suite.h"
#include "tessera/diag.h"

#include <string.h>

static void a_slip_of_the_finger_is_recognised(void)
{
    const char *const keys[] = {"dataflow", "rows", "columns", "overlap"};
    CU_ASSERT_STRING_EQUAL(ts_suggest("datafow", keys, 4), "dataflow");
    CU_ASSERT_STRING_EQUAL(ts_suggest("DATAFLOW", keys, 4), "dataflow");
    CU_ASSERT_STRING_EQUAL(ts_suggest("rosw", keys, 4), "rows");
    CU_ASSERT_STRING_EQUAL(ts_suggest("column", keys, 4), "columns");
}

static void something_else_altogether_is_not_guessed_at(void)
{
    const char *const keys[] = {"dataflow", "rows", "columns", "overlap"};
    char long_word[200];
    memset(long_word, 'x', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    CU_ASSERT_PTR_NULL(ts_suggest("bandwidth", keys, 4));
    CU_ASSERT_PTR_NULL(ts_suggest("", keys, 4));
    CU_ASSERT_PTR_NULL(ts_suggest(long_word, keys, 4));
    CU_ASSERT_PTR_NULL(ts_suggest("rows", keys, 0));
}

int main(void)
{
    const struct test_case cases[] = {
        {"a slip of the finger is recognised", a_slip_of_the_finger_is_recognised},
        {"something else altogether is not guessed at",
         something_else_altogether_is_not_guessed_at},
    };
    return RUN_SUITE("suggest", cases);
}
