#include "sim/engine/engine.h"

void phase_counters_add(struct ts_phase_counters *total, const struct ts_phase_counters *part)
{
    total->macs += part->macs;
    total->vector_ops += part->vector_ops;
    total->instructions += part->instructions;
    total->register_read_bytes += part->register_read_bytes;
    total->register_write_bytes += part->register_write_bytes;
    for (int level = 0; level < TS_MAX_CACHE_LEVELS; level++) {
        total->level_read_bytes[level] += part->level_read_bytes[level];
        total->level_write_bytes[level] += part->level_write_bytes[level];
        total->level_misses_bytes[level] += part->level_misses_bytes[level];
    }
}

static void dram_difference(const struct ts_dram_counters *after,
                            const struct ts_dram_counters *before,
                            struct ts_dram_counters *difference)
{
    *difference = (struct ts_dram_counters){
        .read_bytes = after->read_bytes - before->read_bytes,
        .write_bytes = after->write_bytes - before->write_bytes,
        .read_bursts = after->read_bursts - before->read_bursts,
        .write_bursts = after->write_bursts - before->write_bursts,
        .check_bursts = after->check_bursts - before->check_bursts,
        .activations = after->activations - before->activations,
        .row_hits = after->row_hits - before->row_hits,
        .turnarounds = after->turnarounds - before->turnarounds,
        .busy_cycles = after->busy_cycles - before->busy_cycles,
        .stall_cycles = after->stall_cycles - before->stall_cycles,
        .requests = after->requests - before->requests,
    };
}

/* The private counters of phases are whole-phase sums and never part of a stretch. */
void counters_difference(const struct ts_counters *after, const struct ts_counters *before,
                         struct ts_counters *difference)
{
    *difference = (struct ts_counters){
        .shared_read_bytes = after->shared_read_bytes - before->shared_read_bytes,
        .shared_write_bytes = after->shared_write_bytes - before->shared_write_bytes,
        .shared_hit_bytes = after->shared_hit_bytes - before->shared_hit_bytes,
        .noc_bytes = after->noc_bytes - before->noc_bytes,
        .host_bytes = after->host_bytes - before->host_bytes,
        .host_ops = after->host_ops - before->host_ops,
    };
    dram_difference(&after->dram, &before->dram, &difference->dram);
}
