#!/bin/sh
# The store: continued after being killed, and refused when it is something else.
# usage: store.sh PROGRAM
program=$(realpath "$1")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
cases=0

truth() {
    cases=$((cases + 1))
    name=$1
    shift
    "$@" || {
        failures=$((failures + 1))
        printf 'FAILED: %s\n' "$name"
        sed 's/^/    /' err | head -n 5
    }
}

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

for tenths in 01 02 03 04 05 06 07 08 09 10; do
    "$program" sweep sweep.yaml -j 2 --store killed.db >/dev/null 2>&1 &
    process=$!
    sleep "0.$tenths"
    kill -9 $process 2>/dev/null
    wait $process 2>/dev/null
done
"$program" sweep sweep.yaml -j 2 --store killed.db -o killed.csv 2>err
truth 'a sweep killed ten times goes on' [ $? -eq 0 ]
truth 'and ends as an undisturbed one' cmp -s plain.csv killed.csv

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
"$program" sweep failing.yaml --store failing.db >second.csv 2>err
truth 'a failed point is not run again' grep -q '^0 of 2 points' err
truth 'and stays failed' cmp -s first.csv second.csv
"$program" sweep failing.yaml --store failing.db --retry-failed >second.csv 2>err
truth 'unless that is asked for' grep -q '^1 of 2 points' err
"$program" sweep failing.yaml --time-limit 0 >out 2>err
truth 'a time limit of nothing' [ $? -eq 2 ]

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

printf '%s cases, %s failed\n' "$cases" "$failures"
[ "$failures" -eq 0 ]
