#include "workloads/lower/winograd.h"

/* Additions and multiplications by constants of the transforms, for each value of a tile (Lavin and
 * Gray, table 1: beta, gamma, delta). */
static const struct cost {
    int tile;
    double input, filter, output;
} costs[] = {{2, 2.00, 1.75, 1.50}, {4, 4.00, 2.00, 2.78}};

static const struct cost *cost_of(int tile)
{
    return tile == costs[0].tile ? &costs[0] : &costs[1];
}

/* Sums of up to 100 integers, which the transforms make, do not fit the format of their terms. */
const char *ts_winograd_refusal(const struct ts_lowering *lowering, const struct ts_node *node)
{
    if (lowering->winograd == TS_WINOGRAD_NONE) {
        return "the machine works on compressed weights, which the transform fills with non-zeros";
    }
    int tensors[] = {node->inputs[0], node->parameters[0]};
    for (int i = 0; i < 2; i++) {
        struct ts_operand operand = ts_lower_operand(lowering, tensors[i]);
        const struct ts_precision_info *info = ts_precision_info(operand.precision);
        if (!info->is_float || info->storage_bits < 16) {
            return ts_arena_printf(lowering->arena, "transformed values do not fit %s", info->name);
        }
    }
    return NULL;
}

static struct ts_operand transform(struct ts_lowering *lowering, const struct ts_node *node,
                                   const struct ts_winograd_pass *pass, const char *name,
                                   struct ts_operand from, struct ts_operand to, double ops)
{
    const char *suffix = name;
    if (pass->suffix) {
        suffix = ts_arena_printf(lowering->arena, "%s.%s", pass->suffix, name);
    }
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, suffix, pass->pass, TS_VECTOR_ELEMENTWISE, to.elements, ops);
    kernel->op = "winograd";
    ts_kernel_read(kernel, from);
    kernel->output = to;
    return to;
}

static struct ts_operand filters(struct ts_lowering *lowering, const struct ts_node *node,
                                 const struct ts_winograd_pass *pass, double points)
{
    double elements = points * (double)pass->in * (double)pass->out;
    if (lowering->training) {
        return transform(lowering, node, pass, "filter_transform", pass->weight,
                         ts_lower_scratch(lowering, elements), cost_of(node->winograd)->filter);
    }
    struct ts_operand stored = pass->weight;
    stored.elements = elements;
    stored.density = 1;
    return stored;
}

void ts_lower_winograd(struct ts_lowering *lowering, const struct ts_node *node,
                       const struct ts_winograd_pass *pass)
{
    const struct cost *cost = cost_of(node->winograd);
    int64_t tile = node->winograd, points = (tile + 2) * (tile + 2);
    int64_t tiles =
        pass->conv.n * ((pass->height + tile - 1) / tile) * ((pass->width + tile - 1) / tile);
    double spread = (double)points * (double)tiles; /* values of a channel */
    struct ts_operand x =
        transform(lowering, node, pass, "input_transform", pass->x,
                  ts_lower_scratch(lowering, spread * (double)pass->in), cost->input);
    x.values = pass->x.values;
    struct ts_operand weight = filters(lowering, node, pass, (double)points);
    struct ts_operand products = ts_lower_scratch(lowering, spread * (double)pass->out);
    struct ts_kernel *kernel = ts_emit_gemm(
        lowering, node, pass->suffix, pass->pass,
        (struct ts_gemm_dims){points, tiles, pass->out, pass->in}, x, weight, products);
    kernel->b_is_transposed = true;
    kernel->winograd = node->winograd;
    kernel->macs = (double)pass->conv.n * (double)pass->height * (double)pass->width *
                   (double)pass->out * (double)pass->in * 9;
    kernel->effective_macs = kernel->macs * pass->x.density * pass->weight.density;
    /* All outputs of a tile are made together from its points. */
    double per_output = cost->output * (double)points / (double)(tile * tile);
    transform(lowering, node, pass, "output_transform", products, pass->y,
              per_output + pass->epilogue_ops);
}
