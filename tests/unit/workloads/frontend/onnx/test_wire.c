/* Leaving the weights out of a model's bytes. */
#include "suite.h"
#include "workloads/frontend/onnx/wire.h"

#include <string.h>

/* Bytes under construction. */
struct bytes {
    uint8_t data[65536];
    size_t length;
};

static void put(struct bytes *to, const void *data, size_t length)
{
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

static void put_number(struct bytes *to, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)(value & 0x7f);
        value >>= 7;
        byte = (uint8_t)(byte | (value ? 0x80 : 0));
        put(to, &byte, 1);
    } while (value);
}

static void put_field(struct bytes *to, unsigned field, const void *data, size_t length)
{
    put_number(to, field << 3 | 2);
    put_number(to, length);
    put(to, data, length);
}

/* A model with one initializer of that many bytes. */
static struct bytes *model_with_weight(size_t weight)
{
    static struct bytes tensor, graph, model;
    static const uint8_t zeros[60000];
    tensor.length = graph.length = model.length = 0;
    put_field(&tensor, 8, "w", 1);
    put_field(&tensor, 9, zeros, weight);
    put_field(&graph, 5, tensor.data, tensor.length);
    put_field(&graph, 2, "g", 1);
    put_field(&model, 7, graph.data, graph.length);
    return &model;
}

static bool strip(const struct bytes *from, struct ts_onnx_bytes *to, enum ts_error *code)
{
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    bool ok = ts_onnx_strip("test.onnx", from->data, from->length, to, &diagnostics);
    CU_ASSERT_EQUAL(diagnostics.errors, ok ? 0 : 1);
    if (!ok) {
        *code = diagnostics.entries[0].code;
    }
    ts_diagnostics_release(&diagnostics);
    return ok;
}

static void large_weights_are_left_out(void)
{
    struct ts_onnx_bytes stripped;
    enum ts_error code;
    CU_ASSERT_TRUE_FATAL(strip(model_with_weight(50000), &stripped, &code));
    CU_ASSERT_TRUE(stripped.length < 64);
    CU_ASSERT_PTR_NOT_NULL(memchr(stripped.data, 'w', stripped.length));
    CU_ASSERT_PTR_NOT_NULL(memchr(stripped.data, 'g', stripped.length));
    ts_onnx_bytes_release(&stripped);
}

static void small_ones_stay(void)
{
    struct ts_onnx_bytes stripped;
    enum ts_error code;
    CU_ASSERT_TRUE_FATAL(strip(model_with_weight(800), &stripped, &code));
    CU_ASSERT_TRUE(stripped.length > 800);
    ts_onnx_bytes_release(&stripped);
}

static void every_cut_is_an_error_or_a_shorter_model(void)
{
    struct bytes model = *model_with_weight(40);
    for (size_t length = 1; length < model.length; length++) {
        struct bytes cut = model;
        struct ts_onnx_bytes stripped;
        enum ts_error code = TS_ERROR_COUNT;
        cut.length = length;
        CU_ASSERT_FALSE(strip(&cut, &stripped, &code));
        CU_ASSERT_EQUAL(code, TS_ERROR_SYNTAX);
    }
}

static void deep_nesting_is_an_error(void)
{
    static struct bytes inner, outer;
    inner.length = 0;
    for (int i = 0; i < 60; i++) { /* node → attribute → graph → node ... */
        static const unsigned fields[] = {1, 5, 6};
        outer.length = 0;
        put_field(&outer, fields[(59 - i) % 3], inner.data, inner.length);
        inner = outer;
    }
    outer.length = 0;
    put_field(&outer, 7, inner.data, inner.length);
    struct ts_onnx_bytes stripped;
    enum ts_error code = TS_ERROR_COUNT;
    CU_ASSERT_FALSE(strip(&outer, &stripped, &code));
    CU_ASSERT_EQUAL(code, TS_ERROR_LIMIT);
}

static void absurd_lengths_are_errors(void)
{
    static const uint8_t hostile[][12] = {
        {0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, /* a length of 2^64 */
        {0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, /* no end */
        {0x3b, 0x00},                                                             /* a group */
        {0x07, 0x00},                                                             /* field 0 */
        {0x39, 0x00, 0x00},                                                       /* cut double */
    };
    static const size_t lengths[] = {11, 12, 2, 2, 3};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct bytes bytes = {.length = lengths[i]};
        struct ts_onnx_bytes stripped;
        enum ts_error code = TS_ERROR_COUNT;
        memcpy(bytes.data, hostile[i], lengths[i]);
        CU_ASSERT_FALSE(strip(&bytes, &stripped, &code));
        CU_ASSERT_EQUAL(code, TS_ERROR_SYNTAX);
    }
}

static const struct test_case cases[] = {
    {"large weights are left out", large_weights_are_left_out},
    {"small ones stay", small_ones_stay},
    {"a cut at any byte is an error", every_cut_is_an_error_or_a_shorter_model},
    {"deep nesting is an error", deep_nesting_is_an_error},
    {"absurd lengths and types are errors", absurd_lengths_are_errors},
};

int main(void)
{
    return RUN_SUITE("onnx/wire", cases);
}
