#!/bin/sh
# Builds the fuzz targets with clang and runs each for some seconds on its seeds.
#   tests/fuzz/run.sh [BUILD FOLDER] [SECONDS]
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build-fuzz}
seconds=${2:-20}
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -g' \
    -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g' -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    -DTESSERA_FUZZ=ON -DTESSERA_WERROR=OFF -DBUILD_TESTING=OFF >/dev/null
targets=fuzz
# The ONNX module is there when its packages are.
ninja -C "$build" -t targets all | grep -q '^tessera_onnx:' && targets="$targets tessera_onnx"
# shellcheck disable=SC2086
cmake --build "$build" --target $targets
export ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
export TESSERA_PATH="$PWD/configs"
for kind in onnx csv yaml oneliner; do
    mkdir -p "$build/corpus-$kind"
    echo "fuzzing $kind for $seconds s"
    "$build/fuzz_$kind" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=0 -verbosity=0 -artifact_prefix="$build/crash-$kind-" \
        "$build/corpus-$kind" "tests/fuzz/seeds/$kind"
done
