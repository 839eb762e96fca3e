/* Text generation: what a decode step computes and reads. */
#include "unit/workloads/load.h"

static struct ts_workload_options decode(int64_t batch, int64_t context)
{
    struct ts_workload_options options = plain_options();
    options.phase = TS_PHASE_DECODE;
    options.precision = TS_FP16;
    options.batch = batch;
    options.context = context;
    return options;
}

/* Layers of GPT-2 small for one token: 12·h² weights each, 2·c·h for attention; the head h·V. */
static void one_token_a_sequence_is_computed(void)
{
    struct ts_workload_options options = decode(3, 517);
    struct loaded loaded = load_with("gpt2", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    double c = 517, h = 768, layers = 12, vocabulary = 50257;
    CU_ASSERT_EQUAL(loaded.program->macs, 3 * (layers * (12 * h * h + 2 * c * h) + h * vocabulary));
    CU_ASSERT_EQUAL(loaded.program->samples, 3);
    CU_ASSERT_EQUAL(loaded.program->parameters, 124439808);
    CU_ASSERT_EQUAL(loaded.program->context, 517);
    unload(&loaded);
}

static void attention_reads_the_whole_cache_and_writes_one_token(void)
{
    struct ts_workload_options options = decode(3, 517);
    struct loaded loaded = load_with("gpt2", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *scores = kernel_named(loaded.program, "h.4.scores");
    const struct ts_kernel *append = kernel_named(loaded.program, "h.4.keys");
    CU_ASSERT_EQUAL(scores->batch, 3 * 12);
    CU_ASSERT_EQUAL(scores->m, 1);
    CU_ASSERT_EQUAL(scores->n, 517);
    CU_ASSERT_EQUAL(ts_operand_dense_bytes(&scores->b), 2.0 * 3 * 517 * 768);
    CU_ASSERT_EQUAL(ts_operand_dense_bytes(&append->output), 2.0 * 3 * 768);
    CU_ASSERT_EQUAL(loaded.program->kv_cache_bytes, 2.0 * 12 * 3 * 517 * 768 * 2);
    unload(&loaded);
}

/* Llama 2 70B has 8 heads of keys for 64 of queries: an eighth of what full attention would keep.
 */
static void grouped_queries_share_the_cache(void)
{
    struct ts_workload_options options = decode(2, 4096);
    struct loaded loaded = load_with("llama2-70b", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *scores = kernel_named(loaded.program, "layer.79.scores");
    CU_ASSERT_EQUAL(scores->batch, 2 * 8);
    CU_ASSERT_EQUAL(scores->m, 8);
    CU_ASSERT_EQUAL(ts_operand_dense_bytes(&scores->b), 2.0 * 2 * 4096 * 8 * 128);
    CU_ASSERT_EQUAL(loaded.program->kv_cache_bytes, 2.0 * 80 * 2 * 4096 * 8 * 128 * 2);
    unload(&loaded);
}

static void a_longer_context_costs_only_attention(void)
{
    struct ts_workload_options near = decode(1, 128), far = decode(1, 4096);
    struct loaded a = load_with("llama2-7b", &near), b = load_with("llama2-7b", &far);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a.program);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.program);
    CU_ASSERT_EQUAL(b.program->macs - a.program->macs, 32.0 * 2 * (4096 - 128) * 4096);
    CU_ASSERT_EQUAL(a.program->kernel_count, b.program->kernel_count);
    unload(&a);
    unload(&b);
}

static void prefill_is_the_network_as_it_is(void)
{
    struct ts_workload_options plain = plain_options(), prefill = plain_options();
    prefill.phase = TS_PHASE_PREFILL;
    prefill.sequence = plain.sequence = 333;
    struct loaded a = load_with("opt-13", &plain), b = load_with("opt-13", &prefill);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a.program);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.program);
    CU_ASSERT_EQUAL(a.program->hash, b.program->hash);
    CU_ASSERT_EQUAL(a.program->kv_cache_bytes, 0);
    CU_ASSERT_EQUAL(b.program->kv_cache_bytes, 2.0 * 24 * 333 * 2048 * 4);
    unload(&a);
    unload(&b);
}

static void the_sequence_is_the_context_unless_one_is_given(void)
{
    struct ts_workload_options options = decode(1, 0);
    struct loaded loaded = load_with("llama2-7b", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->context, 4096);
    unload(&loaded);
    options.sequence = 77;
    loaded = load_with("llama2-7b", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->context, 77);
    unload(&loaded);
}

/* Activations of 8 bits halve the cache of 16-bit ones. */
static void the_cache_has_the_format_of_activations(void)
{
    static const char *const transforms[] = {"quantize:activations=int8"};
    struct ts_workload_options options = decode(1, 100);
    options.transforms = transforms;
    options.transform_count = 1;
    struct loaded loaded = load_with("gpt2", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kv_cache_bytes, 2.0 * 12 * 100 * 768);
    unload(&loaded);
}

static void what_cannot_generate_says_so(void)
{
    struct ts_workload_options options = decode(1, 100);
    expect_error(load_with("bert-base", &options), TS_ERROR_CONFLICT, "keeps no KV cache");
    expect_error(load_with("resnet18", &options), TS_ERROR_CONFLICT, "no sequence for --phase");
    expect_error(load_with("gemm:17,23,31", &options), TS_ERROR_CONFLICT, "decoder networks");
    options.context = 1025;
    expect_error(load_with("gpt2", &options), TS_ERROR_SHAPE, "longer than its 1024 positions");
    options.training = true;
    expect_error(load_with("gpt2", &options), TS_ERROR_CONFLICT, "not for training");
    options = plain_options();
    options.context = 12;
    expect_error(load_with("gpt2", &options), TS_ERROR_CONFLICT, "--phase decode");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"one token a sequence is computed", one_token_a_sequence_is_computed},
        {"attention reads the whole cache and writes one token",
         attention_reads_the_whole_cache_and_writes_one_token},
        {"grouped queries share the cache", grouped_queries_share_the_cache},
        {"a longer context costs only attention", a_longer_context_costs_only_attention},
        {"prefill is the network as it is", prefill_is_the_network_as_it_is},
        {"the sequence is the context unless one is given",
         the_sequence_is_the_context_unless_one_is_given},
        {"the cache has the format of activations", the_cache_has_the_format_of_activations},
        {"what cannot generate says so", what_cannot_generate_says_so},
    };
    return RUN_SUITE("generation", cases);
}
