#include "workloads/frontend/expression.h"

#include "suite.h"

#include <string.h>

static bool look_up(const void *context, const char *name, double *value)
{
    *value = *(const double *)context;
    return strcmp(name, "x") == 0;
}

static const char *evaluate(const char *text, double *value)
{
    static struct ts_arena arena;
    static const double x = 7;
    return ts_expression_evaluate(text, look_up, &x, &arena, value);
}

static void arithmetic_binds_as_in_school(void)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {{"17", 17},         {"$x", 7},
                {"2 + 3 * $x", 23}, {"(2 + 3) * $x", 35},
                {"$x / 2", 3},      {"-$x + 10", 3},
                {"10 - 3 - 2", 5},  {"0.5", 0.5},
                {"1e3", 1000},      {"2 * (3 + (4))", 14},
                {" 8 / 4 / 2 ", 1}, {"- -3", 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = -1;
        CU_ASSERT_PTR_NULL(evaluate(rows[i].text, &value));
        CU_ASSERT_EQUAL(value, rows[i].value);
    }
}

static void what_is_no_expression_says_why(void)
{
    static const struct {
        const char *text, *why;
    } rows[] = {{"", "expected"},    {"$y", "'y'"},        {"2 +", "expected"},
                {"(2", "')'"},       {"2 3", "left over"}, {"1 / 0", "zero"},
                {"nan", "expected"}, {"1e400", "large"},   {"2 ** 3", "expected"},
                {"0x10", "decimal"}, {"$", "''"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value;
        const char *why = evaluate(rows[i].text, &value);
        CU_ASSERT_PTR_NOT_NULL_FATAL(why);
        if (!strstr(why, rows[i].why)) {
            fprintf(stderr, "'%s': %s\n", rows[i].text, why);
        }
        CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
    }
}

static void deep_nesting_is_refused(void)
{
    char text[20001];
    double value;
    memset(text, '(', 20000);
    text[20000] = '\0';
    CU_ASSERT_PTR_NOT_NULL(evaluate(text, &value));
    memset(text, '-', 20000);
    CU_ASSERT_PTR_NOT_NULL(evaluate(text, &value));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"arithmetic binds as in school", arithmetic_binds_as_in_school},
        {"what is no expression says why", what_is_no_expression_says_why},
        {"deep nesting is refused", deep_nesting_is_refused},
    };
    return RUN_SUITE("expressions", cases);
}
