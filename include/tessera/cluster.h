/* Cluster: the points of one sweep over the processes that mpirun or srun started.
 *
 * Rank 0 hands points out and takes the answers; it alone sees the store and writes. The other
 * ranks run points, in a child process each, so that a crash costs its point alone. What rank 0
 * does with an answer is what it does with one of ts_pool_run: the same bytes whoever ran it.
 *
 * Forking a process that uses MPI can corrupt memory that a network card writes into. A rank
 * therefore forks one helper before it starts MPI, and the helper forks all that follow: no process
 * that runs a simulation has ever been one that MPI knows.
 *
 * Protocol. Integers have 64 bits and the machine's byte order; ranks are of one kind.
 *   hello    rank → 0, once     points it can have in hand (0: none, something is wrong), digest of
 *                               the sweep, and a text: the host's name or what is wrong
 *   point    0 → rank           the index of a point; -1: there are no more
 *   answer   rank → 0           the index, whether its process died, and a text: what work() wrote
 *                               or how the process died
 * A rank gets a point only while it has room for one. A rank that dies ends them all (mpirun sees
 * to that); what rank 0 has written stays.
 *
 * MPI is a module of its own (tessera_mpi.so) that only launched programs load.
 */
#ifndef TESSERA_CLUSTER_H
#define TESSERA_CLUSTER_H

#include "tessera/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How this process was started: as `rank` of `size` by a launcher that set `variable`; as 0 of 1
 * when by none. */
struct ts_launch {
    int rank, size;
    const char *variable;
};

/* From the environment: Open MPI's, PMI's (MPICH, Intel, Slurm), a Slurm step's. Error: USAGE when
 * a variable makes no sense. */
bool ts_launch_read(struct ts_diagnostics *diagnostics, struct ts_launch *launch);

/* What has to be the same on every rank: version, points in their order, files of machines and
 * networks. Errors: those of loading them. */
bool ts_sweep_digest(const struct ts_sweep *sweep, struct ts_diagnostics *diagnostics,
                     uint64_t *digest);

/* ------------------------------------------------------------------ rank 0 */

struct ts_cluster;

/* Starts MPI. NULL with a diagnostic: UNSUPPORTED when the module is not there, USAGE when MPI
 * counts other ranks than the launcher. */
struct ts_cluster *ts_cluster_join(const struct ts_launch *launch,
                                   struct ts_diagnostics *diagnostics);

/* Runs the pool's points on the other ranks; pool->work and pool->workers are theirs. Error:
 * SIMULATION when a rank has something wrong or another sweep; then no point was run. */
bool ts_cluster_run(struct ts_cluster *cluster, const struct ts_pool *pool, uint64_t digest,
                    struct ts_diagnostics *diagnostics);

/* Sends the others home and ends MPI. */
void ts_cluster_leave(struct ts_cluster *cluster);

/* ------------------------------------------------------------------ the others */

/* The life of a rank other than 0: runs pool->work on the indices it gets, pool->workers at a time.
 * `trouble`, when not NULL, is why it cannot run any, and is told to rank 0. Errors: as for
 * ts_cluster_join. */
bool ts_cluster_serve(const struct ts_launch *launch, const struct ts_pool *pool, uint64_t digest,
                      const char *trouble, struct ts_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
