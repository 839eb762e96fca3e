/* Fusion: work that needs no pass of its own through memory rides with a neighbour. */
#include "workloads/operators/operator.h"
#include "workloads/transform/transform.h"

/* Readers of each tensor. */
static int *count_readers(struct ts_graph *graph)
{
    int *readers = TS_NEW_ARRAY(graph->arena, graph->tensor_count + 1, int);
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            readers[graph->nodes[i].inputs[j]]++;
        }
    }
    return readers;
}

/* The node before, when it feeds only this one; NULL otherwise. */
static struct ts_node *only_producer(struct ts_graph *graph, const struct ts_node *node,
                                     const int *readers)
{
    int producer = graph->tensors[node->inputs[0]].producer;
    if (producer < 0 || readers[node->inputs[0]] != 1 || graph->nodes[producer].output_count != 1) {
        return NULL;
    }
    return &graph->nodes[producer];
}

static bool takes_scale(const struct ts_node *node)
{
    return node->op == &ts_operator_conv || node->op == &ts_operator_conv_transpose ||
           node->op == &ts_operator_fc;
}

/* y = s·(W·x + b) + t is a convolution with weights s·W and bias s·b + t. */
void ts_fold_batchnorm(struct ts_graph *graph)
{
    int *readers = count_readers(graph);
    for (int i = 0; i < graph->node_count; i++) {
        struct ts_node *node = &graph->nodes[i];
        if (node->op != &ts_operator_batchnorm) {
            continue;
        }
        struct ts_node *before = only_producer(graph, node, readers);
        if (!before || !takes_scale(before) || before->epilogue_ops > 0) {
            continue;
        }
        if (before->parameter_count == 1) { /* the shift becomes its bias */
            before->parameters[before->parameter_count++] = node->parameters[1];
        }
        ts_graph_bypass(graph, i--);
    }
}

/* Unary work into the epilogue of what makes its input. */
static void fuse_unary(struct ts_graph *graph)
{
    int *readers = count_readers(graph);
    for (int i = 0; i < graph->node_count; i++) {
        struct ts_node *node = &graph->nodes[i];
        if (node->op->role != TS_ROLE_UNARY) {
            continue;
        }
        struct ts_node *before = only_producer(graph, node, readers);
        if (!before || before->op->role == TS_ROLE_OTHER || before->op == &ts_operator_batchnorm ||
            node->op == &ts_operator_batchnorm) {
            continue;
        }
        before->epilogue_ops += node->op->ops_per_element + node->epilogue_ops;
        readers[node->inputs[0]] = readers[node->outputs[0]];
        ts_graph_bypass(graph, i--);
    }
}

/* A GEMM can read or write rows at any stride: a transpose that keeps the rows whole and stands
 * next to one costs nothing (through reshapes, which are free). */
static void free_transposes(struct ts_graph *graph)
{
    const struct ts_operator *transpose = ts_operator_find("transpose");
    for (int i = 0; i < graph->node_count; i++) {
        struct ts_node *node = &graph->nodes[i];
        if (node->op != transpose || node->epilogue_ops > 0) {
            continue;
        }
        int rank = graph->tensors[node->inputs[0]].rank;
        if (node->attributes[0].values[rank - 1] != rank - 1) {
            continue;
        }
        int producer = graph->tensors[node->inputs[0]].producer;
        bool is_free = producer >= 0 && graph->nodes[producer].op->role == TS_ROLE_GEMM;
        for (int j = i + 1; j < graph->node_count && !is_free; j++) {
            for (int k = 0; k < graph->nodes[j].input_count; k++) {
                is_free |= graph->nodes[j].inputs[k] == node->outputs[0] &&
                           graph->nodes[j].op->role == TS_ROLE_GEMM;
            }
        }
        node->is_free = is_free;
    }
}

void ts_transform_fuse(struct ts_graph *graph)
{
    graph->is_fused = true;
    ts_fold_batchnorm(graph);
    fuse_unary(graph);
    free_transposes(graph);
}

static bool fold(const struct ts_transform_run *run, const char *argument)
{
    (void)argument;
    ts_fold_batchnorm(run->graph);
    return true;
}

static bool fuse(const struct ts_transform_run *run, const char *argument)
{
    (void)argument;
    ts_transform_fuse(run->graph);
    return true;
}

const struct ts_transform ts_transform_batchnorm_fold = {
    {"batchnorm-fold", NULL, "batch normalisation into the weights of the layer before it",
     "cpu, simt, systolic and sparse, in inference"},
    false,
    fold};

const struct ts_transform ts_transform_fusion = {
    {"fuse", NULL, "batch normalisation, activations and element-wise chains into their producers",
     "cpu, simt, systolic and sparse, in inference"},
    false,
    fuse};
