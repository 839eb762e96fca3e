/* Winograd's algorithm where a transform asks for it. */
#include "conv_machine_support.h"
#include "sim/compute/simt/conv.h"
#include "suite.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static struct ts_plan planned(struct conv_machine *machine, struct ts_kernel *kernel, int tile)
{
    struct ts_plan plan = {0};
    kernel->winograd = tile;
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_simt_plan_conv(&machine->arch, kernel, &arena, &diagnostics, &plan));
    return plan;
}

static bool has_phase(const struct ts_plan *plan, const char *name)
{
    for (int i = 0; i < plan->phase_count; i++) {
        if (strcmp(plan->phases[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void the_tile_decides_the_kernel(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(1, 512, 7, 7, 512, 3, 3, 1, 1));
    struct ts_plan two = planned(&machine, &kernel, 2);
    CU_ASSERT_STRING_EQUAL(two.algorithm, "winograd");
    CU_ASSERT_TRUE(has_phase(&two, "winograd"));         /* fused */
    struct ts_plan four = planned(&machine, &kernel, 4); /* too few tiles for the library's habit */
    CU_ASSERT_STRING_EQUAL(four.algorithm, "winograd");
    CU_ASSERT_TRUE(has_phase(&four, "winograd_output"));
    ts_arena_release(&arena);
}

static void the_data_gradient_takes_part(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_BACKWARD_DATA, conv_shape(4, 17, 23, 31, 19, 3, 3, 1, 1));
    struct ts_plan plan = planned(&machine, &kernel, 4);
    CU_ASSERT_STRING_EQUAL(plan.algorithm, "winograd");
    CU_ASSERT_TRUE(has_phase(&plan, "winograd_output"));
    ts_arena_release(&arena);
}

/* Matrix cores have no such kernels: the CUDA cores run them, faster or not. */
static void it_leaves_the_matrix_cores(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(16, 256, 28, 28, 256, 3, 3, 1, 1));
    kernel.precision = TS_FP16;
    struct ts_plan free_choice = planned(&machine, &kernel, 0);
    CU_ASSERT_STRING_EQUAL(free_choice.ran_on, "matrix");
    struct ts_plan forced = planned(&machine, &kernel, 2);
    CU_ASSERT_STRING_EQUAL(forced.algorithm, "winograd");
    CU_ASSERT_STRING_EQUAL(forced.ran_on, "vector");
    ts_arena_release(&arena);
}

static void a_machine_without_such_kernels_runs_direct(void)
{
    struct conv_machine machine;
    conv_machine_init(&machine);
    machine.params.generation = TS_SIMT_KEPLER;
    struct ts_kernel kernel =
        conv_kernel(TS_PASS_FORWARD, conv_shape(4, 17, 23, 31, 19, 3, 3, 1, 1));
    struct ts_plan plan = planned(&machine, &kernel, 2);
    CU_ASSERT_STRING_NOT_EQUAL(plan.algorithm, "winograd");
    ts_arena_release(&arena);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"the tile decides the kernel", the_tile_decides_the_kernel},
        {"the data gradient takes part", the_data_gradient_takes_part},
        {"it leaves the matrix cores", it_leaves_the_matrix_cores},
        {"a machine without such kernels runs direct", a_machine_without_such_kernels_runs_direct},
    };
    return RUN_SUITE("Winograd asked for", cases);
}
