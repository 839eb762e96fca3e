/* configs/technology/NAME.yaml into a struct. */
#include "tessera/technology.h"
#include "tessera/hash.h"
#include "tessera/yaml_tree.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(member) offsetof(struct ts_technology, member)
#define SRAM(member) offsetof(struct ts_sram_fit, member)
#define OVERHEAD(member) offsetof(struct ts_overhead, member)
#define REAL(path, offset, least, most, unit, fallback, doc)                                       \
    {                                                                                              \
        path, TS_SCHEMA_REAL, offset, 1, least, most, unit, NULL, fallback, doc                    \
    }
#define BY_PRECISION(path, offset, most, fallback, doc)                                            \
    {                                                                                              \
        path, TS_SCHEMA_REAL_BY_PRECISION, offset, 1, 0, most, "pJ", NULL, fallback, doc           \
    }
#define FLAGS(path, offset, doc)                                                                   \
    {                                                                                              \
        path, TS_SCHEMA_REAL_BY_PRECISION, offset, 1, 0, 1, "", NULL, "", doc                      \
    }
#define AREAS(path, offset, doc)                                                                   \
    {                                                                                              \
        path, TS_SCHEMA_REAL_BY_PRECISION, offset, 1, 0, 1e6, "", NULL, "", doc                    \
    }

static const struct ts_schema_row rows[] = {
    {"description", TS_SCHEMA_STRING, FIELD(description), 1, 0, 0, "", NULL, "",
     "One line on the node."},
    REAL("process_nm", FIELD(process_nm), 1, 250, "nm", NULL, "Process node."),
    REAL("voltage_v", FIELD(voltage.nominal_v), 0.1, 5, "V", NULL,
         "Supply that the figures hold at."),
    REAL("voltage_floor", FIELD(voltage.voltage_floor), 0.1, 1, "", NULL,
         "Lowest supply of a running chip, as a share of the nominal one."),
    REAL("clock_floor", FIELD(voltage.clock_floor), 0.01, 0.99, "", NULL,
         "Highest clock that the lowest supply sustains, as a share of the nominal one."),
    REAL("voltage_exponent", FIELD(voltage.exponent), 0.25, 4, "", NULL,
         "Power of the clock that the supply rises with above it."),
    BY_PRECISION("arithmetic.multiply_pj", FIELD(multiply_pj), 1000, NULL, "One multiplication."),
    BY_PRECISION("arithmetic.accumulate_pj", FIELD(accumulate_pj), 1000, NULL,
                 "One addition of a product of this format to its accumulator."),
    BY_PRECISION("arithmetic.add_pj", FIELD(add_pj), 1000, NULL, "One addition in this format."),
    FLAGS("arithmetic.multiply_is_published", FIELD(multiply_is_published),
          "1 where multiply_pj is a source's figure, not estimated from others."),
    FLAGS("arithmetic.add_is_published", FIELD(add_is_published),
          "1 where add_pj is a source's figure, not estimated from others."),
    AREAS("arithmetic.multiply_um2", FIELD(multiply_um2), "Area of a multiplier, um²."),
    AREAS("arithmetic.add_um2", FIELD(add_um2), "Area of an adder, um²."),
    REAL("register_pj_per_byte", FIELD(register_pj_per_byte), 0, 1000, "pJ/B", NULL,
         "Register file, read or write."),
    REAL("wire_fj_per_bit_mm", FIELD(wire_fj_per_bit_mm), 0, 10000, "fJ/bit/mm", NULL,
         "Global wire, random data."),
    REAL("router_pj_per_bit", FIELD(router_pj_per_bit), 0, 1000, "pJ/bit", NULL,
         "One router or crossbar passed."),
    REAL("sram.*.read_pj", SRAM(read_pj), 0.001, 10000, "pJ", NULL,
         "Read of 128 bits from 32 KiB."),
    REAL("sram.*.read_size_exponent", SRAM(read_size_exponent), 0, 2, "", NULL,
         "Growth of it with capacity."),
    REAL("sram.*.read_width_exponent", SRAM(read_width_exponent), 0, 2, "", NULL,
         "Growth of it with width."),
    REAL("sram.*.write_pj", SRAM(write_pj), 0.001, 10000, "pJ", NULL,
         "Write of 128 bits to 32 KiB."),
    REAL("sram.*.write_size_exponent", SRAM(write_size_exponent), 0, 2, "", NULL,
         "Growth of it with capacity."),
    REAL("sram.*.write_width_exponent", SRAM(write_width_exponent), 0, 2, "", NULL,
         "Growth of it with width."),
    REAL("sram.*.leakage_w", SRAM(leakage_w), 0, 10, "W", NULL, "Leakage of 32 KiB."),
    REAL("overhead.*.instruction_pj", OVERHEAD(instruction_pj), 0, 1e6, "pJ", "0",
         "Fetch, decode, scheduling and operand delivery of one instruction of this family."),
    BY_PRECISION("overhead.*.vector_mac_pj", OVERHEAD(vector_mac_pj), 1e4, "",
                 "Measured multiply-accumulate of its vector path, when the parts do not tell."),
    BY_PRECISION("overhead.*.matrix_mac_pj", OVERHEAD(matrix_mac_pj), 1e4, "",
                 "Measured multiply-accumulate of its matrix path, when the parts do not tell."),
    REAL("overhead.*.cache_pj_per_byte", OVERHEAD(cache_pj_per_byte), 0, 1e5, "pJ/B", "",
         "Measured shared level with its network; the SRAM fit and wires when absent."),
    REAL("overhead.*.private_pj_per_byte", OVERHEAD(private_pj_per_byte), 0, 1e5, "pJ/B", "",
         "Measured private level; the SRAM fit when absent."),
    REAL("overhead.*.dram_interface_pj_per_bit", OVERHEAD(dram_interface_pj_per_bit), 0, 1e3,
         "pJ/bit", "", "DRAM controller and PHY, on the core's supply."),
};
static const struct ts_schema schema = {rows, sizeof rows / sizeof rows[0]};

static uint64_t hash_tree(uint64_t hash, const struct ts_yaml *node)
{
    hash = ts_hash_text(hash, node->key ? node->key : "");
    hash = ts_hash_text(hash, node->text);
    for (const struct ts_yaml *child = node->first; child; child = child->next) {
        hash = hash_tree(hash, child);
    }
    return hash;
}

static bool unknown_technology(const char *name, struct ts_place used_at, struct ts_arena *arena,
                               struct ts_diagnostics *diagnostics)
{
    const char *const *names;
    int count = ts_config_list("technology", arena, &names, NULL);
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, used_at, "there is no technology '%s'", name);
    const char *near = ts_suggest(name, names, (size_t)count);
    if (near) {
        ts_diag_help(diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

bool ts_technology_load(const char *name, struct ts_place used_at, struct ts_arena *arena,
                        struct ts_diagnostics *diagnostics, const struct ts_technology **technology)
{
    const char *path = ts_config_find("technology", name, arena);
    if (!path) {
        return unknown_technology(name, used_at, arena, diagnostics);
    }
    struct ts_yaml *root = ts_yaml_load_file(path, arena, diagnostics);
    if (!root) {
        return false;
    }
    struct ts_technology *table = TS_NEW(arena, struct ts_technology);
    struct ts_schema_array arrays[] = {
        {"sram", table->sram, sizeof table->sram[0], SRAM(name), TS_MAX_SRAM_CLASSES,
         &table->sram_count},
        {"overhead", table->overhead, sizeof table->overhead[0], OVERHEAD(name), TS_MAX_OVERHEADS,
         &table->overhead_count},
    };
    struct ts_schema_target target = {&schema, table, arrays, 2};
    if (!ts_schema_apply(root, &target, 1, "a technology", arena, diagnostics)) {
        return false;
    }
    table->name = ts_arena_strdup(arena, name);
    table->hash = hash_tree(TS_HASH_INIT, root);
    *technology = table;
    return true;
}

/* The node: from a name like "7nm", else as written in the file. Choosing checks nothing else of
 * it. */
static double node_of(const char *name, const char *path, struct ts_arena *arena)
{
    char *end;
    double named_nm = strtod(name, &end);
    if (end != name && strcmp(end, "nm") == 0) {
        return named_nm;
    }
    struct ts_diagnostics ignored;
    ts_diagnostics_init(&ignored);
    double process_nm = 0;
    const struct ts_yaml *root = ts_yaml_load_file(path, arena, &ignored);
    const struct ts_yaml *node = root ? ts_yaml_get(root, "process_nm") : NULL;
    if (!node || node->kind != TS_YAML_SCALAR ||
        ts_schema_parse_quantity(node->text, "nm", arena, &process_nm)) {
        process_nm = 0;
    }
    ts_diagnostics_release(&ignored);
    return process_nm;
}

const char *ts_technology_nearest(double process_nm, struct ts_arena *arena)
{
    const char *const *names;
    const char *const *paths;
    int count = ts_config_list("technology", arena, &names, &paths);
    const char *best = NULL;
    double best_distance = INFINITY;
    for (int i = 0; i < count; i++) {
        double node = node_of(names[i], paths[i], arena);
        double distance = node > 0 ? fabs(log(node / process_nm)) : INFINITY;
        if (distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best;
}

struct ts_voltage_curve ts_technology_voltage(const struct ts_technology *technology)
{
    static const struct ts_voltage_curve constant = {1, 1, 0.5, 1};
    return technology ? technology->voltage : constant;
}

struct ts_arithmetic_cost ts_technology_arithmetic(const struct ts_technology *technology,
                                                   enum ts_precision precision)
{
    return (struct ts_arithmetic_cost){
        .multiply_pj = technology->multiply_pj[precision],
        .add_pj = technology->add_pj[precision],
        .multiply_um2 = technology->multiply_um2[precision],
        .add_um2 = technology->add_um2[precision],
        .multiply_is_published = technology->multiply_is_published[precision] > 0,
        .add_is_published = technology->add_is_published[precision] > 0,
    };
}

uint64_t ts_technology_hash(const struct ts_technology *technology)
{
    return technology ? technology->hash : 0;
}

const struct ts_sram_fit *ts_technology_sram(const struct ts_technology *technology,
                                             enum ts_transistors transistors)
{
    static const char *const names[] = {"hp", "lop", "lstp", "mix"};
    for (int i = 0; technology && i < technology->sram_count; i++) {
        if (strcmp(technology->sram[i].name, names[transistors]) == 0) {
            return &technology->sram[i];
        }
    }
    return technology && technology->sram_count > 0 ? &technology->sram[0] : NULL;
}

const struct ts_overhead *ts_technology_overhead(const struct ts_technology *technology,
                                                 const char *family)
{
    for (int i = 0; technology && i < technology->overhead_count; i++) {
        if (strcmp(technology->overhead[i].name, family) == 0) {
            return &technology->overhead[i];
        }
    }
    return NULL;
}
