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

/* precision must be in [0, TS_PRECISION_COUNT). */
const struct ts_precision_info *ts_precision_info(enum ts_precision precision);

/* TS_PRECISION_NONE when the name is unknown. */
enum ts_precision ts_precision_parse(const char *name);

/* Names of all precisions in table order, for suggestions and lists. */
const char *const *ts_precision_names(void);

/* Bytes that `elements` values take, packed, rounded up to a whole byte. */
double ts_precision_bytes(enum ts_precision precision, double elements);

#ifdef __cplusplus
}
#endif
#endif
