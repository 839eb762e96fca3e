/* sgemm of cuBLAS from Kepler to Pascal: which tiles it takes, and parts of k.
 *
 * Read off DeepBench's times (cuBLAS 7.5 and 8 on two Titan X, 8.0.88 on P100) and the kernels that
 * NeuSight recorded on P100 (cuBLAS 12).
 */
#include "simt_internal.h"

/* Pascal's wide tiles serve aligned products up to this k. */
#define WIDE_TILE_MAX_K 8192
/* cuBLAS 8 cuts a long k in eight: of k = 500000 Titan X (Pascal) works off 512 and 1024 rows at
 * the same 13 to 17 ns a k, Titan X (Maxwell) at 20 and 40: the waves of 128x64 blocks with an
 * eighth of it each (DeepBench). */
#define CUBLAS_8_MOST_PARTS 8
/* Up to Pascal the library multiplies so few columns in blocks of 32x32, unsplit: P100 takes 11 and
 * 12 us for 512 and 1024 rows of k = 512, 31 ns a k for 2048 to 3072 and 74 for 7680 and 8448: 19
 * cycles a round of 56 blocks (DeepBench, 14 of 16 rows; 6144 rows take twice that). */
#define NARROW_COLUMNS 32
/* cuBLAS 8 as the two Titan X had it does so for a k longer than this: from 1536 on Maxwell takes a
 * round for each 32 rows an SM, whatever their layout (DeepBench, 17 rows), 16 columns Pascal's too
 * where k is contiguous in both (5). Those of k = 512 and 1024 take what 64 columns do (11 rows).
 */
#define CUBLAS_8_NARROW_ABOVE_K 1024

/* Whether sgemm_32x32x32 alone multiplies it, as a library up to Pascal. */
static bool is_narrow(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    int64_t least_k = params->library == TS_SIMT_CUBLAS_8 ? CUBLAS_8_NARROW_ABOVE_K : 0;
    return params->generation < TS_SIMT_VOLTA && gemm->batch == 1 && gemm->k > least_k &&
           gemm->k < TS_SIMT_SPLIT_FROM_K && ts_simt_library_columns(gemm) <= NARROW_COLUMNS &&
           ts_simt_library_columns(gemm) < ts_simt_library_rows(gemm);
}

/* What cuBLAS has on Kepler to Pascal: sgemm_32x32x32 for few columns; else cuBLAS 8 has
 * maxwell_sgemm_128x64 and 128x128 for everything, and cuBLAS 11, as NeuSight recorded it on P100,
 * 128x32 and 64x64 unless rows are aligned and k is moderate, and 128x64 along n for strided
 * batches. */
bool ts_simt_classic_ships(const struct ts_arch *arch, const struct ts_simt_kernel *kernel,
                           const struct ts_simt_gemm *gemm)
{
    bool aligned = gemm->n % 4 == 0 && gemm->k % 4 == 0 && gemm->k < WIDE_TILE_MAX_K;
    int m = kernel->tile_m, n = kernel->tile_n;
    bool small = m == 32 && n == 32;
    if (small || is_narrow(arch, gemm)) {
        return small && is_narrow(arch, gemm);
    }
    if (ts_simt_params_of(arch)->library == TS_SIMT_CUBLAS_8) {
        return m * n >= 128 * 64;
    }
    return gemm->batch > 1 ? m == 64 && n == 128 : m * n <= 64 * 64 || aligned;
}

int ts_simt_classic_parts(const struct ts_arch *arch, const struct ts_simt_gemm *gemm)
{
    if (gemm->batch > 1 || is_narrow(arch, gemm)) {
        return 1;
    }
    if (ts_simt_params_of(arch)->library != TS_SIMT_CUBLAS_8) {
        return TS_SIMT_ANY_PARTS;
    }
    return gemm->k >= TS_SIMT_SPLIT_FROM_K ? CUBLAS_8_MOST_PARTS : 1;
}
