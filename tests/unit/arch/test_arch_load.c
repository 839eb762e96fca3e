#include "expect_support.h"
#include "suite.h"
#include "tessera/arch.h"
#include "tessera/plan.h"
#include "tessera/yaml_tree.h"

#include <string.h>
#include <unistd.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;
static const struct ts_arch *arch;

static void start(void)
{
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    arch = NULL;
}

static void finish(void)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
}

static bool load(const char *name)
{
    return ts_arch_load(name, NULL, 0, &arena, &diagnostics, &arch);
}

static bool load_with(const char *name, const char *key, const char *value)
{
    struct ts_override override = {key, value};
    return ts_arch_load(name, &override, 1, &arena, &diagnostics, &arch);
}

static const char *data(const char *file)
{
    return ts_arena_printf(&arena, "%s/arch/%s", TESSERA_TEST_DATA, file);
}

/* Loads `text` from a file of its own. */
static bool load_text(const char *text)
{
    char path[] = P_tmpdir "/tessera-arch-XXXXXX";
    int descriptor = mkstemp(path);
    CU_ASSERT_FATAL(descriptor >= 0);
    FILE *stream = fdopen(descriptor, "w");
    fputs(text, stream);
    fclose(stream);
    bool loaded = load(path);
    unlink(path);
    return loaded;
}

static void a_file_becomes_a_machine_in_si_units(void)
{
    start();
    CU_ASSERT_FATAL(load(data("sample.yaml")));
    CU_ASSERT_STRING_EQUAL(arch->name, "sample");
    CU_ASSERT_STRING_EQUAL(arch->family->name, "cpu");
    CU_ASSERT_EQUAL(arch->clock_hz, 2.5e9);
    CU_ASSERT_EQUAL(arch->units, 6);
    CU_ASSERT_EQUAL(arch->default_precision, TS_FP64);
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_FP32], 32);
    CU_ASSERT_EQUAL(arch->memory.cache_count, 2);
    CU_ASSERT_EQUAL(ts_arch_cache(arch, "l2")->capacity_bytes, 8.0 * 1024 * 1024);
    CU_ASSERT_PTR_NULL(ts_arch_cache(arch, "l3"));
    CU_ASSERT_EQUAL(ts_arch_shared_level(arch), 1);
    CU_ASSERT_EQUAL(arch->memory.dram_bandwidth_bytes_per_s, 38.4e9);
    CU_ASSERT_EQUAL(arch->memory.dram_devices, 2);
    CU_ASSERT_EQUAL(ts_arch_peak_macs_per_s(arch, TS_FP32), 6 * 2.5e9 * 32);
    CU_ASSERT(ts_arch_supports(arch, TS_FP64));
    CU_ASSERT_FALSE(ts_arch_supports(arch, TS_INT4));
    CU_ASSERT_STRING_EQUAL(arch->technology_name, "22nm");
    finish();
}

static void a_file_inherits_what_it_does_not_say(void)
{
    start();
    CU_ASSERT_FATAL(load(data("child.yaml")));
    CU_ASSERT_STRING_EQUAL(arch->name, "child");
    CU_ASSERT_STRING_EQUAL(arch->description, "");
    CU_ASSERT_EQUAL(arch->units, 12);
    CU_ASSERT_EQUAL(arch->clock_hz, 2.5e9);
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_FP32], 32);
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_FP64], 0);
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_INT8], 128);
    CU_ASSERT_EQUAL(ts_arch_cache(arch, "l2")->capacity_bytes, 16.0 * 1024 * 1024);
    CU_ASSERT_EQUAL(ts_arch_cache(arch, "l2")->latency_cycles, 40);
    finish();
}

static void files_that_extend_each_other_are_a_cycle(void)
{
    static const struct bad_input expected = {
        "cycle", "", TS_ERROR_CYCLE, 2, 10, "cycle-a → cycle-b → cycle-a", NULL};
    start();
    CU_ASSERT_FALSE(load(data("cycle-a.yaml")));
    expect_error(&diagnostics, &expected);
    finish();
}

static void a_file_that_extends_nothing_known_says_so(void)
{
    static const struct bad_input expected = {
        "extends", "", TS_ERROR_UNKNOWN_NAME, 1, 10, "'gpu-a100-sxm-81gb'", "'gpu-a100-sxm-80gb'"};
    start();
    CU_ASSERT_FALSE(load_text("extends: gpu-a100-sxm-81gb\n"));
    expect_error(&diagnostics, &expected);
    finish();
}

static void a_resolved_machine_writes_back_to_the_same_hash(void)
{
    start();
    struct ts_config_entry *entries;
    int count = ts_arch_list(&arena, &entries);
    CU_ASSERT(count > 0);
    for (int i = 0; i < count; i++) {
        CU_ASSERT_FATAL(load(entries[i].name));
        const struct ts_arch *first = arch;
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        ts_arch_write(first, stream);
        fclose(stream);
        CU_ASSERT_FATAL(load_text(text));
        CU_ASSERT_EQUAL(arch->hash, first->hash);
        CU_ASSERT_STRING_EQUAL(arch->name, first->name);
        free(text);
    }
    finish();
}

static void any_value_changes_the_hash(void)
{
    static const char *const changes[][2] = {
        {"compute.clock_mhz", "2501"},
        {"compute.units", "7"},
        {"memory.cache.l2.capacity_kib", "64"},
        {"memory.dram.device", "ddr4-3200"},
        {"power.idle_w", "31"},
        {"technology", "28nm"},
        {"default_precision", "fp32"},
    };
    start();
    CU_ASSERT_FATAL(load(data("sample.yaml")));
    uint64_t hash = arch->hash;
    CU_ASSERT_FATAL(load(data("sample.yaml")));
    CU_ASSERT_EQUAL(arch->hash, hash);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        CU_ASSERT_FATAL(load_with(data("sample.yaml"), changes[i][0], changes[i][1]));
        CU_ASSERT_NOT_EQUAL(arch->hash, hash);
    }
    finish();
}

static void overrides_take_units_maps_and_new_keys(void)
{
    start();
    CU_ASSERT_FATAL(load_with(data("sample.yaml"), "compute.clock_mhz", "3 GHz"));
    CU_ASSERT_EQUAL(arch->clock_hz, 3e9);
    CU_ASSERT_FATAL(load_with(data("sample.yaml"), "compute.vector_macs_per_cycle.int8", "256"));
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_INT8], 256);
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_FP32], 32);
    CU_ASSERT_FATAL(load_with(data("sample.yaml"), "compute.vector_macs_per_cycle", "{fp16: 5}"));
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_FP16], 5);
    CU_ASSERT_EQUAL(arch->vector_macs_per_cycle[TS_FP32], 0);
    CU_ASSERT_FATAL(load_with(data("sample.yaml"), "power.limit_w", "90 W"));
    CU_ASSERT_EQUAL(arch->power.limit_w, 90);
    finish();
}

static void a_bad_override_is_refused_and_names_itself(void)
{
    static const struct {
        const char *key, *value;
        struct bad_input expected;
    } bad[] = {
        {"compute.clok_mhz",
         "5",
         {"unknown", "", TS_ERROR_UNKNOWN_KEY, 0, 0, "'clok_mhz' in 'compute'", "clock_mhz"}},
        {"compute.clock_mhz", "fast", {"type", "", TS_ERROR_TYPE, 0, 0, "'fast'", NULL}},
        {"compute.clock_mhz", "3 GB", {"unit", "", TS_ERROR_UNIT, 0, 0, "'GB'", "GHz"}},
        {"compute.units", "-4", {"range", "", TS_ERROR_RANGE, 0, 0, "-4", NULL}},
        {"compute.units.x", "4", {"through", "", TS_ERROR_TYPE, 0, 0, "holds a value", NULL}},
        {"memory.cache.l4.capacity_kib",
         "4",
         {"level", "", TS_ERROR_UNKNOWN_NAME, 0, 0, "'l4'", "'l1'"}},
        {"extends", "gpu", {"extends", "", TS_ERROR_CONFLICT, 0, 0, "extends", NULL}},
        {"", "4", {"no key", "", TS_ERROR_USAGE, 0, 0, "KEY=VALUE", NULL}},
        {"compute", "{units: 1", {"syntax", "", TS_ERROR_SYNTAX, 1, 1, NULL, NULL}},
        {"memory.dram.device",
         "ddr4-240",
         {"device", "", TS_ERROR_UNKNOWN_NAME, 0, 0, "'ddr4-240'", "'ddr4-2400'"}},
        {"technology", "23nm", {"technology", "", TS_ERROR_UNKNOWN_NAME, 0, 0, "23nm", "nm'"}},
        {"family", "cpus", {"family", "", TS_ERROR_UNKNOWN_NAME, 0, 0, "'cpus'", "'cpu'"}},
        {"power.limit_w", "1", {"limit", "", TS_ERROR_CONFLICT, 0, 0, "power limit", NULL}},
        {"power.voltage_min_v", "4 V", {"voltage", "", TS_ERROR_CONFLICT, 0, 0, NULL, NULL}},
        {"power.clock_min_mhz", "9000", {"clock", "", TS_ERROR_CONFLICT, 0, 0, NULL, NULL}},
        {"memory.cache.l1.shared", "on", {"shared", "", TS_ERROR_CONFLICT, 0, 0, NULL, NULL}},
        {"memory.dram.device", "~", {"no dram", "", TS_ERROR_CONFLICT, 0, 0, NULL, NULL}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start();
        CU_ASSERT_FALSE(load_with(data("sample.yaml"), bad[i].key, bad[i].value));
        struct bad_input expected = bad[i].expected;
        if (expected.code == TS_ERROR_CONFLICT && diagnostics.kept) {
            expected.line = diagnostics.entries[0].place.line;
            expected.column = diagnostics.entries[0].place.column;
        }
        expect_error(&diagnostics, &expected);
        finish();
    }
}

static void a_bad_file_is_refused_with_its_place(void)
{
    static const struct bad_input bad[] = {
        {"no family", "compute: {units: 1}", TS_ERROR_MISSING_KEY, 1, 1, "family", NULL},
        {"unknown family", "family: smt", TS_ERROR_UNKNOWN_NAME, 1, 9, "'smt'", "'simt'"},
        {"a list", "- family: cpu", TS_ERROR_TYPE, 1, 1, "mapping", NULL},
        {"extends a list", "extends: [cpu]", TS_ERROR_TYPE, 1, 10, "text", NULL},
        {"no node", "family: systolic\ncompute: {clock_mhz: 1, units: 1, rows: 4, columns: 4}",
         TS_ERROR_MISSING_KEY, 1, 1, "process_nm", NULL},
        {"an alias", "family: &x cpu\nextends: *x", TS_ERROR_UNSUPPORTED, 1, 9, NULL, NULL},
        {"truncated", "family: cpu\ncompute: {clock_mhz: 1, un", TS_ERROR_SYNTAX, 2, 10, NULL,
         NULL},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start();
        CU_ASSERT_FALSE(load_text(bad[i].text));
        expect_error(&diagnostics, &bad[i]);
        finish();
    }
}

static void a_name_nobody_has_is_an_error_with_a_suggestion(void)
{
    static const struct bad_input expected = {
        "name", "", TS_ERROR_UNKNOWN_NAME, 0, 0, "'gpu-h100-sx'", "'gpu-h100-sxm'"};
    static const struct bad_input path = {"path", "", TS_ERROR_FILE, 0, 0, "No such file", NULL};
    start();
    CU_ASSERT_FALSE(load("gpu-h100-sx"));
    expect_error(&diagnostics, &expected);
    finish();
    start();
    CU_ASSERT_FALSE(load("missing/machine.yaml"));
    expect_error(&diagnostics, &path);
    finish();
}

static void a_dram_device_is_a_machine_of_that_memory(void)
{
    start();
    CU_ASSERT_FATAL(load("ddr4-2400"));
    CU_ASSERT_STRING_EQUAL(arch->family->name, "memory");
    CU_ASSERT_STRING_EQUAL(arch->name, "ddr4-2400");
    CU_ASSERT_PTR_NOT_NULL(arch->memory.dram);
    CU_ASSERT_PTR_NULL(arch->technology);
    CU_ASSERT_DOUBLE_EQUAL(arch->memory.dram_bandwidth_bytes_per_s, 19.2e9, 1e8);
    CU_ASSERT_FATAL(load_with("ddr4-2400", "memory.dram.bandwidth_gbps", "9.6"));
    CU_ASSERT_EQUAL(arch->memory.dram_bandwidth_bytes_per_s, 9.6e9);
    finish();
}

static void controllers_of_a_machine_take_the_place_of_a_devices(void)
{
    start();
    CU_ASSERT_FATAL(load("hbm3"));
    CU_ASSERT_EQUAL(arch->memory.dram->pseudo_channels, 2);
    CU_ASSERT_EQUAL(arch->memory.dram->bank_queue, 0);
    CU_ASSERT_FATAL(load("gpu-h100-sxm"));
    CU_ASSERT_EQUAL(arch->memory.dram->read_queue, 64);
    CU_ASSERT_EQUAL(arch->memory.dram->write_high - arch->memory.dram->write_low, 64);
    CU_ASSERT_EQUAL(arch->memory.dram->pseudo_channels, 1);
    CU_ASSERT_TRUE(arch->memory.dram->bank_queue > 0);
    finish();
}

static void every_machine_in_the_tree_loads(void)
{
    start();
    struct ts_config_entry *entries;
    int count = ts_arch_list(&arena, &entries);
    CU_ASSERT(count > 0);
    for (int i = 0; i < count; i++) {
        bool loaded = load(entries[i].name);
        CU_ASSERT(loaded);
        if (!loaded) {
            ts_diagnostics_print(&diagnostics, stdout);
        }
        CU_ASSERT(*entries[i].family != '\0');
        CU_ASSERT(i == 0 || strcmp(entries[i - 1].name, entries[i].name) < 0);
    }
    count = ts_device_list(&arena, &entries);
    for (int i = 0; i < count; i++) {
        CU_ASSERT(load(entries[i].name));
    }
    finish();
}

static void voltage_falls_with_the_clock_down_to_its_floor(void)
{
    start();
    CU_ASSERT_FATAL(load(data("sample.yaml")));
    double last = 0;
    for (int percent = 5; percent <= 120; percent += 5) {
        double voltage = ts_arch_voltage_v(arch, arch->clock_hz * percent / 100);
        CU_ASSERT(voltage >= last);
        CU_ASSERT(voltage >= arch->power.voltage_min_v && voltage <= arch->power.voltage_v);
        last = voltage;
    }
    CU_ASSERT_EQUAL(ts_arch_voltage_v(arch, arch->clock_hz), arch->power.voltage_v);
    CU_ASSERT_EQUAL(ts_arch_voltage_v(arch, 1e6), arch->power.voltage_min_v);
    struct ts_arch slower = ts_arch_at_clock(arch, 0.8 * arch->clock_hz);
    CU_ASSERT_EQUAL(slower.clock_hz, 0.8 * arch->clock_hz);
    CU_ASSERT(slower.power.voltage_v < arch->power.voltage_v);
    finish();
}

static void the_json_schema_names_every_family(void)
{
    start();
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ts_arch_write_json_schema(stream);
    fclose(stream);
    /* JSON in flow style is YAML, but for the depth limit that configurations have. */
    const struct ts_yaml *root = ts_yaml_parse("schema", text, size, &arena, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    for (int i = 0; ts_families[i]; i++) {
        const struct ts_yaml *family =
            ts_yaml_get(ts_yaml_get(root, "definitions"), ts_families[i]->name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(family);
        CU_ASSERT_PTR_NOT_NULL(ts_yaml_find(family, "properties.compute.properties.clock_mhz"));
        CU_ASSERT_PTR_NOT_NULL(ts_yaml_find(
            family,
            "properties.memory.properties.cache.additionalProperties.properties.capacity_kib"));
    }
    free(text);
    finish();
}

static void the_keys_of_the_contract_are_listed(void)
{
    static const char *const keys[] = {
        "compute.clock_mhz",  "compute.units",   "memory.dram.bandwidth_gbps",
        "memory.dram.device", "power.limit_w",   "memory.cache.*.capacity_kib",
        "power.idle_w",       "compute.rows",    "compute.columns",
        "compute.dataflow",   "compute.overlap", "compute.fifo_depth",
    };
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ts_arch_write_keys(stream);
    fclose(stream);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(text, keys[i]));
    }
    free(text);
}

int main(void)
{
    const struct test_case cases[] = {
        {"a file becomes a machine in SI units", a_file_becomes_a_machine_in_si_units},
        {"a file inherits what it does not say", a_file_inherits_what_it_does_not_say},
        {"files that extend each other are a cycle", files_that_extend_each_other_are_a_cycle},
        {"a file that extends nothing known says so", a_file_that_extends_nothing_known_says_so},
        {"a resolved machine writes back to the same hash",
         a_resolved_machine_writes_back_to_the_same_hash},
        {"any value changes the hash", any_value_changes_the_hash},
        {"overrides take units, maps and new keys", overrides_take_units_maps_and_new_keys},
        {"a bad override is refused and names itself", a_bad_override_is_refused_and_names_itself},
        {"a bad file is refused with its place", a_bad_file_is_refused_with_its_place},
        {"a name nobody has is an error with a suggestion",
         a_name_nobody_has_is_an_error_with_a_suggestion},
        {"a DRAM device is a machine of that memory", a_dram_device_is_a_machine_of_that_memory},
        {"controllers of a machine take the place of a device's",
         controllers_of_a_machine_take_the_place_of_a_devices},
        {"every machine in the tree loads", every_machine_in_the_tree_loads},
        {"voltage falls with the clock down to its floor",
         voltage_falls_with_the_clock_down_to_its_floor},
        {"the JSON schema names every family", the_json_schema_names_every_family},
        {"the keys of the contract are listed", the_keys_of_the_contract_are_listed},
    };
    return RUN_SUITE("arch_load", cases);
}
