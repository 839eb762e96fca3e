/* A VCD of a run: the changes it noted, played by SystemC in a process of their own. */
#include "sim/engine/simulate_vcd.h"

#include "sim/kernel/kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* More changes than this would not fit in a mapping. */
static const int64_t most_changes = INT64_C(1) << 32;

bool vcd_begin(const struct ts_sim_options *options, struct ts_diagnostics *diagnostics,
               struct waves **waves)
{
    *waves = NULL;
    if (!options->vcd_path) {
        return true;
    }
    *waves = waves_map(options->vcd_limit < most_changes ? options->vcd_limit : most_changes);
    return *waves || ts_diag_error(diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                                   "no memory for the changes of a VCD: %s", strerror(errno));
}

static bool play(struct waves *waves, const char *path)
{
    pid_t process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        waves_sort(waves);
        _exit(kernel_play(waves, path) ? 0 : 1);
    }
    int status = -1;
    while (process > 0 && waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return process > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool vcd_end(struct waves *waves, bool succeeded, const char *path,
             struct ts_diagnostics *diagnostics)
{
    if (waves && succeeded && !play(waves, path)) {
        succeeded = ts_diag_error(diagnostics, TS_ERROR_SIMULATION, (struct ts_place){0},
                                  "the VCD could not be written");
    }
    if (waves) {
        waves_unmap(waves);
    }
    return succeeded;
}
