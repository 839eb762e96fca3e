/* Matrix products: which schedule a library takes, and what it counts for energy. */
#include "sim/compute/cpu/cpu.h"

#include <math.h>

static double stored_ratio(double stored, double matrix)
{
    return matrix > 0 && stored > 0 ? fmin(1.0, stored / matrix) : 1.0;
}

void ts_cpu_gemm_of_kernel(const struct ts_kernel *kernel, struct ts_cpu_gemm *gemm)
{
    double items = (double)kernel->batch;
    double m = (double)kernel->m, n = (double)kernel->n, k = (double)kernel->k;

    *gemm = (struct ts_cpu_gemm){
        .batch = kernel->batch,
        .m = kernel->m,
        .n = kernel->n,
        .k = kernel->k,
        .a_tensor = kernel->a.tensor,
        .b_tensor = kernel->b.tensor,
        .c_tensor = kernel->c.tensor,
        .b_is_weight = kernel->b.is_weight,
        .epilogue_ops = kernel->epilogue_ops_per_output,
        .a_ratio = stored_ratio(kernel->a.elements, items * m * k),
        .b_ratio = stored_ratio(kernel->b.elements, items * k * n),
        .c_ratio = stored_ratio(kernel->c.elements, items * m * n),
    };
}

double ts_cpu_epilogue_cycles(const struct ts_arch *arch, const struct ts_cpu_gemm *gemm,
                              double outputs)
{
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);
    double lanes = (double)params->vector_bits / 32.0; /* in fp32, as the libraries do */

    return outputs * gemm->epilogue_ops / (lanes * params->fma_per_cycle) /
           params->vector_clock_ratio;
}

/* Instructions: one FMA for lanes × depth multiply-accumulates; per step of k of a register tile,
 * mr/lanes vector loads and nr broadcasts; two for loop control. */
static double gemm_instructions(const struct ts_arch *arch, const struct ts_cpu_core *core,
                                const struct ts_cpu_gemm *gemm, bool packed)
{
    double macs = (double)gemm->batch * (double)gemm->m * (double)gemm->n * (double)gemm->k;
    double vector_bytes = (double)ts_cpu_params_of(arch)->vector_bits / 8.0;
    double copied = (double)gemm->batch * (double)gemm->k *
                    ((double)gemm->m * core->a_bytes + (double)gemm->n * core->b_bytes);
    if (core->matrix) {
        /* A tile instruction is 16 × 16 × (64 bytes of k); each tile loaded serves two. */
        return macs / (16.0 * 16.0 * 16.0 * core->depth) * 2.0 + copied / 64.0 * 2.0;
    }
    double vectors = (double)core->mr / core->lanes;
    double fma = macs / (core->lanes * core->depth);
    double overhead = (vectors + (double)core->nr + 2.0) / (vectors * (double)core->nr);

    return fma * (1.0 + overhead) + (packed ? copied / vector_bytes * 4.0 : 0.0);
}

void ts_cpu_gemm_counters(const struct ts_arch *arch, const struct ts_cpu_core *core,
                          const struct ts_cpu_gemm *gemm, double block_m, double block_n,
                          bool packed, struct ts_phase_counters *counters)
{
    double items = (double)gemm->batch;
    double m = (double)gemm->m, n = (double)gemm->n, k = (double)gemm->k;
    double macs = items * m * n * k;
    double bytes = fmax(core->a_bytes, core->b_bytes);
    double mr = (double)core->mr, nr = (double)core->nr;
    double k_blocks = ceil(k / (double)core->kc);
    double c_moved = items * m * n * core->c_bytes * k_blocks;
    /* Rows of a packed block that half of L2 holds: the other operand streams in once for each. */
    double rows = fmax(nr, core->l2_bytes / 2.0 / (fmin((double)core->kc, k) * bytes));
    double fma = macs / (core->lanes * core->depth);
    double vector_bytes = core->matrix ? 1024.0 : (double)ts_cpu_params_of(arch)->vector_bits / 8.0;
    int l1 = ts_cpu_private_level(arch, 0), l2 = ts_cpu_private_level(arch, 1);

    counters->macs = macs;
    counters->vector_ops = items * m * n * gemm->epilogue_ops;
    counters->instructions = gemm_instructions(arch, core, gemm, packed);
    fma = core->matrix ? macs / (4096.0 * core->depth) : fma;
    counters->register_read_bytes = 3.0 * fma * vector_bytes;
    counters->register_write_bytes = fma * vector_bytes;
    double packing = packed ? items * k * (m + n) * bytes : 0.0;
    if (l1 >= 0) {
        counters->level_read_bytes[l1] = macs * bytes * (1.0 / mr + 1.0 / nr) + c_moved + packing;
        counters->level_write_bytes[l1] = c_moved + packing;
        counters->level_misses_bytes[l1] = macs * bytes / fmin(mr, nr) + c_moved + packing;
    }
    if (l2 >= 0) {
        double misses = macs * bytes / fmin(rows, block_m) + macs * bytes / block_n;
        counters->level_read_bytes[l2] = counters->level_misses_bytes[l1];
        counters->level_write_bytes[l2] = c_moved + packing;
        counters->level_misses_bytes[l2] = fmin(misses + c_moved, counters->level_misses_bytes[l1]);
    }
}

void ts_cpu_gemm_phases(const struct ts_arch *arch, const struct ts_cpu_core *core,
                        const struct ts_cpu_gemm *gemm, int64_t serial, struct ts_arena *arena,
                        struct ts_plan *plan)
{
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    struct ts_cpu_grid grid;
    struct ts_cpu_blocks blocks;

    ts_cpu_grid_choose(arch, core, gemm, &grid);
    double best = grid.estimate_cycles * (double)gemm->batch;
    bool found = ts_cpu_blocks_streamed(arch, core, gemm, &blocks);
    if (gemm->batch > 1 || core->matrix) {
        /* Whole products side by side: the library's batched entry. Products on tile registers go
         * block by block too, with operands in oneDNN's formats. */
        struct ts_cpu_blocks batched;
        ts_cpu_blocks_of_l2(arch, core, gemm, core->matrix ? TS_CPU_IN_PLACE : TS_CPU_PACKED,
                            &batched);
        if (!found || batched.estimate_cycles < blocks.estimate_cycles) {
            blocks = batched;
            found = true;
        }
    }
    if (serial == 1 && found && blocks.estimate_cycles < best) {
        ts_cpu_blocks_phase(arch, core, gemm, &blocks, arena, phase);
        return;
    }
    ts_cpu_grid_phase(arch, core, gemm, &grid, serial, arena, phase);
}

void ts_cpu_gemm_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                      struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_cpu_core core;
    struct ts_cpu_gemm gemm;

    ts_cpu_core_init(arch, kernel, &core);
    ts_cpu_gemm_of_kernel(kernel, &gemm);
    ts_cpu_gemm_phases(arch, &core, &gemm, 1, arena, plan);
    plan->algorithm = plan->phases[0].name[0] == 's' ? "gemm_unpacked" : "gemm_packed";
    plan->ran_on = core.matrix ? "matrix" : "vector";
    plan->executed_macs = plan->phases[0].counters.macs;
}
