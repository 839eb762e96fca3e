#include "result_support.h"
#include "suite.h"

#include <string.h>

static const struct ts_report_style plain = {.color = false};

static void says_what_ran_where_and_in_which_precision(void)
{
    struct ts_result result = sample_result();
    char *text = text_of(&result, &plain);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "tiny on gpu-sample"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "batch 8, fp16, inference, 1380 MHz"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.200 ms"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "3.500 mJ each"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "layer1.0.conv1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "17x23x31"));
    free(text);
}

static void plain_text_is_ascii_without_escapes(void)
{
    struct ts_result result = sample_result();
    char *text = text_of(&result, &plain);
    for (const char *c = text; *c; c++) {
        CU_ASSERT_TRUE_FATAL((*c >= ' ' && *c < 127) || *c == '\n');
    }
    free(text);
}

static void colours_come_only_when_asked_for(void)
{
    struct ts_report_style colored = {.color = true, .unicode = true};
    struct ts_result result = sample_result();
    char *text = text_of(&result, &colored);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\033["));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "█"));
    free(text);
}

static void a_clock_held_down_is_told(void)
{
    struct ts_result result = sample_result();
    result.clock_mhz = 1100;
    char *text = text_of(&result, &plain);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "held down from 1380 MHz"));
    free(text);
}

/* The line behind the one that holds `heading`. */
static const char *line_after(const char *text, const char *heading)
{
    const char *at = strstr(text, heading);
    if (!at) {
        return "";
    }
    at += strlen(heading);
    at += strcspn(at, "\n");
    return *at ? at + 1 : at;
}

static void many_layers_show_the_slowest_first(void)
{
    struct ts_result result = sample_result();
    struct ts_layer_result many[13];
    char names[13][16];
    for (int i = 0; i < 13; i++) {
        many[i] = result.layers[0];
        snprintf(names[i], sizeof names[i], "n%d", i);
        many[i].name = names[i];
        many[i].latency_s = 1e-6 * (1 + (i * 5) % 13);
    }
    result.layers = many;
    result.layer_count = 13;
    char *text = text_of(&result, &plain);
    const char *first = strchr(line_after(text, "slowest of 13 kinds"), '\n');
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_EQUAL(strncmp(first + 1, "  n5 ", 5), 0); /* (5 × 5) % 13 = 12 is the largest */
    CU_ASSERT_PTR_NULL(strstr(text, "  n0 "));
    free(text);
    struct ts_report_style all = {.all_layers = true};
    text = text_of(&result, &all);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "  n0 "));
    free(text);
}

static void columns_line_up(void)
{
    struct ts_result result = sample_result();
    char *text = text_of(&result, &plain);
    const char *heading = line_after(text, "\nlayers");
    const char *row = strchr(heading, '\n') + 1;
    const char *second = strchr(row, '\n') + 1;
    /* `bound` is left-aligned: its cells start where its heading starts. */
    size_t column = (size_t)(strstr(heading, "bound") - heading);
    CU_ASSERT_EQUAL(strncmp(row + column, "compute", 7), 0);
    CU_ASSERT_EQUAL(strncmp(second + column, "dram", 4), 0);
    free(text);
}

static void a_probe_has_no_layers_table(void)
{
    struct ts_result result = sample_result();
    result.average_latency_ns = 50;
    result.layer_count = 1;
    char *text = text_of(&result, &plain);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "50.00 ns"));
    CU_ASSERT_PTR_NULL(strstr(text, "\nlayers"));
    free(text);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"says what ran where and in which precision", says_what_ran_where_and_in_which_precision},
        {"plain text is ASCII without escapes", plain_text_is_ascii_without_escapes},
        {"colours come only when asked for", colours_come_only_when_asked_for},
        {"a clock held down is told", a_clock_held_down_is_told},
        {"many layers show the slowest first", many_layers_show_the_slowest_first},
        {"columns line up", columns_line_up},
        {"a probe has no layers table", a_probe_has_no_layers_table},
    };
    return RUN_SUITE("text", cases);
}
