#include "suite.h"
#include "tessera/diag.h"
#include "tessera/suggest.h"

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

static void of_names_that_a_word_begins_all_are_meant(void)
{
    const char *const names[] = {"gpu-a10", "gpu-a100-pcie-40gb", "gpu-a100-sxm-80gb",
                                 "gpu-h100-sxm", "tpu-v1"};
    static const struct {
        const char *word, *meant;
    } cases[] = {
        {"gpu-a100", "'gpu-a100-pcie-40gb' or 'gpu-a100-sxm-80gb'"},
        {"gpu-a10", "'gpu-a10', 'gpu-a100-pcie-40gb' or 'gpu-a100-sxm-80gb'"},
        {"A100", "'gpu-a100-pcie-40gb' or 'gpu-a100-sxm-80gb'"},
        {"h100", "'gpu-h100-sxm'"},
        {"tpu-v11", "'tpu-v1'"},
    };
    struct ts_arena arena = TS_ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = ts_suggest_names(cases[i].word, names, 5, &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_STRING_EQUAL(found, cases[i].meant);
    }
    CU_ASSERT_PTR_NULL(ts_suggest_names("resnet50", names, 5, &arena));
    CU_ASSERT_PTR_NULL(ts_suggest_names("", names, 5, &arena));
    ts_arena_release(&arena);
}

static void no_more_than_six_names_are_meant(void)
{
    const char *const names[] = {"net1", "net2", "net3", "net4", "net5", "net6", "net7"};
    struct ts_arena arena = TS_ARENA_INIT;
    CU_ASSERT_STRING_EQUAL(ts_suggest_names("net", names, 7, &arena),
                           "'net1', 'net2', 'net3', 'net4', 'net5' or 'net6'");
    ts_arena_release(&arena);
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
        {"of names that a word begins all are meant", of_names_that_a_word_begins_all_are_meant},
        {"no more than six names are meant", no_more_than_six_names_are_meant},
    };
    return RUN_SUITE("suggest", cases);
}
