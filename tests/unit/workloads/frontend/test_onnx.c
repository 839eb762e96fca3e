/* ONNX files: what loads, with which counts, and what must fail how. The models are made by
 * tests/data/onnx/make_models.py with the onnx package; without it these cases are skipped. */
#include "../load.h"

#include <stdlib.h>
#include <sys/stat.h>

static bool have_models;

static const char *model(const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.onnx", name);
    return scratch_path(file);
}

static bool skip(void)
{
    if (!have_models) {
        printf("skipped: python3-onnx is not installed ... ");
    }
    return !have_models;
}

static struct ts_workload_options with_dims(int64_t batch, const char *const *dims, int count)
{
    struct ts_workload_options options = plain_options();
    options.batch = batch;
    options.dims = dims;
    options.dim_count = count;
    return options;
}

static struct loaded load_ok(const char *name, const struct ts_workload_options *options)
{
    struct loaded loaded = load_with(model(name), options);
    if (!loaded.program) {
        ts_diagnostics_print(&loaded.diagnostics, stderr);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    return loaded;
}

static int count_op(const struct ts_program *program, const char *op)
{
    int count = 0;
    for (int i = 0; i < program->kernel_count; i++) {
        count += strcmp(program->kernels[i].op, op) == 0;
    }
    return count;
}

static void expect_same_kernels(const struct ts_program *a, const struct ts_program *b)
{
    CU_ASSERT_EQUAL_FATAL(a->kernel_count, b->kernel_count);
    for (int i = 0; i < a->kernel_count; i++) {
        const struct ts_kernel *x = &a->kernels[i], *y = &b->kernels[i];
        CU_ASSERT_EQUAL(x->kind, y->kind);
        CU_ASSERT_EQUAL(x->m, y->m);
        CU_ASSERT_EQUAL(x->n, y->n);
        CU_ASSERT_EQUAL(x->k, y->k);
        CU_ASSERT_EQUAL(x->elements, y->elements);
        CU_ASSERT_EQUAL(x->ops_per_element, y->ops_per_element);
    }
}

static void resnet50_is_the_zoos(void)
{
    if (skip()) {
        return;
    }
    for (int training = 0; training < 2; training++) {
        for (int64_t batch = 1; batch <= 5; batch += 4) {
            struct ts_workload_options options = with_dims(batch, NULL, 0);
            options.training = training;
            struct loaded onnx = load_ok("resnet50", &options);
            struct loaded zoo = load_with("resnet50", &options);
            CU_ASSERT_PTR_NOT_NULL_FATAL(zoo.program);
            CU_ASSERT_EQUAL(onnx.program->macs, zoo.program->macs);
            CU_ASSERT_EQUAL(onnx.program->parameters, 25557032);
            CU_ASSERT_EQUAL(onnx.program->samples, batch);
            CU_ASSERT_EQUAL(onnx.program->coverage, 1);
            if (!training) {
                expect_same_kernels(onnx.program, zoo.program);
            }
            unload(&onnx);
            unload(&zoo);
        }
    }
}

static void a_fixed_batch_is_kept(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded fixed = load_ok("fixed", &options);
    CU_ASSERT_EQUAL(fixed.program->samples, 2);
    CU_ASSERT_EQUAL(fixed.program->batch, 2);
    CU_ASSERT_EQUAL(fixed.program->macs, 2 * 4089184256.0);
    unload(&fixed);
    options.batch = 3;
    expect_error(load_with(model("fixed"), &options), TS_ERROR_CONFLICT, "batch of 2");
}

static void the_larger_branch_of_an_if_is_taken(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_ok("branches", &options);
    CU_ASSERT_EQUAL(loaded.program->macs, 3 * 11 * 5);
    CU_ASSERT_EQUAL(loaded.program->parameters, 11 * 5);
    CU_ASSERT_EQUAL(loaded.program->coverage, 1);
    CU_ASSERT_EQUAL(count_op(loaded.program, "Tanh"), 1);
    unload(&loaded);
}

/* Two samples, 8 heads of queries over 2 of keys, 7 new tokens behind 5 that the cache holds. */
static void attention_may_be_one_operator(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_ok("attention", &options);
    CU_ASSERT_EQUAL(loaded.program->macs, 2 * 8 * 7 * 12 * (16 + 24));
    CU_ASSERT_EQUAL(loaded.program->coverage, 1);
    CU_ASSERT_EQUAL(count_op(loaded.program, "mask"), 1);
    const struct ts_kernel *scores = kernel_named(loaded.program, "Attention_1.3");
    CU_ASSERT_EQUAL(scores->batch, 2 * 2);
    CU_ASSERT_EQUAL(scores->m, 4 * 7);
    CU_ASSERT_EQUAL(scores->n, 12);
    const struct ts_kernel *joined = kernel_named(loaded.program, "Attention_1");
    CU_ASSERT_EQUAL(joined->output.elements, 2 * 2 * 12 * 16);
    CU_ASSERT_EQUAL(joined->output.tensor, scores->b.tensor);
    unload(&loaded);
}

static void operators_of_the_runtime_are_known(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_ok("runtime", &options);
    const double products = 7 * 64 * (192 + 128 + 32 + 32);
    const double attention = 4 * 2 * 7 * 7 * 16, grouped = 4 * 2 * 7 * 12 * 16;
    CU_ASSERT_EQUAL(loaded.program->macs, products + 2 * attention + grouped);
    CU_ASSERT_EQUAL(loaded.program->coverage, 1);
    CU_ASSERT_EQUAL(count_op(loaded.program, "layernorm"), 1);
    CU_ASSERT_EQUAL(count_op(loaded.program, "rmsnorm"), 1);
    const struct ts_kernel *narrow = kernel_named(loaded.program, "MatMulNBits_15");
    CU_ASSERT_EQUAL(narrow->b.elements, 32 * 64);
    CU_ASSERT_EQUAL(narrow->b.bits_per_element, 4 + 16.0 / 32);
    unload(&loaded);
}

static void dynamic_dimensions_are_bound(void)
{
    if (skip()) {
        return;
    }
    static const char *const named[] = {"sequence=24"}, *const placed[] = {"ids.1=24"},
                             *const wrong[] = {"sequence=24", "lenght=3"},
                             *const broken[] = {"sequence"};
    struct ts_workload_options options = with_dims(3, named, 1);
    struct loaded first = load_ok("transformer13", &options);
    options = with_dims(3, placed, 1);
    struct loaded second = load_ok("transformer13", &options);
    options = with_dims(3, NULL, 0);
    options.sequence = 24;
    struct loaded third = load_ok("transformer13", &options);
    CU_ASSERT_EQUAL(first.program->macs, second.program->macs);
    CU_ASSERT_EQUAL(first.program->macs, third.program->macs);
    unload(&first);
    unload(&second);
    unload(&third);
    expect_error(load(model("transformer13")), TS_ERROR_MISSING_KEY, "--dim sequence=VALUE");
    options = with_dims(1, wrong, 2);
    expect_error(load_with(model("transformer13"), &options), TS_ERROR_UNKNOWN_NAME, "'lenght'");
    options = with_dims(1, broken, 1);
    expect_error(load_with(model("transformer13"), &options), TS_ERROR_USAGE, "NAME=VALUE");
    expect_error(load_with("resnet50", &options), TS_ERROR_CONFLICT, "no dynamic dimensions");
}

/* Per layer: q, k, v, output and both halves of the feed-forward part are products by weights,
 * scores and values products of activations. */
static void transformers_of_all_opsets_are_the_same(void)
{
    if (skip()) {
        return;
    }
    static const char *const names[] = {"transformer11", "transformer12", "transformer13",
                                        "transformer15"};
    double b = 3, s = 17, w = 64;
    double macs = 2 * (b * s * w * w * 12 + 2 * b * s * s * w) + b * s * w * 1000;
    double weights = 2 * (12 * w * w + 9 * w + 4 * w) + 1000 * w; /* the table once */
    for (size_t i = 0; i < 4; i++) {
        struct ts_workload_options options = with_dims(3, NULL, 0);
        options.sequence = 17;
        struct loaded loaded = load_ok(names[i], &options);
        const struct ts_program *program = loaded.program;
        CU_ASSERT_EQUAL(program->macs, macs);
        CU_ASSERT_EQUAL(program->parameters, weights);
        CU_ASSERT_EQUAL(count_op(program, "layernorm"), 4);
        CU_ASSERT_EQUAL(count_op(program, "Gelu"), 2);
        CU_ASSERT_EQUAL(count_op(program, "softmax"), 2);
        CU_ASSERT_EQUAL(count_op(program, "bmm"), 4);
        CU_ASSERT_EQUAL(count_op(program, "fc"), 12);
        /* Queries, keys, values and results change places; the product turns the keys. */
        CU_ASSERT_EQUAL(count_op(program, "transpose"), 8);
        CU_ASSERT_EQUAL(count_op(program, "embedding"), 1);
        CU_ASSERT_EQUAL(program->coverage, 1);
        unload(&loaded);
    }
}

static void a_transformer_trains(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = with_dims(2, NULL, 0);
    options.sequence = 8;
    struct loaded forward = load_ok("transformer13", &options);
    options.training = true;
    struct loaded training = load_ok("transformer13", &options);
    /* Every product has two backward ones. */
    CU_ASSERT_EQUAL(training.program->macs, 3 * forward.program->macs);
    unload(&forward);
    unload(&training);
}

static void recurrent_layers_have_their_gates(void)
{
    if (skip()) {
        return;
    }
    static const struct {
        const char *name;
        double gates;
    } rows[] = {{"lstm", 4}, {"gru", 3}, {"rnn", 1}};
    for (size_t i = 0; i < 3; i++) {
        static const char *const dims[] = {"steps=7"};
        struct ts_workload_options options = with_dims(5, dims, 1);
        struct loaded loaded = load_ok(rows[i].name, &options);
        CU_ASSERT_EQUAL(loaded.program->macs, 2 * 5 * 7 * rows[i].gates * 24 * (20 + 24));
        CU_ASSERT_EQUAL(loaded.program->samples, 5);
        unload(&loaded);
    }
}

static void depthwise_and_grouped_convolutions_keep_their_groups(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_ok("depthwise", &options);
    const struct ts_kernel *kernels = loaded.program->kernels;
    CU_ASSERT_EQUAL(kernels[0].batch, 32);
    CU_ASSERT_EQUAL(kernels[0].k, 9);
    CU_ASSERT_EQUAL(loaded.program->macs, 14.0 * 18 * (32 * 9 + 64 * 8));
    CU_ASSERT_EQUAL(count_op(loaded.program, "Clip"), 1);
    unload(&loaded);
}

static void upsampling_knows_its_sizes(void)
{
    if (skip()) {
        return;
    }
    static const char *const names[] = {"upsample9", "upsample13"};
    for (size_t i = 0; i < 2; i++) {
        struct ts_workload_options options = with_dims(3, NULL, 0);
        struct loaded loaded = load_ok(names[i], &options);
        const struct ts_program *program = loaded.program;
        const struct ts_kernel *last = &program->kernels[program->kernel_count - 1];
        CU_ASSERT_EQUAL(last->output.elements, 3.0 * (8 + 16) * 34 * 46);
        CU_ASSERT_EQUAL(program->macs, 3.0 * 17 * 23 * 16 * 8 * 16);
        CU_ASSERT_EQUAL(program->parameters, 16 * 8 * 16 + 8);
        unload(&loaded);
    }
}

static void weights_may_be_outside_or_absent(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = with_dims(4, NULL, 0);
    struct loaded outside = load_ok("external", &options);
    struct loaded absent = load_ok("absent", &options);
    CU_ASSERT_EQUAL(outside.program->macs, 4.0 * 2 * 256 * 256);
    CU_ASSERT_EQUAL(outside.program->parameters, 2.0 * (256 * 256 + 256));
    expect_same_kernels(outside.program, absent.program);
    unload(&outside);
    unload(&absent);
}

static void what_has_no_model_is_named(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_ok("unknown", &options);
    CU_ASSERT_DOUBLE_EQUAL(loaded.program->coverage, 2.0 / 3, 1e-12);
    CU_ASSERT_EQUAL(loaded.diagnostics.note_count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded.diagnostics.notes[0], "66.7 %"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(loaded.diagnostics.notes[0], "com.example.Mystery 'the_unknown'"));
    const struct ts_kernel *kernel = kernel_named(loaded.program, "the_unknown");
    CU_ASSERT_EQUAL(kernel->inputs[0].elements, 77);
    CU_ASSERT_EQUAL(kernel->output.elements, 77);
    unload(&loaded);
    options.strict = true;
    expect_error(load_with(model("unknown"), &options), TS_ERROR_UNSUPPORTED, "the_unknown");
}

static void functions_are_expanded(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_ok("function", &options);
    CU_ASSERT_EQUAL(loaded.program->macs, 6.0 * 15 * 4);
    CU_ASSERT_EQUAL(loaded.program->samples, 2);
    unload(&loaded);
}

static void a_newer_opset_than_the_librarys_loads(void)
{
    if (skip()) {
        return;
    }
    struct ts_workload_options options = with_dims(3, NULL, 0);
    struct loaded loaded = load_ok("opset20", &options);
    CU_ASSERT_EQUAL(loaded.program->macs, 3.0 * 10 * 3);
    CU_ASSERT_EQUAL(loaded.program->coverage, 1);
    unload(&loaded);
}

static void hostile_graphs_are_refused(void)
{
    if (skip()) {
        return;
    }
    expect_error(load(model("cyclic")), TS_ERROR_CYCLE, "first <- second <- first");
    expect_error(load(model("recursive")), TS_ERROR_CYCLE, "functions or branches are nested");
    expect_error(load(model("nested30")), TS_ERROR_LIMIT, "nested");
    expect_error(load(model("short1")), TS_ERROR_SYNTAX, "at byte 1");
    expect_error(load(model("short100")), TS_ERROR_SYNTAX, "past its end");
    expect_error(load(model("short39999")), TS_ERROR_SYNTAX, "past its end");
}

static void what_is_no_file_is_an_error(void)
{
    expect_error(load("/nowhere/model.onnx"), TS_ERROR_FILE, "No such file");
    CU_ASSERT_EQUAL(mkdir(model("folder"), 0700), 0);
    expect_error(load(model("folder")), TS_ERROR_FILE, "not a regular file");
    FILE *file = fopen(model("empty"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fclose(file);
    expect_error(load(model("empty")), TS_ERROR_SYNTAX, "empty");
    file = fopen(model("text"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("<html>not found</html>\n", file);
    fclose(file);
    expect_error(load(model("text")), TS_ERROR_SYNTAX, "no ONNX model");
}

static void make_models(void)
{
    char command[1024];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import onnx' 2>/dev/null && "
             "/usr/bin/python3 %s/onnx/make_models.py %s",
             TESSERA_TEST_DATA, scratch_folder());
    have_models = system(command) == 0;
}

static const struct test_case cases[] = {
    {"ResNet-50 from ONNX is the zoo's, forward and training", resnet50_is_the_zoos},
    {"a batch that the file fixes is kept, another one refused", a_fixed_batch_is_kept},
    {"dynamic dimensions are bound by name, place and --seq", dynamic_dimensions_are_bound},
    {"transformers of all opsets have the same counts", transformers_of_all_opsets_are_the_same},
    {"a transformer trains", a_transformer_trains},
    {"recurrent layers have their gates in both directions", recurrent_layers_have_their_gates},
    {"depthwise and grouped convolutions keep their groups",
     depthwise_and_grouped_convolutions_keep_their_groups},
    {"transposed convolution, Resize and Upsample know their sizes", upsampling_knows_its_sizes},
    {"weights may be outside the file or absent", weights_may_be_outside_or_absent},
    {"an operator without a model is named and counted", what_has_no_model_is_named},
    {"functions of the model are expanded", functions_are_expanded},
    {"the larger branch of an If is taken", the_larger_branch_of_an_if_is_taken},
    {"attention may be one operator", attention_may_be_one_operator},
    {"operators of ONNX Runtime are known", operators_of_the_runtime_are_known},
    {"a newer opset than the library's loads", a_newer_opset_than_the_librarys_loads},
    {"cycles, recursion, nesting and cut files are refused", hostile_graphs_are_refused},
    {"what is no model file is an error", what_is_no_file_is_an_error},
};

int main(void)
{
    make_models();
    return RUN_SUITE("onnx", cases);
}
