/* Vector kernels on GPUs: what they read, write and issue. */
#include "conv_machine_support.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static struct ts_operand operand(int32_t tensor, double elements)
{
    return (struct ts_operand){.tensor = tensor,
                               .precision = TS_FP32,
                               .elements = elements,
                               .density = 1.0,
                               .bits_per_element = 32};
}

/* Reads tensor 0, writes tensor 1. */
static struct ts_kernel vector_kernel(enum ts_vector_class class, double elements)
{
    return (struct ts_kernel){.name = "v",
                              .op = "v",
                              .kind = TS_KERNEL_VECTOR,
                              .precision = TS_FP32,
                              .vector_class = class,
                              .elements = elements,
                              .ops_per_element = 2,
                              .row_elements = 1,
                              .inputs = {operand(0, elements)},
                              .output = operand(1, elements),
                              .input_count = 1};
}

static struct ts_plan plan(const struct conv_machine *machine, const struct ts_kernel *kernel)
{
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_plan_vector(&machine->arch, kernel, &arena, &diagnostics, &out));
    return out;
}

static void elementwise_moves_each_operand_once(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    double elements = 17 * 23 * 31 * 101;
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_ELEMENTWISE, elements);
    kernel.inputs[1] = operand(5, elements);
    kernel.input_count = 2;
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_EQUAL_FATAL(out.phase_count, 1);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 0), elements * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 5), elements * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&out.phases[0], 1), elements * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(out.phases[0].counters.vector_ops, elements * 2, 0.5);
    CU_ASSERT_STRING_EQUAL(out.ran_on, "vector");
}

static void one_element_is_one_block(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_ELEMENTWISE, 1);
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_EQUAL(out.phases[0].tiles, 1);
    CU_ASSERT_DOUBLE_EQUAL(out.phases[0].launch_cycles, 4e-6 * 1.5e9, 1e-6);
}

static void huge_tensors_keep_the_number_of_blocks_bounded(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_ELEMENTWISE, 1e10);
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_TRUE(out.phases[0].tiles <= 17 * 8 * 32);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&out.phases[0], 1), 4e10, 1e3);
}

static void long_rows_are_read_twice_and_short_ones_once(void)
{
    static const enum ts_vector_class classes[] = {TS_VECTOR_NORMALIZE, TS_VECTOR_SOFTMAX};
    struct conv_machine machine;
    conv_machine_init(&machine);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct ts_kernel kernel = vector_kernel(classes[i], 4096.0 * 1024);
        kernel.op = "batchnorm"; /* rows of other normalisations have a block each */
        kernel.row_elements = 1024;
        struct ts_plan out = plan(&machine, &kernel);
        CU_ASSERT_EQUAL(out.phase_count, 1);
        kernel.row_elements = 65536;
        out = plan(&machine, &kernel);
        CU_ASSERT_EQUAL_FATAL(out.phase_count, 2);
        double read = phase_loaded_bytes(&out.phases[0], 0) + phase_loaded_bytes(&out.phases[1], 0);
        CU_ASSERT_DOUBLE_EQUAL(read, 2 * 4096.0 * 1024 * 4, 1.0);
        CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&out.phases[0], 1), 0.0, 0.0);
        CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&out.phases[1], 1), 4096.0 * 1024 * 4, 1.0);
    }
}

static void layer_normalisation_reads_each_row_twice(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_NORMALIZE, 37.0 * 1001);
    kernel.op = "layernorm";
    kernel.row_elements = 1001;
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_EQUAL_FATAL(out.phase_count, 1);
    CU_ASSERT_EQUAL(out.phases[0].tiles, 37);
    /* Blocks of 128 threads: 2048 / 128 of them on a unit. */
    CU_ASSERT_EQUAL(out.phases[0].slots_per_unit, 16);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 0), 2 * 37 * 1001 * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&out.phases[0], 1), 37 * 1001 * 4, 1.0);
    struct ts_tile_step first = {0}, second = {0};
    out.phases[0].step(out.phases[0].context, 5, 0, &first);
    out.phases[0].step(out.phases[0].context, 5, 1, &second);
    CU_ASSERT_EQUAL(first.load[0].block, second.load[0].block); /* the cache may have it */
    CU_ASSERT_TRUE(first.pipe_cycles > second.pipe_cycles);
    CU_ASSERT_TRUE(first.latency_cycles > first.pipe_cycles);
    struct ts_plan full = {.phase_count = TS_MAX_PHASES};
    CU_ASSERT_FALSE(ts_simt_layernorm_phase(&machine.arch, &kernel, &arena, &full));
}

static void only_forward_rows_have_a_block_each(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_NORMALIZE, 4096);
    kernel.op = "layernorm";
    CU_ASSERT_TRUE(ts_simt_is_layernorm(&machine.arch, &kernel));
    kernel.pass = TS_PASS_BACKWARD_DATA;
    CU_ASSERT_FALSE(ts_simt_is_layernorm(&machine.arch, &kernel));
    kernel.pass = TS_PASS_FORWARD;
    machine.params.library = TS_SIMT_CUBLAS_8;
    CU_ASSERT_FALSE(ts_simt_is_layernorm(&machine.arch, &kernel));
    machine.params.library = TS_SIMT_CUBLAS_11;
    kernel.op = "batchnorm";
    CU_ASSERT_FALSE(ts_simt_is_layernorm(&machine.arch, &kernel));
    kernel.op = "softmax";
    kernel.vector_class = TS_VECTOR_SOFTMAX;
    CU_ASSERT_FALSE(ts_simt_is_layernorm(&machine.arch, &kernel));
}

static void old_batch_normalisation_has_a_block_a_channel(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_NORMALIZE, 37.0 * 17 * 23 * 31);
    kernel.op = "batchnorm";
    kernel.row_elements = 17 * 23 * 31;
    machine.params.library = TS_SIMT_CUBLAS_8;
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_EQUAL_FATAL(out.phase_count, 1);
    CU_ASSERT_EQUAL(out.phases[0].tiles, 37);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 0), 2 * kernel.elements * 4, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&out.phases[0], 1), kernel.elements * 4, 1.0);
    /* 2 KiB in flight a block, 1.75 us a round; the first one's load is the engine's. */
    struct ts_tile_step step = {0};
    out.phases[0].step(out.phases[0].context, 3, 2, &step);
    double round = 1.75e-6 * machine.arch.clock_hz;
    CU_ASSERT_DOUBLE_EQUAL(step.latency_cycles, 17 * 23 * 31 * 4 / 2048.0 / 8 * round, 1.0);
    out.phases[0].step(out.phases[0].context, 3, 0, &step);
    CU_ASSERT_DOUBLE_EQUAL(step.latency_cycles, 17 * 23 * 31 * 4 / 2048.0 / 8 * round - 650, 1.0);
    machine.params.library = TS_SIMT_CUBLAS_11;
    out = plan(&machine, &kernel);
    CU_ASSERT_TRUE(out.phases[0].tiles > 37);
    struct ts_plan full = {.phase_count = TS_MAX_PHASES};
    CU_ASSERT_FALSE(ts_simt_row_phase(&machine.arch, &kernel, &arena, &full));
}

static void old_batch_normalisation_reads_short_rows_once(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    machine.params.library = TS_SIMT_CUBLAS_8;
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_NORMALIZE, 37.0 * 16 * 512);
    kernel.op = "batchnorm";
    kernel.row_elements = 16 * 512;
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 0), kernel.elements * 4, 1.0);
    struct ts_tile_step step = {0};
    out.phases[0].step(out.phases[0].context, 3, 2, &step);
    CU_ASSERT_DOUBLE_EQUAL(step.latency_cycles, 1.75e-6 * machine.arch.clock_hz / 8, 1.0);
    kernel = vector_kernel(TS_VECTOR_NORMALIZE, 37.0 * (16 * 512 + 1));
    kernel.op = "batchnorm";
    kernel.row_elements = 16 * 512 + 1;
    out = plan(&machine, &kernel);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 0), 2 * kernel.elements * 4, 1.0);
}

/* Caffe's ReLU: a thread an element, four blocks of 512 a unit, 1.75 us each. */
static void an_element_a_thread_is_bound_by_latency(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    for (double elements = 1e3; elements < 1e9; elements *= 17) {
        struct ts_kernel kernel = vector_kernel(TS_VECTOR_ELEMENTWISE, elements);
        machine.params.library = TS_SIMT_CUBLAS_8;
        struct ts_plan out = plan(&machine, &kernel);
        struct ts_tile tile = {0};
        struct ts_tile_step step = {0};
        double latency = 0.0, loaded = 0.0;
        out.phases[0].tile(out.phases[0].context, 0, &tile);
        for (int i = 0; i < tile.steps; i++) {
            out.phases[0].step(out.phases[0].context, 0, i, &step);
            latency += step.latency_cycles;
            loaded += step.load[0].rows * step.load[0].row_bytes;
        }
        double tiles = (double)out.phases[0].tiles;
        CU_ASSERT_DOUBLE_EQUAL(loaded * tiles, elements * 4, 1e-6 * elements);
        double rounds = elements / tiles / 1024;
        /* Less the first load, 650 cycles, and the start of the block, 60. */
        CU_ASSERT_DOUBLE_EQUAL(latency, fmax(0, rounds * 1.75e-6 * 1.5e9 - 710), 60.0);
        machine.params.library = TS_SIMT_CUBLAS_11;
        out = plan(&machine, &kernel);
        out.phases[0].step(out.phases[0].context, 0, 0, &step);
        CU_ASSERT_DOUBLE_EQUAL(step.latency_cycles, step.pipe_cycles, 1e-9);
    }
}

static void overlapping_windows_are_served_by_the_unit(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_POOL, 16.0 * 55 * 55);
    kernel.inputs[0] = operand(0, 16.0 * 111 * 111);
    kernel.row_elements = 9;
    struct ts_plan out = plan(&machine, &kernel);
    const struct ts_phase *phase = &out.phases[0];
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(phase, 0), 16.0 * 111 * 111 * 4, 1.0);
    double private_bytes =
        phase->counters.level_read_bytes[0] + phase->counters.level_write_bytes[0];
    CU_ASSERT_TRUE(private_bytes >= 16.0 * 55 * 55 * 9 * 4);
}

static void a_gather_reads_the_chosen_rows_only(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = vector_kernel(TS_VECTOR_GATHER, 512.0 * 768);
    kernel.inputs[0] = operand(0, 30522.0 * 768);
    kernel.row_elements = 768;
    struct ts_plan out = plan(&machine, &kernel);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&out.phases[0], 0), 512.0 * 768 * 4, 1.0);
    struct ts_tile_step step = {0};
    out.phases[0].step(out.phases[0].context, 0, 0, &step);
    CU_ASSERT_TRUE(step.load[0].pitch_bytes > step.load[0].row_bytes);
    CU_ASSERT_TRUE(step.load[0].row_bytes <= 768 * 4);
}

static void parts_of_a_step_never_exceed_it(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    for (int class = TS_VECTOR_ELEMENTWISE; class <= TS_VECTOR_UPDATE; class ++) {
        for (double ops = 0; ops < 400; ops += 57) {
            struct ts_kernel kernel = vector_kernel((enum ts_vector_class) class, 17 * 1023);
            kernel.ops_per_element = ops;
            kernel.row_elements = 17;
            struct ts_plan out = plan(&machine, &kernel);
            struct ts_tile_step step = {0};
            out.phases[0].step(out.phases[0].context, 0, 0, &step);
            double parts = step.fill_drain_cycles + step.imbalance_cycles + step.cache_cycles +
                           step.overhead_cycles;
            CU_ASSERT_TRUE(parts <= step.pipe_cycles * (1 + 1e-12));
        }
    }
}

static void estimates_fall_with_bandwidth_and_rise_with_bytes(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    double last = 0;
    for (double bytes = 1e3; bytes < 1e9; bytes *= 7) {
        struct ts_simt_stream stream = {.name = "s", .elements = bytes / 4, .load_count = 1};
        stream.load[0].bytes = bytes;
        double cycles = ts_simt_stream_estimate(&machine.arch, &stream);
        CU_ASSERT_TRUE(cycles >= last);
        last = cycles;
        machine.arch.memory.dram_bandwidth_bytes_per_s *= 2;
        CU_ASSERT_TRUE(ts_simt_stream_estimate(&machine.arch, &stream) <= cycles);
        machine.arch.memory.dram_bandwidth_bytes_per_s /= 2;
    }
}

static void a_full_plan_takes_no_more_phases(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_simt_stream stream = {.name = "s", .elements = 17};
    struct ts_plan out = {.phase_count = TS_MAX_PHASES};
    CU_ASSERT_FALSE(ts_simt_stream_phase(&machine.arch, &stream, &arena, &out));
    CU_ASSERT_EQUAL(out.phase_count, TS_MAX_PHASES);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {
        {"an element-wise kernel moves each operand once", elementwise_moves_each_operand_once},
        {"one element is one block", one_element_is_one_block},
        {"huge tensors keep the number of blocks bounded",
         huge_tensors_keep_the_number_of_blocks_bounded},
        {"long rows are read twice, short ones once", long_rows_are_read_twice_and_short_ones_once},
        {"layer normalisation reads each row twice", layer_normalisation_reads_each_row_twice},
        {"only forward rows have a block each", only_forward_rows_have_a_block_each},
        {"old batch normalisation has a block a channel",
         old_batch_normalisation_has_a_block_a_channel},
        {"old batch normalisation reads short rows once",
         old_batch_normalisation_reads_short_rows_once},
        {"an element a thread is bound by latency", an_element_a_thread_is_bound_by_latency},
        {"overlapping windows are served by the unit", overlapping_windows_are_served_by_the_unit},
        {"a gather reads the chosen rows only", a_gather_reads_the_chosen_rows_only},
        {"parts of a step never exceed it", parts_of_a_step_never_exceed_it},
        {"estimates fall with bandwidth and rise with bytes",
         estimates_fall_with_bandwidth_and_rise_with_bytes},
        {"a full plan takes no more phases", a_full_plan_takes_no_more_phases},
    };
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("vector kernels on GPUs", NULL, NULL);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        CU_add_test(suite, tests[i].name, tests[i].run);
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    return failures ? 1 : 0;
}
