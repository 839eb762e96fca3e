#!/bin/sh
# A sweep under mpirun: the same rows, whoever ran them, and however it ended in between.
# usage: mpi.sh PROGRAM STORE_ROWS; exit status 77 when there is no mpirun
command -v mpirun >/dev/null || {
    echo 'SKIPPED: no mpirun here (Debian: openmpi-bin)'
    exit 77
}
program=$(realpath "$1")
store_rows=$(realpath "$2")
folder=$(realpath "$(dirname "$0")")
script=$(realpath "$folder/../../configs/sweeps/slurm.sh")
. "$folder/cases.sh"
# Containers forbid reading another process's memory, which Open MPI tries between ranks.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none

ranks() {
    n=$1
    shift
    mpirun --oversubscribe --bind-to none -n "$n" "$program" "$@"
}

# All rows of a store's table of results, in the order of their ids.
rows() {
    "$store_rows" "$1"
}

same_rows() {
    rows "$1" >first.rows && rows "$2" >second.rows && [ -s first.rows ] &&
        cmp -s first.rows second.rows
}

cat >sweep.yaml <<'END'
archs: [tpu-v1, tpu]
workloads: ["gemm:17,23,31"]
axes:
  memory.dram.bandwidth_gbps: {from: 5, to: 500, steps: 20, scale: log}
  batch: [1, 2, 3, 5, 7]
END

# ---------------------------------------------------------------- how it was started
OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=0 "$program" sweep sweep.yaml >out 2>err
truth 'a copy that no launcher joins: exit status' [ $? -eq 2 ]
truth 'a copy that no launcher joins: no rows' [ ! -s out ]
SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=four "$program" sweep sweep.yaml >out 2>err
truth 'a rank that is no number' grep -q "SLURM_PROCID is 'four'" err
ranks 3 sweep sweep.yaml --dry-run >out 2>err
truth 'a dry run says it once' [ "$(grep -c '200 points of a grid of 200' out)" -eq 1 ]
truth 'a dry run counts the ranks that work' grep -q 'with 2 workers' out
if ! ranks 2 sweep sweep.yaml >out 2>err && grep -q 'built without MPI' err; then
    echo 'SKIPPED: mpirun is here, and the program was built without MPI'
    [ "$failures" -eq 0 ] && exit 77
    exit 1
fi

# ---------------------------------------------------------------- the same rows
"$program" sweep sweep.yaml -j 1 --store one.db -o one.csv 2>err
truth 'one worker' [ $? -eq 0 ]
"$program" sweep sweep.yaml -j 2 --store two.db -o two.csv 2>err
truth 'two workers' [ $? -eq 0 ]
ranks 4 sweep sweep.yaml --store four.db -o four.csv 2>err
truth 'four ranks' [ $? -eq 0 ]
truth 'two workers give the same table' cmp -s one.csv two.csv
truth 'four ranks give the same table' cmp -s one.csv four.csv
truth 'two workers give the same store' same_rows one.db two.db
truth 'four ranks give the same store' same_rows one.db four.db
ranks 4 sweep sweep.yaml --store four.db -o again.csv 2>err
truth 'four ranks run nothing again' grep -q '^0 of 200 points are to be run' err
truth 'and write the same table' cmp -s one.csv again.csv
ranks 3 sweep sweep.yaml -j 2 >plain.csv 2>err
truth 'ranks of two workers, without a store' cmp -s one.csv plain.csv
ranks 1 sweep sweep.yaml --store single.db -o single.csv 2>err
truth 'one rank is a plain sweep' cmp -s one.csv single.csv

# ---------------------------------------------------------------- the Slurm script
# A stand-in for srun, which reads the script's options and starts three ranks.
mkdir bin
cat >bin/srun <<'END'
#!/bin/sh
[ "$1 $2" = '--mpi=pmix --kill-on-bad-exit=1' ] || exit 3
shift 2
exec mpirun --oversubscribe --bind-to none -n 3 "$@"
END
chmod +x bin/srun
PATH=$PWD/bin:$PATH TESSERA=$program "$script" sweep.yaml slurm.db --time-limit 60 >out 2>err
truth 'the Slurm script' [ $? -eq 0 ]
truth 'the Slurm script writes the table beside the store' cmp -s one.csv slurm.csv

# ---------------------------------------------------------------- what fails
ranks 4 sweep missing.yaml >out 2>err
truth 'a sweep that is not there: exit status' [ $? -eq 2 ]
truth 'a sweep that is not there, said once' [ "$(grep -c 'cannot read' err)" -eq 1 ]
ranks 4 sweep sweep.yaml --stoar x.db >out 2>err
truth 'a misspelt option, said once' [ "$(grep -c "unknown option" err)" -eq 1 ]
printf 'this is a text, and no store at all\n' >text.db
ranks 4 sweep sweep.yaml --store text.db >out 2>err
truth 'no store: exit status' [ $? -eq 2 ]
truth 'no store: said once' [ "$(grep -c 'no store of Tessera' err)" -eq 1 ]
# Hosts whose files differ: rank 2 finds another sweep under the same name, or none.
sed 's/steps: 20/steps: 21/' sweep.yaml >other.yaml
cat >differing.sh <<'END'
[ "$OMPI_COMM_WORLD_RANK" -eq 2 ] && mine=$2 || mine=sweep.yaml
exec "$1" sweep "$mine" --store differing.db
END
for mine in other.yaml missing.yaml; do
    mpirun --oversubscribe --bind-to none -n 3 sh differing.sh "$program" $mine >out 2>$mine.err
    truth "rank 2 has $mine: exit status" [ $? -eq 1 ]
    truth "rank 2 has $mine: no rows" [ ! -s out ]
done
truth 'another sweep on a rank is told' grep -q 'rank 2 on .* has another sweep' other.yaml.err
truth 'no sweep on a rank is told' grep -q 'rank 2 cannot take part: .*cannot read' missing.yaml.err

cat >failing.yaml <<'END'
archs: [tpu-v1]
workloads: ["fc:17,23", "fc:20000,20000"]
axes: {precision: [int8, fp64]}
END
ranks 3 sweep failing.yaml --memory-limit 1 --store failing.db >limited.csv 2>err
truth 'points that die or cannot be: exit status' [ $? -eq 1 ]
truth 'points that die are rows' grep -q ',failed,the process ' limited.csv
ranks 3 sweep failing.yaml --store failing.db --retry-failed >three.csv 2>err
truth 'failed ones are run again when asked' grep -q '^[1-4] of 4 points are to be run' err
"$program" sweep failing.yaml >one.csv 2>err
truth 'and then are what they are without a limit' cmp -s one.csv three.csv
truth 'those that can be run are' grep -q ',int8,ok,' three.csv

# ---------------------------------------------------------------- a rank that dies
cat >long.yaml <<'END'
archs: [tpu-v1]
workloads: ["gemm:170,230,310"]
axes:
  memory.dram.bandwidth_gbps: {from: 5, to: 500, steps: 60, scale: log}
  batch: {from: 1, to: 20, steps: 20}
END
"$program" sweep long.yaml --store whole.db -o whole.csv 2>err

# What runs a rank's points, of the first rank that has it.
kill_helper() {
    for process in $(cat "/proc/$launcher/task/$launcher/children"); do
        for helper in $(cat "/proc/$process/task/$process/children"); do
            kill -9 "$helper" && return
        done
    done
}

kill_rank() {
    for process in $(cat "/proc/$launcher/task/$launcher/children"); do
        tr '\0' '\n' <"/proc/$process/environ" | grep -q "^OMPI_COMM_WORLD_RANK=$1\$" &&
            kill -9 "$process" && return
    done
}

# killed RANK|helper: starts the sweep, kills it when rows have come in, waits for the end.
killed() {
    victim=$1
    before=$(rows killed.db 2>/dev/null | wc -l)
    mpirun --oversubscribe --bind-to none -n 4 "$program" sweep long.yaml --store killed.db \
        >out 2>err &
    launcher=$!
    tries=0
    while [ "$(rows killed.db 2>/dev/null | wc -l)" -lt $((before + 20)) ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    if [ "$victim" = helper ]; then
        kill_helper
    else
        kill_rank "$victim"
    fi
    wait "$launcher"
}

# Processes of this test's program that still run.
left_behind() {
    for command in /proc/[0-9]*/cmdline; do
        tr '\0' ' ' <"$command" 2>/dev/null | grep "sweep long.yaml --store killed.db"
    done
}

killed 2
truth 'a rank that is killed ends the sweep' [ $? -ne 0 ]
killed 0
truth 'so does rank 0' [ $? -ne 0 ]
killed helper
truth 'so does the process that runs the points of a rank' [ $? -ne 0 ]
truth 'and it is told' grep -q "runs this rank's points has died" err
sleep 1
truth 'no process stays behind' [ -z "$(left_behind 2>/dev/null)" ]
ranks 4 sweep long.yaml --store killed.db -o killed.csv 2>err
truth 'the same command goes on' [ $? -eq 0 ]
left=$(sed -n 's/ of 1200 points are to be run//p' err)
truth 'with what was left' [ "${left:-0}" -gt 0 -a "${left:-0}" -lt 1180 ]
truth 'and ends as an undisturbed one' cmp -s whole.csv killed.csv
truth 'with the same store' same_rows whole.db killed.db

finish
