#include "tessera/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Reserved, not used: a page costs memory when it is first written. */
enum { REGION_BYTES = 64 << 20, DIAGNOSTIC_BYTES = 1 << 20 };

/* What parent and worker share of one job. Machine and program are loaded before the fork, so every
 * pointer of the result means the same in both; the result is copied out before the region goes. */
struct region {
    struct ts_result *result;
    struct ts_diagnostics diagnostics;
    char memory[];
};

struct batch {
    const struct ts_loaded_job *jobs;
    int count;
    struct region **regions;
    struct ts_result **results;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    bool ok;
};

static void simulate(void *context, int64_t index, FILE *answer)
{
    (void)answer;
    struct batch *batch = context;
    struct region *region = batch->regions[index];
    struct ts_arena arena;
    ts_diagnostics_init(&region->diagnostics);
    ts_arena_init_fixed(&region->diagnostics.arena, region->memory, DIAGNOSTIC_BYTES);
    ts_arena_init_fixed(&arena, region->memory + DIAGNOSTIC_BYTES,
                        REGION_BYTES - sizeof *region - DIAGNOSTIC_BYTES);
    if (!ts_job_simulate(&batch->jobs[index], &arena, &region->diagnostics, &region->result)) {
        region->result = NULL;
    }
}

static void keep_notes(struct ts_diagnostics *to, const struct ts_diagnostics *from)
{
    for (int i = 0; i < from->note_count; i++) {
        ts_diag_note(to, (struct ts_place){.file = NULL}, "%s", from->notes[i]);
    }
}

static void keep_errors(struct ts_diagnostics *to, const struct ts_diagnostics *from)
{
    for (int i = 0; i < from->kept; i++) {
        const struct ts_diagnostic *entry = &from->entries[i];
        ts_diag_error(to, entry->code, entry->place, "%s", entry->message);
        if (entry->source) {
            ts_diag_source(to, entry->source);
        }
        if (entry->help) {
            ts_diag_help(to, "%s", entry->help);
        }
    }
}

static void collect(void *context, const struct ts_pool_answer *answer)
{
    struct batch *batch = context;
    const struct region *region = batch->regions[answer->index];
    if (answer->died) {
        struct ts_place nowhere = {.file = NULL};
        batch->ok = ts_diag_error(batch->diagnostics, TS_ERROR_SIMULATION, nowhere,
                                  "the simulation of '%s' on '%s' failed: %s",
                                  batch->jobs[answer->index].program->name,
                                  batch->jobs[answer->index].arch->name, answer->text);
        return;
    }
    keep_notes(batch->diagnostics, &region->diagnostics);
    if (region->result) {
        batch->results[answer->index] = ts_result_copy(region->result, batch->arena);
    } else {
        batch->ok = false;
        keep_errors(batch->diagnostics, &region->diagnostics);
    }
}

static bool map_regions(struct batch *batch)
{
    for (int i = 0; i < batch->count; i++) {
        void *memory = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            struct ts_place nowhere = {.file = NULL};
            return ts_diag_error(batch->diagnostics, TS_ERROR_SIMULATION, nowhere,
                                 "no memory for %d simulations side by side", batch->count);
        }
        batch->regions[i] = memory;
    }
    return true;
}

bool ts_simulate_all(const struct ts_loaded_job *jobs, int count, int workers,
                     struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                     struct ts_result **results)
{
    struct batch batch = {
        .jobs = jobs,
        .count = count,
        .regions = TS_NEW_ARRAY(arena, count + 1, struct region *),
        .results = results,
        .arena = arena,
        .diagnostics = diagnostics,
        .ok = true,
    };
    struct ts_pool pool = {
        .count = count, .workers = workers, .context = &batch, .work = simulate, .done = collect};
    memset(results, 0, (size_t)count * sizeof *results);
    bool ok = map_regions(&batch) && ts_pool_run(&pool, diagnostics) && batch.ok;
    for (int i = 0; i < count; i++) {
        if (batch.regions[i]) {
            munmap(batch.regions[i], REGION_BYTES);
        }
    }
    return ok;
}
