#include "technology_support.h"
#include "suite.h"

const struct ts_technology *technology_of(const char *name, struct ts_arena *arena)
{
    const struct ts_technology *technology = NULL;
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    if (!ts_technology_load(name, (struct ts_place){NULL, 0, 0}, arena, &diagnostics,
                            &technology)) {
        ts_diagnostics_print(&diagnostics, stdout);
    }
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(technology);
    return technology;
}
