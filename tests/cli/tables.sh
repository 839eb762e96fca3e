#!/bin/sh
# Reference tables, sweeps, pages.
# usage: tables.sh PROGRAM
program=$(realpath "$1")
folder=$(realpath "$(dirname "$0")")
. "$folder/cases.sh"

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
printf 'layers: []\n' >sound.yaml
check 'a file that is no table' 2 'sound.yaml' validate sound.yaml
check 'a record nowhere, said before the rows are run' 2 'nowhere/x: error: cannot write' validate missing.csv -o nowhere/x
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
check 'sweep as text' 0 '' sweep sweep.yaml -f text
said 'sweep as text' '^arch  *workload  *batch  *transforms  *precision  *latency_s '
said 'sweep as text' '^eie  *gemm:17,23,31  *8  *prune:0.3  *int16  *[0-9.]* us '
check 'sweep as JSON' 0 '' sweep sweep.yaml -f json
said 'sweep as JSON' '"schema": "tessera.sweep/1"'
truth 'sweep as JSON has a point a row' [ "$(grep -c '"latency_s"' out)" -eq 10 ]
check 'a sweep in an unknown format' 2 'text, json, csv, markdown, svg' sweep sweep.yaml -f xml
check 'a point that fails' 1 "1 of 2 points failed: .* says: 'tpu-v1' can't compute in fp64" sweep partly.yaml
said 'a point that fails is recorded' 'fp64,failed,'
said 'the others are run' 'int8,ok,'
printf 'archs: [tpu-v1]\nworkloads: [nothing-such]\n' >unknown-network.yaml
check 'a sweep of an unknown network' 2 'nothing-such' sweep unknown-network.yaml
printf 'archs: [tpu-v1]\nworkloads: ["gemm:1,2,3"]\naxes: {compute.rowz: [1]}\n' >axis.yaml
check 'an unknown axis' 2 'rowz' sweep axis.yaml
check 'a table into no folder' 2 'nowhere/x.csv: error: cannot write' sweep sweep.yaml --store unmade.db -o nowhere/x.csv
truth 'is said before anything is run' [ ! -e unmade.db ]
check 'a table over its store' 2 'output and --store both go to' sweep sweep.yaml --store x.db -o x.db
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
check 'a table for a result' 2 'tables are not read back' report sweep.csv -o none.html
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
