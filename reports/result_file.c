/* Files of results. */
#include "tessera/report.h"

#include <errno.h>
#include <string.h>

static bool read_all(FILE *file, struct ts_arena *arena, char **text, size_t *length)
{
    size_t capacity = 1 << 16;
    *text = ts_arena_alloc(arena, capacity);
    *length = 0;
    for (size_t got; (got = fread(*text + *length, 1, capacity - *length, file)) > 0;) {
        *length += got;
        if (*length == capacity) {
            char *larger = ts_arena_alloc(arena, 2 * capacity);
            memcpy(larger, *text, capacity);
            *text = larger;
            capacity *= 2;
        }
    }
    return !ferror(file);
}

bool ts_results_read_file(const char *path, struct ts_arena *arena,
                          struct ts_diagnostics *diagnostics, struct ts_result_list *results)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "(standard input)" : path;
    struct ts_place place = {.file = name};
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    char *text = NULL;
    size_t length = 0;
    bool ok = file && read_all(file, arena, &text, &length);
    int error = errno;
    if (file && !is_stdin) {
        fclose(file);
    }
    if (!ok) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read: %s", strerror(error));
    }
    return ts_results_read(text, length, ts_arena_strdup(arena, name), arena, diagnostics, results);
}
