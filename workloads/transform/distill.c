/* Distillation: a small network, the student, learns what a large one, the teacher, answers. The
 * network of the run is the teacher; inference runs the student alone. */
#include "workloads/lower/distillation.h"
#include "workloads/transform/transform.h"

static const struct ts_place nowhere;

/* A student learns the teacher's outputs: as many, of as many values. */
static bool check_outputs(const struct ts_transform_run *run, const struct ts_graph *student)
{
    const struct ts_graph *teacher = run->graph;
    int *taught, *learned;
    int count = ts_network_outputs(teacher, &taught);
    bool fits = count == ts_network_outputs(student, &learned);
    for (int i = 0; fits && i < count; i++) {
        if (ts_tensor_elements(&teacher->tensors[taught[i]]) !=
            ts_tensor_elements(&student->tensors[learned[i]])) {
            return ts_diag_error(
                run->diagnostics, TS_ERROR_SHAPE, nowhere,
                "'distill:%s': '%s' answers %s, '%s' %s: a student learns its teacher's answers",
                student->name, teacher->name,
                ts_tensor_shape(student->arena, &teacher->tensors[taught[i]]), student->name,
                ts_tensor_shape(student->arena, &student->tensors[learned[i]]));
        }
    }
    return fits || ts_diag_error(run->diagnostics, TS_ERROR_SHAPE, nowhere,
                                 "'distill:%s': '%s' and '%s' have different numbers of outputs",
                                 student->name, teacher->name, student->name);
}

static bool is_network(const struct ts_source_network *network)
{
    return network->graph && !network->one_liner && !network->separate_layers;
}

static bool distill(const struct ts_transform_run *run, const char *argument)
{
    struct ts_graph *graph = run->graph;
    struct ts_source_network student = {0};
    if (graph->teacher) {
        return ts_diag_error(run->diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'distill:%s': '%s' has a teacher already", argument, graph->name);
    }
    if (!is_network(run->network)) {
        return ts_diag_error(run->diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'distill:%s': '%s' is no network that could teach", argument,
                             run->network->name);
    }
    if (!ts_frontend_for(argument)->load(argument, run->options, graph->arena, run->diagnostics,
                                         &student)) {
        return false;
    }
    if (!is_network(&student)) {
        return ts_diag_error(run->diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'distill:%s': a student is a network, by name or file", argument);
    }
    ts_graph_mark_values(student.graph);
    student.graph->name = student.name;
    graph->name = run->network->name;
    if (!check_outputs(run, student.graph)) {
        return false;
    }
    struct ts_graph *teacher = TS_NEW(graph->arena, struct ts_graph);
    *teacher = *graph;
    *graph = *student.graph;
    graph->teacher = teacher;
    run->network->coverage = student.coverage;
    ts_program_note(run->program,
                    ts_arena_printf(graph->arena, "distill: '%s' is the student of '%s'; %s",
                                    graph->name, teacher->name,
                                    run->options->training
                                        ? "a step runs the teacher forward and trains the student"
                                        : "inference runs the student alone"));
    return true;
}

const struct ts_transform ts_transform_distill = {
    {"distill", "NETWORK",
     "NETWORK learns from the run's network: inference runs NETWORK, training both",
     "cpu, simt, systolic and sparse: the student is a smaller network like any other"},
    true,
    distill};
