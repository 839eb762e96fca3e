#include "suite.h"

#include "tessera/options.h"

#include <string.h>

struct target {
    int64_t number;
    const char *texts[8];
    int text_count;
    int flags;
};

static bool take_number(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct target *t = target;
    return ts_option_integer("--number", value, 1, 100, diagnostics, &t->number);
}

static bool take_text(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    struct target *t = target;
    t->texts[t->text_count++] = value;
    return true;
}

static bool take_flag(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)diagnostics;
    ((struct target *)target)->flags += value == NULL;
    return true;
}

static const struct ts_option_row rows[] = {
    {'n', "number", "N", "a number", take_number},
    {'t', "text", "TEXT", "a text", take_text},
    {'x', "flag", NULL, "a flag", take_flag},
    {0, "long-only", NULL, "a flag without a letter", take_flag},
};

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static struct target target;
static struct ts_arguments arguments;

static bool parse(int count, const char *const *words)
{
    struct ts_option_table table = {rows, 4, &target};
    ts_diagnostics_release(&diagnostics);
    target = (struct target){0};
    return ts_options_parse(&table, 1, words, count, &arena, &diagnostics, &arguments);
}

#define PARSE(...)                                                                                 \
    parse((int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),                           \
          (const char *[]){__VA_ARGS__})

static void takes_every_way_of_writing_an_option(void)
{
    CU_ASSERT_TRUE(PARSE("-n", "3", "-ta", "--text=b", "--text", "c", "-x", "--long-only"));
    CU_ASSERT_EQUAL(target.number, 3);
    CU_ASSERT_EQUAL(target.text_count, 3);
    CU_ASSERT_STRING_EQUAL(target.texts[0], "a");
    CU_ASSERT_STRING_EQUAL(target.texts[1], "b");
    CU_ASSERT_STRING_EQUAL(target.texts[2], "c");
    CU_ASSERT_EQUAL(target.flags, 2);
    CU_ASSERT_EQUAL(arguments.count, 0);
}

static void joins_flags_and_ends_at_two_dashes(void)
{
    CU_ASSERT_TRUE(PARSE("file", "-xxn7", "-", "--", "-x", "--nothing"));
    CU_ASSERT_EQUAL(target.flags, 2);
    CU_ASSERT_EQUAL(target.number, 7);
    CU_ASSERT_EQUAL(arguments.count, 4);
    CU_ASSERT_STRING_EQUAL(arguments.words[3], "--nothing");
}

static void refuses_unknown_options_with_a_suggestion(void)
{
    CU_ASSERT_FALSE(PARSE("--nubmer", "3"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_USAGE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics.entries[0].help);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "--number"));
    CU_ASSERT_FALSE(PARSE("-z"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_USAGE);
}

static void refuses_missing_and_needless_values(void)
{
    CU_ASSERT_FALSE(PARSE("-n"));
    CU_ASSERT_FALSE(PARSE("--text"));
    CU_ASSERT_FALSE(PARSE("--flag=1"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_USAGE);
}

static void refuses_numbers_that_are_none_or_out_of_range(void)
{
    CU_ASSERT_FALSE(PARSE("-n", "many"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_TYPE);
    CU_ASSERT_FALSE(PARSE("-n", "3.5"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_TYPE);
    CU_ASSERT_FALSE(PARSE("-n", "0"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_RANGE);
    CU_ASSERT_FALSE(PARSE("-n", "99999999999999999999999"));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_RANGE);
}

static void collects_every_error(void)
{
    CU_ASSERT_FALSE(PARSE("-n", "0", "--nothing-like-it", "-n", "x"));
    CU_ASSERT_EQUAL(diagnostics.errors, 3);
}

static void splits_text_as_a_shell_does(void)
{
    struct ts_arguments words;
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_TRUE(
        ts_options_split("  -t a:1  -s 'k=v w' \"\" x'y'z", &arena, &diagnostics, &words));
    CU_ASSERT_EQUAL_FATAL(words.count, 6);
    CU_ASSERT_STRING_EQUAL(words.words[1], "a:1");
    CU_ASSERT_STRING_EQUAL(words.words[3], "k=v w");
    CU_ASSERT_STRING_EQUAL(words.words[4], "");
    CU_ASSERT_STRING_EQUAL(words.words[5], "xyz");
    CU_ASSERT_TRUE(ts_options_split("", &arena, &diagnostics, &words));
    CU_ASSERT_EQUAL(words.count, 0);
    CU_ASSERT_FALSE(ts_options_split("-s 'open", &arena, &diagnostics, &words));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_SYNTAX);
}

static void help_names_every_option(void)
{
    struct ts_option_table table = {rows, 4, &target};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    ts_options_help(&table, 1, stream);
    fclose(stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "-n, --number N"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "--long-only"));
    free(text);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"takes every way of writing an option", takes_every_way_of_writing_an_option},
        {"joins flags and ends at two dashes", joins_flags_and_ends_at_two_dashes},
        {"refuses unknown options with a suggestion", refuses_unknown_options_with_a_suggestion},
        {"refuses missing and needless values", refuses_missing_and_needless_values},
        {"refuses numbers that are none or out of range",
         refuses_numbers_that_are_none_or_out_of_range},
        {"collects every error", collects_every_error},
        {"splits text as a shell does", splits_text_as_a_shell_does},
        {"help names every option", help_names_every_option},
    };
    int status = RUN_SUITE("options", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
