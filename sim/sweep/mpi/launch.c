#include "tessera/cluster.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* Who says so: the first that is set holds. A Slurm job's own SLURM_NTASKS does not count, since it
 * is also there in the batch script, which runs once. */
static const struct {
    const char *size, *rank;
} variables[] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"}, /* Open MPI's mpirun */
    {"PMI_SIZE", "PMI_RANK"},                         /* MPICH's, Intel's mpirun; srun --mpi=pmi2 */
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},         /* srun */
};
enum { VARIABLES = sizeof variables / sizeof *variables };

static bool read_number(const char *name, int least, int most, struct ts_diagnostics *diagnostics,
                        int *number)
{
    const char *text = getenv(name);
    char *end = NULL;
    errno = 0;
    long value = text ? strtol(text, &end, 10) : 0;
    if (!text || end == text || *end || errno || value < least || value > most) {
        return ts_diag_error(diagnostics, TS_ERROR_USAGE, (struct ts_place){0},
                             "the launcher's variable %s is '%s', and not a number from %d to %d",
                             name, text ? text : "", least, most);
    }
    *number = (int)value;
    return true;
}

bool ts_launch_read(struct ts_diagnostics *diagnostics, struct ts_launch *launch)
{
    *launch = (struct ts_launch){.size = 1};
    for (int i = 0; i < VARIABLES; i++) {
        if (getenv(variables[i].size)) {
            launch->variable = variables[i].size;
            return read_number(variables[i].size, 1, INT_MAX, diagnostics, &launch->size) &&
                   read_number(variables[i].rank, 0, launch->size - 1, diagnostics, &launch->rank);
        }
    }
    return true;
}
