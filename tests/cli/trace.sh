#!/bin/sh
# Traces: of runs, of comparisons, as VCD, in a page.
# usage: trace.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
. "$folder/cases.sh"

check 'a run as JSON' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json
cp out first.json
check 'a trace' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json --trace trace.json
truth 'a trace changes no figure' cmp -s out first.json
truth 'a trace is trace-event JSON' grep -q '^{"traceEvents":\[$' trace.json
truth 'a trace ends' grep -q '"displayTimeUnit":"ns".*}}$' trace.json
check 'a trace with a limit' 0 'is its limit\|are its limit' run -a tpu-v1 -w gemm:170,230,310 \
    --trace short.json --trace-limit 3
truth 'a trace stops at its limit' test "$(grep -c '"pid":[23].*"ph":"X"\|"ph":"X","pid":[23]' short.json)" -eq 3
check 'a trace that cannot be written' 2 'absent/trace.json: error: cannot write' run -a tpu-v1 \
    -w gemm:17,23,31 --trace absent/trace.json
check 'a limit of nothing' 2 'limits nothing' run -a tpu-v1 -w gemm:17,23,31 --trace-limit 10
check 'a limit that is none' 2 '\-\-trace-limit' run -a tpu-v1 -w gemm:17,23,31 --trace t --trace-limit 0
check 'a trace of a probe' 2 'nothing to trace' run -a hbm2 -w memory:read --trace probe.json
truth 'a run that fails leaves no trace' test ! -e probe.json -a "$(echo *.json.*)" = '*.json.*'
check 'a report with a timeline' 0 '' run -a tpu-v1 -w alexnet -f json -o traced.json --trace trace.json
check 'a report with a timeline' 0 '' report traced.json --trace trace.json --layer conv1 -o timeline.html
truth 'the timeline is in the page' grep -q '"timelines":\[{"result":0,"layer":"conv1"' timeline.html
check 'a timeline of another run' 2 'none of the results is' report first.json --trace trace.json
check 'a timeline of no layer' 2 "did you mean 'conv1'" report traced.json --trace trace.json --layer konv1
check 'a timeline of no trace' 2 'no trace' report traced.json --trace traced.json
check 'a layer without a trace' 2 'there is none' report traced.json --layer conv1
check 'a VCD' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json --vcd waves.vcd
truth 'a VCD changes no figure' cmp -s out first.json
truth 'a VCD has a time scale' grep -q '1 ps' waves.vcd
truth 'a VCD has signals' grep -q '^\$var wire *3 .* state' waves.vcd
truth 'a VCD says that it is whole' [ "$(tail -n 1 waves.vcd)" = '$comment whole $end' ]
# A limit on the size of files is as good as a full disk.
cases=$((cases + 1))
(trap '' XFSZ && ulimit -f 20 && "$program" run -a gpu -w alexnet --vcd cut.vcd >out 2>err)
[ $? -eq 2 ] || fail 'a VCD on a full disk: exit status'
truth 'a VCD on a full disk is told' grep -q 'cut.vcd: error: cannot write' err
truth 'a VCD on a full disk is not left' [ ! -e cut.vcd ]
# One that is interrupted leaves nothing behind.
"$program" run -a gpu -w gpt3-27 -b 16 --exact --trace half.json >out 2>err &
process=$!
while [ "$(echo half.json.*)" = 'half.json.*' ] && kill -0 $process 2>/dev/null; do
    sleep 0.01
done
kill -TERM $process
wait $process 2>/dev/null
truth 'a traced run that is terminated' [ $? -eq 143 ]
truth 'leaves no file' [ "$(echo half.json*)" = 'half.json*' ]
check 'a VCD with a limit' 0 'changes are its limit' run -a tpu-v1 -w alexnet --vcd waves.vcd --trace-limit 9
check 'a VCD that cannot be written' 2 'absent/waves.vcd: error: cannot write' run -a tpu-v1 \
    -w gemm:17,23,31 --vcd absent/waves.vcd
check 'a VCD to a device' 2 'regular file' run -a tpu-v1 -w gemm:17,23,31 --vcd /dev/null
check 'a comparison' 0 '' compare -a tpu-v1 -a eie -w gemm:17,23,31 -f json
cp out compared.json
check 'a trace of a comparison' 0 '' compare -a tpu-v1 -a eie -w gemm:17,23,31 -f json --trace both.json
truth 'a trace changes no figure of a comparison' cmp -s out compared.json
truth 'each machine has processes of its own' sh -c \
    'grep -q "\"pid\":2,.*tpu-v1: units" both.json && grep -q "\"pid\":5,.*eie: units" both.json'
truth 'a trace of a comparison says of what it is' grep -q \
    '"machines":\[{"arch":"tpu-v1",.*},{"arch":"eie",.*}\]}}$' both.json
truth 'a trace of a comparison is JSON' sh -c '! grep -n "^,\|,,\|\[,\|^$" both.json'
check 'a limit for each machine' 0 'of eie has' compare -a tpu-v1 -a eie \
    -w gemm:170,230,310 --trace short.json --trace-limit 3
truth 'each machine stops at its limit' sh -c \
    'test "$(grep -c "\"ph\":\"X\",\"pid\":[23]," short.json)" -eq 3 && test "$(grep -c "\"ph\":\"X\",\"pid\":[56]," short.json)" -eq 3'
check 'a comparison that cannot be traced' 2 'absent/both.json: error: cannot write' compare -a tpu-v1 \
    -a eie -w gemm:17,23,31 --trace absent/both.json
check 'a full disk' 2 'No space left' compare -a tpu-v1 -a eie -w gemm:17,23,31 --trace /dev/full
check 'a timeline of several machines' 2 'of several machines' report first.json --trace both.json
check 'a limit of nothing to compare' 2 'limits nothing' compare -a tpu-v1 -a eie -w gemm:17,23,31 --trace-limit 3

finish
