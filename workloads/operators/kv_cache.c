/* Keys or values of the tokens so far, kept between the steps of text generation.
 *
 * When all tokens run at once they are what the layer has just made: the node is dropped. In decode
 * it appends the new token's to the cache and hands on the whole cache, `context` tokens with the
 * new one among them, which whoever multiplies by it reads from memory.
 */
#include "workloads/lower/lower.h"

static bool infer(struct ts_graph *graph, struct ts_node *node, struct ts_diagnostics *diagnostics)
{
    struct ts_tensor x = *ts_node_input(graph, node, 0);
    if (x.rank != 4) {
        return ts_node_error(node, diagnostics, TS_ERROR_SHAPE,
                             "its input must be [batch, heads, steps, features], is %s",
                             ts_tensor_shape(graph->arena, &x));
    }
    if (graph->context) {
        x.dims[2] = graph->context;
    }
    return ts_node_add_output(graph, node, 4, x.dims, diagnostics);
}

/* The place of the new token is written; no cache on the chip has the rest from the step before,
 * since all layers' weights went by in between. */
static void lower(struct ts_lowering *lowering, const struct ts_node *node)
{
    struct ts_operand token = ts_lower_operand(lowering, node->inputs[0]);
    struct ts_operand cache = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel =
        ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, TS_VECTOR_MOVE, token.elements, 0);
    ts_kernel_read(kernel, token);
    kernel->output = ts_lower_scratch(lowering, token.elements);
    kernel->output.precision = cache.precision;
    kernel->output.bits_per_element = cache.bits_per_element;
}

const struct ts_operator ts_operator_kv_cache = {
    .name = "kv_cache",
    .doc = "keys or values of past tokens beside the new ones (decode)",
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .lower = lower};
