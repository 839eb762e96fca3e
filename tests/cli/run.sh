#!/bin/sh
# The command line's own cases: exit status, standard output, standard error.
# usage: run.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
configs=${TESSERA_PATH:-$(realpath "$folder/../../configs")}
configs=${configs%%:*}
. "$folder/cases.sh"

# ---------------------------------------------------------------- usage
check 'nothing at all' 2 'usage: tessera'
check 'help' 0 '' --help
said 'help' 'compare'
check 'version' 0 '' --version
said 'version' '^tessera [0-9]'
check 'unknown command' 2 "did you mean 'compare'" comapre
check 'unknown command without a likeness' 2 'tessera --help' qqqqqqqqqqqq
check 'unknown option' 2 "did you mean '--batch'" run -a tpu-v1 -w gemm:17,23,31 --bacth 3
check 'unknown letter' 2 "unknown option '-z'" run -z
check 'option without a value' 2 'needs a value' run -a
check 'stray word' 2 "unexpected word 'stray'" run -a tpu-v1 -w gemm:17,23,31 stray
check 'an unknown layout' 2 'must be any, nn, tn, nt or tt' run -a tpu-v1 -w gemm:17,23,31,layout=n
check 'a layout misspelt' 2 "did you mean 'layout'" run -a tpu-v1 -w gemm:17,23,31,layot=nt
check 'no machine' 2 'a machine (-a) is missing' run -w gemm:17,23,31
check 'no workload' 2 'a workload (-w) is missing' run -a tpu-v1
check 'two machines for one run' 2 'tessera compare' run -a tpu-v1 -a eie -w gemm:17,23,31
check 'nothing to compare' 2 'machines to compare' compare -w gemm:17,23,31
for command in run compare sweep validate memory list check; do
    check "$command --help" 0 '' $command --help
    said "$command --help" "usage: tessera $command"
done

# ---------------------------------------------------------------- runs
check 'a run' 0 '' run -a tpu-v1 -w gemm:17,23,31
said 'a run' 'gemm:17,23,31 on tpu-v1'
said 'a run says its precision' 'int8'
check 'a run with a layout' 0 '' run -a gpu -w bmm:2,17,23,31,layout=tn
said 'a run with a layout' 'bmm:2,17,23,31,layout=tn on gpu-'
check 'a run as JSON' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json
said 'a run as JSON' '"schema": "tessera.result/1"'
cp out first.json
check 'the same run once more' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json
truth 'two runs give the same bytes' cmp -s out first.json

# ---------------------------------------------------------------- lists
check 'precisions' 0 '' list precisions
said 'precisions have published figures' '^fp16 .* 1.1  *0.4  *1640  *1360'
said 'precisions have estimates' '^fp8 .*~0.145'
check 'precisions as CSV' 0 '' list precisions -f csv
said 'precisions as CSV' '^bf16,16,8,7,.*,7nm,7,0.21,1,0.11,1,,$'
check 'precisions as JSON' 0 '' list precisions -f json
said 'precisions as JSON' '"schema": "tessera.precisions/1"'
check 'a list that is text alone' 2 'text alone' list keys -f json
check 'machines as CSV' 0 '' list archs -f csv
said 'machines as CSV' '^tpu-v1,systolic,"Google TPU v1'
check 'networks as JSON' 0 '' list workloads -f json
said 'networks as JSON' '"schema": "tessera.list/1"'
said 'networks as JSON' '"macs": 724406816'
check 'devices as CSV' 0 '' list devices -f csv
said 'devices as CSV' '^hbm2,HBM2'
check 'transforms as CSV' 0 '' list transforms -f csv
said 'transforms as CSV' '^prune,DENSITY|FILE,'
check 'transforms' 0 '' list transforms
said 'transforms' '^winograd:2|4'
check 'both OPTs' 0 '' list workloads
said 'OPT 13B' '^opt-13b .*12.85 G parameters'
said 'OPT 1.3B' '^opt-13 .*1.316 G parameters .*13B is opt-13b'

# ---------------------------------------------------------------- traces
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
check 'a run as Markdown' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f markdown
said 'a run as Markdown' '^| latency (.*s) |'
check 'a comparison as Markdown' 0 '' compare -a tpu-v1 -a eie -w gemm:17,23,31 -f markdown
said 'a comparison as Markdown' '^| machine | precision | latency ('
check 'a run in an unknown format' 2 'text, json, csv, markdown' run -a eie -w fc:17,23 -f svg
check 'a run as CSV' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f csv
said 'a run as CSV' '^arch,workload,batch,precision,mode,layer'
truth 'a row a layer' [ "$(wc -l <out)" -eq 2 ]
check 'the closed form of a systolic array' 0 '' run -a systolic-array -w gemm:17,23,31 -f json \
    -s compute.rows=16 -s compute.columns=16 -s compute.dataflow=os -s compute.overlap=off
said 'the closed form of a systolic array' '"cycles": 244' # 2x2 folds of 31 + 16 + 16 - 2
check 'sparse layers' 0 '' run -a eie -w fc:170,230 -t prune:0.1 -t activations:0.3 -f json
check 'another seed' 0 '' run -a eie -w fc:170,230 -t prune:0.1 -t activations:0.3 --seed 5 -f json
said 'another seed' '"seed": 5'
check 'numerics' 0 '' run -a gpu -w gemm:170,230,310 -p fp16 --numerics
said 'numerics' 'signal to noise'
check 'numerics of a memory' 2 'multiplies nothing' run -a ddr4-2400 -w memory:read --numerics
check 'numerics as JSON' 0 '' run -a tpu-v1 -w alexnet --numerics -f json -o noise.json
truth 'numerics as JSON' grep -q '"sqnr_db"' noise.json
check 'numerics once more' 0 '' run -a tpu-v1 -w alexnet --numerics -f json
truth 'numerics are the same for the same seed' cmp -s out noise.json
check 'notes stand in the text' 0 '' run -a tpu -w resnet18 -t lowrank:64 -t prune:0.3
said 'notes stand in the text' 'computes zeros like any other value'
said 'notes name what stays' 'lowrank:64: conv1, layer1.0.conv1'
check 'notes of other formats' 0 'note: .*computes zeros' run -a tpu -w alexnet -t prune:0.3 -f csv
check 'a student' 0 '' run -a gpu -w resnet50 -t distill:resnet18
said 'a student' 'resnet50 has 2.19x those and 2.25x the MACs'
check 'exact' 0 '' run -a tpu-v1 -w gemm:170,230,310 --exact --cold
check 'training' 0 '' run -a cpu -w alexnet -m training --optimizer adam -b 2 -f json
said 'training' '"mode": "training"'
check 'a probe' 0 '' run -a ddr4-2400 -w memory:read -f json
said 'a probe' '"average_latency_ns"'
check 'a probe at any precision' 0 '' run -a ddr4-2400 -w memory:mix -p int8
check 'memory' 0 '' memory -d ddr4-2400 --pattern 'tile,row_bytes=256,pitch=4096'
said 'memory' 'of the .* peak'
check 'memory of nothing' 2 'a pattern' memory -d ddr4-2400
check 'an unknown pattern' 2 '' memory -d ddr4-2400 --pattern zigzag
NO_COLOR=1 check 'no colour' 0 '' run -a tpu-v1 -w gemm:17,23,31
truth 'no escapes where no terminal is' sh -c '! grep -q "$(printf "\033")" out'

# ---------------------------------------------------------------- output files
check 'to a file' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json -o result.json
truth 'the file has what standard output had' cmp -s result.json first.json
truth 'nothing else is left behind' [ "$(ls result.json* | wc -l)" -eq 1 ]
truth 'standard output stays empty' [ ! -s out ]
check 'into no folder' 2 'cannot write' run -a tpu-v1 -w gemm:17,23,31 -o nowhere/result.json
cp first.json kept.json
check 'a failing run' 2 '' run -a nothing-such -w gemm:17,23,31 -f json -o kept.json
truth 'a failing run leaves the old file' cmp -s kept.json first.json
check 'to a device' 0 '' run -a tpu-v1 -w gemm:17,23,31 -o /dev/null
if [ -w /dev/full ]; then
    "$program" run -a tpu-v1 -w gemm:17,23,31 >/dev/full 2>err
    truth 'a full disk is an error' [ $? -ne 0 ]
fi

# ---------------------------------------------------------------- compare
check 'compare' 0 '' compare -w fc:170,230 -a tpu-v1 -a eie -a cpu
said 'compare' 'reading'
said 'compare says each precision' 'int16'
cp out first.txt
check 'compare with one worker' 0 '' compare -w fc:170,230 -a tpu-v1 -a eie -a cpu -j 1
truth 'workers do not change a byte' cmp -s out first.txt
check 'compare as JSON' 0 '' compare -w fc:170,230 -a tpu-v1 -a eie -f json
said 'compare as JSON' '"schema": "tessera.comparison/1"'
check 'compare as CSV' 0 '' compare -w fc:170,230 -a tpu-v1 -a eie -f csv
truth 'a row a machine' [ "$(wc -l <out)" -eq 3 ]
check 'a precision not all have' 0 "can't compute in fp32 and runs in int8" \
    compare -w fc:170,230 -a tpu-v1 -a cpu -p fp32
check 'one unknown machine' 2 'nothing-such' compare -w fc:170,230 -a tpu-v1 -a nothing-such

# ---------------------------------------------------------------- lists
for list in archs workloads devices transforms precisions keys; do
    check "list $list" 0 '' list $list
    truth "list $list is not empty" [ -s out ]
done
check 'an unknown list' 2 "did you mean 'archs'" list arcs
check 'no list' 2 'usage' list

# ---------------------------------------------------------------- bad input
check 'unknown machine' 2 "did you mean 'tpu-v1'" run -a tpu-v11 -w gemm:17,23,31
check 'unknown network' 2 "did you mean 'resnet50'" run -a tpu-v1 -w resnet500
check 'missing file' 2 'No such file' run -a ./missing.yaml -w gemm:17,23,31
check 'missing network' 2 '' run -a tpu-v1 -w ./missing.yaml
check 'a folder for a file' 2 '' run -a ./ -w gemm:17,23,31
check 'unknown precision' 2 "did you mean 'fp16'" run -a tpu-v1 -w gemm:17,23,31 -p fp166
check 'a precision the machine lacks' 2 'it has .*int8' run -a tpu-v1 -w gemm:17,23,31 -p fp64
check 'training past the memory' 2 'the largest batch that fits is 401' \
  run -a gpu-v100-pcie -w resnet50 -m training -p fp32 -b 4096
check 'unknown mode' 2 "did you mean 'training'" run -a cpu -w alexnet -m trainig
check 'unknown transform' 2 '' run -a eie -w fc:17,23 -t prun:0.5
check 'a density above one' 2 '' run -a eie -w fc:17,23 -t prune:1.5
check 'a transform without its number' 2 '' run -a eie -w fc:17,23 -t prune
check 'batch zero' 2 'allowed are 1' run -a tpu-v1 -w gemm:17,23,31 -b 0
check 'batch of letters' 2 'whole number' run -a tpu-v1 -w gemm:17,23,31 -b many
check 'negative size' 2 '' run -a tpu-v1 -w gemm:-17,23,31
check 'absurd size' 2 '' run -a tpu-v1 -w gemm:99999999999999999999,23,31
check 'a size too few' 2 '' run -a tpu-v1 -w gemm:17,23
check 'a filter larger than its image' 2 '' run -a cpu -w conv:N=1,C=3,H=5,W=5,K=8,R=7,S=7
check 'unknown setting' 2 "did you mean 'clock_mhz'" \
    run -a tpu-v1 -w gemm:17,23,31 -s compute.clock_mzh=700
check 'negative setting' 2 '' run -a tpu-v1 -w gemm:17,23,31 -s compute.clock_mhz=-5
check 'absurd setting' 2 '' run -a tpu-v1 -w gemm:17,23,31 -s compute.clock_mhz=1e30
check 'wrong unit' 2 '' run -a tpu-v1 -w gemm:17,23,31 -s 'compute.clock_mhz=700 GB'
check 'setting without a value' 2 'KEY=VALUE' run -a tpu-v1 -w gemm:17,23,31 -s compute.clock_mhz

architecture() { printf 'family: systolic\nprocess_nm: 28\ndefault_precision: int8\n' >"$1"; }
architecture unknown.yaml
printf 'compute: {clock_mhz: 700, units: 1, rows: 8, columns: 8, datafow: ws}\n' >>unknown.yaml
check 'unknown key' 2 "unknown.yaml:4:.*unknown key" run -a ./unknown.yaml -w gemm:17,23,31
check 'unknown key, help' 2 "did you mean 'compute.dataflow'\|did you mean 'dataflow'" \
    check unknown.yaml
printf 'family: systolik\n' >family.yaml
printf 'family: gpu\n' >alias.yaml
printf 'family: cpu\ncompute:\n\tunits: 4\n' >tab.yaml
printf 'extends: gpu\n' >extends.yaml
printf 'name: n\narchs: [gpuu]\nworkloads: ["gemm:1,2"]\naxes: {batch: [1]}\n' >nobody.yaml
printf 'extends: cpu\ncompute: {cores: 4}\n' >cores.yaml
printf 'extends: cpu\nmemory: {dram: {type: DDR5}}\n' >type.yaml
printf 'family: cpu\nprocess_nm: 7\ncompute: {clock_mhz: 3000, units: 4}\n' >nothing.yaml
check 'a key by another word' 2 "did you mean 'units'" check cores.yaml
check 'a key like no other' 2 'there are device, devices, bandwidth_gbps' check type.yaml
check 'a machine that computes nothing' 2 'says what it does in compute.vector_macs' run -a nothing.yaml -w gemm:17,23,31
check 'an alias of machines for a family' 2 'there are cpu, simt, systolic' check alias.yaml
check 'a tab' 2 'indented with spaces' check tab.yaml
check 'a machine that extends an alias' 0 '' run -a extends.yaml -w gemm:17,23,31
check 'a mode cut short' 2 "did you mean 'training'" run -a gpu -w alexnet -m train
check 'a part of a name' 2 "did you mean 'gpu-v100-pcie'" run -a v100 -w alexnet
check 'a limit below idle' 2 'of 50 W leaves nothing' run -a gpu -w alexnet -s power.limit_w=50
check 'a network larger than the memory' 0 '' run -a tpu -w gpt3-175
said 'a network larger than the memory' "needs 325.2 GiB for weights, 'tpu-v3' has 32 GiB"
said 'a rate below one a second' '^ *throughput  *0\.[0-9]* /s'
check 'one machine is not compared' 0 '' compare -a gpu -w alexnet
said 'one machine is not compared' '^Latency and throughput: gpu-a100-sxm-80gb takes'
check 'a sweep of nobody' 2 "nobody.yaml:2:9: error: there is no architecture 'gpuu'" sweep nobody.yaml
check 'a sweep of no network' 2 "nobody.yaml:3:13: error: 'gemm:1,2' has 2" sweep nobody.yaml
check 'unknown family' 2 "did you mean 'systolic'" check family.yaml
printf 'a: 1\na: 2\n' >duplicate.yaml
check 'duplicate key' 2 'duplicate.yaml:2:' check duplicate.yaml
printf 'a: &x [1]\nb: [*x, *x, *x]\n' >alias.yaml
check 'aliases' 2 'alias.yaml:' check alias.yaml
i=0
while [ $i -lt 5000 ]; do printf '['; i=$((i + 1)); done >deep.yaml
check 'depth' 2 'deep.yaml:' check deep.yaml
printf 'family: systolic\ncompute: {clock_mhz: 700, un' >truncated.yaml
check 'truncated file' 2 'truncated.yaml:' run -a ./truncated.yaml -w gemm:17,23,31
printf '\377\376\000\001' >binary.yaml
check 'a binary file' 2 '' run -a ./binary.yaml -w gemm:17,23,31
: >empty.yaml
check 'an empty file' 2 '' check empty.yaml
printf 'x: 1\n' >strange.yaml
check 'a file of no kind' 2 'what this file is' check strange.yaml

cat >cycle.yaml <<'END'
name: cycle
inputs: {x: [17]}
layers:
  - {op: relu, name: a, input: b}
  - {op: relu, name: b, input: a}
END
check 'a cyclic network' 2 'cycle' run -a cpu -w ./cycle.yaml
cat >shapes.yaml <<'END'
name: shapes
inputs: {x: [17], y: [23]}
layers:
  - {op: add, inputs: [x, y]}
END
check 'shapes that do not fit' 2 'shapes.yaml:4:' run -a cpu -w ./shapes.yaml

# ---------------------------------------------------------------- check
cat >sound.yaml <<'END'
name: sound
inputs: {x: [17]}
layers:
  - {op: fc, out: 23}
END
check 'check a network' 0 '' check sound.yaml
said 'check a network' 'sound.yaml: network: ok'
check 'check an architecture' 0 '' check "$configs/arch/tpu/tpu-v1.yaml"
said 'check an architecture' 'architecture: ok'
check 'check a device' 0 '' check "$configs/devices/hbm2.yaml"
said 'check a device' 'DRAM device: ok'
check 'check a technology' 0 '' check "$configs/technology/7nm.yaml"
said 'check a technology' 'technology: ok'
check 'a device by its file' 0 '' memory -d "$configs/devices/hbm2.yaml" --pattern read

# ---------------------------------------------------------------- validate
heading=id,arch,workload,batch,precision,mode,options,metric,expected,source
cat >table.csv <<END
$heading
good,systolic-array,"gemm:17,23,31",1,int8,inference,-s compute.rows=16 -s compute.columns=16 -s compute.dataflow=os -s compute.overlap=off,cycles,244,closed form
END
check 'validate' 0 '' validate table.csv
said 'validate' 'table.csv'
check 'a bound that holds' 0 '' validate table.csv --bound table.csv=0.01
sed 's/244/200/' table.csv >wrong.csv
check 'a bound that breaks' 1 'wrong.csv: mean error' validate wrong.csv --bound wrong.csv=5
cat >failing.csv <<END
$heading
bad,no-machine,"gemm:17,23,31",1,int8,inference,,cycles,1,none
worse,tpu-v1,"gemm:17,23,31",1,int8,inference,,cyclez,1,none
END
check 'rows that fail' 1 '2 of 2 rows failed' validate failing.csv -f json
said 'rows that fail are counted' '"failed": 2'
said 'rows that fail are named' 'no-machine'
cat table.csv >several.csv
i=0
while [ $i -lt 20 ]; do
    printf 'r%s,eie,"fc:%s,23",1,,inference,-t prune:0.3,cycles,100,none\n' $i $((100 + i))
    i=$((i + 1))
done >>several.csv
check 'errors are recorded' 0 '' validate several.csv --summary --errors errors.csv
truth 'errors are recorded by machine' grep -q '^several.csv,systolic,systolic-array,[0-9a-f]\{16\},[0-9.]*,1,0,0.00,' errors.csv
truth 'errors are recorded by family' grep -q '^several.csv,sparse,,,[0-9.]*,20,0,[0-9.]*,[0-9.]*,[0-9.]*,-\{0,1\}[0-9.]*$' errors.csv
check 'errors of rows that fail' 1 'rows failed' validate failing.csv --errors failed.csv
truth 'a machine that is none has no record' sh -c '! grep -q no-machine failed.csv'
truth 'rows that all fail have no error' grep -q 'tpu-v1,[0-9a-f]*,[0-9.]*,1,1,,,,$' failed.csv
check 'a record that cannot be written' 2 'nowhere/errors.csv: error: cannot write' validate table.csv --errors nowhere/errors.csv
check 'a run says how far its machine was from measured' 0 '' run -a eie -w fc:17,23
said 'a run says how far its machine was from measured' 'checked against [0-9]* reference figures of this machine: mean error'
check 'a run says that it changed the machine' 0 '' run -a eie -w fc:17,23 -s compute.units=8
said 'a run says that it changed the machine' 'this run changed the machine'
check 'many rows' 0 '' validate several.csv -f json -j 4
cp out several.json
check 'many rows, one worker' 0 '' validate several.csv -f json -j 1
truth 'workers do not change a row' cmp -s out several.json
printf 'id,what\n1,2\n' >columns.csv
check 'a table without its columns' 2 "no column 'arch'" validate columns.csv
check 'a file that is no table' 2 'sound.yaml' validate sound.yaml
check 'a missing table' 2 'cannot read' validate missing.csv
check 'a bad bound' 2 'FILE=PERCENT' validate table.csv --bound 5
printf 'file,failed,mape,p90_ape\nwrong.csv,0,1,\n' >bounds.csv
check 'recorded bounds' 1 'wrong.csv: mean error' validate wrong.csv --bounds bounds.csv

# ---------------------------------------------------------------- sweep
cat >sweep.yaml <<'END'
name: small
archs: [tpu-v1, eie]
workloads: ["gemm:17,23,31"]
axes:
  batch: [1, 3, 8]
  transforms: ["", "prune:0.3"]
where: ["batch < 8 or arch == eie"]
END
check 'sweep, dry' 0 '' sweep sweep.yaml --dry-run
said 'sweep, dry' '10 points of a grid of 12'
check 'sweep' 0 '' sweep sweep.yaml -j 3
truth 'a row a point' [ "$(wc -l <out)" -eq 11 ]
cp out sweep.csv
check 'sweep with one worker' 0 '' sweep sweep.yaml -j 1 -o one.csv
truth 'workers do not change a point' cmp -s one.csv sweep.csv
cat >partly.yaml <<'END'
archs: [tpu-v1]
workloads: ["gemm:17,23,31"]
axes:
  precision: [int8, fp64]
END
check 'sweep as Markdown' 0 '' sweep sweep.yaml -f markdown
said 'sweep as Markdown' '^| arch | workload | batch | transforms | precision | latency (.*s) |'
check 'sweep as a picture' 0 '' sweep sweep.yaml -f svg -y cycles -o sweep.svg
truth 'sweep as a picture' grep -q '</svg>' sweep.svg
check 'a picture of nothing known' 2 "did you mean 'cycles'" sweep sweep.yaml -f svg -y cyles
check 'a sweep in an unknown format' 2 'csv, markdown, svg' sweep sweep.yaml -f json
check 'a point that fails' 1 '1 of 2 points failed' sweep partly.yaml
said 'a point that fails is recorded' 'fp64,failed,'
said 'the others are run' 'int8,ok,'
printf 'archs: [tpu-v1]\nworkloads: [nothing-such]\n' >unknown-network.yaml
check 'a sweep of an unknown network' 2 'nothing-such' sweep unknown-network.yaml
printf 'archs: [tpu-v1]\nworkloads: ["gemm:1,2,3"]\naxes: {compute.rowz: [1]}\n' >axis.yaml
check 'an unknown axis' 2 'rowz' sweep axis.yaml
check 'no sweep' 2 'usage' sweep

# ---------------------------------------------------------------- report
check 'a result' 0 '' run -a tpu-v1 -w gemm:170,230,310 -f json -o one.json
check 'a comparison' 0 '' compare -a tpu-v1 -a eie -w alexnet -f json -o two.json
check 'report' 0 '' report one.json two.json -o report.html
truth 'a report needs no other file' sh -c '! grep -q "<script[^>]*src=\|<link[^>]*http" report.html'
truth 'a report has its charts' grep -q 'id="chart-roofline"' report.html
truth 'a report has its code' grep -q 'vega' report.html
truth 'a report has its figures' grep -q '"tessera.result/1"' report.html
check 'report to standard output' 0 '' report --title 'A title' one.json
said 'report to standard output' '<title>A title</title>'
check 'no results' 2 'results are missing' report -o none.html
check 'a result that is not there' 2 'nowhere.json: error: cannot read' report nowhere.json
printf '{"schema": "tessera.result/1",\n "arch": }\n' >bad.json
check 'a broken result' 2 'bad.json:2:' report one.json bad.json -o none.html
printf '{"schema": "other/1"}\n' >foreign.json
check 'a foreign result' 2 "schema 'other/1'" report foreign.json -o none.html
check 'phases of generation, compared' 0 '' compare -a gpu -a tpu -w gpt2 --phase decode -f json -o phase.json
check 'a report of them' 0 '' report phase.json
said 'a report of them' '"phase":"decode"'
check 'two runs in a store' 0 '' compare -a tpu-v1 -a eie -w gemm:17,23,31 --store kept.db -f csv
check 'a report of a store' 0 '' report kept.db
said 'a report of a store' 'gemm:17,23,31 on 2 machines'
check 'a report of a store shows as many in full as it is told' 0 '' report kept.db --details 1 -o one.html
truth 'a report of a store shows as many in full as it is told' [ "$(grep -o '"schema":"tessera.result/1"' one.html | wc -l)" -eq 1 ]
check 'no details' 2 "'--details'" report kept.db --details 0
check 'a report of no store' 2 'nowhere.db' report nowhere.db
truth 'no report of bad results' [ ! -e none.html ]
check 'check a sweep' 0 '' check sweep.yaml
said 'check a sweep' 'sweep: ok'

finish
