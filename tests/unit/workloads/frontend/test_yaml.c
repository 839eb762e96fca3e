#include "unit/workloads/load.h"

#define HEAD "name: test\ninputs: {image: [3, 17, 23]}\n"

static struct loaded load_text(const char *text)
{
    return load(write_network("network", text));
}

static void layers_follow_each_other_by_default(void)
{
    struct loaded loaded =
        load_text(HEAD "layers:\n"
                       "  - {op: conv, out: 5, kernel: 3, pad: 1, bias: no}\n"
                       "  - relu\n"
                       "  - {op: conv, out: 7, kernel: [3, 1], pad: [1, 0], bias: no}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 3);
    CU_ASSERT_STRING_EQUAL(loaded.program->kernels[0].name, "conv");
    CU_ASSERT_STRING_EQUAL(loaded.program->kernels[2].name, "conv2");
    CU_ASSERT_EQUAL(loaded.program->kernels[2].k, 15);
    CU_ASSERT_EQUAL(loaded.program->kernels[2].m, 17 * 23);
    CU_ASSERT_EQUAL(loaded.program->parameters, 5 * 27 + 7 * 15);
    CU_ASSERT_EQUAL(loaded.program->kernels[1].inputs[0].tensor,
                    loaded.program->kernels[0].c.tensor);
    unload(&loaded);
}

static void blocks_repeat_with_their_parameters(void)
{
    struct loaded loaded =
        load_text(HEAD "parameters: {width: 4}\n"
                       "blocks:\n"
                       "  twice:\n"
                       "    parameters: {out: , kernel: 3}\n"
                       "    layers:\n"
                       "      - {op: conv, name: a, out: $out, kernel: $kernel, pad: $kernel / 2}\n"
                       "      - {op: conv, name: b, out: $out, kernel: 1}\n"
                       "      - {op: add, inputs: [a, b]}\n"
                       "layers:\n"
                       "  - {block: twice, name: stage, repeat: 2, out: 2 * $width}\n"
                       "  - {block: twice, name: tail, first: 5, out: 4, kernel: 5}\n"
                       "  - {op: fc, name: rows, input: stage, out: 3}\n");
    CU_ASSERT_PTR_NULL(loaded.program); /* fc of an image: the shape error comes after expansion */
    expect_error(loaded, TS_ERROR_SHAPE, "flatten");
    loaded =
        load_text(HEAD "blocks:\n"
                       "  step:\n"
                       "    parameters: {out: }\n"
                       "    layers:\n"
                       "      - {op: conv, name: a, out: $out, kernel: 1, bias: no}\n"
                       "      - {op: conv, name: b, input: input, out: $out, kernel: 1, bias: no}\n"
                       "      - {op: add, inputs: [a, b]}\n"
                       "layers:\n"
                       "  - {block: step, name: stage, repeat: 2, out: 2 * (3 + 1)}\n"
                       "  - {op: conv, name: skip, input: stage, out: 2, kernel: 1, bias: no}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, 7);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "stage.0.a")->k, 3);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "stage.1.b")->n, 8);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "skip")->a.tensor,
                    kernel_named(loaded.program, "stage.1.add")->output.tensor);
    unload(&loaded);
}

static void a_name_may_stand_for_a_later_entry(void)
{
    struct loaded loaded =
        load_text(HEAD "layers:\n"
                       "  - {op: relu, name: last, input: first}\n"
                       "  - {op: conv, name: first, input: image, out: 2, kernel: 1, bias: no}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_STRING_EQUAL(loaded.program->kernels[0].name, "first");
    CU_ASSERT_STRING_EQUAL(loaded.program->kernels[1].name, "last");
    unload(&loaded);
}

static void the_sequence_option_sets_the_parameter(void)
{
    const char *path = write_network("network", "name: s\n"
                                                "parameters: {seq: 5, double: $seq * 2}\n"
                                                "inputs: {x: [$double, 3]}\n"
                                                "layers:\n  - {op: fc, out: 7}\n");
    struct ts_workload_options options = plain_options();
    struct loaded loaded = load_with(path, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].m, 10);
    unload(&loaded);
    options.sequence = 31;
    loaded = load_with(path, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].m, 62);
    unload(&loaded);
    expect_error(load_with("resnet50", &options), TS_ERROR_CONFLICT, "no sequence");
}

static void a_file_builds_on_another(void)
{
    struct loaded loaded = load_text("name: thin\nbase: resnet18\nparameters: {stage5: 1}\n");
    CU_ASSERT_PTR_NULL(loaded.program); /* repeat: 0 */
    expect_error(loaded, TS_ERROR_RANGE, "'repeat' is 0");
    loaded = load_text("name: deep\nbase: resnet18\nparameters: {stage5: 3}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_STRING_EQUAL(loaded.program->name, "deep");
    CU_ASSERT_EQUAL(loaded.program->parameters, 11689512 + 2 * 512 * 512 * 9 + 4 * 512);
    unload(&loaded);
    expect_error(load_text("name: x\nbase: nothing-like-it\n"), TS_ERROR_UNKNOWN_NAME,
                 "nothing-like-it");
}

static void tied_weights_count_once(void)
{
    struct loaded loaded =
        load_text("name: tied\ninputs: {tokens: [5]}\nlayers:\n"
                  "  - {op: embedding, name: words, rows: 31, width: 8}\n"
                  "  - {op: fc, name: head, out: 31, bias: no, weights_of: words}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->parameters, 31 * 8);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "head")->b.tensor,
                    kernel_named(loaded.program, "words")->inputs[0].tensor);
    unload(&loaded);
    expect_error(load_text("name: tied\ninputs: {tokens: [5]}\nlayers:\n"
                           "  - {op: embedding, name: words, rows: 31, width: 8}\n"
                           "  - {op: fc, name: head, out: 30, weights_of: words}\n"),
                 TS_ERROR_SHAPE, "248 elements, this node needs 240");
}

static void wide_activations_stay_beside_narrow_weights(void)
{
    const char *path =
        write_network("network", "name: wide\nactivation_precision: int16\n"
                                 "inputs: {x: [16]}\nlayers:\n  - {op: fc, out: 8}\n  - tanh\n");
    struct ts_workload_options options = plain_options();
    options.precision = TS_INT8;
    struct loaded loaded = load_with(path, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    const struct ts_kernel *kernel = kernel_named(loaded.program, "fc");
    CU_ASSERT_EQUAL(kernel->precision, TS_INT8);
    CU_ASSERT_EQUAL(kernel->a.precision, TS_INT16);
    CU_ASSERT_EQUAL(kernel->b.precision, TS_INT8);
    CU_ASSERT_EQUAL(kernel->c.bits_per_element, 16);
    unload(&loaded);
    options.precision = TS_FP32;
    loaded = load_with(path, &options);
    CU_ASSERT_EQUAL(kernel_named(loaded.program, "fc")->a.precision, TS_FP32);
    unload(&loaded);
}

struct bad_file {
    const char *text;
    enum ts_error code;
    const char *message;
};

static const struct bad_file bad_files[] = {
    {"", TS_ERROR_SYNTAX, ""},
    {"[1, 2]\n", TS_ERROR_TYPE, "mapping"},
    {"name: x\n", TS_ERROR_MISSING_KEY, "inputs"},
    {HEAD, TS_ERROR_MISSING_KEY, "layers"},
    {HEAD "layers: []\n", TS_ERROR_TYPE, "list of layers"},
    {HEAD "layer: []\n", TS_ERROR_UNKNOWN_KEY, "layers"},
    {HEAD "layers: [conv\n", TS_ERROR_SYNTAX, ""},
    {HEAD "layers:\n  - {op: cnv, out: 2}\n", TS_ERROR_UNKNOWN_NAME, "did you mean 'conv'?"},
    {HEAD "layers:\n  - {op: conv, ot: 2, kernel: 1}\n", TS_ERROR_UNKNOWN_KEY, "ot"},
    {HEAD "layers:\n  - {op: conv, out: 2}\n", TS_ERROR_MISSING_KEY, "needs 'kernel'"},
    {HEAD "layers:\n  - {op: conv, out: -2, kernel: 1}\n", TS_ERROR_RANGE, "'out'"},
    {HEAD "layers:\n  - {op: conv, out: 2.5, kernel: 1}\n", TS_ERROR_TYPE, "whole number"},
    {HEAD "layers:\n  - {op: conv, out: many, kernel: 1}\n", TS_ERROR_TYPE, "many"},
    {HEAD "layers:\n  - {op: conv, out: $wdth, kernel: 1}\n", TS_ERROR_TYPE, "wdth"},
    {HEAD "layers:\n  - {op: conv, out: 2, kernel: [1, 2, 3]}\n", TS_ERROR_SHAPE, "has 3"},
    {HEAD "layers:\n  - {op: conv, out: 2, kernel: {a: 1}}\n", TS_ERROR_TYPE, "number"},
    {HEAD "layers:\n  - {op: conv, out: 2, kernel: 1, bias: maybe}\n", TS_ERROR_TYPE, "maybe"},
    {HEAD "layers:\n  - {op: conv, out: 2, kernel: 1, padding: some}\n", TS_ERROR_UNKNOWN_NAME,
     "same"},
    {HEAD "layers:\n  - {op: conv, out: 2, kernel: 19}\n", TS_ERROR_SHAPE, "larger than"},
    {HEAD "layers:\n  - {op: relu, input: imge}\n", TS_ERROR_UNKNOWN_NAME, "did you mean 'image'?"},
    {HEAD "layers:\n  - {op: relu, input: a, inputs: [b]}\n", TS_ERROR_CONFLICT, "exclude"},
    {HEAD "layers:\n  - {op: relu, inputs: [image, image]}\n", TS_ERROR_SHAPE, "has 2"},
    {HEAD "layers:\n  - {op: relu, name: a}\n  - {op: relu, name: a}\n", TS_ERROR_DUPLICATE_KEY,
     "'a'"},
    {HEAD "layers:\n  - {op: relu, name: image}\n", TS_ERROR_DUPLICATE_KEY, "image"},
    {HEAD "layers:\n  - {name: a}\n", TS_ERROR_MISSING_KEY, "op"},
    {HEAD "layers:\n  - {block: a}\n", TS_ERROR_UNKNOWN_NAME, "no block"},
    {HEAD "blocks:\n  a:\n    parameters: {n: }\n    layers: [relu]\nlayers:\n  - {block: a}\n",
     TS_ERROR_MISSING_KEY, "'n' must be given"},
    {HEAD "blocks:\n  a:\n    layers: [relu]\nlayers:\n  - {block: a, n: 3}\n",
     TS_ERROR_UNKNOWN_KEY, "n"},
    {HEAD "blocks:\n  a:\n    layers:\n      - {block: a}\nlayers:\n  - {block: a}\n",
     TS_ERROR_LIMIT, "nested"},
    {HEAD "layers:\n  - {layers: [relu], repeat: 100000}\n", TS_ERROR_RANGE, "repeat"},
    {HEAD "layers:\n  - repeat: 9999\n    layers:\n      - {layers: [relu], repeat: 9999}\n",
     TS_ERROR_LIMIT, "at most 100000 nodes"},
    {"name: x\ninputs: {a: [9999, 2]}\nlayers:\n  - {layers: [{op: lstm, hidden: 2}], repeat: "
     "99}\n",
     TS_ERROR_LIMIT, "more than 400000 kernels"},
    {HEAD "layers:\n  - {op: fc, out: 3, weights_of: nobody}\n", TS_ERROR_UNKNOWN_NAME, "nobody"},
    {HEAD "activation_precision: int61\nlayers: [relu]\n", TS_ERROR_UNKNOWN_NAME, "int16"},
    {HEAD "parameters: [1]\nlayers: [relu]\n", TS_ERROR_TYPE, "mapping"},
    {HEAD "parameters: {a: 1 / 0}\nlayers: [relu]\n", TS_ERROR_TYPE, "division by zero"},
    {"name: x\ninputs: {}\nlayers: [relu]\n", TS_ERROR_MISSING_KEY, "input"},
    {"name: x\ninputs: {a: 3}\nlayers: [relu]\n", TS_ERROR_TYPE, "list"},
    {"name: x\ninputs: {a: [0]}\nlayers: [relu]\n", TS_ERROR_RANGE, "between 1"},
    {"name: x\ninputs: {a: [1e12]}\nlayers: [relu]\n", TS_ERROR_RANGE, "between 1"},
    {"name: x\ninputs: {a: [1, 2, 3, 4, 5, 6]}\nlayers: [relu]\n", TS_ERROR_TYPE, "up to 5"},
    {"name: x\ninputs: {a: [3]}\nlayers: [identity]\n", TS_ERROR_SHAPE, "computes nothing"},
};

static void bad_files_say_what_is_wrong(void)
{
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        expect_error(load_text(bad_files[i].text), bad_files[i].code, bad_files[i].message);
    }
}

static void errors_show_the_place_and_the_line(void)
{
    struct loaded loaded = load_text(HEAD "layers:\n"
                                          "  - {op: conv, out: 2, kernel: 3}\n"
                                          "  - {op: conv, out: 2, kernel: 99}\n");
    CU_ASSERT_EQUAL_FATAL(loaded.diagnostics.kept, 1);
    const struct ts_diagnostic *error = &loaded.diagnostics.entries[0];
    CU_ASSERT_EQUAL(error->place.line, 5);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->place.file, "network.yaml"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(error->source);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->source, "kernel: 99"));
    unload(&loaded);
}

static void unknown_workloads_are_suggested(void)
{
    expect_error(load("resnet5"), TS_ERROR_UNKNOWN_NAME, "did you mean 'resnet");
    expect_error(load("quite-another-thing"), TS_ERROR_UNKNOWN_NAME, "tessera list workloads");
    expect_error(load("missing.yaml"), TS_ERROR_FILE, "");
    expect_error(load("model.tflite"), TS_ERROR_UNSUPPORTED, "YAML");
}

static void every_layer_that_is_wrong_is_told(void)
{
    struct loaded loaded = load(write_network("several", "name: several\ninputs: {x: [17]}\n"
                                                         "layers:\n"
                                                         "  - {op: fc, outt: 3}\n"
                                                         "  - {op: reluu}\n"
                                                         "  - {repeat: 5, layers: [{op: fc}, 7]}\n"
                                                         "  - {o: fc}\n"));
    static const int lines[] = {4, 5, 6, 7};
    CU_ASSERT_PTR_NULL(loaded.program);
    CU_ASSERT_EQUAL_FATAL(loaded.diagnostics.kept, 4);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(loaded.diagnostics.entries[i].place.line, lines[i]);
    }
    unload(&loaded);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"every layer that is wrong is told", every_layer_that_is_wrong_is_told},
        {"layers follow each other by default", layers_follow_each_other_by_default},
        {"blocks repeat with their parameters", blocks_repeat_with_their_parameters},
        {"a name may stand for a later entry", a_name_may_stand_for_a_later_entry},
        {"the sequence option sets the parameter", the_sequence_option_sets_the_parameter},
        {"a file builds on another", a_file_builds_on_another},
        {"tied weights count once", tied_weights_count_once},
        {"wide activations stay beside narrow weights",
         wide_activations_stay_beside_narrow_weights},
        {"bad files say what is wrong", bad_files_say_what_is_wrong},
        {"errors show the place and the line", errors_show_the_place_and_the_line},
        {"unknown workloads are suggested", unknown_workloads_are_suggested},
    };
    return RUN_SUITE("network files", cases);
}
