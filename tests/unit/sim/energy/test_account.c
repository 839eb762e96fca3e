#include "suite.h"
#include "tessera/energy.h"

#include <math.h>
#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static void start(void)
{
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
}

static void finish(void)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
}

static const struct ts_arch *machine(const char *name)
{
    const struct ts_arch *arch = NULL;
    bool loaded = ts_arch_load(name, NULL, 0, &arena, &diagnostics, &arch);
    if (!loaded) {
        ts_diagnostics_print(&diagnostics, stdout);
    }
    CU_ASSERT_FATAL(loaded);
    return arch;
}

/* Work of awkward sizes at every place. */
static struct ts_counters some_work(const struct ts_arch *arch)
{
    struct ts_counters counters = {0};
    counters.matrix.macs = 17e6;
    counters.vector.macs = 23e5;
    counters.vector.vector_ops = 31e5;
    counters.vector.instructions = 13e5;
    counters.matrix.register_read_bytes = 19e6;
    counters.matrix.register_write_bytes = 7e6;
    for (int i = 0; i < arch->memory.cache_count; i++) {
        counters.matrix.level_read_bytes[i] = 11e6 + i;
        counters.vector.level_write_bytes[i] = 3e6;
    }
    counters.shared_read_bytes = 29e5;
    counters.shared_write_bytes = 37e4;
    counters.shared_hit_bytes = 17e5;
    counters.noc_bytes = 33e5;
    counters.host_bytes = 41e3;
    if (arch->memory.dram) {
        double burst = (double)ts_dram_burst_bytes(arch->memory.dram);
        counters.dram.read_bytes = 53000 * (uint64_t)burst;
        counters.dram.read_bursts = 53000;
        counters.dram.write_bytes = 19000 * (uint64_t)burst;
        counters.dram.write_bursts = 19000;
        counters.dram.activations = 1700;
        counters.dram.row_hits = 70300;
    }
    return counters;
}

static double total(const struct ts_arch *arch, const struct ts_counters *counters,
                    double latency_s, double voltage_ratio)
{
    struct ts_energy energy;
    ts_energy_account(arch, arch->default_precision, counters, latency_s, arch->clock_hz,
                      voltage_ratio * arch->power.voltage_v, &energy);
    return energy.total_j;
}

static const char *const machines[] = {"cpu",      "gpu", "tpu-v1", "tpu", "eie", "systolic-array",
                                       "ddr4-2400"};
enum { MACHINES = sizeof machines / sizeof machines[0] };

static void the_parts_sum_to_the_total(void)
{
    start();
    for (size_t i = 0; i < MACHINES; i++) {
        const struct ts_arch *arch = machine(machines[i]);
        struct ts_counters counters = some_work(arch);
        struct ts_energy energy;
        ts_energy_account(arch, TS_FP16, &counters, 1e-3, arch->clock_hz, arch->power.voltage_v,
                          &energy);
        double sum = 0;
        for (int part = 0; part < TS_ENERGY_PARTS; part++) {
            CU_ASSERT(energy.part_j[part] >= 0 && isfinite(energy.part_j[part]));
            sum += energy.part_j[part];
        }
        CU_ASSERT(energy.total_j > 0);
        CU_ASSERT_EQUAL(sum, energy.total_j);
    }
    finish();
}

static void more_of_anything_never_costs_less(void)
{
    start();
    for (size_t i = 0; i < MACHINES; i++) {
        const struct ts_arch *arch = machine(machines[i]);
        struct ts_counters work = some_work(arch);
        double base = total(arch, &work, 1e-3, 1);
        double *const counts[] = {&work.matrix.macs,
                                  &work.vector.vector_ops,
                                  &work.vector.instructions,
                                  &work.matrix.register_read_bytes,
                                  &work.matrix.level_read_bytes[0],
                                  &work.vector.level_write_bytes[0],
                                  &work.shared_read_bytes,
                                  &work.shared_write_bytes,
                                  &work.noc_bytes,
                                  &work.host_bytes,
                                  &work.dram.activations};
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            double old = *counts[c];
            *counts[c] *= 3;
            CU_ASSERT(total(arch, &work, 1e-3, 1) >= base);
            *counts[c] = old;
        }
        CU_ASSERT(total(arch, &work, 2e-3, 1) >= base);
        work.dram.read_bursts *= 2;
        CU_ASSERT(total(arch, &work, 1e-3, 1) >= base);
    }
    finish();
}

static void twice_the_work_in_twice_the_time_costs_twice(void)
{
    start();
    for (size_t i = 0; i < MACHINES; i++) {
        const struct ts_arch *arch = machine(machines[i]);
        struct ts_counters work = some_work(arch);
        struct ts_counters twice = {0};
        ts_counters_add(&twice, &work, 2);
        double once_j = total(arch, &work, 1e-3, 1);
        CU_ASSERT_DOUBLE_EQUAL(total(arch, &twice, 2e-3, 1), 2 * once_j, 1e-9 * once_j);
    }
    finish();
}

static void dynamic_energy_falls_with_the_square_of_the_voltage(void)
{
    start();
    const struct ts_arch *arch = machine("gpu");
    struct ts_counters work = {0};
    work.matrix.macs = 1e12;
    double nominal = total(arch, &work, 0, 1);
    CU_ASSERT_DOUBLE_EQUAL(total(arch, &work, 0, 0.7), 0.49 * nominal, 1e-9 * nominal);
    struct ts_counters dram = {0};
    dram.dram.read_bursts = 1000000;
    /* Of the DRAM only the interface hangs on the core's supply. */
    double full = total(arch, &dram, 0, 1);
    double low = total(arch, &dram, 0, 0.7);
    CU_ASSERT(low < full && low > 0.49 * full);
    finish();
}

static void an_idle_board_draws_its_idle_leakage_and_clock_power(void)
{
    start();
    const struct ts_arch *arch = machine("gpu");
    const struct ts_power_spec *power = &arch->power;
    struct ts_counters none = {0};
    CU_ASSERT_DOUBLE_EQUAL(total(arch, &none, 1, 1),
                           power->idle_w + power->static_w + power->clock_w, 1e-9);
    struct ts_energy slow;
    ts_energy_account(arch, TS_FP32, &none, 1, arch->clock_hz / 2, 0.8 * power->voltage_v, &slow);
    CU_ASSERT_DOUBLE_EQUAL(slow.total_j,
                           power->idle_w + 0.64 * power->static_w + 0.32 * power->clock_w, 1e-9);
    CU_ASSERT_EQUAL(slow.part_j[TS_ENERGY_STATIC], slow.total_j);
    finish();
}

static void leakage_stands_in_where_no_watts_are_given(void)
{
    start();
    struct ts_override fast = {"power.transistors", "hp"};
    const struct ts_arch *lstp = machine("eie");
    const struct ts_arch *hp = NULL;
    CU_ASSERT_FATAL(ts_arch_load("eie", &fast, 1, &arena, &diagnostics, &hp));
    struct ts_counters none = {0};
    /* CACTI's device classes differ by more than three orders in leakage. */
    double low = total(lstp, &none, 1, 1) - lstp->power.clock_w;
    double high = total(hp, &none, 1, 1) - hp->power.clock_w;
    CU_ASSERT(low > 0);
    CU_ASSERT(high > 1000 * low);
    finish();
}

static void fewer_toggling_bits_cost_less(void)
{
    start();
    struct ts_override zeros = {"power.toggle_rate", "0.5"};
    const struct ts_arch *random = machine("gpu");
    const struct ts_arch *quiet = NULL;
    CU_ASSERT_FATAL(ts_arch_load("gpu", &zeros, 1, &arena, &diagnostics, &quiet));
    CU_ASSERT_DOUBLE_EQUAL(ts_energy_mac_pj(quiet, TS_FP16, true),
                           0.5 * ts_energy_mac_pj(random, TS_FP16, true), 1e-12);
    finish();
}

static void a_file_may_state_the_energy_of_a_level(void)
{
    start();
    struct ts_override stated = {"memory.cache.spmat.energy_read_pj_per_byte", "2 pJ/bit"};
    const struct ts_arch *arch = NULL;
    CU_ASSERT_FATAL(ts_arch_load("eie", &stated, 1, &arena, &diagnostics, &arch));
    int spmat = (int)(ts_arch_cache(arch, "spmat") - arch->memory.cache);
    CU_ASSERT_EQUAL(ts_energy_level_read_pj_per_byte(arch, spmat), 16);
    CU_ASSERT_NOT_EQUAL(ts_energy_level_write_pj_per_byte(arch, spmat), 16);
    finish();
}

static void every_level_has_a_row_and_rows_agree_with_the_account(void)
{
    start();
    for (size_t i = 0; i < MACHINES; i++) {
        const struct ts_arch *arch = machine(machines[i]);
        struct ts_counters work = some_work(arch);
        struct ts_memory_result *rows;
        int count = ts_energy_memory_rows(arch, &work, 1e-3, arch->power.voltage_v, &arena, &rows);
        struct ts_energy energy;
        ts_energy_account(arch, arch->default_precision, &work, 1e-3, arch->clock_hz,
                          arch->power.voltage_v, &energy);
        double on_chip_j = 0;
        for (int r = 0; r < count; r++) {
            CU_ASSERT(rows[r].hit_rate >= 0 && rows[r].hit_rate <= 1);
            CU_ASSERT(rows[r].energy_per_access_pj >= 0);
            CU_ASSERT_DOUBLE_EQUAL(rows[r].energy_j,
                                   rows[r].energy_per_access_pj * (rows[r].reads + rows[r].writes) *
                                       1e-12,
                                   1e-9 * rows[r].energy_j);
            if (strcmp(rows[r].level, "dram") == 0) {
                CU_ASSERT_DOUBLE_EQUAL(rows[r].energy_j, energy.part_j[TS_ENERGY_DRAM], 1e-15);
            } else if (strcmp(rows[r].level, "register") != 0) {
                on_chip_j += rows[r].energy_j;
            }
        }
        double expected = energy.part_j[TS_ENERGY_SRAM] + energy.part_j[TS_ENERGY_CACHE];
        CU_ASSERT_DOUBLE_EQUAL(on_chip_j, expected, 1e-9 * expected + 1e-18);
        CU_ASSERT_EQUAL(count, arch->memory.cache_count + (arch->technology ? 1 : 0) +
                                   (arch->memory.dram ? 1 : 0));
    }
    finish();
}

int main(void)
{
    const struct test_case cases[] = {
        {"the parts sum to the total", the_parts_sum_to_the_total},
        {"more of anything never costs less", more_of_anything_never_costs_less},
        {"twice the work in twice the time costs twice",
         twice_the_work_in_twice_the_time_costs_twice},
        {"dynamic energy falls with the square of the voltage",
         dynamic_energy_falls_with_the_square_of_the_voltage},
        {"an idle board draws its idle, leakage and clock power",
         an_idle_board_draws_its_idle_leakage_and_clock_power},
        {"leakage stands in where no watts are given", leakage_stands_in_where_no_watts_are_given},
        {"fewer toggling bits cost less", fewer_toggling_bits_cost_less},
        {"a file may state the energy of a level", a_file_may_state_the_energy_of_a_level},
        {"every level has a row and rows agree with the account",
         every_level_has_a_row_and_rows_agree_with_the_account},
    };
    return RUN_SUITE("account", cases);
}
