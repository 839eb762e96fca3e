#include "suite.h"
#include "tessera/arena.h"

#include <stdint.h>
#include <string.h>

static void memory_is_zeroed_and_aligned(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    for (size_t size = 0; size < 5000; size = size * 2 + 17) {
        unsigned char *memory = ts_arena_alloc(&arena, size);
        CU_ASSERT_EQUAL((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++) {
            CU_ASSERT_EQUAL_FATAL(memory[i], 0);
        }
        memset(memory, 0xff, size);
    }
    ts_arena_release(&arena);
}

static void allocations_do_not_overlap(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    char *words[300];
    for (int i = 0; i < 300; i++) {
        words[i] = ts_arena_printf(&arena, "word %d of %s", i, "many");
    }
    for (int i = 0; i < 300; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "word %d of many", i);
        CU_ASSERT_STRING_EQUAL(words[i], expected);
    }
    ts_arena_release(&arena);
}

static void a_block_larger_than_a_chunk_fits(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    char *large = ts_arena_alloc(&arena, 5u << 20);
    large[(5u << 20) - 1] = 'x';
    char *small = ts_arena_strdup(&arena, "small");
    CU_ASSERT_STRING_EQUAL(small, "small");
    ts_arena_release(&arena);
}

static void release_twice_is_harmless(void)
{
    struct ts_arena arena = TS_ARENA_INIT;
    ts_arena_strndup(&arena, "prefix and more", 6);
    ts_arena_release(&arena);
    ts_arena_release(&arena);
    CU_ASSERT_PTR_NULL(arena.chunks);
}

static void a_fixed_arena_uses_the_callers_memory(void)
{
    _Alignas(16) char memory[256];
    struct ts_arena arena;
    ts_arena_init_fixed(&arena, memory, sizeof memory);
    char *text = ts_arena_strndup(&arena, "prefix and more", 6);
    CU_ASSERT_STRING_EQUAL(text, "prefix");
    CU_ASSERT(text >= memory && text < memory + sizeof memory);
}

int main(void)
{
    const struct test_case cases[] = {
        {"memory is zeroed and aligned", memory_is_zeroed_and_aligned},
        {"allocations do not overlap", allocations_do_not_overlap},
        {"a block larger than a chunk fits", a_block_larger_than_a_chunk_fits},
        {"release twice is harmless", release_twice_is_harmless},
        {"a fixed arena uses the caller's memory", a_fixed_arena_uses_the_callers_memory},
    };
    return RUN_SUITE("arena", cases);
}
