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

static void a_word_cut_short_or_a_part_of_one_is_recognised(void)
{
    const char *const names[] = {"inference", "training", "gpu-v100-pcie", "gpu-a100-sxm-80gb"};
    CU_ASSERT_STRING_EQUAL(ts_suggest("train", names, 4), "training");
    CU_ASSERT_STRING_EQUAL(ts_suggest("inf", names, 4), "inference");
    CU_ASSERT_STRING_EQUAL(ts_suggest("v100", names, 4), "gpu-v100-pcie");
    CU_ASSERT_STRING_EQUAL(ts_suggest("a100", names, 4), "gpu-a100-sxm-80gb");
    CU_ASSERT_PTR_NULL(ts_suggest("in", names, 4));
}

static void of_words_as_near_the_one_with_the_same_first_letter_is_meant(void)
{
    const char *const columns[] = {"batch", "latency_s"};
    CU_ASSERT_STRING_EQUAL(ts_suggest("latncy", columns, 2), "latency_s");
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
        {"a word cut short or a part of one is recognised",
         a_word_cut_short_or_a_part_of_one_is_recognised},
        {"of words as near the one with the same first letter is meant",
         of_words_as_near_the_one_with_the_same_first_letter_is_meant},
        {"something else altogether is not guessed at",
         something_else_altogether_is_not_guessed_at},
    };
    return RUN_SUITE("suggest", cases);
}
