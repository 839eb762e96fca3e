/* Thread-block tiles that vendor libraries ship.
 *
 * Shapes are those in the kernel names cuBLAS and CUTLASS launch: maxwell_sgemm_128x64,
 * volta_sgemm_128x32_sliced1x4, ampere_sgemm_128x128,
 * sm80_xmma_gemm_..._tilesize256x64x8_stage3_warpsize2x2x1 (recorded by NeuSight,
 * sitar-lab/NeuSight@6945927), h884gemm_256x128, ampere_fp16_s16816gemm_128x256_ldg8_stages_32x3,
 * sm90_xmma_gemm_..._64x128x64_warpgroupsize1x1x1. The first figure of a cuBLAS name runs along n
 * here, since the library is column-major.
 */
#include "simt_internal.h"

#include <stddef.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* CUDA cores: {path, m, n, k step, warps, slices, thread_m, thread_n, registers, stages} */
#define CORES(m, n, k, warps, slices, tm, tn, registers)                                           \
    {                                                                                              \
        TS_SIMT_CORES, m, n, k, warps, slices, tm, tn, registers, 2                                \
    }

/* SASS kernels of the Maxwell line: 8×8 outputs a thread where the tile allows; and the compiled
 * sgemm_32x32x32 of 128 threads, which NeuSight records for small lone products on P100 and P4. */
static const struct ts_simt_kernel cores_classic[] = {
    CORES(64, 64, 8, 2, 1, 8, 8, 128),  CORES(128, 64, 8, 4, 1, 8, 8, 128),
    CORES(64, 128, 8, 4, 1, 8, 8, 128), CORES(128, 128, 8, 8, 1, 8, 8, 128),
    CORES(128, 32, 8, 8, 1, 4, 4, 64),  CORES(32, 128, 8, 8, 1, 4, 4, 64),
    CORES(32, 32, 32, 4, 1, 4, 2, 64),
};

/* Volta and later with 64 cores: sliced-k kernels join for few tiles. */
static const struct ts_simt_kernel cores_sliced[] = {
    CORES(128, 64, 8, 4, 1, 8, 8, 128),  CORES(64, 128, 8, 4, 1, 8, 8, 128),
    CORES(128, 128, 8, 8, 1, 8, 8, 128), CORES(64, 64, 8, 2, 1, 8, 8, 128),
    CORES(128, 32, 8, 8, 1, 4, 4, 64),   CORES(32, 128, 8, 8, 1, 4, 4, 64),
    CORES(128, 32, 32, 8, 4, 8, 8, 128), CORES(32, 128, 32, 8, 4, 8, 8, 128),
    CORES(64, 32, 32, 8, 4, 8, 4, 96),   CORES(32, 64, 32, 8, 4, 4, 8, 96),
    CORES(32, 32, 32, 4, 4, 8, 4, 96),
};

/* 128 full-rate cores (Ada, Hopper): 128 threads, up to 8×16 outputs each. */
static const struct ts_simt_kernel cores_wide[] = {
    CORES(128, 128, 8, 4, 1, 8, 16, 255), CORES(256, 64, 8, 4, 1, 8, 16, 255),
    CORES(64, 256, 8, 4, 1, 8, 16, 255),  CORES(128, 64, 8, 4, 1, 8, 8, 160),
    CORES(64, 128, 8, 4, 1, 8, 8, 160),   CORES(64, 64, 8, 4, 1, 4, 8, 128),
    CORES(128, 32, 8, 4, 1, 8, 4, 128),   CORES(32, 128, 8, 4, 1, 4, 8, 128),
    CORES(32, 64, 8, 2, 1, 4, 8, 128),    CORES(64, 32, 8, 2, 1, 4, 8, 128),
    CORES(32, 32, 8, 2, 1, 4, 4, 96),
};

/* Matrix cores. k steps hold a fixed number of bytes, so the table is written for 2-byte elements.
 */
#define MMA(k2, m, n, k, warps, wm, wn, registers, stages)                                         \
    {                                                                                              \
        TS_SIMT_MMA, m, n, (k) * (k2) / 2, warps, 1, wm, wn, registers, stages                     \
    }
#define MMA_ROWS(k2, stages, more)                                                                 \
    MMA(k2, 128, 128, 32, 4, 64, 64, 232, stages), MMA(k2, 256, 128, 32, 8, 64, 64, 232, stages),  \
        MMA(k2, 128, 256, 32, 8, 64, 64, 232, stages),                                             \
        MMA(k2, 256, 64, 32, 4, 64, 64, 232, stages),                                              \
        MMA(k2, 64, 256, 32, 4, 64, 64, 232, stages),                                              \
        MMA(k2, 128, 64, 32, 4, 64, 32, 160, stages + more),                                       \
        MMA(k2, 64, 128, 32, 4, 32, 64, 160, stages + more),                                       \
        MMA(k2, 64, 64, 64, 4, 32, 32, 128, stages + more),                                        \
        MMA(k2, 128, 32, 64, 4, 32, 32, 128, stages + more),                                       \
        MMA(k2, 32, 128, 64, 4, 32, 32, 128, stages + more),                                       \
        MMA(k2, 64, 32, 64, 4, 32, 16, 96, stages + 2 * more),                                     \
        MMA(k2, 32, 64, 64, 4, 16, 32, 96, stages + 2 * more),                                     \
        MMA(k2, 16, 64, 128, 4, 16, 16, 96, stages + more),                                        \
        MMA(k2, 64, 16, 128, 4, 16, 16, 96, stages + more)
#define MMA_TABLE(k2, stages, more)                                                                \
    {                                                                                              \
        MMA_ROWS(k2, stages, more)                                                                 \
    }
static const struct ts_simt_kernel mma_8_byte[] = MMA_TABLE(0.5, 2, 1);
static const struct ts_simt_kernel mma_4_byte[] = MMA_TABLE(1, 3, 1);
static const struct ts_simt_kernel mma_2_byte[] = MMA_TABLE(2, 3, 1);
static const struct ts_simt_kernel mma_1_byte[] = MMA_TABLE(4, 3, 1);
/* Volta and Turing copy through registers, one step ahead: two buffers whatever the tile, and a
 * 64x64 tile whose step is as short as the large ones' (volta_h884gemm_64x64_ldg8). */
#define MMA_NO_ASYNC_TABLE(k2)                                                                     \
    {                                                                                              \
        MMA_ROWS(k2, 2, 0), MMA(k2, 64, 64, 32, 4, 32, 32, 128, 2)                                 \
    }
static const struct ts_simt_kernel mma_2_byte_no_async[] = MMA_NO_ASYNC_TABLE(2);
static const struct ts_simt_kernel mma_1_byte_no_async[] = MMA_NO_ASYNC_TABLE(4);

#define WGMMA(k2, m, n, k, warps, wn, registers, stages)                                           \
    {                                                                                              \
        TS_SIMT_WGMMA, m, n, (k) * (k2) / 2, warps, 1, 64, wn, registers, stages                   \
    }
#define WGMMA_TABLE(k2)                                                                            \
    {                                                                                              \
        WGMMA(k2, 128, 256, 64, 12, 256, 168, 4), WGMMA(k2, 256, 128, 64, 12, 128, 168, 4),        \
            WGMMA(k2, 128, 128, 64, 12, 128, 168, 5), WGMMA(k2, 64, 256, 64, 8, 256, 168, 5),      \
            WGMMA(k2, 256, 64, 64, 12, 64, 168, 5), WGMMA(k2, 128, 64, 64, 12, 64, 128, 6),        \
            WGMMA(k2, 64, 128, 64, 8, 128, 168, 6), WGMMA(k2, 64, 64, 64, 8, 64, 128, 8),          \
            WGMMA(k2, 64, 32, 128, 8, 32, 90, 6), WGMMA(k2, 64, 16, 128, 8, 16, 90, 6),            \
            WGMMA(k2, 32, 64, 128, 8, 32, 90, 6), WGMMA(k2, 16, 64, 128, 8, 16, 90, 6)             \
    }
static const struct ts_simt_kernel wgmma_4_byte[] = WGMMA_TABLE(1);
static const struct ts_simt_kernel wgmma_2_byte[] = WGMMA_TABLE(2);
static const struct ts_simt_kernel wgmma_1_byte[] = WGMMA_TABLE(4);

bool ts_simt_uses_matrix(const struct ts_arch *arch, enum ts_precision precision)
{
    return arch->matrix_macs_per_cycle[precision] > arch->vector_macs_per_cycle[precision];
}

static const struct ts_simt_kernel *core_kernels(const struct ts_arch *arch, int *count)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    if (params->generation < TS_SIMT_VOLTA) {
        *count = COUNT(cores_classic);
        return cores_classic;
    }
    if (ts_simt_full_rate_cores(arch)) {
        *count = COUNT(cores_wide);
        return cores_wide;
    }
    *count = COUNT(cores_sliced);
    return cores_sliced;
}

static const struct ts_simt_kernel *wgmma_kernels(int bits, int *count)
{
    *count = COUNT(wgmma_2_byte);
    return bits > 16 ? wgmma_4_byte : bits > 8 ? wgmma_2_byte : wgmma_1_byte;
}

const struct ts_simt_kernel *ts_simt_gemm_kernels(const struct ts_arch *arch,
                                                  const struct ts_simt_gemm *gemm, int *count)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    enum ts_precision precision = gemm->precision;
    int bits = ts_precision_info(precision)->storage_bits;
    if (!ts_simt_uses_matrix(arch, precision)) {
        if (arch->vector_macs_per_cycle[precision] <= 0.0) {
            *count = 0;
            return NULL;
        }
        return core_kernels(arch, count);
    }
    if (params->generation == TS_SIMT_CDNA) {
        return ts_simt_tensile_kernels(bits, count);
    }
    /* On Hopper fp64 stayed mma.sync; 8-bit products are offered with k contiguous alone. */
    if (params->generation == TS_SIMT_HOPPER && bits <= 32) {
        return ts_simt_needs_turning(gemm) ? ts_simt_turned_kernels(count)
                                           : wgmma_kernels(bits, count);
    }
    if (params->generation == TS_SIMT_VOLTA || params->generation == TS_SIMT_TURING) {
        *count = COUNT(mma_2_byte_no_async);
        return bits > 8 ? mma_2_byte_no_async : mma_1_byte_no_async;
    }
    *count = COUNT(mma_2_byte);
    return bits > 32 ? mma_8_byte : bits > 16 ? mma_4_byte : bits > 8 ? mma_2_byte : mma_1_byte;
}

int ts_simt_scratchpad_level(const struct ts_arch *arch)
{
    for (int i = 0; i < arch->memory.cache_count; i++) {
        if (!arch->memory.cache[i].shared) {
            return i;
        }
    }
    return -1;
}
