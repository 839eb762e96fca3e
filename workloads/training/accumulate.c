/* Gradient accumulation: one program for all micro-batches of a step. */
#include "workloads/training/training.h"

/* The simulator's caches tell as many tensors apart. */
enum { MAX_TENSORS = 1000000 };

struct repetition {
    struct ts_lowering *lowering;
    struct ts_training_step *step;
    const struct ts_kernel *kernels; /* forward and backward of one micro-batch */
    int kernel_count;
    int32_t tensor_count;
    bool *is_shared;    /* tensors that all micro-batches have in common: weights */
    int *group_done_by; /* by kernel, the group whose gradient is whole after it; -1 = none */
};

static int32_t moved(const struct repetition *repetition, int32_t tensor, int64_t micro_batch)
{
    if (tensor < 0 || repetition->is_shared[tensor]) {
        return tensor;
    }
    return tensor + (int32_t)(micro_batch * repetition->tensor_count);
}

static void copy_kernel(const struct repetition *repetition, const struct ts_kernel *kernel,
                        int64_t micro_batch)
{
    struct ts_kernel *copy = ts_emit_copy(repetition->lowering, kernel);
    if (micro_batch) {
        copy->name = ts_arena_printf(repetition->lowering->arena, "%s@%lld", kernel->name,
                                     (long long)micro_batch + 1);
    }
    struct ts_operand *operands[] = {&copy->a,         &copy->b,         &copy->c,
                                     &copy->inputs[0], &copy->inputs[1], &copy->inputs[2],
                                     &copy->output};
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++) {
        operands[i]->tensor = moved(repetition, operands[i]->tensor, micro_batch);
    }
}

static void find_shared(struct repetition *repetition)
{
    const struct ts_lowering *lowering = repetition->lowering;
    repetition->is_shared = TS_NEW_ARRAY(lowering->arena, repetition->tensor_count + 1, bool);
    for (int i = 0; i < lowering->graph->tensor_count; i++) {
        if (lowering->graph->tensors[i].is_parameter) {
            repetition->is_shared[lowering->tensor_ids[i]] = true;
        }
    }
    for (int i = 0; i < repetition->kernel_count; i++) {
        if (repetition->kernels[i].b.is_weight && repetition->kernels[i].b.tensor >= 0) {
            repetition->is_shared[repetition->kernels[i].b.tensor] = true;
        }
    }
}

/* A gradient is whole when the last kernel that writes a parameter of its group is done. */
static void find_last_writers(struct repetition *repetition)
{
    struct ts_lowering *lowering = repetition->lowering;
    int *group_of = TS_NEW_ARRAY(lowering->arena, repetition->tensor_count + 1, int);
    repetition->group_done_by = TS_NEW_ARRAY(lowering->arena, repetition->kernel_count + 1, int);
    for (int i = 0; i < repetition->step->group_count; i++) {
        const struct ts_node *node = repetition->step->groups[i].node;
        for (int j = 0; j < node->parameter_count; j++) {
            if (lowering->gradient_ids[node->parameters[j]] >= 0) {
                group_of[lowering->gradient_ids[node->parameters[j]]] = i + 1;
            }
        }
    }
    bool *seen = TS_NEW_ARRAY(lowering->arena, repetition->step->group_count + 1, bool);
    for (int i = repetition->kernel_count - 1; i >= 0; i--) {
        const struct ts_kernel *kernel = &repetition->kernels[i];
        int32_t written = kernel->kind == TS_KERNEL_GEMM ? kernel->c.tensor : kernel->output.tensor;
        int group = written >= 0 ? group_of[written] - 1 : -1;
        repetition->group_done_by[i] = group >= 0 && !seen[group] ? group : -1;
        if (group >= 0) {
            seen[group] = true;
        }
    }
}

/* sum += gradient; in the first micro-batch the fp32 sum is but converted. */
static void add_up(const struct repetition *repetition, const struct ts_parameter_group *group,
                   struct ts_operand sum, int64_t micro_batch)
{
    struct ts_lowering *lowering = repetition->lowering;
    struct ts_operand gradient = ts_lower_gradient(lowering, group->first);
    gradient.elements = group->elements;
    if (gradient.tensor == sum.tensor && micro_batch == 0) {
        return;
    }
    gradient.tensor = moved(repetition, gradient.tensor, micro_batch);
    const char *suffix =
        ts_arena_printf(lowering->arena, "accumulate@%lld", (long long)micro_batch + 1);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, group->node, suffix, TS_PASS_BACKWARD_WEIGHT,
                       TS_VECTOR_ELEMENTWISE, group->elements, 1);
    kernel->op = "add";
    ts_kernel_read(kernel, gradient);
    if (micro_batch) {
        ts_kernel_read(kernel, sum);
    }
    kernel->output = sum;
}

static void begin_sums(struct ts_lowering *lowering, struct ts_training_step *step)
{
    for (int i = 0; i < step->group_count; i++) {
        struct ts_parameter_group *group = &step->groups[i];
        if (step->mixed) {
            group->gradient = ts_lower_fp32(lowering, group->elements);
        }
    }
}

bool ts_training_accumulate(struct ts_lowering *lowering, struct ts_training_step *step,
                            struct ts_diagnostics *diagnostics)
{
    if (step->micro_batches <= 1) {
        return true;
    }
    struct repetition repetition = {.lowering = lowering,
                                    .step = step,
                                    .kernels = lowering->kernels,
                                    .kernel_count = lowering->kernel_count,
                                    .tensor_count = lowering->next_tensor};
    if ((double)lowering->next_tensor * (double)step->micro_batches > MAX_TENSORS) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, (struct ts_place){0},
                             "%lld micro-batches of '%s' have more than %d tensors",
                             (long long)step->micro_batches, lowering->graph->name, MAX_TENSORS);
    }
    find_shared(&repetition);
    find_last_writers(&repetition);
    lowering->next_tensor *= (int32_t)step->micro_batches;
    begin_sums(lowering, step);
    lowering->kernels = NULL;
    lowering->kernel_count = lowering->kernel_capacity = 0;
    for (int64_t m = 0; m < step->micro_batches; m++) {
        for (int i = 0; i < repetition.kernel_count; i++) {
            copy_kernel(&repetition, &repetition.kernels[i], m);
            int group = repetition.group_done_by[i];
            if (group >= 0) {
                add_up(&repetition, &step->groups[group], step->groups[group].gradient, m);
            }
            if (!ts_lower_within_limit(lowering, diagnostics)) {
                return false;
            }
        }
    }
    return true;
}
