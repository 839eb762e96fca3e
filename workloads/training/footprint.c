/* Memory that a training step keeps. */
#include "workloads/training/footprint.h"

#include "workloads/training/training.h"

#include <math.h>

double ts_footprint_bytes(const struct ts_footprint *footprint)
{
    return footprint->weights + footprint->master_weights + footprint->gradients +
           footprint->optimizer + footprint->activations + footprint->workspace;
}

/* When a tensor is written first and touched last, and its size. */
struct life {
    int first, last; /* kernels; first < 0: never touched */
    double bytes;
};

static void touch(struct life *lives, const struct ts_operand *operand, int kernel)
{
    if (operand->tensor < 0) {
        return;
    }
    struct life *life = &lives[operand->tensor];
    if (life->last < 0) {
        life->first = kernel;
    }
    life->last = kernel;
    life->bytes = fmax(life->bytes, ts_operand_dense_bytes(operand));
}

/* Steps of a recurrence write a tensor piece by piece: its size is the graph's. */
static struct life *lives_of(const struct ts_lowering *lowering)
{
    const struct ts_graph *graph = lowering->graph;
    struct life *lives = TS_NEW_ARRAY(lowering->arena, lowering->next_tensor + 1, struct life);
    for (int i = 0; i < lowering->next_tensor; i++) {
        lives[i].last = -1;
    }
    for (int i = 0; i < graph->tensor_count; i++) {
        struct ts_operand operand = ts_lower_operand(lowering, i);
        lives[operand.tensor].bytes = ts_operand_dense_bytes(&operand);
    }
    for (int i = 0; i < lowering->kernel_count; i++) {
        const struct ts_kernel *kernel = &lowering->kernels[i];
        const struct ts_operand *operands[] = {
            &kernel->a,         &kernel->b,         &kernel->c,     &kernel->inputs[0],
            &kernel->inputs[1], &kernel->inputs[2], &kernel->output};
        for (int j = 0; j < 7; j++) {
            touch(lives, operands[j], i);
        }
    }
    return lives;
}

/* Weights and the gradients that the update reads are counted apart. */
static void leave_out_parameters(const struct ts_lowering *lowering,
                                 const struct ts_training_step *step, struct life *lives)
{
    const struct ts_graph *graph = lowering->graph;
    for (int i = 0; i < graph->tensor_count; i++) {
        if (!graph->tensors[i].is_parameter) {
            continue;
        }
        lives[lowering->tensor_ids[i]].bytes = 0;
        if (lowering->gradient_ids[i] >= 0 && !(step->mixed && step->micro_batches > 1)) {
            lives[lowering->gradient_ids[i]].bytes = 0;
        }
    }
    for (int i = 0; i < step->group_count; i++) {
        lives[step->groups[i].gradient.tensor].bytes = 0;
    }
    for (int i = 0; i < lowering->kernel_count; i++) { /* those of a teacher */
        const struct ts_kernel *kernel = &lowering->kernels[i];
        if (kernel->b.is_weight && kernel->b.tensor >= 0) {
            lives[kernel->b.tensor].bytes = 0;
        }
    }
}

/* The most bytes alive at once: activations between the kernel that writes them and the last that
 * reads them, the network's input from the start, gradients on their way back. */
static double peak_bytes(const struct ts_lowering *lowering, const struct life *lives)
{
    double *change = TS_NEW_ARRAY(lowering->arena, lowering->kernel_count + 2, double);
    double alive = 0, peak = 0;
    for (int i = 0; i < lowering->next_tensor; i++) {
        if (lives[i].last < 0) {
            continue;
        }
        change[lives[i].first] += lives[i].bytes;
        change[lives[i].last + 1] -= lives[i].bytes;
    }
    for (int i = 0; i < lowering->kernel_count; i++) {
        alive += change[i];
        peak = fmax(peak, alive);
    }
    return peak;
}

struct ts_footprint ts_training_footprint(const struct ts_lowering *lowering,
                                          const struct ts_training_step *step)
{
    const double fp32_bytes = 4;
    double narrow = ts_precision_info(lowering->precision)->storage_bits / 8.0;
    double parameters = ts_graph_parameters(lowering->graph);
    bool wide_sums = step->mixed && step->micro_batches > 1;
    struct life *lives = lives_of(lowering);
    leave_out_parameters(lowering, step, lives);
    return (struct ts_footprint){.weights = parameters * narrow,
                                 .master_weights = step->mixed ? parameters * fp32_bytes : 0,
                                 .gradients = parameters * (wide_sums ? fp32_bytes : narrow),
                                 .optimizer = parameters * step->optimizer->states *
                                              (step->mixed ? fp32_bytes : narrow),
                                 .activations = peak_bytes(lowering, lives)};
}
