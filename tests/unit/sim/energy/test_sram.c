#include "sim/energy/energy_internal.h"
#include "suite.h"
#include "unit/arch/technology_support.h"

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_technology *table(const char *name)
{
    return technology_of(name, &arena);
}

/* EIE, Table I: 5 pJ for 32 bits from a 32 KiB memory of a low-power design. */
static void a_small_low_power_memory_costs_what_eies_table_says(void)
{
    const struct ts_technology *t = table("45nm");
    const struct ts_sram_fit *lop = ts_technology_sram(t, TS_TRANSISTORS_LOP);
    double pj = ts_sram_read_pj(lop, 32768, 32);
    CU_ASSERT(pj > 5 / 1.5 && pj < 5 * 1.5);
}

/* N. Jouppi et al., ISCA 2021, Table 2. */
static void memories_of_the_7_nm_table_cost_jouppis_figures(void)
{
    const struct ts_sram_fit *hp = ts_technology_sram(table("7nm"), TS_TRANSISTORS_HP);
    CU_ASSERT_DOUBLE_EQUAL(ts_sram_read_pj(hp, 32768, 64), 8.5, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(ts_sram_read_pj(hp, 1048576, 64), 14, 0.1);
    /* The vector memory of TPU v4i, 4 MiB: 0.249 pJ/bit read, 0.293 written. */
    CU_ASSERT_DOUBLE_EQUAL(ts_sram_read_pj(hp, 4194304, 64) / 64, 0.249, 0.1 * 0.249);
    CU_ASSERT_DOUBLE_EQUAL(ts_sram_write_pj(hp, 4194304, 64) / 64, 0.293, 0.1 * 0.293);
}

/* CACTI 7, 64-bit and 256-bit reads: size, bits, table, class, read pJ, leakage mW. The fits state
 * a largest ratio of 1.78 (reads) and 1.1 (leakage). */
static void memory_fits_stay_within_their_ratio_of_cacti(void)
{
    static const struct {
        double bytes, bits;
        enum ts_transistors transistors;
        double read_pj, leakage_mw;
    } points[] = {
        {8192, 64, TS_TRANSISTORS_LSTP, 6.137, 0.00026},
        {65536, 64, TS_TRANSISTORS_LSTP, 25.8695, 0.00167},
        {262144, 64, TS_TRANSISTORS_LSTP, 44.7157, 0.00668},
        {4096, 256, TS_TRANSISTORS_LSTP, 10.2041, 0.00013},
        {8192, 64, TS_TRANSISTORS_HP, 5.2883, 9.04621},
        {262144, 64, TS_TRANSISTORS_HP, 40.6252, 245.589},
        {8192, 64, TS_TRANSISTORS_LOP, 3.1622, 0.59126},
        {262144, 64, TS_TRANSISTORS_LOP, 20.3059, 14.5697},
    };
    const struct ts_technology *t = table("45nm");
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const struct ts_sram_fit *fit = ts_technology_sram(t, points[i].transistors);
        double ratio = ts_sram_read_pj(fit, points[i].bytes, points[i].bits) / points[i].read_pj;
        CU_ASSERT(ratio < 1.78 && ratio > 1 / 1.78);
        double leakage = ts_sram_leakage_w(fit, points[i].bytes) * 1e3 / points[i].leakage_mw;
        CU_ASSERT(leakage < 1.3 && leakage > 1 / 1.3);
    }
}

static void larger_and_wider_memories_cost_more(void)
{
    static const char *const nodes[] = {"45nm", "28nm", "12nm", "7nm"};
    for (size_t n = 0; n < sizeof nodes / sizeof nodes[0]; n++) {
        for (int c = TS_TRANSISTORS_HP; c <= TS_TRANSISTORS_MIX; c++) {
            const struct ts_sram_fit *fit =
                ts_technology_sram(table(nodes[n]), (enum ts_transistors)c);
            CU_ASSERT(ts_sram_read_pj(fit, 65536, 64) > ts_sram_read_pj(fit, 32768, 64));
            CU_ASSERT(ts_sram_read_pj(fit, 65536, 128) > ts_sram_read_pj(fit, 65536, 64));
            CU_ASSERT(ts_sram_write_pj(fit, 65536, 64) > ts_sram_write_pj(fit, 32768, 64));
            CU_ASSERT(ts_sram_leakage_w(fit, 65536) > ts_sram_leakage_w(fit, 32768));
        }
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"a small low-power memory costs what EIE's table says",
         a_small_low_power_memory_costs_what_eies_table_says},
        {"memories of the 7 nm table cost Jouppi's figures",
         memories_of_the_7_nm_table_cost_jouppis_figures},
        {"fits stay within their ratio of CACTI", memory_fits_stay_within_their_ratio_of_cacti},
        {"larger and wider memories cost more", larger_and_wider_memories_cost_more},
    };
    int status = RUN_SUITE("sram", cases);
    ts_arena_release(&arena);
    return status;
}
