/* Zeros in weights and activations. */
#include "workloads/operators/operator.h"
#include "workloads/transform/compression.h"
#include "workloads/transform/transform.h"

#include <math.h>

/* Relative indices of 4 bits (EIE, Han et al., ISCA 2016): where 15 zeros and more lie between two
 * non-zeros a zero is stored. With zeros anywhere a gap of 16 has probability (1 - density)^16. */
enum { INDEX_BITS = 4 };

static double padding_of(double density)
{
    double gap = pow(1 - density, 1 << INDEX_BITS);
    return gap / (1 - gap);
}

/* Each weight matrix keeps this fraction of what it has, zeros anywhere (Han et al., NIPS 2015). */
static bool prune(const struct ts_transform_run *run, const char *argument)
{
    double density;
    if (ts_compression_is_file(argument)) {
        return ts_compression_apply(run->graph, "prune", argument, TS_COMPRESSION_PRUNE,
                                    run->diagnostics);
    }
    if (!ts_transform_density("prune", argument, run->diagnostics, &density)) {
        return false;
    }
    for (int i = 0; i < run->graph->tensor_count; i++) {
        struct ts_tensor *tensor = &run->graph->tensors[i];
        if (!tensor->is_matrix) {
            continue;
        }
        tensor->density = density;
        tensor->index_bits = density < 1 ? INDEX_BITS : 0;
        tensor->padding = padding_of(density);
    }
    return true;
}

/* What enters a layer with weights has this fraction of non-zeros. */
static bool activations(const struct ts_transform_run *run, const char *argument)
{
    double density;
    if (!ts_transform_density("activations", argument, run->diagnostics, &density)) {
        return false;
    }
    for (int i = 0; i < run->graph->node_count; i++) {
        const struct ts_node *node = &run->graph->nodes[i];
        if (node->parameter_count && run->graph->tensors[node->parameters[0]].is_matrix) {
            run->graph->tensors[node->inputs[0]].density = density;
        }
    }
    return true;
}

/* Two of every four weights along the reduction are zero, as sparse tensor cores take them (Mishra
 * et al., arXiv 2104.08378); reductions of less than four stay dense. */
static bool prune_2_4(const struct ts_transform_run *run, const char *argument)
{
    (void)argument;
    for (int i = 0; i < run->graph->tensor_count; i++) {
        struct ts_tensor *tensor = &run->graph->tensors[i];
        double reduction = ts_tensor_elements(tensor) / (double)tensor->dims[0];
        if (!tensor->is_matrix || reduction < 4) {
            continue;
        }
        tensor->structured_2_4 = true;
        tensor->density = 0.5;
        tensor->index_bits = 2; /* which of four (Mishra et al., section 3.1) */
        tensor->padding = 0;
    }
    return true;
}

const struct ts_transform ts_transform_prune = {
    {"prune", "DENSITY|FILE",
     "zeros anywhere in the weights; DENSITY of them stay, or FILE's by layer",
     "sparse (EIE) skips the zeros; cpu, simt and systolic compute them and gain nothing"},
    true,
    prune};

const struct ts_transform ts_transform_activations = {
    {"activations", "DENSITY", "fraction of non-zeros in what layers with weights read",
     "sparse (EIE) skips the zeros; cpu, simt and systolic compute them and gain nothing"},
    true,
    activations};

const struct ts_transform ts_transform_prune_2_4 = {
    {"prune-2:4", NULL, "two zeros in every four weights along the reduction",
     "simt with sparse tensor cores (A100, H100) doubles its rate; sparse skips the zeros; cpu and "
     "systolic gain nothing"},
    true,
    prune_2_4};
