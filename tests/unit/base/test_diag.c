#include "suite.h"
#include "tessera/diag.h"

#include <string.h>

static char printed[8192];

static const char *print(const struct ts_diagnostics *diagnostics)
{
    FILE *stream = fmemopen(printed, sizeof printed, "w");
    ts_diagnostics_print(diagnostics, stream);
    fclose(stream);
    return printed;
}

static void an_error_reads_like_a_compilers(void)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    struct ts_place place = {"tpu.yaml", 4, 3};
    bool answer = ts_diag_error(&diagnostics, TS_ERROR_UNKNOWN_KEY, place, "unknown key '%s'", "x");
    ts_diag_source(&diagnostics, "  x: ws\n");
    ts_diag_help(&diagnostics, "did you mean '%s'?", "dataflow");
    CU_ASSERT_FALSE(answer);
    CU_ASSERT_STRING_EQUAL(print(&diagnostics),
                           "tpu.yaml:4:3: error: unknown key 'x' [unknown-key]\n"
                           "    4 |   x: ws\n"
                           "      |   ^\n"
                           "  help: did you mean 'dataflow'?\n");
    ts_diagnostics_release(&diagnostics);
}

static void errors_beyond_the_limit_are_counted(void)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    for (int i = 0; i < TS_DIAGNOSTICS_MAX + 7; i++) {
        ts_diag_error(&diagnostics, TS_ERROR_RANGE, (struct ts_place){0}, "number %d", i);
        ts_diag_help(&diagnostics, "help %d", i);
    }
    CU_ASSERT_EQUAL(diagnostics.kept, TS_DIAGNOSTICS_MAX);
    CU_ASSERT_EQUAL(diagnostics.errors, TS_DIAGNOSTICS_MAX + 7);
    CU_ASSERT_STRING_EQUAL(diagnostics.entries[TS_DIAGNOSTICS_MAX - 1].help, "help 19");
    CU_ASSERT_PTR_NOT_NULL(strstr(print(&diagnostics), "and 7 more errors"));
    ts_diagnostics_release(&diagnostics);
}

static void the_same_error_at_the_same_place_is_printed_once(void)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    for (int i = 0; i < 3; i++) {
        ts_diag_error(&diagnostics, TS_ERROR_RANGE, (struct ts_place){"f", 3, 5}, "twice");
        ts_diag_error(&diagnostics, TS_ERROR_RANGE, (struct ts_place){"f", 3, 6 + i}, "apart");
    }
    const char *text = print(&diagnostics), *first = strstr(text, "twice");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_PTR_NULL(strstr(first + 1, "twice"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "f:3:8: error: apart"));
    CU_ASSERT_EQUAL(diagnostics.errors, 6);
    ts_diagnostics_release(&diagnostics);
}

/* The caret's place in the output is that of the character it means. */
static void of_a_long_line_the_place_is_shown(void)
{
    static const int columns[] = {1, 60, 81, 82, 150, 299, 300, 301};
    char line[301];
    for (int i = 0; i < 300; i++) {
        line[i] = (char)('A' + i % 7);
    }
    line[300] = '\0';
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct ts_diagnostics diagnostics;
        ts_diagnostics_init(&diagnostics);
        ts_diag_error(&diagnostics, TS_ERROR_SYNTAX, (struct ts_place){"f", 7, columns[i]}, "x");
        ts_diag_source(&diagnostics, line);
        const char *shown = strchr(print(&diagnostics), '\n') + 1;
        const char *caret_line = strchr(shown, '\n') + 1, *caret = strchr(caret_line, '^');
        CU_ASSERT_PTR_NOT_NULL_FATAL(caret);
        CU_ASSERT_TRUE(caret_line - shown < 140);
        char meant = shown[caret - caret_line];
        if (columns[i] <= 300) {
            CU_ASSERT_EQUAL(meant, line[columns[i] - 1]);
        } else {
            CU_ASSERT_EQUAL(meant, '\n'); /* behind the last one */
        }
        CU_ASSERT_EQUAL(strncmp(shown + 8, "...", 3) == 0, columns[i] > 81);
        ts_diagnostics_release(&diagnostics);
    }
}

static void control_characters_never_reach_the_terminal(void)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    ts_diag_error(&diagnostics, TS_ERROR_SYNTAX, (struct ts_place){"a\033b", 1, 1}, "%s",
                  "\033[31mred\r\n");
    const char *text = print(&diagnostics);
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    CU_ASSERT_PTR_NULL(strchr(text, '\r'));
    ts_diagnostics_release(&diagnostics);
}

static void every_error_code_has_a_name(void)
{
    for (int code = 0; code < TS_ERROR_COUNT; code++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(ts_error_name((enum ts_error)code));
        CU_ASSERT(strlen(ts_error_name((enum ts_error)code)) > 2);
    }
}

static void notes_are_kept_once(void)
{
    struct ts_diagnostics diagnostics;
    char text[256] = "";
    ts_diagnostics_init(&diagnostics);
    for (int i = 0; i < 3; i++) {
        ts_diag_note(&diagnostics, (struct ts_place){"a.onnx", 0, 0}, "%d of %d", 1, 2);
    }
    for (int i = 0; i < 2 * TS_NOTES_MAX; i++) {
        ts_diag_note(&diagnostics, (struct ts_place){NULL, 0, 0}, "number %d\n", i);
    }
    CU_ASSERT_EQUAL(diagnostics.note_count, TS_NOTES_MAX);
    CU_ASSERT_EQUAL(diagnostics.errors, 0);
    FILE *stream = fmemopen(text, sizeof text, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    ts_diagnostics_print_notes(&diagnostics, stream);
    fclose(stream);
    CU_ASSERT_EQUAL(strncmp(text, "note: a.onnx: 1 of 2\nnote: number 0 \n", 37), 0);
    ts_diagnostics_release(&diagnostics);
}

int main(void)
{
    const struct test_case cases[] = {
        {"an error reads like a compiler's", an_error_reads_like_a_compilers},
        {"errors beyond the limit are counted", errors_beyond_the_limit_are_counted},
        {"the same error at the same place is printed once",
         the_same_error_at_the_same_place_is_printed_once},
        {"of a long line the place is shown", of_a_long_line_the_place_is_shown},
        {"control characters never reach the terminal",
         control_characters_never_reach_the_terminal},
        {"notes are kept once, up to a limit, and printed clean", notes_are_kept_once},
        {"every error code has a name", every_error_code_has_a_name},
    };
    return RUN_SUITE("diagnostics", cases);
}
