#!/bin/sh
# The store: continued after being killed, and refused when it is something else.
# usage: store.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
. "$folder/cases.sh"

# refused NAME FILE PATTERN: exit status 2, a sentence, and the file as it was.
refused() {
    cp "$2" before
    "$program" sweep sweep.yaml --store "$2" >out 2>err
    truth "$1: exit status" [ $? -eq 2 ]
    truth "$1: a sentence" grep -q "$3" err
    truth "$1: left as it was" cmp -s before "$2"
    truth "$1: no output" [ ! -s out ]
}

cat >sweep.yaml <<'END'
archs: [tpu-v1]
workloads: ["gemm:17,23,31"]
axes:
  memory.dram.bandwidth_gbps: {from: 5, to: 500, steps: 20, scale: log}
  batch: [1, 2, 3, 5, 7]
END
"$program" sweep sweep.yaml -j 1 -o plain.csv 2>err
truth 'a sweep without a store' [ $? -eq 0 ]
"$program" sweep sweep.yaml -j 3 --store whole.db -o whole.csv 2>err
truth 'a sweep with a store' [ $? -eq 0 ]
truth 'the table is that of a sweep without a store' cmp -s plain.csv whole.csv
"$program" sweep sweep.yaml --store whole.db -o again.csv 2>err
truth 'nothing is run again' grep -q '^0 of 100 points are to be run' err
truth 'the same table from the store' cmp -s plain.csv again.csv

"$program" sweep sweep.yaml --store whole.db --dry-run >out 2>err
truth 'a dry run finds nothing left' grep -q 'grid of 100, 0 of them to be run with' out
"$program" sweep sweep.yaml --store unmade.db -n >out 2>err
truth 'a dry run without a store finds all left' grep -q '100 of them to be run with' out
truth 'and makes none' [ ! -e unmade.db ]
sed 's/7\]/7, 11]/' sweep.yaml >wider.yaml
"$program" sweep wider.yaml --store whole.db -n >out 2>err
truth 'a dry run finds what a wider sweep adds' grep -q 'grid of 120, 20 of them to be run with' out

truth 'of this build' [ -z "$(grep 'another build' err)" ]
cp whole.db other.db
# Another build's results: the last digit of each row's build is changed, in place.
build=$("$program" --version | sed -n 's/^build //p')
sed -i "s/+$build/+${build%?}x/g" other.db
"$program" sweep sweep.yaml --store other.db -o other.csv 2>err
truth 'results of another build are told' grep -q '^note: 100 results in .other.db. are of another build' err
truth 'and taken' grep -q '^0 of 100 points are to be run' err

# Ten kills, all of a running sweep.
mkdir calm killed
cat >long.yaml <<'END'
archs: [tpu]
workloads: [resnet50]
axes:
  memory.dram.bandwidth_gbps: {from: 5, to: 500, steps: 20, scale: log}
  batch: {from: 1, to: 10, steps: 10}
END
# The first five kills hit what comes before the first point, or not; the others come when points
# have been written since the kill before.
size() {
    cat killed/x.db killed/x.db-wal 2>/dev/null | wc -c
}
"$program" sweep long.yaml -j 2 --store calm/x.db -o calm.csv 2>err
truth 'an undisturbed sweep' [ $? -eq 0 ]
kills=0
for delay in 0.01 0.02 0.03 0.04 0.05 written written written written written; do
    had=$(size)
    "$program" sweep long.yaml -j 2 --store killed/x.db >/dev/null 2>&1 &
    process=$!
    [ "$delay" = written ] || sleep "$delay"
    while [ "$delay" = written ] && [ "$(size)" -eq "$had" ]; do
        sleep 0.01
    done
    kill -9 $process 2>/dev/null
    wait $process 2>/dev/null
    [ $? -eq 137 ] && kills=$((kills + 1))
done
truth 'ten kills hit' [ "$kills" -eq 10 ]
"$program" sweep long.yaml -j 2 --store killed/x.db -o killed.csv 2>err
truth 'a sweep killed ten times goes on' [ $? -eq 0 ]
truth 'where it was' sh -c '! grep -q "^200 of 200 points are to be run" err'
truth 'and ends as an undisturbed one' cmp -s calm.csv killed.csv
for which in calm killed; do
    (cd $which && "$program" best x.db --minimize latency_s -n 1000 -f csv) >$which.rows 2>err
done
truth 'with the same rows in its store' cmp -s calm.rows killed.rows
truth 'which are all' [ "$(wc -l <killed.rows)" -eq 201 ]

# One that is asked to end says how far it came.
"$program" sweep long.yaml -j 2 --store asked.db >out 2>asked.err &
process=$!
while [ "$(cat asked.db asked.db-wal 2>/dev/null | wc -c)" -lt 200000 ] &&
    kill -0 $process 2>/dev/null; do
    sleep 0.01
done
kill -TERM $process
wait $process 2>/dev/null
truth 'a sweep that is terminated' [ $? -eq 143 ]
truth 'says how far it came' grep -q '^interrupted: [1-9][0-9]* of 200 points are done and in the store' asked.err
truth 'and says it once' [ "$(grep -c interrupted asked.err)" -eq 1 ]
truth 'and writes no table' [ ! -s out ]
"$program" sweep long.yaml --store asked.db --dry-run >out 2>err
truth 'the rest is left' grep -q ' [1-9][0-9]* of them to be run with' out
"$program" sweep long.yaml --store asked.db -o asked.csv 2>err
truth 'and goes on to the same table' cmp -s calm.csv asked.csv

"$program" run -a tpu-v1 -w gemm:5,7,9 --store single.db >out 2>err
truth 'a run with a store' [ $? -eq 0 ]
"$program" compare -a tpu-v1 -a eie -w gemm:5,7,9 --store single.db >out 2>err
truth 'a comparison with a store' [ $? -eq 0 ]

cat >failing.yaml <<'END'
archs: [tpu-v1]
workloads: ["gemm:17,23,31"]
axes: {precision: [int8, fp64]}
END
"$program" sweep failing.yaml --store failing.db >first.csv 2>err
truth 'a failed point: exit status' [ $? -eq 1 ]
truth 'a failed point is a row' grep -q 'fp64,failed,' first.csv
truth 'a failed point says why' grep -q "says: 'tpu-v1' can't compute in fp64" err
"$program" sweep failing.yaml --store failing.db >second.csv 2>err
truth 'a failed point is not run again' grep -q '^0 of 2 points' err
truth 'and stays failed' cmp -s first.csv second.csv
"$program" sweep failing.yaml --store failing.db --retry-failed >second.csv 2>err
truth 'unless that is asked for' grep -q '^1 of 2 points' err
"$program" sweep failing.yaml --time-limit 0 >out 2>err
truth 'a time limit of nothing' [ $? -eq 2 ]

cat >slow.yaml <<'END'
archs: [gpu]
workloads: [resnet152]
axes: {batch: [1, 16384]}
END
"$program" sweep slow.yaml --store slow.db --time-limit 1 >out 2>err
truth 'a point past its time limit: exit status' [ $? -eq 1 ]
truth 'a point past its time limit is a row' grep -q ',16384,.*failed,.*ran into its time limit' out
truth 'and the others are run' grep -q ',1,inference,.*,ok,' out
"$program" sweep slow.yaml --store slow.db >again 2>err
truth 'it is not run again' cmp -s out again
cat >large.yaml <<'END'
archs: [eie]
workloads: ["fc:64,64"]
axes: {batch: [1, 2]}
END
"$program" sweep large.yaml --store large.db --memory-limit 1 >out 2>err
truth 'points without memory: exit status' [ $? -eq 1 ]
truth 'points without memory are rows' [ "$(grep -c 'failed,.*\(memory\|status\)' out)" -eq 2 ]
"$program" sweep large.yaml --store large.db --retry-failed >out 2>err
truth 'with memory they are run' [ "$(grep -c ',ok,' out)" -eq 2 ]

printf 'this is a text, and no store at all\n' >text.db
refused 'a text' text.db 'no store of Tessera'
cp whole.db older.db
printf '\0\0\0\0' | dd of=older.db bs=1 seek=60 conv=notrunc 2>/dev/null
refused 'an older schema' older.db 'schema version 0'
cp whole.db newer.db
printf '\0\0\0\143' | dd of=newer.db bs=1 seek=60 conv=notrunc 2>/dev/null
refused 'a newer schema' newer.db 'schema version 99'
cp whole.db foreign.db
printf '\0\0\0\0' | dd of=foreign.db bs=1 seek=68 conv=notrunc 2>/dev/null
refused "another program's file" foreign.db 'no store of Tessera'
cp whole.db damaged.db
yes damage | dd of=damaged.db bs=4096 seek=3 count=20 conv=notrunc iflag=fullblock 2>/dev/null
refused 'a damaged store' damaged.db 'damaged'
"$program" sweep sweep.yaml --store nowhere/x.db >out 2>err
truth 'a store in no folder' [ $? -eq 2 ]

finish
