/* Loading workloads in tests: one program, or the errors of one that must fail. */
#ifndef TESSERA_TESTS_LOAD_H
#define TESSERA_TESTS_LOAD_H

#include "scratch.h"
#include "suite.h"
#include "tessera/workload.h"

#include <string.h>

struct loaded {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_program *program; /* NULL when it did not load */
};

static inline struct ts_workload_options plain_options(void)
{
    return (struct ts_workload_options){.batch = 1, .precision = TS_FP32};
}

static inline struct loaded load_with(const char *workload,
                                      const struct ts_workload_options *options)
{
    struct loaded loaded;
    ts_arena_init(&loaded.arena);
    ts_diagnostics_init(&loaded.diagnostics);
    loaded.program = NULL;
    if (!ts_workload_load(workload, options, &loaded.arena, &loaded.diagnostics, &loaded.program)) {
        loaded.program = NULL;
    }
    return loaded;
}

static inline struct loaded load(const char *workload)
{
    struct ts_workload_options options = plain_options();
    return load_with(workload, &options);
}

static inline void unload(struct loaded *loaded)
{
    ts_arena_release(&loaded->arena);
    ts_diagnostics_release(&loaded->diagnostics);
}

/* The first error is of this code and says `text`; nothing was loaded. */
static inline void expect_error(struct loaded loaded, enum ts_error code, const char *text)
{
    CU_ASSERT_PTR_NULL(loaded.program);
    CU_ASSERT_NOT_EQUAL_FATAL(loaded.diagnostics.kept, 0);
    const struct ts_diagnostic *error = &loaded.diagnostics.entries[0];
    CU_ASSERT_EQUAL(error->code, code);
    if (!strstr(error->message, text) && (!error->help || !strstr(error->help, text))) {
        fprintf(stderr, "expected '%s' in:\n", text ? text : "");
        ts_diagnostics_print(&loaded.diagnostics, stderr);
        CU_FAIL("message");
    }
    unload(&loaded);
}

/* A network file in the test's scratch folder; returns its path. */
static inline const char *write_network(const char *name, const char *text)
{
    char file[128];
    snprintf(file, sizeof file, "%s.yaml", name);
    return scratch_write(file, text);
}

static inline const struct ts_kernel *kernel_named(const struct ts_program *program,
                                                   const char *name)
{
    for (int i = 0; i < program->kernel_count; i++) {
        if (strcmp(program->kernels[i].name, name) == 0) {
            return &program->kernels[i];
        }
    }
    fprintf(stderr, "no kernel '%s'\n", name);
    CU_FAIL_FATAL("kernel is missing");
    return NULL;
}

#endif
