#include "tessera/graph.h"

#include "suite.h"
#include "workloads/operators/operator.h"

#include <string.h>

struct fixture {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_graph graph;
};

static const struct ts_place nowhere;

static void set_up(struct fixture *f)
{
    static const int64_t dims[3] = {2, 17, 23};
    ts_arena_init(&f->arena);
    ts_diagnostics_init(&f->diagnostics);
    ts_graph_init(&f->graph, &f->arena, "test");
    ts_graph_add_input(&f->graph, "x", 3, dims, nowhere, &f->diagnostics);
}

static void tear_down(struct fixture *f)
{
    ts_arena_release(&f->arena);
    ts_diagnostics_release(&f->diagnostics);
}

static struct ts_node *add(struct fixture *f, const char *op, const char *name, const char *first,
                           const char *second)
{
    const char *inputs[2] = {first, second};
    struct ts_node *node =
        ts_graph_add_node(&f->graph, ts_operator_find(op), name, nowhere, &f->diagnostics);
    if (node) {
        ts_node_set_inputs(&f->graph, node, inputs, second ? 2 : 1);
    }
    return node;
}

static void nodes_are_ordered_after_what_they_read(void)
{
    struct fixture f;
    set_up(&f);
    add(&f, "add", "c", "a", "b");
    add(&f, "relu", "b", "a", NULL);
    add(&f, "relu", "a", "x", NULL);
    CU_ASSERT_TRUE(ts_graph_finish(&f.graph, &f.diagnostics));
    CU_ASSERT_STRING_EQUAL(f.graph.nodes[0].name, "a");
    CU_ASSERT_STRING_EQUAL(f.graph.nodes[1].name, "b");
    CU_ASSERT_STRING_EQUAL(f.graph.nodes[2].name, "c");
    CU_ASSERT_EQUAL(f.graph.nodes[2].inputs[0], ts_graph_find_tensor(&f.graph, "a"));
    tear_down(&f);
}

static void a_cycle_names_its_nodes(void)
{
    struct fixture f;
    set_up(&f);
    add(&f, "relu", "before", "x", NULL);
    add(&f, "add", "first", "before", "third");
    add(&f, "relu", "second", "first", NULL);
    add(&f, "relu", "third", "second", NULL);
    CU_ASSERT_FALSE(ts_graph_finish(&f.graph, &f.diagnostics));
    CU_ASSERT_EQUAL_FATAL(f.diagnostics.kept, 1);
    const struct ts_diagnostic *error = &f.diagnostics.entries[0];
    CU_ASSERT_EQUAL(error->code, TS_ERROR_CYCLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "first"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "second"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "third"));
    CU_ASSERT_PTR_NULL(strstr(error->message, "before"));
    tear_down(&f);
}

static void a_node_that_reads_itself_is_a_cycle(void)
{
    struct fixture f;
    set_up(&f);
    add(&f, "relu", "loop", "loop", NULL);
    CU_ASSERT_FALSE(ts_graph_finish(&f.graph, &f.diagnostics));
    CU_ASSERT_EQUAL(f.diagnostics.entries[0].code, TS_ERROR_CYCLE);
    tear_down(&f);
}

static void a_long_chain_in_reverse_is_ordered(void)
{
    enum { LENGTH = 20000 };
    struct fixture f;
    set_up(&f);
    for (int i = LENGTH; i > 0; i--) {
        add(&f, "relu", ts_arena_printf(&f.arena, "n%d", i),
            i > 1 ? ts_arena_printf(&f.arena, "n%d", i - 1) : "x", NULL);
    }
    CU_ASSERT_TRUE(ts_graph_finish(&f.graph, &f.diagnostics));
    CU_ASSERT_STRING_EQUAL(f.graph.nodes[LENGTH - 1].name, "n20000");
    tear_down(&f);
}

static void unknown_and_duplicate_names_are_errors(void)
{
    struct fixture f;
    set_up(&f);
    add(&f, "relu", "first", "x", NULL);
    CU_ASSERT_PTR_NULL(add(&f, "relu", "first", "x", NULL));
    CU_ASSERT_EQUAL(f.diagnostics.entries[0].code, TS_ERROR_DUPLICATE_KEY);
    add(&f, "relu", "second", "frist", NULL);
    CU_ASSERT_FALSE(ts_graph_finish(&f.graph, &f.diagnostics));
    CU_ASSERT_EQUAL(f.diagnostics.entries[1].code, TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f.diagnostics.entries[1].help);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.diagnostics.entries[1].help, "first"));
    tear_down(&f);
}

static void an_output_that_is_not_there_is_an_error(void)
{
    struct fixture f;
    set_up(&f);
    add(&f, "relu", "one", "x", NULL);
    add(&f, "relu", "two", "one:1", NULL);
    CU_ASSERT_FALSE(ts_graph_finish(&f.graph, &f.diagnostics));
    CU_ASSERT_EQUAL(f.diagnostics.entries[0].code, TS_ERROR_UNKNOWN_NAME);
    tear_down(&f);
}

static void bypassing_a_node_rewires_its_readers(void)
{
    struct fixture f;
    set_up(&f);
    add(&f, "relu", "a", "x", NULL);
    add(&f, "identity", "b", "a", NULL);
    add(&f, "add", "c", "b", "x");
    add(&f, "relu", "d", "c", NULL);
    CU_ASSERT_TRUE(ts_graph_finish(&f.graph, &f.diagnostics));
    ts_graph_bypass(&f.graph, 1);
    CU_ASSERT_EQUAL(f.graph.node_count, 3);
    CU_ASSERT_EQUAL(f.graph.nodes[1].inputs[0], f.graph.nodes[0].outputs[0]);
    CU_ASSERT_EQUAL(f.graph.tensors[f.graph.nodes[2].outputs[0]].producer, 2);
    tear_down(&f);
}

static void tensors_beyond_the_limits_are_refused(void)
{
    static const int64_t large[4] = {1 << 20, 1 << 20, 1 << 20, 1}, zero[1] = {0};
    static const int64_t wide[1] = {TS_MAX_DIM + 1};
    struct fixture f;
    set_up(&f);
    CU_ASSERT_EQUAL(ts_graph_add_input(&f.graph, "l", 4, large, nowhere, &f.diagnostics), -1);
    CU_ASSERT_EQUAL(ts_graph_add_input(&f.graph, "z", 1, zero, nowhere, &f.diagnostics), -1);
    CU_ASSERT_EQUAL(ts_graph_add_input(&f.graph, "w", 1, wide, nowhere, &f.diagnostics), -1);
    CU_ASSERT_EQUAL(f.diagnostics.errors, 3);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(f.diagnostics.entries[i].code, TS_ERROR_RANGE);
    }
    tear_down(&f);
}

static void shapes_print_for_people(void)
{
    struct fixture f;
    set_up(&f);
    CU_ASSERT_STRING_EQUAL(ts_tensor_shape(&f.arena, &f.graph.tensors[0]), "[2, 17, 23]");
    CU_ASSERT_EQUAL(ts_tensor_elements(&f.graph.tensors[0]), 2 * 17 * 23);
    tear_down(&f);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"nodes are ordered after what they read", nodes_are_ordered_after_what_they_read},
        {"a cycle names its nodes", a_cycle_names_its_nodes},
        {"a node that reads itself is a cycle", a_node_that_reads_itself_is_a_cycle},
        {"a long chain in reverse is ordered", a_long_chain_in_reverse_is_ordered},
        {"unknown and duplicate names are errors", unknown_and_duplicate_names_are_errors},
        {"an output that is not there is an error", an_output_that_is_not_there_is_an_error},
        {"bypassing a node rewires its readers", bypassing_a_node_rewires_its_readers},
        {"tensors beyond the limits are refused", tensors_beyond_the_limits_are_refused},
        {"shapes print for people", shapes_print_for_people},
    };
    return RUN_SUITE("graph", cases);
}
