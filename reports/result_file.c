/* Files of results. */
#include "tessera/file.h"
#include "tessera/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Larger ones are what stores are for, which are read point by point. */
#define MAX_BYTES ((size_t)1 << 30)

bool ts_results_read_file(const char *path, struct ts_arena *arena,
                          struct ts_diagnostics *diagnostics, struct ts_result_list *results)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "(standard input)" : path;
    struct ts_place place = {.file = name};
    size_t length = 0;
    char *text = is_stdin ? ts_stream_read(stdin, MAX_BYTES, &length)
                          : ts_file_read(path, MAX_BYTES, &length);
    if (!text) {
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read: %s", strerror(errno));
    }
    bool ok = length <= MAX_BYTES
                  ? ts_results_read(text, length, ts_arena_strdup(arena, name), arena, diagnostics,
                                    results)
                  : ts_diag_error(diagnostics, TS_ERROR_LIMIT, place,
                                  "results of more than 1 GiB: keep them in a store");
    free(text);
    const size_t end = strlen(path);
    if (!ok && end > 4 && strcmp(path + end - 4, ".csv") == 0) {
        ts_diag_help(diagnostics, "results come as JSON (-f json) or in a store (--store FILE.db), "
                                  "tables are not read back");
    }
    return ok;
}
