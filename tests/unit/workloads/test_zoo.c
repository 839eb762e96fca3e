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
    {"alexnet", 0.714e9, 0.001, 61100840},     {"vgg16", 15.47e9, 0.001, 138357544},
    {"vgg19", 19.63e9, 0.001, 143667240},      {"resnet18", 1.814e9, 0.001, 11689512},
    {"resnet34", 3.664e9, 0.001, 21797672},    {"resnet50", 4.089e9, 0.001, 25557032},
    {"resnet101", 7.801e9, 0.001, 44549160},   {"resnet152", 11.514e9, 0.001, 60192808},
    {"mobilenet-v1", 0.569e9, 0.001, 4231976}, {"mobilenet-v2", 0.301e9, 0.002, 3504872},
    {"googlenet", 1.58e9, 0.01, 6998552},      {"alexnet-bvlc", 0.724e9, 0.001, 60965224},
};

static const struct published transformers[] = {
    {"bert-base", 0, 0, 109482240},    {"bert-large", 0, 0, 335141888},
    {"gpt2", 0, 0, 124439808},         {"gpt2-medium", 0, 0, 354823168},
    {"gpt2-large", 0, 0, 774030080},   {"gpt2-xl", 0, 0, 1557611200},
    {"opt-13", 0, 0, 1315758080},      {"llama2-7b", 0, 0, 6738415616},
    {"llama2-70b", 0, 0, 68976648192}, {"vit-b-16", 17.56e9, 0.01, 86567656},
};

static void check(const struct published *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct loaded loaded = load(rows[i].name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        CU_ASSERT_EQUAL(loaded.program->parameters, rows[i].parameters);
        if (rows[i].macs > 0)
            CU_ASSERT_DOUBLE_EQUAL(loaded.program->macs / rows[i].macs, 1, rows[i].tolerance);
        unload(&loaded);
    }
}

static void cnns_have_their_published_counts(void)
{
    check(cnns, sizeof cnns / sizeof *cnns);
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
    for (int i = 0; i < loaded.program->kernel_count; i++)
        for (int j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(loaded.program->kernels[i].name,
                                       loaded.program->kernels[j].name);
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
        CU_ASSERT_EQUAL(kernel->network_parameters, 61100840);
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
