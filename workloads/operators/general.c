/* Operators that networks of other tools are made of, whose shapes their importer knows: any
 * element-wise function, reductions, copies, tensors that stand in the file, and what has no model.
 */
#include "workloads/lower/lower.h"

enum { DIMS, OPS, TRAINED = 1 };

#define DIMS_ROW                                                                                   \
    {                                                                                              \
        "dims", TS_ATTR_INTEGER, TS_MAX_RANK, true, 0, 1, 2147483647.0, NULL,                      \
            "shape of the output with the batch"                                                   \
    }

static const struct ts_attribute_row attributes[] = {
    DIMS_ROW, {"ops", TS_ATTR_REAL, 1, false, 1, 0, 1e6, NULL, "operations on one element"}};

static const struct ts_attribute_row weight_attributes[] = {
    DIMS_ROW, {"trained", TS_ATTR_BOOL, 1, false, 1, 0, 1, NULL, "training updates it"}};

static bool infer(struct ts_graph *graph, struct ts_node *node, struct ts_diagnostics *diagnostics)
{
    int64_t dims[TS_MAX_RANK];
    for (int i = 0; i < node->attributes[DIMS].count; i++) {
        dims[i] = ts_attribute_at(node, DIMS, i);
    }
    return ts_node_add_output(graph, node, node->attributes[DIMS].count, dims, diagnostics);
}

/* A kernel reads three operands; what is beyond counts with the third. */
static void read_all(struct ts_lowering *lowering, const struct ts_node *node,
                     struct ts_kernel *kernel)
{
    for (int i = 0; i < node->input_count; i++) {
        struct ts_operand operand = ts_lower_operand(lowering, node->inputs[i]);
        if (kernel->input_count < 3) {
            ts_kernel_read(kernel, operand);
        } else {
            kernel->inputs[2].elements += operand.elements;
        }
    }
}

static void emit(struct ts_lowering *lowering, const struct ts_node *node,
                 enum ts_vector_class class, double ops)
{
    struct ts_operand y = ts_lower_operand(lowering, node->outputs[0]);
    struct ts_kernel *kernel = ts_emit_vector(lowering, node, NULL, TS_PASS_FORWARD, class,
                                              y.elements, ops + node->epilogue_ops);
    read_all(lowering, node, kernel);
    kernel->output = y;
}

static void lower_map(struct ts_lowering *lowering, const struct ts_node *node)
{
    emit(lowering, node, TS_VECTOR_ELEMENTWISE, ts_attribute_real(node, OPS));
}

static void lower_move(struct ts_lowering *lowering, const struct ts_node *node)
{
    emit(lowering, node, TS_VECTOR_MOVE, 0);
}

/* Work is counted on what goes in: an output is made of `row` inputs. */
static void lower_reduce(struct ts_lowering *lowering, const struct ts_node *node)
{
    double from = ts_tensor_elements(ts_node_input(lowering->graph, node, 0));
    double to = ts_tensor_elements(ts_node_output(lowering->graph, node, 0));
    emit(lowering, node, TS_VECTOR_REDUCE, ts_attribute_real(node, OPS));
    struct ts_kernel *kernel = &lowering->kernels[lowering->kernel_count - 1];
    kernel->elements = from > to ? from : to;
    kernel->row_elements = from > to ? from / to : 1;
}

/* One kernel an input: the gradient and the other saved tensor give each its own. */
static void backward_map(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        if (!ts_wants_gradient(lowering, node, i)) {
            continue;
        }
        struct ts_operand dx = ts_gradient_target(lowering, node, i);
        struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
        double work = dy.elements > dx.elements ? dy.elements : dx.elements;
        struct ts_kernel *kernel =
            ts_emit_vector(lowering, node, ts_arena_printf(lowering->arena, "backward_%d", i),
                           TS_PASS_BACKWARD_DATA,
                           dx.elements < dy.elements ? TS_VECTOR_REDUCE : TS_VECTOR_ELEMENTWISE,
                           work, ts_attribute_real(node, OPS) + 1);
        kernel->row_elements = dx.elements < dy.elements ? dy.elements / dx.elements : 1;
        ts_kernel_read(kernel, dy);
        ts_kernel_read(kernel, ts_lower_operand(lowering, node->inputs[i]));
        kernel->output = dx;
        ts_gradient_done(lowering, node, i, dx);
    }
}

/* Each input gets its part of the gradient, or the sum of the copies made of it. */
static void backward_move(struct ts_lowering *lowering, const struct ts_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        if (!ts_wants_gradient(lowering, node, i)) {
            continue;
        }
        struct ts_operand dx = ts_gradient_target(lowering, node, i);
        struct ts_operand dy = ts_lower_gradient(lowering, node->outputs[0]);
        if (node->input_count > 1) {
            dy.elements = dx.elements;
        }
        struct ts_kernel *kernel =
            ts_emit_vector(lowering, node, ts_arena_printf(lowering->arena, "backward_%d", i),
                           TS_PASS_BACKWARD_DATA, TS_VECTOR_MOVE,
                           dy.elements > dx.elements ? dy.elements : dx.elements, 0);
        ts_kernel_read(kernel, dy);
        kernel->output = dx;
        ts_gradient_done(lowering, node, i, dx);
    }
}

/* ---- a tensor that stands in the file ---- */

static bool infer_weight(struct ts_graph *graph, struct ts_node *node,
                         struct ts_diagnostics *diagnostics)
{
    int64_t dims[TS_MAX_RANK];
    int rank = node->attributes[DIMS].count, sides = 0;
    for (int i = 0; i < rank; i++) {
        dims[i] = ts_attribute_at(node, DIMS, i);
        sides += dims[i] > 1;
    }
    if (ts_attribute_integer(node, TRAINED) &&
        !ts_node_add_parameter(graph, node, "value", sides > 1, rank, dims, diagnostics)) {
        return false;
    }
    if (!ts_node_add_output(graph, node, rank, dims, diagnostics)) {
        return false;
    }
    graph->tensors[node->outputs[0]].is_parameter = true;
    return true;
}

static void lower_weight(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (node->parameter_count) {
        lowering->tensor_ids[node->outputs[0]] = lowering->tensor_ids[node->parameters[0]];
    }
}

static void backward_weight(struct ts_lowering *lowering, const struct ts_node *node)
{
    if (node->parameter_count) {
        lowering->gradient_ids[node->parameters[0]] = lowering->gradient_ids[node->outputs[0]];
    }
}

#define ROWS(TABLE) .attributes = TABLE, .attribute_count = sizeof TABLE / sizeof *TABLE

const struct ts_operator ts_operators_general[] = {
    {.name = "map",
     .doc = "any function of its inputs' elements",
     ROWS(attributes),
     .min_inputs = 1,
     .max_inputs = 64,
     .role = TS_ROLE_ELEMENTWISE,
     .infer = infer,
     .lower = lower_map,
     .backward = backward_map},
    {.name = "reduce",
     .doc = "sum, mean or extreme over dimensions",
     ROWS(attributes),
     .min_inputs = 1,
     .max_inputs = 64,
     .infer = infer,
     .lower = lower_reduce,
     .backward = backward_map},
    {.name = "move",
     .doc = "copies bytes to another order or number",
     ROWS(attributes),
     .min_inputs = 1,
     .max_inputs = 64,
     .infer = infer,
     .lower = lower_move,
     .backward = backward_move},
    {.name = "weight",
     .doc = "a tensor that is given",
     ROWS(weight_attributes),
     .min_inputs = 0,
     .max_inputs = 0,
     .infer = infer_weight,
     .lower = lower_weight,
     .backward = backward_weight},
    /* Its gradient too: as many bytes, so that training goes on behind it. */
    {.name = "estimate",
     .doc = "an operator without a model: the bytes it reads and writes",
     ROWS(attributes),
     .min_inputs = 0,
     .max_inputs = 4096,
     .infer = infer,
     .lower = lower_move,
     .backward = backward_move}};

const int ts_operators_general_count = sizeof ts_operators_general / sizeof *ts_operators_general;
