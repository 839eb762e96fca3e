/* Queue recurrence and column statistics of the sparse family. */
#include "queue_golden_support.h"
#include "sim/compute/sparse/sparse.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 200 };

static void fill(uint16_t *entries, int count, int most, struct ts_sparse_random *random)
{
    for (int i = 0; i < count; i++) {
        entries[i] = (uint16_t)(ts_sparse_random_next(random) % (uint64_t)(most + 1));
    }
}

static int64_t recurrence(const uint16_t *entries, int columns, int pes, int depth)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_sparse_queues queues;
    ts_sparse_queues_init(&queues, pes, depth, 0, &arena);
    for (int c = 0; c < columns; c++) {
        ts_sparse_queues_push(&queues, entries + c * pes);
    }
    const int64_t finish = ts_sparse_queues_finish(&queues);
    ts_arena_release(&arena);
    return finish;
}

static void recurrence_equals_clocked_queues(void)
{
    struct ts_sparse_random random = {7};
    static uint16_t entries[MOST_COLUMNS * 64];
    const int pe_counts[] = {1, 3, 17, 64};
    for (int depth = 1; depth <= 16; depth++) {
        for (int i = 0; i < 4; i++) {
            for (int most = 0; most <= 9; most += 3) {
                const int columns = 1 + (int)(ts_sparse_random_next(&random) % MOST_COLUMNS);
                fill(entries, columns * pe_counts[i], most, &random);
                CU_ASSERT_EQUAL(recurrence(entries, columns, pe_counts[i], depth),
                                queue_golden_run(entries, columns, pe_counts[i], depth));
            }
        }
    }
}

static void a_deeper_fifo_is_never_slower(void)
{
    struct ts_sparse_random random = {11};
    static uint16_t entries[MOST_COLUMNS * 17];
    fill(entries, MOST_COLUMNS * 17, 5, &random);
    int64_t before = INT64_MAX;
    for (int depth = 1; depth <= 64; depth++) {
        const int64_t now = recurrence(entries, MOST_COLUMNS, 17, depth);
        CU_ASSERT_TRUE(now <= before);
        before = now;
    }
}

/* Entries of a pattern of zeros (0) and weights (1), by the definition. */
static int count_entries(const int *pattern, int rows, int index_bits)
{
    int entries = 0, zeros = 0;
    for (int row = 0; row < rows; row++) {
        if (pattern[row]) {
            entries += 1 + zeros / (1 << index_bits);
            zeros = 0;
        } else {
            zeros++;
        }
    }
    return entries;
}

static void the_distribution_of_entries_is_exact(void)
{
    enum { ROWS = 11 };
    double densities[ROWS], expected[ROWS + 1] = {0};
    static double scratch[TS_SPARSE_MAX_ROWS][TS_SPARSE_MAX_ROWS + 1];
    for (int row = 0; row < ROWS; row++) {
        densities[row] = 0.07 + 0.05 * row;
    }
    for (int bits = 0; bits < 1 << ROWS; bits++) {
        int pattern[ROWS];
        double probability = 1;
        for (int row = 0; row < ROWS; row++) {
            pattern[row] = bits >> row & 1;
            probability *= pattern[row] ? densities[row] : 1 - densities[row];
        }
        expected[count_entries(pattern, ROWS, 2)] += probability;
    }
    struct ts_sparse_entries entries;
    ts_sparse_entries_build(&entries, densities, ROWS, 2, scratch);
    for (int w = 0; w <= ROWS; w++) {
        CU_ASSERT_DOUBLE_EQUAL(entries.probability[w], expected[w], 1e-12);
    }
}

static void draws_follow_the_distribution(void)
{
    double densities[23];
    static double scratch[TS_SPARSE_MAX_ROWS][TS_SPARSE_MAX_ROWS + 1];
    for (int row = 0; row < 23; row++) {
        densities[row] = 0.2;
    }
    struct ts_sparse_entries entries;
    ts_sparse_entries_build(&entries, densities, 23, 4, scratch);
    struct ts_sparse_random random = {3};
    double sum = 0;
    const int draws = 200000;
    for (int i = 0; i < draws; i++) {
        sum += ts_sparse_entries_draw(&entries, &random);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / draws, entries.mean, 0.02);
}

static void dense_and_empty_rows_are_certain(void)
{
    double densities[17];
    static double scratch[TS_SPARSE_MAX_ROWS][TS_SPARSE_MAX_ROWS + 1];
    struct ts_sparse_entries entries;
    for (int row = 0; row < 17; row++) {
        densities[row] = 1;
    }
    ts_sparse_entries_build(&entries, densities, 17, 4, scratch);
    CU_ASSERT_DOUBLE_EQUAL(entries.mean, 17, 1e-12);
    ts_sparse_entries_build(&entries, densities, 0, 4, scratch);
    CU_ASSERT_EQUAL(entries.mean, 0);
    memset(densities, 0, sizeof(densities));
    ts_sparse_entries_build(&entries, densities, 17, 4, scratch);
    CU_ASSERT_EQUAL(entries.mean, 0);
}

static struct ts_sparse_cost layer_cost(int64_t k, int64_t n, double weights, double activations,
                                        int64_t pes, int64_t depth, struct ts_arena *arena)
{
    struct ts_sparse_params params = {.fifo_depth = depth,
                                      .index_bits = 4,
                                      .weight_bits = 4,
                                      .registers = 64,
                                      .row_density_cv = 0.2,
                                      .pipeline_cycles = 4,
                                      .sram_word_bytes = 8};
    struct ts_sparse_layer layer = {k, n, weights, activations, pes, &params};
    return ts_sparse_layer_cost(&layer, 1, arena);
}

static void a_dense_layer_takes_rows_over_pes_per_column(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_sparse_cost cost = layer_cost(31, 23 * 8 + 5, 1, 1, 8, 8, &arena);
    /* 24 rows in the fullest PE, 31 columns, one cycle from broadcast to work. */
    CU_ASSERT_DOUBLE_EQUAL(cost.cycles - cost.pass_cycles, 31 * 24 + 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(cost.entries, 31.0 * (23 * 8 + 5), 1e-9);
    ts_arena_release(&arena);
}

static void sparser_layers_are_never_slower(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    double before = 0;
    for (double density = 0.05; density <= 1; density += 0.095) {
        const double cycles = layer_cost(4096, 1000, density, 0.4, 64, 8, &arena).cycles;
        CU_ASSERT_TRUE(cycles > before);
        before = cycles;
    }
    CU_ASSERT_TRUE(layer_cost(4096, 1000, 0.2, 0.3, 64, 8, &arena).cycles <
                   layer_cost(4096, 1000, 0.2, 0.6, 64, 8, &arena).cycles);
    ts_arena_release(&arena);
}

static void long_layers_are_extrapolated_in_proportion(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const double once = layer_cost(4096, 4096, 0.1, 0.5, 64, 8, &arena).cycles;
    const double wide = layer_cost(4096 * 20, 4096, 0.1, 0.5, 64, 8, &arena).cycles;
    const double tall = layer_cost(4096, 4096 * 20, 0.1, 0.5, 64, 8, &arena).cycles;
    CU_ASSERT_DOUBLE_EQUAL(wide / once, 20, 0.4);
    CU_ASSERT_DOUBLE_EQUAL(tall / once, 20, 0.4);
    ts_arena_release(&arena);
}

static void one_seed_gives_one_answer(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const double first = layer_cost(1201, 2400, 0.1, 1, 64, 8, &arena).cycles;
    CU_ASSERT_EQUAL(first, layer_cost(1201, 2400, 0.1, 1, 64, 8, &arena).cycles);
    ts_arena_release(&arena);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sparse queues", NULL, NULL);
    CU_add_test(suite, "the recurrence equals clocked queues for depths 1 to 16",
                recurrence_equals_clocked_queues);
    CU_add_test(suite, "a deeper FIFO is never slower", a_deeper_fifo_is_never_slower);
    CU_add_test(suite, "the distribution of entries equals enumeration",
                the_distribution_of_entries_is_exact);
    CU_add_test(suite, "draws follow the distribution", draws_follow_the_distribution);
    CU_add_test(suite, "dense and empty rows are certain", dense_and_empty_rows_are_certain);
    CU_add_test(suite, "a dense layer takes rows over PEs per column",
                a_dense_layer_takes_rows_over_pes_per_column);
    CU_add_test(suite, "sparser layers are never slower", sparser_layers_are_never_slower);
    CU_add_test(suite, "long layers are extrapolated in proportion",
                long_layers_are_extrapolated_in_proportion);
    CU_add_test(suite, "one seed gives one answer", one_seed_gives_one_answer);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
