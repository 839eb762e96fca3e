/* What the fuzz targets share: a libFuzzer input as a file of a given ending, loaded as users do.
 */
#ifndef TESSERA_TESTS_FUZZ_H
#define TESSERA_TESTS_FUZZ_H

#include "tessera/arch.h"
#include "tessera/workload.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a file; always the same one in a process. */
static inline const char *fuzz_file(const char *ending, const uint8_t *data, size_t size)
{
    static char path[128];
    snprintf(path, sizeof path, P_tmpdir "/tessera-fuzz-%ld%s", (long)getpid(), ending);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        abort();
    }
    return path;
}

/* An input either loads or leaves an error: silence is a bug. */
static inline void fuzz_check(bool loaded, const struct ts_diagnostics *diagnostics)
{
    if (loaded != (diagnostics->errors == 0)) {
        abort();
    }
}

static inline void fuzz_workload(const char *path, bool training)
{
    struct ts_workload_options options = {
        .batch = 2, .precision = TS_FP32, .sequence = 8, .training = training, .fuse = true};
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_program *program = NULL;
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    fuzz_check(ts_workload_load(path, &options, &arena, &diagnostics, &program), &diagnostics);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

static inline void fuzz_arch(const char *path)
{
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    const struct ts_arch *arch = NULL;
    ts_arena_init(&arena);
    ts_diagnostics_init(&diagnostics);
    fuzz_check(ts_arch_load(path, NULL, 0, &arena, &diagnostics, &arch), &diagnostics);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
}

#endif
