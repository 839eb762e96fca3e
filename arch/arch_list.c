/* Lists of what is found in configs. */
#include "arch_internal.h"

#include <string.h>

static const char *text_of(const struct ts_yaml *root, const char *key)
{
    const struct ts_yaml *node = root ? ts_yaml_get(root, key) : NULL;
    return node && node->kind == TS_YAML_SCALAR ? node->text : "";
}

/* A file that cannot be read is listed without description: `check` says what is wrong with it. */
int ts_arch_list(struct ts_arena *arena, struct ts_config_entry **entries)
{
    const char *const *names;
    const char *const *paths;
    int count = ts_config_list("arch", arena, &names, &paths);
    *entries = TS_NEW_ARRAY(arena, count + 1, struct ts_config_entry);
    for (int i = 0; i < count; i++) {
        struct ts_diagnostics ignored;
        ts_diagnostics_init(&ignored);
        const char *path;
        const struct ts_yaml *root = ts_arch_load_tree(paths[i], arena, &ignored, &path);
        (*entries)[i] = (struct ts_config_entry){names[i], paths[i], text_of(root, "description"),
                                                 text_of(root, "family")};
        ts_diagnostics_release(&ignored);
    }
    return count;
}

int ts_device_list(struct ts_arena *arena, struct ts_config_entry **entries)
{
    const char *const *names;
    const char *const *paths;
    int count = ts_config_list("devices", arena, &names, &paths);
    *entries = TS_NEW_ARRAY(arena, count + 1, struct ts_config_entry);
    for (int i = 0; i < count; i++) {
        struct ts_diagnostics ignored;
        ts_diagnostics_init(&ignored);
        const struct ts_yaml *root = ts_yaml_load_file(paths[i], arena, &ignored);
        (*entries)[i] = (struct ts_config_entry){names[i], paths[i], text_of(root, "description"),
                                                 text_of(root, "standard")};
        ts_diagnostics_release(&ignored);
    }
    return count;
}
