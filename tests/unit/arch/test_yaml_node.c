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
    struct ts_yaml *root = ts_yaml_parse("t.yaml", text, strlen(text), &arena, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    return root;
}

static char *written(const struct ts_yaml *root)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ts_yaml_write(root, stream);
    fclose(stream);
    return text;
}

static void set_makes_the_path_and_replaces_what_was(void)
{
    start();
    struct ts_yaml *root = parse("a: {b: 1}\n");
    struct ts_place place = {"-s", 0, 0};
    CU_ASSERT_PTR_NOT_NULL(ts_yaml_set(root, "a.c.d", "5", NULL, place, &arena));
    CU_ASSERT_PTR_NOT_NULL(ts_yaml_set(root, "a.b", "2", NULL, place, &arena));
    CU_ASSERT_STRING_EQUAL(ts_yaml_find(root, "a.c.d")->text, "5");
    CU_ASSERT_STRING_EQUAL(ts_yaml_find(root, "a.b")->text, "2");
    CU_ASSERT_EQUAL(ts_yaml_get(root, "a")->count, 2);
    finish();
}

static void set_refuses_a_path_through_a_value(void)
{
    start();
    struct ts_yaml *root = parse("a: 1\nb: [1]\n");
    struct ts_place place = {"-s", 0, 0};
    CU_ASSERT_PTR_NULL(ts_yaml_set(root, "a.x", "5", NULL, place, &arena));
    CU_ASSERT_PTR_NULL(ts_yaml_set(root, "b.x", "5", NULL, place, &arena));
    CU_ASSERT_PTR_NULL(ts_yaml_set(root, "a..x", "5", NULL, place, &arena));
    finish();
}

static void merge_lays_one_tree_over_another(void)
{
    start();
    struct ts_yaml *base = parse("x: 1\nm: {a: 1, b: 2}\nl: [1, 2]\n");
    struct ts_yaml *over = parse("m: {b: 3, c: 4}\nl: [9]\ny: 7\n");
    ts_yaml_merge(base, over);
    CU_ASSERT_STRING_EQUAL(ts_yaml_find(base, "x")->text, "1");
    CU_ASSERT_STRING_EQUAL(ts_yaml_find(base, "m.a")->text, "1");
    CU_ASSERT_STRING_EQUAL(ts_yaml_find(base, "m.b")->text, "3");
    CU_ASSERT_STRING_EQUAL(ts_yaml_find(base, "m.c")->text, "4");
    CU_ASSERT_EQUAL(ts_yaml_get(base, "l")->count, 1);
    CU_ASSERT_EQUAL(base->count, 4);
    CU_ASSERT_EQUAL(ts_yaml_get(base, "m")->count, 3);
    finish();
}

static void a_written_tree_reads_back_the_same(void)
{
    start();
    struct ts_yaml *root =
        parse("a: 1\n\"odd key: x\": 'it''s \"q\" \\ # no comment'\nempty: {}\nnone: []\n"
              "nil: ~\nlist:\n- 1\n- {b: c, d: [e, -5]}\n- [[f]]\nspace: ' x '\nnum: '12'\n"
              "line: \"two\\nlines\\ttab\"\ndash: '- x'\nnull_text: 'null'\n");
    char *first = written(root);
    struct ts_yaml *again = ts_yaml_parse("again.yaml", first, strlen(first), &arena, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(again);
    char *second = written(again);
    CU_ASSERT_STRING_EQUAL(first, second);
    CU_ASSERT_STRING_EQUAL(ts_yaml_get(again, "odd key: x")->text, "it's \"q\" \\ # no comment");
    CU_ASSERT_STRING_EQUAL(ts_yaml_get(again, "line")->text, "two\nlines\ttab");
    CU_ASSERT(ts_yaml_is_null(ts_yaml_get(again, "nil")));
    CU_ASSERT_FALSE(ts_yaml_is_null(ts_yaml_get(again, "null_text")));
    CU_ASSERT_STRING_EQUAL(ts_yaml_get(again, "list")->first->next->last->last->text, "-5");
    free(first);
    free(second);
    finish();
}

static void scalars_become_values_only_when_they_are(void)
{
    start();
    const struct ts_yaml *root = parse("i: 1e6\nr: -2.5\nb: On\nf: 1.5\nt: abc\nh: 0x10\n"
                                       "n: nan\nbig: 1e20\nq: '5'\nm: {}\nz: ~\n");
    int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    const char *text = NULL;
    CU_ASSERT(ts_yaml_integer(ts_yaml_get(root, "i"), 0, 2000000, &diagnostics, &integer));
    CU_ASSERT_EQUAL(integer, 1000000);
    CU_ASSERT(ts_yaml_real(ts_yaml_get(root, "r"), -3, 3, &diagnostics, &real));
    CU_ASSERT_EQUAL(real, -2.5);
    CU_ASSERT(ts_yaml_bool(ts_yaml_get(root, "b"), &diagnostics, &boolean));
    CU_ASSERT(boolean);
    CU_ASSERT(ts_yaml_string(ts_yaml_get(root, "q"), &diagnostics, &text));
    CU_ASSERT_EQUAL(diagnostics.errors, 0);
    static const char *const no_integer[] = {"f", "t", "h", "n", "big", "q", "m", "z"};
    for (int i = 0; i < 8; i++) {
        CU_ASSERT_FALSE(
            ts_yaml_integer(ts_yaml_get(root, no_integer[i]), 0, 10, &diagnostics, &integer));
        CU_ASSERT_EQUAL(diagnostics.entries[i].code, TS_ERROR_TYPE);
        CU_ASSERT_EQUAL(diagnostics.entries[i].place.line,
                        ts_yaml_get(root, no_integer[i])->place.line);
    }
    CU_ASSERT_FALSE(ts_yaml_real(ts_yaml_get(root, "r"), 0, 3, &diagnostics, &real));
    CU_ASSERT_EQUAL(diagnostics.entries[8].code, TS_ERROR_RANGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[8].message, "0 to 3"));
    CU_ASSERT_FALSE(ts_yaml_bool(ts_yaml_get(root, "t"), &diagnostics, &boolean));
    CU_ASSERT_FALSE(ts_yaml_string(ts_yaml_get(root, "z"), &diagnostics, &text));
    finish();
}

static void required_children_are_named_when_missing(void)
{
    start();
    const struct ts_yaml *root = parse("a:\n  b: 1\n");
    CU_ASSERT_PTR_NULL(
        ts_yaml_require(ts_yaml_get(root, "a"), "layers", TS_YAML_SEQUENCE, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_MISSING_KEY);
    CU_ASSERT_PTR_NULL(
        ts_yaml_require(ts_yaml_get(root, "a"), "b", TS_YAML_SEQUENCE, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[1].code, TS_ERROR_TYPE);
    CU_ASSERT_EQUAL(diagnostics.entries[1].place.line, 2);
    finish();
}

static void unknown_keys_are_reported_with_the_nearest(void)
{
    static const char *const names[] = {"kernel", "stride", "padding"};
    start();
    const struct ts_yaml *root = parse("kernel: 3\nstrid: 2\n");
    CU_ASSERT_FALSE(ts_yaml_known_keys(root, names, 3, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_UNKNOWN_KEY);
    CU_ASSERT_EQUAL(diagnostics.entries[0].place.line, 2);
    CU_ASSERT_STRING_EQUAL(diagnostics.entries[0].help, "did you mean 'stride'?");
    finish();
}

int main(void)
{
    const struct test_case cases[] = {
        {"set makes the path and replaces what was", set_makes_the_path_and_replaces_what_was},
        {"set refuses a path through a value", set_refuses_a_path_through_a_value},
        {"merge lays one tree over another", merge_lays_one_tree_over_another},
        {"a written tree reads back the same", a_written_tree_reads_back_the_same},
        {"scalars become values only when they are", scalars_become_values_only_when_they_are},
        {"required children are named when missing", required_children_are_named_when_missing},
        {"unknown keys are reported with the nearest", unknown_keys_are_reported_with_the_nearest},
    };
    return RUN_SUITE("yaml_node", cases);
}
