#include "reports/layer_groups.h"
#include "suite.h"

#include <string.h>

static struct ts_arena arena;

static struct ts_layer_result layer(const char *name, const char *op, int64_t n, double latency_s)
{
    return (struct ts_layer_result){.name = name,
                                    .op = op,
                                    .algorithm = "gemm",
                                    .m = 17,
                                    .n = n,
                                    .k = 31,
                                    .macs = 527.0 * (double)n,
                                    .bound = "dram",
                                    .latency_s = latency_s,
                                    .cycles = 1e9 * latency_s,
                                    .tflops = 2,
                                    .utilization = 0.5,
                                    .dram_read_bytes = 100,
                                    .energy = {.total_j = 3}};
}

static struct layer_group *groups_of(struct ts_layer_result *layers, int layer_count, int *count)
{
    struct ts_result result = {.layers = layers, .layer_count = layer_count};
    return layers_grouped(&result, &arena, count);
}

static void repeated_blocks_are_one_row(void)
{
    struct ts_layer_result layers[] = {
        layer("stem", "conv", 5, 1e-3),         layer("layer.9.up", "fc", 23, 4e-3),
        layer("layer.9.down", "fc", 29, 4e-3),  layer("layer.10.up", "fc", 23, 3.9e-3),
        layer("layer.10.down", "fc", 29, 4e-3), layer("layer.11.up", "fc", 23, 4e-3),
        layer("layer.11.down", "fc", 29, 3e-3),
    };
    layers[3].tflops = 4;
    int count;
    const struct layer_group *groups = groups_of(layers, 7, &count);
    CU_ASSERT_EQUAL_FATAL(count, 4);
    CU_ASSERT_STRING_EQUAL(groups[0].name, "layer.*.up");
    CU_ASSERT_EQUAL(groups[0].count, 3);
    CU_ASSERT_DOUBLE_EQUAL(groups[0].sum.latency_s, 11.9e-3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(groups[0].sum.tflops, (8 * 2 + 3.9 * 4) / 11.9, 1e-12);
    CU_ASSERT_EQUAL(groups[0].sum.dram_read_bytes, 300);
    CU_ASSERT_EQUAL(groups[0].sum.energy.total_j, 9);
    CU_ASSERT_STRING_EQUAL(groups[1].name, "layer.*.down");
    CU_ASSERT_EQUAL(groups[1].count, 2);
    /* a quarter less time is another thing */
    CU_ASSERT_STRING_EQUAL(groups[2].name, "layer.11.down");
    CU_ASSERT_EQUAL(groups[2].count, 1);
    CU_ASSERT_STRING_EQUAL(groups[3].name, "stem");
}

static void other_work_is_another_row(void)
{
    struct ts_layer_result layers[] = {
        layer("a", "fc", 23, 1e-3), layer("b", "conv", 23, 1e-3), layer("c", "fc", 29, 1e-3),
        layer("d", "fc", 23, 1e-3), layer("e", "fc", 23, 1e-3),
    };
    layers[3].bound = "compute";
    layers[4].algorithm = NULL;
    int count;
    const struct layer_group *groups = groups_of(layers, 5, &count);
    CU_ASSERT_EQUAL_FATAL(count, 5);
    for (int i = 0; i < 5; i++) { /* as long as one another: in program order */
        CU_ASSERT_STRING_EQUAL(groups[i].name, layers[i].name);
    }
}

static void names_keep_whole_parts_in_common(void)
{
    static const struct {
        const char *names[3], *common;
    } cases[] = {
        {{"layer.1.up", "layer.10.up", "layer.11.up"}, "layer.*.up"},
        {{"layer1.0.conv2", "layer1.1.conv2", "layer1.2.conv2"}, "layer1.*.conv2"},
        {{"layer1.0.bn1", "layer2.0.bn1", "layer2.1.bn1"}, "*.bn1"},
        {{"blocks/1/relu", "blocks/1/relu", "blocks/1/relu"}, "blocks/1/relu"},
        {{"conv1", "conv2", "conv3"}, "conv1, ..."},
        {{"a.b", "a.b.c", "a.b.d"}, "a.*"},
        {{"", "x", "y"}, ", ..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_layer_result layers[3];
        int count;
        for (int j = 0; j < 3; j++) {
            layers[j] = layer(cases[i].names[j], "fc", 7, 1e-3);
        }
        const struct layer_group *groups = groups_of(layers, 3, &count);
        CU_ASSERT_EQUAL_FATAL(count, 1);
        CU_ASSERT_STRING_EQUAL(groups[0].name, cases[i].common);
    }
}

static void few_layers_and_all_of_them_stand_each(void)
{
    struct ts_layer_result layers[12];
    struct ts_result result = {.layers = layers, .layer_count = 12};
    int count, groups;
    for (int i = 0; i < 12; i++) {
        layers[i] = layer("same", "fc", 7, 1e-3);
    }
    layers_shown(&result, true, 10, &arena, &count, &groups);
    CU_ASSERT_EQUAL(count, 12);
    CU_ASSERT_EQUAL(groups, 0);
    layers_shown(&result, false, 12, &arena, &count, &groups);
    CU_ASSERT_EQUAL(count, 12);
    CU_ASSERT_EQUAL(groups, 0);
    const struct layer_group *shown = layers_shown(&result, false, 10, &arena, &count, &groups);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(groups, 1);
    CU_ASSERT_EQUAL(shown[0].count, 12);
}

static void the_worst_noise_stands_for_all(void)
{
    struct ts_layer_result layers[] = {layer("x.1", "fc", 7, 1e-3), layer("x.2", "fc", 7, 1e-3),
                                       layer("x.3", "fc", 7, 1e-3)};
    layers[1].numerics = (struct ts_layer_numerics){.measured = true, .sqnr_db = 40};
    layers[2].numerics = (struct ts_layer_numerics){.measured = true, .sqnr_db = 30};
    int count;
    const struct layer_group *groups = groups_of(layers, 3, &count);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_TRUE(groups[0].sum.numerics.measured);
    CU_ASSERT_EQUAL(groups[0].sum.numerics.sqnr_db, 30);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"repeated blocks are one row", repeated_blocks_are_one_row},
        {"other work is another row", other_work_is_another_row},
        {"names keep whole parts in common", names_keep_whole_parts_in_common},
        {"few layers, and all of them, stand each", few_layers_and_all_of_them_stand_each},
        {"the worst noise stands for all", the_worst_noise_stands_for_all},
    };
    int status = RUN_SUITE("layer groups", cases);
    ts_arena_release(&arena);
    return status;
}
