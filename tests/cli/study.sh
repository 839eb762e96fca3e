#!/bin/sh
# What is made of sweeps: samples, best points, Pareto fronts, sensitivities.
# usage: study.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
. "$folder/cases.sh"

# ---------------------------------------------------------------- samples
cat >sample.yaml <<'END'
archs: [tpu-v1]
workloads: ["gemm:170,230,310"]
axes:
  memory.dram.bandwidth_gbps: {from: 5, to: 500, scale: log}
  batch: {from: 1, to: 16}
sample: {points: 40, seed: 7}
where: ["batch > 4"]
END
check 'a sample, dry' 0 '' sweep sample.yaml --dry-run
said 'a sample, dry' '30 points of a sample of 40, about .* s with'
check 'a sample' 0 '' sweep sample.yaml -j 2 --store sample.db -o first.csv
check 'a sample once more' 0 '^0 of 30 points' sweep sample.yaml -j 1 --store sample.db -o second.csv
truth 'the same seed is the same points' cmp -s first.csv second.csv
sed 's/seed: 7/seed: 8/' sample.yaml >other.yaml
check 'another seed' 0 '' sweep other.yaml -o second.csv
truth 'another seed is other points' sh -c '! cmp -s first.csv second.csv'
sed 's/batch > 4/batch > 8/' sample.yaml >fewer.yaml
check 'a tighter condition finds its points in the store' 0 '^0 of 20 points' sweep fewer.yaml --store sample.db
sed '/^sample/d' sample.yaml >grid.yaml
check 'a range without steps in a grid' 2 "grid.yaml:4:3.*lacks 'steps'" sweep grid.yaml
sed 's/seed: 7/sede: 7/' sample.yaml >wrong.yaml
check 'a misspelt key of a sample' 2 "wrong.yaml:6.*'sede'" sweep wrong.yaml

# ---------------------------------------------------------------- axes
# axis ARCH WORKLOAD AXIS OPTIONS OTHERS...: a sweep's point is the run with those options, and not the
# run without them; OTHERS are axes and options that both have.
axis() {
    name="axis $3"
    printf 'archs: [%s]\nworkloads: ["%s"]\naxes:\n  %s\n%s' "$1" "$2" "$3" "$5" >axis.yaml
    check "$name" 0 '' sweep axis.yaml --store axis.db
    rm -f axis.db axis.db-*
    cp out table
    # shellcheck disable=SC2086
    "$program" compare -a "$1" -w "$2" $4 $6 -f csv >with.csv 2>err
    # shellcheck disable=SC2086
    "$program" compare -a "$1" -w "$2" $6 -f csv >without.csv 2>err
    figures=$(tail -n 1 with.csv | sed 's/.*inference,\|.*training,//')
    other=$(tail -n 1 without.csv | sed 's/.*inference,\|.*training,//')
    cases=$((cases + 1))
    if ! tail -n 1 table | grep -q -F "$figures"; then
        fail "$name: not the figures of '$4'"
    elif [ "$figures" = "$other" ]; then
        fail "$name: changes nothing"
    fi
}
axis gpu gemm:170,230,310 'precision: [fp32]' '-p fp32'
axis tpu alexnet 'batch: [3]' '-b 3'
axis gpu resnet18 'mode: [training]' '-m training'
axis gpu resnet18 'optimizer: [adam]' '--optimizer adam' '  mode: [training]' '-m training'
axis gpu resnet18 'accumulate: [4]' '--accumulate 4' '  mode: [training]
  batch: [8]' '-m training -b 8'
axis gpu resnet18 'checkpoint: [sqrt]' '--checkpoint sqrt' '  mode: [training]' '-m training'
axis gpu resnet18 'mixed-precision: ["off"]' '--mixed-precision off' '  mode: [training]
  precision: [fp16]' '-m training -p fp16'
axis gpu bert-base 'seq: [77]' '--seq 77'
axis gpu gpt2 'phase: [decode]' '--phase decode' '  seq: [50]' '--seq 50'
axis gpu gpt2 'context: [1000]' '--context 1000' '  phase: [decode]' '--phase decode'
axis eie fc:512,512 'transforms: [["prune:0.1", "activations:0.3"]]' '-t prune:0.1 -t activations:0.3'
axis gpu alexnet 'memory.dram.bandwidth_gbps: [90]' '-s memory.dram.bandwidth_gbps=90'
axis gpu alexnet 'memory.dram.device: [ddr4-2400]' '-s memory.dram.device=ddr4-2400'
axis gpu gemm:1700,2300,3100 'power.limit_w: [90]' '-s power.limit_w=90'
axis gpu gemm:1700,2300,3100 'memory.cache.l2.capacity_kib: [512]' '-s memory.cache.l2.capacity_kib=512'
axis cpu gemm:170,230,310 'compute.units: [2]' '-s compute.units=2'
axis cpu gemm:170,230,310 'compute.clock_mhz: [1000]' '-s compute.clock_mhz=1000'
axis tpu gemm:170,230,310 'compute.rows: [32]' '-s compute.rows=32'
axis tpu gemm:170,230,310 'compute.columns: [32]' '-s compute.columns=32'
axis tpu gemm:170,230,310 'compute.dataflow: [is]' '-s compute.dataflow=is'
axis tpu gemm:170,230,310 'compute.overlap: ["off"]' '-s compute.overlap=off'
axis eie fc:512,512 'compute.fifo_depth: [1]' '-s compute.fifo_depth=1' '  transforms: ["prune:0.1"]' '-t prune:0.1'
axis gpu gemm:170,230,310 'power.idle_w: [3]' '-s power.idle_w=3'

# ---------------------------------------------------------------- best
cat >grid.yaml <<'END'
archs: [tpu-v1, eie]
workloads: ["fc:512,512"]
axes:
  batch: [1, 4, 16]
  compute.clock_mhz: [400, 800]
END
check 'a sweep to study' 0 '' sweep grid.yaml --store grid.db -o grid.csv
check 'best' 0 '' best grid.db --minimize energy_j.total --subject-to 'batch >= 4'
said 'best' '^ *1 .* eie '
said 'best, in words' 'has the smallest energy_j.total'
check 'best, the other way' 0 '' best grid.db --maximize throughput_per_s --top 1 -f csv
truth 'one row is one row' [ "$(wc -l <out)" -eq 2 ]
check 'best, as Markdown' 0 '' best grid.db --minimize latency_s -n 2 -f markdown
said 'best, as Markdown' '^| ---: | ---: |'
check 'best, as JSON' 0 '' best grid.db --minimize latency_s -n 2 -f json
said 'best, as JSON' '"schema": "tessera.best/1"'
said 'the feasible ones are counted' '"feasible": 12'
check 'the least energy-delay product' 0 '' best grid.db --minimize 'energy_j.total*latency_s' --subject-to 'throughput_per_s/average_power_w > 1'
said 'the least energy-delay product' 'has the smallest energy_j.total\*latency_s'
check 'an impossible constraint' 1 "no point meets every constraint: 'latency_s < 1e-12' excludes 12 of 12" \
    best grid.db --minimize energy_j.total --subject-to 'latency_s < 1e-12' --subject-to 'batch > 1'
truth 'and no output' [ ! -s out ]
truth 'but the nearest point' grep -q '^the nearest is .* batch ' err
check 'an impossible constraint, as JSON' 1 '' best grid.db --minimize latency_s --subject-to 'batch > 99' -f json
said 'an impossible constraint, as JSON' '"points": \[\]'
check 'a misspelt metric' 2 "did you mean 'energy_j.total'" best grid.db --minimize energy_j.totl
check 'a misspelt name in a constraint' 2 "subject-to:1:1:.*" best grid.db --minimize latency_s --subject-to 'latncy_s < 3'
check 'a constraint that does not parse' 2 "subject-to:1:12" best grid.db --minimize latency_s --subject-to 'latency_s <'
check 'no metric' 2 'one --minimize or --maximize' best grid.db
check 'two metrics' 2 'tessera pareto' best grid.db --minimize latency_s --minimize batch
check 'no results' 2 'results are missing' best --minimize latency_s
check 'a sweep file' 2 'holds no results' best grid.yaml --minimize latency_s
check 'a store that is not there' 2 'there is no store' best nowhere.db --minimize latency_s
printf 'archs: [tpu-v1]\nworkloads: ["fc:5,7"]\naxes: {precision: [fp64]}\n' >bad.yaml
check 'a sweep that fails' 1 '' sweep bad.yaml --store bad.db
check 'nothing but failures' 2 'every result has failed' best bad.db --minimize latency_s
check 'results of compare' 0 '' compare -a tpu-v1 -a eie -w alexnet -s compute.clock_mhz=500 -f json -o two.json
check 'best of JSON' 0 '' best two.json --minimize energy_j.total -f json
said 'settings come from the options' '"compute.clock_mhz": 500'
check 'best of a store and JSON' 0 '' best grid.db two.json --minimize latency_s --subject-to 'workload == alexnet'
said 'best of a store and JSON' '2 of 14 points meet the constraints'

# ---------------------------------------------------------------- pareto
check 'pareto' 0 '' pareto grid.db --minimize latency_s --minimize average_power_w
said 'pareto' 'of 12 points .* on the front'
check 'pareto, as CSV' 0 '' pareto grid.db --minimize latency_s --maximize batch -f csv
truth 'the front has a point a batch' [ "$(wc -l <out)" -eq 4 ]
check 'pareto of three' 0 '' pareto grid.db --minimize latency_s --maximize batch --minimize energy_j.total -f json
said 'pareto of three' '"goal_3": "minimize energy_j.total"'
check 'one goal' 2 'tessera best' pareto grid.db --minimize latency_s
check 'no front' 1 'no point meets' pareto grid.db --minimize latency_s --maximize batch --subject-to 'arch == gpu'

# ---------------------------------------------------------------- sensitivity
check 'sensitivity' 0 '' sensitivity grid.db
said 'sensitivity' 'eie on fc:512,512: latency_s rises .* for each 1 % of batch'
check 'sensitivity of one metric' 0 '' sensitivity grid.db --metric energy_j.static -f csv
said 'sensitivity of one metric' '^metric,arch,workload,axis,with,kind,value,against,mean,'
truth 'a row a machine and axis' [ "$(wc -l <out)" -eq 5 ]
check 'sensitivity of a sample' 0 '' sensitivity sample.db -m latency_s -f json
said 'sensitivity of a sample' '"method": "least squares"'
check 'sensitivity of an unknown metric' 2 "did you mean 'latency_s'" sensitivity grid.db -m latncy_s
check 'a run' 0 '' run -a tpu-v1 -w fc:5,7 -f json -o one.json
check 'sensitivity of one result' 2 'no machine and network has results that differ' sensitivity one.json

finish
