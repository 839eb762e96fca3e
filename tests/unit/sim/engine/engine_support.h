/* A calendar in plain C that drives the engine as the SystemC modules do, and a machine to drive.
 */
#ifndef TESSERA_TESTS_ENGINE_SUPPORT_H
#define TESSERA_TESTS_ENGINE_SUPPORT_H

#include "sim/engine/engine.h"

/* A phase of equal tiles: every step loads one private and one shared block, and computes. */
struct uniform {
    int steps;
    double pipe_cycles, latency_cycles, ready_cycles;
    double prologue_cycles, epilogue_cycles;
    double load_bytes, store_bytes;
    int64_t shared_blocks; /* tile i also loads block i % shared_blocks of tensor 1; 0 = none */
    bool is_weight;
};

struct ts_phase uniform_phase(const struct uniform *uniform, int64_t tiles);

/* `units` units at 1 GHz; a shared cache of cache_bytes (0 = none) and a network of
 * noc_bytes_per_cycle (0 = unlimited); no DRAM. */
struct ts_arch bare_arch(int64_t units, double cache_bytes, double noc_bytes_per_cycle);

/* Runs a phase from start_cycles; the engine keeps its cache. */
struct phase_outcome run_phase(struct engine *engine, const struct ts_phase *phase,
                               double start_cycles);

/* A fresh engine for one phase. */
struct phase_outcome run_once(const struct ts_arch *arch, const struct ts_phase *phase, bool exact);

double sum_of_parts(const struct phase_outcome *outcome);

#endif
