#include "unit/workloads/transform/transformed.h"

static const char *const layer = "conv:N=3,C=17,H=23,W=31,K=61,R=3,S=3,stride=1,pad=1";

static struct loaded with_use(const char *workload, const char *transform, enum ts_winograd_use use,
                              bool training)
{
    struct ts_workload_options options = plain_options();
    options.winograd = use;
    options.training = training;
    return transformed_with(workload, transform, NULL, options);
}

/* F(2x2): 3 images of 12 x 16 tiles, 16 points each. */
static void a_batched_gemm_stands_between_two_transforms(void)
{
    struct loaded loaded = transformed(layer, "winograd:2", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    double tiles = 3 * 12 * 16;
    const struct ts_kernel *in = kernel_named(loaded.program, "conv.input_transform");
    const struct ts_kernel *gemm = kernel_named(loaded.program, "conv");
    const struct ts_kernel *out = kernel_named(loaded.program, "conv.output_transform");
    CU_ASSERT_EQUAL(gemm->batch, 16);
    CU_ASSERT_EQUAL(gemm->m, tiles);
    CU_ASSERT_EQUAL(gemm->n, 61);
    CU_ASSERT_EQUAL(gemm->k, 17);
    CU_ASSERT_EQUAL(gemm->winograd, 2);
    CU_ASSERT_FALSE(gemm->has_conv);
    CU_ASSERT_EQUAL(gemm->b.elements, 16 * 17 * 61); /* transformed ahead, stored so */
    CU_ASSERT_EQUAL(in->elements * in->ops_per_element, tiles * 17 * 32);
    CU_ASSERT_EQUAL(gemm->a.tensor, in->output.tensor);
    CU_ASSERT_EQUAL(out->inputs[0].tensor, gemm->c.tensor);
    CU_ASSERT_EQUAL(out->elements, 3 * 23 * 31 * 61);
    unload(&loaded);
}

static void macs_count_the_direct_algorithm(void)
{
    struct loaded plain = load(layer);
    static const struct {
        const char *transform;
        double saving; /* of whole tiles */
    } rows[] = {{"winograd:2", 2.25}, {"winograd:4", 4}};
    for (int i = 0; i < 2; i++) {
        struct loaded loaded = transformed(layer, rows[i].transform, NULL);
        const struct ts_kernel *gemm = kernel_named(loaded.program, "conv");
        double products = (double)gemm->batch * (double)gemm->m * (double)gemm->n * (double)gemm->k;
        CU_ASSERT_EQUAL(loaded.program->macs, plain.program->macs);
        CU_ASSERT_EQUAL(loaded.program->effective_macs, plain.program->effective_macs);
        CU_ASSERT_TRUE(plain.program->macs / products <= rows[i].saving);
        CU_ASSERT_TRUE(plain.program->macs / products > 0.8 * rows[i].saving);
        unload(&loaded);
    }
    unload(&plain);
}

static void only_3x3_windows_of_stride_1_take_part(void)
{
    struct loaded loaded = transformed("resnet50", "winograd:4", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_TRUE(notes(&loaded, "13 of 53 convolutions"));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "layer1.0.conv2")->winograd, 4);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "layer2.0.conv2")->winograd, 0); /* stride 2 */
    CU_ASSERT_TRUE(kernel_named(loaded.program, "layer2.0.conv2")->has_conv);
    unload(&loaded);
    struct loaded depthwise = transformed("mobilenet-v1", "winograd:2", NULL);
    CU_ASSERT_TRUE(notes(&depthwise, "0 of 27 convolutions"));
    unload(&depthwise);
}

static void a_family_with_its_own_kernels_gets_one_to_choose(void)
{
    struct loaded loaded = with_use(layer, "winograd:4", TS_WINOGRAD_WHOLE, false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = kernel_named(loaded.program, "conv");
    CU_ASSERT_EQUAL(kernel->winograd, 4);
    CU_ASSERT_TRUE(kernel->has_conv);
    unload(&loaded);
}

static void machines_and_formats_that_cannot_say_so(void)
{
    struct loaded sparse = with_use(layer, "winograd:2", TS_WINOGRAD_NONE, false);
    CU_ASSERT_EQUAL(kernel_named(sparse.program, "conv")->winograd, 0);
    CU_ASSERT_TRUE(notes(&sparse, "compressed weights"));
    unload(&sparse);
    struct loaded narrow = transformed(layer, "winograd:2", "quantize:int8");
    CU_ASSERT_EQUAL(kernel_named(narrow.program, "conv")->winograd, 0);
    CU_ASSERT_TRUE(notes(&narrow, "do not fit int8"));
    unload(&narrow);
    struct loaded half = transformed(layer, "winograd:2", "quantize:fp16");
    CU_ASSERT_EQUAL(kernel_named(half.program, "conv")->winograd, 2);
    unload(&half);
}

static void pruned_filters_are_dense_once_transformed(void)
{
    struct loaded loaded = transformed(layer, "prune:0.25", "winograd:2");
    const struct ts_kernel *gemm = kernel_named(loaded.program, "conv");
    CU_ASSERT_EQUAL(gemm->b.density, 1);
    CU_ASSERT_EQUAL(gemm->effective_macs, gemm->macs / 4);
    unload(&loaded);
}

/* A step transforms the filters anew for both passes; the gradient of the filters stays direct. */
static void training_transforms_filters_in_each_pass(void)
{
    struct loaded loaded = with_use("vgg16", "winograd:2", TS_WINOGRAD_BATCHED, true);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *filter = kernel_named(loaded.program, "conv4.2.conv.filter_transform");
    CU_ASSERT_EQUAL(filter->elements, 16.0 * 512 * 512);
    const struct ts_kernel *back = kernel_named(loaded.program, "conv4.2.conv.backward_data");
    CU_ASSERT_EQUAL(back->batch, 16);
    CU_ASSERT_EQUAL(back->m, 14 * 14);
    kernel_named(loaded.program, "conv4.2.conv.backward_data.filter_transform");
    CU_ASSERT_TRUE(kernel_named(loaded.program, "conv4.2.conv.backward_weight")->has_conv);
    unload(&loaded);
}

static void biases_ride_in_the_output_transform_when_fused(void)
{
    struct ts_workload_options options = plain_options();
    options.fuse = true;
    struct loaded fused = transformed_with("vgg16", "winograd:2", NULL, options);
    struct loaded eager = transformed("vgg16", "winograd:2", NULL);
    double more = kernel_named(fused.program, "conv1.1.conv.output_transform")->ops_per_element -
                  kernel_named(eager.program, "conv1.1.conv.output_transform")->ops_per_element;
    CU_ASSERT_DOUBLE_EQUAL(more, 2, 1e-12); /* bias and ReLU */
    unload(&fused);
    unload(&eager);
}

static void other_tiles_are_refused(void)
{
    expect_error(transformed(layer, "winograd:3", NULL), TS_ERROR_RANGE, "F(2x2,3x3)");
    expect_error(transformed(layer, "winograd:", NULL), TS_ERROR_RANGE, "2 or 4");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a batched GEMM stands between two transforms",
         a_batched_gemm_stands_between_two_transforms},
        {"MACs count the direct algorithm", macs_count_the_direct_algorithm},
        {"only 3x3 windows of stride 1 take part", only_3x3_windows_of_stride_1_take_part},
        {"a family with its own kernels gets one to choose",
         a_family_with_its_own_kernels_gets_one_to_choose},
        {"machines and formats that cannot say so", machines_and_formats_that_cannot_say_so},
        {"pruned filters are dense once transformed", pruned_filters_are_dense_once_transformed},
        {"training transforms filters in each pass", training_transforms_filters_in_each_pass},
        {"biases ride in the output transform when fused",
         biases_ride_in_the_output_transform_when_fused},
        {"other tiles are refused", other_tiles_are_refused},
    };
    return RUN_SUITE("winograd", cases);
}
