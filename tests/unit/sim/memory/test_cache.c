#include "suite.h"
#include "tessera/cache.h"

enum { BLOCKS = 37, STEPS = 4000 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Size of a block: awkward, and the same each time. */
static int64_t size_of(uint64_t id)
{
    return 17 + (int64_t)(id * 23 % 31) * 13;
}

static void what_was_read_is_hit_until_it_is_pushed_out(void)
{
    struct ts_cache cache;
    struct ts_cache_result result;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 100, 8), 0);
    result = ts_cache_read(&cache, 1, 40);
    CU_ASSERT_EQUAL(result.hit_bytes, 0);
    CU_ASSERT_EQUAL(result.miss_bytes, 40);
    CU_ASSERT_EQUAL(ts_cache_read(&cache, 1, 40).hit_bytes, 40);
    (void)ts_cache_read(&cache, 2, 40);
    (void)ts_cache_read(&cache, 1, 40);
    (void)ts_cache_read(&cache, 3, 50); /* block 2 is oldest: 30 of its 40 bytes go */
    CU_ASSERT_EQUAL(ts_cache_resident(&cache, 2), 10);
    CU_ASSERT_EQUAL(ts_cache_resident(&cache, 1), 40);
    CU_ASSERT_EQUAL(cache.used_bytes, 100);
    result = ts_cache_read(&cache, 2, 40);
    CU_ASSERT_EQUAL(result.hit_bytes, 10);
    CU_ASSERT_EQUAL(result.miss_bytes, 30);
    ts_cache_release(&cache);
}

static void dirty_bytes_are_written_back_once(void)
{
    struct ts_cache cache;
    int64_t evicted = 0;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 100, 8), 0);
    evicted += ts_cache_write(&cache, 1, 60).evicted_bytes;
    CU_ASSERT_EQUAL(evicted, 0);
    evicted += ts_cache_read(&cache, 2, 70).evicted_bytes; /* 30 of block 1 stay */
    CU_ASSERT_EQUAL(evicted, 30);
    CU_ASSERT_EQUAL(ts_cache_flush(&cache), 30);
    CU_ASSERT_EQUAL(ts_cache_flush(&cache), 0);
    CU_ASSERT_EQUAL(ts_cache_read(&cache, 3, 100).evicted_bytes, 0);
    CU_ASSERT_EQUAL(cache.counters.written_back_bytes, 60);
    ts_cache_release(&cache);
}

static void a_block_larger_than_the_cache_is_written_through_and_leads_stay(void)
{
    struct ts_cache cache;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 100, 8), 0);
    CU_ASSERT_EQUAL(ts_cache_write(&cache, 9, 250).evicted_bytes, 150);
    CU_ASSERT_EQUAL(ts_cache_resident(&cache, 9), 100);
    CU_ASSERT_EQUAL(ts_cache_read(&cache, 9, 250).miss_bytes, 150);
    ts_cache_release(&cache);
}

static void a_smaller_cache_holds_a_subset_and_never_misses_less(void)
{
    const int64_t capacity[] = {0, 1, 500, 1733, 4096, 9999};
    enum { COUNT = sizeof(capacity) / sizeof(capacity[0]) };
    struct ts_cache cache[COUNT];
    uint64_t random = 7;

    for (int c = 0; c < COUNT; c++) {
        CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache[c], capacity[c], BLOCKS), 0);
    }
    for (int step = 0; step < STEPS; step++) {
        uint64_t id = next_random(&random) % BLOCKS;
        bool write = next_random(&random) % 3 == 0;

        for (int c = 0; c < COUNT; c++) {
            if (write) {
                (void)ts_cache_write(&cache[c], id, size_of(id));
            } else {
                (void)ts_cache_read(&cache[c], id, size_of(id));
            }
            CU_ASSERT_TRUE_FATAL(cache[c].used_bytes <= capacity[c]);
        }
        for (uint64_t b = 0; b < BLOCKS; b++) {
            for (int c = 1; c < COUNT; c++) {
                CU_ASSERT_TRUE_FATAL(ts_cache_resident(&cache[c - 1], b) <=
                                     ts_cache_resident(&cache[c], b));
            }
        }
    }
    for (int c = 0; c < COUNT; c++) {
        const struct ts_cache_counters *n = &cache[c].counters;

        CU_ASSERT_EQUAL(n->hit_bytes + n->miss_bytes, n->read_bytes);
        if (c > 0) {
            CU_ASSERT_TRUE(n->miss_bytes <= cache[c - 1].counters.miss_bytes);
            CU_ASSERT_TRUE(n->written_back_bytes <= cache[c - 1].counters.written_back_bytes);
        }
    }
    for (int c = 0; c < COUNT; c++) {
        ts_cache_release(&cache[c]);
    }
}

static void every_dirty_byte_is_in_the_cache_or_was_written_back(void)
{
    struct ts_cache cache;
    uint64_t random = 3, written = 0;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 3000, STEPS), 0);
    for (uint64_t id = 0; id < STEPS; id++) { /* each block once: nothing is overwritten */
        int64_t bytes = 1 + (int64_t)(next_random(&random) % 700);

        (void)ts_cache_write(&cache, id, bytes);
        written += (uint64_t)bytes;
    }
    CU_ASSERT_EQUAL(cache.counters.written_back_bytes, written - 3000);
    (void)ts_cache_flush(&cache);
    CU_ASSERT_EQUAL(cache.counters.written_back_bytes, written);
    ts_cache_release(&cache);
}

static void the_bytes_of_a_tensor_can_be_asked_for(void)
{
    struct ts_cache cache;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 1000, 16), 0);
    (void)ts_cache_read(&cache, ts_cache_id(4, 0), 100);
    (void)ts_cache_write(&cache, ts_cache_id(4, 77), 31);
    ts_cache_warm(&cache, ts_cache_id(5, 0), 200);
    CU_ASSERT_EQUAL(ts_cache_resident_tensor(&cache, 4), 131);
    CU_ASSERT_EQUAL(ts_cache_resident_tensor(&cache, 5), 200);
    CU_ASSERT_EQUAL(ts_cache_resident_tensor(&cache, 6), 0);
    CU_ASSERT_EQUAL(cache.counters.accesses, 2); /* warming is not counted */
    CU_ASSERT_EQUAL(ts_cache_drop(&cache, ts_cache_id(4, 77)), 31);
    CU_ASSERT_EQUAL(ts_cache_drop(&cache, ts_cache_id(4, 77)), 0);
    CU_ASSERT_EQUAL(cache.used_bytes, 300);
    ts_cache_release(&cache);
}

static void a_full_pool_drops_the_oldest_block(void)
{
    struct ts_cache cache;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 1000, 3), 0);
    CU_ASSERT_EQUAL(ts_cache_write(&cache, 1, 10).evicted_bytes, 0);
    (void)ts_cache_read(&cache, 2, 10);
    (void)ts_cache_read(&cache, 3, 10);
    CU_ASSERT_EQUAL(ts_cache_read(&cache, 4, 10).evicted_bytes, 10);
    CU_ASSERT_EQUAL(ts_cache_resident(&cache, 1), 0);
    CU_ASSERT_EQUAL(cache.used_bytes, 30);
    ts_cache_release(&cache);
}

static void empty_accesses_and_resets_leave_nothing(void)
{
    struct ts_cache cache;

    CU_ASSERT_EQUAL_FATAL(ts_cache_init(&cache, 64, 4), 0);
    CU_ASSERT_EQUAL(ts_cache_read(&cache, 1, 0).miss_bytes, 0);
    CU_ASSERT_EQUAL(ts_cache_write(&cache, 1, -3).evicted_bytes, 0);
    CU_ASSERT_EQUAL(cache.counters.accesses, 0);
    (void)ts_cache_write(&cache, 1, 64);
    ts_cache_reset(&cache);
    CU_ASSERT_EQUAL(ts_cache_resident(&cache, 1), 0);
    CU_ASSERT_EQUAL(ts_cache_flush(&cache), 0);
    ts_cache_release(&cache);
    CU_ASSERT_EQUAL(ts_cache_init(&cache, 64, UINT32_MAX), -1);
}

int main(void)
{
    const struct test_case cases[] = {
        {"what was read is hit until it is pushed out",
         what_was_read_is_hit_until_it_is_pushed_out},
        {"dirty bytes are written back once", dirty_bytes_are_written_back_once},
        {"a block larger than the cache is written through and its leading bytes stay",
         a_block_larger_than_the_cache_is_written_through_and_leads_stay},
        {"a smaller cache holds a subset and never misses less",
         a_smaller_cache_holds_a_subset_and_never_misses_less},
        {"every dirty byte is in the cache or was written back",
         every_dirty_byte_is_in_the_cache_or_was_written_back},
        {"the bytes of a tensor can be asked for", the_bytes_of_a_tensor_can_be_asked_for},
        {"a full pool drops the oldest block", a_full_pool_drops_the_oldest_block},
        {"empty accesses and resets leave nothing", empty_accesses_and_resets_leave_nothing},
    };
    return RUN_SUITE("cache", cases);
}
