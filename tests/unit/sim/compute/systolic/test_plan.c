/* Plans of the systolic family: folds, loads, chunks, what runs where. */
#include "sim/compute/systolic/systolic.h"

#include <CUnit/Basic.h>
#include <string.h>

/* A small TPU v1: 16 x 8 array, accumulators of 64 rows, unified buffer, weight memory, host. */
struct machine {
    struct ts_arch arch;
    struct ts_systolic_params params;
    struct ts_dram_spec dram;
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_plan plan;
};

static void machine_init(struct machine *machine)
{
    memset(machine, 0, sizeof(*machine));
    ts_arena_init(&machine->arena);
    ts_diagnostics_init(&machine->diagnostics);
    machine->params = (struct ts_systolic_params){.rows = 16,
                                                  .columns = 8,
                                                  .dataflow = TS_SYSTOLIC_WS,
                                                  .overlap = true,
                                                  .accumulator_rows = 64,
                                                  .weight_fifo_tiles = 4,
                                                  .padded_tiles = true,
                                                  .weight_path = TS_SYSTOLIC_WEIGHTS_BYPASS,
                                                  .vector_unit = TS_SYSTOLIC_VECTOR_ACTIVATION,
                                                  .vector_lanes = 8};
    machine->params.relative_rate[TS_INT8] = 1;
    machine->params.relative_rate[TS_INT16] = 0.25;
    machine->arch = (struct ts_arch){.name = "tiny", .units = 1, .clock_hz = 1e9};
    machine->arch.params = &machine->params;
    machine->arch.memory.dram = &machine->dram;
    machine->arch.memory.cache_count = 2;
    machine->arch.memory.cache[0] =
        (struct ts_cache_spec){.name = "accumulators", .capacity_bytes = 2048, .line_bytes = 32};
    machine->arch.memory.cache[1] = (struct ts_cache_spec){
        .name = "unified_buffer", .capacity_bytes = 1 << 16, .line_bytes = 8, .shared = true};
    machine->arch.host.bandwidth_bytes_per_s = 1e9;
    machine->arch.host.vector_gops = 10;
}

static void machine_release(struct machine *machine)
{
    ts_arena_release(&machine->arena);
    ts_diagnostics_release(&machine->diagnostics);
}

static struct ts_operand operand(int32_t tensor, double elements, bool is_weight)
{
    return (struct ts_operand){.tensor = tensor,
                               .is_weight = is_weight,
                               .precision = TS_INT8,
                               .elements = elements,
                               .density = 1,
                               .bits_per_element = 8};
}

static struct ts_kernel gemm_kernel(int64_t batch, int64_t m, int64_t n, int64_t k)
{
    struct ts_kernel kernel = {.name = "layer",
                               .op = "fc",
                               .kind = TS_KERNEL_GEMM,
                               .precision = TS_INT8,
                               .batch = batch,
                               .m = m,
                               .n = n,
                               .k = k};
    kernel.a = operand(0, (double)(batch * m * k), false);
    kernel.b = operand(1, (double)(batch * n * k), true);
    kernel.c = operand(2, (double)(batch * m * n), false);
    return kernel;
}

static bool plan(struct machine *machine, const struct ts_kernel *kernel)
{
    return ts_systolic_family.plan(&machine->arch, kernel, 1, &machine->arena,
                                   &machine->diagnostics, &machine->plan);
}

static double pipe_cycles(const struct ts_phase *phase)
{
    double cycles = 0;
    for (int64_t i = 0; i < phase->tiles; i++) {
        struct ts_tile tile;
        phase->tile(phase->context, i, &tile);
        for (int s = 0; s < tile.steps; s++) {
            struct ts_tile_step step;
            phase->step(phase->context, i, s, &step);
            cycles += step.pipe_cycles;
            CU_ASSERT_TRUE(step.fill_drain_cycles >= 0 &&
                           step.fill_drain_cycles <= step.pipe_cycles);
        }
    }
    return cycles;
}

static void weights_come_as_whole_tiles_past_the_buffer(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = gemm_kernel(1, 23, 17, 31);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    const struct ts_phase *phase = &machine.plan.phases[0];
    CU_ASSERT_EQUAL(machine.plan.phase_count, 1);
    CU_ASSERT_EQUAL(phase->tiles, 3); /* 17 columns on 8 */
    uint32_t seen = 0;
    for (int64_t i = 0; i < 3; i++) {
        for (int s = 0; s < 2; s++) { /* k 31 on 16 rows */
            struct ts_tile_step step;
            phase->step(phase->context, i, s, &step);
            CU_ASSERT_EQUAL(step.load_count, 2);
            CU_ASSERT_EQUAL(step.load[0].path, TS_PATH_BYPASS);
            CU_ASSERT_DOUBLE_EQUAL(step.load[0].rows * step.load[0].row_bytes, 128, 0);
            CU_ASSERT_FALSE(seen >> step.load[0].block & 1);
            seen |= 1u << step.load[0].block;
            CU_ASSERT_EQUAL(step.load[1].path, TS_PATH_CACHED);
            CU_ASSERT_DOUBLE_EQUAL(step.load[1].rows * step.load[1].row_bytes, 23 * (s ? 15 : 16),
                                   1e-9);
            CU_ASSERT_EQUAL(step.ready_cycles, 16);
        }
    }
    CU_ASSERT_EQUAL(seen, 63);
    CU_ASSERT_EQUAL(pipe_cycles(phase), 3 * 2 * 23);
    machine_release(&machine);
}

static void a_short_stream_waits_for_the_shift_off_the_pipe(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = gemm_kernel(1, 3, 17, 31);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    const struct ts_phase *phase = &machine.plan.phases[0];
    CU_ASSERT_EQUAL(pipe_cycles(phase), 3 * 2 * 3);
    struct ts_tile_step step;
    phase->step(phase->context, 0, 0, &step);
    CU_ASSERT_EQUAL(step.ready_cycles, 16);
    kernel.b.precision = TS_INT16; /* twice as wide */
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    phase->step(phase->context, 0, 0, &step);
    CU_ASSERT_EQUAL(step.ready_cycles, 32);
    machine_release(&machine);
}

static void wide_activations_run_at_half_speed(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = gemm_kernel(1, 23, 17, 31);
    kernel.a.precision = TS_INT16;
    kernel.a.bits_per_element = 16;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL(pipe_cycles(&machine.plan.phases[0]), 3 * 2 * 46);
    CU_ASSERT_EQUAL(ts_systolic_rate(&machine.arch, TS_INT16, TS_INT16, TS_INT8), 0.25);
    CU_ASSERT_EQUAL(ts_systolic_rate(&machine.arch, TS_FP32, TS_INT4, TS_INT8), 1);
    machine_release(&machine);
}

static void chunks_leave_room_for_the_one_that_drains(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = gemm_kernel(1, 70, 8, 16);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    const struct ts_phase *phase = &machine.plan.phases[0];
    CU_ASSERT_EQUAL(phase->tiles, 3); /* 32 rows at most: 24 + 24 + 22 */
    CU_ASSERT_EQUAL(pipe_cycles(phase), 70);
    struct ts_tile_step step;
    phase->step(phase->context, 0, 0, &step);
    /* stream, skew of the array, then the activation pipeline row by row */
    CU_ASSERT_EQUAL(step.latency_cycles, 24 + (16 + 8 - 2) + 24);
    machine_release(&machine);
}

static void depthwise_channels_share_a_fold(void)
{
    struct machine machine;
    machine_init(&machine);
    /* 3 taps, 1 output each: 5 fit 16 rows, 8 fit 8 columns. */
    struct ts_kernel kernel = gemm_kernel(23, 20, 1, 3);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL(machine.plan.phases[0].tiles, 5);
    CU_ASSERT_EQUAL(machine.plan.executed_macs, 23 * 20 * 3);
    kernel.b.is_weight = false; /* matrices made at run time stand one by one */
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL(machine.plan.phases[0].tiles, 23);
    machine_release(&machine);
}

static void taps_of_a_convolution_share_the_pixels(void)
{
    struct machine machine;
    machine_init(&machine);
    /* 7 x 7 pixels of 4 channels, 3 x 3 taps: k = 36, three folds of rows. */
    struct ts_kernel kernel = gemm_kernel(1, 49, 8, 36);
    kernel.has_conv = true;
    kernel.a.elements = 7 * 7 * 4;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    const struct ts_phase *phase = &machine.plan.phases[0];
    double largest[4] = {0};
    for (int64_t i = 0; i < phase->tiles; i++) {
        for (int s = 0; s < 3; s++) {
            struct ts_tile_step step;
            phase->step(phase->context, i, s, &step);
            const struct ts_tile_load *load = &step.load[1];
            CU_ASSERT_TRUE_FATAL(load->block < 4);
            if (load->rows * load->row_bytes > largest[load->block]) {
                largest[load->block] = load->rows * load->row_bytes;
            }
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(largest[0] + largest[1] + largest[2] + largest[3], 196, 1e-6);
    machine_release(&machine);
}

static void every_dataflow_streams_what_it_should(void)
{
    struct machine machine;
    machine_init(&machine);
    machine.params.accumulator_rows = 0;
    struct ts_kernel kernel = gemm_kernel(2, 23, 17, 31);
    const double expected[] = {2 * 3 * 2 * 23, 2 * 2 * 3 * 31, 2 * 3 * 2 * 17};
    for (int dataflow = TS_SYSTOLIC_WS; dataflow <= TS_SYSTOLIC_IS; dataflow++) {
        machine.params.dataflow = dataflow;
        CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
        CU_ASSERT_EQUAL(pipe_cycles(&machine.plan.phases[0]), expected[dataflow]);
    }
    machine_release(&machine);
}

static void networks_data_cross_the_host_link_once(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = gemm_kernel(1, 23, 17, 31);
    kernel.a.is_network_io = kernel.c.is_network_io = true;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL_FATAL(machine.plan.phase_count, 2);
    const struct ts_phase *input = &machine.plan.phases[0];
    struct ts_tile_step step;
    input->step(input->context, 0, 0, &step);
    CU_ASSERT_EQUAL(step.load[0].path, TS_PATH_HOST);
    CU_ASSERT_DOUBLE_EQUAL(step.load[0].row_bytes, 23 * 31, 0);
    const struct ts_phase *gemm = &machine.plan.phases[1];
    double stored = 0;
    for (int64_t i = 0; i < gemm->tiles; i++) {
        struct ts_tile tile;
        gemm->tile(gemm->context, i, &tile);
        CU_ASSERT_EQUAL(tile.store[0].path, TS_PATH_HOST);
        stored += tile.store[0].rows * tile.store[0].row_bytes;
    }
    CU_ASSERT_DOUBLE_EQUAL(stored, 23 * 17, 1e-9);
    machine_release(&machine);
}

static struct ts_kernel vector_kernel(enum ts_vector_class class, const char *op)
{
    struct ts_kernel kernel = {.name = "vector",
                               .op = op,
                               .kind = TS_KERNEL_VECTOR,
                               .precision = TS_INT8,
                               .vector_class = class,
                               .elements = 1700,
                               .ops_per_element = 3,
                               .row_elements = 17,
                               .input_count = 1};
    kernel.inputs[0] = operand(0, 1700, false);
    kernel.output = operand(1, 1700, false);
    return kernel;
}

static void what_the_activation_pipeline_lacks_runs_on_the_host(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel relu = vector_kernel(TS_VECTOR_ELEMENTWISE, "relu");
    CU_ASSERT_TRUE_FATAL(plan(&machine, &relu));
    CU_ASSERT_STRING_EQUAL(machine.plan.ran_on, "vector");
    CU_ASSERT_DOUBLE_EQUAL(pipe_cycles(&machine.plan.phases[0]), 1700 * 3 / 8.0, 1e-9);
    struct ts_kernel softmax = vector_kernel(TS_VECTOR_SOFTMAX, "softmax");
    CU_ASSERT_TRUE_FATAL(plan(&machine, &softmax));
    CU_ASSERT_STRING_EQUAL(machine.plan.ran_on, "host");
    CU_ASSERT_DOUBLE_EQUAL(pipe_cycles(&machine.plan.phases[0]), 1700 * 3 / 10.0, 1e-9);
    machine.arch.host.vector_gops = 0;
    CU_ASSERT_FALSE(plan(&machine, &softmax));
    CU_ASSERT_EQUAL_FATAL(machine.diagnostics.kept, 1);
    CU_ASSERT_EQUAL(machine.diagnostics.entries[0].code, TS_ERROR_UNSUPPORTED);
    machine_release(&machine);
}

static void placing_parts_of_a_tensor_takes_no_time(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel concat = vector_kernel(TS_VECTOR_MOVE, "concat");
    CU_ASSERT_TRUE_FATAL(plan(&machine, &concat));
    CU_ASSERT_TRUE(pipe_cycles(&machine.plan.phases[0]) > 0);
    machine.arch.fuse = true;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &concat));
    CU_ASSERT_EQUAL(pipe_cycles(&machine.plan.phases[0]), 0);
    machine_release(&machine);
}

static void work_is_cut_for_all_arrays(void)
{
    struct machine machine;
    machine_init(&machine);
    machine.arch.units = 4;
    machine.params.accumulator_rows = 0;
    struct ts_kernel kernel = gemm_kernel(1, 640, 8, 16);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_TRUE(machine.plan.phases[0].tiles >= 4);
    CU_ASSERT_EQUAL(pipe_cycles(&machine.plan.phases[0]), 640);
    machine_release(&machine);
}

static void impossible_configurations_are_refused(void)
{
    struct machine machine;
    machine_init(&machine);
    CU_ASSERT_TRUE(ts_systolic_family.check(&machine.arch, &machine.params, &machine.diagnostics));
    machine.arch.memory.dram = NULL;
    CU_ASSERT_FALSE(ts_systolic_family.check(&machine.arch, &machine.params, &machine.diagnostics));
    CU_ASSERT_EQUAL(machine.diagnostics.entries[0].code, TS_ERROR_CONFLICT);
    machine.params.accumulator_rows = 1;
    CU_ASSERT_FALSE(ts_systolic_family.check(&machine.arch, &machine.params, &machine.diagnostics));
    CU_ASSERT_EQUAL(machine.diagnostics.entries[1].code, TS_ERROR_CONFLICT);
    machine_release(&machine);
}

static void rates_come_from_whichever_key_states_them(void)
{
    struct machine machine;
    machine_init(&machine);
    CU_ASSERT_EQUAL(ts_systolic_family.peak_macs_per_cycle(&machine.arch, TS_INT8), 128);
    CU_ASSERT_EQUAL(ts_systolic_family.peak_macs_per_cycle(&machine.arch, TS_FP32), 0);
    memset(machine.params.relative_rate, 0, sizeof(machine.params.relative_rate));
    machine.arch.default_precision = TS_BF16;
    CU_ASSERT_EQUAL(ts_systolic_precision_rate(&machine.arch, TS_BF16), 1);
    CU_ASSERT_EQUAL(ts_systolic_precision_rate(&machine.arch, TS_INT8), 0);
    machine.arch.matrix_macs_per_cycle[TS_INT8] = 64;
    CU_ASSERT_EQUAL(ts_systolic_precision_rate(&machine.arch, TS_INT8), 0.5);
    CU_ASSERT_EQUAL(ts_systolic_precision_rate(&machine.arch, TS_BF16), 0);
    CU_ASSERT_EQUAL(ts_systolic_vector_lanes(&machine.arch, TS_INT8), 8);
    machine.params.vector_lanes = 0;
    machine.arch.vector_macs_per_cycle[TS_INT8] = 5;
    CU_ASSERT_EQUAL(ts_systolic_vector_lanes(&machine.arch, TS_INT8), 5);
    CU_ASSERT_EQUAL(ts_systolic_vector_lanes(&machine.arch, TS_FP32), 8);
    machine_release(&machine);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("systolic plans", NULL, NULL);
    CU_add_test(suite, "weights come as whole tiles past the buffer",
                weights_come_as_whole_tiles_past_the_buffer);
    CU_add_test(suite, "a short stream waits for the shift off the pipe",
                a_short_stream_waits_for_the_shift_off_the_pipe);
    CU_add_test(suite, "16-bit activations run at half speed", wide_activations_run_at_half_speed);
    CU_add_test(suite, "chunks leave room for the one that drains",
                chunks_leave_room_for_the_one_that_drains);
    CU_add_test(suite, "depthwise channels share a fold", depthwise_channels_share_a_fold);
    CU_add_test(suite, "taps of a convolution share the pixels",
                taps_of_a_convolution_share_the_pixels);
    CU_add_test(suite, "every dataflow streams what it should",
                every_dataflow_streams_what_it_should);
    CU_add_test(suite, "a network's data cross the host link once",
                networks_data_cross_the_host_link_once);
    CU_add_test(suite, "what the activation pipeline lacks runs on the host",
                what_the_activation_pipeline_lacks_runs_on_the_host);
    CU_add_test(suite, "placing parts of a tensor takes no time",
                placing_parts_of_a_tensor_takes_no_time);
    CU_add_test(suite, "work is cut for all arrays", work_is_cut_for_all_arrays);
    CU_add_test(suite, "rates come from whichever key states them",
                rates_come_from_whichever_key_states_them);
    CU_add_test(suite, "impossible configurations are refused",
                impossible_configurations_are_refused);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
