/* A GPU made up for the tests of convolution and vector kernels: 17 units, Volta rates. */
#ifndef TESTS_CONV_MACHINE_SUPPORT_H
#define TESTS_CONV_MACHINE_SUPPORT_H

#include "sim/compute/simt/conv.h"

struct conv_machine {
    struct ts_arch arch;
    struct ts_simt_params params;
};

/* arch.params points into `machine`, which must stay where it is. */
void conv_machine_init(struct conv_machine *machine);

/* A convolution kernel in fp32; stride and pad in both directions. */
struct ts_kernel conv_kernel(enum ts_pass pass, struct ts_conv_shape shape);
struct ts_conv_shape conv_shape(int64_t n, int64_t c, int64_t h, int64_t w, int64_t k, int64_t r,
                                int64_t s, int64_t stride, int64_t pad);

/* Bytes all tiles of a phase load from, and store to, `tensor`. */
double phase_loaded_bytes(const struct ts_phase *phase, int32_t tensor);
double phase_stored_bytes(const struct ts_phase *phase, int32_t tensor);

#endif
