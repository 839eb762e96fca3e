/* Plans of the sparse family: PEs as tiles, what crosses the host link, what runs where. */
#include "sim/compute/sparse/sparse.h"

#include <CUnit/Basic.h>
#include <string.h>

/* EIE with 8 PEs and small memories: 4 KiB of weights in all, 256 bytes of activations. */
struct machine {
    struct ts_arch arch;
    struct ts_sparse_params params;
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_plan plan;
};

static void machine_init(struct machine *machine)
{
    memset(machine, 0, sizeof(*machine));
    ts_arena_init(&machine->arena);
    ts_diagnostics_init(&machine->diagnostics);
    machine->params = (struct ts_sparse_params){.fifo_depth = 8,
                                                .index_bits = 4,
                                                .weight_bits = 4,
                                                .registers = 64,
                                                .row_density_cv = 0.2,
                                                .pipeline_cycles = 4,
                                                .sram_word_bytes = 8,
                                                .vector_ops_per_pe = 1};
    machine->arch = (struct ts_arch){.name = "tiny", .units = 8, .clock_hz = 1e9};
    machine->arch.params = &machine->params;
    machine->arch.memory.cache_count = 3;
    machine->arch.memory.cache[0] =
        (struct ts_cache_spec){.name = "activation", .capacity_bytes = 32, .line_bytes = 8};
    machine->arch.memory.cache[1] =
        (struct ts_cache_spec){.name = "pointer", .capacity_bytes = 256, .line_bytes = 2};
    machine->arch.memory.cache[2] =
        (struct ts_cache_spec){.name = "spmat", .capacity_bytes = 512, .line_bytes = 8};
    machine->arch.host.bandwidth_bytes_per_s = 1e9;
}

static void machine_release(struct machine *machine)
{
    ts_arena_release(&machine->arena);
    ts_diagnostics_release(&machine->diagnostics);
}

static struct ts_operand operand(int32_t tensor, double elements, double density, bool is_weight)
{
    return (struct ts_operand){.tensor = tensor,
                               .is_weight = is_weight,
                               .precision = TS_INT16,
                               .elements = elements,
                               .density = density,
                               .bits_per_element = 16};
}

static struct ts_kernel product(int64_t m, int64_t n, int64_t k, double weights, double activations)
{
    struct ts_kernel kernel = {.name = "layer",
                               .op = "fc",
                               .kind = TS_KERNEL_GEMM,
                               .precision = TS_INT16,
                               .batch = 1,
                               .m = m,
                               .n = n,
                               .k = k};
    kernel.a = operand(0, (double)(m * k), activations, false);
    kernel.b = operand(1, (double)(n * k), weights, true);
    kernel.c = operand(2, (double)(m * n), 1, false);
    return kernel;
}

static bool plan(struct machine *machine, const struct ts_kernel *kernel)
{
    return ts_sparse_family.plan(&machine->arch, kernel, 1, &machine->arena, &machine->diagnostics,
                                 &machine->plan);
}

static struct ts_tile_step step_of(const struct machine *machine, int64_t pe)
{
    struct ts_tile_step step;
    const struct ts_phase *phase = &machine->plan.phases[0];
    phase->step(phase->context, pe, 0, &step);
    return step;
}

static void every_pe_works_as_long_as_the_slowest(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = product(1, 23, 31, 0.3, 0.5);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL(machine.plan.phases[0].tiles, 8);
    double entries = 0;
    for (int64_t pe = 0; pe < 8; pe++) {
        const struct ts_tile_step step = step_of(&machine, pe);
        CU_ASSERT_EQUAL(step.pipe_cycles, step_of(&machine, 0).pipe_cycles);
        CU_ASSERT_EQUAL(step.load_count, 0);
        entries += step.pipe_cycles - step.fill_drain_cycles - step.imbalance_cycles;
    }
    CU_ASSERT_DOUBLE_EQUAL(entries, machine.plan.phases[0].counters.macs, 1e-6);
    machine_release(&machine);
}

static void more_vectors_take_as_many_times_as_long(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel one = product(1, 23, 31, 0.3, 0.5), many = product(37, 23, 31, 0.3, 0.5);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &one));
    const double once = step_of(&machine, 0).pipe_cycles;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &many));
    const struct ts_phase *phase = &machine.plan.phases[0];
    struct ts_tile tile;
    phase->tile(phase->context, 0, &tile);
    CU_ASSERT_DOUBLE_EQUAL(step_of(&machine, 0).pipe_cycles * tile.steps, 37 * once, 1e-6);
    machine_release(&machine);
}

static void weights_that_do_not_fit_come_over_the_link(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = product(1, 64, 100, 0.5, 1); /* 3200 entries of a byte: fit */
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL(step_of(&machine, 0).load_count, 0);
    kernel.network_parameters = 20000; /* its network does not */
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL_FATAL(step_of(&machine, 0).load_count, 1);
    CU_ASSERT_EQUAL(step_of(&machine, 0).load[0].path, TS_PATH_HOST);
    CU_ASSERT_DOUBLE_EQUAL(step_of(&machine, 0).load[0].row_bytes * 8 * 16, 3200, 1e-9);
    machine_release(&machine);
}

static void activations_that_do_not_fit_come_over_the_link(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel kernel = product(2, 16, 100, 0.5, 1);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL_FATAL(step_of(&machine, 0).load_count, 1);
    CU_ASSERT_EQUAL(step_of(&machine, 0).load[0].tensor, 0);
    machine.arch.host.bandwidth_bytes_per_s = 0;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &kernel));
    CU_ASSERT_EQUAL(step_of(&machine, 0).load_count, 0);
    machine_release(&machine);
}

static struct ts_kernel vector_kernel(enum ts_vector_class class)
{
    struct ts_kernel kernel = {.name = "vector",
                               .op = "vector",
                               .kind = TS_KERNEL_VECTOR,
                               .precision = TS_INT16,
                               .vector_class = class,
                               .elements = 51,
                               .ops_per_element = 2,
                               .row_elements = 1,
                               .input_count = 1};
    kernel.inputs[0] = operand(0, 51, 1, false);
    kernel.output = operand(1, 51, 1, false);
    return kernel;
}

static void element_wise_work_runs_in_the_pes_the_rest_on_the_host(void)
{
    struct machine machine;
    machine_init(&machine);
    struct ts_kernel add = vector_kernel(TS_VECTOR_ELEMENTWISE);
    CU_ASSERT_TRUE_FATAL(plan(&machine, &add));
    CU_ASSERT_STRING_EQUAL(machine.plan.ran_on, "vector");
    CU_ASSERT_DOUBLE_EQUAL(step_of(&machine, 0).pipe_cycles, 51 * 2 / 8.0, 1e-9);
    struct ts_kernel pool = vector_kernel(TS_VECTOR_POOL);
    CU_ASSERT_FALSE(plan(&machine, &pool));
    CU_ASSERT_EQUAL(machine.diagnostics.entries[0].code, TS_ERROR_UNSUPPORTED);
    machine.arch.host.vector_gops = 1;
    CU_ASSERT_TRUE_FATAL(plan(&machine, &pool));
    CU_ASSERT_STRING_EQUAL(machine.plan.ran_on, "host");
    CU_ASSERT_DOUBLE_EQUAL(step_of(&machine, 0).pipe_cycles, 51 * 2, 1e-9);
    CU_ASSERT_EQUAL(step_of(&machine, 0).load[0].path, TS_PATH_HOST);
    machine_release(&machine);
}

static void impossible_configurations_are_refused(void)
{
    struct machine machine;
    machine_init(&machine);
    CU_ASSERT_TRUE(ts_sparse_family.check(&machine.arch, &machine.params, &machine.diagnostics));
    machine.arch.matrix_macs_per_cycle[TS_INT16] = 2;
    CU_ASSERT_FALSE(ts_sparse_family.check(&machine.arch, &machine.params, &machine.diagnostics));
    CU_ASSERT_EQUAL(machine.diagnostics.entries[0].code, TS_ERROR_RANGE);
    machine.arch.matrix_macs_per_cycle[TS_INT16] = 1;
    machine.params.sram_word_bytes = 1;
    machine.params.weight_bits = 6;
    CU_ASSERT_FALSE(ts_sparse_family.check(&machine.arch, &machine.params, &machine.diagnostics));
    CU_ASSERT_EQUAL(machine.diagnostics.entries[1].code, TS_ERROR_CONFLICT);
    machine_release(&machine);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sparse plans", NULL, NULL);
    CU_add_test(suite, "every PE works as long as the slowest",
                every_pe_works_as_long_as_the_slowest);
    CU_add_test(suite, "more vectors take as many times as long",
                more_vectors_take_as_many_times_as_long);
    CU_add_test(suite, "weights that do not fit come over the link",
                weights_that_do_not_fit_come_over_the_link);
    CU_add_test(suite, "activations that do not fit come over the link",
                activations_that_do_not_fit_come_over_the_link);
    CU_add_test(suite, "element-wise work runs in the PEs, the rest on the host",
                element_wise_work_runs_in_the_pes_the_rest_on_the_host);
    CU_add_test(suite, "impossible configurations are refused",
                impossible_configurations_are_refused);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
