#include "trained.h"

static void the_backward_pass_runs_in_reverse(void)
{
    struct loaded loaded = train(two_layers, "sgd");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_program *program = loaded.program;
    CU_ASSERT_TRUE(position_of(program, "b") < position_of(program, "b.loss"));
    CU_ASSERT_TRUE(position_of(program, "b.loss") < position_of(program, "b.loss.backward"));
    CU_ASSERT_TRUE(position_of(program, "b.loss.backward") <
                   position_of(program, "b.backward_weight"));
    CU_ASSERT_TRUE(position_of(program, "b.backward_data") < position_of(program, "r.backward"));
    CU_ASSERT_TRUE(position_of(program, "r.backward") < position_of(program, "a.backward_weight"));
    CU_ASSERT_TRUE(position_of(program, "a.backward_weight") < position_of(program, "a.update"));
    CU_ASSERT_EQUAL(kernel_named(program, "r.backward")->inputs[1].tensor,
                    kernel_named(program, "b.backward_data")->c.tensor);
    CU_ASSERT_EQUAL(kernel_named(program, "a.backward_weight")->a.tensor,
                    kernel_named(program, "r.backward")->output.tensor);
    unload(&loaded);
}

static void the_first_layer_has_no_backward_data(void)
{
    struct loaded loaded = train(two_layers, "sgd");
    CU_ASSERT_FALSE(has_kernel(loaded.program, "a.backward_data"));
    CU_ASSERT_TRUE(has_kernel(loaded.program, "b.backward_data"));
    CU_ASSERT_EQUAL(loaded.program->macs, 2.0 * (2 * 31 * 17 + 3 * 17 * 5));
    unload(&loaded);
}

static void training_mode_shows_in_every_pass(void)
{
    const char *text = "name: t\ninputs: {x: [3, 9, 7]}\nlayers:\n"
                       "  - {op: conv, name: c, out: 5, kernel: 3}\n"
                       "  - {op: batchnorm, name: n}\n"
                       "  - {op: dropout, name: d}\n";
    struct ts_workload_options options = plain_options();
    for (int mode = 0; mode < 2; mode++) {
        options.training_mode = mode;
        options.training = false;
        struct loaded forward = load_with(write_network("mode", text), &options);
        CU_ASSERT_PTR_NOT_NULL_FATAL(forward.program);
        CU_ASSERT_EQUAL(kernel_named(forward.program, "n")->vector_class,
                        mode ? TS_VECTOR_NORMALIZE : TS_VECTOR_ELEMENTWISE);
        CU_ASSERT_EQUAL(has_kernel(forward.program, "d"), mode == 1);
        CU_ASSERT_FALSE(has_kernel(forward.program, "c.backward_weight"));
        options.training = true;
        struct loaded step = load_with(write_network("mode", text), &options);
        CU_ASSERT_PTR_NOT_NULL_FATAL(step.program);
        CU_ASSERT_EQUAL(has_kernel(step.program, "c.backward_data"), mode == 1);
        CU_ASSERT_TRUE(has_kernel(step.program, "d"));
        unload(&forward);
        unload(&step);
    }
}

static void backward_products_have_their_shapes(void)
{
    struct loaded loaded = train(two_layers, "none");
    const struct ts_kernel *weight = kernel_named(loaded.program, "b.backward_weight");
    CU_ASSERT_EQUAL(weight->m, 5);
    CU_ASSERT_EQUAL(weight->n, 17);
    CU_ASSERT_EQUAL(weight->k, 2);
    CU_ASSERT_EQUAL(weight->pass, TS_PASS_BACKWARD_WEIGHT);
    CU_ASSERT_EQUAL(weight->c.elements, 85);
    const struct ts_kernel *data = kernel_named(loaded.program, "b.backward_data");
    CU_ASSERT_EQUAL(data->m, 2);
    CU_ASSERT_EQUAL(data->n, 17);
    CU_ASSERT_EQUAL(data->k, 5);
    CU_ASSERT_EQUAL(data->b.tensor, kernel_named(loaded.program, "b")->b.tensor);
    /* W is stored [out][in]: nt forward, nn for the data, tn for the weights. */
    CU_ASSERT_FALSE(kernel_named(loaded.program, "b")->a_is_transposed);
    CU_ASSERT_TRUE(kernel_named(loaded.program, "b")->b_is_transposed);
    CU_ASSERT_FALSE(data->a_is_transposed);
    CU_ASSERT_FALSE(data->b_is_transposed);
    CU_ASSERT_TRUE(weight->a_is_transposed);
    CU_ASSERT_FALSE(weight->b_is_transposed);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "b.backward_bias")->output.elements, 5);
    unload(&loaded);
}

/* Each gradient is written as its operand is stored, by products of what is stored. */
static void gradients_of_a_product_follow_its_layout(void)
{
    static const struct {
        const char *layout;
        int64_t a_rows, b_rows;
        bool flips[4]; /* a and b of backward_a, a and b of backward_b */
    } rows[] = {{"nn", 17, 31, {false, true, true, false}},
                {"tn", 31, 31, {false, true, false, false}},
                {"nt", 17, 23, {false, false, true, false}},
                {"tt", 31, 23, {true, true, true, true}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char workload[48];
        struct ts_workload_options options = plain_options();
        options.training = true;
        snprintf(workload, sizeof workload, "bmm:2,17,23,31,layout=%s", rows[i].layout);
        struct loaded loaded = load_with(workload, &options);
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        const struct ts_kernel *a = kernel_named(loaded.program, "bmm.backward_a");
        const struct ts_kernel *b = kernel_named(loaded.program, "bmm.backward_b");
        CU_ASSERT_EQUAL(a->m, rows[i].a_rows);
        CU_ASSERT_EQUAL(a->k, 23);
        CU_ASSERT_EQUAL(b->m, rows[i].b_rows);
        CU_ASSERT_EQUAL(b->k, 17);
        CU_ASSERT_EQUAL(a->a_is_transposed, rows[i].flips[0]);
        CU_ASSERT_EQUAL(a->b_is_transposed, rows[i].flips[1]);
        CU_ASSERT_EQUAL(b->a_is_transposed, rows[i].flips[2]);
        CU_ASSERT_EQUAL(b->b_is_transposed, rows[i].flips[3]);
        CU_ASSERT_EQUAL(a->macs + b->macs, 2 * 2.0 * 17 * 23 * 31);
        unload(&loaded);
    }
}

static void optimizers_move_their_state(void)
{
    static const struct {
        const char *name;
        double read, written;
    } rows[] = {{"sgd", 2, 1}, {"momentum", 3, 2}, {"adam", 4, 3}};
    double parameters = 31 * 17 + 17;
    for (int i = 0; i < 3; i++) {
        struct loaded loaded = train(two_layers, rows[i].name);
        const struct ts_kernel *update = kernel_named(loaded.program, "a.update");
        double read = 0;
        for (int j = 0; j < update->input_count; j++) {
            read += update->inputs[j].elements;
        }
        CU_ASSERT_EQUAL(update->pass, TS_PASS_UPDATE);
        CU_ASSERT_EQUAL(read, rows[i].read * parameters);
        CU_ASSERT_EQUAL(update->output.elements, rows[i].written * parameters);
        unload(&loaded);
    }
    struct loaded loaded = train(two_layers, "none");
    CU_ASSERT_FALSE(has_kernel(loaded.program, "a.update"));
    unload(&loaded);
    loaded = train(two_layers, NULL);
    CU_ASSERT_TRUE(has_kernel(loaded.program, "a.update"));
    unload(&loaded);
    expect_error(train(two_layers, "adan"), TS_ERROR_UNKNOWN_NAME, "did you mean 'adam'?");
    expect_error(train(two_layers, "rprop"), TS_ERROR_UNKNOWN_NAME, "sgd, momentum, adam and none");
}

static void gradients_of_a_tensor_read_twice_add_up(void)
{
    struct loaded loaded = train("name: t\ninputs: {x: [31]}\nlayers:\n"
                                 "  - {op: fc, name: a, out: 17}\n"
                                 "  - {op: fc, name: b, input: a, out: 17}\n"
                                 "  - {op: add, name: sum, inputs: [a, b]}\n",
                                 "none");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *sum = kernel_named(loaded.program, "b.accumulate_gradient_0");
    CU_ASSERT_EQUAL(sum->elements, 2 * 17);
    CU_ASSERT_EQUAL(sum->inputs[0].tensor,
                    kernel_named(loaded.program, "sum.loss.backward")->output.tensor);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "a.backward_weight")->a.tensor,
                    sum->output.tensor);
    CU_ASSERT_FALSE(has_kernel(loaded.program, "sum.backward"));
    unload(&loaded);
}

static void convolutions_train_with_equal_work_in_each_pass(void)
{
    struct loaded loaded =
        train("name: t\ninputs: {x: [3, 17, 23]}\nlayers:\n"
              "  - {op: conv, name: a, out: 4, kernel: 3, pad: 1}\n"
              "  - {op: batchnorm, name: n}\n  - {op: relu, name: r}\n"
              "  - {op: conv, name: b, out: 6, kernel: 3, stride: 2, groups: 2, bias: no}\n"
              "  - {op: conv_transpose, name: c, out: 2, kernel: 2, stride: 2, bias: no}\n"
              "  - {op: maxpool, name: p, kernel: 2, stride: 2}\n",
              "sgd");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const char *const layers[] = {"b", "c"};
    for (int i = 0; i < 2; i++) {
        char name[32];
        double macs = kernel_named(loaded.program, layers[i])->macs;
        snprintf(name, sizeof name, "%s.backward_data", layers[i]);
        CU_ASSERT_EQUAL(kernel_named(loaded.program, name)->macs, macs);
        CU_ASSERT_EQUAL(kernel_named(loaded.program, name)->c.elements,
                        kernel_named(loaded.program, layers[i])->a.elements);
        snprintf(name, sizeof name, "%s.backward_weight", layers[i]);
        CU_ASSERT_EQUAL(kernel_named(loaded.program, name)->macs, macs);
        CU_ASSERT_EQUAL(kernel_named(loaded.program, name)->c.elements,
                        kernel_named(loaded.program, layers[i])->b.elements);
    }
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "n")->vector_class, TS_VECTOR_NORMALIZE);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "n.backward")->input_count, 2);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "p.backward")->input_count, 3);
    unload(&loaded);
}

static void attention_trains_both_sides_of_its_products(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    options.sequence = 24;
    struct loaded loaded = load_with("gpt2", &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *forward = kernel_named(loaded.program, "h.5.scores");
    const struct ts_kernel *a = kernel_named(loaded.program, "h.5.scores.backward_a");
    const struct ts_kernel *b = kernel_named(loaded.program, "h.5.scores.backward_b");
    CU_ASSERT_EQUAL(a->macs, forward->macs);
    CU_ASSERT_EQUAL(b->macs, forward->macs);
    CU_ASSERT_EQUAL(a->c.elements, forward->a.elements);
    CU_ASSERT_EQUAL(b->c.elements, forward->b.elements);
    /* the tied table is updated once */
    CU_ASSERT_TRUE(has_kernel(loaded.program, "wte.update"));
    CU_ASSERT_FALSE(has_kernel(loaded.program, "lm_head.update"));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "wte.backward")->output.tensor,
                    kernel_named(loaded.program, "lm_head.backward_weight")->c.tensor);
    unload(&loaded);
}

static void recurrence_goes_back_through_time(void)
{
    struct loaded loaded = train("name: t\ninputs: {x: [3, 8]}\nlayers:\n"
                                 "  - {op: lstm, name: l, hidden: 5}\n",
                                 "sgd");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_TRUE(position_of(loaded.program, "l.backward_cell2") <
                   position_of(loaded.program, "l.backward_state2"));
    CU_ASSERT_TRUE(position_of(loaded.program, "l.backward_state2") <
                   position_of(loaded.program, "l.backward_cell1"));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "l.backward_weight_input")->k, 2 * 3);
    CU_ASSERT_FALSE(has_kernel(loaded.program, "l.backward_input"));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "l.update")->elements, 20 * (8 + 5 + 2));
    unload(&loaded);
}

static void a_loss_of_the_network_s_own_is_used(void)
{
    struct loaded loaded = train("name: t\ninputs: {x: [31]}\nlayers:\n"
                                 "  - {op: fc, name: a, out: 17}\n  - {op: loss, name: error}\n",
                                 "none");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_TRUE(has_kernel(loaded.program, "error"));
    CU_ASSERT_FALSE(has_kernel(loaded.program, "a.loss"));
    unload(&loaded);
}

static void what_no_parameter_feeds_has_no_backward_pass(void)
{
    struct loaded loaded = train("name: t\ninputs: {x: [31]}\nlayers:\n"
                                 "  - {op: relu, name: before}\n  - {op: fc, name: a, out: 17}\n",
                                 "none");
    CU_ASSERT_FALSE(has_kernel(loaded.program, "before.backward"));
    CU_ASSERT_FALSE(has_kernel(loaded.program, "a.backward_data"));
    unload(&loaded);
}

/* Two layers of 31·17 + 17 and 17·5 + 5 values, two samples. Most is alive while the loss sends its
 * gradient back: the input (read again for the first weights), what the relu read or wrote, b's
 * input and result, and its gradient. */

int main(void)
{
    static const struct test_case cases[] = {
        {"the backward pass runs in reverse", the_backward_pass_runs_in_reverse},
        {"the first layer has no backward data", the_first_layer_has_no_backward_data},
        {"training mode shows in every pass", training_mode_shows_in_every_pass},
        {"backward products have their shapes", backward_products_have_their_shapes},
        {"gradients of a product follow its layout", gradients_of_a_product_follow_its_layout},
        {"optimizers move their state", optimizers_move_their_state},
        {"gradients of a tensor read twice add up", gradients_of_a_tensor_read_twice_add_up},
        {"convolutions train with equal work in each pass",
         convolutions_train_with_equal_work_in_each_pass},
        {"attention trains both sides of its products",
         attention_trains_both_sides_of_its_products},
        {"recurrence goes back through time", recurrence_goes_back_through_time},
        {"a loss of the network's own is used", a_loss_of_the_network_s_own_is_used},
        {"what no parameter feeds has no backward pass",
         what_no_parameter_feeds_has_no_backward_pass},
    };
    return RUN_SUITE("backward passes", cases);
}
