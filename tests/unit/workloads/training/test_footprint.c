#include "trained.h"

static void a_step_keeps_weights_gradients_state_and_activations(void)
{
    struct loaded loaded = train(two_layers, "adam");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_footprint *footprint = &loaded.program->footprint;
    double parameters = 31 * 17 + 17 + 17 * 5 + 5;
    CU_ASSERT_EQUAL(footprint->weights, 4 * parameters);
    CU_ASSERT_EQUAL(footprint->master_weights, 0);
    CU_ASSERT_EQUAL(footprint->gradients, 4 * parameters);
    CU_ASSERT_EQUAL(footprint->optimizer, 2 * 4 * parameters);
    CU_ASSERT_TRUE(footprint->activations >= 4 * 2 * (31 + 17 + 5 + 5));
    CU_ASSERT_TRUE(footprint->activations <= 4 * 2 * (31 + 17 + 17 + 17 + 5 + 5));
    CU_ASSERT_EQUAL(ts_footprint_bytes(footprint), 16 * parameters + footprint->activations);
    unload(&loaded);
    struct loaded inference = load("alexnet");
    CU_ASSERT_EQUAL(ts_footprint_bytes(&inference.program->footprint), 0);
    unload(&inference);
}

static struct loaded train_gpt2(enum ts_precision precision, int64_t micro_batches, int checkpoint)
{
    struct ts_workload_options options = plain_options();
    options.batch = 8;
    options.training = true;
    options.optimizer = "adam";
    options.precision = precision;
    options.micro_batches = micro_batches;
    options.checkpoint = checkpoint;
    return load_with("gpt2", &options);
}

/* Rajbhandari et al. (SC 2020): 2 + 2 + 12 bytes a parameter with Adam in mixed precision.
 * Korthikanti et al. (MLSys 2023): s·b·h·(34 + 5·a·s/h) bytes a layer of activations, 2 + a·s/h of
 * them the masks of dropout, which are not counted here; beside them logits and their gradient. */
static void mixed_precision_keeps_what_the_literature_says(void)
{
    struct loaded loaded = train_gpt2(TS_FP16, 1, 0);
    const struct ts_program *program = loaded.program;
    const struct ts_footprint *footprint = &program->footprint;
    CU_ASSERT_DOUBLE_EQUAL(ts_footprint_bytes(footprint) - footprint->activations,
                           16 * program->parameters, 1);
    double layers = 12.0 * 1024 * 8 * 768 * (32 + 4 * 12 * 1024.0 / 768);
    double logits = 2.0 * 2 * 8 * 1024 * 50257;
    CU_ASSERT_DOUBLE_EQUAL(footprint->activations, layers + logits, 0.1 * (layers + logits));
    unload(&loaded);
}

static double bytes_of(const struct ts_operand *operand)
{
    return ts_operand_dense_bytes(operand);
}

static void mixed_precision_updates_the_master_weights(void)
{
    struct loaded loaded = train_gpt2(TS_FP16, 1, 0);
    const struct ts_kernel *update = kernel_named(loaded.program, "wte.update");
    double values = update->elements;
    CU_ASSERT_EQUAL(update->precision, TS_FP32);
    CU_ASSERT_EQUAL(bytes_of(&update->inputs[0]), 4 * values);     /* master */
    CU_ASSERT_EQUAL(bytes_of(&update->inputs[1]), 2 * values);     /* gradient */
    CU_ASSERT_EQUAL(bytes_of(&update->inputs[2]), 2 * 4 * values); /* moments */
    CU_ASSERT_EQUAL(bytes_of(&update->output), (4 + 2 * 4 + 2) * values);
    const struct ts_kernel *unscale = kernel_named(loaded.program, "wte.unscale");
    CU_ASSERT_EQUAL(unscale->inputs[0].tensor, update->inputs[1].tensor);
    CU_ASSERT_TRUE(unscale < update);
    unload(&loaded);
    loaded = train_gpt2(TS_BF16, 1, 0);
    CU_ASSERT_FALSE(has_kernel(loaded.program, "wte.unscale"));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "wte.update")->precision, TS_FP32);
    unload(&loaded);
    loaded = train_gpt2(TS_FP32, 1, 0);
    CU_ASSERT_EQUAL(loaded.program->footprint.master_weights, 0);
    unload(&loaded);
}

static void mixed_precision_is_refused_where_nothing_is_narrow(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    options.mixed = TS_MIXED_ON;
    expect_error(load_with("alexnet", &options), TS_ERROR_CONFLICT, "the run is in fp32");
    options.precision = TS_INT8;
    expect_error(load_with("alexnet", &options), TS_ERROR_CONFLICT, "int8");
    options.training = false;
    expect_error(load_with("alexnet", &options), TS_ERROR_CONFLICT, "-m training");
}

static void micro_batches_do_the_same_work_and_keep_less(void)
{
    struct loaded whole = train_gpt2(TS_FP32, 1, 0), pieces = train_gpt2(TS_FP32, 4, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pieces.program);
    CU_ASSERT_DOUBLE_EQUAL(pieces.program->macs, whole.program->macs, 1e-9 * whole.program->macs);
    CU_ASSERT_EQUAL(pieces.program->batch, 8);
    CU_ASSERT_EQUAL(pieces.program->samples, whole.program->samples);
    CU_ASSERT_DOUBLE_EQUAL(pieces.program->footprint.activations,
                           whole.program->footprint.activations / 4,
                           0.2 * whole.program->footprint.activations / 4);
    const struct ts_kernel *first = kernel_named(pieces.program, "h.3.c_fc.backward_weight");
    const struct ts_kernel *second = kernel_named(pieces.program, "h.3.c_fc.backward_weight@2");
    CU_ASSERT_EQUAL(first->b.elements, second->b.elements);
    CU_ASSERT_NOT_EQUAL(first->b.tensor, second->b.tensor); /* other samples */
    CU_ASSERT_EQUAL(kernel_named(pieces.program, "h.3.c_fc@2")->b.tensor,
                    kernel_named(pieces.program, "h.3.c_fc")->b.tensor); /* the same weights */
    unload(&whole);
    unload(&pieces);
}

static void gradients_of_micro_batches_are_summed(void)
{
    struct loaded loaded = train_gpt2(TS_FP32, 2, 0);
    const struct ts_kernel *add = kernel_named(loaded.program, "h.3.c_fc.accumulate@2");
    const struct ts_kernel *update = kernel_named(loaded.program, "h.3.c_fc.update");
    CU_ASSERT_FALSE(has_kernel(loaded.program, "h.3.c_fc.accumulate@1"));
    CU_ASSERT_EQUAL(add->input_count, 2);
    CU_ASSERT_EQUAL(add->output.tensor, update->inputs[1].tensor);
    CU_ASSERT_EQUAL(add->output.elements, update->elements);
    CU_ASSERT_TRUE(add > kernel_named(loaded.program, "h.3.c_fc.backward_weight@2"));
    CU_ASSERT_FALSE(has_kernel(loaded.program, "h.3.c_fc.update@2"));
    unload(&loaded);
    loaded = train_gpt2(TS_FP16, 2, 0); /* sums in fp32 begin as a conversion */
    add = kernel_named(loaded.program, "h.3.c_fc.accumulate@1");
    CU_ASSERT_EQUAL(add->input_count, 1);
    CU_ASSERT_EQUAL(add->output.precision, TS_FP32);
    CU_ASSERT_DOUBLE_EQUAL(loaded.program->footprint.gradients, 4 * loaded.program->parameters, 1);
    unload(&loaded);
}

static void micro_batches_must_be_equal(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    options.batch = 10;
    options.micro_batches = 4;
    expect_error(load_with("alexnet", &options), TS_ERROR_CONFLICT, "batch of 10");
    options.micro_batches = 5;
    expect_error(load_with("fc:31,17", &options), TS_ERROR_CONFLICT, "whole networks");
}

static void checkpoints_trade_memory_for_a_forward_pass(void)
{
    struct loaded kept = train_gpt2(TS_FP32, 1, 0), some = train_gpt2(TS_FP32, 1, 12);
    double forward = kept.program->macs / 3;
    CU_ASSERT_TRUE(some.program->footprint.activations < kept.program->footprint.activations / 3);
    CU_ASSERT_TRUE(some.program->macs > kept.program->macs + 0.6 * forward);
    CU_ASSERT_TRUE(some.program->macs < kept.program->macs + forward);
    unload(&kept);
    unload(&some);
}

static void what_was_not_kept_is_computed_again_before_it_is_read(void)
{
    struct loaded loaded = train_gpt2(TS_FP32, 1, 12);
    const struct ts_kernel *again = kernel_named(loaded.program, "h.5.scores.recompute");
    const struct ts_kernel *forward = kernel_named(loaded.program, "h.5.scores");
    const struct ts_kernel *backward = kernel_named(loaded.program, "h.5.scores.backward_a");
    CU_ASSERT_EQUAL(again->macs, forward->macs);
    CU_ASSERT_NOT_EQUAL(again->b.tensor, forward->b.tensor);
    CU_ASSERT_EQUAL(again->b.tensor, backward->b.tensor);
    CU_ASSERT_TRUE(forward < again);
    CU_ASSERT_TRUE(again < backward);
    unload(&loaded);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a step keeps weights, gradients, state and activations",
         a_step_keeps_weights_gradients_state_and_activations},
        {"mixed precision keeps what the literature says",
         mixed_precision_keeps_what_the_literature_says},
        {"mixed precision updates the master weights", mixed_precision_updates_the_master_weights},
        {"mixed precision is refused where nothing is narrow",
         mixed_precision_is_refused_where_nothing_is_narrow},
        {"micro-batches do the same work and keep less",
         micro_batches_do_the_same_work_and_keep_less},
        {"gradients of micro-batches are summed", gradients_of_micro_batches_are_summed},
        {"micro-batches must be equal", micro_batches_must_be_equal},
        {"checkpoints trade memory for a forward pass",
         checkpoints_trade_memory_for_a_forward_pass},
        {"what was not kept is computed again before it is read",
         what_was_not_kept_is_computed_again_before_it_is_read},
    };
    return RUN_SUITE("what training keeps", cases);
}
