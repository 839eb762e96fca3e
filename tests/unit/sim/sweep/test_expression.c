#include "suite.h"

#include "tessera/sweep.h"

#include <string.h>

static const char *const names[] = {"batch", "precision", "memory.dram.bandwidth_gbps"};

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static struct ts_yaml_source source = {"where", "", 0};
static struct ts_yaml node = {.source = &source, .place = {"where", 1, 1}};

static const struct ts_expression *parse(const char *text)
{
    ts_diagnostics_release(&diagnostics);
    return ts_expression_parse(text, names, 3, &node, &arena, &diagnostics);
}

static bool holds(const char *text)
{
    const struct ts_axis_value values[] = {ts_axis_value("8"), ts_axis_value("fp16"),
                                           ts_axis_value("900.5")};
    const struct ts_expression *expression = parse(text);
    CU_ASSERT_PTR_NOT_NULL(expression);
    return expression && ts_expression_holds(expression, values);
}

static enum ts_error refusal(const char *text)
{
    return !parse(text) && diagnostics.errors == 1 ? diagnostics.entries[0].code : TS_ERROR_COUNT;
}

static void compares_numbers_and_texts(void)
{
    CU_ASSERT_TRUE(holds("batch == 8"));
    CU_ASSERT_TRUE(holds("batch == 8.0"));
    CU_ASSERT_TRUE(holds("batch<64"));
    CU_ASSERT_FALSE(holds("batch < 8"));
    CU_ASSERT_TRUE(holds("batch <= 8"));
    CU_ASSERT_TRUE(holds("batch >= 8"));
    CU_ASSERT_FALSE(holds("batch > 8"));
    CU_ASSERT_TRUE(holds("10 > batch"));
    CU_ASSERT_TRUE(holds("batch != 9"));
    CU_ASSERT_TRUE(holds("precision == fp16"));
    CU_ASSERT_TRUE(holds("precision != 'fp32'"));
    CU_ASSERT_TRUE(holds("precision == \"fp16\""));
    CU_ASSERT_TRUE(holds("memory.dram.bandwidth_gbps > 1e2"));
}

static void joins_and_groups(void)
{
    CU_ASSERT_TRUE(holds("batch < 4 or precision == fp16"));
    CU_ASSERT_FALSE(holds("batch < 4 and precision == fp16"));
    /* `and` binds closer than `or`. */
    CU_ASSERT_TRUE(holds("batch == 8 or batch == 9 and precision == fp32"));
    CU_ASSERT_FALSE(holds("(batch == 8 or batch == 9) and precision == fp32"));
    CU_ASSERT_TRUE(holds("not batch == 9"));
    CU_ASSERT_TRUE(holds("not (batch == 9 or precision == fp32)"));
    CU_ASSERT_TRUE(holds("not not batch == 8"));
}

static void order_with_a_text_is_false(void)
{
    CU_ASSERT_FALSE(holds("precision < 5"));
    CU_ASSERT_FALSE(holds("precision >= 5"));
}

static void refuses_what_does_not_parse(void)
{
    static const char *const wrong[] = {
        "",           "batch",          "batch ==",
        "== 8",       "batch = 8",      "batch < 8)",
        "(batch < 8", "batch < 8 and",  "batch < 8 batch < 9",
        "not",        "batch == 'open", "batch < 8 xor 1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CU_ASSERT_EQUAL(refusal(wrong[i]), TS_ERROR_SYNTAX);
    }
}

static void refuses_a_comparison_without_an_axis(void)
{
    CU_ASSERT_EQUAL(refusal("precison == fp16"), TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics.entries[0].help);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "precision"));
}

static void refuses_endless_nesting(void)
{
    char deep[4001];
    memset(deep, '(', 4000);
    deep[4000] = '\0';
    CU_ASSERT_EQUAL(refusal(deep), TS_ERROR_SYNTAX);
    for (int i = 0; i + 4 <= 4000; i += 4) {
        memcpy(deep + i, "not ", 4);
    }
    CU_ASSERT_EQUAL(refusal(deep), TS_ERROR_SYNTAX);
}

static double distance(const char *text)
{
    const struct ts_axis_value values[] = {ts_axis_value("8"), ts_axis_value("fp16"),
                                           ts_axis_value("900.5")};
    return ts_expression_distance(parse(text), values);
}

static void what_does_not_hold_is_some_way_off(void)
{
    CU_ASSERT_EQUAL(distance("batch < 9"), 0);
    CU_ASSERT_DOUBLE_EQUAL(distance("batch < 4"), 0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(distance("batch >= 10"), 0.2, 1e-12);
    CU_ASSERT_TRUE(distance("batch < 8") > 0); /* on the border, and yet not below */
    CU_ASSERT_EQUAL(distance("precision == fp32"), 1);
    CU_ASSERT_DOUBLE_EQUAL(distance("batch < 4 and precision == fp32"), 1.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(distance("batch < 4 or precision == fp32"), 0.5, 1e-12);
    CU_ASSERT_EQUAL(distance("batch < 4 or precision == fp16"), 0);
    CU_ASSERT_DOUBLE_EQUAL(distance("not (batch > 4 or precision == fp16)"), 1.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(distance("not (batch > 4 and precision == fp16)"), 0.5, 1e-12);
}

static void words_are_what_could_be_names(void)
{
    const char *words[8];
    int count =
        ts_expression_words("not (a.b<3 or 'quoted word' == c) and 1e-3>=d", &arena, words, 8);
    CU_ASSERT_EQUAL_FATAL(count, 3);
    CU_ASSERT_STRING_EQUAL(words[0], "a.b");
    CU_ASSERT_STRING_EQUAL(words[1], "c");
    CU_ASSERT_STRING_EQUAL(words[2], "d");
    CU_ASSERT_EQUAL(ts_expression_words("a < b and c < d", &arena, words, 2), 2);
    CU_ASSERT_EQUAL(ts_expression_words("a == 'open", &arena, words, 8), 1);
}

static void errors_stand_at_their_column(void)
{
    CU_ASSERT_PTR_NULL(parse("batch < 8 and precison == fp16"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].place.column, 15);
    CU_ASSERT_PTR_NULL(parse("batch < 8 xor 1"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].place.column, 11);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"compares numbers and texts", compares_numbers_and_texts},
        {"joins and groups", joins_and_groups},
        {"order with a text is false", order_with_a_text_is_false},
        {"refuses what does not parse", refuses_what_does_not_parse},
        {"refuses a comparison without an axis", refuses_a_comparison_without_an_axis},
        {"refuses endless nesting", refuses_endless_nesting},
        {"what does not hold is some way off", what_does_not_hold_is_some_way_off},
        {"words are what could be names", words_are_what_could_be_names},
        {"errors stand at their column", errors_stand_at_their_column},
    };
    int status = RUN_SUITE("expression", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
