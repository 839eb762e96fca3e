#include "gemm_support.h"
#include "suite.h"
#include "unit/sim/compute/kernel_support.h"

const char *const gemm_gpus[GEMM_GPUS] = {
    "gpu-k80",      "gpu-titan-x-maxwell", "gpu-p100-pcie",     "gpu-titan-x-pascal",
    "gpu-gtx-1080", "gpu-gtx-1080ti",      "gpu-v100-pcie",     "gpu-v100-sxm2",
    "gpu-t4",       "gpu-a100-pcie-80gb",  "gpu-a100-sxm-80gb", "gpu-h100-sxm",
};

const struct ts_arch *gemm_machine(const char *name, const char *key, const char *value,
                                   struct ts_arena *arena)
{
    struct ts_override override = {key, value};
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;
    ts_diagnostics_init(&diagnostics);
    if (!ts_arch_load(name, &override, key ? 1 : 0, arena, &diagnostics, &arch)) {
        ts_diagnostics_print(&diagnostics, stderr);
    }
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(arch);
    return arch;
}

struct ts_simt_gemm gemm_product(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                                 int64_t k)
{
    return (struct ts_simt_gemm){
        .batch = batch,
        .m = m,
        .n = n,
        .k = k,
        .precision = precision,
        .a_tensor = 0,
        .b_tensor = 1,
        .c_tensor = 2,
        .a_bytes = 4,
        .b_bytes = 4,
        .c_bytes = 4,
        .a_unique = 1,
    };
}

struct ts_simt_gemm_choice gemm_choice_of(const struct ts_arch *arch,
                                          const struct ts_simt_gemm *gemm)
{
    struct ts_simt_gemm_choice choice = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_gemm_choose(arch, gemm, &choice));
    return choice;
}

struct ts_kernel gemm_kernel(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                             int64_t k)
{
    struct ts_kernel kernel = product_kernel(precision, batch, m, n, k);
    kernel.layout_is_open = true;
    return kernel;
}

struct ts_simt_gemm gemm_of(const struct ts_arch *arch, enum ts_precision precision, int64_t batch,
                            int64_t m, int64_t n, int64_t k)
{
    struct ts_kernel kernel = gemm_kernel(precision, batch, m, n, k);
    struct ts_simt_gemm gemm;
    ts_simt_gemm_from_kernel(arch, &kernel, &gemm);
    return gemm;
}

struct ts_plan gemm_plan_of(const struct ts_arch *arch, const struct ts_kernel *kernel,
                            struct ts_arena *arena)
{
    struct ts_diagnostics diagnostics;
    struct ts_plan plan = {0};
    ts_diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(ts_simt_plan_gemm(arch, kernel, arena, &diagnostics, &plan));
    ts_diagnostics_release(&diagnostics);
    return plan;
}

static void add(double *by_tensor, double *scratch, const struct ts_tile_load *load)
{
    double bytes = load->rows * load->row_bytes;
    if (load->tensor < 0) {
        *scratch += bytes;
    } else {
        by_tensor[load->tensor] += bytes;
    }
}

static void walk_tile(const struct ts_phase *phase, int64_t index, struct gemm_traffic *traffic)
{
    struct ts_tile tile = {0};
    phase->tile(phase->context, index, &tile);
    for (int s = 0; s < tile.steps; s++) {
        struct ts_tile_step step = {0};
        phase->step(phase->context, index, s, &step);
        for (int i = 0; i < step.load_count; i++) {
            add(traffic->loaded, &traffic->scratch_loaded, &step.load[i]);
        }
        double parts = step.fill_drain_cycles + step.imbalance_cycles + step.cache_cycles +
                       step.overhead_cycles;
        traffic->parts_fit =
            traffic->parts_fit && parts <= step.pipe_cycles * (1.0 + 1e-12) &&
            (step.latency_cycles == 0.0 || step.latency_cycles >= step.pipe_cycles * (1.0 - 1e-12));
    }
    for (int i = 0; i < tile.store_count; i++) {
        add(traffic->stored, &traffic->scratch_stored, &tile.store[i]);
    }
}

struct gemm_traffic gemm_walk(const struct ts_phase *phase)
{
    struct gemm_traffic traffic = {.parts_fit = true};
    for (int64_t i = 0; i < phase->tiles; i++) {
        walk_tile(phase, i, &traffic);
    }
    return traffic;
}
