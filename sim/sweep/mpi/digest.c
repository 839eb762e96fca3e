#include "tessera/cluster.h"
#include "tessera/hash.h"
#include "tessera/store.h"

static bool load_subjects(const struct ts_sweep *sweep, struct ts_store_subject *subjects,
                          struct ts_diagnostics *diagnostics)
{
    for (int a = 0; a < sweep->arch_count; a++) {
        for (int w = 0; w < sweep->workload_count; w++) {
            if (!ts_store_subject(sweep->archs[a], sweep->workloads[w], diagnostics,
                                  &subjects[a * sweep->workload_count + w])) {
                return false;
            }
        }
    }
    return true;
}

bool ts_sweep_digest(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics,
                     uint64_t *digest)
{
    struct ts_arena memory = TS_ARENA_INIT;
    struct ts_store_subject *subjects =
        TS_NEW_ARRAY(&memory, sweep->arch_count * sweep->workload_count, struct ts_store_subject);
    bool ok = load_subjects(sweep, subjects, diagnostics);
    *digest = ts_hash_integer(TS_HASH_INIT, sweep->point_count);
    for (int64_t i = 0; ok && i < sweep->point_count; i++) {
        struct ts_arena arena = TS_ARENA_INIT;
        struct ts_diagnostics unsaid; /* a point that cannot be made fails when it is run */
        struct ts_job job;
        int arch, workload, indices[TS_SWEEP_MAX_AXES];
        ts_diagnostics_init(&unsaid);
        ts_sweep_job(sweep, sweep->points[i], &arena, &unsaid, &job);
        ts_diagnostics_release(&unsaid);
        ts_sweep_position(sweep, sweep->points[i], &arch, &workload, indices);
        *digest = ts_hash_text(
            *digest,
            ts_store_key(&job, &subjects[arch * sweep->workload_count + workload], &arena));
        ts_arena_release(&arena);
    }
    ts_arena_release(&memory);
    return ok;
}
