/* Convolutions of 3x3 windows by Winograd's algorithm; workloads/lower/winograd.h says how. */
#include "workloads/operators/operator.h"
#include "workloads/transform/transform.h"

#include <string.h>

static double value(const struct ts_node *node, const char *name, int i)
{
    return node->attributes[ts_operator_attribute(node->op, name)].values[i];
}

static bool is_eligible(const struct ts_node *node)
{
    bool fits = value(node, "groups", 0) == 1;
    for (int axis = 0; axis < 2; axis++) {
        fits = fits && value(node, "kernel", axis) == 3 && value(node, "stride", axis) == 1 &&
               value(node, "dilation", axis) == 1;
    }
    return fits;
}

static bool winograd(const struct ts_transform_run *run, const char *argument)
{
    struct ts_graph *graph = run->graph;
    bool two = strcmp(argument, "2") == 0;
    if (!two && strcmp(argument, "4") != 0) {
        ts_diag_error(run->diagnostics, TS_ERROR_RANGE, (struct ts_place){0},
                      "'winograd:%s': output tiles are 2 or 4 wide", argument);
        ts_diag_help(run->diagnostics, "winograd:2 is F(2x2,3x3), winograd:4 is F(4x4,3x3)");
        return false;
    }
    int convolutions = 0, marked = 0;
    for (int i = 0; i < graph->node_count; i++) {
        struct ts_node *node = &graph->nodes[i];
        if (node->op != &ts_operator_conv) {
            continue;
        }
        convolutions++;
        if (!is_eligible(node)) {
            continue;
        }
        node->winograd = two ? 2 : 4;
        marked++;
    }
    ts_program_note(run->program,
                    ts_arena_printf(graph->arena,
                                    "winograd:%s: %d of %d convolutions have 3x3 windows, stride 1 "
                                    "and no groups; the others stay",
                                    argument, marked, convolutions));
    return true;
}

const struct ts_transform ts_transform_winograd = {
    {"winograd", "2|4",
     "convolutions of 3x3 windows as F(2x2,3x3) or F(4x4,3x3): 2.25 or 4 times fewer products",
     "simt on its CUDA cores, with the library's own kernels; cpu and systolic as batched GEMMs "
     "between transforms; sparse (EIE) has no use for it; floating point of 16 bits or more"},
    true,
    winograd};
