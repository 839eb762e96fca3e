/* LRU by bytes over blocks of any size: the contents are a prefix of the LRU stack. */
#include "tessera/cache.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKET_LIMIT = 1 << 30 };
#define NONE UINT32_MAX

struct ts_cache_block {
    uint64_t id;
    int64_t resident_bytes;
    int64_t dirty_bytes; /* <= resident_bytes */
    uint32_t newer, older;
    uint32_t next_in_bucket;
};

static uint32_t bucket_of(const struct ts_cache *cache, uint64_t id)
{
    /* Fibonacci hashing: multiplier is 2^64 / golden ratio (Knuth, TAOCP 3, 6.4). */
    return (uint32_t)((id * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & cache->bucket_mask;
}

int ts_cache_init(struct ts_cache *cache, int64_t capacity_bytes, uint32_t max_blocks)
{
    uint32_t buckets = 16;

    memset(cache, 0, sizeof(*cache));
    if (max_blocks < 1) {
        max_blocks = 1;
    }
    if (max_blocks > BUCKET_LIMIT) {
        return -1;
    }
    while (buckets < max_blocks) {
        buckets *= 2;
    }
    cache->capacity_bytes = capacity_bytes > 0 ? capacity_bytes : 0;
    cache->max_blocks = max_blocks;
    cache->bucket_mask = buckets - 1;
    cache->pool = malloc((size_t)max_blocks * sizeof(*cache->pool));
    cache->bucket = malloc((size_t)buckets * sizeof(*cache->bucket));
    if (!cache->pool || !cache->bucket) {
        ts_cache_release(cache);
        return -1;
    }
    memset(cache->bucket, 0xff, (size_t)buckets * sizeof(*cache->bucket));
    ts_cache_reset(cache);
    return 0;
}

void ts_cache_release(struct ts_cache *cache)
{
    free(cache->pool);
    free(cache->bucket);
    memset(cache, 0, sizeof(*cache));
}

/* Only blocks handed out since the last reset have filled a bucket. */
void ts_cache_reset(struct ts_cache *cache)
{
    for (uint32_t at = 0; at < cache->fresh_blocks; at++) {
        cache->bucket[bucket_of(cache, cache->pool[at].id)] = NONE;
    }
    memset(&cache->counters, 0, sizeof(cache->counters));
    cache->used_bytes = 0;
    cache->free_head = NONE;
    cache->fresh_blocks = 0;
    cache->newest = NONE;
    cache->oldest = NONE;
}

static uint32_t find(const struct ts_cache *cache, uint64_t id)
{
    uint32_t at = cache->bucket[bucket_of(cache, id)];

    while (at != NONE && cache->pool[at].id != id) {
        at = cache->pool[at].next_in_bucket;
    }
    return at;
}

static void list_remove(struct ts_cache *cache, uint32_t at)
{
    struct ts_cache_block *block = &cache->pool[at];

    if (block->newer != NONE) {
        cache->pool[block->newer].older = block->older;
    } else {
        cache->newest = block->older;
    }
    if (block->older != NONE) {
        cache->pool[block->older].newer = block->newer;
    } else {
        cache->oldest = block->newer;
    }
}

static void list_push_newest(struct ts_cache *cache, uint32_t at)
{
    struct ts_cache_block *block = &cache->pool[at];

    block->newer = NONE;
    block->older = cache->newest;
    if (cache->newest != NONE) {
        cache->pool[cache->newest].newer = at;
    } else {
        cache->oldest = at;
    }
    cache->newest = at;
}

static void forget(struct ts_cache *cache, uint32_t at)
{
    struct ts_cache_block *block = &cache->pool[at];
    uint32_t *link = &cache->bucket[bucket_of(cache, block->id)];

    while (*link != at) {
        link = &cache->pool[*link].next_in_bucket;
    }
    *link = block->next_in_bucket;
    list_remove(cache, at);
    cache->used_bytes -= block->resident_bytes;
    block->next_in_bucket = cache->free_head;
    cache->free_head = at;
}

/* Cuts a block to `keep` bytes from its start; returns the dirty bytes that leave. */
static int64_t cut(struct ts_cache *cache, uint32_t at, int64_t keep)
{
    struct ts_cache_block *block = &cache->pool[at];
    int64_t dirty_kept = block->dirty_bytes < keep ? block->dirty_bytes : keep;
    int64_t left = block->dirty_bytes - dirty_kept;

    cache->used_bytes -= block->resident_bytes - keep;
    block->resident_bytes = keep;
    block->dirty_bytes = dirty_kept;
    return left;
}

/* Pushes the oldest bytes out until the rest fits; returns the dirty bytes pushed out. */
static int64_t shrink_to_capacity(struct ts_cache *cache)
{
    int64_t dirty = 0;

    while (cache->used_bytes > cache->capacity_bytes) {
        uint32_t at = cache->oldest;
        int64_t over = cache->used_bytes - cache->capacity_bytes;
        int64_t keep = cache->pool[at].resident_bytes - over;

        dirty += cut(cache, at, keep > 0 ? keep : 0);
        if (cache->pool[at].resident_bytes == 0) {
            forget(cache, at);
        }
    }
    return dirty;
}

/* A block for `id` at the head of the list, empty; the oldest makes room when the pool is used up.
 */
static uint32_t enter(struct ts_cache *cache, uint64_t id, int64_t *dirty)
{
    uint32_t at, bucket = bucket_of(cache, id);

    if (cache->free_head == NONE && cache->fresh_blocks == cache->max_blocks) {
        *dirty += cut(cache, cache->oldest, 0);
        forget(cache, cache->oldest);
    }
    if (cache->free_head != NONE) {
        at = cache->free_head;
        cache->free_head = cache->pool[at].next_in_bucket;
    } else {
        at = cache->fresh_blocks++;
    }
    cache->pool[at] = (struct ts_cache_block){.id = id, .next_in_bucket = cache->bucket[bucket]};
    cache->bucket[bucket] = at;
    list_push_newest(cache, at);
    return at;
}

/* Makes `id` the newest block with at least `bytes` resident, as far as the capacity goes. */
static struct ts_cache_result touch(struct ts_cache *cache, uint64_t id, int64_t bytes, bool write)
{
    struct ts_cache_result result = {0, 0, 0};
    uint32_t at = find(cache, id);
    struct ts_cache_block *block;

    if (at == NONE) {
        at = enter(cache, id, &result.evicted_bytes);
    } else if (cache->newest != at) {
        list_remove(cache, at);
        list_push_newest(cache, at);
    }
    block = &cache->pool[at];
    result.hit_bytes = block->resident_bytes < bytes ? block->resident_bytes : bytes;
    result.miss_bytes = bytes - result.hit_bytes;
    cache->used_bytes += result.miss_bytes;
    block->resident_bytes += result.miss_bytes;
    if (write && block->dirty_bytes < bytes) {
        block->dirty_bytes = bytes;
    }
    result.evicted_bytes += shrink_to_capacity(cache);
    cache->counters.accesses++;
    if (result.miss_bytes == 0) {
        cache->counters.block_hits++;
    } else {
        cache->counters.block_misses++;
    }
    cache->counters.written_back_bytes += (uint64_t)result.evicted_bytes;
    return result;
}

struct ts_cache_result ts_cache_read(struct ts_cache *cache, uint64_t id, int64_t bytes)
{
    struct ts_cache_result result = {0, 0, 0};

    if (bytes <= 0) {
        return result;
    }
    result = touch(cache, id, bytes, false);
    cache->counters.read_bytes += (uint64_t)bytes;
    cache->counters.hit_bytes += (uint64_t)result.hit_bytes;
    cache->counters.miss_bytes += (uint64_t)result.miss_bytes;
    return result;
}

struct ts_cache_result ts_cache_write(struct ts_cache *cache, uint64_t id, int64_t bytes)
{
    struct ts_cache_result result = {0, 0, 0};

    if (bytes <= 0) {
        return result;
    }
    result = touch(cache, id, bytes, true);
    cache->counters.write_bytes += (uint64_t)bytes;
    cache->counters.write_hit_bytes += (uint64_t)result.hit_bytes;
    result.hit_bytes = bytes;
    result.miss_bytes = 0;
    return result;
}

void ts_cache_warm(struct ts_cache *cache, uint64_t id, int64_t bytes)
{
    struct ts_cache_counters kept = cache->counters;

    if (bytes > 0) {
        (void)touch(cache, id, bytes, false);
    }
    cache->counters = kept;
}

int64_t ts_cache_drop(struct ts_cache *cache, uint64_t id)
{
    uint32_t at = find(cache, id);
    int64_t dirty;

    if (at == NONE) {
        return 0;
    }
    dirty = cache->pool[at].dirty_bytes;
    forget(cache, at);
    return dirty;
}

int64_t ts_cache_flush(struct ts_cache *cache)
{
    int64_t dirty = 0;

    for (uint32_t at = cache->newest; at != NONE; at = cache->pool[at].older) {
        dirty += cache->pool[at].dirty_bytes;
        cache->pool[at].dirty_bytes = 0;
    }
    cache->counters.written_back_bytes += (uint64_t)dirty;
    return dirty;
}

int64_t ts_cache_resident(const struct ts_cache *cache, uint64_t id)
{
    uint32_t at = find(cache, id);

    return at == NONE ? 0 : cache->pool[at].resident_bytes;
}

int64_t ts_cache_resident_tensor(const struct ts_cache *cache, uint32_t tensor)
{
    int64_t bytes = 0;

    for (uint32_t at = cache->newest; at != NONE; at = cache->pool[at].older) {
        if (cache->pool[at].id >> TS_CACHE_TENSOR_SHIFT == tensor) {
            bytes += cache->pool[at].resident_bytes;
        }
    }
    return bytes;
}
