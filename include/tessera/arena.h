/* Arena: memory that is released all at once.
 *
 * Everything that lives as long as one architecture, one program or one result is allocated from
 * one arena. Allocation never fails for the caller: out of memory is fatal for the process (a
 * simulation runs in a child process of its own, so it costs one point, never a sweep).
 */
#ifndef TESSERA_ARENA_H
#define TESSERA_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ts_arena {
    struct ts_arena_chunk *chunks; /* newest first; NULL for a fixed arena */
    char *next;
    char *end;
};

#define TS_ARENA_INIT                                                                              \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

void ts_arena_init(struct ts_arena *arena);

/* An arena over memory the caller owns (a shared mapping, say): it never grows. */
void ts_arena_init_fixed(struct ts_arena *arena, void *memory, size_t capacity_bytes);

/* Frees every chunk. Safe on a zeroed or already released arena. */
void ts_arena_release(struct ts_arena *arena);

/* Zeroed, 16-byte aligned memory; never NULL. */
void *ts_arena_alloc(struct ts_arena *arena, size_t size_bytes);

/* Zeroed memory for `count` elements; overflow of count × size is fatal. */
void *ts_arena_array(struct ts_arena *arena, size_t count, size_t element_bytes);

char *ts_arena_strdup(struct ts_arena *arena, const char *text);
char *ts_arena_strndup(struct ts_arena *arena, const char *text, size_t length);
char *ts_arena_printf(struct ts_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *ts_arena_vprintf(struct ts_arena *arena, const char *format, va_list arguments);

#define TS_NEW(arena, type) ((type *)ts_arena_alloc((arena), sizeof(type)))
#define TS_NEW_ARRAY(arena, count, type)                                                           \
    ((type *)ts_arena_array((arena), (size_t)(count), sizeof(type)))

#ifdef __cplusplus
}
#endif
#endif
