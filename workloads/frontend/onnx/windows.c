/* Windows of convolutions and pools: kernel, steps, padding in up to three dimensions. */
#include "workloads/frontend/onnx/windows.h"

#include <string.h>

static bool read_list(struct onnx_import *m, const struct onnx_node *node, const char *name,
                      int count, int64_t fallback, int64_t minimum, int64_t *to)
{
    int64_t given[2 * ONNX_MAX_SPATIAL];
    int found = onnx_ints(node, name, given, 2 * ONNX_MAX_SPATIAL);
    if (found && found != count) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "'%s' has %d numbers, needs %d", name, found,
                          count);
    }
    for (int i = 0; i < count; i++) {
        to[i] = found ? given[i] : fallback;
        if (to[i] < minimum || to[i] > 65536) {
            return onnx_error(m, node, TS_ERROR_RANGE, "'%s' is %lld, must be %lld to 65536", name,
                              (long long)to[i], (long long)minimum);
        }
    }
    return true;
}

/* Paddings that keep the output at input / stride, the odd one behind or before. */
static void same_padding(struct onnx_window *w, int i, bool is_lower)
{
    int64_t out = (w->in[i] + w->stride[i] - 1) / w->stride[i];
    int64_t total = (out - 1) * w->stride[i] + (w->kernel[i] - 1) * w->dilation[i] + 1 - w->in[i];
    total = total > 0 ? total : 0;
    w->before[i] = is_lower ? total - total / 2 : total / 2;
    w->after[i] = total - w->before[i];
}

bool onnx_window(struct onnx_import *m, const struct onnx_node *node, const struct onnx_value *x,
                 const struct onnx_value *weight, struct onnx_window *w)
{
    int64_t pads[2 * ONNX_MAX_SPATIAL], kernel[ONNX_MAX_SPATIAL];
    const char *automatic = onnx_text(node, "auto_pad", "NOTSET");
    int n = w->spatial = x->rank - 2;
    if (n < 1 || n > ONNX_MAX_SPATIAL || (weight && weight->rank != x->rank)) {
        return onnx_error(m, node, TS_ERROR_SHAPE,
                          "its input must have one to three dimensions beside batch and channels");
    }
    if (!read_list(m, node, "strides", n, 1, 1, w->stride) ||
        !read_list(m, node, "dilations", n, 1, 1, w->dilation) ||
        !read_list(m, node, "pads", 2 * n, 0, 0, pads)) {
        return false;
    }
    if (weight) {
        for (int i = 0; i < n; i++) {
            w->kernel[i] = weight->dims[2 + i];
        }
    } else if (!read_list(m, node, "kernel_shape", n, 0, 1, w->kernel)) {
        return false;
    }
    if (weight && onnx_ints(node, "kernel_shape", kernel, ONNX_MAX_SPATIAL) == n &&
        memcmp(kernel, w->kernel, (size_t)n * sizeof *kernel) != 0) {
        return onnx_error(m, node, TS_ERROR_SHAPE, "'kernel_shape' is not that of its weights");
    }
    for (int i = 0; i < n; i++) {
        w->in[i] = x->dims[2 + i];
        w->before[i] = pads[i];
        w->after[i] = pads[n + i];
        if (w->kernel[i] < 1 || w->kernel[i] > 65536 || w->in[i] < 1) {
            return onnx_error(m, node, TS_ERROR_SHAPE, "its window or input is empty");
        }
        if (strncmp(automatic, "SAME", 4) == 0) {
            same_padding(w, i, strcmp(automatic, "SAME_LOWER") == 0);
        } else if (strcmp(automatic, "VALID") == 0) {
            w->before[i] = w->after[i] = 0;
        }
    }
    return true;
}

/* The padding behind is set so that whole windows give the same count. */
bool onnx_window_outputs(struct onnx_import *m, const struct onnx_node *node, struct onnx_window *w,
                         bool ceil)
{
    for (int i = 0; i < w->spatial; i++) {
        int64_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1;
        int64_t rest = w->in[i] + w->before[i] + w->after[i] - reach;
        if (rest < 0) {
            return onnx_error(m, node, TS_ERROR_SHAPE,
                              "its window of %lld is larger than the padded input of %lld",
                              (long long)reach, (long long)(rest + reach));
        }
        w->out[i] = rest / w->stride[i] + 1;
        if (ceil && rest % w->stride[i] &&
            w->out[i] * w->stride[i] < w->in[i] + w->before[i]) { /* it starts on the input */
            w->out[i]++;
            w->after[i] = (w->out[i] - 1) * w->stride[i] + reach - w->in[i] - w->before[i];
        }
    }
    return true;
}
