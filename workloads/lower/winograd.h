/* Winograd's algorithm for convolutions of 3x3 windows and stride 1 (Lavin and Gray, "Fast
 * algorithms for convolutional neural networks", CVPR 2016): F(t x t, 3x3) makes t² outputs of one
 * channel from (t+2)² products instead of 9t². */
#ifndef TESSERA_LOWER_WINOGRAD_H
#define TESSERA_LOWER_WINOGRAD_H

#include "workloads/lower/lower.h"

/* One convolution of 3x3 windows from `in` to `out` channels and height x width pixels: the forward
 * pass, or that of the gradient to the input. */
struct ts_winograd_pass {
    const char *suffix; /* of the kernels' names, NULL = none */
    enum ts_pass pass;
    struct ts_conv_shape conv;
    struct ts_operand x, weight, y;
    int64_t in, out, height, width;
    double epilogue_ops; /* per output */
};

/* Why a node that is marked runs direct all the same; NULL when it does not. */
const char *ts_winograd_refusal(const struct ts_lowering *lowering, const struct ts_node *node);

/* Emits the transforms and the batched GEMM between them. Transformed weights are stored in place
 * of the plain ones in inference; training transforms them anew in each pass. */
void ts_lower_winograd(struct ts_lowering *lowering, const struct ts_node *node,
                       const struct ts_winograd_pass *pass);

#endif
