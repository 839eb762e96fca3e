#include "workloads/lower/distillation.h"

/* Divide by the temperature, compare, subtract, exponential, add, divide. */
enum { SOFTMAX_OPS = 6 };
/* Subtract, scale by the square of the temperature and the weight of the term, add. */
enum { GRADIENT_OPS = 4 };

int ts_network_outputs(const struct ts_graph *graph, int **tensors)
{
    bool *read = TS_NEW_ARRAY(graph->arena, graph->tensor_count + 1, bool);
    int count = 0;
    *tensors = TS_NEW_ARRAY(graph->arena, graph->node_count + 1, int);
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            read[graph->nodes[i].inputs[j]] = true;
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        if (!read[graph->nodes[i].outputs[0]]) {
            (*tensors)[count++] = graph->nodes[i].outputs[0];
        }
    }
    return count;
}

/* Turns `lowering` to another network, with ids of its own, and lowers its forward pass. */
static void lower_forward(struct ts_lowering *lowering, const struct ts_graph *graph)
{
    bool training = lowering->training;
    lowering->graph = graph;
    lowering->training = false;
    lowering->tensor_ids = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, int32_t);
    for (int i = 0; i < graph->tensor_count; i++) {
        lowering->tensor_ids[i] = lowering->next_tensor++;
    }
    for (int i = 0; i < graph->node_count; i++) {
        graph->nodes[i].op->lower(lowering, &graph->nodes[i]);
    }
    lowering->training = training;
}

struct ts_network_size ts_network_size_of(const struct ts_lowering *lowering,
                                          const struct ts_graph *graph)
{
    struct ts_lowering apart = *lowering;
    struct ts_network_size size = {.name = graph->name,
                                   .parameters = ts_graph_parameters(graph),
                                   .parameter_bytes =
                                       ts_graph_parameter_bytes(graph, lowering->precision)};
    apart.kernels = NULL;
    apart.kernel_count = apart.kernel_capacity = 0;
    lower_forward(&apart, graph);
    for (int i = 0; i < apart.kernel_count; i++) {
        size.macs += apart.kernels[i].macs;
    }
    return size;
}

struct ts_operand *ts_lower_teacher(struct ts_lowering *lowering, int *count)
{
    const struct ts_graph *student = lowering->graph, *teacher = student->teacher;
    int32_t *student_ids = lowering->tensor_ids;
    int *tensors, first = lowering->kernel_count;
    lower_forward(lowering, teacher);
    *count = ts_network_outputs(teacher, &tensors);
    struct ts_operand *outputs = TS_NEW_ARRAY(lowering->arena, *count + 1, struct ts_operand);
    for (int i = 0; i < *count; i++) {
        outputs[i] = ts_lower_operand(lowering, tensors[i]);
    }
    for (int i = first; i < lowering->kernel_count; i++) {
        lowering->kernels[i].name =
            ts_arena_printf(lowering->arena, "teacher.%s", lowering->kernels[i].name);
    }
    lowering->graph = student;
    lowering->tensor_ids = student_ids;
    return outputs;
}

static struct ts_operand soften(struct ts_lowering *lowering, const struct ts_node *node,
                                const char *suffix, struct ts_operand logits, double row)
{
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, suffix, TS_PASS_FORWARD,
                                              TS_VECTOR_SOFTMAX, logits.elements, SOFTMAX_OPS);
    kernel->op = "softmax";
    kernel->row_elements = row;
    ts_kernel_read(kernel, logits);
    kernel->output = ts_lower_scratch(lowering, logits.elements);
    return kernel->output;
}

void ts_lower_soft_loss(struct ts_lowering *lowering, const struct ts_operand *teacher_outputs)
{
    int *tensors, count = ts_network_outputs(lowering->graph, &tensors);
    for (int i = 0; i < count; i++) {
        const struct ts_tensor *tensor = &lowering->graph->tensors[tensors[i]];
        struct ts_node node = {
            .name = ts_arena_printf(lowering->arena, "%s.distillation", tensor->name),
            .op = &ts_operator_loss};
        double row = (double)tensor->dims[tensor->rank - 1];
        struct ts_operand target = soften(lowering, &node, "target", teacher_outputs[i], row);
        struct ts_operand guess =
            soften(lowering, &node, "guess", ts_lower_operand(lowering, tensors[i]), row);
        struct ts_kernel *kernel =
            ts_emit_vector(lowering, &node, "gradient", TS_PASS_BACKWARD_DATA,
                           TS_VECTOR_ELEMENTWISE, guess.elements, GRADIENT_OPS);
        kernel->op = "loss";
        ts_kernel_read(kernel, target);
        ts_kernel_read(kernel, guess);
        ts_kernel_read(kernel, ts_lower_scratch(lowering, guess.elements));
        kernel->output = kernel->inputs[2];
    }
}
