/* Result tree: what one simulation found. Formats in reports/ are walkers over it.
 *
 * Plain data; strings and arrays live in the arena it was made in. No NaN, no infinity. The parts
 * of energy sum to its total; the fractions of a time breakdown sum to 1.
 */
#ifndef TESSERA_RESULT_H
#define TESSERA_RESULT_H

#include "tessera/kernel.h"
#include "tessera/precision.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ts_time_part {
    TS_TIME_COMPUTE,
    TS_TIME_DRAM,
    TS_TIME_CACHE,
    TS_TIME_INTERCONNECT,
    TS_TIME_FILL_DRAIN,
    TS_TIME_IMBALANCE,
    TS_TIME_OVERHEAD,
    TS_TIME_PARTS
};
extern const char *const ts_time_part_names[TS_TIME_PARTS];

enum ts_energy_part {
    TS_ENERGY_COMPUTE,
    TS_ENERGY_REGISTER,
    TS_ENERGY_SRAM,  /* scratchpads and private memories */
    TS_ENERGY_CACHE, /* shared caches */
    TS_ENERGY_DRAM,
    TS_ENERGY_INTERCONNECT,
    TS_ENERGY_STATIC, /* idle and leakage power × time */
    TS_ENERGY_PARTS
};
extern const char *const ts_energy_part_names[TS_ENERGY_PARTS];

/* total_j is the sum of the parts. */
struct ts_energy {
    double total_j;
    double part_j[TS_ENERGY_PARTS];
};

struct ts_memory_result {
    const char *level;    /* "register", cache names, "dram" */
    double reads, writes; /* accesses of the level's granule */
    double read_bytes, write_bytes;
    double hit_rate; /* 1 for scratchpads, registers and DRAM row hits stated as row_hit_rate */
    double energy_per_access_pj;
    double energy_j;
    double achieved_gbps; /* bytes moved / latency, 1e9 bytes/s */
};

/* A roof of the roofline at the run's precision and the nominal clock: of arithmetic ("matrix",
 * "vector": operations, two a multiply-accumulate) or of what a memory hands out ("l2", "noc",
 * "dram"), all units together. The other of both figures is 0. */
struct ts_ceiling {
    const char *name;
    double tflops;
    double gbps;
};

/* What the formats of a layer cost: powers over noise powers, measured on random tensors. */
struct ts_layer_numerics {
    bool measured;           /* products alone are */
    double sqnr_db;          /* outputs of operands in their formats, summed as the machine does */
    double operand_sqnr_db;  /* the same, summed exactly */
    double upstream_sqnr_db; /* with the noise that the layers before left in the input */
    const char *accumulator; /* "fp32", "int32", ... */
    int64_t outputs;         /* measured */
    int64_t k;               /* products of each */
};

struct ts_layer_result {
    const char *name, *op, *algorithm, *ran_on;
    int64_t m, n, k, batch;
    double macs, effective_macs;
    double cycles, latency_s;
    double tflops, utilization;
    const char *bound;
    double dram_read_bytes, dram_write_bytes;
    struct ts_energy energy;
    double time_breakdown[TS_TIME_PARTS];
    struct ts_layer_numerics numerics;
};

struct ts_result {
    struct {
        const char *name, *family, *description;
        double peak_tflops, memory_bandwidth_gbps, clock_mhz;
        struct ts_ceiling *ceilings; /* arithmetic first, then memories from the units outward */
        int ceiling_count;
    } arch;
    struct {
        const char *name, *precision, *mode;
        int64_t batch;
        double macs, effective_macs, parameters, parameter_bytes;
        const char *phase; /* "prefill" or "decode"; NULL: not asked for */
        int64_t context;   /* decode only */
        double kv_cache_bytes;
        struct ts_footprint footprint;           /* training only */
        double coverage;                         /* fraction of its operations that have a model */
        struct ts_network_size teacher, student; /* of a distillation; names are NULL without */
    } workload;
    double latency_s, cycles, throughput_per_s, tflops, utilization;
    const char *bound;
    struct ts_energy energy;
    double average_power_w, tops_per_w;
    double clock_mhz; /* clock the run settled at (power limit): the mean of its kernels' */
    double time_to_first_token_s; /* prefill: the whole prompt; 0 otherwise */
    double time_per_token_s;      /* decode: one token of every sequence; 0 otherwise */
    double average_latency_ns;    /* memory: runs only; < 0 otherwise */
    struct ts_memory_result *memory;
    int memory_count;
    double time_breakdown[TS_TIME_PARTS];
    struct ts_layer_result *layers;
    int layer_count;
    struct {
        bool measured;
        double sqnr_db;       /* of the network's output, forward: layer noise adds up on the way */
        double worst_sqnr_db; /* of any layer alone */
        const char *worst_layer;
    } numerics;
    const char *const *notes; /* what to know when reading it */
    int note_count;
    struct {
        const char *version, *options;
        uint64_t seed, arch_hash, workload_hash;
    } provenance;
};

#ifdef __cplusplus
}
#endif
#endif
