#include "sim/sweep/mpi/mpi_module.h"

#include "tessera/module.h"

#include <dlfcn.h>
#include <string.h>

static const char module_name[] = "tessera_mpi.so";

static const struct mpi_module *open_module(const struct ts_launch *launch,
                                            struct ts_diagnostics *diagnostics)
{
    const char *why;
    void *library = ts_module_open(module_name, TS_MODULE_GLOBAL, &diagnostics->arena, &why);
    mpi_module_function entry = NULL;
    if (library) {
        void *symbol = dlsym(library, MPI_MODULE_SYMBOL);
        memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from object to function */
    }
    const struct mpi_module *module = entry ? entry() : NULL;
    if (module && module->version == MPI_MODULE_VERSION) {
        return module;
    }
    if (library) {
        why = "it belongs to another version of this program";
    }
    ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){0},
                  "%s says that %d processes were started for this sweep, which needs the module "
                  "%s: %s",
                  launch->variable, launch->size, module_name, why);
    ts_diag_help(diagnostics,
                 "this program was built without MPI: install libopenmpi-dev and build again");
    return NULL;
}

const struct mpi_module *mpi_start(const struct ts_launch *launch,
                                   struct ts_diagnostics *diagnostics)
{
    int rank = 0, size = 0;
    const struct mpi_module *module = open_module(launch, diagnostics);
    if (!module) {
        return NULL;
    }
    module->begin(&rank, &size);
    if (rank == launch->rank && size == launch->size) {
        return module;
    }
    module->end();
    ts_diag_error(diagnostics, TS_ERROR_USAGE, (struct ts_place){0},
                  "%s says rank %d of %d, MPI says rank %d of %d: the launcher and the MPI library "
                  "of this program do not know each other",
                  launch->variable, launch->rank, launch->size, rank, size);
    ts_diag_help(diagnostics, "start it with Open MPI's mpirun, or with srun --mpi=pmix");
    return NULL;
}

struct timespec mpi_nap_next(struct mpi_nap *nap)
{
    enum { SHORTEST_NS = 20000, LONGEST_NS = 1000000 };
    nap->ns = nap->ns == 0 ? SHORTEST_NS : nap->ns * 2;
    if (nap->ns > LONGEST_NS) {
        nap->ns = LONGEST_NS;
    }
    return (struct timespec){.tv_nsec = nap->ns};
}
