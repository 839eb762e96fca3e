#include "expect_support.h"
#include "suite.h"
#include "tessera/yaml_tree.h"

#include <stdlib.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static void start(void)
{
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
}

static void finish(void)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
}

static struct ts_yaml *parse(const char *text)
{
    return ts_yaml_parse("t.yaml", text, strlen(text), &arena, &diagnostics);
}

static void nodes_know_their_line_and_column(void)
{
    start();
    const struct ts_yaml *root = parse("compute:\n  clock_mhz: 700\n  list: [1, two]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    const struct ts_yaml *clock = ts_yaml_find(root, "compute.clock_mhz");
    CU_ASSERT_PTR_NOT_NULL_FATAL(clock);
    CU_ASSERT_STRING_EQUAL(clock->text, "700");
    CU_ASSERT_EQUAL(clock->place.line, 2);
    CU_ASSERT_EQUAL(clock->place.column, 14);
    CU_ASSERT_EQUAL(clock->key_place.column, 3);
    const struct ts_yaml *list = ts_yaml_find(root, "compute.list");
    CU_ASSERT_EQUAL(list->kind, TS_YAML_SEQUENCE);
    CU_ASSERT_EQUAL(list->count, 2);
    CU_ASSERT_STRING_EQUAL(list->last->text, "two");
    CU_ASSERT_STRING_EQUAL(ts_yaml_path(list->last, &arena), "compute.list[1]");
    finish();
}

static void every_bad_document_is_refused_with_its_place(void)
{
    static const struct bad_input bad[] = {
        {"empty", "", TS_ERROR_SYNTAX, 1, 1, "empty", NULL},
        {"comment only", "# nothing\n", TS_ERROR_SYNTAX, 1, 1, "empty", NULL},
        {"open bracket", "a: [1, 2\n", TS_ERROR_SYNTAX, 1, 4, NULL, NULL},
        {"truncated in a key", "a: 1\nbcd", TS_ERROR_SYNTAX, 2, 1, NULL, NULL},
        {"open quote", "a: \"text\n", TS_ERROR_SYNTAX, 1, 4, "quoted", NULL},
        {"tab indentation", "a:\n\tb: 1\n", TS_ERROR_SYNTAX, 2, 1, NULL, NULL},
        {"duplicate key", "a: 1\nb: 2\na: 3\n", TS_ERROR_DUPLICATE_KEY, 3, 1, "line 1", NULL},
        {"nested duplicate", "c:\n  x: 1\n  x: 2\n", TS_ERROR_DUPLICATE_KEY, 3, 3, "'x'", NULL},
        {"anchor", "a: &x 1\n", TS_ERROR_UNSUPPORTED, 1, 4, "anchors", "extends"},
        {"alias", "a: 1\nb: *a\n", TS_ERROR_UNSUPPORTED, 2, 4, "anchors", NULL},
        {"tag", "a: !!python/object x\n", TS_ERROR_UNSUPPORTED, 1, 4, "tags", NULL},
        {"second document", "a: 1\n---\nb: 2\n", TS_ERROR_UNSUPPORTED, 2, 1, "second", NULL},
        {"list as key", "? [a, b]\n: 1\n", TS_ERROR_SYNTAX, 1, 3, "key", NULL},
        {"not UTF-8", "a: 1\nb: \xff\n", TS_ERROR_SYNTAX, 2, 4, "UTF-8", NULL},
        {"overlong UTF-8", "a: \xc0\xaf\n", TS_ERROR_SYNTAX, 1, 4, "UTF-8", NULL},
        {"surrogate", "a: \xed\xa0\x80\n", TS_ERROR_SYNTAX, 1, 4, "UTF-8", NULL},
        {"UTF-8 cut short", "a: \xe2\x82", TS_ERROR_SYNTAX, 1, 4, "UTF-8", NULL},
        {"control character", "a: 1\nb: x\x01y\n", TS_ERROR_SYNTAX, 2, 5, "control", NULL},
        {"escaped NUL", "a: \"x\\0y\"\n", TS_ERROR_SYNTAX, 1, 4, "NUL", NULL},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start();
        CU_ASSERT_PTR_NULL(parse(bad[i].text));
        expect_error(&diagnostics, &bad[i]);
        finish();
    }
}

static void a_nul_byte_in_the_text_is_refused(void)
{
    static const struct bad_input expected = {"NUL", "", TS_ERROR_SYNTAX, 1, 5, "NUL", NULL};
    start();
    CU_ASSERT_PTR_NULL(ts_yaml_parse("t.yaml", "a: 1\0b", 6, &arena, &diagnostics));
    expect_error(&diagnostics, &expected);
    finish();
}

static void nesting_is_read_to_its_limit_and_no_further(void)
{
    for (int depth = TS_YAML_MAX_DEPTH; depth <= TS_YAML_MAX_DEPTH + 1; depth++) {
        start();
        char text[4 * TS_YAML_MAX_DEPTH] = "";
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        const struct ts_yaml *root = parse(text);
        CU_ASSERT_EQUAL(root != NULL, depth == TS_YAML_MAX_DEPTH);
        CU_ASSERT_EQUAL(diagnostics.errors, depth > TS_YAML_MAX_DEPTH);
        if (!root) {
            CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_LIMIT);
        }
        finish();
    }
}

static void a_million_open_brackets_end_at_the_depth_limit(void)
{
    static const struct bad_input expected = {
        "brackets", "", TS_ERROR_LIMIT, 1, TS_YAML_MAX_DEPTH + 1, "deep", NULL};
    start();
    size_t length = 1000000;
    char *text = malloc(length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, '[', length);
    CU_ASSERT_PTR_NULL(ts_yaml_parse("t.yaml", text, length, &arena, &diagnostics));
    expect_error(&diagnostics, &expected);
    free(text);
    finish();
}

static void more_bytes_than_allowed_are_refused(void)
{
    start();
    size_t length = (size_t)TS_YAML_MAX_BYTES + 1;
    char *text = calloc(length, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NULL(ts_yaml_parse("t.yaml", text, length, &arena, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_LIMIT);
    free(text);
    finish();
}

static void more_values_than_allowed_are_refused(void)
{
    start();
    size_t length = 2 * ((size_t)TS_YAML_MAX_NODES + 8);
    char *text = malloc(length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (size_t i = 0; i < length; i += 2) {
        memcpy(text + i, i == 0 ? "[1" : ",1", 2);
    }
    CU_ASSERT_PTR_NULL(ts_yaml_parse("t.yaml", text, length, &arena, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_LIMIT);
    free(text);
    finish();
}

static void a_missing_file_and_a_folder_are_file_errors(void)
{
    static const char *const paths[] = {"/nonexistent/x.yaml", P_tmpdir};
    for (int i = 0; i < 2; i++) {
        start();
        CU_ASSERT_PTR_NULL(ts_yaml_load_file(paths[i], &arena, &diagnostics));
        CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
        CU_ASSERT_STRING_EQUAL(diagnostics.entries[0].place.file, paths[i]);
        finish();
    }
}

static void an_error_shows_its_line(void)
{
    start();
    CU_ASSERT_PTR_NULL(parse("a: 1\nb: 2\na: 3   # again\n"));
    CU_ASSERT_STRING_EQUAL(diagnostics.entries[0].source, "a: 3   # again");
    finish();
}

/* Every prefix of a sound file either parses or gives an error with a place: never a crash. */
static void every_truncation_ends_cleanly(void)
{
    static const char text[] = "name: \"a\\u00e9\"\ncompute:\n  rates: {fp32: 64, fp16: [1, 2]}\n"
                               "  text: |\n    two\n    lines\nlist:\n- a\n- {b: 'c'}\n";
    for (size_t length = 0; length < sizeof text; length++) {
        start();
        const struct ts_yaml *root = ts_yaml_parse("t.yaml", text, length, &arena, &diagnostics);
        CU_ASSERT_EQUAL(root == NULL, diagnostics.errors > 0);
        if (!root && diagnostics.kept) {
            CU_ASSERT(diagnostics.entries[0].place.line >= 1);
        }
        finish();
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"nodes know their line and column", nodes_know_their_line_and_column},
        {"every bad document is refused with its place",
         every_bad_document_is_refused_with_its_place},
        {"a NUL byte in the text is refused", a_nul_byte_in_the_text_is_refused},
        {"nesting is read to its limit and no further",
         nesting_is_read_to_its_limit_and_no_further},
        {"a million open brackets end at the depth limit",
         a_million_open_brackets_end_at_the_depth_limit},
        {"more bytes than allowed are refused", more_bytes_than_allowed_are_refused},
        {"more values than allowed are refused", more_values_than_allowed_are_refused},
        {"a missing file and a folder are file errors",
         a_missing_file_and_a_folder_are_file_errors},
        {"an error shows its line", an_error_shows_its_line},
        {"every truncation ends cleanly", every_truncation_ends_cleanly},
    };
    return RUN_SUITE("yaml_parse", cases);
}
