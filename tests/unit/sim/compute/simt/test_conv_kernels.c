/* Which kernels a convolution library has for a pass and a generation. */
#include "conv_machine_support.h"
#include "sim/compute/simt/conv.h"
#include "sim/compute/simt/simt_internal.h"
#include "suite.h"

#include <string.h>

static struct ts_arena arena;

static struct ts_plan planned(const struct ts_simt_conv_algorithm *algorithm,
                              const struct conv_machine *machine, const struct ts_kernel *kernel)
{
    struct ts_plan plan = {0};
    struct ts_simt_conv conv = ts_simt_conv_of(&machine->arch, kernel, false);
    CU_ASSERT_TRUE_FATAL(algorithm->applies(&conv));
    CU_ASSERT_TRUE_FATAL(algorithm->plan(&conv, &arena, &plan));
    return plan;
}

static const struct ts_phase *phase_named(const struct ts_plan *plan, const char *name)
{
    for (int i = 0; i < plan->phase_count; i++) {
        if (strcmp(plan->phases[i].name, name) == 0) {
            return &plan->phases[i];
        }
    }
    return NULL;
}

static void machine_init(struct conv_machine *machine, enum ts_simt_generation generation)
{
    conv_machine_init(machine);
    machine->params.generation = generation;
}

static double gemm_macs(const struct ts_plan *plan)
{
    const struct ts_phase *gemm = phase_named(plan, "gemm");
    CU_ASSERT_PTR_NOT_NULL_FATAL(gemm);
    return gemm->counters.macs;
}

static void a_strided_data_gradient_scatters_before_volta_and_gathers_after(void)
{
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(4, 64, 33, 33, 64, 5, 5, 2, 2));
    double image = 4.0 * 64 * 33 * 33 * 4;
    struct conv_machine machine;
    machine_init(&machine, TS_SIMT_PASCAL);
    struct ts_plan old = planned(&ts_simt_conv_implicit, &machine, &kernel);
    const struct ts_phase *zeros = phase_named(&old, "zero_fill");
    CU_ASSERT_PTR_NOT_NULL_FATAL(zeros);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(zeros, 2), image, 1.0);
    /* Memory sees each pixel's sectors read and written, not every window's. */
    double added = phase_stored_bytes(phase_named(&old, "gemm"), 2);
    CU_ASSERT_TRUE(added >= image);
    CU_ASSERT_TRUE(added <= 4.0 * image * 1.01);

    machine_init(&machine, TS_SIMT_VOLTA);
    struct ts_plan new = planned(&ts_simt_conv_implicit, &machine, &kernel);
    CU_ASSERT_PTR_NULL(phase_named(&new, "zero_fill"));
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(phase_named(&new, "gemm"), 2), image, 1.0);
}

static double first_step_overhead(const struct conv_machine *machine)
{
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(16, 64, 33, 33, 128, 5, 5, 1, 2));
    struct ts_plan plan = planned(&ts_simt_conv_implicit, machine, &kernel);
    const struct ts_phase *gemm = phase_named(&plan, "gemm");
    CU_ASSERT_PTR_NOT_NULL_FATAL(gemm);
    struct ts_tile_step step = {0};
    gemm->step(gemm->context, 0, 0, &step);
    return step.overhead_cycles / step.pipe_cycles;
}

static void integers_cost_slots_where_multiply_adds_need_every_one(void)
{
    struct conv_machine machine;
    machine_init(&machine, TS_SIMT_AMPERE);
    CU_ASSERT_TRUE(ts_simt_hides_integers(&machine.arch));
    double beside = first_step_overhead(&machine);
    machine.arch.vector_macs_per_cycle[TS_FP32] = 128; /* GA10x */
    CU_ASSERT_FALSE(ts_simt_hides_integers(&machine.arch));
    CU_ASSERT_TRUE(first_step_overhead(&machine) > 1.3 * beside);
    machine_init(&machine, TS_SIMT_PASCAL);
    CU_ASSERT_FALSE(ts_simt_hides_integers(&machine.arch));
}

static void slower_atomics_slow_a_scatter_alone(void)
{
    struct conv_machine machine;
    machine_init(&machine, TS_SIMT_PASCAL);
    struct ts_kernel strided =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(4, 64, 65, 65, 8, 5, 5, 2, 2));
    struct ts_kernel whole =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(4, 64, 33, 33, 256, 3, 3, 1, 1));
    double cycles[2][2];
    for (int slow = 0; slow < 2; slow++) {
        /* Both far above what the tiles' loads ask for. */
        machine.arch.memory.cache[1].bandwidth_bytes_per_cycle = slow ? 1024 : 4096;
        struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &strided, false);
        cycles[slow][0] = ts_simt_conv_implicit.estimate(&conv);
        conv = ts_simt_conv_of(&machine.arch, &whole, false);
        cycles[slow][1] = ts_simt_conv_implicit.estimate(&conv);
    }
    CU_ASSERT_TRUE(cycles[1][0] > 1.05 * cycles[0][0]);
    CU_ASSERT_DOUBLE_EQUAL(cycles[1][1], cycles[0][1], 1e-3 * cycles[0][1]);
}

static void images_of_few_channels_are_scattered_to_on_every_generation(void)
{
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(2, 3, 32, 32, 64, 3, 3, 1, 1));
    for (int generation = TS_SIMT_MAXWELL; generation <= TS_SIMT_HOPPER; generation++) {
        struct conv_machine machine;
        machine_init(&machine, (enum ts_simt_generation)generation);
        struct ts_plan plan = planned(&ts_simt_conv_implicit, &machine, &kernel);
        CU_ASSERT_PTR_NOT_NULL(phase_named(&plan, "zero_fill"));
        /* 27 rows in a tile of 64, where a gathering tile would be 128 pixels by 3 of 64 channels.
         */
        CU_ASSERT_TRUE(gemm_macs(&plan) < 2.5 * kernel.macs);
    }
}

static void fused_blocks_span_images_before_volta(void)
{
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(16, 64, 7, 7, 64, 3, 3, 1, 1));
    struct conv_machine pascal, volta;
    machine_init(&pascal, TS_SIMT_PASCAL);
    machine_init(&volta, TS_SIMT_VOLTA);
    struct ts_plan old = planned(&ts_simt_conv_winograd_fused, &pascal, &kernel);
    struct ts_plan new = planned(&ts_simt_conv_winograd_fused, &volta, &kernel);
    /* 4×4 tiles an image: two images a block of 32, or one; two blocks of 32 filters. */
    CU_ASSERT_EQUAL(phase_named(&old, "winograd")->tiles, 8 * 2);
    CU_ASSERT_EQUAL(phase_named(&new, "winograd")->tiles, 16 * 2);
}

static void small_tiles_for_weight_gradients_came_with_cudnn_6(void)
{
    struct conv_machine machine;
    machine_init(&machine, TS_SIMT_PASCAL);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_WEIGHT, conv_shape(8, 1, 48, 480, 16, 3, 3, 1, 1));
    struct ts_plan new = planned(&ts_simt_conv_implicit, &machine, &kernel);
    machine.params.library = TS_SIMT_CUBLAS_8;
    struct ts_plan old = planned(&ts_simt_conv_implicit, &machine, &kernel);
    CU_ASSERT_TRUE(gemm_macs(&new) < gemm_macs(&old));
}

static void cudnn_5_has_one_tile_for_pointwise_weight_gradients(void)
{
    struct conv_machine machine;
    machine_init(&machine, TS_SIMT_PASCAL);
    machine.params.library = TS_SIMT_CUBLAS_8;
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_WEIGHT, conv_shape(8, 64, 56, 56, 64, 1, 1, 1, 0));
    struct ts_plan plan = planned(&ts_simt_conv_implicit, &machine, &kernel);
    /* 64×64 in a tile of 128×128. */
    CU_ASSERT_TRUE(gemm_macs(&plan) >= 4.0 * kernel.macs);
}

static void voltas_matrix_kernels_with_a_stride_take_an_offset_table(void)
{
    for (int generation = TS_SIMT_VOLTA; generation <= TS_SIMT_AMPERE; generation++) {
        for (int stride = 1; stride <= 2; stride++) {
            struct conv_machine machine;
            machine_init(&machine, (enum ts_simt_generation)generation);
            struct ts_kernel kernel =
                conv_kernel(TS_PASS_FORWARD, conv_shape(8, 64, 32, 32, 128, 1, 1, stride, 0));
            kernel.precision = TS_FP16;
            struct ts_simt_conv conv = ts_simt_conv_of(&machine.arch, &kernel, true);
            struct ts_plan plan = {0};
            CU_ASSERT_TRUE_FATAL(ts_simt_conv_implicit.plan(&conv, &arena, &plan));
            bool table = phase_named(&plan, "offsets") != NULL;
            CU_ASSERT_EQUAL(table, stride == 2 && generation < TS_SIMT_AMPERE);
        }
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a strided data gradient scatters before Volta and gathers after",
         a_strided_data_gradient_scatters_before_volta_and_gathers_after},
        {"integers cost slots where multiply-adds need every one",
         integers_cost_slots_where_multiply_adds_need_every_one},
        {"slower atomics slow a scatter alone", slower_atomics_slow_a_scatter_alone},
        {"images of few channels are scattered to on every generation",
         images_of_few_channels_are_scattered_to_on_every_generation},
        {"fused blocks span images before Volta", fused_blocks_span_images_before_volta},
        {"small tiles for weight gradients came with cuDNN 6",
         small_tiles_for_weight_gradients_came_with_cudnn_6},
        {"cuDNN 5 has one tile for pointwise weight gradients",
         cudnn_5_has_one_tile_for_pointwise_weight_gradients},
        {"Volta's matrix kernels with a stride take an offset table",
         voltas_matrix_kernels_with_a_stride_take_an_offset_table},
    };
    ts_arena_init(&arena);
    int status = RUN_SUITE("convolution kernels of GPU libraries", cases);
    ts_arena_release(&arena);
    return status;
}
