/* Number formats. One row per format: every loop over precisions goes through this table. */
#ifndef TESSERA_PRECISION_H
#define TESSERA_PRECISION_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ts_precision {
    TS_FP64,
    TS_FP32,
    TS_TF32,
    TS_BF16,
    TS_FP16,
    TS_FP8,
    TS_INT16,
    TS_INT8,
    TS_INT4,
    TS_TERNARY,
    TS_BINARY,
    TS_PRECISION_COUNT,
    TS_PRECISION_NONE = -1
};

struct ts_precision_info {
    const char *name;  /* as on the command line */
    int storage_bits;  /* bits an element takes in memory (tf32 is stored as 32 bits) */
    int exponent_bits; /* 0 for integers */
    int mantissa_bits; /* stored fraction bits; for integers the magnitude bits */
    bool is_float;
    double max_value;              /* largest finite magnitude */
    double epsilon;                /* spacing above 1 (floats), step (integers) */
    enum ts_precision accumulator; /* format floats are summed in; integers name themselves: there
                                      is no format of their wider sums here */
};

/* How the values of a tensor are spread, where formats are measured on random ones. */
enum ts_values {
    TS_VALUES_NORMAL,
    TS_VALUES_RECTIFIED,    /* normal, those below zero cut off */
    TS_VALUES_PROBABILITIES /* a softmax along the last dimension */
};

/* precision must be in [0, TS_PRECISION_COUNT). */
const struct ts_precision_info *ts_precision_info(enum ts_precision precision);

/* TS_PRECISION_NONE when the name is unknown. */
enum ts_precision ts_precision_parse(const char *name);

/* Names of all precisions in table order, for suggestions and lists. */
const char *const *ts_precision_names(void);

/* A floating-point format: sign, exponent with IEEE 754's bias, fraction. */
struct ts_float_format {
    int exponent_bits, fraction_bits;
    double max_value;  /* largest finite magnitude */
    bool has_infinity; /* what is beyond rounds to infinity; saturates otherwise */
};

/* The 8-bit formats of the Open Compute Project's specification (OFP8, rev. 1.0, 2023), saturating
 * when values are converted: E4M3 has no infinity, E5M2's is for results of arithmetic. */
extern const struct ts_float_format ts_float_e4m3, ts_float_e5m2;

/* Of a floating-point precision; fp8 is E4M3. */
struct ts_float_format ts_float_format_of(enum ts_precision precision);

/* `value` to the nearest number of the format, ties to even, subnormal numbers included; bit-exact
 * for formats up to fp32. NaN stays NaN. */
double ts_float_round(const struct ts_float_format *format, double value);

/* The same toward zero: what lies beyond the largest number becomes it. */
double ts_float_truncate(const struct ts_float_format *format, double value);

/* The whole number nearest to `value`, ties to even, within ± the precision's largest. Integer
 * precisions only; NaN becomes 0. */
double ts_integer_round(enum ts_precision precision, double value);

/* Bytes that `elements` values take, packed, rounded up to a whole byte. */
double ts_precision_bytes(enum ts_precision precision, double elements);

#ifdef __cplusplus
}
#endif
#endif
