/* Emitting kernels: operands, tensor ids, names. */
#include "workloads/lower/lower.h"

#include <string.h>

enum { MAX_KERNELS = 400000 };

/* Whether a format that the network needs at least takes the place of the run's. */
static bool is_wider(const struct ts_lowering *lowering, enum ts_precision least)
{
    const struct ts_precision_info *run = ts_precision_info(lowering->precision);
    return least != TS_PRECISION_NONE && !run->is_float &&
           run->storage_bits < ts_precision_info(least)->storage_bits;
}

static bool widens(const struct ts_lowering *lowering)
{
    return is_wider(lowering, lowering->graph->activation_precision);
}

static enum ts_precision activation_format(const struct ts_lowering *lowering)
{
    return widens(lowering) ? lowering->graph->activation_precision : lowering->precision;
}

struct ts_operand ts_lower_operand(const struct ts_lowering *lowering, int index)
{
    const struct ts_tensor *tensor = &lowering->graph->tensors[index];
    enum ts_precision precision = tensor->precision;
    if (precision == TS_PRECISION_NONE) {
        precision = tensor->is_parameter ? lowering->precision : activation_format(lowering);
    }
    if (is_wider(lowering, tensor->least_precision)) {
        precision = tensor->least_precision;
    }
    return (struct ts_operand){.tensor = lowering->tensor_ids[index],
                               .is_weight = tensor->is_parameter,
                               .precision = precision,
                               .elements = ts_tensor_elements(tensor),
                               .density = tensor->density,
                               .values = tensor->values,
                               .bits_per_element =
                                   tensor->bits > 0 ? tensor->bits
                                                    : ts_precision_info(precision)->storage_bits};
}

static struct ts_operand plain_operand(const struct ts_lowering *lowering, int32_t id,
                                       double elements)
{
    enum ts_precision precision = activation_format(lowering);
    return (struct ts_operand){.tensor = id,
                               .precision = precision,
                               .elements = elements,
                               .density = 1,
                               .bits_per_element = ts_precision_info(precision)->storage_bits};
}

struct ts_operand ts_lower_scratch(struct ts_lowering *lowering, double elements)
{
    return plain_operand(lowering, lowering->next_tensor++, elements);
}

struct ts_operand ts_lower_fp32(struct ts_lowering *lowering, double elements)
{
    struct ts_operand operand = ts_lower_scratch(lowering, elements);
    operand.precision = TS_FP32;
    operand.bits_per_element = ts_precision_info(operand.precision)->storage_bits;
    return operand;
}

struct ts_operand ts_lower_gradient(const struct ts_lowering *lowering, int tensor)
{
    return plain_operand(lowering, lowering->gradient_ids[tensor],
                         ts_tensor_elements(&lowering->graph->tensors[tensor]));
}

void ts_lower_alias(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->output_count; i++) {
        lowering->tensor_ids[node->outputs[i]] = lowering->tensor_ids[node->inputs[0]];
    }
}

static struct ts_kernel *append(struct ts_lowering *lowering)
{
    if (lowering->kernel_count == lowering->kernel_capacity) {
        int nodes = lowering->graph->node_count;
        int capacity = lowering->kernel_capacity ? lowering->kernel_capacity * 2
                                                 : nodes * (lowering->training ? 4 : 1) + 8;
        struct ts_kernel *larger = TS_NEW_ARRAY(lowering->arena, capacity, struct ts_kernel);
        if (lowering->kernel_count) {
            memcpy(larger, lowering->kernels, (size_t)lowering->kernel_count * sizeof *larger);
        }
        lowering->kernels = larger;
        lowering->kernel_capacity = capacity;
    }
    return &lowering->kernels[lowering->kernel_count++];
}

struct ts_kernel *ts_emit_copy(struct ts_lowering *lowering, const struct ts_kernel *kernel)
{
    struct ts_kernel *copy = append(lowering);
    *copy = *kernel;
    return copy;
}

static struct ts_kernel *emit(struct ts_lowering *lowering, const struct ts_node *node,
                              const char *suffix, enum ts_pass pass)
{
    struct ts_kernel *kernel = append(lowering);
    const struct ts_operand none = {.tensor = -1, .density = 1, .precision = lowering->precision};
    *kernel = (struct ts_kernel){.name = node->name,
                                 .op = node->label ? node->label : node->op->name,
                                 .pass = pass,
                                 .precision = lowering->precision,
                                 .a = none,
                                 .b = none,
                                 .c = none,
                                 .inputs = {none, none, none},
                                 .output = none,
                                 .row_elements = 1};
    if (suffix) {
        kernel->name = ts_arena_printf(lowering->arena, "%s.%s", node->name, suffix);
    }
    if (lowering->name_suffix) {
        kernel->name =
            ts_arena_printf(lowering->arena, "%s.%s", kernel->name, lowering->name_suffix);
    }
    return kernel;
}

/* The arithmetic runs in the wider of both operands' formats: weights alone being narrow saves
 * bytes, not operations. A machine with narrow weights and a network with wide activations is the
 * exception: the run's precision is what its array multiplies with. */
static enum ts_precision arithmetic(const struct ts_lowering *lowering, struct ts_operand a,
                                    struct ts_operand b)
{
    if (a.precision == b.precision && !widens(lowering)) {
        return a.precision;
    }
    if (widens(lowering)) {
        return lowering->precision;
    }
    int a_bits = ts_precision_info(a.precision)->storage_bits;
    int b_bits = ts_precision_info(b.precision)->storage_bits;
    if (a_bits == b_bits) {
        return lowering->precision;
    }
    return a_bits > b_bits ? a.precision : b.precision;
}

struct ts_kernel *ts_emit_gemm(struct ts_lowering *lowering, const struct ts_node *node,
                               const char *suffix, enum ts_pass pass, struct ts_gemm_dims dims,
                               struct ts_operand a, struct ts_operand b, struct ts_operand c)
{
    struct ts_kernel *kernel = emit(lowering, node, suffix, pass);
    kernel->kind = TS_KERNEL_GEMM;
    kernel->precision = arithmetic(lowering, a, b);
    kernel->batch = dims.batch;
    kernel->m = dims.m;
    kernel->n = dims.n;
    kernel->k = dims.k;
    kernel->a = a;
    kernel->b = b;
    kernel->c = c;
    kernel->macs = (double)dims.batch * (double)dims.m * (double)dims.n * (double)dims.k;
    kernel->effective_macs = kernel->macs * a.density * b.density;
    return kernel;
}

struct ts_kernel *ts_emit_vector(struct ts_lowering *lowering, const struct ts_node *node,
                                 const char *suffix, enum ts_pass pass, enum ts_vector_class class,
                                 double elements, double ops_per_element)
{
    struct ts_kernel *kernel = emit(lowering, node, suffix, pass);
    kernel->kind = TS_KERNEL_VECTOR;
    kernel->vector_class = class;
    kernel->elements = elements;
    kernel->ops_per_element = ops_per_element;
    return kernel;
}

void ts_kernel_read(struct ts_kernel *kernel, struct ts_operand operand)
{
    if (kernel->input_count >= 3) {
        ts_bug("kernel %s reads more than three operands", kernel->name);
    }
    kernel->inputs[kernel->input_count++] = operand;
}

bool ts_lower_within_limit(const struct ts_lowering *lowering, struct ts_diagnostics *diagnostics)
{
    if (lowering->kernel_count <= MAX_KERNELS) {
        return true;
    }
    return ts_diag_error(diagnostics, TS_ERROR_LIMIT, (struct ts_place){0},
                         "'%s' unrolls into more than %d kernels", lowering->graph->name,
                         MAX_KERNELS);
}
