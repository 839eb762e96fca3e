#!/bin/sh
# The command line's own cases: exit status, standard output, standard error.
# usage: run.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
. "$folder/cases.sh"

# ---------------------------------------------------------------- usage
check 'nothing at all' 2 'usage: tessera'
check 'help' 0 '' --help
said 'help' 'compare'
cp out usage
check 'help, as a command' 0 '' help
truth 'help, as a command' cmp -s out usage
check 'help on a command' 0 '' help sweep
said 'help on a command' 'usage: tessera sweep'
check 'help on nothing known' 2 "did you mean 'sweep'" help sweeep
check 'version' 0 '' --version
said 'version' '^tessera [0-9.]*$'
said 'the build' '^build [0-9a-f]\{8\}$'
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
for command in run compare sweep validate memory list check report best pareto sensitivity; do
    check "$command --help" 0 '' $command --help
    said "$command --help" "usage: tessera $command"
    said "$command --help has examples" "^  .*tessera $command "
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
check 'keys as CSV' 2 'JSON Schema' list keys -f csv
check 'keys as a JSON Schema' 0 '' list keys -f json
said 'keys as a JSON Schema' '"$schema"'
check 'machines as CSV' 0 '' list archs -f csv
said 'machines as CSV' '^tpu-v1,systolic,"Google TPU v1'
check 'networks as JSON' 0 '' list workloads -f json
said 'networks as JSON' '"schema": "tessera.list/1"'
said 'networks as JSON' '"macs": 724406816'
check 'devices as CSV' 0 '' list devices -f csv
said 'devices as CSV' '^hbm2,HBM2,.*,256,8,8,128,2$'
check 'devices say what they give' 0 '' list devices
said 'devices say what they give' '^hbm2  *HBM2  *256.0 GB/s  *8 GiB  *8x128 bit  2 Gb/s'
check 'machines say what they give' 0 '' list archs
said 'machines say what they give' '^gpu-v100-pcie .* 113.0 TFLOPS fp16  *900.0 GB/s  NVIDIA Tesla V100'
said 'machines have aliases' '^cpu-.* \[alias cpu\]$'
truth 'a line a machine' [ "$(grep -c '^[a-z0-9-]*  *\(cpu\|simt\|systolic\|sparse\) ' out)" -eq "$(wc -l <out)" ]
check 'transforms as CSV' 0 '' list transforms -f csv
said 'transforms as CSV' '^prune,DENSITY|FILE,'
check 'transforms' 0 '' list transforms
said 'transforms' '^winograd:2|4'
check 'both OPTs' 0 '' list workloads
said 'OPT 13B' '^opt-13b .*12.85 G parameters'
said 'OPT 1.3B' '^opt-13 .*1.316 G parameters .*13B is opt-13b'

# ---------------------------------------------------------------- formats and options
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
check 'memory as CSV' 0 '' memory -d hbm2 --pattern read -f csv
said 'memory as CSV' '^hbm2,memory:read,1,fp32,inference,dram,.*,256,[0-9.]*,[0-9.]*,[0-9.e-]*$'
check 'a probe in a batch' 2 'has no batch' run -a hbm2 -w memory:read -b 8
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
check 'a machine written back' 0 '' run -a gpu -w alexnet -b 3 -s compute.clock_mhz=1000 -f csv --write-arch kept.yaml
cp out first.csv
check 'a machine written back runs alike' 0 '' run -a ./kept.yaml -w alexnet -b 3 -f csv
truth 'a machine written back runs alike' cmp -s out first.csv
check 'a machine written back is sound' 0 '' check kept.yaml
check 'two outputs in one file' 2 'output and --trace both go to' run -a tpu-v1 -w gemm:17,23,31 -o x --trace x
truth 'two outputs in one file, none written' [ ! -e x ]
check 'an output without a name' 2 'names no file' run -a tpu-v1 -w gemm:17,23,31 -o ''
check 'a store without a name' 2 'names no file' run -a tpu-v1 -w gemm:17,23,31 --store ''
printf 'name: sound\ninputs: {x: [17]}\nlayers:\n  - {op: fc, out: 23}\n' >sound.yaml
if [ -w /dev/full ]; then
    "$program" run -a tpu-v1 -w gemm:17,23,31 >/dev/full 2>err
    truth 'a full disk is an error' [ $? -ne 0 ]
    for words in --help --version 'run --help' 'check sound.yaml'; do
        # shellcheck disable=SC2086
        "$program" $words >/dev/full 2>err
        truth "a full disk under $words" [ $? -eq 2 ]
        truth "a full disk under $words is told" grep -q 'No space left' err
    done
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

finish
