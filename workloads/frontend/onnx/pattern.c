/* Functions that exporters write as several nodes: found before the walk, made one node. */
#include "workloads/frontend/onnx/import.h"

#include <string.h>

/* The node that makes input i of `node` when it is of this operator; else NULL. */
static struct onnx_node *maker(struct onnx_import *m, const struct onnx_node *node, int i,
                               const char *op)
{
    const struct onnx_value *value = node ? onnx_in(m, node, i) : NULL;
    struct onnx_node *producer = value ? value->producer : NULL;
    return producer && !producer->is_absorbed && strcmp(producer->op, op) == 0 ? producer : NULL;
}

/* The same for either of both inputs; *other is the index of the one beside it. */
static struct onnx_node *maker_of_either(struct onnx_import *m, const struct onnx_node *node,
                                         const char *op, int *other)
{
    for (int i = 0; node && i < 2; i++) {
        struct onnx_node *found = maker(m, node, i, op);
        if (found) {
            *other = 1 - i;
            return found;
        }
    }
    return NULL;
}

/* The one node that reads a node's output, when it is of this operator; else NULL. */
static struct onnx_node *only_reader(struct onnx_import *m, const struct onnx_node *node,
                                     const char *op)
{
    const struct onnx_value *value = node ? onnx_out(m, node, 0) : NULL;
    return value && value->readers == 1 && value->reader && !value->reader->is_absorbed &&
                   strcmp(value->reader->op, op) == 0
               ? value->reader
               : NULL;
}

/* Known before the run: an initializer or a constant node. */
static bool is_fixed(struct onnx_import *m, const struct onnx_node *node, int i)
{
    const struct onnx_value *value = node ? onnx_in(m, node, i) : NULL;
    return value &&
           (value->is_weight || (value->producer && strcmp(value->producer->op, "Constant") == 0));
}

/* The name that a node reads at i; "" when there is none. */
static const char *name_in(const struct onnx_node *node, int i)
{
    return i < node->input_count ? node->inputs[i] : "";
}

/* Nothing but the parts reads what they make, up to the last. */
static bool is_closed(struct onnx_import *m, const struct onnx_node *last,
                      struct onnx_node *const *parts)
{
    for (int i = 0; parts[i]; i++) {
        const struct onnx_value *made = onnx_out(m, parts[i], 0);
        int readers = 0;
        for (int j = 0; made && parts[i] != last && parts[j]; j++) {
            for (int k = 0; k < parts[j]->input_count; k++) {
                readers += strcmp(parts[j]->inputs[k], made->name) == 0;
            }
        }
        if (!made || parts[i]->output_count != 1 ||
            (parts[i] != last && readers != made->readers)) {
            return false;
        }
    }
    return true;
}

/* The last node takes the place of all: this operator on these inputs. */
static bool replace(struct onnx_import *m, struct onnx_node *last, const char *op,
                    const char *const *inputs, int count, struct onnx_node *const *parts)
{
    const char **copy = TS_NEW_ARRAY(m->arena, count + 1, const char *);
    if (!is_closed(m, last, parts)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        copy[i] = inputs[i];
    }
    for (; *parts; parts++) {
        (*parts)->is_absorbed = *parts != last;
    }
    last->op = op;
    last->domain = "";
    last->inputs = copy;
    last->input_count = count;
    struct ts_onnx_node *bare = TS_NEW(m->arena, struct ts_onnx_node);
    bare->handle = last->proto->handle; /* no attributes */
    last->proto = bare;
    return true;
}

/* x·0.5·(1 + erf(x/√2)): Mul(Mul(x, Add(Erf(Div(x, c)), 1)), 0.5), the halves in any order. */
static bool find_gelu(struct onnx_import *m, struct onnx_node *erf)
{
    struct onnx_node *scaled = maker(m, erf, 0, "Div");
    struct onnx_node *sum = only_reader(m, erf, "Add"), *first = only_reader(m, sum, "Mul");
    scaled = scaled ? scaled : maker(m, erf, 0, "Mul");
    if (!scaled || !first || !(is_fixed(m, scaled, 0) || is_fixed(m, scaled, 1))) {
        return false;
    }
    const char *x = name_in(scaled, is_fixed(m, scaled, 0) ? 1 : 0);
    int side = onnx_in(m, first, 0) == onnx_out(m, sum, 0) ? 1 : 0;
    struct onnx_node *half = maker(m, first, side, "Mul");
    struct onnx_node *last = only_reader(m, first, "Mul");
    if (half && (strcmp(name_in(half, 0), x) == 0 || strcmp(name_in(half, 1), x) == 0) &&
        (is_fixed(m, half, 0) || is_fixed(m, half, 1))) {
        struct onnx_node *const parts[] = {scaled, erf, sum, half, first, NULL};
        return replace(m, first, "Gelu", &x, 1, parts);
    }
    if (strcmp(name_in(first, side), x) == 0 && last &&
        (is_fixed(m, last, 0) || is_fixed(m, last, 1))) {
        struct onnx_node *const parts[] = {scaled, erf, sum, first, last, NULL};
        return replace(m, last, "Gelu", &x, 1, parts);
    }
    return false;
}

/* 0.5·x·(1 + tanh(c·(x + 0.044715·x³))). */
static bool find_gelu_tanh(struct onnx_import *m, struct onnx_node *tanh)
{
    int other = 0, inner = 0, cube_side = 0;
    struct onnx_node *scaled = maker(m, tanh, 0, "Mul");
    struct onnx_node *sum = maker_of_either(m, scaled, "Add", &other);
    struct onnx_node *small = maker_of_either(m, sum, "Mul", &inner);
    struct onnx_node *cube = maker_of_either(m, small, "Pow", &cube_side);
    struct onnx_node *plus = only_reader(m, tanh, "Add"), *first = only_reader(m, plus, "Mul");
    if (!cube || !first) {
        return false;
    }
    const char *x = name_in(cube, 0);
    int side = onnx_in(m, first, 0) == onnx_out(m, plus, 0) ? 1 : 0;
    struct onnx_node *half = maker(m, first, side, "Mul");
    struct onnx_node *last = only_reader(m, first, "Mul");
    if (strcmp(name_in(sum, inner), x) != 0) {
        return false;
    }
    if (half && (strcmp(name_in(half, 0), x) == 0 || strcmp(name_in(half, 1), x) == 0)) {
        struct onnx_node *const parts[] = {cube, small, sum, scaled, tanh, plus, half, first, NULL};
        return replace(m, first, "GeluTanh", &x, 1, parts);
    }
    if (strcmp(name_in(first, side), x) == 0 && last) {
        struct onnx_node *const parts[] = {cube, small, sum, scaled, tanh, plus, first, last, NULL};
        return replace(m, last, "GeluTanh", &x, 1, parts);
    }
    return false;
}

/* x·sigmoid(x). */
static bool find_silu(struct onnx_import *m, struct onnx_node *sigmoid)
{
    struct onnx_node *last = only_reader(m, sigmoid, "Mul");
    const char *x = name_in(sigmoid, 0);
    if (!last || (strcmp(name_in(last, 0), x) != 0 && strcmp(name_in(last, 1), x) != 0)) {
        return false;
    }
    struct onnx_node *const parts[] = {sigmoid, last, NULL};
    return replace(m, last, "Silu", &x, 1, parts);
}

/* The scale after a normalised value, and for layer normalisation the shift. */
static bool finish_norm(struct onnx_import *m, struct onnx_node *normal, const char *x,
                        struct onnx_node **parts, int count, bool is_layer)
{
    const char *inputs[3] = {x, "", ""};
    int found = 1;
    struct onnx_node *scale = only_reader(m, normal, "Mul"), *last = normal;
    if (scale && (is_fixed(m, scale, 0) || is_fixed(m, scale, 1))) {
        inputs[found++] = name_in(scale, is_fixed(m, scale, 0) ? 0 : 1);
        parts[count++] = last = scale;
        struct onnx_node *shift = is_layer ? only_reader(m, scale, "Add") : NULL;
        if (shift && (is_fixed(m, shift, 0) || is_fixed(m, shift, 1))) {
            inputs[found++] = name_in(shift, is_fixed(m, shift, 0) ? 0 : 1);
            parts[count++] = last = shift;
        }
    }
    parts[count] = NULL;
    return replace(m, last, is_layer ? "LayerNormalization" : "RMSNormalization", inputs, found,
                   parts);
}

/* Reduces the last dimension only. */
static bool is_row_mean(struct onnx_import *m, const struct onnx_node *node)
{
    int64_t axes[2];
    int count = onnx_in(m, node, 1) ? onnx_numbers(onnx_in(m, node, 1), axes, 2)
                                    : onnx_ints(node, "axes", axes, 2);
    if (onnx_in(m, node, 1) && count < 0) { /* a constant node's, which is not computed yet */
        return is_fixed(m, node, 1);
    }
    return count == 1 && axes[0] != 1;
}

/* From sqrt(mean(square) + ε): layer normalisation when what is squared is x − mean(x). */
static bool find_norm(struct onnx_import *m, struct onnx_node *root)
{
    int other = 0, side = 0;
    struct onnx_node *parts[12];
    int count = 0;
    struct onnx_node *sum = maker(m, root, 0, "Add");
    struct onnx_node *mean = maker_of_either(m, sum, "ReduceMean", &other);
    struct onnx_node *square = mean && is_row_mean(m, mean) ? maker(m, mean, 0, "Pow") : NULL;
    if (mean && !square && is_row_mean(m, mean) && (square = maker(m, mean, 0, "Mul")) &&
        strcmp(name_in(square, 0), name_in(square, 1)) != 0) {
        square = NULL;
    }
    struct onnx_node *normal = only_reader(m, root, "Div");
    struct onnx_node *inverse = normal ? NULL : only_reader(m, root, "Reciprocal");
    normal = inverse ? only_reader(m, inverse, "Mul") : normal;
    if (!square || !normal || !is_fixed(m, sum, other)) {
        return false;
    }
    const char *centred = name_in(square, 0);
    struct onnx_node *deviation = maker(m, square, 0, "Sub");
    struct onnx_node *centre = maker_of_either(m, deviation, "ReduceMean", &side);
    side = onnx_in(m, normal, 0) == onnx_out(m, inverse ? inverse : root, 0) ? 1 : 0;
    /* Exporters may subtract twice, once for each use. */
    bool same = strcmp(name_in(normal, side), centred) == 0;
    struct onnx_node *twin = same ? NULL : maker(m, normal, side, "Sub");
    bool is_layer = deviation && centre &&
                    (same || (twin && strcmp(name_in(twin, 0), name_in(deviation, 0)) == 0));
    if (!is_layer && !same) {
        return false;
    }
    struct onnx_node *found[] = {square, mean, sum, root, normal, inverse};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        if (found[i]) {
            parts[count++] = found[i];
        }
    }
    if (is_layer) {
        parts[count++] = centre;
        parts[count++] = deviation;
        if (twin) {
            parts[count++] = twin;
        }
    }
    return finish_norm(m, normal, is_layer ? name_in(deviation, 0) : centred, parts, count,
                       is_layer);
}

static const struct {
    const char *op; /* at whose sight the pattern is looked for */
    bool (*find)(struct onnx_import *m, struct onnx_node *node);
} patterns[] = {
    {"Erf", find_gelu}, {"Tanh", find_gelu_tanh}, {"Sigmoid", find_silu}, {"Sqrt", find_norm}};

void onnx_find_patterns(struct onnx_import *m)
{
    for (int i = 0; i < m->node_count; i++) {
        for (size_t j = 0; j < sizeof patterns / sizeof *patterns; j++) {
            if (strcmp(m->nodes[i].op, patterns[j].op) == 0 && !m->nodes[i].is_absorbed &&
                patterns[j].find(m, &m->nodes[i])) {
                break;
            }
        }
    }
}
