# What the command line's tests share; read with `. cases.sh` after `program` and `folder` are set.
# Leaves the shell in an empty folder of its own.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
cases=0

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$1"
    sed 's/^/    /' err | head -n 5
}

# check NAME STATUS ERROR_PATTERN ARGUMENTS...: runs, keeps out and err. A failing run prints nothing
# on standard output and no sanitizer's report.
check() {
    name=$1 status=$2 pattern=$3
    shift 3
    cases=$((cases + 1))
    "$program" "$@" >out 2>err
    got=$?
    if [ "$got" -ne "$status" ]; then
        fail "$name: exit status $got, not $status"
    elif [ -n "$pattern" ] && ! grep -q -e "$pattern" err; then
        fail "$name: standard error lacks '$pattern'"
    elif [ "$status" -eq 2 ] && [ -s out ]; then
        fail "$name: something on standard output"
    elif grep -q 'Sanitizer\|runtime error\|internal error' err; then
        fail "$name: an internal error"
    fi
}

# said NAME PATTERN: the last run's standard output has it.
said() {
    cases=$((cases + 1))
    grep -q -e "$2" out || fail "$1: standard output lacks '$2'"
}

# truth NAME COMMAND...: it succeeds.
truth() {
    cases=$((cases + 1))
    name=$1
    shift
    "$@" || fail "$name"
}

# The test's last command.
finish() {
    printf '%s cases, %s failed\n' "$cases" "$failures"
    [ "$failures" -eq 0 ]
}
