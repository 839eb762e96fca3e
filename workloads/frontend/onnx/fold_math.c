/* Folding of arithmetic on numbers. */
#include "workloads/frontend/onnx/fold.h"

#include <math.h>
#include <string.h>

static double quotient(double a, double b)
{
    return a / b;
}
static double sum(double a, double b)
{
    return a + b;
}
static double difference(double a, double b)
{
    return a - b;
}
static double product(double a, double b)
{
    return a * b;
}
static double equal(double a, double b)
{
    return a == b;
}
static double less(double a, double b)
{
    return a < b;
}
static double less_or_equal(double a, double b)
{
    return a <= b;
}
static double greater(double a, double b)
{
    return a > b;
}
static double greater_or_equal(double a, double b)
{
    return a >= b;
}
static double both(double a, double b)
{
    return a != 0 && b != 0;
}
static double either(double a, double b)
{
    return a != 0 || b != 0;
}
static double one_of_two(double a, double b)
{
    return (a != 0) != (b != 0);
}
/* The sign of the divisor, as for whole numbers in ONNX. */
static double remainder_of(double a, double b)
{
    return a - b * floor(a / b);
}

static double minus(double a)
{
    return -a;
}
static double not(double a)
{
    return a == 0;
}
static double same(double a)
{
    return a;
}
static double inverse(double a)
{
    return 1 / a;
}
static double sign(double a)
{
    return (a > 0) - (a < 0);
}

static const struct {
    const char *op;
    double (*compute)(double a, double b);
    bool is_logical; /* the result is a truth value */
} binary[] = {
    {"Add", sum, false},
    {"Sub", difference, false},
    {"Mul", product, false},
    {"Div", quotient, false},
    {"Mod", remainder_of, false},
    {"Pow", pow, false},
    {"Min", fmin, false},
    {"Max", fmax, false},
    {"Equal", equal, true},
    {"Less", less, true},
    {"LessOrEqual", less_or_equal, true},
    {"Greater", greater, true},
    {"GreaterOrEqual", greater_or_equal, true},
    {"And", both, true},
    {"Or", either, true},
    {"Xor", one_of_two, true},
};

static const struct {
    const char *op;
    double (*compute)(double a);
} unary[] = {
    {"Neg", minus},          {"Abs", fabs},  {"Floor", floor},   {"Ceil", ceil},
    {"Round", rint},         {"Sqrt", sqrt}, {"Exp", exp},       {"Log", log},
    {"Not", not },           {"Cast", same}, {"CastLike", same}, {"Dropout", same},
    {"Reciprocal", inverse}, {"Sign", sign}, {"Sin", sin},       {"Cos", cos},
    {"Tanh", tanh},
};

/* Where element n of the output is in an input that is broadcast to it. */
static int64_t broadcast_index(const struct onnx_value *from, const struct onnx_value *to,
                               int64_t n)
{
    int64_t at = 0, stride = 1;
    for (int i = to->rank - 1, j = from->rank - 1; j >= 0; i--, j--) {
        if (from->dims[j] != 1) {
            at += n % to->dims[i] * stride;
        }
        stride *= from->dims[j];
        n /= to->dims[i];
    }
    return at;
}

static bool result(struct onnx_import *m, const struct onnx_node *node, int first, int count,
                   struct onnx_value *shape)
{
    return onnx_broadcast(m, node, first, count, shape) &&
           onnx_elements(shape) <= TS_ONNX_MAX_CONSTANT;
}

static bool fold_binary(struct onnx_import *m, const struct onnx_node *node,
                        double (*compute)(double, double), bool is_logical)
{
    struct onnx_value shape = {0};
    const struct onnx_value *left = onnx_in(m, node, 0);
    for (int i = 0; i < node->input_count; i++) {
        if (!onnx_in(m, node, i)) {
            return false;
        }
    }
    if (!left || node->input_count < 2 || !result(m, node, 0, node->input_count, &shape)) {
        return false;
    }
    int type = is_logical ? TS_ONNX_BOOL : left->type;
    double *to = onnx_constant(m, node, 0, type, shape.rank, shape.dims);
    for (int64_t n = 0; to && n < (int64_t)onnx_elements(&shape); n++) {
        double value = left->numbers[broadcast_index(left, &shape, n)];
        for (int i = 1; i < node->input_count; i++) {
            const struct onnx_value *right = onnx_in(m, node, i);
            value = compute(value, right->numbers[broadcast_index(right, &shape, n)]);
        }
        to[n] = compute == quotient && !onnx_is_float(type) ? trunc(value) : value;
    }
    return to != NULL;
}

static bool fold_unary(struct onnx_import *m, const struct onnx_node *node,
                       double (*compute)(double))
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int type = (int)onnx_int(node, "to", from->type);
    if (strcmp(node->op, "CastLike") == 0 && onnx_in(m, node, 1)) {
        type = onnx_in(m, node, 1)->type;
    }
    double *to = onnx_constant(m, node, 0, type, from->rank, from->dims);
    for (int64_t i = 0; to && i < (int64_t)onnx_elements(from); i++) {
        to[i] = compute(from->numbers[i]);
        if (compute == same && type == TS_ONNX_BOOL) {
            to[i] = to[i] != 0;
        } else if (compute == same && !onnx_is_float(type)) {
            to[i] = trunc(to[i]);
        }
    }
    return to != NULL;
}

bool onnx_fold_math(struct onnx_import *m, const struct onnx_node *node)
{
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        if (strcmp(binary[i].op, node->op) == 0) {
            return fold_binary(m, node, binary[i].compute, binary[i].is_logical);
        }
    }
    for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
        if (strcmp(unary[i].op, node->op) == 0 && onnx_in(m, node, 0)) {
            return fold_unary(m, node, unary[i].compute);
        }
    }
    return false;
}

bool onnx_fold_where(struct onnx_import *m, const struct onnx_node *node)
{
    struct onnx_value shape = {0};
    const struct onnx_value *from[3];
    for (int i = 0; i < 3; i++) {
        if (!(from[i] = onnx_in(m, node, i))) {
            return false;
        }
    }
    if (!result(m, node, 0, 3, &shape)) {
        return false;
    }
    double *to = onnx_constant(m, node, 0, from[1]->type, shape.rank, shape.dims);
    for (int64_t n = 0; to && n < (int64_t)onnx_elements(&shape); n++) {
        bool first = from[0]->numbers[broadcast_index(from[0], &shape, n)] != 0;
        const struct onnx_value *chosen = from[first ? 1 : 2];
        to[n] = chosen->numbers[broadcast_index(chosen, &shape, n)];
    }
    return to != NULL;
}

/* Over all elements, as exporters count them. */
bool onnx_fold_reduce(struct onnx_import *m, const struct onnx_node *node)
{
    const struct onnx_value *from = onnx_in(m, node, 0);
    int axes[TS_ONNX_MAX_RANK];
    if (!from || from->rank > 1 || onnx_elements(from) < 1 ||
        onnx_axes(m, node, 1, "axes", from->rank, axes) < 0) {
        return false;
    }
    int64_t one = 1;
    bool keeps = onnx_int(node, "keepdims", 1) && from->rank == 1;
    double *to = onnx_constant(m, node, 0, from->type, keeps, &one);
    char kind = node->op[6]; /* Reduce[P]rod, [S]um, [M]ax, [M]in */
    bool is_max = strcmp(node->op, "ReduceMax") == 0;
    if (to) {
        *to = from->numbers[0];
    }
    for (int64_t i = 1; to && i < (int64_t)onnx_elements(from); i++) {
        double x = from->numbers[i];
        *to = kind == 'P' ? *to * x : kind == 'S' ? *to + x : is_max ? fmax(*to, x) : fmin(*to, x);
    }
    return to != NULL;
}
