/* A command line: the first line is a workload, mostly a one-liner, the rest are options. */
#include "fuzz.h"

#include "tessera/job.h"

enum { LONGEST = 4096 };

/* The machine of an input without -s; loaded once. */
static const struct ts_arch *plain_machine(void)
{
    static struct ts_arena arena = TS_ARENA_INIT;
    static const struct ts_arch *arch;
    struct ts_diagnostics diagnostics;
    ts_diagnostics_init(&diagnostics);
    if (!arch && !ts_arch_load("gpu", NULL, 0, &arena, &diagnostics, &arch)) {
        abort();
    }
    ts_diagnostics_release(&diagnostics);
    return arch;
}

static bool load(const char *workload, const char *options, struct ts_arena *arena,
                 struct ts_diagnostics *diagnostics)
{
    struct ts_job job = ts_job_default(arena);
    struct ts_option_table table = {ts_job_options, ts_job_option_count, &job};
    struct ts_arguments words, rest;
    struct ts_loaded_job loaded;
    if (!ts_options_split(options, arena, diagnostics, &words) ||
        !ts_options_parse(&table, 1, words.words, words.count, arena, diagnostics, &rest)) {
        return false;
    }
    job.arch = "gpu";
    job.workload = workload;
    if (job.override_count > 0) {
        return ts_job_load(&job, arena, diagnostics, &loaded);
    }
    return ts_job_load_on(&job, plain_machine(), arena, diagnostics, &loaded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_arena arena = TS_ARENA_INIT;
    struct ts_diagnostics diagnostics;
    char text[LONGEST];
    if (size >= sizeof text || memchr(data, 0, size)) {
        return 0; /* no command line has these */
    }
    memcpy(text, data, size);
    text[size] = '\0';
    char *options = strchr(text, '\n');
    if (options) {
        *options++ = '\0';
    }
    ts_diagnostics_init(&diagnostics);
    fuzz_check(load(text, options ? options : "", &arena, &diagnostics), &diagnostics);
    ts_diagnostics_release(&diagnostics);
    ts_arena_release(&arena);
    return 0;
}
