#include "workloads/training/optimizer.h"

#include <string.h>

/* Operations counted from the update rules:
 *   sgd       w -= lr·g                                                    2
 *   momentum  v = mu·v + g; w -= lr·v                                      4
 *   adam      m = b1·m + (1-b1)·g; v = b2·v + (1-b2)·g²;                   7
 *             w -= lr·(m/c1)/(sqrt(v/c2) + e)   (Kingma and Ba, 2015)     + 7
 *   none      the step ends with the gradients */
static const struct ts_optimizer optimizers[] = {
    {"sgd", 0, 2}, {"momentum", 1, 4}, {"adam", 2, 14}, {"none", 0, 0}};

enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const struct ts_optimizer *ts_optimizer_find(const char *name, struct ts_diagnostics *diagnostics)
{
    const char *names[OPTIMIZERS];
    if (!name)
        return &optimizers[0];
    for (int i = 0; i < OPTIMIZERS; i++) {
        names[i] = optimizers[i].name;
        if (strcmp(name, names[i]) == 0)
            return &optimizers[i];
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, (struct ts_place){0},
                  "unknown optimizer '%s'", name);
    const char *near = ts_suggest(name, names, OPTIMIZERS);
    if (near)
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    else
        ts_diag_help(diagnostics, "optimizers are sgd, momentum, adam and none");
    return NULL;
}

void ts_optimizer_emit(const struct ts_optimizer *optimizer, struct ts_lowering *lowering,
                       const struct ts_node *node)
{
    double elements = 0;
    int first = -1;
    if (optimizer->ops_per_parameter == 0)
        return;
    for (int i = 0; i < node->parameter_count; i++) {
        int tensor = node->parameters[i];
        if (lowering->gradient_ids[tensor] < 0)
            continue;
        elements += ts_tensor_elements(&lowering->graph->tensors[tensor]);
        if (first < 0)
            first = tensor;
        else
            lowering->gradient_ids[tensor] = -1;
    }
    if (first < 0)
        return;
    struct ts_operand weight = ts_lower_operand(lowering, first);
    struct ts_operand gradient = ts_lower_gradient(lowering, first);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, "update", TS_PASS_UPDATE, TS_VECTOR_UPDATE, elements,
                       optimizer->ops_per_parameter);
    kernel->op = "update";
    weight.elements = gradient.elements = elements;
    ts_kernel_read(kernel, weight);
    ts_kernel_read(kernel, gradient);
    kernel->output = weight;
    if (optimizer->states) {
        ts_kernel_read(kernel, ts_lower_scratch(lowering, elements * optimizer->states));
        kernel->output.elements = elements * (1 + optimizer->states);
    }
    lowering->gradient_ids[first] = -1; /* a shared weight is updated once */
}
