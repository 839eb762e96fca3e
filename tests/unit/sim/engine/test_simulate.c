#include "suite.h"
#include "tessera/job.h"
#include "tessera/plan.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct scene {
    struct ts_arena arena;
    struct ts_diagnostics diagnostics;
    struct ts_loaded_job loaded;
    struct ts_arch arch;
    struct ts_result *result;
};

static void set_scene(struct scene *scene, const char *arch, const char *workload)
{
    *scene = (struct scene){.arena = TS_ARENA_INIT};
    ts_diagnostics_init(&scene->diagnostics);
    struct ts_job job = ts_job_default(&scene->arena);
    job.arch = arch;
    job.workload = workload;
    CU_ASSERT_TRUE_FATAL(ts_job_load(&job, &scene->arena, &scene->diagnostics, &scene->loaded));
    scene->arch = *scene->loaded.arch;
}

static bool simulate(struct scene *scene)
{
    return ts_simulate(&scene->arch, scene->loaded.program, &scene->loaded.options, &scene->arena,
                       &scene->diagnostics, &scene->result);
}

static void leave_scene(struct scene *scene)
{
    ts_diagnostics_release(&scene->diagnostics);
    ts_arena_release(&scene->arena);
}

static bool dies(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics, struct ts_plan *plan)
{
    (void)arch, (void)kernel, (void)seed, (void)arena, (void)diagnostics, (void)plan;
    raise(SIGKILL);
    return true;
}

static bool never_ends(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                       struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                       struct ts_plan *plan)
{
    (void)arch, (void)kernel, (void)seed, (void)arena, (void)diagnostics, (void)plan;
    for (volatile bool forever = true; forever;) {
    }
    return true;
}

static bool refuses(const struct ts_arch *arch, const struct ts_kernel *kernel, uint64_t seed,
                    struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                    struct ts_plan *plan)
{
    (void)arch, (void)seed, (void)arena, (void)plan;
    ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){"here.yaml", 3, 7},
                  "no way to run '%s'", kernel->name);
    ts_diag_help(diagnostics, "try another");
    return false;
}

static void run_with(struct scene *scene, struct ts_family *family)
{
    set_scene(scene, "tpu-v1", "gemm:17,23,31");
    *family = *scene->arch.family;
    scene->arch.family = family;
}

static void a_child_that_dies_is_an_error_not_an_end(void)
{
    struct scene scene;
    struct ts_family family;
    run_with(&scene, &family);
    family.plan = dies;
    CU_ASSERT_FALSE(simulate(&scene));
    CU_ASSERT_EQUAL_FATAL(scene.diagnostics.kept, 1);
    CU_ASSERT_EQUAL(scene.diagnostics.entries[0].code, TS_ERROR_SIMULATION);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene.diagnostics.entries[0].message, "died"));
    leave_scene(&scene);
}

static void a_child_past_its_time_limit_is_stopped(void)
{
    struct scene scene;
    struct ts_family family;
    run_with(&scene, &family);
    family.plan = never_ends;
    scene.loaded.options.timeout_s = 0.5;
    CU_ASSERT_FALSE(simulate(&scene));
    CU_ASSERT_EQUAL_FATAL(scene.diagnostics.kept, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene.diagnostics.entries[0].message, "time limit"));
    leave_scene(&scene);
}

static void an_error_in_the_child_reaches_the_caller_whole(void)
{
    struct scene scene;
    struct ts_family family;
    run_with(&scene, &family);
    family.plan = refuses;
    CU_ASSERT_FALSE(simulate(&scene));
    CU_ASSERT_EQUAL_FATAL(scene.diagnostics.kept, 1);
    const struct ts_diagnostic *entry = &scene.diagnostics.entries[0];
    CU_ASSERT_EQUAL(entry->code, TS_ERROR_UNSUPPORTED);
    CU_ASSERT_EQUAL(entry->place.line, 3);
    CU_ASSERT_EQUAL(entry->place.column, 7);
    CU_ASSERT_STRING_EQUAL(entry->place.file, "here.yaml");
    CU_ASSERT_STRING_EQUAL(entry->help, "try another");
    leave_scene(&scene);
}

static void a_precision_the_machine_lacks_is_refused(void)
{
    struct scene scene;
    set_scene(&scene, "tpu-v1", "gemm:17,23,31");
    struct ts_program program = *scene.loaded.program;
    program.precision = TS_FP64;
    scene.loaded.program = &program;
    CU_ASSERT_FALSE(simulate(&scene));
    CU_ASSERT_EQUAL(scene.diagnostics.entries[0].code, TS_ERROR_PRECISION);
    leave_scene(&scene);
}

static void a_probe_needs_dram_and_a_known_pattern(void)
{
    struct scene scene;
    set_scene(&scene, "hbm2", "memory:read");
    CU_ASSERT_TRUE(simulate(&scene));
    scene.arch.memory.dram = NULL;
    CU_ASSERT_FALSE(simulate(&scene));
    CU_ASSERT_EQUAL(scene.diagnostics.entries[0].code, TS_ERROR_UNSUPPORTED);
    leave_scene(&scene);
}

static void two_runs_give_the_same_figures(void)
{
    struct scene first, second;
    set_scene(&first, "gpu-v100-pcie", "resnet18");
    set_scene(&second, "gpu-v100-pcie", "resnet18");
    CU_ASSERT_TRUE_FATAL(simulate(&first) && simulate(&second));
    CU_ASSERT_EQUAL(first.result->cycles, second.result->cycles);
    CU_ASSERT_EQUAL(first.result->energy.total_j, second.result->energy.total_j);
    CU_ASSERT_EQUAL(first.result->provenance.arch_hash, second.result->provenance.arch_hash);
    leave_scene(&first);
    leave_scene(&second);
}

int main(void)
{
    const struct test_case cases[] = {
        {"a child that dies is an error, not an end", a_child_that_dies_is_an_error_not_an_end},
        {"a child past its time limit is stopped", a_child_past_its_time_limit_is_stopped},
        {"an error in the child reaches the caller whole",
         an_error_in_the_child_reaches_the_caller_whole},
        {"a precision the machine lacks is refused", a_precision_the_machine_lacks_is_refused},
        {"a probe needs DRAM and a known pattern", a_probe_needs_dram_and_a_known_pattern},
        {"two runs give the same figures", two_runs_give_the_same_figures},
    };
    return RUN_SUITE("simulate", cases);
}
