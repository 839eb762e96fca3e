#include "suite.h"
#include "tessera/hash.h"
#include "tessera/precision.h"

#include <math.h>
#include <string.h>

static void names_and_rows_agree(void)
{
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        const struct ts_precision_info *info = ts_precision_info((enum ts_precision)i);
        CU_ASSERT_STRING_EQUAL(info->name, ts_precision_names()[i]);
        CU_ASSERT_EQUAL(ts_precision_parse(info->name), i);
    }
    CU_ASSERT_EQUAL(ts_precision_parse("FP16"), TS_FP16);
    CU_ASSERT_EQUAL(ts_precision_parse("fp12"), TS_PRECISION_NONE);
    CU_ASSERT_EQUAL(ts_precision_parse(""), TS_PRECISION_NONE);
}

static void range_and_epsilon_follow_from_the_bits(void)
{
    for (int i = 0; i < TS_PRECISION_COUNT; i++) {
        const struct ts_precision_info *info = ts_precision_info((enum ts_precision)i);
        if (info->is_float) {
            CU_ASSERT_DOUBLE_EQUAL(info->epsilon, ldexp(1, -info->mantissa_bits), 0);
            CU_ASSERT(1 + info->exponent_bits + info->mantissa_bits <= info->storage_bits);
        } else if (i != TS_TERNARY && i != TS_BINARY) {
            CU_ASSERT_DOUBLE_EQUAL(info->max_value, ldexp(1, info->mantissa_bits) - 1, 0);
        }
    }
}

static void packed_bytes_round_up(void)
{
    CU_ASSERT_EQUAL(ts_precision_bytes(TS_FP32, 17), 68);
    CU_ASSERT_EQUAL(ts_precision_bytes(TS_INT4, 17), 9);
    CU_ASSERT_EQUAL(ts_precision_bytes(TS_BINARY, 17), 3);
    CU_ASSERT_EQUAL(ts_precision_bytes(TS_TF32, 1), 4);
}

static void hashes_tell_neighbours_apart(void)
{
    uint64_t joined = ts_hash_text(ts_hash_text(TS_HASH_INIT, "ab"), "c");
    uint64_t other = ts_hash_text(ts_hash_text(TS_HASH_INIT, "a"), "bc");
    CU_ASSERT_NOT_EQUAL(joined, other);
    CU_ASSERT_EQUAL(ts_hash_double(TS_HASH_INIT, 0.0), ts_hash_double(TS_HASH_INIT, -0.0));
    CU_ASSERT_NOT_EQUAL(ts_hash_integer(TS_HASH_INIT, 1), ts_hash_integer(TS_HASH_INIT, 2));
}

int main(void)
{
    const struct test_case cases[] = {
        {"names and rows agree", names_and_rows_agree},
        {"range and epsilon follow from the bits", range_and_epsilon_follow_from_the_bits},
        {"packed bytes round up", packed_bytes_round_up},
        {"hashes tell neighbours apart", hashes_tell_neighbours_apart},
    };
    return RUN_SUITE("precision", cases);
}
