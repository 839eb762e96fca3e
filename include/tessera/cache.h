/*
 * Shared cache at tile granularity, and a bandwidth server.
 *
 * The cache holds blocks of any size, named by a 64-bit id (tensor and tile). Replacement is LRU
 * by bytes. Its contents are a prefix of the LRU stack of all blocks ever used: the most recently
 * used bytes up to the capacity, the last block of that prefix cut to what fits. So for one
 * sequence of accesses a smaller cache always holds a subset of a larger one, and never has fewer
 * misses (the stack inclusion property, Mattson et al., IBM Systems Journal 9(2), 1970).
 *
 * A block that is cut keeps its leading `resident` bytes; using it again hits those and misses the
 * rest. Dirty bytes that fall off the end are written back.
 *
 * No allocation after ts_cache_init: `max_blocks` blocks at most are remembered, and when they run
 * out the least recently used is dropped. Deterministic: no addresses, no time, no randomness.
 */
#ifndef TESSERA_CACHE_H
#define TESSERA_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ts_cache_counters {
    uint64_t read_bytes, write_bytes; /* asked for */
    uint64_t hit_bytes;               /* of reads, found */
    uint64_t miss_bytes;              /* of reads, fetched from below */
    uint64_t write_hit_bytes;         /* of writes, block was there */
    uint64_t written_back_bytes;      /* dirty bytes that left */
    uint64_t accesses, block_hits, block_misses;
};

/* What one access did. */
struct ts_cache_result {
    int64_t hit_bytes;     /* served by the cache */
    int64_t miss_bytes;    /* to be fetched from below (reads only) */
    int64_t evicted_bytes; /* dirty bytes to be written below */
};

struct ts_cache_block; /* private */

struct ts_cache {
    int64_t capacity_bytes;
    int64_t used_bytes; /* resident, <= capacity */
    struct ts_cache_counters counters;
    struct ts_cache_block *pool; /* [max_blocks] */
    uint32_t *bucket;            /* [bucket_mask + 1] heads of hash chains */
    uint32_t bucket_mask;
    uint32_t max_blocks;
    uint32_t free_head;
    uint32_t newest, oldest;
    uint32_t fresh_blocks; /* pool entries handed out so far */
};

/* Ids: tensor number above, tile number below, so that a tensor's bytes can be asked for. */
#define TS_CACHE_TENSOR_SHIFT 40
static inline uint64_t ts_cache_id(uint32_t tensor, uint64_t tile)
{
    return ((uint64_t)tensor << TS_CACHE_TENSOR_SHIFT) |
           (tile & ((UINT64_C(1) << TS_CACHE_TENSOR_SHIFT) - 1));
}

/*
 * capacity_bytes >= 0 (0: everything misses), 1 <= max_blocks <= 2^30. Returns 0, or -1 when memory
 * runs out (nothing to release then).
 */
int ts_cache_init(struct ts_cache *cache, int64_t capacity_bytes, uint32_t max_blocks);
void ts_cache_release(struct ts_cache *cache);
/* Empty, counters zero; nothing is written back. */
void ts_cache_reset(struct ts_cache *cache);

/*
 * Reads `bytes` of block `id` (the block's full size; a smaller figure than last time reads its
 * leading part). Bytes that are not resident are fetched, and the block becomes the newest.
 */
struct ts_cache_result ts_cache_read(struct ts_cache *cache, uint64_t id, int64_t bytes);
/*
 * Writes `bytes` of block `id`: no fetch (tiles are written whole), the bytes are dirty until they
 * are written back. What does not fit (a block larger than the capacity) is written through and
 * counted as evicted.
 */
struct ts_cache_result ts_cache_write(struct ts_cache *cache, uint64_t id, int64_t bytes);
/* Puts a clean block there without counting it: warm caches. */
void ts_cache_warm(struct ts_cache *cache, uint64_t id, int64_t bytes);
/* Drops a block; returns its dirty bytes, which the caller writes back or forgets. */
int64_t ts_cache_drop(struct ts_cache *cache, uint64_t id);
/* Writes back everything dirty: returns the bytes; blocks stay, clean. Counted as written back. */
int64_t ts_cache_flush(struct ts_cache *cache);

/* Resident bytes of a block, and of all blocks of a tensor (ts_cache_id). */
int64_t ts_cache_resident(const struct ts_cache *cache, uint64_t id);
int64_t ts_cache_resident_tensor(const struct ts_cache *cache, uint32_t tensor);

/* ------------------------------------------------------------------ bandwidth server */

/*
 * A pipe that moves bytes in the order they come: a cache port, a network on chip, a link.
 *   start = max(now, free); free = start + overhead + bytes/bytes_per_cycle; done = free + latency
 * bytes_per_cycle <= 0 means unlimited.
 */
struct ts_bandwidth_server {
    double bytes_per_cycle;
    double latency_cycles;
    double overhead_cycles; /* held for each request: arbitration, header */
    double free_cycles;
    double busy_cycles;
    uint64_t bytes;
    uint64_t requests;
};

void ts_bandwidth_server_init(struct ts_bandwidth_server *server, double bytes_per_cycle,
                              double latency_cycles);
/* Returns when the last byte is through. */
double ts_bandwidth_server_serve(struct ts_bandwidth_server *server, double now_cycles,
                                 double bytes);
/* The same answer without taking the pipe. */
double ts_bandwidth_server_peek(const struct ts_bandwidth_server *server, double now_cycles,
                                double bytes);
void ts_bandwidth_server_reset(struct ts_bandwidth_server *server);

#ifdef __cplusplus
}
#endif

#endif
