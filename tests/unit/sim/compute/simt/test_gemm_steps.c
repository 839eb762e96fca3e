/* A block's k loop as the engine meets it. */
#include "gemm_support.h"
#include "sim/compute/simt/simt_internal.h"
#include "suite.h"

#include <CUnit/CUnit.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const int64_t totals[] = {1, 2, 3, 4, 5, 7, 17, 23, 31, 64, 331, 4099};
enum { TOTALS = sizeof totals / sizeof totals[0], MOST_STAGES = 8 };

static void every_k_is_computed_and_loaded_once_and_in_time(void)
{
    for (int i = 0; i < TOTALS; i++) {
        for (int stages = 1; stages <= MOST_STAGES; stages++) {
            for (int lead = 0; lead <= 1; lead++) {
                struct ts_simt_k_steps steps;
                ts_simt_cut_k_loop(totals[i], stages, lead, &steps);
                CU_ASSERT_TRUE_FATAL(steps.count >= 1 && steps.count <= TS_SIMT_MAX_STEPS);
                CU_ASSERT_EQUAL(steps.first[0], 0);
                CU_ASSERT_EQUAL(steps.first[steps.count], totals[i]);
                int64_t loaded = 0;
                for (int s = 0; s < steps.count; s++) {
                    int64_t from, to;
                    ts_simt_loaded_k(&steps, s, totals[i], &from, &to);
                    CU_ASSERT_TRUE(steps.first[s] < steps.first[s + 1]);
                    CU_ASSERT_EQUAL(from, loaded);
                    CU_ASSERT_TRUE(to >= from);
                    loaded = to;
                    /* Arithmetic begins when the stages are full, not later. */
                    CU_ASSERT_TRUE(loaded > steps.first[s]);
                }
                CU_ASSERT_EQUAL(loaded, totals[i]);
            }
        }
    }
}

static void with_a_lead_a_step_computes_as_much_as_is_loaded_meanwhile(void)
{
    for (int i = 0; i < TOTALS; i++) {
        for (int stages = 1; stages <= MOST_STAGES; stages++) {
            struct ts_simt_k_steps steps;
            ts_simt_cut_k_loop(totals[i], stages, true, &steps);
            CU_ASSERT_EQUAL(steps.lead, 1);
            for (int s = 0; s + 1 < steps.count; s++) {
                int64_t from, to;
                ts_simt_loaded_k(&steps, s + 1, totals[i], &from, &to);
                CU_ASSERT_TRUE(to - from <= steps.first[s + 1] - steps.first[s]);
            }
        }
    }
}

/* The last part of a split k may be shorter than the others. */
static void a_loop_that_ends_early_loads_no_more_than_it_has(void)
{
    for (int lead = 0; lead <= 1; lead++) {
        struct ts_simt_k_steps steps;
        ts_simt_cut_k_loop(331, 5, lead, &steps);
        for (int64_t total = 1; total <= 331; total++) {
            int64_t loaded = 0;
            for (int s = 0; s < steps.count && steps.first[s] < total; s++) {
                int64_t from, to;
                ts_simt_loaded_k(&steps, s, total, &from, &to);
                CU_ASSERT_EQUAL(from, loaded);
                loaded = to;
            }
            CU_ASSERT_EQUAL(loaded, total);
        }
    }
}

static void copies_keep_their_lead_where_a_warp_makes_them_and_the_l2_serves_them(void)
{
    const struct ts_arch *h100 = gemm_machine("gpu-h100-sxm", NULL, NULL, &arena);
    const struct ts_arch *a100 = gemm_machine("gpu-a100-sxm-80gb", NULL, NULL, &arena);
    struct ts_simt_gemm held = gemm_of(h100, TS_BF16, 1, 2048, 1024, 4096);
    struct ts_simt_gemm spilt = gemm_of(h100, TS_BF16, 4, 2048, 1024, 4096);
    struct ts_simt_gemm ampere = gemm_of(a100, TS_BF16, 1, 2048, 1024, 4096);
    struct ts_simt_gemm_choice choice = gemm_choice_of(h100, &held);
    CU_ASSERT_TRUE(ts_simt_keeps_lead(h100, &choice.kernel, &held));
    choice = gemm_choice_of(h100, &spilt);
    CU_ASSERT_FALSE(ts_simt_keeps_lead(h100, &choice.kernel, &spilt));
    spilt.b_is_shared = true;
    spilt.batch = 2;
    CU_ASSERT_TRUE(ts_simt_keeps_lead(h100, &choice.kernel, &spilt));
    choice = gemm_choice_of(a100, &ampere);
    CU_ASSERT_FALSE(ts_simt_keeps_lead(a100, &choice.kernel, &ampere));
}

static const struct test_case cases[] = {
    {"every k is computed and loaded once and in time",
     every_k_is_computed_and_loaded_once_and_in_time},
    {"with a lead a step computes as much as is loaded meanwhile",
     with_a_lead_a_step_computes_as_much_as_is_loaded_meanwhile},
    {"a loop that ends early loads no more than it has",
     a_loop_that_ends_early_loads_no_more_than_it_has},
    {"copies keep their lead where a warp makes them and the L2 serves them",
     copies_keep_their_lead_where_a_warp_makes_them_and_the_l2_serves_them},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm steps", cases);
    ts_arena_release(&arena);
    return status;
}
