#include "unit/sim/compute/cpu/cpu_support.h"

#include "tessera/sim.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

static struct ts_arena arena = TS_ARENA_INIT;

const struct ts_arch *cpu_arch(const char *name, const char *key, const char *value)
{
    struct ts_override override = {key, value};
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;

    ts_diagnostics_init(&diagnostics);
    if (!ts_arch_load(name, &override, key ? 1 : 0, &arena, &diagnostics, &arch)) {
        ts_diagnostics_print(&diagnostics, stderr);
        CU_FAIL("architecture did not load");
        arch = NULL;
    }
    ts_diagnostics_release(&diagnostics);
    return arch;
}

struct ts_kernel cpu_conv_kernel(enum ts_pass pass, int64_t images, int64_t c, int64_t h, int64_t k,
                                 int64_t groups)
{
    int64_t pixels = images * h * h, taps = c / groups * 9;
    struct ts_kernel kernel;

    if (pass == TS_PASS_BACKWARD_WEIGHT) {
        kernel = product_kernel(TS_FP32, groups, k / groups, taps, pixels);
        kernel.b.elements = (double)(pixels * c);
    } else if (pass == TS_PASS_BACKWARD_DATA) {
        kernel = product_kernel(TS_FP32, groups, pixels, taps, k / groups);
        kernel.c.elements = (double)(pixels * c);
        kernel.b.is_weight = true;
    } else {
        kernel = product_kernel(TS_FP32, groups, pixels, k / groups, taps);
        kernel.a.elements = (double)(pixels * c);
        kernel.b.is_weight = true;
    }
    kernel.op = "conv";
    kernel.pass = pass;
    kernel.has_conv = true;
    kernel.conv = (struct ts_conv_shape){
        .n = images,
        .c = c,
        .h = h,
        .w = h,
        .k = k,
        .r = 3,
        .s = 3,
        .p = h,
        .q = h,
        .stride_h = 1,
        .stride_w = 1,
        .pad_h = 1,
        .pad_w = 1,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = groups,
    };
    return kernel;
}

struct ts_kernel cpu_vector_kernel(const char *op, enum ts_vector_class class, double elements,
                                   double ops)
{
    return (struct ts_kernel){
        .name = "vector",
        .op = op,
        .kind = TS_KERNEL_VECTOR,
        .precision = TS_FP32,
        .vector_class = class,
        .elements = elements,
        .ops_per_element = ops,
        .row_elements = 1,
        .inputs = {dense_operand(0, TS_FP32, elements)},
        .input_count = 1,
        .output = dense_operand(1, TS_FP32, elements),
    };
}

struct ts_plan cpu_plan(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    struct ts_diagnostics diagnostics;
    struct ts_plan plan = {0};

    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE(ts_cpu_family.plan(arch, kernel, 1, &arena, &diagnostics, &plan));
    ts_diagnostics_release(&diagnostics);
    return plan;
}

static void add_bytes(double *by_tensor, const struct ts_tile_load *load)
{
    int slot = load->tensor < 0 ? 0 : load->tensor + 1;

    by_tensor[slot] += load->rows * load->row_bytes;
}

static void add_step(struct cpu_sums *sums, const struct ts_tile_step *step)
{
    double parts = step->imbalance_cycles + step->cache_cycles + step->overhead_cycles +
                   step->fill_drain_cycles;

    sums->pipe_cycles += step->pipe_cycles;
    sums->imbalance_cycles += step->imbalance_cycles;
    sums->cache_cycles += step->cache_cycles;
    sums->overhead_cycles += step->overhead_cycles;
    sums->parts_exceed |= parts > step->pipe_cycles * (1 + 1e-9) + 1e-9 ||
                          step->imbalance_cycles < 0 || step->cache_cycles < 0 ||
                          step->overhead_cycles < 0 || !isfinite(step->pipe_cycles);
    for (int i = 0; i < step->load_count; i++) {
        add_bytes(sums->load_bytes, &step->load[i]);
    }
}

enum { MOST_UNITS = 256 };

struct cpu_sums cpu_sum(const struct ts_phase *phase, int64_t units)
{
    int64_t used = phase->units_used > 0 ? phase->units_used : units;
    double share[MOST_UNITS] = {0};
    struct cpu_sums sums = {0};

    for (int64_t i = 0; i < phase->tiles; i++) {
        struct ts_tile tile;
        phase->tile(phase->context, i, &tile);
        double before = sums.pipe_cycles;
        for (int step = 0; step < tile.steps; step++) {
            struct ts_tile_step description;
            phase->step(phase->context, i, step, &description);
            add_step(&sums, &description);
        }
        share[i % used % MOST_UNITS] += sums.pipe_cycles - before;
        for (int s = 0; s < tile.store_count; s++) {
            add_bytes(sums.store_bytes, &tile.store[s]);
        }
    }
    for (int i = 0; i < MOST_UNITS; i++) {
        sums.busiest_cycles = fmax(sums.busiest_cycles, share[i]);
    }
    return sums;
}

double cpu_plan_cycles(const struct ts_arch *arch, const struct ts_plan *plan)
{
    double cycles = 0;
    for (int i = 0; i < plan->phase_count; i++) {
        const struct ts_phase *phase = &plan->phases[i];
        cycles += phase->launch_cycles + cpu_sum(phase, arch->units).busiest_cycles +
                  phase->finish_cycles;
    }
    return cycles;
}

double cpu_simulate_s(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    struct ts_kernel copy = *kernel;
    struct ts_program program = {
        .name = "test",
        .batch = 1,
        .precision = kernel->precision,
        .one_liner = true,
        .samples = 1,
        .macs = kernel->macs,
        .effective_macs = kernel->effective_macs,
        .hash = 1,
        .kernels = &copy,
        .kernel_count = 1,
        .tensor_count = 4,
    };
    struct ts_sim_options options = {.seed = 1};
    struct ts_diagnostics diagnostics;
    struct ts_result *result = NULL;

    ts_diagnostics_init(&diagnostics);
    bool done = ts_simulate(arch, &program, &options, &arena, &diagnostics, &result);
    if (!done) {
        ts_diagnostics_print(&diagnostics, stderr);
        CU_FAIL("simulation failed");
    }
    ts_diagnostics_release(&diagnostics);
    return done ? result->latency_s : NAN;
}

void cpu_release(void)
{
    ts_arena_release(&arena);
}
