/* The only file that knows MPI. A shared library of its own. */
#include "sim/sweep/mpi/mpi_module.h"

#include <limits.h>
#include <mpi.h>

static void begin(int *rank, int *size)
{
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
}

static void end(void)
{
    MPI_Finalize();
}

static void abort_all(int status)
{
    MPI_Abort(MPI_COMM_WORLD, status);
}

static void send_bytes(int to, int tag, const void *data, size_t length)
{
    MPI_Send(data, length > INT_MAX ? INT_MAX : (int)length, MPI_BYTE, to, tag, MPI_COMM_WORLD);
}

static bool probe(int *from, int *tag, size_t *length)
{
    int there = 0, count = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (there) {
        MPI_Get_count(&status, MPI_BYTE, &count);
        *from = status.MPI_SOURCE;
        *tag = status.MPI_TAG;
        *length = (size_t)count;
    }
    return there;
}

static void receive(int from, int tag, void *data, size_t length)
{
    MPI_Recv(data, (int)length, MPI_BYTE, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static const struct mpi_module module = {
    MPI_MODULE_VERSION, begin, end, abort_all, send_bytes, probe, receive,
};

const struct mpi_module *tessera_mpi_module(void);

__attribute__((visibility("default"))) const struct mpi_module *tessera_mpi_module(void)
{
    return &module;
}
