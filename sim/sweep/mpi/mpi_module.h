/* What the MPI module (module/mpi_module.c) offers, the messages, and how ranks wait. Internal to
 * sim/sweep/mpi. */
#ifndef SIM_SWEEP_MPI_MODULE_H
#define SIM_SWEEP_MPI_MODULE_H

#include "tessera/cluster.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { MPI_MODULE_VERSION = 1 };
#define MPI_MODULE_SYMBOL "tessera_mpi_module"

/* Messages are bytes. An error inside MPI ends all ranks (MPI_ERRORS_ARE_FATAL). */
struct mpi_module {
    int version;
    void (*begin)(int *rank, int *size);
    void (*end)(void);
    void (*abort)(int status);
    void (*send)(int to, int tag, const void *data, size_t length);
    /* Is a message there? From whom, of which tag and length. */
    bool (*probe)(int *from, int *tag, size_t *length);
    void (*receive)(int from, int tag, void *data, size_t length);
};
typedef const struct mpi_module *(*mpi_module_function)(void);

/* Tags. */
enum { MPI_TAG_HELLO = 1, MPI_TAG_POINT, MPI_TAG_ANSWER };

struct mpi_hello {
    int64_t slots;
    uint64_t digest;
    char text[256];
};

/* The text follows. */
struct mpi_answer {
    int64_t index;
    int64_t died;
};

/* Opens the module, starts MPI, and holds it against what the launcher said. */
const struct mpi_module *mpi_start(const struct ts_launch *launch,
                                   struct ts_diagnostics *diagnostics);

/* MPI has no wait that sleeps; these are short while messages come and grow to a millisecond when
 * none does. Zeroed: a new start. */
struct mpi_nap {
    long ns;
};
struct timespec mpi_nap_next(struct mpi_nap *nap);

#endif
