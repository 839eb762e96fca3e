#!/bin/sh
# Bad input of every kind, and what `check` says of sound files.
# usage: input.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
configs=${TESSERA_PATH:-$(realpath "$folder/../../configs")}
configs=${configs%%:*}
. "$folder/cases.sh"

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
check 'an optimizer of inference' 2 'are for -m training' run -a cpu -w alexnet --optimizer adam
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
check 'machine and network the wrong way round' 2 "'resnet50' is a network: -w resnet50" run -a resnet50 -w tpu-v1
check 'a machine for a network' 2 "'tpu-v1' is a machine: -a tpu-v1" run -a tpu-v1 -w tpu-v1
check 'machines in one word' 2 'name one at a time: -a gpu -a tpu' compare -a gpu,tpu -w resnet50
check 'a name cut short' 2 "did you mean 'gpu-a100-pcie-40gb', .* or 'gpu-a100-sxm-80gb'" run -a gpu-a100 -w alexnet
check 'a network cut short' 2 "did you mean 'resnet101', .*'resnet50'" run -a gpu -w resnet
for workload in GEMM:1,2,3 gem:1,2,3 gemm; do
    check "nearly a gemm: $workload" 2 'did you mean gemm:M,N,K' run -a gpu -w "$workload"
done
check 'nearly a convolution' 2 'did you mean conv_bwd_data:N=16' run -a gpu -w conv_bwd_dta:N=1
check 'a sweep of nobody' 2 "nobody.yaml:2:9: error: there is no architecture 'gpuu'" sweep nobody.yaml
check 'a sweep of no network' 2 "nobody.yaml:3:13: error: 'gemm:1,2' has 2" sweep nobody.yaml
check 'unknown family' 2 "did you mean 'systolic'" check family.yaml
printf 'a: 1\na: 2\n' >duplicate.yaml
awk 'BEGIN { for (i = 0; i < 300; i++) printf "aaa, "; print "b" }' >long.csv
check 'a place in a long line' 2 '^    1 | [^|]\{120\}\.\.\.$' run -a cpu -w ./long.csv
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
mkdir layers.csv
printf 'id,arch,workload,batch,precision,mode,options,metric,expected,source\n' >references.csv
check 'check a reference table' 0 '' check references.csv
said 'check a reference table' 'reference table: ok'
check 'a result' 0 '' run -a tpu-v1 -w gemm:17,23,31 -f json -o one.json --store one.store
check 'check a result' 0 '' check one.json
said 'check a result' 'results: ok'
check 'check a store of any name' 0 '' check one.store
said 'check a store of any name' 'store: ok'
check 'a page of a store of any name' 0 '' report one.store
check 'a folder of layers' 2 'cannot read it: Is a directory' run -a cpu -w ./layers.csv
check 'a device by its file' 0 '' memory -d "$configs/devices/hbm2.yaml" --pattern read

finish
