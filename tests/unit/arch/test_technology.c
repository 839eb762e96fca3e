#include "suite.h"
#include "technology_support.h"
#include "tessera/yaml_tree.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_technology *table(const char *name)
{
    return technology_of(name, &arena);
}

static void start(void)
{
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
}

static void finish(void)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
}

/* M. Horowitz, ISSCC 2014, 0.9 V; S. Han et al., EIE, ISCA 2016, Table I repeats the 32-bit ones.
 */
static void the_45_nm_table_holds_horowitzs_figures(void)
{
    start();
    const struct ts_technology *t = table("45nm");
    CU_ASSERT_EQUAL(t->voltage.nominal_v, 0.9);
    CU_ASSERT_EQUAL(t->multiply_pj[TS_FP32], 3.7);
    CU_ASSERT_EQUAL(t->add_pj[TS_FP32], 0.9);
    CU_ASSERT_EQUAL(t->multiply_pj[TS_FP16], 1.1);
    CU_ASSERT_EQUAL(t->add_pj[TS_FP16], 0.4);
    CU_ASSERT_EQUAL(t->multiply_pj[TS_INT8], 0.2);
    CU_ASSERT_EQUAL(t->add_pj[TS_INT8], 0.03);
    CU_ASSERT_EQUAL(t->accumulate_pj[TS_INT8], 0.1); /* 32-bit integer addition */
    finish();
}

/* Of ISSCC 2014: what it states is marked, areas are its own, everything else is an estimate. */
static void published_figures_are_told_from_estimates(void)
{
    start();
    struct ts_arithmetic_cost fp16 = ts_technology_arithmetic(table("45nm"), TS_FP16);
    CU_ASSERT_TRUE(fp16.multiply_is_published && fp16.add_is_published);
    CU_ASSERT_EQUAL(fp16.multiply_um2, 1640);
    CU_ASSERT_EQUAL(fp16.add_um2, 1360);
    struct ts_arithmetic_cost int16 = ts_technology_arithmetic(table("45nm"), TS_INT16);
    CU_ASSERT_FALSE(int16.multiply_is_published);
    CU_ASSERT_TRUE(int16.add_is_published);
    CU_ASSERT_EQUAL(int16.multiply_um2, 0);
    CU_ASSERT_EQUAL(int16.add_um2, 67);
    CU_ASSERT_TRUE(ts_technology_arithmetic(table("7nm"), TS_BF16).multiply_is_published);
    CU_ASSERT_FALSE(ts_technology_arithmetic(table("7nm"), TS_FP8).multiply_is_published);
    CU_ASSERT_FALSE(ts_technology_arithmetic(table("16nm"), TS_FP32).multiply_is_published);
    CU_ASSERT_EQUAL(table("16nm")->process_nm, 16);
    finish();
}

/* N. Jouppi et al., ISCA 2021, Table 2. */
static void the_7_nm_table_holds_jouppis_figures(void)
{
    start();
    const struct ts_technology *t = table("7nm");
    CU_ASSERT_EQUAL(t->multiply_pj[TS_FP32], 1.31);
    CU_ASSERT_EQUAL(t->add_pj[TS_FP32], 0.38);
    CU_ASSERT_EQUAL(t->multiply_pj[TS_BF16], 0.21);
    CU_ASSERT_EQUAL(t->add_pj[TS_BF16], 0.11);
    CU_ASSERT_EQUAL(t->multiply_pj[TS_FP16], 0.34);
    CU_ASSERT_EQUAL(t->multiply_pj[TS_INT8], 0.07);
    CU_ASSERT_EQUAL(t->add_pj[TS_INT8], 0.007);
    finish();
}

/* Eighteen Haswell cores at 2.3 GHz: 145 W busy, 41 W idle (Jouppi et al., ISCA 2017, Table 2). */
static void a_haswell_instruction_accounts_for_the_dies_busy_power(void)
{
    start();
    const struct ts_technology *t = table("22nm");
    double instructions_per_s = 18 * 2.3e9 * 3.1;
    double shares_w = 41 + (0.15 + 0.12) * 145;
    double busy_w =
        shares_w + ts_technology_overhead(t, "cpu")->instruction_pj * 1e-12 * instructions_per_s;
    CU_ASSERT_DOUBLE_EQUAL(busy_w, 145, 0.1 * 145);
    finish();
}

static void a_newer_node_never_computes_at_higher_energy(void)
{
    static const char *const nodes[] = {"65nm", "45nm", "32nm", "28nm", "22nm", "16nm",
                                        "14nm", "12nm", "10nm", "7nm",  "5nm",  "4nm"};
    start();
    for (size_t i = 1; i < sizeof nodes / sizeof nodes[0]; i++) {
        const struct ts_technology *older = table(nodes[i - 1]);
        const struct ts_technology *newer = table(nodes[i]);
        for (int p = 0; p < TS_PRECISION_COUNT; p++) {
            CU_ASSERT(newer->multiply_pj[p] <= older->multiply_pj[p]);
            CU_ASSERT(newer->accumulate_pj[p] <= older->accumulate_pj[p]);
            CU_ASSERT(newer->multiply_pj[p] > 0);
        }
        CU_ASSERT(newer->wire_fj_per_bit_mm <= older->wire_fj_per_bit_mm);
        CU_ASSERT(newer->register_pj_per_byte <= older->register_pj_per_byte);
    }
    finish();
}

static void narrower_numbers_never_cost_more(void)
{
    static const enum ts_precision order[] = {TS_FP64, TS_FP32, TS_FP16, TS_FP8};
    static const enum ts_precision integers[] = {TS_INT16, TS_INT8, TS_INT4, TS_TERNARY, TS_BINARY};
    start();
    const struct ts_technology *t = table("12nm");
    for (size_t i = 1; i < 4; i++) {
        CU_ASSERT(t->multiply_pj[order[i]] < t->multiply_pj[order[i - 1]]);
    }
    for (size_t i = 1; i < 5; i++) {
        CU_ASSERT(t->multiply_pj[integers[i]] < t->multiply_pj[integers[i - 1]]);
    }
    finish();
}

/* An integer matrix instruction holds two or four times as many products for the same operands. */
static void a_gpus_integers_cost_their_arithmetic_and_their_share_of_an_instruction(void)
{
    static const char *const nodes[] = {"12nm", "10nm", "7nm", "5nm", "4nm"};
    static const enum ts_precision integers[] = {TS_INT8, TS_INT4};
    start();
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        const struct ts_technology *t = table(nodes[i]);
        const struct ts_overhead *simt = ts_technology_overhead(t, "simt");
        CU_ASSERT_PTR_NOT_NULL_FATAL(simt);
        double floating = t->multiply_pj[TS_FP16] + t->accumulate_pj[TS_FP16];
        for (int k = 0; k < 2; k++) {
            enum ts_precision integer = integers[k];
            double arithmetic = (t->multiply_pj[integer] + t->accumulate_pj[integer]) / floating;
            double expected = (arithmetic + 0.22 / (2 << k)) / 1.22;
            double given = simt->matrix_mac_pj[integer] / simt->matrix_mac_pj[TS_FP16];
            CU_ASSERT_DOUBLE_EQUAL(given, expected, 0.005);
        }
    }
    finish();
}

/* The shorter significand: what boards sustain in fp16 is measured, bf16 follows by arithmetic. */
static void a_gpus_bf16_costs_less_than_its_fp16_as_its_arithmetic_does(void)
{
    static const char *const nodes[] = {"12nm", "10nm", "7nm", "5nm", "4nm"};
    start();
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        const struct ts_technology *t = table(nodes[i]);
        const struct ts_overhead *simt = ts_technology_overhead(t, "simt");
        CU_ASSERT_PTR_NOT_NULL_FATAL(simt);
        double arithmetic = (t->multiply_pj[TS_BF16] + t->accumulate_pj[TS_BF16]) /
                            (t->multiply_pj[TS_FP16] + t->accumulate_pj[TS_FP16]);
        double measured = simt->matrix_mac_pj[TS_BF16] / simt->matrix_mac_pj[TS_FP16];
        CU_ASSERT_DOUBLE_EQUAL(measured, arithmetic, 0.01);
    }
    finish();
}

static void the_nearest_node_is_chosen_by_ratio(void)
{
    start();
    CU_ASSERT_STRING_EQUAL(ts_technology_nearest(7, &arena), "7nm");
    CU_ASSERT_STRING_EQUAL(ts_technology_nearest(8, &arena), "7nm");
    CU_ASSERT_STRING_EQUAL(ts_technology_nearest(40, &arena), "45nm");
    CU_ASSERT_STRING_EQUAL(ts_technology_nearest(3, &arena), "4nm");
    CU_ASSERT_STRING_EQUAL(ts_technology_nearest(250, &arena), "65nm");
    finish();
}

static void an_unknown_table_is_named_with_the_nearest(void)
{
    start();
    const struct ts_technology *technology;
    struct ts_place place = {"machine.yaml", 3, 13};
    CU_ASSERT_FALSE(ts_technology_load("46nm", place, &arena, &diagnostics, &technology));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_UNKNOWN_NAME);
    CU_ASSERT_EQUAL(diagnostics.entries[0].place.line, 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "nm'"));
    finish();
}

static void a_machine_without_technology_has_neutral_answers(void)
{
    CU_ASSERT_EQUAL(ts_technology_voltage(NULL).nominal_v, 1);
    CU_ASSERT_EQUAL(ts_technology_hash(NULL), 0);
    CU_ASSERT_PTR_NULL(ts_technology_sram(NULL, TS_TRANSISTORS_HP));
    CU_ASSERT_PTR_NULL(ts_technology_overhead(NULL, "cpu"));
}

int main(void)
{
    const struct test_case cases[] = {
        {"published figures are told from estimates", published_figures_are_told_from_estimates},
        {"the 45 nm table holds Horowitz's figures", the_45_nm_table_holds_horowitzs_figures},
        {"the 7 nm table holds Jouppi's figures", the_7_nm_table_holds_jouppis_figures},
        {"a Haswell instruction accounts for the die's busy power",
         a_haswell_instruction_accounts_for_the_dies_busy_power},
        {"a newer node never computes at higher energy",
         a_newer_node_never_computes_at_higher_energy},
        {"narrower numbers never cost more", narrower_numbers_never_cost_more},
        {"a GPU's bf16 costs less than its fp16 as its arithmetic does",
         a_gpus_bf16_costs_less_than_its_fp16_as_its_arithmetic_does},
        {"a GPU's integers cost their arithmetic and their share of an instruction",
         a_gpus_integers_cost_their_arithmetic_and_their_share_of_an_instruction},
        {"the nearest node is chosen by ratio", the_nearest_node_is_chosen_by_ratio},
        {"an unknown table is named with the nearest", an_unknown_table_is_named_with_the_nearest},
        {"a machine without technology has neutral answers",
         a_machine_without_technology_has_neutral_answers},
    };
    return RUN_SUITE("technology", cases);
}
