/* The zoo with its counts, for `list workloads`. */
#include "tessera/yaml_tree.h"
#include "workloads/frontend/frontend.h"

/* A network that does not load is left out: `check` tells what is wrong with it. */
static bool describe(const char *name, struct ts_arena *arena, struct ts_workload_entry *entry)
{
    static const struct ts_workload_options options = {.batch = 1, .precision = TS_FP32};
    struct ts_diagnostics diagnostics;
    struct ts_program *program = NULL;
    ts_diagnostics_init(&diagnostics);
    bool ok = ts_workload_load(name, &options, arena, &diagnostics, &program);
    if (ok) {
        *entry = (struct ts_workload_entry){.name = name,
                                            .description = program->description,
                                            .macs = program->macs,
                                            .parameters = program->parameters};
    }
    ts_diagnostics_release(&diagnostics);
    return ok;
}

int ts_workload_list(struct ts_arena *arena, struct ts_workload_entry **entries)
{
    const char *const *names;
    int count = ts_config_list("networks", arena, &names, NULL), listed = 0;
    *entries = TS_NEW_ARRAY(arena, count + 1, struct ts_workload_entry);
    for (int i = 0; i < count; i++) {
        listed += describe(names[i], arena, &(*entries)[listed]);
    }
    return listed;
}
