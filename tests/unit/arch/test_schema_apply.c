#include "expect_support.h"
#include "suite.h"
#include "tessera/precision.h"
#include "tessera/yaml_tree.h"

#include <string.h>

struct level {
    const char *name;
    double capacity_bytes;
    bool shared;
};

struct machine {
    double clock_hz;
    int64_t units;
    bool overlap;
    const char *label;
    int dataflow;
    enum ts_precision precision;
    double rates[TS_PRECISION_COUNT];
    double optional_w;
    struct level levels[3];
    int level_count;
};

#define FIELD(member) offsetof(struct machine, member)
#define LEVEL(member) offsetof(struct level, member)

static const struct ts_schema_row rows[] = {
    {"compute.clock_mhz", TS_SCHEMA_REAL, FIELD(clock_hz), 1e6, 1, 20000, "MHz", NULL, NULL,
     "Clock."},
    {"compute.units", TS_SCHEMA_INTEGER, FIELD(units), 1, 1, 4096, "", NULL, "1", "Units."},
    {"compute.overlap", TS_SCHEMA_BOOL, FIELD(overlap), 1, 0, 0, "", NULL, "on", "Overlap."},
    {"compute.dataflow", TS_SCHEMA_CHOICE, FIELD(dataflow), 1, 0, 0, "", "ws|os|is", "os", "Flow."},
    {"compute.rates", TS_SCHEMA_REAL_BY_PRECISION, FIELD(rates), 1, 0, 1e6, "MAC/cycle", NULL, "",
     "Rates."},
    {"label", TS_SCHEMA_STRING, FIELD(label), 1, 0, 0, "", NULL, "", "Label."},
    {"precision", TS_SCHEMA_PRECISION, FIELD(precision), 1, 0, 0, "", NULL, "fp32", "Precision."},
    {"power.optional_w", TS_SCHEMA_REAL, FIELD(optional_w), 1, 5, 10, "W", NULL, "", "Watts."},
    {"memory.*.capacity_kib", TS_SCHEMA_REAL, LEVEL(capacity_bytes), 1024, 1, 1e6, "KiB", NULL,
     NULL, "Capacity."},
    {"memory.*.shared", TS_SCHEMA_BOOL, LEVEL(shared), 1, 0, 0, "", NULL, "off", "Shared."},
};
static const struct ts_schema schema = {rows, sizeof rows / sizeof rows[0]};

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static struct machine machine;

static bool apply(const char *text)
{
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    machine = (struct machine){0};
    const struct ts_yaml *root = ts_yaml_parse("t.yaml", text, strlen(text), &arena, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    struct ts_schema_array levels = {
        "memory", machine.levels, sizeof machine.levels[0], LEVEL(name), 3, &machine.level_count};
    struct ts_schema_target target = {&schema, &machine, &levels, 1};
    return ts_schema_apply(root, &target, 1, "a machine", &arena, &diagnostics);
}

static void finish(void)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
}

static void values_are_stored_in_their_units(void)
{
    CU_ASSERT(apply("compute: {clock_mhz: 1.4 GHz, units: 80, overlap: no, dataflow: is,\n"
                    "  rates: {fp32: 64, fp16: 128}}\nlabel: some text\nprecision: bf16\n"
                    "memory: {l1: {capacity_kib: 32}, l2: {capacity_kib: 4 MiB, shared: yes}}\n"));
    CU_ASSERT_EQUAL(machine.clock_hz, 1.4e9);
    CU_ASSERT_EQUAL(machine.units, 80);
    CU_ASSERT_FALSE(machine.overlap);
    CU_ASSERT_EQUAL(machine.dataflow, 2);
    CU_ASSERT_EQUAL(machine.rates[TS_FP32], 64);
    CU_ASSERT_EQUAL(machine.rates[TS_FP16], 128);
    CU_ASSERT_EQUAL(machine.rates[TS_INT8], 0);
    CU_ASSERT_STRING_EQUAL(machine.label, "some text");
    CU_ASSERT_EQUAL(machine.precision, TS_BF16);
    CU_ASSERT_EQUAL(machine.level_count, 2);
    CU_ASSERT_STRING_EQUAL(machine.levels[0].name, "l1");
    CU_ASSERT_EQUAL(machine.levels[1].capacity_bytes, 4194304);
    CU_ASSERT(machine.levels[1].shared);
    finish();
}

static void defaults_hold_where_nothing_is_written(void)
{
    CU_ASSERT(apply("compute: {clock_mhz: 700}\nmemory: ~\n"));
    CU_ASSERT_EQUAL(machine.units, 1);
    CU_ASSERT(machine.overlap);
    CU_ASSERT_EQUAL(machine.dataflow, 1);
    CU_ASSERT_EQUAL(machine.precision, TS_FP32);
    CU_ASSERT_EQUAL(machine.optional_w, 0);
    CU_ASSERT_EQUAL(machine.level_count, 0);
    finish();
}

static void null_takes_a_value_back(void)
{
    CU_ASSERT(apply("compute: {clock_mhz: 700, units: ~, rates: {fp32: ~}}\n"
                    "memory: {l1: ~, l2: {capacity_kib: 8}}\n"));
    CU_ASSERT_EQUAL(machine.units, 1);
    CU_ASSERT_EQUAL(machine.level_count, 1);
    finish();
}

static void every_unsound_value_is_refused_at_its_place(void)
{
    static const struct bad_input bad[] = {
        {"unknown key", "compute: {clock_mhz: 1, unitz: 4}", TS_ERROR_UNKNOWN_KEY, 1, 25,
         "'unitz' in 'compute'", "'units'"},
        {"unknown section", "compute: {clock_mhz: 1}\ncompue: {}", TS_ERROR_UNKNOWN_KEY, 2, 1,
         "'compue'", "'compute'"},
        {"key without its unit", "compute: {clok: 1}", TS_ERROR_UNKNOWN_KEY, 1, 11, "'clok'",
         "'clock_mhz'"},
        {"key at the wrong level", "compute: {clock_mhz: 1}\noverlap: on", TS_ERROR_UNKNOWN_KEY, 2,
         1, "'overlap'", "'compute.overlap'"},
        {"unknown key of an element",
         "compute: {clock_mhz: 1}\nmemory:\n  l1: {capacity_kib: 1, shard: on}",
         TS_ERROR_UNKNOWN_KEY, 3, 25, "memory.l1", "'shared'"},
        {"missing key", "compute:\n  units: 4", TS_ERROR_MISSING_KEY, 1, 1, "compute.clock_mhz",
         "MHz"},
        {"missing section", "label: x", TS_ERROR_MISSING_KEY, 1, 1, "compute.clock_mhz", NULL},
        {"missing in an element", "compute: {clock_mhz: 1}\nmemory:\n  l1: {shared: on}",
         TS_ERROR_MISSING_KEY, 3, 3, "memory.l1.capacity_kib", NULL},
        {"list for a number", "compute: {clock_mhz: [1]}", TS_ERROR_TYPE, 1, 22, "one value", NULL},
        {"text for a number", "compute: {clock_mhz: fast}", TS_ERROR_TYPE, 1, 22,
         "must be a number, not 'fast'", "GHz"},
        {"wrong unit", "compute: {clock_mhz: 3 GB}", TS_ERROR_UNIT, 1, 22, "'GB' is no unit",
         "Hz, kHz, MHz, GHz"},
        {"unit on a count", "compute: {clock_mhz: 1, units: 3 MHz}", TS_ERROR_UNIT, 1, 32,
         "without a unit", NULL},
        {"negative", "compute: {clock_mhz: -5}", TS_ERROR_RANGE, 1, 22,
         "-5 MHz; legal is 1 to 20000", NULL},
        {"absurd", "compute: {clock_mhz: 9 PHz}", TS_ERROR_UNIT, 1, 22, NULL, NULL},
        {"too much in another unit", "compute: {clock_mhz: 900 GHz}", TS_ERROR_RANGE, 1, 22,
         "900000 MHz", NULL},
        {"half a unit", "compute: {clock_mhz: 1, units: 1.5}", TS_ERROR_TYPE, 1, 32, "whole number",
         NULL},
        {"neither on nor off", "compute: {clock_mhz: 1, overlap: maybe}", TS_ERROR_TYPE, 1, 34,
         "on or off", NULL},
        {"unknown choice", "compute: {clock_mhz: 1, dataflow: wz}", TS_ERROR_UNKNOWN_NAME, 1, 35,
         "ws|os|is", "'ws'"},
        {"unknown precision", "compute: {clock_mhz: 1}\nprecision: fp31", TS_ERROR_UNKNOWN_NAME, 2,
         12, "'fp31'", "'fp32'"},
        {"unknown precision in a map", "compute: {clock_mhz: 1, rates: {fp31: 4}}",
         TS_ERROR_UNKNOWN_KEY, 1, 33, "'fp31'", "'fp32'"},
        {"number for a map", "compute: {clock_mhz: 1, rates: 64}", TS_ERROR_TYPE, 1, 32,
         "must be a map", "fp32: 64"},
        {"negative in a map", "compute: {clock_mhz: 1, rates: {fp32: -1}}", TS_ERROR_RANGE, 1, 39,
         NULL, NULL},
        {"value for a section", "compute: 5", TS_ERROR_TYPE, 1, 10, "mapping", NULL},
        {"too many elements",
         "compute: {clock_mhz: 1}\nmemory:\n  a: {capacity_kib: 1}\n  b: {capacity_kib: 1}\n"
         "  c: {capacity_kib: 1}\n  d: {capacity_kib: 1}",
         TS_ERROR_LIMIT, 6, 3, "at most 3", NULL},
        {"a list for the file", "- 1", TS_ERROR_TYPE, 1, 1, "mapping", NULL},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_FALSE(apply(bad[i].text));
        expect_error(&diagnostics, &bad[i]);
        finish();
    }
}

static void several_errors_are_collected_in_one_go(void)
{
    CU_ASSERT_FALSE(apply("compute: {clock_mhz: -1, units: x, dataflow: q}\nfoo: 1\n"));
    CU_ASSERT_EQUAL(diagnostics.errors, 4);
    finish();
}

static void keys_are_listed_with_unit_range_and_default(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ts_schema_write_keys(&schema, "Machine:", stream);
    fclose(stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Machine:"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "compute.clock_mhz: number [MHz] 1 to 20000, required"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "compute.dataflow: ws|os|is, default os"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "memory.*.capacity_kib"));
    free(text);
}

int main(void)
{
    const struct test_case cases[] = {
        {"values are stored in their units", values_are_stored_in_their_units},
        {"defaults hold where nothing is written", defaults_hold_where_nothing_is_written},
        {"null takes a value back", null_takes_a_value_back},
        {"every unsound value is refused at its place",
         every_unsound_value_is_refused_at_its_place},
        {"several errors are collected in one go", several_errors_are_collected_in_one_go},
        {"keys are listed with unit, range and default",
         keys_are_listed_with_unit_range_and_default},
    };
    return RUN_SUITE("schema_apply", cases);
}
