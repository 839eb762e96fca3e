#include "sim/kernel/kernel.h"
#include "suite.h"
#include "unit/sim/engine/engine_support.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PHASES = 3 };

struct comparison {
    struct ts_arch arch;
    struct ts_phase phase;
    struct engine engine;
    struct phase_outcome outcomes[PHASES];
    bool finished;
};

static void run_on_systemc(void *context)
{
    struct comparison *comparison = context;
    double now_cycles = 0;
    for (int i = 0; i < PHASES; i++) {
        engine_begin_phase(&comparison->engine, &comparison->phase, now_cycles);
        kernel_run_phase();
        engine_end_phase(&comparison->engine, &comparison->outcomes[i]);
        now_cycles += comparison->outcomes[i].cycles;
    }
    comparison->finished = true;
}

/* SystemC elaborates once per process: a child of its own, results through a shared mapping. */
static bool simulate(struct comparison *comparison)
{
    pid_t child = fork();
    if (child == 0) {
        if (engine_init(&comparison->engine, &comparison->arch, false)) {
            kernel_main(&comparison->engine, run_on_systemc, comparison);
        }
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return comparison->finished;
}

static struct comparison *map_comparison(void)
{
    void *memory = mmap(NULL, sizeof(struct comparison), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* 714 ps is not a cycle of 1.4 GHz: only converted absolute times keep the two calendars together.
 */
static void systemc_and_a_plain_calendar_agree(void)
{
    const struct uniform uniform = {.steps = 3,
                                    .pipe_cycles = 21,
                                    .latency_cycles = 33,
                                    .prologue_cycles = 5,
                                    .epilogue_cycles = 7,
                                    .load_bytes = 130,
                                    .store_bytes = 40,
                                    .shared_blocks = 11};
    const int64_t tiles[] = {1, 17, 701};
    for (int i = 0; i < 3; i++) {
        struct comparison *comparison = map_comparison();
        CU_ASSERT_PTR_NOT_NULL_FATAL(comparison);
        comparison->arch = bare_arch(5, 8000, 37);
        comparison->arch.clock_hz = 1.4e9;
        comparison->phase = uniform_phase(&uniform, tiles[i]);
        comparison->phase.slots_per_unit = 2;
        CU_ASSERT_TRUE_FATAL(simulate(comparison));

        struct engine engine;
        CU_ASSERT_TRUE_FATAL(engine_init(&engine, &comparison->arch, false));
        double now_cycles = 0;
        for (int p = 0; p < PHASES; p++) {
            struct phase_outcome plain = run_phase(&engine, &comparison->phase, now_cycles);
            now_cycles += plain.cycles;
            CU_ASSERT_DOUBLE_EQUAL(comparison->outcomes[p].cycles / plain.cycles, 1, 0.002);
            CU_ASSERT_EQUAL(comparison->outcomes[p].counters.shared_hit_bytes,
                            plain.counters.shared_hit_bytes);
            CU_ASSERT_DOUBLE_EQUAL(sum_of_parts(&comparison->outcomes[p]),
                                   comparison->outcomes[p].cycles, 1e-6 * plain.cycles);
        }
        engine_release(&engine);
        munmap(comparison, sizeof *comparison);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"SystemC and a plain calendar agree", systemc_and_a_plain_calendar_agree},
    };
    return RUN_SUITE("SystemC kernel", cases);
}
