# For tests that train: a folder, $work, that is removed in the end; the first thing that is not as it should be
# ends the test.
set -eu
resnet=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAIL: $1"
    cat "$work/said"
    exit 1
}

say() {         # CODE PATTERN ARGUMENT...: what the command answers, and with which code
    code=$1 pattern=$2
    shift 2
    got=0
    "$resnet" "$@" >"$work/said" 2>&1 || got=$?
    [ $got -eq "$code" ] || fail "$*: exit code $got, wanted $code"
    grep -q -e "$pattern" "$work/said" || fail "$*: '$pattern' was not said"
}

hash() {        # RUN: of its last weights
    "$resnet" info "$work/$1/last.safetensors" --json | sed -n 's/.*"sha256": *"\([0-9a-f]*\)".*/\1/p'
}
