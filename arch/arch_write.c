/* The resolved architecture as text, and its hash. */
#include "arch_internal.h"
#include "schema_json.h"
#include "tessera/hash.h"
#include "tessera/technology.h"

#include <string.h>

struct ts_yaml *ts_arch_to_tree(const struct ts_arch *arch, struct ts_arena *arena)
{
    /* Rows give offsets into writable structs; reading through a copy keeps the original const. */
    struct ts_arch *copy = TS_NEW(arena, struct ts_arch);
    void *params = ts_arena_alloc(arena, arch->family->params_bytes + 1);
    *copy = *arch;
    memcpy(params, arch->params, arch->family->params_bytes);
    struct ts_schema_array cache = ts_arch_cache_array(copy);
    struct ts_arch_head head = {arch->name, *arch->description ? arch->description : NULL,
                                arch->family->name, NULL};
    struct ts_schema_target targets[] = {
        {&ts_arch_head_schema, &head, NULL, 0},
        {&ts_arch_schema, copy, &cache, 1},
        {&arch->family->schema, params, NULL, 0},
    };
    struct ts_yaml *root = ts_yaml_new_mapping(arena, NULL, (struct ts_place){NULL, 0, 0});
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        ts_schema_to_tree(&targets[i], root, arena);
    }
    return root;
}

void ts_arch_write(const struct ts_arch *arch, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    ts_yaml_write(ts_arch_to_tree(arch, &arena), stream);
    ts_arena_release(&arena);
}

static uint64_t hash_tree(uint64_t hash, const struct ts_yaml *node)
{
    hash = ts_hash_text(hash, node->key ? node->key : "");
    hash = ts_hash_text(hash, node->text);
    hash = ts_hash_integer(hash, node->count);
    for (const struct ts_yaml *child = node->first; child; child = child->next) {
        hash = hash_tree(hash, child);
    }
    return hash;
}

/* Names and descriptions change no result; the DRAM device and the energy table do. */
uint64_t ts_arch_compute_hash(const struct ts_arch *arch)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_yaml *root = ts_arch_to_tree(arch, &arena);
    uint64_t hash = TS_HASH_INIT;
    for (const struct ts_yaml *child = root->first; child; child = child->next) {
        if (strcmp(child->key, "name") != 0 && strcmp(child->key, "description") != 0) {
            hash = hash_tree(hash, child);
        }
    }
    if (arch->memory.dram) {
        struct ts_dram_spec spec = *arch->memory.dram;
        struct ts_schema_target device = {&ts_dram_schema, &spec, NULL, 0};
        struct ts_yaml *tree = ts_yaml_new_mapping(&arena, NULL, (struct ts_place){NULL, 0, 0});
        ts_schema_to_tree(&device, tree, &arena);
        hash = hash_tree(hash, tree);
    }
    hash = ts_hash_integer(hash, (int64_t)ts_technology_hash(arch->technology));
    ts_arena_release(&arena);
    return hash;
}

void ts_arch_write_keys(FILE *stream)
{
    ts_schema_write_keys(&ts_arch_head_schema, "Every architecture:", stream);
    ts_schema_write_keys(&ts_arch_schema, NULL, stream);
    for (int i = 0; ts_families[i]; i++) {
        if (ts_families[i]->schema.count == 0) {
            continue;
        }
        fprintf(stream, "\nFamily %s (%s):\n", ts_families[i]->name, ts_families[i]->summary);
        ts_schema_write_keys(&ts_families[i]->schema, NULL, stream);
    }
}

void ts_arch_write_json_schema(FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    fputs("{\"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
          "\"title\": \"Tessera architecture\", \"type\": \"object\",\n\"definitions\": {",
          stream);
    for (int i = 0; ts_families[i]; i++) {
        const struct ts_schema *schemas[] = {&ts_arch_head_schema, &ts_arch_schema,
                                             &ts_families[i]->schema};
        fprintf(stream, "%s\n\"%s\": ", i ? "," : "", ts_families[i]->name);
        ts_schema_write_json(schemas, 3, &arena, stream);
    }
    fputs("},\n\"allOf\": [", stream);
    for (int i = 0; ts_families[i]; i++) {
        fprintf(stream,
                "%s\n{\"if\": {\"properties\": {\"family\": {\"const\": \"%s\"}}, \"required\": "
                "[\"family\"]}, \"then\": {\"$ref\": \"#/definitions/%s\"}}",
                i ? "," : "", ts_families[i]->name, ts_families[i]->name);
    }
    fputs("]}\n", stream);
    ts_arena_release(&arena);
}
