/* Shapes, parameters and kernels of operators, each as a network of one or two layers. */
#include "unit/workloads/load.h"
#include "workloads/operators/operator.h"

static struct loaded build(const char *input, const char *layers)
{
    char text[2048];
    snprintf(text, sizeof text, "name: t\ninputs: {x: %s}\nlayers:\n%s\n", input, layers);
    struct ts_workload_options options = plain_options();
    options.batch = 2;
    return load_with(write_network("operator", text), &options);
}

/* What the last kernel writes, and the network's parameters. */
struct expectation {
    const char *input, *layers;
    double outputs, parameters, macs;
};

static const struct expectation expectations[] = {
    {"[3, 17, 23]", "  - {op: conv, out: 5, kernel: 3}", 2 * 5 * 15 * 21, 5 * 27 + 5,
     2.0 * 15 * 21 * 5 * 27},
    {"[3, 17, 23]", "  - {op: conv, out: 5, kernel: 3, padding: same, stride: 2}", 2 * 5 * 9 * 12,
     140, 2.0 * 9 * 12 * 5 * 27},
    {"[3, 17, 23]", "  - {op: conv, out: 5, kernel: 3, dilation: 2, bias: no}", 2 * 5 * 13 * 19,
     135, 2.0 * 13 * 19 * 5 * 27},
    {"[3, 17, 23]", "  - {op: conv, out: 5, kernel: 3, pad: [0, 1, 2, 0]}", 2 * 5 * 17 * 22, 140,
     2.0 * 17 * 22 * 5 * 27},
    {"[6, 17, 23]", "  - {op: conv, out: 6, kernel: 3, groups: 6, bias: no}", 2 * 6 * 15 * 21, 54,
     2.0 * 15 * 21 * 54},
    {"[4, 5, 7]", "  - {op: conv_transpose, out: 3, kernel: 4, stride: 2, pad: 1}", 2 * 3 * 10 * 14,
     3 * 4 * 16 + 3, 2.0 * 35 * 4 * 3 * 16},
    {"[4, 5, 7]",
     "  - {op: conv_transpose, out: 3, kernel: 3, stride: 2, padding: same, output_pad: 0}",
     2 * 3 * 10 * 14, 111, 2.0 * 35 * 4 * 3 * 9},
    {"[31]", "  - {op: fc, out: 17}", 2 * 17, 31 * 17 + 17, 2.0 * 31 * 17},
    {"[5, 31]", "  - {op: fc, out: 17, bias: no}", 2 * 5 * 17, 31 * 17, 2.0 * 5 * 31 * 17},
    {"[5, 31]", "  - {op: gemm, out: 17}", 2 * 5 * 17, 31 * 17, 2.0 * 5 * 31 * 17},
    {"[5, 31]", "  - {op: matmul, inputs: [x, x], transpose_b: yes}", 2 * 25, 0, 2.0 * 25 * 31},
    {"[5, 5]", "  - {op: matmul, inputs: [x, x]}", 2 * 25, 0, 2.0 * 125},
    {"[5, 31]", "  - {op: matmul, inputs: [x, x], transpose_a: yes}", 2 * 961, 0, 2.0 * 5 * 961},
    {"[3, 17, 23]", "  - {op: maxpool, kernel: 3, stride: 2}", 2 * 3 * 8 * 11, 0, 0},
    {"[3, 17, 24]", "  - {op: avgpool, kernel: 3, stride: 2, ceil: yes}", 2 * 3 * 8 * 12, 0, 0},
    {"[3, 17, 23]", "  - globalpool", 6, 0, 0},
    {"[3, 17, 23]", "  - batchnorm", 2 * 3 * 17 * 23, 6, 0},
    {"[17, 23]", "  - layernorm", 2 * 17 * 23, 46, 0},
    {"[17, 23]", "  - rmsnorm", 2 * 17 * 23, 23, 0},
    {"[3, 17, 23]", "  - {op: lrn, size: 5}", 2 * 3 * 17 * 23, 0, 0},
    {"[17, 23]", "  - softmax", 2 * 17 * 23, 0, 0},
    {"[17]", "  - {op: embedding, rows: 100, width: 8}", 2 * 17 * 8, 800, 0},
    {"[17, 8]", "  - {op: position, rows: 20}", 2 * 17 * 8, 160, 0},
    {"[6, 4]", "  - {op: reshape, dims: [0, -1, 8]}\n  - relu", 2 * 24, 0, 0},
    {"[6, 4]", "  - {op: transpose, axes: [0, 2, 1]}", 2 * 24, 0, 0},
    {"[6, 4]", "  - {op: split, axis: 2, count: 2}\n  - {op: relu, input: \"split:1\"}", 24, 0, 0},
    {"[6, 4]", "  - {op: slice, axis: 1, start: 2, length: 3}\n  - relu", 24, 0, 0},
    {"[6, 4, 4]", "  - {op: upsample, factor: 2}", 2 * 6 * 64, 0, 0},
    {"[6, 4, 4]", "  - {op: globalpool, name: g}\n  - {op: mul, inputs: [x, g]}", 2 * 96, 0, 0},
    {"[31]", "  - {op: gelu_tanh, name: g}", 62, 0, 0},
};

static void operators_have_their_closed_forms(void)
{
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expectation *e = &expectations[i];
        struct loaded loaded = build(e->input, e->layers);
        if (!loaded.program) {
            ts_diagnostics_print(&loaded.diagnostics, stderr);
        }
        CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
        const struct ts_kernel *last = &loaded.program->kernels[loaded.program->kernel_count - 1];
        double outputs = last->kind == TS_KERNEL_GEMM ? last->c.elements : last->output.elements;
        CU_ASSERT_EQUAL(outputs, e->outputs);
        CU_ASSERT_EQUAL(loaded.program->parameters, e->parameters);
        CU_ASSERT_EQUAL(loaded.program->macs, e->macs);
        if (outputs != e->outputs || loaded.program->macs != e->macs) {
            fprintf(stderr, "%s: %g outputs, %g MACs\n", e->layers, outputs, loaded.program->macs);
        }
        unload(&loaded);
    }
}

static void grouped_heads_share_their_keys(void)
{
    struct loaded loaded =
        build("[8, 5, 16]", "  - {op: slice, name: keys, axis: 1, length: 2}\n"
                            "  - {op: matmul, inputs: [x, keys], transpose_b: yes}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = kernel_named(loaded.program, "matmul");
    CU_ASSERT_EQUAL(kernel->batch, 2 * 2);
    CU_ASSERT_EQUAL(kernel->m, 4 * 5);
    CU_ASSERT_EQUAL(kernel->n, 5);
    CU_ASSERT_EQUAL(kernel->k, 16);
    CU_ASSERT_EQUAL(kernel->macs, 2.0 * 8 * 5 * 5 * 16);
    unload(&loaded);
}

static void an_lstm_is_one_large_product_and_a_chain_of_small_ones(void)
{
    struct loaded loaded = build("[5, 31]", "  - {op: lstm, name: l, hidden: 17}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 1 + 2 * 5);
    CU_ASSERT_EQUAL(loaded.program->parameters, 4 * 17 * (31 + 17 + 2));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "l.input")->m, 2 * 5);
    const struct ts_kernel *step = kernel_named(loaded.program, "l.state3");
    CU_ASSERT_EQUAL(step->m, 2);
    CU_ASSERT_EQUAL(step->n, 68);
    CU_ASSERT_EQUAL(step->a.tensor, kernel_named(loaded.program, "l.cell2")->output.tensor);
    CU_ASSERT_EQUAL(step->b.tensor, kernel_named(loaded.program, "l.state0")->b.tensor);
    CU_ASSERT_EQUAL(loaded.program->macs, 2.0 * 5 * 68 * (31 + 17));
    unload(&loaded);
}

static void a_gru_in_both_directions_has_twice_three_gates(void)
{
    struct loaded loaded =
        build("[5, 31]", "  - {op: gru, name: g, hidden: 17, bidirectional: yes}\n  - relu");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->parameters, 2 * 3 * 17 * (31 + 17 + 2));
    CU_ASSERT_EQUAL(loaded.program->macs, 2 * 2.0 * 5 * 51 * (31 + 17));
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "relu")->elements, 2 * 5 * 34);
    unload(&loaded);
}

static void views_move_no_bytes(void)
{
    struct loaded loaded =
        build("[6, 4]", "  - {op: relu, name: a}\n  - {op: reshape, dims: [0, 24]}\n  - flatten\n"
                        "  - identity\n  - dropout\n  - {op: relu, name: b}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 2);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "b")->inputs[0].tensor,
                    kernel_named(loaded.program, "a")->output.tensor);
    unload(&loaded);
}

static void a_gather_reads_the_rows_it_needs(void)
{
    struct loaded loaded = build("[17]", "  - {op: embedding, name: e, rows: 1000, width: 8}");
    const struct ts_kernel *kernel = kernel_named(loaded.program, "e");
    CU_ASSERT_EQUAL(kernel->vector_class, TS_VECTOR_GATHER);
    CU_ASSERT_EQUAL(kernel->inputs[0].elements, 2 * 17 * 8);
    CU_ASSERT_EQUAL(kernel->row_elements, 8);
    unload(&loaded);
}

static void shapes_that_do_not_fit_are_errors(void)
{
    static const struct {
        const char *input, *layers, *text;
    } rows[] = {
        {"[31]", "  - {op: conv, out: 5, kernel: 3}", "must be [batch, channels, height, width]"},
        {"[3, 5, 5]", "  - {op: conv, out: 5, kernel: 3, groups: 2}", "2 groups"},
        {"[3, 5, 5]", "  - {op: conv_transpose, out: 5, kernel: 1, pad: 9}", "below 1"},
        {"[3, 5, 5]", "  - {op: fc, out: 5}", "flatten"},
        {"[5, 31]", "  - {op: matmul, inputs: [x, x]}", "do not multiply"},
        {"[5, 31]", "  - {op: matmul, inputs: [x, x], transpose_a: yes, transpose_b: yes}",
         "[2, 5, 31] transposed x [2, 5, 31] transposed do not multiply"},
        {"[3, 5, 5]", "  - {op: maxpool, kernel: 7}", "larger than the padded input"},
        {"[31]", "  - {op: globalpool}", "must be [batch, channels, height, width]"},
        {"[31]", "  - {op: lstm, hidden: 4}", "[batch, steps, features]"},
        {"[20000, 3]", "  - {op: lstm, hidden: 4}", "at most 16384"},
        {"[9, 3]", "  - {op: position, rows: 8}", "longer than its 8 positions"},
        {"[6, 4]", "  - {op: reshape, dims: [0, 5, 5]}", "do not fit"},
        {"[6, 4]", "  - {op: reshape, dims: [0, -1, 7]}", "do not fit"},
        {"[6, 4]", "  - {op: transpose, axes: [0, 1, 1]}", "once"},
        {"[6, 4]", "  - {op: transpose, axes: [0, 1]}", "once"},
        {"[6, 4]", "  - {op: split, axis: 2, count: 3}", "do not divide"},
        {"[6, 4]", "  - {op: split, axis: 4, count: 3}", "no dimension 4"},
        {"[6, 4]", "  - {op: slice, axis: 2, start: 2, length: 3}", "past the 4"},
        {"[6, 4]", "  - {op: upsample, factor: 2}", "must be [batch, channels"},
        {"[6, 4]", "  - {op: slice, name: a, axis: 1, length: 3}\n  - {op: add, inputs: [x, a]}",
         "do not match"},
        {"[6, 4]",
         "  - {op: slice, name: a, axis: 1, length: 3}\n"
         "  - {op: concat, inputs: [x, a], axis: 2}",
         "do not line up"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct loaded loaded = build(rows[i].input, rows[i].layers);
        enum ts_error code =
            loaded.diagnostics.kept ? loaded.diagnostics.entries[0].code : TS_ERROR_COUNT;
        CU_ASSERT_TRUE(code == TS_ERROR_SHAPE || code == TS_ERROR_LIMIT);
        expect_error(loaded, code, rows[i].text);
    }
}

static void concatenation_copies_each_input(void)
{
    struct loaded loaded =
        build("[6, 4]", "  - {op: relu, name: a}\n  - {op: concat, inputs: [a, x, a], axis: 1}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 4);
    double moved = 0;
    for (int i = 1; i < 4; i++) {
        moved += loaded.program->kernels[i].output.elements;
    }
    CU_ASSERT_EQUAL(moved, 2 * 18 * 4);
    unload(&loaded);
}

/* One table over all operators: each is documented, found by its name and complete. */
static void every_operator_is_complete(void)
{
    int count;
    const char *const *names = ts_operator_names(&count);
    CU_ASSERT_TRUE(count > 35);
    for (int i = 0; i < count; i++) {
        const struct ts_operator *op = ts_operator_find(names[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(op);
        CU_ASSERT_STRING_EQUAL(op->name, names[i]);
        CU_ASSERT_TRUE(op->doc && op->infer && op->lower);
        /* The cache of past tokens exists in decode alone: no gradient passes it. */
        bool decode_only = strcmp(op->name, "kv_cache") == 0;
        CU_ASSERT_TRUE(decode_only != (op->backward != NULL));
        CU_ASSERT_TRUE(op->min_inputs >= 0 && op->max_inputs >= op->min_inputs);
        for (int j = 0; j < op->attribute_count; j++) {
            const struct ts_attribute_row *row = &op->attributes[j];
            CU_ASSERT_PTR_NOT_NULL(row->doc);
            CU_ASSERT_TRUE(row->minimum <= row->maximum);
            CU_ASSERT_TRUE(row->required ||
                           (row->fallback >= row->minimum && row->fallback <= row->maximum));
            CU_ASSERT_EQUAL(ts_operator_attribute(op, row->name), j);
        }
    }
    CU_ASSERT_PTR_NULL(ts_operator_find("convolution"));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"operators have their closed forms", operators_have_their_closed_forms},
        {"grouped heads share their keys", grouped_heads_share_their_keys},
        {"an lstm is one large product and a chain of small ones",
         an_lstm_is_one_large_product_and_a_chain_of_small_ones},
        {"a gru in both directions has twice three gates",
         a_gru_in_both_directions_has_twice_three_gates},
        {"views move no bytes", views_move_no_bytes},
        {"a gather reads the rows it needs", a_gather_reads_the_rows_it_needs},
        {"shapes that do not fit are errors", shapes_that_do_not_fit_are_errors},
        {"concatenation copies each input", concatenation_copies_each_input},
        {"every operator is complete", every_operator_is_complete},
    };
    return RUN_SUITE("operators", cases);
}
