/* From a node to the rule for its operator, and what is done for those without one. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

static const struct onnx_operator *const tables[] = {onnx_layers, onnx_math, onnx_shapes,
                                                     onnx_products};

static const struct onnx_operator *find_in(const struct onnx_operator *table, const char *op)
{
    for (const struct onnx_operator *row = table; row->op; row++) {
        if (strcmp(row->op, op) == 0) {
            return row;
        }
    }
    return NULL;
}

static const struct onnx_operator *find_row(const struct onnx_node *node)
{
    const struct onnx_operator *row = NULL;
    if (strcmp(node->domain, "com.microsoft") == 0) {
        return find_in(onnx_runtime, node->op);
    }
    if (*node->domain && strcmp(node->domain, "ai.onnx") != 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !row; i++) {
        row = find_in(tables[i], node->op);
    }
    return row;
}

/* Without any knowledge an operator is taken to keep the shape of its first input. */
static bool guess_shapes(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = NULL;
    for (int i = 0; i < node->input_count && !from; i++) {
        from = onnx_in(m, node, i);
    }
    if (!from) {
        return onnx_error(m, node, TS_ERROR_UNSUPPORTED,
                          "the shape of what it makes is not known before the run");
    }
    for (int i = 0; i < node->output_count; i++) {
        if (onnx_out(m, node, i)) {
            onnx_set_shape(onnx_out(m, node, i), from->type, from->rank, from->dims);
        }
    }
    return true;
}

bool onnx_estimate(struct onnx_import *m, const struct onnx_node *node)
{
    enum { NAMED = 8 };
    const char *domain = *node->domain ? ts_arena_printf(m->arena, "%s.", node->domain) : "";
    if (m->options->strict) {
        onnx_error(m, node, TS_ERROR_UNSUPPORTED, "there is no model of the operator %s%s", domain,
                   node->op);
        ts_diag_help(m->diagnostics, "without --strict it is estimated by its bytes");
        return false;
    }
    if (m->estimated++ < NAMED) {
        m->estimates = ts_arena_printf(m->arena, "%s%s%s%s '%s'", m->estimates,
                                       *m->estimates ? ", " : "", domain, node->op, node->name);
    } else if (m->estimated == NAMED + 1) {
        m->estimates = ts_arena_printf(m->arena, "%s, ...", m->estimates);
    }
    if (!onnx_infer_by_library(m, node) && !guess_shapes(m, node)) {
        return false;
    }
    for (int i = 0; i < node->output_count; i++) {
        if (!onnx_general(m, node, "estimate", 0, i)) {
            return false;
        }
    }
    return true;
}

bool onnx_map(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_operator *row = find_row(node);
    m->operations++;
    return row ? row->map(m, node, row) : onnx_estimate(m, node);
}
