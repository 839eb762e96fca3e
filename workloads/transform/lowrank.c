/* Low-rank factors: a layer as two with fewer weights, W[m,n] ~ U[m,r]·V[r,n].
 *
 * Fully connected: V, then U with the bias (Denton et al., "Exploiting linear structure within
 * convolutional networks for efficient evaluation", NIPS 2014, section 3.3). Convolution of k
 * filters over c channels: W[k, c·r·s] ~ U·V is a convolution with fewer filters of the same
 * window, then a 1x1 convolution to k channels (Zhang et al., "Accelerating very deep convolutional
 * networks for classification and detection", TPAMI 2016, section 3.1). Each group has its own
 * pair.
 */
#include "workloads/operators/operator.h"
#include "workloads/transform/compression.h"
#include "workloads/transform/spectrum.h"
#include "workloads/transform/transform.h"

#include <stdlib.h>
#include <string.h>

static const struct ts_place nowhere;

/* One of them is set. */
struct target {
    int64_t rank;
    double energy;
    int64_t *ranks; /* by node of the graph as it was; from a file */
};

static bool parse(struct ts_graph *graph, const char *argument, struct ts_diagnostics *diagnostics,
                  struct target *target)
{
    char *end;
    double value = strtod(argument, &end);
    *target = (struct target){0};
    if (ts_compression_is_file(argument)) {
        target->ranks = TS_NEW_ARRAY(graph->arena, graph->node_count + 1, int64_t);
        return ts_compression_ranks(graph, argument, target->ranks, diagnostics);
    }
    if (end == argument || *end) {
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, nowhere, "'lowrank:%s': not a number",
                             argument);
    }
    if (value > 0 && value < 1) {
        target->energy = value;
        return true;
    }
    if (!(value >= 1 && value <= (double)TS_MAX_DIM) || value != (double)(int64_t)value) {
        ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                      "'lowrank:%s': neither a rank of 1 or more nor a share between 0 and 1",
                      argument);
        ts_diag_help(diagnostics, "lowrank:64 for a rank, lowrank:0.9 for a share of the energy");
        return false;
    }
    target->rank = (int64_t)value;
    return true;
}

static bool is_conv(const struct ts_node *node)
{
    return node->op == &ts_operator_conv;
}

static double *attribute(const struct ts_operator *op, struct ts_attribute *attributes,
                         const char *name)
{
    return attributes[ts_operator_attribute(op, name)].values;
}

/* The matrix of a node (of one of its groups): m outputs of n inputs each. */
struct matrix {
    int64_t m, n, groups;
};

static struct matrix matrix_of(const struct ts_graph *graph, const struct ts_node *node)
{
    const struct ts_tensor *weight = &graph->tensors[node->parameters[0]];
    if (!is_conv(node)) {
        int64_t out = (int64_t)*attribute(node->op, node->attributes, "out");
        return (struct matrix){out, (int64_t)(ts_tensor_elements(weight) / (double)out), 1};
    }
    int64_t groups = (int64_t)*attribute(node->op, node->attributes, "groups");
    return (struct matrix){weight->dims[0] / groups,
                           weight->dims[1] * weight->dims[2] * weight->dims[3], groups};
}

/* A weight that several nodes read has one form for all of them. */
static bool is_shared(const struct ts_graph *graph, int tensor)
{
    int readers = 0;
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].parameter_count; j++) {
            readers += graph->nodes[i].parameters[j] == tensor;
        }
    }
    return readers > 1;
}

/* The rank that `target` asks for, 0 where two factors take no fewer weights or there is no pair
 * for this kind of layer. */
static int64_t rank_of(const struct ts_graph *graph, const struct ts_node *node, int original,
                       const struct target *target)
{
    bool has_factors =
        is_conv(node) || node->op == &ts_operator_fc || node->op == &ts_operator_gemm;
    if (!has_factors || is_shared(graph, node->parameters[0])) {
        return 0;
    }
    struct matrix w = matrix_of(graph, node);
    int64_t rank = target->rank;
    if (target->ranks) {
        rank = target->ranks[original];
    } else if (!rank) {
        rank = ts_spectrum_rank(w.m, w.n, target->energy);
    }
    double factors = (double)rank * (double)(w.m + w.n);
    return factors < (double)w.m * (double)w.n ? rank : 0;
}

/* Factors have the format of the whole, but neither its zeros nor its table. */
static void inherit(struct ts_tensor *factor, enum ts_precision precision, enum ts_precision least)
{
    factor->precision = precision;
    factor->least_precision = least;
    factor->density = 1;
    factor->structured_2_4 = false;
    factor->bits = factor->coded_bits = factor->index_bits = 0;
    factor->padding = factor->table_values = 0;
}

/* What is left of the node: U, after V. */
static void make_second(struct ts_graph *graph, struct ts_node *node, int64_t rank)
{
    static const struct {
        const char *name;
        double value;
    } plain[] = {{"kernel", 1}, {"stride", 1}, {"pad", 0}, {"dilation", 1}, {"padding", 0}};
    struct ts_tensor *weight = &graph->tensors[node->parameters[0]];
    if (!is_conv(node)) {
        weight->dims[node->op == &ts_operator_gemm ? 0 : 1] = rank;
        return;
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        for (int j = 0; j < TS_MAX_RANK; j++) {
            attribute(node->op, node->attributes, plain[i].name)[j] = plain[i].value;
        }
    }
    weight->dims[1] = rank;
    weight->dims[2] = weight->dims[3] = 1;
}

static bool factor(struct ts_graph *graph, int index, int64_t rank,
                   struct ts_diagnostics *diagnostics)
{
    struct ts_node *node = &graph->nodes[index];
    const struct ts_operator *op = node->op;
    const struct ts_tensor whole = graph->tensors[node->parameters[0]];
    int input = node->inputs[0];
    struct ts_attribute *values =
        TS_NEW_ARRAY(graph->arena, op->attribute_count, struct ts_attribute);
    memcpy(values, node->attributes, (size_t)op->attribute_count * sizeof *values);
    *attribute(op, values, "out") = (double)(rank * matrix_of(graph, node).groups);
    if (ts_operator_attribute(op, "bias") >= 0) {
        *attribute(op, values, "bias") = 0;
    }
    const char *name = ts_arena_printf(graph->arena, "%s.v", node->name);
    int between = ts_graph_insert(graph, index, op, name, values, input, diagnostics);
    if (between < 0) {
        return false;
    }
    const struct ts_node *first = &graph->nodes[index];
    node = &graph->nodes[index + 1];
    inherit(&graph->tensors[first->parameters[0]], whole.precision, whole.least_precision);
    inherit(&graph->tensors[node->parameters[0]], whole.precision, whole.least_precision);
    graph->tensors[between].precision = graph->tensors[input].precision;
    node->inputs[0] = between;
    node->name = ts_arena_printf(graph->arena, "%s.u", node->name);
    make_second(graph, node, rank);
    return true;
}

static bool is_dense(const struct ts_tensor *weight)
{
    return weight->density >= 1 && weight->table_values <= 0;
}

static void note(const struct ts_transform_run *run, const char *argument, const char **stayed,
                 int stayed_count, int factored)
{
    struct ts_arena *arena = run->graph->arena;
    ts_program_note(run->program, ts_arena_printf(arena, "lowrank:%s: %d of %d layers became two",
                                                  argument, factored, factored + stayed_count));
    if (stayed_count) {
        ts_program_note(
            run->program,
            ts_arena_printf(arena,
                            "lowrank:%s: %s stay%s: two factors would not be smaller, or "
                            "there are none for such a layer, or no rank for it",
                            argument, ts_transform_names(arena, stayed, stayed_count),
                            stayed_count == 1 ? "s" : ""));
    }
}

static bool lowrank(const struct ts_transform_run *run, const char *argument)
{
    struct ts_graph *graph = run->graph;
    struct target target;
    if (!parse(graph, argument, run->diagnostics, &target)) {
        return false;
    }
    const char **stayed = TS_NEW_ARRAY(graph->arena, graph->node_count + 1, const char *);
    int stayed_count = 0, factored = 0;
    bool lost = false;
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        if (!node->parameter_count || !graph->tensors[node->parameters[0]].is_matrix) {
            continue;
        }
        int64_t rank = rank_of(graph, node, i - factored, &target);
        if (!rank) {
            stayed[stayed_count++] = node->name;
            continue;
        }
        lost |= !is_dense(&graph->tensors[node->parameters[0]]);
        if (!factor(graph, i, rank, run->diagnostics)) {
            return false;
        }
        factored++;
        i++; /* the second factor */
    }
    note(run, argument, stayed, stayed_count, factored);
    if (target.energy > 0) {
        ts_program_note(run->program,
                        "lowrank: ranks follow from the spectrum of independent random "
                        "weights (Marchenko-Pastur); those of the network are not "
                        "read, and trained layers need lower ranks");
    }
    if (lost) {
        ts_program_note(run->program, "lowrank: the factors of pruned or shared weights are dense; "
                                      "prune or share after it");
    }
    return true;
}

const struct ts_transform ts_transform_lowrank = {
    {"lowrank", "RANK|ENERGY|FILE",
     "layers as two with fewer weights: of RANK, what keeps that share of the spectrum, or FILE's",
     "cpu, simt, systolic and sparse: two smaller products; a rank below its width leaves an array "
     "idle in part"},
    true,
    lowrank};
