#include "unit/workloads/transform/transformed.h"

static void a_layer_becomes_two_of_the_rank(void)
{
    struct loaded loaded = transformed("fc:9216,4096", "lowrank:64", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 2);
    const struct ts_kernel *v = kernel_named(loaded.program, "fc.v");
    const struct ts_kernel *u = kernel_named(loaded.program, "fc.u");
    CU_ASSERT_EQUAL(v->n, 64);
    CU_ASSERT_EQUAL(v->k, 9216);
    CU_ASSERT_EQUAL(u->n, 4096);
    CU_ASSERT_EQUAL(u->k, 64);
    CU_ASSERT_EQUAL(u->a.tensor, v->c.tensor);
    CU_ASSERT_EQUAL(loaded.program->parameters, 64 * (9216 + 4096));
    CU_ASSERT_EQUAL(loaded.program->macs, 64 * (9216 + 4096));
    unload(&loaded);
    struct loaded alexnet = transformed("alexnet", "lowrank:64", NULL);
    CU_ASSERT_EQUAL(kernel_named(alexnet.program, "fc6.v")->epilogue_ops_per_output, 0);
    CU_ASSERT_EQUAL(kernel_named(alexnet.program, "fc6.u")->epilogue_ops_per_output, 1); /* bias */
    unload(&alexnet);
}

static void a_convolution_becomes_fewer_filters_and_a_1x1(void)
{
    struct loaded loaded =
        transformed("conv:N=3,C=17,H=23,W=31,K=61,R=5,S=3,stride=2,pad=1", "lowrank:7", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *v = &loaded.program->kernels[0], *u = &loaded.program->kernels[1];
    CU_ASSERT_EQUAL(v->conv.k, 7);
    CU_ASSERT_EQUAL(v->conv.r, 5);
    CU_ASSERT_EQUAL(v->conv.stride_h, 2);
    CU_ASSERT_EQUAL(u->conv.c, 7);
    CU_ASSERT_EQUAL(u->conv.k, 61);
    CU_ASSERT_EQUAL(u->conv.r, 1);
    CU_ASSERT_EQUAL(u->conv.stride_h, 1);
    CU_ASSERT_EQUAL(u->conv.h, v->conv.p);
    CU_ASSERT_EQUAL(u->conv.p, v->conv.p);
    CU_ASSERT_EQUAL(u->m, v->m);
    CU_ASSERT_EQUAL(u->b.elements, 7 * 61);
    unload(&loaded);
}

/* AlexNet's second convolution: two groups of 48 channels and 128 filters. */
static void groups_have_a_pair_each(void)
{
    struct loaded loaded = transformed("alexnet-bvlc", "lowrank:10", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *v = kernel_named(loaded.program, "conv2.v");
    const struct ts_kernel *u = kernel_named(loaded.program, "conv2.u");
    CU_ASSERT_EQUAL(v->batch, 2);
    CU_ASSERT_EQUAL(v->n, 10);
    CU_ASSERT_EQUAL(u->batch, 2);
    CU_ASSERT_EQUAL(u->k, 10);
    CU_ASSERT_EQUAL(u->n, 128);
    unload(&loaded);
}

static void layers_for_which_it_does_not_pay_stay_and_are_named(void)
{
    struct loaded plain = load("resnet50"), all = transformed("resnet50", "lowrank:2048", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all.program);
    CU_ASSERT_EQUAL(all.program->parameters, plain.program->parameters);
    CU_ASSERT_EQUAL(all.program->macs, plain.program->macs);
    CU_ASSERT_TRUE(notes(&all, "0 of 54 layers"));
    unload(&all);
    /* 63·64 products of rank 31 are 31·127 = 3937 < 4032; of rank 32 they are 4064. */
    struct loaded pays = transformed("gemm:5,63,64", "lowrank:31", NULL);
    CU_ASSERT_EQUAL(pays.program->parameters, 31 * 127);
    unload(&pays);
    struct loaded stays = transformed("gemm:5,63,64", "lowrank:32", NULL);
    CU_ASSERT_EQUAL(stays.program->parameters, 63 * 64);
    CU_ASSERT_TRUE(notes(&stays, "gemm stays"));
    unload(&stays);
    unload(&plain);
}

static void shared_and_recurrent_weights_stay(void)
{
    struct loaded tied = transformed("gpt2", "lowrank:8", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tied.program);
    CU_ASSERT_TRUE(notes(&tied, "48 of 48 layers"));
    CU_ASSERT_EQUAL(kernel_named(tied.program, "lm_head")->n, 50257);
    unload(&tied);
    struct loaded recurrent = transformed("gru", "lowrank:8", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(recurrent.program);
    CU_ASSERT_TRUE(notes(&recurrent, "0 of 1 layers"));
    unload(&recurrent);
}

static void a_share_of_the_energy_asks_more_rank_the_larger_it_is(void)
{
    double before = 0;
    static const char *const shares[] = {"lowrank:0.1", "lowrank:0.25", "lowrank:0.5",
                                         "lowrank:0.6"};
    for (int i = 0; i < 4; i++) {
        struct loaded loaded = transformed("fc:2048,512", shares[i], NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        CU_ASSERT_TRUE(loaded.program->parameters > before);
        CU_ASSERT_TRUE(loaded.program->parameters < 2048 * 512);
        CU_ASSERT_TRUE(notes(&loaded, "Marchenko-Pastur"));
        before = loaded.program->parameters;
        unload(&loaded);
    }
}

static void factors_keep_the_format_but_not_the_zeros(void)
{
    struct loaded narrow = transformed("fc:512,512", "quantize:weights=int4", "lowrank:16");
    CU_ASSERT_EQUAL(kernel_named(narrow.program, "fc.v")->b.precision, TS_INT4);
    CU_ASSERT_EQUAL(kernel_named(narrow.program, "fc.u")->b.bits_per_element, 4);
    unload(&narrow);
    struct loaded pruned = transformed("fc:512,512", "prune:0.1", "lowrank:16");
    CU_ASSERT_EQUAL(kernel_named(pruned.program, "fc.u")->b.density, 1);
    CU_ASSERT_TRUE(notes(&pruned, "prune or share after it"));
    unload(&pruned);
    struct loaded after = transformed("fc:512,512", "lowrank:16", "prune:0.5");
    CU_ASSERT_EQUAL(after.program->effective_macs, after.program->macs / 2);
    unload(&after);
}

static void factors_are_trained(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    struct loaded loaded = transformed_with("alexnet", "lowrank:16", NULL, options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc6.v.backward_weight")->m, 16);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc6.u.backward_data")->n, 16);
    unload(&loaded);
}

static struct loaded with_file(const char *text)
{
    static char transform[300];
    snprintf(transform, sizeof transform, "lowrank:%s", write_network("ranks", text));
    return transformed("alexnet-owt", transform, NULL);
}

static void a_file_gives_ranks_by_layer(void)
{
    struct loaded loaded = with_file("source: an example\nlayers:\n  fc6: {rank: 128}\n"
                                     "  conv3: {rank: 31, density: 0.5}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc6.v")->n, 128);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "conv3.v")->n, 31);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "conv3.u")->b.density, 1); /* prune's to take */
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc7")->n, 4096);
    CU_ASSERT_TRUE(notes(&loaded, "2 of 8 layers"));
    CU_ASSERT_FALSE(notes(&loaded, "Marchenko-Pastur"));
    unload(&loaded);
    expect_error(with_file("layers: {fc9: {rank: 3}}"), TS_ERROR_UNKNOWN_NAME, "no layer 'fc9'");
    expect_error(with_file("layers: {fc6: {rank: 0}}"), TS_ERROR_RANGE, "rank");
    expect_error(with_file("layers: {fc6: {rank: 2.5}}"), TS_ERROR_TYPE, "whole number");
    expect_error(with_file("layers: {fc6: {rang: 2}}"), TS_ERROR_UNKNOWN_KEY, "rank");
}

static void bad_ranks_say_what_is_wrong(void)
{
    expect_error(transformed("fc:31,17", "lowrank:many", NULL), TS_ERROR_UNKNOWN_NAME,
                 "neither a number nor a compression file");
    expect_error(transformed("fc:31,17", "lowrank:3x", NULL), TS_ERROR_TYPE, "not a number");
    expect_error(transformed("fc:31,17", "lowrank:3.5", NULL), TS_ERROR_RANGE, "lowrank:64");
    expect_error(transformed("fc:31,17", "lowrank:0", NULL), TS_ERROR_RANGE, "neither a rank");
    expect_error(transformed("fc:31,17", "lowrank:-4", NULL), TS_ERROR_RANGE, "neither a rank");
    expect_error(transformed("fc:31,17", "lowrank:inf", NULL), TS_ERROR_RANGE, "neither a rank");
    expect_error(transformed("fc:31,17", "lowrank:nan", NULL), TS_ERROR_RANGE, "neither a rank");
    expect_error(transformed("fc:31,17", "lowrank", NULL), TS_ERROR_USAGE, "RANK|ENERGY|FILE");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a layer becomes two of the rank", a_layer_becomes_two_of_the_rank},
        {"a convolution becomes fewer filters and a 1x1 convolution",
         a_convolution_becomes_fewer_filters_and_a_1x1},
        {"groups have a pair each", groups_have_a_pair_each},
        {"layers for which it does not pay stay and are named",
         layers_for_which_it_does_not_pay_stay_and_are_named},
        {"shared and recurrent weights stay", shared_and_recurrent_weights_stay},
        {"a share of the energy asks more rank the larger it is",
         a_share_of_the_energy_asks_more_rank_the_larger_it_is},
        {"factors keep the format but not the zeros", factors_keep_the_format_but_not_the_zeros},
        {"factors are trained", factors_are_trained},
        {"a file gives ranks by layer", a_file_gives_ranks_by_layer},
        {"bad ranks say what is wrong", bad_ranks_say_what_is_wrong},
    };
    return RUN_SUITE("lowrank", cases);
}
