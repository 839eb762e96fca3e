#include "gemm_support.h"
#include "suite.h"

const struct ts_arch *gemm_machine(const char *name, const char *key, const char *value,
                                   struct ts_arena *arena)
{
    struct ts_override override = {key, value};
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;
    ts_diagnostics_init(&diagnostics);
    if (!ts_arch_load(name, &override, key ? 1 : 0, arena, &diagnostics, &arch)) {
        ts_diagnostics_print(&diagnostics, stderr);
    }
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(arch);
    return arch;
}

struct ts_simt_gemm gemm_product(enum ts_precision precision, int64_t batch, int64_t m, int64_t n,
                                 int64_t k)
{
    return (struct ts_simt_gemm){
        .batch = batch,
        .m = m,
        .n = n,
        .k = k,
        .precision = precision,
        .a_tensor = 0,
        .b_tensor = 1,
        .c_tensor = 2,
        .a_bytes = 4,
        .b_bytes = 4,
        .c_bytes = 4,
        .a_unique = 1,
    };
}

struct ts_simt_gemm_choice gemm_choice_of(const struct ts_arch *arch,
                                          const struct ts_simt_gemm *gemm)
{
    struct ts_simt_gemm_choice choice = {0};
    CU_ASSERT_TRUE_FATAL(ts_simt_gemm_choose(arch, gemm, &choice));
    return choice;
}
