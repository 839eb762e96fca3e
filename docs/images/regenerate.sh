#!/bin/sh
# Makes the README's pictures again, from the repository's root: docs/images/regenerate.sh [PROGRAM]
set -eu
program=${1:-build/tessera}
images=$(dirname "$0")

picture() { # SWEEP OPTIONS...
    sweep=$1
    shift
    "$program" sweep "configs/sweeps/$sweep.yaml" -f svg "$@" -o "$images/$sweep.svg"
}

"$program" compare -w resnet50 -a cpu -a gpu -a tpu -a eie -f svg -o "$images/compare-resnet50.svg"
picture bandwidth-precision -y latency_s -y energy_j_total
picture memory-kind -x memory.dram.device --panel workload -y latency_s -y energy_j_dram
picture batch-latency -y throughput_per_s -y latency_s
picture pruning --panel none -y latency_s -y energy_j_total
picture array-size -x compute.rows --panel workload -y utilization -y cycles
