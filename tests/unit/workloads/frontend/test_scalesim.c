/* SCALE-Sim topologies as networks. */
#include "../load.h"

static const char *write_file(const char *text)
{
    return scratch_write("topology.csv", text);
}

static struct loaded load_text(const char *text)
{
    struct loaded loaded = load(write_file(text));
    if (!loaded.program) {
        ts_diagnostics_print(&loaded.diagnostics, stderr);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    return loaded;
}

static void convolutions_are_read(void)
{
    struct loaded loaded = load_text(
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
        "Strides,\n"
        "Conv1,224,224,7,7,3,64,2,\n"
        "\n"
        "  Conv2 , 17, 23, 3, 3, 31, 5, 1,,,\n");
    const struct ts_kernel *kernels = loaded.program->kernels;
    CU_ASSERT_EQUAL_FATAL(loaded.program->kernel_count, 2);
    CU_ASSERT_STRING_EQUAL(kernels[0].name, "Conv1");
    /* ⌈(224 − 7 + 2) / 2⌉ = 110: the last window is cut off by the input's end. */
    CU_ASSERT_EQUAL(kernels[0].m, 110 * 110);
    CU_ASSERT_EQUAL(kernels[0].n, 64);
    CU_ASSERT_EQUAL(kernels[0].k, 147);
    CU_ASSERT_STRING_EQUAL(kernels[1].name, "Conv2");
    CU_ASSERT_EQUAL(kernels[1].m, 15 * 21);
    CU_ASSERT_EQUAL(kernels[1].k, 31 * 9);
    CU_ASSERT_FALSE(kernels[0].a.is_network_io);
    unload(&loaded);
}

static void products_are_read_in_any_order(void)
{
    struct loaded loaded = load_text("\xef\xbb\xbfLayer,M,N,K,\r\nfirst,17,23,31,\r\n");
    CU_ASSERT_EQUAL(loaded.program->kernels[0].m, 17);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].n, 23);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].k, 31);
    unload(&loaded);
    loaded = load_text("name,K,M,N\na,31,17,23\na,1,2,3\n");
    CU_ASSERT_EQUAL(loaded.program->kernels[0].m, 17);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].n, 23);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].k, 31);
    CU_ASSERT_STRING_EQUAL(loaded.program->kernels[1].name, "a.2");
    unload(&loaded);
    loaded = load_text("a,17,23,31"); /* no heading, no line end */
    CU_ASSERT_EQUAL(loaded.program->macs, 17.0 * 23 * 31);
    unload(&loaded);
}

static void batch_multiplies(void)
{
    struct ts_workload_options options = plain_options();
    options.batch = 3;
    struct loaded loaded = load_with(write_file("a,17,23,31\nb,9,9,3,3,2,4,2\n"), &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->kernels[0].m, 51);
    CU_ASSERT_EQUAL(loaded.program->kernels[1].m, 3 * 16);
    unload(&loaded);
}

static void strides_and_sparsity_are_read(void)
{
    struct loaded loaded =
        load_text("a,9,13,3,3,8,4,2,3\nb,9,9,3,3,8,4,1,2:4\nc,9,9,3,3,8,4,1,1,1:3,\nd,8,8,8,1:2\n");
    const struct ts_kernel *kernels = loaded.program->kernels;
    CU_ASSERT_EQUAL(kernels[0].m, 4 * 5); /* ⌈8/2⌉ × ⌈13/3⌉ */
    CU_ASSERT_EQUAL(kernels[1].b.density, 0.5);
    CU_ASSERT_TRUE(kernels[1].structured_2_4);
    CU_ASSERT_EQUAL(kernels[1].effective_macs, kernels[1].macs / 2);
    CU_ASSERT_DOUBLE_EQUAL(kernels[2].b.density, 1.0 / 3, 1e-15);
    CU_ASSERT_FALSE(kernels[2].structured_2_4);
    CU_ASSERT_EQUAL(kernels[3].b.density, 0.5);
    unload(&loaded);
}

static void it_trains(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    struct loaded loaded = load_with(write_file("a,17,23,31\n"), &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->macs, 3.0 * 17 * 23 * 31);
    unload(&loaded);
}

/* The error stands at this line and column. */
static void expect_at(const char *text, enum ts_error code, int line, int column,
                      const char *message)
{
    struct loaded loaded = load(write_file(text));
    CU_ASSERT_NOT_EQUAL_FATAL(loaded.diagnostics.kept, 0);
    CU_ASSERT_EQUAL(loaded.diagnostics.entries[0].place.line, line);
    CU_ASSERT_EQUAL(loaded.diagnostics.entries[0].place.column, column);
    expect_error(loaded, code, message);
}

static void errors_have_their_place(void)
{
    expect_at("a,17,x,31\n", TS_ERROR_TYPE, 1, 6, "N is 'x'");
    expect_at("Layer,M,N,K\n\na,17,23,0\n", TS_ERROR_RANGE, 3, 9, "K is 0");
    expect_at("a,1,2,3\nb,1.5,2,3\n", TS_ERROR_RANGE, 2, 3, "M is 1.5");
    expect_at("a,1,1e300,3\n", TS_ERROR_RANGE, 1, 5, "N is 1e300");
    expect_at("a,5,5,3,3\n", TS_ERROR_MISSING_KEY, 1, 10, "channels is missing");
    expect_at("a,5,5,7,3,1,1,1\n", TS_ERROR_SHAPE, 1, 7, "7 high");
    expect_at("a,5,5,3,7,1,1,1\n", TS_ERROR_SHAPE, 1, 9, "7 wide");
    expect_at("a,5,5,3,3,1,1,1,1,8\n", TS_ERROR_SYNTAX, 1, 19, "what is '8'");
    expect_at("a,5,5,3,3,2:4,1,1,1\n", TS_ERROR_SYNTAX, 1, 11, "last field");
    expect_at("a,5,5,3,3,1,1,1,4:2\n", TS_ERROR_RANGE, 1, 17, "between 1 and M");
    expect_at("a,5,5,3,3,1,1,1,2:x\n", TS_ERROR_SYNTAX, 1, 17, "N:M");
    expect_at("a,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n", TS_ERROR_SYNTAX, 1, 31, "16 fields");
}

static void files_without_layers_are_errors(void)
{
    expect_error(load(write_file("")), TS_ERROR_SYNTAX, "no layer");
    expect_error(load(write_file("Layer,M,N,K\n\n")), TS_ERROR_SYNTAX, "no layer");
    expect_error(load("/nowhere/topology.csv"), TS_ERROR_FILE, "No such file");
}

static const struct test_case cases[] = {
    {"convolutions are read as SCALE-Sim counts them", convolutions_are_read},
    {"products are read in any order of columns", products_are_read_in_any_order},
    {"the batch multiplies rows and images", batch_multiplies},
    {"a second stride and N:M sparsity are read", strides_and_sparsity_are_read},
    {"layers train one by one", it_trains},
    {"errors have their line and column", errors_have_their_place},
    {"files without layers are errors", files_without_layers_are_errors},
};

int main(void)
{
    return RUN_SUITE("scalesim", cases);
}
