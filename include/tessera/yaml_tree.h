/* YAML tree: one document as nodes that know where they stand, for every loader.
 *
 * ts_yaml_load_file() and ts_yaml_parse() read one document with libyaml and refuse what a
 * configuration has no use for: anchors and aliases (a few lines of them expand to gigabytes), more
 * than one document, tags, duplicate keys, nesting past TS_YAML_MAX_DEPTH, files past
 * TS_YAML_MAX_BYTES, text that is not UTF-8, truncated files. All of them are user errors with a
 * place.
 *
 * Lifetime: nodes, their text and the source text live in the arena passed in.
 *
 * Reading a tree by hand:
 *     const struct ts_yaml *layers = ts_yaml_require(root, "layers", TS_YAML_SEQUENCE,
 * diagnostics); for (const struct ts_yaml *e = layers ? layers->first : NULL; e; e = e->next) ok &=
 * ts_yaml_integer(e, 1, 1000000, diagnostics, &value); ok &= ts_yaml_known_keys(root, names, count,
 * diagnostics); Files with a fixed shape are better read with schema rows: ts_schema_apply().
 */
#ifndef TESSERA_YAML_TREE_H
#define TESSERA_YAML_TREE_H

#include "tessera/arena.h"
#include "tessera/diag.h"
#include "tessera/schema.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_YAML_MAX_DEPTH = 64, TS_YAML_MAX_BYTES = 4 << 20, TS_YAML_MAX_NODES = 400000 };

enum ts_yaml_kind { TS_YAML_SCALAR, TS_YAML_SEQUENCE, TS_YAML_MAPPING };

/* The text a tree came from, for caret lines. */
struct ts_yaml_source {
    const char *name; /* file path, or "-s" */
    const char *text; /* NUL-terminated */
    size_t length;
};

/* One node. A mapping's children have a key each, in file order; a sequence's have none. */
struct ts_yaml {
    enum ts_yaml_kind kind;
    bool quoted;               /* a scalar in quotes: always a string, never null */
    int count;                 /* children */
    const char *text;          /* scalar: its text, "" when null; otherwise "" */
    const char *key;           /* of a mapping's child; NULL otherwise */
    struct ts_place place;     /* of the value */
    struct ts_place key_place; /* of the key; = place when there is none */
    const struct ts_yaml_source *source;
    struct ts_yaml *parent;
    struct ts_yaml *first, *last;
    struct ts_yaml *next;
};

/* Reads one file. Errors: FILE, SYNTAX, LIMIT, DUPLICATE_KEY, UNSUPPORTED (anchors, tags). Returns
 * NULL with diagnostics. An empty document is a SYNTAX error. */
struct ts_yaml *ts_yaml_load_file(const char *path, struct ts_arena *arena,
                                  struct ts_diagnostics *diagnostics);

/* The same from memory; `name` stands for the file in diagnostics. The text is copied. */
struct ts_yaml *ts_yaml_parse(const char *name, const char *text, size_t length,
                              struct ts_arena *arena, struct ts_diagnostics *diagnostics);

/* An error at the node's value or key, with the source line under it. Returns false. */
bool ts_yaml_error(struct ts_diagnostics *diagnostics, const struct ts_yaml *node,
                   enum ts_error code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool ts_yaml_key_error(struct ts_diagnostics *diagnostics, const struct ts_yaml *node,
                       enum ts_error code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the text of `place`'s line in `source` to the newest error. */
void ts_yaml_show_line(struct ts_diagnostics *diagnostics, const struct ts_yaml_source *source,
                       struct ts_place place);

/* "mapping", "list", "value". */
const char *ts_yaml_kind_name(enum ts_yaml_kind kind);

/* Dotted path of a node from the root, "layers[3].kernel"; in `arena`. */
const char *ts_yaml_path(const struct ts_yaml *node, struct ts_arena *arena);

/* Child of a mapping by key; NULL when absent (or not a mapping). ts_yaml_find takes a dotted path.
 */
struct ts_yaml *ts_yaml_get(const struct ts_yaml *mapping, const char *key);
struct ts_yaml *ts_yaml_find(const struct ts_yaml *mapping, const char *dotted_path);

/* Unquoted empty, ~ or null. */
bool ts_yaml_is_null(const struct ts_yaml *node);

/* Child that must be there (MISSING_KEY) and of this kind (TYPE). */
const struct ts_yaml *ts_yaml_require(const struct ts_yaml *mapping, const char *key,
                                      enum ts_yaml_kind kind, struct ts_diagnostics *diagnostics);

/* False, with an UNKNOWN_KEY error and suggestion for each key of `mapping` that is not listed. */
bool ts_yaml_known_keys(const struct ts_yaml *mapping, const char *const *names, size_t count,
                        struct ts_diagnostics *diagnostics);

/* Scalars to values. TYPE when the text is no such value, RANGE outside [minimum, maximum].
 * Integers may be written 1e6; reals must be finite. Booleans: on off true false yes no. */
bool ts_yaml_real(const struct ts_yaml *node, double minimum, double maximum,
                  struct ts_diagnostics *diagnostics, double *value);
bool ts_yaml_integer(const struct ts_yaml *node, int64_t minimum, int64_t maximum,
                     struct ts_diagnostics *diagnostics, int64_t *value);
bool ts_yaml_bool(const struct ts_yaml *node, struct ts_diagnostics *diagnostics, bool *value);
bool ts_yaml_string(const struct ts_yaml *node, struct ts_diagnostics *diagnostics,
                    const char **value);

/* Building and changing trees (inheritance, -s overrides). ts_yaml_set() makes the mappings on the
 * dotted path as needed and puts the scalar there, replacing what was; places become `place` and
 * the source `source`. Returns the node, NULL when the path runs through a scalar or a list. */
struct ts_yaml *ts_yaml_new_mapping(struct ts_arena *arena, const struct ts_yaml_source *source,
                                    struct ts_place place);
struct ts_yaml *ts_yaml_set(struct ts_yaml *root, const char *dotted_path, const char *text,
                            const struct ts_yaml_source *source, struct ts_place place,
                            struct ts_arena *arena);

/* Lays `over` on `base` in place: mappings merge key by key, anything else is replaced. Both must
 * be mappings; base takes ownership of over's nodes. */
void ts_yaml_merge(struct ts_yaml *base, struct ts_yaml *over);

/* Writes block-style YAML that parses back to the same tree. */
void ts_yaml_write(const struct ts_yaml *node, FILE *stream);

/* ------------------------------------------------------------------ schema rows */

/* A '*' of a schema: where the elements found go. */
struct ts_schema_array {
    const char *prefix; /* path before the '*', "memory.cache" */
    void *elements;     /* [capacity] of element_bytes */
    size_t element_bytes;
    size_t name_offset; /* const char * that takes the element's key */
    int capacity;
    int *count; /* out */
};

/* Where the rows of one schema put their values. */
struct ts_schema_target {
    const struct ts_schema *schema;
    void *base;                           /* offsets count from here */
    const struct ts_schema_array *arrays; /* for rows with '*'; NULL when there are none */
    int array_count;
};

/* Applies all rows of all targets to the tree: ranges, units, defaults, required keys, unknown keys
 * (with suggestion), types. Keys a row of any target names are known. Collects as many errors as
 * there are. A row's value is written only when sound. `subject` names what is loaded
 * ("architecture") in messages about missing keys. */
bool ts_schema_apply(const struct ts_yaml *root, const struct ts_schema_target *targets,
                     int target_count, const char *subject, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics);

/* Number with optional unit ("1.4 GHz", "28 MiB") in `text` to the row's unit. NULL when fine,
 * otherwise why not (in arena): for other loaders' tests. */
const char *ts_schema_parse_quantity(const char *text, const char *row_unit, struct ts_arena *arena,
                                     double *value);

/* `tessera list keys`: one line a row. `heading` may be NULL. */
void ts_schema_write_keys(const struct ts_schema *schema, const char *heading, FILE *stream);

/* ------------------------------------------------------------------ configuration files */

/* Finds `folder`/.../NAME.yaml under TESSERA_PATH, then the installed configs, then the source
 * tree's; a name with a '/' or ending in .yaml is a path. Returns the path in arena; NULL when
 * there is none (no diagnostic: the caller knows what was asked for). */
const char *ts_config_find(const char *folder, const char *name, struct ts_arena *arena);

/* Names of all NAME.yaml under `folder` in every place searched, sorted, first found wins. `paths`
 * may be NULL. Returns the count. */
int ts_config_list(const char *folder, struct ts_arena *arena, const char *const **names,
                   const char *const **paths);

#ifdef __cplusplus
}
#endif
#endif
