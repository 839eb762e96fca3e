/* From a name to an immutable architecture. */
#include "arch_internal.h"
#include "tessera/technology.h"

#include <math.h>
#include <string.h>

struct load {
    struct ts_arch *arch;
    struct ts_arch_head head;
    struct ts_yaml *root;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
};

/* ------------------------------------------------------------------ -s KEY=VALUE */

/* A value in braces or brackets is YAML, anything else is the value itself. */
static bool override_value(struct load *load, const struct ts_override *override,
                           const struct ts_yaml_source *source, struct ts_place place)
{
    struct ts_yaml *node =
        ts_yaml_set(load->root, override->key, override->value, source, place, load->arena);
    if (!node) {
        return ts_diag_error(load->diagnostics, TS_ERROR_TYPE, place,
                             "'%s' runs through a key that holds a value", override->key);
    }
    if (override->value[0] != '{' && override->value[0] != '[') {
        return true;
    }
    struct ts_yaml *value = ts_yaml_parse(source->name, override->value, strlen(override->value),
                                          load->arena, load->diagnostics);
    if (!value) {
        return false;
    }
    node->kind = value->kind;
    node->text = value->text;
    node->first = value->first;
    node->last = value->last;
    node->count = value->count;
    for (struct ts_yaml *child = node->first; child; child = child->next) {
        child->parent = node;
    }
    return true;
}

/* A level that the machine lacks would be made by an override: refuse it. */
static bool check_level(struct load *load, const struct ts_override *override,
                        struct ts_place place)
{
    static const char prefix[] = "memory.cache.";
    if (strncmp(override->key, prefix, sizeof prefix - 1) != 0) {
        return true;
    }
    const char *level = override->key + sizeof prefix - 1;
    const char *name = ts_arena_strndup(load->arena, level, strcspn(level, "."));
    const struct ts_yaml *levels = ts_yaml_find(load->root, "memory.cache");
    if (levels && ts_yaml_get(levels, name)) {
        return true;
    }
    const char *names[TS_MAX_CACHE_LEVELS];
    size_t count = 0;
    for (const struct ts_yaml *child = levels ? levels->first : NULL;
         child && child->key && count < TS_MAX_CACHE_LEVELS; child = child->next) {
        names[count++] = child->key;
    }
    ts_diag_error(load->diagnostics, TS_ERROR_UNKNOWN_NAME, place,
                  "the machine has no memory level '%s'", name);
    const char *near = ts_suggest(name, names, count);
    if (near) {
        ts_diag_help(load->diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

/* Facts of the machine that its file states through a key which -s may change: they stay. Voltage
 * and clock power hold at the file's clock, shares of the design power at the file's limit. */
static const struct fact {
    const char *key, *kept_as;
} facts[] = {
    {"compute.clock_mhz", "power.reference_clock_mhz"},
    {"power.limit_w", "power.tdp_w"},
};

static void keep_fact(struct load *load, const struct ts_override *override)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct ts_yaml *node = ts_yaml_find(load->root, facts[i].key);
        if (strcmp(override->key, facts[i].key) == 0 && node && node->kind == TS_YAML_SCALAR &&
            !ts_yaml_find(load->root, facts[i].kept_as)) {
            ts_yaml_set(load->root, facts[i].kept_as, node->text, node->source, node->place,
                        load->arena);
        }
    }
}

static bool apply_overrides(struct load *load, const struct ts_override *overrides, int count)
{
    bool sound = true;
    for (int i = 0; i < count; i++) {
        struct ts_yaml_source *source = TS_NEW(load->arena, struct ts_yaml_source);
        source->name =
            ts_arena_printf(load->arena, "-s %s=%s", overrides[i].key, overrides[i].value);
        struct ts_place place = {source->name, 0, 0};
        if (strcmp(overrides[i].key, "extends") == 0) {
            sound = ts_diag_error(load->diagnostics, TS_ERROR_CONFLICT, place,
                                  "'extends' is resolved before -s applies");
        } else if (*overrides[i].key == '\0') {
            sound = ts_diag_error(load->diagnostics, TS_ERROR_USAGE, place, "-s needs KEY=VALUE");
        } else {
            keep_fact(load, &overrides[i]);
            sound &= check_level(load, &overrides[i], place) &&
                     override_value(load, &overrides[i], source, place);
        }
    }
    return sound;
}

/* ------------------------------------------------------------------ the family */

static bool find_family(struct load *load)
{
    const struct ts_yaml *node =
        ts_yaml_require(load->root, "family", TS_YAML_SCALAR, load->diagnostics);
    if (!node) {
        return false;
    }
    load->arch->family = ts_family_find(node->text);
    if (load->arch->family) {
        return true;
    }
    const char *names[64], *all = "";
    size_t count = 0;
    for (; ts_families[count] && count < 64; count++) {
        names[count] = ts_families[count]->name;
        all = ts_arena_printf(&load->diagnostics->arena, "%s%s%s", all, count > 0 ? ", " : "",
                              names[count]);
    }
    ts_yaml_error(load->diagnostics, node, TS_ERROR_UNKNOWN_NAME, "unknown family '%s'",
                  node->text);
    const char *near = ts_suggest(node->text, names, count);
    if (near && !ts_arch_alias(node->text)) { /* gpu is near to cpu, and means simt */
        ts_diag_help(load->diagnostics, "did you mean '%s'?", near);
    } else {
        ts_diag_help(load->diagnostics, "there are %s; `tessera list archs` says what they are",
                     all);
    }
    return false;
}

static bool apply_schemas(struct load *load)
{
    struct ts_schema_array cache = ts_arch_cache_array(load->arch);
    void *params = ts_arena_alloc(load->arena, load->arch->family->params_bytes + 1);
    struct ts_schema_target targets[] = {
        {&ts_arch_head_schema, &load->head, NULL, 0},
        {&ts_arch_schema, load->arch, &cache, 1},
        {&load->arch->family->schema, params, NULL, 0},
    };
    load->arch->params = params;
    return ts_schema_apply(load->root, targets, 3, "an architecture", load->arena,
                           load->diagnostics);
}

/* ------------------------------------------------------------------ what hangs on the values */

static bool conflict(struct load *load, const char *key, const char *message)
{
    const struct ts_yaml *node = ts_yaml_find(load->root, key);
    return ts_yaml_key_error(load->diagnostics, node ? node : load->root, TS_ERROR_CONFLICT, "%s",
                             message);
}

static bool check_memory(struct load *load)
{
    const struct ts_memory_spec *memory = &load->arch->memory;
    for (int i = 0; i < memory->cache_count; i++) {
        if (memory->cache[i].shared && i + 1 < memory->cache_count) {
            return conflict(load, "memory.cache",
                            "only the last level of memory.cache may be shared");
        }
    }
    if (!memory->dram_device && memory->dram_bandwidth_bytes_per_s > 0) {
        return conflict(load, "memory.dram.bandwidth_gbps",
                        "a DRAM bandwidth needs 'memory.dram.device'");
    }
    return true;
}

static bool check_power(struct load *load)
{
    const struct ts_power_spec *power = &load->arch->power;
    if (power->voltage_min_v > power->voltage_v) {
        return conflict(load, "power.voltage_min_v",
                        "the lowest voltage is above 'power.voltage_v'");
    }
    if (power->clock_min_hz > power->clock_reference_hz) {
        return conflict(load, "power.clock_min_mhz",
                        "the lowest clock is above 'power.reference_clock_mhz'");
    }
    if (power->limit_w > 0 && power->limit_w <= power->idle_w) {
        return conflict(load, "power.limit_w",
                        ts_arena_printf(&load->diagnostics->arena,
                                        "the power limit of %g W leaves nothing beyond "
                                        "'power.idle_w', %g W",
                                        power->limit_w, power->idle_w));
    }
    return true;
}

/* A DRAM device, to be probed. */
static bool is_memory_alone(const struct ts_arch *arch)
{
    return strcmp(arch->family->name, "memory") == 0;
}

static bool finish_dram(struct load *load)
{
    struct ts_memory_spec *memory = &load->arch->memory;
    if (!memory->dram_device) {
        return true;
    }
    struct ts_dram_spec *dram =
        ts_arch_load_dram(memory->dram_device, ts_yaml_find(load->root, "memory.dram.device"),
                          load->arena, load->diagnostics);
    if (!dram) {
        return false;
    }
    if (!is_memory_alone(load->arch)) {
        ts_dram_spec_in_machine(dram);
    }
    memory->dram = dram;
    double device_gbps = ts_dram_device_peak_gbps(memory->dram);
    double devices = memory->dram_devices;
    if (devices == 0) {
        devices = fmax(1, round(memory->dram_bandwidth_bytes_per_s / 1e9 / device_gbps));
    }
    memory->dram_devices = devices;
    if (memory->dram_bandwidth_bytes_per_s == 0) {
        memory->dram_bandwidth_bytes_per_s = devices * device_gbps * 1e9;
    }
    if (memory->dram_capacity_bytes == 0) {
        memory->dram_capacity_bytes = devices * memory->dram->capacity_gib * 1073741824.0;
    }
    return true;
}

static bool finish_technology(struct load *load)
{
    struct ts_arch *arch = load->arch;
    bool memory_alone = is_memory_alone(arch);
    if (!arch->technology_name && arch->process_nm == 0) {
        if (memory_alone) {
            return true; /* no logic of its own */
        }
        ts_yaml_key_error(load->diagnostics, load->root, TS_ERROR_MISSING_KEY,
                          "an architecture needs 'process_nm' or 'technology'");
        ts_diag_help(load->diagnostics, "energies follow from it, e.g. process_nm: 7");
        return false;
    }
    const struct ts_yaml *node =
        ts_yaml_find(load->root, arch->technology_name ? "technology" : "process_nm");
    struct ts_place place = node ? node->place : load->root->place;
    if (!arch->technology_name) {
        arch->technology_name = ts_technology_nearest(arch->process_nm, load->arena);
        if (!arch->technology_name) {
            return ts_diag_error(load->diagnostics, TS_ERROR_FILE, place,
                                 "no energy table is found in configs/technology");
        }
    }
    return ts_technology_load(arch->technology_name, place, load->arena, load->diagnostics,
                              &arch->technology);
}

static bool finish(struct load *load)
{
    struct ts_arch *arch = load->arch;
    if (!check_memory(load) || !finish_dram(load) || !finish_technology(load)) {
        return false;
    }
    ts_arch_power_defaults(arch);
    if (!check_power(load)) {
        return false;
    }
    if (arch->family->check && !arch->family->check(arch, arch->params, load->diagnostics)) {
        return false;
    }
    arch->hash = ts_arch_compute_hash(arch);
    return true;
}

bool ts_arch_load(const char *name_or_path, const struct ts_override *overrides, int override_count,
                  struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                  const struct ts_arch **arch)
{
    struct load load = {.arena = arena, .diagnostics = diagnostics};
    load.arch = TS_NEW(arena, struct ts_arch);
    const char *path;
    load.root = ts_arch_load_tree(name_or_path, arena, diagnostics, &path);
    if (!load.root) {
        return false;
    }
    if (load.root->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(diagnostics, load.root, TS_ERROR_TYPE,
                             "an architecture must be a mapping of keys to values, not a %s",
                             ts_yaml_kind_name(load.root->kind));
    }
    if (!apply_overrides(&load, overrides, override_count) || !find_family(&load) ||
        !apply_schemas(&load)) {
        return false;
    }
    load.arch->path = path;
    load.arch->name = load.head.name ? load.head.name : ts_arch_base_name(path, arena);
    load.arch->description = load.head.description ? load.head.description : "";
    if (!finish(&load)) {
        return false;
    }
    *arch = load.arch;
    return true;
}
