/* Liveness of tensors in a scratchpad. */
#include "sim/engine/liveness.h"

#include <CUnit/Basic.h>
#include <string.h>

/* x → first → a; a, x → second → b; b → third → c. Nobody reads c. */
struct network {
    struct ts_arch arch;
    struct ts_kernel kernels[3];
    struct ts_program program;
    struct engine engine;
    struct ts_arena arena;
    struct run run;
};

enum { X, A, B, C, TENSORS };

static struct ts_kernel kernel(int32_t first, int32_t second, int32_t output)
{
    struct ts_kernel kernel = {.kind = TS_KERNEL_VECTOR, .input_count = second < 0 ? 1 : 2};
    kernel.inputs[0].tensor = first;
    kernel.inputs[1].tensor = second;
    kernel.output.tensor = output;
    return kernel;
}

static void network_init(struct network *network)
{
    memset(network, 0, sizeof *network);
    ts_arena_init(&network->arena);
    network->arch.memory.cache_count = 1;
    network->arch.memory.cache[0] =
        (struct ts_cache_spec){.name = "buffer", .shared = true, .software_managed = true};
    network->kernels[0] = kernel(X, -1, A);
    network->kernels[1] = kernel(A, X, B);
    network->kernels[2] = kernel(B, -1, C);
    network->program = (struct ts_program){
        .kernels = network->kernels, .kernel_count = 3, .tensor_count = TENSORS};
    network->run = (struct run){.arch = &network->arch,
                                .program = &network->program,
                                .engine = &network->engine,
                                .arena = &network->arena};
}

static void hold(struct network *network, int32_t tensor)
{
    const struct resident_tensor entry = {
        .tensor = tensor, .bytes = 17, .dirty_bytes = 17, .total_bytes = 17};
    residency_insert(&network->engine.machine.residency, entry, 1000);
}

static void the_last_reader_of_each_tensor_is_found(void)
{
    struct network network;
    network_init(&network);
    const int *last = liveness_last_readers(&network.run);
    CU_ASSERT_PTR_NOT_NULL_FATAL(last);
    CU_ASSERT_EQUAL(last[X], 1);
    CU_ASSERT_EQUAL(last[A], 1);
    CU_ASSERT_EQUAL(last[B], 2);
    CU_ASSERT_EQUAL(last[C], -1);
    ts_arena_release(&network.arena);
}

static void dead_tensors_leave_without_a_write(void)
{
    struct network network;
    network_init(&network);
    struct residency *residency = &network.engine.machine.residency;
    const int *last = liveness_last_readers(&network.run);
    hold(&network, X);
    hold(&network, A);
    liveness_drop_dead(&network.run, last, 0);
    CU_ASSERT_EQUAL(residency_fraction(residency, X), 1);
    CU_ASSERT_EQUAL(residency_fraction(residency, A), 1);
    hold(&network, B);
    liveness_drop_dead(&network.run, last, 1);
    CU_ASSERT_EQUAL(residency_fraction(residency, X), 0);
    CU_ASSERT_EQUAL(residency_fraction(residency, A), 0);
    CU_ASSERT_EQUAL(residency_fraction(residency, B), 1);
    /* Its room is free: 990 bytes more displace nothing. */
    const struct resident_tensor large = {
        .tensor = C, .bytes = 983, .dirty_bytes = 983, .total_bytes = 983};
    CU_ASSERT_EQUAL(residency_insert(residency, large, 1000), 0);
    ts_arena_release(&network.arena);
}

static void results_that_nobody_reads_stay(void)
{
    struct network network;
    network_init(&network);
    const int *last = liveness_last_readers(&network.run);
    hold(&network, C);
    for (int i = 0; i < 3; i++) {
        liveness_drop_dead(&network.run, last, i);
    }
    CU_ASSERT_EQUAL(residency_fraction(&network.engine.machine.residency, C), 1);
    ts_arena_release(&network.arena);
}

static void caches_and_repeated_kernels_forget_nothing(void)
{
    struct network network;
    network_init(&network);
    network.program.one_liner = true;
    CU_ASSERT_PTR_NULL(liveness_last_readers(&network.run));
    network.program.one_liner = false;
    network.arch.memory.cache[0].software_managed = false;
    CU_ASSERT_PTR_NULL(liveness_last_readers(&network.run));
    network.arch.memory.cache_count = 0;
    CU_ASSERT_PTR_NULL(liveness_last_readers(&network.run));
    hold(&network, X);
    liveness_drop_dead(&network.run, NULL, 1);
    CU_ASSERT_EQUAL(residency_fraction(&network.engine.machine.residency, X), 1);
    ts_arena_release(&network.arena);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("liveness", NULL, NULL);
    CU_add_test(suite, "the last reader of each tensor is found",
                the_last_reader_of_each_tensor_is_found);
    CU_add_test(suite, "dead tensors leave without a write", dead_tensors_leave_without_a_write);
    CU_add_test(suite, "results that nobody reads stay", results_that_nobody_reads_stay);
    CU_add_test(suite, "caches and repeated kernels forget nothing",
                caches_and_repeated_kernels_forget_nothing);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
