/* Published counts. MACs are multiply-accumulates of convolutions and matrix products; parameters
 * are those of the models as torchvision and Hugging Face ship them. */
#include "unit/workloads/load.h"

#include <math.h>

struct published {
    const char *name;
    double macs; /* 0: not compared */
    double tolerance;
    double parameters; /* exact */
};

static const struct published cnns[] = {
    {"alexnet", 0.724e9, 0.001, 60965224},
    {"alexnet-owt", 0.714e9, 0.001, 61100840},
    {"vgg16", 15.47e9, 0.001, 138357544},
    {"vgg19", 19.63e9, 0.001, 143667240},
    {"resnet18", 1.814e9, 0.001, 11689512},
    {"resnet34", 3.664e9, 0.001, 21797672},
    {"resnet50", 4.089e9, 0.001, 25557032},
    {"resnet101", 7.801e9, 0.001, 44549160},
    {"resnet152", 11.514e9, 0.001, 60192808},
    {"mobilenet-v1", 0.569e9, 0.001, 4231976},
    {"mobilenet-v2", 0.301e9, 0.002, 3504872},
    {"googlenet", 1.58e9, 0.01, 6998552},
    {"alexnet-bvlc", 0.724e9, 0.001, 60965224},
    {"inception-v3", 5.713e9, 0.005, 23834568},
    {"efficientnet-b0", 0.39e9, 0.02, 5288548},
    /* 65.86 billion operations, as Darknet prints them */
    {"yolov3", 65.86e9 / 2, 0.005, 61949149},
};

static const struct published transformers[] = {
    {"bert-base", 0, 0, 109482240},    {"bert-large", 0, 0, 335141888},
    {"gpt2", 0, 0, 124439808},         {"gpt2-medium", 0, 0, 354823168},
    {"gpt2-large", 0, 0, 774030080},   {"gpt2-xl", 0, 0, 1557611200},
    {"opt-13", 0, 0, 1315758080},      {"opt-1.3b", 0, 0, 1315758080},
    {"opt-13b", 0, 0, 12853473280},    {"llama2-7b", 0, 0, 6738415616},
    {"llama2-70b", 0, 0, 68976648192}, {"vit-b-16", 17.56e9, 0.01, 86567656},
};

static void check(const struct published *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct loaded loaded = load(rows[i].name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        CU_ASSERT_EQUAL(loaded.program->parameters, rows[i].parameters);
        if (rows[i].macs > 0) {
            CU_ASSERT_DOUBLE_EQUAL(loaded.program->macs / rows[i].macs, 1, rows[i].tolerance);
        }
        unload(&loaded);
    }
}

static void cnns_have_their_published_counts(void)
{
    check(cnns, sizeof cnns / sizeof *cnns);
}

/* Parameters of a GRU layer: 3·h·(in + h) weights and two biases a gate. */
static void recurrent_networks_follow_the_closed_form(void)
{
    struct loaded gru = load("gru");
    CU_ASSERT_PTR_NOT_NULL_FATAL(gru.program);
    double h = 2560;
    CU_ASSERT_EQUAL(gru.program->macs, 375 * 6 * h * h);
    CU_ASSERT_EQUAL(gru.program->parameters, 6 * h * h + 6 * h);
    unload(&gru);
    struct loaded speech = load("deepspeech2");
    CU_ASSERT_PTR_NOT_NULL_FATAL(speech.program);
    /* 32·41·11 and 32·32·21·11 convolved weights, five layers in both directions, two values a
     * channel of six normalisations, 29 characters */
    h = 800;
    double first = 2 * (3 * h * (32 * 41 + h) + 6 * h), others = 4 * 2 * (3 * h * 2 * h + 6 * h);
    CU_ASSERT_EQUAL(speech.program->parameters, 32 * 41 * 11 + 32 * 32 * 21 * 11 + 4 * 32 + first +
                                                    others + 5 * 2 * h + 29 * h);
    unload(&speech);
}

/* Ronneberger et al. count no parameters; the layers of their figure 1 add up to these. */
static void unet_has_the_layers_of_its_figure(void)
{
    struct loaded loaded = load("unet");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    static const double down[] = {1, 64, 128, 256, 512, 1024};
    double parameters = 64 * 2 + 2;
    for (int i = 1; i <= 5; i++) {
        parameters += 9 * down[i - 1] * down[i] + 9 * down[i] * down[i] + 2 * down[i];
    }
    for (int i = 5; i >= 2; i--) {
        double out = down[i - 1];
        parameters += 4 * down[i] * out + out + 9 * 2 * out * out + 9 * out * out + 2 * out;
    }
    CU_ASSERT_EQUAL(loaded.program->parameters, parameters);
    CU_ASSERT_DOUBLE_EQUAL(loaded.program->parameters / 31.03e6, 1, 0.001);
    const struct ts_kernel *classes = kernel_named(loaded.program, "classes");
    CU_ASSERT_EQUAL(classes->m, 388 * 388);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "bottom.conv2")->m, 28 * 28);
    unload(&loaded);
}

/* The published script counts 540 million for Criteo Kaggle: 33.8 million rows of 16 values. */
static void dlrm_is_mostly_tables(void)
{
    struct loaded loaded = load("dlrm");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    double layers = 13 * 512 + 512 * 256 + 256 * 64 + 64 * 16 + (351 + 16) * 512 + 512 * 256 + 256;
    double biases = 512 + 256 + 64 + 16 + 512 + 256 + 1;
    CU_ASSERT_EQUAL(loaded.program->parameters, 33762577.0 * 16 + layers + biases);
    CU_ASSERT_EQUAL(loaded.program->macs, layers + 27 * 27 * 16);
    unload(&loaded);
}

/* Fedus et al., table 1: 7.41 billion parameters. */
static void switch_sends_each_token_to_one_expert(void)
{
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load("switch");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_DOUBLE_EQUAL(loaded.program->parameters / 7.41e9, 1, 0.005);
    const struct ts_kernel *gate = kernel_named(loaded.program, "encoder.3.mlp2.gate");
    CU_ASSERT_EQUAL(gate->batch, 128);
    CU_ASSERT_EQUAL(gate->m, 5); /* 1.25 x 512 / 128 */
    CU_ASSERT_EQUAL(gate->b.elements, 128.0 * 768 * 2048);
    unload(&loaded);
    options.sequence = 17; /* fewer tokens than experts: the others' weights stay where they are */
    loaded = load_with("switch", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    gate = kernel_named(loaded.program, "encoder.3.mlp2.gate");
    CU_ASSERT_EQUAL(gate->batch, 17);
    CU_ASSERT_EQUAL(gate->m, 1);
    CU_ASSERT_EQUAL(gate->b.elements, 17.0 * 768 * 2048);
    unload(&loaded);
    expect_error(load(write_network("routes", "name: r\ninputs: {x: [17, 23]}\nlayers:\n"
                                              "  - {op: fc, name: p, out: 8}\n"
                                              "  - {op: route, inputs: [x, p], experts: 9}\n")),
                 TS_ERROR_SHAPE, "[batch, steps, 9]");
    expect_error(load(write_network("experts", "name: r\ninputs: {x: [17, 23]}\nlayers:\n"
                                               "  - {op: flatten, name: f}\n"
                                               "  - {op: experts, experts: 9, out: 3}\n")),
                 TS_ERROR_SHAPE, "up to 9 experts");
    expect_error(load(write_network("unroutes", "name: r\ninputs: {x: [17, 23]}\nlayers:\n"
                                                "  - {op: flatten, name: f}\n"
                                                "  - {op: unroute, inputs: [x, f]}\n")),
                 TS_ERROR_SHAPE, "[experts, places, features]");
}

static void transformers_have_their_published_parameters(void)
{
    check(transformers, sizeof transformers / sizeof *transformers);
}

/* Layers of GPT-2 small on s tokens: 12·h² weights each, 2·s²·h for attention; the head s·h·V. */
static void gpt2_macs_follow_the_closed_form(void)
{
    struct ts_workload_options options = plain_options();
    options.sequence = 384;
    options.batch = 3;
    struct loaded loaded = load_with("gpt2", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    double s = 384, h = 768, layers = 12, vocabulary = 50257;
    double macs = 3 * (layers * (12 * h * h * s + 2 * s * s * h) + s * h * vocabulary);
    CU_ASSERT_EQUAL(loaded.program->macs, macs);
    unload(&loaded);
}

static void gnmt_is_known_by_two_names(void)
{
    struct loaded a = load("gnmt-lstm"), b = load("lstm");
    CU_ASSERT_PTR_NOT_NULL_FATAL(a.program);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.program);
    CU_ASSERT_EQUAL(a.program->macs, b.program->macs);
    CU_ASSERT_DOUBLE_EQUAL(a.program->parameters / 275e6, 1, 0.02);
    unload(&a);
    unload(&b);
}

static void every_listed_network_loads_and_trains(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_workload_entry *entries;
    int count = ts_workload_list(&arena, &entries);
    CU_ASSERT_TRUE(count >= 20);
    for (int i = 0; i < count; i++) {
        struct ts_workload_options options = plain_options();
        options.training = true;
        struct loaded loaded = load_with(entries[i].name, &options);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        CU_ASSERT_TRUE(strlen(entries[i].description) > 10);
        CU_ASSERT_EQUAL(loaded.program->parameters, entries[i].parameters);
        CU_ASSERT_TRUE(loaded.program->macs > 2 * entries[i].macs);
        CU_ASSERT_TRUE(loaded.program->macs <= 3 * entries[i].macs);
        unload(&loaded);
    }
    ts_arena_release(&arena);
}

static void batch_multiplies_work_but_not_parameters(void)
{
    struct ts_workload_options options = plain_options();
    options.batch = 7;
    struct loaded one = load("resnet18"), seven = load_with("resnet18", &options);
    CU_ASSERT_EQUAL(seven.program->macs, 7 * one.program->macs);
    CU_ASSERT_EQUAL(seven.program->parameters, one.program->parameters);
    CU_ASSERT_EQUAL(seven.program->samples, 7);
    unload(&one);
    unload(&seven);
}

static void names_of_kernels_are_unique(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    struct loaded loaded = load_with("resnet50", &options);
    for (int i = 0; i < loaded.program->kernel_count; i++) {
        for (int j = 0; j < i; j++) {
            CU_ASSERT_STRING_NOT_EQUAL(loaded.program->kernels[i].name,
                                       loaded.program->kernels[j].name);
        }
    }
    unload(&loaded);
}

static void the_same_workload_has_the_same_hash(void)
{
    struct loaded a = load("resnet18"), b = load("resnet18"), c = load("resnet34");
    CU_ASSERT_EQUAL(a.program->hash, b.program->hash);
    CU_ASSERT_NOT_EQUAL(a.program->hash, c.program->hash);
    unload(&a);
    unload(&b);
    unload(&c);
}

static void inputs_and_results_of_a_network_are_marked(void)
{
    struct loaded loaded = load("alexnet");
    int inputs = 0, results = 0;
    for (int i = 0; i < loaded.program->kernel_count; i++) {
        const struct ts_kernel *kernel = &loaded.program->kernels[i];
        inputs += kernel->a.is_network_io || kernel->inputs[0].is_network_io;
        results += kernel->c.is_network_io || kernel->output.is_network_io;
        CU_ASSERT_EQUAL(kernel->network_parameters, 60965224);
    }
    CU_ASSERT_EQUAL(inputs, 1);
    CU_ASSERT_EQUAL(results, 1);
    CU_ASSERT_TRUE(kernel_named(loaded.program, "conv1")->a.is_network_io);
    CU_ASSERT_TRUE(kernel_named(loaded.program, "fc8")->c.is_network_io);
    unload(&loaded);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"CNNs have their published counts", cnns_have_their_published_counts},
        {"recurrent networks follow the closed form", recurrent_networks_follow_the_closed_form},
        {"U-Net has the layers of its figure", unet_has_the_layers_of_its_figure},
        {"DLRM is mostly tables", dlrm_is_mostly_tables},
        {"Switch sends each token to one expert", switch_sends_each_token_to_one_expert},
        {"transformers have their published parameters",
         transformers_have_their_published_parameters},
        {"GPT-2's MACs follow the closed form", gpt2_macs_follow_the_closed_form},
        {"GNMT is known by two names", gnmt_is_known_by_two_names},
        {"every listed network loads and trains", every_listed_network_loads_and_trains},
        {"batch multiplies work but not parameters", batch_multiplies_work_but_not_parameters},
        {"names of kernels are unique", names_of_kernels_are_unique},
        {"the same workload has the same hash", the_same_workload_has_the_same_hash},
        {"inputs and results of a network are marked", inputs_and_results_of_a_network_are_marked},
    };
    return RUN_SUITE("zoo", cases);
}
