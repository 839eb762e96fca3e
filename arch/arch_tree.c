/* An architecture file, and the ones it extends, as one tree. */
#include "arch_internal.h"
#include "yaml_internal.h"

#include "tessera/suggest.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_EXTENDS = 16 };

/* Files being read, outermost first: one that comes up again is a cycle. */
struct chain {
    const char *paths[MAX_EXTENDS];
    const char *real[MAX_EXTENDS];
    int count;
};

static const struct alias {
    const char *name, *stands_for;
} aliases[] = {
    {"cpu", "cpu-xeon-8480plus"},
    {"gpu", "gpu-a100-sxm-80gb"},
    {"tpu", "tpu-v3"},
    {"eie", "eie"},
};

const char *ts_arch_alias(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(aliases[i].name, name) == 0) {
            return aliases[i].stands_for;
        }
    }
    return NULL;
}

const char *ts_arch_base_name(const char *path, struct ts_arena *arena)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    bool yaml = length > 5 && strcmp(name + length - 5, ".yaml") == 0;
    return ts_arena_strndup(arena, name, yaml ? length - 5 : length);
}

static const char *real_path(const char *path, struct ts_arena *arena)
{
    char resolved[PATH_MAX];
    return ts_arena_strdup(arena, realpath(path, resolved) ? resolved : path);
}

/* The file that `extends: name` of `path` means: beside it first, then where all are found. */
static const char *find_extended(const char *path, const char *name, struct ts_arena *arena)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    bool is_file = strstr(name, ".yaml") != NULL;
    const char *beside =
        ts_arena_printf(arena, "%.*s%s%s", folder, path, name, is_file ? "" : ".yaml");
    if (access(beside, F_OK) == 0) {
        return beside;
    }
    const char *alias = ts_arch_alias(name);
    return ts_config_find("arch", alias ? alias : name, arena);
}

static bool unknown_extended(const struct ts_yaml *node, struct ts_arena *arena,
                             struct ts_diagnostics *diagnostics)
{
    const char *const *names;
    int count = ts_config_list("arch", arena, &names, NULL);
    ts_yaml_error(diagnostics, node, TS_ERROR_UNKNOWN_NAME, "there is no architecture '%s'",
                  node->text);
    const char *near = ts_suggest(node->text, names, (size_t)count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static bool check_chain(struct chain *chain, const char *path, const struct ts_yaml *asked_by,
                        struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    const char *real = real_path(path, arena);
    for (int i = 0; i < chain->count; i++) {
        if (strcmp(chain->real[i], real) != 0) {
            continue;
        }
        const char *circle = ts_arch_base_name(chain->paths[i], arena);
        for (int j = i + 1; j < chain->count; j++) {
            circle = ts_arena_printf(arena, "%s → %s", circle,
                                     ts_arch_base_name(chain->paths[j], arena));
        }
        return ts_yaml_error(diagnostics, asked_by, TS_ERROR_CYCLE,
                             "architectures extend each other in a circle: %s → %s", circle,
                             ts_arch_base_name(path, arena));
    }
    if (chain->count == MAX_EXTENDS) {
        return ts_yaml_error(diagnostics, asked_by, TS_ERROR_LIMIT,
                             "more than %d files extend one another", MAX_EXTENDS);
    }
    chain->paths[chain->count] = path;
    chain->real[chain->count++] = real;
    return true;
}

/* What says which file this is does not pass on to the file that extends it. */
static void drop(struct ts_yaml *root, const char *key)
{
    struct ts_yaml *child = ts_yaml_get(root, key);
    if (child) {
        ts_yaml_remove(child);
    }
}

static struct ts_yaml *load(struct chain *chain, const char *path, const struct ts_yaml *asked_by,
                            struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    if (!check_chain(chain, path, asked_by, arena, diagnostics)) {
        return NULL;
    }
    struct ts_yaml *root = ts_yaml_load_file(path, arena, diagnostics);
    struct ts_yaml *extends = root ? ts_yaml_get(root, "extends") : NULL;
    if (!root || root->kind != TS_YAML_MAPPING || !extends || ts_yaml_is_null(extends)) {
        return root;
    }
    const char *name;
    if (!ts_yaml_string(extends, diagnostics, &name)) {
        return NULL;
    }
    const char *base_path = find_extended(path, name, arena);
    if (!base_path) {
        unknown_extended(extends, arena, diagnostics);
        return NULL;
    }
    struct ts_yaml *base = load(chain, base_path, extends, arena, diagnostics);
    if (!base) {
        return NULL;
    }
    if (base->kind != TS_YAML_MAPPING) {
        ts_yaml_error(diagnostics, extends, TS_ERROR_TYPE, "'%s' is not an architecture file",
                      base_path);
        return NULL;
    }
    drop(root, "extends");
    drop(base, "name");
    drop(base, "description");
    base->place = base->key_place = root->place;
    base->source = root->source;
    ts_yaml_merge(base, root);
    return base;
}

static const char device_machine[] = "family: memory\n"
                                     "compute: {clock_mhz: 1000, units: 1}\n"
                                     "memory: {dram: {}}\n";

/* A machine of one memory device, by its name or path, and nothing else. */
static struct ts_yaml *machine_of_device(const char *device, const char *path,
                                         struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_yaml *root =
        ts_yaml_parse(path, device_machine, sizeof device_machine - 1, arena, diagnostics);
    if (root) {
        ts_yaml_set(root, "memory.dram.device", device, root->source, root->place, arena);
    }
    return root;
}

/* A device file has a geometry and, other than a machine, no family. */
static bool is_device(const struct ts_yaml *root)
{
    return ts_yaml_get(root, "geometry") && !ts_yaml_get(root, "family");
}

static void unknown_name(const char *name, struct ts_arena *arena,
                         struct ts_diagnostics *diagnostics)
{
    const char *const *archs;
    const char *const *devices;
    int arch_count = ts_config_list("arch", arena, &archs, NULL);
    int device_count = ts_config_list("devices", arena, &devices, NULL);
    size_t alias_count = sizeof aliases / sizeof aliases[0];
    const char **all =
        TS_NEW_ARRAY(arena, alias_count + (size_t)(arch_count + device_count), const char *);
    size_t count = 0;
    for (size_t i = 0; i < alias_count; i++) {
        all[count++] = aliases[i].name;
    }
    for (int i = 0; i < arch_count; i++) {
        all[count++] = archs[i];
    }
    for (int i = 0; i < device_count; i++) {
        all[count++] = devices[i];
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, (struct ts_place){NULL, 0, 0},
                  "there is no architecture '%s'", name);
    const char *near = ts_suggest_names(name, all, count, arena);
    if (ts_config_find("networks", name, arena)) {
        ts_diag_help(diagnostics, "'%s' is a network: -w %s", name, name);
    } else if (strchr(name, ',')) {
        ts_diag_help(diagnostics, "name one at a time: -a %.*s -a %s", (int)strcspn(name, ","),
                     name, strchr(name, ',') + 1);
    } else if (near) {
        ts_diag_help(diagnostics, "did you mean %s?", near);
    } else {
        ts_diag_help(diagnostics, "`tessera list archs` and `tessera list devices` name them");
    }
}

struct ts_yaml *ts_arch_load_tree(const char *name, struct ts_arena *arena,
                                  struct ts_diagnostics *diagnostics, const char **path)
{
    const char *alias = ts_arch_alias(name);
    if (ts_arch_is_scalesim(name)) {
        *path = ts_arena_strdup(arena, name);
        return ts_arch_load_scalesim(name, arena, diagnostics);
    }
    *path = ts_config_find("arch", name, arena);
    if (!*path && alias) {
        *path = ts_config_find("arch", alias, arena);
    }
    if (*path) {
        struct chain chain = {.count = 0};
        struct ts_yaml *root = load(&chain, *path, NULL, arena, diagnostics);
        return root && is_device(root) ? machine_of_device(*path, *path, arena, diagnostics) : root;
    }
    size_t length = strlen(name);
    if (strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".yaml") == 0)) {
        ts_yaml_load_file(name, arena, diagnostics); /* says why it cannot be read */
        return NULL;
    }
    *path = ts_config_find("devices", name, arena);
    if (*path) {
        return machine_of_device(name, *path, arena, diagnostics);
    }
    unknown_name(name, arena, diagnostics);
    return NULL;
}
