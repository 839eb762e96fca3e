#include "unit/workloads/transform/transformed.h"

#include <math.h>

static void densities_multiply_in_effective_macs(void)
{
    struct loaded loaded = transformed("fc:4096,1000", "prune:0.25", "activations:0.5");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->b.density, 0.25);
    CU_ASSERT_EQUAL(kernel->a.density, 0.5);
    CU_ASSERT_EQUAL(kernel->macs, 4096e3);
    CU_ASSERT_EQUAL(kernel->effective_macs, 512e3);
    CU_ASSERT_EQUAL(loaded.program->effective_macs, 512e3);
    unload(&loaded);
}

static void pruning_leaves_biases_and_embeddings(void)
{
    struct loaded loaded = transformed("gpt2", "prune:0.5", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "h.0.c_attn")->b.density, 0.5);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "h.0.c_attn")->a.density, 1);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "h.0.scores")->b.density, 1);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "wte")->inputs[0].density, 1);
    unload(&loaded);
}

static void activations_keep_their_density_through_fusion(void)
{
    struct loaded loaded = transformed("alexnet", "activations:0.375", "fuse");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc7")->a.density, 0.375);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "conv4")->a.density, 0.375);
    unload(&loaded);
}

static void structured_pruning_halves_the_work(void)
{
    struct loaded loaded = transformed("gemm:17,23,32", "prune-2:4", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_TRUE(loaded.program->kernels[0].structured_2_4);
    CU_ASSERT_EQUAL(loaded.program->effective_macs, loaded.program->macs / 2);
    unload(&loaded);
}

static void quantisation_narrows_what_it_names(void)
{
    struct loaded loaded = transformed("fc:31,17", "quantize:int8", NULL);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->precision, TS_INT8);
    CU_ASSERT_EQUAL(kernel->a.bits_per_element, 8);
    unload(&loaded);
    loaded = transformed("fc:31,17", "quantize:weights=int4", NULL);
    kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->precision, TS_FP32);
    CU_ASSERT_EQUAL(kernel->b.precision, TS_INT4);
    CU_ASSERT_EQUAL(kernel->b.bits_per_element, 4);
    CU_ASSERT_EQUAL(kernel->a.bits_per_element, 32);
    unload(&loaded);
    loaded = transformed("fc:31,17", "quantize:activations=fp16", NULL);
    kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->a.precision, TS_FP16);
    CU_ASSERT_EQUAL(kernel->c.precision, TS_FP16);
    CU_ASSERT_EQUAL(kernel->b.precision, TS_FP32);
    unload(&loaded);
}

static void sharing_stores_fewer_bits_of_the_same_arithmetic(void)
{
    struct loaded loaded = transformed("fc:31,17", "share:4", NULL);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->precision, TS_FP32);
    CU_ASSERT_EQUAL(kernel->b.bits_per_element, 4);
    CU_ASSERT_EQUAL(ts_operand_dense_bytes(&kernel->b), 264); /* 31·17·4 / 8, rounded up */
    unload(&loaded);
}

static void folding_removes_batch_normalisation(void)
{
    struct loaded plain = load("resnet18"),
                  folded = transformed("resnet18", "batchnorm-fold", NULL);
    int kernels = 0;
    for (int i = 0; i < folded.program->kernel_count; i++) {
        kernels += strcmp(folded.program->kernels[i].op, "batchnorm") == 0;
    }
    CU_ASSERT_EQUAL(kernels, 0);
    CU_ASSERT_EQUAL(plain.program->kernel_count, folded.program->kernel_count);
    /* scale goes into the weights, shift becomes the bias */
    CU_ASSERT_EQUAL(plain.program->parameters - folded.program->parameters, 4800);
    CU_ASSERT_EQUAL(folded.program->macs, plain.program->macs);
    CU_ASSERT_EQUAL(kernel_named(folded.program, "conv1.bias")->elements, 64 * 112 * 112);
    unload(&plain);
    unload(&folded);
}

static void fusion_keeps_work_and_counts_parameters_as_published(void)
{
    struct ts_workload_options options = plain_options();
    options.fuse = true;
    struct loaded loaded = load_with("resnet50", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->parameters, 25557032);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 53 + 1 + 16 + 2);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "layer1.0.conv1")->epilogue_ops_per_output, 2);
    const struct ts_kernel *add = kernel_named(loaded.program, "layer1.0.add");
    CU_ASSERT_EQUAL(add->ops_per_element, 2);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "layer1.1.conv1")->a.tensor, add->output.tensor);
    unload(&loaded);
}

static void a_bias_is_a_kernel_of_its_own_unless_fused(void)
{
    struct ts_workload_options options = plain_options();
    struct loaded eager = load_with("alexnet", &options);
    options.fuse = true;
    struct loaded fused = load_with("alexnet", &options);
    const struct ts_kernel *bias = kernel_named(eager.program, "conv1.bias");
    CU_ASSERT_EQUAL(bias->inputs[0].tensor, kernel_named(eager.program, "conv1")->c.tensor);
    CU_ASSERT_EQUAL(bias->output.tensor, bias->inputs[0].tensor);
    CU_ASSERT_EQUAL(kernel_named(eager.program, "conv1")->epilogue_ops_per_output, 0);
    CU_ASSERT_EQUAL(kernel_named(fused.program, "conv1")->epilogue_ops_per_output, 2);
    CU_ASSERT_EQUAL(kernel_named(eager.program, "fc6")->epilogue_ops_per_output, 1);
    CU_ASSERT_EQUAL(eager.program->kernel_count - fused.program->kernel_count, 5 + 7);
    unload(&eager);
    unload(&fused);
}

static void fusion_frees_transposes_next_to_products(void)
{
    struct ts_workload_options options = plain_options();
    struct loaded eager = load_with("gpt2", &options);
    options.fuse = true;
    struct loaded fused = load_with("gpt2", &options);
    int moves = 0, eager_gelu = 0, fused_gelu = 0;
    for (int i = 0; i < fused.program->kernel_count; i++) {
        moves += fused.program->kernels[i].vector_class == TS_VECTOR_MOVE;
        fused_gelu += strcmp(fused.program->kernels[i].op, "gelu_tanh") == 0;
    }
    for (int i = 0; i < eager.program->kernel_count; i++) {
        eager_gelu += strcmp(eager.program->kernels[i].op, "gelu_tanh") == 0;
    }
    CU_ASSERT_EQUAL(moves, 0);
    CU_ASSERT_EQUAL(fused_gelu, 0);
    CU_ASSERT_EQUAL(eager_gelu, 12 * 8);
    CU_ASSERT_EQUAL(kernel_named(fused.program, "h.3.scores")->epilogue_ops_per_output, 2);
    unload(&eager);
    unload(&fused);
}

static void fusion_does_not_reach_across_a_tensor_read_twice(void)
{
    const char *path = write_network("network", "name: t\ninputs: {x: [8]}\nlayers:\n"
                                                "  - {op: fc, name: a, out: 8}\n  - relu\n"
                                                "  - {op: add, inputs: [relu, a]}\n");
    struct loaded loaded = transformed(path, "fuse", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 3);
    unload(&loaded);
}

static void every_transform_says_what_each_family_makes_of_it(void)
{
    const struct ts_transform_entry *entries;
    int count = ts_transform_list(&entries);
    CU_ASSERT_TRUE(count >= 12);
    for (int i = 0; i < count; i++) {
        static const char *const families[] = {"cpu", "simt", "systolic", "sparse"};
        CU_ASSERT_TRUE(strlen(entries[i].description) > 10);
        for (int f = 0; f < 4; f++) {
            CU_ASSERT_PTR_NOT_NULL(strstr(entries[i].used_by, families[f]));
        }
    }
}

static void bad_transforms_say_what_is_wrong(void)
{
    static const struct {
        const char *text;
        enum ts_error code;
        const char *message;
    } rows[] = {
        {"prun:0.5", TS_ERROR_UNKNOWN_NAME, "did you mean 'prune'?"},
        {"", TS_ERROR_UNKNOWN_NAME, "unknown transform"},
        {"something-else", TS_ERROR_UNKNOWN_NAME, "list transforms"},
        {"prune", TS_ERROR_USAGE, "prune:DENSITY"},
        {"prune:", TS_ERROR_TYPE, "not a number"},
        {"prune:half", TS_ERROR_UNKNOWN_NAME, "neither a number"},
        {"prune:0.5x", TS_ERROR_TYPE, "not a number"},
        {"prune:nan", TS_ERROR_TYPE, "not a number"},
        {"prune:0", TS_ERROR_RANGE, "above 0"},
        {"prune:-0.1", TS_ERROR_RANGE, "above 0"},
        {"prune:9", TS_ERROR_RANGE, "prune:0.09"},
        {"activations:1.01", TS_ERROR_RANGE, "at most 1"},
        {"fuse:3", TS_ERROR_USAGE, "no argument"},
        {"batchnorm-fold:1", TS_ERROR_USAGE, "no argument"},
        {"quantize:int9", TS_ERROR_UNKNOWN_NAME, "int8"},
        {"quantize:weight=int8", TS_ERROR_UNKNOWN_KEY, "weights="},
        {"share:0", TS_ERROR_RANGE, "between 1 and 16"},
        {"share:x", TS_ERROR_UNKNOWN_NAME, "neither a number"},
        {"share:2.5", TS_ERROR_TYPE, "whole number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error(transformed("fc:31,17", rows[i].text, NULL), rows[i].code, rows[i].message);
    }
    expect_error(transformed("memory:read", "prune:0.5", NULL), TS_ERROR_CONFLICT,
                 "nothing to transform");
}

static void inference_transforms_are_refused_in_training(void)
{
    static const char *const names[] = {"fuse", "batchnorm-fold"};
    for (int i = 0; i < 2; i++) {
        struct ts_workload_options options = plain_options();
        options.training = true;
        options.transforms = &names[i];
        options.transform_count = 1;
        expect_error(load_with("resnet18", &options), TS_ERROR_CONFLICT, "for inference");
    }
}

static double size_ratio(const char *workload, const char *first, const char *second)
{
    struct loaded loaded = transformed(workload, first, second);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    double ratio = 4 * loaded.program->parameters / loaded.program->parameter_bytes;
    unload(&loaded);
    return ratio;
}

/* Han et al., ICLR 2016: 35x (their rates by layer: 34.3x) and 49x (their rates by layer: 52x). */
static void deep_compression_makes_models_as_small_as_published(void)
{
    CU_ASSERT_DOUBLE_EQUAL(size_ratio("alexnet-bvlc", "prune:deep-compression-alexnet",
                                      "share:deep-compression-alexnet"),
                           35, 0.03 * 35);
    CU_ASSERT_DOUBLE_EQUAL(
        size_ratio("vgg16", "prune:deep-compression-vgg16", "share:deep-compression-vgg16"), 49,
        0.08 * 49);
    struct loaded loaded = transformed("alexnet-bvlc", "prune:deep-compression-alexnet",
                                       "share:deep-compression-alexnet");
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc6")->b.density, 0.09);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc6")->b.bits_per_element, 5);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "conv2")->b.bits_per_element, 8);
    unload(&loaded);
}

/* 17·31 weights of 31 inputs; gemm has no bias. */
static void sizes_count_values_indices_and_tables(void)
{
    static const struct {
        const char *first, *second;
        double bits;
    } rows[] = {{"quantize:int8", NULL, 527 * 8},
                {"share:4", NULL, 527 * 4 + 16 * 32},
                {"ternary", NULL, 527 * 2},
                {"binary", NULL, 527},
                {"prune:1", NULL, 527 * 32},
                {"prune:0.99", "quantize:int4", 527 * 4}, /* dense takes less */
                {"prune:0.5", NULL, 527 * 0.5 * (32 + 4) * (1 + 1 / 65535.0)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct loaded loaded = transformed("gemm:3,17,31", rows[i].first, rows[i].second);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        CU_ASSERT_EQUAL(loaded.program->parameter_bytes, ceil(rows[i].bits / 8));
        unload(&loaded);
    }
}

static void narrow_weights_leave_the_arithmetic_to_activations(void)
{
    struct loaded loaded = transformed("fc:31,17", "ternary", NULL);
    const struct ts_kernel *kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->precision, TS_FP32);
    CU_ASSERT_EQUAL(kernel->b.precision, TS_TERNARY);
    CU_ASSERT_DOUBLE_EQUAL(kernel->b.density, 0.576, 0.001);
    unload(&loaded);
    loaded = transformed("fc:31,17", "binary", NULL);
    kernel = &loaded.program->kernels[0];
    CU_ASSERT_EQUAL(kernel->b.bits_per_element, 1);
    CU_ASSERT_EQUAL(kernel->b.density, 1);
    unload(&loaded);
}

static void compression_files_are_checked(void)
{
    static char transform[300];
    expect_error(transformed("alexnet", "prune:deep-compression-alexnett", NULL),
                 TS_ERROR_UNKNOWN_NAME, "did you mean 'deep-compression-alexnet'?");
    expect_error(transformed("vgg16", "prune:deep-compression-alexnet", NULL),
                 TS_ERROR_UNKNOWN_NAME, "has no layer 'conv1' with weights");
    static const struct {
        const char *text;
        enum ts_error code;
        const char *says;
    } rows[] = {
        {"layers: {fc7: {density: 0}}", TS_ERROR_RANGE, "density"},
        {"layers: {fc7: {densty: 0.5}}", TS_ERROR_UNKNOWN_KEY, "density"},
        {"layers: {fc7: 0.5}", TS_ERROR_TYPE, "a layer is a mapping"},
        {"layers: {pool1: {density: 0.5}}", TS_ERROR_UNKNOWN_NAME, "no layer 'pool1'"},
        {"name: x", TS_ERROR_MISSING_KEY, "layers"},
        {"- 3", TS_ERROR_TYPE, "a compression file is a mapping"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(transform, sizeof transform, "share:%s",
                 write_network("compression", rows[i].text));
        expect_error(transformed("alexnet", transform, NULL), rows[i].code, rows[i].says);
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"densities multiply in effective MACs", densities_multiply_in_effective_macs},
        {"pruning leaves biases and embeddings", pruning_leaves_biases_and_embeddings},
        {"activations keep their density through fusion",
         activations_keep_their_density_through_fusion},
        {"structured pruning halves the work", structured_pruning_halves_the_work},
        {"quantisation narrows what it names", quantisation_narrows_what_it_names},
        {"sharing stores fewer bits of the same arithmetic",
         sharing_stores_fewer_bits_of_the_same_arithmetic},
        {"folding removes batch normalisation", folding_removes_batch_normalisation},
        {"fusion keeps the work and counts parameters as published",
         fusion_keeps_work_and_counts_parameters_as_published},
        {"a convolution's bias is a kernel of its own unless fused",
         a_bias_is_a_kernel_of_its_own_unless_fused},
        {"fusion frees transposes next to products", fusion_frees_transposes_next_to_products},
        {"fusion does not reach across a tensor read twice",
         fusion_does_not_reach_across_a_tensor_read_twice},
        {"every transform says what each family makes of it",
         every_transform_says_what_each_family_makes_of_it},
        {"bad transforms say what is wrong", bad_transforms_say_what_is_wrong},
        {"inference transforms are refused in training",
         inference_transforms_are_refused_in_training},
        {"Deep Compression makes models as small as published",
         deep_compression_makes_models_as_small_as_published},
        {"sizes count values, indices and tables", sizes_count_values_indices_and_tables},
        {"narrow weights leave the arithmetic to activations",
         narrow_weights_leave_the_arithmetic_to_activations},
        {"compression files are checked", compression_files_are_checked},
    };
    return RUN_SUITE("transforms", cases);
}
