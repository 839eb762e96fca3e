#include "suite.h"

#include "tessera/cluster.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ts_diagnostics diagnostics;
static struct ts_launch launch;

static void forget_launchers(void)
{
    const char *const names[] = {
        "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE",    "PMI_RANK",
        "SLURM_STEP_NUM_TASKS", "SLURM_PROCID",         "SLURM_NTASKS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsetenv(names[i]);
    }
    ts_diagnostics_release(&diagnostics);
}

static bool launched(const char *size_name, const char *size, const char *rank_name,
                     const char *rank)
{
    forget_launchers();
    setenv(size_name, size, 1);
    if (rank) {
        setenv(rank_name, rank, 1);
    }
    return ts_launch_read(&diagnostics, &launch);
}

static void a_program_that_nothing_launched_is_alone(void)
{
    forget_launchers();
    CU_ASSERT_TRUE(ts_launch_read(&diagnostics, &launch));
    CU_ASSERT_EQUAL(launch.size, 1);
    CU_ASSERT_EQUAL(launch.rank, 0);
}

static void each_launcher_is_recognised(void)
{
    CU_ASSERT_TRUE(launched("OMPI_COMM_WORLD_SIZE", "4", "OMPI_COMM_WORLD_RANK", "3"));
    CU_ASSERT_TRUE(launch.size == 4 && launch.rank == 3);
    CU_ASSERT_TRUE(launched("PMI_SIZE", "17", "PMI_RANK", "0"));
    CU_ASSERT_TRUE(launch.size == 17 && launch.rank == 0);
    CU_ASSERT_TRUE(launched("SLURM_STEP_NUM_TASKS", "64", "SLURM_PROCID", "63"));
    CU_ASSERT_TRUE(launch.size == 64 && launch.rank == 63);
    CU_ASSERT_STRING_EQUAL(launch.variable, "SLURM_STEP_NUM_TASKS");
}

static void the_batch_script_of_a_slurm_job_is_alone(void)
{
    CU_ASSERT_TRUE(launched("SLURM_NTASKS", "64", "SLURM_PROCID", "0"));
    CU_ASSERT_EQUAL(launch.size, 1);
}

static void variables_without_sense_are_errors(void)
{
    CU_ASSERT_FALSE(launched("PMI_SIZE", "many", "PMI_RANK", "0"));
    CU_ASSERT_FALSE(launched("PMI_SIZE", "4", "PMI_RANK", "4"));
    CU_ASSERT_FALSE(launched("PMI_SIZE", "4", "PMI_RANK", "-1"));
    CU_ASSERT_FALSE(launched("PMI_SIZE", "0", "PMI_RANK", "0"));
    CU_ASSERT_FALSE(launched("PMI_SIZE", "4", "PMI_RANK", NULL));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].message, "PMI_RANK is ''"));
    forget_launchers();
}

static uint64_t digest_of(const char *axes)
{
    char path[] = P_tmpdir "/tessera-sweep-XXXXXX";
    struct ts_arena arena = TS_ARENA_INIT;
    const struct ts_sweep *sweep = NULL;
    uint64_t digest = 0;
    int file = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    dprintf(file, "archs: [tpu]\nworkloads: [\"gemm:17,23,31\"]\naxes: {%s}\n", axes);
    close(file);
    CU_ASSERT_TRUE_FATAL(ts_sweep_load(path, &arena, &diagnostics, &sweep));
    CU_ASSERT_TRUE(ts_sweep_digest(sweep, &diagnostics, &digest));
    unlink(path);
    ts_arena_release(&arena);
    return digest;
}

static void the_digest_of_a_sweep_follows_its_points(void)
{
    uint64_t digest = digest_of("batch: [1, 2, 3]");
    CU_ASSERT_EQUAL(digest, digest_of("batch: [1, 2, 3]"));
    CU_ASSERT_NOT_EQUAL(digest, digest_of("batch: [1, 2]"));
    CU_ASSERT_NOT_EQUAL(digest, digest_of("batch: [1, 2, 5]"));
    CU_ASSERT_NOT_EQUAL(digest, digest_of("batch: [2, 1, 3]"));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a program that nothing launched is alone", a_program_that_nothing_launched_is_alone},
        {"each launcher is recognised", each_launcher_is_recognised},
        {"the batch script of a Slurm job is alone", the_batch_script_of_a_slurm_job_is_alone},
        {"variables without sense are errors", variables_without_sense_are_errors},
        {"the digest of a sweep follows its points", the_digest_of_a_sweep_follows_its_points},
    };
    return RUN_SUITE("cluster", cases);
}
