#include "sim/numerics/numerics.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct numerics_tensor weights(enum ts_precision precision)
{
    return (struct numerics_tensor){.precision = precision,
                                    .is_weight = true,
                                    .density = 1,
                                    .elements = 64 * 512,
                                    .rows = 64,
                                    .k = 512};
}

static int64_t count_of(const struct numerics_tensor *tensor)
{
    return tensor->rows * tensor->k;
}

static double share_of_zeros(const struct numerics_tensor *tensor)
{
    double zeros = 0;
    for (int64_t i = 0; i < count_of(tensor); i++) {
        zeros += tensor->exact[i] == 0;
    }
    return zeros / (double)count_of(tensor);
}

static double mean_square(const struct numerics_tensor *tensor)
{
    double sum = 0;
    for (int64_t i = 0; i < count_of(tensor); i++) {
        sum += tensor->exact[i] * tensor->exact[i];
    }
    return sum / (double)count_of(tensor);
}

static double sqnr_db(const struct numerics_tensor *tensor)
{
    double signal = 0, noise = 0;
    for (int64_t i = 0; i < count_of(tensor); i++) {
        double error = tensor->rounded[i] * tensor->scale - tensor->exact[i];
        signal += tensor->exact[i] * tensor->exact[i];
        noise += error * error;
    }
    return 10 * log10(signal / noise);
}

static void weights_have_the_variance_of_he(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct numerics_tensor tensor = weights(TS_FP32), other = weights(TS_INT8);
    numerics_draw(&tensor, 7, &arena);
    numerics_draw(&other, 7, &arena);
    CU_ASSERT_DOUBLE_EQUAL(mean_square(&tensor) * 512 / 2, 1, 0.03);
    CU_ASSERT_EQUAL(memcmp(tensor.exact, other.exact, (size_t)count_of(&tensor) * 8), 0);
    numerics_draw(&other, 8, &arena);
    CU_ASSERT_NOT_EQUAL(memcmp(tensor.exact, other.exact, (size_t)count_of(&tensor) * 8), 0);
    ts_arena_release(&arena);
}

static void activations_are_spread_as_their_operators_leave_them(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct numerics_tensor tensor = weights(TS_FP32);
    tensor.is_weight = false;
    tensor.values = TS_VALUES_RECTIFIED;
    numerics_draw(&tensor, 7, &arena);
    CU_ASSERT_DOUBLE_EQUAL(share_of_zeros(&tensor), 0.5, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(mean_square(&tensor), 0.5, 0.02);
    tensor.values = TS_VALUES_PROBABILITIES;
    numerics_draw(&tensor, 7, &arena);
    double sum = 0;
    for (int i = 0; i < 512; i++) {
        sum += tensor.exact[512 * 5 + i];
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(mean_square(&tensor) * 512 * 512, M_E, 0.2); /* of n, e / n² each */
    tensor.values = TS_VALUES_NORMAL;
    tensor.density = 0.25;
    numerics_draw(&tensor, 7, &arena);
    CU_ASSERT_DOUBLE_EQUAL(share_of_zeros(&tensor), 0.75, 0.01);
    ts_arena_release(&arena);
}

static void pruning_takes_the_smallest_weights(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct numerics_tensor tensor = weights(TS_FP32);
    tensor.density = 0.3;
    numerics_draw(&tensor, 7, &arena);
    CU_ASSERT_DOUBLE_EQUAL(share_of_zeros(&tensor), 0.7, 0.01);
    double least = INFINITY;
    for (int64_t i = 0; i < count_of(&tensor); i++) {
        if (tensor.exact[i] != 0) {
            least = fmin(least, fabs(tensor.exact[i]));
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(least / sqrt(2 / 512.0), 1.0364, 0.01); /* the 85 % quantile */
    tensor.density = 0.5;
    tensor.structured_2_4 = true;
    numerics_draw(&tensor, 7, &arena);
    for (int64_t i = 0; i < count_of(&tensor); i += 4) {
        int zeros = 0;
        for (int j = 0; j < 4; j++) {
            zeros += tensor.exact[i + j] == 0;
        }
        CU_ASSERT_EQUAL(zeros, 2);
    }
    ts_arena_release(&arena);
}

/* Uniform noise of a step s has power s²/12: with the largest value at c standard deviations and
 * levels on each side 6.02·bits + 4.77 - 20·log10(c) dB; c = 4.4 where one in 2 x 32768 values is
 * larger. */
static void integers_have_the_noise_of_their_step(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct numerics_tensor tensor = weights(TS_INT8);
    numerics_draw(&tensor, 7, &arena);
    numerics_round(&tensor, &arena);
    double c = 127 * tensor.scale / sqrt(2 / 512.0);
    CU_ASSERT_TRUE(c > 4 && c < 5.2);
    CU_ASSERT_DOUBLE_EQUAL(sqnr_db(&tensor), 20 * log10(127 / c) + 10 * log10(12), 0.2);
    for (int64_t i = 0; i < count_of(&tensor); i++) {
        CU_ASSERT_TRUE(fabs(tensor.rounded[i]) <= 127 &&
                       tensor.rounded[i] == rint(tensor.rounded[i]));
    }
    tensor.elements = 1e9; /* a larger tensor has larger values */
    double before = tensor.scale;
    numerics_round(&tensor, &arena);
    CU_ASSERT_TRUE(tensor.scale > 1.2 * before);
    ts_arena_release(&arena);
}

/* Max, Quantizing for minimum distortion, IRE 1960, table I: 16 levels for normal values leave an
 * error of 0.009497, 20.22 dB; Li et al.'s ternary weights and XNOR-Net's signs in closed form. */
static void few_levels_have_their_known_errors(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct numerics_tensor tensor = weights(TS_FP32);
    numerics_draw(&tensor, 7, &arena);
    tensor.table_bits = 4;
    numerics_round(&tensor, &arena);
    CU_ASSERT_DOUBLE_EQUAL(sqnr_db(&tensor), 20.22, 0.4);
    tensor.table_bits = 0;
    tensor.precision = TS_BINARY;
    numerics_round(&tensor, &arena);
    CU_ASSERT_DOUBLE_EQUAL(sqnr_db(&tensor), -10 * log10(1 - 2 / M_PI), 0.05);
    tensor.precision = TS_TERNARY;
    numerics_round(&tensor, &arena);
    double t = 0.7 * sqrt(2 / M_PI), kept = erfc(t / sqrt(2));
    double mean = sqrt(2 / M_PI) * exp(-t * t / 2) / kept;
    CU_ASSERT_DOUBLE_EQUAL(sqnr_db(&tensor), -10 * log10(1 - kept * mean * mean), 0.05);
    ts_arena_release(&arena);
}

/* A float's relative error is uniform within half a unit in the last place. */
static void floats_gain_six_decibels_a_bit(void)
{
    static const struct {
        enum ts_precision precision;
        double least, most;
    } rows[] = {{TS_FP8, 30.5, 32.5},
                {TS_BF16, 54, 57},
                {TS_FP16, 72, 75},
                {TS_TF32, 72, 75},
                {TS_FP32, 150, 153}};
    struct ts_arena arena = TS_ARENA_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct numerics_tensor tensor = weights(rows[i].precision);
        numerics_draw(&tensor, 7, &arena);
        numerics_round(&tensor, &arena);
        double db = sqnr_db(&tensor);
        CU_ASSERT_TRUE(db > rows[i].least && db < rows[i].most);
    }
    struct numerics_tensor gradient = weights(TS_FP8);
    gradient.is_gradient = true; /* E5M2 */
    numerics_draw(&gradient, 7, &arena);
    numerics_round(&gradient, &arena);
    CU_ASSERT_TRUE(sqnr_db(&gradient) > 24.5 && sqnr_db(&gradient) < 26.5);
    ts_arena_release(&arena);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"weights have the variance of He", weights_have_the_variance_of_he},
        {"activations are spread as their operators leave them",
         activations_are_spread_as_their_operators_leave_them},
        {"pruning takes the smallest weights", pruning_takes_the_smallest_weights},
        {"integers have the noise of their step", integers_have_the_noise_of_their_step},
        {"few levels have their known errors", few_levels_have_their_known_errors},
        {"floats gain six decibels a bit", floats_gain_six_decibels_a_bit},
    };
    return RUN_SUITE("random tensors", cases);
}
