/* Rows of a result's memory table: registers, each level, DRAM. */
#include "energy_internal.h"

static double ratio(double numerator, double denominator, double otherwise)
{
    return denominator > 0 ? numerator / denominator : otherwise;
}

/* Accesses are counted in the level's granule. */
static void finish_row(struct ts_memory_result *row, double granule_bytes, double read_pj_per_byte,
                       double write_pj_per_byte, double latency_s)
{
    double bytes = row->read_bytes + row->write_bytes;
    row->reads = ratio(row->read_bytes, granule_bytes, 0);
    row->writes = ratio(row->write_bytes, granule_bytes, 0);
    row->energy_j =
        (row->read_bytes * read_pj_per_byte + row->write_bytes * write_pj_per_byte) * 1e-12;
    row->energy_per_access_pj =
        ratio(row->energy_j * 1e12, row->reads + row->writes, read_pj_per_byte * granule_bytes);
    row->achieved_gbps = ratio(bytes, latency_s, 0) / 1e9;
}

/* One 32-bit word: what a register operand of the arithmetic here is. */
static const double register_word_bytes = 4;

static void register_row(const struct ts_arch *arch, const struct ts_counters *counters,
                         double latency_s, double dynamic, struct ts_memory_result *row)
{
    double pj_per_byte = arch->technology ? arch->technology->register_pj_per_byte * dynamic : 0;
    *row = (struct ts_memory_result){
        .level = "register",
        .hit_rate = 1,
        .read_bytes = counters->matrix.register_read_bytes + counters->vector.register_read_bytes,
        .write_bytes =
            counters->matrix.register_write_bytes + counters->vector.register_write_bytes,
    };
    finish_row(row, register_word_bytes, pj_per_byte, pj_per_byte, latency_s);
}

static void level_row(const struct ts_arch *arch, const struct ts_counters *counters, int level,
                      double latency_s, double dynamic, struct ts_memory_result *row)
{
    const struct ts_cache_spec *spec = &arch->memory.cache[level];
    const struct ts_phase_counters *matrix = &counters->matrix;
    const struct ts_phase_counters *vector = &counters->vector;
    *row = (struct ts_memory_result){.level = spec->name, .hit_rate = 1};
    if (spec->shared) {
        row->read_bytes = counters->shared_read_bytes;
        row->write_bytes = counters->shared_write_bytes;
        row->hit_rate = ratio(counters->shared_hit_bytes, counters->shared_read_bytes, 1);
    } else {
        double misses = matrix->level_misses_bytes[level] + vector->level_misses_bytes[level];
        row->read_bytes = matrix->level_read_bytes[level] + vector->level_read_bytes[level];
        row->write_bytes = matrix->level_write_bytes[level] + vector->level_write_bytes[level];
        double bytes = row->read_bytes + row->write_bytes;
        if (!spec->software_managed && bytes > 0) {
            row->hit_rate = misses < bytes ? 1 - misses / bytes : 0;
        }
    }
    finish_row(row, spec->line_bytes, ts_energy_level_read_pj_per_byte(arch, level) * dynamic,
               ts_energy_level_write_pj_per_byte(arch, level) * dynamic, latency_s);
}

static void dram_row(const struct ts_arch *arch, const struct ts_counters *counters,
                     double latency_s, double dynamic, struct ts_memory_result *row)
{
    double granule_bytes = (double)ts_dram_burst_bytes(arch->memory.dram);
    double bursts = (double)(counters->dram.read_bursts + counters->dram.write_bursts);
    *row = (struct ts_memory_result){
        .level = "dram",
        .reads = (double)counters->dram.read_bursts,
        .writes = (double)counters->dram.write_bursts,
        .read_bytes = (double)counters->dram.read_bytes,
        .write_bytes = (double)counters->dram.write_bytes,
        .hit_rate = ratio(counters->dram.row_hits, bursts, 1),
        .energy_j = ts_energy_dram_j(arch, counters, latency_s, dynamic),
    };
    row->hit_rate = row->hit_rate > 1 ? 1 : row->hit_rate;
    double idle_pj = 8 * granule_bytes * arch->memory.dram->device_pj_per_bit;
    row->energy_per_access_pj = ratio(row->energy_j * 1e12, bursts, idle_pj);
    row->achieved_gbps = ratio(row->read_bytes + row->write_bytes, latency_s, 0) / 1e9;
}

int ts_energy_memory_rows(const struct ts_arch *arch, const struct ts_counters *counters,
                          double latency_s, double voltage_v, struct ts_arena *arena,
                          struct ts_memory_result **rows)
{
    double voltage_ratio = voltage_v / arch->power.voltage_v;
    double dynamic = voltage_ratio * voltage_ratio;
    int count = 0;
    *rows = TS_NEW_ARRAY(arena, arch->memory.cache_count + 2, struct ts_memory_result);
    if (arch->technology) {
        register_row(arch, counters, latency_s, dynamic, &(*rows)[count++]);
    }
    for (int i = 0; i < arch->memory.cache_count; i++) {
        level_row(arch, counters, i, latency_s, dynamic, &(*rows)[count++]);
    }
    if (arch->memory.dram) {
        dram_row(arch, counters, latency_s, dynamic, &(*rows)[count++]);
    }
    return count;
}
