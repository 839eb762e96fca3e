#include "tessera/arena.h"

#include "base/out_of_memory.h"

#include "tessera/diag.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALIGNMENT = 16, FIRST_CHUNK_BYTES = 16 * 1024, LARGEST_CHUNK_BYTES = 1024 * 1024 };

struct ts_arena_chunk {
    struct ts_arena_chunk *older;
    size_t size_bytes;
    _Alignas(ALIGNMENT) char data[];
};

void ts_arena_init(struct ts_arena *arena)
{
    *arena = (struct ts_arena)TS_ARENA_INIT;
}

void ts_arena_init_fixed(struct ts_arena *arena, void *memory, size_t capacity_bytes)
{
    arena->chunks = NULL;
    arena->next = memory;
    arena->end = (char *)memory + capacity_bytes;
}

void ts_arena_release(struct ts_arena *arena)
{
    struct ts_arena_chunk *chunk = arena->chunks;
    while (chunk) {
        struct ts_arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    ts_arena_init(arena);
}

void out_of_memory(size_t size_bytes)
{
    char text[96];
    snprintf(text, sizeof text, "tessera: out of memory (%zu bytes asked for)\n", size_bytes);
    fputs(size_bytes > 0 ? text : "tessera: out of memory\n", stderr);
    _exit(OUT_OF_MEMORY_STATUS);
}

/* Chunks double, so that small users stay small and large ones call malloc seldom. */
static void add_chunk(struct ts_arena *arena, size_t size_bytes)
{
    size_t chunk_bytes = FIRST_CHUNK_BYTES;
    if (arena->chunks) {
        chunk_bytes = arena->chunks->size_bytes * 2;
    } else if (arena->next) {
        out_of_memory(size_bytes); /* a fixed arena is full */
    }
    if (chunk_bytes > LARGEST_CHUNK_BYTES) {
        chunk_bytes = LARGEST_CHUNK_BYTES;
    }
    if (chunk_bytes < size_bytes) {
        chunk_bytes = size_bytes;
    }
    struct ts_arena_chunk *chunk = malloc(sizeof *chunk + chunk_bytes);
    if (!chunk) {
        out_of_memory(chunk_bytes);
    }
    chunk->older = arena->chunks;
    chunk->size_bytes = chunk_bytes;
    arena->chunks = chunk;
    arena->next = chunk->data;
    arena->end = chunk->data + chunk_bytes;
}

void *ts_arena_alloc(struct ts_arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX / 2) {
        out_of_memory(size_bytes);
    }
    size_t rounded = (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!arena->next || (size_t)(arena->end - arena->next) < rounded) {
        add_chunk(arena, rounded);
    }
    void *memory = arena->next;
    arena->next += rounded;
    memset(memory, 0, size_bytes);
    return memory;
}

void *ts_arena_array(struct ts_arena *arena, size_t count, size_t element_bytes)
{
    size_t size_bytes;
    if (__builtin_mul_overflow(count, element_bytes, &size_bytes)) {
        out_of_memory(SIZE_MAX);
    }
    return ts_arena_alloc(arena, size_bytes);
}

char *ts_arena_strndup(struct ts_arena *arena, const char *text, size_t length)
{
    char *copy = ts_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *ts_arena_strdup(struct ts_arena *arena, const char *text)
{
    return ts_arena_strndup(arena, text, strlen(text));
}

char *ts_arena_vprintf(struct ts_arena *arena, const char *format, va_list arguments)
{
    va_list measured;
    va_copy(measured, arguments);
    int length = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (length < 0) {
        ts_bug("bad format '%s'", format);
    }
    char *text = ts_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *ts_arena_printf(struct ts_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = ts_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}
