/* SCALE-Sim configuration files (.cfg) as architectures of the systolic family.
 *
 * An INI file; names are read whatever their case. What they stand for here:
 *   run_name                    the machine's name
 *   ArrayHeight, ArrayWidth     compute.rows, .columns
 *   Dataflow                    compute.dataflow
 *   {Ifmap,Filter,Ofmap}SramSzkB  the shared scratchpad's capacity, all three together
 *   Bandwidth                   bytes a cycle of the memory
 * SCALE-Sim counts cycles, a word is a byte, folds do not overlap. With InterfaceBandwidth: USER
 * the memory has Bandwidth bytes a cycle; with CALC (and without a bandwidth) operands are always
 * there.
 */
#include "arch_internal.h"
#include "tessera/file.h"
#include "yaml_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_FILE_BYTES = 1 << 20, CLOCK_MHZ = 1000 };

/* What SCALE-Sim leaves unsaid: a clock of 1 GHz turns cycles into seconds, arithmetic is 8 bits
 * wide as its one-byte words are, energies are those of 28 nm (TPU v1's process). */
static const char machine[] = "family: systolic\n"
                              "description: from a SCALE-Sim configuration\n"
                              "default_precision: int8\n"
                              "process_nm: 28\n"
                              "compute: {clock_mhz: 1000, units: 1, fuse: on, overlap: off, "
                              "relative_rate: {fp64: 1, fp32: 1, "
                              "tf32: 1, bf16: 1, fp16: 1, fp8: 1, int16: 1, int8: 1, int4: 1}}\n"
                              "noc: {topology: none}\n"
                              "power: {transistors: lstp}\n";

/* Its on-chip buffers in front of a memory. The device gives latencies and rows; its bandwidth is
 * set. */
static const char memory[] =
    "{cache: {sram: {capacity_kib: 1, line_bytes: 64, software_managed: on, shared: on}}, "
    "dram: {device: ddr4-2400}}";

struct cfg {
    const char *path;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    const struct ts_yaml_source *source;
    struct ts_yaml *root;
    double sram_kib;
    const char *bandwidth;
    struct ts_place bandwidth_place, sram_place;
    bool uses_bandwidth, has_rows, has_columns;
};

bool ts_arch_is_scalesim(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".cfg") == 0;
}

static bool complain(struct cfg *cfg, struct ts_place place, enum ts_error code,
                     const char *message, const char *value)
{
    ts_diag_error(cfg->diagnostics, code, place, "%s '%s'", message, value);
    ts_yaml_show_line(cfg->diagnostics, cfg->source, place);
    return false;
}

static bool put(struct cfg *cfg, const char *key, const char *value, struct ts_place place)
{
    return ts_yaml_set(cfg->root, key, value, cfg->source, place, cfg->arena) != NULL;
}

static bool set_rows(struct cfg *cfg, const char *value, struct ts_place place)
{
    cfg->has_rows = true;
    return put(cfg, "compute.rows", value, place);
}

static bool set_columns(struct cfg *cfg, const char *value, struct ts_place place)
{
    cfg->has_columns = true;
    return put(cfg, "compute.columns", value, place) &&
           put(cfg, "compute.vector_lanes", value, place);
}

static bool set_dataflow(struct cfg *cfg, const char *value, struct ts_place place)
{
    char *lower = ts_arena_strdup(cfg->arena, value);
    for (char *c = lower; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return put(cfg, "compute.dataflow", lower, place);
}

static bool add_sram(struct cfg *cfg, const char *value, struct ts_place place)
{
    char *end;
    double kib = strtod(value, &end);
    if (*end || end == value || !(kib >= 0 && kib <= 1e9)) {
        return complain(cfg, place, TS_ERROR_RANGE, "a size in KiB is between 0 and 1e9, not",
                        value);
    }
    cfg->sram_kib += kib;
    cfg->sram_place = place;
    return true;
}

/* Several numbers are those of the three interfaces; the first is the input's. */
static bool set_bandwidth(struct cfg *cfg, const char *value, struct ts_place place)
{
    cfg->bandwidth = ts_arena_strndup(cfg->arena, value, strcspn(value, ", "));
    cfg->bandwidth_place = place;
    return true;
}

static bool set_interface(struct cfg *cfg, const char *value, struct ts_place place)
{
    bool user = strcasecmp(value, "user") == 0;
    if (!user && strcasecmp(value, "calc") != 0) {
        return complain(cfg, place, TS_ERROR_UNKNOWN_NAME,
                        "InterfaceBandwidth is USER or CALC, not", value);
    }
    cfg->uses_bandwidth = user;
    return true;
}

static bool set_name(struct cfg *cfg, const char *value, struct ts_place place)
{
    size_t length = strlen(value);
    bool quoted = length > 1 && (*value == '"' || *value == '\'') && value[length - 1] == *value;
    return put(cfg, "name", quoted ? ts_arena_strndup(cfg->arena, value + 1, length - 2) : value,
               place);
}

static const struct key {
    const char *name;
    bool (*set)(struct cfg *cfg, const char *value, struct ts_place place);
} keys[] = {
    {"run_name", set_name},       {"ArrayHeight", set_rows},
    {"ArrayWidth", set_columns},  {"Dataflow", set_dataflow},
    {"IfmapSramSzkB", add_sram},  {"FilterSramSzkB", add_sram},
    {"OfmapSramSzkB", add_sram},  {"IfmapSramSz", add_sram},
    {"FilterSramSz", add_sram},   {"OfmapSramSz", add_sram},
    {"Bandwidth", set_bandwidth}, {"InterfaceBandwidth", set_interface},
};

/* Keys and sections that say nothing about the machine's timing as it is modelled here. */
static bool is_passed_over(const char *name)
{
    static const char *const known[] = {"ifmapoffset",
                                        "filteroffset",
                                        "ofmapoffset",
                                        "memorybanks",
                                        "topologycsvloc",
                                        "readrequestbuffer",
                                        "writerequestbuffer",
                                        "sparsitysupport",
                                        "sparserep",
                                        "optimizedmapping",
                                        "blocksize",
                                        "rand",
                                        "randomnumbergeneratorseed",
                                        "usekernel",
                                        "useramulatortrace",
                                        "savetrace",
                                        "topology"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(known[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool unknown_key(struct cfg *cfg, const char *name, struct ts_place place)
{
    const char *names[sizeof keys / sizeof *keys];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        names[i] = keys[i].name;
    }
    const char *near = ts_suggest(name, names, sizeof keys / sizeof *keys);
    complain(cfg, place, TS_ERROR_UNKNOWN_KEY, "unknown key", name);
    if (near) {
        ts_diag_help(cfg->diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

/* The text without the blanks around it; *column counts what went before. */
static char *trim(char *text, int *column)
{
    char *begin = text;
    while (isspace((unsigned char)*begin)) {
        begin++;
    }
    *column += (int)(begin - text);
    size_t length = strlen(begin);
    while (length && isspace((unsigned char)begin[length - 1])) {
        begin[--length] = '\0';
    }
    return begin;
}

/* KEY = VALUE or KEY : VALUE. */
static bool read_line(struct cfg *cfg, char *line, int number, const char **section)
{
    int key_column = 1, value_column;
    char *text = trim(line, &key_column);
    struct ts_place place = {cfg->path, number, key_column};
    if (!*text || *text == '#' || *text == ';') {
        return true;
    }
    if (*text == '[') {
        char *end = strchr(text, ']');
        if (!end || end[1]) {
            return complain(cfg, place, TS_ERROR_SYNTAX, "a section is [NAME], not", text);
        }
        *section = ts_arena_strndup(cfg->arena, text + 1, (size_t)(end - text - 1));
        return true;
    }
    char *equals = text + strcspn(text, "=:");
    if (!*equals || equals == text) {
        return complain(cfg, place, TS_ERROR_SYNTAX, "a line is KEY = VALUE, not", text);
    }
    value_column = key_column + (int)(equals + 1 - text);
    *equals = '\0';
    char *value = trim(equals + 1, &value_column), *name = trim(text, &key_column);
    if (!*section) {
        return complain(cfg, place, TS_ERROR_SYNTAX, "there is no [SECTION] before", name);
    }
    struct ts_place at = {cfg->path, number, value_column};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcasecmp(keys[i].name, name) == 0) {
            return *value ? keys[i].set(cfg, value, at)
                          : complain(cfg, at, TS_ERROR_MISSING_KEY, "no value for", name);
        }
    }
    return is_passed_over(name) || unknown_key(cfg, name, place);
}

static bool read_lines(struct cfg *cfg)
{
    char *text = ts_arena_strdup(cfg->arena, cfg->source->text);
    const char *section = NULL;
    bool ok = true;
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
    }
    for (int number = 1; text; number++) {
        char *end = strchr(text, '\n');
        if (end) {
            *end = '\0';
        }
        ok &= read_line(cfg, text, number, &section);
        text = end ? end + 1 : NULL;
    }
    return ok;
}

/* Bytes a cycle × cycles a second. */
static bool add_memory(struct cfg *cfg)
{
    char *end = NULL;
    double bytes = cfg->bandwidth ? strtod(cfg->bandwidth, &end) : 0;
    if (!cfg->uses_bandwidth) {
        return true;
    }
    if (!cfg->bandwidth || end == cfg->bandwidth || *end || !(bytes > 0 && bytes <= 1e6)) {
        return complain(cfg, cfg->bandwidth_place, TS_ERROR_RANGE,
                        "InterfaceBandwidth: USER needs a Bandwidth of 1 to 1e6 words a cycle, not",
                        cfg->bandwidth ? cfg->bandwidth : "");
    }
    struct ts_yaml *tree =
        ts_yaml_parse(cfg->path, memory, sizeof memory - 1, cfg->arena, cfg->diagnostics);
    struct ts_yaml *over = ts_yaml_new_mapping(cfg->arena, cfg->source, cfg->root->place);
    if (!tree) {
        return false;
    }
    tree->key = "memory";
    ts_yaml_append(over, tree);
    ts_yaml_merge(cfg->root, over);
    return put(cfg, "memory.cache.sram.capacity_kib",
               ts_arena_printf(cfg->arena, "%.17g", cfg->sram_kib), cfg->sram_place) &&
           put(cfg, "memory.dram.bandwidth_gbps",
               ts_arena_printf(cfg->arena, "%.17g", bytes * CLOCK_MHZ / 1000),
               cfg->bandwidth_place);
}

static const struct ts_yaml_source *read_source(const char *path, struct ts_arena *arena,
                                                struct ts_diagnostics *diagnostics)
{
    struct ts_place place = {path, 0, 0};
    size_t length = 0;
    char *read = ts_file_read(path, MAX_FILE_BYTES, &length);
    if (!read) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read it: %s", strerror(errno));
        return NULL;
    }
    char *text = ts_arena_strndup(arena, read, length);
    free(read);
    if (length > MAX_FILE_BYTES || strlen(text) != length) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place,
                      length > MAX_FILE_BYTES ? "it has more than 1 MiB"
                                              : "it holds a NUL byte: no text");
        return NULL;
    }
    struct ts_yaml_source *source = TS_NEW(arena, struct ts_yaml_source);
    *source = (struct ts_yaml_source){ts_arena_strdup(arena, path), text, length};
    return source;
}

struct ts_yaml *ts_arch_load_scalesim(const char *path, struct ts_arena *arena,
                                      struct ts_diagnostics *diagnostics)
{
    struct cfg cfg = {.path = ts_arena_strdup(arena, path),
                      .arena = arena,
                      .diagnostics = diagnostics,
                      .source = read_source(path, arena, diagnostics)};
    cfg.bandwidth_place = (struct ts_place){cfg.path, 0, 0};
    if (!cfg.source) {
        return NULL;
    }
    cfg.root = ts_yaml_parse(cfg.path, machine, sizeof machine - 1, arena, diagnostics);
    if (!cfg.root || !read_lines(&cfg)) {
        return NULL;
    }
    if (!cfg.has_rows || !cfg.has_columns) {
        ts_diag_error(diagnostics, TS_ERROR_MISSING_KEY, (struct ts_place){cfg.path, 0, 0},
                      "[architecture_presets] needs ArrayHeight and ArrayWidth");
        return NULL;
    }
    return add_memory(&cfg) ? cfg.root : NULL;
}
