#include "unit/workloads/load.h"

static void a_gemm_is_one_kernel_with_weights_in_b(void)
{
    struct ts_workload_options options = plain_options();
    options.batch = 5;
    struct loaded loaded = load_with("gemm:17,23,31", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_TRUE(loaded.program->one_liner);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 1);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->kind, TS_KERNEL_GEMM);
    CU_ASSERT_EQUAL(kernel->m, 5 * 17);
    CU_ASSERT_EQUAL(kernel->n, 23);
    CU_ASSERT_EQUAL(kernel->k, 31);
    CU_ASSERT_EQUAL(kernel->batch, 1);
    CU_ASSERT_EQUAL(kernel->a.elements, 5 * 17 * 31);
    CU_ASSERT_EQUAL(kernel->b.elements, 23 * 31);
    CU_ASSERT_EQUAL(kernel->c.elements, 5 * 17 * 23);
    CU_ASSERT_TRUE(kernel->b.is_weight);
    CU_ASSERT_FALSE(kernel->b_is_transposed);
    CU_ASSERT_FALSE(kernel->a.is_network_io);
    CU_ASSERT_EQUAL(kernel->macs, 5.0 * 17 * 23 * 31);
    unload(&loaded);
}

static void bmm_takes_the_batch_in_front(void)
{
    struct ts_workload_options options = plain_options();
    options.batch = 3;
    struct loaded loaded = load_with("bmm:2,17,23,31", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->batch, 6);
    CU_ASSERT_EQUAL(kernel->m, 17);
    CU_ASSERT_FALSE(kernel->b.is_weight);
    CU_ASSERT_STRING_EQUAL(kernel->op, "bmm");
    CU_ASSERT_EQUAL(loaded.program->parameters, 0);
    unload(&loaded);
}

static void a_layout_says_how_operands_lie_and_changes_no_size(void)
{
    static const struct {
        const char *suffix;
        bool a, b, open;
    } rows[] = {{"", false, false, true},
                {",layout=any", false, false, true},
                {",layout=nn", false, false, false},
                {",layout=tn", true, false, false},
                {",layout=nt", false, true, false},
                {",layout=tt", true, true, false}};
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        char workload[64];
        snprintf(workload, sizeof workload, "%s17,23,31%s",
                 i % 2 ? "bmm:5," : "gemm:", rows[i / 2].suffix);
        struct loaded loaded = load(workload);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        const struct ts_kernel *kernel = &loaded.program->kernels[0];
        CU_ASSERT_EQUAL(kernel->batch, i % 2 ? 5 : 1);
        CU_ASSERT_EQUAL(kernel->m, 17);
        CU_ASSERT_EQUAL(kernel->n, 23);
        CU_ASSERT_EQUAL(kernel->k, 31);
        CU_ASSERT_EQUAL(kernel->a_is_transposed, rows[i / 2].a);
        CU_ASSERT_EQUAL(kernel->b_is_transposed, rows[i / 2].b);
        CU_ASSERT_EQUAL(kernel->layout_is_open, rows[i / 2].open);
        unload(&loaded);
    }
}

static void fc_reads_a_batch_of_rows(void)
{
    struct ts_workload_options options = plain_options();
    options.batch = 4;
    options.precision = TS_INT8;
    struct loaded loaded = load_with("fc:31,17", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->m, 4);
    CU_ASSERT_EQUAL(kernel->n, 17);
    CU_ASSERT_EQUAL(kernel->k, 31);
    CU_ASSERT_TRUE(kernel->b_is_transposed);
    CU_ASSERT_EQUAL(kernel->b.bits_per_element, 8);
    CU_ASSERT_EQUAL(kernel->precision, TS_INT8);
    CU_ASSERT_EQUAL(loaded.program->parameters, 17 * 31);
    unload(&loaded);
}

static void a_convolution_keeps_its_geometry(void)
{
    struct loaded loaded = load("conv:N=2,C=6,H=17,W=23,K=9,R=3,S=5,stride_h=2,pad=1,pad_w=2,"
                                "dilation=1,groups=3");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_TRUE(kernel->has_conv);
    CU_ASSERT_EQUAL(kernel->conv.p, 9);  /* (17 + 2 - 3) / 2 + 1 */
    CU_ASSERT_EQUAL(kernel->conv.q, 23); /* 23 + 4 - 5 + 1 */
    CU_ASSERT_EQUAL(kernel->conv.stride_h, 2);
    CU_ASSERT_EQUAL(kernel->conv.stride_w, 1);
    CU_ASSERT_EQUAL(kernel->conv.pad_h, 1);
    CU_ASSERT_EQUAL(kernel->conv.pad_w, 2);
    CU_ASSERT_EQUAL(kernel->batch, 3);
    CU_ASSERT_EQUAL(kernel->m, 2 * 9 * 23);
    CU_ASSERT_EQUAL(kernel->n, 3);
    CU_ASSERT_EQUAL(kernel->k, 2 * 3 * 5);
    CU_ASSERT_EQUAL(kernel->a.elements, 2 * 6 * 17 * 23);
    CU_ASSERT_EQUAL(loaded.program->samples, 2);
    unload(&loaded);
}

static void backward_one_liners_have_one_kernel_of_equal_work(void)
{
    const char *const names[] = {"conv", "conv_bwd_data", "conv_bwd_weight"};
    const enum ts_pass passes[] = {TS_PASS_FORWARD, TS_PASS_BACKWARD_DATA, TS_PASS_BACKWARD_WEIGHT};
    const int64_t sizes[3][3] = {{90, 7, 27}, {90, 27, 7}, {7, 27, 90}};
    for (int i = 0; i < 3; i++) {
        char workload[96];
        snprintf(workload, sizeof workload, "%s:N=2,C=3,H=17,W=9,K=7,R=3,S=3,stride=2,pad=1",
                 names[i]);
        struct loaded loaded = load(workload);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        CU_ASSERT_EQUAL_FATAL(loaded.program->kernel_count, 1);
        const struct ts_kernel *kernel = &loaded.program->kernels[0];
        CU_ASSERT_EQUAL(kernel->pass, passes[i]);
        CU_ASSERT_EQUAL(kernel->m, sizes[i][0]);
        CU_ASSERT_EQUAL(kernel->n, sizes[i][1]);
        CU_ASSERT_EQUAL(kernel->k, sizes[i][2]);
        CU_ASSERT_EQUAL(kernel->macs, 90.0 * 7 * 27);
        unload(&loaded);
    }
}

static void a_memory_probe_keeps_its_pattern(void)
{
    struct loaded loaded = load("memory:tile,row_bytes=256,pitch=4096");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].kind, TS_KERNEL_PROBE);
    CU_ASSERT_STRING_EQUAL(loaded.program->kernels[0].probe_pattern,
                           "tile,row_bytes=256,pitch=4096");
    CU_ASSERT_EQUAL(loaded.program->macs, 0);
    unload(&loaded);
}

static void bad_one_liners_say_what_is_wrong(void)
{
    static const struct {
        const char *workload;
        enum ts_error code;
        const char *text;
    } rows[] = {
        {"gemm:", TS_ERROR_SYNTAX, "gemm:M,N,K"},
        {"gemm:17,23", TS_ERROR_SYNTAX, "needs 3"},
        {"gemm:17,23,31,2", TS_ERROR_SYNTAX, "has 4"},
        {"gemm:17,x,31", TS_ERROR_TYPE, "whole number"},
        {"gemm:17,,31", TS_ERROR_TYPE, "whole number"},
        {"gemm:17,2.5,31", TS_ERROR_TYPE, "whole number"},
        {"gemm:0,23,31", TS_ERROR_RANGE, "between 1 and"},
        {"gemm:17,-23,31", TS_ERROR_RANGE, "N in"},
        {"gemm:99999999999999999999,1,1", TS_ERROR_RANGE, "M in"},
        {"gemm:2147483647,2147483647,2147483647", TS_ERROR_RANGE, "2^53"},
        {"bmm:1,2,3", TS_ERROR_SYNTAX, "bmm:B,M,N,K"},
        {"gemm:17,23,31,layout=tm", TS_ERROR_UNKNOWN_NAME, "must be any, nn, tn, nt or tt"},
        {"gemm:17,23,31,layout=ayn", TS_ERROR_UNKNOWN_NAME, "did you mean 'any'?"},
        {"gemm:17,23,31,layout=", TS_ERROR_UNKNOWN_NAME, "layout in"},
        {"gemm:17,23,31,layuot=tn", TS_ERROR_UNKNOWN_KEY, "did you mean 'layout'?"},
        {"gemm:17,23,31,layout=tn,layout=tn", TS_ERROR_SYNTAX, "'layout=tn' stands behind layout"},
        {"gemm:layout=tn,17,23,31", TS_ERROR_SYNTAX, "'17,23,31' stands behind layout"},
        {"gemm:17,23,layout=tn", TS_ERROR_SYNTAX, "has 2 numbers, needs 3"},
        {"gemm:layout=tn", TS_ERROR_SYNTAX, "has 0 numbers, needs 3"},
        {"bmm:2,17,23,31,=", TS_ERROR_UNKNOWN_KEY, "layout=any|nn|tn|nt|tt"},
        {"fc:4096,1000,layout=nt", TS_ERROR_SYNTAX, "fc:IN,OUT"},
        {"fc:4096", TS_ERROR_SYNTAX, "fc:IN,OUT"},
        {"conv:C=3", TS_ERROR_MISSING_KEY, "lacks H, W, K, R, S"},
        {"conv:C=3,H=9,W=9,K=4,R=3,S=3,padding=1", TS_ERROR_UNKNOWN_KEY, "padding"},
        {"conv:C=3,H=9,W=9,K=4,R=3,S=3,strid=1", TS_ERROR_UNKNOWN_KEY, "did you mean 'stride'?"},
        {"conv:C=3,C=3,H=9,W=9,K=4,R=3,S=3", TS_ERROR_DUPLICATE_KEY, "twice"},
        {"conv:C=3,H=9,W=9,K=4,R=3,S=3,stride=0", TS_ERROR_RANGE, "stride"},
        {"conv:C=3,H=9,W=9,K=4,R=3,S=3,pad=-1", TS_ERROR_RANGE, "pad"},
        {"conv:C=3,H=9,W=9,K=4,R=11,S=3", TS_ERROR_SHAPE, "larger than the padded input"},
        {"conv:C=3,H=9,W=9,K=4,R=3,S=3,groups=2", TS_ERROR_SHAPE, "2 groups"},
        {"conv:C", TS_ERROR_SYNTAX, "KEY=VALUE"},
        {"memory:wrte", TS_ERROR_UNKNOWN_NAME, "did you mean 'write'?"},
        {"memory:read,1", TS_ERROR_SYNTAX, "nothing behind"},
        {"memory:tile", TS_ERROR_MISSING_KEY, "row_bytes, pitch"},
        {"memory:tile,row_bytes=64,pitch=63", TS_ERROR_RANGE, "below row_bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error(load(rows[i].workload), rows[i].code, rows[i].text);
    }
}

static void options_that_do_not_apply_are_refused(void)
{
    struct ts_workload_options options = plain_options();
    options.sequence = 8;
    expect_error(load_with("gemm:1,2,3", &options), TS_ERROR_CONFLICT, "--seq");
    options = plain_options();
    options.training = true;
    expect_error(load_with("conv_bwd_data:C=3,H=9,W=9,K=4,R=3,S=3", &options), TS_ERROR_CONFLICT,
                 "backward pass already");
    expect_error(load_with("memory:read", &options), TS_ERROR_CONFLICT, "no training mode");
    options = plain_options();
    options.batch = 0;
    expect_error(load_with("gemm:1,2,3", &options), TS_ERROR_RANGE, "batch");
    options.batch = INT64_C(1) << 40;
    expect_error(load_with("gemm:1,2,3", &options), TS_ERROR_RANGE, "batch");
}

static void names_are_told_from_one_liners(void)
{
    CU_ASSERT_TRUE(ts_workload_is_one_liner("gemm:1,2,3"));
    CU_ASSERT_TRUE(ts_workload_is_one_liner("memory:read"));
    CU_ASSERT_TRUE(ts_workload_is_one_liner("conv_bwd_weight:"));
    CU_ASSERT_FALSE(ts_workload_is_one_liner("resnet50"));
    CU_ASSERT_FALSE(ts_workload_is_one_liner("gemm"));
}

static void a_one_liner_in_training_has_all_its_passes_and_no_loss(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    struct loaded loaded = load_with("fc:31,17", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 4);
    CU_ASSERT_EQUAL(loaded.program->macs, 3.0 * 31 * 17);
    kernel_named(loaded.program, "fc.backward_data");
    kernel_named(loaded.program, "fc.backward_weight");
    kernel_named(loaded.program, "fc.update");
    unload(&loaded);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a gemm is one kernel with its weights in B", a_gemm_is_one_kernel_with_weights_in_b},
        {"bmm takes the batch in front", bmm_takes_the_batch_in_front},
        {"a layout says how operands lie and changes no size",
         a_layout_says_how_operands_lie_and_changes_no_size},
        {"fc reads a batch of rows", fc_reads_a_batch_of_rows},
        {"a convolution keeps its geometry", a_convolution_keeps_its_geometry},
        {"backward one-liners have one kernel of equal work",
         backward_one_liners_have_one_kernel_of_equal_work},
        {"a memory probe keeps its pattern", a_memory_probe_keeps_its_pattern},
        {"bad one-liners say what is wrong", bad_one_liners_say_what_is_wrong},
        {"options that do not apply are refused", options_that_do_not_apply_are_refused},
        {"names are told from one-liners", names_are_told_from_one_liners},
        {"a one-liner in training has all its passes and no loss",
         a_one_liner_in_training_has_all_its_passes_and_no_loss},
    };
    return RUN_SUITE("one-liners", cases);
}
