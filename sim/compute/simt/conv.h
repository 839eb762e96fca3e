/* Convolution on a GPU: the algorithms a vendor library has, one row each in conv.c's table.
 *
 * X[n,c,h,w], filters W[k,c/groups,r,s], Y[n,k,p,q]. A pass computes one of the three from the
 * other two: forward Y, backward data dX, backward weight dW.
 */
#ifndef TESSERA_SIM_COMPUTE_SIMT_CONV_H
#define TESSERA_SIM_COMPUTE_SIMT_CONV_H

#include "simt_internal.h"
#include "vector.h"

enum ts_simt_conv_direction { TS_CONV_FORWARD, TS_CONV_DATA, TS_CONV_WEIGHT };

struct ts_simt_conv {
    const struct ts_arch *arch;
    const struct ts_kernel *kernel;
    struct ts_conv_shape shape; /* channels padded for the matrix path */
    enum ts_simt_conv_direction direction;
    enum ts_precision precision; /* of the arithmetic; storage stays the kernel's */
    bool matrix;                 /* arithmetic on the matrix path */
    bool cold;                   /* operands come from DRAM */
    double element_bytes;
    double x_bytes, w_bytes, y_bytes; /* of the whole tensors as stored */
    int32_t x_tensor, w_tensor, y_tensor;
};

/* One algorithm. estimate: cycles from start to end, all its kernels and their launches; INFINITY
 * when it can't run. */
struct ts_simt_conv_algorithm {
    const char *name;
    int winograd;      /* edge of its output tiles; 0: another algorithm */
    double reluctance; /* before Volta, the library's estimate over ours: above 1 it is taken only
                          when clearly faster */
    bool (*applies)(const struct ts_simt_conv *conv);
    /* What the library takes it for, whatever else is estimated faster; NULL: nothing. */
    bool (*preferred)(const struct ts_simt_conv *conv);
    double (*estimate)(const struct ts_simt_conv *conv);
    bool (*plan)(const struct ts_simt_conv *conv, struct ts_arena *arena, struct ts_plan *plan);
};

extern const struct ts_simt_conv_algorithm ts_simt_conv_implicit;
extern const struct ts_simt_conv_algorithm ts_simt_conv_im2col;
extern const struct ts_simt_conv_algorithm ts_simt_conv_direct;
extern const struct ts_simt_conv_algorithm ts_simt_conv_winograd_fused;
extern const struct ts_simt_conv_algorithm ts_simt_conv_winograd_nonfused;

/* Describes kernel (has_conv) for the path that `matrix` selects. */
struct ts_simt_conv ts_simt_conv_of(const struct ts_arch *arch, const struct ts_kernel *kernel,
                                    bool matrix);

/* All algorithms, NULL-terminated. */
extern const struct ts_simt_conv_algorithm *const ts_simt_conv_algorithms[];

/* The algorithm with the least estimate; NULL when none applies. */
const struct ts_simt_conv_algorithm *ts_simt_conv_choose(const struct ts_simt_conv *conv,
                                                         double *cycles);

/* Sets of CUDA-core kernels (rows of conv_kernels.c). */
enum ts_simt_conv_set {
    TS_CONV_SET_FORWARD = 1,
    TS_CONV_SET_DATA = 2,
    TS_CONV_SET_STRIDED = 4,    /* data gradients with a stride that gather, from Volta on */
    TS_CONV_SET_SCATTER = 8,    /* data gradients that add windows to the image atomically */
    TS_CONV_SET_WEIGHT = 16,    /* weight gradients of windows */
    TS_CONV_SET_SMALL = 256,    /* small tiles among them, since cuDNN 6 */
    TS_CONV_SET_POINTWISE = 32, /* weight gradients of 1×1 windows */
    TS_CONV_SET_WIDE = 64,      /* the same in cuDNN 5: one tile for all */
    TS_CONV_SET_COLUMNS = 128   /* explicit im2col */
};

/* Which kernels a pass has; those that are compiled issue `issue` further instructions for each
 * multiply-add. */
struct ts_simt_conv_kernels {
    int sets; /* of enum ts_simt_conv_set */
    double issue;
    int most_splits;   /* parts k may be cut into */
    bool widest_first; /* prefer the widest tile over the fastest */
};

/* Parts the pixels of a weight gradient may be cut into. */
#define TS_SIMT_WEIGHT_SPLITS 64

/* Instructions a compiled kernel issues besides its multiply-adds, for each of them. */
double ts_simt_conv_compiled_issue(const struct ts_simt_conv *conv);

/* What all GEMMs of `conv` have in common: element sizes, batch, epilogue; no dimensions, no
 * tensors. */
struct ts_simt_gemm ts_simt_conv_common_gemm(const struct ts_simt_conv *conv);

/* ts_simt_gemm_phases, its first kernel launched like any other of the library's call. */
bool ts_simt_conv_gemm_phases(const struct ts_simt_conv *conv, const struct ts_simt_gemm *gemm,
                              const struct ts_simt_gemm_choice *choice, struct ts_arena *arena,
                              struct ts_plan *plan);

/* The kernel and split with the least estimate for `gemm`; false when none runs. */
bool ts_simt_conv_tile(const struct ts_arch *arch, const struct ts_simt_gemm *gemm,
                       const struct ts_simt_conv_kernels *which,
                       struct ts_simt_gemm_choice *choice);

#endif
