#!/bin/sh
# Searches with every fuzz target, or those that are named, for RESNET_FUZZ_SECONDS (60) each: fuzz.sh BUILD
# [TARGET...].  A target begins with its fuzz/corpus, and with hostile files of RESNET_TEST_DATA where that is set.
# What breaks a promise is left in BUILD/findings: mend the program, then keep the file in fuzz/corpus.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
shift
[ $# -gt 0 ] || set -- "$build"/fuzz/*_fuzz
hostile=${RESNET_TEST_DATA:+$RESNET_TEST_DATA/hostile}
mkdir -p "$build/findings"
failed=0

seeds() {       # TARGET: folders with files for it
    [ ! -d "fuzz/corpus/$1" ] || echo "fuzz/corpus/$1"
    case $1 in
    picture) echo test/golden/image ${hostile:+"$hostile/jpeg" "$hostile/png" "$hostile/pngsuite"} ;;
    pickle|zip|torch_*) echo ${hostile:+"$hostile/pickle" "$hostile/broken_files"} ;;
    esac
}

for target; do
    name=$(basename "$target" _fuzz)
    grown=$build/grown/$name
    mkdir -p "$grown"
    # shellcheck disable=SC2046
    "$build/fuzz/${name}_fuzz" -max_total_time="${RESNET_FUZZ_SECONDS:-60}" -max_len=65536 -timeout=2 \
        -malloc_limit_mb=100 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/findings/$name-" \
        "$grown" $(seeds "$name") >"$build/$name.log" 2>&1 || { failed=1; tail -40 "$build/$name.log"; }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$build/$name.log" | tail -1)
    printf '%-14s %9d inputs, %5d edges\n' "$name" "${runs:-0}" "${edges:-0}"
done
ls "$build/findings"
exit $failed
