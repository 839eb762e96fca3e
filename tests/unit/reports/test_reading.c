#include "result_support.h"
#include "suite.h"

#include <string.h>

static char *reading(const struct ts_result *const *results, int count)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_reading(results, count, stream);
    fclose(stream);
    for (char *c = text; *c; c++) { /* wrapped lines as one */
        if (*c == '\n' && c[1] == ' ') {
            memmove(c, c + 2, strlen(c + 2) + 1);
        }
    }
    return text;
}

static void names_the_winners_and_the_factors(void)
{
    struct ts_result a = scaled_result("slow", 10, 1), b = scaled_result("fast", 1, 4);
    const struct ts_result *results[] = {&a, &b};
    char *text = reading(results, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "fast is first with 1.200 ms"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "slow takes 10 times as long"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "slow needs the least, 3.500 mJ per inference"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "fast needs 4 times that"));
    free(text);
}

static void says_why(void)
{
    struct ts_result a = scaled_result("slow", 10, 1), b = scaled_result("fast", 1, 4);
    const struct ts_result *results[] = {&a, &b};
    char *text = reading(results, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the larger share of its peak that it reaches"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "bound by dram; 40 % of its time is spent waiting for DRAM"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "a larger batch that reuses each weight"));
    b.arch.peak_tflops *= 40;
    b.utilization /= 40;
    free(text);
    text = reading(results, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "its higher peak"));
    free(text);
}

static void remedies_follow_the_largest_loss(void)
{
    struct ts_result result = sample_result();
    const struct ts_result *results[] = {&result};
    static const char *const expected[TS_TIME_PARTS] = {"more multiply-accumulate units",
                                                        "memory bandwidth",
                                                        "on-chip memories",
                                                        "wider interconnect",
                                                        "each fill serves more rows",
                                                        "tiles for all units",
                                                        "fused layers"};
    result.utilization = 0.7;
    for (int part = 0; part < TS_TIME_PARTS; part++) {
        for (int i = 0; i < TS_TIME_PARTS; i++) {
            result.time_breakdown[i] = i == part ? 0.94 : 0.01;
        }
        char *text = reading(results, 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, expected[part]));
        free(text);
    }
}

static void lines_are_wrapped(void)
{
    struct ts_result a = scaled_result("slow", 10, 1), b = scaled_result("fast", 1, 4);
    const struct ts_result *results[] = {&a, &b};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_reading(results, 2, stream);
    fclose(stream);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        CU_ASSERT_TRUE(strcspn(line, "\n") <= 100);
    }
    free(text);
}

static void a_table_stands_before_the_words(void)
{
    struct ts_result a = scaled_result("slow", 10, 1), b = scaled_result("fast", 1, 4);
    const struct ts_result *results[] = {&a, &b};
    struct ts_report_style plain = {.color = false};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_comparison_text(results, 2, &plain, stream);
    fclose(stream);
    const char *table = strstr(text, "energy/inference"), *words = strstr(text, "reading");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT_TRUE(table < words);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "where the joules went"));
    free(text);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"names the winners and the factors", names_the_winners_and_the_factors},
        {"says why", says_why},
        {"remedies follow the largest loss", remedies_follow_the_largest_loss},
        {"lines are wrapped", lines_are_wrapped},
        {"a table stands before the words", a_table_stands_before_the_words},
    };
    return RUN_SUITE("reading", cases);
}
