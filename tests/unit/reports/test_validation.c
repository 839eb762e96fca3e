#include "suite.h"

#include "tessera/validate.h"

#include <jansson.h>
#include <string.h>

enum { ROWS = 7 };

static const struct ts_reference references[ROWS] = {
    {.file = "a.csv", .id = "a0", .arch = "x", .workload = "w", .metric = "m", .expected = 100},
    {.file = "a.csv", .id = "a1", .arch = "y", .workload = "w", .metric = "m", .expected = 100},
    {.file = "a.csv", .id = "a2", .arch = "x", .workload = "w", .metric = "m", .expected = 100},
    {.file = "a.csv", .id = "a3", .arch = "x", .workload = "w", .metric = "m", .expected = 200},
    {.file = "a.csv", .id = "a4", .arch = "x", .workload = "w", .metric = "m", .expected = 200},
    {.file = "b.csv", .id = "b0", .arch = "z", .workload = "w", .metric = "m", .expected = 1},
    {.file = "a.csv", .id = "a5", .arch = "y", .workload = "w", .metric = "m", .expected = 1},
};
/* Errors of a.csv in per cent: +10, -20, 0, -5, +30, failed. */
static const struct ts_outcome outcomes[ROWS] = {
    {110, NULL}, {80, NULL},      {100, NULL},           {190, NULL},
    {260, NULL}, {0, "it broke"}, {0, "no such machine"}};

static void statistics_are_those_of_the_errors(void)
{
    struct ts_error_summary all = ts_error_summarize(references, outcomes, ROWS, "a.csv", NULL);
    CU_ASSERT_EQUAL(all.count, 6);
    CU_ASSERT_EQUAL(all.failed, 1);
    CU_ASSERT_DOUBLE_EQUAL(all.mape, 13, 1e-12);       /* (10 + 20 + 0 + 5 + 30) / 5 */
    CU_ASSERT_DOUBLE_EQUAL(all.median_ape, 10, 1e-12); /* 0 5 10 20 30 */
    CU_ASSERT_DOUBLE_EQUAL(all.p90_ape, 26, 1e-12);    /* 20 + 0.6 × 10 */
    CU_ASSERT_DOUBLE_EQUAL(all.bias, 3, 1e-12);
    struct ts_error_summary y = ts_error_summarize(references, outcomes, ROWS, "a.csv", "y");
    CU_ASSERT_EQUAL(y.count, 2);
    CU_ASSERT_DOUBLE_EQUAL(y.mape, 20, 1e-12);
}

static void files_and_machines_keep_their_order(void)
{
    const char *names[ROWS];
    CU_ASSERT_EQUAL(ts_validation_files(references, ROWS, names), 2);
    CU_ASSERT_STRING_EQUAL(names[1], "b.csv");
    CU_ASSERT_EQUAL(ts_validation_archs(references, ROWS, "a.csv", names), 2);
    CU_ASSERT_STRING_EQUAL(names[0], "x");
    CU_ASSERT_STRING_EQUAL(names[1], "y");
}

static bool holds(double failed, double mape, double p90_ape)
{
    const struct ts_error_bound bound = {"a.csv", failed, mape, p90_ape};
    struct ts_error_summary all = ts_error_summarize(references, outcomes, ROWS, "a.csv", NULL);
    char *talk = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&talk, &length);
    bool ok = ts_bounds_hold(&bound, 1, &all, stream);
    fclose(stream);
    CU_ASSERT_EQUAL(ok, length == 0); /* a bound that is broken is named */
    free(talk);
    return ok;
}

static void bounds_are_held_or_named(void)
{
    CU_ASSERT_TRUE(holds(-1, -1, -1));
    CU_ASSERT_TRUE(holds(1, 13.1, 26.1));
    CU_ASSERT_FALSE(holds(0, -1, -1));
    CU_ASSERT_FALSE(holds(-1, 12.9, -1));
    CU_ASSERT_FALSE(holds(-1, -1, 25.9));
}

static char *written(void (*writer)(const struct ts_reference *, const struct ts_outcome *, int,
                                    FILE *))
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    writer(references, outcomes, ROWS, stream);
    fclose(stream);
    return text;
}

static void json_has_files_machines_and_rows(void)
{
    char *text = written(ts_validation_json);
    json_t *tree = json_loads(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
    json_t *files = json_object_get(tree, "files");
    CU_ASSERT_EQUAL(json_array_size(files), 2);
    json_t *a = json_array_get(files, 0), *b = json_array_get(files, 1);
    CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(a, "mape")), 13, 1e-12);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(a, "by_arch")), 2);
    /* Nothing ran in b.csv: there is no mean, and no number stands for it. */
    CU_ASSERT_TRUE(json_is_null(json_object_get(b, "mape")));
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(b, "failed")), 1);
    json_t *row = json_array_get(json_object_get(tree, "rows"), 6);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "error")), "no such machine");
    json_decref(tree);
    free(text);
}

static void text_and_csv_name_the_failed_rows(void)
{
    struct ts_report_style plain = {.color = false};
    for (int rows = 0; rows < 2; rows++) {
        char *text = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&text, &length);
        ts_validation_text(references, outcomes, ROWS, rows == 1, &plain, stream);
        fclose(stream);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "no such machine"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "13.00"));
        CU_ASSERT_EQUAL(strstr(text, "a3") != NULL, rows == 1);
        free(text);
    }
    char *csv = written(ts_validation_csv);
    CU_ASSERT_PTR_NOT_NULL(strstr(csv, "b.csv,b0,z,w,m,1,,,it broke\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(csv, "a.csv,a3,x,w,m,200,190,-5"));
    free(csv);
}

static void a_picture_has_room_and_a_mark_of_its_own_for_every_table(void)
{
    enum { TABLES = 24 };
    struct ts_reference many[TABLES] = {0};
    struct ts_outcome results[TABLES] = {0};
    char names[TABLES][sizeof "t-2147483648.csv"]; // room for any int, or gcc warns at -O1
    for (int i = 0; i < TABLES; i++) {
        snprintf(names[i], sizeof names[i], "t%02d.csv", i);
        many[i] = (struct ts_reference){.file = names[i], .expected = i + 1.0};
        results[i].simulated = i + 1.0;
    }
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    ts_validation_svg(many, results, TABLES, stream);
    fclose(stream);
    const char *box = strstr(text, "viewBox=\"0 0 ");
    double width = 0, height = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(box);
    CU_ASSERT_EQUAL(sscanf(box, "viewBox=\"0 0 %lf %lf", &width, &height), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "t23.csv"));
    CU_ASSERT(height >= 50 + 24 * 36);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<path"));
    free(text);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a picture has room and a mark of its own for every table",
         a_picture_has_room_and_a_mark_of_its_own_for_every_table},
        {"statistics are those of the errors", statistics_are_those_of_the_errors},
        {"files and machines keep their order", files_and_machines_keep_their_order},
        {"bounds are held or named", bounds_are_held_or_named},
        {"JSON has files, machines and rows", json_has_files_machines_and_rows},
        {"text and CSV name the failed rows", text_and_csv_name_the_failed_rows},
    };
    return RUN_SUITE("validation", cases);
}
