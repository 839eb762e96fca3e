#include "suite.h"

#include "reports/scale.h"
#include "reports/sweep_lines.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_csv *table_of(const char *text)
{
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    return ts_csv_parse("sweep", text, strlen(text), &arena, &diagnostics);
}

static char *picture_of(const char *text, const struct ts_sweep_chart *chart)
{
    const struct ts_csv *table = table_of(text);
    char *picture = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&picture, &length);
    bool ok = ts_sweep_svg(table, "small", chart, &diagnostics, stream);
    fclose(stream);
    CU_ASSERT_EQUAL(ok, diagnostics.errors == 0);
    return picture;
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static const char grid[] = "arch,workload,batch,mode,precision,status,error,latency_s,utilization\n"
                           "cpu,w,1,inference,fp32,ok,,0.001,0.5\n"
                           "cpu,w,64,inference,fp32,ok,,0.1,0.6\n"
                           "cpu,w,8,inference,fp32,ok,,0.01,0.7\n"
                           "gpu,w,1,inference,fp16,ok,,0.0001,0.2\n"
                           "gpu,w,8,inference,fp16,failed,too large,,\n"
                           "gpu,w,64,inference,fp16,ok,,0.0002,0.3\n";

static void the_input_with_most_values_is_the_x_axis_and_a_machine_a_panel(void)
{
    struct sweep_lines lines;
    struct ts_sweep_chart chart = {.x = NULL};
    CU_ASSERT_TRUE_FATAL(sweep_lines_find(table_of(grid), &chart, &arena, &diagnostics, &lines));
    CU_ASSERT_STRING_EQUAL(lines.x_title, "batch");
    CU_ASSERT_EQUAL(lines.x_count, 3);
    CU_ASSERT_TRUE(lines.x_values[0] == 1 && lines.x_values[1] == 8 && lines.x_values[2] == 64);
    CU_ASSERT_EQUAL(lines.panel_count, 2);
    CU_ASSERT_STRING_EQUAL(lines.panels[0], "cpu, fp32");
    CU_ASSERT_STRING_EQUAL(lines.panels[1], "gpu, fp16");
    CU_ASSERT_EQUAL(lines.line_count, 1);
    CU_ASSERT_EQUAL(lines.dot_count, 5); /* the point that failed is left out */
    CU_ASSERT_STRING_EQUAL(lines.fixed, "w, inference");
}

/* EIE has no DRAM: its own value stands beside numbers of the others. */
static void a_machine_at_its_own_value_is_a_line_across(void)
{
    static const char mixed[] = "arch,workload,memory.dram.bandwidth_gbps,precision,status,error,"
                                "latency_s\n"
                                "gpu,w,100,fp16,ok,,0.2\ngpu,w,400,fp16,ok,,0.1\n"
                                "gpu,w,1600,fp16,ok,,0.05\neie,w,,int16,ok,,0.4\n";
    struct sweep_lines lines;
    struct ts_sweep_chart chart = {.x = NULL};
    CU_ASSERT_TRUE_FATAL(sweep_lines_find(table_of(mixed), &chart, &arena, &diagnostics, &lines));
    CU_ASSERT_PTR_NULL(lines.x_texts);
    CU_ASSERT_EQUAL(lines.x_count, 3);
    CU_ASSERT_TRUE(lines.x_values[0] == 100 && lines.x_values[2] == 1600);
    CU_ASSERT_FALSE(lines.dots[0].is_own);
    CU_ASSERT_TRUE(lines.dots[3].is_own);
    char *picture = picture_of(mixed, &chart);
    CU_ASSERT_EQUAL(count_of(picture, "<circle"), 3);
    CU_ASSERT_EQUAL(count_of(picture, "its own value"), 1);
    free(picture);
}

static void a_line_goes_through_its_dots_from_left_to_right(void)
{
    struct ts_sweep_chart chart = {.panel = "none"};
    char *picture = picture_of(grid, &chart);
    CU_ASSERT_EQUAL(count_of(picture, "<polyline"), 2);
    CU_ASSERT_EQUAL(count_of(picture, "<circle"), 5);
    double x[3] = {0}, y[3] = {0};
    const char *points = strstr(picture, "points=\"");
    CU_ASSERT_PTR_NOT_NULL_FATAL(points);
    CU_ASSERT_EQUAL(sscanf(points, "points=\"%lf,%lf %lf,%lf %lf,%lf", &x[0], &y[0], &x[1], &y[1],
                           &x[2], &y[2]),
                    6);
    CU_ASSERT_TRUE(x[0] < x[1] && x[1] < x[2]);
    CU_ASSERT_DOUBLE_EQUAL(x[1] - x[0], x[2] - x[1], 0.2); /* 1, 8, 64: equal ratios */
    CU_ASSERT_TRUE(y[0] > y[1] && y[1] > y[2]);
    CU_ASSERT_DOUBLE_EQUAL(y[0] - y[1], y[1] - y[2], 0.2); /* 1, 10, 100 ms */
    free(picture);
}

static void each_metric_has_its_own_row_and_unit(void)
{
    const char *const metrics[] = {"latency_s", "utilization"};
    struct ts_sweep_chart chart = {.y = metrics, .y_count = 2};
    char *picture = picture_of(grid, &chart);
    CU_ASSERT_EQUAL(count_of(picture, "<circle"), 10);
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, ">100 ms<"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, ">20 %<"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "gpu, fp16 at 64: 200 µs"));
    free(picture);
}

static void texts_on_the_x_axis_are_bars(void)
{
    struct ts_sweep_chart chart = {.x = "memory.dram.device"};
    char *picture = picture_of("arch,workload,memory.dram.device,precision,status,error,latency_s\n"
                               "gpu,w,hbm3,fp16,ok,,0.001\ngpu,w,<ddr>,fp16,ok,,0.002\n",
                               &chart);
    CU_ASSERT_EQUAL(count_of(picture, "<polyline"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, ">hbm3<"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, ">&lt;ddr&gt;<"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, ">DRAM device<"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "&lt;ddr&gt;: 2 ms"));
    free(picture);
}

static void densities_of_a_transform_are_numbers(void)
{
    struct sweep_lines lines;
    struct ts_sweep_chart chart = {.x = "transforms"};
    CU_ASSERT_TRUE_FATAL(
        sweep_lines_find(table_of("arch,workload,transforms,precision,status,error,latency_s\n"
                                  "eie,w,prune:1 activations:0.35,int16,ok,,3\n"
                                  "eie,w,prune:0.1 activations:0.35,int16,ok,,1\n"),
                         &chart, &arena, &diagnostics, &lines));
    CU_ASSERT_PTR_NULL(lines.x_texts);
    CU_ASSERT_DOUBLE_EQUAL(lines.x_values[0], 0.1, 1e-12);
    CU_ASSERT_STRING_EQUAL(lines.x_title, "density of weights (activations:0.35)");
}

static bool refused(const char *text, const struct ts_sweep_chart *chart, enum ts_error code)
{
    struct sweep_lines lines;
    const struct ts_csv *table = table_of(text);
    return !sweep_lines_find(table, chart, &arena, &diagnostics, &lines) &&
           diagnostics.entries[0].code == code;
}

static void what_cannot_be_drawn_is_an_error(void)
{
    const char *const unknown[] = {"latensy_s"}, *const text[] = {"workload"};
    CU_ASSERT_TRUE(refused(grid, &(struct ts_sweep_chart){.x = "bach"}, TS_ERROR_UNKNOWN_NAME));
    CU_ASSERT_STRING_EQUAL(diagnostics.entries[0].help, "did you mean 'batch'?");
    CU_ASSERT_TRUE(
        refused(grid, &(struct ts_sweep_chart){.y = unknown, .y_count = 1}, TS_ERROR_UNKNOWN_NAME));
    CU_ASSERT_TRUE(refused(grid, &(struct ts_sweep_chart){.y = text, .y_count = 1}, TS_ERROR_TYPE));
    CU_ASSERT_TRUE(refused("arch,workload,precision,status,error,latency_s\na,w,p,failed,why,\n",
                           &(struct ts_sweep_chart){.x = NULL}, TS_ERROR_SIMULATION));
}

static void more_lines_than_eyes_can_tell_apart_are_an_error(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    fputs("arch,workload,batch,k,precision,status,error,latency_s\n", stream);
    for (int i = 0; i < 13 * 14; i++) {
        fprintf(stream, "a,w,%d,%d,p,ok,,1\n", i % 14, i / 14);
    }
    fclose(stream);
    CU_ASSERT_TRUE(refused(text, &(struct ts_sweep_chart){.x = "batch"}, TS_ERROR_LIMIT));
    CU_ASSERT_TRUE(
        refused(text, &(struct ts_sweep_chart){.x = "batch", .panel = "k"}, TS_ERROR_LIMIT));
    free(text);
}

static void a_sample_is_dots_without_lines(void)
{
    struct ts_sweep_chart chart = {.x = "batch", .sampled = true};
    char *picture = picture_of("arch,workload,batch,k,precision,status,error,latency_s\n"
                               "a,w,1,17,p,ok,,1\na,w,5,2,p,ok,,2\na,w,3,9,p,ok,,3\n",
                               &chart);
    CU_ASSERT_EQUAL(count_of(picture, "<circle"), 3);
    CU_ASSERT_EQUAL(count_of(picture, "<polyline"), 0);
    free(picture);
}

static void scales_end_at_round_numbers(void)
{
    double ticks[24];
    struct scale scale = scale_over(0.0013, 0.46, 10, true);
    CU_ASSERT_TRUE(scale.log);
    CU_ASSERT_DOUBLE_EQUAL(scale.low, 0.001, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(scale.high, 0.5, 1e-9);
    scale = scale_over(31, 87, 10, true);
    CU_ASSERT_FALSE(scale.log);
    CU_ASSERT_EQUAL(scale.low, 0);
    CU_ASSERT_EQUAL(scale.high, 100);
    CU_ASSERT_EQUAL(scale_ticks(&scale, 5, ticks, 24), 6);
    CU_ASSERT_EQUAL(ticks[5], 100);
    scale = scale_over(7, 7, 10, true);
    CU_ASSERT_TRUE(scale.low < 7 && scale.high > 7);
    scale = scale_over(-3, 5, 10, true);
    CU_ASSERT_TRUE(scale.low <= -3 && scale.high >= 5 && !scale.log);
}

static void labels_have_three_digits_and_a_prefix(void)
{
    char text[32];
    CU_ASSERT_STRING_EQUAL(scale_text(text, 0.02, "s"), "20 ms");
    CU_ASSERT_STRING_EQUAL(scale_text(text, 5e-6, "s"), "5 µs");
    CU_ASSERT_STRING_EQUAL(scale_text(text, 1e5, "/s"), "100 k/s");
    CU_ASSERT_STRING_EQUAL(scale_text(text, 0.2, "%"), "0.2 %");
    CU_ASSERT_STRING_EQUAL(scale_text(text, -0.0, "s"), "0 s");
    CU_ASSERT_STRING_EQUAL(scale_text(text, 0.5, ""), "0.5");
    CU_ASSERT_STRING_EQUAL(scale_text(text, 2e6, ""), "2 M");
}

static void names_are_those_of_people(void)
{
    CU_ASSERT_STRING_EQUAL(sweep_axis_name(&arena, "memory.dram.bandwidth_gbps"), "DRAM bandwidth");
    CU_ASSERT_STRING_EQUAL(sweep_axis_unit("memory.dram.bandwidth_gbps"), "GB/s");
    CU_ASSERT_STRING_EQUAL(sweep_axis_name(&arena, "energy_j_total"), "energy");
    CU_ASSERT_STRING_EQUAL(sweep_axis_name(&arena, "energy_j_dram"), "DRAM energy");
    CU_ASSERT_STRING_EQUAL(sweep_axis_unit("energy_j_dram"), "J");
    CU_ASSERT_STRING_EQUAL(sweep_axis_name(&arena, "throughput_per_s"), "throughput");
    CU_ASSERT_STRING_EQUAL(sweep_axis_unit("throughput_per_s"), "/s");
}

static void markdown_shows_what_varies_and_the_figures(void)
{
    const char text[] = "arch,workload,batch,mode,precision,status,error,latency_s,"
                        "throughput_per_s,tflops,utilization,bound,average_power_w,energy_j_total\n"
                        "cpu,\"gemm:1,2,3\",1,inference,fp32,ok,,0.001,1000,0.5,0.25,dram,100,0.1\n"
                        "cpu,\"gemm:1,2,3\",8,inference,fp32,failed,a|b,,,,,,,\n";
    const struct ts_csv *table = table_of(text);
    char *markdown = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&markdown, &length);
    ts_sweep_markdown(table, stream);
    fclose(stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(markdown, "| arch | workload | batch | precision | latency (ms) "
                                            "| throughput (k/s) | TFLOPS | of peak (%) |"));
    CU_ASSERT_PTR_NULL(strstr(markdown, "inference"));
    CU_ASSERT_PTR_NOT_NULL(strstr(markdown, "| cpu | gemm:1,2,3 | 1 | fp32 | 1.000 | 1.000 | "
                                            "0.5000 | 25.0 | 100.0 | 100.0 | dram |  |"));
    CU_ASSERT_PTR_NOT_NULL(strstr(markdown, "| a\\|b |"));
    free(markdown);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"the input with most values is the x axis, and a machine a panel",
         the_input_with_most_values_is_the_x_axis_and_a_machine_a_panel},
        {"a machine at its own value is a line across",
         a_machine_at_its_own_value_is_a_line_across},
        {"a line goes through its dots from left to right",
         a_line_goes_through_its_dots_from_left_to_right},
        {"each metric has its own row and unit", each_metric_has_its_own_row_and_unit},
        {"texts on the x axis are bars", texts_on_the_x_axis_are_bars},
        {"densities of a transform are numbers", densities_of_a_transform_are_numbers},
        {"what cannot be drawn is an error", what_cannot_be_drawn_is_an_error},
        {"more lines than eyes can tell apart are an error",
         more_lines_than_eyes_can_tell_apart_are_an_error},
        {"a sample is dots without lines", a_sample_is_dots_without_lines},
        {"scales end at round numbers", scales_end_at_round_numbers},
        {"labels have three digits and a prefix", labels_have_three_digits_and_a_prefix},
        {"names are those of people", names_are_those_of_people},
        {"Markdown shows what varies, and the figures", markdown_shows_what_varies_and_the_figures},
    };
    return RUN_SUITE("sweep pictures", cases);
}
