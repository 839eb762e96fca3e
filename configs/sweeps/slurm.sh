#!/bin/bash
# A sweep on a Slurm cluster; no array of jobs, one job whose ranks share the points.
#
#   sbatch --nodes=4 --ntasks-per-node=32 slurm.sh SWEEP.yaml FILE.db [options of `tessera sweep`]
#
# One rank a core: rank 0 hands out points, writes FILE.db and sleeps in between; the others run
# them. Submit the same line again after a time limit, a lost node or scancel: it goes on where it was.
#SBATCH --job-name=tessera-sweep
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
#SBATCH --cpus-per-task=1
#SBATCH --time=02:00:00
#SBATCH --requeue
set -euo pipefail
[ $# -ge 2 ] || { echo 'usage: sbatch slurm.sh SWEEP.yaml FILE.db [options]' >&2; exit 2; }
sweep=$1 store=$2
shift 2

# Without --kill-on-bad-exit the ranks that are left would wait for one that died. Where Slurm was built
# without PMIx (see `srun --mpi=list`), Open MPI's own launcher finds the job's nodes just as well:
#   exec mpirun "${TESSERA:-tessera}" sweep "$sweep" --store "$store" -o "${store%.db}.csv" "$@"
exec srun --mpi=pmix --kill-on-bad-exit=1 \
    "${TESSERA:-tessera}" sweep "$sweep" --store "$store" -o "${store%.db}.csv" "$@"
