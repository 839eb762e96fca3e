/* Softmax of long rows on GPUs: a block a row, which reads it three times. */
#include "conv_machine_support.h"
#include "suite.h"

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static struct ts_kernel softmax_kernel(double rows, double row_elements)
{
    struct ts_operand operand = {.precision = TS_FP32,
                                 .elements = rows * row_elements,
                                 .density = 1.0,
                                 .bits_per_element = 32};
    struct ts_kernel kernel = {.name = "s",
                               .op = "softmax",
                               .kind = TS_KERNEL_VECTOR,
                               .precision = TS_FP32,
                               .vector_class = TS_VECTOR_SOFTMAX,
                               .elements = operand.elements,
                               .ops_per_element = 5,
                               .row_elements = row_elements,
                               .inputs = {operand},
                               .output = operand,
                               .input_count = 1};
    kernel.output.tensor = 1;
    return kernel;
}

static struct ts_phase phase_of(const struct conv_machine *machine, double rows,
                                double row_elements)
{
    struct ts_kernel kernel = softmax_kernel(rows, row_elements);
    struct ts_plan out = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_plan_vector(&machine->arch, &kernel, &arena, &diagnostics, &out));
    CU_ASSERT_EQUAL_FATAL(out.phase_count, 1);
    return out.phases[0];
}

static int steps_of(const struct ts_phase *phase)
{
    struct ts_tile tile = {0};
    phase->tile(phase->context, 0, &tile);
    return tile.steps;
}

static void a_block_reads_its_row_three_times_and_stores_it_once(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_phase phase = phase_of(&machine, 37, 4133);
    CU_ASSERT_EQUAL(phase.tiles, 37);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&phase, 0), 3 * 37 * 4133 * 4.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(phase_stored_bytes(&phase, 1), 37 * 4133 * 4.0, 1.0);
    struct ts_tile_step first = {0}, again = {0};
    phase.step(phase.context, 5, 0, &first);
    phase.step(phase.context, 5, steps_of(&phase) / 3, &again);
    CU_ASSERT_EQUAL(first.load[0].block, again.load[0].block); /* the cache may have it */
    CU_ASSERT_EQUAL(phase.steps_before_stores, steps_of(&phase) / 3);
}

static void rows_up_to_1024_stay_in_the_registers_of_a_warp(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_phase phase = phase_of(&machine, 370, 1024);
    CU_ASSERT_DOUBLE_EQUAL(phase_loaded_bytes(&phase, 0), 370 * 1024 * 4.0, 1.0);
    struct ts_kernel kernel = softmax_kernel(370, 1025);
    CU_ASSERT_TRUE(ts_simt_is_block_softmax(&machine.arch, &kernel));
    kernel.pass = TS_PASS_BACKWARD_DATA;
    CU_ASSERT_FALSE(ts_simt_is_block_softmax(&machine.arch, &kernel));
    kernel.pass = TS_PASS_FORWARD;
    machine.params.library = TS_SIMT_CUBLAS_8;
    CU_ASSERT_FALSE(ts_simt_is_block_softmax(&machine.arch, &kernel));
}

/* 2048 elements are two rounds of 256 threads with four each; 2049 start off a boundary: one round
 * of single elements (512 threads), none of four, and four of what is left. */
static void rows_off_a_boundary_take_more_rounds(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_phase aligned = phase_of(&machine, 37, 2048), odd = phase_of(&machine, 37, 2049);
    CU_ASSERT_EQUAL(steps_of(&aligned), 3 * 2);
    CU_ASSERT_EQUAL(aligned.slots_per_unit, 8);
    CU_ASSERT_EQUAL(steps_of(&odd), 3 * 5);
    CU_ASSERT_EQUAL(odd.slots_per_unit, 4);
}

static void cdna_has_one_large_block_a_unit(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    machine.params.generation = TS_SIMT_CDNA;
    struct ts_phase phase = phase_of(&machine, 37, 2048);
    CU_ASSERT_EQUAL(phase.slots_per_unit, 1);
    CU_ASSERT_EQUAL(steps_of(&phase), 3 * 2); /* 512 threads with four elements: all in the tail */
}

static void a_full_plan_takes_no_softmax(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel = softmax_kernel(37, 2048);
    struct ts_plan full = {.phase_count = TS_MAX_PHASES};
    CU_ASSERT_FALSE(ts_simt_softmax_phase(&machine.arch, &kernel, &arena, &full));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a block reads its row three times and stores it once",
         a_block_reads_its_row_three_times_and_stores_it_once},
        {"rows up to 1024 stay in the registers of a warp",
         rows_up_to_1024_stay_in_the_registers_of_a_warp},
        {"rows off a boundary of 16 bytes take more rounds", rows_off_a_boundary_take_more_rounds},
        {"CDNA has one large block a unit", cdna_has_one_large_block_a_unit},
        {"a full plan takes no softmax", a_full_plan_takes_no_softmax},
    };
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    int status = RUN_SUITE("softmax of long rows on GPUs", cases);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    return status;
}
