/* Folding: what follows from known numbers and shapes is computed when the file is read, as
 * exporters write the shapes of reshapes and slices as arithmetic on the shapes of tensors. */
#include "workloads/frontend/onnx/fold.h"

#include <math.h>
#include <string.h>

/* Of all constants together, made and read. */
enum { MAX_CONSTANTS = 1 << 24, MAX_FOLDED = 1 << 28 };

double *onnx_constant(struct onnx_import *m, const struct onnx_node *node, int i, int type,
                      int rank, const int64_t *dims)
{
    struct onnx_value *to = onnx_out(m, node, i);
    double elements = 1;
    if (!to || rank > TS_ONNX_MAX_RANK) {
        return NULL;
    }
    for (int j = 0; j < rank; j++) {
        if (dims[j] < 0) {
            return NULL;
        }
        elements *= (double)dims[j];
    }
    if (elements > TS_ONNX_MAX_CONSTANT || m->constant_elements + elements > MAX_CONSTANTS) {
        return NULL;
    }
    m->constant_elements += elements;
    double *numbers = TS_NEW_ARRAY(m->arena, (size_t)elements + 1, double);
    onnx_set_shape(to, type, rank, dims);
    to->numbers = numbers;
    to->is_weight = true;
    return numbers;
}

/* ------------------------------------------------------------------ sources of numbers */

static bool fold_shape(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    if (!from) {
        return false;
    }
    int64_t start = onnx_int(node, "start", 0), end = onnx_int(node, "end", from->rank);
    start = start < 0 ? start + from->rank : start;
    end = end < 0 ? end + from->rank : end;
    start = start < 0 ? 0 : start > from->rank ? from->rank : start;
    end = end > from->rank ? from->rank : end < start ? start : end;
    int64_t count = end - start;
    double *to = onnx_constant(m, node, 0, TS_ONNX_INT64, 1, &count);
    for (int64_t i = 0; to && i < count; i++) {
        to[i] = (double)from->dims[start + i];
    }
    return to != NULL;
}

static bool fold_size(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    double *to = from ? onnx_constant(m, node, 0, TS_ONNX_INT64, 0, NULL) : NULL;
    if (to) {
        *to = onnx_elements(from);
    }
    return to != NULL;
}

static bool fold_constant(struct onnx_import *m, const struct onnx_node *node)
{
    static const char *const names[] = {"value", "value_int", "value_float", "value_ints",
                                        "value_floats"};
    struct onnx_value *to = onnx_out(m, node, 0);
    const struct ts_onnx_attribute *found = NULL;
    for (size_t i = 0; !found && i < sizeof names / sizeof *names; i++) {
        found = onnx_attribute(node, names[i]);
    }
    if (!to || !found) {
        return false;
    }
    if (found->kind == TS_ONNX_ATTR_TENSOR) {
        const struct ts_onnx_tensor *tensor = found->tensor;
        bool sound = tensor->rank <= TS_ONNX_MAX_RANK;
        for (int i = 0; sound && i < tensor->rank; i++) {
            sound = tensor->dims[i] >= 0 && tensor->dims[i] <= TS_MAX_DIM;
        }
        if (!sound) {
            return false;
        }
        onnx_set_shape(to, tensor->type, tensor->rank, tensor->dims);
        to->numbers = tensor->values;
        return to->is_weight = true;
    }
    bool list = found->kind == TS_ONNX_ATTR_INTS || found->kind == TS_ONNX_ATTR_FLOATS;
    bool real = found->kind == TS_ONNX_ATTR_FLOAT || found->kind == TS_ONNX_ATTR_FLOATS;
    int64_t count = list ? found->count : 1;
    double *numbers = onnx_constant(m, node, 0, real ? TS_ONNX_FLOAT : TS_ONNX_INT64, list, &count);
    for (int64_t i = 0; numbers && i < count; i++) {
        numbers[i] = list ? (real ? found->reals[i] : (double)found->integers[i])
                          : (real ? found->real : (double)found->integer);
    }
    return numbers != NULL;
}

static bool fold_fill(struct onnx_import *m, const struct onnx_node *node)
{
    int64_t dims[TS_ONNX_MAX_RANK];
    const struct ts_onnx_attribute *value = onnx_attribute(node, "value");
    int rank = onnx_numbers(onnx_in(m, node, 0), dims, TS_ONNX_MAX_RANK);
    const struct ts_onnx_tensor *tensor = value ? value->tensor : NULL;
    double *to = rank < 0
                     ? NULL
                     : onnx_constant(m, node, 0, tensor ? tensor->type : TS_ONNX_FLOAT, rank, dims);
    for (int64_t i = 0; to && i < (int64_t)onnx_elements(onnx_out(m, node, 0)); i++) {
        to[i] = tensor && tensor->values && tensor->value_count ? tensor->values[0] : 0;
    }
    return to != NULL;
}

static bool fold_range(struct onnx_import *m, const struct onnx_node *node)
{
    double numbers[3];
    for (int i = 0; i < 3; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        if (!onnx_is_constant(value) || onnx_elements(value) != 1) {
            return false;
        }
        numbers[i] = value->numbers[0];
    }
    double steps = ceil((numbers[1] - numbers[0]) / numbers[2]);
    if (!(fabs(steps) <= TS_MAX_ELEMENTS)) {
        return false;
    }
    int64_t count = steps > 0 ? (int64_t)steps : 0;
    double *to = onnx_constant(m, node, 0, onnx_in(m, node, 0)->type, 1, &count);
    for (int64_t i = 0; to && i < count; i++) {
        to[i] = numbers[0] + (double)i * numbers[2];
    }
    return to != NULL;
}

/* ------------------------------------------------------------------ the table */

static const struct fold_row {
    const char *op;
    bool (*fold)(struct onnx_import *m, const struct onnx_node *node);
    bool needs_numbers; /* all inputs are known; otherwise shapes are enough */
} rows[] = {
    {"Shape", fold_shape, false},
    {"Size", fold_size, false},
    {"Constant", fold_constant, false},
    {"ConstantOfShape", fold_fill, true},
    {"Range", fold_range, true},
    {"Gather", onnx_fold_gather, true},
    {"Concat", onnx_fold_concat, true},
    {"Slice", onnx_fold_slice, true},
    {"Transpose", onnx_fold_transpose, true},
    {"Expand", onnx_fold_expand, true},
    {"Reshape", onnx_fold_view, true},
    {"Squeeze", onnx_fold_view, true},
    {"Unsqueeze", onnx_fold_view, true},
    {"Flatten", onnx_fold_view, true},
    {"Identity", onnx_fold_view, true},
    {"Split", onnx_fold_split, true},
    {"Where", onnx_fold_where, true},
    {"NonZero", onnx_fold_nonzero, true},
    {"ReduceProd", onnx_fold_reduce, true},
    {"ReduceSum", onnx_fold_reduce, true},
    {"ReduceMax", onnx_fold_reduce, true},
    {"ReduceMin", onnx_fold_reduce, true},
};

static bool all_inputs(struct onnx_import *m, const struct onnx_node *node, bool numbers)
{
    int found = 0;
    for (int i = 0; i < node->input_count; i++) {
        const struct onnx_value *value = onnx_in(m, node, i);
        if (!value) {
            continue;
        }
        if (!value->is_weight || (numbers && !onnx_is_constant(value))) {
            return false;
        }
        m->folded_elements += numbers ? onnx_elements(value) : 0;
        found++;
    }
    return found > 0 && m->folded_elements <= MAX_FOLDED;
}

/* Operators whose result no weight determines. */
static bool is_own_source(const struct onnx_node *node)
{
    return strncmp(node->op, "Random", 6) == 0 || strcmp(node->op, "Loop") == 0 ||
           strcmp(node->op, "If") == 0 || strcmp(node->op, "Scan") == 0;
}

/* Weights made of weights alone are made once, before the run. */
static bool fold_weights(struct onnx_import *m, const struct onnx_node *node)
{
    if (is_own_source(node) || !all_inputs(m, node, false) || !onnx_infer_by_library(m, node)) {
        return false;
    }
    struct onnx_value *from = onnx_in(m, node, 0);
    for (int i = 0; i < node->output_count; i++) {
        struct onnx_value *to = onnx_out(m, node, i);
        if (!to) {
            continue;
        }
        to->is_weight = true;
        if (from && onnx_elements(from) == onnx_elements(to)) {
            to->origin = from->origin ? from->origin : from;
        }
    }
    return true;
}

bool onnx_fold(struct onnx_import *m, const struct onnx_node *node, bool *folded)
{
    bool standard = !*node->domain || strcmp(node->domain, "ai.onnx") == 0;
    bool numbers = all_inputs(m, node, true);
    int errors = m->diagnostics->errors;
    *folded = false;
    for (size_t i = 0; standard && i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].op, node->op) == 0 && (!rows[i].needs_numbers || numbers)) {
            *folded = rows[i].fold(m, node);
        }
    }
    if (!*folded && standard && numbers) {
        *folded = onnx_fold_math(m, node);
    }
    if (!*folded && standard && m->diagnostics->errors == errors) {
        *folded = fold_weights(m, node);
    }
    return m->diagnostics->errors == errors;
}
