/* Windows of convolutions and pools. */
#ifndef TESSERA_ONNX_WINDOWS_H
#define TESSERA_ONNX_WINDOWS_H

#include "workloads/frontend/onnx/import.h"

enum { ONNX_MAX_SPATIAL = 3 };

struct onnx_window {
    int spatial; /* dimensions beside batch and channels */
    int64_t in[ONNX_MAX_SPATIAL], out[ONNX_MAX_SPATIAL], kernel[ONNX_MAX_SPATIAL],
        stride[ONNX_MAX_SPATIAL], dilation[ONNX_MAX_SPATIAL], before[ONNX_MAX_SPATIAL],
        after[ONNX_MAX_SPATIAL];
};

/* Reads the attributes; `weight` gives the kernel when there is one. */
bool onnx_window(struct onnx_import *m, const struct onnx_node *node, const struct onnx_value *x,
                 const struct onnx_value *weight, struct onnx_window *w);

/* Sets `out`. */
bool onnx_window_outputs(struct onnx_import *m, const struct onnx_node *node, struct onnx_window *w,
                         bool ceil);

#endif
