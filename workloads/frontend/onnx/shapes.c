/* Output shapes: broadcasting, and what the ONNX library knows. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

bool onnx_broadcast(struct onnx_import *m, const struct onnx_node *node, int first, int count,
                    struct onnx_value *output)
{
    int64_t dims[TS_ONNX_MAX_RANK];
    int rank = 0, type = TS_ONNX_UNDEFINED;
    for (int i = first; i < first + count; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        if (value && value->rank > rank) {
            rank = value->rank;
        }
        if (value) {
            type = value->type;
        }
    }
    for (int j = 0; j < rank; j++) {
        dims[j] = 1;
    }
    for (int i = first; i < first + count; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        for (int j = 0; value && j < value->rank; j++) {
            int64_t *dim = &dims[rank - value->rank + j];
            if (*dim != value->dims[j] && *dim != 1 && value->dims[j] != 1) {
                return onnx_error(m, node, TS_ERROR_SHAPE,
                                  "its inputs do not broadcast: %lld against %lld", (long long)*dim,
                                  (long long)value->dims[j]);
            }
            if (*dim == 1) {
                *dim = value->dims[j];
            }
        }
    }
    onnx_set_shape(output, type, rank, dims);
    return true;
}

static bool fits(const struct ts_onnx_shape *shape)
{
    double elements = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 0 || shape->dims[i] > TS_MAX_DIM) {
            return false;
        }
        elements *= (double)shape->dims[i];
    }
    return shape->rank >= 0 && elements <= TS_MAX_ELEMENTS;
}

/* What the file itself says of a value, if all its dimensions are numbers. */
static bool shape_in_file(const struct onnx_import *m, const char *name,
                          struct ts_onnx_shape *shape)
{
    const struct ts_onnx_graph *graph = m->model->graph;
    int i = ts_names_find(m->info_names, name);
    if (i < 0) {
        return false;
    }
    const struct ts_onnx_value *info =
        i < graph->info_count ? &graph->infos[i] : &graph->outputs[i - graph->info_count];
    if (!info->has_shape || info->rank > TS_ONNX_MAX_RANK) {
        return false;
    }
    shape->type = info->type;
    shape->rank = info->rank;
    for (int j = 0; j < info->rank; j++) {
        shape->dims[j] = info->dims[j].value > 0 ? info->dims[j].value : -1;
    }
    return fits(shape);
}

bool onnx_infer_by_library(struct onnx_import *m, const struct onnx_node *node)
{
    enum { MOST = 64, FEW_NUMBERS = 1024 };
    struct ts_onnx_shape inputs[MOST] = {0}, outputs[MOST] = {0};
    if (node->input_count > MOST || node->output_count > MOST) {
        return false;
    }
    for (int i = 0; i < node->input_count; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        inputs[i].rank = value ? value->rank : -1;
        if (!value) {
            continue;
        }
        inputs[i].type = value->type;
        memcpy(inputs[i].dims, value->dims, sizeof value->dims);
        inputs[i].values = onnx_elements(value) <= FEW_NUMBERS ? value->numbers : NULL;
    }
    bool known = m->module->infer(m->model, node->proto, inputs, node->input_count, outputs,
                                  node->output_count);
    for (int i = 0; i < node->output_count; i++) {
        if (onnx_out(m, node, i) && !(known && fits(&outputs[i])) &&
            !shape_in_file(m, node->outputs[i], &outputs[i])) {
            return false;
        }
    }
    for (int i = 0; i < node->output_count; i++) {
        if (onnx_out(m, node, i)) {
            onnx_set_shape(onnx_out(m, node, i), outputs[i].type, outputs[i].rank, outputs[i].dims);
        }
    }
    return true;
}
