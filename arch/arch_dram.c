/* DRAM devices: configs/devices/NAME.yaml through the device's own rows. */
#include "arch_internal.h"

#include <stddef.h>

struct device_head {
    const char *name, *description;
};

static const struct ts_schema_row head_rows[] = {
    {"name", TS_SCHEMA_STRING, offsetof(struct device_head, name), 1, 0, 0, "", NULL, "",
     "Name that reports print; the file's own name when absent."},
    {"description", TS_SCHEMA_STRING, offsetof(struct device_head, description), 1, 0, 0, "", NULL,
     "", "One line on what the device is."},
};
static const struct ts_schema head_schema = {head_rows, 2};

static void unknown_device(const char *name, const struct ts_yaml *node, struct ts_arena *arena,
                           struct ts_diagnostics *diagnostics)
{
    const char *const *names;
    int count = ts_config_list("devices", arena, &names, NULL);
    if (node) {
        ts_yaml_error(diagnostics, node, TS_ERROR_UNKNOWN_NAME, "there is no DRAM device '%s'",
                      name);
    } else {
        ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, (struct ts_place){NULL, 0, 0},
                      "there is no DRAM device '%s'", name);
    }
    const char *near = ts_suggest(name, names, (size_t)count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    } else {
        ts_diag_help(diagnostics, "`tessera list devices` names them");
    }
}

struct ts_dram_spec *ts_arch_load_dram(const char *name, const struct ts_yaml *node,
                                       struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    const char *path = ts_config_find("devices", name, arena);
    if (!path) {
        unknown_device(name, node, arena, diagnostics);
        return NULL;
    }
    struct ts_yaml *root = ts_yaml_load_file(path, arena, diagnostics);
    struct ts_dram_spec *spec = TS_NEW(arena, struct ts_dram_spec);
    struct device_head head = {NULL, NULL};
    struct ts_schema_target targets[] = {
        {&head_schema, &head, NULL, 0},
        {&ts_dram_schema, spec, NULL, 0},
    };
    if (!root || !ts_schema_apply(root, targets, 2, "a DRAM device", arena, diagnostics)) {
        return NULL;
    }
    spec->name = head.name ? head.name : ts_arch_base_name(path, arena);
    ts_dram_spec_defaults(spec);
    const char *unsound = ts_dram_spec_check(spec);
    if (unsound) {
        ts_yaml_error(diagnostics, root, TS_ERROR_CONFLICT, "%s", unsound);
        return NULL;
    }
    return spec;
}
