#include "workloads/training/optimizer.h"

#include "workloads/training/training.h"

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
    if (!name) {
        return &optimizers[0];
    }
    for (int i = 0; i < OPTIMIZERS; i++) {
        names[i] = optimizers[i].name;
        if (strcmp(name, names[i]) == 0) {
            return &optimizers[i];
        }
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, (struct ts_place){0},
                  "unknown optimizer '%s'", name);
    const char *near = ts_suggest(name, names, OPTIMIZERS);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    } else {
        ts_diag_help(diagnostics, "optimizers are sgd, momentum, adam and none");
    }
    return NULL;
}

/* Multiplied by 1/scale and checked for infinities, in place. */
static void emit_unscale(struct ts_lowering *lowering, const struct ts_parameter_group *group)
{
    struct ts_kernel *kernel = ts_emit_vector(lowering, group->node, "unscale", TS_PASS_UPDATE,
                                              TS_VECTOR_ELEMENTWISE, group->elements, 2);
    kernel->op = "unscale";
    ts_kernel_read(kernel, group->gradient);
    kernel->output = group->gradient;
}

/* Mixed precision updates the master copy and writes the narrow weights that the next step reads
 * beside it: one result operand, with the mean width of what it is made of. */
static void write_master(struct ts_lowering *lowering, const struct ts_optimizer *optimizer,
                         const struct ts_parameter_group *group, struct ts_kernel *kernel)
{
    struct ts_operand narrow = ts_lower_operand(lowering, group->first);
    struct ts_operand master = ts_lower_fp32(lowering, group->elements);
    ts_kernel_read(kernel, master);
    ts_kernel_read(kernel, group->gradient);
    kernel->output = master;
    kernel->output.elements = group->elements * (2 + optimizer->states);
    kernel->output.bits_per_element =
        (master.bits_per_element * (1 + optimizer->states) + narrow.bits_per_element) /
        (2 + optimizer->states);
}

static void emit_update(struct ts_lowering *lowering, const struct ts_training_step *step,
                        const struct ts_parameter_group *group)
{
    const struct ts_optimizer *optimizer = step->optimizer;
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, group->node, "update", TS_PASS_UPDATE, TS_VECTOR_UPDATE,
                       group->elements, optimizer->ops_per_parameter);
    kernel->op = "update";
    if (step->mixed) {
        write_master(lowering, optimizer, group, kernel);
    } else {
        struct ts_operand weight = ts_lower_operand(lowering, group->first);
        weight.elements = group->elements;
        ts_kernel_read(kernel, weight);
        ts_kernel_read(kernel, group->gradient);
        kernel->output = weight;
        kernel->output.elements = group->elements * (1 + optimizer->states);
    }
    double states = group->elements * optimizer->states;
    if (states > 0) {
        ts_kernel_read(kernel, step->mixed ? ts_lower_fp32(lowering, states)
                                           : ts_lower_scratch(lowering, states));
    }
}

void ts_optimizer_emit(struct ts_lowering *lowering, const struct ts_training_step *step)
{
    if (step->optimizer->ops_per_parameter == 0) {
        return;
    }
    for (int i = 0; i < step->group_count && step->scales_loss; i++) {
        emit_unscale(lowering, &step->groups[i]);
    }
    for (int i = 0; i < step->group_count; i++) {
        emit_update(lowering, step, &step->groups[i]);
    }
}
