/* Convolution on GPUs: which algorithm, what it multiplies, what it moves. */
#include "conv_machine_support.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static bool plan(const struct conv_machine *machine, const struct ts_kernel *kernel,
                 struct ts_plan *out)
{
    *out = (struct ts_plan){0};
    return ts_simt_plan_conv(&machine->arch, kernel, &arena, &diagnostics, out);
}

static const struct ts_phase *phase_named(const struct ts_plan *out, const char *name)
{
    for (int i = 0; i < out->phase_count; i++) {
        if (strcmp(out->phases[i].name, name) == 0) {
            return &out->phases[i];
        }
    }
    return NULL;
}

static double plan_macs(const struct ts_plan *out)
{
    double macs = 0;
    for (int i = 0; i < out->phase_count; i++) {
        macs += out->phases[i].counters.macs;
    }
    return macs;
}

static void three_by_three_windows_multiply_less(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(8, 64, 56, 56, 64, 3, 3, 1, 1));
    struct ts_plan out;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel, &out));
    CU_ASSERT_STRING_EQUAL(out.algorithm, "winograd");
    CU_ASSERT_STRING_EQUAL(out.ran_on, "vector");
    CU_ASSERT_TRUE(plan_macs(&out) < kernel.macs);
    CU_ASSERT_TRUE(plan_macs(&out) >= kernel.macs / 4.0);
}

static void strided_pointwise_data_gradient_zeroes_what_no_window_meets(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(2, 64, 17, 23, 31, 1, 1, 2, 0));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_implicit.plan(&conv, &arena, &out));
    const struct ts_phase *zeros = phase_named(&out, "zero_fill");
    CU_ASSERT_PTR_NOT_NULL_FATAL(zeros);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(zeros, 2), 2.0 * 64 * 17 * 23 * 4, 1.0);

    kernel = conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(2, 64, 17, 23, 31, 3, 3, 2, 1));
    conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    out = (struct ts_plan){0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_implicit.plan(&conv, &arena, &out));
    CU_ASSERT_PTR_NULL(phase_named(&out, "zero_fill"));
}

static void a_stride_divides_the_taps_a_pixel_meets(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(4, 128, 32, 32, 128, 4, 4, 2, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_implicit.plan(&conv, &arena, &out));
    /* 4·32·32 pixels · 128 channels · 128 filters · 4 of 16 taps, nothing padded. */
    CU_ASSERT_DOUBLE_EQUAL(plan_macs(&out), 4.0 * 32 * 32 * 128 * 128 * 4, 1.0);
}

static void im2col_writes_every_column_once(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(2, 5, 17, 23, 31, 3, 3, 2, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_im2col.plan(&conv, &arena, &out));
    const struct ts_phase *columns = phase_named(&out, "im2col");
    CU_ASSERT_PTR_NOT_NULL_FATAL(columns);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(columns, -10), 2.0 * 9 * 12 * 5 * 9 * 4, 1.0);
    CU_ASSERT_STRING_EQUAL(out.phases[0].name, "im2col");

    kernel = conv_kernel(TS_PASS_BACKWARD_DATA, kernel.conv);
    conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    CU_ASSERT_FALSE(ts_simt_conv_im2col.applies(&conv));
}

static void depthwise_layers_run_direct(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_conv_shape shape = conv_shape(2, 31, 17, 23, 31, 3, 3, 1, 1);
    shape.groups = 31;
    static const enum ts_pass passes[] = {TS_PASS_FORWARD, TS_PASS_BACKWARD_DATA,
                                          TS_PASS_BACKWARD_WEIGHT};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        struct ts_kernel kernel = conv_kernel(passes[i], shape);
        struct ts_plan out;
        CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel, &out));
        CU_ASSERT_STRING_EQUAL(out.algorithm, "direct");
        CU_ASSERT_DOUBLE_EQUAL(plan_macs(&out), kernel.macs, 1.0);
        CU_ASSERT_TRUE(out.phases[0].counters.vector_ops >= 0.0);
    }
}

static void grouped_layers_run_as_a_batch(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_conv_shape shape = conv_shape(4, 256, 14, 14, 256, 3, 3, 1, 1);
    shape.groups = 2;
    struct ts_kernel kernel = conv_kernel(TS_PASS_FORWARD, shape);
    struct ts_plan out;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel, &out));
    CU_ASSERT_STRING_EQUAL(out.algorithm, "implicit_gemm");
    CU_ASSERT_TRUE(plan_macs(&out) >= kernel.macs);
}

static void matrix_weight_gradient_sums_in_fp32(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_WEIGHT, conv_shape(16, 64, 28, 28, 128, 3, 3, 1, 1));
    kernel.precision = TS_FP16;
    struct ts_plan out;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel, &out));
    CU_ASSERT_STRING_EQUAL(out.ran_on, "matrix");
    const struct ts_phase *convert = phase_named(&out, "convert");
    CU_ASSERT_PTR_NOT_NULL_FATAL(convert);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(convert, 2), 64.0 * 128 * 9 * 2, 1.0);
    CU_ASSERT_PTR_NOT_NULL(phase_named(&out, "zero_fill"));
}

static void matrix_channels_come_in_sixteen_bytes(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(2, 3, 17, 23, 13, 3, 3, 1, 1));
    kernel.precision = TS_FP16;
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, true);
    CU_ASSERT_EQUAL(conv.shape.c, 8);
    CU_ASSERT_EQUAL(conv.shape.k, 16);
    CU_ASSERT_DOUBLE_EQUAL(conv.x_bytes, 2.0 * 3 * 17 * 23 * 2, 0.0);
    conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    CU_ASSERT_EQUAL(conv.shape.c, 3);
}

static void transposed_layers_run_as_their_adjoint(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(2, 16, 17, 23, 31, 3, 3, 2, 1));
    kernel.pass = TS_PASS_FORWARD;
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    CU_ASSERT_EQUAL(conv.direction, TS_CONV_DATA);
    CU_ASSERT_EQUAL(conv.x_tensor, 2);
    CU_ASSERT_EQUAL(conv.y_tensor, 0);
    kernel = conv_kernel(TS_PASS_FORWARD, kernel.conv);
    kernel.pass = TS_PASS_BACKWARD_DATA;
    conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    CU_ASSERT_EQUAL(conv.direction, TS_CONV_FORWARD);
}

static double best_cycles(const struct conv_machine *machine, const struct ts_kernel *kernel)
{
    double cycles = INFINITY, cores = INFINITY;
    bool matrix = ts_simt_uses_matrix(&machine->arch, kernel->precision);
    struct ts_simt_conv conv = ts_simt_conv_of(&machine->arch, kernel, matrix);
    ts_simt_conv_choose(&conv, &cycles);
    if (matrix) {
        conv = ts_simt_conv_of(&machine->arch, kernel, false);
        conv.precision = TS_FP32;
        ts_simt_conv_choose(&conv, &cores);
    }
    return fmin(cycles, cores);
}

static const struct ts_conv_shape *awkward_shapes(size_t *count)
{
    static struct ts_conv_shape shapes[5];
    shapes[0] = conv_shape(2, 17, 23, 31, 13, 3, 3, 1, 1);
    shapes[1] = conv_shape(16, 64, 56, 56, 256, 1, 1, 1, 0);
    shapes[2] = conv_shape(1, 3, 37, 41, 7, 7, 5, 2, 3);
    shapes[3] = conv_shape(8, 128, 28, 28, 512, 1, 1, 2, 0);
    shapes[4] = conv_shape(16, 1, 61, 70, 32, 5, 20, 2, 0);
    *count = sizeof shapes / sizeof *shapes;
    return shapes;
}

static void more_bandwidth_and_narrower_data_are_never_slower(void)
{
    size_t count;
    const struct ts_conv_shape *shapes = awkward_shapes(&count);
    for (size_t i = 0; i < count; i++) {
        for (int pass = TS_PASS_FORWARD; pass <= TS_PASS_BACKWARD_WEIGHT; pass++) {
            struct conv_machine machine;
            conv_machine_init(&machine);
            struct ts_kernel kernel = conv_kernel((enum ts_pass)pass, shapes[i]);
            double cycles = best_cycles(&machine, &kernel);
            CU_ASSERT_TRUE(cycles > 0.0 && cycles < INFINITY);
            machine.arch.memory.dram_bandwidth_bytes_per_s *= 3.0;
            CU_ASSERT_TRUE(best_cycles(&machine, &kernel) <= cycles);
            machine.arch.memory.dram_bandwidth_bytes_per_s /= 3.0;
            kernel.precision = TS_FP16;
            CU_ASSERT_TRUE(best_cycles(&machine, &kernel) <= cycles);
        }
    }
}

static void every_plan_is_whole(void)
{
    size_t count;
    const struct ts_conv_shape *shapes = awkward_shapes(&count);
    for (size_t i = 0; i < count; i++) {
        for (int pass = TS_PASS_FORWARD; pass <= TS_PASS_BACKWARD_WEIGHT; pass++) {
            struct conv_machine machine;
            conv_machine_init(&machine);
            struct ts_kernel kernel = conv_kernel((enum ts_pass)pass, shapes[i]);
            struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
            for (int a = 0; ts_simt_conv_algorithms[a]; a++) {
                const struct ts_simt_conv_algorithm *algorithm = ts_simt_conv_algorithms[a];
                if (!algorithm->applies(&conv)) {
                    continue;
                }
                struct ts_plan out = {0};
                double stored = 0;
                CU_ASSERT_TRUE(algorithm->estimate(&conv) < INFINITY);
                CU_ASSERT_TRUE_FATAL(algorithm->plan(&conv, &arena, &out));
                for (int p = 0; p < out.phase_count; p++) {
                    CU_ASSERT_TRUE(out.phases[p].tiles >= 1);
                    stored += phase_stored_bytes(&out.phases[p], 2);
                }
                double result = pass == TS_PASS_FORWARD         ? conv.y_bytes
                                : pass == TS_PASS_BACKWARD_DATA ? conv.x_bytes
                                                                : conv.w_bytes;
                CU_ASSERT_TRUE(stored >= result * 0.999);
            }
        }
    }
}

static void a_precision_without_a_path_is_refused(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(2, 17, 23, 31, 13, 3, 3, 1, 1));
    kernel.precision = TS_INT4;
    struct ts_plan out;
    int before = diagnostics.errors;
    CU_ASSERT_FALSE(plan(&machine, &kernel, &out));
    CU_ASSERT_EQUAL(diagnostics.errors, before + 1);
    CU_ASSERT_EQUAL(diagnostics.entries[before].code, TS_ERROR_PRECISION);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {
        {"3x3 windows multiply less", three_by_three_windows_multiply_less},
        {"a strided pointwise data gradient zeroes what no window meets",
         strided_pointwise_data_gradient_zeroes_what_no_window_meets},
        {"a stride divides the taps a pixel meets", a_stride_divides_the_taps_a_pixel_meets},
        {"im2col writes every column once", im2col_writes_every_column_once},
        {"depthwise layers run direct", depthwise_layers_run_direct},
        {"grouped layers run as a batch", grouped_layers_run_as_a_batch},
        {"a weight gradient on matrix cores sums in fp32", matrix_weight_gradient_sums_in_fp32},
        {"channels on matrix cores come in sixteen bytes", matrix_channels_come_in_sixteen_bytes},
        {"transposed layers run as their adjoint", transposed_layers_run_as_their_adjoint},
        {"more bandwidth and narrower data are never slower",
         more_bandwidth_and_narrower_data_are_never_slower},
        {"every plan is whole", every_plan_is_whole},
        {"a precision without a path is refused", a_precision_without_a_path_is_refused},
    };
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("convolution on GPUs", NULL, NULL);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        CU_add_test(suite, tests[i].name, tests[i].run);
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    return failures ? 1 : 0;
}
