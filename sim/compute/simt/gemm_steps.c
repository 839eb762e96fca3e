/* How a block's k loop is cut into the steps that the engine meets, and what each of them loads. */
#include "simt_internal.h"

/* Steps beside the growing ones at the start. More would not change when anything ends. */
#define STEADY_STEPS 5

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The warp that copies runs a fixed number of stages ahead (TMA and barriers in shared memory:
 * CUTLASS's sm90 warp-specialised main loops), so that while a step computes as much is loaded as
 * it uses. Steps that load the next, longer one meanwhile stall where the L2 is nearly busy: bf16
 * products of one 128x128 tile an SM took a tenth too long on H100. What DRAM serves does not come
 * that evenly (Vidur's products of 128 rows reach 0.64 to 0.87 of H100's DRAM): it keeps to the
 * growing steps. */
bool ts_simt_keeps_lead(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                        const struct ts_simt_gemm *gemm)
{
    int level = ts_arch_shared_level(arch);
    double batch = (double)gemm->batch;
    double a = (double)gemm->m * gemm->a_bytes * gemm->a_unique * batch;
    double b = (double)gemm->n * gemm->b_bytes * (gemm->b_is_shared ? 1.0 : batch);
    double bytes = (a + b) * (double)gemm->k;
    return kernel->path == TS_SIMT_WGMMA && level >= 0 &&
           bytes <= arch->memory.cache[level].capacity_bytes;
}

/* The first steps hold what the pipeline's stages hold and then grow, so that the start of a block
 * waits for no more than real kernels do. With a lead arithmetic begins and ends with one step of
 * k: it starts when the first stage is full, and the last one is computed when the loads have
 * ended. */
void ts_simt_cut_k_loop(int64_t total, int stages, bool keeps_lead, struct ts_simt_k_steps *steps)
{
    int64_t steady = (total + STEADY_STEPS - 1) / STEADY_STEPS;
    int64_t size = stages > 2 ? stages - 1 : 1;
    int64_t at = 0;
    steps->count = 0;
    if (keeps_lead && total > 1) {
        steps->first[steps->count++] = 0;
        at = 1;
    }
    while (at < total && steps->count < TS_SIMT_MAX_STEPS) {
        steps->first[steps->count++] = at;
        at += min64(size, steady);
        if (steps->count >= 2) {
            size = min64(size * 2, steady);
        }
    }
    steps->first[steps->count] = total;
    steps->lead = keeps_lead ? steps->first[1] : 0;
    if (keeps_lead && total - steps->first[steps->count - 1] > steps->lead &&
        steps->count < TS_SIMT_MAX_STEPS) {
        steps->first[steps->count++] = total - steps->lead;
        steps->first[steps->count] = total;
    }
}

void ts_simt_loaded_k(const struct ts_simt_k_steps *steps, int step, int64_t total, int64_t *from,
                      int64_t *to)
{
    int64_t next = min64(steps->first[step + 1], total);
    if (steps->lead == 0) {
        *from = steps->first[step];
        *to = next;
        return;
    }
    *from = step == 0 ? 0 : min64(steps->first[step - 1] + steps->lead, total);
    *to = next == total ? total : min64(steps->first[step] + steps->lead, total);
}
