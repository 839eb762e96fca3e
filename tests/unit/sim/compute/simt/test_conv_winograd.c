/* Winograd convolution on GPUs: what its two forms apply to, multiply and move. */
#include "conv_machine_support.h"
#include "suite.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;

static const struct ts_phase *phase_named(const struct ts_plan *out, const char *name)
{
    for (int i = 0; i < out->phase_count; i++) {
        if (strcmp(out->phases[i].name, name) == 0) {
            return &out->phases[i];
        }
    }
    return NULL;
}

static void fused_winograd_covers_ragged_outputs_and_stores_them_once(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(3, 17, 23, 31, 37, 3, 3, 1, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_winograd_fused.applies(&conv));
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_winograd_fused.plan(&conv, &arena, &out));
    const struct ts_phase *phase = phase_named(&out, "winograd");
    CU_ASSERT_PTR_NOT_NULL_FATAL(phase);
    /* 12 × 16 tiles of 2×2 in each of 3 images at 32 a block, 37 filters at 32. */
    CU_ASSERT_TRUE(phase->tiles * 32 >= 3 * 12 * 16 * 2);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(phase, 2), 3.0 * 37 * 23 * 31 * 4, 1.0);
    /* Each of the two filter blocks reads the whole input. */
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(phase, 0), 2.0 * 3 * 17 * 23 * 31 * 4, 1.0);
}

/* Whether neighbouring blocks of the fused kernel share their filters; else their pixels. */
static bool neighbours_share_filters(const struct conv_machine *machine, struct ts_conv_shape shape)
{
    struct ts_kernel kernel = conv_kernel(TS_PASS_FORWARD, shape);
    struct ts_simt_conv conv = ts_simt_conv_of(&machine->arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_winograd_fused.plan(&conv, &arena, &out));
    const struct ts_phase *phase = phase_named(&out, "winograd");
    struct ts_tile_step first = {0}, second = {0};
    phase->step(phase->context, 0, 0, &first);
    phase->step(phase->context, 1, 0, &second);
    bool filters = first.load[1].block == second.load[1].block;
    CU_ASSERT_NOT_EQUAL(filters, first.load[0].block == second.load[0].block);
    return filters;
}

static void fused_blocks_walk_in_the_order_that_reads_less(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine); /* 1 MiB of cache */
    /* 17 MB of filters would be read again for every 17 of 32 × 16 blocks; 3 MB of pixels 16 times.
     */
    CU_ASSERT_TRUE(neighbours_share_filters(&machine, conv_shape(8, 512, 14, 14, 512, 3, 3, 1, 1)));
    /* Filters that the cache holds stay there. */
    CU_ASSERT_FALSE(neighbours_share_filters(&machine, conv_shape(8, 64, 56, 56, 64, 3, 3, 1, 1)));
    machine.arch.memory.cache[1].capacity_bytes = 1 << 25;
    CU_ASSERT_FALSE(
        neighbours_share_filters(&machine, conv_shape(8, 512, 14, 14, 512, 3, 3, 1, 1)));
}

static void nonfused_winograd_moves_the_transforms_through_memory(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(2, 17, 23, 31, 13, 3, 3, 1, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_winograd_nonfused.plan(&conv, &arena, &out));
    const struct ts_phase *input = phase_named(&out, "winograd_input");
    const struct ts_phase *output = phase_named(&out, "winograd_output");
    CU_ASSERT_PTR_NOT_NULL_FATAL(input);
    CU_ASSERT_PTR_NOT_NULL_FATAL(output);
    double tiles = 2.0 * 6 * 8; /* of 4×4 */
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(input, 0), 2.0 * 17 * 23 * 31 * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(input, -12), 36 * tiles * 17 * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(output, -14), 36 * tiles * 13 * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(output, 2), 2.0 * 13 * 23 * 31 * 4, 1.0);
}

/* The tile that the products run on, from the blocks: 36 of ceil(m / tile) x ceil(n / tile). */
static int64_t product_blocks(const struct conv_machine *machine, enum ts_pass pass)
{
    struct ts_kernel kernel = conv_kernel(pass, conv_shape(7, 65, 16, 16, 65, 3, 3, 1, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine->arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_winograd_nonfused.plan(&conv, &arena, &out));
    return out.phases[2].tiles;
}

/* 7 images of 16 tiles, 65 filters: one tile of 128 each way, or two of 64. */
static void nonfused_products_run_on_the_kernels_of_their_generation(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    machine.params.generation = TS_SIMT_AMPERE;
    CU_ASSERT_EQUAL(product_blocks(&machine, TS_PASS_FORWARD), 36);
    CU_ASSERT_EQUAL(product_blocks(&machine, TS_PASS_BACKWARD_WEIGHT), 36 * 2 * 2);
    machine.params.generation = TS_SIMT_PASCAL;
    machine.params.library = TS_SIMT_CUBLAS_8;
    CU_ASSERT_EQUAL(product_blocks(&machine, TS_PASS_FORWARD), 36 * 2 * 2);
}

static double filters_written(const struct conv_machine *machine, int64_t channels)
{
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(2, channels, 16, 16, 64, 3, 3, 1, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine->arch, &kernel, false);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_conv_winograd_nonfused.plan(&conv, &arena, &out));
    return phase_stored_bytes(phase_named(&out, "winograd_filter"), -13) /
           (36.0 * 64.0 * 4.0 * (double)channels);
}

static void filters_that_the_cache_holds_are_written_once(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine); /* 1 MiB: 113 channels of 36 x 64 values */
    CU_ASSERT_DOUBLE_EQUAL(filters_written(&machine, 17), 1.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(filters_written(&machine, 113), 1.0, 1e-6);
    CU_ASSERT_TRUE(filters_written(&machine, 200) > filters_written(&machine, 144));
    /* Rows that start within a sector leave parts of it. */
    CU_ASSERT_TRUE(filters_written(&machine, 4001) > 5.8);
    CU_ASSERT_TRUE(filters_written(&machine, 4001) < 6.0);
    CU_ASSERT_TRUE(filters_written(&machine, 4000) < 3.0);
    CU_ASSERT_TRUE(filters_written(&machine, 4000) > 2.9);
}

static void nonfused_winograd_wants_a_clear_lead(void)
{
    CU_ASSERT_TRUE(ts_simt_conv_winograd_nonfused.reluctance > 1.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_simt_conv_winograd_fused.reluctance, 1.0, 0.0);
}

static void winograd_needs_three_by_three_at_stride_one(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_conv_shape shapes[] = {
        conv_shape(4, 16, 28, 28, 16, 3, 3, 2, 1), conv_shape(4, 16, 28, 28, 16, 5, 5, 1, 2),
        conv_shape(4, 16, 28, 28, 16, 1, 1, 1, 0), conv_shape(4, 16, 28, 28, 16, 3, 3, 1, 1)};
    shapes[3].dilation_h = shapes[3].dilation_w = 2;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct ts_kernel kernel = conv_kernel(TS_PASS_FORWARD, shapes[i]);
        struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
        CU_ASSERT_FALSE(ts_simt_conv_winograd_fused.applies(&conv));
        CU_ASSERT_FALSE(ts_simt_conv_winograd_nonfused.applies(&conv));
    }
}

static void weight_gradients_of_many_channels_are_nonfused_since_volta(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    static const int64_t channels[] = {63, 64};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        struct ts_kernel kernel = conv_kernel(TS_PASS_BACKWARD_WEIGHT,
                                              conv_shape(8, channels[i], 56, 56, 64, 3, 3, 1, 1));
        struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
        CU_ASSERT_EQUAL(ts_simt_conv_winograd_nonfused.preferred(&conv), channels[i] >= 64);
        machine.params.generation = TS_SIMT_PASCAL;
        CU_ASSERT_FALSE(ts_simt_conv_winograd_nonfused.preferred(&conv));
        machine.params.generation = TS_SIMT_VOLTA;
    }
    /* Too few blocks for 1700 units: implicit GEMM is estimated faster and not taken. */
    machine.arch.units = 1700;
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_WEIGHT, conv_shape(8, 64, 56, 56, 64, 3, 3, 1, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    double cycles = 0;
    CU_ASSERT_PTR_EQUAL(ts_simt_conv_choose(&conv, &cycles), &ts_simt_conv_winograd_nonfused);
    CU_ASSERT_TRUE(ts_simt_conv_implicit.estimate(&conv) < cycles);
}

static void old_libraries_lack_the_nonfused_weight_gradient(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_WEIGHT, conv_shape(8, 64, 28, 28, 64, 3, 3, 1, 1));
    struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, false);
    CU_ASSERT_TRUE(ts_simt_conv_winograd_nonfused.applies(&conv));
    CU_ASSERT_FALSE(ts_simt_conv_winograd_fused.applies(&conv));
    machine.params.library = TS_SIMT_CUBLAS_8;
    CU_ASSERT_FALSE(ts_simt_conv_winograd_nonfused.applies(&conv));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"fused Winograd covers ragged outputs and stores them once",
         fused_winograd_covers_ragged_outputs_and_stores_them_once},
        {"fused blocks walk in the order that reads less",
         fused_blocks_walk_in_the_order_that_reads_less},
        {"non-fused Winograd moves its transforms through memory",
         nonfused_winograd_moves_the_transforms_through_memory},
        {"non-fused products run on the kernels of their generation",
         nonfused_products_run_on_the_kernels_of_their_generation},
        {"filters that the cache holds are written once",
         filters_that_the_cache_holds_are_written_once},
        {"non-fused Winograd wants a clear lead", nonfused_winograd_wants_a_clear_lead},
        {"Winograd needs 3x3 at stride one", winograd_needs_three_by_three_at_stride_one},
        {"weight gradients of many channels are non-fused since Volta",
         weight_gradients_of_many_channels_are_nonfused_since_volta},
        {"old libraries lack the non-fused weight gradient",
         old_libraries_lack_the_nonfused_weight_gradient},
    };
    ts_arena_init(&arena);
    int status = RUN_SUITE("Winograd convolution on GPUs", cases);
    ts_arena_release(&arena);
    return status;
}
